package logparse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// words looks for words as Around wants it.
func words(list ...string) func(string) func(int) int {
	return func(text string) func(int) int {
		return func(from int) int {
			first := -1
			for _, w := range list {
				if i := strings.Index(text[from:], w); i >= 0 && (first < 0 || from+i < first) {
					first = from + i
				}
			}
			return first
		}
	}
}

// naming are the records of a log that hold one of the words, read whole or only
// around them, and how many were handed out.
func naming(t *testing.T, log Log, size int, around bool, list ...string) (found []Record, seen int) {
	t.Helper()
	err := Forward(context.Background(), log, Options{Workers: 1, BlockSize: size}, func(b *Block) []Record {
		records := b.Records()
		if around {
			records = b.Around(words(list...))
		}
		var recs []Record
		for rec := range records {
			seen++
			if slices.ContainsFunc(list, func(w string) bool { return strings.Contains(rec.Message, w) }) {
				recs = append(recs, *rec.Clone())
			}
		}
		return recs
	}, func(recs []Record) bool {
		found = append(found, recs...)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, seen
}

func aroundLog(data []byte) Log {
	return Log{Name: "CAS.log", Parts: []Part{memPart("CAS.log", data)}}
}

func ccmLine(i int, text string) string {
	return fmt.Sprintf("<![LOG[%s]LOG]!><time=\"10:%02d:%02d.000+060\" date=\"01-02-2024\" component=\"CAS\" context=\"\" type=\"1\" thread=\"12\" file=\"a.cpp:1\">\r\n", text, i/60%60, i%60)
}

// hidden are texts with "needle" in all kinds of places.
var hidden = map[string]string{
	"one of many":            many(40, map[int]string{17: "the needle is here"}),
	"first and last":         many(40, map[int]string{0: "needle", 39: "a needle"}),
	"neighbours":             many(40, map[int]string{7: "needle", 8: "needle needle", 9: "needle"}),
	"not in the message":     strings.Replace(many(10, nil), `component="CAS"`, `component="needle"`, 1),
	"in a message of lines":  many(9, map[int]string{4: "first line\r\nthe needle\r\nlast line"}),
	"no log at all":          "some words\nand a needle\nand an end\n",
	"between records":        ccmLine(1, "a") + "a loose needle\nanother needle\n" + ccmLine(2, "b") + ccmLine(3, "c"),
	"a torn record":          ccmLine(1, "a") + "<![LOG[the needle was" + ccmLine(2, "b") + ccmLine(3, "needle"),
	"an end without a start": "of a needle]LOG]!><time=\"10:00:00.000+060\" date=\"01-02-2024\" component=\"CAS\" context=\"\" type=\"1\" thread=\"12\" file=\"a.cpp:1\">\r\n" + many(5, nil),
	"a hole in the word":     ccmLine(1, "a") + "<![LOG[nee\x00\x00dle" + ccmLine(2, "b"),
	"a start in a trailer":   ccmLine(1, "a") + `<![LOG[b]LOG]!><time="]LOG]!><<![LOG[needle"` + ccmLine(2, "c"),
	"bracketed":              ccmLine(1, "a") + "needle\n[" + ccmLine(2, "b") + "[" + ccmLine(3, "needle") + "[" + ccmLine(4, "c"),
	"no UTF-8":               many(8, map[int]string{2: "n\xe4chster needle \xfc"}),
	"dollar":                 "The needle~  $$<SMS_CLIENT><Thu Jun 07 14:30:00.123 2007 W. Europe Daylight Time><thread=1234 (0x4D2)>\r\nOther text~  $$<SMS_CLIENT><Thu Jun 07 14:30:01.123 2007 W. Europe Daylight Time><thread=1234 (0x4D2)>\r\n",
	"wrapped":                "> The start of a\n> needle and its end  $$<SMS_CLIENT><Thu Jun 07 14:30:00.123\n> 2007 W. Europe Daylight Time><thread=1234 (0x4D2)>\n> Other\n",
	"an open end":            many(3, nil) + "<![LOG[the needle is not",
	"nowhere":                many(30, nil),
}

func many(n int, special map[int]string) string {
	var b strings.Builder
	for i := range n {
		text, ok := special[i]
		if !ok {
			text = fmt.Sprintf("ordinary line %d", i)
		}
		b.WriteString(ccmLine(i, text))
	}
	return b.String()
}

func TestAroundFindsWhatAllRecordsHold(t *testing.T) {
	for name, text := range hidden {
		for _, size := range []int{64, 700, 1 << 20} {
			t.Run(fmt.Sprint(name, "/", size), func(t *testing.T) {
				log := aroundLog([]byte(text))
				want, _ := naming(t, log, size, false, "needle")
				got, _ := naming(t, log, size, true, "needle")
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-all +around):\n%s", diff)
				}
			})
		}
	}
}

func TestAroundFindsInUTF16(t *testing.T) {
	raw := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(hidden["one of many"])) {
		raw = append(raw, byte(u), byte(u>>8))
	}
	log := aroundLog(raw)
	want, _ := naming(t, log, 0, false, "needle")
	got, _ := naming(t, log, 0, true, "needle")
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 1 {
		t.Errorf("%d found (-all +around):\n%s", len(got), diff)
	}
}

// TestAroundLeavesOutTheRest is what it is for.
func TestAroundLeavesOutTheRest(t *testing.T) {
	log := aroundLog([]byte(many(1000, map[int]string{300: "needle", 700: "needle"})))
	if _, seen := naming(t, log, 0, true, "needle"); seen > 4 {
		t.Errorf("%d records were read for two that hold it", seen)
	}
}

func FuzzAround(f *testing.F) {
	for _, text := range hidden {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		log := aroundLog([]byte(text))
		for _, size := range []int{50, 1 << 20} {
			want, _ := naming(t, log, size, false, "needle", "ord")
			got, _ := naming(t, log, size, true, "needle", "ord")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-all +around):\n%s", diff)
			}
		}
	})
}

package logparse

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// memFile is a part's content in memory.
type memFile struct{ *bytes.Reader }

func (memFile) Close() error { return nil }

func memPart(name string, data []byte) Part {
	return Part{Name: name, Size: int64(len(data)), Open: func() (File, error) { return memFile{bytes.NewReader(data)}, nil }}
}

func collect(dst *[]*Record) func(*Record) bool {
	return func(r *Record) bool { *dst = append(*dst, r.Clone()); return true }
}

func readForward(t testing.TB, log Log, opt Options) []*Record {
	t.Helper()
	var all []*Record
	err := Forward(context.Background(), log, opt, blockRecords, func(recs []*Record) bool {
		all = append(all, recs...)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readBackward(t testing.TB, log Log, opt Options) []*Record {
	t.Helper()
	var blocks [][]*Record
	err := Backward(context.Background(), log, opt, blockRecords, func(recs []*Record) bool {
		blocks = append(blocks, recs)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(blocks)
	return slices.Concat(blocks...)
}

func blockRecords(b *Block) []*Record {
	var recs []*Record
	for r := range b.Records() {
		recs = append(recs, r.Clone())
	}
	return recs
}

// readPieces feeds the log's bytes in random pieces.
func readPieces(log Log, parts [][]byte, rng *rand.Rand) []*Record {
	var all []*Record
	p := NewParser(log.Name, Options{})
	for i, data := range parts {
		p.Part(log.Parts[i].Name, collect(&all))
		for len(data) > 0 {
			n := min(len(data), 1+rng.IntN(1+rng.IntN(700)))
			p.Feed(data[:n], collect(&all))
			data = data[n:]
		}
	}
	p.Flush(collect(&all))
	return all
}

// texts are logs of every kind; each is read in every way.
func texts() map[string]string {
	var ccm, mixed, dollar, pasted strings.Builder
	for i := range 400 {
		fmt.Fprintf(&ccm, "<![LOG[Line %d of the job\r\n\twith <a>more</a> ]text[]LOG]!><time=\"%02d:%02d:00.%03d-060\" date=\"11-14-2024\" component=\"Comp%d\" context=\"\" type=\"%d\" thread=\"%d\" file=\"a.cpp:%d\">\r\n", i, i/60, i%60, i, i%3, i%4, i, i)
		fmt.Fprintf(&dollar, "Doing thing %d~  $$<SMS_TEST><01-16-2024 13:%02d:02.%03d+300><thread=%d (0x%X)>\r\n", i, i%60, i, 100+i, 100+i)
		fmt.Fprintf(&pasted, "Message number %d here\tWUAHandler\t6/%d/2024 2:%02d:46 PM\t%d (0x%X)\n", i, 1+i%28, i%60, 4000+i, 4000+i)
		switch i % 7 {
		case 0:
			mixed.WriteString("*** a bare line ***\n")
		case 3:
			mixed.WriteString("<![LOG[torn by the next ")
		case 5:
			mixed.WriteString("\x00\x00\x00\x00")
		}
		fmt.Fprintf(&mixed, "<![LOG[whole %d]LOG]!><time=\"01:02:03.004+000\" date=\"03-04-2024\" component=\"X\" context=\"\" type=\"1\" thread=\"1\" file=\"\">\n", i)
	}
	return map[string]string{
		"ccm":        "\ufeff" + ccm.String(),
		"ccm tail":   "lost its head]LOG]!><time=\"01:02:03.004+000\" date=\"03-04-2024\" component=\"X\" context=\"\" type=\"1\" thread=\"1\" file=\"\">\r\n" + ccm.String() + "<![LOG[lost its end",
		"mixed":      mixed.String(),
		"dollar":     dollar.String(),
		"dollar cut": dollar.String() + "no end of this  $$<SMS_T",
		"pasted":     pasted.String(),
		"header":     "======= Logging initialized for module \"X\" =======\r\nStarted  $$<X Agent><Thu Jun 15 09:41:07.318 2000><thread=191 (0xBF)>\r\n<<<<< EXCEPTION >>>>>\r\n",
		"wu":         strings.Repeat("2016-03-07\t09:11:02:345\t1320\t2a4c\tCOMAPI\t-- START --  COMAPI: Search [ClientId = CcmExec]\r\n", 300),
		"ansi":       strings.Repeat("<![LOG[Zugriff verweigert: \xe4\xf6\xfc]LOG]!><time=\"01:02:03.004+000\" date=\"03-04-2024\" component=\"X\" context=\"\" type=\"3\" thread=\"1\" file=\"\">\r\n", 50),
		"nul":        strings.Repeat("\x00", 5000),
		"empty":      "",
		"plain":      strings.Repeat("just a line of text\n\n", 300),
	}
}

// TestEveryWayReadsTheSame is the promise of the package: forward in blocks of
// any size, backward, in pieces, in parts: the same records in the same places.
func TestEveryWayReadsTheSame(t *testing.T) {
	for name, text := range texts() {
		for _, enc := range []string{"8", "16"} {
			t.Run(name+enc, func(t *testing.T) {
				data := []byte(text)
				if enc == "16" {
					if strings.Contains(text, "\xe4") {
						t.Skip("no UTF-16 form of code page bytes")
					}
					data = utf16le(text)
				}
				checkAllWays(t, data)
			})
		}
	}
}

const wholeRecord = `<![LOG[m]LOG]!><time="10:00:00.000+060" date="01-02-2024" component="C" context="" type="1" thread="1" file="f:1">`

// TestShortTextsReadTheSameEveryWay has texts in which a record, a line or a
// character could be taken for another where the text is cut.
func TestShortTextsReadTheSameEveryWay(t *testing.T) {
	for name, text := range map[string]string{
		"a start in an attribute":               `<![LOG[a]LOG]!><time="10:0<![LOG[b]LOG]!><date="` + wholeRecord,
		"a start behind an end, sharing a byte": "<![LOG[a]LOG]!><![LOG[b\n" + wholeRecord,
		"an attribute over a line end":          "<![LOG[a]LOG]!><time=\"10:00\r\nb\" c=\"d\">\n" + wholeRecord,
		"an attribute name over a line end":     "a]LOG]!><\r\nb=\"c\">$$<APM><Tue May 16\nline\n",
		"a hole in an attribute":                "lines\n]LOG]!><a=\"\x0013:17:10.804 2000><thread=16 (0x10)>\nb\n",
		"an end without a start, and lines":     "x\n====== y\na]LOG]!><b\x00>]LOG]!><\nc\n",
		"half of a start in an attribute":       "a]LOG]!><<![LO=" + wholeRecord + "b]LOG]!><![LO=" + wholeRecord,
		"brackets of a viewer":                  "[" + wholeRecord + "\n[" + wholeRecord + "[" + wholeRecord + "\nx[<![LOG[\n[<![LOG[[" + wholeRecord,
		"byte order marks of joined files":      "a $$<A><Tue May 16 13:17:10.804 2000><thread=1 (0x1)>\n\ufeff\r\ufeffb\n\r\nc",
		"pairs of UTF-16":                       "x🙂🙂\n🙂" + wholeRecord + "🙂",
	} {
		for _, data := range [][]byte{[]byte(text), utf16le(text)} {
			t.Run(name, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(5, 6))
				log := Log{Name: "x.log", Parts: []Part{memPart("x.log", data)}}
				want := readForward(t, log, Options{Workers: 1, BlockSize: len(data) + 1})
				for size := 1; size <= len(data); size += 1 + size/6 {
					opt := Options{Workers: 1, BlockSize: size}
					if diff := cmp.Diff(want, readForward(t, log, opt)); diff != "" {
						t.Fatalf("forward in blocks of %d (-want +got):\n%s", size, diff)
					}
					if diff := cmp.Diff(unnumbered(want), unnumbered(readBackward(t, log, opt))); diff != "" {
						t.Fatalf("backward in blocks of %d (-want +got):\n%s", size, diff)
					}
					if diff := cmp.Diff(want, readPieces(log, [][]byte{data}, rng)); diff != "" {
						t.Fatalf("in pieces (-want +got):\n%s", diff)
					}
				}
			})
		}
	}
}

func checkAllWays(t *testing.T, data []byte) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	whole := Log{Name: "x.log", Parts: []Part{memPart("x.log", data)}}
	want := readForward(t, whole, Options{Workers: 1, BlockSize: len(data) + 1})
	for _, size := range []int{200, 1000, 8000} {
		if diff := cmp.Diff(want, readForward(t, whole, Options{BlockSize: size})); diff != "" {
			t.Fatalf("forward in blocks of %d (-want +got):\n%s", size, diff)
		}
		got := readBackward(t, whole, Options{BlockSize: size})
		if diff := cmp.Diff(unnumbered(want), unnumbered(got)); diff != "" {
			t.Fatalf("backward in blocks of %d (-want +got):\n%s", size, diff)
		}
	}
	for range 5 {
		if diff := cmp.Diff(want, readPieces(whole, [][]byte{data}, rng)); diff != "" {
			t.Fatalf("in pieces (-want +got):\n%s", diff)
		}
	}
	for i, r := range want {
		if n, err := LineNumbers(whole.Parts[0], []int64{r.Pos.Offset}, Options{}); err != nil || n[0] != r.Pos.Line {
			t.Fatalf("record %d: line %v, counted %d, %v", i, n, r.Pos.Line, err)
		}
	}
}

func unnumbered(recs []*Record) []*Record {
	out := make([]*Record, len(recs))
	for i, r := range recs {
		c := *r
		c.Pos.Line = 0
		out[i] = &c
	}
	return out
}

func utf16le(s string) []byte {
	out := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(strings.TrimPrefix(s, "\ufeff"))) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// TestRotatedPartsReadAsOne cuts a log at every kind of place, as rotation does:
// messages, times and severities must be those of the whole log.
func TestRotatedPartsReadAsOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{"ccm", "dollar"} {
		text := []byte(texts()[name])
		if len(text) > 20000 {
			text = text[:bytes.LastIndexByte(text[:20000], '\n')+1]
		}
		want := readForward(t, Log{Name: "x.log", Parts: []Part{memPart("x.log", text)}}, Options{})
		for range 300 {
			cut := 1 + rng.IntN(len(text)-1)
			parts := [][]byte{text[:cut], text[cut:]}
			log := Log{Name: "x.log", Parts: []Part{memPart("x.lo_", parts[0]), memPart("x.log", parts[1])}}
			for how, got := range map[string][]*Record{
				"forward":  readForward(t, log, Options{BlockSize: 500}),
				"backward": readBackward(t, log, Options{BlockSize: 500}),
				"pieces":   readPieces(log, parts, rng),
			} {
				if diff := cmp.Diff(placeless(want), placeless(got)); diff != "" {
					t.Fatalf("%s %s cut at %d %q|%q (-want +got):\n%s", name, how, cut, text[max(0, cut-30):cut], text[cut:min(len(text), cut+30)], diff)
				}
			}
		}
	}
}

func placeless(recs []*Record) []*Record {
	out := make([]*Record, len(recs))
	for i, r := range recs {
		c := *r
		c.Pos = Pos{}
		out[i] = &c
	}
	return out
}

// TestAnOverlongRecordIsCut keeps memory bounded: a record without an end is
// torn at MaxRecord, and what follows is found again.
func TestAnOverlongRecordIsCut(t *testing.T) {
	data := "<![LOG[" + strings.Repeat("endless ", MaxRecord/8*3) + "\n" +
		"<![LOG[found again]LOG]!><time=\"01:02:03.004+000\" date=\"03-04-2024\" component=\"X\" context=\"\" type=\"1\" thread=\"1\" file=\"\">\n"
	log := Log{Name: "x.log", Parts: []Part{memPart("x.log", []byte(data))}}
	got := readForward(t, log, Options{})
	if !got[0].Torn || len(got[0].Message) > MaxRecord {
		t.Errorf("first record: torn %v, %d bytes", got[0].Torn, len(got[0].Message))
	}
	if last := got[len(got)-1]; last.Message != "found again" || last.Torn {
		t.Errorf("last record %q", last.Message)
	}
}

// TestSamplesReadTheSameEveryWay reads real lines in every way.
func TestSamplesReadTheSameEveryWay(t *testing.T) {
	files, _ := filepath.Glob("../../shared/samples/*/*.*")
	more, _ := filepath.Glob("../../shared/samples/*/*/*.*")
	files = append(files, more...)
	if len(files) == 0 {
		t.Skip("the shared samples are not here")
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			checkAllWays(t, data)
		})
	}
}

func TestGroupJoinsRotatedParts(t *testing.T) {
	files := []Part{
		{Name: "a/CAS.log"},
		{Name: "a/cas.lo_"},
		{Name: "a/CAS-20240102-030405.log"},
		{Name: "a/CAS-20240101-030405.log"},
		{Name: "b/CAS.log"},
		{Name: "a/CAS-extra.log"},
		{Name: "a/X.lo_"},
		{Name: "notes.txt"},
	}
	var got []string
	for _, l := range Group(files) {
		names := []string{}
		for _, p := range l.Parts {
			names = append(names, p.Name)
		}
		got = append(got, l.Name+" = "+strings.Join(names, " "))
	}
	want := []string{
		"a/CAS-extra.log = a/CAS-extra.log",
		"a/CAS.log = a/CAS-20240101-030405.log a/CAS-20240102-030405.log a/cas.lo_ a/CAS.log",
		"a/X.log = a/X.lo_",
		"b/CAS.log = b/CAS.log",
		"notes.txt = notes.txt",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

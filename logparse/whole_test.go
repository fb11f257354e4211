package logparse

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// wide encodes text in UTF-16.
func wide(text string, big, mark bool) []byte {
	var b []byte
	if mark {
		text = "\ufeff" + text
	}
	for _, u := range utf16.Encode([]rune(text)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

func TestAWholeTextKnowsWhereItStandsInTheFile(t *testing.T) {
	const text = "one two\nthrée \U0001F600 four\nfive"
	ansi := []byte("one two\nthr\xe9e \x93four\nfive")
	for name, c := range map[string]struct {
		raw  []byte
		want string
		at   int64 // of "five"
	}{
		"UTF-8":             {[]byte(text), text, int64(strings.Index(text, "five"))},
		"UTF-8, mark":       {[]byte("\ufeff" + text), text, int64(strings.Index(text, "five")) + 3},
		"UTF-16 LE":         {wide(text, false, false), text, 2 * 22},
		"UTF-16 LE, mark":   {wide(text, false, true), text, 2 * 23},
		"UTF-16 BE":         {wide(text, true, false), text, 2 * 22},
		"UTF-16 BE, mark":   {wide(text, true, true), text, 2 * 23},
		"Windows-1252":      {ansi, "one two\nthrée “four\nfive", int64(bytes.Index(ansi, []byte("five")))},
		"UTF-8 and garbage": {[]byte("öäü\x81\n\xfffive"), "öäü\ufffd\n\ufffdfive", 9},
	} {
		w := DecodeWhole(c.raw)
		if w.Text != c.want {
			t.Errorf("%s: got %q", name, w.Text)
			continue
		}
		line, at := w.Place(strings.Index(w.Text, "five"))
		if line != 1+strings.Count(c.want, "\n") || at != c.at {
			t.Errorf("%s: five is at line %d, byte %d; want %d", name, line, at, c.at)
		}
		if line, at := w.Place(0); line != 1 || at > 3 {
			t.Errorf("%s: the start is at line %d, byte %d", name, line, at)
		}
	}
}

func FuzzDecodeWhole(f *testing.F) {
	for _, seed := range [][]byte{nil, []byte("a\nb"), wide("x = \"ä\"", true, true), []byte("\xe4\xf6"), []byte("ä\xff")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		w := DecodeWhole(raw)
		if !utf8.ValidString(w.Text) {
			t.Fatalf("%q is no UTF-8", w.Text)
		}
		last := int64(-1)
		for i := range w.Text {
			_, at := w.Place(i)
			if at <= last || at >= int64(len(raw)) {
				t.Fatalf("byte %d of %q is at %d after %d of %d", i, w.Text, at, last, len(raw))
			}
			last = at
		}
	})
}

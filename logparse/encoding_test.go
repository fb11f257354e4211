package logparse

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// encodeUTF16 is the inverse of decodeUTF16.
func encodeUTF16(text string, enc Encoding) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		if enc == UTF16BE {
			out = binary.BigEndian.AppendUint16(out, u)
		} else {
			out = binary.LittleEndian.AppendUint16(out, u)
		}
	}
	return out
}

func TestEncodingIsFoundByContent(t *testing.T) {
	const line = "<![LOG[Готово]LOG]!><time=\"1:2:3\">\r\n"
	tests := []struct {
		name string
		head []byte
		enc  Encoding
		bom  int
	}{
		{"nothing", nil, EightBit, 0},
		{"one byte", []byte{0xFF}, EightBit, 0},
		{"ASCII", []byte(line), EightBit, 0},
		{"UTF-8 mark", []byte("\ufeff" + line), EightBit, 3},
		{"UTF-16LE mark", append([]byte{0xFF, 0xFE}, encodeUTF16(line, UTF16LE)...), UTF16LE, 2},
		{"UTF-16BE mark", append([]byte{0xFE, 0xFF}, encodeUTF16(line, UTF16BE)...), UTF16BE, 2},
		{"UTF-16LE without mark", encodeUTF16(line, UTF16LE), UTF16LE, 0},
		{"UTF-16BE without mark", encodeUTF16(line, UTF16BE), UTF16BE, 0},
		{"UTF-16LE cut inside a unit", encodeUTF16(line, UTF16LE)[:31], UTF16LE, 0},
		{"NULs alone", make([]byte, 4096), EightBit, 0},
		{"text behind NULs", append(make([]byte, 1001), line...), EightBit, 0},
		{"UTF-16LE behind NULs", append(make([]byte, 1000), encodeUTF16(line, UTF16LE)...), UTF16LE, 0},
		{"binary", bytes.Repeat([]byte{0, 1, 2, 0, 3, 0, 0, 4}, 100), EightBit, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if enc, bom := sniffEncoding(tt.head); enc != tt.enc || bom != tt.bom {
				t.Errorf("got %v, %d; want %v, %d", enc, bom, tt.enc, tt.bom)
			}
		})
	}
}

func TestUTF16IsDecoded(t *testing.T) {
	for _, text := range []string{"", "a", "plain ASCII text\r\n", "naïve – Готово 準備 🙂 end", strings.Repeat("abcdefg\x00é", 50)} {
		for _, enc := range []Encoding{UTF16LE, UTF16BE} {
			raw := encodeUTF16(text, enc)
			if got := string(decodeUTF16([]byte(">"), raw, enc)); got != ">"+text {
				t.Errorf("%q", got)
			}
			if got := string(decodeUTF16(nil, append(raw, 'x'), enc)); got != text {
				t.Errorf("with half a unit: %q", got)
			}
		}
	}
}

func TestLoneSurrogatesAreReplaced(t *testing.T) {
	for name, units := range map[string][]uint16{
		"a?b":  {'a', 0xD83D, 'b'},
		"?a":   {0xDE42, 'a'},
		"a?":   {'a', 0xD83D},
		"??🙂?": {0xDE42, 0xD83D, 0xD83D, 0xDE42, 0xDE42},
	} {
		var raw []byte
		for _, u := range units {
			raw = binary.LittleEndian.AppendUint16(raw, u)
		}
		want := strings.ReplaceAll(name, "?", "\ufffd")
		if got := string(decodeUTF16(nil, raw, UTF16LE)); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestTextIsRepaired(t *testing.T) {
	tests := []struct {
		name, text string
		page       *charmap.Charmap
		want       string
	}{
		{"ASCII stays", "plain", nil, "plain"},
		{"UTF-8 stays", "naïve 準備", nil, "naïve 準備"},
		{"Windows-1252 by default", "caf\xe9 \x96 5 \x80", nil, "café – 5 €"},
		{"the page that was chosen", "\xc3\xee\xf2\xee\xe2\xee", charmap.Windows1251, "Готово"},
		{"mostly UTF-8", "na\u00efve na\u00efve caf\xe9", nil, "na\u00efve na\u00efve caf\ufffd"},
		{"each bad byte is replaced", "ééé\xff\xfe", nil, "ééé\ufffd\ufffd"},
		{"a replacement character is whole", "\ufffd\ufffd\xe9", nil, "\ufffd\ufffd\ufffd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := repairText(tt.text, tt.page); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if n := testing.AllocsPerRun(100, func() { repairText("naïve", nil) }); n > 0 {
		t.Errorf("%v allocations for valid text", n)
	}
}

func TestCodePagesAreFoundByNameAndNumber(t *testing.T) {
	for name, want := range map[string]*charmap.Charmap{
		"1252": charmap.Windows1252, "cp1250": charmap.Windows1250, "windows-1251": charmap.Windows1251, "850": charmap.CodePage850,
		"CP437": charmap.CodePage437, "Windows 1257": charmap.Windows1257, "iso-8859-2": charmap.ISO8859_2, "ISO8859-15": charmap.ISO8859_15,
		"KOI8-R": charmap.KOI8R, "20866": charmap.KOI8R, "ibm866": charmap.CodePage866, "28592": charmap.ISO8859_2, "874": charmap.Windows874,
	} {
		if got, err := CodePage(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "932", "utf-8", "cp", "x"} {
		if page, err := CodePage(name); err == nil || !strings.Contains(err.Error(), "such as 1252") {
			t.Errorf("%q: %v, %v", name, page, err)
		}
	}
}

func TestPastedTextIsNormalized(t *testing.T) {
	for text, want := range map[string]string{
		"plain - text": "plain - text",
		"naïve":        "naïve",
		"a\u00a0b\u202fc – d — e… “f” ‘g’ „h‚": `a b c - d - e... "f" 'g' "h'`,
		"> > quoted":         "quoted",
		">\u00a0quoted":      "quoted",
		"> one\n> two\n  >3": "one\ntwo\n  >3",
		">>--  RESUMED  --":  ">>--  RESUMED  --",
		"a > b":              "a > b",
	} {
		got := NormalizeText(text)
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if again := NormalizeText(got); again != got {
			t.Errorf("%q: a second time %q", got, again)
		}
	}
	if n := testing.AllocsPerRun(100, func() { NormalizeText("nothing to dö") }); n > 0 {
		t.Errorf("%v allocations with nothing to do", n)
	}
}

func FuzzUTF16(f *testing.F) {
	f.Add("text\r\n", []byte{0xD8, 0x3D, 0, 'x'})
	f.Add("naïve 🙂", []byte{0xFF, 0xFE, 'a', 0, 0x42})
	f.Fuzz(func(t *testing.T, text string, raw []byte) {
		text = strings.ToValidUTF8(text, "?")
		for _, enc := range []Encoding{UTF16LE, UTF16BE} {
			if got := decodeUTF16(nil, encodeUTF16(text, enc), enc); string(got) != text {
				t.Errorf("%q became %q", text, got)
			}
			if got := decodeUTF16(nil, raw, enc); !utf8.Valid(got) {
				t.Errorf("% x became %q", raw, got)
			}
		}
		if _, bom := sniffEncoding(raw); bom > len(raw) {
			t.Errorf("mark of %d bytes in %d", bom, len(raw))
		}
	})
}

func FuzzRepair(f *testing.F) {
	f.Add("caf\xe9", uint8(0))
	f.Add("naïve\xff", uint8(3))
	f.Add("> \u00a0a – b", uint8(9))
	f.Fuzz(func(t *testing.T, text string, page uint8) {
		var chosen *charmap.Charmap
		if i := int(page) % len(charmap.All); page > 0 {
			chosen, _ = charmap.All[i].(*charmap.Charmap)
		}
		got := repairText(text, chosen)
		if !utf8.ValidString(got) || utf8.ValidString(text) && got != text {
			t.Errorf("%q became %q", text, got)
		}
		once := NormalizeText(got)
		if twice := NormalizeText(once); twice != once {
			t.Errorf("%q, then %q", once, twice)
		}
	})
}

func BenchmarkUTF16(b *testing.B) {
	raw := encodeUTF16(dollarLog(1<<20), UTF16LE)
	dst := make([]byte, 0, len(raw))
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		decodeUTF16(dst[:0], raw, UTF16LE)
	}
}

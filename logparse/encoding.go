package logparse

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Encoding is how the bytes of a file stand for text.
type Encoding uint8

// The encodings of logs.
const (
	// EightBit is UTF-8 or a code page: framing is ASCII either way.
	EightBit Encoding = iota
	// UTF16LE has two bytes a code unit, the low one first.
	UTF16LE
	// UTF16BE has two bytes a code unit, the high one first.
	UTF16BE
)

// sniffEncoding finds the encoding of a file by its first bytes: by a byte
// order mark, whose length it returns, or by the NULs that ASCII text has in
// UTF-16.
func sniffEncoding(head []byte) (enc Encoding, bomLen int) {
	switch {
	case len(head) >= 3 && head[0] == 0xEF && head[1] == 0xBB && head[2] == 0xBF:
		return EightBit, 3
	case len(head) >= 2 && head[0] == 0xFF && head[1] == 0xFE:
		return UTF16LE, 2
	case len(head) >= 2 && head[0] == 0xFE && head[1] == 0xFF:
		return UTF16BE, 2
	}
	return nulPattern(head), 0
}

// nulPattern tells UTF-16 without a byte order mark by where its NULs are. Pairs
// of NULs are padding and say nothing.
func nulPattern(head []byte) Encoding {
	var pairs, little, big int
	for i := 0; i+1 < len(head); i += 2 {
		low, high := head[i] != 0, head[i+1] != 0
		if low || high {
			pairs++
		}
		if low && !high {
			little++
		}
		if high && !low {
			big++
		}
	}
	// Log text is ASCII for the most part, in whatever language its messages are.
	const share = 3 // more than 1/3 of the pairs
	switch {
	case pairs < 2:
		return EightBit
	case little*share > pairs && big*16 <= little:
		return UTF16LE
	case big*share > pairs && little*16 <= big:
		return UTF16BE
	}
	return EightBit
}

// decodeUTF16 appends src to dst as UTF-8. An odd byte at the end of src is left
// out. A surrogate that lacks its other half becomes U+FFFD, so src must not be
// cut inside a pair.
func decodeUTF16(dst, src []byte, enc Encoding) []byte {
	for len(src) >= 2 {
		src, dst = asciiRun(dst, src, enc)
		if len(src) < 2 {
			break
		}
		r := codeUnit(src, enc)
		src = src[2:]
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if len(src) >= 2 {
				low = codeUnit(src, enc)
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				src = src[2:]
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

func codeUnit(src []byte, enc Encoding) rune {
	if enc == UTF16BE {
		return rune(src[0])<<8 | rune(src[1])
	}
	return rune(src[1])<<8 | rune(src[0])
}

// asciiRun appends the ASCII text that begins src, four code units at a time.
func asciiRun(dst, src []byte, enc Encoding) (rest, out []byte) {
	const wide = 0xFF80FF80FF80FF80 // the bits that four ASCII units do not have
	for len(src) >= 8 {
		four := binary.LittleEndian.Uint64(src)
		if enc == UTF16BE {
			four = four>>8&0x00FF00FF00FF00FF | four&0x00FF00FF00FF00FF<<8
		}
		if four&wide != 0 {
			break
		}
		dst = append(dst, byte(four), byte(four>>16), byte(four>>32), byte(four>>48))
		src = src[8:]
	}
	return src, dst
}

// repairText returns s as valid UTF-8. Valid text is returned as it is. Where
// most of the multi-byte sequences are valid, the bad bytes become U+FFFD;
// otherwise s is read with the code page, nil meaning Windows-1252.
func repairText(s string, page *charmap.Charmap) string {
	if utf8.ValidString(s) {
		return s
	}
	if page == nil {
		page = charmap.Windows1252
	}
	whole := mostlyUTF8(s)
	var b strings.Builder
	b.Grow(len(s) + len(s)/4)
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		switch {
		case r < utf8.RuneSelf:
		case whole:
			r, n = utf8.DecodeRuneInString(s[i:])
		default:
			r = page.DecodeByte(s[i])
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

func mostlyUTF8(s string) bool {
	good, bad := 0, 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		if n == 1 {
			bad++
		} else {
			good++
		}
		i += n
	}
	return good > bad
}

// codePages are the Windows numbers of code pages whose charmap does not have
// the number in its name.
var codePages = map[string]*charmap.Charmap{
	"10000": charmap.Macintosh,
	"10007": charmap.MacintoshCyrillic,
	"20866": charmap.KOI8R,
	"21866": charmap.KOI8U,
	"28591": charmap.ISO8859_1,
	"28592": charmap.ISO8859_2,
	"28593": charmap.ISO8859_3,
	"28594": charmap.ISO8859_4,
	"28595": charmap.ISO8859_5,
	"28596": charmap.ISO8859_6,
	"28597": charmap.ISO8859_7,
	"28598": charmap.ISO8859_8,
	"28599": charmap.ISO8859_9,
	"28603": charmap.ISO8859_13,
	"28605": charmap.ISO8859_15,
}

// CodePage finds a code page by name or number: "1252", "cp1250",
// "windows-1251", "850", "iso-8859-2". Pages with more than one byte a
// character are not known.
func CodePage(name string) (*charmap.Charmap, error) {
	want := pageKey(name)
	if page := codePages[want]; page != nil {
		return page, nil
	}
	for _, enc := range charmap.All {
		if page, ok := enc.(*charmap.Charmap); ok && want != "" && pageKey(page.String()) == want {
			return page, nil
		}
	}
	return nil, fmt.Errorf("find code page %q: not a known single-byte page; use a number such as 1252, 1250, 1251 or 850", name)
}

// pageKey drops from a code page's name what people write in several ways.
func pageKey(name string) string {
	name = strings.ToLower(name)
	for _, word := range []string{"code page", "codepage", "windows", "ibm", "cp", " ", "-", "_"} {
		name = strings.ReplaceAll(name, word, "")
	}
	return name
}

// typography turns what word processors, mail and web pages put for plain
// characters back into them.
var typography = strings.NewReplacer(
	"\u00a0", " ", "\u202f", " ",
	"–", "-", "—", "-",
	"…", "...",
	"‘", "'", "’", "'", "‚", "'",
	"“", `"`, "”", `"`, "„", `"`,
)

// NormalizeText returns s as rules match it when it was pasted: with plain
// blanks, dashes, dots and quotes, and without the marks of quoted mail before
// its lines. It returns s itself when there is nothing to do.
func NormalizeText(s string) string {
	if !needsNormalizing(s) {
		return s
	}
	s = typography.Replace(s)
	if !strings.Contains(s, "\n") {
		return dropQuoting(s)
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = dropQuoting(line)
	}
	return strings.Join(lines, "\n")
}

// needsNormalizing is true for all text that NormalizeText changes, and for
// little other.
func needsNormalizing(s string) bool {
	if strings.HasPrefix(s, ">") || strings.Contains(s, "\n>") {
		return true
	}
	for i := 0; i+1 < len(s); i++ {
		if s[i] == 0xC2 && s[i+1] == 0xA0 || s[i] == 0xE2 && s[i+1] == 0x80 {
			return true
		}
	}
	return false
}

func dropQuoting(s string) string {
	for strings.HasPrefix(s, "> ") {
		s = strings.TrimLeft(s[2:], " ")
	}
	return s
}

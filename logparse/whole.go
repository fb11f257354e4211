package logparse

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Whole is the text of a file that is read whole and is no log: an export, a text
// that somebody saved.
type Whole struct {
	// Text is the file's text as UTF-8, without its byte order mark. Bytes that are
	// no UTF-8 are read with Windows-1252, or replaced where most of the text is
	// UTF-8.
	Text string

	raw   []byte
	enc   Encoding
	bom   int64
	known bool // every byte of Text is one byte of the file
	mixed bool // UTF-8 with some bad bytes, other than a code page

	at   int // how far places were asked for, in Text
	pos  int64
	line int
}

// DecodeWhole reads UTF-8, UTF-16 with or without a byte order mark, and
// Windows-1252. Text keeps no hold of raw unless it is needed to find places.
func DecodeWhole(raw []byte) *Whole {
	enc, bom := fileEncoding(raw[:min(len(raw), SniffLen)])
	w := &Whole{enc: enc, bom: int64(bom)}
	body := raw[bom:]
	if enc != EightBit {
		w.Text = string(decodeUTF16(nil, body, enc))
	} else {
		text := string(body)
		if w.Text = repairText(text, nil); len(w.Text) == len(text) {
			w.known = true
		} else {
			w.raw, w.mixed = body, mostlyUTF8(text)
		}
	}
	w.rewind()
	return w
}

func (w *Whole) rewind() { w.at, w.pos, w.line = 0, w.bom, 1 }

// Place returns the line, from 1, and the byte in the file of the byte at in Text.
// It is fast for places that are asked for in their order.
func (w *Whole) Place(at int) (line int, offset int64) {
	at = min(max(at, 0), len(w.Text))
	if at < w.at {
		w.rewind()
	}
	run := w.Text[w.at:at]
	w.line += strings.Count(run, "\n")
	switch {
	case w.enc != EightBit:
		w.pos += 2 * int64(utf16Len(run))
	case w.known:
		w.pos += int64(len(run))
	default:
		w.pos += w.eightBit(len(run))
	}
	w.at = at
	return w.line, w.pos
}

// eightBit counts the bytes of the file that n bytes of repaired text stand for.
func (w *Whole) eightBit(n int) int64 {
	rest := w.raw[w.pos-w.bom:]
	start := len(rest)
	for n > 0 && len(rest) > 0 {
		r, width := rune(rest[0]), 1
		switch {
		case r < utf8.RuneSelf:
		case w.mixed:
			r, width = utf8.DecodeRune(rest)
		default:
			r = charmap.Windows1252.DecodeByte(rest[0])
		}
		rest = rest[width:]
		n -= utf8.RuneLen(r)
	}
	return int64(start - len(rest))
}

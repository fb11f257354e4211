package logparse

import (
	"iter"
	"strings"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/encoding/charmap"
)

// Block is a run of whole records of one log. Blocks of a log are independent:
// parsing them apart gives the same records as parsing the log in one go.
type Block struct {
	text  []byte
	spans []span
	log   string
	order dateOrder
	page  *charmap.Charmap
}

// span maps a run of a block's text to the part that it came from.
type span struct {
	at     int // first byte in the block's text
	part   string
	offset int64 // of that byte in the part
	line   int   // of that byte, 0 when it was not counted
	wide   bool  // two bytes a code unit in the part
}

// Size is the length of the block's text in bytes, as UTF-8.
func (b *Block) Size() int { return len(b.text) }

// Records iterates over the block's records in file order. The record is
// reused; its strings stay valid, but keep the whole block in memory.
func (b *Block) Records() iter.Seq[*Record] { return b.records(true) }

// records leaves out where the records stand if place is false: counting lines
// costs as much as parsing.
func (b *Block) records(place bool) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		text := unsafe.String(unsafe.SliceData(b.text), len(b.text))
		s := scanner{page: b.page, clean: utf8.ValidString(text)}
		s.lines.order = b.order
		loc := locator{spans: b.spans, text: text, log: b.log}
		s.scan(text, true, func(rec *Record, start int) bool {
			if place {
				rec.Pos = loc.pos(start)
			}
			return yield(rec)
		})
	}
}

// Clone returns a copy of the record that shares no memory with its block.
func (r *Record) Clone() *Record {
	c := *r
	c.Message = strings.Clone(r.Message)
	c.Component = strings.Clone(r.Component)
	c.Context = strings.Clone(r.Context)
	c.File = strings.Clone(r.File)
	return &c
}

// locator turns rising offsets in a block into places in its parts.
type locator struct {
	spans []span
	text  string
	log   string
	at    int   // offset that line and moved were counted to
	line  int   // of at, in the first span
	moved int64 // bytes of the part from the span's start to at
}

func (l *locator) pos(start int) Pos {
	for len(l.spans) > 1 && start >= l.spans[1].at {
		l.spans = l.spans[1:]
		l.at, l.moved, l.line = l.spans[0].at, 0, 0
	}
	sp := l.spans[0]
	if l.at < sp.at {
		l.at = sp.at
	}
	if start > l.at {
		run := l.text[l.at:start]
		if sp.line > 0 {
			l.line += strings.Count(run, "\n")
		}
		if sp.wide {
			l.moved += 2 * int64(utf16Len(run))
		} else {
			l.moved += int64(len(run))
		}
		l.at = start
	}
	p := Pos{Log: l.log, Part: sp.part, Offset: sp.offset + l.moved}
	if sp.line > 0 {
		p.Line = sp.line + l.line
	}
	return p
}

// utf16Len counts the UTF-16 code units of s.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

package logparse

import (
	"iter"
	"strings"
	"unicode/utf8"
)

// Around iterates over the block's records as Records does, but leaves out those that
// hold none of the places that are looked for: looking is much cheaper than parsing.
// It may hand out others too.
//
// look gets the block's text, as UTF-8 or as bytes of a code page, and returns what
// finds the first such place at or behind an offset, -1 if there is none. It is asked
// for rising offsets. A place must be told by letters without a blank: lines may have
// been joined to a record, but their words were not changed.
func (b *Block) Around(look func(text string) (next func(from int) int)) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		text := asString(b.text)
		if strings.IndexByte(text, 0) >= 0 {
			b.Records()(yield) // where a crash left NULs, words are put together again
			return
		}
		next := look(text)
		at := next(0)
		if at < 0 {
			return
		}
		s := scanner{page: b.page, clean: utf8.ValidString(text)}
		s.lines.order = b.order
		loc := locator{spans: b.spans, text: text, log: b.log}
		again := true
		for pos := 0; again; {
			again = false
			pos = recordStart(text, pos, at)
			end := recordEnd(text, at)
			s.scan(text[pos:], true, func(rec *Record, start int) bool {
				if start += pos; start >= end {
					if at = next(start); at < 0 {
						return false
					}
					if near := recordStart(text, start, at); near > start {
						pos, again = near, true
						return false
					}
					end = recordEnd(text, at)
				}
				rec.Pos = loc.pos(start)
				return yield(rec)
			})
		}
	}
}

// recordStart returns where parsing can begin to read the record that holds a place:
// a CCM start always begins a record. from is such an offset before it.
func recordStart(text string, from, at int) int {
	i := at
	for {
		n := strings.LastIndexByte(text[from:i], ccmStart[0])
		if n <= 0 {
			return from
		}
		if i = from + n; strings.HasPrefix(text[i:], ccmStart) {
			return i
		}
	}
}

// recordEnd returns an offset behind the place before which all records that hold it
// begin.
func recordEnd(text string, at int) int {
	if i := strings.Index(text[at+1:], ccmStart); i >= 0 {
		return at + 1 + i
	}
	return len(text)
}

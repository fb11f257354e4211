package logparse

import (
	"bytes"
	"strings"
	"unsafe"
)

// cutPoint returns the largest offset at which text can be cut into blocks, 0
// if there is none. A CCM start always begins a record, even inside another.
func cutPoint(text []byte) int {
	if i := bytes.LastIndex(text, ccmStartBytes); i >= 0 {
		return bracketed(asString(text), i)
	}
	return lineCut(asString(text))
}

// startPoint returns an offset near the start of text at which a block may
// begin, and false if there is none. In a CCM log that can only be the start of
// a record: any line may stand inside one.
func startPoint(text []byte, ccm bool) (int, bool) {
	// What stands before a record tells whether there is a bracket of it.
	const before = 2
	if i := bytes.Index(text[min(before, len(text)):], ccmStartBytes); i >= 0 {
		return bracketed(asString(text), before+i), true
	} else if ccm || bytes.Contains(text, ccmStartBytes) {
		return 0, false
	}
	// The whole of text would leave no block, so its last byte is left out.
	for _, n := range []int{min(len(text)-1, 64<<10), len(text) - 1} {
		if n > 0 {
			if i := lineCut(asString(text[:n])); i > 0 {
				return i, true
			}
		}
	}
	return 0, false
}

// openTail returns where the last record of text begins when its end is
// missing, and len(text) when the text ends between records. Text is the end of
// a part that another part follows.
func openTail(text []byte) int {
	if i := bytes.LastIndex(text, ccmStartBytes); i >= 0 {
		var s scanner
		open := true
		n, _ := s.ccm(asString(text[i:]), 0, false, func(*Record, int) bool { open = false; return true })
		if open && n == 0 {
			return i
		}
		after := i + n
		return after + openLine(text[after:])
	}
	return openLine(text)
}

// openLine returns where the last line begins when it has no end and is in no
// known format, and len(text) otherwise.
func openLine(text []byte) int {
	i := bytes.LastIndexByte(text, '\n') + 1
	if i == len(text) || plainLine(text[i:]) {
		return i
	}
	return len(text)
}

// joined returns how many bytes of head, the start of the next part, complete
// the record that tail begins; 0 when they do not belong together, and ok is
// false when more of head must be seen to tell.
func joined(tail, head []byte) (n int, ok bool) {
	if len(tail) == 0 {
		return 0, true
	}
	both := append(bytes.Clone(tail), head[:min(len(head), MaxRecord)]...)
	if bytes.HasPrefix(both, ccmStartBytes) {
		var s scanner
		whole := false
		used, _ := s.ccm(asString(both), 0, false, func(rec *Record, _ int) bool { whole = !rec.Torn; return true })
		if used == 0 {
			return 0, len(both) >= MaxRecord
		}
		if !whole || used < len(tail) {
			return 0, true
		}
		return used - len(tail), true
	}
	end := bytes.IndexByte(head, '\n')
	if end < 0 {
		return 0, len(head) >= MaxRecord
	}
	if plainLine(append(bytes.Clone(tail), head[:end+1]...)) {
		return 0, true
	}
	return end + 1, true
}

// plainLine tells whether a line is in no known format, or lacks what its format
// ends with, as a line does that was cut.
func plainLine(line []byte) bool {
	var p lineParser
	plain := true
	p.parse(strings.Clone(asString(line)), true, func(rec *Record, _ int) bool {
		plain = rec.Format == Plain || rec.Torn || !rec.HasThread && rec.Format <= DollarBare
		return false
	})
	return plain
}

var ccmStartBytes = []byte(ccmStart)

// asString views b as a string; b must not change while the string is used.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

package logparse

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// MaxRecord bounds one record, in bytes. What is longer is cut there and marked
// torn; the rest is read as text of its own.
const MaxRecord = 1 << 20

// scanner cuts text into records of every format. It holds scratch memory only,
// so one scanner serves one goroutine at a time.
type scanner struct {
	lines lineParser
	page  *charmap.Charmap
	// clean is true when the text is known to be valid UTF-8.
	clean bool
	rec   Record
}

// scan cuts text into records and hands each to emit with the offset in text at
// which it begins. The record is reused between calls. Unless final, more text
// may follow: scan then leaves what may still grow, and returns how many bytes
// it used up. It decides about a record only when it has seen its end or
// MaxRecord bytes of it, so that the records do not depend on how text was cut.
func (s *scanner) scan(text string, final bool, emit func(rec *Record, start int) bool) (used int) {
	pos := 0
	for pos < len(text) {
		next := strings.Index(text[pos:], ccmStart)
		if next != 0 {
			if next < 0 {
				n, _ := s.region(text[pos:], pos, final, emit)
				return pos + n
			}
			start := pos + next
			n, more := s.region(text[pos:bracketed(text, start)], pos, true, emit)
			if !more {
				return pos + n
			}
			pos = start
			continue
		}
		n, more := s.ccm(text[pos:], pos, final, emit)
		if n == 0 || !more {
			return pos + n
		}
		pos += n
	}
	return pos
}

// ccm reads the record at the start of text, which begins with ccmStart. It
// returns 0 when the record may still grow.
func (s *scanner) ccm(text string, at int, final bool, emit func(*Record, int) bool) (used int, more bool) {
	const head = len(ccmStart)
	window := text
	capped := len(window) > MaxRecord
	if capped {
		window = window[:MaxRecord]
	}
	body := window[head:]
	end := strings.Index(body, ccmEnd)
	limit := body
	if end >= 0 {
		limit = body[:min(len(body), end+len(ccmEnd)-1+len(ccmStart))] // they share a '<'
	}
	if again := strings.Index(limit, ccmStart); again >= 0 {
		return head + again, s.torn(text[head:bracketed(text, head+again)], at, emit)
	}
	if end < 0 {
		switch {
		case capped:
			return MaxRecord, s.torn(body, at, emit)
		case final:
			return len(text), s.torn(body, at, emit)
		}
		return 0, true
	}
	s.rec = Record{Format: CCM, Message: body[:end]}
	n, known := s.trailer(text[head+end+len(ccmEnd):], final)
	if !known {
		return 0, true
	}
	used = head + end + len(ccmEnd) + n
	if nul := strings.IndexByte(s.rec.Message, 0); nul >= 0 {
		// A crash left a hole: what stands before it lost its end, what stands
		// behind it lost its start.
		if !s.torn(body[:nul], at, emit) {
			return used, false
		}
		from := head + nul
		_, more := s.region(text[from:used], at+from, true, emit)
		return used, more
	}
	return used, s.emit(at, emit)
}

// torn emits what is left of a CCM record that lost its end. A blank rest is
// dropped.
func (s *scanner) torn(msg string, at int, emit func(*Record, int) bool) bool {
	msg = strings.TrimSuffix(strings.TrimRight(msg, "\r\n\x00"), ccmEnd[:len(ccmEnd)-1])
	if strings.TrimSpace(msg) == "" {
		return true
	}
	var fill strings.Builder
	if strings.IndexByte(msg, 0) >= 0 {
		for part := range strings.SplitSeq(msg, "\x00") {
			fill.WriteString(part)
		}
		msg = fill.String()
	}
	s.rec = Record{Format: CCM, Torn: true, Message: msg}
	s.rec.Severity = textSeverity(msg)
	return s.emit(at, emit)
}

// region reads text between CCM records: lines of the other formats, and the
// tail of a record whose head was rotated away.
func (s *scanner) region(text string, at int, final bool, emit func(*Record, int) bool) (used int, more bool) {
	pos := 0
	for pos < len(text) {
		if skip := blank(text[pos:]); skip > 0 {
			pos += skip
			continue
		}
		rest := text[pos:]
		tail := strings.Index(rest, ccmEnd)
		if tail < 0 {
			n, more := s.lineRegion(rest, at+pos, final, emit)
			return pos + n, more
		}
		line := strings.LastIndexAny(rest[:tail], "\n\x00") + 1
		if line > 0 {
			if _, more := s.lineRegion(rest[:line], at+pos, true, emit); !more {
				return pos + line, false
			}
			pos += line
			continue
		}
		n, done := s.tail(rest, tail, at+pos, final, emit)
		pos += n
		if n == 0 || !done {
			return pos, done
		}
	}
	return pos, true
}

// tail reads "…the end of a message]LOG]!><attributes>" at the start of text.
func (s *scanner) tail(text string, end, at int, final bool, emit func(*Record, int) bool) (used int, more bool) {
	s.rec = Record{Format: CCM, Torn: true, Message: text[:end]}
	n, known := s.trailer(text[end+len(ccmEnd):], final)
	if !known {
		return 0, true
	}
	return end + len(ccmEnd) + n, s.emit(at, emit)
}

func (s *scanner) lineRegion(text string, at int, final bool, emit func(*Record, int) bool) (used int, more bool) {
	more = true
	used = s.lines.parse(text, final, func(rec *Record, start int) bool {
		s.repair(rec)
		more = emit(rec, at+start)
		return more
	})
	return used, more
}

// emit puts the finishing touches to s.rec and hands it on.
func (s *scanner) emit(at int, emit func(*Record, int) bool) bool {
	rec := &s.rec
	if strings.IndexByte(rec.Message, '\r') >= 0 {
		rec.Message = strings.ReplaceAll(rec.Message, "\r\n", "\n")
	}
	s.repair(rec)
	return emit(rec, at)
}

func (s *scanner) repair(rec *Record) {
	if s.clean {
		return
	}
	rec.Message = repairText(rec.Message, s.page)
	rec.Component = repairText(rec.Component, s.page)
	rec.Context = repairText(rec.Context, s.page)
	rec.File = repairText(rec.File, s.page)
}

// bracketed returns where the CCM record that starts at text[i] begins: before the
// bracket that some viewers copy before it, "[<![LOG[".
func bracketed(text string, i int) int {
	if i > 0 && text[i-1] == '[' && (i == 1 || text[i-2] == '\n' || text[i-2] == 0 || text[i-2] == '>') {
		return i - 1
	}
	return i
}

// blank counts the bytes at the start of text that stand for nothing: line
// ends, NUL padding and the byte order marks of joined files.
func blank(text string) int {
	i := 0
	for i < len(text) {
		switch text[i] {
		case '\n', '\r':
			i++
		case 0:
			i = nulRun(text, i)
		case 0xEF:
			if !strings.HasPrefix(text[i:], "\ufeff") {
				return i
			}
			i += 3
		default:
			return i
		}
	}
	return i
}

func validUTF8(text string) bool { return utf8.ValidString(text) }

package logparse

import "strings"

// lineEnd is what a line ends at.
type lineEnd uint8

const (
	endsLine   lineEnd = iota // a line feed
	endsNUL                   // a NUL, as crashes leave them in files
	endsOpen                  // the end of the text
	endsWindow                // MaxRecord bytes, and the line goes on
)

// line is the place of a line in a text, without its end.
type line struct {
	start, end int
	next       int // where the line behind it starts
	how        lineEnd
}

// lineReader cuts a text into lines. A copy of it looks ahead.
type lineReader struct {
	text    string
	pos     int
	lf, nul int // the next line feed and NUL from pos on; len(text) if there is none
}

func newLineReader(text string) lineReader {
	return lineReader{text: text, lf: -1, nul: -1}
}

// next returns the line at r.pos and moves behind it. At the end of the text it
// returns an empty line that endsOpen.
func (r *lineReader) next() line {
	r.pos = skipMarks(r.text, r.pos)
	r.lf = r.seek('\n', r.lf)
	r.nul = r.seek(0, r.nul)
	ln := line{start: r.pos, end: min(r.lf, r.nul)}
	switch {
	case ln.end-ln.start > MaxRecord:
		ln.end, ln.how = r.window(ln.start+MaxRecord), endsWindow
		ln.next = ln.end
	case ln.end == len(r.text):
		ln.next, ln.how = ln.end, endsOpen
	case r.nul < r.lf:
		ln.next, ln.how = nulRun(r.text, ln.end), endsNUL
	default:
		ln.next = ln.end + 1
	}
	r.pos = ln.next
	return ln
}

// skipMarks moves i over what belongs to no line: byte order marks, and carriage
// returns that end none.
func skipMarks(text string, i int) int {
	for i < len(text) {
		switch {
		case text[i] == '\r':
			i++
		case text[i] == 0xEF && strings.HasPrefix(text[i:], "\ufeff"):
			i += len("\ufeff")
		default:
			return i
		}
	}
	return i
}

// nulRun returns where the NULs that begin at text[i] end.
func nulRun(text string, i int) int {
	const many = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	for strings.HasPrefix(text[i:], many) {
		i += len(many)
	}
	for i < len(text) && text[i] == 0 {
		i++
	}
	return i
}

// seek returns the first place of c from r.pos on. at is the one found last: it
// is not looked for again before it is passed.
func (r *lineReader) seek(c byte, at int) int {
	if at >= r.pos {
		return at
	}
	if i := strings.IndexByte(r.text[r.pos:], c); i >= 0 {
		return r.pos + i
	}
	return len(r.text)
}

// window moves end to the start of the UTF-8 character that it falls into.
func (r *lineReader) window(end int) int {
	for back := range 4 {
		if r.text[end-back]&0xC0 != 0x80 {
			return end - back
		}
	}
	return end
}

// trimmed returns the text of a line without the blanks around it and without
// the byte order mark that joined files have inside.
func (r *lineReader) trimmed(ln line) string {
	from, to := trimSpan(r.text, ln.start, ln.end)
	return r.text[from:to]
}

// trimSpan moves the ends of text[from:to] over blanks and byte order marks.
func trimSpan(text string, from, to int) (int, int) {
	for to > from && isBlank(text[to-1]) {
		to--
	}
	for from < to {
		switch {
		case isBlank(text[from]):
			from++
		case text[from] == 0xEF && strings.HasPrefix(text[from:to], "\ufeff"):
			from += len("\ufeff")
		default:
			return from, to
		}
	}
	return from, to
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

func trimLeft(s string) string {
	i := 0
	for i < len(s) && isBlank(s[i]) {
		i++
	}
	return s[i:]
}

func trimRight(s string) string {
	i := len(s)
	for i > 0 && isBlank(s[i-1]) {
		i--
	}
	return s[:i]
}

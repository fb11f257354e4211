package logparse

import "strings"

const (
	// maxJoined bounds the lines that a wrapped record takes besides its own.
	maxJoined = 10
	// maxWrapped bounds the lines, in bytes, that a mail or an article can have
	// wrapped.
	maxWrapped = 512
)

// lineParser cuts text without CCM records into records. It holds scratch
// memory and the order of pasted dates, so one serves one goroutine at a time.
//
// Quotations wrap records. A line of no format is therefore held back until it
// is known whether the record that follows begins in it.
type lineParser struct {
	order dateOrder

	rec     Record
	lines   lineReader
	emit    func(*Record, int) bool
	held    [maxJoined]line
	count   int // of held
	used    int // where to go on, once stopped
	stopped bool
}

// parse cuts text into records and hands each to emit with the offset in text
// at which it begins; the record is reused between calls. text starts at the
// start of a line or behind a record. Unless final, more text may follow: parse
// then leaves what may still grow, and returns how many bytes it used up. A line
// longer than MaxRecord is cut there. Empty lines give no record. It stops when
// emit returns false.
func (p *lineParser) parse(text string, final bool, emit func(rec *Record, start int) bool) (used int) {
	p.lines = newLineReader(text)
	p.emit, p.count, p.stopped = emit, 0, false
	for p.step(final) {
	}
	if final && !p.stopped {
		p.flush()
	}
	switch {
	case p.stopped:
		used = p.used
	case p.count > 0:
		used = p.held[0].start
	default:
		used = p.lines.pos
	}
	p.lines, p.emit = lineReader{}, nil // keep no text alive
	return used
}

// step reads one line. It returns false at the end of the text, when the line
// may still grow, and when emit said stop.
func (p *lineParser) step(final bool) bool {
	ln := p.lines.next()
	if ln.how == endsOpen && (!final || ln.start == ln.end) {
		p.lines.pos = ln.start
		return false
	}
	s := p.lines.trimmed(ln)
	body := unquote(s)
	if body == "" {
		return p.flush()
	}
	switch p.dollar(ln, final) {
	case lineTaken:
		return !p.stopped
	case lineWaits:
		return false
	}
	if ln.how == endsWindow {
		return p.flush() && p.plain(ln)
	}
	if readDated(body, &p.rec) {
		return p.alone(ln)
	}
	if p.pasted(ln, s) {
		return !p.stopped
	}
	if ln.how == endsLine && joinable(body) {
		return p.hold(ln)
	}
	return p.flush() && p.plain(ln)
}

// lineTaking is what a format's reader did with a line.
type lineTaking uint8

const (
	lineLeft  lineTaking = iota // it is of another format
	lineTaken                   // it was read
	lineWaits                   // it needs more text than there is
)

// send hands the record in p.rec on; next is the offset of what follows it.
func (p *lineParser) send(start, next int) bool {
	if !p.emit(&p.rec, start) {
		p.stopped, p.used = true, next
	}
	return !p.stopped
}

// alone sends the record in p.rec, which is all of a line, behind the lines
// that were held before it.
func (p *lineParser) alone(ln line) bool {
	if p.count > 0 {
		rec := p.rec
		if !p.flush() {
			return false
		}
		p.rec = rec
	}
	return p.send(ln.start, ln.next)
}

// hold keeps a line back that may be part of a wrapped record.
func (p *lineParser) hold(ln line) bool {
	if p.count == maxJoined {
		if !p.plain(p.held[0]) {
			return false
		}
		copy(p.held[:], p.held[1:])
		p.count--
	}
	p.held[p.count] = ln
	p.count++
	return true
}

// flush sends the held lines as records of their own.
func (p *lineParser) flush() bool {
	n := p.count
	p.count = 0
	for i := range n {
		if !p.plain(p.held[i]) {
			return false
		}
	}
	return true
}

// joined returns the held lines and last as one line.
func (p *lineParser) joined(last string) string {
	var b strings.Builder
	for _, ln := range p.held[:p.count] {
		b.WriteString(unquote(p.lines.trimmed(ln)))
		b.WriteByte(' ')
	}
	b.WriteString(unquote(last))
	return strings.TrimRight(b.String(), " ")
}

// joinable tells whether a line without a record's end may be part of a wrapped
// record. The header and crash lines of the legacy clients stand alone.
func joinable(body string) bool {
	return len(body) <= maxWrapped && !trailerTail(body) && !strings.HasPrefix(body, "=====") &&
		!strings.HasPrefix(body, "<<<<") && !strings.HasPrefix(body, "<<CLIEXCEPT>>")
}

// continues tells whether a message begins as the rest of a sentence does, in
// lower case. A label, as in "sync: Starting", begins a message.
func continues(msg string) bool {
	if msg == "" || msg[0] < 'a' || msg[0] > 'z' {
		return false
	}
	end := strings.IndexAny(msg[:min(len(msg), maxWrapped)], " \t:")
	return end < 0 || msg[end] != ':'
}

// unquote drops the marks that mail programs put before quoted lines.
func unquote(s string) string {
	for strings.HasPrefix(s, "> ") {
		s = trimLeft(s[2:])
	}
	if s == ">" {
		return ""
	}
	return s
}

package logparse

import "strings"

// dollarMark begins the trailer of a record of SMS 1.x to 2.0, of the Legacy
// Client and of every site server:
//
//	message  $$<component><date><thread=dec (0xHEX)>
const dollarMark = "$$<"

// The longest parts of a trailer, in bytes; what is longer is no trailer. A
// component can be a path.
const (
	maxComponent = 300
	maxDate      = 160
	maxThread    = 48
)

// trailerState tells how much of a trailer there is.
type trailerState uint8

const (
	noTrailer  trailerState = iota
	cutTrailer              // it goes on behind the end of the line
	wholeTrailer
)

// trailer is what stands behind a message, in pieces of the line.
type trailer struct {
	state                   trailerState
	at, end                 int // place of the trailer in its line
	component, date, thread string
}

// findTrailer finds the first trailer of s.
func findTrailer(s string) trailer {
	from := 0
	for {
		i := strings.Index(s[from:], dollarMark)
		if i < 0 {
			return trailer{}
		}
		at := from + i
		from = at + len(dollarMark)
		if t := readTrailer(s[from:]); t.state != noTrailer {
			t.at = at
			t.end += from
			return t
		}
	}
}

// lastTrailer returns the state of the last trailer of s, and the length of the
// record that it ends.
func lastTrailer(s string) (state trailerState, length int) {
	for {
		t := findTrailer(s)
		if t.state == noTrailer {
			return state, length
		}
		state, length = t.state, len(s)
		if state == cutTrailer {
			return state, length
		}
		s = s[skipTags(s, t.end, len(s)):]
	}
}

// readTrailer reads a trailer behind its mark.
func readTrailer(s string) (t trailer) {
	component, n, state := bracket(s, maxComponent)
	t.component = component
	if state != wholeTrailer {
		return t.ended(s, len(s), state)
	}
	if component == "" {
		return trailer{}
	}
	rest := trimLeft(s[n:])
	if rest == "" || hasFold(rest, "<br") {
		return t.ended(s, n, wholeTrailer) // "$$<CliEx32.dll>" and no more
	}
	if rest[0] != '<' {
		return trailer{}
	}
	if !strings.HasPrefix(rest, "<thread=") {
		t.date, n, state = bracket(rest[1:], maxDate)
		if state != wholeTrailer {
			return t.ended(s, len(s), state)
		}
		rest = rest[1+n:]
	}
	return t.readThread(s, rest)
}

// readThread reads "<thread=561 (0x231)>"; its '<' may be a '>', a typing error
// of articles. rest is what follows the date in s.
func (t trailer) readThread(s, rest string) trailer {
	const label = "thread="
	rest = trimLeft(rest)
	if rest == "" {
		return t.ended(s, len(s), cutTrailer)
	}
	if rest[0] != '<' && rest[0] != '>' {
		return trailer{}
	}
	rest = rest[1:]
	if !strings.HasPrefix(rest, label) {
		if strings.HasPrefix(label, rest) {
			return t.ended(s, len(s), cutTrailer)
		}
		return trailer{}
	}
	thread, n, state := bracket(rest[len(label):], maxThread)
	t.thread = thread
	return t.ended(s, len(s)-len(rest)+len(label)+n, state)
}

func (t trailer) ended(s string, end int, state trailerState) trailer {
	if state == noTrailer {
		return trailer{}
	}
	t.state, t.end = state, min(end, len(s))
	return t
}

// bracket reads s up to its first '>'. n is the length with that.
func bracket(s string, limit int) (inside string, n int, state trailerState) {
	head := s[:min(len(s), limit)]
	end := strings.IndexByte(head, '>')
	switch {
	case end >= 0:
		inside, n, state = head[:end], end+1, wholeTrailer
	case len(head) < limit:
		inside, n, state = head, len(head), cutTrailer
	default:
		return "", 0, noTrailer
	}
	if strings.IndexByte(inside, '<') >= 0 {
		return "", 0, noTrailer
	}
	return trimRight(trimLeft(inside)), n, state
}

// trailerTail tells whether s, which has no mark, holds the end of a trailer.
func trailerTail(s string) bool {
	const label = "><thread="
	i := strings.Index(s, label)
	return i >= 0 && strings.IndexByte(s[i+len(label):], '>') >= 0 && !strings.Contains(s, dollarMark)
}

// dollar reads the records of a line that has trailers. What stands behind the
// last one, as <BR/> does, is no text of the log.
func (p *lineParser) dollar(ln line, final bool) lineTaking {
	text := p.lines.text
	from, to := trimSpan(text, ln.start, ln.end)
	t := findTrailer(text[from:to])
	if t.state == noTrailer || t.state == cutTrailer && ln.how == endsWindow {
		return lineLeft
	}
	start := ln.start
	for t.state == wholeTrailer {
		rest := skipTags(text, from+t.end, to)
		behind := findTrailer(text[rest:to])
		next := ln.next
		if behind.state != noTrailer || ln.how == endsWindow {
			next = rest
		}
		if !p.sendDollar(text[from:from+t.at], t, start, next, false) {
			return lineTaken
		}
		t, from, start = behind, rest, rest
	}
	switch {
	case ln.how == endsWindow:
		p.lines.pos = from
	case t.state == cutTrailer:
		return p.cutDollar(ln, start, text[from:to], t, final)
	}
	return lineTaken
}

// skipTags moves from over blanks and the line breaks of web pages.
func skipTags(text string, from, to int) int {
	for {
		from, _ = trimSpan(text, from, to)
		if !hasFold(text[from:to], "<br") {
			return from
		}
		end := strings.IndexByte(text[from:min(to, from+8)], '>')
		if end < 0 {
			return from
		}
		from += end + 1
	}
}

// cutDollar reads a record, s, whose trailer goes on behind the end of its line.
func (p *lineParser) cutDollar(ln line, start int, s string, t trailer, final bool) lineTaking {
	msg, next := s[:t.at], ln.next
	if ln.how == endsLine && len(s) <= maxWrapped {
		whole, ahead, taking := p.rejoin(s[t.at+len(dollarMark):], final)
		switch taking {
		case lineWaits:
			p.lines.pos = start
			return lineWaits
		case lineTaken:
			t, p.lines, next = whole, ahead, ahead.pos
		}
	}
	p.sendDollar(msg, t, start, next, true)
	return lineTaken
}

// rejoin reads a trailer whose first line is head from the lines behind it.
func (p *lineParser) rejoin(head string, final bool) (t trailer, ahead lineReader, taking lineTaking) {
	ahead = p.lines
	joined := head
	for range maxJoined {
		ln := ahead.next()
		if ln.how == endsOpen && !final {
			return t, ahead, lineWaits
		}
		body := unquote(ahead.trimmed(ln))
		tail := trailerTail(body)
		if !tail && !joinable(body) || !mayEndTrailer(body) {
			break
		}
		joined += " " + body
		t = readTrailer(joined)
		if t.state == wholeTrailer {
			return t, ahead, lineTaken
		}
		if tail || t.state == noTrailer || ln.how != endsLine {
			break
		}
	}
	return t, ahead, lineLeft
}

// mayEndTrailer tells whether a line can go on with the trailer of the line
// before it, as no line does that is a record of its own.
func mayEndTrailer(body string) bool {
	return body != "" && len(body) <= maxWrapped && !strings.Contains(body, dollarMark) &&
		!isoDate(body) && !threadEnd(body)
}

// sendDollar sends the record of a trailer. The held lines belong to its message
// when that is evident: it has none of its own, it goes on in the middle of a
// sentence, or its trailer was wrapped too.
func (p *lineParser) sendDollar(msg string, t trailer, start, next int, wrapped bool) bool {
	msg = trimMessage(msg)
	if p.count > 0 {
		own := unquote(msg)
		if wrapped || own == "" || continues(own) {
			start, msg = p.held[0].start, trimMessage(p.joined(msg))
			p.count = 0
		} else if !p.flush() {
			return false
		}
	}
	t.record(msg, &p.rec)
	return p.send(start, next)
}

// record makes a record of the trailer and its message.
func (t trailer) record(msg string, rec *Record) {
	*rec = Record{Component: t.component, Message: msg, Torn: t.state != wholeTrailer}
	rec.Stamp, rec.Format = trailerTime(t.date)
	if t.state == wholeTrailer {
		rec.Thread, rec.HasThread = trailerThread(t.thread, rec.Format)
	}
	rec.judge()
	if rec.Stamp.Dated && !rec.Stamp.Zoned && strings.HasPrefix(msg, statusMark) {
		statusZone(msg, &rec.Stamp)
	}
}

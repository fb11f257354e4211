package logparse

import (
	"strings"
	"time"
)

// dateOrder says which of the two numbers before the year of a pasted date is
// the month. It follows the locale of whoever copied the text.
type dateOrder uint8

const (
	orderUnknown dateOrder = iota
	monthFirst
	dayFirst
)

// sniffDateOrder looks for a pasted date that can be read one way only. Without
// one an AM/PM clock suggests month first. Dates that contradict each other
// give orderUnknown: the text was put together from several.
func sniffDateOrder(text string) dateOrder {
	sure, likely := orderUnknown, orderUnknown
	for s := range strings.Lines(text) {
		s = trimRight(strings.TrimSuffix(s, "\n"))
		end, ok := readPastedEnd(s)
		if !ok {
			continue
		}
		switch order := end.date.order(); {
		case order == orderUnknown:
			if end.date.half != 0 {
				likely = monthFirst
			}
		case sure != orderUnknown && sure != order:
			return orderUnknown
		default:
			sure = order
		}
	}
	if sure != orderUnknown {
		return sure
	}
	return likely
}

// Swapped returns the stamp with day and month exchanged, and false when the
// line can be read one way only.
func (s Stamp) Swapped() (Stamp, bool) {
	if !s.Dated || !s.Ambiguous {
		return s, false
	}
	t := time.Unix(0, s.Wall).UTC()
	month, day := t.Day(), int(t.Month())
	wall, ok := civil(t.Year(), month, day, t.Hour(), t.Minute(), t.Second(), int64(t.Nanosecond()))
	if !ok || month == day {
		return s, false
	}
	s.Wall = wall
	return s, true
}

// pastedDate is a date and time as a log viewer shows them.
type pastedDate struct {
	first, second, third int // the numbers of the date as written
	yearFirst            bool
	sep                  byte
	hour, minute, sec    int
	nanos                int64
	half                 byte // 'a' or 'p' of an AM/PM clock, else 0
}

// order tells which order of day and month is the only possible one.
func (d pastedDate) order() dateOrder {
	switch {
	case d.yearFirst || d.first > 12 && d.second > 12:
		return orderUnknown
	case d.second > 12:
		return monthFirst
	case d.first > 12 || d.sep == '.': // no locale writes a month, then a dot
		return dayFirst
	}
	return orderUnknown
}

// stamp reads the date; order is that of the text it stands in.
func (d pastedDate) stamp(order dateOrder) Stamp {
	year, month, day := d.third, d.first, d.second
	ambiguous := false
	own := d.order()
	switch {
	case d.yearFirst:
		year, month, day = d.first, d.second, d.third
	case own == dayFirst || own == orderUnknown && order == dayFirst:
		month, day = d.second, d.first
	case own == orderUnknown && order == orderUnknown:
		ambiguous = d.half == 0 && d.first != d.second
	}
	hour, ok := d.hour24()
	if !ok {
		return Stamp{}
	}
	wall, ok := civil(year, month, day, hour, d.minute, d.sec, d.nanos)
	return Stamp{Wall: wall, Dated: ok, Ambiguous: ok && ambiguous}
}

func (d pastedDate) hour24() (int, bool) {
	if d.half == 0 {
		return d.hour, true
	}
	hour := d.hour % 12
	if d.half == 'p' {
		hour += 12
	}
	return hour, d.hour >= 1 && d.hour <= 12
}

// pastedEnd is what a pasted record ends with.
type pastedEnd struct {
	before string // message and component
	date   pastedDate
	thread uint64
}

// readPasted reads a line that was copied out of Trace32 or CMTrace into rec:
//
//	message<TAB>component<TAB>6/18/2024 2:03:46 PM<TAB>4212 (0x1074)
//
// Mail and web pages turn the tabs into blanks, so it is read from its end.
func readPasted(s string, order dateOrder, rec *Record) bool {
	end, ok := readPastedEnd(s)
	if !ok {
		return false
	}
	msg, component := splitComponent(end.before)
	*rec = Record{
		Format: Pasted, Stamp: end.date.stamp(order), Thread: end.thread, HasThread: true,
		Component: component, Message: trimMessage(msg),
	}
	rec.judge()
	return true
}

// readPastedEnd reads date, time and thread at the end of s.
func readPastedEnd(s string) (end pastedEnd, ok bool) {
	rest, thread, ok := readThread(s)
	if !ok {
		return end, false
	}
	end.thread = thread
	end.before, end.date, ok = readPastedDate(rest)
	return end, ok
}

// threadEnd tells whether s ends in "4212 (0x1074)".
func threadEnd(s string) bool {
	_, _, ok := readThread(s)
	return ok
}

// readThread reads "4212 (0x1074)" at the end of s. Both numbers must agree.
func readThread(s string) (rest string, thread uint64, ok bool) {
	if s = trimWide(s); s == "" || s[len(s)-1] != ')' {
		return s, 0, false
	}
	rest, word := lastField(s)
	if len(word) < len("(0x0)") || !strings.HasPrefix(word, "(0x") && !strings.HasPrefix(word, "(0X") {
		return s, 0, false
	}
	hex, ok := hexadecimal(word[len("(0x") : len(word)-1])
	if !ok {
		return s, 0, false
	}
	rest, word = lastField(rest)
	thread, ok = decimal(word)
	return rest, thread, ok && thread == hex
}

// readPastedDate reads the date and time at the end of s.
func readPastedDate(s string) (rest string, d pastedDate, ok bool) {
	rest, word := lastField(s)
	if len(word) == 2 && word[1]|0x20 == 'm' && (word[0]|0x20 == 'a' || word[0]|0x20 == 'p') {
		d.half = word[0] | 0x20
		rest, word = lastField(rest)
	}
	var point string
	d.hour, d.minute, d.sec, point, ok = clockOf(word)
	if !ok {
		return s, d, false
	}
	if d.nanos, point = pointed(point); point != "" {
		return s, d, false
	}
	rest, word = lastField(rest)
	return rest, d, d.readDay(strings.TrimSuffix(word, ","))
}

// readDay reads "6/18/2024", "18.06.24" or "2024-06-18".
func (d *pastedDate) readDay(s string) bool {
	var n, m, k int
	d.first, n = number(s, 4)
	if n == 0 || n >= len(s) || s[n] != '/' && s[n] != '.' && s[n] != '-' {
		return false
	}
	d.sep, d.yearFirst = s[n], n == 4
	d.second, m = number(s[n+1:], 2)
	last := after(s[n+1:], m, d.sep)
	d.third, k = number(last, 4)
	if m == 0 || k != len(last) || n == 3 {
		return false
	}
	if d.yearFirst {
		return k == 1 || k == 2
	}
	if k == 2 {
		d.third += 2000
		if d.third >= 2070 {
			d.third -= 100
		}
	}
	return k == 2 || k == 4
}

// pasted reads a line that ends as pasted records do. When the line lacks what
// comes before, or goes on in the middle of a sentence, the held lines belong
// to it.
func (p *lineParser) pasted(ln line, s string) bool {
	if !threadEnd(s) {
		return false
	}
	whole := readPasted(s, p.order, &p.rec)
	if p.count > 0 && len(s) <= maxWrapped && (!whole || fragment(&p.rec)) &&
		readPasted(p.joined(s), p.order, &p.rec) {
		start := p.held[0].start
		p.count = 0
		p.send(start, ln.next)
		return true
	}
	if whole {
		p.alone(ln)
	}
	return whole
}

func fragment(rec *Record) bool {
	msg := unquote(rec.Message)
	return msg == "" || rec.Component == "" || continues(msg)
}

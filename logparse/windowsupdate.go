package logparse

import "strings"

// isoTime is a date and time that begin a line, year first.
type isoTime struct {
	year, month, day     int
	hour, minute, second int
	nanos                int64
	sep                  byte // between the parts of the date: '-' or '/'
	point                byte // before the fraction: ':' or '.', 0 without one
	rest                 string
}

// readISO reads "2016-03-07 09:11:02:345" or "2024/06/18 14:03:27.5120437" from
// the start of s, with blanks or tabs between date and time.
func readISO(s string) (t isoTime, ok bool) {
	if !isoDate(s) {
		return t, false
	}
	t.sep = s[4]
	t.year, _ = number(s, 4)
	t.month, _ = number(s[5:], 2)
	t.day, _ = number(s[8:], 2)
	clock := trimLeft(s[10:])
	if len(clock) == len(s)-10 {
		return t, false
	}
	t.hour, t.minute, t.second, t.rest, ok = clockOf(clock)
	if !ok {
		return t, false
	}
	if t.rest != "" && (t.rest[0] == '.' || t.rest[0] == ':') {
		value, n := number(t.rest[1:], 9)
		if n > 0 {
			t.point, t.nanos, t.rest = t.rest[0], fraction(value, n), t.rest[1+n:]
		}
	}
	return t, t.rest != "" && (t.rest[0] == ' ' || t.rest[0] == '\t')
}

// isoDate tells whether s begins with a date, year first.
func isoDate(s string) bool {
	if len(s) < len("2006-01-02") || s[4] != '-' && s[4] != '/' || s[7] != s[4] {
		return false
	}
	for i := range len("2006-01-02") {
		if i != 4 && i != 7 && s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

func (t isoTime) stamp() Stamp {
	wall, ok := civil(t.year, t.month, t.day, t.hour, t.minute, t.second, t.nanos)
	return Stamp{Wall: wall, Dated: ok}
}

// readDated reads a line that begins with its date into rec, in either grammar
// of WindowsUpdate.log or in that of a WSUS server.
func readDated(s string, rec *Record) bool {
	at, ok := readISO(s)
	if !ok {
		return false
	}
	if at.sep == '/' {
		return at.point == '.' && readUpdateNew(at, rec)
	}
	return at.point != '.' && readUpdateOld(at, rec) || readWSUS(at, rec)
}

// readUpdateOld reads the rest of a line of WindowsUpdate.log up to Windows 8.1:
// process in decimal, thread in hex, component, text.
func readUpdateOld(at isoTime, rec *Record) bool {
	pid, tid, rest := twoFields(at.rest)
	process, ok := decimal(pid)
	thread, hex := hexadecimal(tid)
	component, text := field(rest)
	if !ok || !hex || process > 1<<32-1 || component == "" {
		return false
	}
	*rec = Record{
		Format: WindowsUpdateOld, Stamp: at.stamp(), PID: uint32(process), Thread: thread, HasThread: true,
		Component: component, Message: text, Severity: markerSeverity(text),
	}
	return true
}

// readUpdateNew reads the rest of a line that Get-WindowsUpdateLog printed:
// process and thread in decimal, component, text. A line whose symbols were
// missing reads "Unknown( 10): …" and has neither component nor time.
func readUpdateNew(at isoTime, rec *Record) bool {
	pid, tid, rest := twoFields(at.rest)
	process, ok := decimal(pid)
	thread, dec := decimal(tid)
	component, text := field(rest)
	if !ok || !dec || process > 1<<32-1 || component == "" {
		return false
	}
	if strings.HasPrefix(rest, "Unknown(") {
		component, text = "", rest
	}
	*rec = Record{
		Format: WindowsUpdateNew, Stamp: at.stamp(), PID: uint32(process), Thread: thread, HasThread: true,
		Component: component, Message: text, Severity: markerSeverity(text),
	}
	return true
}

// markerSeverity is the severity that the Windows Update Agent marks in its
// text.
func markerSeverity(text string) Severity {
	switch {
	case strings.Contains(text, "FATAL:"):
		return Error
	case strings.Contains(text, "WARNING:"):
		return Warning
	}
	return Info
}

func twoFields(s string) (first, second, rest string) {
	first, rest = field(s)
	second, rest = field(rest)
	return first, second, rest
}

// field returns the first run of s without blanks and tabs, and what follows it
// and the blanks behind it.
func field(s string) (word, rest string) {
	s = trimLeft(s)
	i := 0
	for i < len(s) && s[i] != ' ' && s[i] != '\t' {
		i++
	}
	return s[:i], trimLeft(s[i:])
}

// hexadecimal reads all of s as up to 16 hex digits without 0x.
func hexadecimal(s string) (uint64, bool) {
	if s == "" || len(s) > 16 {
		return 0, false
	}
	var v uint64
	for i := range len(s) {
		d, ok := hexDigit(s[i])
		if !ok {
			return 0, false
		}
		v = v<<4 | uint64(d)
	}
	return v, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c-'0' <= 9:
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

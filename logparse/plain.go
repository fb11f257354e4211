package logparse

import "strings"

// plain sends a line that has no record's end: text in the style of
// documentation, or of no format at all.
func (p *lineParser) plain(ln line) bool {
	s := p.lines.trimmed(ln)
	p.rec = Record{Format: Plain, Message: trimMessage(s), Torn: ln.how == endsWindow || trailerTail(s)}
	if msg, component, ok := documented(s); ok {
		p.rec.Format, p.rec.Component, p.rec.Message = Pasted, component, trimMessage(msg)
	}
	p.rec.judge()
	return p.send(ln.start, ln.next)
}

// trimMessage drops what stands around a message: blanks, and behind it the
// tildes that stand for line breaks.
func trimMessage(s string) string {
	i := len(s)
	for i > 0 && (isBlank(s[i-1]) || s[i-1] == '~') {
		i--
	}
	return trimLeft(s[:i])
}

// documented reads "message    component", as articles print records: without
// date and thread, the component behind a tab or two blanks.
func documented(s string) (msg, component string, ok bool) {
	if _, word := lastField(s); !componentEnd(word) {
		return "", "", false
	}
	at, end := lastGap(s)
	if at <= 0 || !knownComponent(s[end:]) {
		return "", "", false
	}
	return s[:at], s[end:], true
}

// Display returns the message as it reads: in $$< records a tilde stands for a
// line break. Tildes in quotes and in 8.3 file names are letters. Rules match
// Message.
func (r *Record) Display() string {
	if r.Format < Dollar1 || r.Format > DollarBare || !strings.Contains(r.Message, "~") {
		return r.Message
	}
	msg := strings.TrimLeft(r.Message, "~")
	var b strings.Builder
	for {
		at := strings.IndexByte(msg, '~')
		if at < 0 {
			b.WriteString(msg)
			return b.String()
		}
		end := at
		for end < len(msg) && msg[end] == '~' {
			end++
		}
		b.WriteString(msg[:at])
		if literalTilde(msg, at, end) {
			b.WriteString(msg[at:end])
		} else {
			b.WriteByte('\n') // a run is one break: CR and LF, or two in one
		}
		msg = msg[end:]
	}
}

// literalTilde tells whether the tildes msg[at:end] are letters of the message.
func literalTilde(msg string, at, end int) bool {
	if at == 0 || end == len(msg) {
		return false
	}
	before, after := msg[at-1], msg[end]
	if before == after && (before == '\'' || before == '"') {
		return true
	}
	upper := before >= 'A' && before <= 'Z' || before >= '0' && before <= '9' || before == '_'
	return end-at == 1 && upper && after >= '1' && after <= '9'
}

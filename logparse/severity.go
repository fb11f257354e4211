package logparse

import "strings"

// textSeverity derives a severity from what a message says: the SEV field of a
// status message, then the prefixes of the legacy clients, then the words that
// log viewers colour by.
func textSeverity(msg string) Severity {
	if sev, ok := statusSeverity(msg); ok {
		return sev
	}
	if warningPrefix(msg) {
		return Warning
	}
	return wordSeverity(msg)
}

// judge sets the severity of a record of a format without a severity field.
func (r *Record) judge() {
	if r.Severity, r.Stated = statusSeverity(r.Message); !r.Stated {
		r.Severity = textSeverity(r.Message)
	}
}

// statusMark begins the payload of a status message in a server log.
const statusMark = "STATMSG:"

// statusSeverity reads SEV=I, SEV=W or SEV=E of a status message.
func statusSeverity(msg string) (Severity, bool) {
	if !strings.HasPrefix(msg, statusMark) {
		return Info, false
	}
	// STATMSG: ID=6703 SEV=E LEV=M: the field is among the first.
	const field = " SEV="
	head := msg[:min(len(msg), 64)]
	i := strings.Index(head, field)
	if i < 0 || i+len(field) >= len(head) {
		return Info, false
	}
	switch head[i+len(field)] {
	case 'E':
		return Error, true
	case 'W':
		return Warning, true
	case 'I':
		return Info, true
	}
	return Info, false
}

// warningPrefix tells whether a message begins as the legacy clients begin
// their warnings, whatever words follow: "WARNING 1 - Failed to update …". Their
// error prefixes need no such rule, as all of them hold the word.
func warningPrefix(msg string) bool {
	i := 0
	for i < len(msg) && (msg[i] == ' ' || msg[i] == '~') {
		i++
	}
	msg = msg[i:]
	if msg == "" {
		return false
	}
	switch msg[0] {
	case '!':
		return strings.HasPrefix(msg, "!!!WARNING:")
	case 'I':
		return strings.HasPrefix(msg, "INSTANCE WARNING - ")
	case 'W':
		return strings.HasPrefix(msg, "WARNING ") && numbered(msg[len("WARNING "):])
	}
	return false
}

// numbered tells whether s begins with "12 - ".
func numbered(s string) bool {
	_, n := number(s, 9)
	return n > 0 && strings.HasPrefix(s[n:], " - ")
}

// The first four letters of the words that tell a severity, in lower case and
// little endian.
const (
	wordErro = 'e' | 'r'<<8 | 'r'<<16 | 'o'<<24
	wordFail = 'f' | 'a'<<8 | 'i'<<16 | 'l'<<24
	wordWarn = 'w' | 'a'<<8 | 'r'<<16 | 'n'<<24
	lowered  = 0x20202020
)

// wordSeverity is the rule of CMTrace: "error", or "fail" but not "failover",
// in any case is an error, else "warn" is a warning. It looks at every record of
// logs without a severity field, so it neither folds nor copies the message.
func wordSeverity(msg string) Severity {
	sev := Info
	for i := 0; i+4 <= len(msg); i++ {
		word := uint32(msg[i]) | uint32(msg[i+1])<<8 | uint32(msg[i+2])<<16 | uint32(msg[i+3])<<24
		switch word | lowered {
		case wordErro:
			if hasFold(msg[i+4:], "r") {
				return Error
			}
		case wordFail:
			if !hasFold(msg[i+4:], "over") {
				return Error
			}
		case wordWarn:
			sev = Warning
		}
	}
	return sev
}

// hasFold tells whether s begins with the lower-case letters of prefix in any
// case.
func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

package diagnose

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ageText spells a duration as people say it: "6 d", "3 h", "20 min", "5 s".
func ageText(d time.Duration) string {
	switch d = abs(d); {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d d", int(d/(24*time.Hour)))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	}
	return fmt.Sprintf("%d s", int(d/time.Second))
}

// lowerFirst starts a title in lower case, for use inside a sentence.
func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || len(s) > n && strings.ToUpper(s[:min(len(s), n+1)]) == s[:min(len(s), n+1)] {
		return s // an abbreviation
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// firstLine is a message's first line, for places that show one.
func firstLine(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return strings.TrimRight(s[:i], "\r ") + " …"
	}
	return s
}

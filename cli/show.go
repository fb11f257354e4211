package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// show makes a text of unknown origin fit for a terminal: control characters
// become visible, and so do characters that turn the direction of text or have
// no width, and bytes that are no UTF-8. A tab becomes a blank. Everything else
// stays as it is, backslashes included.
func show(s string) string {
	if !strings.ContainsFunc(s, hidden) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			fmt.Fprintf(&b, "<%02X>", s[i])
			continue
		}
		showRune(&b, r)
	}
	return b.String()
}

func showRune(b *strings.Builder, r rune) {
	switch {
	case r == '\t':
		b.WriteByte(' ')
	case r < ' ':
		b.WriteRune('\u2400' + r) // the control pictures stand in the order of ASCII
	case r == 0x7f:
		b.WriteRune('\u2421')
	case hidden(r):
		fmt.Fprintf(b, "<U+%04X>", r)
	default:
		b.WriteRune(r)
	}
}

// hidden is true for what a terminal would obey or not show.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// wrap breaks a text into lines of at most width cells, at blanks where there
// are any. Blanks inside a line stay as they are. An empty text has no lines.
func wrap(text string, width int) []string {
	width = max(width, 1)
	var lines []string
	for text != "" {
		n := fit(text, width)
		if n < len(text) {
			n = breakAt(text, n)
		}
		lines = append(lines, strings.TrimRight(text[:n], " "))
		text = strings.TrimLeft(text[n:], " ")
	}
	return lines
}

// fit returns how many bytes of text fill at most width cells; always at least
// one character.
func fit(text string, width int) int {
	cells := 0
	for n := 0; n < len(text); {
		_, w, size, _ := ansi.DecodeSequence(text[n:], ansi.NormalState, nil)
		if cells+w > width && n > 0 {
			return n
		}
		cells += w
		n += size
	}
	return len(text)
}

// breakAt moves a break back to the last blank, if there is one.
func breakAt(text string, n int) int {
	if text[n] == ' ' {
		return n
	}
	if i := strings.LastIndexByte(text[:n], ' '); i > 0 && strings.TrimLeft(text[:i], " ") != "" {
		return i
	}
	return n
}

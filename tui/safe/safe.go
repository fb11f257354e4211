// Package safe makes text of unknown origin fit for a terminal, and cuts it to
// the cells that there are.
package safe

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Text makes a text of unknown origin fit for a terminal: control characters
// become visible, and so do characters that turn the direction of text or have
// no width, and bytes that are no UTF-8. A tab becomes a blank. Everything else
// stays as it is, backslashes included.
func Text(s string) string {
	if !strings.ContainsFunc(s, Hidden) && utf8.ValidString(s) {
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
	case Hidden(r):
		fmt.Fprintf(b, "<U+%04X>", r)
	default:
		b.WriteRune(r)
	}
}

// Hidden is true for what a terminal would obey or not show, and for what changes
// an emoji: terminals do not agree how wide that is then.
func Hidden(r rune) bool {
	return unicode.IsControl(r) || changesEmoji(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// changesEmoji is true for the selectors of text and emoji, and for skin tones.
func changesEmoji(r rune) bool {
	return r == 0xFE0E || r == 0xFE0F || 0x1F3FB <= r && r <= 0x1F3FF
}

// Wrap breaks a text into lines of at most width cells, at blanks where there
// are any. Blanks inside a line stay as they are. An empty text has no lines.
func Wrap(text string, width int) []string {
	width = max(width, 1)
	var lines []string
	for text != "" {
		n := Prefix(text, width)
		if n < len(text) {
			n = breakAt(text, n)
		}
		lines = append(lines, strings.TrimRight(text[:n], " "))
		text = strings.TrimLeft(text[n:], " ")
	}
	return lines
}

// Prefix returns how many bytes of text fill at most width cells; always at least
// one character.
func Prefix(text string, width int) int {
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

// breakAt moves a break back to the last blank, if there is one, else behind the last
// slash of a path, if that is not far.
func breakAt(text string, n int) int {
	if text[n] == ' ' {
		return n
	}
	if i := strings.LastIndexByte(text[:n], ' '); i > 0 && strings.TrimLeft(text[:i], " ") != "" {
		return i
	}
	if i := strings.LastIndexAny(text[:n], `\/`) + 1; i > n/2 {
		return i
	}
	return n
}

// Cut cuts a text that is safe already to at most width cells. What is cut shows
// as an ellipsis.
func Cut(text string, width int, ellipsis string) string {
	switch {
	case width <= 0:
		return ""
	case ansi.StringWidth(text) <= width:
		return text
	}
	return ansi.Truncate(text, width, ellipsis)
}

// CutMiddle is Cut for a path: what begins and what ends it stays, and the ellipsis
// stands between. The end, which names the file, gets the larger part.
func CutMiddle(text string, width int, ellipsis string) string {
	all, mark := ansi.StringWidth(text), ansi.StringWidth(ellipsis)
	room := width - mark
	if all <= width || room < 4 {
		return Cut(text, width, ellipsis)
	}
	head := room / 3
	return ansi.Truncate(text, head, "") + ellipsis + ansi.TruncateLeft(text, all-(room-head), "")
}

// Fill cuts a text or adds blanks, so that it has exactly width cells. It may be
// styled.
func Fill(text string, width int, ellipsis string) string {
	text = Cut(text, width, ellipsis)
	if n := width - ansi.StringWidth(text); n > 0 {
		text += strings.Repeat(" ", n)
	}
	return text
}

// Width is how many cells a text takes.
func Width(text string) int { return ansi.StringWidth(text) }

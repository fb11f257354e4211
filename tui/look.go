package tui

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"patchtrace/diagnose"
	"patchtrace/logparse"
	"patchtrace/tui/safe"
)

// look is how the console is drawn: styles by what they mean, and symbols. It is
// made anew when the terminal says whether it is dark.
type look struct {
	symbols
	dark, colour, ascii bool

	// accent is for the focus and the current step only; good, warn and bad say
	// passed, stale or waiting, failed; quiet is for what is past or quoted.
	accent, good, warn, bad, quiet, strong, plain lipgloss.Style
	// chosen is the row under the cursor, in the pane that has the focus; resting
	// the same in another one. found marks what was searched for.
	chosen, resting, found lipgloss.Style
}

// symbols never stand alone: a word says the same.
type symbols struct {
	passed, failed, stale, waiting, running, notRun, unknown       string
	cursor, bookmark, mark, proof, dot, live, paused, ticked, open string
	ellipsis, enter, arrows, more, less, bar, cell, gap            string
	horizontal, dotted, vertical                                   string
	topLeft, topRight, bottomLeft, bottomRight                     string
}

var unicodeSymbols = symbols{
	passed: "✓", failed: "✗", stale: "!", waiting: "○", running: "●", notRun: "·", unknown: "?",
	cursor: "▸", bookmark: "◆", mark: "▪", proof: "»", dot: "·", live: "●", paused: "‖", ticked: "[✓]", open: "[ ]",
	ellipsis: "…", enter: "⏎", arrows: "←→", more: "↓", less: "↑", bar: "│", cell: "█", gap: "░",
	horizontal: "─", dotted: "┄", vertical: "│",
	topLeft: "┌", topRight: "┐", bottomLeft: "└", bottomRight: "┘",
}

var asciiSymbols = symbols{
	passed: "ok", failed: "XX", stale: "!!", waiting: "..", running: ">>", notRun: "--", unknown: "??",
	cursor: ">", bookmark: "*", mark: "#", proof: "P", dot: "-", live: "*", paused: "=", ticked: "[x]", open: "[ ]",
	ellipsis: "~", enter: "Enter", arrows: "<>", more: "v", less: "^", bar: "|", cell: "#", gap: ":",
	horizontal: "-", dotted: ".", vertical: "|",
	topLeft: "+", topRight: "+", bottomLeft: "+", bottomRight: "+",
}

// newLook chooses the styles. Without colour the difference is in weight, and in
// the words and symbols that are there anyway.
func newLook(dark, colour, ascii bool) look {
	l := look{dark: dark, colour: colour, ascii: ascii, symbols: unicodeSymbols}
	if ascii {
		l.symbols = asciiSymbols
	}
	s := lipgloss.NewStyle()
	l.plain, l.strong, l.quiet = s, s.Bold(true), s.Faint(true)
	l.accent, l.good, l.warn, l.bad = s.Bold(true), s, s.Bold(true), s.Bold(true)
	l.chosen, l.resting, l.found = s.Reverse(true), s.Bold(true), s.Underline(true)
	if !colour {
		return l
	}
	pick := func(light, dark string) color.Color {
		if l.dark {
			return lipgloss.Color(dark)
		}
		return lipgloss.Color(light)
	}
	l.accent = s.Bold(true).Foreground(pick("#0059b3", "#7cc4ff"))
	l.good = s.Foreground(pick("#1a7f37", "#7bd88f"))
	l.warn = s.Foreground(pick("#8a5a00", "#f2c063"))
	l.bad = s.Bold(true).Foreground(pick("#b3261e", "#ff7b72"))
	l.quiet = s.Foreground(pick("#5f6b76", "#8b98a5"))
	l.chosen = s.Foreground(pick("#0b1f33", "#ffffff")).Background(pick("#cfe3fa", "#264f78"))
	l.resting = s.Background(pick("#e8ebee", "#2a2f35"))
	l.found = s.Foreground(pick("#000000", "#000000")).Background(pick("#ffe08a", "#e5c07b"))
	return l
}

// status is how a state of a stage is drawn: its symbol and its style.
func (l *look) status(s diagnose.Status) (symbol string, style lipgloss.Style) {
	switch s {
	case diagnose.Passed:
		return l.passed, l.good
	case diagnose.Failed:
		return l.failed, l.bad
	case diagnose.Stale:
		return l.stale, l.warn
	case diagnose.Waiting:
		return l.waiting, l.warn
	case diagnose.Running:
		return l.running, l.accent
	case diagnose.NotRun:
		return l.notRun, l.quiet
	}
	return l.unknown, l.quiet
}

// statusWord is the state in words; a state is never told by a symbol alone.
func statusWord(s diagnose.Status) string {
	if s == diagnose.NotRun {
		return "not run"
	}
	return string(s)
}

// severity is how a severity of a finding is drawn.
func (l *look) severity(sev string) (symbol string, style lipgloss.Style) {
	switch sev {
	case diagnose.SevError:
		return l.failed, l.bad
	case diagnose.SevWarning:
		return l.stale, l.warn
	}
	return l.dot, l.quiet
}

// record is how a log line of that severity is drawn, with one letter for it.
func (l *look) record(s logparse.Severity) (letter string, style lipgloss.Style) {
	switch s {
	case logparse.Error:
		return "E", l.bad
	case logparse.Warning:
		return "W", l.warn
	case logparse.Verbose:
		return "v", l.quiet
	}
	return "i", l.plain
}

// box draws a frame of w×h cells around lines, which may be styled and are cut.
// title and right stand in the upper edge.
func (l *look) box(title, right string, lines []string, w, h int, focused bool) string {
	if w < 4 || h < 2 {
		return ""
	}
	edge := l.quiet
	if focused {
		edge = l.accent
	}
	inner := w - 2
	title = safe.Cut(title, inner-2, l.ellipsis)
	if room := inner - 5 - safe.Width(title) - safe.Width(right); safe.Width(right) == 0 || room < 0 {
		right = ""
	}
	rule := inner - safe.Width(title) - 2
	if right != "" {
		rule -= safe.Width(right) + 3
	}
	var b strings.Builder
	b.WriteString(edge.Render(l.topLeft) + " " + title + " " + edge.Render(strings.Repeat(l.horizontal, max(rule, 0))))
	if right != "" {
		b.WriteString(" " + right + " " + edge.Render(l.horizontal))
	}
	b.WriteString(edge.Render(l.topRight) + "\n")
	for i := range h - 2 {
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		b.WriteString(edge.Render(l.vertical) + safe.Fill(line, inner, l.ellipsis) + edge.Render(l.vertical) + "\n")
	}
	b.WriteString(edge.Render(l.bottomLeft + strings.Repeat(l.horizontal, inner) + l.bottomRight))
	return b.String()
}

// rule is a line across the screen.
func (l *look) rule(w int) string { return l.quiet.Render(strings.Repeat(l.horizontal, max(w, 0))) }

// rowLine draws a row of a list: the chosen one with a cursor, so that it shows
// without colour too.
func (l *look) rowLine(text string, w int, chosen, focused bool) string {
	if !chosen {
		return " " + safe.Cut(text, w-1, l.ellipsis)
	}
	style := l.resting
	if focused {
		style = l.chosen
	}
	cut := safe.Fill(text, w-safe.Width(l.cursor), l.ellipsis)
	return l.accent.Render(l.cursor) + style.Render(ansi.Strip(cut))
}

package cli

import (
	"runtime"
	"strings"

	"charm.land/lipgloss/v2"

	"patchtrace/diagnose"
)

// painter adds colour where the terminal shows it. Nothing is told by colour
// alone.
type painter struct{ on bool }

func (p painter) style(s lipgloss.Style, text string) string {
	if !p.on {
		return text
	}
	return s.Render(text)
}

// status paints a line in the colour of a state.
func (p painter) status(s diagnose.Status, text string) string {
	style := lipgloss.NewStyle().Bold(true)
	switch s {
	case diagnose.Passed:
		style = style.Foreground(lipgloss.Green)
	case diagnose.Failed:
		style = style.Foreground(lipgloss.Red)
	case diagnose.Stale, diagnose.Waiting, diagnose.Running:
		style = style.Foreground(lipgloss.Yellow)
	default:
		style = lipgloss.NewStyle()
	}
	return p.style(style, text)
}

func (p painter) head(text string) string { return p.style(lipgloss.NewStyle().Bold(true), text) }

func (p painter) quote(text string) string { return p.style(lipgloss.NewStyle().Faint(true), text) }

// unicode tells whether the output can show symbols: not where the locale says
// otherwise.
func (s *Streams) unicode() bool {
	if s.env("TERM") == "dumb" {
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(s.env(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return runtime.GOOS == "windows" || s.OutTerminal
}

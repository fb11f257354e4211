package tui

import (
	"strings"

	"charm.land/lipgloss/v2"

	"patchtrace/logparse"
)

// ink is a style as what stands before and behind a text. Rows are drawn with
// every key, and a style does much that no row needs.
type ink struct{ before, behind string }

func inkOf(s lipgloss.Style) ink {
	before, behind, _ := strings.Cut(s.Render("x"), "x")
	return ink{before, behind}
}

func (i ink) draw(b *strings.Builder, text string) {
	b.WriteString(i.before)
	b.WriteString(text)
	b.WriteString(i.behind)
}

// rowInks are the inks of one kind of row.
type rowInks struct {
	flag, quiet, letter ink
	// message is its text, code an error code in it, hit what was searched for.
	message [3]ink
}

// logInks are the inks of all rows, made once for a look.
type logInks struct {
	rows                   [logparse.Error + 1]rowInks
	chosen, resting, leave rowInks
}

func newLogInks(k *look) *logInks {
	plain := func(s lipgloss.Style) rowInks {
		i := inkOf(s)
		return rowInks{i, i, i, [3]ink{i, inkOf(s.Underline(true)), inkOf(k.found)}}
	}
	inks := &logInks{chosen: plain(k.chosen), resting: plain(k.resting), leave: plain(k.quiet)}
	for sev := range inks.rows {
		_, letter := k.record(logparse.Severity(sev))
		inks.rows[sev] = plain(messageStyle(k, logparse.Severity(sev)))
		inks.rows[sev].flag, inks.rows[sev].quiet, inks.rows[sev].letter = inkOf(k.accent), inkOf(k.quiet), inkOf(letter)
	}
	return inks
}

// messageStyle is how the text of a line is drawn. Errors stand out once, not by
// weight too.
func messageStyle(k *look, s logparse.Severity) lipgloss.Style {
	switch s {
	case logparse.Error:
		return k.bad.Bold(false)
	case logparse.Verbose:
		return k.quiet
	}
	return k.plain
}

// inks are those of a row.
func (p *logPane) inks(s logparse.Severity, chosen, focused bool) *rowInks {
	all := p.drawnRows.inks
	switch {
	case chosen && focused:
		return &all.chosen
	case chosen:
		return &all.resting
	case p.made != p.gen: // another view is on its way
		return &all.leave
	}
	return &all.rows[min(s, logparse.Error)]
}

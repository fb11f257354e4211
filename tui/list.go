package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// row is a line of a tab. Its text may be styled; what came from outside in it is
// safe already. A row with an id can be chosen, one with an action opened.
type row struct {
	text string
	id   string
	act  func() tea.Cmd
	// first is set for the row to choose before the others when a list is new.
	first bool
	// tall is how many rows belong to it, with itself: they are brought into sight
	// together.
	tall int
	// copy is what Copy takes of it, "" for the whole tab.
	copy string
	// word says what Enter does, "" to leave it to the tab.
	word string
}

// list is a column of rows that scrolls. The row that was chosen stays so while
// its id is there, whatever comes before it.
type list struct {
	rows []row
	at   int // the chosen row, -1 when none can be
	top  int // the first row in sight
	h    int // rows in sight when it was drawn last
}

// set takes new rows.
func (l *list) set(rows []row) {
	id := l.chosenID()
	l.rows = rows
	l.at = -1
	for i := range rows {
		if rows[i].id == "" {
			continue
		}
		if rows[i].id == id {
			l.at = i
			return
		}
		if l.at < 0 && id == "" {
			l.at = i
		}
	}
	if l.at < 0 {
		l.choose(0, 1)
	}
	if id != "" {
		return
	}
	for i := range rows {
		if rows[i].first && rows[i].id != "" {
			l.at = i
			return
		}
	}
}

func (l *list) chosenID() string {
	if l.at >= 0 && l.at < len(l.rows) {
		return l.rows[l.at].id
	}
	return ""
}

// reset goes back to the first row.
func (l *list) reset() { l.at, l.top = -1, 0; l.choose(0, 1) }

// choose chooses the first row from i on in that direction that can be. It tells
// whether there is one.
func (l *list) choose(i, step int) bool {
	for ; i >= 0 && i < len(l.rows); i += step {
		if l.rows[i].id != "" {
			l.at = i
			return true
		}
	}
	return false
}

// chosen is the chosen row, nil if there is none.
func (l *list) chosen() *row {
	if l.at < 0 || l.at >= len(l.rows) {
		return nil
	}
	return &l.rows[l.at]
}

// move goes to the next row that can be chosen if that is in sight or near, and
// else scrolls towards it: text between two such rows is read, not skipped.
func (l *list) move(step int) {
	i := l.at + step
	for ; i >= 0 && i < len(l.rows) && l.rows[i].id == ""; i += step {
	}
	inRange := i >= 0 && i < len(l.rows)
	switch {
	case inRange && i >= l.top-1 && i <= l.top+l.h:
		l.at = i
		l.show(i)
	default:
		l.scroll(step)
	}
}

// show scrolls as little as brings row i, and what belongs to it, into sight.
func (l *list) show(i int) {
	last := i + max(l.rows[i].tall, 1) - 1
	if l.h > 0 && last >= l.top+l.h {
		l.top = last - l.h + 1
	}
	l.top = min(l.top, i)
	l.clamp()
}

// end scrolls to the end and chooses the last row that can be, if it is in sight.
func (l *list) end() {
	at := l.at
	l.top = len(l.rows)
	l.clamp()
	if l.choose(len(l.rows)-1, -1); l.at < l.top && at >= 0 && at < len(l.rows) {
		l.at = at
	}
}

func (l *list) scroll(n int) { l.top += n; l.clamp() }

func (l *list) clamp() { l.top = max(0, min(l.top, len(l.rows)-l.h)) }

// page scrolls a page and takes the choice along.
func (l *list) page(step int) {
	l.scroll(step * max(l.h-1, 1))
	at := l.at
	if step > 0 && l.choose(l.top, 1) && l.at < l.top+l.h {
		return
	}
	if step < 0 && l.choose(min(l.top+l.h, len(l.rows))-1, -1) && l.at >= l.top {
		return
	}
	l.at = at
}

// lines are the rows in sight, the chosen one marked.
func (l *list) lines(k *look, w, h int, focused bool) []string {
	l.h = h
	l.clamp()
	var out []string
	for i := l.top; i < len(l.rows) && len(out) < h; i++ {
		out = append(out, k.rowLine(l.rows[i].text, w, i == l.at && l.rows[i].id != "", focused))
	}
	return out
}

// place says what part of the rows is in sight, "" when all are.
func (l *list) place(k *look) string {
	above, below := l.top > 0, l.top+l.h < len(l.rows)
	switch {
	case above && below:
		return k.less + k.more
	case above:
		return k.less
	case below:
		return k.more
	}
	return ""
}

// key moves by a key press and tells whether it was for the list.
func (l *list) key(keys *keyMap, msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(msg, keys.Up):
		l.move(-1)
	case key.Matches(msg, keys.Down):
		l.move(1)
	case key.Matches(msg, keys.PageUp):
		l.page(-1)
	case key.Matches(msg, keys.PageDown):
		l.page(1)
	case key.Matches(msg, keys.Top):
		l.top = 0
		l.choose(0, 1)
	case key.Matches(msg, keys.Bottom):
		l.top = len(l.rows)
		l.clamp()
		l.choose(len(l.rows)-1, -1)
	case key.Matches(msg, keys.Open):
		if r := l.chosen(); r != nil && r.act != nil {
			return r.act(), true
		}
		return nil, false
	default:
		return nil, false
	}
	return nil, true
}

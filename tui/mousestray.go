package tui

import "time"

// inSight is what a click may be meant for: what fills the screen, and the dialog on top.
type inSight struct {
	mode mode
	top  dialog
}

func (m *Model) inSight() inSight { return inSight{m.mode, m.top()} }

// clicks tells clicks that are meant from those that met something else than what was
// there when they were made.
type clicks struct {
	// drawn is what is on the screen, since when it has been.
	drawn inSight
	since time.Time
	// What the last click was made on, when and where; key is that of the footer.
	last inSight
	at   time.Time
	x, y int
	key  string
}

// doubleClick is how far the two clicks of a double click may be apart; it is what
// Windows allows.
const doubleClick = 500 * time.Millisecond

// drew notes what was drawn.
func (m *Model) drew() {
	if s := m.inSight(); s != m.clicks.drawn {
		m.clicks.drawn, m.clicks.since = s, m.now()
	}
}

// strays tells whether a click is to do nothing. One that was in flight when something
// else came into sight was meant for what was there before, and so was the second of a
// double click if the first has changed what lies there. key is that of the footer, "" for none.
func (m *Model) strays(x, y int, key string) bool {
	c, now, s := &m.clicks, m.now(), m.inSight()
	second := now.Sub(c.at) < doubleClick && max(x-c.x, c.x-x, y-c.y, c.y-y) <= 1
	stray := s != c.drawn || now.Sub(c.since) < deaf || second && (s != c.last || key != c.key)
	if !stray {
		c.last, c.at, c.x, c.y, c.key = s, now, x, y, key
	}
	return stray
}

package tui

import (
	"context"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"patchtrace/tui/safe"
)

// opening is the target that is being opened, or was opened last.
type opening struct {
	place Place
	// n numbers the openings: what comes of one that was given up is not shown.
	n int
	// giveUp ends it.
	giveUp context.CancelFunc
	// runAll is true while a wish to run all stages waits for the target; the next
	// key takes it back.
	runAll bool
}

// open opens a target, in place of the one that is open or being opened.
func (m *Model) open(p Place) tea.Cmd {
	m.abandon()
	m.mode, m.dialogs, m.opening.place = modeOpening, nil, p
	ctx, giveUp := context.WithCancel(m.ctx)
	m.opening.giveUp = giveUp
	desk, n := m.desk, m.opening.n
	closed := m.closeCase()
	opened := m.work(func(context.Context) tea.Msg {
		c, err := m.unclaimed.open(p.Kind == Lab, func() (Case, error) { return desk.Open(ctx, p) })
		if err != nil {
			return openedMsg{place: p, err: err, n: n}
		}
		st, warn := desk.Recall(c.About().Target)
		return openedMsg{place: p, cas: c, state: st, warn: warn, n: n}
	})
	return tea.Sequence(closed, opened)
}

// abandon gives up what is being opened.
func (m *Model) abandon() {
	m.opening.n++
	m.opening.runAll = false
	if m.opening.giveUp != nil {
		m.opening.giveUp()
		m.opening.giveUp = nil
	}
}

// tooLate closes a target that was opened after it was given up.
func (m *Model) tooLate(c Case) tea.Cmd {
	if c == nil {
		return nil
	}
	return m.work(func(context.Context) tea.Msg {
		if err := m.unclaimed.drop(c); err != nil {
			return noteMsg{text: err.Error(), bad: true}
		}
		return nil
	})
}

// toStart goes back to the places that can be opened.
func (m *Model) toStart() tea.Cmd {
	m.abandon()
	cmd := m.closeCase()
	m.mode, m.dialogs = modeStart, nil // what was asked was about the target
	return tea.Sequence(cmd, m.start.load())
}

// openingKey takes the keys that hold while a target is being opened.
func (m *Model) openingKey(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(msg, m.keys.Back):
		return m.toStart()
	case key.Matches(msg, m.keys.RunAll):
		m.opening.runAll = true
		// At once: a target that cannot be opened takes it back.
		m.note = &noteMsg{text: "It is being opened; you are asked as soon as its logs are read", early: true}
	}
	return nil
}

// openingKeys stand in the footer meanwhile.
func (m *Model) openingKeys() []key.Binding {
	return []key.Binding{bind(m.keys.Back.Help().Key, "open another", m.keys.Back.Keys()...), m.keys.Help, m.keys.Quit}
}

func (m *Model) openingText(w, h int) string {
	p := m.opening.place
	text := "Opening " + string(p.Kind)
	switch {
	case p.Path != "":
		text = "Opening " + safe.CutMiddle(safe.Text(p.Path), w-13, m.look.ellipsis)
	case p.Kind == Lab:
		text = "Making a practice lab"
	}
	return m.look.box("Opening", "", []string{"", "  " + text + m.look.ellipsis}, w, h, true)
}

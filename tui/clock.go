package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// A console that nobody touches and in which nothing happens moves its clock every
// restPace, and shows it without seconds: drawing a frame every second is most of
// what it would cost otherwise.
const (
	clockPace = time.Second
	restAfter = 15 * time.Second
	restPace  = 10 * time.Second
)

// tickMsg moves the clock and the ages on. Ticks of a chain that was replaced are
// left alone.
type tickMsg struct{ chain int }

// resting tells whether nothing has happened for a while.
func (m *Model) resting() bool {
	return m.now().Sub(m.stirred) >= restAfter && (m.s == nil || m.s.running() < 0)
}

// tick is the next tick of the chain.
func (m *Model) tick() tea.Cmd {
	pace, chain := clockPace, m.ticks
	if m.resting() {
		pace = restPace
	}
	return tea.Tick(pace, func(time.Time) tea.Msg { return tickMsg{chain} })
}

// stir wakes the clock up: something was pressed, or happened.
func (m *Model) stir() tea.Cmd {
	rested := m.resting()
	m.stirred = m.now()
	if !rested {
		return nil
	}
	m.ticks++
	return m.tick()
}

package tui

import (
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// ticks counts what a ticker whose pace frames sets has done, as the library draws.
func ticks(t *testing.T, during time.Duration, ticker *time.Ticker) int {
	t.Helper()
	n := 0
	for end := time.After(during); ; {
		select {
		case <-ticker.C:
			n++
		case <-end:
			return n
		}
	}
}

func TestFramesComeSoonAfterAKeyAndRestOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ticker := time.NewTicker(usualFrames)
		defer ticker.Stop()
		f := &frames{find: func() *time.Ticker { return ticker }}
		f.stir(tickMsg{})
		ticks(t, time.Second, ticker)
		if n := ticks(t, 10*time.Second, ticker); n > 21 {
			t.Errorf("%d frames in 10 s in which nothing happened", n)
		}
		began := time.Now()
		f.stir(tea.KeyPressMsg{Code: 'a'})
		<-ticker.C
		if waited := time.Since(began); waited > quickFrames {
			t.Errorf("a key after a rest waited %v for a frame", waited)
		}
		for range 100 { // faster than frames come
			f.stir(tea.KeyPressMsg{Code: 'a'})
			time.Sleep(quickFrames / 2)
		}
		select {
		case <-ticker.C:
		default:
			t.Error("no frame came while keys did")
		}
		ticks(t, time.Second, ticker)
		f.stir(tickMsg{})
		if n := ticks(t, 100*time.Millisecond, ticker); n < 4 || n > 7 {
			t.Errorf("%d frames in 100 ms after a message, want those of a screen", n)
		}
	})
}

// A version of the library without its ticker would cost keys and idle time again,
// and say nothing.
func TestTheLibrarysTickerIsFound(t *testing.T) {
	p := tea.NewProgram(nil)
	if got := framesOf(p).find(); got != nil {
		t.Errorf("a ticker before the program began: %v", got)
	}
	var found *time.Ticker
	ask := askTicker{}
	p = tea.NewProgram(&ask, tea.WithInput(nil), tea.WithOutput(discard{}), tea.WithoutSignals())
	ask.then = func() { found = framesOf(p).find() }
	if _, err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if found == nil {
		t.Error("the library has no ticker of that name and type any more: see framesOf")
	}
}

// askTicker is a program that does one thing and ends.
type askTicker struct{ then func() }

func (a *askTicker) Init() tea.Cmd { return func() tea.Msg { return tickMsg{} } }

func (a *askTicker) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(tickMsg); !ok {
		return a, nil
	}
	a.then()
	return a, tea.Quit
}

func (a *askTicker) View() tea.View { return tea.NewView("") }

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

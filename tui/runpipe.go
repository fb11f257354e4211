package tui

import (
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"patchtrace/pipeline"
)

// runKeep is how many lines of a run are kept.
const runKeep = 5000

// runPace is how long what a run tells is gathered: every message draws a frame.
const runPace = 25 * time.Millisecond

// runPipe carries what a run tells from its goroutine to the screen, many events
// at a time. It never holds the run up: what is told faster than it can be shown
// is dropped, the oldest first.
type runPipe struct {
	busy *atomic.Int64
	// wake has a message when there are events that nobody was told of yet.
	wake chan struct{}

	mu      sync.Mutex
	events  []pipeline.RunEvent
	dropped int
	// told is true from an announcement of events until they are taken, shut when
	// no more are wanted.
	told, shut bool
}

func newRunPipe(busy *atomic.Int64) *runPipe {
	return &runPipe{busy: busy, wake: make(chan struct{}, 1)}
}

// tell takes an event.
func (p *runPipe) tell(e pipeline.RunEvent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		return
	}
	if len(p.events) >= 2*runKeep {
		p.dropped += runKeep
		p.events = p.events[:copy(p.events, p.events[runKeep:])]
	}
	p.events = append(p.events, e)
	if !p.told {
		p.told = true
		p.busy.Add(1) // until the message of next was taken
		p.wake <- struct{}{}
	}
}

// next is a command that waits for events. It is asked for again once those were
// taken.
func (p *runPipe) next() tea.Cmd {
	return func() tea.Msg {
		if _, ok := <-p.wake; !ok {
			return nil
		}
		time.Sleep(runPace)
		return did{runToldMsg{p}}
	}
}

// take returns the events since the last time, and how many more were dropped.
func (p *runPipe) take() ([]pipeline.RunEvent, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	events, dropped := p.events, p.dropped
	p.events, p.dropped, p.told = nil, 0, false
	return events, dropped
}

// close is called by who looked on, and does not any more.
func (p *runPipe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = true
}

// end is called once nothing can be told any more.
func (p *runPipe) end() {
	p.close()
	close(p.wake)
}

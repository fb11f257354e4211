package tui

import (
	"reflect"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// How often the terminal library looks for something to draw: soon after a key, as
// often as a screen shows it while something happens, and hardly ever while nothing
// does. The library itself does so 60 times a second, always: a key waits for that
// in the worst case longer than for all else, and a console that nobody touches
// costs most by it.
const (
	quickFrames = 2 * time.Millisecond
	usualFrames = time.Second / 60
	restFrames  = 500 * time.Millisecond // catches what came without a message

	// afterKey and afterMessage are how long after one the frames stay so.
	afterKey     = 60 * time.Millisecond
	afterMessage = 150 * time.Millisecond
)

// frames sets the pace of drawing by what happens.
type frames struct {
	// find returns the library's ticker, nil when it cannot be reached. It is asked
	// when the first message comes: the library has one by then.
	find func() *time.Ticker

	mu            sync.Mutex
	ticker        *time.Ticker
	pace          time.Duration
	seen, pressed time.Time
	armed         bool
}

// framesOf are the frames of a program. The library has no way to ask for a frame
// and keeps its ticker to itself; a version of it that lacks the field just draws
// at its own pace.
func framesOf(p *tea.Program) *frames {
	return &frames{find: func() *time.Ticker {
		f := reflect.ValueOf(p).Elem().FieldByName("ticker")
		if !f.IsValid() || f.Type() != reflect.TypeFor[*time.Ticker]() {
			return nil
		}
		return (*time.Ticker)(f.UnsafePointer())
	}}
}

// stir says that a message came, which has been answered when it is drawn.
func (f *frames) stir(msg tea.Msg) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.find != nil {
		f.ticker, f.find = f.find(), nil
	}
	f.seen = time.Now()
	switch msg.(type) {
	case tea.KeyMsg, tea.MouseMsg, tea.PasteMsg, tea.WindowSizeMsg:
		f.pressed = f.seen
	}
	f.settle(f.seen)
}

// settle sets the pace for what came until now. f.mu is held.
func (f *frames) settle(now time.Time) {
	if f.ticker == nil {
		return
	}
	want, until := restFrames, time.Duration(0)
	if since := now.Sub(f.seen); since < afterMessage {
		want, until = usualFrames, afterMessage-since
	}
	if since := now.Sub(f.pressed); since < afterKey {
		want, until = quickFrames, afterKey-since
	}
	if want != f.pace {
		f.ticker.Reset(want)
		f.pace = want
	}
	if until > 0 && !f.armed {
		f.armed = true
		time.AfterFunc(until, func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.armed = false
			f.settle(time.Now())
		})
	}
}

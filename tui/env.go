package tui

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"patchtrace/diagnose"
)

// env is what all parts of the console share.
type env struct {
	look look
	keys *keyMap
	desk Desk
	now  func() time.Time
	// ctx ends when the console does.
	ctx context.Context
	// busy counts work from before it starts until its message was taken.
	busy *atomic.Int64
	// times is how times are shown.
	times timesMode
}

// did is the message of work that was counted.
type did struct{ msg tea.Msg }

// work makes a command of what may take time. Every command that is not a timer
// or a follower is made here, so that idle can be known.
func (e *env) work(f func(ctx context.Context) tea.Msg) tea.Cmd {
	e.busy.Add(1)
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = did{crashedMsg{&PanicError{fmt.Sprint(r), debug.Stack()}}}
			}
		}()
		return did{f(e.ctx)}
	}
}

// say is a command that is a message already.
func say(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

// timesMode is how a time is shown.
type timesMode int

const (
	timesLocal timesMode = iota // the client's clock
	timesUTC
	timesAge
	timesModes // how many there are
)

func (m timesMode) String() string {
	return [...]string{"client's clock", "UTC", "ages"}[m]
}

// Messages between the parts of the console. Each is named for what happened or
// what is wanted.
type (
	// noteMsg is told in the place of the footer until a key is pressed.
	noteMsg struct {
		text string
		bad  bool
		// early is true of what is told while a wish to run all stages waits for the
		// first judgement: it goes with the wish, whichever of them comes first.
		early bool
	}
	// proofWantedMsg asks the log for a line. An offset of -1 is not known.
	proofWantedMsg struct{ at diagnose.Evidence }
	// stageWantedMsg asks for a stage, and a tab unless it is "".
	stageWantedMsg struct {
		stage int
		tab   tabID
	}
	// timeWantedMsg asks the log for a time.
	timeWantedMsg struct{ at time.Time }
	// copyWantedMsg asks for a text in the clipboard; what names it in a sentence.
	copyWantedMsg struct{ text, what string }
	// lookUpWantedMsg asks for codes to be explained; "" asks which.
	lookUpWantedMsg struct{ text string }
	// dialogWantedMsg asks for a dialog on top of what is shown.
	// One that nobody asked for waits below those that are open: an answer that is
	// being given must not be taken for its own.
	dialogWantedMsg struct {
		dialog  dialog
		unasked bool
	}
	// judgeWantedMsg asks for a new judgement.
	judgeWantedMsg struct{}
)

// note is a command that tells something.
func note(text string) tea.Cmd { return say(noteMsg{text: text}) }

// failure is a command that tells what went wrong.
func failure(err error) tea.Cmd { return say(noteMsg{text: err.Error(), bad: true}) }

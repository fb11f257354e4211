package tui

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"patchtrace/logparse/merged"
	"patchtrace/tui/safe"
)

// linear is the console without a screen, for screen readers and terminals that
// cannot move a cursor: lines come one after the other, each says a thing and is
// never taken back, and one question is asked at a time. It works on the same
// cases as the console and tells what its panes show.
type linear struct {
	*env
	opt Options
	out linearOut
	in  linearInput

	// s is the open target, nil before the first one; live follows its logs.
	s    *session
	live *linearLive
	// ended is true when the input has ended or the user has quit.
	ended bool

	// proofs are the lines that the findings last read out were proved by.
	proofs []proofWantedMsg
	// reading is what `next` and `previous` go on with, nil for nothing.
	reading *linearReading

	// view makes a view of the target's logs, after makes a timer, pick chooses one
	// of n: tests put their own in.
	view  func(merged.Filter) (linearView, error)
	after func(time.Duration) <-chan time.Time
	pick  func(n int) int
}

// Linear runs the console as a dialogue: questions and answers on Out, commands
// from In. It writes no escape codes and never redraws. It returns nil when the
// user quits, when In ends, and when ctx is done; an error if Out cannot be
// written. A Read of In that waits is left behind.
func Linear(ctx context.Context, opt Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return newLinear(ctx, opt).run()
}

// linearWidth is where lines are wrapped if nothing else is known.
const linearWidth = 80

func newLinear(ctx context.Context, opt Options) *linear {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Width <= 0 {
		opt.Width = linearWidth
	}
	e := &env{look: linearLook(), keys: newKeys(true), desk: opt.Desk, now: opt.Now, ctx: ctx, busy: new(atomic.Int64)}
	l := &linear{env: e, opt: opt, after: time.After, pick: rand.IntN}
	l.out = linearOut{w: opt.Out, width: max(opt.Width, 20)}
	l.in = linearInput{r: opt.In}
	l.view = l.caseView
	return l
}

// The words for the symbols that stand before what is wrong.
const (
	linearFailed = "Error:"
	linearStale  = "Attention:"
)

// linearLook has words for symbols, or none: most stand beside a word that says
// the same.
func linearLook() look {
	k := newLook(false, false, true)
	k.symbols = symbols{failed: linearFailed, stale: linearStale, ticked: "Done:", open: "To do:", bar: linearQuote, dot: "-", ellipsis: "...", enter: "Enter"}
	return k
}

// run asks and obeys until the end.
func (l *linear) run() error {
	if l.opt.Open != nil {
		l.open(*l.opt.Open)
	} else {
		l.sayf("patchtrace finds at which of four stages a patch was lost: sync, scan, inventory or install.")
		l.chooseTarget()
	}
	for l.goesOn() {
		l.catchUp()
		line, ok := l.askOnce(l.prompt())
		if !ok {
			break
		}
		l.catchUp()
		l.obey(line)
	}
	l.farewell()
	return l.out.failure()
}

// goesOn tells whether there is somebody to ask.
func (l *linear) goesOn() bool { return !l.ended && l.ctx.Err() == nil && l.out.err == nil }

func (l *linear) prompt() string {
	if l.s == nil {
		return "What next?"
	}
	return stageNames[l.s.stage] + ". What next?"
}

// farewell keeps the state of the target and repeats the verdict.
func (l *linear) farewell() {
	if l.s != nil && l.s.report != nil {
		l.sayf("%s: %s", l.s.about.Name, linearVerdict(l.s.report))
	}
	l.closeCase()
}

// sayf writes a line. What it holds may be hostile.
func (l *linear) sayf(format string, args ...any) { l.out.line(fmt.Sprintf(format, args...)) }

// sayErr writes what went wrong.
func (l *linear) sayErr(err error) {
	if errors.Is(err, context.Canceled) {
		l.sayf("Stopped.")
		return
	}
	l.sayf("Error: %s", endSentence(err.Error()))
}

// wait does what may take long, beside the dialogue. An interrupt ends it, and a
// second one the dialogue. Nothing that f writes may be read after an error.
func (l *linear) wait(f func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancel(l.ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	for stopping := false; ; stopping = true {
		select {
		case err := <-done:
			if stopping && err == nil {
				return nil
			}
			return err
		case <-l.opt.Interrupt:
			if stopping {
				l.ended = true
				return context.Canceled
			}
			l.sayf("Stopping.")
			cancel()
		}
	}
}

// cutTo is a text that a line of speech can bear.
func (l *linear) cutTo(text string, rows int) string {
	return safe.Cut(safe.Text(text), rows*l.out.width, "... (cut)")
}

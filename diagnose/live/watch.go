package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"patchtrace/diagnose"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// Follow is logparse.Follow, or what a test has in its place.
type Follow func(ctx context.Context, src logparse.Source, opt logparse.FollowOptions, emit func(logparse.Event)) error

const (
	// sightPace is how long records gather before they are judged together.
	sightPace = 20 * time.Millisecond
	// maxPending is how many marks may wait to be told before no more are read.
	maxPending = 2000
	// readyLimit is how long it may take until all logs are being followed.
	readyLimit = time.Minute
)

var errNotReady = fmt.Errorf("the logs could not all be opened within %s", readyLimit)

// Watch follows the logs of a target for a runner: what is written while a
// command runs is judged by itself, so that an old outcome is never taken for
// the new one. It is a pipeline.Watch for one run after the other.
type Watch struct {
	Follow  Follow
	Folders []string
	Matcher *diagnose.Matcher
	// Options are those of the judging; without Now, so that nothing is overdue.
	Options diagnose.Options

	cancel context.CancelFunc
	ending chan struct{}
	once   sync.Once
	last   chan pipeline.Sight
}

// Begin follows the logs from now on.
func (w *Watch) Begin(ctx context.Context, wants []pipeline.Want) (<-chan pipeline.Sight, error) {
	ctx, w.cancel = context.WithCancel(ctx)
	w.ending, w.last, w.once = make(chan struct{}), make(chan pipeline.Sight, 1), sync.Once{}
	v := &viewer{
		engine: w.Matcher.Engine(w.Options), wants: wants, ending: w.ending,
		events: make(chan logparse.Event, 64), sights: make(chan pipeline.Sight), ready: make(chan struct{}),
	}
	failed := make(chan error, 1)
	go func() {
		defer close(v.events)
		failed <- w.Follow(ctx, logparse.Source{Paths: w.Folders}, logparse.FollowOptions{}, func(e logparse.Event) { v.events <- e })
	}()
	go func() { w.last <- v.watch() }()
	limit := time.NewTimer(readyLimit)
	defer limit.Stop()
	select {
	case <-v.ready:
		return v.sights, nil
	case err := <-failed:
		if err == nil {
			err = errors.New("following the logs ended at once")
		}
		return nil, errors.Join(err, w.stop())
	case <-limit.C:
		return nil, errors.Join(errNotReady, w.stop())
	}
}

func (w *Watch) stop() error {
	w.End()
	return nil
}

// End stops following and returns what was not yet sent.
func (w *Watch) End() pipeline.Sight {
	var last pipeline.Sight
	w.once.Do(func() {
		close(w.ending)
		w.cancel()
		last = <-w.last
	})
	return last
}

// viewer turns records into sights. It takes every event until there are no
// more, so that the follower never waits for it in vain.
type viewer struct {
	engine *diagnose.Engine
	cursor diagnose.Cursor
	wants  []pipeline.Want
	events chan logparse.Event
	sights chan pipeline.Sight
	ready  chan struct{}
	ending chan struct{}

	begun   bool // ready was told
	dirty   bool // records came since the last look
	pending pipeline.Sight
}

// watch sends sights until the events end, and returns the last one.
func (v *viewer) watch() pipeline.Sight {
	pace := time.NewTimer(time.Hour)
	pace.Stop()
	waiting, due := false, false
	for {
		in, out := v.events, (chan pipeline.Sight)(nil)
		if due {
			out = v.sights
		}
		if v.ending != nil && len(v.pending.Marks) >= maxPending {
			in = nil // who looks on is slow: the logs can wait
		}
		select {
		case e, open := <-in:
			if !open {
				v.look()
				return v.pending
			}
			v.take(e)
			if !waiting && !due {
				pace.Reset(sightPace)
				waiting = true
			}
		case <-pace.C:
			v.look()
			waiting, due = false, v.any()
		case out <- v.pending:
			v.pending, due = pipeline.Sight{}, false
			if v.dirty {
				pace.Reset(sightPace)
				waiting = true
			}
		case <-v.ending:
			v.ending, due = nil, false // nobody receives any more
		}
	}
}

func (v *viewer) any() bool {
	return len(v.pending.Marks) > 0 || len(v.pending.Notes) > 0 || len(v.pending.Stands) > 0
}

func (v *viewer) take(e logparse.Event) {
	switch {
	case e.Record != nil:
		v.engine.Observe(e.Record)
		v.dirty = true
	case e.Notice == nil:
	case e.Notice.Kind == logparse.Ready:
		if !v.begun {
			v.begun = true
			close(v.ready)
		}
	case worthTelling[e.Notice.Kind]:
		v.pending.Notes = append(v.pending.Notes, e.Notice.String())
	}
}

// worthTelling are the notices that may matter to who looks on.
var worthTelling = map[logparse.NoticeKind]bool{
	logparse.Truncated: true, logparse.Vanished: true, logparse.Gap: true, logparse.Overlong: true,
	logparse.Unreadable: true, logparse.PollOnly: true, logparse.TooMany: true, logparse.Replaced: true,
}

// look judges what has come.
func (v *viewer) look() {
	if !v.dirty {
		return
	}
	v.dirty = false
	v.pending.Marks = append(v.pending.Marks, v.engine.Marks(&v.cursor)...)
	v.pending.Stands = v.pending.Stands[:0]
	for _, want := range v.wants {
		v.pending.Stands = append(v.pending.Stands, v.engine.Stand(want.Stage, want.Track))
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"patchtrace/diagnose"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// followFunc is logparse.Follow, or what a test has in its place.
type followFunc func(ctx context.Context, src logparse.Source, opt logparse.FollowOptions, emit func(logparse.Event)) error

const (
	// sightPace is how long records gather before they are judged together.
	sightPace = 20 * time.Millisecond
	// maxPending is how many marks may wait to be told before no more are read.
	maxPending = 2000
	// readyLimit is how long it may take until all logs are being followed.
	readyLimit = time.Minute
)

var errNotReady = fmt.Errorf("the logs could not all be opened within %s", readyLimit)

// logWatch follows the logs of a target for a runner: what is written while a
// command runs is judged by itself, so that an old outcome is never taken for
// the new one.
type logWatch struct {
	follow  followFunc
	folders []string
	matcher *diagnose.Matcher
	options diagnose.Options

	cancel context.CancelFunc
	ending chan struct{}
	once   sync.Once
	last   chan pipeline.Sight
}

// Begin follows the logs from now on.
func (w *logWatch) Begin(ctx context.Context, wants []pipeline.Want) (<-chan pipeline.Sight, error) {
	ctx, w.cancel = context.WithCancel(ctx)
	w.ending, w.last, w.once = make(chan struct{}), make(chan pipeline.Sight, 1), sync.Once{}
	v := &viewer{
		engine: w.matcher.Engine(w.options), wants: wants, ending: w.ending,
		events: make(chan logparse.Event, 64), sights: make(chan pipeline.Sight), ready: make(chan struct{}),
	}
	failed := make(chan error, 1)
	go func() {
		defer close(v.events)
		failed <- w.follow(ctx, logparse.Source{Paths: w.folders}, logparse.FollowOptions{}, func(e logparse.Event) { v.events <- e })
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

func (w *logWatch) stop() error {
	w.End()
	return nil
}

// End stops following and returns what was not yet sent.
func (w *logWatch) End() pipeline.Sight {
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

// standStatus is a standing as the report has it.
func standStatus(s pipeline.Stand) diagnose.Status {
	switch s.Standing {
	case pipeline.Succeeded:
		return diagnose.Passed
	case pipeline.Broke:
		return diagnose.Failed
	case pipeline.Waits:
		return diagnose.Waiting
	}
	if s.Begun {
		return diagnose.Running
	}
	return diagnose.Unknown
}

// runsOf is what a result says as evidence, one run for each stage that was
// wanted. What the program returned speaks of the first one only.
func runsOf(st step, a *pipeline.Action, res pipeline.Result) []diagnose.Run {
	var runs []diagnose.Run
	for i, want := range st.wants {
		r := diagnose.Run{
			Stage: want.Stage, Track: want.Track, Command: st.command.ID, Line: a.Line(),
			Began: res.Began.UTC(), Ended: res.Ended.UTC(), Log: diagnose.Unknown,
			Impatient: res.Impatient, Stopped: res.Stopped, Unwaited: res.Unwaited,
		}
		if i < len(res.Stands) {
			r.Log = standStatus(res.Stands[i])
		}
		if i > 0 {
			if runs[i-1].Log != diagnose.Passed || res.StartErr != nil {
				break // it never was its turn
			}
			runs = append(runs, r)
			continue
		}
		if a.Exec != nil {
			r.Program = a.Exec.Program
		}
		switch {
		case res.StartErr != nil:
			r.Refused = strings.TrimSpace(res.StartErr.Error())
		case res.HasCode:
			code := uint32(res.Code)
			r.ExitCode = &code
		case res.CodeErr != nil && !res.Impatient && !res.Stopped:
			r.Killed = res.CodeErr.Error()
		}
		runs = append(runs, r)
	}
	return runs
}

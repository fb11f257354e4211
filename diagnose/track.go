package diagnose

import (
	"math"
	"time"

	"patchtrace/pipeline"
)

// trackState follows one lane of a stage through its cycles.
type trackState struct {
	id string
	// of is the lane whose wait this is, "" unless it is one of another lane.
	of string
	// start is the newest start, alive the newest start or progress after it.
	start, alive *event
	// sign is the newest start, progress or wait of all, and begun true once the
	// track had a start.
	sign  *event
	begun bool
	// outcome is the newest success, failure or wait that counts.
	outcome *event
	// success is the newest success.
	success *event
	// cleared is true when a success elsewhere settled this track.
	cleared bool
	// done is the restart that completed what the track waited for, nil if none did.
	done  *event
	local bool
	// fails and waits are those since the newest success.
	fails, waits []*event
}

// see takes the next event of the track.
func (t *trackState) see(ev *event) {
	switch ev.kind() {
	case pipeline.Start:
		t.start, t.alive = ev, ev
		t.sign, t.begun = ev, true
	case pipeline.Progress:
		t.sign = ev
		if t.start != nil {
			t.alive = ev
		}
	case pipeline.Success:
		t.succeed(ev)
	case pipeline.Failure:
		t.outcome, t.cleared = ev, false
		t.fails = append(t.fails, ev)
		t.local = ev.hit.sig.Local
	case pipeline.Wait:
		t.sign = ev
		t.wait(ev)
	}
}

func (t *trackState) succeed(ev *event) {
	if ev.hit.sig.Forgives && t.outcome != nil && t.outcome.kind() == pipeline.Wait {
		return
	}
	t.outcome, t.success = ev, ev
	t.fails, t.waits = nil, nil
	t.local = ev.hit.sig.Local
	t.cleared = false
}

// wait changes nothing after a failure, unless a new start stands between them
// or the wait is itself a result, such as a restart that is due.
func (t *trackState) wait(ev *event) {
	failed := t.outcome != nil && t.outcome.kind() == pipeline.Failure
	restarted := failed && t.start != nil && after(t.start, t.outcome)
	if failed && !restarted && len(ev.hit.sig.Clears) == 0 {
		return
	}
	t.outcome = ev
	t.waits = append(t.waits, ev)
	t.local = ev.hit.sig.Local
}

// clear settles the track by a success that speaks for it.
func (t *trackState) clear() {
	if t.outcome != nil && t.outcome.kind() != pipeline.Success || t.start != nil {
		t.cleared = true
	}
	t.outcome, t.start, t.alive, t.fails, t.waits = t.success, nil, nil, nil, nil
}

// after tells whether a is newer than b.
func after(a, b *event) bool {
	if a.log == b.log {
		return a.seq > b.seq
	}
	return a.order > b.order
}

// running returns the start that has no outcome yet, nil if there is none.
func (t *trackState) running() *event {
	if t.start == nil || t.outcome != nil && !after(t.start, t.outcome) {
		return nil
	}
	return t.start
}

// helps tells whether the track's lines are signs of life of other tracks: it
// has no cycles of its own, or is a helper in the middle of one. A lane speaks
// for itself alone, and a helper that has ended says nothing of what follows.
func (t *trackState) helps() bool {
	return !t.begun || t.start != nil && t.start.hit.sig.Local && t.running() != nil
}

// patience is how long a cycle may be silent after the event.
func patience(ev *event, stage *pipeline.Stage) time.Duration {
	if p := time.Duration(ev.hit.sig.Patience); p > 0 {
		return p
	}
	return time.Duration(stage.Patience)
}

// age is how long ago the event was; unknown times are as old as can be told.
func (j *judge) age(ev *event) time.Duration {
	if ev.order == math.MinInt64 {
		return 0
	}
	return j.now.Sub(time.Unix(0, ev.order))
}

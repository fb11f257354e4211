package diagnose

import (
	"math"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/errcode"
	"patchtrace/pipeline"
)

// event is a mark in its place: what it means, of which stage and track, when.
type event struct {
	mark
	hit   hit
	log   *logView
	stage string
	track string
	code  *errcode.Code
	// time is the line's own time in UTC, zero if it has none; offset its
	// distance from UTC in minutes east, assumed if the line does not say it.
	time    time.Time
	offset  int
	assumed bool
	// order places the event among those of other logs, in nanoseconds UTC. It
	// never falls from line to line of one log: where a clock was set back, the
	// lines before happened no later than those after.
	order int64
}

func (e *event) kind() string { return e.hit.sig.Kind }

// when is the best guess at the event's time, zero if nothing is known.
func (e *event) when() time.Time {
	if e.order == math.MinInt64 || e.order == math.MaxInt64 {
		return e.time
	}
	return time.Unix(0, e.order).UTC()
}

// collect puts the marks of all logs in order and settles what each one means.
func (j *judge) collect() {
	var all []*event
	for _, v := range j.logs {
		if v.tally == nil {
			continue
		}
		events := j.place(v, v.tally.marks())
		all = append(all, events...)
		j.doubts = append(j.doubts, j.place(v, v.tally.doubts.newest())...)
	}
	near := newNeighbours(all)
	for _, ev := range all {
		h, ok := near.choose(ev)
		if !ok {
			continue
		}
		ev.hit = h
		j.attribute(ev)
		j.events = append(j.events, ev)
	}
	sortEvents(j.events)
	sortEvents(j.doubts)
}

func sortEvents(events []*event) {
	slices.SortStableFunc(events, func(a, b *event) int {
		switch {
		case a.order != b.order:
			if a.order < b.order {
				return -1
			}
			return 1
		case a.log != b.log:
			return strings.Compare(a.log.name, b.log.name)
		}
		return int(a.seq - b.seq)
	})
}

// place gives the marks of one log their times. Lines without a date stand
// where their neighbours put them.
func (j *judge) place(v *logView, marks []mark) []*event {
	events := make([]*event, len(marks))
	for i, m := range marks {
		ev := &event{mark: m, log: v, order: math.MinInt64}
		if at, offset, assumed, ok := j.zones.resolve(m.stamp); ok {
			ev.time, ev.offset, ev.assumed, ev.order = at, offset, assumed, at.UnixNano()
		}
		events[i] = ev
	}
	next := int64(math.MaxInt64)
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].order > next {
			events[i].order = next
		}
		if events[i].order != math.MinInt64 {
			next = events[i].order
		}
	}
	last := int64(math.MinInt64)
	if next != math.MaxInt64 {
		last = next
	}
	for _, ev := range events {
		if ev.order == math.MinInt64 {
			ev.order = last
		}
		last = ev.order
	}
	return events
}

// attribute finds the event's stage, track and error code.
func (j *judge) attribute(ev *event) {
	sig := ev.hit.sig
	ev.stage, ev.track = sig.Stage, ev.hit.track
	if text := ev.hit.captures["code"]; text != "" {
		if values, err := errcode.Parse(text); err == nil && len(values) > 0 {
			c := errcode.DecodeOf(values[0], baseName(ev.log.name), ev.text)
			ev.code = &c
		}
	}
	if sig.ByCode && ev.code != nil {
		if stage := ev.code.EvaluationStage(); stage != "" && stage != ev.stage && j.has(stage) {
			ev.stage, ev.track = stage, ""
		}
	}
}

func (j *judge) has(stage string) bool {
	return slices.ContainsFunc(j.book.Stages, func(s *pipeline.Stage) bool { return s.ID == stage })
}

func baseName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// neighbours answers whether a mark of a signature lies near in time.
type neighbours struct {
	of map[string][]neighbour
	// ends are the successes of each stage and lane.
	ends map[cycleKey][]int64
}

type neighbour struct {
	at int64
	hit
}

type cycleKey struct{ stage, track string }

// nearby is how far apart two lines of one incident lie at most, unless the
// signature says otherwise.
const nearby = 10 * time.Minute

func newNeighbours(events []*event) *neighbours {
	n := &neighbours{of: map[string][]neighbour{}, ends: map[cycleKey][]int64{}}
	for _, ev := range events {
		for h := range ev.hits {
			n.of[h.sig.ID] = append(n.of[h.sig.ID], neighbour{ev.order, h})
			if h.sig.Kind == pipeline.Success && !h.sig.Local {
				key := cycleKey{h.sig.Stage, h.track}
				n.ends[key] = append(n.ends[key], ev.order)
			}
		}
	}
	return n
}

// over tells whether the cycle that the mark began had succeeded before the time:
// what comes then is of something else.
func (n *neighbours) over(m neighbour, at int64) bool {
	return m.sig.Kind == pipeline.Start && slices.ContainsFunc(n.ends[cycleKey{m.sig.Stage, m.track}], func(end int64) bool {
		return m.at < end && end < at
	})
}

// choose returns the first of the event's signatures that holds.
func (n *neighbours) choose(ev *event) (hit, bool) {
	for h := range ev.hits {
		if h.sig.With == "" || n.near(h.sig, ev.order) {
			return h, true
		}
	}
	return hit{}, false
}

func (n *neighbours) near(sig *pipeline.Signature, at int64) bool {
	within := time.Duration(sig.Within)
	if within == 0 {
		within = nearby
	}
	for _, m := range n.of[sig.With] {
		t := m.at
		// Differences of undated lines would overflow; they count as near.
		if t == at || t == math.MinInt64 || at == math.MinInt64 {
			return true
		}
		if d := t - at; d <= int64(within) && -d <= int64(within) && !n.over(m, at) {
			return true
		}
	}
	return false
}

package logparse

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// Stats is a quick look at a log: how many records of which kind, from when.
type Stats struct {
	Records    int64
	Torn       int64
	Severities [4]int64  // by Severity
	Formats    [11]int64 // by Format
	// Components counts records by component; at most MaxComponents names are
	// kept apart, the rest is counted under "…".
	Components map[string]int64
	// First and Last are the earliest and latest instant of records that state
	// their zone, zero if none does.
	First, Last time.Time
	// LocalFirst and LocalLast are the same by the writer's clock, for records
	// without a zone. Their location is UTC and means nothing.
	LocalFirst, LocalLast time.Time
}

// MaxComponents bounds how many component names Stats keeps apart.
const MaxComponents = 1000

// tally is Stats while it is counted: plain numbers only.
type tally struct {
	Stats
	component string
	counter   *int64
	counters  map[string]*int64
	utc, wall extent
}

// extent is a range of nanoseconds.
type extent struct {
	from, to int64
	any      bool
}

func (e *extent) add(t int64) {
	switch {
	case !e.any:
		e.from, e.to, e.any = t, t, true
	case t < e.from:
		e.from = t
	case t > e.to:
		e.to = t
	}
}

func (e *extent) join(o extent) {
	if o.any {
		e.add(o.from)
		e.add(o.to)
	}
}

// Count reads the log whole. On an error the counts of what was read before it
// are returned too.
func Count(ctx context.Context, log Log, opt Options) (Stats, error) {
	opt.placeless = true
	total := tally{counters: map[string]*int64{}}
	err := Forward(ctx, log, opt, countBlock, func(t *tally) bool {
		total.join(t)
		return true
	})
	total.finish()
	return total.Stats, err
}

func countBlock(b *Block) *tally {
	t := &tally{counters: map[string]*int64{}}
	for rec := range b.records(false) {
		t.see(rec)
	}
	return t
}

func (t *tally) see(rec *Record) {
	t.Records++
	t.Severities[rec.Severity]++
	t.Formats[rec.Format]++
	if rec.Torn {
		t.Torn++
	}
	if t.counter == nil || rec.Component != t.component {
		t.component, t.counter = rec.Component, t.count(rec.Component)
	}
	*t.counter++
	switch st := rec.Stamp; {
	case !st.Dated:
	case st.Zoned:
		t.utc.add(st.Wall - int64(st.Offset)*int64(time.Minute))
	default:
		t.wall.add(st.Wall)
	}
}

func (t *tally) count(component string) *int64 {
	if c := t.counters[component]; c != nil {
		return c
	}
	if len(t.counters) >= MaxComponents {
		component = "…"
		if c := t.counters[component]; c != nil {
			return c
		}
	}
	c := new(int64)
	t.counters[strings.Clone(component)] = c
	return c
}

func (t *tally) join(o *tally) {
	t.Records += o.Records
	t.Torn += o.Torn
	for i, n := range o.Severities {
		t.Severities[i] += n
	}
	for i, n := range o.Formats {
		t.Formats[i] += n
	}
	for _, name := range slices.Sorted(maps.Keys(o.counters)) {
		*t.count(name) += *o.counters[name]
	}
	t.utc.join(o.utc)
	t.wall.join(o.wall)
}

func (t *tally) finish() {
	t.Stats.Components = make(map[string]int64, len(t.counters))
	for name, n := range t.counters {
		t.Stats.Components[name] = *n
	}
	if t.utc.any {
		t.First, t.Last = time.Unix(0, t.utc.from).UTC(), time.Unix(0, t.utc.to).UTC()
	}
	if t.wall.any {
		t.LocalFirst, t.LocalLast = time.Unix(0, t.wall.from).UTC(), time.Unix(0, t.wall.to).UTC()
	}
}

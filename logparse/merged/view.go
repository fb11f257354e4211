package merged

import (
	"context"
	"errors"
	"sync"
	"time"

	"patchtrace/logparse"
)

// View is what a filter leaves of the logs. Its rows are numbered from the end of
// the logs as they were opened: the last record that was there is row -1, the
// first that came since is row 0. Numbers do not change while older rows are
// indexed and newer ones come.
type View struct {
	l     *Logs
	names map[string]bool // nil for all
	match *matcher        // nil when every record is shown

	work sync.Mutex // one goroutine at a time looks at blocks

	mu       sync.Mutex // guards what follows, for moments only
	shown    map[*log]*shown
	building int
	err      error // the first of reading
}

// View makes a view. The error is that of compiling a pattern.
func (l *Logs) View(f Filter) (*View, error) {
	finder, err := newFinder(f.Text, f.Regexp)
	if err != nil {
		return nil, err
	}
	v := &View{l: l, shown: map[*log]*shown{}}
	if f.Logs != nil || f.Thread != nil {
		v.names = map[string]bool{}
		for _, name := range f.Logs {
			v.names[name] = f.Thread == nil || f.Thread.Log == name
		}
		if f.Logs == nil {
			v.names[f.Thread.Log] = true
		}
	}
	if finder != nil || f.MinSeverity > logparse.Verbose || f.Thread != nil {
		v.match = &matcher{min: f.MinSeverity, finder: finder, thread: f.Thread}
	}
	return v, nil
}

// chunk is how many blocks are looked at between two looks at the context.
const chunk = 8

// Build works out which records the filter leaves, from the newest to the oldest,
// and returns when all are known or ctx is done. tell, unless nil, is called now
// and then. Without it rows of a filtered view are worked out as they are asked
// for.
func (v *View) Build(ctx context.Context, tell func()) error {
	v.build(1)
	defer v.build(-1)
	t := &teller{tell: tell}
	defer t.last()
	for ctx.Err() == nil {
		change := v.l.awaited()
		n := v.older(ctx, chunk)
		t.sometimes()
		if n > 0 {
			continue
		}
		if _, _, done := v.Extent(); done {
			v.mu.Lock()
			defer v.mu.Unlock()
			return v.err
		}
		if v.l.await(ctx, change) {
			continue
		}
		select { // another Index or Update may still come
		case <-change:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

func (v *View) build(n int) {
	v.mu.Lock()
	v.building += n
	v.mu.Unlock()
}

// older looks at some more blocks, if the filter needs it.
func (v *View) older(ctx context.Context, most int) int {
	if v.match == nil {
		return 0
	}
	v.work.Lock()
	defer v.work.Unlock()
	v.newerRows(ctx)
	return v.olderRows(ctx, most)
}

// awaited is closed at the next change of the index.
func (l *Logs) awaited() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed()
}

// now is the view at this moment, with what came since it was looked at last.
func (v *View) now(ctx context.Context) seqs {
	// Who looks at blocks at the moment also looks at what came.
	if v.match != nil && v.work.TryLock() {
		v.newerRows(ctx)
		for !v.match.reads() && v.olderRows(ctx, 1<<10) > 0 {
		}
		v.work.Unlock()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	states := v.states()
	q := make(seqs, 0, len(states))
	for i := range states {
		q = append(q, v.seq(&states[i]))
	}
	return q
}

// seq is what the view knows of a log. v.mu is held.
func (v *View) seq(s *state) *seq {
	q := &seq{lg: s.lg, index: s.index, plain: v.match == nil, old: s.old, live: s.live, end: s.end, done: s.done, opened: s.opened}
	if q.plain {
		return q
	}
	k := v.held(s)
	q.oldShown, q.newShown, q.end = k.old, k.newer, k.end
	q.done = s.done && (s.len() == 0 || k.anchored && k.oldest(s) == nil)
	return q
}

// Extent is the rows that are known so far, from first up to but without end.
// done is true when no older rows will be added.
func (v *View) Extent() (first, end int64, done bool) {
	return v.now(context.Background()).extent()
}

// Row is a record in its place.
type Row struct {
	// N is the row's number in its view.
	N int64
	// Record is the reader's own; its Pos.Line is 0 when it was not counted.
	Record *logparse.Record
	// Log is the index of its log in Names.
	Log int
	// Time is UTC, zero for a record without a date. Assumed is true when the line
	// does not tell its zone.
	Time    time.Time
	Assumed bool
}

// Rows returns up to n rows from the row on; fewer at the ends of what is known.
// Rows whose file has changed are left out; that is an error only when nothing is
// left.
func (v *View) Rows(ctx context.Context, from int64, n int) ([]Row, error) {
	q := v.now(ctx)
	first, end, done := q.extent()
	for from < first && !done && v.lazy() && v.older(ctx, chunk) > 0 {
		q = v.now(ctx)
		first, end, done = q.extent()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if from < first {
		n -= int(min(first-from, int64(max(n, 0))))
		from = first
	}
	if n <= 0 || from >= end {
		return nil, nil
	}
	return v.rows(q, from, int(min(int64(n), end-from)))
}

// lazy tells whether rows are worked out as they are asked for.
func (v *View) lazy() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.match != nil && v.building == 0
}

func (v *View) rows(q seqs, from int64, n int) ([]Row, error) {
	rows := make([]Row, 0, n)
	c := v.l.clock()
	w := q.walk(from)
	var failed error
	blocks := map[*block][]logparse.Record{}
	for i := range n {
		s, ok := w.next()
		if !ok {
			break
		}
		recs, seen := blocks[s.b]
		if !seen {
			var err error
			recs, err = v.l.records(s.seq.lg, s.b)
			if err != nil && failed == nil {
				failed = err
			}
			blocks[s.b] = recs
		}
		if recs != nil {
			rows = append(rows, v.row(from+int64(i), s, &recs[s.rec], &c))
		}
	}
	if len(rows) > 0 {
		failed = nil
	}
	return rows, failed
}

func (v *View) row(n int64, s spot, rec *logparse.Record, c *clock) Row {
	r := Row{N: n, Log: s.seq.index, Record: rec.Clone()}
	r.Record.Pos.Log = s.seq.lg.name
	r.Record.Pos.Part = v.l.partName(s.seq.lg, rec.Pos.Part)
	if rec.Stamp.Dated {
		r.Time = time.Unix(0, c.nanos(rec.Stamp)).UTC()
		r.Assumed = !rec.Stamp.Zoned
	}
	return r
}

func (l *Logs) clock() clock {
	l.mu.Lock()
	defer l.mu.Unlock()
	return clock{zone: l.zone}
}

// partName is how the part of that number is called now.
func (l *Logs) partName(lg *log, number string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := lg.byNumber(partNumber(number)); p != nil {
		return p.name
	}
	return ""
}

// named is a read error with the part's name.
func (l *Logs) named(lg *log, err error) error {
	var changed *ChangedError
	if errors.As(err, &changed) {
		return changed
	}
	var read *logparse.ReadError
	if errors.As(err, &read) {
		return &logparse.ReadError{Part: l.partName(lg, read.Part), Offset: read.Offset, Err: read.Err}
	}
	return err
}

// Counts counts the view's records.
func (v *View) Counts() Counts {
	var n Counts
	for _, s := range v.now(context.Background()) {
		for i := range s.len() {
			c := s.at(i)
			n.Records += int64(c.n)
			n.Warnings += int64(c.warns)
			n.Errors += int64(c.errs)
		}
	}
	return n
}

package merged

import (
	"context"
	"sort"
	"time"

	"patchtrace/logparse"
)

// AtTime returns the first row that is not older than t, or the end. A record
// counts as no newer than the ones behind it in its log, whatever its clock says.
// It waits until so much is indexed.
func (v *View) AtTime(ctx context.Context, t time.Time) (row int64, err error) {
	at := t.UnixNano()
	q, err := v.until(ctx, at, nil)
	if err != nil {
		return 0, err
	}
	first, _, _ := q.extent()
	return max(q.rank(at, -1), first), nil
}

// until waits until all rows from a time on are known, and has returns true
// unless it is nil. It returns what there is when no more will come.
func (v *View) until(ctx context.Context, t int64, has func(seqs) bool) (seqs, error) {
	for {
		change := v.l.awaited()
		q := v.now(ctx)
		oldest, _, state := q.final()
		if state == allFinal || state == someFinal && oldest < t && (has == nil || has(q)) {
			return q, nil
		}
		if !v.wait(ctx, change) {
			return q, ctx.Err()
		}
	}
}

// Find returns the row of the record at that place of a file, or the one nearest
// to it in the view. ok is false when the file's log is not in the view. It waits
// until the place is indexed.
func (v *View) Find(ctx context.Context, part string, offset int64) (row int64, ok bool, err error) {
	lg, number := v.l.holder(part)
	if lg == nil || v.names != nil && !v.names[lg.name] {
		return 0, false, nil
	}
	at := place{number, offset}
	b, rec, err := v.locate(ctx, lg, at)
	if err != nil || b == nil {
		return 0, false, err
	}
	t := b.times(nil)[rec]
	q, err := v.until(ctx, t, nil)
	if err != nil {
		return 0, false, err
	}
	row, ok = v.nearest(q, lg, b, rec, t)
	return row, ok, nil
}

// holder is the log of a part and the part's number.
func (l *Logs) holder(name string) (*log, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lg := range l.logs {
		for _, p := range lg.parts {
			if p.name == name {
				return lg, p.number
			}
		}
	}
	return nil, 0
}

// locate returns the block and the record at a place, once it is indexed: the
// record that begins there or the last before, else the first. The block is nil
// when the log has no record.
func (v *View) locate(ctx context.Context, lg *log, at place) (*block, int, error) {
	for {
		l := v.l
		l.mu.Lock()
		b := lg.around(at)
		known := lg.done || b != nil && !at.before(b.start())
		idle := l.idle()
		change := l.changed()
		l.mu.Unlock()
		if known || idle {
			if b == nil {
				return nil, 0, nil
			}
			rec, err := l.recordAt(lg, b, at)
			return b, rec, err
		}
		if !l.await(ctx, change) && ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
	}
}

// around is the last block that begins at or before the place, else the first.
func (lg *log) around(at place) *block {
	n := lg.len()
	if n == 0 {
		return nil
	}
	i := sort.Search(n, func(i int) bool { return at.before(lg.at(i).start()) })
	return lg.at(max(i-1, 0))
}

// recordAt is the last record of the block that begins at or before the place,
// else the first.
func (l *Logs) recordAt(lg *log, b *block, at place) (int, error) {
	recs, err := l.records(lg, b)
	if err != nil {
		return 0, err
	}
	i := sort.Search(len(recs), func(i int) bool { return at.before(placeOf(&recs[i])) })
	return max(i-1, 0), nil
}

func placeOf(rec *logparse.Record) place {
	return place{partNumber(rec.Pos.Part), rec.Pos.Offset}
}

// nearest is the row of a record of a log, or the row whose time is the nearest.
func (v *View) nearest(q seqs, lg *log, b *block, rec int, t int64) (int64, bool) {
	for _, s := range q {
		if s.lg != lg {
			continue
		}
		i := sort.Search(s.len(), func(i int) bool { return s.at(i).block.ord >= b.ord })
		if i == s.len() || s.at(i).block != b {
			break // it went while it was looked for
		}
		c := s.at(i)
		row := q.rowOf(s, c.ord+int64(c.before(rec)), t)
		if c.has(rec) {
			return row, true
		}
		return q.closest(row, t)
	}
	return 0, false
}

// closest is the row or the one before it, whichever is closer to a time.
func (q seqs) closest(row, t int64) (int64, bool) {
	first, end, _ := q.extent()
	if first == end {
		return 0, false
	}
	row = min(max(row, first), end)
	if row == first {
		return row, true
	}
	if row == end {
		return row - 1, true
	}
	w := q.walk(row - 1)
	before, _ := w.next()
	after, ok := w.next()
	if !ok || t-before.t < after.t-t {
		return row - 1, true
	}
	return row, true
}

// Line counts on which line of its file the record stands, from 1.
func (l *Logs) Line(ctx context.Context, pos logparse.Pos) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	lg, number := l.holder(pos.Part)
	if lg == nil {
		return 0, &ChangedError{Part: pos.Part}
	}
	l.mu.Lock()
	p := lg.byNumber(number)
	if p == nil {
		l.mu.Unlock()
		return 0, &ChangedError{Part: pos.Part}
	}
	in := l.reading(p, p.size)
	l.mu.Unlock()
	lines, err := logparse.LineNumbers(in, []int64{pos.Offset}, l.options(workers()))
	if err != nil {
		return 0, l.named(lg, err)
	}
	return lines[0], ctx.Err()
}

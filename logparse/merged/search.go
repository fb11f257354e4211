package merged

import (
	"context"
	"math"
)

// Search returns the nearest row behind from (or before it, backwards) that the
// query finds. ok is false when there is none. It stops when ctx is done. While
// older rows are still being indexed, a search backwards waits for them.
func (v *View) Search(ctx context.Context, from int64, backwards bool, q Query) (row int64, ok bool, err error) {
	finder, err := newFinder(q.Text, q.Regexp)
	if err != nil {
		return 0, false, err
	}
	m := &matcher{min: q.MinSeverity, finder: finder}
	low, high := from+1, int64(math.MaxInt64)
	if backwards {
		low, high = math.MinInt64, from
	}
	var failed error
	for {
		change := v.l.awaited()
		sq := v.now(ctx)
		first, end, done := sq.extent()
		s := searching{ctx: ctx, v: v, m: m, seqs: sq, backwards: backwards}
		row, ok, err := s.run(max(low, first), min(high, end))
		if failed == nil {
			failed = err
		}
		switch {
		case ctx.Err() != nil:
			return 0, false, ctx.Err()
		case ok:
			return row, true, nil
		case done || !backwards && first <= low:
			return 0, false, failed
		}
		high = min(high, first)
		if !v.wait(ctx, change) {
			return 0, false, failed
		}
	}
}

// wait waits for older rows, or for any change since change was taken. It returns
// false when none will come.
func (v *View) wait(ctx context.Context, change <-chan struct{}) bool {
	if v.older(ctx, chunk) > 0 {
		return true
	}
	return v.l.await(ctx, change)
}

// searching is a search in rows that are known. Blocks are looked at in the order
// of their times, so that no more are read than the nearest row needs.
type searching struct {
	ctx       context.Context
	v         *View
	m         *matcher
	seqs      seqs
	backwards bool
}

// lane is a log in a search: the block to look at next, and the nearest record
// that was found.
type lane struct {
	s         *seq
	low, high int64 // ordinals to look at
	block     int
	found     bool
	ord, t    int64
}

// run returns the nearest row of those from low to high.
func (g *searching) run(low, high int64) (row int64, ok bool, err error) {
	if low >= high {
		return 0, false, nil
	}
	from, to := g.seqs.cut(low), g.seqs.cut(high)
	lanes := make([]*lane, 0, len(g.seqs))
	for i, s := range g.seqs {
		if from[i] >= to[i] {
			continue
		}
		ln := &lane{s: s, low: from[i], high: to[i]}
		ord := ln.low
		if g.backwards {
			ord = ln.high - 1
		}
		ln.block, _, _ = s.find(ord)
		lanes = append(lanes, ln)
	}
	for {
		ln := g.nearest(lanes)
		switch {
		case ln == nil || g.ctx.Err() != nil:
			return 0, false, err
		case ln.found:
			return g.row(ln), true, nil
		}
		if failed := g.look(ln); err == nil {
			err = failed
		}
	}
}

// nearest is the lane that may hold the nearest record, nil when all are at their
// ends.
func (g *searching) nearest(lanes []*lane) *lane {
	var best *lane
	var bestT int64
	for _, ln := range lanes {
		t, ok := g.time(ln)
		if !ok {
			continue
		}
		// Of equal times the first log's is before the others'.
		if best == nil || g.backwards && t >= bestT || !g.backwards && t < bestT {
			best, bestT = ln, t
		}
	}
	return best
}

// time is the nearest time that the lane can have.
func (g *searching) time(ln *lane) (t int64, ok bool) {
	if ln.found {
		return ln.t, true
	}
	if ln.block < 0 || ln.block >= ln.s.len() {
		return 0, false
	}
	c := ln.s.at(ln.block)
	if c.ord >= ln.high || c.ord+int64(c.n) <= ln.low && c.n > 0 {
		return 0, false
	}
	if g.backwards {
		return c.last, true
	}
	return c.first, true
}

// look looks at the lane's next block.
func (g *searching) look(ln *lane) error {
	c := ln.s.at(ln.block)
	if g.backwards {
		ln.block--
	} else {
		ln.block++
	}
	if c.n == 0 {
		return nil
	}
	hits, err := g.v.l.choose(g.m, ln.s.lg, c.block)
	if err != nil || hits.n == 0 {
		return err
	}
	for k := range c.block.n {
		i := k
		if g.backwards {
			i = c.block.n - 1 - k
		}
		if !hits.has(i) || !c.has(i) {
			continue
		}
		if ord := c.ord + int64(c.before(i)); ord >= ln.low && ord < ln.high {
			ln.found, ln.ord, ln.t = true, ord, ln.s.blockTimes(c.block)[i]
			return nil
		}
	}
	return nil
}

// row is the number of the record that was found.
func (g *searching) row(ln *lane) int64 { return g.seqs.rowOf(ln.s, ln.ord, ln.t) }

// rowOf is the number of a record: its ordinal and those of the other logs.
func (q seqs) rowOf(of *seq, ord, t int64) int64 {
	row := ord
	for _, s := range q {
		if s != of {
			row += s.behind(t, s.index < of.index)
		}
	}
	return row
}

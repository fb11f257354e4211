package merged

// walker goes through the rows of a view from a cut on.
type walker struct {
	seqs seqs
	at   []cursor
}

// cursor is where a walker stands in a log.
type cursor struct {
	block int // in the seq
	rec   int // in the block
	now   chosen
	times []int64
	ok    bool
}

// spot is a record in its log.
type spot struct {
	seq *seq
	b   *block
	rec int
	t   int64 // effective time
}

func (q seqs) walk(row int64) *walker {
	w := &walker{seqs: q, at: make([]cursor, len(q))}
	for i, ord := range q.cut(row) {
		c := &w.at[i]
		c.block, c.rec, c.ok = q[i].find(ord)
		if c.ok {
			w.load(i)
		}
	}
	return w
}

func (w *walker) load(i int) {
	c := &w.at[i]
	c.now = w.seqs[i].at(c.block)
	c.times = c.now.times(c.times[:0])
}

// next returns the next row's record. ok is false at the end.
func (w *walker) next() (s spot, ok bool) {
	best := -1
	for i := range w.at {
		c := &w.at[i]
		if c.ok && (best < 0 || c.times[c.rec] < w.at[best].times[w.at[best].rec]) {
			best = i
		}
	}
	if best < 0 {
		return spot{}, false
	}
	c := &w.at[best]
	s = spot{seq: w.seqs[best], b: c.now.block, rec: c.rec, t: c.times[c.rec]}
	w.advance(best)
	return s, true
}

// advance moves a log's cursor to its next record that is shown.
func (w *walker) advance(i int) {
	c := &w.at[i]
	for c.rec++; c.rec < c.now.block.n; c.rec++ {
		if c.now.has(c.rec) {
			return
		}
	}
	s := w.seqs[i]
	for c.block++; c.block < s.len(); c.block++ {
		if n := s.at(c.block); n.n > 0 {
			w.load(i)
			c.rec = n.nth(0)
			return
		}
	}
	c.ok = false
}

package merged

import (
	"math"
	"math/bits"
	"sort"
)

// Rows are numbered without merging anything. A row's number is the sum, over all
// logs, of the ordinals of the first records that do not stand before it. As
// times do not fall inside a log, that is a binary search for each log; a row is
// found by a binary search for its time.

// chosen is what a view shows of a block.
type chosen struct {
	*block
	ord  int64    // ordinal in the view of the first record that is shown
	n    int      // records that are shown
	bits []uint64 // a bit a record of the block; nil when all are shown or none

	warns, errs int32 // of those that are shown
}

// before counts the chosen ones of the first i records.
func (c chosen) before(i int) int {
	switch {
	case c.n == c.block.n:
		return i
	case c.n == 0:
		return 0
	}
	n := 0
	for _, w := range c.bits[:i/64] {
		n += bits.OnesCount64(w)
	}
	if i%64 > 0 {
		n += bits.OnesCount64(c.bits[i/64] & (1<<(i%64) - 1))
	}
	return n
}

// has tells whether record i of the block is shown.
func (c chosen) has(i int) bool {
	if c.n == c.block.n || c.n == 0 {
		return c.n > 0
	}
	return c.bits[i/64]>>(i%64)&1 == 1
}

// nth is the record of the block that is chosen record m of it, from 0.
func (c chosen) nth(m int) int {
	if c.n == c.block.n {
		return m
	}
	for k, w := range c.bits {
		ones := bits.OnesCount64(w)
		if m >= ones {
			m -= ones
			continue
		}
		for ; m > 0; m-- {
			w &= w - 1
		}
		return k*64 + bits.TrailingZeros64(w)
	}
	return c.block.n - 1
}

// seq is what a view knows of a log at a moment.
type seq struct {
	lg       *log
	index    int // in Logs.logs
	plain    bool
	old      []*block // of a plain view
	live     []*block
	oldShown []chosen // of a filtered one
	newShown []chosen
	end      int64 // ordinal behind the newest
	done     bool  // nothing older will come
	opened   bool

	memo  *block // whose times are
	times []int64
}

func (s *seq) len() int {
	if s.plain {
		return len(s.old) + len(s.live)
	}
	return len(s.oldShown) + len(s.newShown)
}

// at is block i from the oldest on.
func (s *seq) at(i int) chosen {
	if !s.plain {
		if n := len(s.oldShown); i >= n {
			return s.newShown[i-n]
		}
		return s.oldShown[len(s.oldShown)-1-i]
	}
	var b *block
	if n := len(s.old); i >= n {
		b = s.live[i-n]
	} else {
		b = s.old[n-1-i]
	}
	return chosen{block: b, ord: b.ord, n: b.n, warns: b.warns, errs: b.errs}
}

// blockTimes are the effective times of a block; they are valid until the next
// call.
func (s *seq) blockTimes(b *block) []int64 {
	if s.memo != b {
		s.times = b.times(s.times[:0])
		s.memo = b
	}
	return s.times
}

// behind is the ordinal of the first record that is not before t, or, with
// through, that is behind it.
func (s *seq) behind(t int64, through bool) int64 {
	after := func(at int64) bool { return at > t || at == t && !through }
	i := sort.Search(s.len(), func(i int) bool { return after(s.at(i).last) })
	if i == s.len() {
		return s.end
	}
	c := s.at(i)
	if c.n == 0 || after(c.first) {
		return c.ord
	}
	times := s.blockTimes(c.block)
	return c.ord + int64(c.before(sort.Search(len(times), func(k int) bool { return after(times[k]) })))
}

// find is the place of an ordinal: a block and a record of it. ok is false at the
// end.
func (s *seq) find(ord int64) (block, rec int, ok bool) {
	i := sort.Search(s.len(), func(i int) bool { c := s.at(i); return c.ord+int64(c.n) > ord })
	if i == s.len() {
		return i, 0, false
	}
	c := s.at(i)
	return i, c.nth(int(max(ord-c.ord, 0))), true
}

// seqs is a view at a moment. It serves one goroutine.
type seqs []*seq

// rank is the number of the first row that is not before a record of that time in
// that log, where the logs' order decides between equal times.
func (q seqs) rank(t int64, index int) int64 {
	var row int64
	for _, s := range q {
		row += s.behind(t, s.index < index)
	}
	return row
}

// end is the number behind the last row.
func (q seqs) end() int64 {
	var row int64
	for _, s := range q {
		row += s.end
	}
	return row
}

// final is where the rows begin that are not going to move: the time and the log
// of the oldest record, of the newest such, that is known of an unfinished log.
func (q seqs) final() (t int64, index int, state finality) {
	t, index = math.MinInt64, -1
	state = allFinal
	for _, s := range q {
		if s.done {
			continue
		}
		if !s.opened {
			return 0, 0, noneFinal
		}
		if state == allFinal {
			state = someFinal
		}
		if s.len() == 0 {
			if !s.plain && s.unlooked() {
				return 0, 0, noneFinal
			}
			continue // it has shown no record yet: the others are not held up
		}
		if at := s.at(0).first; at >= t {
			t, index = at, s.index
		}
	}
	return t, index, state
}

type finality int

const (
	noneFinal finality = iota
	someFinal
	allFinal
)

// unlooked tells whether there are blocks that a filtered view has not looked at.
func (s *seq) unlooked() bool { return len(s.old)+len(s.live) > 0 }

// extent is the rows that are known and are not going to move.
func (q seqs) extent() (first, end int64, done bool) {
	end = q.end()
	t, index, state := q.final()
	switch state {
	case noneFinal:
		return end, end, false
	case allFinal:
		for _, s := range q {
			first += s.start()
		}
		return first, end, true
	}
	return q.rank(t, index), end, false
}

// start is the ordinal of the oldest record.
func (s *seq) start() int64 {
	if s.len() == 0 {
		return s.end
	}
	return s.at(0).ord
}

// cut finds a row: for each log, the ordinal of the first record that is not
// before it. The row is one of extent's, or the end.
func (q seqs) cut(row int64) []int64 {
	t := q.timeOf(row)
	at := make([]int64, len(q))
	for i, s := range q {
		at[i] = s.behind(t, false)
		row -= at[i]
	}
	for i, s := range q {
		if row <= 0 {
			break
		}
		n := min(row, s.behind(t, true)-at[i])
		at[i] += n
		row -= n
	}
	return at
}

// timeOf is the latest time that has at most that many rows before it.
func (q seqs) timeOf(row int64) int64 {
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for _, s := range q {
		if n := s.len(); n > 0 {
			low, high = min(low, s.at(0).first), max(high, s.at(n-1).last+1)
		}
	}
	if low > high {
		return 0
	}
	for low < high {
		mid := low + (high-low+1)/2
		if q.rank(mid, -1) <= row {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low
}

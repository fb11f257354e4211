package merged

import (
	"context"
	"slices"
	"sync"
)

// shown is what a filtered view knows of a log. It holds the newest blocks
// without a gap. Slices are only added to, or made anew.
type shown struct {
	epoch    int
	anchored bool
	old      []chosen // from the first block that was looked at backwards, newest first
	newer    []chosen // what came since
	end      int64    // ordinal in the view behind the newest
	upTo     int64    // ordinal in the log behind the newest
}

// state is a log at a moment.
type state struct {
	lg     *log
	index  int
	old    []*block
	live   []*block
	first  int64
	end    int64
	done   bool
	opened bool
	epoch  int
}

// states are the view's logs now.
func (v *View) states() []state {
	l := v.l
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]state, 0, len(l.logs))
	for i, lg := range l.logs {
		if v.names != nil && !v.names[lg.name] {
			continue
		}
		out = append(out, state{
			lg: lg, index: i, old: lg.old, live: lg.live, first: lg.first, end: lg.end,
			done: lg.done, opened: lg.opened, epoch: lg.births,
		})
	}
	return out
}

func (s *state) len() int { return len(s.old) + len(s.live) }

func (s *state) at(i int) *block {
	if n := len(s.old); i >= n {
		return s.live[i-n]
	}
	return s.old[len(s.old)-1-i]
}

// has tells whether the block is still there.
func (s *state) has(b *block) bool {
	i := s.ending(b.ord)
	return i < s.len() && s.at(i) == b
}

// ending is the index of the first block that ends behind an ordinal.
func (s *state) ending(ord int64) int {
	low, high := 0, s.len()
	for low < high {
		mid := (low + high) / 2
		if b := s.at(mid); b.ord+int64(b.n) > ord {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

// trim drops what is not there any more: at the old end what files that are gone
// held, at the new end what was read anew.
func (k *shown) trim(s *state) {
	if k.epoch != s.epoch {
		*k = shown{epoch: s.epoch}
	}
	for n := len(k.old); n > 0 && k.old[n-1].block.ord < s.first; n-- {
		k.old = slices.Clip(k.old[:n-1])
	}
	for len(k.old) == 0 && len(k.newer) > 0 && k.newer[0].block.ord < s.first {
		k.newer = k.newer[1:]
	}
	for n := len(k.newer); n > 0 && !s.has(k.newer[n-1].block); n-- {
		k.end, k.upTo = k.newer[n-1].ord, k.newer[n-1].block.ord
		k.newer = slices.Clip(k.newer[:n-1])
	}
	for len(k.newer) == 0 && len(k.old) > 0 && !s.has(k.old[0].block) {
		k.end, k.upTo = k.old[0].ord, k.old[0].block.ord
		k.old = k.old[1:]
	}
}

// newest is the next block that came since, nil if none did.
func (k *shown) newest(s *state) *block {
	if s.len() == 0 {
		return nil
	}
	if !k.anchored {
		// Rows are counted from where the log ended when it was opened.
		return s.at(min(s.ending(-1), s.len()-1))
	}
	if i := s.ending(k.upTo); i < s.len() {
		return s.at(i)
	}
	return nil
}

// oldest is the next block to look at backwards, nil if there is none.
func (k *shown) oldest(s *state) *block {
	if !k.anchored || s.len() == 0 {
		return nil
	}
	i := s.ending(k.start()) - 1
	if i < 0 {
		return nil
	}
	return s.at(i)
}

// start is the ordinal in the log of the oldest record that was looked at.
func (k *shown) start() int64 {
	switch {
	case len(k.old) > 0:
		return k.old[len(k.old)-1].block.ord
	case len(k.newer) > 0:
		return k.newer[0].block.ord
	}
	return k.upTo
}

// append adds what is shown of the next block.
func (k *shown) append(c chosen) {
	if !k.anchored {
		k.anchored = true
		if b := c.block; b.ord < 0 {
			k.end = -int64(c.before(int(min(-b.ord, int64(b.n)))))
		}
	}
	c.ord = k.end
	k.end += int64(c.n)
	k.upTo = c.block.ord + int64(c.block.n)
	k.newer = append(k.newer, c)
}

// prepend adds what is shown of the block before.
func (k *shown) prepend(c chosen) {
	first := k.end
	switch {
	case len(k.old) > 0:
		first = k.old[len(k.old)-1].ord
	case len(k.newer) > 0:
		first = k.newer[0].ord
	}
	c.ord = first - int64(c.n)
	k.old = append(k.old, c)
}

// held is what the view knows of a log, brought up to date. v.mu is held: only
// so is a state never older than what the view knows already.
func (v *View) held(s *state) *shown {
	k := v.shown[s.lg]
	if k == nil {
		k = &shown{epoch: s.epoch}
		v.shown[s.lg] = k
	}
	k.trim(s)
	return k
}

// newerRows looks at what came since. v.work is held.
func (v *View) newerRows(ctx context.Context) {
	for ctx.Err() == nil {
		k, s, b := v.came()
		if b == nil {
			return
		}
		c := v.choose(s.lg, b)
		v.mu.Lock()
		if k.epoch == s.epoch && k.newest(s) == b {
			k.append(c)
		}
		v.l.changes()
		v.mu.Unlock()
	}
}

// came is the next block that came since the view was looked at, nil if none did.
func (v *View) came() (*shown, *state, *block) {
	v.mu.Lock()
	defer v.mu.Unlock()
	states := v.states()
	for i := range states {
		s := &states[i]
		k := v.held(s)
		if b := k.newest(s); b != nil {
			return k, s, b
		}
	}
	return nil, nil, nil
}

func (v *View) choose(lg *log, b *block) chosen {
	c, err := v.l.choose(v.match, lg, b)
	if err != nil {
		v.mu.Lock()
		if v.err == nil {
			v.err = err
		}
		v.mu.Unlock()
	}
	return c
}

// step is a block to be looked at.
type step struct {
	k *shown
	s *state
	b *block
}

// olderRows looks at some blocks that were not looked at yet, those with the
// newest records first, and returns how many it did. v.work is held.
func (v *View) olderRows(ctx context.Context, most int) int {
	steps := v.steps(most)
	found := make([]chosen, len(steps))
	v.spread(len(steps), func(i int) {
		if ctx.Err() == nil {
			found[i] = v.choose(steps[i].s.lg, steps[i].b)
		}
	})
	if ctx.Err() != nil {
		return 0
	}
	if len(steps) == 0 {
		return 0
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	defer v.l.changes()
	for i, st := range steps {
		// Meanwhile the block may have gone.
		if st.k.epoch == st.s.epoch && st.k.oldest(st.s) == st.b {
			st.k.prepend(found[i])
		}
	}
	return len(steps)
}

// steps are the next blocks to look at backwards.
func (v *View) steps(most int) []step {
	v.mu.Lock()
	defer v.mu.Unlock()
	states := v.states()
	next := make([]int, len(states)) // of each log the block to look at next
	for i := range states {
		s := &states[i]
		next[i] = -1
		if k := v.held(s); k.anchored && s.len() > 0 {
			next[i] = s.ending(k.start()) - 1
		}
	}
	var steps []step
	for len(steps) < most {
		best := -1
		for i := range states {
			if at := next[i]; at >= 0 && (best < 0 || states[i].at(at).last >= states[best].at(next[best]).last) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		s := &states[best]
		steps = append(steps, step{v.shown[s.lg], s, s.at(next[best])})
		next[best]--
	}
	return steps
}

// spread does n things on as many processors as may be used.
func (v *View) spread(n int, do func(int)) {
	w := min(workers(), n)
	if w <= 1 || !v.match.reads() {
		for i := range n {
			do(i)
		}
		return
	}
	var wg sync.WaitGroup
	for k := range w {
		wg.Go(func() {
			for i := k; i < n; i += w {
				do(i)
			}
		})
	}
	wg.Wait()
}

package merged

import (
	"context"
	"errors"
	"math"
	"slices"

	"patchtrace/logparse"
)

// Update takes the logs as they are listed now: those that grew, were rotated,
// appeared or vanished. What has come is indexed when it returns. Rows that are
// still there keep their numbers: records that come stand behind all rows that
// were there, however old they say they are. Only where a log was cut whose older
// generation is still there the rows behind those that are gone move up. It returns the
// first error that kept a log from being looked at; the others are up to date all the same.
func (l *Logs) Update(ctx context.Context, logs []logparse.Log) error {
	l.updating.Lock()
	defer l.updating.Unlock()
	var failed error
	listed := map[string]bool{}
	floor := l.newest()
	for _, in := range logs {
		listed[in.Name] = true
		if err := l.updateLog(ctx, in, floor); err != nil && failed == nil {
			failed = err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lg := range l.logs {
		if !listed[lg.name] {
			lg.empty()
		}
	}
	l.wake()
	return failed
}

// newest is the latest effective time of all records, and one more: what comes
// stands behind it.
func (l *Logs) newest() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := int64(math.MinInt64)
	for _, lg := range l.logs {
		if b := lg.last(); b != nil {
			t = max(t, b.last)
		}
	}
	if t == math.MinInt64 {
		return undated
	}
	return t + 1
}

// empty drops all records and parts; the ordinals of what comes go on.
func (lg *log) empty() {
	if lg.len() == 0 && len(lg.parts) == 0 {
		return
	}
	lg.epoch++
	lg.old, lg.live, lg.pending, lg.parts = nil, nil, nil, nil
	lg.first = lg.end
	lg.begun, lg.dated, lg.whole = false, false, 0
	lg.opened, lg.done = true, true
}

func (l *Logs) updateLog(ctx context.Context, in logparse.Log, floor int64) error {
	lg := l.called(in.Name)
	if lg == nil {
		return l.come(ctx, l.add(in), floor)
	}
	if !l.settle(ctx, lg, in) {
		return ctx.Err()
	}
	now, failed := openAll(in.Parts)
	defer closeAll(now)
	grown, lost, err := l.adopt(lg, now, failed)
	switch {
	case err == nil && lost:
		l.anew(lg, in)
	case err == nil && grown:
		err = l.come(ctx, lg, floor)
	}
	if err == nil {
		err = failed
	}
	return err
}

// anew has a log indexed from the beginning, as it is listed.
func (l *Logs) anew(lg *log, in logparse.Log) {
	l.mu.Lock()
	lg.relist(in.Parts)
	again := l.again
	l.wake()
	l.mu.Unlock()
	if again != nil {
		go again()
	}
}

func (l *Logs) called(name string) *log {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.logs, func(lg *log) bool { return lg.name == name })
	if i < 0 {
		return nil
	}
	return l.logs[i]
}

// add adds a log that has appeared. All of its records have come since.
func (l *Logs) add(in logparse.Log) *log {
	lg := newLog(in)
	lg.opened, lg.done = true, true
	l.mu.Lock()
	l.logs = append(l.logs, lg)
	l.mu.Unlock()
	return lg
}

// settle waits until what comes can be added to what is there. It returns false
// when nothing is there yet, so that the log is indexed as it is now, and when
// ctx is done.
func (l *Logs) settle(ctx context.Context, lg *log, in logparse.Log) bool {
	for {
		l.mu.Lock()
		settled, change, again := lg.settled(), l.changed(), l.again
		stale := lg.stale
		if stale || !settled && l.running == 0 {
			lg.relist(in.Parts)
			l.wake()
		}
		waits := l.running > 0
		l.mu.Unlock()
		switch {
		case stale && again != nil:
			go again() // unless it runs
			return false
		case settled || !waits:
			return settled && !stale
		}
		select {
		case <-change:
		case <-ctx.Done():
			return false
		}
	}
}

// relist makes the log anew of the parts that are listed.
func (lg *log) relist(parts []logparse.Part) {
	lg.forget()
	lg.parts = nil
	for _, p := range parts {
		lg.parts = append(lg.parts, lg.part(p))
	}
}

// coming is what a log gets: blocks that take the place of its last.
type coming struct {
	replaced *block
	times    []int64 // of the replaced one's records
	whole    int     // as the log's
	floor    int64   // effective time that what is new does not fall below
	ord      int64
	blocks   []*block
	resume   place
	any      bool
	zoneless bool
}

// take takes the next digest.
func (c *coming) take(d *digest) {
	if len(d.pieces) == 0 {
		return
	}
	c.any, c.resume = true, d.start()
	n := len(d.times)
	if n == 0 {
		return
	}
	c.zoneless = c.zoneless || d.zoneless
	// A record keeps its place even if it has only now been completed.
	same := copy(d.times[:d.kept], c.times)
	c.times = c.times[same:]
	if same > 0 && same == n {
		c.blocks = append(c.blocks, d.block(c.ord))
		c.ord += int64(n)
		return
	}
	if same > 0 {
		c.floor = max(c.floor, d.times[same-1])
	}
	c.floor = d.rise(same, c.floor)
	c.blocks = append(c.blocks, d.block(c.ord))
	c.ord += int64(n)
}

// come indexes what has come to a log, from its last block on.
func (l *Logs) come(ctx context.Context, lg *log, floor int64) error {
	in, from, manner, c := l.beginComing(lg)
	c.floor = floor
	digests := digester(l.clock())
	if c.replaced != nil {
		c.times = c.replaced.times(nil)
		if c.whole > 0 {
			digests = digesterOf(l.clock(), c.whole)
		}
	}
	err := logparse.ForwardFrom(ctx, in, manner, from, l.options(workers()), digests, func(d *digest) bool {
		c.take(d)
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.wake()
	lg.short = err != nil
	if err != nil && !c.any {
		return l.renamed(lg, err)
	}
	lg.arrive(c)
	return l.renamed(lg, err)
}

// beginComing is what come starts from.
func (l *Logs) beginComing(lg *log) (in logparse.Log, from logparse.Pos, m logparse.Manner, c *coming) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c = &coming{ord: lg.end, whole: lg.whole}
	in.Name = lg.name
	for _, p := range lg.parts {
		in.Parts = append(in.Parts, l.reading(p, p.size))
	}
	if !lg.begun {
		return in, from, m, c
	}
	from = logparse.Pos{Part: partName(lg.resume.part), Offset: lg.resume.offset}
	if b := lg.last(); b != nil {
		m = b.manner
		if b.start() == lg.resume {
			c.replaced, c.ord = b, b.ord
		}
	}
	return in, from, m, c
}

// arrive puts the blocks that have come in the place of the last.
func (lg *log) arrive(c *coming) {
	if !c.any {
		return
	}
	switch {
	case c.replaced == nil:
	case len(lg.live) > 0:
		lg.live = lg.live[:len(lg.live)-1]
	default:
		lg.old = lg.old[1:]
	}
	lg.live = append(slices.Clip(lg.live), c.blocks...)
	lg.end, lg.resume, lg.whole = c.ord, c.resume, 0
	lg.zoneless = lg.zoneless || c.zoneless
	if !lg.begun {
		lg.begun, lg.reach = true, c.resume
	}
	if !lg.dated && lg.len() > 0 {
		lg.dated, lg.floor = true, lg.at(0).first
	}
}

// renamed is a read error with the part's name. l.mu is held.
func (l *Logs) renamed(lg *log, err error) error {
	var read *logparse.ReadError
	if !errors.As(err, &read) {
		return err
	}
	named := *read
	if p := lg.byNumber(partNumber(read.Part)); p != nil {
		named.Part = p.name
	}
	return &named
}

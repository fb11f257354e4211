package merged

import "slices"

// packed is a block that is ready to be put before all others.
type packed struct {
	block    *block // without its ordinal; nil when there are no records
	start    place
	empty    bool // not even bytes
	date     int64
	dated    bool // date is the time of the newest record that has one
	zoneless bool
}

// before packs the digest of the block before all others, puts it there, and
// hands on, under the lock, whether the log goes on.
//
// Packing takes by far the most of it, so it is done while nobody waits: under
// the lock only pointers are set. BenchmarkLock measures both.
func (l *Logs) before(lg *log, epoch int, d *digest, then func(more bool)) {
	l.mu.Lock()
	dated, floor := lg.dated, lg.floor
	l.mu.Unlock()
	// Nobody but who indexes changes these two, unless the epoch changes too.
	p := d.pack(dated, floor)
	l.publish(lg, epoch, func() { then(lg.older(p)) })
}

// pack packs a digest that stands before what has that floor, or before nothing
// that is dated.
func (d *digest) pack(dated bool, floor int64) *packed {
	p := &packed{empty: len(d.pieces) == 0, zoneless: d.zoneless}
	if p.empty {
		return p
	}
	p.start = d.start()
	if len(d.times) == 0 {
		return p
	}
	if !dated {
		// Without any date all times are the one that date gives them later.
		floor, p.dated = d.newest()
		p.date = floor
	}
	d.fall(floor)
	p.block = d.block(0)
	return p
}

// older takes the block before all others. It returns false when the log's part
// is gone.
func (lg *log) older(p *packed) bool {
	if p.empty {
		return true
	}
	if lg.byNumber(p.start.part) == nil {
		lg.finish()
		return false
	}
	if !lg.begun {
		lg.begun, lg.resume = true, p.start
	}
	lg.reach = p.start
	if p.block == nil {
		return true
	}
	lg.zoneless = lg.zoneless || p.zoneless
	if !lg.dated && !p.dated {
		lg.pending = append(lg.pending, p.block)
		return true
	}
	if !lg.dated {
		lg.date(p.date)
	}
	lg.prepend(p.block)
	return true
}

// date gives the log its first effective time, and with it the blocks that had
// none.
func (lg *log) date(t int64) {
	lg.dated = true
	lg.old = slices.Grow(lg.old, len(lg.pending)+1)
	for _, b := range lg.pending {
		b.first, b.last = t, t
		lg.prepend(b)
	}
	lg.pending, lg.floor = nil, t
}

func (lg *log) prepend(b *block) {
	lg.floor = b.first
	lg.first -= int64(b.n)
	b.ord = lg.first
	lg.old = append(lg.old, b)
}

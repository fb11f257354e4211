package merged

import (
	"slices"

	"patchtrace/logparse"
)

// log is the index of one log. Its fields are guarded by Logs.mu; blocks and what
// slices of them hold do not change, so that readers take copies of the headers.
type log struct {
	name    string
	parts   []*part // oldest first
	numbers int     // parts so far

	// Ordinals count the records from the end of the log as it was opened.
	old   []*block // indexed from the end backwards, newest first
	live  []*block // what came since, oldest first
	first int64    // ordinal of the oldest record
	end   int64    // ordinal behind the newest

	// pending are the newest blocks while none of their records has a date. They
	// are not published yet.
	pending []*block
	dated   bool
	floor   int64 // effective time of the oldest record, once dated

	begun  bool  // a block was read
	reach  place // what stands before it is not indexed yet
	resume place // what comes is read from there, with what it may complete
	whole  int   // the part behind which nothing is left of that, 0 for none

	opened bool // the newest block was looked for
	done   bool // nothing older is to be indexed
	stale  bool // a file was not the one that was listed
	short  bool // what has come could not be read to its end
	epoch  int  // counts how often the index was thrown away
	births int  // counts how often the records were counted anew
	err    error

	zoneless bool
}

func newLog(in logparse.Log) *log {
	lg := &log{name: in.Name}
	for _, p := range in.Parts {
		lg.parts = append(lg.parts, lg.part(p))
	}
	return lg
}

// part gives a part its number.
func (lg *log) part(p logparse.Part) *part {
	lg.numbers++
	return &part{number: lg.numbers, name: p.Name, open: p.Open, size: p.Size}
}

// byNumber returns the part of that number, nil when it is gone.
func (lg *log) byNumber(n int) *part {
	i := slices.IndexFunc(lg.parts, func(p *part) bool { return p.number == n })
	if i < 0 {
		return nil
	}
	return lg.parts[i]
}

// forget throws the index away, to be built anew.
func (lg *log) forget() {
	lg.epoch++
	lg.births++
	lg.old, lg.live, lg.pending = nil, nil, nil
	lg.first, lg.end = 0, 0
	lg.dated, lg.begun, lg.opened, lg.done = false, false, false, false
	lg.zoneless, lg.stale, lg.short = false, false, false
	lg.whole = 0
	lg.err = nil
	for _, p := range lg.parts {
		p.bad = false
	}
}

// len is how many blocks there are.
func (lg *log) len() int { return len(lg.old) + len(lg.live) }

// at is block i from the oldest on.
func (lg *log) at(i int) *block {
	if i < len(lg.old) {
		return lg.old[len(lg.old)-1-i]
	}
	return lg.live[i-len(lg.old)]
}

// last is the newest block, nil when there is none.
func (lg *log) last() *block {
	if lg.len() == 0 {
		return nil
	}
	return lg.at(lg.len() - 1)
}

// settled tells whether what comes can be added to what is there.
func (lg *log) settled() bool { return lg.done || lg.dated }

// rest is what is still to be indexed, as a log of its own.
func (l *Logs) rest(lg *log) logparse.Log {
	in := logparse.Log{Name: lg.name}
	for _, p := range lg.parts {
		size := p.size
		if lg.begun && p.number == lg.reach.part {
			size = min(size, lg.reach.offset)
		}
		if p.bad || lg.begun && p.number > lg.reach.part {
			continue
		}
		in.Parts = append(in.Parts, l.reading(p, size))
	}
	return in
}

// finish says that there is nothing older.
func (lg *log) finish() {
	if !lg.dated && len(lg.pending) > 0 {
		lg.date(undated)
	}
	lg.opened, lg.done = true, true
}

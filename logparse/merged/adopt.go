package merged

import (
	"math"
	"slices"

	"patchtrace/logparse"
)

// listing is a part as it is listed now.
type listing struct {
	part logparse.Part
	file logparse.File
}

// openAll opens the parts that can be, and returns the first error.
func openAll(parts []logparse.Part) ([]listing, error) {
	var now []listing
	var failed error
	for _, p := range parts {
		f, err := p.Open()
		if err != nil {
			if failed == nil {
				failed = &logparse.ReadError{Part: p.Name, Err: err}
			}
			continue
		}
		now = append(now, listing{p, f})
	}
	return now, failed
}

func closeAll(now []listing) {
	for _, n := range now {
		n.file.Close()
	}
}

// adopt makes the log's parts those that are listed. It drops the records of
// parts that are gone, all when none of the parts is left, and tells whether
// there is something to read. missing is why a part could not be opened, nil when
// all could: then nothing is dropped that was read once. lost is true when nothing is
// left of what was indexed, and what is left was not: then it is to be indexed anew.
func (l *Logs) adopt(lg *log, now []listing, missing error) (grown, lost bool, err error) {
	l.mu.Lock()
	was := make([]part, len(lg.parts))
	for i, p := range lg.parts {
		was[i] = *p
	}
	l.mu.Unlock()
	kept, end, from := recognise(was, now)
	read := func(p part) bool { return !p.bad }
	if missing != nil && (slices.ContainsFunc(was[:kept], read) || slices.ContainsFunc(was[end:], read)) {
		return false, false, missing // what seems to be gone may be what cannot be opened
	}
	ids := make([]identity, len(now))
	for i, n := range now {
		if ids[i], err = identify(n.file, n.part.Size); err != nil {
			return false, false, &logparse.ReadError{Part: n.part.Name, Err: err}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.wake()
	old := lg.parts[kept:end]
	if len(old) > 0 && end < len(lg.parts) {
		if !lg.cut(old[len(old)-1].number) {
			return false, true, nil
		}
		grown = true
	}
	if len(old) == 0 {
		lg.empty()
		from = 0
	}
	lg.parts = nil
	for i, n := range now[from:] {
		var p *part
		if i < len(old) {
			p = old[i]
			grown = grown || n.part.Size > p.size
			p.name, p.open, p.size = n.part.Name, n.part.Open, n.part.Size
		} else {
			p = lg.part(n.part)
			grown = true
		}
		p.id, p.known = ids[from+i], true
		lg.parts = append(lg.parts, p)
	}
	lg.drop()
	return grown || lg.short, false, nil
}

// recognise finds the parts that are still there: was[kept:end] are now[from:] and the
// ones behind it. Mostly that is all from the first that is left on, and the last may
// have grown. Where the last was cut, written over or removed it is those before it.
// kept is len(was) when none is there.
func recognise(was []part, now []listing) (kept, end, from int) {
	for end := len(was); end > 0; end-- {
		for kept := range end {
			rest := was[kept:end]
			// A log that was copied and is not cut yet is still where it was.
			for from := len(now) - len(rest); from >= 0; from-- {
				if match(rest, now[from:], end == len(was)) {
					return kept, end, from
				}
			}
		}
	}
	return len(was), len(was), 0
}

// match tells whether the parts are those that are listed; the last may have grown if
// grows is true.
func match(was []part, now []listing, grows bool) bool {
	for i, p := range was {
		n := now[i]
		if p.other || n.part.Size < p.size || n.part.Size > p.size && (i < len(was)-1 || !grows) {
			return false
		}
		if p.known && (!p.id.same(n.file) || !p.id.reads(n.file, n.part.Size)) || !p.known && p.name != n.part.Name {
			return false
		}
	}
	return true
}

// cut drops what stood in parts behind the one of that number. What comes is read from
// the last record that is left on, which may have gone on in them. It returns false when
// none of what is left was indexed.
func (lg *log) cut(last int) bool {
	behind := func(b *block) bool { return b.start().part > last }
	for n := len(lg.live); n > 0 && behind(lg.live[n-1]); n-- {
		lg.live = slices.Clip(lg.live[:n-1])
	}
	for len(lg.live) == 0 && len(lg.old) > 0 && behind(lg.old[0]) {
		lg.old = lg.old[1:]
	}
	b := lg.last()
	switch {
	case b != nil:
		lg.end, lg.resume, lg.whole = b.ord+int64(b.n), b.start(), last
		return true
	case lg.done:
		lg.empty()
		return true
	}
	return false
}

// drop drops what the log's parts do not hold any more.
func (lg *log) drop() {
	oldest := math.MaxInt
	if len(lg.parts) > 0 {
		oldest = lg.parts[0].number
	}
	gone := func(b *block) bool { return b.start().part < oldest }
	for n := len(lg.old); n > 0 && gone(lg.old[n-1]); n-- {
		lg.old = slices.Clip(lg.old[:n-1])
	}
	for len(lg.old) == 0 && len(lg.live) > 0 && gone(lg.live[0]) {
		lg.live = lg.live[1:]
	}
	if lg.begun && lg.reach.part < oldest {
		lg.finish()
	}
	if lg.begun && lg.resume.part < oldest {
		lg.begun = false
	}
	if lg.len() > 0 {
		lg.first = lg.at(0).ord
	} else if lg.done {
		lg.first = lg.end
	}
}

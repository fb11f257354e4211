package diagnose

import "patchtrace/logparse"

// Most lines of a busy log are progress or noise, of which only the newest is
// of any use. They are put aside untried, and when the run of records ends they
// are tried from the newest on, until every signature has its newest line.

// idleRecord is a record that only idle signatures may match.
type idleRecord struct {
	seq   int64
	stamp logparse.Stamp
	pos   logparse.Pos
	msg   string
	text  string
	may   [maxIdle]uint16 // the signatures, in order
	n     int
	set   *sigSet
}

const (
	// maxIdle is how many candidates a postponed record may have.
	maxIdle = 3
	// maxPostponed is how many records are put aside at a time.
	maxPostponed = 256
)

// postpone puts the record aside if only idle signatures may match it.
func (t *Tally) postpone(rec *logparse.Record, seq int64, text string) bool {
	r := idleRecord{seq: seq, stamp: rec.Stamp, pos: rec.Pos, msg: rec.Message, text: text, set: t.set}
	for i := range t.set.each(t.seen) {
		if !t.set.ways[i].idle || r.n == maxIdle {
			return false
		}
		r.may[r.n] = uint16(i)
		r.n++
	}
	if t.idle == nil {
		t.idle = t.matcher.idleRecords()
	}
	if len(t.idle) == maxPostponed {
		t.settleIdle()
	}
	t.idle = append(t.idle, r)
	return true
}

// idleRecords returns an empty list from the pool of lists.
func (m *Matcher) idleRecords() []idleRecord {
	if list, ok := m.idle.Get().(*[]idleRecord); ok {
		return (*list)[:0]
	}
	return make([]idleRecord, 0, maxPostponed)
}

// dropIdle gives the list back once it is settled: a tally may be kept for long.
func (t *Tally) dropIdle() {
	if list := t.idle; list != nil {
		clear(list[:cap(list)]) // so that it holds no block's memory
		t.matcher.idle.Put(&list)
		t.idle = nil
	}
}

// try returns the first signature that the record matches.
func (r *idleRecord) try() hit {
	for _, id := range r.may[:r.n] {
		if h, ok := r.set.try(int(id), r.text); ok {
			return h
		}
	}
	return hit{}
}

// settleIdle keeps the newest line of every idle signature.
func (t *Tally) settleIdle() {
	if len(t.idle) == 0 {
		return
	}
	t.findLast()
	type found struct {
		set *sigSet
		id  uint16
	}
	done := map[found]bool{}
	for i := len(t.idle) - 1; i >= 0; i-- {
		r := &t.idle[i]
		open := false
		for _, id := range r.may[:r.n] {
			open = open || !done[found{r.set, id}]
		}
		if !open {
			continue
		}
		h := r.try()
		if h.sig == nil {
			continue
		}
		for _, id := range r.may[:r.n] {
			if r.set.sigs[id] != h.sig || done[found{r.set, id}] {
				continue
			}
			done[found{r.set, id}] = true
			t.keepOlder(t.idleMark(r, h))
		}
	}
	t.idle = t.idle[:0]
}

func (t *Tally) idleMark(r *idleRecord, h hit) mark {
	m := mark{seq: r.seq, stamp: r.stamp, pos: r.pos, text: r.msg, severity: logparse.Info, main: h}
	m.old = t.from != nil && !t.from(r.pos)
	return m
}

// keepOlder keeps a mark unless a newer one of its signature is kept already,
// from a record that was tried at once.
func (t *Tally) keepOlder(m mark) {
	if r := t.rings[ringKey{m.main.sig, m.main.track}]; r != nil && len(r.marks) > 0 && r.marks[len(r.marks)-1].seq > m.seq {
		return
	}
	t.keep(m)
}

// findLast looks among the postponed records for the newest mark that is not
// noise.
func (t *Tally) findLast() {
	for i := len(t.idle) - 1; i >= 0; i-- {
		r := &t.idle[i]
		if t.last != nil && r.seq < t.lastSeq {
			return
		}
		if h := r.try(); h.sig != nil {
			t.follow(h.sig, r.seq)
			if t.last == h.sig {
				return
			}
		}
	}
}

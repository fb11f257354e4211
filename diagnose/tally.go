package diagnose

import (
	"path"
	"slices"
	"strings"

	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// Tally is the evidence of a run of records of one log. Tallies of neighbouring
// runs are joined with Append; how the log was cut into runs does not matter.
type Tally struct {
	log     string
	matcher *Matcher
	seen    bitset
	hits    []hit
	set     *sigSet
	setKey  logKey

	records int64
	// plain counts the records that are neither warning nor error.
	plain int64
	// rings hold the newest marks of every signature and track.
	rings map[ringKey]*ring
	// last is the newest mark's signature that is not noise, nil while the run
	// has none: signatures with After depend on it.
	last    *pipeline.Signature
	lastSeq int64
	// early are marks whose After depends on the run before this one.
	early []mark
	// doubts are the newest lines that no signature knows and that look bad.
	doubts ring
	times  timeSpan
	torn   tornEnds
	names  map[string]bool // playbook logs that records were taken for
	// from tells where in the log the verdict begins to look; nil is its start.
	from func(logparse.Pos) bool
	// owning makes marks independent of their records at once.
	owning bool
	// idle are records that only signatures with nothing to say may match.
	idle []idleRecord
}

type ringKey struct {
	sig   *pipeline.Signature
	track string
}

// ring keeps the newest marks in order, at most limit of them.
type ring struct {
	marks []mark
	limit int
}

func (r *ring) push(m mark) {
	if len(r.marks) >= 2*r.limit {
		copy(r.marks, r.marks[len(r.marks)-r.limit:])
		r.marks = r.marks[:r.limit]
	}
	r.marks = append(r.marks, m)
}

// own makes the marks that count independent of their records, and lets go of the
// others: one that is left in the slack would hold its whole block.
func (r *ring) own() {
	counting := r.newest()
	clear(r.marks[:len(r.marks)-len(counting)])
	clear(r.marks[len(r.marks):cap(r.marks)])
	r.marks = counting
	for i := range r.marks {
		r.marks[i].own()
	}
}

// newest returns the marks that count; what more there is only spares copying.
func (r *ring) newest() []mark { return r.marks[max(0, len(r.marks)-r.limit):] }

// maxRings bounds how many tracks are kept apart: a client has some hundred
// updates, a hostile log any number.
const (
	maxRings  = 8192
	maxDoubts = 64
)

// tornEnds says whether a log begins or ends within a record.
type tornEnds struct {
	head, tail bool
	any        int64
}

// NewTally starts a tally of the log, named by its path below the target. from,
// if not nil, tells whether a place lies in the part that the verdict looks at.
func (m *Matcher) NewTally(log string, from func(logparse.Pos) bool) *Tally {
	return &Tally{log: log, matcher: m, rings: map[ringKey]*ring{}, doubts: ring{limit: maxDoubts}, names: map[string]bool{}, from: from}
}

// Own makes the tally independent of the memory that the observed records lie
// in. It must be called before that memory is used again.
func (t *Tally) Own() {
	t.settleIdle()
	t.dropIdle()
	t.hits = nil
	for _, r := range t.rings {
		r.own()
	}
	for i := range t.early {
		t.early[i].own()
	}
	t.doubts.own()
}

// Observe takes the next record of the run.
func (t *Tally) Observe(rec *logparse.Record) {
	t.chooseSet(rec)
	seq := t.records
	t.records++
	if rec.Severity < logparse.Warning {
		t.plain++
	}
	t.torn.see(rec, seq)
	t.times.see(rec)
	msg := text(rec)
	any, code := t.set.candidates(msg, t.seen)
	suspect := code || rec.Severity == logparse.Error
	if !any && !suspect {
		return
	}
	if !suspect && !t.owning && t.postpone(rec, seq, msg) {
		return
	}
	main, alts := t.set.match(msg, t.seen, t.hits)
	t.hits = alts[:0]
	unknown := main.sig == nil && len(alts) == 0
	if unknown && !suspect {
		return
	}
	m := newMark(rec, seq, main, alts)
	m.old = t.from != nil && !t.from(rec.Pos)
	if t.owning {
		m.own()
	}
	if unknown {
		t.doubts.push(m)
		return
	}
	t.place(m)
}

// chooseSet finds the signatures for the record, from the file's name first.
func (t *Tally) chooseSet(rec *logparse.Record) {
	if t.set != nil && (t.set.ref != nil && t.setKey.component == "" || t.setKey.component == rec.Component) {
		return
	}
	base := path.Base(t.log)
	if t.set == nil {
		if set := t.matcher.set(base, ""); set.ref != nil {
			t.use(set, "")
			return
		}
	}
	t.use(t.matcher.set(base, rec.Component), rec.Component)
}

func (t *Tally) use(set *sigSet, component string) {
	t.set, t.setKey = set, logKey{path.Base(t.log), strings.Clone(component)}
	if need := newBitset(len(set.sigs) + 1); len(t.seen) < len(need) {
		t.seen = need
	}
	if set.ref != nil {
		t.names[set.name] = true
	}
}

// place settles which of the mark's signatures may hold as far as the order of
// lines tells, and keeps it.
func (t *Tally) place(m mark) {
	if len(m.alts) > 0 {
		t.findLast()
	}
	if t.last == nil && slices.ContainsFunc(m.alts, func(h hit) bool { return h.sig.After != "" }) {
		t.early = append(t.early, m)
		if len(t.early) > maxDoubts {
			t.early = slices.Delete(t.early, 0, 1)
		}
		return
	}
	if len(m.alts) > 0 {
		m.alts = slices.DeleteFunc(m.alts, func(h hit) bool {
			return h.sig.After != "" && (t.last == nil || h.sig.After != t.last.ID)
		})
	}
	first := m.leading().sig
	if first == nil {
		return
	}
	t.follow(first, m.seq)
	t.keep(m)
}

func (t *Tally) keep(m mark) {
	h := m.leading()
	key := ringKey{h.sig, h.track}
	r := t.rings[key]
	if r == nil {
		if len(t.rings) >= maxRings {
			t.dropOldest()
		}
		r = &ring{limit: h.keep}
		t.rings[key] = r
	}
	r.push(m)
}

// follow notes the newest mark that is not noise.
func (t *Tally) follow(sig *pipeline.Signature, seq int64) {
	if sig.Kind != pipeline.Noise && (t.last == nil || seq >= t.lastSeq) {
		t.last, t.lastSeq = sig, seq
	}
}

// dropOldest forgets the half of the tracks that have been silent longest.
func (t *Tally) dropOldest() {
	type age struct {
		key ringKey
		seq int64
	}
	ages := make([]age, 0, len(t.rings))
	for k, r := range t.rings {
		ages = append(ages, age{k, r.marks[len(r.marks)-1].seq})
	}
	slices.SortFunc(ages, func(a, b age) int { return int(a.seq - b.seq) })
	for _, a := range ages[:len(ages)/2] {
		delete(t.rings, a.key)
	}
}

// Append joins the tally of the records that follow this one's in the log. next
// must not be used afterwards.
func (t *Tally) Append(next *Tally) {
	t.settleIdle()
	next.settleIdle()
	shift := t.records
	t.records += next.records
	t.plain += next.plain
	t.torn.join(next.torn, shift, next.records)
	t.times.join(&next.times)
	for _, m := range next.early {
		m.seq += shift
		t.place(m)
	}
	for key, r := range next.rings {
		mine := t.rings[key]
		if mine == nil {
			if len(t.rings) >= maxRings {
				t.dropOldest()
			}
			mine = &ring{limit: r.limit}
			t.rings[key] = mine
		}
		for _, m := range r.marks {
			m.seq += shift
			mine.push(m)
		}
	}
	if next.last != nil {
		t.follow(next.last, next.lastSeq+shift)
	}
	for _, m := range next.doubts.marks {
		m.seq += shift
		t.doubts.push(m)
	}
	for name := range next.names {
		t.names[name] = true
	}
	if t.set == nil {
		t.set, t.setKey, t.seen = next.set, next.setKey, next.seen
	}
}

// marks returns all kept marks in file order.
func (t *Tally) marks() []mark {
	t.settleIdle()
	var all []mark
	for _, r := range t.rings {
		all = append(all, r.newest()...)
	}
	// The first has nothing before it, or what was never read; the others have those
	// before them.
	var last *pipeline.Signature
	for _, m := range t.early {
		m.alts = slices.DeleteFunc(slices.Clone(m.alts), func(h hit) bool {
			return h.sig.After != "" && (last == nil || h.sig.After != last.ID)
		})
		sig := m.leading().sig
		if sig == nil {
			continue
		}
		all = append(all, m)
		if sig.Kind != pipeline.Noise {
			last = sig
		}
	}
	slices.SortFunc(all, func(a, b mark) int { return int(a.seq - b.seq) })
	return all
}

func (e *tornEnds) see(rec *logparse.Record, seq int64) {
	e.tail = rec.Torn
	if rec.Torn {
		e.any++
		e.head = e.head || seq == 0
	}
}

func (e *tornEnds) join(next tornEnds, before, after int64) {
	e.any += next.any
	if before == 0 {
		e.head = next.head
	}
	if after > 0 {
		e.tail = next.tail
	}
}

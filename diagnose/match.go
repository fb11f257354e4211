package diagnose

import (
	"iter"
	mathbits "math/bits"
	"slices"
	"strings"
	"sync"

	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// Matcher finds the signatures that a record matches. It is safe for use by
// several goroutines; each Tally has its own scratch memory.
type Matcher struct {
	book *pipeline.Playbook
	mu   sync.Mutex
	sets map[string]*sigSet // by playbook log name, "" for logs it does not know
	refs map[logKey]*sigSet
	idle sync.Pool // of *[]idleRecord
}

type logKey struct{ file, component string }

// NewMatcher prepares the playbook's signatures. Those of a log are compiled
// when the first record of that log comes.
func NewMatcher(book *pipeline.Playbook) *Matcher {
	return &Matcher{book: book, sets: map[string]*sigSet{}, refs: map[logKey]*sigSet{}}
}

// maxRefs bounds the memory for names: hostile logs may hold a new component in
// every record.
const maxRefs = 4096

// set returns the signatures for a record of the file, by component when the
// file's name says nothing.
func (m *Matcher) set(file, component string) *sigSet {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := logKey{file, component}
	if s, ok := m.refs[key]; ok {
		return s
	}
	ref := m.book.LogFor(file, component)
	name := ""
	if ref != nil {
		name = ref.Name
	}
	s, ok := m.sets[name]
	if !ok {
		s = newSigSet(m.book, ref, name)
		m.sets[name] = s
	}
	if len(m.refs) < maxRefs {
		m.refs[logKey{strings.Clone(file), strings.Clone(component)}] = s
	}
	return s
}

// sigSet is the signatures that count in one log, in playbook order.
type sigSet struct {
	name   string
	ref    *pipeline.LogRef
	sigs   []*pipeline.Signature
	ways   []way // of sigs, how to try them
	always []uint16
	words  *automaton
}

// codeWords betray an error code in a line that no signature knows.
var codeWords = []string{"0x8", "0xc0", "= -2", "(-2", "hr=8"}

func newSigSet(book *pipeline.Playbook, ref *pipeline.LogRef, name string) *sigSet {
	s := &sigSet{name: name, ref: ref}
	referred := references(book)
	var literals []string
	var ids []uint16
	for _, stage := range book.Stages {
		for _, sig := range stage.Signatures {
			if !sigInLog(sig, name) {
				continue
			}
			id := uint16(len(s.sigs))
			s.sigs = append(s.sigs, sig)
			s.ways = append(s.ways, wayOf(sig, referred))
			lits, _, ok := pipeline.Literals(sig.Pattern.String())
			if !ok {
				s.always = append(s.always, id)
				continue
			}
			for _, lit := range lits {
				literals = append(literals, strings.ToLower(lit))
				ids = append(ids, id)
			}
		}
	}
	for _, w := range codeWords {
		literals = append(literals, w)
		ids = append(ids, uint16(len(s.sigs)))
	}
	s.words = newAutomaton(literals, ids)
	return s
}

// references are the signatures that others depend on.
func references(book *pipeline.Playbook) map[string]bool {
	ids := map[string]bool{}
	for _, stage := range book.Stages {
		for _, sig := range stage.Signatures {
			ids[sig.With], ids[sig.After] = true, true
		}
	}
	return ids
}

func sigInLog(sig *pipeline.Signature, name string) bool {
	for _, log := range sig.Logs {
		if log == "*" || name != "" && strings.EqualFold(log, name) {
			return true
		}
	}
	return false
}

// way is how a signature is tried at the least cost.
type way struct {
	// literal is the whole pattern when it has no operator.
	literal string
	// captures is true when what the groups caught will be wanted, laneOnly when it is
	// for no more than the lane.
	captures, laneOnly bool
	// spans are the alternatives of the pattern, nil if they are none.
	spans func() []*span
	// track is the lane, unless it is built from captures.
	track string
	// idle is true when only the newest match matters and nothing depends on it:
	// it need not be tried before it is known that no newer one comes.
	idle bool
	// keep is how many marks are kept of each track.
	keep int
}

// keepOutcomes is how many starts, outcomes and waits are kept of a signature
// and track; of progress and noise the newest says all.
const keepOutcomes = 48

func wayOf(sig *pipeline.Signature, referred map[string]bool) way {
	perLane, spoken := strings.Contains(sig.Track, "{"), speaksOfCaptures(sig)
	w := way{captures: len(sig.Pattern.SubexpNames()) > 1 && (perLane || spoken), laneOnly: !spoken, keep: keepOutcomes}
	if sig.Forgives {
		w.keep = 1 // its newest ends all that it can end
	}
	quiet := (sig.Kind == pipeline.Progress || sig.Kind == pipeline.Noise) && sig.Severity == ""
	if quiet && !referred[sig.ID] {
		w.keep = 1
		w.idle = sig.With == "" && sig.After == "" && !perLane
	}
	if !perLane {
		w.track = lane(sig.Track)
		w.captures = w.captures && !quiet // nothing is ever said of ordinary progress
	}
	w.spans = sync.OnceValue(func() []*span { return spansOf(sig.Pattern.String()) })
	if prefix, whole := sig.Pattern.LiteralPrefix(); whole && !w.captures { // groups do not show in it
		w.literal = prefix
	}
	return w
}

// hit is a signature that a message matches.
type hit struct {
	sig      *pipeline.Signature
	keep     int
	track    string
	captures map[string]string
}

// conditional tells whether the hit counts only beside another mark.
func (h hit) conditional() bool { return h.sig.With != "" || h.sig.After != "" }

// own makes the captures independent of the message.
func (h *hit) own() {
	for k, v := range h.captures {
		h.captures[k] = strings.Clone(v)
	}
}

// candidates sets the signatures that the message may match. code is true when
// the message seems to hold an error code.
func (s *sigSet) candidates(msg string, seen bitset) (any, code bool) {
	seen.clear()
	any = s.words.find(msg, &seen)
	for _, id := range s.always {
		seen.set(id)
		any = true
	}
	return any, any && seen.has(uint16(len(s.sigs)))
}

// text is the message as patterns are matched against it.
func text(rec *logparse.Record) string {
	if rec.Format == logparse.Pasted || rec.Format == logparse.Plain {
		return logparse.NormalizeText(rec.Message)
	}
	return rec.Message
}

// match tries the candidates: alts are those that depend on another mark, in
// playbook order, main the first that does not.
func (s *sigSet) match(msg string, seen bitset, buf []hit) (main hit, alts []hit) {
	alts = buf[:0]
	for i := range s.each(seen) {
		h, ok := s.try(i, msg)
		switch {
		case !ok:
		case h.conditional():
			alts = append(alts, h)
		default:
			return h, alts
		}
	}
	return hit{}, alts
}

// each iterates over the signatures in a set, in playbook order.
func (s *sigSet) each(seen bitset) iter.Seq[int] {
	return func(yield func(int) bool) {
		for word, bits := range seen {
			for ; bits != 0; bits &= bits - 1 {
				i := word*64 + mathbits.TrailingZeros64(bits)
				if i >= len(s.sigs) || !yield(i) {
					return
				}
			}
		}
	}
}

func (s *sigSet) try(i int, msg string) (hit, bool) {
	sig, way := s.sigs[i], &s.ways[i]
	h := hit{sig: sig, keep: way.keep, track: way.track}
	switch {
	case way.literal != "":
		if !strings.Contains(msg, way.literal) {
			return h, false
		}
	case !way.captures:
		if !way.matches(sig, msg) {
			return h, false
		}
	default:
		loc := way.locate(sig, msg)
		if loc == nil {
			return h, false
		}
		h.captures = captures(sig.Pattern.SubexpNames(), loc, msg)
		if strings.Contains(sig.Track, "{") {
			h.track = strings.Clone(lane(fill(sig.Track, h.captures)))
		}
		if way.laneOnly {
			h.captures = nil
		}
	}
	return h, sig.Unless == nil || !sig.Unless.MatchString(msg)
}

// matches tells whether the message matches, without what it catches.
func (w *way) matches(sig *pipeline.Signature, msg string) bool {
	spans := w.spans()
	for _, s := range spans {
		if _, _, ok := s.find(msg); ok {
			return true
		}
	}
	return spans == nil && sig.Pattern.MatchString(msg)
}

// locate returns the places of the match and of its groups, nil if there is none.
func (w *way) locate(sig *pipeline.Signature, msg string) []int {
	spans := w.spans()
	if len(spans) != 1 || len(sig.Pattern.SubexpNames()) != 2 {
		return sig.Pattern.FindStringSubmatchIndex(msg)
	}
	s := spans[0]
	from, to, ok := s.find(msg)
	if !ok {
		return nil
	}
	return []int{from + s.caught - len(s.head), to + len(s.tail), from, to}
}

// speaksOfCaptures tells whether what the groups of a signature caught is wanted for
// more than its lane.
func speaksOfCaptures(sig *pipeline.Signature) bool {
	texts := slices.Concat([]string{sig.Title, sig.Meaning, sig.Of}, sig.Do, sig.Clears)
	return slices.Contains(sig.Pattern.SubexpNames(), "code") ||
		slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, "{") })
}

func captures(names []string, loc []int, msg string) map[string]string {
	caught := make(map[string]string, len(names)-1)
	for i, name := range names {
		if name != "" && loc[2*i] >= 0 {
			caught[name] = clip(msg[loc[2*i]:loc[2*i+1]], maxCapture)
		}
	}
	return caught
}

// maxCapture bounds what is kept of a capture, in bytes.
const maxCapture = 256

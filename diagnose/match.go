package diagnose

import (
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
	always []uint16
	words  *automaton
}

// codeWords betray an error code in a line that no signature knows.
var codeWords = []string{"0x8", "0xc0", "= -2", "(-2", "hr=8"}

func newSigSet(book *pipeline.Playbook, ref *pipeline.LogRef, name string) *sigSet {
	s := &sigSet{name: name, ref: ref}
	var literals []string
	var ids []uint16
	for _, stage := range book.Stages {
		for _, sig := range stage.Signatures {
			if !sigInLog(sig, name) {
				continue
			}
			id := uint16(len(s.sigs))
			s.sigs = append(s.sigs, sig)
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

func sigInLog(sig *pipeline.Signature, name string) bool {
	for _, log := range sig.Logs {
		if log == "*" || name != "" && strings.EqualFold(log, name) {
			return true
		}
	}
	return false
}

// hit is a signature that a message matches.
type hit struct {
	sig      *pipeline.Signature
	captures map[string]string
}

// conditional tells whether the hit counts only beside another mark.
func (h hit) conditional() bool { return h.sig.With != "" || h.sig.After != "" }

// match returns the signatures that the message matches, in playbook order, up
// to the first that holds unconditionally. code is true when the message seems
// to hold an error code.
func (s *sigSet) match(rec *logparse.Record, seen bitset, buf []hit) (hits []hit, code bool) {
	seen.clear()
	msg := rec.Message
	if rec.Format == logparse.Pasted || rec.Format == logparse.Plain {
		msg = logparse.NormalizeText(msg)
	}
	found := s.words.find(msg, &seen)
	for _, id := range s.always {
		seen.set(id)
		found = true
	}
	if !found {
		return nil, false
	}
	hits = buf[:0]
	for i, sig := range s.sigs {
		if !seen.has(uint16(i)) {
			continue
		}
		h, ok := try(sig, msg)
		if !ok {
			continue
		}
		hits = append(hits, h)
		if !h.conditional() {
			break
		}
	}
	return hits, seen.has(uint16(len(s.sigs)))
}

func try(sig *pipeline.Signature, msg string) (hit, bool) {
	names := sig.Pattern.SubexpNames()
	if len(names) <= 1 {
		if !sig.Pattern.MatchString(msg) || sig.Unless != nil && sig.Unless.MatchString(msg) {
			return hit{}, false
		}
		return hit{sig: sig}, true
	}
	loc := sig.Pattern.FindStringSubmatchIndex(msg)
	if loc == nil || sig.Unless != nil && sig.Unless.MatchString(msg) {
		return hit{}, false
	}
	h := hit{sig: sig}
	for i, name := range names {
		if name == "" || loc[2*i] < 0 {
			continue
		}
		if h.captures == nil {
			h.captures = make(map[string]string, len(names))
		}
		h.captures[name] = strings.Clone(clip(msg[loc[2*i]:loc[2*i+1]], maxCapture))
	}
	return h, true
}

// maxCapture bounds what is kept of a capture, in bytes.
const maxCapture = 256

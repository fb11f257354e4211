package diagnose

import "slices"

// automaton finds which of a set of literals a text contains, in one pass and
// without regard to ASCII case (Aho and Corasick 1975). It is a prefilter: most
// log lines hold none, and regular expressions are slow.
type automaton struct {
	class [256]uint8
	shift uint
	next  []uint16 // state<<shift | class → state, with outBit when it has output
	out   [][]uint16
}

const (
	outBit    = 1 << 15
	maxStates = outBit - 1
	// literalLen bounds the literals: a prefix of a literal is a weaker filter,
	// but a smaller table, and less to read twice where a text is halved.
	literalLen = 12
	// halfLen is how long a text must be for halving it to pay.
	halfLen = 4 * literalLen
)

// newAutomaton builds the automaton of literals; literal i belongs to ids[i].
func newAutomaton(literals []string, ids []uint16) *automaton {
	a := &automaton{}
	classes := 1
	for i, lit := range literals {
		if len(lit) > literalLen {
			literals[i] = lit[:literalLen]
		}
		for _, c := range []byte(literals[i]) {
			c = lower(c)
			if a.class[c] == 0 && classes < 255 {
				a.class[c] = uint8(classes)
				classes++
			}
		}
	}
	for c := byte('A'); c <= 'Z'; c++ {
		a.class[c] = a.class[lower(c)]
	}
	for 1<<a.shift < classes {
		a.shift++
	}
	a.build(literals, ids)
	return a
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func (a *automaton) build(literals []string, ids []uint16) {
	width := 1 << a.shift
	a.next = make([]uint16, width)
	a.out = [][]uint16{nil}
	for i, lit := range literals {
		state := 0
		for _, c := range []byte(lit) {
			slot := state<<a.shift | int(a.class[c])
			if a.next[slot] == 0 {
				if len(a.out) >= maxStates {
					break // a shorter literal filters less, but still right
				}
				a.next[slot] = uint16(len(a.out))
				a.out = append(a.out, nil)
				a.next = append(a.next, make([]uint16, width)...)
			}
			state = int(a.next[slot])
		}
		a.out[state] = append(a.out[state], ids[i])
	}
	a.link(width)
}

// link turns the trie into an automaton, breadth first, so that a state's
// failure state is complete before the state is.
func (a *automaton) link(width int) {
	fail := make([]uint16, len(a.out))
	queue := make([]uint16, 0, len(a.out))
	for c := range width {
		if s := a.next[c]; s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		state := int(queue[0])
		queue = queue[1:]
		a.out[state] = append(a.out[state], a.out[fail[state]]...)
		for c := range width {
			slot := state<<a.shift | c
			down := a.next[int(fail[state])<<a.shift|c]
			if s := a.next[slot]; s != 0 {
				fail[s] = down
				queue = append(queue, s)
			} else {
				a.next[slot] = down
			}
		}
	}
	for i, s := range a.next {
		if len(a.out[s]) > 0 {
			a.next[i] = s | outBit
		}
	}
	for i := range a.out {
		slices.Sort(a.out[i])
		a.out[i] = slices.Compact(a.out[i])
	}
}

// find sets hits[id] for every literal that text contains and tells whether
// there was any. Each step waits for the one before, so a long text is read in
// two halves at a time, which overlap by the length of a literal.
func (a *automaton) find(text string, hits *bitset) bool {
	if len(text) < halfLen {
		return a.walk(text, hits)
	}
	half := len(text) / 2
	front, back := text[:half+literalLen-1], text[half:]
	both := min(len(front), len(back))
	front, rest := front[:both], front[both:]
	next, shift := a.next, a.shift&15
	found := false
	var s, t uint16
	for i := range len(front) {
		s = next[int(s&^outBit)<<shift|int(a.class[front[i]])]
		t = next[int(t&^outBit)<<shift|int(a.class[back[i]])]
		if (s|t)&outBit != 0 {
			found = true
			a.report(s, hits)
			a.report(t, hits)
		}
	}
	for i := range len(rest) {
		if s = a.step(s, rest[i]); s&outBit != 0 {
			found = true
			a.report(s, hits)
		}
	}
	for i := both; i < len(back); i++ {
		if t = a.step(t, back[i]); t&outBit != 0 {
			found = true
			a.report(t, hits)
		}
	}
	return found
}

// walk is find for a short text.
func (a *automaton) walk(text string, hits *bitset) bool {
	found := false
	var s uint16
	for i := range len(text) {
		if s = a.step(s, text[i]); s&outBit != 0 {
			found = true
			a.report(s, hits)
		}
	}
	return found
}

func (a *automaton) step(s uint16, c byte) uint16 {
	return a.next[int(s&^outBit)<<(a.shift&15)|int(a.class[c])]
}

// report sets the literals that end in a state; a state without output has none.
func (a *automaton) report(s uint16, hits *bitset) {
	for _, id := range a.out[s&^outBit] {
		hits.set(id)
	}
}

// bitset is a set of small numbers.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) set(i uint16) { b[i/64] |= 1 << (i % 64) }

func (b bitset) has(i uint16) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bitset) clear() { clear(b) }

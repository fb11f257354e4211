package cab

// complete makes every code of a deflate stream a whole one. For a block with a single
// distance, or none, Go writes a code of one bit and gives only one of its two words
// a meaning; cabinet tools refuse that. The other word gets one too: nothing else in
// the block changes. ok is false for what is no deflate stream, or has codes that
// are incomplete in another way.
func complete(stream []byte) (whole []byte, changed, ok bool) {
	w := walk{in: stream, out: make([]byte, 0, len(stream)+8)}
	for last := false; !last && !w.bad; {
		last = w.bits(1) == 1
		switch w.bits(2) {
		case 0:
			w.pass()
		case 1:
			w.block(fixed())
		case 2:
			w.block(w.codes())
		default:
			w.bad = true
		}
	}
	return w.out, w.changed, !w.bad
}

// walk passes over a deflate stream bit by bit (RFC 1951), and copies it.
type walk struct {
	in           []byte
	at           int // bits
	out          []byte
	made         int // bits
	bad, changed bool
}

func (w *walk) bits(n int) int {
	value := 0
	for i := range n {
		if w.at >= 8*len(w.in) {
			w.bad = true
			return 0
		}
		bit := w.in[w.at/8] >> (w.at % 8) & 1
		w.at++
		value |= int(bit) << i
		w.put(bit)
	}
	return value
}

// put writes a bit.
func (w *walk) put(bit byte) {
	if w.made%8 == 0 {
		w.out = append(w.out, 0)
	}
	w.out[w.made/8] |= bit << (w.made % 8)
	w.made++
}

// pass passes a stored block over. It begins with a byte.
func (w *walk) pass() {
	w.at, w.made = (w.at+7)&^7, (w.made+7)&^7
	size := w.bits(16)
	w.bits(16)
	w.bits(8 * size)
}

// longest is how many bits a word of a code has at most.
const longest = 15

// code is a prefix code: how many words of each length it has, and their symbols in
// order.
type code struct {
	count   [longest + 1]int
	symbols []int
	lengths []int
}

// word is that of a symbol, its first bit first.
func (c *code) word(symbol int) []byte {
	size, word := c.lengths[symbol], 0
	for n := 1; n < size; n++ {
		word = (word + c.count[n]) << 1
	}
	for _, n := range c.lengths[:symbol] {
		if n == size {
			word++
		}
	}
	bits := make([]byte, size)
	for i := range bits {
		bits[i] = byte(word >> (size - 1 - i) & 1)
	}
	return bits
}

// codeOf makes the code of the lengths; ok is false for one that is incomplete or
// has too many words. One without words is never used.
func codeOf(lengths []int) (c code, ok bool) {
	c.lengths = lengths
	for _, n := range lengths {
		c.count[n]++
	}
	c.count[0] = 0
	left := 1
	for n := 1; n <= longest; n++ {
		left = left<<1 - c.count[n]
		for symbol, length := range lengths {
			if length == n {
				c.symbols = append(c.symbols, symbol)
			}
		}
		if left < 0 {
			return c, false
		}
	}
	return c, left == 0 || len(c.symbols) == 0
}

// symbol reads a word of the code.
func (w *walk) symbol(c *code) int {
	word, first, index := 0, 0, 0
	for n := 1; n <= longest && !w.bad; n++ {
		word |= w.bits(1)
		if word-first < c.count[n] {
			return c.symbols[index+word-first]
		}
		index += c.count[n]
		first = (first + c.count[n]) << 1
		word <<= 1
	}
	w.bad = true
	return 0
}

func fixed() (literals, distances code) {
	lengths := make([]int, 288)
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	literals, _ = codeOf(lengths)
	even := make([]int, 32)
	for i := range even {
		even[i] = 5
	}
	distances, _ = codeOf(even)
	return literals, distances
}

// lengthOrder is the order in which the lengths of the code for lengths are written.
var lengthOrder = [...]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// codes reads the codes of a block.
func (w *walk) codes() (literals, distances code) {
	nlit := w.bits(5) + 257
	where := w.made
	ndist := w.bits(5) + 1
	nlen := w.bits(4) + 4
	short := make([]int, len(lengthOrder))
	for _, i := range lengthOrder[:nlen] {
		short[i] = w.bits(3)
	}
	c, ok := codeOf(short)
	w.bad = w.bad || !ok
	var lengths []int
	for len(lengths) < nlit+ndist && !w.bad {
		n, times := w.symbol(&c), 1
		switch n {
		case 16:
			if len(lengths) == 0 {
				w.bad = true
				return literals, distances
			}
			n, times = lengths[len(lengths)-1], 3+w.bits(2)
		case 17:
			n, times = 0, 3+w.bits(3)
		case 18:
			n, times = 0, 11+w.bits(7)
		}
		for range times {
			lengths = append(lengths, n)
		}
	}
	if w.bad = w.bad || len(lengths) != nlit+ndist; w.bad {
		return literals, distances
	}
	literals, ok = codeOf(lengths[:nlit])
	w.bad = w.bad || !ok
	if distances, ok = codeOf(lengths[nlit:]); !ok && len(distances.symbols) == 1 && lengths[nlit+ndist-1] == 1 && ndist < 30 {
		// The word 0 is that of the last distance; one more gets 1.
		for _, bit := range c.word(1) {
			w.put(bit)
		}
		w.number(where, ndist)
		w.changed = true
		distances, ok = codeOf(append(lengths[nlit:], 1))
	}
	w.bad = w.bad || !ok
	return literals, distances
}

// number writes five bits over.
func (w *walk) number(at, value int) {
	for i := range 5 {
		w.out[(at+i)/8] &^= 1 << ((at + i) % 8)
		w.out[(at+i)/8] |= byte(value>>i&1) << ((at + i) % 8)
	}
}

// block passes the symbols of a block over.
func (w *walk) block(literals, distances code) {
	const end, last = 256, 285
	for !w.bad {
		s := w.symbol(&literals)
		switch {
		case w.bad || s == end:
			return
		case s < end:
			continue
		case s > last:
			w.bad = true
			return
		case s >= 265 && s < last:
			w.bits((s - 261) / 4)
		}
		if d := w.symbol(&distances); d >= 4 {
			w.bits(d/2 - 1)
		}
	}
}

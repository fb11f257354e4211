package trace

import (
	"math"
	"strings"
)

// look finds in the text of a log where a record may stand that a filter keeps: it
// sees words and ids only, in a few quick passes, so that the other records need not
// be parsed.
type look struct {
	// words are searched as they are. They have no blanks, because those of a record
	// may be line breaks in the log.
	words []string
	// ids are the first eight digits of the ids of updates.
	ids map[uint32]struct{}
}

// names makes a look see the names of patches.
func (l *look) names(lists ...Patch) {
	for _, p := range lists {
		l.words = append(l.words, p.Numbers...)
		for _, b := range p.Bulletins {
			l.words = append(l.words, strings.ToLower(b)[len("MS"):]) // digits have no case
		}
		for _, u := range p.Updates {
			if n, ok := eightDigits(u[:min(8, len(u))]); ok {
				if l.ids == nil {
					l.ids = map[uint32]struct{}{}
				}
				l.ids[n] = struct{}{}
			}
		}
	}
}

// nowhere is behind every text.
const nowhere = math.MaxInt

// in returns what finds the next place at or behind an offset of a text, -1 if there
// is none, for offsets that rise.
func (l *look) in(text string) func(from int) int {
	places := make([]int, len(l.words)+1) // the next place of each word, and of any id
	for i := range places {
		places[i] = -1
	}
	return func(from int) int {
		first := nowhere
		for i, at := range places {
			if at < from {
				if i < len(l.words) {
					at = wordAt(text, l.words[i], from)
				} else {
					at = l.idAt(text, from)
				}
				places[i] = at
			}
			first = min(first, at)
		}
		if first == nowhere {
			return -1
		}
		return first
	}
}

func wordAt(text, word string, from int) int {
	if i := strings.Index(text[from:], word); i >= 0 {
		return from + i
	}
	return nowhere
}

// idAt is the first dash of the next of the ids, in letters of any case.
func (l *look) idAt(text string, from int) int {
	if len(l.ids) == 0 {
		return nowhere
	}
	for at := from; ; {
		i := strings.IndexByte(text[at:], '-')
		if i < 0 {
			return nowhere
		}
		i += at
		at = i + 1
		if i < 8 || i+28 > len(text) || text[i+5] != '-' || text[i+10] != '-' || text[i+15] != '-' {
			continue
		}
		if n, ok := eightDigits(text[i-8 : i]); ok {
			if _, ok := l.ids[n]; ok {
				return i
			}
		}
	}
}

// eightDigits reads a hexadecimal number of eight digits.
func eightDigits(s string) (n uint32, ok bool) {
	for i := range len(s) {
		c := s[i]
		switch {
		case isDigit(c):
			c -= '0'
		case isHex(c):
			c = c&^0x20 - 'A' + 10
		default:
			return 0, false
		}
		n = n<<4 | uint32(c)
	}
	return n, len(s) == 8
}

// longestWord is the longest run of a text without a blank.
func longestWord(text string) string {
	longest := ""
	for _, w := range strings.Fields(text) {
		if len(w) > len(longest) {
			longest = w
		}
	}
	return longest
}

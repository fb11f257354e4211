package diagnose

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// span is a pattern of the plainest kind: a text, perhaps a run of characters of one
// class, of which a group may catch all, and a text that the class cannot hold. It is
// found many times faster than a regular expression is run, and a busy log is full
// of lines of such patterns.
type span struct {
	atStart    bool
	head, tail string
	// caught is how much of head belongs to the group.
	caught int
	class  [utf8.RuneSelf]bool
	beyond bool // the class holds all that is not ASCII
	// least and most are how many characters the run has; most is -1 for any number,
	// and both are 0 without a run.
	least, most int
}

// spansOf returns the alternatives of a pattern, nil unless all of them are spans.
func spansOf(pattern string) []*span {
	// What stands behind \Q are letters, bars and brackets too.
	if hasFlags(pattern) || strings.Contains(pattern, `\Q`) || strings.ContainsRune(pattern, utf8.RuneError) {
		return nil
	}
	var list []*span
	for _, text := range alternatives(pattern) {
		s := spanOf(text)
		if s == nil {
			return nil
		}
		list = append(list, s)
	}
	return list
}

// hasFlags tells whether a flag may be set in the pattern: it would hold for other
// alternatives, too.
func hasFlags(pattern string) bool {
	for rest := pattern; ; {
		_, after, ok := strings.Cut(rest, "(?")
		if !ok {
			return false
		}
		if after == "" || !strings.ContainsRune(":P<", rune(after[0])) {
			return true
		}
		rest = after
	}
}

// alternatives splits a pattern at the bars that stand in no group and no class.
func alternatives(pattern string) []string {
	var list []string
	depth, class, begin := 0, false, 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']' || pattern[i-1] == '[' || strings.HasSuffix(pattern[:i], "[^")
		case c == '[':
			class = true
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '|' && depth == 0:
			list = append(list, pattern[begin:i])
			begin = i + 1
		}
	}
	return append(list, pattern[begin:])
}

// spanOf returns the pattern as a span, nil if it is none.
func spanOf(pattern string) *span {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	s, parts := &span{}, []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	if parts[0].Op == syntax.OpBeginText {
		s.atStart, parts = true, parts[1:]
	}
	if len(parts) == 0 || len(parts) > 3 || !isText(parts[0]) {
		return nil
	}
	s.head = string(parts[0].Rune)
	if len(parts) > 1 && !s.group(parts[1]) {
		return nil
	}
	if len(parts) < 3 {
		return s
	}
	s.tail = string(parts[2].Rune)
	if !isText(parts[2]) || s.holds(s.tail[0]) || !s.atStart && s.holdsHead() {
		return nil
	}
	return s
}

// holdsHead tells whether a run may go on over the next head: what is hostile would
// then be gone over from each head anew.
func (s *span) holdsHead() bool {
	for i := range len(s.head) {
		if !s.holds(s.head[i]) {
			return false
		}
	}
	return true
}

func isText(re *syntax.Regexp) bool {
	return re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase == 0
}

// group takes a group of a run, or of a text and a run.
func (s *span) group(re *syntax.Regexp) bool {
	if re.Op != syntax.OpCapture {
		return s.run(re)
	}
	if re = re.Sub[0]; re.Op != syntax.OpConcat {
		return s.run(re)
	}
	if len(re.Sub) != 2 || !isText(re.Sub[0]) {
		return false
	}
	text := string(re.Sub[0].Rune)
	s.head, s.caught = s.head+text, len(text)
	return s.run(re.Sub[1])
}

// run takes the repetition, and tells whether it is greedy and of one class.
func (s *span) run(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpPlus:
		s.least, s.most = 1, -1
	case syntax.OpRepeat:
		s.least, s.most = re.Min, re.Max
	default:
		return false
	}
	if re.Flags&syntax.NonGreedy != 0 || re.Sub[0].Op != syntax.OpCharClass {
		return false
	}
	pairs := re.Sub[0].Rune
	for i := 0; i < len(pairs); i += 2 {
		from, to := pairs[i], pairs[i+1]
		for c := from; c <= min(to, utf8.RuneSelf-1); c++ {
			s.class[c] = true
		}
		switch {
		case to < utf8.RuneSelf:
		case from <= utf8.RuneSelf && to == utf8.MaxRune:
			s.beyond = true
		default:
			return false // some of them
		}
	}
	return !s.beyond || s.least <= 1 && s.most < 0 // bytes are no characters there
}

func (s *span) holds(c byte) bool {
	if c >= utf8.RuneSelf {
		return s.beyond
	}
	return s.class[c]
}

// find returns where the group of the leftmost match lies.
func (s *span) find(text string) (from, to int, ok bool) {
	for at := 0; ; at++ {
		if !s.atStart {
			i := strings.Index(text[at:], s.head)
			if i < 0 {
				return 0, 0, false
			}
			at += i
		} else if at > 0 || !strings.HasPrefix(text, s.head) {
			return 0, 0, false
		}
		begin := at + len(s.head)
		to = begin
		for to < len(text) && s.holds(text[to]) && (s.tail != "" || s.most < 0 || to-begin < s.most) {
			to++
		}
		if n := to - begin; n >= s.least && (s.most < 0 || n <= s.most) && strings.HasPrefix(text[to:], s.tail) {
			return begin - s.caught, to, true
		}
	}
}

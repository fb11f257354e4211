package pipeline

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MinLiteral is the length in bytes that each literal of a pattern must have.
const MinLiteral = 3

// Limits on what Literals unfolds.
const (
	maxClass  = 4   // runes of a class that are spelled out
	maxCross  = 64  // strings made by multiplying parts out
	maxUnion  = 512 // strings of all branches of an alternation
	maxRepeat = 4   // copies of x in x{n}
	maxCased  = 2   // letters of which both cases are spelled out
)

// Literals returns strings of which every text that the RE2 pattern re matches
// contains at least one, so that a text without any need not be matched at all.
// They are as long and rare as can be had, each at least MinLiteral bytes.
//
// With fold the strings are lower case, and the text must be compared with its
// ASCII letters in lower case. The two letters beyond ASCII that (?i) takes for
// ASCII ones (long s, Kelvin sign) are not provided for.
//
// It answers false for a pattern that does not compile, or has no such strings.
func Literals(re string) (lits []string, fold, ok bool) {
	tree, err := syntax.Parse(re, syntax.Perl)
	if err != nil {
		return nil, false, false
	}
	best := literalsOf(tree).required()
	if !best.usable() {
		return nil, false, false
	}
	best = best.tidy()
	return best.texts, best.fold, true
}

// textSet is a set of strings. fold means that letter case does not count.
type textSet struct {
	texts []string
	fold  bool
}

// usable tells whether every string is long enough.
func (s textSet) usable() bool {
	return len(s.texts) > 0 && s.shortest() >= MinLiteral
}

func (s textSet) shortest() int {
	n := len(s.texts[0])
	for _, t := range s.texts[1:] {
		n = min(n, len(t))
	}
	return n
}

// tidy returns the set sorted, without repetitions, and without strings that
// contain another one: to look for that is enough.
func (s textSet) tidy() textSet {
	var texts []string
	for _, t := range s.texts {
		if s.fold {
			t = lowerASCII(t)
		}
		texts = append(texts, t)
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	var kept []string
	for _, t := range texts {
		implied := func(other string) bool { return other != t && strings.Contains(t, other) }
		if !slices.ContainsFunc(texts, implied) {
			kept = append(kept, t)
		}
	}
	return textSet{texts: kept, fold: s.fold}
}

// score says how well a set tells texts apart: the score of its worst member,
// less for each further member that has to be looked for.
func (s textSet) score() int {
	if len(s.texts) == 0 {
		return 0
	}
	worst := rarity(s.texts[0])
	for _, t := range s.texts[1:] {
		worst = min(worst, rarity(t))
	}
	return worst - min(len(s.texts)-1, 8)
}

// rarity adds up how seldom each byte is in log text; beyond 16 bytes length
// tells no more.
func rarity(text string) int {
	sum := 0
	for i := range min(len(text), 16) {
		switch c := text[i]; {
		case c == ' ' || strings.IndexByte("etaoinsr", c) >= 0:
			sum += 2
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			sum += 3
		default:
			sum += 4
		}
	}
	return sum
}

// literalInfo is what is known of the texts that a part of a pattern matches.
type literalInfo struct {
	// exact are all texts that it matches, when they are few.
	exact *textSet
	// need is the best set of which each match contains one; may be empty.
	need textSet
}

// required returns the best set, the exact texts being one as well.
func (l literalInfo) required() textSet {
	if l.exact != nil {
		return better(l.need, *l.exact)
	}
	return l.need
}

// better returns the set that tells more; a set that is not usable tells nothing.
func better(a, b textSet) textSet {
	switch {
	case !b.usable():
		return a
	case !a.usable() || b.score() > a.score():
		return b
	}
	return a
}

func exactly(texts ...string) literalInfo {
	return literalInfo{exact: &textSet{texts: texts}}
}

func literalsOf(re *syntax.Regexp) literalInfo {
	switch re.Op {
	case syntax.OpLiteral:
		return literalRunes(re.Rune, re.Flags&syntax.FoldCase != 0)
	case syntax.OpCharClass:
		return literalClass(re.Rune)
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText,
		syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return exactly("")
	case syntax.OpCapture:
		return literalsOf(re.Sub[0])
	case syntax.OpPlus:
		return literalInfo{need: literalsOf(re.Sub[0]).required()}
	case syntax.OpQuest:
		return literalAlternate([]literalInfo{literalsOf(re.Sub[0]), exactly("")})
	case syntax.OpRepeat:
		return literalRepeat(re)
	case syntax.OpConcat:
		return literalConcat(infos(re.Sub))
	case syntax.OpAlternate:
		return literalAlternate(infos(re.Sub))
	default: // any character, x*, and what matches nothing
		return literalInfo{}
	}
}

func infos(subs []*syntax.Regexp) []literalInfo {
	all := make([]literalInfo, 0, len(subs))
	for _, sub := range subs {
		all = append(all, literalsOf(sub))
	}
	return all
}

// literalRunes is a run of characters. Without case, few letters are spelled
// out in both cases; more make the whole set one without case, in which
// characters beyond ASCII are not provided for.
func literalRunes(runes []rune, fold bool) literalInfo {
	text := string(runes)
	if strings.ContainsRune(text, utf8.RuneError) {
		return literalInfo{} // also stands for bytes that are not UTF-8
	}
	if !fold {
		return exactly(text)
	}
	cased := 0
	for _, r := range runes {
		if r > unicode.MaxASCII {
			return foldedParts(text)
		}
		if isLetter(r) {
			cased++
		}
	}
	if cased > maxCased {
		return literalInfo{exact: &textSet{texts: []string{lowerASCII(text)}, fold: true}}
	}
	return exactly(bothCases(text)...)
}

// foldedParts is a run without case that is not all ASCII: its longest ASCII part.
func foldedParts(text string) literalInfo {
	var need textSet
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		need = better(need, textSet{texts: []string{lowerASCII(part)}, fold: true})
	}
	return literalInfo{need: need}
}

// bothCases spells out a text that has at most maxCased letters.
func bothCases(text string) []string {
	all := []string{""}
	for _, r := range text {
		next := make([]string, 0, 2*len(all))
		for _, s := range all {
			next = append(next, s+string(r))
			if isLetter(r) {
				next = append(next, s+string(r^0x20))
			}
		}
		all = next
	}
	return all
}

func isLetter(r rune) bool { r |= 0x20; return r >= 'a' && r <= 'z' }

// literalClass spells a small class out. rs are pairs of first and last rune.
func literalClass(rs []rune) literalInfo {
	var texts []string
	for i := 0; i+1 < len(rs); i += 2 {
		for r := rs[i]; r <= rs[i+1]; r++ {
			if len(texts) == maxClass || r == utf8.RuneError {
				return literalInfo{}
			}
			texts = append(texts, string(r))
		}
	}
	if len(texts) == 0 {
		return literalInfo{}
	}
	return exactly(texts...)
}

func literalRepeat(re *syntax.Regexp) literalInfo {
	sub := literalsOf(re.Sub[0])
	if re.Min == 0 {
		return literalInfo{}
	}
	if sub.exact == nil || re.Min > maxRepeat {
		return literalInfo{need: sub.required()}
	}
	copies := literalConcat(slices.Repeat([]literalInfo{sub}, re.Min))
	if re.Max != re.Min {
		return literalInfo{need: copies.required()}
	}
	return copies
}

// literalAlternate is what the branches have in common: one string of any of
// them. A branch without strings spoils it all.
func literalAlternate(branches []literalInfo) literalInfo {
	exact, need := &textSet{}, textSet{}
	spoilt := false
	for _, b := range branches {
		exact = union(exact, b.exact)
		r := b.required()
		spoilt = spoilt || !r.usable()
		if all := union(&need, &r); all != nil {
			need = *all
		} else {
			spoilt = true
		}
	}
	if spoilt {
		need = textSet{}
	}
	return literalInfo{exact: exact, need: need}
}

// union returns nil when either set is nil or the result would be too large.
func union(a, b *textSet) *textSet {
	if a == nil || b == nil || len(a.texts)+len(b.texts) > maxUnion {
		return nil
	}
	return &textSet{texts: slices.Concat(a.texts, b.texts), fold: a.fold || b.fold}
}

// literalConcat multiplies neighbours out as long as they are exact and few, and
// keeps the best run.
func literalConcat(parts []literalInfo) literalInfo {
	run, whole := exactly("").exact, true
	var need textSet
	for _, p := range parts {
		if next := cross(run, p.exact); next != nil {
			run = next
			continue
		}
		whole = false
		need = better(better(need, *run), p.required())
		if run = p.exact; run == nil {
			run = exactly("").exact
		}
	}
	if whole {
		return literalInfo{exact: run}
	}
	return literalInfo{need: better(need, *run)}
}

// cross returns each text of a followed by each of b, nil when there are too many.
func cross(a, b *textSet) *textSet {
	if b == nil || len(a.texts)*len(b.texts) > maxCross && len(a.texts) > 1 && len(b.texts) > 1 {
		return nil
	}
	texts := make([]string, 0, len(a.texts)*len(b.texts))
	for _, head := range a.texts {
		for _, tail := range b.texts {
			texts = append(texts, head+tail)
		}
	}
	return &textSet{texts: texts, fold: a.fold || b.fold}
}

// lowerASCII is what a text without case is compared as.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r | 0x20
		}
		return r
	}, s)
}

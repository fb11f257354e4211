package pipeline

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestLiterals(t *testing.T) {
	tests := []struct {
		name, re string
		want     []string
		fold     bool
	}{
		{name: "a text is its own literal", re: `Scan tool started`, want: []string{"Scan tool started"}},
		{name: "anchors and word boundaries add nothing", re: `^\bScan$`, want: []string{"Scan"}},
		{name: "the longest of several parts", re: `Ad:.*exit code is \d+`, want: []string{"exit code is "}},
		{name: "the rarer of two equally long parts", re: `is not .*0x8024`, want: []string{"0x8024"}},
		{name: "every branch of an alternation", re: `0x8024402c|0x80244019`, want: []string{"0x80244019", "0x8024402c"}},
		{name: "common text before an alternation", re: `failed (?:with|because)`, want: []string{"failed because", "failed with"}},
		{name: "an optional ending", re: `err(?:or)?: 5`, want: []string{"err: 5", "error: 5"}},
		{name: "a literal that contains another is left out", re: `scan|full scan run`, want: []string{"scan"}},
		{name: "no case", re: `(?i)Failed To`, want: []string{"failed to"}, fold: true},
		{name: "no case in a part", re: `(?i:code) 0X8`, want: []string{"code 0x8"}, fold: true},
		{name: "a pair of cases is spelled out", re: `[Ff]ailed to`, want: []string{"Failed to", "failed to"}},
		{name: "a captured text", re: `code (?P<code>0x5)`, want: []string{"code 0x5"}},
		{name: "a repeated part", re: `(?:ab){3}`, want: []string{"ababab"}},
		{name: "at least once", re: `(?:retry )+`, want: []string{"retry "}},
		{name: "a small class", re: `exit 1[02]\d`, want: []string{"exit 10", "exit 12"}},
		{name: "letters beyond ASCII", re: `Größe`, want: []string{"Größe"}},
		{name: "letters beyond ASCII without case: the part around them", re: `(?i)Zugriff über Proxy`, want: []string{"ber proxy"}, fold: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, fold, ok := Literals(tt.re)
			if diff := cmp.Diff(tt.want, got); diff != "" || fold != tt.fold || !ok {
				t.Errorf("fold %t, ok %t (-want +got):\n%s", fold, ok, diff)
			}
		})
	}
}

func TestLiteralsOfPatternsThatHaveNone(t *testing.T) {
	for _, re := range []string{``, `\d+`, `.*`, `ab`, `(?:scan)?`, `(?:scan)*`, `scan|\d+`, `scan|`, `[a-z]{9}`, `scan(`, `(?:scan){0,2}`} {
		if lits, _, ok := Literals(re); ok {
			t.Errorf("%q: got %q", re, lits)
		}
	}
}

// The point of literals: a text without any of them can be passed over.
func TestEveryMatchContainsALiteral(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	checked := 0
	for range 3000 {
		if c, ok := newLiteralCheck(randomPattern(r, 4)); ok {
			c.requireGenerated(t, r)
			checked++
		}
	}
	if checked < 300 {
		t.Errorf("only %d patterns had literals", checked)
	}
}

func TestEveryBuiltinSampleContainsALiteral(t *testing.T) {
	books, err := All()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for _, book := range books {
		for _, stage := range book.Stages {
			for _, sig := range stage.Signatures {
				c, ok := newLiteralCheck(sig.Pattern.String())
				if !ok {
					t.Errorf("%s has no literals", sig.ID)
					continue
				}
				for _, sample := range sig.Match {
					c.require(t, sample)
				}
				c.requireGenerated(t, r)
			}
		}
	}
}

// literalCheck looks for a pattern's literals in texts that it matches.
type literalCheck struct {
	re   *regexp.Regexp
	lits []string
	fold bool
}

// newLiteralCheck answers false for a pattern that does not compile or has no
// literals.
func newLiteralCheck(pattern string) (c literalCheck, ok bool) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return c, false
	}
	c.re = re
	c.lits, c.fold, ok = Literals(pattern)
	return c, ok
}

// require checks a text, if the pattern matches it at all.
func (c literalCheck) require(t *testing.T, text string) {
	t.Helper()
	if !c.re.MatchString(text) {
		return
	}
	folded := text
	if c.fold {
		folded = lowerASCII(text)
	}
	for _, lit := range c.lits {
		if len(lit) < MinLiteral {
			t.Fatalf("%q: literal %q is too short", c.re, lit)
		}
		if strings.Contains(folded, lit) {
			return
		}
	}
	t.Fatalf("%q matches %q, which contains none of %q (fold %t)", c.re, text, c.lits, c.fold)
}

// requireGenerated checks texts that are made to match.
func (c literalCheck) requireGenerated(t *testing.T, r *rand.Rand) {
	t.Helper()
	tree, err := syntax.Parse(c.re.String(), syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		var b strings.Builder
		if generate(&b, tree, r) {
			c.require(t, b.String())
		}
	}
}

// randomPattern builds a pattern of words and of every operator.
func randomPattern(r *rand.Rand, depth int) string {
	words := []string{"scan", "Failed to", "0x8024", "ab", "é", "k", "S", `\d+`, ".", "[Ff]", "[abc]", "[0-9a-f]", `\b`, "^", "wu agent", " "}
	if depth == 0 || r.IntN(4) == 0 {
		return words[r.IntN(len(words))]
	}
	a, b := randomPattern(r, depth-1), randomPattern(r, depth-1)
	switch r.IntN(9) {
	case 0:
		return "(?:" + a + "|" + b + ")"
	case 1:
		return "(?:" + a + ")?" + b
	case 2:
		return "(?i:" + a + ")" + b
	case 3:
		return "(?:" + a + "){1,3}" + b
	case 4:
		return "(" + a + ")+"
	case 5:
		return "(?:" + a + "){2}"
	case 6:
		return "(?i)" + a
	default:
		return a + b
	}
}

// generate writes a text that tree matches, false when it cannot. Assertions
// are left to the caller, who tries the pattern on the text.
func generate(b *strings.Builder, tree *syntax.Regexp, r *rand.Rand) bool {
	switch tree.Op {
	case syntax.OpLiteral:
		for _, c := range tree.Rune {
			b.WriteRune(anyCase(c, tree.Flags, r))
		}
	case syntax.OpCharClass:
		if len(tree.Rune) == 0 {
			return false
		}
		i := r.IntN(len(tree.Rune)/2) * 2
		b.WriteRune(asciiIfOneCan(tree.Rune[i], tree.Rune[i+1], r))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte("aZ0 -"[r.IntN(5)])
	case syntax.OpAlternate:
		return generate(b, tree.Sub[r.IntN(len(tree.Sub))], r)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		return generateTimes(b, tree, r)
	case syntax.OpNoMatch:
		return false
	default:
		for _, sub := range tree.Sub {
			if !generate(b, sub, r) {
				return false
			}
		}
	}
	return true
}

func generateTimes(b *strings.Builder, tree *syntax.Regexp, r *rand.Rand) bool {
	low, high := 0, 3
	switch tree.Op {
	case syntax.OpPlus:
		low = 1
	case syntax.OpQuest:
		high = 1
	case syntax.OpRepeat:
		low, high = tree.Min, max(tree.Max, tree.Min)
	}
	for range low + r.IntN(high-low+1) {
		if !generate(b, tree.Sub[0], r) {
			return false
		}
	}
	return true
}

// anyCase returns either case of a letter where case does not count, but never
// the letters beyond ASCII that fold to ASCII ones.
func anyCase(c rune, flags syntax.Flags, r *rand.Rand) rune {
	if flags&syntax.FoldCase == 0 || r.IntN(2) == 0 {
		return c
	}
	if folded := unicode.SimpleFold(c); c > unicode.MaxASCII || folded <= unicode.MaxASCII {
		return folded
	}
	return c
}

func asciiIfOneCan(low, high rune, r *rand.Rand) rune {
	if low > unicode.MaxASCII {
		return low
	}
	return low + r.Int32N(min(high, unicode.MaxASCII)-low+1)
}

func FuzzLiterals(f *testing.F) {
	f.Add(`(?i)failed (?:to|with) 0x[0-9a-f]+`, "Failed to 0x5")
	f.Add(`(?:ab|cd){2,}x?`, "abcdx")
	f.Add(`\x{FFFD}abc|[^a]bcd`, "\xffabc")
	f.Fuzz(func(t *testing.T, re, text string) {
		if len(re) > 200 || strings.ContainsAny(text, "ſK") {
			return
		}
		if c, ok := newLiteralCheck(re); ok {
			c.require(t, text)
		}
	})
}

func BenchmarkLiterals(b *testing.B) {
	for b.Loop() {
		Literals(`(?i)(?:Failed|unable) to (?:connect|send) .*(?P<code>0x[0-9a-f]+)`)
	}
}

package pipeline

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// maxPattern is how long a pattern may be, in bytes. The longest that ships has
// about a third of it.
const maxPattern = 4096

// NewPattern compiles a RE2 pattern. The error says what to write instead of
// what RE2 does not know.
func NewPattern(text string) (*Pattern, error) {
	p := new(Pattern)
	if err := p.UnmarshalText([]byte(text)); err != nil {
		return nil, err
	}
	return p, nil
}

// UnmarshalText compiles a RE2 pattern.
func (p *Pattern) UnmarshalText(text []byte) error {
	if len(text) > maxPattern {
		return advice{fmt.Sprintf("pattern of %d bytes", len(text)), fmt.Sprintf("keep it below %d, or split the signature", maxPattern)}
	}
	re, err := regexp.Compile(string(text))
	if err != nil {
		return patternError(string(text), err)
	}
	p.Regexp = re
	return nil
}

// Has tells whether the pattern has a capture of that name.
func (p *Pattern) Has(capture string) bool {
	return p != nil && p.Regexp != nil && p.SubexpIndex(capture) > 0
}

// patternError says what a pattern has that RE2 lacks.
func patternError(text string, err error) error {
	detail := err.Error()
	if e, ok := err.(*syntax.Error); ok { //nolint:errorlint // regexp returns it bare
		detail = e.Code.String() + ": `" + e.Expr + "`"
	}
	for _, m := range notRE2 {
		if regexp.MustCompile(m.in).MatchString(text) {
			return advice{fmt.Sprintf("pattern `%s`: %s is not RE2", text, m.what), m.do}
		}
	}
	return advice{fmt.Sprintf("pattern `%s`: %s", text, strings.TrimPrefix(detail, "error parsing regexp: ")), ""}
}

// notRE2 are the constructs of other engines, looked for only in a pattern that
// did not compile.
var notRE2 = []struct {
	in, what, do string
}{
	{`\(\?<[=!]`, "lookbehind", "match the part that stands before as well, and capture what you need"},
	{`\(\?[=!]`, "lookahead", "use unless: for what must not match, or match the part that follows as well"},
	{`\(\?>`, "an atomic group", "use (?:…)"},
	{`\(\?P=\w+\)|\\k[<{']|\\[1-9]`, "a backreference", "write the text out a second time"},
	{`[+*?}]\+`, "a possessive quantifier", "leave out the second +"},
	{`\(\?\(`, "a condition", "write two signatures"},
	{`\(\?(?:R|\d+|&\w+)\)`, "recursion", "write the nesting out"},
	{`\(\?#`, "a comment", "use a YAML comment"},
	{`\\Z`, `\Z`, `use \z`},
	{`\\[hHRX]`, "a class of another engine", `use [ \t] for \h and \r?\n for \R`},
}

package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Problem is something wrong with a playbook file.
type Problem struct {
	File string
	// Line and Column count from 1, columns in characters.
	Line, Column int
	// Message says what is wrong, Do what to do about it ("" when the message
	// tells). Both are lower case and end without a full stop.
	Message, Do string
	// Warning marks what is probably wrong, and does not keep the playbook from
	// being used.
	Warning bool
}

// Error returns the problem in one line: "file:line:column: message; do".
func (p Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	if p.Do != "" {
		b.WriteString("; " + p.Do)
	}
	return b.String()
}

// newProblem makes a problem at a node. What it quotes of the file stays in one
// line.
func newProblem(file string, at *node, message, do string) Problem {
	return Problem{File: file, Line: at.line, Column: at.column, Message: visible(message), Do: visible(do)}
}

// visible spells control characters out.
func visible(s string) string {
	if !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Problems is the error of a playbook that cannot be used.
type Problems []Problem

// Error returns the first problem, and how many there are besides.
func (ps Problems) Error() string {
	if len(ps) == 0 {
		return "no problems"
	}
	if len(ps) == 1 {
		return ps[0].Error()
	}
	return fmt.Sprintf("%s (and %d more: patchtrace playbook lint shows them)", ps[0].Error(), len(ps)-1)
}

// sortProblems puts problems in the order of the file.
func sortProblems(ps []Problem) {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// advice is an error that also knows what to do.
type advice struct {
	message, do string
}

func (a advice) Error() string {
	if a.do == "" {
		return a.message
	}
	return a.message + "; " + a.do
}

// split returns an error's message and what to do about it.
func split(err error) (message, do string) {
	var a advice
	if errors.As(err, &a) {
		return a.message, a.do
	}
	return err.Error(), ""
}

package pipeline

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Lint returns everything that is wrong with a playbook, in the order of the
// file called name: what Parse refuses, and what would make the playbook give
// no verdict or a wrong one. No problems means that it is fit for use.
func Lint(name string, data []byte) []Problem {
	root, problem := readYAML(data)
	if problem != nil {
		problem.File = name
		return []Problem{*problem}
	}
	l := linter{file: name, root: root, where: make(map[any]*node)}
	l.p, l.problems = build(name, root, l.where)
	l.playbook()
	for _, s := range l.p.Stages {
		l.stage(s)
	}
	l.signatures()
	sortProblems(l.problems)
	return l.problems
}

// linter collects the problems of one playbook.
type linter struct {
	file     string
	root     *node
	p        *Playbook
	where    map[any]*node
	problems []Problem
}

// at returns the node of a field of owner, owner's own when it has no such
// field, and the document's when the owner is nowhere.
func (l *linter) at(owner any, field string) *node {
	n := l.where[owner]
	if n == nil {
		return l.root
	}
	if v := n.get(field); v != nil {
		return v
	}
	return n
}

// wrote tells whether the file has the field of owner.
func (l *linter) wrote(owner any, field string) bool {
	v := l.where[owner].get(field)
	return v != nil && v.kind != nullNode
}

func (l *linter) fail(at *node, message, do string) {
	l.problems = append(l.problems, newProblem(l.file, at, message, do))
}

func (l *linter) warn(at *node, message, do string) {
	l.fail(at, message, do)
	l.problems[len(l.problems)-1].Warning = true
}

// require reports each field that owner lacks.
func (l *linter) require(owner any, what string, names ...string) {
	for _, name := range names {
		if !l.wrote(owner, name) {
			l.fail(l.at(owner, ""), fmt.Sprintf("%s has no %s", what, name), "")
		}
	}
}

// positive reports a duration that was written and is zero.
func (l *linter) positive(owner any, field string, d Duration) {
	// One that cannot be read is reported already.
	if at := l.at(owner, field); d == 0 && l.wrote(owner, field) && isDuration(at.text) {
		l.fail(at, fmt.Sprintf("%s is not longer than zero", field), "leave it out, or write it like 90s, 30m, 26h or 7d")
	}
}

// ids finds names that were given twice.
type ids map[string]*node

func (l *linter) unique(seen ids, what, id string, at *node) {
	if id == "" {
		return
	}
	if first := seen[id]; first != nil {
		l.fail(at, fmt.Sprintf("a second %s `%s`", what, id), fmt.Sprintf("the first is in line %d", first.line))
		return
	}
	seen[id] = at
}

// playbook checks what stands outside of the stages, and the stages' order.
func (l *linter) playbook() {
	l.require(l.p, "the playbook", "title", "summary")
	l.positive(l.p, "tolerance", l.p.Tolerance)
	l.order()
	for i := range l.p.Detect {
		l.hint(&l.p.Detect[i])
	}
	seen := ids{}
	for i := range l.p.Params {
		param := &l.p.Params[i]
		l.require(param, "a parameter", "name", "label", "example")
		l.unique(seen, "parameter", param.Name, l.at(param, "name"))
		if usable(param.Pattern) && !param.Pattern.MatchString(param.Example) {
			l.fail(l.at(param, "example"), fmt.Sprintf("the pattern of parameter `%s` does not match its example", param.Name), "")
		}
	}
	l.notes(l.p.Notes)
	l.ids()
}

// order checks that the four stages are there, each once, in the flow's order.
func (l *linter) order() {
	var got []string
	for _, s := range l.p.Stages {
		got = append(got, s.ID)
	}
	if !slices.Equal(got, StageIDs[:]) {
		message := fmt.Sprintf("the stages are %s", strings.Join(got, ", "))
		if len(got) == 0 {
			message = "the playbook has no stages"
		}
		l.fail(l.at(l.p, "stages"), message, "write "+strings.Join(StageIDs[:], ", ")+", in this order")
	}
}

func (l *linter) hint(h *Hint) {
	l.require(h, "a detect sign", "weight", "why")
	if h.Log == "" && h.Line == nil && h.Format == "" {
		l.fail(l.at(h, ""), "a detect sign that looks at nothing", "add log:, line: or format:")
	}
	l.glob(h.Log, l.at(h, "log"))
	if usable(h.Line) {
		l.literal(h.Line, l.at(h, "line"))
	}
}

func (l *linter) notes(notes []Note) {
	for i := range notes {
		l.require(&notes[i], "a note", "id", "title", "meaning", "source")
	}
}

// ids checks the names that must not repeat in the whole playbook.
func (l *linter) ids() {
	signatures, commands, steps, notes := ids{}, ids{}, ids{}, ids{}
	for i := range l.p.Notes {
		l.unique(notes, "note", l.p.Notes[i].ID, l.at(&l.p.Notes[i], "id"))
	}
	for _, s := range l.p.Stages {
		for i := range s.Commands {
			l.unique(commands, "command", s.Commands[i].ID, l.at(&s.Commands[i], "id"))
		}
		for i := range s.Manual {
			l.unique(steps, "step", s.Manual[i].ID, l.at(&s.Manual[i], "id"))
		}
		for i := range s.Notes {
			l.unique(notes, "note", s.Notes[i].ID, l.at(&s.Notes[i], "id"))
		}
		for _, sig := range s.Signatures {
			l.unique(signatures, "signature", sig.ID, l.at(sig, "id"))
		}
	}
}

// stage checks a stage without its signatures.
func (l *linter) stage(s *Stage) {
	l.require(s, "stage `"+s.ID+"`", "title", "summary", "shows")
	l.positive(s, "interval", s.Interval)
	l.positive(s, "patience", s.Patience)
	begins := func(sig *Signature) bool { return sig.Kind == Start || sig.Kind == Progress }
	if s.Patience == 0 && slices.ContainsFunc(s.Signatures, begins) {
		l.fail(l.at(s, ""), fmt.Sprintf("stage `%s` has no patience", s.ID), "say how long a cycle may go on without an outcome")
	}
	l.logs(s)
	defaults := ids{}
	for i := range s.Commands {
		c := &s.Commands[i]
		l.command(c)
		if c.Default {
			l.unique(defaults, "default command of the track", "of "+c.Track, l.at(c, "default"))
		}
	}
	for i := range s.Manual {
		l.require(&s.Manual[i], "a step", "id", "text")
		if f := s.Manual[i].Field; f != nil {
			l.require(f, "a field", "name", "label", "kind")
		}
	}
	l.notes(s.Notes)
}

func (l *linter) logs(s *Stage) {
	seen := ids{}
	for i := range s.Logs {
		log := &s.Logs[i]
		l.require(log, "a log", "name")
		l.unique(seen, "log", strings.ToLower(log.Name), l.at(log, "name"))
		for j, g := range log.Globs {
			l.glob(g, l.at(log, "globs").item(j))
		}
	}
}

func (l *linter) glob(glob string, at *node) {
	if _, err := path.Match(glob, ""); err != nil {
		l.fail(at, fmt.Sprintf("glob `%s`: %v", glob, err), "close the bracket, or write ? for one character")
	}
	if strings.ContainsAny(glob, `/\`) {
		l.fail(at, fmt.Sprintf("glob `%s` has a folder", glob), "globs are matched against file names; list the folder in folders")
	}
}

func (l *linter) command(c *Command) {
	what := "command `" + c.ID + "`"
	l.require(c, what, "id", "title", "kind")
	switch c.Kind {
	case CommandExec:
		l.require(c, what, "program")
	case CommandWMI:
		l.require(c, what, "namespace", "class")
	case CommandManual:
		l.require(c, what, "text")
	}
	l.declared(c, "program", c.Program)
	l.declared(c, "folder", c.Folder)
	l.declared(c, "namespace", c.Namespace)
	l.declared(c, "text", c.Text)
	for i, arg := range c.Args {
		l.params(arg, l.at(c, "args").item(i))
	}
	for key, value := range c.Input {
		if n := l.at(c, "input").get(key); n != nil {
			l.params(value, n)
		}
	}
}

func (l *linter) declared(c *Command, field, text string) { l.params(text, l.at(c, field)) }

// params reports placeholders that are no parameter of the playbook.
func (l *linter) params(text string, at *node) {
	var known []string
	for i := range l.p.Params {
		known = append(known, l.p.Params[i].Name)
	}
	for _, name := range placeholderNames(text) {
		if !slices.Contains(known, name) {
			l.fail(at, fmt.Sprintf("{%s} is no parameter of the playbook", name), orDeclare(suggest(name, known)))
		}
	}
}

func orDeclare(suggestion string) string {
	if suggestion == "" {
		return "declare it under params"
	}
	return suggestion
}

var placeholder = regexp.MustCompile(`\{([a-z][a-z0-9_]*)\}`)

// placeholderNames returns the names in braces. A GUID in braces is none.
func placeholderNames(text string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

func usable(p *Pattern) bool { return p != nil && p.Regexp != nil }

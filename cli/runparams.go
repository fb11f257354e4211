package cli

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"patchtrace/client"
	"patchtrace/pipeline"
)

// maxAsk is how often a parameter is asked for before it counts as missing.
const maxAsk = 3

// lastScanField is the field of a manual step that holds Last Hardware Scan.
const lastScanField = "last_hw_scan"

// runParams collects the parameters of a run: what was given with --set goes
// before what the target knows itself, and that before what was kept.
type runParams struct {
	book   *pipeline.Playbook
	values map[string]string
	// given are the names given with --set or typed in: those are kept.
	given []string
	// fields are the answers of manual steps that were given with --set.
	fields map[string]string
}

func newRunParams(book *pipeline.Playbook, set []string, own, kept map[string]string) (*runParams, error) {
	p := &runParams{book: book, values: map[string]string{}, fields: map[string]string{}}
	for name, value := range kept {
		if param := p.book.Param(name); param != nil && param.Pattern.MatchString(value) {
			p.values[name] = value
		}
	}
	maps.Copy(p.values, own)
	for _, s := range set {
		if err := p.set(s); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// set takes one --set key=value.
func (p *runParams) set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return &Error{Op: "parse", On: "--set " + quote(text), Err: errors.New("not of the form key=value"), Do: "use, say, --set site=SMS01"}
	}
	if field := p.book.Field(name); field != nil && p.book.Param(name) == nil {
		if err := field.Check(value); err != nil {
			return &Error{Op: "parse", On: "--set " + quote(text), Err: err, Do: "see patchtrace playbook show " + p.book.ID}
		}
		p.fields[name] = value
		return nil
	}
	param := p.book.Param(name)
	if param == nil {
		return &Error{Op: "parse", On: "--set " + quote(text), Err: errors.New("no parameter of " + p.book.ID), Do: "use " + orList(p.names())}
	}
	if err := param.Check(value); err != nil {
		return &Error{Op: "parse", On: "--set " + quote(text), Err: err, Do: p.hint(param)}
	}
	p.take(name, value)
	return nil
}

func (p *runParams) take(name, value string) {
	p.values[name] = value
	if !slices.Contains(p.given, name) {
		p.given = append(p.given, name)
	}
}

func (p *runParams) names() []string {
	var names []string
	for i := range p.book.Params {
		names = append(names, p.book.Params[i].Name)
	}
	return names
}

func (p *runParams) hint(param *pipeline.Param) string {
	return "give something like " + param.Example + ": " + strings.TrimRight(param.Help, ".")
}

// complete asks for what is missing, unless ask is nil or has no answer.
func (p *runParams) complete(names []string, ask func(*pipeline.Param) (string, bool)) error {
	for _, param := range p.book.Missing(names, p.values) {
		for range maxAsk {
			if ask == nil {
				break
			}
			value, ok := ask(param)
			if !ok {
				ask = nil
				break
			}
			if param.Check(value) == nil {
				p.take(param.Name, value)
				break
			}
		}
	}
	missing := p.book.Missing(names, p.values)
	if len(missing) == 0 {
		p.leaveEmpty(names)
		return nil
	}
	var list, flags []string
	for _, param := range missing {
		list = append(list, param.Name)
		flags = append(flags, "--set "+shellWord(param.Name+"="+param.Example))
	}
	return &Error{Op: "run", Err: errors.New("parameters are missing: " + strings.Join(list, ", ")), Do: "add, say, " + strings.Join(flags, " ")}
}

// leaveEmpty gives those that may be empty that value.
func (p *runParams) leaveEmpty(names []string) {
	for _, name := range names {
		if param := p.book.Param(name); param != nil && param.MayBeEmpty() {
			if _, ok := p.values[name]; !ok {
				p.values[name] = ""
			}
		}
	}
}

// shellWord quotes what most shells would not take as one word.
func shellWord(s string) string {
	if strings.ContainsAny(s, ` $\%&;'`) {
		return "'" + s + "'"
	}
	return s
}

// keep stores what was given, beside what was kept before.
func (p *runParams) keep(store client.Params, target string, kept map[string]string) error {
	if len(p.given) == 0 {
		return nil
	}
	all := maps.Clone(kept)
	if all == nil {
		all = map[string]string{}
	}
	for _, name := range p.given {
		all[name] = p.values[name]
	}
	return store.Save(target, all)
}

// notes are the fields that were given, as remarks for the report.
func (p *runParams) notes() []string { return seenByHand(p.book, p.fields) }

// seenByHand are answers to the fields of manual steps, as remarks for a report.
func seenByHand(book *pipeline.Playbook, answers map[string]string) []string {
	var notes []string
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		if field := book.Field(name); field != nil && answers[name] != "" {
			notes = append(notes, "Seen by hand: "+field.Label+": "+answers[name])
		}
	}
	return notes
}

// fieldValue is the answer that was given for a field, "" if none.
func (p *runParams) fieldValue(name string) string {
	if p == nil {
		return ""
	}
	return p.fields[name]
}

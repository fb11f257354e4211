package tui

import (
	"fmt"
	"maps"
	"strings"

	"patchtrace/pipeline"
)

// paramsOf are the parameters that the steps need, each once, in their order.
func (l *linear) paramsOf(steps []pipeline.Planned) []*pipeline.Param {
	var params []*pipeline.Param
	seen := map[string]bool{}
	for i := range steps {
		for _, name := range steps[i].Command.Needs() {
			if p := l.s.book.Param(name); p != nil && !seen[name] {
				seen[name] = true
				params = append(params, p)
			}
		}
	}
	return params
}

// askParams asks for the parameters that are not known. The others are heard in
// the command's line.
func (l *linear) askParams(steps []pipeline.Planned) bool {
	var asked bool
	for _, p := range l.paramsOf(steps) {
		value, ok := l.s.params[p.Name]
		if ok && p.Check(value) == nil {
			continue
		}
		if !l.askParam(p) {
			return false
		}
		asked = true
	}
	if asked {
		l.keepParams()
	}
	return true
}

func linearParamText(p *pipeline.Param, value string) string {
	if value == "" {
		value = "empty"
	}
	return p.Label + " " + value
}

func (l *linear) askParam(p *pipeline.Param) bool {
	question := fmt.Sprintf("%s, such as %s:", p.Label, p.Example)
	if p.MayBeEmpty() {
		question = fmt.Sprintf("%s, such as %s, or none:", p.Label, p.Example)
	}
	value, ok := l.askValue(question, func(v string) (string, error) {
		if strings.EqualFold(v, "none") && p.MayBeEmpty() {
			v = ""
		}
		if err := p.Check(v); err != nil {
			return "", fmt.Errorf("%w. %s", err, p.Help)
		}
		return v, nil
	})
	if ok {
		l.s.params[p.Name] = value
		if l.s.state.Params == nil {
			l.s.state.Params = map[string]string{}
		}
		l.s.state.Params[p.Name] = value
	}
	return ok
}

// changeParams has one parameter typed anew.
func (l *linear) changeParams(steps []pipeline.Planned) {
	params := l.paramsOf(steps)
	var items []string
	for _, p := range params {
		items = append(items, endSentence(linearParamText(p, l.s.params[p.Name])))
	}
	if n, ok := l.choose("Which parameter is to change?", items); ok && l.askParam(params[n]) {
		l.keepParams()
	}
}

// keepParams keeps the parameters that were typed; those that the target tells
// itself may change.
func (l *linear) keepParams() {
	if err := l.s.cas.KeepParams(maps.Clone(l.s.state.Params)); err != nil {
		l.sayErr(err)
	}
}

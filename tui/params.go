package tui

import (
	"context"
	"maps"

	tea "charm.land/bubbletea/v2"

	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// exactLine is a command as it would run with these parameters; what is not known
// is <name>.
func (s *session) exactLine(c *pipeline.Command, params map[string]string) string {
	a := s.action(c, params)
	if a == nil {
		return c.Line()
	}
	return a.Line()
}

// action is a command with the parameters filled in, <name> for what is not known.
// It is for reading only, and nil if it cannot be.
func (s *session) action(c *pipeline.Command, params map[string]string) *pipeline.Action {
	filled := maps.Clone(params)
	if filled == nil {
		filled = map[string]string{}
	}
	for _, name := range c.Needs() {
		if _, ok := filled[name]; !ok && !s.mayBeEmpty(name) {
			filled[name] = "<" + name + ">"
		}
	}
	a, err := pipeline.Prepare(c, filled)
	if err != nil {
		return nil
	}
	return a
}

// param is a parameter of the playbook; one that it does not describe takes
// anything.
func (s *session) param(name string) *pipeline.Param {
	if p := s.book.Param(name); p != nil {
		return p
	}
	return &pipeline.Param{Name: name, Label: name}
}

func (s *session) mayBeEmpty(name string) bool {
	p := s.param(name)
	return p.Pattern != nil && p.MayBeEmpty()
}

// paramErr says why what was typed for a parameter, in this session or an earlier
// one, cannot be it. What the target tells itself is taken as it is.
func (s *session) paramErr(name string) error {
	value, typed := s.state.Params[name]
	if p := s.param(name); typed && p.Pattern != nil && s.params[name] == value {
		return p.Check(value)
	}
	return nil
}

// missing is the first parameter of the steps that has to be asked for, nil if
// all are there.
func (s *session) missing(steps []pipeline.Planned) *pipeline.Param {
	for i := range steps {
		for _, name := range steps[i].Command.Needs() {
			_, known := s.params[name]
			if !known && !s.mayBeEmpty(name) || s.paramErr(name) != nil {
				return s.param(name)
			}
		}
	}
	return nil
}

// filled are the parameters to run with: those that may be empty are, unless they
// are known.
func (s *session) filled(steps []pipeline.Planned) map[string]string {
	params := maps.Clone(s.params)
	for i := range steps {
		for _, name := range steps[i].Command.Needs() {
			if _, ok := params[name]; !ok && s.mayBeEmpty(name) {
				params[name] = ""
			}
		}
	}
	return params
}

// askParam asks for a parameter, then goes on.
func (s *session) askParam(p *pipeline.Param, then func() tea.Cmd) tea.Cmd {
	help := p.Help
	if p.Example != "" {
		help += " Such as " + p.Example
	}
	check := func(value string) error {
		if p.Pattern == nil {
			return nil
		}
		return p.Check(value)
	}
	name := p.Name
	return say(dialogWantedMsg{dialog: s.newPrompt(safe.Text(p.Label), safe.Text(help), s.params[name], check, func(value string) tea.Cmd {
		return tea.Batch(s.takeParam(name, value), then())
	})})
}

// takeParam takes a value, and keeps it for the next time.
func (s *session) takeParam(name, value string) tea.Cmd {
	s.params[name] = value
	s.state.Params[name] = value
	s.changed()
	c, typed := s.cas, maps.Clone(s.state.Params)
	return s.work(func(context.Context) tea.Msg {
		if err := c.KeepParams(typed); err != nil {
			return noteMsg{text: err.Error(), bad: true}
		}
		return nil
	})
}

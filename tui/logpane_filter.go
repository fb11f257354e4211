package tui

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"patchtrace/logparse"
	"patchtrace/logparse/merged"
	"patchtrace/tui/safe"
)

// filterKey takes the keys that choose what is shown.
func (p *logPane) filterKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	k, f := p.s.keys, &p.s.state.Filter
	switch {
	case key.Matches(msg, k.Filter):
		p.askFilter()
	case key.Matches(msg, k.ClearFilter):
		if !p.filtered() {
			return note("Nothing is left out: no filter is on"), true
		}
		p.unfilter()
		return p.remake(), true
	case key.Matches(msg, k.ErrorsOnly):
		f.ErrorsOnly = !f.ErrorsOnly
		return p.remake(), true
	case key.Matches(msg, k.ThreadOnly):
		return p.turnThread(), true
	case key.Matches(msg, k.AllLogs):
		p.all = !p.all
		return p.remake(), true
	default:
		return nil, false
	}
	return nil, true
}

// filtered is true when lines of the logs that are shown are left out.
func (p *logPane) filtered() bool {
	return p.s.state.Filter != Filter{} || p.thread != nil
}

func (p *logPane) unfilter() { p.s.state.Filter, p.thread = Filter{}, nil }

// turnThread leaves in the thread of the record under the cursor, or all again.
func (p *logPane) turnThread() tea.Cmd {
	r := p.chosen()
	switch {
	case p.thread != nil:
		p.thread = nil
	case r == nil:
		return nil
	case !r.Record.HasThread:
		return note("This line names no thread")
	default:
		p.thread = &merged.Thread{Log: p.logName(r), ID: r.Record.Thread}
	}
	return p.remake()
}

// filter is what the view leaves in, but for its logs.
func (p *logPane) filter() merged.Filter {
	f := merged.Filter{Thread: p.thread}
	if p.s.state.Filter.ErrorsOnly {
		f.MinSeverity = logparse.Error
	}
	f.Text, f.Regexp = pattern(p.s.state.Filter.Text)
	if f.Regexp {
		if _, err := regexp.Compile(f.Text); err != nil { // kept by another version
			f.Regexp = false
		}
	}
	return f
}

// pattern reads what an engineer typed: /…/ is a regular expression.
func pattern(text string) (pattern string, isRegexp bool) {
	if n := len(text); n > 2 && text[0] == '/' && text[n-1] == '/' {
		return text[1 : n-1], true
	}
	return text, false
}

// newLogQuery compiles a text to look for. The pattern lights up what is found.
func newLogQuery(text string) (logQuery, error) {
	if text == "" {
		return logQuery{}, nil
	}
	expr, isRegexp := pattern(text)
	if !isRegexp {
		return logQuery{text, regexp.MustCompile("(?i)" + regexp.QuoteMeta(strings.ToValidUTF8(expr, "\ufffd")))}, nil
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		var wrong *syntax.Error
		if errors.As(err, &wrong) {
			err = errors.New(string(wrong.Code)) // the rest repeats the pattern
		}
		return logQuery{}, fmt.Errorf("read the pattern: %w; mend it", err)
	}
	return logQuery{text, re}, nil
}

// filterWords say what is left in and which key ends that; "" when all is.
func (p *logPane) filterWords() []string {
	var words []string
	if t := p.s.state.Filter.Text; t != "" {
		words = append(words, "filter "+safe.Cut(safe.Text(t), 24, p.s.look.ellipsis)+" (F clears)")
	}
	if p.s.state.Filter.ErrorsOnly {
		words = append(words, "errors only (! off)")
	}
	if p.thread != nil {
		words = append(words, fmt.Sprintf("thread %d (T off)", p.thread.ID))
	}
	return words
}

func (p *logPane) askFilter() {
	p.askFor("filter", "lines that have it; /.../ is a pattern", p.s.state.Filter.Text, nil, func(text string) (tea.Cmd, error) {
		if _, err := newLogQuery(text); err != nil {
			return nil, err
		}
		if text == p.s.state.Filter.Text {
			return nil, nil
		}
		p.s.state.Filter.Text = text
		return p.remake(), nil
	})
}

// askFor asks for a line of text at the bottom of the pane.
func (p *logPane) askFor(head, help, value string, typed func(string), then func(string) (tea.Cmd, error)) {
	in := textinput.New()
	in.Prompt = ""
	in.CharLimit = 1024
	in.SetStyles(textinput.DefaultStyles(p.s.look.dark))
	in.SetValue(value)
	in.CursorEnd()
	in.Focus()
	p.ask = &logAsk{head: head, help: help, input: in, before: p.query, typed: typed, then: then}
	p.changed()
}

// askKey takes a key while a line is typed.
func (p *logPane) askKey(msg tea.KeyPressMsg) tea.Cmd {
	k, a := p.s.keys, p.ask
	defer p.relit()
	switch {
	case key.Matches(msg, k.No):
		p.ask, p.query = nil, a.before
		return nil
	case key.Matches(msg, k.Yes):
		cmd, err := a.then(strings.TrimSpace(a.input.Value()))
		if err != nil {
			a.err = err
			return nil
		}
		p.ask = nil
		return cmd
	}
	return p.askTyped(msg)
}

// askTyped takes what is typed or pasted.
func (p *logPane) askTyped(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	a := p.ask
	a.err = nil
	a.input, cmd = a.input.Update(msg)
	if a.typed != nil {
		a.typed(strings.TrimSpace(a.input.Value()))
	}
	p.relit()
	return cmd
}

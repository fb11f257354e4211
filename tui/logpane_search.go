package tui

import (
	"context"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"patchtrace/logparse"
	"patchtrace/logparse/merged"
	"patchtrace/tui/safe"
)

// lookingFor is a search that goes on.
type lookingFor struct {
	what      string // in words
	query     merged.Query
	backwards bool
	// nearest is set when a search that finds nothing goes on in the other
	// direction instead of from the other end.
	nearest bool
	cancel  context.CancelFunc
}

// logFoundMsg is what a search came to.
type logFoundMsg struct {
	looking *lookingFor
	row     int64
	ok      bool
	// wrapped is true when it was found beyond the end.
	wrapped bool
	err     error
}

// searchKey takes the keys that look for something.
func (p *logPane) searchKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	k := p.s.keys
	switch {
	case key.Matches(msg, k.Search):
		p.askSearch()
	case key.Matches(msg, k.NextFound):
		return p.again(false), true
	case key.Matches(msg, k.PrevFound):
		return p.again(true), true
	case key.Matches(msg, k.NextError):
		return p.nextError(false), true
	case key.Matches(msg, k.PrevError):
		return p.nextError(true), true
	case key.Matches(msg, k.Back) && p.looking != nil:
		p.stopLooking()
		return note("The search was stopped"), true
	case key.Matches(msg, k.Back) && p.query.re != nil && !p.cameFrom:
		p.query, p.s.state.Search = logQuery{}, "" // the lights go out, a second Esc leaves
		p.relit()
	default:
		return nil, false
	}
	return nil, true
}

// askSearch asks what to look for. What has it lights up with every letter.
func (p *logPane) askSearch() {
	light := func(text string) {
		if q, err := newLogQuery(text); err == nil {
			p.query = q
		}
	}
	p.askFor("search", "/.../ is a pattern", "", light, func(text string) (tea.Cmd, error) {
		q, err := newLogQuery(text)
		if err != nil {
			return nil, err
		}
		if text == "" {
			p.query = p.ask.before
			return p.again(false), nil
		}
		p.query, p.s.state.Search = q, text
		// From the row under the cursor on, that row with it.
		return p.lookFor(p.at-1, &lookingFor{what: text, query: p.wanted(), nearest: true}), nil
	})
}

// wanted is the query as merged logs take it.
func (p *logPane) wanted() merged.Query {
	text, isRegexp := pattern(p.query.text)
	return merged.Query{Text: text, Regexp: isRegexp}
}

func (p *logPane) again(backwards bool) tea.Cmd {
	if p.query.re == nil {
		return note("Nothing to look for yet: press " + p.s.keys.Search.Help().Key + " and type it")
	}
	return p.lookFor(p.at, &lookingFor{what: p.query.text, query: p.wanted(), backwards: backwards})
}

func (p *logPane) nextError(backwards bool) tea.Cmd {
	return p.lookFor(p.at, &lookingFor{what: "an error", query: merged.Query{MinSeverity: logparse.Error}, backwards: backwards})
}

// lookFor searches in a command; a search that went on before is given up.
func (p *logPane) lookFor(from int64, l *lookingFor) tea.Cmd {
	p.stopLooking()
	if p.view == nil || p.made != p.gen {
		return nil
	}
	var ctx context.Context
	ctx, l.cancel = context.WithCancel(p.ctx)
	p.looking = l
	p.leave()
	v, first, end := p.view, p.first, p.end
	return p.s.work(func(context.Context) tea.Msg { return l.search(ctx, v, from, first, end) })
}

func (l *lookingFor) search(ctx context.Context, v logView, from, first, end int64) logFoundMsg {
	m := logFoundMsg{looking: l}
	m.row, m.ok, m.err = v.Search(ctx, from, l.backwards, l.query)
	if m.err != nil || m.ok {
		return m
	}
	m.wrapped = true
	switch {
	case l.nearest:
		m.row, m.ok, m.err = v.Search(ctx, from+1, !l.backwards, l.query)
	case l.backwards:
		m.row, m.ok, m.err = v.Search(ctx, end, true, l.query)
	default:
		if f, _, _ := v.Extent(); f < first {
			first = f
		}
		m.row, m.ok, m.err = v.Search(ctx, first-1, false, l.query)
	}
	return m
}

func (p *logPane) stopLooking() {
	if p.looking != nil {
		p.looking.cancel()
		p.looking = nil
		p.changed()
	}
}

// found takes what a search came to, unless it was given up since.
func (p *logPane) found(m logFoundMsg) tea.Cmd {
	if m.looking == nil || m.looking != p.looking {
		return nil
	}
	l := p.looking
	l.cancel()
	p.looking = nil
	p.changed()
	switch {
	case m.err != nil:
		return failure(m.err)
	case !m.ok:
		return note(p.notFound(l))
	}
	p.centre = true
	cmds := []tea.Cmd{p.goTo(m.row)}
	if p.at != m.row {
		// It stands where this pane does not know of rows yet.
		cmds = []tea.Cmd{p.want(logWish{anchor: anchor{kind: atRow, row: m.row}})}
		p.at, p.top, p.following = m.row, m.row, false
	}
	return tea.Batch(append(cmds, p.wrapNote(l, m))...)
}

// notFound says that there is none, and what may hide it.
func (p *logPane) notFound(l *lookingFor) string {
	text := "Not found: " + safe.Text(l.what)
	switch {
	case p.filtered():
		text += ". Lines are left out: F shows all again"
	case !p.all && len(p.shown) < len(p.names):
		text += ". A looks in all logs"
	}
	return text
}

// wrapNote says that the search went on elsewhere.
func (p *logPane) wrapNote(l *lookingFor, m logFoundMsg) tea.Cmd {
	switch {
	case !m.wrapped:
		return nil
	case l.nearest:
		return note("None below: this is the nearest above")
	case l.backwards:
		return note("None above: went on from the end")
	}
	return note("None below: went on from the top")
}

package tui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"patchtrace/logparse/merged"
)

// anchorKind says how a place in the log is given.
type anchorKind int

const (
	// atRow keeps the rows around a row of the view at hand.
	atRow anchorKind = iota
	atEnd
	atPlace // of a record; the nearest if the view does not show it
	atTime
)

// anchor is a place in the log to show.
type anchor struct {
	kind  anchorKind
	row   int64
	place place
	time  time.Time // of the record at place too, zero if it has none
	// text is how the record begins, for a place whose offset is not known.
	text string
	// must is set when nothing else than that very record will do.
	must bool
}

// logWish is a part of the log that is wanted.
type logWish struct {
	anchor anchor
	// moves is the reader's doings before it: what he did since goes first.
	moves int
	// refresh is set for what nobody asked for: it gives way to any other wish.
	refresh bool
	// light leaves out rows that are there already: from … to.
	light    bool
	from, to int64
	height   int
}

// logFetchedMsg answers a wish.
type logFetchedMsg struct {
	pane *logPane
	gen  int
	wish logWish

	view         logView // when it had to be made
	names, shown []string
	first, end   int64
	done         bool
	counts       merged.Counts
	// row is the anchor's; exact is false when it is another record, inView when
	// the record's log is not shown at all.
	row           int64
	exact, inView bool
	// rows are from row from on; kept is true when those at hand will do. One that
	// could not be read has no record.
	rows []merged.Row
	from int64
	kept bool
	err  error
}

// logPollMsg is the pause between two looks at a view that is still growing.
type logPollMsg struct {
	pane *logPane
	gen  int
}

// logBuiltMsg tells that all rows of a view are known.
type logBuiltMsg struct {
	pane *logPane
	gen  int
	err  error
}

// pollPace is how often a view is looked at that is still being indexed; the
// first rows are waited for more eagerly.
const (
	pollPace  = 250 * time.Millisecond
	firstPace = 25 * time.Millisecond
)

// remake makes the view anew and stays with the record under the cursor.
func (p *logPane) remake() tea.Cmd { return p.remakeAt(p.here()) }

// here is the place of the cursor, in words that any view understands.
func (p *logPane) here() anchor {
	r := p.chosen()
	if p.following || r == nil {
		return anchor{kind: atEnd}
	}
	return anchor{kind: atPlace, place: placeOf(r.Record), time: r.Time}
}

func (p *logPane) remakeAt(a anchor) tea.Cmd {
	p.stop()
	p.gen++
	p.ctx, p.cancel = context.WithCancel(p.s.ctx)
	p.zone = p.zoneNow()
	p.relit()
	p.moves++
	return p.want(logWish{anchor: a})
}

// refresh looks what has become of the view. A light one does not read rows again.
func (p *logPane) refresh(light bool) tea.Cmd {
	a := anchor{kind: atRow, row: p.top}
	if p.following {
		a.kind = atEnd
	}
	return p.want(logWish{anchor: a, refresh: true, light: light})
}

// want asks for a part of the log. One is fetched at a time; of those that wait
// the newest is fetched next.
func (p *logPane) want(w logWish) tea.Cmd {
	if p.gen == 0 {
		return nil
	}
	w.moves, w.height = p.moves, max(p.h, 24)
	switch {
	case !p.fetching:
		return p.fetch(w)
	case p.wish == nil, p.wish.refresh, !w.refresh:
		p.wish = &w
	case !w.light:
		p.wish.light = false
	}
	return nil
}

func (p *logPane) fetch(w logWish) tea.Cmd {
	p.fetching = true
	p.jumping = p.made == p.gen && (w.anchor.kind == atPlace || w.anchor.kind == atTime)
	w.from, w.to = p.from, p.from+int64(len(p.rows))
	job := logFetch{wish: w, pane: p, gen: p.gen, logs: p.logs}
	if p.made == p.gen && p.view != nil {
		job.view, job.shown = p.view, p.shown
	} else {
		job.filter, job.pick = p.filter(), p.picker()
	}
	var ctx context.Context
	ctx, p.unfetch = context.WithCancel(p.ctx)
	return p.s.work(func(context.Context) tea.Msg { return job.do(ctx) })
}

// wished fetches what was wished while something else was fetched.
func (p *logPane) wished() tea.Cmd {
	if p.wish == nil {
		return nil
	}
	w := *p.wish
	p.wish = nil
	return p.fetch(w)
}

// fetched takes an answer, and asks for what was wished meanwhile.
func (p *logPane) fetched(m logFetchedMsg) tea.Cmd {
	if m.pane != p {
		return nil
	}
	p.fetching, p.jumping = false, false
	p.unfetch()
	if m.gen != p.gen {
		return p.wished()
	}
	p.changed()
	if errors.Is(m.err, context.Canceled) {
		return p.wished()
	}
	if p.err = m.err; m.err != nil {
		return p.wished()
	}
	cmds := []tea.Cmd{p.viewMade(&m)}
	if p.names = m.names; !sameLogs(p.shown, p.picker()(p.names)) {
		return tea.Batch(append(cmds, p.remake())...) // a log came or went
	}
	grown := m.end != p.end || m.first != p.first
	p.first, p.end, p.done, p.counts = m.first, m.end, m.done, m.counts
	if !m.kept {
		p.rows, p.from = m.rows, m.from
		if m.wish.refresh {
			p.look++ // files may have other names now
		}
	}
	cmds = append(cmds, p.arrive(&m))
	if !p.fetching {
		cmds = append(cmds, p.wished())
	}
	if !p.done {
		cmds = append(cmds, p.poll(grown))
	}
	return tea.Batch(cmds...)
}

// viewMade takes a new view and has the rest of it worked out.
func (p *logPane) viewMade(m *logFetchedMsg) tea.Cmd {
	if p.made == p.gen && m.view == nil {
		return nil
	}
	p.view, p.made, p.shown = m.view, m.gen, m.shown
	p.relit()
	if m.view == nil {
		return nil
	}
	ctx, v, gen := p.ctx, m.view, m.gen
	return p.s.work(func(context.Context) tea.Msg { return logBuiltMsg{p, gen, v.Build(ctx, nil)} })
}

func (p *logPane) built(m logBuiltMsg) tea.Cmd {
	if m.pane != p || m.gen != p.gen {
		return nil
	}
	if m.err != nil {
		return failure(m.err)
	}
	return p.refresh(true)
}

// arrive moves the cursor to where the answer is about, unless the reader has
// gone elsewhere, and fetches what is in sight if the answer is not about that.
func (p *logPane) arrive(m *logFetchedMsg) tea.Cmd {
	a := m.wish.anchor
	switch {
	case m.wish.moves != p.moves, a.kind == atRow, a.kind == atEnd && !p.following:
	case a.must && !m.exact:
		return p.missed(m)
	case a.kind == atEnd:
		p.at = p.end - 1
	default:
		p.at, p.centre, p.following = m.row, true, false
	}
	p.settle()
	h := int64(max(p.h, 1))
	if p.wish != nil || a.kind == atRow && a.row == p.top || p.within(p.top, p.top+h) {
		return nil
	}
	return p.want(logWish{anchor: anchor{kind: atRow, row: p.top}})
}

// poll looks again a little later while the view is still growing.
func (p *logPane) poll(grown bool) tea.Cmd {
	if p.polling {
		return nil
	}
	p.polling = true
	pace := pollPace
	if !grown && p.end == p.first {
		pace = firstPace
	}
	gen := p.gen
	return tea.Tick(pace, func(time.Time) tea.Msg { return logPollMsg{p, gen} })
}

func (p *logPane) polled(m logPollMsg) tea.Cmd {
	if m.pane != p {
		return nil
	}
	p.polling = false
	if p.done && m.gen == p.gen {
		return nil
	}
	return p.refresh(true)
}

// within is true when all rows that can be in sight were fetched.
func (p *logPane) within(from, to int64) bool {
	from, to = max(from, p.first), min(to, p.end)
	return from >= to || from >= p.from && to <= p.from+int64(len(p.rows))
}

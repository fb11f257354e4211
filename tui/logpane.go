package tui

import (
	"context"
	"regexp"
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"patchtrace/diagnose"
	"patchtrace/logparse/merged"
)

// logPane shows the logs of the stage in view, or all, merged by time. It holds
// the rows around those in sight; whatever else is looked at is read by commands,
// of which one at a time fetches rows.
type logPane struct {
	s    *session
	logs logSource

	// gen counts the views that were asked for: what comes back for an older one
	// is dropped. ctx ends with it.
	gen    int
	ctx    context.Context
	cancel context.CancelFunc
	// view is nil until the first answer; made is the gen that it is of.
	view logView
	made int

	// all is true for all logs instead of the stage's; thread leaves in only one.
	all    bool
	thread *merged.Thread
	// names are all logs, shown those of the view, nil for all.
	names, shown []string
	zone         string // that the view was made in

	// What is known of the view: its rows, and how many there are.
	first, end int64
	done       bool
	counts     merged.Counts
	err        error

	// rows are those that were fetched, without a gap, from row from on.
	rows []merged.Row
	from int64
	// at is the chosen row, top the first in sight, h how many were drawn last.
	at, top   int64
	h         int
	following bool
	// moves counts what the reader did, so that no late answer moves him.
	moves int

	// fetching is true while an answer is due, unfetch gives it up.
	fetching, polling bool
	unfetch           context.CancelFunc
	// jumping is true when it may wait for the index.
	jumping bool
	wish    *logWish
	// centre is set when the chosen row came from afar.
	centre bool

	// query is what is searched for and lit up; looking is a search that goes on.
	query   logQuery
	looking *lookingFor
	ask     *logAsk

	// cameFrom is set when a finding led here, until Esc leads back to it.
	cameFrom bool

	marks []mark
	// proofs are the lines that prove findings, made from a report.
	proofs   map[place]string
	proofsOf *diagnose.Report

	// version changes with everything that is drawn, look with what a row that is
	// not chosen is drawn from.
	version, look int
	drawn         logDrawn
	drawnRows     logDrawnRows
}

// logQuery is a text to look for as the engineer wrote it, and as a pattern.
type logQuery struct {
	text string
	re   *regexp.Regexp
}

// logAsk is a line of text that is being typed at the bottom of the pane.
type logAsk struct {
	head, help string
	input      textinput.Model
	err        error
	// before is the query to go back to.
	before logQuery
	// typed is called with each letter, then with the line.
	typed func(string)
	then  func(string) (tea.Cmd, error)
}

func newLogPane(s *session) *logPane {
	p := &logPane{s: s, logs: caseLogs{s.cas.Logs()}, following: true}
	p.query, _ = newLogQuery(s.state.Search) // a pattern that does not compile was never kept
	return p
}

// changed makes the pane draw anew; relit also the rows that were drawn before.
func (p *logPane) changed() { p.version++ }
func (p *logPane) relit()   { p.version++; p.look++ }

// stop ends all that goes on for the pane.
func (p *logPane) stop() {
	p.stopLooking()
	if p.cancel != nil {
		p.cancel()
	}
}

// typing is true while letters are text and not keys.
func (p *logPane) typing() bool { return p.ask != nil }

// key takes a key press and tells whether it was for the pane.
func (p *logPane) key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	if p.ask != nil {
		return p.askKey(msg), true
	}
	if p.cameFrom && p.looking == nil && key.Matches(msg, p.s.keys.Back) {
		p.cameFrom = false
		return nil, false
	}
	for _, try := range []func(tea.KeyPressMsg) (tea.Cmd, bool){p.moveKey, p.searchKey, p.filterKey, p.markKey, p.recordKey} {
		if cmd, taken := try(msg); taken {
			p.changed()
			return cmd, true
		}
	}
	return nil, false
}

// update takes every other message.
func (p *logPane) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case logFetchedMsg:
		return p.fetched(msg)
	case logPollMsg:
		return p.polled(msg)
	case logBuiltMsg:
		return p.built(msg)
	case logFoundMsg:
		return p.found(msg)
	case tea.PasteMsg:
		if p.ask != nil {
			return p.askTyped(msg)
		}
	case proofWantedMsg:
		return p.goToProof(msg.at)
	case timeWantedMsg:
		return p.goToTime(msg.at)
	case refreshedMsg, indexedMsg, judgedMsg:
		return p.caseMsg(msg)
	}
	return nil
}

// caseMsg takes news about the case.
func (p *logPane) caseMsg(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case refreshedMsg:
		if msg.cas != p.s.cas {
			return nil
		}
		if msg.err != nil {
			return failure(msg.err)
		}
		return p.refresh(false)
	case indexedMsg:
		if msg.cas != p.s.cas {
			return nil
		}
		if msg.err != nil && p.s.ctx.Err() == nil {
			return tea.Batch(failure(msg.err), p.refresh(true))
		}
		return p.refresh(true)
	case judgedMsg:
		// Another zone is another order: rows have other numbers now.
		if msg.cas == p.s.cas && p.view != nil && p.zone != p.zoneNow() {
			return p.remake()
		}
	}
	return nil
}

// bindings are its keys, the most useful first.
func (p *logPane) bindings() []key.Binding {
	keys := p.s.keys
	if p.ask != nil {
		return []key.Binding{bind(keys.Yes.Help().Key, "take it", "enter"), bind(keys.No.Help().Key, "leave it", "esc")}
	}
	var b []key.Binding
	if p.looking != nil {
		b = append(b, bind(keys.Back.Help().Key, "stop searching", "esc"))
	}
	if p.cameFrom {
		b = append(b, bind(keys.Back.Help().Key, "back to the finding", "esc"))
	}
	if !p.following && !p.s.about.Still {
		b = append(b, keys.Live)
	}
	if p.filtered() {
		b = append(b, bind(keys.ClearFilter.Help().Key, "show all again", "F"))
	}
	b = append(b, keys.Detail)
	if p.query.re != nil {
		b = append(b, keys.NextFound)
		if p.looking == nil && !p.cameFrom {
			b = append(b, bind(keys.Back.Help().Key, "clear search", "esc"))
		}
	}
	b = append(b, keys.NextError, keys.Search)
	return append(b, keys.Filter, keys.ErrorsOnly, keys.ThreadOnly, keys.Mark, keys.Bookmark, keys.AllLogs)
}

// load makes the view of the logs of the stage.
func (p *logPane) load() tea.Cmd { return p.remakeAt(anchor{kind: atEnd}) }

// stageChanged shows the logs of the stage that is in view now.
func (p *logPane) stageChanged() tea.Cmd {
	if p.all {
		return nil
	}
	p.thread, p.following, p.cameFrom = nil, true, false
	return p.remakeAt(anchor{kind: atEnd})
}

// chosen is the row under the cursor, nil if there is none or it is not read yet.
func (p *logPane) chosen() *merged.Row { return p.row(p.at) }

// row is a fetched row, nil for one that is not there or could not be read.
func (p *logPane) row(n int64) *merged.Row {
	if i := n - p.from; i >= 0 && i < int64(len(p.rows)) && p.rows[i].Record != nil {
		return &p.rows[i]
	}
	return nil
}

func (p *logPane) zoneNow() string {
	t := time.Unix(0, 0)
	_, winter := t.In(p.s.zone()).Zone()
	_, summer := t.AddDate(0, 6, 0).In(p.s.zone()).Zone()
	return time.Duration(winter).String() + time.Duration(summer).String()
}

// logName is the name of a row's log.
func (p *logPane) logName(r *merged.Row) string {
	if r.Log >= 0 && r.Log < len(p.names) {
		return p.names[r.Log]
	}
	return r.Record.Pos.Log
}

// several is true when rows of more than one log can be in sight.
func (p *logPane) several() bool {
	if p.shown == nil {
		return len(p.names) > 1
	}
	return len(p.shown) > 1
}

// sameLogs is true when both choose the same logs; nil is not the same as none.
func sameLogs(a, b []string) bool { return (a == nil) == (b == nil) && slices.Equal(a, b) }

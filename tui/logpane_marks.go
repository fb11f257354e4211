package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"patchtrace/diagnose"
)

// mark is a line that time is measured from or to.
type mark struct {
	place
	time time.Time
}

// markKey takes the keys of marks and bookmarks.
func (p *logPane) markKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	k := p.s.keys
	switch {
	case key.Matches(msg, k.Mark):
		return p.turnMark(), true
	case key.Matches(msg, k.Bookmark):
		return p.turnBookmark(), true
	case key.Matches(msg, k.NextBookmark):
		return p.nextBookmark(), true
	}
	return nil, false
}

// turnMark marks the line or takes its mark away. Of three the oldest goes.
func (p *logPane) turnMark() tea.Cmd {
	r := p.chosen()
	if r == nil {
		return nil
	}
	defer p.relit()
	at := placeOf(r.Record)
	if i := slices.IndexFunc(p.marks, func(m mark) bool { return m.place == at }); i >= 0 {
		p.marks = slices.Delete(p.marks, i, i+1)
		return nil
	}
	if r.Time.IsZero() {
		return note("This line has no time to measure from")
	}
	p.marks = append(p.marks, mark{at, r.Time})
	if len(p.marks) > 2 {
		p.marks = p.marks[1:]
	}
	return nil
}

// markText is the time between the marked lines, or from the only one to the
// cursor; "" without marks.
func (p *logPane) markText() string {
	switch len(p.marks) {
	case 2:
		return "between marks: " + between(p.marks[1].time.Sub(p.marks[0].time).Abs())
	case 1:
		r := p.chosen()
		if r == nil || r.Time.IsZero() || placeOf(r.Record) == p.marks[0].place {
			return "marked: m on another line shows the time between"
		}
		d := r.Time.Sub(p.marks[0].time)
		if d < 0 {
			return "before the mark: " + between(-d)
		}
		return "since the mark: " + between(d)
	}
	return ""
}

// between is a duration in its two largest units.
func between(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Truncate(time.Second/10).Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}

// bookmarkText is how many characters of a line a bookmark is known by.
const bookmarkText = 80

func bookmarkHead(message string) string { return whole(message, bookmarkText) }

// bookmarked is the place of a line among the bookmarks, -1 for none.
func (p *logPane) bookmarked(at place, message string) int {
	return slices.IndexFunc(p.s.state.Bookmarks, func(b Bookmark) bool {
		return b.Part == at.part && b.Offset == at.offset && strings.HasPrefix(message, b.Text)
	})
}

func (p *logPane) turnBookmark() tea.Cmd {
	r := p.chosen()
	if r == nil {
		return nil
	}
	defer p.relit()
	at, st := placeOf(r.Record), &p.s.state
	if i := p.bookmarked(at, r.Record.Message); i >= 0 {
		st.Bookmarks = slices.Delete(slices.Clone(st.Bookmarks), i, i+1)
		return nil
	}
	st.Bookmarks = append(slices.Clip(st.Bookmarks), Bookmark{at.part, at.offset, strings.Clone(bookmarkHead(r.Record.Message))})
	return nil
}

// nextBookmark goes to the next bookmark that the view shows.
func (p *logPane) nextBookmark() tea.Cmd {
	marks := slices.Clone(p.s.state.Bookmarks)
	if len(marks) == 0 {
		return note("No bookmarks yet: " + p.s.keys.Bookmark.Help().Key + " sets one on the line under the cursor")
	}
	p.stopLooking()
	if p.view == nil || p.made != p.gen {
		return nil
	}
	l := &lookingFor{what: "a bookmark: none is on a line that is shown"}
	var ctx context.Context
	ctx, l.cancel = context.WithCancel(p.ctx)
	p.looking = l
	p.leave()
	v, at := p.view, p.at
	return p.s.work(func(context.Context) tea.Msg {
		m := logFoundMsg{looking: l}
		var rows []int64
		if rows, m.err = bookmarkRows(ctx, v, marks); m.err != nil || len(rows) == 0 {
			return m
		}
		i := slices.IndexFunc(rows, func(n int64) bool { return n > at })
		m.row, m.ok, m.wrapped = rows[max(i, 0)], true, i < 0
		return m
	})
}

// bookmarkRows are the rows of bookmarks in their order.
func bookmarkRows(ctx context.Context, v logView, marks []Bookmark) ([]int64, error) {
	var rows []int64
	for _, b := range marks {
		n, ok, err := v.Find(ctx, b.Part, b.Offset)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		got, err := v.Rows(ctx, n, 1)
		if err != nil {
			return nil, err
		}
		if len(got) == 1 && placeOf(got[0].Record) == (place{b.Part, b.Offset}) && strings.HasPrefix(got[0].Record.Message, b.Text) {
			rows = append(rows, n)
		}
	}
	slices.Sort(rows)
	return rows, nil
}

// proof is the title of the finding that a line proves, "" for none.
func (p *logPane) proof(at place) string {
	if p.proofsOf != p.s.report {
		p.proofsOf, p.proofs = p.s.report, proofsIn(p.s.report)
	}
	return p.proofs[at]
}

func proofsIn(r *diagnose.Report) map[place]string {
	proofs := map[place]string{}
	if r == nil {
		return proofs
	}
	for i := range r.Stages {
		for _, f := range r.Stages[i].Findings {
			for _, e := range f.Evidence {
				at := place{e.Log, e.Offset}
				if _, ok := proofs[at]; !ok {
					proofs[at] = f.Title
				}
			}
		}
	}
	return proofs
}

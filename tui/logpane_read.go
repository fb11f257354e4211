package tui

import (
	"context"
	"strings"

	"patchtrace/logparse/merged"
)

// margin is how many rows are fetched around those in sight, beside two screens.
const margin = 64

// logFetch is a wish with all that its command needs.
type logFetch struct {
	wish   logWish
	pane   *logPane // for the answer's address only
	gen    int
	logs   logSource
	view   logView
	filter merged.Filter
	pick   func(names []string) []string
	shown  []string
}

func (f logFetch) do(ctx context.Context) logFetchedMsg {
	m := logFetchedMsg{pane: f.pane, gen: f.gen, wish: f.wish, names: f.logs.Names(), shown: f.shown, exact: true, inView: true, kept: true}
	if f.view == nil {
		m.shown = f.pick(m.names)
		if m.shown != nil && len(m.shown) == 0 {
			m.kept, m.done = false, true // no log of the stage is here
			return m
		}
		f.filter.Logs = m.shown
		if f.view, m.err = f.logs.View(f.filter); m.err != nil {
			return m
		}
		m.view = f.view
		f.wish.light = false
	}
	m.first, m.end, m.done = f.view.Extent()
	if m.err = f.locate(ctx, &m); m.err != nil {
		return m
	}
	m.err = f.read(ctx, &m)
	m.first, m.end, m.done = f.view.Extent() // reading may have found more
	m.counts = f.view.Counts()
	return m
}

// locate finds the anchor's row.
func (f logFetch) locate(ctx context.Context, m *logFetchedMsg) (err error) {
	a := f.wish.anchor
	switch a.kind {
	case atEnd:
		m.row = m.end - 1
	case atRow:
		m.row = a.row
	case atTime:
		m.row, err = f.view.AtTime(ctx, a.time)
		m.row = min(m.row, m.end-1)
	case atPlace:
		if a.place.offset < 0 {
			return f.locateText(ctx, m)
		}
		m.row, m.inView, err = f.view.Find(ctx, a.place.part, a.place.offset)
		if err == nil && !m.inView && !a.time.IsZero() {
			m.row, err = f.view.AtTime(ctx, a.time)
		}
		if err == nil && m.inView {
			m.exact, err = f.is(ctx, m.row, a.place)
		}
		m.exact = m.exact && m.inView
	}
	return err
}

func (f logFetch) is(ctx context.Context, row int64, at place) (bool, error) {
	rows, err := f.view.Rows(ctx, row, 1)
	return len(rows) == 1 && rows[0].N == row && placeOf(rows[0].Record) == at, err
}

// locateText finds a record by its time and its text, where its offset is not known.
func (f logFetch) locateText(ctx context.Context, m *logFetchedMsg) (err error) {
	a := f.wish.anchor
	m.exact = false
	if a.time.IsZero() {
		m.row = m.end - 1
		return nil
	}
	if m.row, err = f.view.AtTime(ctx, a.time); err != nil {
		return err
	}
	rows, err := f.view.Rows(ctx, m.row, margin)
	for i := range rows {
		if rows[i].Record.Pos.Part == a.place.part && strings.HasPrefix(rows[i].Record.Message, a.text) {
			m.row, m.exact = rows[i].N, true
			break
		}
	}
	return err
}

// read fetches the rows around the anchor.
func (f logFetch) read(ctx context.Context, m *logFetchedMsg) error {
	h := int64(f.wish.height)
	// Only what is known is read: the rest is worked out in the background.
	from, to := max(m.row-2*h-margin, m.first), min(m.row+3*h+margin, m.end)
	if f.wish.light && f.wish.from <= from && f.wish.to >= to {
		return nil
	}
	m.kept, m.from = false, from
	m.rows = make([]merged.Row, max(to-from, 0)) // those that cannot be read stay empty
	// In pieces, so that a file of very long records is not held whole.
	for n := from; n < to; {
		rows, err := f.view.Rows(ctx, n, int(min(to-n, margin)))
		if err != nil {
			return err
		}
		for i := range rows {
			if at := rows[i].N - from; at >= 0 && at < int64(len(m.rows)) {
				m.rows[at] = shortened(rows[i])
			}
		}
		n += margin
	}
	return nil
}

// mostKept is how many bytes of a message are kept for drawing it.
const mostKept = 4096

// shortened is a row that holds no more than can be drawn of it.
func shortened(r merged.Row) merged.Row {
	if len(r.Record.Message) > mostKept {
		short := *r.Record
		short.Message = strings.Clone(whole(short.Message, mostKept))
		r.Record = &short
	}
	return r
}

// whole is the first n bytes of a text, without a piece of a character.
func whole(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && n > len(text[:n])-4 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n]
}

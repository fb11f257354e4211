package tui

import (
	"fmt"
	"path"
	"strings"

	"patchtrace/diagnose"
	"patchtrace/tui/safe"
)

// placeText is where an event stands, as people write it.
func placeText(e *diagnose.Event) string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d", path.Base(e.Log), e.Line)
	}
	return path.Base(e.Log)
}

// below describes what is chosen in at most h lines, with the newest events under
// it where there is room.
func (t *timeline) below(w, h int) []string {
	m := t.chosen()
	if m == nil || h <= 0 {
		return nil
	}
	if h < 3 {
		return t.shortDescription(m, w, h)
	}
	most := h
	if h >= 11 {
		most = 7
	}
	out := t.description(m, w, most)
	if room := h - len(out) - 1; room >= 4 {
		out = append(out, "")
		out = append(out, t.newest(w, room)...)
	}
	return out
}

// shortDescription is what is most needed of an event in one line or two.
func (t *timeline) shortDescription(m *moment, w, h int) []string {
	k := &t.s.look
	symbol, style := k.moment(m)
	head := " " + style.Render(symbol+" "+t.word(m))
	if m.event == nil {
		return []string{safe.Cut(head+" "+t.s.when(m.at), w, k.ellipsis)}
	}
	where := " " + k.quiet.Render(safe.Text(placeText(m.event))) + " "
	text := safe.Text(m.event.Text)
	if h < 2 {
		return []string{safe.Cut(head+where+text, w, k.ellipsis)}
	}
	return []string{safe.Cut(head+where, w, k.ellipsis), safe.Cut("   "+text, w, k.ellipsis)}
}

// word is what a moment is: "failed", or the name of a date.
func (t *timeline) word(m *moment) string {
	if m.event == nil {
		return safe.Text(m.label)
	}
	return kindWord(m.kind)
}

// description is everything about what is chosen, in at most h lines.
func (t *timeline) description(m *moment, w, h int) []string {
	k := &t.s.look
	symbol, style := k.moment(m)
	head := " " + style.Render(symbol+" ")
	if m.event != nil {
		head += style.Render(fmt.Sprintf("%s %s", stageNames[m.lane], t.word(m)))
		if m.event.Track != "" {
			head += k.quiet.Render(" " + k.dot + " " + safe.Text(m.event.Track))
		}
	} else {
		head += style.Render(t.word(m))
	}
	if n, of := t.among(m); of > 1 {
		head += k.quiet.Render(fmt.Sprintf(" %s %d of %d in this place, + tells them apart", k.dot, n, of))
	}
	out := []string{safe.Cut(head, w, k.ellipsis)}
	when := "   " + t.s.exactly(m.at) + k.quiet.Render(" "+k.dot+" ") + ageText(t.s.clock().Sub(m.at))
	if m.at.Sub(t.s.clock()) > clockSlack && m.event != nil {
		when += k.warn.Render(" " + k.dot + " after now: a clock is wrong")
	}
	out = append(out, safe.Cut(when, w, k.ellipsis))
	text := safe.Text(m.note)
	if m.event != nil {
		text = safe.Text(m.event.Text)
		out = append(out, safe.Cut("   "+k.quiet.Render(safe.Text(where(m.event))), w, k.ellipsis))
	}
	lines := wrapped(text, max(w-6, 8))
	if room := max(h-len(out), 0); len(lines) > room {
		lines = lines[:room]
		if room > 0 {
			lines[room-1] = safe.Cut(lines[room-1], w-7, "") + k.ellipsis
		}
	}
	for _, l := range lines {
		out = append(out, "   "+k.quiet.Render(k.bar+" ")+l)
	}
	return out
}

func where(e *diagnose.Event) string {
	if e.Log == diagnose.ProcessLog {
		return "run by patchtrace"
	}
	return placeText(e)
}

// among counts the events of a lane that are drawn in the same cell.
func (t *timeline) among(m *moment) (n, of int) {
	v := t.now()
	cell := v.cell(m.at, t.cells)
	for i := range t.moments {
		o := &t.moments[i]
		if o.lane != m.lane || v.cell(o.at, t.cells) != cell {
			continue
		}
		of++
		if o == m {
			n = of
		}
	}
	return n, of
}

// newest is a list of the events, the newest first, scrolled to what is chosen.
func (t *timeline) newest(w, h int) []string {
	k := &t.s.look
	out := []string{" " + k.strong.Render("Newest first")}
	h--
	total := len(t.moments)
	at := total - 1 - t.at // the place of what is chosen, counted from the newest
	top := max(min(at-h/2, total-h), 0)
	stamp := 0
	for i := top; i < total && i < top+h; i++ {
		stamp = max(stamp, safe.Width(t.s.when(t.moments[total-1-i].at)))
	}
	for i := top; i < total && i < top+h; i++ {
		m := &t.moments[total-1-i]
		out = append(out, k.rowLine(t.listText(m, stamp), w, i == at, true))
	}
	if hidden := total - top - h; hidden > 0 && len(out) > h {
		out[0] = " " + k.strong.Render("Newest first") + k.quiet.Render(fmt.Sprintf(" %s %d older below", k.dot, hidden))
	}
	return out
}

func (t *timeline) listText(m *moment, stamp int) string {
	k := &t.s.look
	symbol, style := k.moment(m)
	name, text := "Dates", safe.Text(m.label+"  "+m.note)
	if m.event != nil {
		name, text = stageNames[m.lane], safe.Text(m.event.Text)
	}
	return fmt.Sprintf("%s  %s %s  %s", k.quiet.Render(fmt.Sprintf("%*s", stamp, t.s.when(m.at))), style.Render(symbol),
		safe.Fill(name, 9, ""), strings.TrimSpace(text))
}

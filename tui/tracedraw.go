package tui

import (
	"fmt"
	"strings"

	"patchtrace/diagnose/trace"
	"patchtrace/tui/safe"
)

// View draws the screen.
func (v *traceView) View(w, h int) string {
	k := &v.s.look
	title := k.strong.Render("Trace of " + safe.Text(v.patch))
	if v.tracing && v.trace != nil {
		title += k.quiet.Render(" " + k.horizontal + " reading" + k.ellipsis)
	}
	v.short = h < 16
	v.list.h = h - 2
	v.arrange(w - 3)
	if r := v.list.chosen(); v.fresh && r != nil {
		v.list.show(v.list.at)
		v.fresh = false
	}
	lines := v.list.lines(k, w-2, h-2, true)
	return k.box(safe.Cut(title, w-12, k.ellipsis), k.quiet.Render(v.list.place(k)), lines, w, h, true)
}

// arrange makes the rows. The link of the chosen row is open; rows are made once
// more when the choice has gone to another one.
func (v *traceView) arrange(w int) {
	if v.open == "" {
		v.open = v.firstOpen()
	}
	for range 2 {
		v.list.set(v.rows(w))
		open, _, _ := strings.Cut(v.list.chosenID(), ".")
		if open == v.open || open == "" {
			return
		}
		v.open = open
	}
}

// firstOpen is the link that a new trace begins with: the one that its outcome is
// about, of the chain that is worst off.
func (v *traceView) firstOpen() string {
	if v.trace == nil {
		return ""
	}
	for i := range v.trace.Chains {
		c := &v.trace.Chains[i]
		if c.Outcome != v.trace.Outcome {
			continue
		}
		for n := range c.Steps {
			if &c.Steps[n] == c.End() {
				return stepID(i, n)
			}
		}
		return stepID(i, 0)
	}
	return ""
}

func stepID(chain, step int) string { return fmt.Sprintf("c%ds%d", chain, step) }

// rows are the answer, then each chain link by link.
func (v *traceView) rows(w int) []row {
	k := &v.s.look
	switch {
	case v.err != nil:
		rows := []row{{text: k.bad.Render(k.failed + " It could not be traced")}}
		return append(rows, textRows(k.plain.Render, safe.Text(v.err.Error()), "  ", w)...)
	case v.trace == nil:
		return []row{{}, {text: k.quiet.Render("Following " + safe.Text(v.patch) + " through logs and evidence" + k.ellipsis)}}
	}
	symbol, style := k.status(v.trace.Outcome.Status())
	rows := []row{{text: style.Render(symbol + " " + strings.ToUpper(strings.ReplaceAll(string(v.trace.Outcome), "-", " ")))}}
	if !v.short { // else the link below, which says it too, would be out of sight
		rows = append(rows, textRows(k.plain.Render, safe.Text(v.trace.Summary), "  ", w)...)
	}
	for i := range v.trace.Chains {
		rows = append(rows, v.chainRows(i, w)...)
	}
	for i, n := range v.trace.Notes {
		if i == 0 {
			rows = append(rows, row{})
		}
		rows = append(rows, labelled(k, label("Note", i), safe.Text(n), w)...)
	}
	return rows
}

func (v *traceView) chainRows(i, w int) []row {
	k := &v.s.look
	c := &v.trace.Chains[i]
	rows := []row{{}}
	rows = append(rows, textRows(k.strong.Render, safe.Text(chainName(c)), "", w)...)
	if c.Title != "" {
		rows = append(rows, textRows(k.quiet.Render, safe.Text(c.Title), "  ", w)[:1]...)
	}
	for n := range c.Steps {
		rows = append(rows, v.stepRows(c, stepID(i, n), n, w)...)
	}
	return rows
}

// placeRows are the places that should hold a copy of the catalogue and do not.
func placeRows(k *look, s *trace.Step, w int) []row {
	var rows []row
	place := ""
	for i := range s.Copies {
		c := &s.Copies[i]
		if c.State != trace.CopyMissing {
			continue
		}
		if c.Place != place {
			rows = append(rows, labelled(k, label("Places", len(rows)), safe.Text(c.Place), w)...)
			place = c.Place
		}
		rows = append(rows, textRows(k.quiet.Render, safe.Text(c.Name), strings.Repeat(" ", column+2), w)...)
	}
	return rows
}

// stepRows are a link in one line, and what proves it when it is open.
func (v *traceView) stepRows(c *trace.Chain, id string, n, w int) []row {
	k := &v.s.look
	s := &c.Steps[n]
	symbol, style := k.status(s.Status())
	head := style.Render(symbol+" "+safe.Fill(s.Title, min(17, max(w/3, 8)), k.ellipsis)) + "  "
	open := v.open == id
	apart := open && (w < 60 || safe.Width(head)+safe.Width(safe.Text(s.Text)) > w) // its text stands below it
	if apart {
		head += style.Render(string(s.State))
	} else {
		head += safe.Text(s.Text)
	}
	r := row{text: safe.Cut(head, w, k.ellipsis), id: id, first: open}
	for i := range s.Evidence {
		if ev := s.Evidence[i]; ev.InLog() {
			r.act = v.s.proofRows("", "", &ev, w)[0].act
			break
		}
	}
	if !open {
		return []row{r}
	}
	rows := []row{r}
	if apart {
		rows = append(rows, textRows(k.plain.Render, safe.Text(s.Text), "    ", w)...)
	}
	if s.Code != "" {
		rows = append(rows, labelled(k, "Code", safe.Text(strings.TrimSpace(s.Code+" "+s.CodeName)), w)...)
	}
	for i := range s.Evidence {
		rows = append(rows, v.s.proofRows(fmt.Sprintf("%s.p%d", id, i), label("Proof", i), &s.Evidence[i], w)...)
	}
	if s.Absent != "" {
		rows = append(rows, labelled(k, "Missing", safe.Text(s.Absent), w)...)
	}
	rows = append(rows, placeRows(k, s, w)...)
	if s == c.End() {
		for i, do := range c.Do {
			rows = append(rows, labelled(k, label("Do", i), fmt.Sprintf("%d %s", i+1, safe.Text(do)), w)...)
		}
	}
	rows[0].tall = min(len(rows), max(v.list.h-3, 1)) // some links above it stay in sight
	return rows
}

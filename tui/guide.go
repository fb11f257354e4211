package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// guideRows are the background of the stage, its exact commands, and the steps
// that an engineer does.
func guideRows(s *session, w int) []row {
	k := &s.look
	plan := s.stagePlan(s.stage)
	if plan == nil {
		return s.noReportRows(w)
	}
	rows := textRows(k.strong.Render, safe.Text(plan.Summary), "", w)
	rows = append(rows, textRows(k.quiet.Render, s.showsText(plan), "", w)...)
	rows = append(rows, s.stepsRows(plan, w)...)
	rows = append(rows, s.guideCommandRows(plan, w)...)
	rows = append(rows, heading(k, "Background")...)
	for i, text := range plan.Background {
		if i > 0 {
			rows = append(rows, row{})
		}
		rows = append(rows, textRows(k.plain.Render, safe.Text(text), "  ", w)...)
	}
	return append(rows, s.notesRows(plan, w)...)
}

// heading stands above a part of a tab.
func heading(k *look, text string) []row {
	return []row{{}, {text: k.strong.Render(text)}}
}

// showsText says where the stage runs and how often.
func (s *session) showsText(plan *pipeline.Stage) string {
	where := "Runs on the client"
	switch plan.Shows {
	case pipeline.ShowsElsewhere:
		where = "Runs on another machine, and may not show here"
	case pipeline.ShowsWhenDue:
		where = "Runs on the client when something is due"
	}
	if plan.Interval > 0 {
		where += ", commonly every " + span(plan.Interval.Duration())
	}
	return where + "."
}

// guideCommandRows are all command lines of the stage, with what is known filled
// in.
func (s *session) guideCommandRows(plan *pipeline.Stage, w int) []row {
	k := &s.look
	if len(plan.Commands) == 0 {
		return nil
	}
	rows := heading(k, "Command lines")
	for i := range plan.Commands {
		c := &plan.Commands[i]
		rows = append(rows, titleRows(k, safe.Text(c.Title), commandTags(c), w)...)
		line := s.exactLine(c, s.params)
		lines := textRows(k.plain.Render, safe.Text(line), "    ", w)
		if len(lines) > 0 {
			lines[0].id, lines[0].copy, lines[0].word = "l."+c.ID, line, "copy the line"
			lines[0].act = func() tea.Cmd { return say(copyWantedMsg{line, "the line"}) }
		}
		rows = append(rows, lines...)
		if c.Where != "" {
			rows = append(rows, textRows(k.quiet.Render, "on "+safe.Text(c.Where), "    ", w)...)
		}
	}
	return rows
}

// titleRows are the title of a command with its tags, beside each other where there is
// room.
func titleRows(k *look, title, tags string, w int) []row {
	if one := strings.TrimRight("  "+title+"  "+k.quiet.Render(tags), " "); safe.Width(one) <= w {
		return []row{{text: one}}
	}
	return append(textRows(k.plain.Render, title, "  ", w), textRows(k.quiet.Render, tags, "    ", w)...)
}

// stepsRows are the manual steps, with what was answered.
func (s *session) stepsRows(plan *pipeline.Stage, w int) []row {
	k := &s.look
	if len(plan.Manual) == 0 {
		return nil
	}
	done := 0
	for i := range plan.Manual {
		if s.state.Ticked[tickKey(plan, &plan.Manual[i])] {
			done++
		}
	}
	rows := []row{{}, {text: k.strong.Render("Steps") + "  " + k.quiet.Render(fmt.Sprintf("%d of %d done", done, len(plan.Manual)))}}
	for i := range plan.Manual {
		rows = append(rows, s.stepRows(plan, &plan.Manual[i], w)...)
	}
	return rows
}

func tickKey(plan *pipeline.Stage, step *pipeline.Step) string { return plan.ID + "/" + step.ID }

// stepRows are a step with its box; below it what was answered. What is done takes
// one line: its text can be read again when its answer is asked for.
func (s *session) stepRows(plan *pipeline.Stage, step *pipeline.Step, w int) []row {
	k := &s.look
	box, style := k.open, k.plain
	if s.state.Ticked[tickKey(plan, step)] {
		box, style = k.ticked, k.quiet
	}
	indent := strings.Repeat(" ", safe.Width(box)+1)
	lines := wrapped(safe.Text(step.Text), max(w-len(indent), 8))
	switch done := s.state.Ticked[tickKey(plan, step)]; {
	case len(lines) == 0:
		lines = []string{safe.Text(step.ID)}
	case done && len(lines) > 1:
		lines = []string{safe.Cut(safe.Text(step.Text), w-len(indent), k.ellipsis)}
	}
	rows := make([]row, len(lines))
	for i, l := range lines {
		rows[i].text = indent + style.Render(l)
	}
	rows[0].text = k.accent.Render(box) + " " + style.Render(lines[0])
	rows[0].id = "s." + step.ID
	rows[0].word, rows[0].act = "tick", func() tea.Cmd { return s.tick(plan, step) }
	if f := step.Field; f != nil {
		rows[0].word, rows[0].act = "answer", func() tea.Cmd { return s.askAnswer(plan, step) }
		rows = append(rows, s.answerRows(f, indent, w)...)
	}
	rows = s.withRef(rows, step, indent, w)
	rows[0].tall = len(rows)
	return rows
}

// withRef adds which instruction of the article the step restates.
func (s *session) withRef(rows []row, step *pipeline.Step, indent string, w int) []row {
	if step.Ref == "" {
		return rows
	}
	k := &s.look
	last, ref := &rows[len(rows)-1], k.quiet.Render("article "+safe.Text(step.Ref))
	if safe.Width(last.text)+2+safe.Width(ref) > w {
		return append(rows, row{text: indent + ref})
	}
	last.text += "  " + ref
	return rows
}

// answerRows are what was answered, beside what was asked.
func (s *session) answerRows(f *pipeline.Field, indent string, w int) []row {
	k := &s.look
	answer := s.state.Answers[f.Name]
	if answer == "" {
		return textRows(k.quiet.Render, safe.Text(f.Label)+": no answer yet", indent, w)
	}
	label := k.quiet.Render(safe.Cut(safe.Text(f.Label)+": ", max(w-len(indent), 8), k.ellipsis))
	if safe.Width(indent)+safe.Width(label)+safe.Width(safe.Text(answer)) <= w {
		return []row{{text: indent + label + k.strong.Render(safe.Text(answer))}}
	}
	return append([]row{{text: indent + label}}, textRows(k.strong.Render, safe.Text(answer), indent+"  ", w)...)
}

// notesRows are what the playbook knows and no log shows.
func (s *session) notesRows(plan *pipeline.Stage, w int) []row {
	k := &s.look
	notes := append(plan.Notes[:len(plan.Notes):len(plan.Notes)], s.book.Notes...)
	if len(notes) == 0 {
		return nil
	}
	rows := heading(k, "What no log shows")
	for i := range notes {
		n := &notes[i]
		if i > 0 {
			rows = append(rows, row{})
		}
		rows = append(rows, textRows(k.plain.Render, safe.Text(n.Title), "  ", w)...)
		rows = append(rows, textRows(k.quiet.Render, safe.Text(n.Meaning), "    ", w)...)
		for j, do := range n.Do {
			rows = append(rows, labelled(k, "  "+label("Do", j), safe.Text(do), w)...)
		}
		if n.Source != "" {
			rows = append(rows, textRows(k.quiet.Render, "Source: "+safe.Text(n.Source), "    ", w)...)
		}
	}
	return rows
}

package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// runRows are the stage's commands and their parameters, and below them what its
// last run told. While it runs only that is shown.
func runRows(s *session, w int) []row {
	if s.book == nil {
		return s.noReportRows(w)
	}
	var rows []row
	if s.running() != s.stage {
		rows = s.formRows(w)
	}
	return append(rows, s.lastRunRows(w)...)
}

// chosenCommand is the command of the stage in view that would run, nil if it has
// none.
func (s *session) chosenCommand() *pipeline.Command {
	plan := s.stagePlan(s.stage)
	if plan == nil || len(plan.Commands) == 0 {
		return nil
	}
	chosen := &plan.Commands[0]
	for i := range plan.Commands {
		c := &plan.Commands[i]
		if c.ID == s.commands[s.stage] {
			return c
		}
		if c.Default {
			chosen = c
		}
	}
	return chosen
}

// formRows are what can be run, how, and with what.
func (s *session) formRows(w int) []row {
	k := &s.look
	plan, chosen := s.stagePlan(s.stage), s.chosenCommand()
	if chosen == nil {
		return []row{{}, {text: k.quiet.Render("The playbook has no command for this stage. Guide says what to do by hand.")}}
	}
	var rows []row
	if s.about.CannotRun != nil {
		rows = s.cannotRows(w)
	}
	for i := range plan.Commands {
		rows = append(rows, s.choiceRows(&plan.Commands[i], chosen, w)...)
	}
	if s.about.CannotRun == nil {
		rows = append(rows, s.runItRows(chosen, w)...)
	}
	rows = append(rows, row{})
	rows = append(rows, s.commandRows(chosen, w)...)
	return append(rows, s.paramRows(chosen, w)...)
}

// cannotRows say why nothing runs here, and what to do instead.
func (s *session) cannotRows(w int) []row {
	k := &s.look
	rows := signRows(k.warn.Render, k.stale, "Cannot be run here: "+safe.Text(s.about.CannotRun.Error()), w)
	do := "Run the line below where it says, then copy the logs again and read them with " + s.keys.Judge.Help().Key + ". To practise, open a lab with " + s.keys.Start.Help().Key + "."
	return append(append(rows, textRows(k.quiet.Render, do, "  ", w)...), row{})
}

// choiceRows are one of the commands to choose from. What tells it apart stands
// behind its title, or below it where there is no room.
func (s *session) choiceRows(c, chosen *pipeline.Command, w int) []row {
	k := &s.look
	mark, style := "( )", k.plain
	if c == chosen {
		mark, style = "("+k.live+")", k.strong
	}
	rows := textRows(style.Render, safe.Text(c.Title), "    ", w)
	if len(rows) == 0 {
		rows = []row{{text: "    " + safe.Text(c.ID)}}
	}
	rows[0].text = mark + rows[0].text[3:]
	last := &rows[len(rows)-1]
	if tags := k.quiet.Render(commandTags(c)); safe.Width(last.text)+2+safe.Width(tags) <= w {
		last.text += "  " + tags
	} else {
		rows = append(rows, row{text: "    " + tags})
	}
	id, stage := c.ID, s.stage
	rows[0].id, rows[0].word, rows[0].first = "c."+id, "choose", c == chosen
	rows[0].act = func() tea.Cmd {
		s.commands[stage] = id
		s.changed()
		return nil
	}
	return rows
}

// commandTags are what tells commands of a stage apart.
func commandTags(c *pipeline.Command) string {
	var tags []string
	if c.Default {
		tags = append(tags, "default")
	}
	if c.Track != "" {
		tags = append(tags, safe.Text(c.Track))
	}
	if c.Kick {
		tags = append(tags, "inventory follows")
	}
	if c.Kind == pipeline.CommandManual {
		tags = append(tags, "by hand")
	}
	return strings.Join(tags, ", ")
}

// commandRows are the exact line of a command, where it runs and what it changes.
func (s *session) commandRows(c *pipeline.Command, w int) []row {
	k := &s.look
	word := "Line"
	if c.Kind == pipeline.CommandManual {
		word = "Do"
	}
	rows := s.lineRows("line", word, s.exactLine(c, s.params), w)
	if a := s.action(c, s.params); a != nil && a.Exec != nil && a.Exec.Dir != "" {
		rows = append(rows, labelled(k, "Folder", safe.Text(a.Exec.Dir), w)...)
	}
	if c.Where != "" {
		rows = append(rows, labelled(k, "Where", s.whereText(c), w)...)
	}
	if c.Changes != "" {
		rows = append(rows, labelled(k, "Changes", safe.Text(c.Changes), w)...)
	}
	return rows
}

// lineRows are a line to be copied.
func (s *session) lineRows(id, word, line string, w int) []row {
	rows := labelled(&s.look, word, safe.Text(line), w)
	rows[0].id, rows[0].copy, rows[0].word = id, line, "copy the line"
	rows[0].act = func() tea.Cmd { return say(copyWantedMsg{line, "the line"}) }
	return rows
}

// paramRows are the parameters of a command, to be changed.
func (s *session) paramRows(c *pipeline.Command, w int) []row {
	k := &s.look
	names := c.Needs()
	if len(names) == 0 {
		return nil
	}
	wide := 0
	for _, name := range names {
		wide = max(wide, safe.Width(safe.Text(s.param(name).Label)))
	}
	wide = min(wide, max(w/2-4, 8))
	rows := []row{{}, {text: k.strong.Render("Parameters")}}
	for _, name := range names {
		p := s.param(name)
		text := "  " + k.quiet.Render(safe.Fill(safe.Text(p.Label), wide, k.ellipsis)) + "  " + s.paramText(name)
		r := row{text: text, id: "p." + name, word: "change", copy: s.params[name]}
		r.act = func() tea.Cmd { return s.askParam(p, func() tea.Cmd { return nil }) }
		rows = append(rows, r)
	}
	return rows
}

// paramText is the value of a parameter, or that it has none.
func (s *session) paramText(name string) string {
	k := &s.look
	value, known := s.params[name]
	switch {
	case known && s.paramErr(name) != nil:
		return k.bad.Render(safe.Text(value)) + k.bad.Render(" "+k.failed+" not possible")
	case known && value != "":
		return safe.Text(value)
	case s.mayBeEmpty(name):
		return k.quiet.Render("none (may be empty)")
	}
	return k.warn.Render("not set: you are asked")
}

// runItRows are the row that runs the command, or why it does not now.
func (s *session) runItRows(c *pipeline.Command, w int) []row {
	k := &s.look
	if i := s.running(); i >= 0 {
		return signRows(k.accent.Render, k.running, stageNames[i]+" is being run; one runs at a time", w)
	}
	name := "Run it"
	if c.Kind == pipeline.CommandManual {
		name = "Do it, then judge"
	}
	return []row{{text: k.enter + " " + k.accent.Render(name) + "  " + k.quiet.Render("you are asked first"), id: "run", word: "run it", act: s.askRun}}
}

// lastRunRows are what the last run of the stage told.
func (s *session) lastRunRows(w int) []row {
	if s.run == nil {
		return nil
	}
	rows := s.run.logs[s.stage].rows(s, w)
	if s.running() != s.stage {
		return rows
	}
	return append(rows, s.goingRow())
}

// goingRow is the last row of a run that goes on. What Esc does now stands in the
// footer too.
func (s *session) goingRow() row {
	k := &s.look
	elapsed := k.accent.Render(k.running + " " + elapsedSeconds(s.now().Sub(s.run.began)))
	switch {
	case s.run.phase == runJudging:
		return row{text: k.accent.Render(k.running) + " reading the logs to judge it" + k.ellipsis}
	case s.run.escapes > 1:
		return row{text: elapsed + " stopping the program"}
	case s.run.escapes == 1:
		return row{text: elapsed + " not waiting; " + s.keys.Stop.Help().Key + " again stops the program"}
	}
	return row{text: elapsed + " running; " + s.keys.Stop.Help().Key + " stops the waiting"}
}

package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// plannedMsg is what would run.
type plannedMsg struct {
	cas   Case
	steps []pipeline.Planned
	all   bool
	err   error
}

// askRun asks to run the command that is chosen in the Run tab.
func (s *session) askRun() tea.Cmd {
	if err := s.cannotRun(); err != nil {
		return failure(err)
	}
	c := s.chosenCommand()
	if c == nil {
		return failure(errors.New("run " + strings.ToLower(stageNames[s.stage]) + ": the playbook has no command for it; do it by the steps in Guide"))
	}
	return s.plan(pipeline.PlanOptions{Stage: stageID(s.stage), Command: c.ID}, false)
}

// askRunAll asks to run all stages. A lab has both catalogues, and either can be
// what is broken.
func (s *session) askRunAll() tea.Cmd {
	if s.early = s.beforeJudged(); s.early {
		return say(noteMsg{text: "The logs are being read, and tell the product; you are asked as soon as they are", early: true})
	}
	if err := s.cannotRun(); err != nil {
		return failure(err)
	}
	o := pipeline.PlanOptions{}
	if s.about.Lab {
		o.Track = pipeline.AllTracks
	}
	return s.plan(o, true)
}

// cannotRun is why nothing can be run now, nil if something can.
func (s *session) cannotRun() error {
	switch {
	case s.about.CannotRun != nil:
		return fmt.Errorf("run a stage of %s: %w; press %s to open one", s.about.Name, s.about.CannotRun, s.keys.Start.Help().Key)
	case s.running() >= 0:
		return s.errBusy()
	case s.book == nil && s.judgeErr != nil:
		return errors.New("run: the product is not known, because the logs could not be judged; see Findings")
	case s.beforeJudged():
		return errors.New("run: the logs are being read, and tell the product; try again in a moment")
	}
	return nil
}

// beforeJudged tells whether all that is missing for a run is the first judgement.
func (s *session) beforeJudged() bool {
	return s.about.CannotRun == nil && s.running() < 0 && s.book == nil && s.judgeErr == nil
}

func (s *session) plan(o pipeline.PlanOptions, all bool) tea.Cmd {
	if s.planning {
		return nil
	}
	s.planning = true
	c := s.cas
	return s.work(func(context.Context) tea.Msg {
		steps, err := c.Plan(o)
		return plannedMsg{c, steps, all, err}
	})
}

// planned takes what would run, and asks.
func (s *session) planned(msg plannedMsg) tea.Cmd {
	s.planning = false
	switch {
	case msg.err != nil:
		return failure(msg.err)
	case len(msg.steps) == 0:
		return failure(errors.New("run: there is nothing to run; do it by the steps in Guide"))
	}
	return s.ask(msg.steps, msg.all)
}

// ask asks for the parameters that are missing, one after another, and then
// whether to run.
func (s *session) ask(steps []pipeline.Planned, all bool) tea.Cmd {
	if p := s.missing(steps); p != nil {
		return s.askParam(p, func() tea.Cmd { return s.ask(steps, all) })
	}
	params := s.filled(steps)
	start := func() tea.Cmd { return s.startRun(steps, all, params) }
	if all {
		return say(dialogWantedMsg{dialog: s.allConfirm(steps, params, start)})
	}
	step := steps[0]
	if step.Command.Kind == pipeline.CommandManual {
		return start()
	}
	then := start
	if step.Stage.ID == pipeline.Install {
		then = func() tea.Cmd { return say(dialogWantedMsg{dialog: s.installConfirm(params, start)}) }
	}
	return say(dialogWantedMsg{dialog: s.newConfirm("Run "+strings.ToLower(stageNames[stageIndex(step.Stage.ID)]), "run it", false, s.particulars(step, params), then)})
}

// particulars are the exact line, where it runs and what it changes.
func (s *session) particulars(step pipeline.Planned, params map[string]string) []string {
	c := step.Command
	text := []string{safe.Text(s.exactLine(c, params))}
	where := "Runs on " + s.whereText(c) + "."
	if a := s.action(c, params); a != nil && a.Exec != nil && a.Exec.Dir != "" {
		where += " Folder: " + safe.Text(a.Exec.Dir)
	}
	text = append(text, where)
	if c.Changes != "" {
		text = append(text, safe.Text(c.Changes))
	}
	if len(step.Wants) > 1 {
		text = append(text, "Then the hardware inventory that it starts is waited for.")
	}
	return text
}

// whereText says where a command runs.
func (s *session) whereText(c *pipeline.Command) string {
	where := safe.Text(c.Where)
	if where == "" {
		where = "the client"
	}
	if s.about.Lab {
		where = "this computer, in the folder of the LAB, in place of " + where
	}
	return where
}

// installConfirm asks once more before an install, in other words.
func (s *session) installConfirm(params map[string]string, then func() tea.Cmd) *confirm {
	text := []string{"This installs updates on " + s.name() + " now. The client may be restarted, and what is installed cannot be taken back from here."}
	if s.about.Lab {
		text = []string{"This installs the authorised updates on the simulated client of the LAB. Nothing on this computer is changed.", "On a real client it could be restarted, and it could not be taken back from here."}
	}
	return s.newConfirm("Install updates", "install now", true, text, then)
}

// allConfirm lists what is run when everything is.
func (s *session) allConfirm(steps []pipeline.Planned, params map[string]string, then func() tea.Cmd) *confirm {
	text := "These run one after the other on " + s.name() + ". The first stage that does not pass ends it. Before the install you are asked again."
	var list, again []string
	for i := range steps {
		st := &steps[i]
		if st.Again {
			if name := strings.ToLower(stageNames[stageIndex(st.Stage.ID)]); !slices.Contains(again, name) {
				again = append(again, name)
			}
			continue
		}
		name := stageNames[stageIndex(st.Stage.ID)]
		if st.Command.Track != "" {
			name += ", " + safe.Text(st.Command.Track)
		}
		list = append(list, fmt.Sprintf("%d %s: %s", len(list)+1, name, safe.Text(s.exactLine(st.Command, params))))
	}
	if len(again) > 0 {
		list = append(list, "Then once more, for the site to see it: "+strings.Join(again, ", "))
	}
	c := s.newConfirm("Run all stages", "run them", false, []string{text}, then)
	c.list = list
	return c
}

// askManual has the engineer do a step.
func (s *session) askManual(step pipeline.Planned) tea.Cmd {
	r := s.run
	r.phase, r.pipe = runAsking, newRunPipe(s.busy)
	r.began, r.follow, r.last = s.now(), true, stageIndex(step.Stage.ID)
	r.res = pipeline.Result{Began: r.began, Ended: r.began}
	s.logHead(step)
	s.changed()
	text := []string{safe.Text(s.exactLine(step.Command, r.params))}
	if step.Command.Where != "" {
		text = append(text, "Do it on "+safe.Text(step.Command.Where)+".")
	}
	c := s.newConfirm(safe.Text(step.Command.Title), "it is done", false, text, func() tea.Cmd {
		r.log().say(entryNote, 0, "done by hand, as you say")
		r.phase, r.need = runJudging, s.judgeBegan+1
		s.changed()
		return say(judgeWantedMsg{})
	})
	c.not = func() tea.Cmd {
		r.log().say(entryWarn, 0, "not done")
		return s.endRun(note("Not done: nothing was run after it"))
	}
	return tea.Batch(say(stageWantedMsg{stageIndex(step.Stage.ID), tabRun}), say(dialogWantedMsg{dialog: c}))
}

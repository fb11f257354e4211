package tui

import (
	"context"
	"fmt"
	"strings"
	"time"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

// canRun tells whether stages can be run here, and says why if they cannot.
func (l *linear) canRun() bool {
	if !l.judgedNow() {
		return false
	}
	if err := l.s.about.CannotRun; err != nil {
		l.sayf("Stages cannot be run: %s Type guide for what to do by hand.", endSentence(err.Error()))
		return false
	}
	return true
}

// runStage runs a command of the stage in view.
func (l *linear) runStage(string) {
	plan := l.s.stagePlan(l.s.stage)
	if !l.canRun() || plan == nil {
		return
	}
	id, ok := l.chooseCommand(plan)
	if !ok {
		return
	}
	steps, err := l.s.cas.Plan(pipeline.PlanOptions{Stage: plan.ID, Command: id})
	if err != nil {
		l.sayErr(err)
		return
	}
	l.runSteps(steps, "Run it?")
}

// chooseCommand asks which command is meant, if there are several.
func (l *linear) chooseCommand(plan *pipeline.Stage) (id string, ok bool) {
	var items []string
	for i := range plan.Commands {
		c := &plan.Commands[i]
		text := c.Title
		if c.Default {
			text += ", the usual one"
		}
		if c.Kind == pipeline.CommandManual {
			text += ", by hand"
		}
		items = append(items, endSentence(text))
	}
	switch len(items) {
	case 0:
		l.sayf("%s has no command that starts it.", plan.Title)
		return "", false
	case 1:
		return plan.Commands[0].ID, true
	}
	n, ok := l.choose("Commands of "+strings.ToLower(stageNames[l.s.stage])+":", items)
	if !ok {
		return "", false
	}
	return plan.Commands[n].ID, true
}

// runAll runs all stages in their order.
func (l *linear) runAll(string) {
	if !l.canRun() {
		return
	}
	steps, err := l.s.cas.Plan(pipeline.PlanOptions{})
	if err != nil {
		l.sayErr(err)
		return
	}
	l.runSteps(steps, fmt.Sprintf("Run these %s, one after the other?", countOf(len(steps), "command")))
}

// runSteps asks for what the steps need, says what they do, and runs them up to
// the one that does not pass.
func (l *linear) runSteps(steps []pipeline.Planned, question string) {
	if !l.askParams(steps) {
		l.sayf("Nothing was run.")
		return
	}
	for {
		for i := range steps {
			if err := l.announce(&steps[i], i, len(steps)); err != nil {
				l.sayErr(err)
				return
			}
		}
		yes, change := l.askRun(question, steps)
		if change {
			l.changeParams(steps)
			continue
		}
		if !yes {
			l.sayf("Nothing was run.")
			return
		}
		break
	}
	for i := range steps {
		if !l.runStep(i, steps) {
			return
		}
	}
	l.sayf("Done. Verdict: %s", linearVerdict(l.s.report))
}

// askRun asks for a yes, a no, or a change of parameters where there are any.
func (l *linear) askRun(question string, steps []pipeline.Planned) (yes, change bool) {
	choice := "Type yes or no:"
	if len(l.paramsOf(steps)) > 0 {
		choice = "Type yes, no, or change to change parameters:"
	}
	for {
		answer, ok := l.ask(question + " " + choice)
		switch strings.ToLower(answer) {
		case "yes", "y":
			return ok, false
		case "no", "n", "":
			return false, false
		case "change", "c":
			return false, true
		}
		l.sayf("This is neither yes nor no.")
	}
}

// announce says what a step does: the exact line, where it runs, what it changes.
func (l *linear) announce(st *pipeline.Planned, i, of int) error {
	a, err := pipeline.Prepare(st.Command, l.s.params)
	if err != nil {
		return err
	}
	number, again := "", ""
	if of > 1 {
		number = fmt.Sprintf("Command %d of %d, ", i+1, of)
	}
	if st.Again {
		again = " again"
	}
	l.sayf("%s%s%s: %s.", number, linearStageName(st.Stage.ID), again, st.Command.Title)
	if a.Manual() {
		l.sayf("By hand: %s", endSentence(a.Text))
	} else {
		l.sayf("Exact line:")
		l.out.whole(a.Line())
	}
	if a.Exec != nil && a.Exec.Dir != "" {
		l.sayf("In the folder: %s", a.Exec.Dir)
	}
	if st.Command.Where != "" {
		l.sayf("Runs on: %s.", st.Command.Where)
	}
	if st.Command.Changes != "" {
		l.sayf("Changes: %s", endSentence(st.Command.Changes))
	}
	return nil
}

func linearStageName(id string) string {
	if i := stageIndex(id); i >= 0 {
		return stageNames[i]
	}
	return id
}

// runStep runs one step, judges, and tells whether the next one may follow.
func (l *linear) runStep(i int, steps []pipeline.Planned) bool {
	st, of := &steps[i], len(steps)
	if of > 1 {
		l.sayf("Command %d of %d, %s.", i+1, of, linearStageName(st.Stage.ID))
	}
	if st.Command.Kind == pipeline.CommandManual {
		if !l.askYes("Is it done, as it was read out?") {
			l.sayf("Stopped before %s.", linearStageName(st.Stage.ID))
			return false
		}
		return l.judgedAfter(st, pipeline.Result{}, nil)
	}
	if st.Stage.ID == pipeline.Install && !l.askYes("This installs updates and may restart the client. Are you sure?") {
		l.sayf("%s was not run.", linearStageName(st.Stage.ID))
		return false
	}
	res, err := l.runCommand(st)
	switch {
	case err != nil:
		l.sayErr(err)
		return false
	case res.StartErr != nil:
		l.sayErr(res.StartErr)
	case res.WatchErr != nil:
		l.sayf("Error: the logs could not be followed: %s", endSentence(res.WatchErr.Error()))
	}
	return !l.ended && l.judgedAfter(st, res, steps[i+1:])
}

// judgedAfter judges what was run, and reads out why it broke if it did.
func (l *linear) judgedAfter(st *pipeline.Planned, res pipeline.Result, rest []pipeline.Planned) bool {
	l.live.take() // what the run wrote is judged now
	if !l.refresh() {
		return false
	}
	if l.judge(); l.s.judgeErr != nil {
		return false
	}
	if id := l.s.report.Broken(*st); id != "" && !l.s.report.LeftToNext(*st, res, rest) {
		l.s.stage, l.reading = stageIndex(id), nil
		l.broke(l.s.stageReport(l.s.stage))
		return false
	}
	l.sayf("%s", l.stageLine(stageIndex(st.Stage.ID)))
	return !res.Stopped && !res.Unwaited
}

// broke reads out the first finding of a stage that did not pass.
func (l *linear) broke(r *diagnose.StageReport) {
	l.s.changed()
	l.sayf("%s", l.stageLine(l.s.stage))
	l.proofs = nil
	if len(r.Findings) == 0 {
		l.sayf("%s", l.s.noFindingText(r))
		return
	}
	l.finding(0, r)
	l.sayf("Type proof 1 to read the log around it, findings for all of %s.", strings.ToLower(stageNames[l.s.stage]))
}

// linearPulse is how often a run that is silent says that it goes on.
const linearPulse = 15 * time.Second

// runCommand runs a step and tells every event in a line.
func (l *linear) runCommand(st *pipeline.Planned) (pipeline.Result, error) {
	ctx, cancel := context.WithCancel(l.ctx)
	defer cancel()
	events := make(chan pipeline.RunEvent)
	interrupt := make(chan struct{}, 2) // as many as mean something
	type outcome struct {
		res pipeline.Result
		err error
	}
	over := make(chan outcome, 1)
	go func() {
		res, err := l.s.cas.Run(ctx, *st, l.s.params, interrupt, func(e pipeline.RunEvent) {
			select {
			case events <- e:
			case <-ctx.Done():
			}
		})
		over <- outcome{res, err}
	}()
	began := l.now()
	for presses := 0; ; {
		select {
		case e := <-events:
			l.tellEvent(e)
		case o := <-over:
			l.forgetInterrupts()
			return o.res, o.err
		case <-l.after(linearPulse):
			l.sayf("%s: still running.", linearElapsed(l.now().Sub(began)))
		case <-l.opt.Interrupt:
			if presses++; presses > 2 {
				l.ended = true
				cancel()
				continue
			}
			interrupt <- struct{}{}
		}
	}
}

// forgetInterrupts drops those that were meant for what has just ended.
func (l *linear) forgetInterrupts() {
	for {
		select {
		case <-l.opt.Interrupt:
		default:
			return
		}
	}
}

// tellEvent tells what happened in a run.
func (l *linear) tellEvent(e pipeline.RunEvent) {
	text := ""
	switch e.Kind {
	case pipeline.RunStarted:
		text = "started. Ctrl-C ends the waiting, a second Ctrl-C the program"
	case pipeline.RunOutput:
		text = "output: " + l.cutTo(e.Text, 3)
	case pipeline.RunMark:
		text = l.markText(e.Mark)
	case pipeline.RunNote:
		text = "note: " + e.Text
	case pipeline.RunReturned:
		text = linearReturned(e)
	case pipeline.RunImpatient:
		text = "patience ran out, there is no outcome"
	case pipeline.RunUnwaited:
		text = "not waiting for the logs any more. Ctrl-C again stops the program"
	case pipeline.RunStopping:
		text = "stopping the program and all that it started"
	}
	if text != "" {
		l.sayf("%s: %s", linearElapsed(e.Elapsed), endSentence(text))
	}
}

// markText is a line of a log that means something, with what it means.
func (l *linear) markText(m *pipeline.Mark) string {
	if m == nil || m.Kind == pipeline.Noise {
		return ""
	}
	text := m.Title
	if text == "" {
		text = l.cutTo(strings.ReplaceAll(m.Text, "\n", " "), 3)
	}
	place := linearLogName(m.Log)
	if m.Line > 0 {
		place += fmt.Sprintf(", line %d", m.Line)
	}
	return m.Kind + ": " + strings.TrimRight(text, ".") + ", in " + place
}

func linearReturned(e pipeline.RunEvent) string {
	switch {
	case e.Method:
		return "the method was called, what it set off goes on"
	case e.Err != nil:
		return "the program ended: " + e.Err.Error()
	}
	return fmt.Sprintf("the program returned %d", e.Code)
}

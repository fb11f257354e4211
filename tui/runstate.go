package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

// runPhase is how far a run is.
type runPhase int

const (
	runGoing   runPhase = iota // the command runs, or its log is waited for
	runJudging                 // it is over, and being judged
	runAsking                  // the next command waits for a yes
	runOver                    // nothing goes on any more
)

// runState is a run that goes on, or the last one: one command, or those of all
// stages in order.
type runState struct {
	steps []pipeline.Planned
	at    int
	// all is true when all stages are run.
	all    bool
	params map[string]string
	phase  runPhase
	// last is the stage that was begun last.
	last  int
	began time.Time
	// logs are what each stage's runs have told.
	logs [len(stageNames)]*runLog

	pipe *runPipe
	// interrupt stops the waiting and then the program; escapes counts how often
	// that was asked for.
	interrupt chan struct{}
	escapes   int
	cancel    context.CancelFunc
	// ended is closed when the program is over, and with it the goroutine.
	ended chan struct{}
	res   pipeline.Result
	// need is the number of the first judgement that knows of the run.
	need int
	// follow is true while the end of the list is in sight.
	follow bool
}

// Messages of a run.
type (
	// runToldMsg: a run has told something that can be taken.
	runToldMsg struct{ pipe *runPipe }
	// runOverMsg: a command is over.
	runOverMsg struct {
		pipe *runPipe
		res  pipeline.Result
		err  error
	}
)

// stage is the stage that is being run, -1 for none.
func (r *runState) stage() int {
	if r.phase != runGoing && r.phase != runJudging {
		return -1
	}
	return stageIndex(r.step().Stage.ID)
}

func (r *runState) step() pipeline.Planned { return r.steps[r.at] }

// log is the log of the stage that is run.
func (r *runState) log() *runLog { return r.logs[stageIndex(r.step().Stage.ID)] }

// elapsed is how long the command ran.
func (r *runState) elapsed() time.Duration { return r.res.Ended.Sub(r.res.Began) }

// startRun runs steps one after the other.
func (s *session) startRun(steps []pipeline.Planned, all bool, params map[string]string) tea.Cmd {
	r := &runState{steps: steps, all: all, params: params}
	if s.run != nil {
		r.logs = s.run.logs
	}
	for i := range steps {
		r.logs[stageIndex(steps[i].Stage.ID)] = &runLog{}
	}
	s.run = r
	return s.beginStep()
}

// beginStep starts the command that is next.
func (s *session) beginStep() tea.Cmd {
	r := s.run
	step := r.step()
	if step.Command.Kind == pipeline.CommandManual {
		return s.askManual(step)
	}
	ctx, cancel := context.WithCancel(s.ctx)
	r.phase, r.began, r.follow, r.escapes = runGoing, s.now(), true, 0
	r.pipe, r.cancel = newRunPipe(s.busy), cancel
	r.interrupt, r.ended = make(chan struct{}, 2), make(chan struct{})
	r.last = stageIndex(step.Stage.ID)
	s.logHead(step)
	s.changed()
	c, pipe, params, interrupt, ended := s.cas, r.pipe, r.params, r.interrupt, r.ended
	run := s.work(func(context.Context) tea.Msg {
		defer close(ended)
		defer cancel()
		res, err := c.Run(ctx, step, params, interrupt, pipe.tell)
		pipe.end()
		return runOverMsg{pipe, res, err}
	})
	return tea.Batch(run, pipe.next(), say(stageWantedMsg{stageIndex(step.Stage.ID), tabRun}))
}

// logHead writes what begins into the log: its title and the exact line.
func (s *session) logHead(step pipeline.Planned) {
	r := s.run
	head := step.Command.Title
	if step.Again {
		head += ", again"
	}
	if len(r.steps) > 1 {
		head += fmt.Sprintf(" (%d of %d)", r.at+1, len(r.steps))
	}
	r.log().say(entryHead, 0, head)
	r.log().say(entryNote, 0, s.exactLine(step.Command, r.params))
}

// runMsg takes messages about runs, and about what the Data tab asked for.
func (s *session) runMsg(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case runToldMsg:
		if s.run != nil && s.run.pipe == msg.pipe {
			s.takeEvents()
			return msg.pipe.next()
		}
	case runOverMsg:
		if s.run != nil && s.run.pipe == msg.pipe {
			return s.commandOver(msg)
		}
	case plannedMsg:
		if msg.cas == s.cas {
			return s.planned(msg)
		}
	case scanDataMsg:
		if msg.cas == s.cas {
			s.data.patches, s.data.err, s.data.loading = msg.patches, msg.err, false
			s.changed()
		}
	}
	return nil
}

// takeEvents takes what the run has told by now.
func (s *session) takeEvents() {
	events, dropped := s.run.pipe.take()
	log := s.run.log()
	log.dropped += dropped
	for i := range events {
		log.event(&events[i])
	}
	s.changed()
}

// commandOver takes what came of a command, and has it judged.
func (s *session) commandOver(msg runOverMsg) tea.Cmd {
	r := s.run
	s.takeEvents()
	r.res = msg.res
	s.data.stale = true
	if msg.err != nil {
		r.phase = runOver
		r.log().say(entryWarn, r.elapsed(), msg.err.Error())
		return failure(msg.err)
	}
	if r.res.StartErr != nil {
		r.log().say(entryWarn, r.elapsed(), "could not be started: "+r.res.StartErr.Error())
	}
	if r.res.HasCode && r.step().Stage.ID == pipeline.Install {
		s.data.exit = &runExit{r.res.Code, r.res.Ended}
	}
	r.log().say(entryNote, r.elapsed(), standText(r.res.Stands))
	r.phase, r.need = runJudging, s.judgeBegan+1
	return say(judgeWantedMsg{})
}

// standText is what the logs said since the command began.
func standText(stands []pipeline.Stand) string {
	if len(stands) == 0 {
		return "its log was not followed"
	}
	switch stands[0].Standing {
	case pipeline.Succeeded:
		return "its log says that it succeeded"
	case pipeline.Broke:
		return "its log says that it failed"
	case pipeline.Waits:
		return "its log says that it waits"
	}
	if stands[0].Begun {
		return "its log shows a start and no outcome"
	}
	return "its log shows nothing of it"
}

// judgedAfterRun goes on with a run of several steps, once its last one is judged.
func (s *session) judgedAfterRun() tea.Cmd {
	r := s.run
	if r == nil || r.phase != runJudging || s.judgeTaken < r.need {
		return nil
	}
	if s.judgeErr != nil {
		r.phase = runOver
		r.log().say(entryWarn, r.elapsed(), "what came of it could not be judged: "+s.judgeErr.Error())
		return failure(s.judgeErr)
	}
	broken := s.brokenStep()
	s.logVerdict(max(broken, stageIndex(r.step().Stage.ID)))
	switch {
	case r.res.Stopped || r.res.Unwaited:
		return s.endRun(note("You stopped it: what was seen until then is judged"))
	case broken >= 0:
		s.fresh = fmt.Sprintf("%d/%s", broken, tabFindings)
		return s.endRun(say(stageWantedMsg{broken, tabFindings}))
	}
	return s.nextStep()
}

// nextStep begins the next step; before an install it asks once more.
func (s *session) nextStep() tea.Cmd {
	r := s.run
	if r.at+1 >= len(r.steps) {
		if !r.all {
			return s.endRun(nil)
		}
		last := stageIndex(r.step().Stage.ID)
		return s.endRun(tea.Batch(say(stageWantedMsg{last, tabFindings}), note("All stages were run, and all passed")))
	}
	r.at++
	if r.step().Stage.ID != pipeline.Install {
		return s.beginStep()
	}
	r.phase = runAsking
	s.changed()
	c := s.installConfirm(r.params, s.beginStep)
	c.not = func() tea.Cmd {
		return s.endRun(note("Nothing was installed: the run ends before the install"))
	}
	return say(dialogWantedMsg{dialog: c, unasked: true})
}

func (s *session) endRun(then tea.Cmd) tea.Cmd {
	s.run.phase = runOver
	s.changed()
	return then
}

// brokenStep is the first stage of the step that does not stand as it should, -1
// if there is none or the next step can mend it. It is the rule by which `run all`
// goes on.
func (s *session) brokenStep() int {
	r := s.run
	if s.report.LeftToNext(r.step(), r.res, r.steps[r.at+1:]) {
		return -1
	}
	return stageIndex(s.report.Broken(r.step()))
}

// logVerdict writes how the stage stands into the log of the run.
func (s *session) logVerdict(stage int) {
	r := s.stageReport(stage)
	if r == nil {
		return
	}
	text := stageNames[stage] + ": " + statusWord(r.Status)
	if r.Status != diagnose.Passed && len(r.Findings) > 0 {
		text += ". " + r.Findings[0].Title
	}
	s.run.log().add(&runEntry{kind: entryVerdict, at: s.run.elapsed(), text: text, status: r.Status})
}

// stoppable tells whether Esc stops something: only where the run is in view.
func (s *session) stoppable() bool {
	return s.run != nil && s.run.phase == runGoing && s.tab == tabRun && s.stage == s.run.stage() && s.run.escapes < 2
}

// stopWord is what Esc does now.
func (s *session) stopWord() string {
	if s.run.escapes > 0 {
		return "stop the program"
	}
	return "stop waiting"
}

// interruptRun stops the waiting, the second time the program and all that it
// started.
func (s *session) interruptRun() tea.Cmd {
	r := s.run
	r.escapes++
	select {
	case r.interrupt <- struct{}{}:
	default: // two are enough
	}
	s.changed()
	return nil
}

// stopRun stops what runs, and all that it started.
func (s *session) stopRun() {
	if s.run != nil && s.run.cancel != nil {
		s.run.pipe.close()
		s.run.cancel()
	}
}

// awaitRun waits until what was stopped has ended. It is for commands only.
func (s *session) awaitRun() error {
	if s.run == nil || s.run.ended == nil || s.await(s.run.ended) {
		return nil
	}
	return fmt.Errorf("stop %s on %s: it has not answered for %s; look there whether its program still runs",
		strings.ToLower(stageNames[s.run.last]), s.name(), stopGrace)
}

// follows tells whether the end of the run is to be kept in sight.
func (s *session) follows() bool { return s.runInView() && s.run.follow }

func (s *session) setFollow(on bool) {
	if s.runInView() {
		s.run.follow = on
	}
}

// runInView tells whether the stage in view is the one that was run last.
func (s *session) runInView() bool { return s.run != nil && s.stage == s.run.last }

// errBusy is why a second run does not begin.
func (s *session) errBusy() error {
	return errors.New("run " + strings.ToLower(stageNames[s.stage]) + ": " + strings.ToLower(stageNames[s.running()]) + " is being run, and one runs at a time; wait for it, or stop it with Esc in its Run tab")
}

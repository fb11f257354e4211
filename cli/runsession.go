package cli

import (
	"context"
	"errors"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/diagnose/live"
	"patchtrace/pipeline"
)

// runSession is one call of run that is under way.
type runSession struct {
	judging
	o         *runOptions
	params    *runParams
	store     client.Params
	text      *runText
	asker     *asker
	interrupt chan struct{}

	runner *pipeline.Runner
	report *diagnose.Report
}

// all runs the steps in their order until one does not pass, and reports.
func (s *runSession) all(ctx context.Context, steps []pipeline.Planned) error {
	if err := s.prepare(); err != nil {
		return err
	}
	if s.target.label != "" {
		s.text.printf("%s: %s\n\n", s.target.label, show(s.target.name))
	}
	for i := range steps {
		next, err := s.one(ctx, i, steps)
		if err != nil {
			return err
		}
		if !next {
			break
		}
	}
	return s.finish()
}

func (s *runSession) prepare() error {
	read, judge, err := s.o.report.settings()
	if err == nil {
		err = s.judging.complete(&read, &judge)
	}
	if err != nil {
		return err
	}
	s.runner = &pipeline.Runner{Host: s.target.host, Watch: s.watch(s.o.env.follow, judge), Tell: s.text.tell, Interrupt: s.interrupt, Delays: s.o.env.delays}
	return nil
}

// one runs a step and tells whether the next one may follow.
func (s *runSession) one(ctx context.Context, i int, steps []pipeline.Planned) (next bool, err error) {
	st := steps[i]
	a, err := pipeline.Prepare(st.Command, s.params.values)
	if err != nil {
		return false, &Error{Op: "run", On: st.Stage.ID, Err: err}
	}
	s.text.announce(i+1, len(steps), st, a)
	if a.Manual() {
		return s.manual(ctx, st, a)
	}
	if !s.confirm(ctx, st) {
		return false, s.declined(ctx, st)
	}
	before := s.facts()
	res := s.runner.Run(ctx, pipeline.Job{Action: a, Wants: st.Wants})
	switch {
	case ctx.Err() != nil:
		return false, s.endedBySignal(st)
	case res.WatchErr != nil:
		return false, &Error{Op: "follow logs of", On: s.target.name, Err: res.WatchErr, Do: "nothing was run"}
	case res.StartErr != nil:
		s.text.event(pipeline.RunEvent{Elapsed: res.Ended.Sub(res.Began)}, s.text.marks.failed, res.StartErr.Error())
	}
	s.target.beside.forget()
	runs := live.Runs(st, a, res)
	s.runs = append(s.runs, runs...)
	if sent(runs) {
		s.awaitSite(ctx, before)
		s.ask(ctx)
	}
	if s.report, err = s.judge(ctx); err != nil {
		return false, err
	}
	return s.ended(st, res, steps[i+1:]), nil
}

// ended tells how the stage stands after a step, and returns whether the rest of
// the steps may follow.
func (s *runSession) ended(st pipeline.Planned, res pipeline.Result, rest []pipeline.Planned) (next bool) {
	passed := s.report.Broken(st) == ""
	tracks := !passed && s.report.LeftToNext(st, res, rest)
	s.text.ended(st, res, s.report, tracks)
	return !res.Stopped && !res.Unwaited && (passed || tracks)
}

// confirm asks before a command runs, twice before an install.
func (s *runSession) confirm(ctx context.Context, st pipeline.Planned) bool {
	if s.o.yes {
		return len(s.interrupt) == 0
	}
	if !s.asker.yes(ctx, "Run it? [Y/n] ", true) {
		return false
	}
	return st.Stage.ID != pipeline.Install ||
		s.asker.yes(ctx, "This installs updates and may restart the client. Are you sure? [y/N] ", false)
}

// declined is what a no means: an error when nothing was run before it.
func (s *runSession) declined(ctx context.Context, st pipeline.Planned) error {
	if ctx.Err() != nil {
		return s.endedBySignal(st)
	}
	if s.report != nil {
		return nil
	}
	return &Error{Op: "run", On: st.Stage.ID, Err: errDeclined, Do: "answer y, or give --yes"}
}

// manual has the engineer do a step. Nobody there to do it means that the stage
// waits.
func (s *runSession) manual(ctx context.Context, st pipeline.Planned, a *pipeline.Action) (next bool, err error) {
	done := false
	if s.o.report.streams.InTerminal || !s.o.yes {
		answer, ok := s.asker.ask(ctx, "Press Enter when it is done, or n to leave it: ")
		done = ok && answer == ""
	}
	if ctx.Err() != nil {
		return false, s.endedBySignal(st)
	}
	if !done {
		now := time.Now().UTC()
		s.runs = append(s.runs, diagnose.Run{
			Stage: st.Stage.ID, Track: st.Command.Track, Command: st.Command.ID, Line: st.Command.Title,
			Began: now, Ended: now, Manual: a.Text, Log: diagnose.Unknown,
		})
	}
	s.text.printf("\n")
	if s.report, err = s.judge(ctx); err != nil {
		return false, err
	}
	switch s.report.StageStatus(st.Stage.ID) {
	case diagnose.Failed, diagnose.Stale, diagnose.Waiting:
		return false, nil
	}
	return done, nil
}

// errEnded is why a run has no report.
var errEnded = errors.New("ended by a signal; what it had started was stopped")

func (s *runSession) endedBySignal(st pipeline.Planned) error {
	return &Error{Op: "run", On: st.Stage.ID, Err: errEnded, Do: "run it again", Code: exitUnknown}
}

// finish writes the report.
func (s *runSession) finish() error {
	s.report.Notes = append(s.report.Notes, s.params.notes()...)
	if err := writeError(s.text.err); err != nil {
		return err
	}
	if err := s.o.report.write([]*diagnose.Report{s.report}, false); err != nil {
		return err
	}
	if code := exitOf(s.report.Verdict); code != exitPassed {
		return exitStatus(code)
	}
	return nil
}

// ask asks for the Last Hardware Scan after an inventory, when somebody is there
// who can look it up.
func (s *runSession) ask(ctx context.Context) {
	if s.target.facts != nil || s.o.yes || !s.o.report.streams.InTerminal {
		return
	}
	for range maxAsk {
		text, ok := s.asker.ask(ctx, "Last Hardware Scan that the site shows now, such as 2007-06-05T02:00 (Enter if you do not know): ")
		if !ok || text == "" {
			return
		}
		if _, _, err := parseTime(lastScanField, text); err == nil {
			s.typed = text
			return
		}
	}
}

// judge judges the target as it is now, as the flags say.
func (s *runSession) judge(ctx context.Context) (*diagnose.Report, error) {
	read, judge, err := s.o.report.settings()
	if err != nil {
		return nil, err
	}
	return s.judging.judge(ctx, s.o.report.opener, read, judge)
}

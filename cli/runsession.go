package cli

import (
	"context"
	"errors"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/diagnose/offline"
	"patchtrace/pipeline"
)

// runSession is one call of run that is under way.
type runSession struct {
	o         *runOptions
	target    *runTarget
	book      *pipeline.Playbook
	params    *runParams
	store     client.Params
	text      *runText
	asker     *asker
	interrupt chan struct{}

	runner *pipeline.Runner
	// why is what the product was recognised by, empty when it was given.
	why    []string
	runs   []diagnose.Run
	report *diagnose.Report
	// typed is a Last Hardware Scan that was typed in after the inventory.
	typed string
}

// siteWait is how long a site that can be asked may take to store an inventory.
const (
	siteWait = 2 * time.Second
	sitePace = 25 * time.Millisecond
)

// all runs the steps in their order until one does not pass, and reports.
func (s *runSession) all(ctx context.Context, steps []step) error {
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
	_, judge, err := s.settings()
	if err != nil {
		return err
	}
	watch := &logWatch{
		follow: s.o.env.follow, folders: s.target.logs, matcher: diagnose.NewMatcher(s.book),
		options: diagnose.Options{Clock: judge.Clock, Zone: judge.Zone, Machine: judge.Machine}, // not Now: nothing is overdue yet
	}
	s.runner = &pipeline.Runner{Host: s.target.host, Watch: watch, Tell: s.text.tell, Interrupt: s.interrupt, Delays: s.o.env.delays}
	return nil
}

// one runs a step and tells whether the next one may follow.
func (s *runSession) one(ctx context.Context, i int, steps []step) (next bool, err error) {
	st := steps[i]
	a, err := pipeline.Prepare(st.command, s.params.values)
	if err != nil {
		return false, &Error{Op: "run", On: st.stage.ID, Err: err}
	}
	s.text.announce(i+1, len(steps), st, a)
	if a.Manual() {
		return s.manual(ctx, st, a)
	}
	if !s.confirm(ctx, st) {
		return false, s.declined(ctx, st)
	}
	before := s.now()
	res := s.runner.Run(ctx, pipeline.Job{Action: a, Wants: st.wants})
	switch {
	case ctx.Err() != nil:
		return false, s.endedBySignal(st)
	case res.WatchErr != nil:
		return false, &Error{Op: "follow logs of", On: s.target.name, Err: res.WatchErr, Do: "nothing was run"}
	case res.StartErr != nil:
		s.text.event(pipeline.RunEvent{Elapsed: res.Ended.Sub(res.Began)}, s.text.marks.failed, res.StartErr.Error())
	}
	s.runs = append(s.runs, runsOf(st, a, res)...)
	s.awaitSite(ctx, before)
	if err := s.ask(ctx); err != nil {
		return false, err
	}
	if s.report, err = s.judge(ctx); err != nil {
		return false, err
	}
	return s.ended(st, res, steps[i+1:]), nil
}

// ended tells how the stage stands after a step, and returns whether the rest of
// the steps may follow.
func (s *runSession) ended(st step, res pipeline.Result, rest []step) (next bool) {
	passed := s.passed(st)
	tracks := !passed && len(rest) > 0 && s.leftToNext(st, res, rest[0])
	s.text.ended(st, res, s.report, tracks)
	return !res.Stopped && !res.Unwaited && (passed || tracks)
}

// leftToNext tells whether all that is wrong with a stage is of one of its other
// tracks, from before this run, when the next step runs another track: without
// it nobody could mend the second one of them.
func (s *runSession) leftToNext(st step, res pipeline.Result, next step) bool {
	if next.stage.ID != st.stage.ID || res.StartErr != nil || res.CodeErr != nil || res.Code != 0 || len(res.Stands) != len(st.wants) {
		return false
	}
	for i, want := range st.wants {
		stand := res.Stands[i] // knows only what was written during this run
		own := want.Stage == next.stage.ID && stand.Sure && stand.Standing == pipeline.Succeeded
		if !own && stageStatus(s.report, want.Stage) != diagnose.Passed {
			return false
		}
	}
	return true
}

// passed tells whether the stages of the step stand as they should.
func (s *runSession) passed(st step) bool {
	for _, want := range st.wants {
		if stageStatus(s.report, want.Stage) != diagnose.Passed {
			return false
		}
	}
	return true
}

func stageStatus(r *diagnose.Report, id string) diagnose.Status {
	for _, stage := range r.Stages {
		if stage.ID == id {
			return stage.Status
		}
	}
	return diagnose.Unknown
}

// confirm asks before a command runs, twice before an install.
func (s *runSession) confirm(ctx context.Context, st step) bool {
	if s.o.yes {
		return len(s.interrupt) == 0
	}
	if !s.asker.yes(ctx, "Run it? [Y/n] ", true) {
		return false
	}
	return st.stage.ID != pipeline.Install ||
		s.asker.yes(ctx, "This installs updates and may restart the client. Are you sure? [y/N] ", false)
}

// declined is what a no means: an error when nothing was run before it.
func (s *runSession) declined(ctx context.Context, st step) error {
	if ctx.Err() != nil {
		return s.endedBySignal(st)
	}
	if s.report != nil {
		return nil
	}
	return &Error{Op: "run", On: st.stage.ID, Err: errDeclined, Do: "answer y, or give --yes"}
}

// manual has the engineer do a step. Nobody there to do it means that the stage
// waits.
func (s *runSession) manual(ctx context.Context, st step, a *pipeline.Action) (next bool, err error) {
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
			Stage: st.stage.ID, Track: st.command.Track, Command: st.command.ID, Line: st.command.Title,
			Began: now, Ended: now, Manual: a.Text, Log: diagnose.Unknown,
		})
	}
	s.text.printf("\n")
	if s.report, err = s.judge(ctx); err != nil {
		return false, err
	}
	switch stageStatus(s.report, st.stage.ID) {
	case diagnose.Failed, diagnose.Stale, diagnose.Waiting:
		return false, nil
	}
	return done, nil
}

// errEnded is why a run has no report.
var errEnded = errors.New("ended by a signal; what it had started was stopped")

func (s *runSession) endedBySignal(st step) error {
	return &Error{Op: "run", On: st.stage.ID, Err: errEnded, Do: "run it again", Code: exitUnknown}
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

// settings are those of diagnose, with what the target and the run add.
func (s *runSession) settings() (offline.Options, diagnose.Options, error) {
	read, judge, err := s.o.report.settings()
	if err != nil {
		return read, judge, err
	}
	if read.Product == "" && s.book != nil {
		read.Product = s.book.ID
	}
	judge.Target, judge.Runs = s.target.name, s.runs
	if err := s.facts(&judge); err != nil {
		return read, judge, err
	}
	return read, judge, s.lastScan(&judge)
}

// facts are the target's own clock and zone, where it can be asked.
func (s *runSession) facts(judge *diagnose.Options) error {
	if s.target.facts == nil {
		return nil
	}
	f, err := s.target.facts()
	if err != nil {
		return err
	}
	judge.Now, judge.NowSource = f.now, "clock"
	if judge.Zone == nil {
		judge.Zone = f.zone
	}
	return nil
}

// lastScan finds what the site holds: as typed in last, as the site says, as
// given with --last-hw-scan or at a manual step.
func (s *runSession) lastScan(judge *diagnose.Options) (err error) {
	if text := s.params.fieldValue(lastScanField); text != "" && judge.LastHardwareScan.IsZero() {
		if err := giveLastScan(judge, text); err != nil {
			return err
		}
	}
	if t := s.siteTime(); !t.IsZero() {
		judge.LastHardwareScan, judge.LastHardwareScanLocal, judge.LastHardwareScanSource = t, false, "wmi"
		return nil
	}
	if s.typed != "" {
		return giveLastScan(judge, s.typed)
	}
	if s.ranInventory() { // what was given before it cannot be of it
		judge.LastHardwareScan = time.Time{}
	}
	return nil
}

func giveLastScan(judge *diagnose.Options, text string) (err error) {
	judge.LastHardwareScanSource = "flag"
	judge.LastHardwareScan, judge.LastHardwareScanLocal, err = parseTime(lastScanField, text)
	return err
}

// ranInventory tells whether an inventory was sent by a run.
func (s *runSession) ranInventory() bool {
	for _, r := range s.runs {
		if r.Stage == pipeline.Inventory && r.Log == diagnose.Passed {
			return true
		}
	}
	return false
}

// now is what the target says of itself, nothing if it cannot be asked.
func (s *runSession) now() runFacts {
	if s.target.facts == nil {
		return runFacts{}
	}
	f, _ := s.target.facts() // settings tells of an error
	return f
}

// siteTime is what the site says, zero if it cannot be asked.
func (s *runSession) siteTime() time.Time { return s.now().lastScan }

// awaitSite gives the site time to store an inventory that has just arrived. It
// has when it shows another time than before the run, or one since its start:
// sites keep whole seconds.
func (s *runSession) awaitSite(ctx context.Context, before runFacts) {
	if s.target.facts == nil || !s.sentNow() {
		return
	}
	start := before.now.Truncate(time.Second)
	stored := func(t time.Time) bool { return !t.Equal(before.lastScan) || !t.Before(start) }
	for end := time.Now().Add(siteWait); time.Now().Before(end) && !stored(s.siteTime()); {
		select {
		case <-ctx.Done():
			return
		case <-time.After(sitePace):
		}
	}
}

// sentNow tells whether the newest run sent an inventory.
func (s *runSession) sentNow() bool {
	if len(s.runs) == 0 {
		return false
	}
	r := s.runs[len(s.runs)-1]
	return r.Stage == pipeline.Inventory && r.Log == diagnose.Passed
}

// ask asks for the Last Hardware Scan after an inventory, when somebody is there
// who can look it up.
func (s *runSession) ask(ctx context.Context) error {
	if !s.sentNow() || s.target.facts != nil || s.o.yes || !s.o.report.streams.InTerminal {
		return nil
	}
	for range maxAsk {
		text, ok := s.asker.ask(ctx, "Last Hardware Scan that the site shows now, such as 2007-06-05T02:00 (Enter if you do not know): ")
		if !ok || text == "" {
			return nil
		}
		if _, _, err := parseTime(lastScanField, text); err == nil {
			s.typed = text
			return nil
		}
	}
	return nil
}

// judge reads the target's logs and judges them together with the runs.
func (s *runSession) judge(ctx context.Context) (*diagnose.Report, error) {
	read, judge, err := s.settings()
	if err != nil {
		return nil, err
	}
	var src offline.Source
	for _, folder := range s.target.logs {
		t, err := s.o.report.opener(folder)
		if err != nil {
			return nil, openFailure(err)
		}
		more := source(t)
		src.Logs, src.States = append(src.Logs, more.Logs...), append(src.States, more.States...)
	}
	r, err := offline.Diagnose(ctx, src, read, judge)
	if err != nil {
		return nil, &Error{Op: "diagnose", On: s.target.name, Err: err}
	}
	if len(s.why) > 0 {
		r.ProductWhy = s.why
	}
	return r, nil
}

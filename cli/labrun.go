package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"patchtrace/diagnose"
	"patchtrace/diagnose/live"
	"patchtrace/lab"
	"patchtrace/pipeline"
)

// labDelays suit programs that have written all when they end.
var labDelays = pipeline.Delays{
	Settle: 20 * time.Millisecond, Wait: 40 * time.Millisecond,
	Unsure: 40 * time.Millisecond, Silent: 60 * time.Millisecond,
}

// labPatience is how long a practice program may take in the real world.
const labPatience = 20 * time.Second

func labEnv(d deps) runEnv {
	env := realRunEnv(d)
	env.delays = labDelays
	return env
}

func newLabRunCmd(d deps) *cobra.Command {
	o := &labOptions{deps: d, env: labEnv(d)}
	format := newChoice(&o.format, "text", "json")
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run all stages of a lab and print the report",
		Long: `Make a lab, let its programs run as they are advertised, sync, scan, inventory
and install, up to the first stage that breaks, and print the report. After an
install scan and inventory run again.

Exit codes are those of diagnose.`,
		Example: `  patchtrace lab run
  patchtrace lab run --fault repository-denied
  patchtrace lab run --fault mp-down --keep practice --format json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.choices(cmd)
	cmd.Flags().Var(format, "format", "how to write the report")
	cmd.Flags().StringVar(&o.keep, "keep", "", "make the lab in this `DIR` and leave it there; a lab that is there already is run on")
	mustComplete(cmd, "format", format.complete)
	return cmd
}

// run makes a lab, or takes the one that is kept, and runs it.
func (o *labOptions) run(ctx context.Context) error {
	dir := o.keep
	if dir == "" {
		temp, err := os.MkdirTemp("", "patchtrace-lab-")
		if err != nil {
			return &Error{Op: "make a lab", Err: cause(err), Do: "name a folder with --keep"}
		}
		defer removeLab(temp)
		dir = filepath.Join(temp, "lab")
	}
	if o.keep != "" && lab.Is(dir) {
		if err := o.same(dir); err != nil {
			return err
		}
		return o.stages(ctx, dir)
	}
	l, err := o.make(dir)
	if err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	return o.stages(ctx, dir)
}

// same checks that the lab that is there is the one that the flags ask for.
func (o *labOptions) same(dir string) error {
	l, err := openLab(dir)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }() // it was only read
	if o.fault != "" && o.fault != l.Fault() {
		return &Error{Op: "run lab in", On: dir, Err: fmt.Errorf("it was made %s", madeWith(l.Fault())), Do: "leave --fault out, or give another folder"}
	}
	if o.product == lab.SMS2 && l.Product() != o.product {
		return &Error{Op: "run lab in", On: dir, Err: errors.New("it is of " + l.Product()), Do: "leave --product out, or give another folder"}
	}
	return nil
}

func madeWith(fault string) string {
	if fault == "" {
		return "without a fault"
	}
	return "with the fault " + fault
}

// stages runs the lab stage by stage up to the first that breaks. What counts is
// what its logs and its site say: the programs run as advertised, and nobody
// looks at their exit codes unless the logs are silent.
func (o *labOptions) stages(ctx context.Context, dir string) error {
	s, steps, err := o.session(dir)
	if err != nil {
		return err
	}
	defer s.target.close()
	ctx, stop := s.obey(ctx)
	defer stop()
	if err := s.prepare(); err != nil {
		return err
	}
	s.text.printf("LAB: %s\n\n", show(s.target.name))
	stage := ""
	for i, st := range steps {
		if o.guide && st.Stage.ID != stage && !st.Again {
			explain(s.text, st.Stage)
		}
		stage = st.Stage.ID
		next, err := o.step(ctx, s, i, steps)
		if err != nil {
			return err
		}
		if !next {
			break
		}
	}
	return s.finish()
}

// session is a run of the lab as the run command has it.
func (o *labOptions) session(dir string) (*runSession, []pipeline.Planned, error) {
	report := diagnoseOptions{
		streams: o.deps.streams, clock: o.deps.now(), machine: o.deps.zone, opener: o.deps.open,
		format: o.format, product: "auto", codePage: "1252",
	}
	s := &runSession{o: &runOptions{report: report, env: o.env, stage: allStages, yes: true}, interrupt: make(chan struct{}, 2)}
	var err error
	if s.target, err = labTarget(dir); err != nil {
		return nil, nil, err
	}
	s.why = []string{s.target.productWhy}
	if s.book, err = pipeline.Load(s.target.product); err != nil {
		return nil, nil, err
	}
	if s.params, err = newRunParams(s.book, nil, s.target.params, nil); err != nil {
		return nil, nil, err
	}
	steps, err := labSteps(s.book)
	s.outputs()
	return s, steps, err
}

// labSteps are the commands of all stages for both tracks.
func labSteps(book *pipeline.Playbook) ([]pipeline.Planned, error) {
	var steps []pipeline.Planned
	for i, round := range pipeline.Rounds() {
		for _, id := range round {
			tracks := []string{""}
			if id == pipeline.Sync || id == pipeline.Scan {
				tracks = []string{"security", "office"}
			}
			for _, track := range tracks {
				more, err := plan(book, pipeline.PlanOptions{Stage: id, Track: track, Patience: labPatience})
				if err != nil {
					return nil, err
				}
				more[0].Again = i > 0
				steps = append(steps, more...)
			}
		}
	}
	return steps, nil
}

// step runs one command and tells whether the next one may follow.
func (o *labOptions) step(ctx context.Context, s *runSession, i int, steps []pipeline.Planned) (next bool, err error) {
	st := steps[i]
	a, err := pipeline.Prepare(st.Command, s.params.values)
	if err != nil {
		return false, &Error{Op: "run", On: st.Stage.ID, Err: err}
	}
	s.text.announce(i+1, len(steps), st, a)
	res := s.runner.Run(ctx, pipeline.Job{Action: a, Wants: st.Wants})
	switch {
	case ctx.Err() != nil:
		return false, s.endedBySignal(st)
	case res.WatchErr != nil:
		return false, &Error{Op: "follow logs of", On: s.target.name, Err: res.WatchErr, Do: "nothing was run"}
	case res.StartErr != nil && a.Call == nil:
		return false, &Error{Op: "run", On: st.Stage.ID, Err: res.StartErr, Do: "make the lab anew: patchtrace lab init DIR"}
	case res.StartErr != nil:
		s.text.event(pipeline.RunEvent{Elapsed: res.Ended.Sub(res.Began)}, s.text.marks.failed, res.StartErr.Error())
	}
	judge := func() (*diagnose.Report, error) { return s.judge(ctx) }
	if s.report, err = s.weigh(st, a, res, judge); err != nil {
		return false, err
	}
	return s.ended(st, res, steps[i+1:]), nil
}

// weigh judges a lab after a step. What counts is what its logs and its site say;
// what a program returned counts only where they are silent.
func (j *judging) weigh(st pipeline.Planned, a *pipeline.Action, res pipeline.Result, judge func() (*diagnose.Report, error)) (*diagnose.Report, error) {
	j.runs = nil
	r, err := judge()
	if err == nil && inVain(r, st, res) {
		j.runs = live.Runs(st, a, res)
		r, err = judge()
	}
	return r, err
}

// inVain tells whether a program failed without a word, and what the logs say of
// the stage is therefore of an earlier run.
func inVain(r *diagnose.Report, st pipeline.Planned, res pipeline.Result) bool {
	switch r.StageStatus(st.Stage.ID) {
	case diagnose.Failed, diagnose.Stale, diagnose.Waiting:
		return false
	case diagnose.NotRun:
		if st.Stage.Shows == "client" {
			return false
		}
	}
	silent := len(res.Stands) == 0 || res.Stands[0].Standing == pipeline.Open || res.Stands[0].Standing == ""
	return silent && (res.StartErr != nil || res.CodeErr != nil || res.Code != 0)
}

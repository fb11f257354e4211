package cli

import (
	"context"
	"errors"
	"maps"
	"slices"

	"patchtrace/diagnose"
	"patchtrace/diagnose/live"
	"patchtrace/pipeline"
)

// Plan returns the commands that run a stage, or all.
func (c *deskCase) Plan(o pipeline.PlanOptions) ([]pipeline.Planned, error) {
	book, err := c.playbook()
	if err != nil {
		return nil, err
	}
	if c.target.lab != nil {
		return labPlan(book, o)
	}
	return pipeline.Plan(book, o)
}

// playbook is the target's. Before the first report it is found out.
func (c *deskCase) playbook() (*pipeline.Playbook, error) {
	c.mu.Lock()
	book := c.book
	c.mu.Unlock()
	if book != nil {
		return book, nil
	}
	_, book, err := c.Judge(context.Background(), nil)
	return book, err
}

// labPlan chooses from the steps of `lab run`, which runs both tracks. A command
// that is named, and a kick, are planned as for a client.
func labPlan(book *pipeline.Playbook, o pipeline.PlanOptions) ([]pipeline.Planned, error) {
	o.Patience = labPatience
	some, err := pipeline.Plan(book, o)
	if err != nil || o.Command != "" || o.Kick {
		return some, err
	}
	steps, err := labSteps(book)
	return slices.DeleteFunc(steps, func(st pipeline.Planned) bool {
		track := st.Command.Track
		return o.Stage != "" && (st.Again || st.Stage.ID != o.Stage) ||
			o.Track != "" && o.Track != pipeline.AllTracks && track != "" && track != o.Track
	}), err
}

var (
	errByHand  = errors.New("this step is done by hand")
	errGivenUp = errors.New("given up; what it had started was stopped")
)

// Run runs a step until it is over.
func (c *deskCase) Run(ctx context.Context, s pipeline.Planned, params map[string]string, interrupt <-chan struct{}, tell func(pipeline.RunEvent)) (pipeline.Result, error) {
	var none pipeline.Result
	a, err := c.prepare(s, params)
	if err != nil {
		return none, err
	}
	j := c.current()
	runner, err := c.runner(&j, interrupt, tell)
	if err != nil {
		return none, err
	}
	before := j.facts()
	res := runner.Run(ctx, pipeline.Job{Action: a, Wants: s.Wants})
	switch {
	case ctx.Err() != nil:
		return res, &Error{Op: "run", On: s.Stage.ID, Err: errGivenUp, Do: "run it again"}
	case res.WatchErr != nil:
		return res, &Error{Op: "follow logs of", On: c.target.name, Err: res.WatchErr, Do: "nothing was run"}
	case res.StartErr != nil && c.target.lab != nil && a.Call == nil:
		return res, &Error{Op: "run", On: s.Stage.ID, Err: res.StartErr, Do: "open a new lab"}
	}
	c.target.beside.forget()
	runs := live.Runs(s, a, res)
	if sent(runs) {
		j.awaitSite(ctx, before)
	}
	return res, c.count(ctx, &j, s, a, res, runs)
}

// prepare fills the parameters into the command.
func (c *deskCase) prepare(s pipeline.Planned, params map[string]string) (*pipeline.Action, error) {
	fail := func(err error, do string) error { return &Error{Op: "run", On: s.Stage.ID, Err: err, Do: do} }
	if c.target.host == nil {
		return nil, c.target.unusable(s.Stage.ID)
	}
	book, err := c.playbook()
	if err != nil {
		return nil, err
	}
	values := c.Params()
	maps.Copy(values, params)
	for _, name := range s.Command.Needs() {
		param := book.Param(name)
		if param == nil {
			continue
		}
		value, ok := values[name]
		if !ok && param.MayBeEmpty() {
			values[name] = ""
		} else if ok && c.target.lab == nil { // what a lab gives itself is right
			if err := param.Check(value); err != nil {
				return nil, fail(err, "correct "+name+", such as "+param.Example)
			}
		}
	}
	a, err := pipeline.Prepare(s.Command, values)
	switch {
	case err != nil:
		return nil, fail(err, "")
	case a.Manual():
		return nil, fail(errByHand, "do it, and note what you saw")
	}
	return a, nil
}

func (c *deskCase) current() judging {
	c.mu.Lock()
	defer c.mu.Unlock()
	j := c.judging
	j.runs = slices.Clone(c.runs)
	return j
}

func (c *deskCase) runner(j *judging, interrupt <-chan struct{}, tell func(pipeline.RunEvent)) (*pipeline.Runner, error) {
	read, judge, err := c.settings()
	if err == nil {
		err = j.complete(&read, &judge)
	}
	if err != nil {
		return nil, err
	}
	if tell == nil {
		tell = func(pipeline.RunEvent) {}
	}
	return &pipeline.Runner{Host: c.target.host, Watch: j.watch(c.follow, judge), Tell: tell, Interrupt: interrupt, Delays: c.delays}, nil
}

// count keeps what came of a run for the next report: at a client all of it, in a
// lab what `lab run` counts.
func (c *deskCase) count(ctx context.Context, j *judging, s pipeline.Planned, a *pipeline.Action, res pipeline.Result, runs []diagnose.Run) error {
	if c.target.lab == nil {
		j.runs = append(j.runs, runs...)
	} else if _, err := j.weigh(s, a, res, func() (*diagnose.Report, error) { return c.judgeBy(ctx, j) }); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs = j.runs
	if sent(runs) {
		c.before = c.asked
	}
	return nil
}

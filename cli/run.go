package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"patchtrace/client"
	"patchtrace/diagnose/live"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// runOptions is what one call of run works on.
type runOptions struct {
	report diagnoseOptions
	env    runEnv

	stage    string
	target   string
	set      []string
	track    string
	command  string
	kick     bool
	dryRun   bool
	yes      bool
	patience time.Duration
}

// runEnv is what run needs from outside beside what every command needs. Tests
// replace it.
type runEnv struct {
	target func(name string) (*runTarget, error)
	kept   func() (client.Params, error)
	follow live.Follow
	// signals returns the signals to obey, and a function that ends that.
	signals func() (<-chan os.Signal, func())
	delays  pipeline.Delays
}

func realRunEnv(d deps) runEnv {
	return runEnv{
		target: func(name string) (*runTarget, error) { return findRunTarget(d.open, name) },
		kept:   client.KeptParams, follow: logparse.Follow,
		signals: func() (<-chan os.Signal, func()) {
			c := make(chan os.Signal, 4)
			signal.Notify(c, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
			return c, func() { signal.Stop(c) }
		},
	}
}

func newRunCmd(d deps) *cobra.Command { return runCmd(d, realRunEnv(d), runRun) }

func runCmd(d deps, env runEnv, run func(context.Context, *runOptions) error) *cobra.Command {
	o := &runOptions{env: env, report: diagnoseOptions{streams: d.streams, machine: d.zone, opener: d.open, codePage: "1252"}}
	format := newChoice(&o.report.format, "text", "json")
	cmd := &cobra.Command{
		Use:   "run STAGE|all [TARGET]",
		Short: "Run a stage live, watch its logs, then judge",
		Long: `Run sync, scan, inventory or install, or all four in order, and say what came of
it: what the program prints and what its logs say are shown as they come, and
the report follows.

A stage is over when its program has ended and its log shows an outcome, or when
patience runs out. It counts as passed only when both agree. "all" stops at the
first stage that breaks; after an install it runs scan and inventory again,
because only then the site shows the result.

What the commands need to know is asked for once and kept for each target. No
parameter ever reaches a shell.

Exit codes are those of diagnose: 0 passed, 1 a stage broke, 3 cannot tell, 4
waiting, also for a step that is done by hand.`,
		Example: `  patchtrace run scan --dry-run --product sms2003
  patchtrace run sync --set site=SMS01 --set code=XYZ
  patchtrace run scan --track office --kick
  patchtrace run all --yes --format json`,
		Args: runArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.stage, o.report.clock = args[0], d.now()
			if len(args) > 1 {
				o.target = args[1]
			}
			if o.patience < 0 || cmd.Flags().Changed("patience") && o.patience == 0 {
				return &Error{Op: "parse", On: "--patience " + quote(o.patience.String()), Err: errors.New("not a time to wait"), Do: "use, say, 90s or 2h"}
			}
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.set, "set", nil, "a parameter, or what was seen at a manual step: `KEY=VALUE`; may be repeated")
	f.StringVar(&o.track, "track", "", "which `TRACK` to run: security, office or all (default: the playbook's)")
	f.StringVar(&o.command, "command", "", "`ID` of the playbook's command to run")
	f.BoolVar(&o.kick, "kick", false, "have the scan start the inventory at once (expedited)")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would run, where, and what it changes; run nothing")
	f.BoolVar(&o.yes, "yes", false, "do not ask before a command is run")
	f.DurationVar(&o.patience, "patience", 0, "how long logs may be silent, a `DURATION` such as 90s (default: the playbook's)")
	f.Var(format, "format", "how to write the report")
	f.StringVarP(&o.report.output, "output", "o", "", "write the report to this `FILE` instead of standard output")
	f.StringVar(&o.report.product, "product", "auto", "`NAME` of the playbook to run by: auto, "+strings.Join(pipeline.Builtin(), ", "))
	f.StringVar(&o.report.lastScan, "last-hw-scan", "", "Last Hardware Scan that the site shows, a `TIME` on the client's clock unless it has a zone")
	f.StringVar(&o.report.zone, "zone", "", "the client's time `ZONE` for lines that do not tell it: ±HH:MM or Area/City")
	mustComplete(cmd, "format", format.complete)
	mustComplete(cmd, "product", cobra.FixedCompletions(append([]string{"auto"}, pipeline.Builtin()...), cobra.ShellCompDirectiveNoFileComp))
	mustComplete(cmd, "track", cobra.FixedCompletions([]string{"security", "office", pipeline.AllTracks}, cobra.ShellCompDirectiveNoFileComp))
	cmd.ValidArgsFunction = completeRun
	return cmd
}

// completeRun offers the stages, then files.
func completeRun(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return append(append([]string{}, pipeline.StageIDs[:]...), allStages), cobra.ShellCompDirectiveNoFileComp
}

// runRun plans the run, and shows the plan or carries it out.
func runRun(ctx context.Context, o *runOptions) error {
	if _, _, err := o.report.settings(); err != nil {
		return err
	}
	s := &runSession{o: o, interrupt: make(chan struct{}, 2)}
	if err := s.aim(ctx); err != nil {
		return err
	}
	if s.target.close != nil {
		defer s.target.close()
	}
	steps, err := s.plan()
	if err != nil {
		return err
	}
	kept, err := s.parameters()
	if err != nil {
		return err
	}
	s.outputs()
	if o.dryRun {
		return s.show(steps)
	}
	ctx, stop := s.obey(ctx)
	defer stop()
	if err := s.complete(ctx, steps, kept); err != nil {
		return err
	}
	return s.all(ctx, steps)
}

// plan returns the commands that the flags ask for.
func (s *runSession) plan() ([]pipeline.Planned, error) {
	o := s.o
	p := pipeline.PlanOptions{Stage: o.stage, Track: o.track, Command: o.command, Kick: o.kick, Patience: o.patience}
	if o.stage == allStages {
		p.Stage = ""
		if o.track == "" && o.command == "" {
			p.Track = s.target.track
		}
	}
	return plan(s.book, p)
}

// aim finds the target and its playbook.
func (s *runSession) aim(ctx context.Context) (err error) {
	o := s.o
	s.target = &runTarget{why: errNoClient}
	if o.target != "" || !o.dryRun || o.report.product == "auto" {
		if s.target, err = o.env.target(o.target); err != nil {
			return err
		}
		s.target.kept = o.env.kept
	}
	if s.target.host == nil && !o.dryRun {
		return s.target.unusable(o.stage)
	}
	product := s.target.product
	if o.report.product != "auto" {
		product = o.report.product
	}
	switch {
	case product == "":
		if product, err = s.detect(ctx); err != nil {
			return err
		}
	case o.report.product == "auto":
		s.why = []string{s.target.productWhy}
	}
	s.book, err = pipeline.Load(product)
	return err
}

var errNoProduct = errors.New("no log tells which product it is")

// detect finds out the product by the logs.
func (s *runSession) detect(ctx context.Context) (string, error) {
	if len(s.target.logs) == 0 {
		return "", s.target.unusable(s.o.stage)
	}
	r, err := s.judge(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range r.Coverage {
		if c.Records > 0 && c.Stage != "" {
			s.why = r.ProductWhy
			return r.Product, nil
		}
	}
	return "", &Error{Op: "run " + s.o.stage + " on", On: s.target.name, Err: errNoProduct, Do: "name the playbook with --product"}
}

// parameters reads what is known of the parameters before anybody is asked.
func (s *runSession) parameters() (kept map[string]string, err error) {
	if s.target.keeps {
		if s.store, err = s.o.env.kept(); err != nil {
			s.warn(err, "the parameters are not kept")
			s.target.keeps = false
		} else if kept, err = s.store.Load(s.target.name); err != nil {
			return nil, openFailure(err)
		}
	}
	s.params, err = newRunParams(s.book, s.o.set, s.target.params, kept)
	s.given = s.params.fieldValue(lastScanField)
	return kept, err
}

// warn tells of what does not end the run.
func (s *runSession) warn(err error, consequence string) {
	tell(s.o.report.streams.Err, &Error{Err: err, Do: consequence})
}

// complete gets the parameters that are still missing, and keeps them.
func (s *runSession) complete(ctx context.Context, steps []pipeline.Planned, kept map[string]string) error {
	var ask func(*pipeline.Param) (string, bool)
	if s.o.report.streams.InTerminal {
		ask = func(p *pipeline.Param) (string, bool) { return s.asker.param(ctx, p) }
	}
	if err := s.params.complete(pipeline.NeedsOf(steps), ask); err != nil {
		return err
	}
	if !s.target.keeps {
		return nil
	}
	if err := s.params.keep(s.store, s.target.name, kept); err != nil {
		s.warn(openFailure(err), "")
	}
	return nil
}

// outputs decides who is told what: standard output holds the answer, which is
// the transcript too unless it is JSON.
func (s *runSession) outputs() {
	o := s.o.report
	out := o.streams.Out
	prompts := out
	switch {
	case o.format == "json":
		out, prompts = o.streams.Err, o.streams.Err
	case o.streams.InTerminal && !o.streams.OutTerminal:
		prompts = o.streams.Err
	}
	s.text = newRunText(out, o.streams)
	s.text.quiet = o.format == "json" && !o.streams.ErrTerminal
	s.asker = &asker{in: o.streams.In, out: prompts, interrupt: s.interrupt}
}

// obey makes an interrupt end the waiting and any other signal end it all.
func (s *runSession) obey(ctx context.Context) (context.Context, func()) {
	signals, ignore := s.o.env.signals()
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for {
			select {
			case sig := <-signals:
				s.signal(sig, cancel)
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, func() { ignore(); cancel() }
}

func (s *runSession) signal(sig os.Signal, cancel func()) {
	if sig != os.Interrupt {
		cancel()
		return
	}
	select {
	case s.interrupt <- struct{}{}:
	default: // two are waiting already
	}
}

// plannedCommand is a command as --dry-run --format json shows it.
type plannedCommand struct {
	Stage     string            `json:"stage"`
	Command   string            `json:"command"`
	Title     string            `json:"title"`
	Kind      string            `json:"kind"`
	Line      string            `json:"line"`
	Program   string            `json:"program,omitempty"`
	Args      []string          `json:"args,omitempty"`
	Folder    string            `json:"folder,omitempty"`
	Namespace string            `json:"namespace,omitempty"`
	Class     string            `json:"class,omitempty"`
	Method    string            `json:"method,omitempty"`
	Input     map[string]string `json:"input,omitempty"`
	Where     string            `json:"where"`
	Changes   string            `json:"changes"`
	Missing   []string          `json:"missing,omitempty"`
}

// show is the dry run. A parameter that is not known is shown as <name>.
func (s *runSession) show(steps []pipeline.Planned) error {
	s.text.quiet = false
	s.text.out = s.o.report.streams.Out
	var list []plannedCommand
	for i, st := range steps {
		a, missing, err := s.sketch(st)
		if err != nil {
			return err
		}
		if s.o.report.format == "json" {
			list = append(list, planned(st, a, missing))
			continue
		}
		s.text.announce(i+1, len(steps), st, a)
		if len(missing) > 0 {
			s.text.para("  Missing  ", strings.Join(missing, ", "))
		}
		s.text.printf("\n")
	}
	if s.o.report.format == "json" {
		return writeError(writeJSON(s.text.out, list))
	}
	s.text.printf("Nothing was run.\n")
	return writeError(s.text.err)
}

// sketch fills in what is known.
func (s *runSession) sketch(st pipeline.Planned) (*pipeline.Action, []string, error) {
	values := map[string]string{}
	for name, value := range s.params.values {
		values[name] = value
	}
	var missing []string
	for _, p := range s.book.Missing(st.Command.Needs(), s.params.values) {
		missing = append(missing, p.Name)
		values[p.Name] = "<" + p.Name + ">"
	}
	a, err := pipeline.Prepare(st.Command, values)
	return a, missing, err
}

func planned(st pipeline.Planned, a *pipeline.Action, missing []string) plannedCommand {
	p := plannedCommand{
		Stage: st.Stage.ID, Command: st.Command.ID, Title: st.Command.Title, Kind: st.Command.Kind, Line: a.Line(),
		Where: st.Command.Where, Changes: st.Command.Changes, Missing: missing,
	}
	if a.Exec != nil {
		p.Program, p.Args, p.Folder = a.Exec.Program, a.Exec.Args, a.Exec.Dir
	}
	if a.Call != nil {
		p.Namespace, p.Class, p.Method, p.Input = a.Call.Namespace, a.Call.Class, a.Call.Method, a.Call.Input
	}
	return p
}

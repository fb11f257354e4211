package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/live"
	"patchtrace/diagnose/offline"
	"patchtrace/lab"
	"patchtrace/pipeline"
	"patchtrace/tui"
)

// labOptions is what one call of lab works on.
type labOptions struct {
	deps    deps
	env     runEnv
	fault   string
	product string
	format  string
	keep    string
	// guide is true when every stage is explained before it is run.
	guide bool
}

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

func newLabCmd(d deps) *cobra.Command {
	o, console := &labOptions{deps: d}, newConsole(d)
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Practise on a small site and client that live in a folder",
		Long: `Make a practice site and client in a folder, break something in it on purpose,
and find it. Programs, servers, files and logs are real, but everything in them
is invented and says LAB. Nothing outside of the folder is touched, and nothing
but this machine's loopback is reached.

Without a command it opens the console on a new lab, in a temporary folder.`,
		Example: `  patchtrace lab --fault cab-cut
  patchtrace lab run
  patchtrace lab run --fault proxy-login
  patchtrace lab init --fault mp-down practice
  patchtrace run all practice`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !console.possible() {
				return showHelp(cmd, args)
			}
			if err := o.known(); err != nil {
				return err
			}
			console.place = &tui.Place{Kind: tui.Lab, Fault: o.fault, Product: o.product}
			return console.run(cmd.Context())
		},
	}
	o.choices(cmd)
	console.flags(cmd)
	cmd.AddCommand(newLabInitCmd(d), newLabRunCmd(d), newLabFaultsCmd(d), newLabServeCmd(d))
	return cmd
}

// labProducts are the products that a lab can be of, the usual one first.
var labProducts = []string{lab.SMS2003, lab.SMS2}

// choices adds the flags that say what kind of lab it is to be.
func (o *labOptions) choices(cmd *cobra.Command) {
	product := newChoice(&o.product, labProducts...)
	cmd.Flags().StringVar(&o.fault, "fault", "", "break this on purpose: a `NAME` that \"lab faults\" lists")
	cmd.Flags().Var(product, "product", "what the lab is of")
	mustComplete(cmd, "product", product.complete)
	mustComplete(cmd, "fault", completeFaults)
}

func completeFaults(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, f := range lab.Faults(lab.SMS2003) {
		names = append(names, f.Name+"\t"+f.Cause)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// oneFolder takes the one argument that a lab's folder is.
func oneFolder(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 1:
		return nil
	case 0:
		return usageError(cmd, "no folder was given", "give the folder of the lab")
	}
	return usageError(cmd, fmt.Sprintf("takes one folder, not %d", len(args)), "")
}

func newLabInitCmd(d deps) *cobra.Command {
	o := &labOptions{deps: d}
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Make a lab to poke at",
		Long: `Make a lab in a folder that is empty or not there. Afterwards it is a target
like any other: diagnose it, run its stages, break something else in it by
hand. The README.md in it says what is what.`,
		Example: `  patchtrace lab init practice
  patchtrace lab init --fault cab-cut --product sms2 practice`,
		Args: oneFolder,
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := o.make(args[0])
			if err != nil {
				return err
			}
			dir := shellWord(args[0])
			_, err = fmt.Fprintf(d.streams.Out, "LAB: %s in %s\n\nRun it:       patchtrace run all %s\nLook at it:   patchtrace diagnose %s\nServers up:   patchtrace lab serve %s\n", l.Name(), show(args[0]), show(dir), show(dir), show(dir))
			return errors.Join(writeError(err), l.Close())
		},
	}
	o.choices(cmd)
	return cmd
}

// make makes the lab that the flags ask for.
func (o *labOptions) make(dir string) (*lab.Lab, error) {
	l, err := lab.Init(dir, lab.Options{Fault: o.fault, Product: o.product})
	switch {
	case errors.Is(err, lab.ErrFault):
		return nil, o.known()
	case errors.Is(err, lab.ErrNotEmpty):
		return nil, &Error{Err: err, Do: "give a folder that is empty or not there"}
	case err != nil:
		return nil, &Error{Err: err, Do: "give a folder that you may write to"}
	}
	return l, nil
}

// known refuses a fault that no lab has.
func (o *labOptions) known() error {
	for _, f := range lab.Faults(o.product) {
		if f.Name == o.fault {
			return nil
		}
	}
	if o.fault == "" {
		return nil
	}
	return &Error{Op: "parse", On: "--fault " + quote(o.fault), Err: fmt.Errorf("no fault of a lab of %s", o.product), Do: o.nearFaults()}
}

// nearFaults helps with a name that is not known.
func (o *labOptions) nearFaults() string {
	var near []string
	for _, f := range lab.Faults(o.product) {
		if strings.Contains(f.Name, o.fault) || strings.Contains(o.fault, f.Name) {
			near = append(near, f.Name)
		}
	}
	if len(near) == 0 {
		return "see patchtrace lab faults"
	}
	return "did you mean " + orList(near) + "?"
}

func newLabFaultsCmd(d deps) *cobra.Command {
	o := &labOptions{deps: d}
	format := newChoice(&o.format, "text", "json")
	product := newChoice(&o.product, labProducts...)
	cmd := &cobra.Command{
		Use:   "faults",
		Short: "List what can be broken in a lab",
		Long: `List what can be broken in a lab: the name to give to --fault, the stage in
which the patch is lost then, the cause, and the rule that a diagnosis names.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			faults := lab.Faults(o.product)
			if o.format == "json" {
				return writeError(writeJSON(d.streams.Out, faults))
			}
			return writeError(writeFaults(d.streams, faults))
		},
	}
	cmd.Flags().Var(format, "format", "how to write the list")
	cmd.Flags().Var(product, "product", "what the lab is of")
	mustComplete(cmd, "format", format.complete)
	mustComplete(cmd, "product", product.complete)
	return cmd
}

// writeFaults lists the faults stage by stage, as wide as the screen.
func writeFaults(s *Streams, faults []lab.Fault) error {
	t := newRunText(s.Out, s)
	width := 0
	for _, f := range faults {
		width = max(width, len(f.Name))
	}
	stage := ""
	for _, f := range faults {
		if f.Stage != stage {
			if stage != "" {
				t.printf("\n")
			}
			stage = f.Stage
			t.printf("%s\n", t.paint.head(stage))
		}
		t.para(fmt.Sprintf("  %-*s  ", width, f.Name), f.Cause)
		t.para(fmt.Sprintf("  %-*s  ", width, ""), f.Rule)
	}
	return t.err
}

func newLabServeCmd(d deps) *cobra.Command {
	o := &labOptions{deps: d, env: labEnv(d)}
	return &cobra.Command{
		Use:   "serve DIR",
		Short: "Keep the servers of a lab up",
		Long: `Keep the lab's servers up: that of the catalogue's maker, a proxy, the site
server and the management point, all on this machine's loopback. Without this
command they come up with each run and go down with it.

Ctrl-C ends it and gives that back. A server that is killed stays down, as real
ones do, until it is served again.`,
		Args: oneFolder,
		RunE: func(cmd *cobra.Command, args []string) error { return o.serve(cmd.Context(), args[0]) },
	}
}

func (o *labOptions) serve(ctx context.Context, dir string) error {
	l, err := openLab(dir)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }() // nothing is written through it any more
	servers, err := l.Serve()
	if err != nil {
		return &Error{Op: "serve", On: dir, Err: err, Do: "mend that, or make a new lab: patchtrace lab init DIR"}
	}
	defer servers.Close()
	if !servers.Mine() {
		return &Error{Op: "serve", On: dir, Err: errors.New("its servers are up already, in another process")}
	}
	signals, ignore := o.env.signals()
	defer ignore()
	if err := l.ServeByHand(true); err != nil {
		return &Error{Op: "serve", On: dir, Err: err}
	}
	ports := servers.Ports()
	var b strings.Builder
	fmt.Fprintf(&b, "LAB: the servers of %s are up. Ctrl-C ends it.\n", l.Name())
	for _, name := range slices.Sorted(maps.Keys(ports)) {
		fmt.Fprintf(&b, "  %-16s http://127.0.0.1:%d\n", name, ports[name])
	}
	if _, err := io.WriteString(o.deps.streams.Out, b.String()); err != nil {
		return writeError(err)
	}
	select {
	case <-ctx.Done():
	case sig := <-signals:
		if sig != os.Interrupt {
			return nil // as if it were killed: its servers stay down
		}
	}
	if err := l.ServeByHand(false); err != nil {
		return &Error{Op: "serve", On: dir, Err: err}
	}
	return nil
}

func openLab(dir string) (*lab.Lab, error) {
	l, err := lab.Open(dir)
	if err != nil {
		return nil, &Error{Op: "open lab", Err: err, Do: "make one: patchtrace lab init DIR"}
	}
	return l, nil
}

// atLab takes from a lab what the flags leave open: its product, its clock and
// zone, and the Last Hardware Scan that its site holds.
func atLab(ctx context.Context, t *client.Target, read *offline.Options, judge *diagnose.Options) error {
	if t.Single || !lab.Is(t.Name) {
		return nil
	}
	l, err := openLab(t.Name)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }() // it was only read
	facts, err := labFacts(l, t.Name)
	if err != nil {
		return err
	}
	set := labEvidence(ctx, l, new(evidence.Cache))
	judge.Target, judge.Evidence = l.Name(), &set
	if read.Product == "" {
		read.Product = l.Product()
	}
	if judge.Zone == nil {
		judge.Zone = facts.Zone
	}
	if judge.Now.IsZero() {
		judge.Now, judge.NowSource = facts.Now, "clock"
	}
	if judge.LastHardwareScan.IsZero() {
		judge.LastHardwareScan, judge.LastHardwareScanSource = facts.LastHardwareScan, "wmi"
	}
	return nil
}

// labFacts asks a lab for what a diagnosis of it is to know.
func labFacts(l *lab.Lab, dir string) (lab.Facts, error) {
	f, err := l.Facts()
	if err != nil {
		return f, &Error{Op: "ask the lab in", On: dir, Err: err, Do: "mend that file, or make a new lab: patchtrace lab init DIR"}
	}
	return f, nil
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

// removeLab removes a lab, also what a fault had taken the rights of.
func removeLab(dir string) {
	_ = filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(name, 0o755)
		}
		return nil
	})
	_ = os.RemoveAll(dir) // it lies in the system's folder for such things
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

// guidedRun runs a lab stage by stage, as text, and explains each.
func guidedRun(d deps, cmd *cobra.Command) error {
	t := newRunText(d.streams.Out, d.streams)
	t.para("", "This machine has no client of SMS or Configuration Manager, so here is a guided run in a LAB: a practice site and client, in which the real flow goes through its four stages. See patchtrace --help for everything else.")
	t.printf("\n")
	if err := writeError(t.err); err != nil {
		return err
	}
	o := &labOptions{deps: d, env: labEnv(d), product: lab.SMS2003, format: "text", guide: true}
	if err := o.run(cmd.Context()); err != nil {
		return err
	}
	t.printf("\n")
	t.para("", "Now break something: patchtrace lab faults lists what, patchtrace lab run --fault NAME shows how it is found, and patchtrace lab init DIR makes a lab to poke at.")
	return writeError(t.err)
}

// hasClient tells whether this machine has logs of a client.
func hasClient() bool { return len(localFolders()) > 0 }

// explain says what a stage is for.
func explain(t *runText, st *pipeline.Stage) {
	n := slices.Index(pipeline.StageIDs[:], st.ID) + 1
	t.printf("%s\n", t.paint.head(fmt.Sprintf("Stage %d of %d: %s", n, len(pipeline.StageIDs), st.Title)))
	t.para("  ", st.Summary)
	for _, text := range st.Background[:min(2, len(st.Background))] {
		t.printf("\n")
		t.para("  ", text)
	}
	t.printf("\n")
}

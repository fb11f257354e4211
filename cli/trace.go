package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/diagnose/offline"
	"patchtrace/diagnose/trace"
	"patchtrace/pipeline"
)

// traceOptions is what one call of trace works on.
type traceOptions struct {
	report diagnoseOptions
	// find finds out what a target stands for.
	find func(name string) (*runTarget, error)

	patch  string
	target string
}

func newTraceCmd(d deps) *cobra.Command { return traceCmd(d, runTrace) }

func traceCmd(d deps, run func(context.Context, *traceOptions) error) *cobra.Command {
	o := &traceOptions{report: diagnoseOptions{streams: d.streams, machine: d.zone, opener: d.open}}
	o.find = func(name string) (*runTarget, error) {
		t, err := findRunTarget(d.open, name)
		if err == nil {
			t.kept = client.KeptParams
		}
		return t, err
	}
	format := newChoice(&o.report.format, "text", "json", "markdown")
	cmd := &cobra.Command{
		Use:   "trace PATCH [TARGET]",
		Short: "Follow one patch and name the link that broke",
		Long: `Say why a patch is still missing on a client: whether the catalogue has it, what
scans found, whether the site was told, whether it is authorised, how its
installation went, and whether a later scan saw it. The first broken link is
named, each link with its evidence.

A PATCH is a bulletin (MS04-011), an article (KB835732, Q835732, 835732) or an
update id (a GUID, also as SUM_GUID). A TARGET is what diagnose takes, or a lab;
without one it is this machine's client.

Exit codes: 0 installed and seen, or not needed here, 1 a link is broken, 2
wrong usage or unreadable input, 3 the evidence does not tell, 4 waiting.`,
		Example: `  patchtrace trace MS04-011
  patchtrace trace KB835732 logs.zip
  patchtrace trace --format json 835732 C:\Windows\System32\CCM\Logs`,
		Args: traceArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			args = joinPatch(args)
			o.patch, o.report.clock = args[0], d.now()
			if len(args) > 1 {
				o.target = args[1]
			}
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.Var(format, "format", "how to write the answer")
	f.StringVarP(&o.report.output, "output", "o", "", "write the answer to this `FILE` instead of standard output")
	f.StringVar(&o.report.product, "product", "auto", "`NAME` of the playbook to judge by: auto, "+strings.Join(pipeline.Builtin(), ", "))
	f.StringVar(&o.report.lastScan, "last-hw-scan", "", "Last Hardware Scan that the site shows, a `TIME` on the client's clock unless it has a zone")
	f.StringVar(&o.report.now, "now", "", "judge as of this `TIME` (default: the newest line)")
	f.StringVar(&o.report.zone, "zone", "", "the client's time `ZONE` for lines that do not tell it: ±HH:MM or Area/City")
	f.StringVar(&o.report.codePage, "code-page", "1252", "Windows code `PAGE` of lines that are no UTF-8")
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp // a patch is no file
		}
		return nil, cobra.ShellCompDirectiveDefault
	}
	mustComplete(cmd, "format", format.complete)
	mustComplete(cmd, "product", cobra.FixedCompletions(append([]string{"auto"}, pipeline.Builtin()...), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// traceArgs wants a patch, and takes a target.
func traceArgs(cmd *cobra.Command, args []string) error {
	args = joinPatch(args)
	switch {
	case len(args) == 0:
		return usageError(cmd, "no patch was given", "give a bulletin, an article or an update id, such as MS04-011")
	case len(args) > 2:
		return usageError(cmd, "takes a patch and a target, not "+quote(args[2]), "")
	}
	return nil
}

// joinPatch makes one name of "KB 835732" that was not quoted.
func joinPatch(args []string) []string {
	if len(args) < 2 || !slices.ContainsFunc([]string{"KB", "Q"}, func(s string) bool { return strings.EqualFold(args[0], s) }) {
		return args
	}
	if _, err := strconv.ParseUint(args[1], 10, 32); err != nil {
		return args
	}
	return append([]string{args[0] + " " + args[1]}, args[2:]...)
}

// runTrace traces the patch and returns the exit code of its outcome.
func runTrace(ctx context.Context, o *traceOptions) error {
	patch, err := trace.ParsePatch(o.patch)
	if err != nil {
		return &Error{Op: "trace", Err: err}
	}
	read, judge, err := o.report.settings()
	if err != nil {
		return err
	}
	target, err := o.find(o.target)
	if err != nil {
		return err
	}
	if target.close != nil {
		defer target.close()
	}
	if len(target.logs) == 0 && target.list == nil {
		return &Error{Op: "trace on", On: target.name, Err: target.why, Do: "give a folder of a client's logs, a .zip of one, or a lab"}
	}
	tr := tracing{judging: judging{target: target}, open: o.report.opener}
	answer, err := tr.trace(ctx, patch, read, judge)
	if err != nil {
		return err
	}
	if err := o.write(answer); err != nil {
		return err
	}
	if code := exitOfTrace(answer.Outcome); code != exitPassed {
		return exitStatus(code)
	}
	return nil
}

// exitOfTrace is the exit code for an outcome.
func exitOfTrace(o trace.Outcome) int {
	switch o {
	case trace.Installed, trace.Superseded, trace.NotApplicable:
		return exitPassed
	case trace.Broken:
		return exitBroken
	case trace.Waiting:
		return exitWaiting
	}
	return exitUnknown
}

// write writes the answer, to a file whole or not at all.
func (o *traceOptions) write(tr *trace.Trace) error {
	var b bytes.Buffer
	if err := o.render(&b, tr); err != nil {
		return err
	}
	if o.report.output == "" {
		_, err := o.report.streams.Out.Write(b.Bytes())
		return writeError(err)
	}
	if err := writeFile(o.report.output, b.Bytes()); err != nil {
		return &Error{Op: "write answer", On: o.report.output, Err: err, Do: "give a file in a folder that you may write to"}
	}
	return nil
}

func (o *traceOptions) render(w io.Writer, tr *trace.Trace) error {
	switch o.report.format {
	case "json":
		return writeJSON(w, tr)
	case "markdown":
		return traceMarkdown(w, tr)
	}
	return traceText{newReportText(w, o.report.forText())}.write(tr)
}

// tracing traces patches on a target.
type tracing struct {
	judging
	open opener
}

// trace judges the target, reads its evidence, and follows the patch.
func (t *tracing) trace(ctx context.Context, patch trace.Patch, read offline.Options, judge diagnose.Options) (*trace.Trace, error) {
	if read.Product == "" && t.book == nil && t.target.product != "" {
		read.Product, t.why = t.target.product, []string{t.target.productWhy}
	}
	zone := judge.Zone
	report, err := t.judge(ctx, t.open, read, judge)
	if err != nil {
		return nil, err
	}
	ev := t.set // as it was judged
	logs, err := t.target.listing(t.open)
	if err != nil {
		return nil, err
	}
	if t.target.list == nil { // else it is kept open
		defer logs.Close()
	}
	if len(logs.Logs) == 0 && nothingBeside(&ev) {
		return nil, &Error{Op: "trace on", On: t.target.name, Err: errors.New("no log and no other evidence in it"), Do: "check that it is the client's log folder", Code: exitUnknown}
	}
	filter := trace.NewFilter(report.Product, trace.Resolve(patch, &ev))
	lines, problems := traceLines(ctx, logs.Logs, read.Options, filter)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	answer := trace.Follow(trace.Input{Patch: filter.Patch(), Location: zone, Report: report, Evidence: ev, Lines: lines})
	answer.Patch.Text = patch.Text
	answer.Notes = append(answer.Notes, problems...)
	return answer, nil
}

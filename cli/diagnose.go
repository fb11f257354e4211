package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/offline"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// diagnoseOptions is what one call of diagnose works on.
type diagnoseOptions struct {
	streams *Streams
	clock   time.Time
	machine *time.Location
	opener  func(string) (*client.Target, error)
	kept    func() (client.Params, error)
	// askSite asks the client's site; nil for the usual way.
	askSite askSite

	targets  []string
	format   string
	output   string
	product  string
	lastScan string
	now      string
	zone     string
	codePage string
	full     bool
	all      bool
}

func newDiagnoseCmd(d deps) *cobra.Command { return diagnoseCmd(d, runDiagnose) }

func diagnoseCmd(d deps, run func(context.Context, *diagnoseOptions) error) *cobra.Command {
	o := &diagnoseOptions{streams: d.streams, machine: d.zone, opener: d.open, kept: client.KeptParams}
	format := newChoice(&o.format, "text", "json")
	cmd := &cobra.Command{
		Use:   "diagnose TARGET...",
		Short: "Say which stage lost the patch, prove it, and say what to do",
		Long: `Read a client's logs and say which of sync, scan, inventory and install broke,
with the lines that prove it and what to do next.

A TARGET is a folder of logs (those below it count too), a .zip of one, this
machine's client (local) or another computer's (\\host or \\host\admin$), or a
log. Several logs are judged together; several folders one after the other. What
lies beside the logs counts, too: mssecure.cab, PatchAuthorize.xml, and
Win32_PatchState as text.`,
		Example: `  patchtrace diagnose C:\Windows\CCM\Logs
  patchtrace diagnose --last-hw-scan 2007-06-05T02:00 --zone -05:00 logs
  patchtrace diagnose --format json -o report.json logs`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError(cmd, "no target was given", `give a folder of logs, a .zip of one, \\host, or local for this machine's client`)
			}
			o.targets, o.clock = args, d.now()
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.Var(format, "format", "how to write the report")
	f.StringVarP(&o.output, "output", "o", "", "write the report to this `FILE` instead of standard output")
	f.StringVar(&o.product, "product", "auto", "`NAME` of the playbook to judge by: auto, "+strings.Join(pipeline.Builtin(), ", "))
	f.StringVar(&o.lastScan, "last-hw-scan", "", "Last Hardware Scan that the site shows, a `TIME` on the client's clock unless it has a zone")
	f.StringVar(&o.now, "now", "", "judge as of this `TIME` (default: the newest line)")
	f.StringVar(&o.zone, "zone", "", "the client's time `ZONE` for lines that do not tell it: ±HH:MM or Area/City")
	f.StringVar(&o.codePage, "code-page", "1252", "Windows code `PAGE` of lines that are no UTF-8")
	f.BoolVar(&o.full, "full", false, "read every log whole: same verdict, longer history")
	f.BoolVar(&o.all, "all", false, "show what passed and every log, too")
	mustComplete(cmd, "format", format.complete)
	mustComplete(cmd, "product", cobra.FixedCompletions(append([]string{"auto"}, pipeline.Builtin()...), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// runDiagnose judges every target and returns the exit code of the worst.
func runDiagnose(ctx context.Context, o *diagnoseOptions) error {
	read, judge, err := o.settings()
	if err != nil {
		return err
	}
	targets, err := openTargets(o.opener, o.targets)
	if err != nil {
		return err
	}
	defer closeTargets(targets)
	var reports []*diagnose.Report
	worst := exitPassed
	for _, t := range targets {
		read, judge := read, judge
		judge.Target = t.Name
		if err := atLab(ctx, t, &read, &judge); err != nil {
			return err
		}
		r, code, err := o.one(ctx, t, read, judge)
		if err != nil {
			return err
		}
		if r != nil {
			reports = append(reports, r)
		}
		worst = worse(worst, code)
	}
	if err := o.write(reports, len(targets) > 1); err != nil {
		return err
	}
	if worst == exitPassed {
		return nil
	}
	return exitStatus(worst)
}

// one judges a target. The report is nil when the target could not be read; one
// that was read and holds nothing still says which logs to fetch.
func (o *diagnoseOptions) one(ctx context.Context, t *client.Target, read offline.Options, judge diagnose.Options) (*diagnose.Report, int, error) {
	var notes []string
	if judge.Evidence == nil {
		target := &runTarget{name: t.Name, kept: o.kept, askSite: o.askSite}
		set, err := target.evidenceWith(ctx, t)
		if err != nil {
			return nil, 0, &Error{Op: "diagnose", On: t.Name, Err: err}
		}
		judge.Evidence = &set
		notes = target.lastSiteScan(ctx, &judge)
	}
	r, err := offline.Diagnose(ctx, source(t), read, judge)
	if err != nil {
		return nil, 0, &Error{Op: "diagnose", On: t.Name, Err: err}
	}
	r.Notes = append(append(r.Notes, t.Notes...), notes...)
	var records int64
	known := false
	for _, c := range r.Coverage {
		records += c.Records
		known = known || c.Stage != "" && c.Records > 0
	}
	switch {
	case records == 0 && judge.Evidence.Read(): // it says what there is to say
	case records == 0:
		err := nothingRead(t, r, judge.Evidence)
		tell(o.streams.Err, err)
		if err.Code == exitUsage {
			r = nil
		}
		return r, err.Code, nil
	case !known && len(r.Timeline) == 0:
		tell(o.streams.Err, &Error{
			Op: "diagnose", On: t.Name, Err: errors.New("no line is of a log that " + r.Product + " knows"),
			Do: "give the client's log folder, or name the product with --product",
		})
	}
	return r, exitOf(r.Verdict), nil
}

// nothingRead says why a target without a record gives no report.
func nothingRead(t *client.Target, r *diagnose.Report, beside *evidence.Set) *Error {
	e := &Error{
		Op: "diagnose", On: t.Name, Err: errors.New("no log holds a record"),
		Do: "check that it is the client's log folder", Code: exitUnknown,
	}
	for _, c := range r.Coverage {
		if c.State == diagnose.LogUnreadable || c.State == diagnose.LogDenied {
			e.Err, e.Code = fmt.Errorf("%s is %s: %s", c.Log, c.State, c.Note), exitUsage
			if t.Single && len(t.Logs) == 1 {
				e.Err = errors.New(c.Note)
			}
			e.Do = "give a text log, or run with rights to read it"
			break
		}
	}
	switch name, bad := unreadableEvidence(beside); {
	case len(t.Logs) > 0 || len(t.Problems) > 0:
	case bad == nil:
		e.Err = errors.New("no log file in it (*.log, *.lo_, *.txt)")
	case t.Single && len(t.Files) == 1:
		e.Err, e.Code, e.Do = bad, exitUsage, "copy it again, or give the client's log folder"
	default:
		e.Err, e.Code, e.Do = fmt.Errorf("%s: %w", name, bad), exitUsage, "copy it again, or give the client's log folder"
	}
	return e
}

// unreadableEvidence is the first file beside the logs that could not be read.
func unreadableEvidence(set *evidence.Set) (name string, err error) {
	for i := range set.Catalogues {
		if c := &set.Catalogues[i]; c.Err != nil {
			return c.Name, cause(c.Err)
		}
	}
	for i := range set.Authorizations {
		if a := &set.Authorizations[i]; a.Err != nil {
			return a.Name, cause(a.Err)
		}
	}
	for _, p := range set.Problems {
		return p.Name, cause(p.Err)
	}
	return "", nil
}

// source says what is to be read of a target.
func source(t *client.Target) offline.Source {
	src := offline.Source{Logs: t.Logs}
	for _, p := range t.Problems {
		s := diagnose.LogState{Log: p.Name, State: diagnose.LogUnreadable, Note: p.Err.Error(), Parts: 1}
		if p.Denied {
			s.State = diagnose.LogDenied
		}
		src.States = append(src.States, s)
	}
	return src
}

// settings turns flags into what the packages below want.
func (o *diagnoseOptions) settings() (offline.Options, diagnose.Options, error) {
	read := offline.Options{Full: o.full}
	judge := diagnose.Options{Clock: o.clock, Machine: o.machine}
	page, err := logparse.CodePage(o.codePage)
	if err != nil {
		return read, judge, &Error{
			Op: "parse", On: "--code-page " + quote(o.codePage), Err: errors.New("not a single-byte code page that is known"),
			Do: "use the number of a Windows code page, such as 1250",
		}
	}
	read.CodePage = page
	if o.product != "auto" {
		if _, err := pipeline.Head(o.product); err != nil {
			return read, judge, &Error{Op: "parse", On: "--product " + quote(o.product), Err: pipeline.ErrUnknown, Do: "use auto, " + orList(pipeline.Builtin())}
		}
		read.Product = o.product
	}
	if o.zone != "" {
		if judge.Zone, err = parseZone(o.zone); err != nil {
			return read, judge, err
		}
	}
	if o.now != "" {
		if judge.Now, judge.NowLocal, err = parseTime("--now", o.now); err != nil {
			return read, judge, err
		}
		judge.NowSource = "flag"
	}
	if o.lastScan != "" {
		judge.LastHardwareScanSource = "flag"
		judge.LastHardwareScan, judge.LastHardwareScanLocal, err = parseTime("--last-hw-scan", o.lastScan)
	}
	return read, judge, err
}

// write writes the reports, to a file whole or not at all. many is true when
// several targets were given, whatever came of them.
func (o *diagnoseOptions) write(reports []*diagnose.Report, many bool) error {
	if len(reports) == 0 {
		return nil
	}
	var b bytes.Buffer
	if err := o.render(&b, reports, many); err != nil {
		return err
	}
	if o.output == "" {
		_, err := o.streams.Out.Write(b.Bytes())
		return writeError(err)
	}
	if err := writeFile(o.output, b.Bytes()); err != nil {
		return &Error{Op: "write report", On: o.output, Err: err, Do: "give a file in a folder that you may write to"}
	}
	return nil
}

func (o *diagnoseOptions) render(w io.Writer, reports []*diagnose.Report, many bool) error {
	switch {
	case o.format == "json" && many:
		return writeJSON(w, reports)
	case o.format == "json":
		return writeJSON(w, reports[0])
	}
	for i, r := range reports {
		if i > 0 {
			fmt.Fprintln(w)
		}
		t := newReportText(w, o.forText())
		t.all = o.all
		if err := t.write(r); err != nil {
			return err
		}
	}
	return nil
}

// forText are the streams as the text report should see them: a file is no
// terminal.
func (o *diagnoseOptions) forText() *Streams {
	s := *o.streams
	if o.output != "" {
		s.OutTerminal, s.Profile, s.Width = false, colorprofile.NoTTY, defaultWidth
	}
	return &s
}

// severityOfExit orders exit codes from good to bad.
var severityOfExit = map[int]int{exitPassed: 0, exitWaiting: 1, exitUnknown: 2, exitBroken: 3, exitUsage: 4}

func worse(a, b int) int {
	if severityOfExit[b] > severityOfExit[a] {
		return b
	}
	return a
}

package cli

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"patchtrace/client"
	"patchtrace/diagnose/evidence"
)

// patchesOptions is what one call of patches works on.
type patchesOptions struct {
	streams *Streams
	env     runEnv

	target  string
	format  string
	status  string
	sort    []string
	columns []string
	search  string
	class   string
}

func newPatchesCmd(d deps) *cobra.Command { return patchesCmd(d, realRunEnv(d), runPatches) }

func patchesCmd(d deps, env runEnv, run func(context.Context, *patchesOptions) error) *cobra.Command {
	o := &patchesOptions{streams: d.streams, env: env}
	format := newChoice(&o.format, "text", "json", "csv", "mof")
	status := newChoice(&o.status, "all", "applicable", "installed")
	cmd := &cobra.Command{
		Use:   "patches [TARGET]",
		Short: "Show what the last scan found: Win32_PatchState",
		Long: `Show the instances of Win32_PatchState and Win32_PatchState_Extended: every
patch that the scan found to be applicable or installed. Of a Configuration
Manager client they are those of CCM_UpdateStatus, else what UpdatesStore.log
tells.

A TARGET is this machine (local, and without a TARGET), a lab, a folder or .zip
with what was saved of a client, another computer (\\host\admin$), or a file:
instances as WBEMTEST's "Show MOF" gives them, or an export as CSV or JSON. In a
folder the name must tell: *.mof, or a .txt, .csv or .json with PatchState or
UpdateStatus in its name.

Every property is kept, known or not. A column is
` + strings.Join(wrap(orList(columnWords())+", or any property by its WMI name.", defaultWidth-2), "\n") + `

Exit codes: 0 shown, also when no instance fits the filters, 2 wrong usage or
unreadable input, 3 there is none to be had.`,
		Example: `  patchtrace patches --status applicable
  patchtrace patches Win32_PatchState.mof --sort -detected,bulletin
  patchtrace patches --columns bulletin,kb,status,Severity,TimeApplied logs
  patchtrace patches --format json export.csv`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(cmd, "takes one target, not "+quote(strings.Join(args, " ")), "")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.target = args[0]
			}
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.Var(format, "format", "how to write them")
	f.Var(status, "status", "show only patches with this status")
	f.StringSliceVar(&o.sort, "sort", nil, "sort by this `COLUMN`, downwards with - before it; several are parted by commas")
	f.StringSliceVar(&o.columns, "columns", nil, "show these `COLUMNS`, parted by commas")
	f.StringVar(&o.search, "search", "", "show only instances with this `TEXT` in a property")
	f.StringVar(&o.class, "class", "", "show only instances of this `CLASS`")
	mustComplete(cmd, "format", format.complete)
	mustComplete(cmd, "status", status.complete)
	return cmd
}

func runPatches(ctx context.Context, o *patchesOptions) error {
	t, err := o.env.target(o.target)
	if err != nil {
		return err
	}
	if t.close != nil {
		defer t.close()
	}
	t.kept = o.env.kept
	set, err := t.patches(ctx)
	if err != nil {
		return err
	}
	problem := noPatches(t, &set)
	if len(set.Patches) == 0 {
		return o.none(t, &set, problem)
	}
	view, err := o.view(set.Patches)
	if err != nil {
		return err
	}
	view.doubts = set.Doubts()
	if err := o.write(view); err != nil {
		return writeError(err)
	}
	return problem // what there is was shown; the rest could not be read
}

// patches is the evidence with what UpdatesStore.log tells where there is nothing
// better.
func (t *runTarget) patches(ctx context.Context) (evidence.Set, error) {
	if t.lab != nil {
		return t.evidence(ctx)
	}
	return t.listed(func(listed *client.Target) (evidence.Set, error) {
		set, err := t.evidenceWith(ctx, listed)
		if err == nil && len(set.Patches) == 0 {
			set.Patches = storedPatches(ctx, listed)
		}
		return set, cmp.Or(err, ctx.Err())
	})
}

// none says why there is nothing to show, and how to come by it. A program gets an
// empty list.
func (o *patchesOptions) none(t *runTarget, set *evidence.Set, problem error) error {
	if p, bad := badPatches(set); bad {
		return &Error{Op: "read instances in", On: p.Name, Err: p.Err, Do: "save or copy it again"}
	}
	if len(t.logs) > 0 && t.host == nil && t.lab == nil && len(set.Problems) > 0 {
		p := set.Problems[0]
		return &Error{Op: "read instances in", On: p.Name, Err: cause(p.Err), Do: "give instances as WBEMTEST's Show MOF, or an export as CSV or JSON"}
	}
	if problem == nil {
		problem = &Error{Op: "read " + patchState + " of", On: t.name, Err: errEmptyClass, Do: "run a scan, and see its logs"}
	}
	var e *Error
	if errors.As(problem, &e) {
		e.Code = exitUnknown
		if o.format == "text" && t.lab == nil {
			e.Do = "see the steps above, or name a target that has them"
		}
	}
	if o.format == "json" {
		if err := writeJSON(o.streams.Out, []struct{}{}); err != nil {
			return writeError(err)
		}
	}
	if o.format == "text" && t.lab == nil {
		if err := o.writeSteps(t.name); err != nil {
			return writeError(err)
		}
	}
	return problem
}

var errEmptyClass = errors.New("it is there and holds no instance: no scan has written a result, or it found nothing")

// patchView is what is to be shown.
type patchView struct {
	all     []evidence.PatchState
	rows    []*evidence.PatchState
	columns []patchColumn
	// doubts say which dates may be read in two ways.
	doubts []string
}

// view filters and sorts.
func (o *patchesOptions) view(all []evidence.PatchState) (*patchView, error) {
	v := &patchView{all: all}
	words := o.columns
	if len(words) == 0 {
		words = usualColumns(all)
	}
	var err error
	if v.columns, err = columnsOf(words, all, "--columns"); err != nil {
		return nil, err
	}
	for i := range all {
		if p := &all[i]; o.fits(p) {
			v.rows = append(v.rows, p)
		}
	}
	return v, v.sort(o.sort)
}

func (o *patchesOptions) fits(p *evidence.PatchState) bool {
	switch {
	case o.status == "applicable" && p.State() != evidence.Applicable,
		o.status == "installed" && p.State() != evidence.Installed,
		o.class != "" && !strings.EqualFold(o.class, p.Class):
		return false
	}
	search := strings.ToLower(o.search)
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), search) }
	if search == "" {
		return true
	}
	for i := range p.Props {
		if has(p.Props[i].Text) {
			return true
		}
	}
	return has("Q"+strings.Join(p.Numbers(), " Q")) || has("KB"+strings.Join(p.Numbers(), " KB"))
}

// sort orders the rows by the columns; what has no value comes last.
func (v *patchView) sort(words []string) error {
	down := make([]bool, len(words))
	names := make([]string, len(words))
	for i, w := range words {
		names[i], down[i] = strings.CutPrefix(strings.TrimSpace(w), "-")
	}
	columns, err := columnsOf(names, v.all, "--sort")
	if err != nil {
		return err
	}
	slices.SortStableFunc(v.rows, func(a, b *evidence.PatchState) int {
		for i := range columns {
			x, y := columns[i].key(a), columns[i].key(b)
			switch {
			case x == y:
				continue
			case x == "" || y == "":
				return cmp.Compare(len(y), len(x))
			case down[i]:
				x, y = y, x
			}
			if c := natural(x, y); c != 0 {
				return c
			}
		}
		return 0
	})
	return nil
}

// natural compares numbers by their size, and texts by their letters, whatever
// their case.
func natural(a, b string) int {
	if isNumber(a) && isNumber(b) {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}
	return cmp.Compare(strings.ToLower(a), strings.ToLower(b))
}

func isNumber(s string) bool {
	return s != "" && s[0] != '0' && strings.Trim(s, "0123456789") == ""
}

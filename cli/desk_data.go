package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"patchtrace/diagnose/evidence/mof"
	"patchtrace/lab"
	"patchtrace/logparse"
	"patchtrace/pipeline"
	"patchtrace/tui"
)

const patchState = "Win32_PatchState"

var errNoPatches = errors.New("no instances of " + patchState + " were saved with the logs")

// saveThem says how the instances come to the logs.
const saveThem = `on the client run wbemtest, connect to root\cimv2, Query "select * from ` + patchState + `", open an instance, Show MOF, and save the text beside the logs as ` + patchState + `.mof`

// Patches are the instances of Win32_PatchState: those of a lab's or of this
// computer's WMI, else those that were saved beside the logs.
func (c *deskCase) Patches(ctx context.Context) ([]tui.Patch, error) {
	switch {
	case c.target.lab != nil:
		list, err := c.target.lab.PatchStates()
		if err != nil {
			return nil, &Error{Op: "read " + patchState + " of", On: c.target.name, Err: err, Do: "run the scan first, which makes it, and see its findings"}
		}
		return deskPatches(list), nil
	case c.target.host != nil:
		list, err := patchStates(ctx)
		if err != nil {
			return nil, &Error{Op: "read " + patchState + " of", On: "this computer", Err: err, Do: saveThem}
		}
		return deskPatches(list), nil
	}
	return c.savedPatches(ctx)
}

// savedPatches reads what was saved. Of a damaged file the instances before the
// damage are returned too.
func (c *deskCase) savedPatches(ctx context.Context) ([]tui.Patch, error) {
	t, err := c.target.listing(c.desk.deps.open)
	if err != nil {
		return nil, err
	}
	var patches []tui.Patch
	for _, part := range t.MOFs {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		list, bad := readMOF(part)
		patches = append(patches, deskPatches(list)...)
		if bad != nil && err == nil {
			err = &Error{Op: "read " + patchState + " in", On: part.Name, Err: bad, Do: "save it again, or see the text itself"}
		}
	}
	if len(patches) == 0 && err == nil {
		err = &Error{Op: "read " + patchState + " of", On: c.target.name, Err: errNoPatches, Do: saveThem}
	}
	return patches, err
}

// maxMOF is how many bytes of a file are read.
const maxMOF = 16 << 20

func readMOF(part logparse.Part) ([]mof.Instance, error) {
	f, err := part.Open()
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	if part.Size > maxMOF {
		return nil, fmt.Errorf("larger than %d MB", maxMOF>>20)
	}
	// Notepad saves such a text in UTF-16 as soon as it is asked to.
	text, err := io.ReadAll(transform.NewReader(io.NewSectionReader(f, 0, part.Size), unicode.BOMOverride(transform.Nop)))
	if err != nil {
		return nil, cause(err)
	}
	return mof.Parse(string(text))
}

func deskPatches(list []mof.Instance) []tui.Patch {
	var patches []tui.Patch
	for i := range list {
		inst := &list[i]
		if !strings.HasPrefix(strings.ToLower(inst.Class), strings.ToLower(patchState)) {
			continue
		}
		p := tui.Patch{Class: inst.Class, MOF: inst.String()}
		for _, prop := range inst.Props {
			p.Props = append(p.Props, tui.Prop{Name: prop.Name, Value: prop.Text})
		}
		patches = append(patches, p)
	}
	return patches
}

// Facts are what a lab tells beside its logs. Other targets cannot be asked.
func (c *deskCase) Facts(ctx context.Context) ([]tui.Fact, error) {
	l := c.target.lab
	if l == nil {
		return nil, ctx.Err()
	}
	copies, err := l.Copies()
	if err != nil {
		return nil, &Error{Op: "look at the catalogues of", On: c.target.name, Err: err}
	}
	facts := catalogueFacts(copies)
	facts = append(facts, inventoryFacts(l)...)
	return append(facts, authorizedFact(l)), ctx.Err()
}

// catalogueFacts compares every copy of a catalogue with the one that it was made
// of.
func catalogueFacts(copies []lab.Copy) []tui.Fact {
	var facts []tui.Fact
	for i, cp := range copies {
		f := tui.Fact{Stage: pipeline.Sync, Label: fmt.Sprintf("%s catalogue, %s", cp.Track, cp.Where), Note: cp.Path}
		if cp.Where == "client's cache" {
			f.Stage = pipeline.Scan
		}
		switch {
		case errors.Is(cp.Err, lab.ErrNoCopy):
			f.Value = "not there"
		case cp.Err != nil:
			f.Value, f.Bad = cp.Err.Error(), true
		default:
			f.Value = fmt.Sprintf("DataVersion %s, published %s", cp.DataVersion, cp.Published.Format(time.DateOnly))
			at := cp.Downloaded.UTC()
			f.Time, f.Event = &at, cp.Where == "package source"
		}
		if i > 0 && copies[i-1].Track == cp.Track {
			if from := copies[i-1]; from.Err == nil && (cp.Err != nil || cp.DataVersion != from.DataVersion) {
				f.Bad = true
				f.Note = fmt.Sprintf("the %s has %s; %s", from.Where, from.DataVersion, cp.Path)
			}
		}
		facts = append(facts, f)
	}
	return facts
}

// inventoryFacts compares what the client sent with what the site holds.
func inventoryFacts(l *lab.Lab) []tui.Fact {
	site := tui.Fact{Stage: pipeline.Inventory, Label: "Last Hardware Scan at the site", Value: "none", Note: "Resource Explorer > Hardware > Workstation Status", Bad: true, Event: true}
	if f, err := l.Facts(); err != nil {
		site.Value = err.Error()
	} else if !f.LastHardwareScan.IsZero() {
		at := f.LastHardwareScan.UTC()
		site.Value, site.Time, site.Bad = at.In(f.Zone).Format("2006-01-02 15:04:05 -07:00"), &at, false
	}
	sent := tui.Fact{Stage: pipeline.Inventory, Label: "InventoryActionStatus of the client", Value: "no report", Note: `root\ccm\invagt, the hardware inventory's LastReportDate`}
	cycle, err := l.LastCycle()
	switch {
	case err != nil && l.Product() == lab.SMS2:
		return []tui.Fact{site} // its client keeps none
	case err != nil:
		sent.Value, sent.Bad = err.Error(), true
	case !cycle.Reported.IsZero():
		at := cycle.Reported.UTC()
		sent.Value, sent.Time = "report "+cycle.Report, &at
	}
	return []tui.Fact{site, sent}
}

// authorizedFact compares what may be installed with what is missing.
func authorizedFact(l *lab.Lab) tui.Fact {
	f := tui.Fact{Stage: pipeline.Install, Label: "Authorised against applicable"}
	a, err := l.Authorization()
	if len(a.Authorized) == 0 && err != nil {
		f.Value, f.Bad = err.Error(), true
		return f
	}
	if err != nil {
		f.Value = fmt.Sprintf("%d authorised; what is applicable no scan tells yet", len(a.Authorized))
		f.Note = err.Error()
		return f
	}
	f.Value = fmt.Sprintf("%d authorised, %d applicable, %d of them authorised", len(a.Authorized), len(a.Applicable), len(a.Both))
	var not []string
	for _, name := range a.Applicable {
		if !slices.Contains(a.Both, name) {
			not = append(not, name)
		}
	}
	if len(not) > 0 {
		f.Bad, f.Note = true, "not authorised: "+strings.Join(not, ", ")
	}
	return f
}

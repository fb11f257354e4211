package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/evidence"
	"patchtrace/lab"
	"patchtrace/pipeline"
	"patchtrace/tui"
)

// Facts are what the target tells beside its logs: the copies of the catalogue, the
// inventory, and what may be installed against what is missing.
func (c *deskCase) Facts(ctx context.Context) ([]tui.Fact, error) {
	set, err := c.target.evidence(ctx)
	if err != nil {
		return nil, err
	}
	facts := catalogueFacts(set.Catalogues)
	if c.target.lab != nil {
		facts = append(facts, siteFact(c.target.lab))
	}
	facts = append(facts, cycleFacts(c.target, &set)...)
	facts = append(facts, authorizedFacts(&set)...)
	if c.target.machine != nil {
		m := c.target.machine()
		facts = append(facts, machineFacts(&m)...)
	}
	return facts, ctx.Err()
}

// tracks are those that catalogues have, in the order in which they are shown.
var tracks = []string{"security", "office", "microsoft-update"}

// catalogueFacts compares every copy of a catalogue with the one that it was made
// of: the one at the place before.
func catalogueFacts(copies []evidence.Copy) []tui.Fact {
	copies = slices.Clone(copies)
	slices.SortStableFunc(copies, func(a, b evidence.Copy) int {
		return slices.Index(tracks, a.Track) - slices.Index(tracks, b.Track)
	})
	var facts []tui.Fact
	for i := range copies {
		f := catalogueFact(&copies[i])
		if from := madeOf(copies[:i], &copies[i]); from != nil && from.Err == nil && !from.Missing && !sameContent(from, &copies[i]) {
			f.Bad = true
			f.Note = fmt.Sprintf("the %s has %s", from.Place, versionText(from))
		}
		facts = append(facts, f)
	}
	return facts
}

func catalogueFact(c *evidence.Copy) tui.Fact {
	f := tui.Fact{Stage: pipeline.Sync, Label: strings.TrimSpace(c.Track + " catalogue"), File: c.Name}
	if c.Place != evidence.Elsewhere && c.Place != "" {
		f.Label += ", " + string(c.Place)
	}
	if c.Place == evidence.ClientCache {
		f.Stage = pipeline.Scan
	}
	switch {
	case c.Missing:
		f.Value = "not there"
	case c.Err != nil:
		f.Value, f.Bad = cause(c.Err).Error(), true
	default:
		f.Value = versionText(c)
		if c.DataVersion != "" {
			f.Value = "DataVersion " + f.Value
		}
		if !c.Published.IsZero() {
			f.Value += ", published " + c.Published.Format(time.DateOnly)
		}
	}
	switch {
	case c.Missing || c.Downloaded.IsZero():
	case c.Wall:
		f.Value += ", dated " + wallText(c.Downloaded)
	default:
		at := c.Downloaded.UTC()
		f.Did, f.Time, f.Event = "downloaded", &at, c.Place == evidence.PackageSource && c.Err == nil
	}
	return f
}

// wallText is a time whose zone nobody has written down.
func wallText(at time.Time) string {
	return at.Format("2006-01-02 15:04") + " by a clock without a zone"
}

// versionText tells one edition of a catalogue from another, as well as it can be
// told.
func versionText(c *evidence.Copy) string {
	switch {
	case c.DataVersion != "":
		return c.DataVersion
	case !c.Packed.IsZero():
		return "packed " + c.Packed.Format(time.DateOnly)
	case c.Digest != "":
		return fmt.Sprintf("%d bytes", c.Size)
	}
	return "not told"
}

// madeOf is the copy at the place before, nil if none is known. Copies whose place
// is not known are compared with nothing.
func madeOf(before []evidence.Copy, c *evidence.Copy) *evidence.Copy {
	for i := len(before) - 1; i >= 0; i-- {
		b := &before[i]
		if b.Track == c.Track && b.Place != c.Place && b.Place != evidence.Elsewhere && c.Place != evidence.Elsewhere && (c.Missing || b.Missing || b.Generation == c.Generation) {
			return b
		}
	}
	return nil
}

func sameContent(a, b *evidence.Copy) bool {
	switch {
	case b.Err != nil || b.Missing:
		return false
	case a.DataVersion != "" && b.DataVersion != "":
		return a.DataVersion == b.DataVersion
	}
	return a.Digest == b.Digest
}

// siteFact is what the site of a lab holds.
func siteFact(l *lab.Lab) tui.Fact {
	f := tui.Fact{Stage: pipeline.Inventory, Label: "Last Hardware Scan at the site", Value: "none", Note: "Resource Explorer > Hardware > Workstation Status", Bad: true, Event: true}
	if facts, err := l.Facts(); err != nil {
		f.Value = err.Error()
	} else if !facts.LastHardwareScan.IsZero() {
		at := facts.LastHardwareScan.UTC()
		f.Value, f.Time, f.Bad = at.In(facts.Zone).Format("2006-01-02 15:04:05 -07:00"), &at, false
	}
	return f
}

// cycleFacts are what the inventory agent notes of its last hardware inventory. A
// lab that keeps such notes is asked, and says when there is none.
func cycleFacts(t *runTarget, set *evidence.Set) []tui.Fact {
	const note = `root\ccm\invagt, the hardware inventory's LastReportDate`
	f := tui.Fact{Stage: pipeline.Inventory, Label: "InventoryActionStatus of the client", Value: "no report", Note: note}
	var newest *evidence.Cycle
	for i := range set.Cycles {
		c := &set.Cycles[i]
		if strings.EqualFold(c.Action, evidence.HardwareInventory) && (newest == nil || c.Reported.After(newest.Reported)) {
			newest = c
		}
	}
	switch bad := problemAt(set, cyclePath); {
	case bad != nil:
		f.Value, f.Bad = bad.Error(), true
	case newest != nil && !newest.Reported.IsZero() && newest.Wall:
		f.Value = fmt.Sprintf("report %d.%d, %s", newest.Major, newest.Minor, wallText(newest.Reported))
	case newest != nil && !newest.Reported.IsZero():
		at := newest.Reported.UTC()
		f.Value, f.Time = fmt.Sprintf("report %d.%d", newest.Major, newest.Minor), &at
	case newest == nil && (t.lab == nil || t.product == lab.SMS2):
		return nil
	}
	return []tui.Fact{f}
}

func problemAt(set *evidence.Set, name string) error {
	for _, p := range set.Problems {
		if p.Name == name {
			return p.Err
		}
	}
	return nil
}

// authorizedFacts compare what may be installed with what is missing, list by list.
func authorizedFacts(set *evidence.Set) []tui.Fact {
	var facts []tui.Fact
	for i := range set.Authorizations {
		a := &set.Authorizations[i]
		f := tui.Fact{Stage: pipeline.Install, Label: "Authorised against applicable"}
		if len(set.Authorizations) > 1 {
			f.Label += ", " + a.Name
		}
		switch {
		case len(a.Patches) == 0 && a.Err != nil:
			f.Value, f.Bad = cause(a.Err).Error(), true
		case len(a.Patches) == 0 && a.Unknown:
			f.Value, f.File = "no update could be recognised in the list", a.Name
		default:
			compareAuthorized(&f, a, set)
		}
		facts = append(facts, f)
	}
	return facts
}

func compareAuthorized(f *tui.Fact, a *evidence.Authorization, set *evidence.Set) {
	if len(set.Patches) == 0 && (set.PatchesErr != nil || !set.PatchesAsked) {
		f.Value = fmt.Sprintf("%d authorised; what is applicable no scan tells yet", len(a.Patches))
		if set.PatchesErr != nil {
			f.Note = set.PatchesErr.Error()
		}
		return
	}
	applicable, both := 0, 0
	var not []string
	for i := range set.Patches {
		p := &set.Patches[i]
		switch {
		case p.State() != evidence.Applicable || strings.EqualFold(p.Class, "Win32_PatchState_Extended"):
			continue // the extended class says the same again
		case slices.ContainsFunc(a.Patches, func(e evidence.Authorized) bool { return allows(&e, p) }):
			both++
		default:
			not = append(not, patchName(p))
		}
		applicable++
	}
	f.Value = fmt.Sprintf("%d authorised, %d applicable, %d of them authorised", len(a.Patches), applicable, both)
	if applicable == 0 {
		f.Value = fmt.Sprintf("%d authorised, and no patch is applicable", len(a.Patches))
	}
	if len(not) > 0 {
		f.Bad, f.Note = true, "not authorised: "+strings.Join(not, ", ")
	}
}

// allows tells whether an entry of the list is of the patch: by the article, else by
// the bulletin, and by the product where both name one.
func allows(e *evidence.Authorized, p *evidence.PatchState) bool {
	if e.Product != "" && p.Product() != "" && !strings.EqualFold(e.Product, p.Product()) {
		return false
	}
	if numbers := p.Numbers(); e.Number != "" && len(numbers) > 0 {
		return slices.Contains(numbers, e.Number)
	}
	return e.Bulletin != "" && strings.EqualFold(e.Bulletin, p.Bulletin())
}

// patchName is a patch as people call it: "MS07-012 (Q924667)".
func patchName(p *evidence.PatchState) string {
	name, numbers := p.Bulletin(), p.Numbers()
	switch {
	case name == "" && len(numbers) == 0:
		return p.Title()
	case name == "":
		return "Q" + strings.Join(numbers, ", Q")
	case len(numbers) == 0:
		return name
	}
	return name + " (Q" + strings.Join(numbers, ", Q") + ")"
}

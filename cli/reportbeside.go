package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
)

// besideIndent is as wide as the labels of what was found beside the logs.
const besideIndent = "              "

// beside says in short what was found beside the logs: a fact a line, and a path
// below it. Copies of a catalogue that agree are told together.
func (t *reportText) beside(r *diagnose.Report) {
	groups := t.catalogueGroups(r)
	if len(groups) == 0 && r.PatchStates == nil && len(r.Authorization) == 0 && r.InventoryStatus == nil {
		return
	}
	t.printf("\n%s\n", t.paint.head("Beside the logs"))
	shown, left := t.fewGroups(groups)
	for i := range shown {
		t.catalogueGroup(shown[i])
	}
	if left += r.CataloguesLeftOut; left > 0 {
		t.para("  catalogue   ", leftText(left, "copy", "copies"))
	}
	if p := r.PatchStates; p != nil {
		t.para("  scan        ", patchesText(p))
		if p.NewestScan != nil {
			t.para(besideIndent, "newest result "+minute(*p.NewestScan, t.zone))
		}
		t.file(p.Source)
	}
	lists := r.Authorization
	if !t.all {
		lists = lists[:min(len(lists), maxShown)]
	}
	for _, a := range lists {
		t.found("authorised", t.authorizedText(a), a.File)
	}
	if left := len(r.Authorization) - len(lists) + r.AuthorizationLeftOut; left > 0 {
		t.para("  authorised  ", leftText(left, "list", "lists"))
	}
	if s := r.InventoryStatus; s != nil {
		text := "the agent notes no report"
		if s.Reported != nil {
			text = "the agent notes its last report " + minute(*s.Reported, t.zone) + ", version " + s.Version
		}
		t.found("inventory", text, s.Source)
	}
}

// found writes a fact and the file that tells it.
func (t *reportText) found(label, text, file string) {
	t.para(fmt.Sprintf("  %-11s ", label), text)
	t.file(file)
}

func (t *reportText) file(name string) {
	if name != "" {
		t.printf("%s\n", t.oneLine(besideIndent, name))
	}
}

// minute is an instant as exact as people compare it.
func minute(at time.Time, loc *time.Location) string {
	return at.In(loc).Format("2006-01-02 15:04 -07:00")
}

// placesInOrder are the places of copies, in the order in which they are made.
var placesInOrder = []string{string(evidence.PackageSource), string(evidence.DistributionPoint), string(evidence.ClientCache), string(evidence.Elsewhere)}

// catalogueGroups gathers the copies of which the same is to be said. A catalogue
// that is nowhere, and that no log speaks of, is one that the site does not use.
func (t *reportText) catalogueGroups(r *diagnose.Report) [][]diagnose.Catalogue {
	copies := slices.Clone(r.Catalogues)
	slices.SortStableFunc(copies, func(a, b diagnose.Catalogue) int {
		if d := slices.Index(tracks, a.Track) - slices.Index(tracks, b.Track); d != 0 {
			return d
		}
		return slices.Index(placesInOrder, a.Place) - slices.Index(placesInOrder, b.Place)
	})
	var groups [][]diagnose.Catalogue
next:
	for _, c := range copies {
		if c.State == diagnose.CopyMissing && !t.all && !used(r, copies, c.Track) {
			continue
		}
		for i, g := range groups {
			if f := &g[0]; f.Track == c.Track && f.Generation == c.Generation && f.State == c.State && f.Note == c.Note && f.Published == c.Published && f.DataVersion == c.DataVersion {
				groups[i] = append(g, c)
				continue next
			}
		}
		groups = append(groups, []diagnose.Catalogue{c})
	}
	return groups
}

// maxShown is how many groups of copies, files of one, and lists are shown at most.
const maxShown = 5

// fewGroups leaves out groups of copies that are not as they should be when there are
// many, and says how many copies that are.
func (t *reportText) fewGroups(groups [][]diagnose.Catalogue) (shown [][]diagnose.Catalogue, left int) {
	bad := 0
	for _, g := range groups {
		if g[0].State != diagnose.CopyOK {
			bad++
		}
		if g[0].State != diagnose.CopyOK && bad > maxShown && !t.all {
			left += len(g)
			continue
		}
		shown = append(shown, g)
	}
	return shown, left
}

func leftText(n int, one, many string) string {
	if n == 1 {
		return "1 more " + one + ", not shown"
	}
	return fmt.Sprintf("%d more %s, not shown", n, many)
}

// used tells whether anything shows that a track's catalogue is used. Where nothing
// shows of any, none can be told from the others.
func used(r *diagnose.Report, copies []diagnose.Catalogue, track string) bool {
	any := false
	for i := range copies {
		if copies[i].State == diagnose.CopyMissing {
			continue
		}
		if any = true; copies[i].Track == track {
			return true
		}
	}
	return !any || track == "" || slices.ContainsFunc(r.Timeline, func(e diagnose.Event) bool { return e.Track == track })
}

func (t *reportText) catalogueGroup(g []diagnose.Catalogue) {
	c := &g[0]
	name := c.Generation
	if c.Track != "" {
		name = c.Track + " (" + name + ")"
	}
	var places []string
	for _, o := range g {
		if !slices.Contains(places, o.Place) {
			places = append(places, o.Place)
		}
	}
	if c.State == diagnose.CopyMissing {
		t.para("  catalogue   ", name+": not in "+strings.Join(places, ", "))
		t.files(g)
		return
	}
	var facts []string
	if c.Published != "" {
		facts = append(facts, "published "+c.Published)
	}
	if c.DataVersion != "" {
		facts = append(facts, "DataVersion "+c.DataVersion)
	}
	if c.State != diagnose.CopyOK {
		facts = append([]string{c.State}, facts...)
	}
	t.para("  catalogue   ", strings.TrimSuffix(name+": "+strings.Join(facts, ", "), ": "))
	t.para(besideIndent, c.Note)
	var downloaded *time.Time
	for _, o := range g {
		if o.Downloaded != nil && (downloaded == nil || o.Downloaded.Before(*downloaded)) {
			downloaded = o.Downloaded
		}
	}
	if downloaded != nil {
		t.para(besideIndent, "downloaded "+minute(*downloaded, t.zone))
	}
	t.para(besideIndent, "in "+strings.Join(places, ", "))
	t.files(g)
}

// files are the paths of copies that are to be looked at.
func (t *reportText) files(g []diagnose.Catalogue) {
	shown := 0
	for i, o := range g {
		if !t.all && shown == maxShown {
			t.para(besideIndent, fmt.Sprintf("and %d more", len(g)-i))
			return
		}
		if t.all || o.State != diagnose.CopyOK || o.Place == string(evidence.Elsewhere) {
			t.file(o.File)
			shown++
		}
	}
}

func patchesText(p *diagnose.PatchStates) string {
	if p.Total == 0 && p.Note != "" {
		return "no result: " + p.Note
	}
	text := fmt.Sprintf("%s: %d installed, %d applicable", count(int64(p.Total), "update"), p.Installed, p.Applicable)
	if p.Other > 0 {
		text += fmt.Sprintf(", %d other", p.Other)
	}
	if p.Note != "" {
		text += "; " + p.Note
	}
	return text
}

func (t *reportText) authorizedText(a diagnose.AuthorizationList) string {
	text := count(int64(a.Authorized), "update")
	if a.State != diagnose.CopyOK {
		text = a.State
		if a.Note != "" {
			text += ", " + a.Note
		}
	}
	if open := a.ApplicableNotAuthorized; len(open) > 0 {
		text += "; applicable and not authorised: "
		few, left := 4*maxShown, a.ApplicableNotAuthorizedLeftOut
		if len(open)+left <= few+1 || t.all {
			few = len(open)
		}
		few = min(few, len(open))
		text += strings.Join(open[:few], ", ")
		if left += len(open) - few; left > 0 {
			text += fmt.Sprintf(" and %d more", left)
		}
	}
	return text
}

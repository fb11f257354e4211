package diagnose

import (
	"fmt"
	"slices"
	"time"

	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

// maxListed is how many copies and lists a report lists, and how many updates of a list
// that are not authorised. A site has a handful; a folder may hold hundreds.
const maxListed = 50

// report adds what was found beside the logs. The findings are there already: of too
// many files those that are quoted are listed first.
func (b *beside) report(r *Report) {
	quoted := quotedFiles(r)
	for i := range b.set.Catalogues {
		r.Catalogues = append(r.Catalogues, b.reportCopy(&b.set.Catalogues[i]))
	}
	r.Catalogues, r.CataloguesLeftOut = listed(r.Catalogues, func(c *Catalogue) int { return b.weight(c, quoted) })
	r.PatchStates = b.reportPatches()
	_, open := b.unauthorized()
	for i := range b.set.Authorizations {
		r.Authorization = append(r.Authorization, b.reportList(&b.set.Authorizations[i], open))
	}
	r.Authorization, r.AuthorizationLeftOut = listed(r.Authorization, func(a *AuthorizationList) int {
		switch {
		case quoted[a.File]:
			return 0
		case a.State == CopyOK:
			return 1
		}
		return 2
	})
	if c := b.cycle; c != nil {
		r.InventoryStatus = &InventoryStatus{Started: timePtr(c.Started.UTC()), Reported: timePtr(c.Reported.UTC()), Version: version(c), Source: c.Name}
	}
}

// quotedFiles are the files beside the logs that findings quote.
func quotedFiles(r *Report) map[string]bool {
	quoted := map[string]bool{}
	for _, s := range r.Stages {
		for i := range s.Findings {
			for _, e := range s.Findings[i].Evidence {
				quoted[e.Log] = quoted[e.Log] || e.Beside
			}
		}
	}
	return quoted
}

// listed cuts a list that is too long, and says by how much. What weighs less comes
// first then.
func listed[T any](list []T, weight func(*T) int) (kept []T, left int) {
	if len(list) <= maxListed {
		return list, 0
	}
	slices.SortStableFunc(list, func(x, y T) int { return weight(&x) - weight(&y) })
	return slices.Clip(list[:maxListed]), len(list) - maxListed
}

// weight orders copies by what they mean for the verdict.
func (b *beside) weight(c *Catalogue, quoted map[string]bool) int {
	if quoted[c.File] {
		return 0
	}
	weight := 1 + slices.Index([]string{CopyDiffers, CopyOK, CopyUnreadable, CopyMissing}, c.State)
	if c.Place == string(evidence.Elsewhere) {
		weight += 10
	}
	if s := b.j.stage(pipeline.Sync); s == nil || !slices.Contains(s.stage.Catalogues, c.Generation) {
		weight += 20 // this product does not use it
	}
	return weight
}

func (b *beside) reportCopy(c *evidence.Copy) Catalogue {
	r := Catalogue{
		Place: string(c.Place), Track: c.Track, Generation: string(c.Generation), Package: c.Package, File: c.Name,
		DataVersion: c.DataVersion, State: CopyOK, Downloaded: timePtr(b.date(c).UTC()),
	}
	if !c.Published.IsZero() {
		r.Published = c.Published.Format(time.DateOnly)
	}
	switch {
	case c.Missing:
		r.State, r.Note = CopyMissing, "the place was looked at and holds none"
		return r
	case c.Err != nil:
		r.State, r.Note = CopyUnreadable, c.Err.Error()
		return r
	}
	if c.Opaque != nil {
		r.Note = c.Opaque.Error()
	}
	if b.copied && !c.Downloaded.IsZero() {
		r.Note = "its date, " + b.j.spell(c.Downloaded) + ", is that of its copying"
	}
	if from := b.madeOf(c); from != nil {
		switch order, known := b.compare(c, from); {
		case known && order != 0:
			word := map[bool]string{true: "older", false: "newer"}[order < 0]
			r.State, r.Note = CopyDiffers, fmt.Sprintf("%s than that of the %s (%s)", word, from.Place, from.Name)
		case c.Digest != "" && from.Digest != "" && c.Digest != from.Digest:
			r.State, r.Note = CopyDiffers, fmt.Sprintf("other bytes than that of the %s (%s)", from.Place, from.Name)
		}
	}
	return r
}

// madeOf is the readable copy that one was made of, nil if it is not here: that
// of the place before it.
func (b *beside) madeOf(c *evidence.Copy) *evidence.Copy {
	before := map[evidence.Place][]evidence.Place{
		evidence.DistributionPoint: {evidence.PackageSource},
		evidence.ClientCache:       {evidence.DistributionPoint, evidence.PackageSource},
	}
	for _, place := range before[c.Place] {
		l := &catalogueLane{beside: b}
		for i := range b.set.Catalogues {
			if o := &b.set.Catalogues[i]; o.Generation == c.Generation && o.Track == c.Track {
				l.copies = append(l.copies, o)
			}
		}
		if from := l.newestOf(ofPackage(l.at(place), c.Package)); from != nil {
			return from
		}
	}
	return nil
}

func (b *beside) reportPatches() *PatchStates {
	if len(b.set.Patches) == 0 && !b.set.PatchesAsked && b.set.PatchesErr == nil {
		return nil
	}
	r := &PatchStates{Asked: b.set.PatchesAsked}
	for _, u := range b.updates {
		r.Total++
		switch u.State() {
		case evidence.Installed:
			r.Installed++
		case evidence.Applicable:
			r.Applicable++
		default:
			r.Other++
		}
	}
	if len(b.set.Patches) > 0 {
		r.Source = b.set.Patches[0].Name
	}
	if b.newest != nil {
		at := b.newestScan.UTC()
		r.NewestScan, r.Source = &at, b.newest.Name
	}
	if b.set.PatchesErr != nil {
		r.Note = b.set.PatchesErr.Error()
	}
	return r
}

func (b *beside) reportList(a *evidence.Authorization, open []*evidence.PatchState) AuthorizationList {
	r := AuthorizationList{File: a.Name, Package: a.Package, Authorized: len(a.Patches), State: listState(a)}
	if a.Err != nil {
		r.Note = a.Err.Error()
	}
	if r.State == CopyOK || r.State == ListEmpty {
		for _, p := range open[:min(len(open), maxListed)] {
			r.ApplicableNotAuthorized = append(r.ApplicableNotAuthorized, patchName(p))
		}
		r.ApplicableNotAuthorizedLeftOut = len(open) - len(r.ApplicableNotAuthorized)
	}
	return r
}

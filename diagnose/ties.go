package diagnose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

// A site's log of its packages tells of all of them, and only those of the patches
// concern the catalogue. Which these are, other lines tell: the program that scanned or
// synchronised ran from the package that they name.
var (
	packageForm = regexp.MustCompile(`(?i)(?:\bpackage:?\s?|[\\/]package\s+|\bvpcache[\\/])([A-Z0-9]{3}[0-9A-F]{5})\b`)
	updatesForm = regexp.MustCompile(`(?i)\bpatchinstall|\bsoftware updates?\b`)
)

// tie is a package that something known ties to the patches.
type tie struct {
	id string
	by *event
	// tool is true for that of a scan tool: where one is known, other packages are no
	// concern of the catalogue. The package that updates are installed from says
	// nothing of them.
	tool bool
}

// findTies finds the packages of the patches in the lines that count, in what was run
// here, and in the places where copies of the catalogue lie.
func (j *judge) findTies(counts func(*event) bool) {
	for _, ev := range j.events {
		if !counts(ev) {
			continue
		}
		tool := ev.stage == pipeline.Sync || ev.stage == pipeline.Scan
		if tool && !ev.hit.sig.Local && ev.track != "" && !slices.Contains(j.tools, ev.track) {
			j.tools = append(j.tools, ev.track)
		}
		if ev.namesPackage() || !tool && !(ev.stage == pipeline.Install && updatesForm.MatchString(ev.text)) {
			continue
		}
		j.tie(ev.text, ev, tool)
	}
	for i := range j.opt.Runs {
		r := &j.opt.Runs[i]
		if s := j.stage(r.Stage); s != nil && (r.Stage == pipeline.Sync || r.Stage == pipeline.Scan) {
			j.tie(r.Line, (&runState{Run: r, stage: s}).event(), true)
		}
	}
	if s := j.stage(pipeline.Sync); s != nil && j.opt.Evidence != nil {
		for i := range j.opt.Evidence.Catalogues {
			c := &j.opt.Evidence.Catalogues[i]
			if c.Package != "" && !c.Missing && c.Place != evidence.Elsewhere && slices.Contains(s.stage.Catalogues, string(c.Generation)) {
				j.ties = append(j.ties, tie{strings.ToUpper(c.Package), j.fact(c.Origin, time.Time{}, fileName(c.Origin)+" lies in package "+c.Package), true})
			}
		}
	}
}

func (j *judge) tie(text string, by *event, tool bool) {
	for _, m := range packageForm.FindAllStringSubmatch(text, 4) {
		if strings.ContainsAny(m[1][3:], "0123456789") { // "exceeded" is none
			j.ties = append(j.ties, tie{strings.ToUpper(m[1]), by, tool})
		}
	}
}

// namesPackage tells whether the line is of a helper that has a lane for each package.
func (e *event) namesPackage() bool {
	return e.hit.sig.Local && e.hit.captures["package"] != "" && strings.Contains(e.track, ":")
}

// unrelated tells whether a lane failed that is of a package which is known to be none of
// the patches'. Where two scan tools are at work, that is known once the packages of both
// are.
func (s *stageState) unrelated(t *trackState) bool {
	if t.outcome == nil || t.outcome.kind() != pipeline.Failure || !t.outcome.namesPackage() {
		return false
	}
	id := strings.ToUpper(t.outcome.hit.captures["package"])
	return len(s.j.toolPackages()) >= max(1, len(s.j.tools)) &&
		!slices.ContainsFunc(s.j.ties, func(k tie) bool { return k.id == id })
}

// toolPackages are the packages of the scan tools.
func (j *judge) toolPackages() (ids []string) {
	for _, k := range j.ties {
		if k.tool && !slices.Contains(ids, k.id) {
			ids = append(ids, k.id)
		}
	}
	return ids
}

// tellUnrelated says which packages failed that are no concern of the catalogue.
func (s *stageState) tellUnrelated(failed []*event) {
	if len(failed) == 0 {
		return
	}
	sortEvents(failed)
	newest := failed[len(failed)-1]
	tools := s.j.toolPackages()
	by := s.j.ties[slices.IndexFunc(s.j.ties, func(k tie) bool { return k.id == tools[len(tools)-1] && k.tool })].by
	f := s.finding(newest)
	f.Severity = SevWarning
	f.Meaning = fmt.Sprintf("It is another package of the site: the scan tool's is %s. The catalogue is not concerned.", joinFew(tools))
	if more := len(failed) - 1; more > 0 {
		f.Meaning += fmt.Sprintf(" The same holds for %s.", moreOf(more, "package", "packages"))
	}
	f.Do = []string{"Nothing for the patches, unless a scan tool runs from this package, too: then update its distribution points again"}
	f.Evidence = evidenceOf(newest, by)
	s.also = append(s.also, f)
}

// joinFew joins the first of many names.
func joinFew(list []string) string {
	few := slices.Clone(list[:min(len(list), maxNames)])
	if more := len(list) - len(few); more > 0 {
		few = append(few, fmt.Sprintf("%d more", more))
	}
	return join(few)
}

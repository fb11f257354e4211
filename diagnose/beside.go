package diagnose

import (
	"fmt"
	"math"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/evidence"
	"patchtrace/logparse"
)

// beside is the evidence beside the logs, prepared for the rules.
type beside struct {
	j   *judge
	set *evidence.Set
	// copied is true when the files' dates are those of their copying.
	copied bool
	// newest is the instance with the newest scan result and newestScan its time;
	// nil if none has a time.
	newest     *evidence.PatchState
	newestScan time.Time
	// updates are the instances with each update once.
	updates []update
	// numbers, bulletins and bare are the ids on the lists of authorised updates: article
	// numbers, bulletins, and those of the bulletins that stand there without a number.
	numbers, bulletins, bare map[string]bool
	// cycle is the newest hardware inventory that the agent notes, nil if none.
	cycle *evidence.Cycle
	// walls is true when a time names no zone that there is.
	walls bool
	// unshown is true when something was installed after the newest scan.
	unshown bool
}

// update is an instance, and when a scan saw it last.
type update struct {
	*evidence.PatchState
	seen time.Time
}

// maxCopying is how long it takes at most to copy the files of a client.
const maxCopying = time.Hour

func newBeside(j *judge) *beside {
	b := &beside{j: j, set: &evidence.Set{}}
	if j.opt.Evidence != nil {
		*b.set = *j.opt.Evidence
		b.setClocks()
	}
	b.findCopied()
	b.findUpdates()
	b.findListed()
	for i := range b.set.Cycles {
		c := &b.set.Cycles[i]
		if strings.EqualFold(lane(c.Action), lane(evidence.HardwareInventory)) && (b.cycle == nil || c.Reported.After(b.cycle.Reported)) {
			b.cycle = c
		}
	}
	return b
}

// setClocks makes instants of wall clocks whose zone is not known: they are taken to
// be the client's. What was given stays as it is.
func (b *beside) setClocks() {
	set := func(times ...*time.Time) {
		for _, t := range times {
			if !t.IsZero() {
				*t, b.walls = b.j.zones.wall(*t).UTC(), true
			}
		}
	}
	b.set.Catalogues, b.set.Authorizations, b.set.Cycles = slices.Clone(b.set.Catalogues), slices.Clone(b.set.Authorizations), slices.Clone(b.set.Cycles)
	for i := range b.set.Catalogues {
		if c := &b.set.Catalogues[i]; c.Wall {
			set(&c.Downloaded)
		}
	}
	for i := range b.set.Authorizations {
		if a := &b.set.Authorizations[i]; a.Wall {
			set(&a.Modified)
		}
	}
	for i := range b.set.Cycles {
		if c := &b.set.Cycles[i]; c.Wall {
			set(&c.Started, &c.Reported)
		}
	}
}

// findCopied finds out whether the files' dates say anything. Files that all were
// written at one time, after the last line of the logs, were copied then.
func (b *beside) findCopied() {
	var first, last time.Time
	add := func(t time.Time) {
		if t.IsZero() {
			return
		}
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	for i := range b.set.Catalogues {
		add(b.set.Catalogues[i].Downloaded)
	}
	if first.IsZero() {
		return // a list by itself may well be newer than the newest line
	}
	for i := range b.set.Authorizations {
		add(b.set.Authorizations[i].Modified)
	}
	var line time.Time
	for _, v := range b.j.logs {
		if v.to.After(line) {
			line = v.to
		}
	}
	b.copied = !first.IsZero() && !line.IsZero() && first.After(line) && last.Sub(first) <= maxCopying
	if b.copied {
		b.j.notes = append(b.j.notes, fmt.Sprintf("The catalogues and lists beside the logs are all dated %s, after the newest line: most likely that is when they were copied, so their file dates say nothing. Copies on Windows keep the date of a file; downloads, mails and some zip tools do not. Copy the folder, or give the .zip itself.", b.j.spell(first)))
	}
}

// fact makes an event of what is no line of a log, so that it can prove something
// and has its place among the lines.
func (j *judge) fact(o evidence.Origin, at time.Time, text string) *event {
	ev := &event{order: math.MinInt64}
	if !at.IsZero() {
		ev.time, ev.order, ev.offset = at.UTC(), at.UnixNano(), j.zones.offsetAt(at)
	}
	ev.pos = logparse.Pos{Log: o.Name, Part: o.Name, Line: o.Line, Offset: o.Offset}
	ev.text = clip(text, maxText)
	return ev
}

// spell writes an instant for a sentence, on the client's clock.
func (j *judge) spell(t time.Time) string {
	off := j.zones.offsetAt(t)
	return t.In(time.FixedZone("", off*60)).Format("2006-01-02 15:04") + " " + offsetText(off)
}

// prove lets evidence beside the logs count for a stage of which the logs say
// nothing bad: the status is set and the finding comes first. What the logs say
// of a stage that is broken, waits or runs stays the answer; the finding is then
// added behind it. An empty status only adds the finding.
func (s *stageState) prove(status Status, f Finding) {
	switch s.status {
	case Passed, Unknown, NotRun:
		if status != "" && !s.broken() {
			s.status = status
			s.findings = append([]Finding{f}, s.findings...)
			return
		}
	case Running, Waiting:
		if f.Severity == SevError { // it may be about to be mended
			f.Severity = SevWarning
		}
	}
	s.also = append(s.also, f)
}

// learn takes a success that is told beside the logs, where the logs show none or
// an older one: they were rotated away, or are not all here.
func (s *stageState) learn(ev *event) {
	switch {
	case s.status == Unknown, s.status == NotRun && !ev.time.Before(s.reads.from):
		s.status = Passed
	case s.status == Passed && s.success != nil && ev.when().Sub(s.success.when()) > sameReport:
	default:
		return
	}
	s.success, s.told = ev, ev
}

// besideFinding is the frame of what is said by evidence beside the logs.
func (s *stageState) besideFinding(rule, severity, source, confidence, title, meaning string, do []string, proof ...*event) Finding {
	return Finding{
		Rule: s.ruleID(rule), Severity: severity, Stage: s.stage.ID, Title: title, Meaning: meaning, Do: do,
		Source: source, Confidence: confidence, Evidence: evidenceOf(proof...),
	}
}

// maxProblems bounds the notes of what could not be read: a folder may hold
// hundreds of damaged files.
const maxProblems = 8

// judgeBeside judges by what lies beside the logs.
func (j *judge) judgeBeside() {
	b := j.beside
	b.judgeCatalogues()
	b.judgeUnsent()
	b.judgeInstalled()
	b.judgeAuthorized()
	if b.walls {
		j.notes = append(j.notes, fmt.Sprintf("Times beside the logs that name no time zone, or one that there is not, are read as the client's own: UTC%s.", j.zones.report(j.now).Offset))
	}
	if hosts := b.hosts(); len(hosts) > 1 {
		few := hosts[:min(len(hosts), 5)]
		if more := len(hosts) - len(few); more > 0 {
			few = append(few, fmt.Sprintf("%d more", more))
		}
		j.notes = append(j.notes, fmt.Sprintf("The scan results are of %d computers (%s), and are judged as if they were of one: give those of this client alone.", len(hosts), strings.Join(few, ", ")))
	}
	j.notes = append(j.notes, b.set.Doubts()...)
	for i, p := range b.set.Problems {
		if left := len(b.set.Problems) - i; i == maxProblems && left > 1 {
			j.notes = append(j.notes, fmt.Sprintf("%d more files beside the logs could not be read.", left))
			break
		}
		j.notes = append(j.notes, fmt.Sprintf("%s could not be read: %s.", p.Name, strings.TrimRight(p.Err.Error(), ".")))
	}
}

// hosts are the computers that the scan results name, by their first labels, or by
// their addresses.
func (b *beside) hosts() []string {
	var names []string
	seen := map[string]bool{}
	for i := range b.set.Patches {
		name := strings.ToUpper(b.set.Patches[i].Host)
		if _, err := netip.ParseAddr(name); err != nil {
			name, _, _ = strings.Cut(name, ".")
		}
		if name != "" && !seen[name] {
			seen[name] = true
			names = append(names, clip(name, 64))
		}
	}
	return names
}

// learnBeside takes what the client's WMI tells of cycles that no log shows.
func (j *judge) learnBeside() {
	b := j.beside
	if s := j.stage("scan"); s != nil && b.newest != nil {
		s.learn(b.patchFact(b.newest))
	}
	if s := j.stage("inventory"); s != nil && b.cycle != nil && !b.cycle.Reported.IsZero() {
		s.learn(b.cycleFact())
	}
}

func (b *beside) cycleFact() *event {
	c := b.cycle
	text := fmt.Sprintf("InventoryActionStatus %s  LastReportDate %s", c.Action, b.j.spell(c.Reported))
	if !c.Started.IsZero() {
		text += ", LastCycleStartedDate " + b.j.spell(c.Started)
	}
	return b.j.fact(c.Origin, c.Reported, text+", report "+version(c))
}

func version(c *evidence.Cycle) string { return fmt.Sprintf("%d.%d", c.Major, c.Minor) }

func fileName(o evidence.Origin) string {
	return path.Base(strings.ReplaceAll(o.Name, `\`, "/")) // a path of Windows may have either
}

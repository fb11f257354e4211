package diagnose

import (
	"fmt"
	"slices"
	"time"

	"patchtrace/pipeline"
)

// feeds names the stage whose success a stage must follow.
var feeds = [...]struct{ from, to string }{
	{pipeline.Sync, pipeline.Scan},
	{pipeline.Scan, pipeline.Inventory},
	{pipeline.Install, pipeline.Scan},
	{pipeline.Install, pipeline.Inventory},
}

// order finds stages that passed, but too long before the stage that feeds them
// or before now: what they say is out of date.
func (j *judge) order() {
	for _, s := range j.stages {
		s.order()
	}
}

func (s *stageState) order() {
	for _, f := range feeds {
		from := s.j.stage(f.from)
		if f.to != s.stage.ID || from == nil || s.status != Passed || from.success == nil || from.status == Failed {
			continue
		}
		lag := from.success.when().Sub(s.success.when())
		switch interval := time.Duration(s.stage.Interval); {
		case lag <= 0 || interval <= 0:
		case lag > interval:
			s.stale(from, lag)
		case f.from == pipeline.Install && from.status == Passed:
			s.pendingAfterInstall(from)
		}
	}
	s.overdueNow()
}

func (s *stageState) stale(from *stageState, lag time.Duration) {
	s.status = Stale
	f := Finding{
		Rule: s.ruleID("stale"), Severity: SevError, Stage: s.stage.ID,
		Title:      fmt.Sprintf("%s has not run since the last %s", s.stage.Title, lowerFirst(from.stage.Title)),
		Meaning:    fmt.Sprintf("The newest %s is %s older than the newest %s, more than its interval of %s. It speaks of a state that is gone.", lowerFirst(s.stage.Title), ageText(lag), lowerFirst(from.stage.Title), ageText(time.Duration(s.stage.Interval))),
		Do:         s.runAgain(),
		Source:     "article, order of the steps",
		Confidence: pipeline.Documented,
		Evidence:   evidenceOf(s.success, from.success),
	}
	s.findings = append(s.findings, f)
}

// pendingAfterInstall says that the site cannot show yet what was installed.
func (s *stageState) pendingAfterInstall(install *stageState) {
	s.findings = append(s.findings, Finding{
		Rule: s.ruleID("after-install"), Severity: SevInfo, Stage: s.stage.ID,
		Title:      fmt.Sprintf("%s has not run since the last install", s.stage.Title),
		Meaning:    "Updates were installed after it. The site shows the result only when scan and hardware inventory have run again.",
		Do:         s.runAgain(),
		Source:     "article",
		Confidence: pipeline.Documented,
		Evidence:   evidenceOf(s.success, install.success),
	})
}

// judgeCarried says that the newest scan is not in the newest inventory yet.
// Only the scan tools of SMS, which fetch a catalogue of their own, leave their
// result to the inventory; Configuration Manager reports it by itself.
func (j *judge) judgeCarried() {
	sync, scan, s := j.stage(pipeline.Sync), j.stage(pipeline.Scan), j.stage(pipeline.Inventory)
	if sync == nil || scan == nil || s == nil || len(sync.stage.Catalogues) == 0 || scan.status != Passed || s.status != Passed || scan.success == nil || s.success == nil {
		return
	}
	lag := scan.success.when().Sub(s.success.when())
	if lag <= sameReport || s.says("after-install") || s.says("by-site") {
		return
	}
	s.findings = append(s.findings, Finding{
		Rule: s.ruleID("before-scan"), Severity: SevInfo, Stage: s.stage.ID,
		Title:      "The newest scan is not in this inventory",
		Meaning:    fmt.Sprintf("The newest inventory left the client %s, the newest scan ended %s, %s later. The site gets its result with the next hardware inventory.", s.local(s.success.when()), s.local(scan.success.when()), ageText(lag)),
		Do:         []string{"Start a hardware inventory cycle: " + s.command(), "Or wait for the next one; scan with /kick, or set the inventory to a similar interval as the scan, to have it sooner"},
		Source:     "article, order of the steps",
		Confidence: pipeline.Documented,
		Evidence:   evidenceOf(s.success, scan.success),
	})
}

// says tells whether the stage has the finding already.
func (s *stageState) says(rule string) bool {
	return slices.ContainsFunc(s.findings, func(f Finding) bool { return f.Rule == s.ruleID(rule) })
}

func (s *stageState) ruleID(name string) string {
	return s.j.book.ID + "." + s.stage.ID + "." + name
}

// runAgain is the advice to start the stage, with its default command.
func (s *stageState) runAgain() []string {
	for _, c := range s.stage.Commands {
		if c.Default {
			return []string{"Run the " + lowerFirst(s.stage.Title) + " again: " + c.Line(), "Check its schedule: it should recur every " + ageText(time.Duration(s.stage.Interval)) + " or more often"}
		}
	}
	return []string{"Run the " + lowerFirst(s.stage.Title) + " again and check its schedule"}
}

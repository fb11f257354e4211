package diagnose

import (
	"fmt"
	"slices"
	"time"

	"patchtrace/pipeline"
)

// missedCycles is how many intervals may pass before a stage that is not fed by
// a newer one counts as out of date all the same.
const missedCycles = 2

// overdueNow finds a stage whose newest success is so old that its cycle must
// have been missed, or that waits for so long that what it waits for will not
// come by itself.
func (s *stageState) overdueNow() {
	interval := time.Duration(s.stage.Interval)
	if s.status == Waiting && s.stage.Shows != "when-due" && interval > 0 {
		s.overdueWait(missedCycles * interval)
		return
	}
	if s.status != Passed || s.stage.Shows == "when-due" || interval <= 0 || s.success == nil || s.success.time.IsZero() {
		return
	}
	if age := s.j.now.Sub(s.success.when()); age > missedCycles*interval {
		s.missed(fmt.Sprintf("%s last succeeded %s ago", s.stage.Title, ageText(age)), "", s.success)
	}
}

// missed makes the stage stale. more is said beside how often it is expected.
func (s *stageState) missed(title, more string, proof ...*event) {
	s.status = Stale
	s.findings = append(s.findings, Finding{
		Rule: s.ruleID("overdue"), Severity: SevError, Stage: s.stage.ID,
		Title:      title,
		Meaning:    fmt.Sprintf("It is expected every %s, and other lines of this client are newer.%s", ageText(time.Duration(s.stage.Interval)), more),
		Do:         s.runAgain(),
		Source:     "article, intervals of the steps",
		Confidence: pipeline.Documented,
		Evidence:   evidenceOf(proof...),
	})
}

// overdueWait finds a stage that has waited without a success for longer than
// the limit.
func (s *stageState) overdueWait(limit time.Duration) {
	since, last := s.waiting()
	if since == nil || since.time.IsZero() {
		return
	}
	age := s.j.now.Sub(since.when())
	if s.success != nil && !s.success.time.IsZero() {
		age = min(age, s.j.now.Sub(s.success.when()))
	}
	if site := s.j.lastScan.Time; site != nil && !s.j.lastScan.Future && s.stage.ID == pipeline.Inventory {
		age = min(age, s.j.now.Sub(*site)) // an inventory that arrived is a success, too
	}
	if age <= limit {
		return
	}
	if last == since {
		last = nil
	}
	s.missed(fmt.Sprintf("%s has waited for %s", s.stage.Title, ageText(age)), " What it waits for did not come by itself.", since, last)
}

// waiting returns since when the lanes of the stage wait, and the newest line
// that says so; nil if none waits.
func (s *stageState) waiting() (since, last *event) {
	for _, id := range s.ids() {
		t := s.tracks[id]
		if t.running() != nil || s.trackStatus(t) != Waiting {
			continue
		}
		first := t.outcome
		if list := append(slices.Clone(t.waits), t.fails...); len(list) > 0 {
			sortEvents(list)
			first = list[0]
		}
		if since == nil || after(since, first) {
			since = first
		}
		if last == nil || after(t.outcome, last) {
			last = t.outcome
		}
	}
	return since, last
}

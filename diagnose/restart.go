package diagnose

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"patchtrace/diagnose/errcode"
	"patchtrace/pipeline"
)

// findRestart finds the newest evidence that the machine was started again.
func (j *judge) findRestart(counts func(*event) bool) {
	for _, ev := range j.events {
		if ev.hit.sig.Restart == pipeline.RestartShows && counts(ev) {
			j.restart = ev // they come in order
		}
	}
	if set := j.opt.Evidence; set != nil && !set.Booted.IsZero() {
		ev := j.fact(set.BootedBy, set.Booted, "LastBootUpTime "+j.spell(set.Booted))
		if j.restart == nil || after(ev, j.restart) {
			j.restart = ev
		}
	}
}

// restartOf is what a restart has to do with a wait. A code that asks for no restart
// says that something else was in the way, which may be gone after one.
func restartOf(ev *event) string {
	awaited := ev.hit.sig.Restart
	if awaited == pipeline.RestartEnds && !asksForRestart(ev) {
		return pipeline.RestartAllows
	}
	return awaited
}

// asksForRestart tells whether the code of a wait asks for a restart, or it has none.
func asksForRestart(ev *event) bool { return ev.code == nil || ev.code.Class == errcode.Restart }

// restarted tells whether the restart that a line waits for has taken place.
func (j *judge) restarted(ev *event) bool {
	return ev.kind() == pipeline.Wait && restartOf(ev) != "" && ev.order != math.MinInt64 && j.restart != nil && after(j.restart, ev)
}

// endWaits settles the lanes that waited for a restart which has taken place: what they
// waited for is done then. So is the cycle that such a wait kept open; but not that of
// another deployment than the one that waited, of which the restart says nothing.
func (s *stageState) endWaits() {
	var ended []*event
	for _, id := range s.ids() {
		t := s.tracks[id]
		if t.outcome != nil && t.running() == nil && s.j.restarted(t.outcome) && restartOf(t.outcome) == pipeline.RestartEnds {
			ended = append(ended, t.outcome)
			s.completed(t)
		}
	}
	if len(ended) == 0 {
		return
	}
	sortEvents(ended)
	for id, t := range s.tracks {
		kind := kindOf(id)
		other := kind != "" && slices.ContainsFunc(ended, func(ev *event) bool { return kindOf(ev.track) == kind })
		if start := t.running(); start != nil && !other && !start.hit.sig.Local && after(ended[len(ended)-1], start) && after(s.j.restart, t.alive) {
			s.completed(t)
		}
	}
	s.tellRestarted(ended)
}

// completed settles a lane by the restart. It is a success of the stage, unless the
// lane is a helper's.
func (s *stageState) completed(t *trackState) {
	t.clear()
	t.done = s.j.restart
	if !t.local && (s.success == nil || after(s.j.restart, s.success)) {
		s.success = s.j.restart
	}
}

// tellRestarted says that a wait for a restart is over, and what is missing since.
func (s *stageState) tellRestarted(ended []*event) {
	last := ended[len(ended)-1]
	f := s.restartFinding("restarted", SevInfo, last)
	f.Title = "The restart that was waited for has taken place"
	scan := s.j.stage(pipeline.Scan)
	if scan == nil || scan.success != nil && !after(s.j.restart, scan.success) {
		f.Do = []string{"Nothing to do"}
		s.findings = append(s.findings, f)
		return
	}
	f.Severity, f.Title = SevWarning, "The restart has taken place, and no scan has followed"
	if !scan.reads.any {
		f.Title = "The restart has taken place; whether a scan has followed cannot be seen"
	}
	f.Meaning += " Whether everything is in place now shows only a scan, and the site learns it with the report after that."
	f.Do = []string{scan.runAgain()[0]}
	if inventory := s.j.stage(pipeline.Inventory); inventory != nil {
		f.Do = append(f.Do, inventory.runAgain()[0])
	}
	s.j.unscanned = true
	s.findings = append(s.findings, f)
}

// restartFinding is the frame of what is said of a wait whose restart has taken place.
func (s *stageState) restartFinding(rule, severity string, ev *event) Finding {
	waited := "waited for a restart"
	if !asksForRestart(ev) {
		waited = "could not go on"
	}
	return Finding{
		Rule: s.ruleID(rule), Severity: severity, Stage: s.stage.ID, Track: ev.track,
		Meaning:    fmt.Sprintf("The client %s %s; it was started again by %s.", waited, s.local(ev.when()), s.local(s.j.restart.when())),
		Source:     "playbook, waits for a restart",
		Confidence: pipeline.Documented,
		Evidence:   evidenceOf(ev, s.j.restart),
	}
}

// runAfterRestart says of a wait that must run again after its restart that it has not.
func (s *stageState) runAfterRestart(ev *event) Finding {
	f := s.restartFinding("not-run-since-restart", SevWarning, ev)
	f.Title = "The machine has restarted, but nothing has run since"
	f.Meaning += fmt.Sprintf(" What stood in the way of the %s is gone with it; it must run again.", lowerFirst(s.stage.Title))
	for _, do := range ev.hit.sig.Do {
		if !strings.HasPrefix(do, "Restart ") {
			f.Do = append(f.Do, s.fill(do, ev))
		}
	}
	if len(f.Do) == 0 {
		f.Do = s.runAgain()
	}
	return f
}

package diagnose

import (
	"fmt"
	"slices"

	"patchtrace/diagnose/errcode"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// fallBack looks for lines that no signature knows and that speak of a failure,
// where the signatures leave the stage open. Severity alone says little, so a
// stage that never began fails only by a line that holds an error code too. What
// stands before a success of the same log, be it a helper's, is over.
func (s *stageState) fallBack() {
	var found []*event
	begun := s.begun()
	for _, ev := range s.j.doubts {
		if ev.old || !s.shows(ev.log) || !follows(ev, begun) || !follows(ev, s.success) || !follows(ev, s.good[ev.log]) {
			continue
		}
		if begun == nil && !s.decidedBy(ev.log) {
			continue
		}
		code := failureCode(ev)
		if code == nil && (begun == nil || ev.severity != logparse.Error) || code != nil && ev.severity != logparse.Error && begun == nil {
			continue
		}
		if code != nil && code.Stage() != "" && code.Stage() != s.stage.ID {
			continue
		}
		ev.code = code
		found = append(found, ev)
	}
	if len(found) == 0 {
		return
	}
	s.doubt = found[max(0, len(found)-3):]
	s.failure = found[len(found)-1]
	s.status = Failed
}

// follows tells whether ev is newer than other, if there is one.
func follows(ev, other *event) bool { return other == nil || after(ev, other) }

// begun is the start of the cycle that has no outcome, nil if none began.
func (s *stageState) begun() *event {
	if len(s.overdue) > 0 {
		return s.overdue[0]
	}
	for _, id := range s.ids() {
		if start := s.tracks[id].running(); start != nil {
			return start
		}
	}
	return nil
}

// shows tells whether the log is one of this stage and of no other that claims
// it more: a shared log's unknown lines accuse the first stage that reads it.
func (s *stageState) shows(v *logView) bool {
	for _, other := range s.j.book.Stages {
		for _, l := range other.Logs {
			if v.is(l.Name) {
				return other.ID == s.stage.ID
			}
		}
	}
	return false
}

// decidedBy tells whether the log is the stage's own: the one it must show in, or
// one that shows its outcomes and no other stage's. Lines of logs that many
// things write to accuse no stage that never began.
func (s *stageState) decidedBy(v *logView) bool {
	if slices.ContainsFunc(s.stage.Logs, func(l pipeline.Log) bool { return l.Required && v.is(l.Name) }) {
		return true
	}
	stages, _ := s.j.readers(func(l pipeline.Log) bool { return v.is(l.Name) })
	return len(stages) == 1 && slices.ContainsFunc(s.stage.Signatures, func(sig *pipeline.Signature) bool {
		return outcomeOf(sig, s.stage.ID) && slices.ContainsFunc(sig.Logs, v.is)
	})
}

// failureCode is the first code in the line that means a failure, nil if none.
func failureCode(ev *event) *errcode.Code {
	for _, f := range errcode.Find(ev.text) {
		if c := errcode.DecodeIn(f.Value, baseName(ev.log.name)); c.Class == errcode.Failure && f.Value != 0 {
			return &c
		}
	}
	return nil
}

// doubtFinding says that only the fallback saw the failure.
func (s *stageState) doubtFinding() Finding {
	last := s.doubt[len(s.doubt)-1]
	f := Finding{
		Rule: s.ruleID("unknown-failure"), Severity: SevError, Stage: s.stage.ID,
		Title:      fmt.Sprintf("%s: an error that no rule knows", s.stage.Title),
		Meaning:    "No signature of the playbook matches this line. It is shown because of its severity or its error code alone, and may be harmless.",
		Do:         []string{"Read the proof line and the lines around it in " + baseName(last.log.name)},
		Source:     "fallback: severity and error codes",
		Confidence: pipeline.Generic,
		Evidence:   evidenceOf(s.doubt...),
	}
	if last.code != nil {
		f.setCode(last.code)
		f.Do = append(f.Do, "Look the code up: patchtrace lookup "+last.code.Text)
	}
	return f
}

package trace

import (
	"fmt"
	"time"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

// usual is the common cycle of the inventory, for products that no playbook tells
// of. facts: seed#8 R7.
const usual = 7 * 24 * time.Hour

// patience is how long a link may wait for a stage: the interval by which the diagnosis
// judges that stage, too. The interval of a stage that runs only when something is due
// says how often that is, not how long it may take then; what such a stage waits for
// comes with the client's other cycles, the longest of which is the inventory.
func (t *tracer) patience(stage string) time.Duration {
	if t.in.Playbook == nil {
		return usual
	}
	s := t.in.Playbook.Stage(stage)
	if s == nil || s.Shows == pipeline.ShowsWhenDue {
		s = t.in.Playbook.Stage(pipeline.Inventory)
	}
	if s == nil || s.Interval <= 0 {
		return usual
	}
	return time.Duration(s.Interval)
}

// late makes a link wait, or broken when it has waited too long or the diagnosis
// knows why nothing comes.
func (t *tracer) late(s *Step, stage string, since time.Time, text string, do ...string) {
	if f := t.failing(stage, since); f != nil {
		s.broke(f, text)
		return
	}
	s.State, s.Text, s.do = Pending, text, do
	if !since.IsZero() && t.now.Sub(since) > t.patience(stage) {
		s.State = Failed
		s.Text += fmt.Sprintf(", for %d days now", int(t.now.Sub(since)/(24*time.Hour)))
		return
	}
	if f := t.overdue(stage, since); f != nil {
		s.broke(f, text)
	}
}

// overdue is the finding that a stage has not run when it should have, nil if it has
// run since an instant or is not due yet.
func (t *tracer) overdue(stage string, since time.Time) *diagnose.Finding {
	for i := range t.in.Report.Stages {
		s := &t.in.Report.Stages[i]
		if s.ID != stage || s.Status != diagnose.Stale && s.Status != diagnose.NotRun || s.LastSuccess != nil && !s.LastSuccess.Before(since) {
			continue
		}
		for k := range s.Findings {
			if s.Findings[k].Severity == diagnose.SevError {
				return &s.Findings[k]
			}
		}
	}
	return nil
}

package diagnose

import (
	"iter"
	"path"
	"slices"

	"patchtrace/pipeline"
)

// CanDecide tells whether lines of the log can be outcomes of the stage.
func (m *Matcher) CanDecide(log, stage string) bool {
	set := m.set(path.Base(log), "")
	if set.ref == nil {
		return true // what its components say is not known before it is read
	}
	return slices.ContainsFunc(set.sigs, func(s *pipeline.Signature) bool { return outcomeOf(s, stage) })
}

func outcomeOf(s *pipeline.Signature, stage string) bool {
	return s.Stage == stage && !s.Local && (s.Kind == pipeline.Success || s.Kind == pipeline.Failure)
}

// Decides tells whether the tally holds an outcome of one of the stages.
func (t *Tally) Decides(stages []string) bool {
	for key, r := range t.rings {
		if len(r.marks) > 0 && slices.ContainsFunc(stages, func(stage string) bool { return outcomeOf(key.sig, stage) }) {
			return true
		}
	}
	return false
}

// Undecided returns the stages that must show on the client and have no outcome
// in the tallies.
func (m *Matcher) Undecided(tallies iter.Seq[*Tally]) []string {
	var open []string
	for _, s := range m.book.Stages {
		if s.Shows == "client" {
			open = append(open, s.ID)
		}
	}
	for t := range tallies {
		open = slices.DeleteFunc(open, func(stage string) bool {
			for key, r := range t.rings {
				if outcomeOf(key.sig, stage) && !r.marks[len(r.marks)-1].old {
					return true
				}
			}
			return false
		})
	}
	return open
}

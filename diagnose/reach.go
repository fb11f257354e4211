package diagnose

import (
	"iter"
	"path"
	"slices"

	"patchtrace/pipeline"
)

// CanDecide tells whether lines of the tally's log can be outcomes of the stage,
// by the log's name, or by the components that its records have.
func (t *Tally) CanDecide(stage string) bool {
	for name := range t.names {
		set := t.matcher.named(name)
		if set != nil && slices.ContainsFunc(set.sigs, func(s *pipeline.Signature) bool { return outcomeOf(s, stage) }) {
			return true
		}
	}
	return false
}

// named returns the signatures of a playbook log that was met before.
func (m *Matcher) named(name string) *sigSet {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sets[name]
}

func outcomeOf(s *pipeline.Signature, stage string) bool {
	return s.Stage == stage && !s.Local && (s.Kind == pipeline.Success || s.Kind == pipeline.Failure)
}

// DecidedAt returns the instant of the newest outcome of the stage in the tally,
// in nanoseconds UTC; false if it holds none that says its zone.
func (t *Tally) DecidedAt(stage string) (at int64, ok bool) {
	for key, r := range t.rings {
		if !outcomeOf(key.sig, stage) {
			continue
		}
		for _, m := range r.marks {
			if utc, zoned := m.stamp.UTC(); zoned && (!ok || utc.UnixNano() > at) {
				at, ok = utc.UnixNano(), true
			}
		}
	}
	return at, ok
}

// Begin is the earliest instant of the tally's records, in nanoseconds UTC;
// false if none says its zone.
func (t *Tally) Begin() (at int64, ok bool) { return t.times.first, t.times.zoned > 0 }

// Decides tells whether the tally holds an outcome of the stage.
func (t *Tally) Decides(stage string) bool {
	for key, r := range t.rings {
		if len(r.marks) > 0 && outcomeOf(key.sig, stage) {
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

// Requires tells whether the stage requires the log of that name.
func (m *Matcher) Requires(stage, log string) bool {
	ref := m.book.LogFor(path.Base(log), "")
	return ref != nil && slices.Contains(ref.RequiredBy, stage)
}

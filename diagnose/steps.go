package diagnose

import "patchtrace/pipeline"

// StageStatus is how a stage stands, Unknown if the report lacks it.
func (r *Report) StageStatus(id string) Status {
	for i := range r.Stages {
		if r.Stages[i].ID == id {
			return r.Stages[i].Status
		}
	}
	return Unknown
}

// Broken is the first stage of a step that does not stand as passed after it, "" if
// there is none. A step that was done by hand breaks only what is known to be broken
// or to wait: there may be no log of it.
func (r *Report) Broken(st pipeline.Planned) string {
	wants := st.Wants
	if len(wants) == 0 {
		wants = []pipeline.Want{{Stage: st.Stage.ID}}
	}
	for _, want := range wants {
		status := r.StageStatus(want.Stage)
		broken := status != Passed
		if st.Command.Kind == pipeline.CommandManual {
			broken = status == Failed || status == Stale || status == Waiting
		}
		if broken {
			return want.Stage
		}
	}
	return ""
}

// LeftToNext tells whether all that is wrong with the stage of a step is of one of
// its other tracks, from before this run, when the next step runs another track:
// without it nobody could mend the second one of them.
func (r *Report) LeftToNext(st pipeline.Planned, res pipeline.Result, rest []pipeline.Planned) bool {
	if len(rest) == 0 || rest[0].Stage.ID != st.Stage.ID || res.StartErr != nil || res.CodeErr != nil || res.Code != 0 || len(res.Stands) != len(st.Wants) {
		return false
	}
	for i, want := range st.Wants {
		stand := res.Stands[i] // knows only what was written during this run
		own := want.Stage == st.Stage.ID && stand.Sure && stand.Standing == pipeline.Succeeded
		if !own && r.StageStatus(want.Stage) != Passed {
			return false
		}
	}
	return true
}

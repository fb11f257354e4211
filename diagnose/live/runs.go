package live

import (
	"strings"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

// standStatus is a standing as the report has it.
func standStatus(s pipeline.Stand) diagnose.Status {
	switch s.Standing {
	case pipeline.Succeeded:
		return diagnose.Passed
	case pipeline.Broke:
		return diagnose.Failed
	case pipeline.Waits:
		return diagnose.Waiting
	}
	if s.Begun {
		return diagnose.Running
	}
	return diagnose.Unknown
}

// Runs are what a result says as evidence, one run for each stage that was
// wanted. What the program returned speaks of the first one only.
func Runs(st pipeline.Planned, a *pipeline.Action, res pipeline.Result) []diagnose.Run {
	var runs []diagnose.Run
	for i, want := range st.Wants {
		r := diagnose.Run{
			Stage: want.Stage, Track: want.Track, Command: st.Command.ID, Line: a.Line(),
			Began: res.Began.UTC(), Ended: res.Ended.UTC(), Log: diagnose.Unknown,
			Impatient: res.Impatient, Stopped: res.Stopped, Unwaited: res.Unwaited,
		}
		if i < len(res.Stands) {
			r.Log = standStatus(res.Stands[i])
		}
		if i > 0 {
			if runs[i-1].Log != diagnose.Passed || res.StartErr != nil {
				break // it never was its turn
			}
			runs = append(runs, r)
			continue
		}
		if a.Exec != nil {
			r.Program = a.Exec.Program
		}
		switch {
		case res.StartErr != nil:
			r.Refused = strings.TrimSpace(res.StartErr.Error())
		case res.HasCode:
			code := uint32(res.Code)
			r.ExitCode = &code
		case res.CodeErr != nil && !res.Impatient && !res.Stopped:
			r.Killed = res.CodeErr.Error()
		}
		runs = append(runs, r)
	}
	return runs
}

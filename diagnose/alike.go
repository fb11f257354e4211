package diagnose

import "fmt"

// alikes gathers findings that say the same of several files: a folder may hold
// hundreds that are damaged. Nothing is proved before all are there.
type alikes struct{ list []alike }

type alike struct {
	stage  *stageState
	status Status
	of     string // what they have in common beside rule, severity and title
	more   int
	Finding
}

// add takes a finding. One like it takes its proof.
func (a *alikes) add(s *stageState, status Status, of string, f Finding) {
	for i := range a.list {
		if o := &a.list[i]; o.stage == s && o.status == status && o.of == of && o.Rule == f.Rule && o.Severity == f.Severity && o.Title == f.Title {
			o.more++
			o.Evidence = append(o.Evidence, f.Evidence[:min(len(f.Evidence), maxEvidence-len(o.Evidence))]...)
			return
		}
	}
	a.list = append(a.list, alike{stage: s, status: status, of: of, Finding: f})
}

// prove proves each once. tell says of one how many more there are.
func (a *alikes) prove(tell func(f *Finding, more int)) {
	for i := range a.list {
		o := &a.list[i]
		if o.more > 0 {
			tell(&o.Finding, o.more)
		}
		o.stage.prove(o.status, o.Finding)
	}
}

func moreOf(n int, one, many string) string {
	if n == 1 {
		return "1 more " + one
	}
	return fmt.Sprintf("%d more %s", n, many)
}

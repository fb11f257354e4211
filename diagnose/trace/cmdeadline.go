package trace

import (
	"regexp"
	"strings"
	"time"

	"patchtrace/pipeline"
)

var cmScheduledForm = regexp.MustCompile(`SMSTrigger .*DEADLINE.* will fire at (.+?)(?: without randomization)?\.?$`)

// untried is a link that the deployment has not come to. Before its deadline nothing
// is late; after it, what the update has had since when it was missing counts.
func (k *cmChain) untried(s *Step, ready *time.Time, text, do string) {
	due := newest(k.deadlines)
	since := later(later(time.Time{}, k.step(StepScan).Since), ready)
	if due != nil {
		k.quote(s, due)
		since = later(since, ref(due.at))
		k.late(s, pipeline.Install, since, text+"; its deadline came "+k.at(due.at), do)
		return
	}
	k.late(s, pipeline.Install, since, text+", and no line tells that its deadline has come")
	if k.failing(pipeline.Install, since) == nil {
		s.State = Pending
		k.undated(s, do)
	}
}

// undated says what it means that no line tells of a deadline: without one the client
// waits for ever.
func (k *cmChain) undated(s *Step, do string) {
	if m := newest(k.scheduled); m != nil {
		k.quote(s, m)
		s.Text += "; it is set for " + m.detail
		s.do = []string{"wait for the deadline, or install it from Software Center before", do}
		return
	}
	s.Text += ": it is available without one, so that a user has to install it, or its deadline is still to come"
	s.do = []string{
		"see in the console when the deadline of the deployment is: the client waits until then, and without one for ever",
		"install it from Software Center, or give the deployment a deadline",
		do,
	}
	from, _ := k.covered("UpdatesDeployment.log")
	if len(k.targeted) == 0 || from.IsZero() || k.targeted[0].at.Sub(from) < 24*time.Hour {
		s.Text += ", or it came before these logs begin"
		if !from.IsZero() {
			s.Text += " (" + k.at(from) + ")"
		}
		s.do = append(s.do, "fetch the older parts of UpdatesDeployment.log, and Scheduler.log")
	}
}

// schedule takes a line of the scheduler about the deadline of a deployment.
func (k *cmChain) schedule(m cmMark, msg string) {
	if f := cmScheduledForm.FindStringSubmatch(msg); f != nil {
		m.detail = clip(f[1], 60)
		k.scheduled = append(k.scheduled, m)
	} else if strings.Contains(msg, "Sending message for schedule") {
		k.deadlines = append(k.deadlines, m)
	}
}

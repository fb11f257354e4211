package trace

import (
	"time"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

var installDo = []string{
	"see in execmgr.log (SMS 2.0 and Legacy Client: Smsapm32.log) whether the advertised program of the update package has run",
	"then read PatchInstall.log",
}

// install asks how its installation went.
func (k *smsChain) install() Step {
	s := newStep(StepInstall)
	if why := k.over(); why != "" {
		s.skip(why)
		return s
	}
	if n := len(k.tries); n > 0 {
		k.tried(&s)
		return s
	}
	auth := k.step(StepAuthorised)
	since := k.due()
	f := k.failing(pipeline.Install, since)
	switch {
	case k.installed():
		s.State, s.Text = Skipped, "installed; no log says by what"
		if at := k.inst.Applied(); !at.IsZero() {
			s.State, s.Text, s.Since = OK, "installed "+k.at(at), ref(at)
		}
		s.Evidence = append(s.Evidence, k.instance(k.inst, k.inst.Applied()))
	case k.inst == nil:
		s.waitFor("no scan has found it")
	case auth.State == Failed:
		s.waitFor("it is not authorised")
	case f != nil:
		s.broke(f, "the installation did not get to it")
	case k.waiting(pipeline.Install) != nil:
		w := k.waiting(pipeline.Install)
		s.broke(w, "the installation waits")
		s.State = Pending
	case auth.State == Unseen:
		s.Text = "no line of an installation names it"
		s.do = installDo
	case k.unseen(pipeline.Install) != nil:
		s.Text = "whether its installation was tried cannot be seen: no log of it is here"
		s.do = k.unseen(pipeline.Install).Do
	default:
		k.late(&s, pipeline.Install, since, "its installation was not tried yet", installDo...)
	}
	return s
}

// unseen is the finding that no log shows anything of a stage, nil if one does: that
// it did not run cannot be told then.
func (t *tracer) unseen(stage string) *diagnose.Finding {
	for i := range t.in.Report.Stages {
		if s := &t.in.Report.Stages[i]; s.ID == stage && s.Status == diagnose.Unknown && len(s.Findings) > 0 {
			return &s.Findings[0]
		}
	}
	return nil
}

// due is when the installation could have begun.
func (k *smsChain) due() time.Time {
	var at time.Time
	if k.inst != nil {
		at = k.inst.Detected()
	}
	if a := k.step(StepAuthorised).Since; a != nil && a.After(at) {
		at = *a
	}
	return at
}

// waiting is the finding by which a stage waits, nil if it does not.
func (t *tracer) waiting(stage string) *diagnose.Finding {
	for i := range t.in.Report.Stages {
		s := &t.in.Report.Stages[i]
		if s.ID == stage && s.Status == diagnose.Waiting && len(s.Findings) > 0 {
			return &s.Findings[0]
		}
	}
	return nil
}

// installedSince tells whether the patch was seen as installed after an attempt.
func (k *smsChain) installedSince(at time.Time) bool {
	return k.installed() && !stateTime(k.inst).Before(at)
}

// restartedSince tells whether the machine was started after an instant.
func (t *tracer) restartedSince(at time.Time) bool {
	return !at.IsZero() && t.ev.Booted.After(at)
}

// boot quotes when the machine was started.
func (t *tracer) boot() diagnose.Evidence {
	return t.fact(t.ev.BootedBy, t.ev.Booted, "LastBootUpTime "+t.at(t.ev.Booted))
}

// tried says how the last attempt ended.
func (k *smsChain) tried(s *Step) {
	a := k.tries[len(k.tries)-1]
	for _, t := range k.tries[max(0, len(k.tries)-4):] {
		s.Evidence = append(s.Evidence, k.line(t.line))
	}
	s.Since = ref(a.at)
	if a.code != "" {
		s.explain(a.code, a.line.Pos.Log, a.line.Message)
	}
	meaning := ""
	if s.Code != "" {
		meaning = ", exit code " + s.Code
		if a.result != attemptOK && s.CodeMeaning != "" {
			meaning += " (" + s.CodeMeaning + ")"
		}
	}
	switch a.result {
	case attemptOK:
		s.State, s.Text = OK, "installed "+k.at(a.at)+meaning
	case attemptRestart:
		s.State, s.Text = OK, "installed "+k.at(a.at)+meaning
		switch {
		case k.restartedSince(a.at):
			s.Text += ", and restarted " + k.at(k.ev.Booted)
			s.Since = ref(k.ev.Booted) // before, it was not complete
			s.Evidence = append(s.Evidence, k.boot())
		case !k.installed() || k.inst.Applied().IsZero() && firstAfter(k.scans, a.at) == nil:
			s.State, s.Text = Pending, "installed "+k.at(a.at)+meaning+": a restart is pending"
			s.do = []string{"restart the client, then scan and send the inventory again"}
		}
	case attemptPostponed:
		s.State, s.Text = Pending, "postponed "+k.at(a.at)+": its grace period or the user's choice goes on"
		s.do = []string{"wait for the end of the grace period (/g of PatchInstall.exe), or install it by hand"}
	case attemptRetry:
		s.Text = "could not be installed " + k.at(a.at) + meaning
		if k.installedSince(a.at) {
			s.State, s.Text = OK, s.Text+"; it was installed later all the same"
			return
		}
		s.State, s.Text = Pending, s.Text+", and is to be tried again"
		s.do = []string{"let the program of the update package run again once what was in its way has ended"}
		if k.now.Sub(a.at) > k.patience(pipeline.Install) {
			s.State = Failed
		}
	case attemptFailed:
		s.State, s.Text = Failed, "its installation failed "+k.at(a.at)+meaning
		s.do = []string{"run the patch by hand on the client with a log of its own, and read the log from the first error"}
		if k.installedSince(a.at) {
			s.State, s.Text = OK, s.Text+"; it was installed later all the same"
		}
	default:
		s.State, s.Text = Unseen, "its installation began "+k.at(a.at)+", how it ended is not logged"
		s.do = installDo
		if k.installed() {
			s.State = OK
		} else if k.now.Sub(a.at) < onTheWay {
			s.State = Pending
		}
	}
}

package trace

import (
	"strings"
	"time"

	"patchtrace/diagnose/errcode"
	"patchtrace/pipeline"
)

var cmScanDo = []string{
	"start the Software Updates Scan Cycle (Configuration Manager > Actions) and read WUAHandler.log",
	"then look at UpdatesStore.log",
}

// scanStep asks what the last scan found.
func (k *cmChain) scanStep() Step {
	s := newStep(StepScan)
	s.Absent = "no line of WUAHandler.log or UpdatesStore.log and no instance of CCM_UpdateStatus names it"
	kind, at, m := k.state()
	if kind == "" {
		k.notFound(&s)
		return s
	}
	s.Absent = ""
	k.quote(&s, m)
	if m == nil {
		s.Evidence = append(s.Evidence, k.instance(k.inst, at))
	}
	// Since when it is so: the oldest of the marks that say the same without a break.
	s.Since = ref(at)
	found := k.found()
	for i := len(found) - 1; i >= 0 && found[i].kind == kind; i-- {
		if f := &found[i]; f != m && !f.at.IsZero() && !f.at.After(at) {
			s.Since = ref(f.at)
		}
	}
	s.State = OK
	if m == nil && s.Since != nil && s.Since.Equal(at) {
		s.Since = nil // the store tells only what the last scan found
	}
	switch kind {
	case markMissing, markInstalled:
		s.Text = kind
		if s.Since == nil && !at.IsZero() {
			s.Text += " by the scan of " + k.at(at)
		}
	case "superseded":
		s.Text = "superseded by update " + m.detail
		k.c.Outcome, k.c.Summary, k.c.Do = Superseded, s.Text+", which is to be looked at instead", []string{"trace " + m.detail}
		s.State = Skipped
		return s
	case markNotNeeded:
		s.Text = "the scan found that this client does not need it"
		k.c.Outcome, k.c.Summary = NotApplicable, "not applicable here: "+s.Text
		s.State = Skipped
		return s
	default:
		s.State, s.Text = Unseen, "found in a state that is not known, \""+clip(kind, 60)+"\""
		return s
	}
	if s.Since != nil {
		s.Text += " since " + k.at(*s.Since)
	}
	if k.replaced != "" {
		s.Text += "; superseded by update " + k.replaced + ", and tried since all the same"
	}
	if run := last(k.marks(pipeline.Scan, "success")); run != nil {
		s.Text += "; last scan " + k.at(run.Time)
		s.By = "WUAHandler"
	}
	if kind == markMissing {
		k.finding(&s, pipeline.Scan, at, "the scans since then failed")
	}
	return s
}

// notFound is an update that no scan names.
func (k *cmChain) notFound(s *Step) {
	used := newest(k.targeted)
	if used == nil {
		used = newest(k.install)
	}
	switch {
	case used != nil:
		s.State, s.Text = OK, "a deployment works on it, so its detection has found it missing"
		if k.replaced != "" {
			s.Text = "superseded by update " + k.replaced + ", and a deployment has worked on it since all the same"
		}
		s.Absent = ""
		k.quote(s, used)
	case k.finding(s, pipeline.Scan, time.Time{}, "no scan has found it"):
	case k.ev.PatchesAsked && last(k.marks(pipeline.Scan, "success")) != nil:
		run := last(k.marks(pipeline.Scan, "success"))
		s.Evidence = append(s.Evidence, k.event(run))
		s.Text = "the client's list of updates does not have it: the software update point does not offer it, or it is not for this client"
		s.do = []string{"see in the console whether the update is there and synchronised (All Software Updates), and for which products"}
	default:
		s.Text = "no scan names it"
		s.do = append([]string{
			"give more logs, or the instances of CCM_UpdateStatus (root\\ccm\\SoftwareUpdates\\UpdatesStore)",
			"see in the console whether it is superseded or expired (All Software Updates): then the client looks for its replacement only, such as the cumulative update of a later month",
		}, cmScanDo...)
	}
}

// begin is the link before anything is known of it. It is over, because it is not
// needed, when another update replaces this one or the client has no use for it.
func (k *cmChain) begin(id string) (s Step, over bool) {
	s = newStep(id)
	switch k.c.Outcome {
	case Superseded:
		s.skip("another update replaces it")
	case NotApplicable:
		s.skip("this client does not need it")
	default:
		return s, false
	}
	return s, true
}

// stateStep asks whether the site was told.
func (k *cmChain) stateStep() Step {
	s, over := k.begin(StepState)
	if over {
		return s
	}
	kind, at, _ := k.state()
	m := newest(k.states)
	switch {
	case kind == "" && m == nil && k.step(StepScan).State != OK:
		s.waitFor("no scan has found it")
		return s
	case m == nil && !k.here("StateMessage.log"):
		k.stateUnseen(&s, "whether a state message told the site cannot be seen")
		return s
	case m == nil:
		s.Text = "no state message is logged: one is sent only when the state is new or has changed"
		s.Absent = "no line of StateMessage.log or UpdatesStore.log reports it"
		s.do = []string{"look at StateMessage.log of the time when the update was first found"}
		return s
	}
	k.quote(&s, m)
	said := since(k.forwarded, m.at)
	came := since(k.delivered, m.at)
	k.quote(&s, said, came)
	s.Since = ref(m.at)
	text := "state \"" + m.kind + "\" was recorded " + k.at(m.at)
	_, seen := k.covered("CcmMessaging.log")
	switch {
	case m.kind != kind && kind != "" && m.at.Before(at):
		first := at // of the scans that found it so
		if f := k.step(StepScan).Since; f != nil {
			first = *f
		}
		k.late(&s, pipeline.Inventory, first, "the state that was reported last is \""+m.kind+"\", the scan has found \""+kind+"\" since", "start the cycle Send Unsent State Message, and read StateMessage.log")
	case came != nil:
		s.State, s.Text = OK, text+" and delivered "+k.at(came.at)
	case said != nil && !seen:
		s.State, s.Text = OK, text+" and handed to the management point "+k.at(said.at)+"; whether it arrived CcmMessaging.log shows"
	case said != nil:
		k.late(&s, pipeline.Inventory, said.at, text+" and handed over "+k.at(said.at)+"; its delivery is not logged yet", "read CcmMessaging.log: mp_relayendpoint, Delivered successfully")
	case !k.here("StateMessage.log"):
		k.stateUnseen(&s, text+"; whether it was sent cannot be seen")
	default:
		k.late(&s, pipeline.Inventory, m.at, text+", and not sent yet: state messages go every 15 minutes", "read StateMessage.log and CcmMessaging.log")
	}
	return s
}

// stateUnseen is a state message that the log which would tell of it is missing for.
func (k *cmChain) stateUnseen(s *Step, text string) {
	s.State, s.Text = Unseen, text+": StateMessage.log is not here"
	if len(s.Evidence) == 0 {
		s.Absent = "StateMessage.log is not here"
	}
	s.do = []string{"fetch StateMessage.log and CcmMessaging.log"}
}

// deployedStep asks whether a deployment targets it.
func (k *cmChain) deployedStep() Step {
	s, over := k.begin(StepDeployed)
	if over {
		return s
	}
	kind, at, _ := k.state()
	if m := newest(k.targeted); m != nil {
		s.State, s.Text, s.Since = OK, "targeted by deployment {"+m.detail+"}", ref(k.targeted[0].at)
		if !m.at.IsZero() {
			s.Text += " since " + k.at(k.targeted[0].at)
		}
		k.quote(&s, m)
		return s
	}
	from, seen := k.covered("UpdatesDeployment.log")
	used := newest(k.install)
	if used == nil {
		used = newest(k.content)
	}
	switch {
	case used != nil:
		s.State, s.Text = OK, "it is worked on, so it is deployed"
		k.quote(&s, used)
	case kind == markInstalled:
		s.skip("it is installed already")
	case kind == "":
		s.waitFor("no scan has found it")
	case seen:
		k.late(&s, pipeline.Install, at, "no deployment targets it", "deploy the update to a collection that this client is in, and let the client get its policy", "then start the Software Updates Deployment Evaluation Cycle and read UpdatesDeployment.log")
		s.State = Failed
		s.Absent = "no line of UpdatesDeployment.log targets it since " + k.at(from)
	default:
		s.Text = "whether it is deployed cannot be seen: UpdatesDeployment.log is not here"
		s.do = []string{"fetch UpdatesDeployment.log"}
	}
	return s
}

func (k *cmChain) step(id string) *Step {
	for i := range k.c.Steps {
		if k.c.Steps[i].ID == id {
			return &k.c.Steps[i]
		}
	}
	return &Step{}
}

// later is the later of two instants.
func later(a time.Time, b *time.Time) time.Time {
	if b != nil && b.After(a) {
		return *b
	}
	return a
}

// installStep asks how its installation went.
func (k *cmChain) installStep() Step {
	s, over := k.begin(StepInstall)
	if over {
		return s
	}
	kind, _, _ := k.state()
	m := newest(k.install)
	content := k.step(StepContent)
	switch {
	case m == nil && kind == markInstalled:
		s.State, s.Text = Skipped, "installed; no log says by what"
		s.Absent = "no line of an installation names it"
	case m == nil && content.State != OK:
		s.waitFor("its content is not here")
	case m == nil && newest(k.window) != nil:
		w := newest(k.window)
		s.State, s.Text, s.Since = Pending, "waits for a service window", ref(w.at)
		s.do = []string{"see the maintenance windows of the client's collections, or install it from Software Center"}
		k.quote(&s, w)
	case m == nil:
		k.untried(&s, content.Since, "its installation was not tried yet", "start the Software Updates Deployment Evaluation Cycle and read UpdatesDeployment.log and WUAHandler.log")
	default:
		k.ended(&s, m)
	}
	return s
}

func (k *cmChain) ended(s *Step, m *cmMark) {
	// A result code stands in an other line than the state that follows from it.
	code := m.code
	for i := len(k.install) - 1; i >= 0 && code == ""; i-- {
		if k.install[i].kind == m.kind {
			code = k.install[i].code
			if code != "" {
				k.quote(s, &k.install[i])
			}
		}
	}
	k.quote(s, m)
	s.Since = ref(m.at)
	class := errcode.Failure
	if code != "" {
		class, _ = s.explain(code, m.line.Pos.Log, m.line.Message)
	}
	kind, at, _ := k.state()
	since := kind == markInstalled && !at.Before(m.at)
	if m.kind == markFailed && class == errcode.Waiting && !since && k.now.Sub(m.at) <= k.patience(pipeline.Install) {
		s.State, s.Text = Pending, "could not be installed "+k.at(m.at)+", result "+s.Code+" ("+s.CodeMeaning+"), and is to be tried again"
		s.do = []string{"look up what was in its way (patchtrace lookup " + s.Code + ") and wait for the client's retry, or start the Software Updates Deployment Evaluation Cycle"}
		return
	}
	switch m.kind {
	case markDone:
		s.State, s.Text = OK, "installed "+k.at(m.at)
	case markFailed:
		s.State, s.Text = Failed, "its installation failed "+k.at(m.at)
		if s.Code != "" {
			s.Text += ", result " + s.Code
			if s.CodeMeaning != "" {
				s.Text += " (" + s.CodeMeaning + ")"
			}
		}
		s.do = []string{"look the code up (patchtrace lookup " + s.Code + ")", "read WUAHandler.log, then Cbs.log of that time for updates of Windows itself"}
		if since {
			s.State, s.Text = OK, s.Text+"; it was installed later all the same"
		}
	case markWaits:
		s.State, s.Text = Pending, "waits: "+m.detail
		s.do = []string{"see the maintenance windows of the client's collections, or install it from Software Center"}
	default:
		k.late(s, pipeline.Install, m.at, "its installation began "+k.at(m.at)+", its end is not logged", "read WUAHandler.log from that time on")
	}
}

// restartStep asks whether a restart is still to come.
func (k *cmChain) restartStep() Step {
	s, over := k.begin(StepRestart)
	if over {
		return s
	}
	inst := k.step(StepInstall)
	switch {
	case inst.State == Skipped:
		s.skip("it is installed already")
		return s
	case inst.State != OK:
		s.waitFor("it is not installed")
		return s
	}
	var wants *cmMark
	for i := range k.restart {
		if k.restart[i].kind == markWaits {
			wants = &k.restart[i]
		}
	}
	if wants == nil {
		s.skip("the installation asked for no restart")
		return s
	}
	k.quote(&s, wants)
	var done *cmMark
	for i := range k.restart {
		if m := &k.restart[i]; m.kind == markDone && m.at.After(wants.at) {
			done = m // later ones are of other starts
			break
		}
	}
	kind, at, m := k.state()
	switch {
	case done != nil:
		s.State, s.Text, s.Since = OK, "restarted before "+k.at(done.at), ref(done.at)
		k.quote(&s, done)
	case kind == markInstalled && at.After(wants.at):
		s.State, s.Text, s.Since = OK, "restarted before "+k.at(at)+", when it was found installed", ref(at)
		k.quote(&s, m)
	case k.restartedSince(wants.at):
		s.State, s.Text, s.Since = OK, "restarted "+k.at(k.ev.Booted), ref(k.ev.Booted)
		s.Evidence = append(s.Evidence, k.boot())
	default:
		s.State, s.Text, s.Since = Pending, "a restart is pending since "+k.at(wants.at), ref(wants.at)
		s.do = []string{"restart the client; it detects its updates again by itself"}
	}
	return s
}

// rescanStep asks whether a later detection saw it as installed.
func (k *cmChain) rescanStep() Step {
	s, over := k.begin(StepRescan)
	if over {
		return s
	}
	kind, at, m := k.state()
	inst, restart := k.step(StepInstall), k.step(StepRestart)
	var done time.Time // and complete
	if inst.Since != nil {
		done = later(*inst.Since, restart.Since)
	}
	switch {
	case kind == markInstalled && (inst.Since == nil || !at.Before(*inst.Since)):
		s.State, s.Text, s.Since = OK, "found installed "+k.at(at), ref(at)
		k.quote(&s, m)
		if m == nil {
			s.Evidence = append(s.Evidence, k.instance(k.inst, at))
		}
	case inst.State != OK:
		s.waitFor("it is not installed")
	case restart.State == Pending:
		s.waitFor("a restart is pending")
	case kind == markMissing && inst.Since != nil && at.After(done):
		s.State, s.Text = Failed, "installed "+k.at(*inst.Since)+", but the scan still finds it missing "+k.at(at)
		s.do = []string{"restart the client, then scan again; if it stays so, read Cbs.log of the time of the installation"}
		k.quote(&s, m)
	default:
		k.late(&s, pipeline.Scan, done, "installed, but no scan has looked since", strings.TrimSpace(cmScanDo[0]))
	}
	return s
}

package trace

import (
	"strings"

	"patchtrace/pipeline"
)

// contentStep asks whether its files came.
func (k *cmChain) contentStep() Step {
	s, over := k.begin(StepContent)
	if over {
		return s
	}
	kind, _, _ := k.state()
	m, done := newest(k.content), newest(k.install)
	hint := ""
	if k.links.guessed {
		hint = " (content of another id; it is probably a part of this update)"
	}
	switch {
	case done != nil && (done.used() || done.kind == markFailed && m != nil && m.kind == markDone) && (m == nil || !m.at.After(done.at)):
		s.State, s.Text = OK, "its files are here, the installation used them"+hint
		k.quote(&s, m, done)
		if m != nil {
			s.Since = ref(m.at)
		}
	case m != nil:
		k.brought(&s, m, hint)
	case kind == markInstalled:
		s.skip("it is installed already")
	case k.step(StepDeployed).State != OK:
		s.waitFor("no deployment targets it")
	case done != nil:
		s.Text = "whether its files came is not logged"
		s.do = []string{"read CAS.log, ContentTransferManager.log and DataTransferService.log of the time before " + k.at(done.at)}
	default:
		k.untried(&s, k.step(StepDeployed).Since, "its download has not begun", "look at CAS.log after a Software Updates Deployment Evaluation Cycle")
	}
	return s
}

// used tells whether the mark of an installation shows that the files were there: it
// went on to the installer. Codes of 0x80246 are of the download.
func (m *cmMark) used() bool {
	switch m.kind {
	case markDone:
		return true
	case markBegan:
		return m.detail != "WaitInstall"
	case markFailed:
		return m.line != nil && cmFinishedForm.MatchString(m.line.Message) && !strings.HasPrefix(m.code, "0x80246")
	}
	return false
}

func (k *cmChain) brought(s *Step, m *cmMark, hint string) {
	// The newest mark of the transfer decides, but a late line of the transfer's
	// own log does not undo that the content was checked.
	for i := len(k.content) - 1; i >= 0; i-- {
		if c := &k.content[i]; c.kind == markDone || c.kind == markFailed {
			if c.kind == markDone || m.kind != markBegan || m.at.Equal(c.at) {
				m = c
			}
			break
		}
	}
	k.quote(s, m)
	s.Since = ref(m.at)
	switch m.kind {
	case markDone:
		s.State, s.Text = OK, "downloaded "+k.at(m.at)+hint
	case markFailed:
		s.State, s.Text = Failed, "its download failed "+k.at(m.at)+hint
		if m.code != "" {
			s.explain(m.code, m.line.Pos.Log, m.line.Message)
			s.Text += " with " + s.Code
		}
		s.do = []string{"check that the content is on a distribution point of the client's boundary group", "read CAS.log, ContentTransferManager.log and DataTransferService.log by the ids of the quoted lines"}
	default:
		k.late(s, pipeline.Install, m.at, "its download began "+k.at(m.at)+" and goes on"+hint, "read CAS.log, ContentTransferManager.log and DataTransferService.log by the ids of the quoted lines")
	}
}

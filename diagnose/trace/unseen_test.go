package trace

import (
	"strings"
	"testing"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
)

// Where no log shows anything of a stage, that it did not run cannot be told.
func TestWhatCouldNotBeSeenDidNotFailToRun(t *testing.T) {
	seen := func(stage string, status diagnose.Status) diagnose.StageReport {
		s := diagnose.StageReport{ID: stage, Status: status}
		if status == diagnose.Unknown {
			s.Findings = []diagnose.Finding{{Do: []string{"fetch the log of the " + stage}}}
		}
		return s
	}
	for status, want := range map[diagnose.Status]string{diagnose.Unknown: "install=unknown whether its installation was tried cannot be seen", diagnose.NotRun: "install=broken its installation was not tried yet, for"} {
		w := newWorld(t, "KB835732")
		w.in.Now = hour(2000)
		w.client(patchState("MS04-011", "835732", "Windows XP", "Applicable", 1))
		w.authorise(2, evidence.Authorized{Bulletin: "MS04-011", Number: "835732"})
		w.in.Report.Stages = append(w.in.Report.Stages, seen("install", status))
		s := Follow(w.in).Chains[0].Steps[4]
		if got := s.ID + "=" + string(s.State) + " " + s.Text; !strings.HasPrefix(got, want) || status == diagnose.Unknown && (len(s.do) != 1 || s.do[0] != "fetch the log of the install") {
			t.Errorf("%s: %q, %q; want %q", status, got, s.do, want)
		}
	}
	for status, want := range map[diagnose.Status]string{diagnose.Unknown: "unknown whether a scan has run since cannot be seen", diagnose.NotRun: "broken installed, but no scan has run since"} {
		w := newWorld(t, "KB835732")
		w.in.Now = hour(2000)
		w.in.Evidence.PatchesAsked = false
		w.log(t, "PatchInstall.log", 3.0, "MS04-011 (Q835732) was installed, exit code 0")
		w.in.Report.Stages = append(w.in.Report.Stages, seen("scan", status))
		c := Follow(w.in).Chains[0]
		s := c.Steps[5]
		if got := string(s.State) + " " + s.Text; c.Steps[4].State != OK || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, %+v; want %q", status, got, c.Steps[4], want)
		}
	}
}

// Results that lack a patch were written by a scan: it may not have known of it.
func TestResultsWithoutThePatchAreOfAScanThatRan(t *testing.T) {
	w := newWorld(t, "KB835732")
	w.copy(evidence.PackageSource, "2", 1, listed)
	w.client(patchState("MS04-012", "828741", "Windows XP", "Applicable", 1))
	c := Follow(w.in).Chains[0]
	if s := c.Steps[1]; s.State != Unseen || !strings.HasPrefix(s.Text, "what a scan has written does not list it") || !strings.Contains(c.Do[0], "ScanWrapper.log") {
		t.Errorf("%s: %q, %q", s.State, s.Text, c.Do)
	}
}

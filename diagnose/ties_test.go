package diagnose_test

import (
	"strings"
	"testing"

	"patchtrace/diagnose"
)

// The package that the sync was told here by its parameter is the scan tool's.
func TestAPackageGivenAsAParameterTellsOthersApart(t *testing.T) {
	for failed, want := range map[string]diagnose.Status{"EXA00010": diagnose.Failed, "EXA00077": diagnose.Passed} {
		e := scanned(t, "succeeded")
		observe(e, "SecuritySyncXml.log", "SyncXml started", "Sync completed successfully")
		observe(e, "Distmgr.log", "Failed to process package "+failed+" after 2 retries")
		e.AddRun(diagnose.Run{
			Stage: "sync", Track: "security", Command: "sync", Program: "SyncXML.exe", Line: `SyncXML.exe /s /site SITE01 /code EXA /package EXA00010`,
			Began: runTime, Ended: runTime, ExitCode: code(0), Log: diagnose.Passed,
		})
		s := e.Report().Stages[0]
		if s.Status != want {
			t.Errorf("%s was not distributed: the sync is %s, want %s", failed, s.Status, want)
		}
		f := finding(s, "sms2003.sync.distribution-failed")
		if f == nil || want == diagnose.Passed && (f.Severity != diagnose.SevWarning || !strings.Contains(f.Meaning, "EXA00010")) {
			t.Errorf("%s was not distributed: %+v", failed, f)
		}
	}
}

// A word that could be the id of a package ties nothing.
func TestAWordIsNoPackage(t *testing.T) {
	e := scanned(t, "succeeded")
	observe(e, "SecuritySyncXml.log", "SyncXml started, the package exceeded its last size", "Sync completed successfully")
	observe(e, "Distmgr.log", "Failed to process package EXA00077 after 2 retries")
	if s := e.Report().Stages[0]; s.Status != diagnose.Failed {
		t.Errorf("the sync is %s", s.Status)
	}
}

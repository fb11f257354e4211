package diagnose_test

import (
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
)

// What the machine says of its last start ends a wait for a restart, where no log does.
func TestTheMachinesLastStartEndsAWaitForARestart(t *testing.T) {
	const class = `root\cimv2:Win32_OperatingSystem`
	waited := runTime // by the lines of observe, whose clock is an hour behind UTC
	tests := []struct {
		name, line string
		booted     time.Time
		status     diagnose.Status
		rule       string
	}{
		{"not known", "PatchInstall ended, exit code 3010", time.Time{}, diagnose.Waiting, "sms2003.install.restart-due"},
		{"before the wait", "PatchInstall ended, exit code 3010", waited.Add(-time.Hour), diagnose.Waiting, "sms2003.install.restart-due"},
		{"since", "PatchInstall ended, exit code 3010", waited.Add(time.Minute), diagnose.Passed, "sms2003.install.restarted"},
		{"nothing was installed before it", "Pending file rename operations found, restart required", waited.Add(time.Minute), diagnose.Waiting, "sms2003.install.not-run-since-restart"},
	}
	for _, tt := range tests {
		set := evidence.Set{Booted: tt.booted, BootedBy: evidence.Origin{Name: class}}
		e := diagnose.New(book(t, "sms2003"), diagnose.Options{Clock: runTime.Add(time.Hour), Evidence: &set})
		observe(e, "PatchInstall.log", tt.line)
		s := e.Report().Stages[3]
		f := finding(s, tt.rule)
		if s.Status != tt.status || f == nil {
			t.Fatalf("%s: %s, %+v", tt.name, s.Status, s.Findings)
		}
		if tt.booted.After(waited) && (len(f.Evidence) != 2 || f.Evidence[1].Log != class || !f.Evidence[1].Beside) {
			t.Errorf("%s: its proof is %+v", tt.name, f.Evidence)
		}
	}
}

// A scan that found another installation at work did not wait for a restart, although one has
// ended what was in its way.
func TestWhatWasInTheWayBeforeARestartIsToldAsWhatItWas(t *testing.T) {
	for code, want := range map[string]string{"3010": "The client waited for a restart ", "1618": "The client could not go on "} {
		set := evidence.Set{Booted: runTime.Add(time.Minute)}
		e := diagnose.New(book(t, "sms2003"), diagnose.Options{Clock: runTime.Add(time.Hour), Evidence: &set})
		observe(e, "execmgr.log", "Execution is complete for program Security Update Scan Tool. The exit code is "+code+", the execution status is FailureRetry")
		if f := finding(e.Report().Stages[1], "sms2003.scan.not-run-since-restart"); f == nil || !strings.HasPrefix(f.Meaning, want) {
			t.Errorf("%s: %+v", code, f)
		}
	}
}

// Where no log of a scan is here, that none has followed on a restart is not known.
func TestAScanThatCannotBeSeenIsNotMissing(t *testing.T) {
	for want, seen := range map[string]bool{"no scan has followed": true, "whether a scan has followed cannot be seen": false} {
		set := evidence.Set{Booted: runTime.Add(time.Minute)}
		e := diagnose.New(book(t, "sms2003"), diagnose.Options{Clock: runTime.Add(time.Hour), Evidence: &set})
		if seen {
			observe(e, "ScanWrapper.log", "Software Updates Scan Tool Started", "Scan completed successfully")
		}
		observe(e, "PatchInstall.log", "PatchInstall ended, exit code 3010")
		if f := finding(e.Report().Stages[3], "sms2003.install.restarted"); f == nil || !strings.HasSuffix(f.Title, want) {
			t.Errorf("a scan is seen: %v, %+v", seen, f)
		}
	}
}

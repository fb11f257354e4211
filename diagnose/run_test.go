package diagnose_test

import (
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

var runTime = time.Date(2007, 6, 7, 9, 0, 0, 0, time.UTC)

// What a scan's log says, in one word.
var scanLogs = map[string][]string{
	"nothing":   nil,
	"started":   {"Software Updates Scan Tool Started"},
	"succeeded": {"Software Updates Scan Tool Started", "Scan completed"},
	"failed":    {"Software Updates Scan Tool Started", "Failed to put instance, error 0x80041003"},
}

// scanned is an engine that saw an old, passed inventory and the scan's log.
func scanned(t *testing.T, log string) *diagnose.Engine {
	t.Helper()
	e := diagnose.New(book(t, "sms2003"), diagnose.Options{Clock: runTime})
	observe(e, "InventoryAgent.log", "Inventory: Successfully sent report. Destination:mp:MP_HinvEndpoint, ID: {4E1B7C2A-90D3-4F58-A6C1-0B2D3E4F5A6B}, Timeout: 10080 minutes MsgMode: Signed, Not Encrypted")
	observe(e, "ScanWrapper.log", scanLogs[log]...)
	return e
}

func observe(e *diagnose.Engine, log string, messages ...string) {
	var text strings.Builder
	for i, m := range messages {
		text.WriteString(ccm(runTime.Add(-time.Hour+time.Duration(i)*time.Second), strings.TrimSuffix(log, ".log"), 1, "%s", m))
	}
	for _, r := range records(log, text.String()) {
		e.Observe(r)
	}
}

func code(c uint32) *uint32 { return &c }

func TestExitCodeAndLogMustAgreeBeforeAStagePasses(t *testing.T) {
	tests := []struct {
		name string
		log  string
		run  diagnose.Run
		// status, rule and verdict are those of the scan; said is in the summary.
		status  diagnose.Status
		rule    string
		verdict string
		said    string
	}{
		{name: "both say success", log: "succeeded", run: diagnose.Run{ExitCode: code(0), Log: diagnose.Passed}, status: diagnose.Passed, verdict: "passed"},
		{name: "both say failure", log: "failed", run: diagnose.Run{ExitCode: code(5), Log: diagnose.Failed}, status: diagnose.Failed, verdict: "failed"},
		{name: "the program fails and its log says success", log: "succeeded", run: diagnose.Run{ExitCode: code(5), Log: diagnose.Passed}, status: diagnose.Failed, rule: "sms2003.scan.exit-differs", verdict: "failed", said: "ScanWrapper.exe ended with 5, although its log says that it succeeded"},
		{name: "an HRESULT as exit code", log: "succeeded", run: diagnose.Run{ExitCode: code(0x80041003), Log: diagnose.Passed}, status: diagnose.Failed, rule: "sms2003.scan.exit-differs", verdict: "failed", said: "0x80041003"},
		{name: "the program succeeds and its log says failure", log: "failed", run: diagnose.Run{ExitCode: code(0), Log: diagnose.Failed}, status: diagnose.Failed, rule: "sms2003.scan.exit-differs", verdict: "failed", said: "ScanWrapper.exe itself ended with 0 all the same."},
		{name: "a restart is due and the log says success", log: "succeeded", run: diagnose.Run{ExitCode: code(3010), Log: diagnose.Passed}, status: diagnose.Waiting, rule: "sms2003.scan.exit-differs", verdict: "waiting"},
		{name: "the program fails and its log says nothing", log: "nothing", run: diagnose.Run{ExitCode: code(5), Log: diagnose.Unknown}, status: diagnose.Failed, rule: "sms2003.scan.exit-only", verdict: "failed", said: "its log does not say how"},
		{name: "the program fails after its log began", log: "started", run: diagnose.Run{ExitCode: code(5), Log: diagnose.Running}, status: diagnose.Failed, rule: "sms2003.scan.exit-only", verdict: "failed"},
		{name: "the program succeeds and its log, which is not there, says nothing", log: "nothing", run: diagnose.Run{ExitCode: code(0), Log: diagnose.Unknown, Impatient: true}, status: diagnose.Unknown, rule: "sms2003.scan.exit-only", verdict: "unknown", said: "its log does not say how"},
		{name: "an old success does not stand for the new run", log: "succeeded", run: diagnose.Run{ExitCode: code(0), Log: diagnose.Unknown, Impatient: true}, status: diagnose.Failed, rule: "sms2003.scan.exit-only", verdict: "failed"},
		{name: "it could not be started", log: "succeeded", run: diagnose.Run{Refused: "start ScanWrapper.exe: no such program"}, status: diagnose.Failed, rule: "sms2003.scan.not-started", verdict: "failed", said: "could not be started"},
		{name: "it was refused after it began, and its log says why", log: "failed", run: diagnose.Run{Refused: "refused", Log: diagnose.Failed}, status: diagnose.Failed, rule: "sms2003.scan.wmi-access-denied", verdict: "failed"},
		{name: "it hangs before its log begins", log: "nothing", run: diagnose.Run{Impatient: true, Log: diagnose.Unknown}, status: diagnose.Failed, rule: "sms2003.scan.no-outcome", verdict: "failed", said: "began and never ended"},
		{name: "it hangs after its log began", log: "started", run: diagnose.Run{Impatient: true, Log: diagnose.Running}, status: diagnose.Failed, rule: "sms2003.scan.no-outcome", verdict: "failed", said: "began and never ended"},
		{name: "it hangs after its log says success", log: "succeeded", run: diagnose.Run{Impatient: true, Log: diagnose.Passed}, status: diagnose.Failed, rule: "sms2003.scan.exit-differs", verdict: "failed", said: "did not end in time"},
		{name: "it is killed", log: "nothing", run: diagnose.Run{Killed: "signal: killed", Log: diagnose.Unknown}, status: diagnose.Failed, rule: "sms2003.scan.exit-only", verdict: "failed", said: "signal: killed"},
		{name: "the user stopped it", log: "succeeded", run: diagnose.Run{Stopped: true, Log: diagnose.Unknown}, status: diagnose.Unknown, rule: "sms2003.scan.interrupted", verdict: "unknown", said: "was interrupted"},
		{name: "the user did not wait, and nothing was seen", log: "succeeded", run: diagnose.Run{Unwaited: true, ExitCode: code(0), Log: diagnose.Unknown}, status: diagnose.Unknown, rule: "sms2003.scan.interrupted", verdict: "unknown"},
		{name: "the user did not wait for what goes on", log: "started", run: diagnose.Run{Unwaited: true, ExitCode: code(0), Log: diagnose.Running}, status: diagnose.Running, verdict: "waiting"},
		{name: "a step by hand", log: "succeeded", run: diagnose.Run{Manual: "Run the Sync program", Log: diagnose.Unknown}, status: diagnose.Waiting, rule: "sms2003.scan.by-hand", verdict: "waiting", said: "waits for you"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := scanned(t, tt.log)
			tt.run.Stage, tt.run.Command, tt.run.Program, tt.run.Line = "scan", "scan", "ScanWrapper.exe", "ScanWrapper.exe /s /cache"
			tt.run.Began, tt.run.Ended = runTime.Add(-time.Minute), runTime
			e.AddRun(tt.run)
			r := e.Report()
			scan := r.Stages[1]
			if scan.Status != tt.status || r.Verdict.Status != tt.verdict {
				t.Errorf("scan is %s, verdict %s at %s: %s", scan.Status, r.Verdict.Status, r.Verdict.Stage, r.Verdict.Summary)
			}
			if !strings.Contains(r.Verdict.Summary, tt.said) {
				t.Errorf("summary: %s", r.Verdict.Summary)
			}
			if f := finding(scan, tt.rule); tt.rule != "" && (f == nil || len(f.Evidence) == 0 || len(f.Do) == 0 || f.Title == "" || f.Meaning == "" || f.Source == "") {
				t.Errorf("no good finding %s among %+v", tt.rule, scan.Findings)
			}
			if tt.status == diagnose.Failed && scan.Findings[0].Symptom {
				t.Errorf("the first finding is a consequence: %+v", scan.Findings[0])
			}
			if len(r.Runs) != 1 {
				t.Errorf("%d runs in the report", len(r.Runs))
			}
		})
	}
}

func TestWhatTheLogsSayOfALongSilenceStaysTheAnswer(t *testing.T) {
	e := diagnose.New(book(t, "sms2003"), diagnose.Options{Clock: runTime})
	observe(e, "ScanWrapper.log", scanLogs["succeeded"]...)
	var later strings.Builder
	later.WriteString(ccm(runTime.Add(10*24*time.Hour), "SecuritySyncXml", 1, "Synchronization completed"))
	for _, r := range records("SecuritySyncXml.log", later.String()) {
		e.Observe(r)
	}
	e.AddRun(diagnose.Run{Stage: "scan", Program: "ScanWrapper.exe", Refused: "start ScanWrapper.exe: no such program", Log: diagnose.Unknown, Ended: runTime})
	r := e.Report()
	scan := r.Stages[1]
	if scan.Status != diagnose.Stale || scan.Findings[0].Rule != "sms2003.scan.stale" || finding(scan, "sms2003.scan.not-started") == nil || !strings.Contains(r.Verdict.Summary, "no such program") {
		t.Errorf("scan is %s, %s: %+v", scan.Status, r.Verdict.Summary, scan.Findings)
	}
}

func finding(s diagnose.StageReport, rule string) *diagnose.Finding {
	for i := range s.Findings {
		if s.Findings[i].Rule == rule {
			return &s.Findings[i]
		}
	}
	return nil
}

func TestAFailureIsProvedByItsLogAndByItsProgram(t *testing.T) {
	e := scanned(t, "failed")
	e.AddRun(diagnose.Run{Stage: "scan", Program: "ScanWrapper.exe", Line: "ScanWrapper.exe /s /cache", ExitCode: code(5), Log: diagnose.Failed, Ended: runTime})
	proof := e.Report().Stages[1].Findings[0].Evidence
	if len(proof) != 2 || proof[0].Log != "ScanWrapper.log" || proof[1].Log != diagnose.ProcessLog || !strings.Contains(proof[1].Text, "ended with 5") || proof[1].Time == nil {
		t.Errorf("got %+v", proof)
	}
}

func TestTheNewestRunOfATrackCounts(t *testing.T) {
	e := scanned(t, "succeeded")
	bad := diagnose.Run{Stage: "scan", Track: "security", Program: "ScanWrapper.exe", ExitCode: code(5), Log: diagnose.Passed, Ended: runTime}
	good := bad
	good.ExitCode = code(0)
	e.AddRun(bad)
	e.AddRun(good)
	if s := e.Report().Stages[1].Status; s != diagnose.Passed {
		t.Errorf("scan is %s after it was run again", s)
	}
	good.Track = "office"
	bad.Track = "security"
	e = scanned(t, "succeeded")
	e.AddRun(bad)
	e.AddRun(good)
	if s := e.Report().Stages[1].Status; s != diagnose.Failed {
		t.Errorf("scan is %s although another track was run", s)
	}
}

func TestRunsAreOnTheTimeline(t *testing.T) {
	e := scanned(t, "succeeded")
	e.AddRun(diagnose.Run{Stage: "scan", Program: "ScanWrapper.exe", ExitCode: code(0), Log: diagnose.Passed, Ended: runTime.Add(time.Hour)})
	line := e.Report().Timeline
	if last := line[len(line)-1]; last.Log != diagnose.ProcessLog || last.Kind != pipeline.Success || last.Text != "ScanWrapper.exe ended with 0" {
		t.Errorf("got %+v", last)
	}
}

func TestAnEngineThatAddedARunCanReportWithoutOthersSeeingIt(t *testing.T) {
	opt := diagnose.Options{Clock: runTime, Runs: make([]diagnose.Run, 0, 8)}
	a, b := diagnose.New(book(t, "sms2003"), opt), diagnose.New(book(t, "sms2003"), opt)
	a.AddRun(diagnose.Run{Stage: "scan", Command: "a"})
	b.AddRun(diagnose.Run{Stage: "scan", Command: "b"})
	if got := a.Report().Runs[0].Command; got != "a" {
		t.Errorf("got %s", got)
	}
}

func TestStandOfARun(t *testing.T) {
	tests := []struct {
		name         string
		log          string
		lines        []string
		stage, track string
		want         pipeline.Stand
	}{
		{name: "nothing", log: "ScanWrapper.log", stage: "scan", want: pipeline.Stand{Standing: pipeline.Open}},
		{name: "begun", log: "ScanWrapper.log", lines: scanLogs["started"], stage: "scan", want: pipeline.Stand{Standing: pipeline.Open, Begun: true}},
		{name: "succeeded", log: "ScanWrapper.log", lines: scanLogs["succeeded"], stage: "scan", want: pipeline.Stand{Standing: pipeline.Succeeded, Sure: true, Begun: true}},
		{name: "the stage's own lane speaks for a track", log: "ScanWrapper.log", lines: scanLogs["failed"], stage: "scan", track: "security", want: pipeline.Stand{Standing: pipeline.Broke, Sure: true, Begun: true}},
		{name: "its track", log: "SecuritySyncXml.log", lines: []string{"Synchronization completed"}, stage: "sync", track: "security", want: pipeline.Stand{Standing: pipeline.Succeeded, Sure: true, Begun: true}},
		{name: "another track", log: "OfficeSyncXml.log", lines: []string{"Synchronization completed"}, stage: "sync", track: "security", want: pipeline.Stand{Standing: pipeline.Succeeded, Begun: true}},
		{name: "running again", log: "ScanWrapper.log", lines: []string{"Scan completed", "Software Updates Scan Tool Started"}, stage: "scan", want: pipeline.Stand{Standing: pipeline.Open, Begun: true}},
		{name: "waiting", log: "PatchInstall.log", lines: []string{"PatchInstall.exe started", "PatchInstall ended, exit code 3010"}, stage: "install", want: pipeline.Stand{Standing: pipeline.Waits, Sure: true, Begun: true}},
		{name: "no such stage", log: "ScanWrapper.log", stage: "audit", want: pipeline.Stand{Standing: pipeline.Open}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := diagnose.New(book(t, "sms2003"), diagnose.Options{Clock: runTime})
			observe(e, tt.log, tt.lines...)
			if got := e.Stand(tt.stage, tt.track); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestEveryMarkIsToldOnceAndInOrder(t *testing.T) {
	e := diagnose.New(book(t, "sms2003"), diagnose.Options{Clock: runTime})
	var c diagnose.Cursor
	var got []string
	for _, line := range []string{"Software Updates Scan Tool Started", "a line that means nothing", "Failed to put instance, error 0x80041003"} {
		observe(e, "ScanWrapper.log", line)
		for _, m := range e.Marks(&c) {
			got = append(got, m.Kind+" "+m.Log+" "+m.Severity)
			if m.Title == "" || m.Time.IsZero() || m.Stage != "scan" {
				t.Errorf("a mark lacks something: %+v", m)
			}
		}
	}
	if want := "start ScanWrapper.log |failure ScanWrapper.log error"; strings.Join(got, "|") != want {
		t.Errorf("told %q", got)
	}
	if again := e.Marks(&c); len(again) > 0 {
		t.Errorf("told again: %v", again)
	}
}

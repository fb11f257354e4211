package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

func TestRunAllRunsTheStagesInOrderAndScansAgainAfterTheInstall(t *testing.T) {
	b := newRunBench(t)
	if code := b.run("all", "--yes"); code != exitPassed {
		t.Errorf("exit code %d\n%s%s", code, b.out, b.err)
	}
	want := []string{
		`SyncXML.exe /site SMS01 /code XYZ /target \\SYNC01\SMSTools\Tools\SecurityPatch\PkgSource /package XYZ00012`,
		"ScanWrapper.exe /s /cache",
		"SMS_Client.TriggerSchedule {00000000-0000-0000-0000-000000000001}",
		"patchinstall.exe /g:0 /m:PatchAuthorize.xml",
		"ScanWrapper.exe /s /cache",
		"SMS_Client.TriggerSchedule {00000000-0000-0000-0000-000000000001}",
	}
	if got := b.place.ran(); !slices.Equal(got, want) {
		t.Errorf("ran\n%s", strings.Join(got, "\n"))
	}
	b.requireOut(t, "(1 of 6)", "started", "SyncXML.exe at work", "sync: passed", "(2 of 6)", "scan: passed", "inventory: passed", "installation: passed", "again", "(6 of 6)", "PASSED", "WKS-0417", "a practice target")
	for _, want := range []string{"SecuritySyncXml.log:2  Sync completed", "returned 0"} {
		if !strings.Contains(b.out.String(), want) {
			t.Errorf("no %q in\n%s", want, b.out)
		}
	}
	if b.err.Len() > 0 {
		t.Errorf("stderr %q", b.err)
	}
}

func TestRunAllWithKickDoesNotRunTheInventoryApart(t *testing.T) {
	b := newRunBench(t)
	if code := b.run("all", "--yes", "--kick"); code != exitPassed {
		t.Errorf("exit code %d\n%s%s", code, b.out, b.err)
	}
	var programs []string
	for _, line := range b.place.ran() {
		programs = append(programs, strings.Fields(line)[0])
	}
	if want := []string{"SyncXML.exe", "ScanWrapper.exe", "patchinstall.exe", "ScanWrapper.exe"}; !slices.Equal(programs, want) {
		t.Errorf("ran %q", b.place.ran())
	}
	if !strings.HasSuffix(b.place.ran()[1], "/kick") {
		t.Errorf("ran %q", b.place.ran())
	}
	b.requireOut(t, "waits for the hardware inventory", "InventoryAgent.log", "PASSED")
}

func TestTheOfficeTrack(t *testing.T) {
	b := newRunBench(t)
	if code := b.run("all", "--yes", "--track", "office"); code != exitPassed {
		t.Errorf("exit code %d\n%s%s", code, b.out, b.err)
	}
	if got := b.place.ran()[0]; got != `SyncXML.exe /site SMS01 /code XYZ /target \\SYNC01\SMSTools\Tools\OfficePatch\PkgSource /package XYZ00013` {
		t.Errorf("ran %s", got)
	}
}

func TestEachTrackInItsTurn(t *testing.T) {
	want := []string{"SecurityPatch", "OfficePatch", "/cache", "/cache", "SMS_Client", "/m:PatchAuthorize.xml", "/cache", "/cache", "SMS_Client"}
	for _, args := range [][]string{{"all", "--yes", "--track", "all"}, {"all", "--yes"}} {
		b := newRunBench(t)
		b.target.track = pipeline.AllTracks
		if code := b.run(args...); code != exitPassed {
			t.Errorf("exit code %d\n%s%s", code, b.out, b.err)
		}
		ran := b.place.ran()
		if len(ran) != len(want) {
			t.Fatalf("ran %q", ran)
		}
		for i, w := range want {
			if !strings.Contains(ran[i], w) {
				t.Errorf("%d: ran %s", i, ran[i])
			}
		}
	}
	b := newRunBench(t)
	if b.run("sync", "--yes", "--track", "all"); len(b.place.ran()) != 2 {
		t.Errorf("ran %q", b.place.ran())
	}
}

func TestRunAllStopsAtTheFirstBrokenStageAndExplainsIt(t *testing.T) {
	b := newRunBench(t)
	b.place.exec = func(p *practice, e pipeline.Exec, out io.Writer) int {
		if e.Program != "ScanWrapper.exe" {
			return wellExec(p, e, out)
		}
		p.log("ScanWrapper.log", "Software Updates Scan Tool Started")
		p.log("ScanWrapper.log", "Failed to put instance, error 0x80041003")
		return 5
	}
	if code := b.run("all", "--yes"); code != exitBroken {
		t.Errorf("exit code %d", code)
	}
	if n := len(b.place.ran()); n != 2 {
		t.Errorf("ran %q", b.place.ran())
	}
	b.requireOut(t, "scan: failed", "FAILED at scan", "0x80041003", "ScanWrapper.log:2", "process", "ended with 5")
}

func TestAnExitCodeThatDiffersIsTheVerdict(t *testing.T) {
	b := newRunBench(t)
	b.place.exec = func(p *practice, e pipeline.Exec, out io.Writer) int { wellExec(p, e, out); return 7 }
	if code := b.run("scan", "--yes"); code != exitBroken {
		t.Errorf("exit code %d", code)
	}
	b.requireOut(t, "scan: failed", "FAILED at scan", "ScanWrapper.exe ended with 7, although its log says that it succeeded")
}

func TestAnOldSuccessIsNotTakenForTheNewOne(t *testing.T) {
	b := newRunBench(t)
	b.place.log("ScanWrapper.log", "Scan completed")
	b.place.exec = func(*practice, pipeline.Exec, io.Writer) int { return 0 }
	if code := b.run("scan", "--yes", "--patience", "300ms"); code != exitBroken {
		t.Errorf("exit code %d\n%s", code, b.out)
	}
	b.requireOut(t, "patience ran out", "FAILED at scan", "its log does not say how")
}

func TestAProgramThatHangsIsStoppedWhenPatienceRunsOut(t *testing.T) {
	b := newRunBench(t)
	b.place.hang = true
	b.place.exec = func(p *practice, _ pipeline.Exec, _ io.Writer) int {
		p.log("ScanWrapper.log", "Software Updates Scan Tool Started")
		return 0
	}
	if code := b.run("scan", "--yes", "--patience", "300ms"); code != exitBroken {
		t.Errorf("exit code %d\n%s", code, b.out)
	}
	b.requireOut(t, "patience ran out", "stopping the program", "FAILED at scan", "began and never ended")
}

func TestAProgramThatCannotStart(t *testing.T) {
	b := newRunBench(t)
	b.place.exec = nil
	if code := b.run("scan", "--yes"); code != exitBroken {
		t.Errorf("exit code %d\n%s", code, b.out)
	}
	b.requireOut(t, "no such program", "FAILED at scan", "could not be started")
}

func TestAMethodThatIsRefused(t *testing.T) {
	b := newRunBench(t)
	b.place.call = nil
	if code := b.run("inventory", "--yes", "--format", "json"); code != exitBroken {
		t.Errorf("exit code %d\n%s", code, b.out)
	}
	r := b.report(t)
	f := r.Stages[2].Findings[0]
	if f.Rule != "sms2003.inventory.not-started" || f.Code != "0x80041003" || f.CodeName == "" {
		t.Errorf("got %+v", f)
	}
}

func (b *runBench) report(t *testing.T) *diagnose.Report {
	t.Helper()
	r := new(diagnose.Report)
	if err := json.Unmarshal(b.out.Bytes(), r); err != nil {
		t.Fatalf("%v in\n%s", err, b.out)
	}
	return r
}

func TestJSONIsTheReportAlone(t *testing.T) {
	b := newRunBench(t)
	if code := b.run("scan", "--yes", "--format", "json"); code != exitUnknown {
		t.Errorf("exit code %d", code)
	}
	r := b.report(t)
	if len(r.Runs) != 1 || r.Runs[0].ExitCode == nil || *r.Runs[0].ExitCode != 0 || r.Runs[0].Line != "ScanWrapper.exe /s /cache" || r.Runs[0].Log != diagnose.Passed || r.Stages[1].Status != diagnose.Passed {
		t.Errorf("got %+v", r.Runs)
	}
	if b.err.Len() > 0 {
		t.Errorf("stderr %q", b.err)
	}
}

func TestAStepByHandWithNobodyThereWaits(t *testing.T) {
	for _, args := range [][]string{{"sync", "--yes"}, {"all", "--yes"}, {"sync"}} {
		b := newRunBench(t)
		b.target.product, b.target.params = "sms2003-itmu", exampleParams(t, "sms2003-itmu")
		if code := b.run(args...); code != exitWaiting {
			t.Errorf("%q: exit code %d\n%s%s", args, code, b.out, b.err)
		}
		b.requireOut(t, "Do       On the sync host", "WAITING at sync", "Catalogue sync waits for you", "Advertised Programs, choose it")
	}
}

func TestAStepByHandThatIsDone(t *testing.T) {
	b := newRunBench(t)
	b.target.product, b.target.params = "sms2003-itmu", exampleParams(t, "sms2003-itmu")
	b.in.WriteString("\n")
	b.run("sync")
	b.requireOut(t, "Press Enter when it is done")
	if strings.Contains(b.out.String(), "waits for you") {
		t.Errorf("it still waits:\n%s", b.out)
	}
}

func TestAnswersOfManualStepsAreInTheReport(t *testing.T) {
	b := newRunBench(t)
	b.place.sent()
	b.run("scan", "--yes", "--set", "patch_instances=12", "--set", "last_hw_scan=2001-01-01T02:00", "--format", "json")
	r := b.report(t)
	if !slices.Contains(r.Notes, "Seen by hand: Number of instances: 12") || r.LastHardwareScan.Time == nil || r.LastHardwareScan.Time.Year() != 2001 {
		t.Errorf("got %q, %+v", r.Notes, r.LastHardwareScan)
	}
}

func TestALastHardwareScanFromBeforeTheInventoryIsNotHeldAgainstIt(t *testing.T) {
	b := newRunBench(t)
	b.place.log("ScanWrapper.log", "Scan completed")
	if code := b.run("inventory", "--yes", "--last-hw-scan", "2001-01-01T02:00Z"); code != exitPassed {
		t.Errorf("exit code %d\n%s", code, b.out)
	}
}

func TestTheSiteIsAskedAfterAnInventory(t *testing.T) {
	b := newRunBench(t)
	b.place.log("ScanWrapper.log", "Scan completed")
	asked, old := 0, time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	b.target.facts = func() (runFacts, error) {
		if asked++; asked < 6 {
			return runFacts{now: time.Now(), lastScan: old}, nil
		}
		return runFacts{now: time.Now(), lastScan: time.Now()}, nil
	}
	if code := b.run("inventory", "--yes"); code != exitPassed {
		t.Errorf("exit code %d\n%s", code, b.out)
	}
	b.requireOut(t, "PASSED", "by wmi")
	if strings.Contains(b.out.String(), "2001-01-01") {
		t.Errorf("judged by the time from before:\n%s", b.out)
	}
}

func TestTheEngineerIsAskedForTheLastHardwareScanAfterAnInventory(t *testing.T) {
	b := newRunBench(t)
	b.deps.streams.InTerminal, b.deps.streams.OutTerminal = true, true
	b.place.log("ScanWrapper.log", "Scan completed")
	b.in.WriteString("y\nnonsense\n2001-01-01T02:00Z\n")
	if code := b.run("inventory"); code != exitBroken {
		t.Errorf("exit code %d\n%s%s", code, b.out, b.err)
	}
	b.requireOut(t, "Last Hardware Scan that the site shows now", "FAILED at inventory", "left the client but did not reach the site's database")
}

func TestInterrupts(t *testing.T) {
	begun := func(p *practice) { p.log("ScanWrapper.log", "Software Updates Scan Tool Started") }
	tests := []struct {
		name    string
		signals []os.Signal
		code    int
		said    string
		report  bool
	}{
		{"two stop the program", []os.Signal{os.Interrupt, os.Interrupt}, exitUnknown, "was interrupted", true},
		{"SIGTERM ends it all", []os.Signal{syscall.SIGTERM}, exitUnknown, "run scan: ended by a signal; what it had started was stopped", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newRunBench(t)
			b.place.hang = true
			b.place.exec = func(p *practice, _ pipeline.Exec, _ io.Writer) int {
				begun(p)
				for _, s := range tt.signals {
					b.signals <- s
				}
				return 0
			}
			if code := b.run("scan", "--yes"); code != tt.code {
				t.Errorf("exit code %d\n%s%s", code, b.out, b.err)
			}
			if text := b.out.String() + b.err.String(); !strings.Contains(text, tt.said) {
				t.Errorf("no %q in\n%s", tt.said, text)
			}
			if got := strings.Contains(b.out.String(), "target  WKS-0417"); got != tt.report {
				t.Errorf("report %t\n%s", got, b.out)
			}
		})
	}
}

func TestTheFirstInterruptEndsTheWaitingForALog(t *testing.T) {
	b := newRunBench(t)
	b.place.call = func(p *practice, _ pipeline.Call) error {
		p.log("InventoryAgent.log", "Inventory: Opening store for action {00000000-0000-0000-0000-000000000001} ...")
		b.signals <- os.Interrupt
		return nil
	}
	if code := b.run("inventory", "--yes"); code != exitWaiting {
		t.Errorf("exit code %d\n%s", code, b.out)
	}
	b.requireOut(t, "WAITING at inventory")
}

func TestACopiedFolderCannotBeRunOn(t *testing.T) {
	b := newRunBench(t)
	for _, stage := range []string{"scan", "all"} {
		if code := b.session.run("run", stage, b.place.dir); code != exitUsage || b.err.String() != "patchtrace: run "+stage+" on "+b.place.dir+": this is a place of copied logs: run needs a client or a lab; name a lab, or run it on the client itself\n" {
			t.Errorf("exit code %d, stderr %q", code, b.err)
		}
	}
	if code := b.session.run("run", "scan", "--dry-run", "--product", "sms2003", b.place.dir); code != exitPassed {
		t.Errorf("a dry run: exit code %d, %s", code, b.err)
	}
}

func TestLogsThatCannotBeFollowed(t *testing.T) {
	b := newRunBench(t)
	env := realRunEnv(b.deps)
	env.target = func(string) (*runTarget, error) { return b.target, nil }
	env.kept = func() (client.Params, error) { return b.kept, nil }
	env.follow = func(context.Context, logparse.Source, logparse.FollowOptions, func(logparse.Event)) error {
		return errors.New("no folder")
	}
	cmd := runCmd(b.deps, env, runRun)
	cmd.SetArgs([]string{"scan", "--yes"})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	if err := cmd.Execute(); err == nil || !strings.Contains(err.Error(), "follow logs of WKS-0417: no folder") || len(b.place.ran()) > 0 {
		t.Errorf("got %v", err)
	}
}

func TestHostileOutputAndLogLinesAreShownNotObeyed(t *testing.T) {
	b := newRunBench(t)
	b.place.exec = func(p *practice, e pipeline.Exec, out io.Writer) int {
		fmt.Fprintf(out, "%s\nbytes \xff\x1b]52;c;AAAA\a\n", hostile)
		p.log("ScanWrapper.log", "Software Updates Scan Tool Started %s", hostile)
		p.log("ScanWrapper.log", "Failed to put instance, error 0x80041003 %s", hostile)
		return 5
	}
	b.run("scan", "--yes")
	if i := strings.IndexFunc(b.out.String(), func(r rune) bool { return r != '\n' && hidden(r) }); i >= 0 {
		t.Errorf("stdout holds %q", b.out.String()[max(0, i-20):min(b.out.Len(), i+20)])
	}
	b.requireOut(t, "<FF>")
}

func TestManyLinesOfOutputAndLogsAreAllTold(t *testing.T) {
	b := newRunBench(t)
	const n = 2000
	b.place.exec = func(p *practice, e pipeline.Exec, out io.Writer) int {
		for i := range n {
			fmt.Fprintf(out, "line %d of many\n", i)
		}
		return wellExec(p, e, out)
	}
	b.run("scan", "--yes")
	if got := strings.Count(b.out.String(), "of many\n"); got != n {
		t.Errorf("%d lines of %d", got, n)
	}
}

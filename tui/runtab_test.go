package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

var sizes = [][2]int{{120, 36}, {80, 24}, {40, 12}}

func TestARunShowsOutputAndMarksAndEndsWithItsVerdict(t *testing.T) {
	for _, size := range sizes {
		f := newFakeSite(t, size[0], size[1])
		f.press("1", "r")
		f.show("before")
		f.press("r")
		f.show("asked")
		f.sees("SyncXML.exe /site SMS01 /code XYZ")
		f.press("enter")
		f.lead(func(l *ledRun) { l.tell(pipeline.RunEvent{Kind: pipeline.RunStarted}) })
		f.prints("Connecting to the server", "Downloading the catalogue")
		f.marks(pipeline.Mark{Stage: "sync", Kind: pipeline.Success, Title: "Catalogue was replaced", Log: "SecuritySyncXml.log", Line: 12, Text: "the line"})
		f.now = f.now.Add(83 * time.Second)
		f.send(tickMsg{})
		f.show("during")
		f.sees("Downloading the catalogue", "✓  SecuritySyncXml.log:12", "replaced", "1:23 running", "Esc stop waiting")
		f.end("sync", diagnose.Passed)
		f.show("after")
		f.sees("exit code 0", "its log says that it", "✓  Sync: passed")
		f.seesNot("1:23 running")
	}
}

func TestTheStepperShowsAStageThatIsBeingRunAsRunning(t *testing.T) {
	for _, size := range sizes {
		f := newFakeSite(t, size[0], size[1])
		f.press("4", "r", "r", "enter", "enter")
		want := f.m.look.running + " 4 Install"
		f.sees(want)
		f.end("install", diagnose.Passed)
		f.seesNot(want)
		f.sees(f.m.look.passed + " 4 Install")
	}
}

func TestARunThatBreaksEndsAtItsFindingWithTheProofSelected(t *testing.T) {
	f := newFakeSite(t, 80, 24)
	f.press("2", "r", "r", "enter")
	f.end("scan", diagnose.Failed)
	f.show("broke")
	f.sees("FAILED at scan", "scan broke for a reason", "▸  Proof   WUAHandler.log:6", "⏎ open proof")
	if f.m.s.tab != tabFindings {
		t.Errorf("the tab is %s", f.m.s.tab)
	}
	f.press("[")
	f.sees("✗  Scan: failed. scan broke for a reason")
}

func TestEscStopsTheWaitingAndASecondEscTheProgram(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("2", "r", "r", "enter")
	f.sees("Esc stop waiting")
	f.press("esc")
	f.sees("Esc stop the program", "not waiting; Esc again stops the program")
	f.lead(func(l *ledRun) {
		<-l.interrupt
		l.res.Unwaited = true
		l.tell(pipeline.RunEvent{Kind: pipeline.RunUnwaited})
	})
	f.press("esc")
	f.sees("stopping the program")
	f.press("esc") // no third one is sent, nor does it block
	f.finish(func(l *ledRun) {
		<-l.interrupt
		l.res.Stopped, l.res.HasCode = true, false
		l.tell(pipeline.RunEvent{Kind: pipeline.RunStopping})
		select {
		case <-l.interrupt:
			t.Error("a third interrupt was sent")
		default:
		}
	})
	f.show("stopped")
	f.sees("is not waited for any more", "stopping the program and all that it", "You stopped it")
	if f.m.s.tab != tabRun || f.m.s.running() >= 0 {
		t.Errorf("tab %s, running %d", f.m.s.tab, f.m.s.running())
	}
}

func TestEscElsewhereDoesNotStopARun(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("2", "r", "r", "enter", "]", "esc", "3", "esc", "2")
	f.lead(func(l *ledRun) {
		select {
		case <-l.interrupt:
			t.Error("the run was interrupted from where it is not in view")
		default:
		}
	})
	f.end("scan", diagnose.Passed)
}

func TestAParameterThatCannotBeIsRefusedWithTheReason(t *testing.T) {
	f := newFakeSite(t, 80, 24, "site")
	f.press("1", "r")
	f.seek("p.site")
	f.sees("▸  Site server", "not set: you are asked", "⏎ change")
	f.press("enter")
	f.write(`\\SMS01`)
	f.press("enter")
	f.show("refused")
	f.sees("this cannot be the site server", "without backslashes", "Such as SMS01")
	f.press("ctrl+u")
	f.write("SMS77")
	f.press("enter")
	f.sees("SMS77")
	if f.c.kept["site"] != "SMS77" || len(f.c.kept) != 1 {
		t.Errorf("kept: %v", f.c.kept)
	}
	f.press("g")
	f.sees("/site SMS77")
	f.press("q")
	if got := f.desk.states["../testdata/example"].Params; len(got) != 1 || got["site"] != "SMS77" {
		t.Errorf("the state keeps %v; only what was typed is to be kept", got)
	}
}

func TestMissingParametersAreAskedForOneAfterAnotherAndThenTheRunIsConfirmed(t *testing.T) {
	f := newFakeSite(t, 80, 24, "site", "code")
	f.press("1", "r", "r")
	f.sees("┌ Site server")
	f.write("SMS01")
	f.press("enter")
	f.sees("┌ Site code")
	f.press("esc")
	if f.m.top() != nil || len(f.commands()) > 0 {
		t.Fatalf("Esc did not leave it: %v", f.commands())
	}
	f.press("r")
	f.sees("┌ Site code") // what was typed before is known
	f.write("XYZ")
	f.press("enter")
	f.sees("┌ Run sync", "/site SMS01 /code XYZ")
	f.press("enter")
	f.end("sync", diagnose.Passed)
	if got := f.c.ran[0].params["code"]; got != "XYZ" {
		t.Errorf("run with code %q", got)
	}
}

func TestKeysInFlightDoNotConfirmARun(t *testing.T) {
	f := newFakeSite(t, 80, 24)
	f.press("2", "r", "r")
	f.send(press("enter")) // at once
	if f.m.top() == nil || len(f.commands()) > 0 {
		t.Fatal("a key that was in flight confirmed the run")
	}
	f.press("enter")
	f.end("scan", diagnose.Passed)
}

func TestAnInstallIsConfirmedTwiceInOtherWords(t *testing.T) {
	f := newFakeSite(t, 80, 24)
	f.press("4", "r", "r")
	f.sees("┌ Run install", "patchinstall.exe", "Installs every authorised update")
	f.press("enter")
	f.show("second")
	f.sees("┌ Install updates", "install now")
	f.send(press("enter"))
	if len(f.commands()) > 0 {
		t.Fatal("a key that was in flight confirmed the install")
	}
	f.press("esc")
	if f.m.top() != nil || f.m.s.run != nil {
		t.Fatal("Esc did not leave the second question")
	}
	f.press("r", "enter", "enter")
	f.end("install", diagnose.Passed)
	if got := f.commands(); !slices.Equal(got, []string{"install"}) {
		t.Errorf("run: %v", got)
	}
	if v, ok := f.c.ran[0].params["switches"]; !ok || v != "" {
		t.Errorf("switches, which may be empty, are %q, %v", v, ok)
	}
}

func TestRunAllStopsAtTheStageThatBreaksWithItsProofSelected(t *testing.T) {
	for _, size := range sizes {
		f := newFakeSite(t, size[0], size[1])
		f.press("a")
		f.show("asked")
		f.sees("Run all stages")
		f.press("enter")
		if f.m.s.stage != 0 || f.m.s.tab != tabRun || f.m.s.running() != 0 {
			t.Errorf("stage %d, tab %s, running %d", f.m.s.stage, f.m.s.tab, f.m.s.running())
		}
		f.end("sync", diagnose.Passed)
		if f.m.s.stage != 1 || f.m.s.running() != 1 {
			t.Errorf("after the sync: stage %d, running %d", f.m.s.stage, f.m.s.running())
		}
		f.end("scan", diagnose.Failed)
		f.show("broke")
		if f.m.s.stage != 1 || f.m.s.tab != tabFindings || f.m.s.running() >= 0 {
			t.Errorf("after the scan: stage %d, tab %s, running %d", f.m.s.stage, f.m.s.tab, f.m.s.running())
		}
		if r := f.m.stages.list(f.m.stages.w).chosen(); r == nil || r.id != "f0.p0" {
			t.Errorf("chosen: %+v", r)
		}
		if got := f.commands(); len(got) != 2 {
			t.Errorf("run: %v", got)
		}
	}
}

func TestRunAllStopsAtAStageThatIsStaleOrWaitsOrCannotBeSeen(t *testing.T) {
	for _, status := range []diagnose.Status{diagnose.Stale, diagnose.Waiting, diagnose.Unknown} {
		f := newFakeSite(t, 120, 36)
		f.press("a", "enter")
		f.end("sync", status)
		if len(f.commands()) != 1 || f.m.s.tab != tabFindings || f.m.s.stage != 0 {
			t.Errorf("%s: %v, stage %d, tab %s", status, f.commands(), f.m.s.stage, f.m.s.tab)
		}
	}
}

func TestRunAllAsksAgainBeforeTheInstallAndEndsWithScanAndInventory(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("a")
	f.sees("1 Sync, security: SyncXML.exe", "4 Install: patchinstall.exe", "Then once more", "scan, inventory")
	f.press("enter")
	for _, id := range []string{"sync", "scan", "inventory"} {
		f.end(id, diagnose.Passed)
	}
	f.sees("┌ Install updates")
	if n := len(f.commands()); n != 3 {
		t.Fatalf("%d commands were run before the question", n)
	}
	f.press("enter")
	for _, id := range []string{"install", "scan", "inventory"} {
		f.end(id, diagnose.Passed)
	}
	f.show("all passed")
	f.sees("all passed")
	if n := len(f.commands()); n != 6 || f.m.s.stage != 2 || f.m.s.tab != tabFindings {
		t.Errorf("%d commands, stage %d, tab %s", n, f.m.s.stage, f.m.s.tab)
	}
}

func TestRunAllEndsWhereTheInstallIsNotConfirmed(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("a", "enter")
	for _, id := range []string{"sync", "scan", "inventory"} {
		f.end(id, diagnose.Passed)
	}
	f.press("esc")
	f.sees("Nothing was installed")
	if len(f.commands()) != 3 || f.m.s.running() >= 0 {
		t.Errorf("run: %v, running %d", f.commands(), f.m.s.running())
	}
	f.press("r") // and another run can begin
	f.press("r")
	f.sees("┌ Run")
}

func TestAJudgementThatBeganBeforeTheRunEndedIsNotItsVerdict(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("2", "r", "r", "enter")
	f.m.judging = true // one is under way
	f.m.s.judgeBegan++
	f.stands("scan", diagnose.Failed)
	f.finish(func(*ledRun) {})
	f.send(judgedMsg{cas: f.c, report: f.m.s.report, book: f.m.s.book, n: f.m.s.judgeBegan})
	if f.m.s.tab != tabFindings || f.m.s.stage != 1 {
		t.Errorf("stage %d, tab %s: the run was judged by what was read before it", f.m.s.stage, f.m.s.tab)
	}
	f.sees("scan broke for a reason")
}

func TestOnlyOneRunGoesOnAtATime(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("2", "r", "r", "enter", "3", "r")
	f.press("r")
	f.sees("one runs at a time")
	f.press("a")
	f.sees("scan is being run")
	f.seesNot("Run it")
	f.press("2")
	f.end("scan", diagnose.Passed)
	if n := len(f.commands()); n != 1 {
		t.Errorf("%d runs", n)
	}
}

func TestEnterOnAMarkOpensItsLine(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("2", "r", "r", "enter")
	f.marks(pipeline.Mark{Stage: "scan", Kind: pipeline.Failure, Title: "WMI refused", Log: "ScanWrapper.log", Line: 3, Text: "0x80041003"})
	f.sees("▸ 0:01.0 ✗  ScanWrapper.log:3  WMI refused", "⏎ open the line")
	f.press("enter")
	if !f.m.onLog {
		t.Error("the log has not got the focus")
	}
	f.end("scan", diagnose.Passed)
}

func TestOutputCannotBreakTheScreen(t *testing.T) {
	for _, size := range sizes {
		f := newFakeSite(t, size[0], size[1])
		f.press("2", "r", "r", "enter")
		f.prints("\x1b[2J\x1b]0;owned\x07red\x1b[31m", "a\tb\rc\u009b31m\x9b", strings.Repeat("漢字🙂e\u0301", 2000), "\u202eevil", "")
		f.marks(pipeline.Mark{Kind: pipeline.Wait, Title: "\x1b[2Jtitle", Log: "\x1b]0;x\x07.log", Text: "x"})
		f.fits()
		for _, bad := range []string{"\x1b[2J", "\x1b]0", "\x07", "\u202e", "\u009b", "\r", "\t"} {
			if strings.Contains(f.m.View().Content, bad) {
				t.Errorf("%q reached the screen", bad)
			}
		}
		f.press("up", "up", "up", "up")
		f.fits()
		f.finish(func(l *ledRun) { l.err = errors.New("run scan: \x1b[2Jfailed") })
		f.fits()
		if strings.Contains(f.m.View().Content, "\x1b[2J") {
			t.Error("an error is obeyed by the terminal")
		}
	}
}

func TestThousandsOfLinesAreBoundedAndTheEndStaysInSight(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("2", "r", "r", "enter")
	const lines = 30000
	f.lead(func(l *ledRun) {
		for i := range lines {
			l.tell(pipeline.RunEvent{Kind: pipeline.RunOutput, Text: fmt.Sprintf("line %d", i)})
		}
	})
	log := f.m.s.run.logs[1]
	if len(log.entries) != runKeep {
		t.Errorf("%d lines are kept", len(log.entries))
	}
	if got := log.dropped + runKeep; got != lines+2 { // and the two of its head
		t.Errorf("%d lines are accounted for, of %d", got, lines+2)
	}
	f.sees(fmt.Sprintf("line %d", lines-1))
	f.press("up", "pgup")
	f.seesNot(fmt.Sprintf("line %d ", lines-1))
	f.prints("one more")
	f.seesNot("one more") // scrolling pauses it
	f.press("g")
	f.sees("earlier lines were dropped")
	f.press("G")
	f.prints("and another")
	f.sees("one more", "and another")
	f.end("scan", diagnose.Passed)
}

func TestQuittingWhileAStageRunsAsksAndThenStopsIt(t *testing.T) {
	f := newFakeSite(t, 80, 24)
	f.press("2", "r", "r", "enter", "q")
	f.sees("Scan is still running")
	f.press("esc")
	if f.quit || f.m.s.running() != 1 {
		t.Fatal("Esc did not leave it running")
	}
	f.press("q", "enter")
	if !f.quit {
		t.Error("it did not quit")
	}
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if !f.c.closed {
		t.Error("the case was not closed")
	}
}

func TestWhereNothingCanBeRunItSaysWhyAndWhatToDoInstead(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{})
	d.press("2", "r")
	d.sees("Cannot be run here", "place of copied logs", "open a lab with o")
	d.press("r")
	d.sees("run a stage of WKS-0417: this is a place of copied logs", "press o to open one")
	d.press("a")
	d.sees("run a stage of WKS-0417: this is a place of copied logs", "press o to open one")
	for range 60 {
		d.seesNot("Run it")
		d.press("down")
	}
	if d.m.top() != nil {
		t.Error("it asks to run")
	}
}

func TestTheCommandThatIsChosenIsTheOneThatRuns(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("1", "r", "down", "down")
	f.press("enter")
	f.sees("OfficePatch")
	f.press("r", "enter")
	f.end("sync", diagnose.Passed)
	if got := f.commands(); !slices.Equal(got, []string{"sync-office"}) {
		t.Errorf("run: %v", got)
	}
}

func TestACommandThatIsDoneByHandIsAskedForAndThenJudged(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("1", "r", "down", "down", "down", "down", "enter")
	f.stands("sync", diagnose.Passed)
	f.press("r")
	f.sees("┌ Replace the catalogue without SyncXML", "it is done")
	f.press("enter")
	f.sees("done by hand", "✓  Sync: passed")
	f.press("r", "esc")
	f.sees("Not done")
	if got := f.commands(); len(got) > 0 {
		t.Errorf("run: %v", got)
	}
}

func TestAProgramThatCannotBeStartedSaysSo(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("2", "r", "r", "enter")
	f.stands("scan", diagnose.Failed)
	f.finish(func(l *ledRun) { l.res.StartErr = errors.New("no such program") })
	f.press("[")
	f.sees("could not be started: no such program")
}

func TestGuideRunAndDataKeepToASCIIAndToTheirFrame(t *testing.T) {
	for _, size := range append(sizes, [2]int{200, 60}) {
		d := drive(t, newFakeDesk(t), &Place{Kind: Lab}, size[0], size[1], Options{ASCII: true})
		for _, stage := range []string{"1", "2", "3", "4"} {
			d.press(stage)
			for _, tab := range []tabID{tabGuide, tabRun, tabData} {
				d.m.s.tab = tab
				d.press("G", "g", "pgdown")
				d.fits()
				for _, r := range d.frame() {
					if r > 126 {
						t.Fatalf("%q is on the screen\n%s", r, d.frame())
					}
				}
			}
		}
	}
}

func TestOpeningAnotherWhileAStageRunsAsksAndThenStopsIt(t *testing.T) {
	f := newFakeSite(t, 80, 24)
	f.press("2", "r", "r", "enter", "o")
	f.sees("Scan is still running", "leave and stop it")
	f.press("esc")
	if f.m.s == nil || f.m.s.running() != 1 {
		t.Fatal("Esc did not leave it running")
	}
	f.press("o", "enter")
	f.sees("Open a target")
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if f.m.s != nil || !f.c.closed {
		t.Error("the case was not closed")
	}
}

func TestWhoLeavesIsAskedNothingMoreAboutTheTarget(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("a", "enter")
	for _, id := range []string{"sync", "scan"} {
		f.end(id, diagnose.Passed)
	}
	f.take(press("o"))
	f.take(press("o")) // before the first has been answered
	f.idle()
	if n := len(f.m.dialogs); n != 1 {
		t.Errorf("asked %d times", n)
	}
	f.end("inventory", diagnose.Passed) // the question before the install waits below
	f.press("enter")
	f.sees("Open a target")
	if d := f.m.top(); d != nil {
		t.Errorf("still asked: %s\n%s", d.title(), f.frame())
	}
}

// Who answers another question does not answer the one before the install.
func TestTheQuestionBeforeTheInstallWaitsForOpenDialogs(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	f.press("a", "enter")
	for _, id := range []string{"sync", "scan"} {
		f.end(id, diagnose.Passed)
	}
	f.press("q")
	f.sees("quit and stop it")
	f.end("inventory", diagnose.Passed)
	f.sees("quit and stop it")
	f.seesNot("┌ Install updates")
	f.press("esc")
	f.sees("┌ Install updates")
	f.send(press("enter")) // typed before it could be read
	if n := len(f.commands()); n != 3 || f.m.top() == nil {
		t.Fatalf("%d commands were run before the question was answered", n)
	}
	f.press("enter")
	if n := len(f.commands()); n != 4 {
		t.Errorf("%d commands", n)
	}
}

// Who leaves and quits before what was left has been closed waits for that: its program
// is stopped, its state kept and a lab removed.
func TestTheEndWaitsForATargetThatWasLeft(t *testing.T) {
	f := newFakeSite(t, 80, 24)
	f.press("2", "r", "r", "enter", "o")
	f.now = f.now.Add(deaf)
	_, _ = f.m.Update(press("enter")) // what it comes to is never begun
	if err := f.m.close(); err != nil {
		t.Fatal(err)
	}
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if !f.c.closed {
		t.Error("the case was not closed")
	}
}

package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// seek presses Down until the chosen row has that id.
func (d *driver) seek(id string) {
	d.t.Helper()
	d.press("g")
	for range 400 {
		if r := d.m.stages.list(d.m.stages.w).chosen(); r != nil && r.id == id {
			return
		}
		d.press("down")
	}
	d.t.Fatalf("no row %s can be reached\n%s", id, d.frame())
}

// reads fails unless the tab in view has all texts, in sight or not.
func (d *driver) reads(texts ...string) {
	d.t.Helper()
	var b strings.Builder
	for _, r := range d.m.stages.list(d.m.stages.w).rows {
		b.WriteString(plainText(r.text) + "\n")
	}
	for _, text := range texts {
		if !strings.Contains(b.String(), text) {
			d.t.Errorf("the tab lacks %q\n%s", text, b.String())
		}
	}
}

// answer types an answer at a step of the stage in view.
func (d *driver) answer(step, text string) {
	d.t.Helper()
	d.seek("s." + step)
	d.press("enter")
	d.press("ctrl+u")
	d.write(text)
	d.press("enter")
}

func TestTheLastHardwareScanIsTypedInAndJudgedAtOnce(t *testing.T) {
	for _, size := range sizes {
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{})
		d.press("3", "[", "[")
		if d.m.s.status(2) != diagnose.Passed {
			t.Fatalf("inventory is %s before anything is known of the site", d.m.s.status(2))
		}
		step := lastScanID(t, d)
		d.answer(step, "2026-02-05T06:40")
		t.Log("\n" + d.frame())
		d.fits()
		d.sees("2026-02-05T06:40", "[✓]")
		if got := d.m.s.status(2); got == diagnose.Passed {
			t.Error("the site is a week older than the report, and the stage still passes")
		}
		d.answer(step, "2026-02-12T06:40:24-05:00")
		if got := d.m.s.status(2); got != diagnose.Passed {
			t.Errorf("the site agrees, and the stage is %s", got)
		}
		d.answer(step, "")
		d.sees("[ ]")
		if _, ok := d.m.s.state.Answers[lastScanField]; ok {
			t.Error("an empty answer does not take it back")
		}
	}
}

// lastScanID is the id of the step that asks for Last Hardware Scan.
func lastScanID(t *testing.T, d *driver) string {
	t.Helper()
	_, step := d.m.s.lastScanStep()
	if step == nil {
		t.Fatal("the product has no step that asks for it")
	}
	return step.ID
}

func TestATimeThatIsNoneIsRefusedWithTheReason(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{})
	d.press("3", "[", "[")
	d.answer(lastScanID(t, d), "yesterday-ish")
	d.sees("not a time such as 2007-06-05T02:00")
	d.press("esc")
	if len(d.m.s.state.Answers) > 0 {
		t.Errorf("taken: %v", d.m.s.state.Answers)
	}
}

func TestStepsAreTickedAndAnsweredAndComeBack(t *testing.T) {
	f := newFakeSite(t, 80, 24)
	f.press("1", "[", "[")
	f.sees("0 of 13 done")
	f.seek("s.small-parts")
	f.sees("⏎ tick")
	f.press("enter", "g")
	f.sees("1 of 13 done", "[✓] Go through the four stages")
	f.seek("s.small-parts")
	f.press("enter", "g")
	f.sees("0 of 13 done")
	f.answer("synchost", "maybe")
	f.sees("not a yes or a no")
	f.press("esc")
	f.answer("synchost", "Y")
	f.sees("Somebody logs on daily: yes")
	f.answer("cab-date", "2007-06-05")
	f.press("4")
	f.answer("applicable-somewhere", "many")
	f.sees("not a number")
	f.press("esc")
	f.answer("applicable-somewhere", "12")
	f.answer("kb-switches", "") // nothing to note, but it was done
	f.press("q")
	st := f.desk.states["../testdata/example"]
	if len(st.Answers) != 3 || st.Answers["synchost_daily_logon"] != "yes" || st.Answers["applicable_clients"] != "12" {
		t.Errorf("answers: %v", st.Answers)
	}
	if len(st.Ticked) != 4 || !st.Ticked["install/kb-switches"] || !st.Ticked["sync/synchost"] {
		t.Errorf("ticked: %v", st.Ticked)
	}
}

func TestTheGuideHasTheExactLinesOfTheArticleWithWhatIsKnown(t *testing.T) {
	f := newFakeSite(t, 200, 60, "code", "package")
	f.press("1", "[", "[")
	f.seek("l.sync-security-silent")
	f.sees(`SyncXML.exe /s /site SMS01 /code <code> /target`, "on the sync host, with a user logged on")
	f.press("enter")
	if !strings.Contains(f.copied, `SyncXML.exe /s /site SMS01 /code <code> /target \\SYNC01\SMSTools\Tools\SecurityPatch\PkgSource /package <package>`) {
		t.Errorf("copied: %s", f.copied)
	}
	f.reads("What no log shows", "Sync never starts on the sync host", "One machine of the site is the sync host.")
	f.press("4")
	f.seek("l.install")
	f.sees(`patchinstall.exe /m:"PatchAuthorize.xml"`)
}

func TestTheDataOfTheScanIsAskedForWhenItIsFirstSeen(t *testing.T) {
	f := newFakeSite(t, 80, 24)
	status := func(s string) Patch { return Patch{Props: []Prop{{"ID", "x"}, {"Status", s}}} }
	f.c.patches = []Patch{status("Installed"), status("Applicable"), status("Installed")}
	f.press("1", "]")
	f.press("2")
	f.show("scan data")
	f.sees("2  Installed", "1  Applicable", "3  together", "p shows the table")

	f.c.patches = []Patch{}
	f.press("r", "r", "enter")
	f.end("scan", diagnose.Passed) // a run may have changed it
	f.press("]", "]")
	f.sees("It holds nothing")
}

func TestTheDataTabSaysWhatWouldBeThereAndHowToGetIt(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	d.press("]")
	for stage, want := range map[string][]string{
		"1": {"The dates of the catalogue would be here", "Guide"},
		"2": {"connect WBEMTEST"},
		"3": {"not known", "Resource Explorer"},
		"4": {"PatchAuthorize.xml", "No installation ended here yet"},
	} {
		d.press(stage)
		t.Log("\n" + d.frame())
		d.sees(want...)
		d.fits()
	}
}

func TestFactsOfTheTargetStandInTheDataOfTheirStage(t *testing.T) {
	old := fakeNow.Add(-9 * 24 * time.Hour)
	f := newFakeSite(t, 120, 36)
	f.c.facts = []Fact{
		{Stage: "sync", Label: "Catalogue cab", Value: "mssecure.cab", Time: &old, Note: "dated by the download", Bad: true},
		{Stage: "install", Label: "Authorised", Value: "3 of \x1b[2J4 applicable"},
	}
	f.press("R", "1", "]")
	f.sees("Catalogue cab", "! Catalogue cab", "mssecure.cab", "9 d ago", "dated by the download")
	f.press("4")
	f.sees("Authorised", "4 applicable")
	if strings.Contains(f.m.View().Content, "\x1b[2J") {
		t.Error("a fact is obeyed by the terminal")
	}
}

// Two copies that agree are told once, with both paths; a date that the report does not
// believe is not shown as one.
func TestCopiesThatAgreeStandTogetherInTheDataTab(t *testing.T) {
	old := fakeNow.Add(-9 * 24 * time.Hour)
	f := newFakeSite(t, 120, 36)
	point := Fact{Stage: "sync", Label: "security catalogue, distribution point", Value: "DataVersion 1.2", Did: "downloaded", Time: &old, Event: true}
	one, two, copied := point, point, point
	one.File, two.File, copied.File = "SMSPKGC$/EXA00012/"+strings.Repeat("deep/", 30)+"mssecure.cab", "SMSPKGD$/EXA00012/mssecure.cab", "vpcache/mssecure.cab"
	copied.Label = "security catalogue, client's cache"
	f.c.facts = []Fact{one, two, copied}
	more := f.c.report
	f.c.report = func(r *diagnose.Report) {
		more(r)
		r.Catalogues = []diagnose.Catalogue{{File: one.File, Downloaded: &old}, {File: two.File, Downloaded: &old}, {File: copied.File, Note: "its date is that of its copying"}}
	}
	f.press("R", "1", "]")
	text := f.frame()
	if strings.Count(text, "catalogue, distribution point") != 1 || strings.Count(text, "downloaded") != 1 || strings.Count(text, "mssecure.cab") != 3 {
		t.Error(text)
	}
	f.sees("9 d ago", "SMSPKGC$", "its date is that of its copying")
}

func TestTheDataOfTheInventoryComparesWhatWasSentWithWhatTheSiteHolds(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	d.press("3", "]")
	d.seek("lastscan")
	d.press("enter")
	d.write("2026-02-05T06:40")
	d.press("enter")
	t.Log("\n" + d.frame())
	d.sees("2026-02-05 06:40:00", "as typed in", "! 7 d, the site is older")
	d.seek("lastscan")
	d.press("enter")
	d.press("ctrl+u")
	d.write("2026-02-12T11:41Z")
	d.press("enter")
	d.sees("✓ 35 s, the site has the report")
}

func TestTheExitCodesOfInstallationsStandInItsData(t *testing.T) {
	f := newFakeSite(t, 120, 36)
	code, more := uint32(1603), f.c.report
	f.c.report = func(r *diagnose.Report) {
		more(r)
		r.Runs = []diagnose.Run{{Stage: pipeline.Install, ExitCode: &code, Ended: fakeNow}, {Stage: pipeline.Scan, ExitCode: new(uint32), Ended: fakeNow}}
	}
	f.press("R", "4", "]")
	f.sees("Run     exit code 1603")
	f.c.report = func(r *diagnose.Report) {
		more(r)
		r.Timeline = append(r.Timeline,
			diagnose.Event{Time: fakeNow, Stage: "install", Kind: "failure", Text: "MS07-901 broke", Log: "PatchInstall.log", Line: 7},
			diagnose.Event{Time: fakeNow, Stage: "scan", Kind: "failure", Text: "a scan broke", Log: "ScanWrapper.log", Line: 8})
	}
	f.press("R")
	f.sees("✗ MS07-901 broke", "PatchInstall.log:7")
	f.seesNot("a scan broke", "1603")
	f.press("r", "r", "enter", "enter")
	f.end("install", diagnose.Passed)
	f.press("]", "]")
	f.sees("Run     exit code 0")
}

func TestPatchesThatCannotBeHadSayWhyAndWhatToDo(t *testing.T) {
	desk := newFakeDesk(t)
	desk.prepare = func(c *fakeCase) { c.about.CannotRun = errors.New("no") }
	d := drive(t, desk, &example, 40, 12, Options{})
	d.press("2", "]")
	d.sees("read Win32_PatchState of")
	d.fits()
}

func TestAStageThatWasNeverSeenCanBeRunWhereItCanBeRun(t *testing.T) {
	unseen := func(c *fakeCase) {
		c.report = func(r *diagnose.Report) {
			r.Stages[0].Status = diagnose.Unknown
			r.Stages[0].Findings = []diagnose.Finding{{Title: "Sync could not be seen", Severity: diagnose.SevInfo, Do: []string{"Fetch X.log"}}}
		}
	}
	for place, can := range map[*Place]bool{&labPlace: true, &example: false} {
		d := drive(t, deskOf(t, unseen), place, 120, 36, Options{})
		d.press("1")
		d.sees("1 Fetch X.log")
		if got := strings.Contains(d.frame(), "2 Or run it here: r"); got != can {
			t.Errorf("said to be run here: %v, can be: %v\n%s", got, can, d.frame())
		}
	}
}

func TestAFolderWithoutLogsSaysSo(t *testing.T) {
	none := func(c *fakeCase) {
		c.report = func(r *diagnose.Report) {
			for i := range r.Coverage {
				r.Coverage[i].State = diagnose.LogMissing
			}
		}
	}
	for _, size := range sizes {
		d := drive(t, deskOf(t, none), &example, size[0], size[1], Options{})
		d.sees("No log was found here")
		d.fits()
	}
	drive(t, newFakeDesk(t), &example, 120, 36, Options{}).seesNot("No log was found here")
}

func TestCopiedLogsShowTheirDate(t *testing.T) {
	for _, size := range sizes {
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{})
		if first, _, _ := strings.Cut(d.frame(), "\n"); !strings.Contains(first, "2026-02-12") {
			t.Errorf("%v: no date in %q", size, first)
		}
	}
}

func TestAnOutcomeAheadOfTheClockIsNoForecast(t *testing.T) {
	ahead := func(c *fakeCase) {
		c.report = func(r *diagnose.Report) {
			at := r.Now.Add(5 * time.Hour)
			r.Stages[1].LastFailure = &at
		}
	}
	d := drive(t, deskOf(t, ahead), &example, 120, 36, Options{})
	d.sees("failed, 5 h ahead")
}

func TestTheProofIsInTheFooterWhereThereIsRoomForLittle(t *testing.T) {
	d := drive(t, newFakeDesk(t), &labPlace, 40, 12, Options{})
	d.sees("⏎ open proof")
}

// In narrow windows text goes on in the next row; a row that is cut tells nobody what
// stands in the rest of it.
func TestNoRowOfAStageIsCutInANarrowWindow(t *testing.T) {
	for _, place := range []*Place{&example, &labPlace} {
		d := drive(t, newFakeDesk(t), place, 40, 12, Options{})
		for stage := range stageNames {
			for _, tab := range tabs {
				d.m.s.stage, d.m.s.tab = stage, tab.id
				d.m.s.changed()
				d.send(nil)
				for _, r := range d.m.stages.list(d.m.stages.w).rows {
					if text := plainText(r.text); safe.Width(text) > d.m.stages.w || tab.id == tabGuide && strings.HasSuffix(text, "…") {
						t.Errorf("%s, %s: %s", stageNames[stage], tab.name, text)
					}
				}
			}
		}
	}
}

package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"patchtrace/diagnose"
	"patchtrace/logparse"
	"patchtrace/tui/safe"
)

// onLogs opens the example and puts logs of the test's own in place of its.
func onLogs(t testing.TB, l logSource, w, h int, opt Options) *driver {
	t.Helper()
	d := drive(t, newFakeDesk(t), &example, w, h, opt)
	d.m.log.logs, d.m.log.all = l, true
	d.m.onLog = true
	d.do(d.m.log.load())
	d.idle()
	return d
}

// onRow is the row under the log's cursor, as it is on the screen.
func (d *driver) onRow() string {
	row := ""
	for _, l := range strings.Split(d.frame(), "\n") {
		i := strings.LastIndex(l, d.m.look.vertical+d.m.look.cursor)
		if beside := d.m.mode == modeStages && d.m.w >= 100; i > 0 || i == 0 && !beside {
			row = strings.TrimRight(strings.TrimSuffix(l[i+len(d.m.look.vertical+d.m.look.cursor):], d.m.look.vertical), " ")
		}
	}
	return row
}

// isOn fails unless the cursor is on a row with these texts.
func (d *driver) isOn(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if row := d.onRow(); !strings.Contains(row, text) {
			d.t.Errorf("the cursor is on %q, without %q\n%s", row, text, d.frame())
		}
	}
}

// logFolder is a folder with a log of lines, and how to write more into it.
type logFolder struct {
	t    testing.TB
	path string
	n    int
}

func newLogFolder(t testing.TB) *logFolder {
	return &logFolder{t: t, path: t.TempDir()}
}

// write appends lines to a log, a second apart, up to the clock of the tests.
func (f *logFolder) write(name string, messages ...string) {
	f.t.Helper()
	var b strings.Builder
	for _, m := range messages {
		at := fakeNow.Add(time.Duration(f.n-1000) * time.Second)
		f.n++
		fmt.Fprintf(&b, `<![LOG[%s]LOG]!><time="%s+000" date="%s" component="%s" context="" type="1" thread="%d" file="scan.cpp:%d">`+"\r\n",
			m, at.Format("15:04:05.000"), at.Format("01-02-2006"), logStem(name), 100+f.n%3, f.n)
	}
	file, err := os.OpenFile(filepath.Join(f.path, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		f.t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(b.String()); err != nil {
		f.t.Fatal(err)
	}
}

// open opens the folder with all its logs in view.
func (f *logFolder) open(w, h int) *driver {
	f.t.Helper()
	d := drive(f.t, newFakeDesk(f.t), &Place{Kind: Folder, Path: f.path}, w, h, Options{})
	d.m.onLog = true
	d.press("A", "G")
	return d
}

// grew tells the console that the log has grown, and waits.
func (d *driver) grew() {
	d.t.Helper()
	d.send(changedMsg{d.m.s.cas, Change{Logs: []string{"ScanAgent.log"}}})
}

func TestTheLogShowsTheStagesLogsByTimeAndAllOnDemand(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	d.sees("WUAHandler.log + 2 more ── following", "37 lines")
	d.press("l")
	d.seesNot("CcmMessaging", "UpdatesDeployment")
	d.isOn("CScanJob::Execute- Failed")
	d.press("A")
	d.sees("All logs", "72 lines", "UpdatesDeploy…")
	d.isOn("Updates will not be made available")
	d.press("A", "3")
	d.sees("StateMessage.log + 2 more", "Inventory: Cycle completed in 22.150 seconds")
	d.isOn("CcmMessaging", "OutgoingMessage(")
}

func TestNewLinesAreFollowedUntilTheReaderMovesUp(t *testing.T) {
	f := newLogFolder(t)
	f.write("ScanAgent.log", "one", "two", "three")
	d := f.open(120, 36)
	d.isOn("three")
	f.write("ScanAgent.log", "four")
	d.grew()
	d.isOn("four")
	d.sees("── following")

	d.press("up")
	d.sees("paused, G follows")
	f.write("ScanAgent.log", "five")
	d.grew()
	d.isOn("three")
	d.sees("five", "3/5")
	d.press("G")
	d.isOn("five")
	d.press("up", "down")
	d.sees("── following")
	f.write("ScanAgent.log", "six")
	d.grew()
	d.isOn("six")
}

func TestALogThatAppearsIsShownWithTheOthers(t *testing.T) {
	f := newLogFolder(t)
	f.write("ScanAgent.log", "one")
	d := f.open(120, 36)
	f.write("WUAHandler.log", "another log")
	d.grew()
	d.isOn("another log")
}

func TestAFindingLeadsToItsLineAndEscBack(t *testing.T) {
	for _, size := range [][2]int{{120, 36}, {80, 24}, {40, 12}} {
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{})
		d.press("enter")
		d.isOn("E ")
		d.sees("» proves:")
		if r := d.m.log.chosen(); r == nil || !strings.HasPrefix(r.Record.Message, "Failed to Add Update Source") {
			t.Errorf("at %v the cursor is on %+v", size, r)
		}
		d.press("esc")
		if d.m.onLog {
			t.Errorf("at %v Esc does not lead back to the finding", size)
		}
	}
}

func TestEscLeadsBackToTheFindingThoughASearchIsLitUp(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	d.press("/")
	d.write("scan")
	d.press("enter", "tab", "enter")
	d.sees("Esc back to the finding")
	d.press("esc")
	if d.m.onLog {
		t.Error("Esc stays in the log")
	}
}

func TestAProofIsShownThoughTheFilterLeavesItOut(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	d.press("tab", "f")
	d.write("policy")
	d.press("enter")
	d.sees("filter policy (F clears)")
	d.press("tab", "enter")
	d.isOn("Failed to Add Update Source")
	d.sees("The line was left out by the filter, which is off now")
	d.seesNot("F clears")
}

func TestAProofInALogOfAnotherStageShowsAllLogs(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 160, 36, Options{})
	d.send(proofWantedMsg{d.proofIn("UpdatesDeployment.log")})
	d.isOn("Job error (0x87d00692) received")
	d.sees("UpdatesDeployment.log is not a log of this stage: all logs are shown, A goes back")
}

// proofIn is the first evidence in that log.
func (d *driver) proofIn(log string) diagnose.Evidence {
	d.t.Helper()
	for _, s := range d.m.s.report.Stages {
		for _, f := range s.Findings {
			for _, e := range f.Evidence {
				if e.Log == log {
					return e
				}
			}
		}
	}
	d.t.Fatalf("no finding is proved by %s", log)
	return diagnose.Evidence{}
}

func TestAProofWithoutItsPlaceIsFoundByTimeAndText(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	e := d.proofIn("WUAHandler.log")
	e.Offset = -1
	d.send(proofWantedMsg{e})
	d.isOn("Failed to Add Update Source")
}

func TestAProofThatIsGoneIsSaidToBe(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 160, 36, Options{})
	e := d.proofIn("WUAHandler.log")
	e.Offset++
	d.send(proofWantedMsg{e})
	d.sees("find the line in WUAHandler.log: it is not there any more; press R to read the logs again")
}

func TestTheTimeBetweenTwoMarkedLinesIsShown(t *testing.T) {
	d := onLogs(t, manyLogs(1000), 120, 36, Options{})
	d.press("m", "pgup", "up", "up")
	d.sees("before the mark: ")
	d.press("m")
	d.sees("between marks: ", "▪")
	d.press("m")
	d.seesNot("between marks: ")
}

// All that holds of a row is seen before it: a mark hid a bookmark and a proof.
func TestARowShowsThatItIsMarkedABookmarkAndAProof(t *testing.T) {
	for _, size := range screenSizes {
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{})
		d.press("enter") // the proof in the log
		d.sees("▸»")
		d.press("b")
		d.sees("▸◆»")
		d.press("m")
		d.sees("▸▪◆»")
		d.fits()
		d.press("up")
		d.sees(" ▪◆»", "▸»  ") // all rows begin below each other
		d.press("down", "b", "m")
		d.sees("▸»")
		d.seesNot("▸»  ", "▪»", "◆»")
	}
}

func TestBookmarksFilterAndSearchComeBack(t *testing.T) {
	desk := newFakeDesk(t)
	d := drive(t, desk, &example, 120, 36, Options{})
	d.press("tab", "up", "b", "up", "up", "b")
	first := d.onRow()
	if !strings.HasPrefix(first, "◆") {
		t.Errorf("not marked: %s", first)
	}
	d.press("/")
	d.write("policy")
	d.press("enter", "!", "q")

	d = drive(t, desk, &example, 120, 36, Options{})
	d.sees("errors only (! off)")
	d.press("tab", "N")
	d.isOn("Group policy settings")
	d.press("F", "G", "B")
	d.isOn(strings.TrimPrefix(first, "◆"))
	d.press("B")
	d.isOn("◆", "Failed to Add Update Source")
	d.press("b")
	if n := len(d.m.s.state.Bookmarks); n != 1 {
		t.Errorf("%d bookmarks are left", n)
	}
}

func TestARecordIsShownWholeAndItsCodesAreExplained(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	d.press("enter", "enter")
	d.sees("Line of WUAHandler.log", "2026-02-12 09:12:31 -05:00, now", "14:12:31.490Z", "E error, stated by the line",
		"5108", "sourcemanager.cpp:171", "WUAHandler.log:6", "Error = 0x87d00692", "Group Policy conflict")
	d.fits()
	d.press("y")
	if !strings.Contains(d.copied, "Failed to Add Update Source") {
		t.Errorf("copied %q", d.copied)
	}
	d.press("esc")
	if got := d.m.log.codeAtCursor(); got != "0x87D00692" {
		t.Errorf("the code at the cursor is %q", got)
	}
}

func TestALineIsCopiedWholeHoweverLongItIs(t *testing.T) {
	long := strings.Repeat("word ", 4000) + "end"
	f := newLogFolder(t)
	f.write("ScanAgent.log", long)
	d := f.open(80, 24)
	d.press("y")
	if !strings.Contains(d.copied, long) || !strings.Contains(d.copied, "ScanAgent.log") {
		t.Errorf("copied %d bytes", len(d.copied))
	}
	d.fits()
}

// hostile are messages that must be shown and not obeyed.
var hostile = []string{
	"\x1b]0;owned\x07\x1b[31mred\x1b[0m \x1b[2J", "a\tb\tc\r\nsecond line\nthird", "\u202eright to left\u202c", "\u009b31m",
	strings.Repeat("e\u0301\u0302", 4000), strings.Repeat("漢字", 3000), "👩‍👩‍👧‍👦 family 🏳️‍🌈", "\xff\xfe broken \xc3", strings.Repeat("x", 10<<10), "",
	"failed with 0x80041003 " + strings.Repeat("0x80070005 ", 900),
}

func TestHostileTextIsShownAndNeverObeyed(t *testing.T) {
	records := make([]logparse.Record, len(hostile))
	for i, m := range hostile {
		records[i] = logparse.Record{Message: m, Severity: logparse.Severity(i % 4), Component: m, File: m, Context: m, Torn: i%2 == 0}
	}
	for _, opt := range []Options{{}, {ASCII: true}, {Colour: true}} {
		for _, size := range [][2]int{{40, 12}, {80, 24}, {120, 36}, {200, 60}} {
			d := onLogs(t, madeOf("\x1b[31mbad\x07/evil.log", records...), size[0], size[1], opt)
			d.press("l", "/")
			d.write("e")
			d.press("enter", "home")
			for range hostile {
				d.unharmed()
				d.press("enter")
				d.unharmed()
				d.press("esc", "down")
			}
		}
	}
}

// unharmed fails if the frame is broken, or holds what a terminal obeys.
func (d *driver) unharmed() {
	d.t.Helper()
	d.fits()
	frame := d.m.View().Content
	if strings.ContainsAny(strings.ReplaceAll(ansi.Strip(frame), "\n", ""), "\x1b\x07\r\t\u009b\u202e") || strings.Contains(frame, "\x1b]0") {
		d.t.Errorf("a control character is on the screen: %q", frame)
	}
	for i, l := range strings.Split(ansi.Strip(frame), "\n") {
		if w := safe.Width(l); i > 1 && i < d.m.h-1 && w > 0 && w != d.m.w && len(d.m.dialogs) == 0 {
			d.t.Errorf("line %d has %d cells of %d: %s", i, w, d.m.w, l)
		}
	}
}

func TestThePaneFillsItsPlaceAtEveryWidth(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	for _, keys := range [][]string{{"tab"}, {"m", "up", "up", "b"}, {"i", "A", "!"}, {"f"}, {"/", "(", "/", "enter"}, {"esc", "T", "i"}} {
		d.press(keys...)
		for w := 20; w <= 200; w++ {
			lines := strings.Split(d.m.log.View(w, 12, true), "\n")
			if len(lines) != 12 {
				t.Fatalf("%d lines at a width of %d", len(lines), w)
			}
			for _, l := range lines {
				if got := safe.Width(l); got != w {
					t.Fatalf("after %v a line has %d cells of %d: %s", keys, got, w, ansi.Strip(l))
				}
			}
		}
	}
}

func TestLinesOfAMessageStandInOneRow(t *testing.T) {
	d := onLogs(t, madeOf("a.log", logparse.Record{Message: "first\nsecond"}), 80, 24, Options{})
	d.sees("first ⏎ second")
	d = onLogs(t, madeOf("a.log", logparse.Record{Message: "first\nsecond"}), 80, 24, Options{ASCII: true})
	d.sees(`first \n second`)
	for _, r := range d.frame() {
		if r > 0x7e {
			t.Errorf("%q is not ASCII\n%s", r, d.frame())
			break
		}
	}
}

func TestATimeWithoutAZoneIsMarked(t *testing.T) {
	stamp := logparse.Stamp{Wall: fakeNow.UnixNano(), Dated: true}
	d := onLogs(t, madeOf("a.log", logparse.Record{Stamp: stamp, Message: "unzoned"}, logparse.Record{Message: "undated"}), 120, 36, Options{})
	d.sees("09:12:31~v unzoned", "         v undated")
	d.press("i")
	d.sees("14:12:31Z~v unzoned")
	d.press("i")
	d.sees("now~v unzoned")
}

func TestGoToATime(t *testing.T) {
	d := onLogs(t, manyLogs(100_000), 120, 36, Options{})
	for _, c := range []struct{ typed, on string }{
		{"09:00", "09:00:00"}, {"08:59:58", "08:59:58"}, {"2026-02-11 09:13", "02-11 09:13:00"}, {"-2h", "07:12:"},
	} {
		d.press("@")
		d.write(c.typed)
		d.press("enter")
		d.isOn(c.on)
	}
	d.press("@")
	d.write("noon")
	d.press("enter")
	d.sees("use 14:31, 2026-02-12 14:31 or -2h")
	d.press("esc")
	d.send(timeWantedMsg{fakeNow.Add(-time.Minute)})
	d.isOn("09:11:31")
}

func TestAStageWithoutLogsSaysWhatWouldBeHere(t *testing.T) {
	f := newLogFolder(t)
	f.write("ScanAgent.log", "one")
	d := drive(t, newFakeDesk(t), &Place{Kind: Folder, Path: f.path}, 120, 36, Options{})
	d.press("1")
	d.sees("None of the logs of sync is here.", "A shows all logs.")
	d.press("tab", "A")
	d.isOn("one")
}

func TestALandingDoesNotTakeThePromptsKeys(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	d.press("tab", "/", "a", "b")
	d.sees("search ab")
	d.send(stageWantedMsg{stage: 2, tab: tabFindings})
	d.press("q") // would end it all
	d.sees("3 Inventory ─ Guide", "search abq")
	if d.quit {
		t.Error("what was typed became a key")
	}
	d.press("esc", "esc")
	d.send(stageWantedMsg{stage: 1, tab: tabFindings})
	if d.m.onLog {
		t.Error("the stage is shown without the focus")
	}
}

// Copied logs may span years: a day and a month alone would stand for several days.
func TestARowOfAnotherYearShowsItsYearAtEveryWidth(t *testing.T) {
	old := logparse.Stamp{Wall: fakeNow.AddDate(-3, 0, 0).UnixNano(), Dated: true}
	for _, w := range []int{40, 60, 80, 120} {
		d := onLogs(t, madeOf("a.log", logparse.Record{Stamp: old, Message: "old"}), w, 24, Options{})
		d.sees("2023-02-12 09:12")
		d.fits()
		d.press("i") // UTC is marked as such
		if !regexp.MustCompile(`2023-02-12 14:12[0-9:.]*Z`).MatchString(d.frame()) {
			t.Errorf("%d\n%s", w, d.frame())
		}
	}
}

// Who scrolls does not see the columns move when a row with several flags comes into sight.
func TestTheColumnsOfTheLogStayWhereTheyAreWhileItScrolls(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	d.press("enter", "b", "m", "l", "home") // the proof, far below
	d.seesNot("▪◆»")
	if n := d.m.log.form(120).flags; n != 3 {
		t.Errorf("the flags have %d cells\n%s", n, d.frame())
	}
}

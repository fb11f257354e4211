package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"patchtrace/diagnose"
	"patchtrace/logparse"
)

func TestATargetIsDiagnosedAtOnceAndLandsOnTheStageThatBroke(t *testing.T) {
	for _, size := range [][2]int{{120, 36}, {80, 24}, {40, 12}} {
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{})
		d.fits()
		d.sees("FAILED at scan", "Group Policy sets another")
		if d.m.s.stage != 1 || d.m.s.tab != tabFindings {
			t.Errorf("%v: landed on stage %d, %s", size, d.m.s.stage, d.m.s.tab)
		}
	}
}

// Who knows the keys does not wait for the first judgement; who changes their mind
// is not asked.
func TestAWishToRunAllThatComesEarlyIsAskedAboutOnceTheProductIsKnown(t *testing.T) {
	for _, after := range []string{"", "tab"} {
		d := newFakeSite(t, 120, 36)
		s := d.m.s
		judged := judgedMsg{cas: s.cas, report: s.report, book: s.book, facts: s.facts, n: s.judgeTaken}
		s.report, s.book = nil, nil
		d.press("a")
		d.sees("you are asked as soon as they are")
		if d.m.top() != nil {
			t.Fatal("asked before the product is known")
		}
		if after != "" {
			d.press(after)
		}
		d.send(judged)
		d.seesNot("you are asked as soon as they are")
		if asked := d.m.top() != nil; asked != (after == "") {
			t.Errorf("after %q: asked: %v\n%s", after, asked, d.frame())
		}
	}
}

func TestAJudgementThatFailsLeavesTheOneBeforeAndSaysSo(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	d.press("R")
	d.sees("The logs were read again")
	c := d.desk.cases[0]
	c.broken = errors.New("read logs of WKS-0417: the share is gone; connect it again")
	d.press("R")
	d.sees("the share is gone", "Not read again: this is from before", "FAILED at scan")
	d.press("up")
	d.sees("the share is gone") // in the pane, not only until a key
	d.send(rejudgeMsg{c})
	if d.m.note != nil {
		t.Errorf("told twice: %s", d.m.note.text)
	}
	c.broken = nil
	d.press("R")
	d.seesNot("the share is gone")
	d.fits()
}

// The judgement may come before what is told while it is waited for.
func TestWhatIsToldOfAnEarlyWishDoesNotOutliveIt(t *testing.T) {
	d := newFakeSite(t, 120, 36)
	s := d.m.s
	judged := judgedMsg{cas: s.cas, report: s.report, book: s.book, facts: s.facts, n: s.judgeTaken}
	s.report, s.book = nil, nil
	told := s.askRunAll()
	d.send(judged)
	d.send(told())
	if d.m.top() == nil || d.m.note != nil {
		t.Errorf("asked: %v, told: %v\n%s", d.m.top() != nil, d.m.note, d.frame())
	}
}

func TestReadingAgainIsToldUntilThatReadingHasEnded(t *testing.T) {
	gone := errors.New("read logs of WKS-0417: the share is gone; connect it again")
	d := drive(t, deskOf(t, func(c *fakeCase) { c.broken = gone }), &example, 120, 36, Options{})
	d.press("R")
	if d.m.note == nil || d.m.note.text != gone.Error() {
		t.Errorf("of a reading that failed as the first did is told: %v", d.m.note)
	}
	c := d.desk.cases[0]
	c.broken = nil
	d.m.judging = true // one that began before the key
	d.press("R")
	if cmd := d.m.judgedNote(judgedMsg{cas: c}); cmd != nil {
		t.Errorf("told of one that began before: %v", cmd())
	}
	d.send(judgedMsg{cas: c, err: gone})
	d.sees("The logs were read again")
}

// The end of an error says what to do.
func TestWhatIsToldIsToldWholeAtEverySize(t *testing.T) {
	text := `write the list of patches to C:\Users\an.engineer\patches.csv: the disk is full; make room on it, or choose another folder`
	for _, size := range screenSizes {
		for _, place := range []*Place{&example, nil} {
			d := drive(t, newFakeDesk(t), place, size[0], size[1], Options{Mouse: true})
			keys := d.frame()
			d.send(noteMsg{text: text, bad: true})
			d.fits()
			flat := strings.Join(strings.Fields(strings.ReplaceAll(d.frame(), "\n", " ")), " ")
			if !strings.Contains(strings.ReplaceAll(flat, " ", ""), strings.ReplaceAll(text, " ", "")) {
				t.Errorf("%v:\n%s", size, d.frame())
			}
			d.press("?")
			d.send(noteMsg{text: text, bad: true}) // above a dialog too
			d.sees("room on it")
			d.press("esc")
			d.send(noteMsg{text: text, bad: true})
			d.click("room on it")
			if d.frame() != keys {
				t.Errorf("%v: it stays, or the click went through\n%s", size, d.frame())
			}
		}
	}
}

// A question that something is told over keeps its answers in sight, and they can be
// clicked where they are seen.
func TestWhatIsToldCoversNoAnswer(t *testing.T) {
	for _, size := range screenSizes {
		for n := range 2 {
			asked := 0
			d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{Mouse: true})
			d.send(dialogWantedMsg{dialog: d.m.newConfirm("Sure", "do it", true, []string{strings.Repeat("Really? ", 600)}, func() tea.Cmd { asked++; return nil })})
			d.now = d.now.Add(deaf)
			d.send(noteMsg{text: strings.Repeat("read logs of WKS-0417: the share is gone; ", 1+30*n), bad: true})
			d.fits()
			d.sees("Really?", "more below", "└─", "read logs of WKS-0417")
			d.click("do it   Esc")
			if asked != 1 || d.m.top() != nil {
				t.Errorf("%v: asked %d times\n%s", size, asked, d.frame())
			}
		}
	}
}

// What an empty log says to press works where it is read.
func TestKeysOfTheLogGoThereFromTheStages(t *testing.T) {
	for _, size := range sizes {
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{})
		d.press("4")
		for _, key := range []string{"A", "A", "!", "F", "f", "@"} {
			d.press("esc")
			d.m.onLog = false
			d.press(key)
			if !d.m.onLog {
				t.Errorf("%v: %s does not go to the log", size, key)
			}
		}
		d.sees("go to")
		d.press("esc", "esc")
		d.m.onLog = false
		d.press("p", "F")
		if d.m.mode != modePatches {
			t.Error("a key of the table left it")
		}
	}
}

func TestTheNameOfALabIsASCIIWhereThatIsWanted(t *testing.T) {
	d := drive(t, deskOf(t, func(c *fakeCase) {
		c.about.Name, c.about.Lab, c.about.CannotRun = "LAB-WKS-01 · LAB · fault dns", true, nil
	}), &labPlace, 120, 36, Options{ASCII: true})
	d.sees("LAB-WKS-01 - LAB - fault dns")
	d.press("a")
	d.sees("on LAB-WKS-01 - LAB - fault dns.")
	d.seesNot("·")
	d.press("q")
	d.seesNot("·")
}

// What is told must not cover the line that it is about.
func TestTheLineUnderTheCursorIsInSightWhileSomethingIsTold(t *testing.T) {
	for _, size := range screenSizes {
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{Mouse: true})
		d.press("A", "G")
		d.sees("▸")
		row := d.onRow()
		d.send(noteMsg{text: strings.Repeat("told at length ", 20)})
		d.m.View() // panes know their new height from the frame before
		if d.onRow() != row {
			t.Errorf("%v: the cursor is on %q, not on %q\n%s", size, d.onRow(), row, d.frame())
		}
		d.fits()
	}
}

func TestTheFooterSaysThatAConfirmationScrollsAsSoonAsItDoes(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{})
	d.take(dialogWantedMsg{dialog: d.m.newConfirm("Sure", "do it", true, []string{strings.Repeat("Really? ", 300)}, nil)})
	d.sees("↓ down")
}

func TestLogsThatAreGoneAreJudgedAnew(t *testing.T) {
	for kind, want := range map[logparse.NoticeKind]bool{logparse.Vanished: true, logparse.Truncated: true, logparse.PollOnly: false} {
		d := drive(t, newFakeDesk(t), &example, 80, 24, Options{})
		d.send(changedMsg{d.m.s.cas, Change{Notices: []logparse.Notice{{Kind: kind, Log: "WUAHandler.log"}}}})
		if d.m.s.rejudging != want {
			t.Errorf("%v: judged anew: %v", kind, !want)
		}
	}
}

// What nobody looks at costs next to nothing: the clock goes on in minutes, and in
// seconds again with the first key.
func TestTheClockRestsWhenNothingHappens(t *testing.T) {
	desk := newFakeDesk(t)
	desk.prepare = func(c *fakeCase) {
		c.report = func(r *diagnose.Report) { r.NowSource = "clock" }
	}
	d := drive(t, desk, &example, 120, 36, Options{})
	d.press("tab")
	at := d.now
	d.sees(at.In(time.FixedZone("", -5*3600)).Format("15:04:05 -07:00"))
	chain := d.m.ticks
	d.now = at.Add(restAfter)
	d.send(tickMsg{chain})
	d.sees(d.now.In(time.FixedZone("", -5*3600)).Format("   15:04 -07:00"))
	d.press("tab")
	d.sees(d.now.In(time.FixedZone("", -5*3600)).Format("15:04:05 -07:00"))
	if d.m.ticks != chain+1 {
		t.Errorf("%d chains of ticks, want one more than %d", d.m.ticks, chain)
	}
}

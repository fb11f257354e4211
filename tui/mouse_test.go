package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"patchtrace/tui/safe"
)

// click clicks the first place on the screen that says so, as somebody does who looked
// there first.
func (d *driver) click(text string) {
	d.t.Helper()
	d.now = d.now.Add(doubleClick)
	d.clickAtOnce(text)
}

// clickAtOnce clicks it no later than what was done last.
func (d *driver) clickAtOnce(text string) {
	d.t.Helper()
	for y, line := range strings.Split(d.frame(), "\n") {
		if i := strings.Index(line, text); i >= 0 {
			d.clickAt(safe.Width(line[:i]), y)
			return
		}
	}
	d.t.Fatalf("not on the screen: %q\n%s", text, d.frame())
}

func (d *driver) clickAt(x, y int) {
	d.t.Helper()
	d.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
}

func (d *driver) wheel(x, y, step int) {
	button := tea.MouseWheelDown
	if step < 0 {
		button = tea.MouseWheelUp
	}
	d.send(tea.MouseWheelMsg{X: x, Y: y, Button: button})
}

func TestTheMouseIsOffUntilItIsSwitchedOn(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	if d.m.View().MouseMode != tea.MouseModeNone {
		t.Error("the mouse is on")
	}
	d.click("3 Inventory")
	if d.m.s.stage != 1 {
		t.Error("a click counts")
	}
	d.press("M")
	if d.m.View().MouseMode != tea.MouseModeCellMotion {
		t.Error("the mouse is off")
	}
	d.press("M")
	if d.m.View().MouseMode != tea.MouseModeNone {
		t.Error("the mouse is on again")
	}
}

func TestAClickOnAStageGoesToItAtEverySize(t *testing.T) {
	for _, size := range screenSizes {
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{Mouse: true})
		for i, text := range []string{"✓ 1", "✗ 2", "✓ 3", "· 4"} {
			d.click(text)
			if d.m.s.stage != i {
				t.Errorf("%v: a click on %d leads to %d\n%s", size, i+1, d.m.s.stage+1, d.frame())
			}
		}
	}
}

func TestAClickOnATabTurnsToItAtEverySize(t *testing.T) {
	for _, size := range screenSizes {
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{Mouse: true})
		for _, tab := range tabs {
			d.click(tab.name)
			if d.m.s.tab != tab.id {
				t.Errorf("%v: a click on %s leads to %s", size, tab.name, d.m.s.tab)
			}
		}
	}
}

func TestAClickChoosesARowAndASecondOneOpensIt(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{Mouse: true})
	d.click("ScanAgent.log:21")
	if r := d.m.stages.list(d.m.stages.w).chosen(); r == nil || !strings.Contains(r.text, "ScanAgent.log:21") {
		t.Errorf("chosen is %v\n%s", r, d.frame())
	}
	if d.m.onLog {
		t.Error("one click opens it")
	}
	d.click("ScanAgent.log:21")
	if !d.m.onLog {
		t.Error("two clicks do not open it")
	}
}

func TestAClickGivesAPaneTheFocus(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{Mouse: true})
	d.click("more ── following")
	if !d.m.onLog {
		t.Error("the log has not the focus")
	}
	d.click("Group Policy")
	if d.m.onLog {
		t.Error("the stage pane has not the focus")
	}
}

func TestALineOfTheLogCanBeClicked(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{Mouse: true})
	d.now = d.now.Add(deaf)
	d.clickAt(110, 20)
	at, top := d.m.log.at, d.m.log.top
	line := func() string { return strings.Split(d.frame(), "\n")[20] }
	if !d.m.onLog || !strings.Contains(line(), "▸") {
		t.Errorf("the line is not chosen: %s", line())
	}
	d.wheel(110, 20, -1)
	if d.m.log.at != at-wheelLines || d.m.log.top > top {
		t.Errorf("the wheel leads from %d to %d", at, d.m.log.at)
	}
	d.clickAt(110, 12)
	d.clickAt(110, 12)
	if d.m.top() == nil {
		t.Error("a second click does not show the details")
	}
}

func TestTheWheelScrollsThePaneUnderThePointer(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{Mouse: true})
	d.sees("FAILED at scan")
	d.wheel(10, 8, 1)
	d.seesNot("FAILED at scan")
	d.wheel(10, 8, -1)
	d.sees("FAILED at scan")
}

func TestTheMouseChoosesPatchesAndEventsAndPlaces(t *testing.T) {
	d := drive(t, deskOf(t, func(c *fakeCase) { c.patches = somePatches(100) }), &example, 120, 36, Options{Mouse: true})
	d.press("p")
	d.click("MS04-004")
	d.sees("5/100")
	d.wheel(10, 10, 1)
	d.sees("8/100")
	d.click("MS04-007")
	d.sees("Show MOF: MS04-007")
	d.press("esc", "t")
	d.click("✓   │")
	d.sees("Sync succeeded")
	before := d.m.timeline.now().span()
	d.wheel(60, 10, -1)
	if after := d.m.timeline.now().span(); after >= before {
		t.Error("the wheel does not zoom in")
	}
	d.press("o")
	d.click("A folder")
	d.click("A folder")
	d.sees("A folder of logs")
}

func TestAClickAnswersAConfirmationOnlyOnItsKeysAndNotAtOnce(t *testing.T) {
	for _, size := range screenSizes {
		asked := 0
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{Mouse: true})
		ask := func() {
			d.send(dialogWantedMsg{dialog: d.m.newConfirm("Sure", "do it", true, []string{strings.Repeat("Really? ", 60)}, func() tea.Cmd { asked++; return nil })})
		}
		ask()
		d.clickAtOnce("⏎ do it")
		if asked > 0 || d.m.top() == nil {
			t.Errorf("%v: a click in flight answered", size)
		}
		d.now = d.now.Add(deaf)
		d.click("Really?")
		d.wheel(20, 6, 1)
		if asked > 0 || d.m.top() == nil {
			t.Errorf("%v: a click on the text answered", size)
		}
		d.click("do it   Esc")
		if asked != 1 || d.m.top() != nil {
			t.Errorf("%v: asked %d times\n%s", size, asked, d.frame())
		}
		ask()
		d.now = d.now.Add(deaf)
		d.click("Esc do not")
		if asked != 1 || d.m.top() != nil {
			t.Errorf("%v: a click on no does not close it\n%s", size, d.frame())
		}
	}
}

func TestTheMouseChoosesAFaultAndAProduct(t *testing.T) {
	for _, size := range screenSizes {
		d := drive(t, newFakeDesk(t), nil, size[0], size[1], Options{Mouse: true})
		d.choose("Practice lab")
		if size[1] >= 16 {
			d.click("SMS 2003")
			d.sees("Product SMS 2.0")
			d.click("Product")
			d.sees("Product SMS 2003")
		}
		d.click("No fault")
		if d.m.top() == nil {
			t.Fatalf("%v: the first click opens it", size)
		}
		d.click("No fault")
		if d.m.s == nil || d.m.s.place.Kind != Lab || d.m.s.place.Fault != "" {
			t.Errorf("%v: the second does not\n%s", size, d.frame())
		}
	}
}

func TestTheFieldOfTheLookupCanBeClicked(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{Mouse: true})
	d.press("x") // for the finding's code: letters are keys
	d.click("0x87D00692")
	d.write("y")
	if got := d.m.top().(*lookUpDialog).input.Value(); !strings.HasSuffix(got, "y") {
		t.Errorf("the field holds %q", got)
	}
	d.click("Esc close")
	if d.m.top() != nil {
		t.Error("it is still open")
	}
}

func TestTheMouseGuessesWhatIsBroken(t *testing.T) {
	d := surprised(t)
	d.press("M", "v")
	at := d.m.top().(*revealDialog).at
	other := (at + 1) % len(stageNames)
	name := fmt.Sprintf("%d %s     ", other+1, stageNames[other]) // the stepper has it too, with less behind it
	d.click(name)
	if r := d.m.top().(*revealDialog); r.at != other || r.guess >= 0 {
		t.Fatalf("at %d, guessed %d\n%s", r.at, r.guess, d.frame())
	}
	d.click(name)
	if r := d.m.top().(*revealDialog); r.guess != other {
		t.Errorf("guessed %d\n%s", r.guess, d.frame())
	}
}

func TestTheFooterCanBeClicked(t *testing.T) {
	for _, size := range screenSizes {
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{Mouse: true})
		d.click("? help")
		d.sees("┌ Keys ─")
		top := d.frame()
		d.wheel(20, 6, 1)
		if size[1] < 60 && d.frame() == top { // all of it fits the largest
			t.Errorf("%v: the wheel does not scroll the help", size)
		}
		d.click("Esc back")
		d.seesNot("┌ Keys ─")
	}
}

func TestAClickOnWhatWasToldPressesNoKeyBelowIt(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{Mouse: true})
	x := d.m.footParts()[0]
	d.send(noteMsg{text: "Something was told in the place of the keys"})
	d.now = d.now.Add(deaf)
	d.clickAt(x.x, 23)
	if d.m.top() != nil || d.m.note != nil {
		t.Errorf("dialog %v, note %v", d.m.top(), d.m.note)
	}
	d.clickAt(x.x, 23) // at once: for whoever clicked there saw no key
	if d.m.top() != nil || d.m.s.tab != tabFindings {
		t.Errorf("the key was pressed\n%s", d.frame())
	}
}

// Where a key of the footer opened a dialog, or led to another screen, the second click
// of a double click met the key that came to stand there.
func TestTheSecondClickOfADoubleClickPressesNoOtherKey(t *testing.T) {
	changed := 0
	for _, size := range [][2]int{{40, 12}, {80, 24}} {
		for _, focus := range []string{"", "tab", "t", "x"} {
			open := func() *driver {
				d := drive(t, newFakeDesk(t), &Place{Kind: Lab}, size[0], size[1], Options{Mouse: true})
				if focus != "" {
					d.press(focus)
				}
				d.now = d.now.Add(doubleClick)
				return d
			}
			for i, p := range open().m.footParts() {
				d := open()
				d.clickAt(p.x, size[1]-1)
				if d.quit {
					continue
				}
				pressed, after := p.key.Keys()[0], d.m.footKeyAt(p.x)
				if pressed == after || after == "" {
					continue
				}
				changed++
				before := d.frame()
				d.now = d.now.Add(doubleClick - time.Millisecond)
				d.clickAt(p.x, size[1]-1)
				if d.quit || d.frame() != before {
					t.Errorf("%v: after key %d, %q, of the footer %q was pressed\n%s\n%s", size, i, pressed, after, before, d.frame())
				}
			}
		}
	}
	if changed == 0 {
		t.Error("no key changes the footer")
	}
}

// A click anywhere that was made before a dialog could be seen was not for the dialog.
func TestAClickInFlightDoesNotMeetADialog(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{Mouse: true})
	d.now = d.now.Add(time.Minute)
	d.press("x")
	d.clickAtOnce("Esc close")
	if d.m.top() == nil {
		t.Error("a click in flight closed it")
	}
	d.now = d.now.Add(deaf)
	d.clickAtOnce("Esc close")
	if d.m.top() != nil {
		t.Error("a click does not close it")
	}
}

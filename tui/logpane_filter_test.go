package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
)

func TestAFilterIsObviousAndEasilyCleared(t *testing.T) {
	for _, size := range [][2]int{{40, 12}, {80, 24}, {120, 36}, {200, 60}} {
		d := onLogs(t, manyLogs(1000), size[0], size[1], Options{})
		d.press("f")
		d.write("line 95")
		d.press("enter")
		d.sees("F clears")
		d.press("up")
		d.isOn("line 958")
		if n := d.m.log.counts.Records; n != 11 {
			t.Errorf("%d lines are left in", n)
		}
		d.fits()
		d.press("F")
		d.isOn("line 958") // the line stays under the cursor
		d.seesNot("F clears")
		d.press("F")
		d.sees("Nothing is left out")
	}
}

func TestAFilterMayBeAPatternAndSaysWhatIsWrongWithIt(t *testing.T) {
	d := onLogs(t, manyLogs(1000), 120, 36, Options{})
	d.press("f")
	d.write("/line 9(/")
	d.press("enter")
	d.sees("missing closing )")
	d.press("backspace", "backspace")
	d.write("5[0-2]/")
	d.press("enter", "home")
	d.isOn("line 950 failed")
	d.press("end")
	d.isOn("line 952")
}

func TestErrorsAloneAndOneThreadAloneAndBack(t *testing.T) {
	d := onLogs(t, manyLogs(1000), 120, 36, Options{})
	d.press("!")
	d.sees("errors only (! off)", "10 lines")
	d.isOn("line 950 failed")
	d.press("!")
	d.seesNot("errors only (! off)")
	d.press("T")
	d.sees(fmt.Sprintf("thread %d (T off)", 999%7))
	d.press("up")
	d.isOn("line 992")
	d.press("T")
	d.seesNot("T off")
	d.isOn("line 992")
	d.press("up")
	d.isOn("line 991")
}

func TestAFilterThatLeavesNothingSaysSo(t *testing.T) {
	d := onLogs(t, manyLogs(100), 80, 24, Options{})
	d.press("f")
	d.write("no such words")
	d.press("enter")
	d.sees("No line is left in: filter no such words", "F shows all lines again")
	d.press("up", "pgdown", "e", "n", "b", "m", "enter", "y")
	d.fits()
}

func TestSearchGoesToWhatItFindsAndSaysWhenItWraps(t *testing.T) {
	d := onLogs(t, manyLogs(1000), 120, 36, Options{Colour: true})
	d.press("/")
	d.write("0X80041003")
	d.sees("search 0X80041003")
	d.press("enter")
	d.isOn("line 950 failed")
	d.sees("None below: this is the nearest above")
	d.press("N")
	d.isOn("line 850 failed")
	d.press("n", "n")
	d.isOn("line 50 failed")
	d.sees("None below: went on from the top")
	d.press("N")
	d.isOn("line 950 failed")
	d.sees("None above: went on from the end")
}

func TestWhatIsSearchedForLightsUpWithEachLetter(t *testing.T) {
	d := onLogs(t, manyLogs(1000), 80, 24, Options{Colour: true})
	lit := func() int {
		return strings.Count(d.styled(colorprofile.TrueColor), d.m.look.found.Render("997"))
	}
	d.press("/")
	d.write("997")
	if lit() != 1 {
		t.Errorf("lit up %d times", lit())
	}
	d.press("esc")
	if lit() != 0 {
		t.Error("the search was left, and is still lit up")
	}
	d.press("n")
	d.sees("Nothing to look for yet: press /")
}

func TestASearchThatFindsNothingSaysSoAndStays(t *testing.T) {
	d := onLogs(t, manyLogs(100), 120, 36, Options{})
	d.press("up", "up", "/")
	d.write("q")  // letters are text here, and not keys
	d.write("?1") // nor is this help
	d.press("enter")
	d.sees("Not found: q?1")
	d.isOn("line 97")
	if d.quit {
		t.Error("q has quit")
	}
}

func TestNextErrorGoesRoundInBothDirections(t *testing.T) {
	d := onLogs(t, manyLogs(300), 120, 36, Options{})
	for _, step := range []struct{ key, on string }{{"E", "line 250"}, {"E", "line 150"}, {"e", "line 250"}, {"e", "line 50 "}, {"E", "line 250"}} {
		d.press(step.key)
		d.isOn(step.on)
	}
}

package tui

import (
	"errors"
	"testing"
)

// slowly is a console whose targets are opened only when one is told to go on, in
// the order in which they were asked for.
func slowly(t *testing.T) (d *driver, goOn chan struct{}) {
	goOn = make(chan struct{})
	d = atStart(t, deskOf(t, func(c *fakeCase) {
		<-goOn
		c.about.CannotRun = nil
	}))
	d.take(openWantedMsg{Place{Kind: Lab}})
	return d, goOn
}

func TestAWishToRunAllThatComesWhileATargetIsOpenedIsAskedAbout(t *testing.T) {
	for _, after := range []string{"", "i"} {
		d, goOn := slowly(t)
		d.take(press("a"))
		for d.m.note == nil {
			d.land(<-d.msgs)
		}
		d.sees("you are asked as soon as")
		if after != "" {
			d.take(press(after))
		}
		close(goOn)
		d.idle()
		if asked := d.m.top() != nil; asked != (after == "") {
			t.Errorf("after %q: asked: %v\n%s", after, asked, d.frame())
		}
	}
}

func TestAWishToRunAllGoesWithTheTargetThatCannotBeOpened(t *testing.T) {
	d, goOn := slowly(t)
	close(goOn)
	d.idle()
	d.desk.openErr = errors.New("it is not there")
	d.take(openWantedMsg{example})
	d.take(press("a"))
	d.idle()
	d.sees("Not opened")
	d.seesNot("you are asked")
	d.desk.openErr = nil
	d.send(openWantedMsg{Place{Kind: Lab}})
	if d.m.top() != nil {
		t.Errorf("the wish was for another target\n%s", d.frame())
	}
}

func TestWhatIsBeingOpenedCanBeGivenUp(t *testing.T) {
	for _, key := range []string{"esc", "o"} {
		d, goOn := slowly(t)
		d.sees("Opening", "Esc open another")
		d.take(press(key))
		d.sees("Open a target")
		close(goOn)
		d.idle()
		if d.m.mode != modeStart || d.m.s != nil || !d.desk.cases[0].closed {
			t.Errorf("%s: closed: %v\n%s", key, d.desk.cases[0].closed, d.frame())
		}
		d.seesNot("Not opened")
	}
}

// Enter pressed twice on a place asks for it twice.
func TestOfTwoTargetsThatAreBeingOpenedTheLaterIsShownAndTheOtherClosed(t *testing.T) {
	d, goOn := slowly(t)
	d.take(openWantedMsg{example})
	close(goOn)
	d.idle()
	open := 0
	for _, c := range d.desk.cases {
		if !c.closed {
			open++
		}
	}
	if open != 1 || d.m.s.place != example {
		t.Errorf("%d of %d are open, shown is %+v", open, len(d.desk.cases), d.m.s.place)
	}
}

package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

// eventsAt is a report with only these events, of the scan unless said otherwise.
func eventsAt(list ...diagnose.Event) func(*diagnose.Report) {
	return func(r *diagnose.Report) {
		for i := range list {
			if list[i].Stage == "" {
				list[i].Stage = pipeline.Scan
			}
			if list[i].Log == "" {
				list[i].Log, list[i].Line = "ScanWrapper.log", i+1
			}
		}
		r.Timeline = list
	}
}

func timelineOf(t *testing.T, report func(*diagnose.Report), w, h int) *driver {
	d := drive(t, deskOf(t, func(c *fakeCase) { c.report = report }), &example, w, h, Options{})
	d.press("t")
	return d
}

func event(ago time.Duration, kind, text string) diagnose.Event {
	return diagnose.Event{Time: fakeNow.Add(-ago), Kind: kind, Text: text}
}

func TestTheTimelineBeginsAtTheFailureAndOpensItsLine(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	d.press("t")
	d.sees("Scan failed", "09:12:31 -05:00", "UpdatesDeployment.log:5", "Updates will not be made available", "now", "12 Feb")
	cmd := d.m.timeline.open()
	got, ok := cmd().(proofWantedMsg)
	if !ok || got.at.Log != "UpdatesDeployment.log" || got.at.Line != 5 || got.at.Offset != 943 {
		t.Errorf("opens %+v", got)
	}
	d.press("enter")
	if d.m.mode != modeStages || !d.m.onLog {
		t.Error("the log has not the focus")
	}
}

func TestArrowsGoFromEventToEventAndFromLaneToLane(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	d.press("t", "left")
	d.sees("UpdatesDeployment.log:4")
	d.press("right")
	d.sees("UpdatesDeployment.log:5")
	d.press("up")
	d.sees("Sync succeeded", "WUAHandler.log:2")
	d.press("down", "down")
	d.sees("Inventory succeeded", "InventoryAgent.log:5")
	d.press("down")
	d.sees("InventoryAgent.log:5") // install has no event
}

func TestZoomTellsEventsApartAndZeroShowsAll(t *testing.T) {
	d := timelineOf(t, eventsAt(
		event(3*24*time.Hour, pipeline.Success, "long ago"),
		event(2*time.Second, pipeline.Failure, "first"),
		event(time.Second, pipeline.Failure, "second"),
	), 120, 36)
	d.sees("2 of 2 in this place")
	for range 30 {
		d.press("+")
	}
	d.seesNot("in this place")
	d.press("0")
	d.sees("2 of 2 in this place")
	for range 40 {
		d.press("-")
	}
	d.sees("2 of 2 in this place")
	d.fits()
}

func TestPanningMovesTheAxisAndTheChosenEventIsStillTold(t *testing.T) {
	d := timelineOf(t, eventsAt(event(time.Hour, pipeline.Success, "before"), event(0, pipeline.Failure, "end")), 120, 36)
	for range 8 {
		d.press("<")
	}
	d.sees("chosen: ", "Scan failed")
	d.press("left") // choosing brings it into view
	d.seesNot("chosen: ")
}

func TestTheTimelineTakesWhateverEventsThereAre(t *testing.T) {
	year := 365 * 24 * time.Hour
	for name, list := range map[string][]diagnose.Event{
		"none":             nil,
		"one":              {event(0, pipeline.Success, "only")},
		"the same instant": {event(0, pipeline.Success, "a"), event(0, pipeline.Failure, "b"), event(0, pipeline.Wait, "c")},
		"years apart":      {event(20*year, pipeline.Success, "old"), event(0, pipeline.Failure, "new")},
		"centuries apart":  {{Time: time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC), Kind: pipeline.Success}, event(0, pipeline.Failure, "new")},
		"milliseconds":     {event(2*time.Millisecond, pipeline.Start, "a"), event(time.Millisecond, pipeline.Failure, "b")},
		"unknown kind":     {event(0, "odd", "x")},
		"after now":        {event(-30*time.Hour, pipeline.Success, "tomorrow")},
	} {
		for _, size := range screenSizes {
			d := timelineOf(t, eventsAt(list...), size[0], size[1])
			d.press("left", "up", "right", "down", "+", "+", "<", ">", "-", "y", "0")
			d.fits()
			if len(list) == 0 {
				d.sees("Nothing to show on a time axis")
			} else if d.m.timeline.chosen() == nil {
				t.Errorf("%s: nothing is chosen", name)
			}
		}
	}
}

func TestAnEventAfterNowIsSaidToBe(t *testing.T) {
	d := timelineOf(t, eventsAt(event(-30*time.Hour, pipeline.Success, "tomorrow"), event(time.Hour, pipeline.Failure, "x")), 80, 24)
	d.sees("1 after now")
	d.press("right")
	d.sees("in 29 h", "after now: a clock is wrong")
}

func TestAStaleStageShowsItsGap(t *testing.T) {
	d := drive(t, deskOf(t, func(c *fakeCase) { c.report, c.facts = staleInventory, catalogueFact }), &example, 80, 24, Options{})
	d.press("t")
	d.sees("░ stale, 6 d ░")
	for _, line := range strings.Split(d.frame(), "\n") {
		if strings.Contains(line, "░") != strings.Contains(line, "3 Inventory") && !strings.Contains(line, "┄") && !strings.Contains(line, "─") {
			t.Errorf("the gap is not the inventory's: %s", line)
		}
	}
}

func TestDatesAreOnTheAxisAndLeadToTheirStage(t *testing.T) {
	d := drive(t, deskOf(t, func(c *fakeCase) { c.report, c.facts = staleInventory, catalogueFact }), &example, 120, 36, Options{})
	d.press("t", "down", "down", "down")
	d.sees("Last hardware scan", "6 d ago", "as the site console shows it")
	d.press("left")
	d.sees("Catalogue", "9 d ago")
	d.press("enter")
	if d.m.mode != modeStages || d.m.s.stage != 0 || d.m.s.tab != tabData {
		t.Errorf("mode %d, stage %d, tab %s", d.m.mode, d.m.s.stage, d.m.s.tab)
	}
}

func TestTheChosenEventStaysChosenWhenTheLogsAreJudgedAgain(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	d.press("t", "left", "left")
	before := d.m.timeline.chosen().event.Text
	d.send(judgeWantedMsg{})
	if got := d.m.timeline.chosen().event.Text; got != before {
		t.Errorf("chosen is %q, was %q", got, before)
	}
}

func TestTicksFitAndStandAtRoundTimes(t *testing.T) {
	zone := time.FixedZone("", -5*3600)
	now := time.Date(2026, 3, 7, 13, 37, 11, 0, zone)
	for span := 10 * time.Millisecond; span < 180*365*24*time.Hour; span += span / 2 {
		for _, n := range []int{26, 60, 180} {
			v := window{now, now.Add(span)}
			list := v.ticks(n, zone)
			end := -1
			for _, tk := range list {
				c := v.cell(tk.at, n)
				if c <= end {
					t.Fatalf("%v on %d cells: %q at %d touches the one before", span, n, tk.text, c)
				}
				end = c + len(tk.text)
				if span > 10*time.Second && tk.at.Nanosecond() != 0 || span > time.Hour && tk.at.Second() != 0 {
					t.Errorf("%v: a tick at %v", span, tk.at)
				}
			}
			if most := n / 6; len(list) > most {
				t.Errorf("%v on %d cells: %d ticks", span, n, len(list))
			}
		}
	}
}

func TestARunOfThisProgramLeadsToItsTab(t *testing.T) {
	run := event(0, pipeline.Failure, "ScanWrapper ended with code 5")
	run.Log = diagnose.ProcessLog
	d := timelineOf(t, eventsAt(run), 80, 24)
	d.sees("run by patchtrace")
	d.press("enter")
	if d.m.s.tab != tabRun || d.m.mode != modeStages {
		t.Errorf("mode %d, tab %s", d.m.mode, d.m.s.tab)
	}
}

func TestWhileNothingIsJudgedTheTimelineSaysSo(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{})
	d.press("t")
	d.m.s.report, d.m.s.judgeErr = nil, errors.New("read logs of WKS-0417: the disk is gone; plug it in")
	d.m.s.changed()
	d.sees("The logs could not be judged", "the disk is gone; plug it in")
	d.m.s.judgeErr = nil
	d.m.s.changed()
	d.sees("Reading the logs")
	d.press("enter", "left", "+", "y")
	d.sees("There is no event to copy")
}

func TestTheChosenEventOfAnotherYearShowsItsYear(t *testing.T) {
	for _, size := range sizes {
		d := timelineOf(t, eventsAt(event(5*365*day, pipeline.Failure, "it failed"), event(time.Hour, pipeline.Start, "a start")), size[0], size[1])
		for range 3 {
			d.press("left")
		}
		d.sees("13 Feb 2021 09:12")
		d.fits()
	}
}

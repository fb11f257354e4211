package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"patchtrace/diagnose"
	"patchtrace/tui/safe"
)

// goToProof goes to the line of an evidence. It is shown whatever is left out.
func (p *logPane) goToProof(e diagnose.Evidence) tea.Cmd {
	a := anchor{kind: atPlace, place: place{e.Log, e.Offset}, text: strings.TrimSuffix(whole(e.Text, bookmarkText), "\ufffd"), must: true}
	if e.Time != nil {
		a.time = *e.Time
	}
	p.cameFrom = true
	return p.jump(a)
}

func (p *logPane) goToTime(t time.Time) tea.Cmd { return p.jump(anchor{kind: atTime, time: t}) }

// jump goes to a place that is not known as a row.
func (p *logPane) jump(a anchor) tea.Cmd {
	p.stopLooking()
	p.leave()
	p.following = false
	p.changed()
	return p.want(logWish{anchor: a})
}

// missed is called when the line that was asked for is not in the view: what
// hides it is switched off, and said.
func (p *logPane) missed(m *logFetchedMsg) tea.Cmd {
	a := m.wish.anchor
	name := safe.Text(baseName(a.place.part))
	switch {
	case !m.inView && p.shown != nil:
		p.all = true
		return tea.Batch(p.remakeAt(a), note(name+" is not a log of this stage: all logs are shown, A goes back"))
	case p.filtered():
		p.unfilter()
		return tea.Batch(p.remakeAt(a), note("The line was left out by the filter, which is off now"))
	}
	p.at, p.centre = m.row, true
	p.settle()
	return say(noteMsg{text: fmt.Sprintf("find the line in %s: it is not there any more; press %s to read the logs again", name, p.s.keys.Judge.Help().Key), bad: true})
}

// askTime asks for a time to go to.
func (p *logPane) askTime() {
	zone := "client's clock"
	if p.s.times == timesUTC {
		zone = "UTC"
	}
	p.askFor("go to", "14:31, 2026-02-12 14:31 or -2h ("+zone+")", "", nil, func(text string) (tea.Cmd, error) {
		if text == "" {
			return nil, nil
		}
		t, err := p.readTime(text)
		if err != nil {
			return nil, err
		}
		return p.goToTime(t), nil
	})
}

// readTime reads a time of day, a date with or without one, or "-2h" before now.
// A time of day is one of the day of the line under the cursor.
func (p *logPane) readTime(text string) (time.Time, error) {
	zone := p.s.zone()
	if p.s.times == timesUTC {
		zone = time.UTC
	}
	if d, err := time.ParseDuration(text); err == nil && text[0] == '-' {
		return p.s.clock().Add(d), nil
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	day := p.s.clock().In(zone)
	if r := p.chosen(); r != nil && !r.Time.IsZero() {
		day = r.Time.In(zone)
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), t.Second(), 0, zone), nil
		}
	}
	return time.Time{}, fmt.Errorf("read %q as a time: use 14:31, 2026-02-12 14:31 or -2h", text)
}

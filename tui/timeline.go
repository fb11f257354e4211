package tui

import (
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

// datesLane is the lane below the stages: last hardware scan, catalogue dates.
const datesLane = len(stageNames)

// lanes is how many lanes there are.
const lanes = datesLane + 1

// moment is something on the time axis: an event of a log, or a date.
type moment struct {
	at   time.Time
	lane int
	// kind is that of an event, "" for a date.
	kind string
	// event is nil for a date, which has a label and a note.
	event       *diagnose.Event
	label, note string
	stage       int // of a date
	bad         bool
}

// timeline shows the four lanes on one time axis.
type timeline struct {
	s *session
	// moments are by time; made is the version of the session they are of.
	moments []moment
	made    int
	// at is the chosen moment, lane the lane it was chosen in.
	at   int
	view window
	// touched is true once a moment was chosen by hand.
	touched bool
	// cells is how many cells the axis had when it was drawn last.
	cells int
	// laneAt are the lanes by the line that they were drawn in, w is how wide.
	laneAt map[int]int
	w      int
}

func newTimeline(s *session) *timeline { return &timeline{s: s, made: -1} }

// shown is called when it comes into sight, judged when there is a new report.
func (t *timeline) shown() tea.Cmd  { t.gather(); return nil }
func (t *timeline) judged() tea.Cmd { t.gather(); return nil }

// gather makes the moments from the report. The one that was chosen stays so.
func (t *timeline) gather() {
	if t.made == t.s.version && t.moments != nil {
		return
	}
	t.made = t.s.version
	var before *moment
	if t.touched {
		before = t.chosen()
	}
	t.moments = t.collect()
	t.at = t.first()
	if before == nil {
		return
	}
	if i := slices.IndexFunc(t.moments, before.same); i >= 0 {
		t.at = i
	}
}

// same is true for the same event, though the report is another one.
func (m *moment) same(o moment) bool {
	if m.lane != o.lane || !m.at.Equal(o.at) || m.label != o.label || (m.event == nil) != (o.event == nil) {
		return false
	}
	return m.event == nil || m.event.Log == o.event.Log && m.event.Offset == o.event.Offset && m.event.Text == o.event.Text
}

func (t *timeline) collect() []moment {
	var list []moment
	if r := t.s.report; r != nil {
		for i := range r.Timeline {
			e := &r.Timeline[i]
			if lane := stageIndex(e.Stage); lane >= 0 {
				list = append(list, moment{at: e.Time, lane: lane, kind: e.Kind, event: e})
			}
		}
		if at := r.LastHardwareScan.Time; at != nil {
			list = append(list, moment{at: *at, lane: datesLane, label: "Last hardware scan", note: hardwareScanSource(r.LastHardwareScan.Source), stage: stageIndex(pipeline.Inventory)})
		}
	}
	for _, f := range t.s.facts {
		if f.Event && f.Time != nil {
			list = append(list, moment{at: *f.Time, lane: datesLane, label: f.Label, note: f.Note, stage: max(stageIndex(f.Stage), 0), bad: f.Bad})
		}
	}
	slices.SortStableFunc(list, func(a, b moment) int { return a.at.Compare(b.at) })
	return list
}

func hardwareScanSource(source string) string {
	switch source {
	case "flag":
		return "as the site console shows it, typed in here"
	case "wmi":
		return "as the client's WMI tells it"
	case "log":
		return "as the inventory log tells it"
	}
	return ""
}

// first is the moment to begin with: the newest failure of the stage that broke,
// else its newest event, else the newest of all.
func (t *timeline) first() int {
	broken := t.s.brokenStage()
	newest := -1
	for i := len(t.moments) - 1; i >= 0; i-- {
		m := &t.moments[i]
		if m.lane != broken {
			continue
		}
		if m.kind == pipeline.Failure {
			return i
		}
		if newest < 0 {
			newest = i
		}
	}
	if newest < 0 {
		newest = len(t.moments) - 1
	}
	return newest
}

// chosen is the chosen moment, nil if there is none.
func (t *timeline) chosen() *moment {
	if t.at < 0 || t.at >= len(t.moments) {
		return nil
	}
	return &t.moments[t.at]
}

func (t *timeline) key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	keys := t.s.keys
	t.gather()
	switch {
	case key.Matches(msg, keys.EventBefore):
		t.step(-1)
	case key.Matches(msg, keys.NextEvent):
		t.step(1)
	case key.Matches(msg, keys.LaneUp):
		t.changeLane(-1)
	case key.Matches(msg, keys.LaneDown):
		t.changeLane(1)
	case key.Matches(msg, keys.ZoomIn):
		t.zoom(0.5)
	case key.Matches(msg, keys.ZoomOut):
		t.zoom(2)
	case key.Matches(msg, keys.ZoomFit):
		t.view = window{}
	case key.Matches(msg, keys.PanLeft):
		t.view = t.now().moved(-0.25)
	case key.Matches(msg, keys.PanRight):
		t.view = t.now().moved(0.25)
	case key.Matches(msg, keys.ToLine):
		return t.open(), true
	case key.Matches(msg, keys.Copy):
		return t.copy(), true
	default:
		return nil, false
	}
	return nil, true
}

// now is the part of the axis that is in view.
func (t *timeline) now() window {
	if t.view.empty() {
		return t.fit()
	}
	return t.view
}

// step goes to the next event of the lane, and brings it into view.
func (t *timeline) step(by int) {
	m := t.chosen()
	if m == nil {
		return
	}
	for i := t.at + by; i >= 0 && i < len(t.moments); i += by {
		if t.moments[i].lane == m.lane {
			t.choose(i)
			return
		}
	}
}

// changeLane goes to the nearest event of the next lane that has any.
func (t *timeline) changeLane(by int) {
	m := t.chosen()
	if m == nil {
		return
	}
	for lane := m.lane + by; lane >= 0 && lane < lanes; lane += by {
		nearest := -1
		for i := range t.moments {
			if t.moments[i].lane == lane && (nearest < 0 || apart(t.moments[i].at, m.at) < apart(t.moments[nearest].at, m.at)) {
				nearest = i
			}
		}
		if nearest >= 0 {
			t.choose(nearest)
			return
		}
	}
}

func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }

func (t *timeline) choose(i int) {
	t.at, t.touched = i, true
	if !t.view.empty() {
		t.view = t.view.with(t.moments[i].at)
	}
}

// zoom changes the scale around what is chosen, or around the middle where that
// is not in view.
func (t *timeline) zoom(by float64) {
	v := t.now()
	around := v.from.Add(v.span() / 2)
	if m := t.chosen(); m != nil && v.holds(m.at) {
		around = m.at
	}
	v = v.scaled(by, around)
	if all := t.fit(); v.span() >= all.span() {
		v = window{}
	}
	t.view = v
}

// open goes to the line of the chosen event, or to what tells of a date.
func (t *timeline) open() tea.Cmd {
	m := t.chosen()
	switch {
	case m == nil:
		return nil
	case m.event == nil:
		return say(stageWantedMsg{m.stage, tabData})
	case m.event.Log == diagnose.ProcessLog:
		return say(stageWantedMsg{m.lane, tabRun})
	}
	e := m.event
	at := e.Time
	return say(proofWantedMsg{diagnose.Evidence{Log: e.Log, Line: e.Line, Offset: e.Offset, Time: &at, Text: e.Text}})
}

func (t *timeline) copy() tea.Cmd {
	m := t.chosen()
	switch {
	case m == nil:
		return note("There is no event to copy")
	case m.event == nil:
		return say(copyWantedMsg{m.label + ": " + t.s.exactly(m.at), "the date"})
	}
	return say(copyWantedMsg{t.s.exactly(m.at) + " " + placeText(m.event) + " " + m.event.Text, "the event"})
}

func (t *timeline) update(tea.Msg) tea.Cmd { return nil }

func (t *timeline) bindings() []key.Binding {
	keys := t.s.keys
	if t.chosen() == nil {
		return []key.Binding{keys.Judge}
	}
	open := keys.ToLine
	if m := t.chosen(); m.event == nil || m.event.Log == diagnose.ProcessLog {
		open = bind(keys.ToLine.Help().Key, "open", "enter")
	}
	between := "/"
	if !t.s.look.ascii {
		between = ""
	}
	return []key.Binding{
		open,
		bind(keys.EventBefore.Help().Key+between+keys.NextEvent.Help().Key, "event", "left"),
		bind(keys.LaneUp.Help().Key+between+keys.LaneDown.Help().Key, "lane", "up"),
		bind("+/-", "zoom", "+"), keys.ZoomFit, bind("</>", "move", "<"),
	}
}

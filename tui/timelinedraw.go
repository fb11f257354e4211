package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// View draws the screen.
func (t *timeline) View(w, h int) string {
	t.gather()
	k := &t.s.look
	if len(t.moments) == 0 {
		t.cells = 0
		return k.box(k.strong.Render("Timeline"), "", t.emptyText(w-4), w, h, true)
	}
	return k.box(k.strong.Render("Timeline"), t.rangeText(), t.lines(w-2, h-2), w, h, true)
}

// emptyText says what would be here, and how to get it.
func (t *timeline) emptyText(w int) []string {
	k := &t.s.look
	head, text := "Reading the logs"+k.ellipsis, "Starts, successes and failures of the four stages will stand here on one time axis."
	switch {
	case t.s.judgeErr != nil && t.s.report == nil:
		head, text = "The logs could not be judged", safe.Text(t.s.judgeErr.Error())
	case t.s.report != nil:
		head = "Nothing to show on a time axis"
		text = "The logs hold no start, success or failure of any stage. Findings of each stage says which logs it needs. " +
			"Run a stage, or add its logs and press " + t.s.keys.Judge.Help().Key + "."
	}
	out := []string{"", " " + k.strong.Render(head)}
	for _, l := range wrapped(text, w) {
		out = append(out, " "+k.quiet.Render(l))
	}
	return out
}

// rangeText says what part of time is in view, and whether a clock is wrong.
func (t *timeline) rangeText() string {
	k := &t.s.look
	v, zone := t.now(), t.s.zone()
	layout := "2006-01-02"
	if v.span() < 2*day {
		layout = "2006-01-02 15:04"
	}
	from, to := v.from.In(zone), v.to.In(zone)
	text := from.Format(layout) + " to " + to.Format(layout)
	if from.Format(time.DateOnly) == to.Format(time.DateOnly) {
		text = from.Format("2006-01-02 15:04:05") + " to " + to.Format("15:04:05")
	}
	text = k.quiet.Render(text)
	if n := t.afterNow(); n > 0 {
		text = k.warn.Render(fmt.Sprintf("%s %d after now", k.stale, n))
	}
	return text
}

// afterNow counts events that have not been yet, by the clock that ages are
// counted from: then that or the client's is wrong.
func (t *timeline) afterNow() (n int) {
	now := t.s.clock()
	for i := range t.moments {
		if t.moments[i].event != nil && t.moments[i].at.Sub(now) > clockSlack {
			n++
		}
	}
	return n
}

// clockSlack is how far two clocks may differ without a word.
const clockSlack = 2 * time.Minute

// lines are the axis, the lanes, what is chosen, and the newest events where
// there is room.
func (t *timeline) lines(w, h int) []string {
	a := t.axis(w)
	t.cells, t.w, t.laneAt = a.n, w, map[int]int{}
	dates := t.hasDates() && h >= 8
	bare := 2 + len(stageNames) // ticks, lanes and the pointer
	if dates {
		bare++
	}
	spaced := h >= bare+4+14
	out := []string{a.tickLine()}
	for lane := range lanes {
		if lane == datesLane && !dates {
			continue
		}
		if spaced {
			out = append(out, a.line("", a.blank()))
		}
		t.laneAt[len(out)] = lane
		out = append(out, a.line(a.label(lane), a.lane(lane)))
	}
	if spaced {
		out = append(out, a.line("", a.blank()))
	}
	out = append(out, a.pointer())
	if h-len(out) >= 6 {
		out = append(out, "")
	}
	return append(out, t.below(w, h-len(out))...)
}

func (t *timeline) hasDates() bool {
	for i := range t.moments {
		if t.moments[i].lane == datesLane {
			return true
		}
	}
	return false
}

// axis is what the lanes are drawn with.
type axis struct {
	t     *timeline
	k     *look
	v     window
	wide  int // cells of the labels
	n     int // cells of the axis, each of size columns
	size  int
	ticks []axisTick
	now   int
}

func (t *timeline) axis(w int) *axis {
	k := &t.s.look
	a := &axis{t: t, k: k, v: t.now(), size: safe.Width(k.passed)}
	a.wide = 15 + a.size
	if w < 60 {
		a.wide = 9 + a.size
	}
	a.n = max((w-a.wide-1)/a.size, 4)
	a.ticks = a.v.ticks(a.n*a.size, t.s.zone())
	a.now = a.v.cell(t.s.clock(), a.n)
	return a
}

// spot is one cell of a lane.
type spot struct {
	text  string
	style lipgloss.Style
}

// blank is a lane with nothing in it: the lines of ticks and of now.
func (a *axis) blank() []spot {
	list := make([]spot, a.n)
	for i := range list {
		list[i] = spot{" ", a.k.plain}
	}
	for _, tk := range a.ticks {
		if c := a.v.cell(tk.at, a.n); c >= 0 && c < a.n {
			list[c] = spot{a.k.bar, a.k.quiet}
		}
	}
	if a.now >= 0 && a.now < a.n {
		list[a.now] = spot{a.k.bar, a.k.accent}
	}
	return list
}

// line is a label and a lane.
func (a *axis) line(label string, spots []spot) string {
	var b strings.Builder
	b.WriteString(safe.Fill(label, a.wide, a.k.ellipsis))
	for _, s := range spots {
		b.WriteString(s.style.Render(safe.Fill(s.text, a.size, "")))
	}
	return b.String()
}

// label is the state and the name of a lane. The lane of what is chosen has a
// cursor.
func (a *axis) label(lane int) string {
	k, s := a.k, a.t.s
	cursor := " "
	if m := a.t.chosen(); m != nil && m.lane == lane {
		cursor = k.accent.Render(k.cursor)
	}
	if lane == datesLane {
		return cursor + strings.Repeat(" ", a.size+1) + k.quiet.Render("Dates")
	}
	symbol, style := k.status(s.status(lane))
	name := stageNames[lane]
	if a.wide < 14 {
		name = [...]string{"Sync", "Scan", "Inv.", "Inst."}[lane]
	}
	return cursor + style.Render(symbol) + " " + fmt.Sprintf("%d %s", lane+1, name)
}

// lane is a lane with its gap and its events.
func (a *axis) lane(lane int) []spot {
	list := a.blank()
	a.gap(lane, list)
	worst := make([]*moment, a.n)
	t := a.t
	for i := range t.moments {
		m := &t.moments[i]
		c := a.v.cell(m.at, a.n)
		if m.lane != lane || c < 0 || c >= a.n {
			continue
		}
		if worst[c] == nil || rank(m) > rank(worst[c]) {
			worst[c] = m
		}
	}
	for c, m := range worst {
		if m != nil {
			symbol, style := a.k.moment(m)
			list[c] = spot{symbol, style}
		}
	}
	if m := t.chosen(); m != nil && m.lane == lane {
		if c := a.v.cell(m.at, a.n); c >= 0 && c < a.n {
			list[c].style = a.k.chosen
		}
	}
	return list
}

// rank says which of several events in one cell is drawn: the worst.
func rank(m *moment) int {
	switch {
	case m.kind == pipeline.Failure || m.bad:
		return 4
	case m.kind == pipeline.Wait:
		return 3
	case m.kind == pipeline.Success:
		return 2
	}
	return 1
}

// moment is how an event or a date is drawn.
func (l *look) moment(m *moment) (symbol string, style lipgloss.Style) {
	switch {
	case m.event == nil && m.bad:
		return l.stale, l.warn
	case m.event == nil:
		return l.bookmark, l.strong
	case m.kind == pipeline.Failure:
		return l.failed, l.bad
	case m.kind == pipeline.Wait:
		return l.waiting, l.warn
	case m.kind == pipeline.Success:
		return l.passed, l.good
	case m.kind == pipeline.Start:
		return l.running, l.quiet
	}
	return l.dot, l.quiet
}

// kindWord is what an event is, in words.
func kindWord(kind string) string {
	switch kind {
	case pipeline.Failure:
		return "failed"
	case pipeline.Wait:
		return "waits"
	case pipeline.Success:
		return "succeeded"
	case pipeline.Start:
		return "started"
	}
	return safe.Text(kind)
}

// gap draws the time since a stage that is stale did its work last.
func (a *axis) gap(lane int, list []spot) {
	since, ok := a.t.staleSince(lane)
	if !ok {
		return
	}
	from, to := 0, min(a.now, a.n-1)
	if !since.IsZero() {
		from = max(a.v.cell(since, a.n)+1, 0)
	}
	for i := from; i <= to; i++ {
		list[i] = spot{strings.Repeat(a.k.cellOf(a.k.gap), a.size), a.k.warn}
	}
	text := " stale "
	if !since.IsZero() {
		text = " stale, " + span(a.t.s.clock().Sub(since)) + " "
	}
	if a.size == 1 && to-from >= len(text)+6 {
		at := from + (to-from-len(text))/2
		for i, r := range text {
			list[at+i] = spot{string(r), a.k.warn}
		}
	}
}

// cellOf is a symbol in one column.
func (l *look) cellOf(symbol string) string { return safe.Cut(symbol, 1, "") }

// staleSince tells since when a stage is stale. A zero time is longer than its logs
// go back.
func (t *timeline) staleSince(lane int) (time.Time, bool) {
	r := t.s.stageReport(lane)
	if lane == datesLane || r == nil || r.Status != diagnose.Stale {
		return time.Time{}, false
	}
	if at := t.s.report.LastHardwareScan.Time; at != nil && r.ID == pipeline.Inventory {
		return *at, true
	}
	if r.LastSuccess == nil {
		return time.Time{}, true
	}
	return *r.LastSuccess, true
}

// tickLine holds the labels of the axis, and where now is: that comes first.
func (a *axis) tickLine() string {
	k, end := a.k, a.wide+a.n*a.size
	labels := make([]axisLabel, 0, len(a.ticks)+1)
	nowFrom, nowTo := end, end
	if a.now >= 0 && a.now < a.n {
		at := a.wide + a.now*a.size
		l := axisLabel{at: at, text: k.bar + "now", style: k.accent}
		if at+len("|now") > end {
			l = axisLabel{at: at - 3, text: "now" + k.bar, style: k.accent}
		}
		nowFrom, nowTo = l.at-1, l.at+5
		labels = append(labels, l)
	}
	for _, tk := range a.ticks {
		at := a.wide + a.v.cell(tk.at, a.n)*a.size
		if to := at + 2 + len(tk.text); at >= a.wide && to <= end && (to <= nowFrom || at >= nowTo) {
			labels = append(labels, axisLabel{at, k.bar + tk.text, k.quiet})
		}
	}
	slices.SortFunc(labels, func(x, y axisLabel) int { return x.at - y.at })
	var b strings.Builder
	cells := 0
	for _, l := range labels {
		if l.at < cells {
			continue
		}
		b.WriteString(strings.Repeat(" ", l.at-cells) + l.style.Render(l.text))
		cells = l.at + safe.Width(l.text)
	}
	return b.String()
}

// axisLabel is a text of the axis at its column.
type axisLabel struct {
	at    int
	text  string
	style lipgloss.Style
}

// pointer is the line below the lanes: the time of what is chosen at its place.
// The time is left of the arrow where there is no room at its right.
func (a *axis) pointer() string {
	k, m := a.k, a.t.chosen()
	if m == nil {
		return ""
	}
	total := a.n * a.size
	clock := m.at.In(a.t.s.zone()).Format("15:04:05")
	switch span := a.v.span(); {
	case span > 300*day: // a day of a month could be of several years
		clock = m.at.In(a.t.s.zone()).Format("2 Jan 2006 15:04")
	case span > 2*day:
		clock = m.at.In(a.t.s.zone()).Format("2 Jan 15:04")
	}
	c := a.v.cell(m.at, a.n)
	at, text := c*a.size, k.less+" "+clock
	switch {
	case c < 0:
		at, text = 0, "< chosen: "+clock
	case c >= a.n:
		text = "chosen: " + clock + " >"
		at = total - len(text)
	case at+safe.Width(text) > total:
		text = clock + " " + k.less
		at -= len(clock) + 1
	}
	return strings.Repeat(" ", a.wide+max(at, 0)) + k.strong.Render(text)
}

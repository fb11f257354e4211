package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"

	"patchtrace/logparse"
	"patchtrace/tui/safe"
)

// The least that the console can be drawn in.
const (
	leastWidth  = 40
	leastHeight = 12
)

// frame draws everything: exactly m.h lines of at most m.w cells.
func (m *Model) frame() string {
	if m.w == 0 || m.h == 0 {
		return ""
	}
	if m.w < leastWidth || m.h < leastHeight {
		return m.tooSmall()
	}
	head := m.head()
	body := m.body(m.w, m.h-len(head)-m.footHeight())
	text := fitFrame(strings.Join(append(head, body), "\n"), m.w, m.h)
	if d := m.top(); d != nil {
		text = m.look.over(text, d, m.w, m.dialogHeight())
	}
	foot := m.foot() // after all that knows what can be chosen, and above it
	return fitFrame(fitFrame(text, m.w, m.h-len(foot))+"\n"+strings.Join(foot, "\n"), m.w, m.h)
}

// fitFrame makes sure of the size, whatever a part has drawn.
func fitFrame(text string, w, h int) string {
	lines := strings.Split(text, "\n")
	if len(lines) > h {
		lines = lines[:h]
	}
	for i, l := range lines {
		lines[i] = safe.Cut(l, w, "")
	}
	for len(lines) < h {
		lines = append(lines, "")
	}
	return strings.Join(lines, "\n")
}

func (m *Model) tooSmall() string {
	return fitFrame("This needs 40 columns\nand 12 lines. Make the\nwindow larger, or run\npatchtrace diagnose.", m.w, m.h)
}

// head is the title, and the stepper where a target is open.
func (m *Model) head() []string {
	k := &m.look
	lines := []string{m.titleLine()}
	if m.s == nil {
		return append(lines, k.rule(m.w))
	}
	if m.h < 18 {
		return append(lines, m.s.stepper(m.w, 1))
	}
	lines = append(lines, k.rule(m.w))
	lines = append(lines, strings.Split(m.s.stepper(m.w, 2), "\n")...)
	if m.h >= 30 {
		lines = append(lines, k.rule(m.w))
	}
	return lines
}

// titleLine is what is looked at, whether it is followed, and its clock.
func (m *Model) titleLine() string {
	k := &m.look
	left := " " + k.accent.Render("patchtrace")
	right := ""
	if m.s != nil {
		parts := []string{k.strong.Render(m.s.name())}
		if p := m.s.product(); p != "" && m.w >= 60 {
			parts = append(parts, safe.Text(p))
		}
		if m.s.about.Lab && !strings.Contains(m.s.about.Name, "LAB ") && !strings.HasSuffix(m.s.about.Name, "LAB") {
			parts = append(parts, k.warn.Render("LAB"))
		}
		left += "   " + strings.Join(parts, " "+k.dot+" ")
		right = m.clockText() + " "
	}
	room := m.w - safe.Width(right) - 1
	return safe.Fill(left, room, k.ellipsis) + " " + right
}

// clockText is the instant that ages are counted from. One that does not pass has
// its date: copied logs may be years old.
func (m *Model) clockText() string {
	now := m.s.clock().In(m.s.zone())
	full, short, shortest := "15:04:05 -07:00", "15:04:05 -07:00", "15:04"
	switch {
	case m.s.ofLog():
		full, short, shortest = "as of 2006-01-02 15:04:05 -07:00", "as of 2006-01-02 15:04", "2006-01-02"
	case m.resting():
		full, short = "15:04 -07:00", "15:04 -07:00"
	}
	switch {
	case m.w < 60:
		return now.Format(shortest)
	case m.w < 100:
		return m.liveText() + "   " + now.Format(short)
	}
	return m.liveText() + "   " + now.Format(full)
}

// liveText says whether what is shown moves.
func (m *Model) liveText() string {
	k := &m.look
	switch {
	case m.s.running() >= 0:
		return k.accent.Render(k.running + " running")
	case m.judging && m.s.report == nil:
		return k.quiet.Render("reading" + k.ellipsis)
	case m.s.about.Still:
		return k.quiet.Render(k.paused + " still")
	}
	return k.good.Render(k.live + " live")
}

// body is what lies between head and foot.
func (m *Model) body(w, h int) string {
	switch m.mode {
	case modeOpening:
		return m.openingText(w, h)
	case modeStages:
		return m.panes(w, h)
	}
	if s := m.screen(); s != nil {
		return s.View(w, h)
	}
	return ""
}

// panes draws the stage pane and the log: beside each other, above each other, or
// only the one that has the focus.
func (m *Model) panes(w, h int) string {
	stages, log := m.paneAreas(w, h)
	switch {
	case stages.w == 0:
		return m.log.View(log.w, log.h, true)
	case log.w == 0:
		return m.stages.View(stages.w, stages.h, true)
	}
	left, right := m.stages.View(stages.w, stages.h, !m.onLog), m.log.View(log.w, log.h, m.onLog)
	if log.x > 0 {
		return beside(left, right)
	}
	return left + "\n" + right
}

// paneAreas places the stage pane and the log in w×h cells. One that is not shown
// has no width.
func (m *Model) paneAreas(w, h int) (stages, log area) {
	switch {
	case w >= 100:
		left := min(max(w*46/100, 50), 96)
		return area{0, 0, left, h}, area{left, 0, w - left, h}
	case h >= 16:
		upper := h * 62 / 100
		if m.onLog {
			upper = h * 38 / 100
		}
		upper = min(max(upper, 6), h-5)
		return area{0, 0, w, upper}, area{0, upper, w, h - upper}
	case m.onLog:
		return area{}, area{0, 0, w, h}
	}
	return area{0, 0, w, h}, area{}
}

// beside puts two blocks of equally many lines beside each other.
func beside(left, right string) string {
	l, r := strings.Split(left, "\n"), strings.Split(right, "\n")
	var b strings.Builder
	for i := range max(len(l), len(r)) {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i < len(l) {
			b.WriteString(l[i])
		}
		if i < len(r) {
			b.WriteString(r[i])
		}
	}
	return b.String()
}

// mostTold is how many lines of the screen what is told may take.
const mostTold = 6

// footHeight is how many lines foot has.
func (m *Model) footHeight() int {
	if m.note == nil {
		return 1
	}
	return len(m.told())
}

// dialogHeight is the height of the screen for dialogs: the footer may take its last
// line, and what is told takes the more of it, the less they have.
func (m *Model) dialogHeight() int { return m.h - m.footHeight() + 1 }

// besideTold is how many lines of the screen are left to a dialog, at least: in fewer
// a question has no room for its answers.
const besideTold = 8

// told is what was last told, in as many lines as it needs: the end of an error says
// what to do. The body has less of them until the next key.
func (m *Model) told() []string {
	k := &m.look
	style := k.strong
	if m.note.bad {
		style = k.bad
	}
	most := mostTold
	if m.top() != nil {
		most = min(most, m.h-besideTold)
	}
	lines := wrapped(safe.Text(m.note.text), m.w-2)
	if len(lines) > most {
		lines = append(lines[:most-1], strings.Join(lines[most-1:], " "))
	}
	for i, l := range lines {
		lines[i] = safe.Fill(" "+style.Render(safe.Cut(l, m.w-2, k.ellipsis)), m.w, k.ellipsis)
	}
	return lines
}

// foot is the keys that help now, or what was last told.
func (m *Model) foot() []string {
	k := &m.look
	if m.note != nil {
		return m.told()
	}
	text := ""
	for _, p := range m.footParts() {
		text = safe.Fill(text, p.x, "") + k.accent.Render(p.key.Help().Key) + " " + k.quiet.Render(p.key.Help().Desc)
	}
	return []string{safe.Fill(text, m.w, "")}
}

// footPart is a key in the footer, with where it stands.
type footPart struct {
	key  key.Binding
	x, w int
}

// footParts are the keys that have room in the footer.
func (m *Model) footParts() []footPart {
	var parts []footPart
	x := 1
	for _, b := range m.footKeys() {
		if !b.Enabled() || b.Help().Key == "" {
			continue
		}
		w := safe.Width(b.Help().Key) + 1 + safe.Width(b.Help().Desc)
		if x+w > m.w-1 {
			break
		}
		parts = append(parts, footPart{b, x, w})
		x += w + 2
	}
	return parts
}

// worthTelling are the notices that may matter to who looks on.
func worthTelling(k logparse.NoticeKind) bool {
	switch k {
	case logparse.Rotated, logparse.Truncated, logparse.Vanished, logparse.Gap, logparse.Overlong,
		logparse.Unreadable, logparse.PollOnly, logparse.TooMany, logparse.Replaced:
		return true
	}
	return false
}

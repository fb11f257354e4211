package tui

import (
	tea "charm.land/bubbletea/v2"
)

// area is a part of the screen.
type area struct{ x, y, w, h int }

func (a area) holds(x, y int) bool { return x >= a.x && x < a.x+a.w && y >= a.y && y < a.y+a.h }

// clicker is a part that knows what lies where in it. Places are counted from its
// own upper left corner.
type clicker interface{ click(x, y int) tea.Cmd }

// answerer is a dialog that can be clicked. Places are counted from its first line;
// done closes it.
type answerer interface {
	click(x, y int) (cmd tea.Cmd, done bool)
}

// wheeler is a part that does something with the wheel; a step of -1 is away from
// the hand.
type wheeler interface{ wheel(step int) tea.Cmd }

// region is a part of the screen with what the mouse does there.
type region struct {
	area
	click func(x, y int) tea.Cmd
	wheel func(step int) tea.Cmd
}

// mouseMsg takes a click or the wheel, where the mouse is on.
func (m *Model) mouseMsg(msg tea.MouseMsg) tea.Cmd {
	if !m.mouse || m.w < leastWidth || m.h < leastHeight {
		return nil
	}
	at := msg.Mouse()
	foot, high := m.h-m.footHeight(), m.dialogHeight()
	switch at.Button {
	case tea.MouseWheelUp:
		return m.mouseAbove(at.X, at.Y, -1, foot, high)
	case tea.MouseWheelDown:
		return m.mouseAbove(at.X, at.Y, 1, foot, high)
	case tea.MouseLeft:
	default:
		return nil
	}
	key := ""
	if at.Y >= foot && m.note == nil { // what is told stands in the place of the keys
		key = m.footKeyAt(at.X)
	}
	if m.strays(at.X, at.Y, key) {
		return nil
	}
	m.note = nil
	switch {
	case key != "":
		return m.press(keyNamed(key))
	case at.Y < foot:
		return m.mouseAbove(at.X, at.Y, 0, foot, high)
	}
	return nil
}

// mouseAbove scrolls, or clicks with a step of 0, what lies above the footer, which
// begins at foot. The screen is high lines high for a dialog.
func (m *Model) mouseAbove(x, y, step, foot, high int) tea.Cmd {
	if d := m.top(); d != nil {
		return m.mouseOnDialog(d, m.look.dialogArea(d, m.w, high), x, y, step)
	}
	for _, r := range m.regions(foot) {
		switch {
		case !r.holds(x, y):
		case step != 0 && r.wheel != nil:
			return r.wheel(step)
		case step == 0 && r.click != nil:
			return r.click(x-r.x, y-r.y)
		}
	}
	return nil
}

// regions are the parts of the screen above the footer that the mouse works on.
func (m *Model) regions(foot int) []region {
	head := m.head()
	var list []region
	if m.s != nil {
		for i, a := range m.s.stepAreas(m.w, m.stepperLines()) {
			a.y += m.stepperTop()
			list = append(list, region{area: a, click: func(int, int) tea.Cmd { return m.goTo(i) }})
		}
	}
	body := area{0, len(head), m.w, foot - len(head)}
	if m.mode != modeStages {
		if s := m.screen(); s != nil {
			list = append(list, partRegion(body, s))
		}
		return list
	}
	stages, log := m.paneAreas(body.w, body.h)
	stages.y += body.y
	log.y += body.y
	left := partRegion(stages, m.stages)
	right := partRegion(log, m.log)
	return append(list, m.focusing(left, false), m.focusing(right, true))
}

// focusing gives a pane the focus when it is clicked.
func (m *Model) focusing(r region, onLog bool) region {
	click := r.click
	r.click = func(x, y int) tea.Cmd {
		m.onLog = onLog
		if click == nil {
			return nil
		}
		return click(x, y)
	}
	return r
}

// wheelLines is how far one step of the wheel goes.
const wheelLines = 3

// partRegion is a part in its area, with what it does for the mouse.
func partRegion(a area, part any) region {
	r := region{area: a}
	if c, ok := part.(clicker); ok {
		r.click = c.click
	}
	if w, ok := part.(wheeler); ok {
		r.wheel = w.wheel
	}
	return r
}

// stepperTop is the line of the stepper, stepperLines how many it may take: as in
// head.
func (m *Model) stepperTop() int {
	if m.h < 18 {
		return 1
	}
	return 2
}

func (m *Model) stepperLines() int {
	if m.h < 18 {
		return 1
	}
	return 2
}

// clickRow chooses a row that is in sight, by its line; a second click opens it.
func (l *list) clickRow(line int) tea.Cmd {
	i := l.top + line
	if line < 0 || line >= l.h || i >= len(l.rows) || l.rows[i].id == "" {
		return nil
	}
	if i == l.at && l.rows[i].act != nil {
		return l.rows[i].act()
	}
	l.at = i
	return nil
}

func (s *startScreen) click(_, y int) tea.Cmd { return s.list.clickRow(y - 1) }

func (s *startScreen) wheel(step int) tea.Cmd {
	s.list.scroll(step * wheelLines)
	return nil
}

// click turns to a tab, or chooses a row.
func (p *stagePane) click(x, y int) tea.Cmd {
	if y > 0 {
		return p.list(p.w).clickRow(y - 1)
	}
	for i, span := range p.tabSpans(p.w + 2) {
		if x >= span[0] && x < span[1] {
			p.s.tab = tabs[i].id
		}
	}
	return nil
}

func (p *stagePane) wheel(step int) tea.Cmd {
	p.list(p.w).scroll(step * wheelLines)
	return nil
}

// click chooses a line of the log; a second click shows its details.
func (p *logPane) click(_, y int) tea.Cmd {
	n := p.top + int64(y-1)
	switch {
	case y < 1 || y > p.h || n >= p.end:
		return nil
	case n == p.at:
		return p.detail()
	}
	return p.goTo(n)
}

func (p *logPane) wheel(step int) tea.Cmd { return p.page(int64(step * wheelLines)) }

// click chooses a patch; a second click shows its MOF.
func (p *patchTable) click(_, y int) tea.Cmd {
	if p.says() {
		return nil
	}
	i := p.top + y - 2 // below the frame and the head
	if y < 2 || y-2 >= p.h || i >= len(p.order) {
		return nil
	}
	if i == p.at {
		return p.showMOF()
	}
	p.at = i
	return nil
}

func (p *patchTable) wheel(step int) tea.Cmd {
	if p.says() {
		p.said.scroll(step * wheelLines)
		return nil
	}
	p.at += step * wheelLines
	p.show()
	return nil
}

// click chooses the event of a lane that is nearest.
func (t *timeline) click(x, y int) tea.Cmd {
	lane, ok := t.laneAt[y-1]
	if !ok || t.cells == 0 {
		return nil
	}
	a := t.axis(t.w)
	cell := (x - 1 - a.wide) / a.size
	nearest, least := -1, 0
	for i := range t.moments {
		if t.moments[i].lane != lane {
			continue
		}
		far := a.v.cell(t.moments[i].at, a.n) - cell
		far = max(far, -far)
		if nearest < 0 || far <= least {
			nearest, least = i, far
		}
	}
	switch {
	case nearest < 0:
		return nil
	case nearest == t.at:
		return t.open()
	}
	t.choose(nearest)
	return nil
}

// wheel changes the scale.
func (t *timeline) wheel(step int) tea.Cmd {
	if step < 0 {
		t.zoom(0.5)
	} else {
		t.zoom(2)
	}
	return nil
}

package tui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"patchtrace/tui/safe"
)

// tabID is a tab of the stage pane.
type tabID string

const (
	tabGuide    tabID = "guide"
	tabRun      tabID = "run"
	tabFindings tabID = "findings"
	tabData     tabID = "data"
)

// tabs in their order, with what they are called.
var tabs = [...]struct {
	id   tabID
	name string
	// rows are the tab's lines at a width of w cells.
	rows func(s *session, w int) []row
}{
	{tabGuide, "Guide", guideRows},
	{tabRun, "Run", runRows},
	{tabFindings, "Findings", findingRows},
	{tabData, "Data", dataRows},
}

// stagePane shows what to know and what to do about the stage in view.
type stagePane struct {
	s *session
	// lists are kept by stage and tab, so that each is found as it was left.
	lists map[string]*list
	// drawn says what the lists were made from.
	drawn map[string]string
	w     int // inside of the frame, when it was drawn last
}

func newStagePane(s *session) *stagePane {
	return &stagePane{s: s, lists: map[string]*list{}, drawn: map[string]string{}}
}

func (p *stagePane) listKey() string { return fmt.Sprintf("%d/%s", p.s.stage, p.s.tab) }

// list is the list in view, made anew if anything changed.
func (p *stagePane) list(w int) *list {
	name := p.listKey()
	l := p.lists[name]
	if l == nil {
		l = &list{at: -1}
		p.lists[name] = l
	}
	state := fmt.Sprintf("%d/%d", p.s.version, w)
	if p.drawn[name] != state {
		p.drawn[name] = state
		for _, t := range tabs {
			if t.id == p.s.tab {
				l.set(t.rows(p.s, w-1))
			}
		}
		p.place(name, l)
	}
	return l
}

// place chooses anew where that is asked for, and keeps the end of a run in sight.
func (p *stagePane) place(name string, l *list) {
	if p.s.fresh == name {
		p.s.fresh = ""
		rows := l.rows
		*l = list{at: -1, h: l.h}
		l.set(rows)
	}
	if p.s.tab == tabRun && p.s.follows() {
		l.end()
	}
}

// View draws the pane with its frame.
func (p *stagePane) View(w, h int, focused bool) string {
	k := &p.s.look
	p.w = w - 2
	l := p.list(p.w)
	lines := l.lines(k, w-2, h-2, focused)
	return k.box(p.title(w), k.quiet.Render(l.place(k)), lines, w, h, focused)
}

// title is "2 Scan ─ Guide │ Run │ Findings │ Data".
func (p *stagePane) title(w int) string {
	k := &p.s.look
	var names []string
	for _, t := range tabs {
		if t.id == p.s.tab {
			names = append(names, k.accent.Underline(true).Render(t.name))
		} else {
			names = append(names, k.quiet.Render(t.name))
		}
	}
	return p.head(w) + strings.Join(names, k.quiet.Render(" "+k.bar+" "))
}

// head is the stage before the tabs, where there is room for it.
func (p *stagePane) head(w int) string {
	if w < 48 {
		return ""
	}
	k := &p.s.look
	return k.strong.Render(fmt.Sprintf("%d %s", p.s.stage+1, stageNames[p.s.stage])) + k.quiet.Render(" "+k.horizontal+" ")
}

// tabSpans are where title writes the tabs in the upper edge: from, to.
func (p *stagePane) tabSpans(w int) [][2]int {
	x := 2 + safe.Width(p.head(w))
	var spans [][2]int
	for _, t := range tabs {
		spans = append(spans, [2]int{x, x + len(t.name)})
		x += len(t.name) + 3
	}
	return spans
}

// key takes a key press and tells whether it was for the pane.
func (p *stagePane) key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	keys := p.s.keys
	switch {
	case key.Matches(msg, keys.NextTab):
		p.turn(1)
	case key.Matches(msg, keys.PrevTab):
		p.turn(-1)
	case key.Matches(msg, keys.Copy):
		return p.copy(), true
	case key.Matches(msg, keys.Stop) && p.s.stoppable():
		return p.s.interruptRun(), true
	default:
		l := p.list(p.w)
		cmd, taken := l.key(keys, msg)
		if taken && p.s.tab == tabRun {
			p.s.setFollow(l.top+l.h >= len(l.rows))
		}
		return cmd, taken
	}
	return nil, true
}

func (p *stagePane) turn(step int) {
	for i, t := range tabs {
		if t.id == p.s.tab {
			p.s.tab = tabs[(i+step+len(tabs))%len(tabs)].id
			return
		}
	}
}

// copy takes the chosen row, or else the whole tab.
func (p *stagePane) copy() tea.Cmd {
	l := p.list(p.w)
	if r := l.chosen(); r != nil && r.copy != "" {
		return say(copyWantedMsg{r.copy, "the line"})
	}
	var b strings.Builder
	for _, r := range l.rows {
		b.WriteString(plainText(r.text) + "\n")
	}
	return say(copyWantedMsg{b.String(), "the tab"})
}

// bindings are the keys of the pane, the most useful first.
func (p *stagePane) bindings() []key.Binding {
	keys := p.s.keys
	var b []key.Binding
	if p.s.stoppable() {
		b = append(b, bind(keys.Stop.Help().Key, p.s.stopWord(), "esc"))
	}
	if p.s.tab == tabRun && p.s.report != nil && p.s.about.CannotRun == nil && p.s.running() < 0 {
		b = append(b, bind(keys.Run.Help().Key, "run it", "r"))
	}
	if r := p.list(p.w).chosen(); r != nil && r.act != nil {
		word := r.word
		if word == "" {
			word = p.openWord()
		}
		b = append(b, bind(keys.Open.Help().Key, word, "enter"))
	}
	return append(b, keys.NextTab)
}

// openWord is what Enter does in the tab.
func (p *stagePane) openWord() string {
	switch p.s.tab {
	case tabFindings:
		return "open proof"
	case tabGuide:
		return "tick or answer"
	case tabRun:
		return "choose"
	}
	return "open"
}

package tui

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"patchtrace/tui/safe"
)

// startScreen offers the targets.
type startScreen struct {
	*env
	list list
	// places is what the desk offers; nil until it answered.
	places []Place
	// failed is the place that could not be opened last, and why.
	failed    Place
	failedErr error
	// random returns a number below n.
	random func(n int) int
}

func newStartScreen(e *env) *startScreen {
	return &startScreen{env: e, list: list{at: -1}, random: rand.IntN}
}

// placesMsg are the targets that the desk offers.
type placesMsg struct{ places []Place }

// load asks for the places that can be offered.
func (s *startScreen) load() tea.Cmd {
	desk := s.desk
	return s.work(func(ctx context.Context) tea.Msg { return placesMsg{desk.Places(ctx)} })
}

// View draws the screen.
func (s *startScreen) View(w, h int) string {
	k := &s.look
	s.list.set(s.rows(w-3, h-2))
	lines := s.list.lines(k, w-2, h-2, true)
	return k.box(k.strong.Render("Open a target"), k.quiet.Render(s.list.place(k)), lines, w, h, true)
}

func (s *startScreen) key(msg tea.KeyPressMsg) (tea.Cmd, bool) { return s.list.key(s.keys, msg) }

func (s *startScreen) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case placesMsg:
		s.places = msg.places
		if s.places == nil {
			s.places = []Place{}
		}
	case openedMsg:
		s.failed, s.failedErr = msg.place, msg.err
		if msg.err != nil {
			s.list.top = 0
		}
	}
	return nil
}

func (s *startScreen) bindings() []key.Binding {
	b := []key.Binding{bind(s.keys.Open.Help().Key, "open", "enter"), s.keys.Up, s.keys.Down}
	return append(b, s.keys.LookUp)
}

// rows are what went wrong, the places, and what this program does: that first
// where there is room for all of it.
func (s *startScreen) rows(w, h int) []row {
	rows := s.failureRows(w)
	intro, choices := s.introRows(w), s.choiceRows(w)
	if len(rows) == 0 && len(intro)+len(choices) < h {
		rows = append(intro, row{})
		intro = nil
	}
	rows = append(rows, choices...)
	if len(intro) > 0 {
		rows = append(append(rows, row{}), intro...)
	}
	return rows
}

const introText = "A patch that does not reach a client was lost at one of four stages: sync, scan, inventory or install. " +
	"patchtrace reads the logs of the client, names the stage that broke, quotes the lines that prove it, says what to do, " +
	"and can run each stage while it watches."

func (s *startScreen) introRows(w int) []row {
	return textRows(s.look.quiet.Render, introText, " ", min(w, 100))
}

func (s *startScreen) failureRows(w int) []row {
	if s.failedErr == nil {
		return nil
	}
	k := &s.look
	name := string(s.failed.Kind)
	if s.failed.Path != "" {
		name = safe.Text(s.failed.Path)
	}
	rows := signRows(k.bad.Render, k.failed, "Not opened: "+name, w)
	rows = append(rows, textRows(k.plain.Render, safe.Text(strings.ReplaceAll(s.failedErr.Error(), "\n", " ")), "  ", w)...)
	return append(rows, row{})
}

// choice is a kind of target that is always offered.
type choice struct {
	kind        Place
	label, note string
	act         func() tea.Cmd
}

func (s *startScreen) choiceRows(w int) []row {
	k := &s.look
	if s.places == nil {
		return []row{{text: k.quiet.Render("Looking for what can be opened" + k.ellipsis)}}
	}
	rows := []row{{text: k.strong.Render("What to look at")}}
	for _, c := range s.choices() {
		rows = append(rows, s.choiceRow(c, w)...)
	}
	recent := s.recent()
	if len(recent) == 0 {
		return rows
	}
	rows = append(rows, row{}, row{text: k.strong.Render("At hand")})
	for _, p := range recent {
		rows = append(rows, s.recentRow(p, w))
	}
	return rows
}

// choices are what is offered whatever is there.
func (s *startScreen) choices() []choice {
	dots := s.look.ellipsis
	all := []choice{
		{Place{Kind: ThisComputer}, "This computer", "the client that is installed here", nil},
		{Place{Kind: Remote}, "Another computer" + dots, `\\host, through its admin$ share`, s.askHost},
		{Place{Kind: Folder}, "A folder" + dots, "logs that were copied, or a client's folder", s.askFolder},
		{Place{Kind: Zip}, "A .zip" + dots, "collected logs; it need not be unpacked", s.askZip},
		{Place{Kind: Lab}, "Practice lab" + dots, "a site and a client, with a fault to choose or to find", s.askFault},
	}
	for i := range all {
		c := &all[i]
		if at := slices.IndexFunc(s.places, func(p Place) bool { return p.Kind == c.kind.Kind && p.Path == "" }); at >= 0 {
			c.kind = s.places[at]
		}
		if c.kind.Note != "" {
			c.note = safe.Text(c.kind.Note)
		}
		if c.act == nil {
			p := c.kind
			c.act = func() tea.Cmd { return say(openWantedMsg{p}) }
		}
	}
	// What cannot be opened is told last.
	slices.SortStableFunc(all, func(a, b choice) int {
		switch {
		case a.kind.Off == b.kind.Off:
			return 0
		case a.kind.Off:
			return 1
		}
		return -1
	})
	return all
}

// recent are the places that the desk knows of by their path.
func (s *startScreen) recent() []Place {
	return slices.DeleteFunc(slices.Clone(s.places), func(p Place) bool { return p.Path == "" })
}

// labelColumn is how wide the names of choices are.
const labelColumn = 20

// choiceRow is a choice with its note beside it, or below where that would be cut.
func (s *startScreen) choiceRow(c choice, w int) []row {
	k := &s.look
	if c.kind.Off {
		note := "off: " + c.note
		if safe.Width(note) <= w-labelColumn-2 {
			return []row{{text: k.quiet.Render("  " + safe.Fill(c.label, labelColumn, "") + note)}}
		}
		rows := []row{{text: k.quiet.Render("  " + c.label)}}
		return append(rows, textRows(k.quiet.Render, note, "    ", w)...)
	}
	r := row{id: string(c.kind.Kind), act: c.act, text: "  " + safe.Fill(c.label, labelColumn, "")}
	if room := w - labelColumn - 2; room >= min(safe.Width(c.note), 24) {
		r.text += k.quiet.Render(safe.Cut(c.note, room, k.ellipsis))
	}
	return []row{r}
}

// recentRow is a place with its path; what else is known stands behind it.
func (s *startScreen) recentRow(p Place, w int) row {
	k := &s.look
	note := string(p.Kind)
	if p.Note != "" {
		note = safe.Text(p.Note)
	}
	if p.Off {
		note = "off: " + note
	}
	name := safe.CutMiddle(safe.Text(p.Path), w-3, k.ellipsis)
	text := "  " + name
	if room := w - safe.Width(text) - 3; room >= min(safe.Width(note), 12) {
		text += "  " + k.quiet.Render(safe.Cut(note, room, k.ellipsis))
	}
	if p.Off {
		return row{text: k.quiet.Render(plainText(text))}
	}
	return row{text: text, id: string(p.Kind) + ":" + p.Path, act: func() tea.Cmd { return say(openWantedMsg{p}) }}
}

package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// faultsMsg are the faults that the lab can have.
type faultsMsg struct{ faults []Fault }

// labProducts are the products that a lab can be made of.
var labProducts = [...]struct{ id, title string }{{"sms2003", "SMS 2003"}, {"sms2", "SMS 2.0"}}

// faultsOf is a desk that knows the faults of labs of every product.
type faultsOf interface{ FaultsOf(product string) []Fault }

// labFaults are the faults of all labs that can be made.
func labFaults(desk Desk) []Fault {
	of, ok := desk.(faultsOf)
	if !ok {
		return desk.Faults()
	}
	var list []Fault
	for _, p := range labProducts {
		list = append(list, of.FaultsOf(p.id)...)
	}
	return list
}

// askFault opens the list of faults.
func (s *startScreen) askFault() tea.Cmd {
	p := &faultPicker{env: s.env, random: s.random, list: list{at: -1}}
	p.input = textinput.New()
	p.input.Prompt = ""
	p.input.CharLimit = 200
	p.input.SetStyles(textinput.DefaultStyles(s.look.dark))
	p.input.Focus()
	desk := s.desk
	load := s.work(func(context.Context) tea.Msg { return faultsMsg{labFaults(desk)} })
	return tea.Sequence(say(dialogWantedMsg{dialog: p}), load)
}

// faultPicker is the dialog in which the fault of a new lab is chosen. Letters
// narrow its list.
type faultPicker struct {
	*env
	input   textinput.Model
	list    list
	faults  []Fault
	loaded  bool
	product int
	random  func(n int) int
	w, most int
	head    int // lines above the list
	// cut is true when the cause of any fault has no room in its row.
	cut bool
}

func (p *faultPicker) title() string { return "Practice lab: what is broken in it?" }

// place says whether there are more faults than are in sight.
func (p *faultPicker) place(k *look) string { return p.list.place(k) }

func (p *faultPicker) lines(k *look, w, h int) []string {
	if p.w != w {
		p.w, p.cut = w, false
	}
	p.refill()
	p.input.SetWidth(max(w-12, 4))
	out := []string{k.quiet.Render("Search  ") + inputText(&p.input)}
	if h >= 12 {
		out = append(out, k.quiet.Render("Product ")+labProducts[p.product].title+k.quiet.Render("  "+p.keys.Product.Help().Key+" changes it"), "")
	}
	p.head = len(out)
	cause := p.causeLines(k, w)
	// It stays as high as it was with all faults: a list that jumps is hard to read.
	room := min(h-len(out)-len(cause), max(p.most, 1))
	end := len(out) + room
	out = append(out, p.list.lines(k, w, room, true)...)
	for len(out) < end {
		out = append(out, "")
	}
	return append(out, cause...)
}

// causeLines tell the cause of the chosen fault whole, always in as many lines; none
// where every row has room for its own.
func (p *faultPicker) causeLines(k *look, w int) []string {
	if !p.cut {
		return nil
	}
	const most = 2
	out := make([]string, most)
	if r := p.list.chosen(); r != nil {
		lines := wrapped(r.copy, w)
		if len(lines) > most {
			lines = append(lines[:most-1], safe.Cut(strings.Join(lines[most-1:], " "), w, k.ellipsis))
		}
		for i, l := range lines {
			out[i] = k.quiet.Render(l)
		}
	}
	return out
}

// refill makes the rows anew.
func (p *faultPicker) refill() {
	rows := p.rows()
	p.list.set(rows)
	p.most = max(p.most, len(rows))
}

func (p *faultPicker) rows() []row {
	k := &p.look
	if !p.loaded {
		return []row{{text: k.quiet.Render("Asking for the faults" + k.ellipsis)}}
	}
	var rows []row
	if p.matches("surprise me hidden") {
		rows = append(rows, p.row("Surprise me", "one is picked and hidden: find it", "surprise", p.surprise))
	}
	if p.matches("no fault works") {
		rows = append(rows, p.row("No fault", "everything works", "none", func() tea.Cmd { return p.open(Place{Kind: Lab}) }))
	}
	for i, id := range pipeline.StageIDs {
		head := row{text: k.strong.Render(fmt.Sprintf("%d %s", i+1, stageNames[i]))}
		for _, f := range p.fitting() {
			if f.Stage != id || !p.matches(f.Name+" "+f.Cause+" "+f.Stage) {
				continue
			}
			if head.text != "" {
				rows = append(rows, head)
				head.text = ""
			}
			place := Place{Kind: Lab, Fault: f.Name}
			rows = append(rows, p.row(safe.Text(f.Name), safe.Text(f.Cause), "fault:"+f.Name, func() tea.Cmd { return p.open(place) }))
		}
	}
	if len(rows) == 0 {
		rows = textRows(k.quiet.Render, "No fault has that in its name or cause. Backspace shows more.", "", max(p.w, 20))
	}
	return rows
}

// row is a fault with its cause.
func (p *faultPicker) row(name, cause, id string, act func() tea.Cmd) row {
	k := &p.look
	const column = 24
	text := "  " + safe.Cut(name, p.w-4, k.ellipsis)
	if p.w >= 56 {
		text = "  " + safe.Fill(name, column, k.ellipsis) + " " + k.quiet.Render(cause)
	}
	p.cut = p.cut || p.w < 56 || safe.Width(text) > p.w-1
	return row{text: text, id: id, act: act, copy: cause}
}

// fitting are the faults of the product. Their rules say of which they are; where
// none does, all fit.
func (p *faultPicker) fitting() []Fault {
	of := func(f Fault, product string) bool { return strings.HasPrefix(f.Rule, product+".") }
	told := slices.ContainsFunc(p.faults, func(f Fault) bool {
		return of(f, labProducts[0].id) || of(f, labProducts[1].id)
	})
	if !told {
		return p.faults
	}
	return slices.DeleteFunc(slices.Clone(p.faults), func(f Fault) bool { return !of(f, labProducts[p.product].id) })
}

// matches is true when all typed words are in the text.
func (p *faultPicker) matches(text string) bool {
	text = strings.ToLower(text)
	for _, word := range strings.Fields(strings.ToLower(p.input.Value())) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// open opens the lab; the dialogs go when anything is opened.
func (p *faultPicker) open(place Place) tea.Cmd {
	if p.product > 0 {
		place.Product = labProducts[p.product].id
	}
	return say(openWantedMsg{place})
}

// surprise picks a fault, away from the update path as all that is no screen.
func (p *faultPicker) surprise() tea.Cmd {
	faults, random := p.fitting(), p.random
	place := Place{Kind: Lab, Secret: true}
	if p.product > 0 {
		place.Product = labProducts[p.product].id
	}
	return p.work(func(context.Context) tea.Msg {
		if len(faults) > 0 { // else the desk picks one of its own
			place.Fault = faults[random(len(faults))].Name
		}
		return openWantedMsg{place}
	})
}

func (p *faultPicker) key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(msg, p.keys.No):
		return nil, true
	case key.Matches(msg, p.keys.Product):
		p.product = (p.product + 1) % len(labProducts)
		p.refill()
		return nil, false
	case msg.Text == "":
		if cmd, taken := p.list.key(p.keys, msg); taken {
			return cmd, false
		}
	}
	return p.update(msg), false
}

func (p *faultPicker) update(msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(faultsMsg); ok {
		p.faults, p.loaded = msg.faults, true
		p.refill()
		return nil
	}
	before := p.input.Value()
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	if p.input.Value() != before {
		p.list.reset()
		p.refill()
	}
	return cmd
}

func (p *faultPicker) bindings() []key.Binding {
	return []key.Binding{bind(p.keys.Open.Help().Key, "make the lab", "enter"), bind(p.keys.No.Help().Key, "leave it", "esc"), bind("a-z", "search", ""), p.keys.Product}
}

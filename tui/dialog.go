package tui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"patchtrace/tui/safe"
)

// dialog is something on top of the screen that takes every key.
type dialog interface {
	// title stands in the upper edge.
	title() string
	// lines are drawn inside of the frame, w cells wide, at most h.
	lines(k *look, w, h int) []string
	// key takes a key press; done closes the dialog.
	key(msg tea.KeyPressMsg) (cmd tea.Cmd, done bool)
	// update takes what is no key press, such as pasted text.
	update(msg tea.Msg) tea.Cmd
	// bindings are its keys, for the footer.
	bindings() []key.Binding
}

// dialogLines are what a dialog shows in w×h cells, and how wide it is then.
func (k *look) dialogLines(d dialog, w, h int) (lines []string, wide int) {
	wide = min(w-2, 88)
	if w < 44 {
		wide = w
	}
	lines = d.lines(k, wide-4, h-4)
	if len(lines) > h-4 && h > 4 {
		lines = lines[:h-4]
	}
	return lines, wide
}

// dialogArea is where the lines of a dialog lie that over draws.
func (k *look) dialogArea(d dialog, w, h int) area {
	lines, wide := k.dialogLines(d, w, h)
	return area{max(0, (w-wide)/2) + 2, max(0, (h-len(lines)-2)/2) + 1, wide - 4, len(lines)}
}

// over draws a dialog in the middle of a frame of w×h cells.
func (k *look) over(frame string, d dialog, w, h int) string {
	lines, wide := k.dialogLines(d, w, h)
	padded := make([]string, 0, len(lines)+2)
	for _, l := range lines {
		padded = append(padded, " "+l)
	}
	place := ""
	if p, ok := d.(interface{ place(k *look) string }); ok {
		place = k.quiet.Render(p.place(k))
	}
	box := k.box(k.strong.Render(d.title()), place, padded, wide, len(padded)+2, true)
	x, y := max(0, (w-wide)/2), max(0, (h-len(padded)-2)/2)
	c := lipgloss.NewCompositor(lipgloss.NewLayer(frame), lipgloss.NewLayer(box).X(x).Y(y).Z(1))
	return lipgloss.NewCanvas(w, h).Compose(c).Render()
}

// confirm asks before something is done. It opens deaf: keys that were in flight
// when it opened must not confirm it.
type confirm struct {
	keys   *keyMap
	head   string
	text   []string // paragraphs; the first is shown as it is, cut nowhere
	yes    string
	opened time.Time
	now    func() time.Time
	then   func() tea.Cmd
	danger bool
	// list stands below the text, without blank lines between.
	list []string
	// not is what a no does, nil for nothing.
	not func() tea.Cmd
	// top is the first line in sight where there is no room for all; most is the
	// largest that it can be.
	top, most int
	// keysLine is the line that the keys stand in, when it was drawn last.
	keysLine int
}

// buttonGap is what lies between the two keys of a confirmation.
const buttonGap = 3

func (c *confirm) yesText() string { return c.keys.Yes.Help().Key + " " + c.yes }
func (c *confirm) noText() string  { return c.keys.No.Help().Key + " do not" }

// deaf is how long a confirmation ignores keys after it opened.
const deaf = 250 * time.Millisecond

func (e *env) newConfirm(head, yes string, danger bool, text []string, then func() tea.Cmd) *confirm {
	return &confirm{keys: e.keys, head: head, text: text, yes: yes, opened: e.now(), now: e.now, then: then, danger: danger}
}

func (c *confirm) title() string { return c.head }

func (c *confirm) lines(k *look, w, h int) []string {
	yes := k.accent
	if c.danger {
		yes = k.bad
	}
	keys := yes.Render(c.yesText()) + strings.Repeat(" ", buttonGap) + k.quiet.Render(c.noText())
	text := c.body(w)
	c.keysLine = min(len(text), max(h-2, 2)) + 1
	room := h - 2
	if c.most = max(len(text)-room+1, 0); len(text) <= room || room < 2 {
		c.most = 0
		return append(text, "", keys)
	}
	// The last line in sight says that there is more: nothing is agreed to unseen.
	c.top = min(c.top, c.most)
	more := k.quiet.Render(c.keys.Up.Help().Key + " more above")
	if left := len(text) - c.top - room + 1; left > 0 {
		more = k.warn.Render(fmt.Sprintf("%s %d more below", c.keys.Down.Help().Key, left))
	}
	out := append([]string{}, text[c.top:min(c.top+room-1, len(text))]...)
	return append(out, more, "", keys)
}

// body is the text in lines of w cells.
func (c *confirm) body(w int) []string {
	var out []string
	for i, t := range c.text {
		if i > 0 {
			out = append(out, "")
		}
		out = append(out, wrapped(t, w)...)
	}
	if len(c.list) > 0 && len(out) > 0 {
		out = append(out, "")
	}
	for _, t := range c.list {
		for i, l := range wrapped(t, max(w-2, 8)) {
			if i > 0 {
				l = "  " + l
			}
			out = append(out, l)
		}
	}
	return out
}

func (c *confirm) key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(msg, c.keys.No):
		if c.not != nil {
			return c.not(), true
		}
		return nil, true
	case c.now().Sub(c.opened) < deaf:
		return nil, false
	case key.Matches(msg, c.keys.Yes):
		return c.then(), true
	case key.Matches(msg, c.keys.Up):
		c.top = max(c.top-1, 0)
	case key.Matches(msg, c.keys.Down):
		c.top = min(c.top+1, c.most)
	case key.Matches(msg, c.keys.PageUp):
		c.top = max(c.top-5, 0)
	case key.Matches(msg, c.keys.PageDown):
		c.top = min(c.top+5, c.most)
	}
	return nil, false
}

func (c *confirm) update(tea.Msg) tea.Cmd { return nil }
func (c *confirm) bindings() []key.Binding {
	b := []key.Binding{bind(c.keys.Yes.Help().Key, c.yes, "enter"), c.keys.No}
	if c.most > 0 {
		b = append(b, c.keys.Down)
	}
	return b
}

// prompt asks for a line of text. What check refuses stays, with the reason.
type prompt struct {
	keys  *keyMap
	head  string
	help  string
	input textinput.Model
	check func(string) error
	err   error
	then  func(string) tea.Cmd
}

func (e *env) newPrompt(head, help, value string, check func(string) error, then func(string) tea.Cmd) *prompt {
	in := textinput.New()
	in.Prompt = ""
	in.CharLimit = 4096
	in.SetValue(value)
	in.CursorEnd()
	in.SetStyles(textinput.DefaultStyles(e.look.dark))
	in.Focus()
	return &prompt{keys: e.keys, head: head, help: help, input: in, check: check, then: then}
}

func (p *prompt) title() string { return p.head }

func (p *prompt) lines(k *look, w, _ int) []string {
	p.input.SetWidth(w - 3)
	out := []string{k.accent.Render(k.cursor) + " " + inputText(&p.input)}
	if p.err != nil {
		out = append(out, "")
		for _, l := range wrapped(safe.Text(p.err.Error()), w) {
			out = append(out, k.bad.Render(l))
		}
	}
	if p.help != "" {
		out = append(out, "")
		for _, l := range wrapped(p.help, w) {
			out = append(out, k.quiet.Render(l))
		}
	}
	return out
}

// inputText draws a field. What was pasted into it may turn the direction of text;
// that must not reach the terminal.
func inputText(in *textinput.Model) string {
	return strings.Map(func(r rune) rune {
		if r != '\x1b' && safe.Hidden(r) {
			return '?'
		}
		return r
	}, in.View())
}

func (p *prompt) key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(msg, p.keys.No):
		return nil, true
	case key.Matches(msg, p.keys.Yes):
		value := strings.TrimSpace(p.input.Value())
		if p.check != nil {
			if p.err = p.check(value); p.err != nil {
				return nil, false
			}
		}
		return p.then(value), true
	}
	p.err = nil
	return p.update(msg), false
}

func (p *prompt) update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	return cmd
}

func (p *prompt) bindings() []key.Binding {
	return []key.Binding{bind(p.keys.Yes.Help().Key, "take it", "enter"), bind(p.keys.No.Help().Key, "leave it", "esc")}
}

// page shows text that can be scrolled and copied.
type page struct {
	keys *keyMap
	head string
	list list
	text func(k *look, w int) []string
	copy string
	w    int
}

func (e *env) newPage(head, copy string, text func(k *look, w int) []string) *page {
	return &page{keys: e.keys, head: head, text: text, copy: copy}
}

func (p *page) title() string { return p.head }

func (p *page) lines(k *look, w, h int) []string {
	if p.w != w {
		p.w = w
		var rows []row
		for _, l := range p.text(k, w) {
			rows = append(rows, row{text: l})
		}
		p.list.set(rows)
	}
	return p.list.lines(k, w, min(h, len(p.list.rows)), true)
}

// place says whether there is more than is in sight.
func (p *page) place(k *look) string { return p.list.place(k) }

func (p *page) key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(msg, p.keys.Back, p.keys.Open, p.keys.Help, p.keys.Quit): // as a pager ends
		return nil, true
	case key.Matches(msg, p.keys.Copy) && p.copy != "":
		return say(copyWantedMsg{p.copy, "the text"}), false
	}
	cmd, _ := p.list.key(p.keys, msg)
	return cmd, false
}

func (p *page) update(tea.Msg) tea.Cmd { return nil }
func (p *page) bindings() []key.Binding {
	b := []key.Binding{p.keys.Back, p.keys.Up, p.keys.Down}
	if p.copy != "" {
		b = append(b, p.keys.Copy)
	}
	return b
}

// wrapped breaks text into lines of w cells.
func wrapped(text string, w int) []string { return safe.Wrap(text, w) }

package tui

import (
	tea "charm.land/bubbletea/v2"

	"patchtrace/tui/safe"
)

// footKeyAt is the key that stands in the footer at x, "" for none. All that a dialog
// can do stands there too.
func (m *Model) footKeyAt(x int) string {
	for _, p := range m.footParts() {
		// A name of none stands for many keys, such as all letters.
		if name := p.key.Keys()[0]; name != "" && x >= p.x && x < p.x+p.w {
			return name
		}
	}
	return ""
}

// mouseOnDialog scrolls a dialog whose lines lie in an area, or clicks what lies there.
// A click beside what can be chosen does nothing: it may be a slip.
func (m *Model) mouseOnDialog(d dialog, in area, x, y, step int) tea.Cmd {
	var cmd tea.Cmd
	done := false
	if step != 0 {
		if w, ok := d.(wheeler); ok {
			return w.wheel(step)
		}
		cmd, done = d.key(arrow(step))
	} else if a, ok := d.(answerer); ok {
		if !in.holds(x, y) {
			return nil
		}
		cmd, done = a.click(x-in.x, y-in.y)
	}
	if done {
		m.drop(d)
	}
	return cmd
}

// arrow is the key that moves by a step.
func arrow(step int) tea.KeyPressMsg {
	if step < 0 {
		return keyNamed("up")
	}
	return keyNamed("down")
}

// click answers where the answer's key stands. It opens as deaf to the mouse as to keys.
func (c *confirm) click(x, y int) (tea.Cmd, bool) {
	if y != c.keysLine {
		return nil, false
	}
	yes := safe.Width(c.yesText())
	switch {
	case x < yes:
		return c.key(keyNamed("enter"))
	case x >= yes+buttonGap && x < yes+buttonGap+safe.Width(c.noText()):
		return c.key(keyNamed("esc"))
	}
	return nil, false
}

func (p *page) wheel(step int) tea.Cmd {
	p.list.scroll(step * wheelLines)
	return nil
}

// click chooses a fault, and a second one makes the lab; or changes the product.
func (p *faultPicker) click(_, y int) (tea.Cmd, bool) {
	switch {
	case y >= p.head:
		return p.list.clickRow(y - p.head), false
	case y == 1 && p.head > 1:
		return p.key(keyNamed(p.keys.Product.Keys()[0]))
	}
	return nil, false
}

func (p *faultPicker) wheel(step int) tea.Cmd {
	p.list.scroll(step * wheelLines)
	return nil
}

// click begins to type where the field is.
func (d *lookUpDialog) click(_, y int) (tea.Cmd, bool) {
	if y == 0 {
		d.typed = true
		d.input.Focus()
	}
	return nil, false
}

func (d *lookUpDialog) wheel(step int) tea.Cmd {
	d.list.scroll(step * wheelLines)
	return nil
}

// click chooses a stage, and a second one takes it for the guess.
func (d *revealDialog) click(_, y int) (tea.Cmd, bool) {
	i := y - d.head
	switch {
	case d.guess >= 0 || i < 0 || i >= len(stageNames):
	case i == d.at:
		return d.take(i), false
	default:
		d.at = i
	}
	return nil, false
}

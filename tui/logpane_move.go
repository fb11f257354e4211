package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// moveKey moves by a key press.
func (p *logPane) moveKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	k, page := p.s.keys, int64(max(p.h-1, 1))
	switch {
	case key.Matches(msg, k.Up):
		return p.move(-1), true
	case key.Matches(msg, k.Down):
		return p.move(1), true
	case key.Matches(msg, k.PageUp):
		return p.page(-page), true
	case key.Matches(msg, k.PageDown):
		return p.page(page), true
	case key.Matches(msg, k.Top):
		return p.goTo(p.first), true
	case key.Matches(msg, k.Bottom):
		return p.toEnd(), true
	case key.Matches(msg, k.GoToTime):
		p.askTime()
		return nil, true
	}
	return nil, false
}

// move moves the cursor. At the end it follows again, above it it does not.
func (p *logPane) move(n int64) tea.Cmd { return p.goTo(p.at + n) }

// page moves the cursor and what is in sight by as much.
func (p *logPane) page(n int64) tea.Cmd {
	p.top += n
	return p.goTo(p.at + n)
}

// goTo moves the cursor to a row. It is there at once; its text is when it was
// read, if it was not already.
func (p *logPane) goTo(row int64) tea.Cmd {
	if p.made != p.gen || p.end == p.first {
		return nil // rows of a view that comes have other numbers
	}
	p.leave()
	p.at = max(p.first, min(row, p.end-1))
	p.following = p.at == p.end-1
	p.settle()
	return p.near()
}

// leave gives up what was to move the cursor: the reader moves it himself.
func (p *logPane) leave() {
	p.moves++
	if p.jumping {
		p.jumping = false
		p.unfetch()
	}
}

func (p *logPane) toEnd() tea.Cmd {
	p.following = true
	return p.goTo(p.end - 1)
}

// near fetches what is in sight, and a screen around it before it is.
func (p *logPane) near() tea.Cmd {
	h := int64(max(p.h, 1))
	if p.within(p.top-h, p.top+2*h) {
		return nil
	}
	return p.want(logWish{anchor: anchor{kind: atRow, row: p.top}})
}

// settle keeps the cursor among the rows, and in sight.
func (p *logPane) settle() {
	h := int64(max(p.h, 1))
	if p.following {
		p.at = p.end - 1
	}
	p.at = max(p.first, min(p.at, p.end-1))
	if p.centre && p.h > 0 {
		p.centre = false
		if p.at < p.top || p.at >= p.top+h {
			p.top = p.at - h/3
		}
	}
	p.top = max(p.at-h+1, min(p.top, p.at))
	p.top = max(p.first, min(p.top, p.end-h))
}

package tui

import (
	"context"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// reveal asks where the engineer thinks the patch was lost, then says what is
// broken in the practice lab.
func (m *Model) reveal() tea.Cmd {
	if !m.s.place.Secret {
		return note("Nothing is hidden here: only a lab that was opened by \"Surprise me\" has a secret")
	}
	return say(dialogWantedMsg{dialog: &revealDialog{s: m.s, at: m.s.stage, guess: -1}})
}

// revealedMsg is what is broken in the lab.
type revealedMsg struct {
	cas   Case
	fault Fault
}

// revealDialog takes the guess and answers it.
type revealDialog struct {
	s     *session
	at    int // the stage under the cursor
	guess int // -1 before
	fault *Fault
	head  int // lines above the stages
}

func (d *revealDialog) title() string { return "What is broken in this lab?" }

func (d *revealDialog) lines(k *look, w, h int) []string {
	if d.guess < 0 {
		return d.question(k, w)
	}
	if d.fault == nil {
		return []string{k.quiet.Render("Asking the lab" + k.ellipsis)}
	}
	return d.answer(k, w)
}

func (d *revealDialog) question(k *look, w int) []string {
	out := append(wrapped("Which stage do you think broke?", w), "")
	d.head = len(out)
	for i, name := range stageNames {
		out = append(out, k.rowLine(fmt.Sprintf("%d %s", i+1, name), w, i == d.at, true))
	}
	return out
}

func (d *revealDialog) answer(k *look, w int) []string {
	var out []string
	at := stageIndex(d.fault.Stage)
	switch {
	case d.fault.Name == "":
		out = wrapped("The lab does not tell: no fault of it is known.", w)
	case at < 0:
		out = wrapped("The stage is not known.", w)
	case at == d.guess:
		out = append(out, k.good.Render(k.passed+" Right: "+strings.ToLower(stageNames[at])+"."))
	default:
		text := fmt.Sprintf("Not quite: it was %s, not %s.", strings.ToLower(stageNames[at]), strings.ToLower(stageNames[d.guess]))
		for _, l := range wrapped(k.failed+" "+text, w) {
			out = append(out, k.bad.Render(l))
		}
	}
	if d.fault.Name == "" {
		return out
	}
	out = append(out, "", k.strong.Render(safe.Cut(safe.Text(d.fault.Name), w, k.ellipsis)))
	return append(out, wrapped(safe.Text(d.fault.Cause), w)...)
}

func (d *revealDialog) key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	keys := d.s.keys
	if d.guess >= 0 {
		return nil, key.Matches(msg, keys.No, keys.Yes, keys.Reveal)
	}
	for i, b := range []key.Binding{keys.Stage1, keys.Stage2, keys.Stage3, keys.Stage4} {
		if key.Matches(msg, b) {
			return d.take(i), false
		}
	}
	switch {
	case key.Matches(msg, keys.No):
		return nil, true
	case key.Matches(msg, keys.Yes):
		return d.take(d.at), false
	case key.Matches(msg, keys.Up):
		d.at = max(d.at-1, 0)
	case key.Matches(msg, keys.Down):
		d.at = min(d.at+1, len(stageNames)-1)
	}
	return nil, false
}

// take takes the guess and asks the lab.
func (d *revealDialog) take(guess int) tea.Cmd {
	d.guess = guess
	c, desk := d.s.cas, d.s.desk
	return d.s.work(func(context.Context) tea.Msg {
		name := c.Reveal()
		for _, f := range labFaults(desk) {
			if f.Name == name {
				return revealedMsg{c, f}
			}
		}
		return revealedMsg{c, Fault{Name: name}}
	})
}

func (d *revealDialog) update(msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(revealedMsg); ok && msg.cas == d.s.cas {
		d.fault = &msg.fault
	}
	return nil
}

func (d *revealDialog) bindings() []key.Binding {
	if d.guess >= 0 {
		return []key.Binding{bind(d.s.keys.No.Help().Key, "close", "esc")}
	}
	return []key.Binding{bind("1-"+fmt.Sprint(len(pipeline.StageIDs)), "say which", ""), bind(d.s.keys.Yes.Help().Key, "say this one", "enter"), bind(d.s.keys.No.Help().Key, "leave it", "esc")}
}

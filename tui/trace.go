package tui

import (
	"context"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"patchtrace/diagnose/trace"
)

// Messages of the trace.
type (
	// traceWantedMsg asks for the trace of a patch; "" asks which.
	traceWantedMsg struct{ patch string }
	tracedMsg      struct {
		cas   Case
		asked int
		trace *trace.Trace
		err   error
	}
)

// traceView shows one patch link by link. The link that is chosen shows its proof
// below it.
type traceView struct {
	s     *session
	patch string
	// trace is nil until the first answer.
	trace *trace.Trace
	err   error
	// asked counts the questions, so that only the newest answer is taken; tracing is
	// true until it came. made is the judgement that it is of.
	asked   int
	tracing bool
	made    int
	list    list
	// open is the link that is open, by the id of its row.
	open string
	// fresh is true until a new trace was drawn: then its open link is brought into
	// sight.
	fresh bool
	// short is true where there is room for the links only.
	short bool
}

func newTraceView(s *session) *traceView { return &traceView{s: s, list: list{at: -1}} }

// ask traces a patch.
func (v *traceView) ask(patch string) tea.Cmd {
	if patch != v.patch {
		v.trace, v.list, v.open = nil, list{at: -1}, ""
	}
	v.patch, v.tracing = patch, true
	v.asked++
	v.made = v.s.judgeTaken
	c, asked := v.s.cas, v.asked
	return v.s.work(func(ctx context.Context) tea.Msg {
		tr, err := c.Trace(ctx, patch)
		return tracedMsg{c, asked, tr, err}
	})
}

// again traces the same patch anew if the logs were judged since.
func (v *traceView) again() tea.Cmd {
	if v.patch == "" || v.tracing || v.made == v.s.judgeTaken {
		return nil
	}
	return v.ask(v.patch)
}

func (v *traceView) update(msg tea.Msg) tea.Cmd {
	m, ok := msg.(tracedMsg)
	if !ok || m.cas != v.s.cas || m.asked != v.asked {
		return nil
	}
	v.tracing, v.err = false, m.err
	if m.err == nil {
		v.fresh = v.trace == nil
		v.trace = m.trace
	}
	return nil
}

func (v *traceView) key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(msg, v.s.keys.Judge):
		return tea.Batch(note("Tracing it again"), say(judgeWantedMsg{}), v.ask(v.patch)), true
	case key.Matches(msg, v.s.keys.Copy):
		return v.copy(), true
	}
	return v.list.key(v.s.keys, msg)
}

func (v *traceView) copy() tea.Cmd {
	if r := v.list.chosen(); r != nil && r.copy != "" {
		return say(copyWantedMsg{r.copy, "the line"})
	}
	if v.trace == nil {
		return note("There is no trace to copy")
	}
	return say(copyWantedMsg{traceLines(v.trace), "the trace"})
}

// traceLines is a trace as plain text: a line for each link.
func traceLines(tr *trace.Trace) string {
	var b strings.Builder
	b.WriteString(tr.Summary + "\n")
	for i := range tr.Chains {
		c := &tr.Chains[i]
		b.WriteString("\n" + chainName(c) + "\n")
		for _, s := range c.Steps {
			fmt.Fprintf(&b, "  %s: %s, %s\n", s.Title, s.State, s.Text)
		}
		for n, do := range c.Do {
			fmt.Fprintf(&b, "  %d %s\n", n+1, do)
		}
	}
	return b.String()
}

func chainName(c *trace.Chain) string {
	var names []string
	for _, n := range []struct{ before, name string }{{"", c.Bulletin}, {"KB", c.Number}, {"update ", c.Update}} {
		if n.name != "" {
			names = append(names, n.before+n.name)
		}
	}
	name := strings.Join(names, ", ")
	if c.Product != "" {
		name += " for " + c.Product
	}
	return name
}

func (v *traceView) bindings() []key.Binding {
	keys := v.s.keys
	b := []key.Binding{keys.Trace, keys.Judge}
	if r := v.list.chosen(); r != nil && r.act != nil {
		b = append([]key.Binding{bind(keys.Open.Help().Key, "open the line", "enter")}, b...)
	}
	return append(b, keys.Copy)
}

// askTrace asks which patch is to be traced.
func (m *Model) askTrace(patch string) tea.Cmd {
	help := "A bulletin (MS04-011), an article (KB835732, Q835732, 835732) or the id of an update. The patches (" + m.keys.Patches.Help().Key + ") can be chosen from."
	check := func(text string) error {
		_, err := trace.ParsePatch(text)
		return err
	}
	return say(dialogWantedMsg{dialog: m.newPrompt("Trace which patch?", help, patch, check, func(text string) tea.Cmd {
		return say(traceWantedMsg{text})
	})})
}

// traceKey traces what is chosen, or asks what.
func (m *Model) traceKey() tea.Cmd {
	if m.mode == modePatches {
		if name := m.patches.tracedBy(); name != "" {
			return say(traceWantedMsg{name})
		}
	}
	return m.askTrace(m.trace.patch)
}

// showTrace shows the trace of a patch; back leads to where it was asked from.
func (m *Model) showTrace(patch string) tea.Cmd {
	if m.mode != modeTrace {
		m.traceFrom = m.mode
	}
	m.mode = modeTrace
	return m.trace.ask(patch)
}

// tracedBy is the name by which the chosen patch can be traced, "" if it has none:
// its article, which tells more than a bulletin of several.
func (p *patchTable) tracedBy() string {
	r := p.chosen()
	if r == nil {
		return ""
	}
	for _, prop := range []string{"UniqueId", "QNumbers", "Article", "ID"} {
		if patch, err := trace.ParsePatch(r.value(prop)); err == nil {
			return patch.Text
		}
	}
	return ""
}

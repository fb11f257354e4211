package tui

import (
	"context"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"patchtrace/tui/safe"
)

// lookUp explains error codes: those in text, or those that are asked for.
func (m *Model) lookUp(text string) tea.Cmd {
	d := &lookUpDialog{env: m.env, typed: text == "", list: list{at: -1}}
	d.input = textinput.New()
	d.input.Prompt = ""
	d.input.CharLimit = 4096
	d.input.SetStyles(textinput.DefaultStyles(m.look.dark))
	d.input.SetValue(safe.Text(text))
	d.input.CursorEnd()
	if d.typed {
		d.input.Focus()
	}
	m.dialogs = append(m.dialogs, d)
	return d.ask()
}

// codeInView is the code that is most likely meant: of the record under the
// cursor, or of the finding that is chosen or else comes first.
func (m *Model) codeInView() string {
	if m.s == nil {
		return ""
	}
	if m.mode == modeLog || m.mode == modeStages && m.onLog {
		return m.log.codeAtCursor()
	}
	if m.mode != modeStages || m.s.tab != tabFindings {
		return ""
	}
	r := m.s.stageReport(m.s.stage)
	if r == nil {
		return ""
	}
	at := 0
	if chosen := m.stages.list(m.stages.w).chosen(); chosen != nil {
		_, _ = fmt.Sscanf(chosen.id, "f%d.", &at) // a row of no finding stays 0
	}
	if at < len(r.Findings) {
		return r.Findings[at].Code
	}
	return ""
}

// codesMsg are the codes of a text.
type codesMsg struct {
	dialog *lookUpDialog
	asked  int
	codes  []Code
}

// lookUpDialog explains codes while they are typed. With a text that was given,
// letters are keys at first, so that y copies; any other letter begins a new text.
type lookUpDialog struct {
	*env
	input textinput.Model
	// typed is true while letters go into the text.
	typed bool
	list  list
	codes []Code
	// asked counts the questions, answered is the last that was answered.
	asked, answered int
	most            int // rows that were shown at once
}

func (d *lookUpDialog) title() string { return "Look up an error code" }

// place says whether there is more than is in sight.
func (d *lookUpDialog) place(k *look) string { return d.list.place(k) }

// ask looks up what is in the field.
func (d *lookUpDialog) ask() tea.Cmd {
	d.asked++
	text, asked, desk := d.input.Value(), d.asked, d.desk
	return d.work(func(context.Context) tea.Msg {
		if strings.TrimSpace(text) == "" {
			return codesMsg{d, asked, nil}
		}
		return codesMsg{d, asked, desk.LookUp(text)}
	})
}

func (d *lookUpDialog) lines(k *look, w, h int) []string {
	d.input.SetWidth(max(w-3, 4))
	out := []string{k.accent.Render(k.cursor) + " " + inputText(&d.input), ""}
	d.list.set(d.rows(k, w-1))
	// It never gets lower again: the field must not move while it is typed into.
	d.most = max(d.most, len(d.list.rows), 8)
	room := max(min(d.most, h-2), 1)
	out = append(out, d.list.lines(k, w, room, true)...)
	for len(out) < room+2 {
		out = append(out, "")
	}
	return out
}

func (d *lookUpDialog) rows(k *look, w int) []row {
	switch {
	case strings.TrimSpace(d.input.Value()) == "":
		return textRows(k.quiet.Render, "Type or paste a code in any spelling: 0x80070643, -2147023293, 1603; several, or a whole line of a log.", "", w)
	case d.answered == 0:
		return []row{{text: k.quiet.Render("Looking it up" + k.ellipsis)}}
	case len(d.codes) == 0:
		return textRows(k.quiet.Render, "No error code is in this text. A code is 0x and 8 digits, a negative number, or a number of Windows such as 1603.", "", w)
	}
	var rows []row
	for i, c := range d.codes {
		if i > 0 {
			rows = append(rows, row{})
		}
		rows = append(rows, codeLines(k, c, w)...)
	}
	return rows
}

// codeLines is one code: its name, what it means, what to do.
func codeLines(k *look, c Code, w int) []row {
	head := k.strong.Render(safe.Text(c.Text))
	if c.Name != "" {
		head += "  " + safe.Text(c.Name)
	}
	rows := []row{{text: head}}
	if c.Family != "" {
		rows = append(rows, textRows(k.quiet.Render, safe.Text(c.Family), "  ", w)...)
	}
	meaning := c.Meaning
	if meaning == "" {
		meaning = "Its meaning is not known."
	}
	rows = append(rows, textRows(k.plain.Render, safe.Text(meaning), "  ", w)...)
	for i, do := range c.Do {
		for n, l := range wrapped(safe.Text(do), max(w-10, 8)) {
			lead := strings.Repeat(" ", 10)
			if n == 0 {
				lead = "  " + k.quiet.Render(safe.Fill(label("Do", i), 4, "")) + fmt.Sprintf("%2d  ", i+1)
			}
			rows = append(rows, row{text: lead + l})
		}
	}
	return rows
}

func (d *lookUpDialog) key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(msg, d.keys.No):
		return nil, true
	case key.Matches(msg, d.keys.Yes):
		// What was typed is done: letters are keys again.
		if !d.typed || len(d.codes) == 0 {
			return nil, !d.typed
		}
		d.typed = false
		d.input.Blur()
		return nil, false
	case !d.typed && key.Matches(msg, d.keys.Copy):
		return d.copy(), false
	case msg.Text == "" && key.Matches(msg, d.keys.Up, d.keys.Down, d.keys.PageUp, d.keys.PageDown):
		cmd, _ := d.list.key(d.keys, msg)
		return cmd, false
	case !d.typed && msg.Text != "":
		d.input.SetValue("")
	}
	return d.edit(msg), false
}

// edit gives a message to the field, and looks up again if it changed the text.
func (d *lookUpDialog) edit(msg tea.Msg) tea.Cmd {
	before := d.input.Value()
	d.input.Focus()
	var cmd tea.Cmd
	d.input, cmd = d.input.Update(msg)
	if d.input.Value() == before {
		if !d.typed {
			d.input.Blur()
		}
		return cmd
	}
	d.typed = true
	d.list.top = 0
	return tea.Batch(cmd, d.ask())
}

func (d *lookUpDialog) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case codesMsg:
		if msg.dialog == d && msg.asked > d.answered {
			d.codes, d.answered = msg.codes, msg.asked
		}
	case tea.PasteMsg:
		d.input.SetValue("")
		cmd := d.edit(msg)
		d.typed = false
		d.input.Blur()
		return cmd
	}
	return nil
}

func (d *lookUpDialog) copy() tea.Cmd {
	if len(d.codes) == 0 {
		return note("There is no code to copy")
	}
	var b strings.Builder
	for _, c := range d.codes {
		b.WriteString(strings.TrimSpace(c.Text+" "+c.Name) + ": " + c.Meaning + "\n")
		for i, do := range c.Do {
			fmt.Fprintf(&b, "  %d %s\n", i+1, do)
		}
	}
	return say(copyWantedMsg{b.String(), "the explanation"})
}

func (d *lookUpDialog) bindings() []key.Binding {
	esc := bind(d.keys.No.Help().Key, "close", "esc")
	switch {
	case d.typed && len(d.codes) > 0:
		return []key.Binding{bind(d.keys.Yes.Help().Key, "done: then y copies", "enter"), esc}
	case d.typed:
		return []key.Binding{esc}
	}
	return []key.Binding{d.keys.Copy, bind("0-9", "another code", ""), esc}
}

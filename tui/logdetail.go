package tui

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"patchtrace/diagnose/errcode"
	"patchtrace/logparse/merged"
	"patchtrace/tui/safe"
)

// recordKey takes the keys that are about the record under the cursor.
func (p *logPane) recordKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	k := p.s.keys
	switch {
	case key.Matches(msg, k.Detail):
		return p.detail(), true
	case key.Matches(msg, k.Copy):
		return p.copyLine(), true
	}
	return nil, false
}

// codeAtCursor is the error code of the record under the cursor that is most
// likely meant: the first that is a failure. It is "" when there is none.
func (p *logPane) codeAtCursor() string {
	r := p.chosen()
	if r == nil {
		return ""
	}
	found := errcode.Find(r.Record.Message)
	for _, f := range found {
		if c := errcode.Decode(f.Value); c.Class == errcode.Failure {
			return c.Text
		}
	}
	if len(found) > 0 {
		return errcode.Decode(found[0].Value).Text
	}
	return ""
}

// copyLine takes the whole line under the cursor, also what the row cuts of it.
func (p *logPane) copyLine() tea.Cmd {
	return p.withRecord(func(_ context.Context, r merged.Row, log string) tea.Msg {
		return copyWantedMsg{recordText(&r, log, 0), "the line"}
	})
}

// withRecord reads the record under the cursor whole and gives it to a command.
func (p *logPane) withRecord(then func(ctx context.Context, r merged.Row, log string) tea.Msg) tea.Cmd {
	r := p.chosen()
	if r == nil || p.view == nil || p.made != p.gen {
		return nil
	}
	v, n, at, log := p.view, p.at, placeOf(r.Record), p.logName(r)
	return p.s.work(func(ctx context.Context) tea.Msg {
		rows, err := v.Rows(ctx, n, 1)
		if err != nil {
			return noteMsg{text: err.Error(), bad: true}
		}
		if len(rows) != 1 || placeOf(rows[0].Record) != at {
			return noteMsg{text: fmt.Sprintf("read a line of %s: the log has changed since; press the key again", log), bad: true}
		}
		return then(ctx, rows[0], log)
	})
}

// recordText is a record as text: where, when, who, what.
func recordText(r *merged.Row, log string, line int) string {
	var b strings.Builder
	b.WriteString(r.Record.Pos.Part)
	if line > 0 {
		b.WriteString(":" + strconv.Itoa(line))
	}
	if !r.Time.IsZero() {
		b.WriteString(" " + r.Time.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	b.WriteString(" " + r.Record.Severity.String())
	if c := r.Record.Component; c != "" && c != logStem(log) {
		b.WriteString(" " + c)
	}
	if r.Record.HasThread {
		fmt.Fprintf(&b, " thread %d", r.Record.Thread)
	}
	return b.String() + " " + r.Record.Message
}

// recordDetail is all that is known of a record.
type recordDetail struct {
	s     *session
	row   merged.Row
	log   string
	line  int
	codes []Code
	proof string
}

// detail shows all about the record under the cursor.
func (p *logPane) detail() tea.Cmd {
	r := p.chosen()
	if r == nil {
		return nil
	}
	s, logs, desk, proof := p.s, p.logs, p.s.desk, p.proofOf(r)
	return p.withRecord(func(ctx context.Context, r merged.Row, log string) tea.Msg {
		d := recordDetail{s: s, row: r, log: log, line: r.Record.Pos.Line, proof: proof}
		if d.line == 0 {
			// Without its number the record is still worth showing.
			d.line, _ = logs.Line(ctx, r.Record.Pos)
		}
		d.codes = desk.LookUp(r.Record.Message)
		return dialogWantedMsg{dialog: s.newPage("Line of "+safe.Text(path.Base(log)), recordText(&r, log, d.line), d.lines)}
	})
}

// lines are the detail's text: facts first, then the message, then its codes.
func (d recordDetail) lines(k *look, w int) []string {
	r := d.row.Record
	var out []string
	add := func(name, text string, style func(...string) string) {
		if text == "" {
			return
		}
		for i, l := range wrapped(safe.Text(text), max(w-detailColumn-1, 8)) {
			out = append(out, k.quiet.Render(safe.Fill(label(name, i), detailColumn, ""))+style(l))
		}
	}
	add("Time", d.time(), k.plain.Render)
	if !d.row.Time.IsZero() {
		add("UTC", d.row.Time.UTC().Format("2006-01-02 15:04:05.000Z"), k.plain.Render)
	}
	letter, style := k.record(r.Severity)
	add("Severity", letter+" "+r.Severity.String()+d.stated(), style.Render)
	add("Component", r.Component, k.plain.Render)
	if r.HasThread {
		add("Thread", fmt.Sprintf("%d (0x%X)", r.Thread, r.Thread), k.plain.Render)
	}
	if r.PID > 0 {
		add("Process", strconv.Itoa(int(r.PID)), k.plain.Render)
	}
	add("Context", r.Context, k.plain.Render)
	add("Source", sourceOf(r.File, r.FileLine), k.plain.Render)
	add("Log", d.where(), k.plain.Render)
	if r.Torn {
		add("Torn", "a part of this line is missing in the file", k.warn.Render)
	}
	add("Proves", d.proof, k.strong.Render)
	out = append(out, "")
	for _, l := range strings.Split(r.Message, "\n") {
		lines := wrapped(safe.Text(l), max(w-1, 8))
		if len(lines) == 0 {
			lines = []string{""}
		}
		out = append(out, lines...)
	}
	return append(out, d.codeLines(k, w)...)
}

// detailColumn is where the values of the detail begin.
const detailColumn = 11

// time is the client's clock with its offset, and the age.
func (d recordDetail) time() string {
	switch {
	case d.row.Time.IsZero():
		return "the line has none"
	case d.row.Assumed:
		return d.s.exactly(d.row.Time) + ", " + ageText(d.s.clock().Sub(d.row.Time)) + "; the line names no zone, the client's is assumed"
	}
	return d.s.exactly(d.row.Time) + ", " + ageText(d.s.clock().Sub(d.row.Time))
}

func (d recordDetail) stated() string {
	if d.row.Record.Stated {
		return ", stated by the line"
	}
	return ", derived from its words"
}

func (d recordDetail) where() string {
	if d.line > 0 {
		return fmt.Sprintf("%s:%d", d.row.Record.Pos.Part, d.line)
	}
	return fmt.Sprintf("%s at byte %d", d.row.Record.Pos.Part, d.row.Record.Pos.Offset)
}

func sourceOf(file string, line int) string {
	if file != "" && line > 0 {
		return fmt.Sprintf("%s:%d", file, line)
	}
	return file
}

// codeLines explain every code in the message.
func (d recordDetail) codeLines(k *look, w int) []string {
	var out []string
	for _, c := range d.codes {
		head := c.Text
		if c.Name != "" {
			head += " " + c.Name
		}
		out = append(out, "", k.strong.Render(safe.Cut(safe.Text(head), w, k.ellipsis)))
		for _, l := range wrapped(safe.Text(c.Meaning), max(w-3, 8)) {
			out = append(out, "  "+l)
		}
		for i, do := range c.Do {
			for n, l := range wrapped(safe.Text(do), max(w-7, 8)) {
				out = append(out, "  "+k.quiet.Render(safe.Fill(label("Do", i+n), 4, ""))+l)
			}
		}
	}
	return out
}

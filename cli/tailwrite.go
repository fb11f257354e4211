package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"patchtrace/logparse"
)

// recordWriter writes records as they are shown by tail.
type recordWriter struct {
	out   *bufio.Writer
	json  bool
	paint painter
	err   error
}

func newRecordWriter(o *tailOptions) *recordWriter {
	return &recordWriter{
		out: bufio.NewWriter(o.streams.Styled()), json: o.format == "json",
		paint: painter{on: o.streams.Colour() && !o.streams.Plain()},
	}
}

func (w *recordWriter) write(r *logparse.Record) {
	if w.json {
		w.line(r)
		return
	}
	w.text(r)
}

func (w *recordWriter) flush() error {
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

// text writes a record for people: its local time, its severity as a word, the
// component, the log and the message. The lines of a message but the first are
// indented. bufio keeps the first error for flush.
func (w *recordWriter) text(r *logparse.Record) {
	head := fmt.Sprintf("%s  %-7s  ", shownStamp(r.Stamp), r.Severity)
	if r.Component != "" {
		head += show(r.Component) + "  "
	}
	head += show(r.Pos.Log) + ": "
	first := true
	for line := range strings.Lines(r.Message) {
		line = show(strings.TrimRight(line, "\r\n"))
		if first {
			line = head + line
		} else {
			line = "    " + line
		}
		if r.Torn && first {
			line += " (torn)"
		}
		first = false
		fmt.Fprintln(w.out, w.colour(r.Severity, line))
	}
	if first { // an empty message
		fmt.Fprintln(w.out, w.colour(r.Severity, strings.TrimRight(head, " ")))
	}
}

func (w *recordWriter) colour(s logparse.Severity, line string) string {
	style := lipgloss.NewStyle()
	switch s {
	case logparse.Error:
		style = style.Foreground(lipgloss.Red)
	case logparse.Warning:
		style = style.Foreground(lipgloss.Yellow)
	case logparse.Verbose:
		style = style.Faint(true)
	default:
		return line
	}
	return w.paint.style(style, line)
}

// shownStamp is the writer's clock, with its offset if the line tells it, in
// columns of the same width.
func shownStamp(s logparse.Stamp) string {
	const layout = "2006-01-02 15:04:05.000"
	switch {
	case !s.Dated:
		return strings.Repeat("-", 10) + strings.Repeat(" ", len(layout)+7-10)
	case !s.Zoned:
		return s.Local().Format(layout) + strings.Repeat(" ", 7)
	}
	return s.Local().Format(layout + " -07:00")
}

// tailRecord is a record as a line of JSON.
type tailRecord struct {
	// Time is in UTC; absent where the line does not tell its zone.
	Time *time.Time `json:"time,omitempty"`
	// Local is the writer's clock, with its offset where the line tells it.
	Local     string  `json:"local,omitempty"`
	Severity  string  `json:"severity"`
	Component string  `json:"component,omitempty"`
	Thread    *uint64 `json:"thread,omitempty"`
	Log       string  `json:"log"`
	Part      string  `json:"part"`
	Line      int     `json:"line,omitempty"`
	Offset    int64   `json:"offset"`
	Torn      bool    `json:"torn,omitempty"`
	Text      string  `json:"text"`
}

func newTailRecord(r *logparse.Record) tailRecord {
	t := tailRecord{
		Severity: r.Severity.String(), Component: r.Component,
		Log: r.Pos.Log, Part: r.Pos.Part, Line: r.Pos.Line, Offset: r.Pos.Offset,
		Torn: r.Torn, Text: r.Message,
	}
	if at, ok := r.Stamp.UTC(); ok {
		t.Time = &at
	}
	if r.HasThread {
		t.Thread = &r.Thread
	}
	const layout = "2006-01-02T15:04:05.999999999"
	switch {
	case r.Stamp.Dated && r.Stamp.Zoned:
		t.Local = r.Stamp.Local().Format(layout + "-07:00")
	case r.Stamp.Dated:
		t.Local = r.Stamp.Local().Format(layout)
	}
	return t
}

// line writes a record as a line of JSON.
func (w *recordWriter) line(r *logparse.Record) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(newTailRecord(r)); err != nil {
		w.err = err
		return
	}
	if _, err := w.out.Write(escapeHidden(b.Bytes())); err != nil {
		w.err = err
	}
}

package tui

import (
	"fmt"
	"path"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// runLog is what the runs of a stage have told: the newest lines of it.
type runLog struct {
	entries []*runEntry
	dropped int
	// count numbers the entries, so that a row is known again.
	count int
}

// entryKind is how an entry is drawn.
type entryKind int

const (
	entryOutput  entryKind = iota // a line of the program
	entryMark                     // a line of a log that means something
	entryNote                     // what patchtrace says itself
	entryWarn                     // the same, to be noticed
	entryHead                     // a run begins here
	entryVerdict                  // how the stage stands
)

// runEntry is something that happened while a stage ran.
type runEntry struct {
	n    int
	kind entryKind
	at   time.Duration
	text string
	mark *pipeline.Mark
	// status is that of a verdict.
	status diagnose.Status

	// rows are how it is drawn, made for drawn.
	rows  []row
	drawn string
}

func (l *runLog) add(e *runEntry) {
	l.count++
	e.n = l.count
	l.entries = append(l.entries, e)
	if over := len(l.entries) - runKeep; over > 0 {
		l.dropped += over
		l.entries = l.entries[over:]
	}
}

func (l *runLog) say(kind entryKind, at time.Duration, text string) {
	l.add(&runEntry{kind: kind, at: at, text: text})
}

// event takes what a run tells.
func (l *runLog) event(e *pipeline.RunEvent) {
	switch e.Kind {
	case pipeline.RunStarted:
		l.say(entryNote, e.Elapsed, "started")
	case pipeline.RunOutput:
		l.say(entryOutput, e.Elapsed, e.Text)
	case pipeline.RunMark:
		if e.Mark != nil && e.Mark.Kind != pipeline.Noise {
			l.add(&runEntry{kind: entryMark, at: e.Elapsed, mark: e.Mark})
		}
	case pipeline.RunNote:
		l.say(entryWarn, e.Elapsed, e.Text)
	case pipeline.RunReturned:
		l.say(entryNote, e.Elapsed, returnedText(e))
	case pipeline.RunImpatient:
		l.say(entryWarn, e.Elapsed, "patience ran out: the log shows no outcome")
	case pipeline.RunUnwaited:
		l.say(entryWarn, e.Elapsed, "the log is not waited for any more; the program still runs")
	case pipeline.RunStopping:
		l.say(entryWarn, e.Elapsed, "stopping the program and all that it started")
	}
}

func returnedText(e *pipeline.RunEvent) string {
	switch {
	case e.Method:
		return "the method was called; what it set off goes on"
	case e.Err != nil:
		return "the program ended: " + e.Err.Error()
	}
	return fmt.Sprintf("the program ended with exit code %d", e.Code)
}

// elapsedText is how long a run has gone on: "0:03.2", "1:02:03".
func elapsedText(d time.Duration) string {
	d = max(d, 0)
	if d >= time.Hour {
		s := int(d / time.Second)
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	tenths := int(d / (100 * time.Millisecond))
	return fmt.Sprintf("%d:%02d.%d", tenths/600, tenths/10%60, tenths%10)
}

// rows draws the log. What was drawn before is kept.
func (l *runLog) rows(s *session, w int) []row {
	if l == nil {
		return nil
	}
	var rows []row
	if l.dropped > 0 {
		rows = append(rows, row{text: "  " + s.look.quiet.Render(fmt.Sprintf("%d earlier lines were dropped: the newest %d are kept", l.dropped, runKeep))})
	}
	drawn := fmt.Sprintf("%d/%v/%v", w, s.look.dark, s.look.colour)
	for _, e := range l.entries {
		if e.drawn != drawn {
			e.drawn, e.rows = drawn, e.draw(s, w)
		}
		rows = append(rows, e.rows...)
	}
	return rows
}

// draw draws an entry.
func (e *runEntry) draw(s *session, w int) []row {
	k := &s.look
	switch e.kind {
	case entryHead:
		return append([]row{{}}, textRows(k.strong.Render, safe.Text(e.text), "", w)...)
	case entryVerdict:
		symbol, style := k.status(e.status)
		return e.lines(k, w, symbol, style, style, 0)
	case entryMark:
		return e.drawMark(k, w)
	case entryOutput:
		return e.lines(k, w, k.bar, k.quiet, k.plain, 3)
	case entryWarn:
		return e.lines(k, w, k.stale, k.warn, k.warn, 0)
	}
	return e.lines(k, w, k.dot, k.quiet, k.quiet, 0)
}

// lines draws a text behind the time since the start and a symbol, in at most
// that many lines; 0 is for all.
func (e *runEntry) lines(k *look, w int, symbol string, mark, text lipgloss.Style, most int) []row {
	indent := runColumn
	lines := wrapped(safe.Text(strings.ReplaceAll(e.text, "\n", " ")), max(w-indent, 8))
	if len(lines) == 0 {
		lines = []string{""}
	}
	if most > 0 && len(lines) > most {
		lines = append(lines[:most-1], lines[most-1]+k.ellipsis)
	}
	rows := make([]row, len(lines))
	for i, l := range lines {
		head := strings.Repeat(" ", indent)
		if i == 0 {
			head = k.quiet.Render(fmt.Sprintf("%7s ", elapsedText(e.at))) + mark.Render(safe.Fill(symbol, indent-8, ""))
		}
		rows[i] = row{text: head + text.Render(l)}
	}
	rows[0].copy = e.text
	return rows
}

// runColumn is where the texts of a run begin.
const runColumn = 11

// drawMark draws a log line: what it means, and where it stands.
func (e *runEntry) drawMark(k *look, w int) []row {
	m := e.mark
	text := m.Title
	if text == "" {
		text = m.Text
	}
	place := path.Base(strings.ReplaceAll(m.Log, `\`, "/"))
	if m.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, m.Line)
	}
	symbol, style := k.markOf(m.Kind)
	own := *e
	own.text = place + "  " + text
	rows := own.lines(k, w, symbol, style, k.plain, 3)
	rows[0].copy = m.Text
	rows[0].id = fmt.Sprintf("m%d", e.n)
	rows[0].word = "open the line"
	rows[0].act = func() tea.Cmd { return say(proofWantedMsg{markEvidence(m)}) }
	return rows
}

// markEvidence is a mark as what a finding would cite.
func markEvidence(m *pipeline.Mark) diagnose.Evidence {
	e := diagnose.Evidence{Log: m.Log, Line: m.Line, Offset: -1, Text: m.Text}
	if !m.Time.IsZero() {
		at := m.Time
		e.Time = &at
	}
	return e
}

// markOf is how a mark of a kind is drawn.
func (l *look) markOf(kind string) (symbol string, style lipgloss.Style) {
	switch kind {
	case pipeline.Success:
		return l.passed, l.good
	case pipeline.Failure:
		return l.failed, l.bad
	case pipeline.Wait:
		return l.waiting, l.warn
	case pipeline.Start:
		return l.running, l.accent
	}
	return l.mark, l.quiet
}

// elapsedSeconds is how long a run that goes on took by now: "0:03", "1:02:03".
func elapsedSeconds(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

package cli

import (
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

// runText tells people about a run while it goes on. Everything that programs
// and logs wrote passes through show.
type runText struct {
	out   io.Writer
	width int
	marks marks
	paint painter
	// quiet is true when nobody looks on.
	quiet bool
	err   error
}

func newRunText(out io.Writer, s *Streams) *runText {
	t := newReportText(out, s)
	return &runText{out: out, width: t.width, marks: t.marks, paint: t.paint}
}

func (t *runText) printf(format string, args ...any) {
	if t.err == nil && !t.quiet {
		_, t.err = fmt.Fprintf(t.out, format, args...)
	}
}

// announce says what is about to happen: the exact line, where it runs, and what
// it changes.
func (t *runText) announce(n, of int, st pipeline.Planned, a *pipeline.Action) {
	number := ""
	if of > 1 {
		number = fmt.Sprintf(" (%d of %d)", n, of)
	}
	again := ""
	if st.Again {
		again = " again"
	}
	t.printf("%s\n", t.paint.head(show(fmt.Sprintf("%s%s: %s%s", st.Stage.Title, again, st.Command.Title, number))))
	t.command(st, a)
}

// command writes a command's particulars. The line stays in one piece, to be
// copied.
func (t *runText) command(st pipeline.Planned, a *pipeline.Action) {
	if a.Manual() {
		t.para("  Do       ", a.Text)
	} else {
		t.printf("  Line     %s\n", show(a.Line()))
	}
	if a.Exec != nil && a.Exec.Dir != "" {
		t.printf("  Folder   %s\n", show(a.Exec.Dir))
	}
	t.para("  Runs on  ", st.Command.Where)
	t.para("  Changes  ", st.Command.Changes)
	if len(st.Wants) > 1 {
		t.para("  Then     ", "waits for the hardware inventory that it starts")
	}
}

func (t *runText) para(label, text string) {
	indent := strings.Repeat(" ", len(label))
	for i, line := range wrap(show(text), t.width-len(indent)) {
		if i > 0 {
			label = indent
		}
		t.printf("%s%s\n", label, line)
	}
}

// elapsed is how long a run has gone on: "0:03.2", "1:02:03".
func elapsed(d time.Duration) string {
	if d >= time.Hour {
		s := int(d / time.Second)
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	tenths := int(d / (100 * time.Millisecond))
	return fmt.Sprintf("%d:%02d.%d", tenths/600, tenths/10%60, tenths%10)
}

// tell writes one event of a run.
func (t *runText) tell(e pipeline.RunEvent) {
	switch e.Kind {
	case pipeline.RunStarted:
		t.event(e, t.marks.running, "started; Ctrl-C stops the waiting, a second Ctrl-C the program")
	case pipeline.RunOutput:
		t.event(e, "|", e.Text)
	case pipeline.RunMark:
		t.mark(e)
	case pipeline.RunNote:
		t.event(e, t.marks.warn, e.Text)
	case pipeline.RunReturned:
		t.event(e, t.marks.running, returnedText(e))
	case pipeline.RunImpatient:
		t.event(e, t.marks.warn, "patience ran out: no outcome")
	case pipeline.RunUnwaited:
		t.event(e, t.marks.warn, "not waiting for the log any more; Ctrl-C again stops the program")
	case pipeline.RunStopping:
		t.event(e, t.marks.warn, "stopping the program and what it started")
	}
}

func returnedText(e pipeline.RunEvent) string {
	switch {
	case e.Method:
		return "the method was called; what it set off goes on"
	case e.Err != nil:
		return "the program ended: " + e.Err.Error()
	}
	return fmt.Sprintf("returned %d", e.Code)
}

func (t *runText) mark(e pipeline.RunEvent) {
	m := e.Mark
	if m.Kind == pipeline.Noise {
		return
	}
	text := m.Title
	if text == "" {
		text = m.Text
	}
	place := path.Base(m.Log)
	if m.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, m.Line)
	}
	t.event(e, t.markSymbol(m), place+"  "+text)
}

func (t *runText) markSymbol(m *pipeline.Mark) string {
	switch m.Kind {
	case pipeline.Success:
		return t.marks.passed
	case pipeline.Failure:
		return t.marks.failed
	case pipeline.Wait:
		return t.marks.warn
	case pipeline.Start:
		return t.marks.running
	}
	return t.marks.none
}

// event writes a line with its time since the start.
func (t *runText) event(e pipeline.RunEvent, symbol, text string) {
	label := fmt.Sprintf("  %8s %-2s ", elapsed(e.Elapsed), symbol)
	indent := strings.Repeat(" ", len([]rune(label)))
	for _, line := range wrap(show(text), t.width-len(indent)) {
		t.printf("%s%s\n", label, line)
		label = indent
	}
}

// ended writes how the stage stands after a step, and whether that is because of
// a track that comes next.
func (t *runText) ended(st pipeline.Planned, res pipeline.Result, r *diagnose.Report, tracks bool) {
	for _, s := range r.Stages {
		if s.ID != st.Stage.ID {
			continue
		}
		label := fmt.Sprintf("  %8s %-2s ", elapsed(res.Ended.Sub(res.Began)), t.marks.of(s.Status))
		text := strings.ToLower(st.Stage.Title) + ": " + string(s.Status)
		if tracks {
			text += " before, in a track that comes next"
		}
		t.printf("%s\n\n", t.paint.status(s.Status, label+text))
	}
}

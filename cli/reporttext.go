package cli

import (
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"patchtrace/diagnose"
	"patchtrace/tui/safe"
)

// reportText writes a report for people: the verdict first, in columns that fit
// the width, with nothing that only colour would tell.
type reportText struct {
	out   io.Writer
	width int
	marks marks
	paint painter
	// all adds findings of stages that passed, and every log.
	all  bool
	zone *time.Location
	err  error
}

func newReportText(out io.Writer, s *Streams) *reportText {
	t := &reportText{out: out, width: s.TextWidth(), marks: asciiMarks}
	if s.unicode() {
		t.marks = symbols
	}
	t.paint.on = s.Colour() && !s.Plain()
	return t
}

// marks are the symbols of the states, or their stand-ins.
type marks struct{ passed, failed, warn, none, running, cut string }

var (
	symbols    = marks{"✓", "✗", "!", "·", "●", "…"}
	asciiMarks = marks{"ok", "XX", "!!", "..", ">>", "..."}
)

func (m marks) of(s diagnose.Status) string {
	switch s {
	case diagnose.Passed:
		return m.passed
	case diagnose.Failed:
		return m.failed
	case diagnose.Stale, diagnose.Waiting:
		return m.warn
	case diagnose.Running:
		return m.running
	}
	return m.none
}

func (t *reportText) write(r *diagnose.Report) error {
	t.zone = zoneOf(r)
	t.verdict(r)
	t.about(r)
	for i, s := range r.Stages {
		t.stageLine(i, s, titleWidth(r.Stages))
	}
	// The stage that the verdict names comes first.
	for i, s := range r.Stages {
		if s.ID == r.Verdict.Stage {
			t.stage(i, s)
		}
	}
	for i, s := range r.Stages {
		if s.ID != r.Verdict.Stage && !unseen(s) {
			t.stage(i, s)
		}
	}
	t.notSeen(r)
	t.beside(r)
	t.coverage(r)
	for _, n := range r.Notes {
		t.para("note    ", n)
	}
	return t.err
}

func (t *reportText) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.out, format, args...)
	}
}

// para writes a label and a text that is wrapped behind it. Without a text it
// writes nothing.
func (t *reportText) para(label, text string) {
	for _, line := range t.lines(label, text) {
		t.printf("%s\n", line)
	}
}

func (t *reportText) lines(label, text string) []string {
	if t.marks == asciiMarks {
		text = strings.ReplaceAll(text, symbols.cut, asciiMarks.cut)
	}
	indent := strings.Repeat(" ", len([]rune(label)))
	lines := wrap(show(text), t.width-len(indent))
	for i, line := range lines {
		lines[i] = strings.TrimRight(label+line, " ")
		label = indent
	}
	return lines
}

func (t *reportText) verdict(r *diagnose.Report) {
	v := r.Verdict
	word := strings.ToUpper(v.Status)
	if v.Stage != "" {
		word += " at " + v.Stage
	}
	status := diagnose.Status(v.Status)
	t.printf("%s\n", t.paint.status(status, t.marks.of(status)+" "+word))
	t.para("  ", v.Summary)
	t.printf("\n")
}

func (t *reportText) about(r *diagnose.Report) {
	t.para("target  ", r.Target)
	why := ""
	if len(r.ProductWhy) > 0 {
		why = ", because " + r.ProductWhy[0]
		if len(r.ProductWhy) > 1 {
			why += fmt.Sprintf(" and %d more", len(r.ProductWhy)-1)
		}
	}
	t.para("product ", r.Product+why)
	from := map[string]string{"log": ", the newest line", "flag": ", as given", "clock": ", this machine's clock"}[r.NowSource]
	t.para("as of   ", stamp(r.Now, t.zone)+from+"; zone by "+r.Zone.Source)
	if r.LastHardwareScan.Time != nil {
		t.para("last hw ", "Last Hardware Scan "+stamp(*r.LastHardwareScan.Time, t.zone)+" by "+r.LastHardwareScan.Source)
	}
	t.printf("\n")
}

// zoneOf is the client's zone as the report knows it.
func zoneOf(r *diagnose.Report) *time.Location {
	t, err := time.Parse("-07:00", r.Zone.Offset)
	if err != nil {
		return time.UTC
	}
	_, seconds := t.Zone()
	return time.FixedZone("", seconds)
}

func stamp(t time.Time, loc *time.Location) string {
	return t.In(loc).Format("2006-01-02 15:04:05 -07:00")
}

func titleWidth(stages []diagnose.StageReport) int {
	width := 0
	for _, s := range stages {
		width = max(width, len(s.Title))
	}
	return width
}

// unseen tells whether there is nothing to say of a stage but what to fetch.
func unseen(s diagnose.StageReport) bool {
	return s.Status == diagnose.Unknown && len(s.Findings) == 1 && strings.HasSuffix(s.Findings[0].Rule, ".not-seen")
}

// notSeen says in a line each what would show the stages that did not show.
func (t *reportText) notSeen(r *diagnose.Report) {
	head := "\nNot seen here\n"
	for i, s := range r.Stages {
		if s.ID == r.Verdict.Stage || !unseen(s) {
			continue
		}
		t.printf("%s", head)
		head = ""
		label := fmt.Sprintf("  %s %d %-*s ", t.marks.none, i+1, titleWidth(r.Stages), s.Title)
		t.para(label, strings.Join(s.Findings[0].Do, "; "))
	}
}

func (t *reportText) stageLine(i int, s diagnose.StageReport, width int) {
	when := ""
	switch {
	case s.LastFailure != nil && s.Status == diagnose.Failed:
		when = s.LastFailure.In(t.zone).Format("2006-01-02 15:04 -07:00")
	case s.LastSuccess != nil:
		when = "last success " + s.LastSuccess.In(t.zone).Format("2006-01-02 15:04 -07:00")
	case s.LastStart != nil:
		when = "started " + s.LastStart.In(t.zone).Format("2006-01-02 15:04 -07:00")
	}
	label := fmt.Sprintf("  %s %d %-*s  %-8s ", t.marks.of(s.Status), i+1, width, s.Title, s.Status)
	lines := t.lines(label, when)
	if len(lines) == 0 {
		lines = []string{strings.TrimRight(label, " ")}
	}
	for _, line := range lines {
		t.printf("%s\n", t.paint.status(s.Status, line))
	}
}

// stage writes what is to be said of a stage: all of a broken one, warnings and
// open questions of the others.
func (t *reportText) stage(i int, s diagnose.StageReport) {
	var shown []diagnose.Finding
	for _, f := range s.Findings {
		if t.all || f.Severity != diagnose.SevInfo || s.Status != diagnose.Passed || strings.HasSuffix(f.Rule, "-last-hardware-scan") {
			shown = append(shown, f)
		}
	}
	if len(shown) == 0 {
		return
	}
	t.printf("\n%s\n", t.paint.head(fmt.Sprintf("%d %s: %s", i+1, s.Title, s.Status)))
	for n, f := range shown {
		if n > 0 {
			t.printf("\n")
		}
		t.finding(f)
	}
}

func (t *reportText) finding(f diagnose.Finding) {
	title := f.Title
	if f.Code != "" && !strings.Contains(title, f.Code) {
		title += " (" + f.Code + ")"
	}
	mark := map[string]string{diagnose.SevError: t.marks.failed, diagnose.SevWarning: t.marks.warn}[f.Severity]
	if mark == "" {
		mark = t.marks.none
	}
	if f.Symptom {
		title += ", a consequence"
	}
	t.para("  "+mark+" ", title)
	t.para("    ", f.Meaning)
	if f.Code != "" {
		name := f.CodeName
		if name != "" {
			name += ": "
		}
		t.para("    Code   ", f.Code+" "+name+f.CodeMeaning)
	}
	t.proof(f)
	t.toDo(f.Do)
	t.para("    Source ", f.Source+", "+f.Confidence)
}

func (t *reportText) toDo(list []string) {
	label := "    Do     "
	for n, do := range list {
		t.para(label+fmt.Sprintf("%d ", n+1), do)
		label = "           "
	}
}

// oneLine is a label and a path, which is cut in its middle where it does not fit.
func (t *reportText) oneLine(label, path string) string {
	return label + safe.CutMiddle(show(path), max(t.width-len([]rune(label)), 16), t.marks.cut)
}

// maxProof bounds how many lines of a finding the text quotes; JSON has all.
const maxProof = 3

func (t *reportText) proof(f diagnose.Finding) {
	label := "    Proof  "
	for n, e := range f.Evidence {
		if n == maxProof {
			t.para("           ", "and "+count(int64(len(f.Evidence)-n), "more line"))
			break
		}
		place := spot(&e)
		when := strings.Replace(e.Local, "T", " ", 1)
		if e.Assumed {
			when += " (zone assumed)"
		}
		if when != "" && safe.Width(label)+safe.Width(show(place))+2+safe.Width(when) > t.width {
			t.printf("%s\n", t.oneLine(label, place))
			label, place = "           ", when
		} else if when != "" {
			place += "  " + when
		}
		t.para(label, place)
		label = "           "
		t.quote(e.Text)
	}
	if f.Absent != "" {
		t.para(label, "absent: "+f.Absent)
	}
}

// spot is where evidence stands. A process, a cabinet and an instance have no lines.
func spot(e *diagnose.Evidence) string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d", e.Log, e.Line)
	}
	return e.Log
}

// maxQuote bounds how many lines of the terminal one quoted record takes.
const maxQuote = 4

func (t *reportText) quote(text string) {
	const bar = "           | "
	room := max(t.width-len(bar), 1)
	lines := wrap(show(strings.ReplaceAll(text, "\n", " ")), room)
	if len(lines) > maxQuote {
		lines = lines[:maxQuote]
		last := lines[maxQuote-1]
		lines[maxQuote-1] = last[:safe.Prefix(last, max(room-len([]rune(t.marks.cut)), 1))] + t.marks.cut
	}
	for _, line := range lines {
		t.printf("%s\n", t.paint.quote(strings.TrimRight(bar+line, " ")))
	}
}

func (t *reportText) coverage(r *diagnose.Report) {
	var read, records int64
	var trouble []diagnose.Coverage
	for _, c := range r.Coverage {
		records += c.Records
		switch {
		case c.State == diagnose.LogRead || c.State == diagnose.LogCut:
			read++
			if c.State == diagnose.LogCut || t.all {
				trouble = append(trouble, c)
			}
		case c.State != diagnose.LogMissing || c.Required || t.all:
			trouble = append(trouble, c)
		}
	}
	t.printf("\n")
	t.para("read    ", fmt.Sprintf("%s, %s", count(read, "log"), count(records, "record")))
	for _, c := range trouble {
		t.para("        ", coverText(c))
	}
}

func coverText(c diagnose.Coverage) string {
	name := c.Log
	if c.Stage != "" {
		name = path.Base(name)
	}
	text := fmt.Sprintf("%s: %s", name, c.State)
	if c.Records > 0 {
		text += ", " + count(c.Records, "record")
	}
	if c.Partial {
		text += " read from its end"
	}
	if len(c.Stages) > 0 {
		text += " (" + strings.Join(c.Stages, ", ") + ")"
	}
	if c.Note != "" {
		text += "; " + c.Note
	}
	return text
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// exitOf is the exit code for a verdict.
func exitOf(v diagnose.Verdict) int {
	switch v.Status {
	case diagnose.VerdictPassed:
		return exitPassed
	case diagnose.VerdictFailed:
		return exitBroken
	case diagnose.VerdictWaiting:
		return exitWaiting
	}
	return exitUnknown
}

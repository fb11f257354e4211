package tui

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"patchtrace/diagnose"
	"patchtrace/logparse"
	"patchtrace/logparse/merged"
	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// fakeLinearView is a view of rows in memory, numbered as a real one's are.
type fakeLinearView struct {
	mu   sync.Mutex
	rows []merged.Row
	old  int // how many there were when it was opened
	// wasRead has a value after rows were read.
	wasRead chan struct{}
	// build is called when what a filter leaves is worked out, unless nil.
	build func(ctx context.Context) error
}

func newLinearView(rows ...merged.Row) *fakeLinearView {
	v := &fakeLinearView{rows: rows, old: len(rows), wasRead: make(chan struct{}, 100)}
	v.number()
	return v
}

func (v *fakeLinearView) number() {
	for i := range v.rows {
		v.rows[i].N = int64(i - v.old)
	}
}

func (v *fakeLinearView) add(r merged.Row) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rows = append(v.rows, r)
	v.number()
}

func (v *fakeLinearView) Build(ctx context.Context, _ func()) error {
	if v.build == nil {
		return nil
	}
	return v.build(ctx)
}

func (v *fakeLinearView) Extent() (int64, int64, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return int64(-v.old), int64(len(v.rows) - v.old), true
}

func (v *fakeLinearView) Rows(_ context.Context, from int64, n int) ([]merged.Row, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	defer func() { v.wasRead <- struct{}{} }()
	i := int(from) + v.old
	return v.rows[i:min(i+n, len(v.rows))], nil
}

func (v *fakeLinearView) Find(_ context.Context, part string, offset int64) (int64, bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range v.rows {
		if p := v.rows[i].Record.Pos; p.Part == part && p.Offset == offset {
			return v.rows[i].N, true, nil
		}
	}
	return 0, false, nil
}

func (v *fakeLinearView) Search(_ context.Context, from int64, backwards bool, q merged.Query) (int64, bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	step := 1
	if backwards {
		step = -1
	}
	for i := int(from) + v.old + step; i >= 0 && i < len(v.rows); i += step {
		if strings.Contains(strings.ToLower(v.rows[i].Record.Message), strings.ToLower(q.Text)) {
			return v.rows[i].N, true, nil
		}
	}
	return 0, false, nil
}

// linearLogRow is a record some seconds before now.
func linearLogRow(before int, sev logparse.Severity, text string, offset int64) merged.Row {
	return merged.Row{Time: fakeNow.Add(-time.Duration(before) * time.Second), Record: &logparse.Record{
		Severity: sev, Message: text, Pos: logparse.Pos{Log: "WUAHandler.log", Part: "WUAHandler.log", Offset: offset},
	}}
}

// use has a console read those rows, whatever the target's logs are.
func (v *fakeLinearView) use(l *linear) {
	l.view = func(f merged.Filter) (linearView, error) {
		if f.MinSeverity <= logparse.Info {
			return v, nil
		}
		var rows []merged.Row
		for _, r := range v.rows {
			if r.Record.Severity >= f.MinSeverity {
				rows = append(rows, r)
			}
		}
		left := newLinearView(rows...)
		left.build = v.build
		return left, nil
	}
}

// linearScanRows are the lines around a scan that fails. The proof is one of them.
func linearScanRows(t *testing.T, desk *fakeDesk) []merged.Row {
	t.Helper()
	c, err := desk.Open(context.Background(), example)
	if err != nil {
		t.Fatal(err)
	}
	report, _, err := c.Judge(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	proof := report.Stages[1].Findings[0].Evidence[0]
	var rows []merged.Row
	for i := range 12 {
		rows = append(rows, linearLogRow(100-i, logparse.Info, fmt.Sprintf("Its a WSUS Update Source type, number %d.", i+1), int64(i)))
	}
	rows = append(rows,
		linearLogRow(30, logparse.Error, "Unable to read existing WUA Group Policy object.\nError = 0x80004005.", 500),
		linearLogRow(20, logparse.Warning, "Enabling WUA Managed server policy", 501))
	r := linearLogRow(10, logparse.Error, proof.Text, proof.Offset)
	r.Record.Pos.Part = proof.Log
	return append(rows, r, linearLogRow(5, logparse.Info, "Scan is over.", 502))
}

func TestLinearReadsTheLogsInPiecesBackAndForth(t *testing.T) {
	d := newDialogue(t, &example)
	d.prepare = newLinearView(linearScanRows(t, d.desk)...).use
	goldenTranscript(t, "log", d.hold("previous", "log 4", "previous", "next", "errors", "search wsus update", "previous", "next", "next",
		"/no such text", "search", "is over", "proof 1", "previous", "quit"))
}

func TestLinearFollowsTheLogsUntilEnter(t *testing.T) {
	d := newDialogue(t, &linearLab)
	v := newLinearView(linearScanRows(t, d.desk)...)
	d.prepare = v.use
	arrives := func(text string) func() {
		return func() {
			v.add(linearLogRow(0, logparse.Error, text, 900))
			d.desk.cases[len(d.desk.cases)-1].changes <- Change{Logs: []string{"WUAHandler.log"}}
			<-v.wasRead
		}
	}
	text := d.hold("follow", arrives("The first new line"), arrives("The second new line"), "", "stages", "quit")
	saysAll(t, text, "Press Enter to stop", "09:12:31, error, WUAHandler.log: The first new line\n09:12:31, error, WUAHandler.log: The second new line\nNot following any more.", "What next? stages")
	still := newDialogue(t, &example)
	still.desk.prepare = func(c *fakeCase) { c.about.Still = true }
	saysAll(t, still.hold("follow", "quit"), "nothing to follow")
}

func TestLinearSaysWhatAProofIsWhenItsLogCannotBeRead(t *testing.T) {
	d := newDialogue(t, &example)
	d.prepare = newLinearView(linearLogRow(1, logparse.Info, "another log", 7)).use
	saysAll(t, d.hold("proof", "quit"), "which cannot be read now. It says: Failed to Add\nUpdate Source for WUAgent")
}

func TestLinearStopsReadingALargeLogOnAnInterruptAndAsksAgain(t *testing.T) {
	d := newDialogue(t, &example)
	v := newLinearView(linearScanRows(t, d.desk)...)
	v.build = func(ctx context.Context) error {
		d.interrupt <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	d.prepare = v.use
	saysAll(t, d.hold("errors", "stages", "quit"), "What next? errors\nStopping.\nStopped.\nScan. What next? stages\nVerdict:")
}

// linearHostile are what logs, names and programs may hold to reach a terminal.
var linearHostile = []string{
	"\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m", "\u202egnp.exe\u2066", "a\r\nb\tc\x00\x7f\u009b31m", "\xff\xfe broken",
	"%s%d%!", strings.Repeat("宽e\u0301\u200b🙂 ", 500), "yes\nyes", "Quote: Error: - ", "", " ",
}

func FuzzLinearLetsNothingReachTheTerminal(f *testing.F) {
	for _, text := range linearHostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		transcript := hostileDialogue(t, text)
		for _, r := range transcript {
			if r != '\n' && (safe.Hidden(r) || unicode.IsControl(r)) {
				t.Fatalf("%U of %q is in the dialogue", r, text)
			}
		}
		if strings.Contains(transcript, "is run here") {
			t.Fatalf("%q ran something", text)
		}
	})
}

// hostileDialogue puts a text everywhere where somebody else's may stand.
func hostileDialogue(t *testing.T, text string) string {
	d := newDialogue(t, nil)
	d.desk.places[1].Note = text
	d.desk.faults = nil
	d.desk.prepare = func(c *fakeCase) {
		c.about.Name = text
		c.params = map[string]string{"site": text, "path": text}
		c.patches = []Patch{{Class: text, Props: []Prop{{text, text}, {"ID", text}}}}
		c.facts = []Fact{{Stage: text, Label: text, Value: text, Time: &fakeNow, Event: true}}
		c.reveal = text
		c.run = toldEvents(pipeline.Result{}, pipeline.RunEvent{Kind: pipeline.RunNote, Text: "is run here"})
		c.report = func(r *diagnose.Report) { hostileReport(r, text) }
	}
	row := linearLogRow(1, logparse.Error, text, 1)
	row.Record.Pos.Part = text
	d.prepare = newLinearView(row, row).use
	line := strings.ReplaceAll(text, "\n", " ")
	return d.hold("2", "findings", "proof 1", "logs", "log", "errors", "search "+line, "data", "patches", "patches 1", "guide", "reveal",
		"answer 1 "+line, "cancel", "hardware "+line, "cancel", "timeline 40", "lookup "+line, "1", "run", line, "cancel", "cancel", "cancel", "times", "x 5 "+line, "quit")
}

func hostileReport(r *diagnose.Report, text string) {
	r.Product = "sms2003"
	r.Verdict.Summary = text
	for i := range r.Stages {
		for k := range r.Stages[i].Findings {
			f := &r.Stages[i].Findings[k]
			f.Title, f.Meaning, f.Code, f.CodeName, f.CodeMeaning, f.Source, f.Absent = text, text, text, text, text, text, text
			f.Do, f.Read = []string{text}, []string{text}
			for n := range f.Evidence {
				f.Evidence[n].Text, f.Evidence[n].Log = text, text
			}
		}
	}
	for i := range r.Timeline {
		r.Timeline[i].Text, r.Timeline[i].Log, r.Timeline[i].Track = text, text, text
	}
	for i := range r.Coverage {
		r.Coverage[i].Note, r.Coverage[i].Log = text, text
	}
}

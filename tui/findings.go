package tui

import (
	"fmt"
	"path"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// plainText is a drawn text without its styles.
func plainText(s string) string { return strings.TrimRight(ansi.Strip(s), " ") }

// column is where the texts of a finding begin, behind its labels.
const column = 10

// findingRows are the verdict, what the stage's evidence means, the proof and
// what to do.
func findingRows(s *session, w int) []row {
	k := &s.look
	r := s.stageReport(s.stage)
	if r == nil {
		return s.noReportRows(w)
	}
	rows := append(s.staleRows(w), s.verdictRows(w)...)
	if s.nothingRead() {
		rows = append(rows, signRows(k.warn.Render, k.stale, "No log was found here (*.log, *.lo_, *.txt)", w)...)
		rows = append(rows, textRows(k.plain.Render, "Check that it is the client's log folder. Logs that come into it are read at once. o opens another.", "  ", w)...)
	}
	if len(r.Findings) == 0 {
		rows = append(append(rows, row{}), textRows(k.quiet.Render, s.noFindingText(r), "", w)...)
		return append(rows, s.coverageRows(w)...)
	}
	for i := range r.Findings {
		if i > 0 || len(rows) > 1 {
			rows = append(rows, row{})
		}
		rows = append(rows, s.findingRows(i, &r.Findings[i], w)...)
	}
	return append(rows, s.coverageRows(w)...)
}

// nothingRead is true when there is no log at all, of whatever stage.
func (s *session) nothingRead() bool {
	return !s.about.Lab && !slices.ContainsFunc(s.report.Coverage, func(c diagnose.Coverage) bool { return c.State != diagnose.LogMissing })
}

// noReportRows stand there until the first judgement, or say why there is none.
func (s *session) noReportRows(w int) []row {
	k := &s.look
	if s.judgeErr == nil {
		return []row{{}, {text: k.quiet.Render("Reading the logs of " + s.name() + k.ellipsis)}}
	}
	rows := signRows(k.bad.Render, k.failed, "The logs could not be judged", w)
	return append(rows, textRows(k.plain.Render, safe.Text(s.judgeErr.Error()), "  ", w)...)
}

// staleRows say that the report in sight is not of the logs as they are now.
func (s *session) staleRows(w int) []row {
	if s.judgeErr == nil {
		return nil
	}
	k := &s.look
	rows := signRows(k.warn.Render, k.stale, "Not read again: this is from before", w)
	return append(append(rows, textRows(k.plain.Render, safe.Text(s.judgeErr.Error()), "  ", w)...), row{})
}

// verdictRows is the answer of the whole diagnosis, above every stage's findings.
func (s *session) verdictRows(w int) []row {
	k := &s.look
	v := s.report.Verdict
	symbol, style := k.passed, k.good
	switch v.Status {
	case diagnose.VerdictFailed:
		symbol, style = k.failed, k.bad
	case diagnose.VerdictWaiting:
		symbol, style = k.waiting, k.warn
	case diagnose.VerdictUnknown:
		symbol, style = k.unknown, k.warn
	}
	head := strings.ToUpper(v.Status)
	if i := stageIndex(v.Stage); i >= 0 && v.Status != diagnose.VerdictPassed {
		head += " at " + strings.ToLower(stageNames[i])
	}
	rows := []row{{text: style.Render(symbol + " " + head)}}
	if i := stageIndex(v.Stage); i >= 0 && i != s.stage {
		rows[0].id, rows[0].word = "verdict", "go to "+strings.ToLower(stageNames[i])
		rows[0].act = func() tea.Cmd { return say(stageWantedMsg{i, tabFindings}) }
	}
	if r := s.stageReport(s.stage); v.Stage == stageID(s.stage) && len(r.Findings) > 0 {
		return rows // its first finding says it
	}
	return append(rows, textRows(k.plain.Render, safe.Text(v.Summary), "  ", w)...)
}

func (s *session) noFindingText(r *diagnose.StageReport) string {
	switch r.Status {
	case diagnose.Passed:
		return stageNames[s.stage] + " passed. Nothing about it stands out."
	case diagnose.NotRun:
		return "Its log shows no cycle: nothing was due, or it runs on another machine."
	case diagnose.Running:
		return "It is running. What comes of it is shown here."
	}
	return "Nothing was found about " + strings.ToLower(stageNames[s.stage]) + "."
}

// findingRows are one finding: what happened, why it matters, proof, what to do.
func (s *session) findingRows(n int, f *diagnose.Finding, w int) []row {
	k := &s.look
	symbol, style := k.severity(f.Severity)
	head := style.Render(symbol) + " " + style.Render(safe.Text(f.Title))
	if f.Code != "" {
		code := k.strong.Render(safe.Text(f.Code))
		if gap := w - 1 - safe.Width(head) - safe.Width(code); gap > 1 {
			head += strings.Repeat(" ", gap) + code
		}
	}
	id := fmt.Sprintf("f%d", n)
	rows := []row{{text: head}}
	if safe.Width(head) >= w {
		rows = signRows(style.Render, symbol, safe.Text(f.Title), w)
	}
	if f.Symptom {
		rows = append(rows, row{text: "  " + k.quiet.Render("a consequence of the finding above")})
	}
	rows = append(rows, textRows(k.plain.Render, safe.Text(f.Meaning), "  ", w)...)
	for i := range f.Evidence {
		proof := s.proofRows(fmt.Sprintf("%s.p%d", id, i), label("Proof", i), &f.Evidence[i], w)
		if f.Evidence[i].Beside { // the Data tab tells of the file and of those that it was compared with
			stage := s.stage
			proof[0].id, proof[0].word = fmt.Sprintf("%s.p%d", id, i), "see Data"
			proof[0].act = func() tea.Cmd { return say(stageWantedMsg{stage, tabData}) }
		}
		proof[0].first = n == 0 && i == 0
		rows = append(rows, proof...)
	}
	rows = append(rows, s.codeRows(id, f, w)...)
	if f.Absent != "" {
		rows = append(rows, labelled(k, label("Missing", 0), safe.Text(f.Absent), w)...)
	}
	for i, do := range f.Do {
		rows = append(rows, labelled(k, label("Do", i), fmt.Sprintf("%d %s", i+1, safe.Text(do)), w)...)
	}
	if s.about.CannotRun == nil && s.status(s.stage) == diagnose.Unknown && len(f.Evidence) == 0 {
		here := fmt.Sprintf("%d Or run it here: %s", len(f.Do)+1, s.keys.Run.Help().Key)
		rows = append(rows, labelled(k, label("Do", len(f.Do)), here, w)...)
	}
	if len(f.Read) > 0 {
		rows = append(rows, labelled(k, "Read", safe.Text(strings.Join(f.Read, ", ")), w)...)
	}
	source := safe.Text(f.Source)
	if f.Confidence != "" && !strings.HasSuffix(source, f.Confidence) {
		source = strings.TrimPrefix(source+", "+f.Confidence, ", ")
	}
	return append(rows, labelled(k, "Source", source, w)...)
}

// label stands before the first of several.
func label(word string, i int) string {
	if i > 0 {
		return ""
	}
	return word
}

func (s *session) codeRows(id string, f *diagnose.Finding, w int) []row {
	if f.Code == "" {
		return nil
	}
	text := f.Code
	if f.CodeName != "" {
		text += " " + f.CodeName
	}
	if f.CodeMeaning != "" {
		text += ": " + f.CodeMeaning
	}
	rows := labelled(&s.look, "Code", safe.Text(text), w)
	code := f.Code
	rows[0].id = id + ".code"
	rows[0].copy = code
	rows[0].act = func() tea.Cmd { return say(lookUpWantedMsg{code}) }
	return rows
}

// proofRows are a line of evidence: where it stands, then its text, quoted.
func (s *session) proofRows(id, name string, e *diagnose.Evidence, w int) []row {
	k := &s.look
	where := path.Base(e.Log)
	if e.Beside {
		where = e.Log // copies of a file differ in nothing but their place
	}
	if e.Line > 0 {
		where += fmt.Sprintf(":%d", e.Line)
	}
	where = safe.Text(where)
	rows := labelled(k, name, where, w)
	if e.Time != nil {
		// A path is told whole, also where it takes the room of the time.
		if when := s.when(*e.Time); safe.Width(where)+2+safe.Width(when) <= w-column {
			rows[0].text += "  " + when
		} else {
			rows = append(rows, row{text: strings.Repeat(" ", column) + when})
		}
	}
	ev := *e
	rows[0].copy = fmt.Sprintf("%s:%d %s %s", e.Log, e.Line, e.Local, e.Text)
	if e.InLog() {
		rows[0].id = id
		rows[0].act = func() tea.Cmd { return say(proofWantedMsg{ev}) }
	}
	const most = 3
	quote := wrapped(safe.Text(strings.ReplaceAll(e.Text, "\n", " ")), max(w-column-2, 8))
	if len(quote) > most {
		quote = append(quote[:most-1], quote[most-1]+k.ellipsis)
	}
	for _, q := range quote {
		rows = append(rows, row{text: strings.Repeat(" ", column) + k.quiet.Render(k.bar+" "+q)})
	}
	return rows
}

// coverageRows say which logs the stage was judged by, and which are missing.
func (s *session) coverageRows(w int) []row {
	k := &s.look
	id := stageID(s.stage)
	var rows []row
	for i := range s.report.Coverage {
		c := &s.report.Coverage[i]
		if !coversStage(c, id) {
			continue
		}
		text, style := safe.Text(path.Base(c.Log)), k.quiet
		switch {
		case c.State == diagnose.LogRead:
			text += "  " + countOf(int(c.Records), "record")
			if c.To != nil {
				text += ", newest " + s.when(*c.To)
			}
		case c.Required:
			text, style = text+"  "+c.State+", and needed for a verdict", k.warn
		default:
			text += "  " + c.State
		}
		if c.Note != "" && c.State != diagnose.LogRead {
			text += ": " + safe.Text(c.Note)
		}
		if len(rows) == 0 {
			rows = append(rows, row{})
		}
		for n, l := range wrapped(text, max(w-column, 8)) {
			rows = append(rows, row{text: pad(k, label("Logs", len(rows)-1+n)) + style.Render(l)})
		}
	}
	return rows
}

func stageID(i int) string { return pipeline.StageIDs[i] }

func coversStage(c *diagnose.Coverage, id string) bool {
	return c.Stage == id || slices.Contains(c.Stages, id)
}

// textRows wraps a text behind an indent.
func textRows(style func(...string) string, text, indent string, w int) []row {
	var rows []row
	for _, l := range wrapped(text, max(w-len(indent), 8)) {
		rows = append(rows, row{text: indent + style(l)})
	}
	return rows
}

// signRows wraps a text behind its symbol.
func signRows(style func(...string) string, symbol, text string, w int) []row {
	indent := strings.Repeat(" ", safe.Width(symbol)+1)
	rows := textRows(style, text, indent, w)
	for i := range rows[:min(1, len(rows))] {
		rows[i].text = style(symbol) + " " + strings.TrimPrefix(rows[i].text, indent)
	}
	return rows
}

// pad is a label in its column.
func pad(k *look, name string) string {
	return "  " + k.quiet.Render(safe.Fill(name, column-2, ""))
}

// labelled is a text with a label before its first line. It has at least one row.
func labelled(k *look, name, text string, w int) []row {
	lines := wrapped(text, max(w-column, 8))
	if len(lines) == 0 {
		lines = []string{""}
	}
	rows := make([]row, len(lines))
	for i, l := range lines {
		rows[i].text = pad(k, label(name, i)) + l
	}
	return rows
}

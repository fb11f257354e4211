package tui

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

// judgedNow tells whether there is a report, and says so if there is none.
func (l *linear) judgedNow() bool {
	if l.s.report != nil {
		return true
	}
	l.sayf("The logs have not been judged. Type judge to read them again.")
	return false
}

// stages reads out how the four stages stand.
func (l *linear) stages(string) {
	if !l.judgedNow() {
		return
	}
	l.sayf("Verdict: %s", linearVerdict(l.s.report))
	for i := range stageNames {
		l.sayf("%s", l.stageLine(i))
	}
}

// toStage goes to a stage, counted from 1.
func (l *linear) toStage(n int) {
	if n < 1 || n > len(stageNames) {
		l.sayf("There is no stage %d: 1 is sync, 2 scan, 3 inventory, 4 install.", n)
		return
	}
	l.s.stage, l.reading = n-1, nil
	l.s.changed()
	l.sayf("%s", l.stageLine(l.s.stage))
	r := l.s.stageReport(l.s.stage)
	switch {
	case r == nil:
	case len(r.Findings) == 0:
		l.sayf("%s", l.s.noFindingText(r))
	default:
		l.sayf("%s. Type findings to hear them, or guide, run, log.", countOf(len(r.Findings), "finding"))
	}
}

// findings reads out what was found about the stage in view.
func (l *linear) findings(string) {
	if !l.judgedNow() {
		return
	}
	r := l.s.stageReport(l.s.stage)
	l.sayf("%s", l.stageLine(l.s.stage))
	l.proofs = nil
	if len(r.Findings) == 0 {
		l.sayf("%s", l.s.noFindingText(r))
	}
	for i := range r.Findings {
		l.finding(i, r)
	}
	l.coverage()
	if len(l.proofs) > 0 {
		l.sayf("Type proof and a number to read the log around a proof.")
	}
}

// coverage says in a line or two by which logs the stage was judged. Those that
// are missing and not needed are only counted.
func (l *linear) coverage() {
	read, missing := 0, 0
	for i := range l.s.report.Coverage {
		c := &l.s.report.Coverage[i]
		switch {
		case !coversStage(c, stageID(l.s.stage)):
		case c.State == diagnose.LogRead:
			read++
		case c.Required:
			l.sayf("Needed for a verdict, and %s: %s. %s", c.State, linearLogName(c.Log), endSentence(beginSentence(c.Note)))
		default:
			missing++
		}
	}
	text := fmt.Sprintf("Judged by %s.", countOf(read, "log"))
	if missing > 0 {
		text += fmt.Sprintf(" Not read, and not needed: %d.", missing)
	}
	l.sayf("%s Type logs to hear which.", text)
}

// logs reads out by which logs the stage was judged, and which are missing.
func (l *linear) logs(string) {
	if l.judgedNow() {
		l.rowsOr(l.s.coverageRows(linearPaneWidth), stageNames[l.s.stage]+" has no logs.")
	}
}

// finding reads out one finding. Its proofs get numbers.
func (l *linear) finding(i int, r *diagnose.StageReport) {
	f := &r.Findings[i]
	number := ""
	if len(r.Findings) > 1 {
		number = fmt.Sprintf("Finding %d of %d, ", i+1, len(r.Findings))
	}
	rows := l.s.findingRows(i, f, linearPaneWidth)
	for k := range rows {
		switch {
		case k == 0:
			text := linearRow(rows[k].text)
			for _, symbol := range []string{"-", linearFailed, linearStale} {
				text = strings.TrimPrefix(text, symbol+" ")
			}
			rows[k].text = endSentence(beginSentence(number+linearSeverity(f.Severity)) + ": " + text)
		case k == 1 && f.Symptom:
			rows[k].text = "This is a consequence of the finding before."
		case strings.HasPrefix(rows[k].id, fmt.Sprintf("f%d.p", i)):
			rows[k].text = l.proofRow(&rows[k])
		}
	}
	l.readOut(linearNumberedDo(rows))
}

// proofRow numbers a proof, so that it can be asked for.
func (l *linear) proofRow(r *row) string {
	want, ok := r.act()().(proofWantedMsg)
	if !ok {
		return r.text
	}
	l.proofs = append(l.proofs, want)
	text := fmt.Sprintf("Proof %d: %s", len(l.proofs), linearLogName(want.at.Log))
	if want.at.Line > 0 {
		text += fmt.Sprintf(", line %d", want.at.Line)
	}
	if want.at.Time != nil {
		text += ", " + l.when(*want.at.Time)
	}
	return text + "."
}

// linearNumberedDo says "Do" before each of several things to do, as panes say it only
// before the first.
func linearNumberedDo(rows []row) []row {
	doing := false
	for i := range rows {
		text := linearRow(rows[i].text)
		if rest, ok := strings.CutPrefix(text, "Do: "); ok {
			doing, text = true, rest
		} else if !doing || !strings.HasPrefix(plainText(rows[i].text), strings.Repeat(" ", column)) {
			doing = false
			continue
		}
		if n, rest, ok := strings.Cut(text, " "); ok && linearIsNumber(n) {
			rows[i].text = "Do " + n + ": " + rest
		}
	}
	return rows
}

func linearIsNumber(text string) bool { _, err := strconv.Atoi(text); return err == nil }

func linearSeverity(severity string) string {
	if severity == diagnose.SevInfo {
		return "note"
	}
	return severity
}

// data reads out what the stage produced.
func (l *linear) data(string) {
	if l.s.stage == stageIndex(pipeline.Scan) {
		l.patches("")
		return
	}
	l.rowsOr(dataRows(l.s, linearPaneWidth), "Nothing is known of what "+strings.ToLower(stageNames[l.s.stage])+" produced.")
	if l.s.stage == stageIndex(pipeline.Inventory) {
		l.sayf("Type hardware and a time to note the Last Hardware Scan that the site shows.")
	}
}

func (l *linear) rowsOr(rows []row, empty string) {
	if len(linearRows(rows)) == 0 {
		l.sayf("%s", empty)
		return
	}
	l.readOut(rows)
}

// guide reads out the background of the stage and its steps, which can be ticked
// and answered by number.
func (l *linear) guide(string) {
	plan := l.s.stagePlan(l.s.stage)
	if plan == nil {
		l.judgedNow()
		return
	}
	l.sayf("Stage %d, %s. %s", l.s.stage+1, plan.Title, endSentence(plan.Summary))
	for _, text := range plan.Background {
		l.sayf("%s", text)
	}
	for i := range plan.Commands {
		l.commandText(&plan.Commands[i])
	}
	l.steps("")
}

// steps reads out what the engineer does in the stage.
func (l *linear) steps(string) {
	plan := l.s.stagePlan(l.s.stage)
	if plan == nil {
		l.judgedNow()
		return
	}
	if len(plan.Manual) == 0 {
		l.sayf("There are no steps to do by hand.")
		return
	}
	l.sayf("%s to do by hand. Type tick or answer, and the number.", countOf(len(plan.Manual), "step"))
	for i := range plan.Manual {
		l.sayf("%s", l.stepText(i, &plan.Manual[i]))
	}
}

// commandText reads out a command; its line stays in one piece, to be copied.
// Parameters that are not known stay <name>.
func (l *linear) commandText(c *pipeline.Command) {
	l.sayf("Command: %s, on %s.", c.Title, c.Where)
	a, err := pipeline.Prepare(c, l.s.params)
	switch {
	case c.Kind == pipeline.CommandManual:
	case err != nil:
		l.out.whole(c.Line())
	default:
		l.out.whole(a.Line())
	}
}

func (l *linear) stepText(i int, st *pipeline.Step) string {
	state := "to do"
	if l.s.state.Ticked[l.tickKey(st)] {
		state = "done"
	}
	text := fmt.Sprintf("Step %d, %s: %s", i+1, state, endSentence(st.Text))
	if st.Field == nil {
		return text
	}
	if a := l.s.state.Answers[st.Field.Name]; a != "" {
		return text + " Noted: " + endSentence(st.Field.Label+" "+a)
	}
	return text + " Answer wanted: " + endSentence(st.Field.Label)
}

// tickKey is the name under which it is kept that a step is done.
func (l *linear) tickKey(st *pipeline.Step) string {
	return pipeline.StageIDs[l.s.stage] + "/" + st.ID
}

// step finds a step by its number; it says what is wrong if there is none.
func (l *linear) step(number string) (int, *pipeline.Step) {
	plan := l.s.stagePlan(l.s.stage)
	if plan == nil || len(plan.Manual) == 0 {
		l.sayf("%s has no steps to do by hand.", stageNames[l.s.stage])
		return 0, nil
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(plan.Manual) {
		l.sayf("Give the number of a step, 1 to %d. Type guide to hear them.", len(plan.Manual))
		return 0, nil
	}
	return n - 1, &plan.Manual[n-1]
}

func (l *linear) tick(args string) {
	i, st := l.step(args)
	if st == nil {
		return
	}
	key := l.tickKey(st)
	l.s.changed()
	if l.s.state.Ticked[key] {
		delete(l.s.state.Ticked, key)
		l.sayf("Step %d is to do again.", i+1)
		return
	}
	l.s.state.Ticked[key] = true
	l.sayf("Step %d is done.", i+1)
}

// answer notes what a step asks for: "answer 3" asks, "answer 3 yes" does not.
func (l *linear) answer(args string) {
	number, value, _ := strings.Cut(args, " ")
	i, st := l.step(number)
	switch {
	case st == nil:
	case st.Field == nil:
		l.sayf("Step %d asks for nothing. Type tick %d when it is done.", i+1, i+1)
	default:
		l.takeAnswer(st.Field, l.tickKey(st), strings.TrimSpace(value))
	}
}

// linearHardwareField is the field that holds Last Hardware Scan.
const linearHardwareField = "last_hw_scan"

// hardware notes Last Hardware Scan, the judge of the inventory.
func (l *linear) hardware(args string) {
	if !l.judgedNow() {
		return
	}
	for _, plan := range l.s.book.Stages {
		for i := range plan.Manual {
			if f := plan.Manual[i].Field; f != nil && f.Name == linearHardwareField {
				l.takeAnswer(f, plan.ID+"/"+plan.Manual[i].ID, args)
				return
			}
		}
	}
	l.takeAnswer(&pipeline.Field{Name: linearHardwareField, Label: "Last Hardware Scan", Kind: "time"}, "", args)
}

// takeAnswer checks and keeps an answer, ticks its step, and has it judged at
// once.
func (l *linear) takeAnswer(f *pipeline.Field, step, given string) {
	check := func(v string) (string, error) { return l.checkAnswer(f, v) }
	value, err := check(given)
	if err != nil {
		if given != "" {
			l.sayf("%s", endSentence(beginSentence(err.Error())))
		}
		var ok bool
		if value, ok = l.askValue(fmt.Sprintf("%s. Type %s, none to take it back, or cancel:", f.Label, linearWanted[f.Kind]), check); !ok {
			return
		}
	}
	if value == "" {
		delete(l.s.state.Answers, f.Name)
		delete(l.s.state.Ticked, step)
		l.sayf("%s: taken back.", f.Label)
	} else {
		l.s.state.Answers[f.Name] = value
		l.s.state.Ticked[step] = true
		l.sayf("Noted. %s: %s", f.Label, endSentence(value))
	}
	l.s.changed()
	if !l.judge() && l.s.judgeErr == nil && f.Name == linearHardwareField {
		l.sayf("Nothing changes by that. Verdict: %s", linearVerdict(l.s.report))
	}
}

// checkAnswer brings an answer into its kept form, "" to take one back.
func (l *linear) checkAnswer(f *pipeline.Field, value string) (string, error) {
	switch lower := strings.ToLower(value); {
	case value == "":
		return "", errors.New("nothing was typed")
	case lower == "none":
		return "", nil
	case f.Kind == "yesno" && lower == "y":
		value = "yes"
	case f.Kind == "yesno" && lower == "n":
		value = "no"
	case f.Kind == "yesno":
		value = lower
	}
	return value, f.Check(value)
}

// linearWanted says what is wanted of a field of the kind.
var linearWanted = map[string]string{
	"time":   "a time such as 2007-06-05T02:00 on the client's clock",
	"number": "a number",
	"yesno":  "yes or no",
	"text":   "what was seen",
}

package diagnose

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"patchtrace/diagnose/errcode"
	"patchtrace/pipeline"
)

// maxEvidence bounds how many lines prove one finding.
const maxEvidence = 5

// explain writes the stage's findings, the cause first.
func (s *stageState) explain() {
	own := s.findings // those of order and last hardware scan
	s.findings = nil
	switch {
	case len(s.doubt) > 0:
		s.findings = append(s.findings, s.doubtFinding())
		fallthrough
	case s.status == Failed:
		s.findings = append(s.findings, s.failures()...)
	}
	if s.status == Waiting || s.status == Failed {
		s.findings = append(s.findings, s.waits()...)
	}
	if s.status == Running {
		s.findings = append(s.findings, s.runningFinding())
	}
	s.findings = append(s.findings, own...)
	if s.status == Stale {
		s.findings = append(s.findings, s.waits()...)
	}
	if f, ok := s.absence(); ok {
		s.findings = append(s.findings, f)
	}
	s.findings = append(s.findings, s.remarks()...)
}

// failures explains every track that failed. Lines of one incident that carry
// the same code are one finding.
func (s *stageState) failures() []Finding {
	var lines []*event
	for _, id := range s.ids() {
		lines = append(lines, s.incident(s.tracks[id])...)
	}
	sortEvents(lines)
	list := s.merge(lines)
	for _, start := range s.overdue {
		list = append(list, s.overdueFinding(start))
	}
	sort.SliceStable(list, func(a, b int) bool { return rank(list[a]) < rank(list[b]) })
	return list
}

// incident returns the failures that belong to the track's newest one: those of
// its cycle, or of the minutes before it.
func (s *stageState) incident(t *trackState) []*event {
	if t.outcome == nil || t.outcome.kind() != pipeline.Failure || t.cleared {
		return nil
	}
	since := t.outcome.order
	if since != math.MinInt64 { // an undated line has no minutes before it
		since -= int64(15 * time.Minute)
	}
	if t.start != nil && !after(t.start, t.outcome) && t.start.order > since {
		since = t.start.order
	}
	var lines []*event
	for _, ev := range t.fails {
		if ev.order >= since {
			lines = append(lines, ev)
		}
	}
	return lines
}

// merge turns failures into findings. A code that shows again is the same
// failure; so is the same signature. The line with a code explains most.
func (s *stageState) merge(lines []*event) []Finding {
	var list []Finding
	var proof [][]*event
	for _, ev := range lines {
		if i := sameFailure(list, ev); i >= 0 {
			proof[i] = append(proof[i], ev)
			if !ev.hit.sig.Symptom && list[i].Symptom || ev.code != nil && list[i].Code == "" {
				list[i] = s.finding(ev)
			}
			continue
		}
		list = append(list, s.finding(ev))
		proof = append(proof, []*event{ev})
	}
	for i := range list {
		list[i].Evidence = evidenceOf(s.pick(&list[i], proof[i])...)
	}
	return list
}

func sameFailure(list []Finding, ev *event) int {
	return slices.IndexFunc(list, func(f Finding) bool {
		if f.Rule == ev.hit.sig.ID {
			// A track's line without a code repeats the one with it, or the reverse.
			return f.Code == codeText(ev.code) || f.Track == ev.track && (f.Code == "" || ev.code == nil)
		}
		return ev.code != nil && f.hresult == ev.code.HRESULT() && ev.code.Class == errcode.Failure
	})
}

// pick orders the proof: the newest line that says what the finding's title says
// first, then the others as they came.
func (s *stageState) pick(f *Finding, lines []*event) []*event {
	for i := len(lines) - 1; i >= 0; i-- {
		if sig := lines[i].hit.sig; sig.ID == f.Rule && s.titled(sig, lines[i]) == f.Title {
			first := lines[i]
			rest := slices.Delete(slices.Clone(lines), i, i+1)
			return append([]*event{first}, rest...)
		}
	}
	return lines
}

// rank orders findings: what explains most comes first.
func rank(f Finding) int {
	r := 0
	if f.Symptom {
		r += 8
	}
	switch f.Confidence {
	case pipeline.Inferred:
		r++
	case pipeline.Generic:
		r += 2
	}
	switch f.Severity {
	case SevWarning:
		r += 16
	case SevInfo:
		r += 32
	}
	return r
}

// titled is the title of a finding of ev.
func (s *stageState) titled(sig *pipeline.Signature, ev *event) string {
	return cmp.Or(s.fill(sig.Title, ev), clip(firstLine(ev.text), 70))
}

// finding explains one event by its signature.
func (s *stageState) finding(ev *event) Finding {
	sig := ev.hit.sig
	f := Finding{
		Rule: sig.ID, Severity: severityOf(sig), Stage: s.stage.ID, Track: ev.track,
		Title: s.titled(sig, ev), Meaning: s.fill(sig.Meaning, ev),
		Source: sig.Source, Confidence: sig.Confidence, Symptom: sig.Symptom,
		Read: sig.Read, Evidence: evidenceOf(ev),
	}
	for _, do := range sig.Do {
		f.Do = append(f.Do, s.fill(do, ev))
	}
	if ev.code != nil && ev.code.Class != errcode.Success {
		f.setCode(ev.code)
	}
	if f.Do == nil {
		f.Do = []string{}
	}
	return f
}

// fill puts captures into a text. The code appears in its normal form.
func (s *stageState) fill(text string, ev *event) string {
	if !strings.Contains(text, "{") {
		return text
	}
	captures := make(map[string]string, len(ev.hit.captures)+1)
	for k, v := range ev.hit.captures {
		captures[k] = strings.TrimRight(strings.Trim(v, "{}"), ". ")
	}
	if ev.code != nil {
		captures["code"] = ev.code.Text
	}
	return fill(text, captures)
}

func (f *Finding) setCode(c *errcode.Code) {
	f.Code, f.CodeName, f.CodeMeaning, f.hresult = c.Text, c.Name, c.Meaning, c.HRESULT()
}

func codeText(c *errcode.Code) string {
	if c == nil {
		return ""
	}
	return c.Text
}

func severityOf(sig *pipeline.Signature) string {
	switch {
	case sig.Severity != "":
		return sig.Severity
	case sig.Kind == pipeline.Failure:
		return SevError
	case sig.Kind == pipeline.Wait:
		return SevWarning
	}
	return SevInfo
}

// waits explains what the stage waits for.
func (s *stageState) waits() []Finding {
	var lines []*event
	for _, id := range s.ids() {
		t := s.tracks[id]
		if t.outcome == nil || t.running() != nil && !s.superseded(t.running()) {
			continue
		}
		grace := time.Duration(t.outcome.hit.sig.Grace)
		if t.outcome.kind() == pipeline.Wait || t.outcome.kind() == pipeline.Failure && s.status == Waiting && grace > 0 {
			lines = append(lines, t.outcome)
		}
	}
	sortEvents(lines)
	var again []Finding
	lines = slices.DeleteFunc(lines, func(ev *event) bool {
		if !s.j.restarted(ev) {
			return false
		}
		if len(again) == 0 { // it says the same of others
			again = append(again, s.runAfterRestart(ev))
		}
		return true
	})
	list := s.merge(lines)
	for i := range list {
		if list[i].Severity == SevError {
			list[i].Severity = SevWarning
		}
	}
	return append(list, again...)
}

// runningFinding says what has begun and has not ended.
func (s *stageState) runningFinding() Finding {
	begun := s.begun()
	ev := s.alive(begun)
	f := Finding{
		Rule: s.ruleID("running"), Severity: SevInfo, Stage: s.stage.ID,
		Title:      s.stage.Title + " is running",
		Meaning:    fmt.Sprintf("It began %s and showed life %s before the end of the logs. Silence of up to %s is normal here.", s.local(begun.when()), ageText(s.j.age(ev)), ageText(patience(ev, s.stage))),
		Do:         []string{"Wait, then look again"},
		Source:     "playbook, patience of the stage",
		Confidence: pipeline.Documented,
		Evidence:   evidenceOf(begun),
	}
	if ev != begun {
		f.Evidence = evidenceOf(begun, ev)
	}
	return f
}

func (s *stageState) overdueFinding(start *event) Finding {
	proof := []*event{start}
	if last := s.alive(start); last != start {
		proof = append(proof, last)
	}
	f := s.finding(start) // a start may say what it means when nothing follows
	f.Rule, f.Severity, f.Confidence = s.ruleID("no-outcome"), SevError, pipeline.Inferred
	f.Evidence, f.Absent = evidenceOf(proof...), "an outcome after "+s.local(start.when())
	silence := fmt.Sprintf("No success and no failure follows within %s of its last sign of life.", ageText(patience(proof[len(proof)-1], s.stage)))
	f.Title, f.Meaning = s.stage.Title+" began and never ended", strings.TrimSpace(silence+" "+f.Meaning)
	if len(f.Do) == 0 {
		f.Do = []string{"Read the log behind the proof line: what is the last thing it tried", s.runAgain()[0]}
	}
	return f
}

// absence explains a stage that did not show.
func (s *stageState) absence() (Finding, bool) {
	f := Finding{
		Rule: s.ruleID("not-seen"), Severity: SevInfo, Stage: s.stage.ID,
		Source: "coverage", Confidence: pipeline.Documented, Evidence: []Evidence{},
	}
	switch {
	case s.status == NotRun && s.stage.Shows == "client":
		f.Rule, f.Severity = s.ruleID("not-run"), SevError
		f.Title = s.stage.Title + " did not run"
		f.Absent = fmt.Sprintf("a start of the %s between %s and %s", lowerFirst(s.stage.Title), s.local(s.reads.from), s.local(s.reads.to))
		f.Meaning = fmt.Sprintf("Its log was read, covers %s, and holds no cycle. It should run every %s.", ageText(s.reads.to.Sub(s.reads.from)), ageText(time.Duration(s.stage.Interval)))
		f.Do = s.runAgain()
		return f, true
	case s.status == Unknown && len(s.findings) == 0:
		f.Title = s.stage.Title + " could not be seen"
		f.Read = s.wanted()
		f.Meaning = "None of its logs shows a cycle. That is no sign of health."
		f.Absent = "a cycle of the " + lowerFirst(s.stage.Title)
		f.Do = []string{"Fetch " + strings.Join(f.Read, " or ") + s.folder()}
		if s.stage.Shows == "elsewhere" {
			f.Meaning = "It runs on another machine; an ordinary client shows only its result."
		}
		return f, true
	}
	return f, false
}

// wanted names the logs to fetch to see the stage.
func (s *stageState) wanted() []string {
	var required, other []string
	for _, l := range s.stage.Logs {
		switch {
		case l.Required:
			required = append(required, l.Name)
		case l.Side != "server" || s.stage.Shows == "elsewhere":
			other = append(other, l.Name)
		}
	}
	if len(required) > 0 {
		return required
	}
	return other[:min(3, len(other))]
}

func (s *stageState) folder() string {
	for _, l := range s.stage.Logs {
		if slices.Contains(s.wanted(), l.Name) && len(l.Folders) > 0 {
			return " from " + strings.Join(l.Folders[:min(2, len(l.Folders))], " or ")
		}
	}
	return ""
}

// remarks turns informative marks into findings, the newest of each kind.
func (s *stageState) remarks() []Finding {
	newest := map[string]*event{}
	for _, ev := range s.infos {
		newest[ev.hit.sig.ID] = ev
	}
	var lines []*event
	for _, ev := range newest {
		lines = append(lines, ev)
	}
	sortEvents(lines)
	return s.merge(lines[max(0, len(lines)-3):])
}

// evidenceOf quotes the events' lines.
func evidenceOf(events ...*event) []Evidence {
	list := []Evidence{}
	for _, ev := range events {
		if ev == nil || len(list) >= maxEvidence {
			continue
		}
		e := Evidence{Log: ev.pos.Part, Line: ev.pos.Line, Offset: ev.pos.Offset, Text: ev.text, Assumed: ev.assumed, Time: timeOf(ev)}
		if e.Log == "" {
			e.Log = ev.pos.Log
		}
		e.Beside = ev.log == nil && e.Log != ProcessLog
		if e.Time != nil {
			e.Local = ev.time.In(time.FixedZone("", ev.offset*60)).Format("2006-01-02T15:04:05.000") + offsetText(ev.offset)
		}
		list = append(list, e)
	}
	return list
}

package diagnose

import (
	"fmt"
	"strings"
	"time"

	"patchtrace/diagnose/errcode"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// ProcessLog is what evidence names as its log when it is no line of a log, but
// what became of a program that patchtrace ran.
const ProcessLog = "process"

// Run is a run of a stage that patchtrace did itself: evidence beside the logs.
// What a program returned and what its log says must agree before the stage
// counts as passed.
type Run struct {
	Stage string `json:"stage"`
	Track string `json:"track,omitempty"`
	// Command is the id of the playbook's command, Program what ran and Line how
	// it was called.
	Command string    `json:"command"`
	Program string    `json:"program,omitempty"`
	Line    string    `json:"line"`
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended"`
	// Refused is why it could not be started, "" if it could.
	Refused string `json:"refused,omitempty"`
	// ExitCode is nil when the process did not end by itself; Killed then says
	// how it ended. A WMI method has neither.
	ExitCode *uint32 `json:"exitCode,omitempty"`
	Killed   string  `json:"killed,omitempty"`
	// Manual is what an engineer must do before the stage goes on, "" if nothing.
	Manual string `json:"manual,omitempty"`
	// Impatient is true when patience ran out before there was an outcome.
	Impatient bool `json:"impatient,omitempty"`
	// Stopped is true when the user stopped the process, Unwaited when the user
	// stopped only the waiting.
	Stopped  bool `json:"stopped,omitempty"`
	Unwaited bool `json:"unwaited,omitempty"`
	// Log is what the logs said of this run since it began: Passed, Failed,
	// Waiting, Running when they show only its start, Unknown when they show
	// nothing.
	Log Status `json:"log"`
}

// AddRun takes a run as evidence. Of several runs of one stage and track the
// last one added counts.
func (e *Engine) AddRun(r Run) { e.opt.Runs = append(e.opt.Runs[:len(e.opt.Runs):len(e.opt.Runs)], r) }

// returned is how a run ended, as far as the program tells.
type returned uint8

const (
	returnedNothing returned = iota // a method, which only sets something off
	returnedWell
	returnedWaiting // success that a restart completes, or a delay
	returnedBadly
)

// runState is a run while it is judged.
type runState struct {
	*Run
	stage *stageState
	ended returned
	code  *errcode.Code
}

// judgeRuns lets what patchtrace ran itself count, after the logs.
func (j *judge) judgeRuns() {
	for i := range j.opt.Runs {
		r := &j.opt.Runs[i]
		if s := j.stage(r.Stage); s != nil && !j.repeated(i) {
			s.judgeRun(r)
		}
	}
}

// repeated tells whether a later run of the same stage and track was added.
func (j *judge) repeated(i int) bool {
	for _, later := range j.opt.Runs[i+1:] {
		if later.Stage == j.opt.Runs[i].Stage && lane(later.Track) == lane(j.opt.Runs[i].Track) {
			return true
		}
	}
	return false
}

func (s *stageState) judgeRun(run *Run) {
	r := &runState{Run: run, stage: s}
	r.decode()
	s.runs = append(s.runs, r)
	switch {
	case r.Manual != "":
		s.wait(r.byHand())
	case r.Refused != "" && (r.Log == Failed || r.Log == Waiting): // the log says why
	case r.Refused != "":
		s.fail(r.refused())
	case r.Stopped:
		s.open(r.interrupted())
	case r.Unwaited && (r.Log == Running || s.status == Running): // it goes on
	case r.Unwaited && r.Log == Unknown:
		s.open(r.interrupted())
	case r.Log == Running, r.Log == Unknown:
		s.judgeSilent(r)
	case r.Impatient && r.Log == Passed && r.ended != returnedWell:
		s.fail(r.hung())
	default:
		s.compareRun(r)
	}
}

// compareRun weighs what the program returned against what its log says.
func (s *stageState) compareRun(r *runState) {
	switch {
	case r.Log == Passed && r.ended == returnedBadly:
		s.fail(r.differs(SevError))
	case r.Log == Passed && r.ended == returnedWaiting:
		s.wait(r.differs(SevWarning))
	case r.Log == Waiting && r.ended == returnedBadly:
		s.findings = append(s.findings, r.differs(SevWarning))
	case r.Log == Failed && (r.ended == returnedWell || r.ended == returnedWaiting):
		s.findings = append(s.findings, r.differs(SevWarning))
	}
}

// judgeSilent judges a run whose log shows no outcome.
func (s *stageState) judgeSilent(r *runState) {
	switch {
	case r.Impatient && r.Log == Running && s.begun() != nil:
		if len(s.overdue) == 0 {
			s.overdue = append(s.overdue, s.begun())
		}
		s.status = Failed
	case r.Impatient && (r.ExitCode == nil || r.ended == returnedNothing):
		s.fail(r.noOutcome())
	case r.ended == returnedWaiting:
		s.wait(r.silent(SevWarning))
	case r.ended == returnedWell && !s.reads.any:
		s.open(r.silent(SevWarning))
	default:
		s.fail(r.silent(SevError))
	}
}

// fail breaks the stage by what is no line of a log. Where the logs alone say
// that the stage did not run in time, that stays the answer: the run only says
// more about it.
func (s *stageState) fail(f Finding) {
	if s.broken() && s.status != Failed {
		s.more = append(s.more, f)
		return
	}
	s.status = Failed
	s.findings = append([]Finding{f}, s.findings...)
}

// wait makes the stage wait, unless it is broken.
func (s *stageState) wait(f Finding) {
	if s.status != Failed && s.status != Stale {
		s.status = Waiting
	}
	s.findings = append([]Finding{f}, s.findings...)
}

// open leaves the stage without an answer, unless its logs say that it failed.
func (s *stageState) open(f Finding) {
	if s.status != Failed {
		s.status = Unknown
	}
	s.findings = append([]Finding{f}, s.findings...)
}

// decode finds out what the exit code means.
func (r *runState) decode() {
	switch {
	case r.Killed != "":
		r.ended = returnedBadly
		return
	case r.Refused != "":
		r.ended = returnedBadly
		for _, f := range errcode.Find(r.Refused) {
			r.code = decodeFor(r.stage.stage, f.Value)
			return
		}
		return
	case r.ExitCode == nil:
		return
	}
	r.code = decodeFor(r.stage.stage, *r.ExitCode)
	switch r.code.Class {
	case errcode.Success, errcode.Neutral:
		r.ended = returnedWell
	case errcode.Restart, errcode.Waiting:
		r.ended = returnedWaiting
	default:
		r.ended = returnedBadly
	}
}

// decodeFor decodes a code as one that stands in the stage's first log.
func decodeFor(stage *pipeline.Stage, value uint32) *errcode.Code {
	log := ""
	if len(stage.Logs) > 0 {
		log = stage.Logs[0].Name
	}
	c := errcode.DecodeIn(value, log)
	return &c
}

// name is what the run is called in a sentence.
func (r *runState) name() string {
	if r.Program != "" {
		return r.Program
	}
	return r.Line
}

// how says how the run ended, to stand behind its name.
func (r *runState) how() string {
	switch {
	case r.Manual != "":
		return "waits for you"
	case r.Refused != "" && r.Program == "":
		return "was refused: " + r.Refused
	case r.Refused != "":
		return "could not be started: " + r.Refused
	case r.Stopped:
		return "was stopped"
	case r.Killed != "":
		return "was ended from outside (" + r.Killed + ")"
	case r.ExitCode != nil:
		return "ended with " + errcode.Format(*r.ExitCode)
	case r.Impatient && r.Program != "":
		return "did not end in time and was stopped"
	}
	return "was called"
}

// finding is the frame of what is said of a run.
func (r *runState) finding(rule, severity, title, meaning string, do ...string) Finding {
	f := Finding{
		Rule: r.stage.ruleID(rule), Severity: severity, Stage: r.stage.stage.ID, Track: r.Track,
		Title: title, Meaning: meaning, Do: do,
		Source: "exit code of the program against its log", Confidence: pipeline.Documented,
		Evidence: []Evidence{r.evidence()},
	}
	// 1 says no more than that something went wrong, whatever Win32 means by it.
	if r.code != nil && r.code.Class != errcode.Success && r.code.Value != 1 {
		f.setCode(r.code)
		f.Do = append(f.Do, "Look the code up: patchtrace lookup "+r.code.Text)
	}
	return f
}

func (r *runState) evidence() Evidence {
	return evidenceOf(r.event())[0]
}

// event is the end of the run as if it were a line.
func (r *runState) event() *event {
	ev := &event{time: r.Ended.UTC(), order: r.Ended.UnixNano(), offset: r.stage.j.zones.offsetAt(r.Ended)}
	ev.pos = logparse.Pos{Log: ProcessLog, Part: ProcessLog}
	ev.text = r.Line + ": " + r.how()
	return ev
}

func (r *runState) byHand() Finding {
	f := r.finding("by-hand", SevWarning,
		r.stage.stage.Title+" waits for you", "This step is done by hand.",
		r.Manual, "Then run it again, or judge by the logs: patchtrace diagnose")
	f.Source = "playbook, manual command"
	return f
}

func (r *runState) refused() Finding {
	title, do := r.name()+" could not be started", "Check that the program lies where the command line looks for it, and that you may run it"
	if r.Program == "" {
		title, do = r.name()+" was refused", "Check that the client's service runs, that its policy has this schedule, and that you are an administrator there"
	}
	f := r.finding("not-started", SevError, title, "The stage did not run at all: "+r.Refused+".", do)
	f.Source = "start of the program"
	return f
}

func (r *runState) interrupted() Finding {
	f := r.finding("interrupted", SevWarning,
		r.stage.stage.Title+" was interrupted", r.name()+" "+r.how()+" before its log showed an outcome. It says nothing about the stage.",
		"Run it again and let it end")
	f.Source = "the user"
	return f
}

func (r *runState) differs(severity string) Finding {
	verb := map[Status]string{Passed: "says that it succeeded", Failed: "shows a failure", Waiting: "shows that it waits"}[r.Log]
	f := r.finding("exit-differs", severity,
		fmt.Sprintf("%s %s, although its log %s", r.name(), r.how(), verb),
		"Exit code and log must agree before the stage counts as passed.",
		"Read the log around the proof line: what happened after it",
		"Run it again so that it shows its messages")
	switch {
	case r.Log == Passed && r.stage.success != nil:
		f.Evidence = append(f.Evidence, evidenceOf(r.stage.success)...)
	case r.Log == Failed && r.stage.failure != nil:
		f.Evidence = append(f.Evidence, evidenceOf(r.stage.failure)...)
		f.Meaning += " The log counts."
	}
	return f
}

func (r *runState) silent(severity string) Finding {
	f := r.finding("exit-only", severity,
		fmt.Sprintf("%s %s, and its log does not say how", r.name(), r.how()),
		"Exit code and log must agree before the stage counts as passed, and the log shows no outcome since the start.",
		"Check that the log can be written, and that its folder is the one that is read here")
	f.Read = r.stage.wanted()
	f.Absent = "an outcome in " + strings.Join(f.Read, " or ") + " after " + r.stage.local(r.Began)
	return f
}

func (r *runState) hung() Finding {
	return r.finding("exit-differs", SevError,
		fmt.Sprintf("%s %s, although its log says that it succeeded", r.name(), r.how()),
		"Something keeps the program from ending: a message that waits for an answer, or a child process.",
		"Run it again so that it shows its messages")
}

func (r *runState) noOutcome() Finding {
	f := r.finding("no-outcome", SevError,
		r.stage.stage.Title+" began and never ended",
		fmt.Sprintf("%s %s. Its log shows nothing within %s.", r.name(), r.how(), ageText(r.Ended.Sub(r.Began))),
		"Check that the program or service behind it runs, and that its log can be written")
	f.Absent = "an outcome after " + r.stage.local(r.Began)
	f.Read = r.stage.wanted()
	return f
}

// cite adds what the programs returned to the finding that explains a failure.
func (s *stageState) cite() {
	s.findings = append(append(s.findings, s.more...), s.also...)
	for _, r := range s.runs {
		if len(s.findings) == 0 || s.status != Failed {
			return
		}
		top := &s.findings[0]
		if len(top.Evidence) > 0 && top.Evidence[0].Log != ProcessLog && r.Log != Passed && len(top.Evidence) < maxEvidence {
			top.Evidence = append(top.Evidence, r.evidence())
		}
	}
}

// runText is what a summary of the stage must add: that a program returned
// something else than its log says.
func (s *stageState) runText() string {
	for _, r := range s.runs {
		switch {
		case r.Log == Failed && r.ended == returnedWell && s.status == Failed:
			return fmt.Sprintf(" %s itself %s all the same.", r.name(), r.how())
		case len(s.more) > 0:
			return fmt.Sprintf(" %s %s.", r.name(), strings.TrimRight(r.how(), "."))
		}
	}
	return ""
}

// ran tells whether patchtrace ran the stage here.
func (s *stageState) ran() bool { return len(s.runs) > 0 }

// runEvents are the runs on the timeline.
func (j *judge) runEvents() []Event {
	var list []Event
	for _, s := range j.stages {
		for _, r := range s.runs {
			kind := map[returned]string{returnedWell: pipeline.Success, returnedWaiting: pipeline.Wait, returnedBadly: pipeline.Failure}[r.ended]
			if r.Ended.IsZero() || kind == "" {
				continue
			}
			list = append(list, Event{Time: r.Ended.UTC(), Stage: r.Stage, Track: r.Track, Kind: kind, Text: r.name() + " " + r.how(), Log: ProcessLog})
		}
	}
	return list
}

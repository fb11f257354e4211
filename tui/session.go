package tui

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// session is an opened target, as all panes of the console see it.
type session struct {
	*env
	cas   Case
	about About
	place Place

	// report and book are nil until the first judgement.
	report *diagnose.Report
	book   *pipeline.Playbook
	facts  []Fact
	// judgeErr is why the last judgement failed.
	judgeErr error

	// stage is the stage in view, from 0.
	stage int
	tab   tabID
	state State
	// params are the values of parameters, as far as known.
	params map[string]string

	// run is what goes on, or went on last; nil before the first.
	run *runState

	// commands are the commands that were chosen, by stage.
	commands map[int]string
	// early is true while a wish to run all stages waits for the first judgement;
	// the next key takes it back.
	early bool
	// planning is true while a plan is being made.
	planning bool
	// data is what the Data tab asked for.
	data dataState
	// judgeBegan and judgeTaken number the judgement that began last and the one
	// that was taken last.
	judgeBegan, judgeTaken int
	// fresh is the key of a list that is to choose its first row anew, "" for none.
	fresh string

	// changes are what following tells; followErr is set before it is closed.
	changes   chan Change
	followErr atomic.Pointer[followEndedMsg]
	// rejudging is true while a new judgement is due.
	rejudging bool

	// version changes with everything that panes draw from.
	version int
}

func newSession(e *env, c Case, p Place, st State) *session {
	s := &session{env: e, cas: c, about: c.About(), place: p, state: st, params: c.Params(), tab: tabFindings, commands: map[int]string{}}
	if s.params == nil {
		s.params = map[string]string{}
	}
	maps.Copy(s.params, st.Params)
	if s.state.Params == nil {
		s.state.Params = map[string]string{}
	}
	if s.state.Answers == nil {
		s.state.Answers = map[string]string{}
	}
	if s.state.Ticked == nil {
		s.state.Ticked = map[string]bool{}
	}
	return s
}

// changed makes all panes draw anew.
func (s *session) changed() { s.version++ }

// stageReport is the report of a stage, nil before the first judgement.
func (s *session) stageReport(i int) *diagnose.StageReport {
	if s.report == nil || i < 0 || i >= len(s.report.Stages) {
		return nil
	}
	return &s.report.Stages[i]
}

// stagePlan is the playbook's stage, nil before the first judgement.
func (s *session) stagePlan(i int) *pipeline.Stage {
	if s.book == nil || i < 0 || i >= len(s.book.Stages) {
		return nil
	}
	return s.book.Stages[i]
}

// stageNames are short: they stand in the stepper.
var stageNames = [...]string{"Sync", "Scan", "Inventory", "Install"}

// stageIndex is the place of a stage in the flow, -1 for none.
func stageIndex(id string) int { return slices.Index(pipeline.StageIDs[:], id) }

// brokenStage is the stage to land on: that of the verdict, else the scan.
func (s *session) brokenStage() int {
	if s.report != nil {
		if i := stageIndex(s.report.Verdict.Stage); i >= 0 {
			return i
		}
	}
	return stageIndex(pipeline.Scan)
}

// zone is the client's time zone, as far as it is known.
func (s *session) zone() *time.Location {
	if s.about.Zone != nil {
		return s.about.Zone
	}
	if s.report == nil {
		return time.UTC
	}
	if s.report.Zone.Name != "" {
		if z, err := time.LoadLocation(s.report.Zone.Name); err == nil {
			return z
		}
	}
	return fixedZone(s.report.Zone.Offset)
}

// fixedZone reads "-05:00".
func fixedZone(offset string) *time.Location {
	t, err := time.Parse("-07:00", offset)
	if err != nil {
		return time.UTC
	}
	_, seconds := t.Zone()
	return time.FixedZone("", seconds)
}

// clock is the instant that ages are counted from: the report's, which for copied
// logs is their newest line.
func (s *session) clock() time.Time {
	if s.ofLog() {
		return s.report.Now
	}
	return s.now()
}

// ofLog is true when the clock is the newest line of copied logs.
func (s *session) ofLog() bool { return s.report != nil && s.report.NowSource == "log" }

// name is the target for people. The name of a lab has the dots of look in it.
func (s *session) name() string {
	return strings.ReplaceAll(safe.Text(s.about.Name), "·", s.look.dot)
}

// product is the product's name for people.
func (s *session) product() string {
	if s.book == nil {
		return ""
	}
	return s.book.Title
}

// title is what the window is called.
func (s *session) title() string {
	var b strings.Builder
	b.WriteString(s.about.Name)
	if s.report != nil {
		b.WriteString(": " + s.report.Verdict.Summary)
	}
	return b.String()
}

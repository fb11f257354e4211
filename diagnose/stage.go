package diagnose

import (
	"slices"
	"strings"
	"time"

	"patchtrace/pipeline"
)

// stageState is a stage while it is judged.
type stageState struct {
	j      *judge
	stage  *pipeline.Stage
	tracks map[string]*trackState
	// owned are the tracks that are waits of other ones.
	owned  []*trackState
	status Status
	// start, success and failure are the newest of the stage, nil if none.
	start, success, failure *event
	// help is the newest sign of life of the tracks that help others.
	help     *event
	infos    []*event
	findings []Finding
	// overdue holds running cycles that went on without an outcome for too long.
	overdue []*event
	// reads says whether a log of the stage was read.
	reads stageReads
	// good is the newest success in each log, of helpers too.
	good map[*logView]*event
	// doubt is true when nothing but the fallback says that the stage failed.
	doubt []*event
	// runs are what patchtrace ran itself.
	runs []*runState
	// more is said after all other findings, also what evidence beside the logs
	// adds to them.
	more, also []Finding
	// told is the newest success as it is told beside the logs, nil unless it is
	// newer than what they show.
	told *event
}

// stageReads sums up the logs of a stage on this target.
type stageReads struct {
	any      bool // some log of the stage on the client had records
	from, to time.Time
}

func newStageState(j *judge, s *pipeline.Stage) *stageState {
	return &stageState{j: j, stage: s, tracks: map[string]*trackState{}, good: map[*logView]*event{}}
}

// run hands every event that counts to its stage, oldest first.
func (j *judge) run() {
	skip := j.history()
	counts := func(ev *event) bool { return !skip[ev] }
	j.findTies(counts)
	j.findRestart(counts)
	for _, ev := range j.events {
		if skip[ev] {
			continue
		}
		if s := j.stage(ev.stage); s != nil {
			s.see(ev)
		}
	}
}

// history finds the events that lie before the part of their log that the
// verdict is judged on. They count only for a stage that has nothing newer to
// show, and then from its newest outcome on.
func (j *judge) history() map[*event]bool {
	skip := map[*event]bool{}
	fresh, outcome := map[string]bool{}, map[string]int64{}
	for _, ev := range j.events {
		switch {
		case !ev.old && decides(ev):
			fresh[ev.stage] = true
		case ev.old && decides(ev):
			outcome[ev.stage] = max(outcome[ev.stage], ev.order)
		}
	}
	for _, ev := range j.events {
		if ev.old && (fresh[ev.stage] || ev.order < outcome[ev.stage]) {
			skip[ev] = true
		}
	}
	return skip
}

// decides tells whether an event is an outcome of its stage.
func decides(ev *event) bool {
	k := ev.kind()
	return (k == pipeline.Success || k == pipeline.Failure) && !ev.hit.sig.Local
}

func (s *stageState) see(ev *event) {
	of := s.whose(ev)
	if of != "" {
		ev.track += of[strings.IndexByte(of, ':'):]
	}
	t := s.tracks[ev.track]
	if t == nil {
		t = &trackState{id: ev.track}
		s.tracks[ev.track] = t
		if t.of = of; of != "" {
			s.owned = append(s.owned, t)
		}
	}
	t.see(ev)
	s.endOwn(ev)
	switch ev.kind() {
	case pipeline.Start:
		s.start = ev
	case pipeline.Success:
		s.good[ev.log] = ev
		if !ev.hit.sig.Local {
			s.success = ev
		}
		s.clear(ev)
	case pipeline.Wait:
		s.clear(ev)
	}
	if ev.hit.sig.Severity != "" && ev.kind() != pipeline.Wait && ev.kind() != pipeline.Failure {
		s.infos = append(s.infos, ev)
	}
}

// clear settles the other tracks that a result speaks for.
func (s *stageState) clear(ev *event) {
	for _, name := range ev.hit.sig.Clears {
		name = strings.ToLower(fill(name, ev.hit.captures))
		for id, t := range s.tracks {
			if id != ev.track && (name == "*" || name == id || strings.HasSuffix(name, "*") && strings.HasPrefix(id, name[:len(name)-1]) || s.onlyOne(t, name)) {
				t.clear()
			}
		}
	}
}

// ids returns the names of the tracks in a fixed order.
func (s *stageState) ids() []string {
	ids := make([]string, 0, len(s.tracks))
	for id := range s.tracks {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// settle finds the stage's status from its tracks.
func (s *stageState) settle() {
	s.readings()
	s.endWaits()
	s.findHelp()
	var failed, waiting, running, passed bool
	var unrelated []*event
	for _, id := range s.ids() {
		t := s.tracks[id]
		switch {
		case s.outlived(t):
			t.clear()
		case s.unrelated(t):
			unrelated = append(unrelated, t.outcome)
			t.clear()
		}
		switch s.trackStatus(t) {
		case Failed:
			failed = true
		case Waiting:
			waiting = true
		case Running:
			running = true
		case Passed:
			passed = passed || !t.local && (t.success != nil || t.done != nil)
		}
	}
	s.tellUnrelated(unrelated)
	switch {
	case failed:
		s.status = Failed
	case waiting:
		s.status = Waiting
	case running:
		s.status = Running
	case passed:
		s.status = Passed
	default:
		s.status = s.unseen()
	}
	if s.status == NotRun || s.status == Unknown || len(s.overdue) > 0 {
		s.fallBack()
	}
}

// outlived tells whether the failure of a helper in a lane of its own, such as the
// distribution of one of a site's packages, lies more than a cycle before the newest
// success of the stage. Lanes that nobody tries again would stay failed for ever.
func (s *stageState) outlived(t *trackState) bool {
	interval := time.Duration(s.stage.Interval)
	if s.stage.Shows == "when-due" || interval <= 0 || !t.local || !strings.Contains(t.id, ":") {
		return false
	}
	failed := t.outcome != nil && t.outcome.kind() == pipeline.Failure && !t.outcome.time.IsZero()
	return failed && s.success != nil && s.success.when().Sub(t.outcome.when()) > interval
}

// trackStatus judges one track. NotRun means that it has nothing to say.
func (s *stageState) trackStatus(t *trackState) Status {
	if start := t.running(); start != nil && !s.superseded(start) {
		return s.runningStatus(t, start)
	}
	if t.outcome == nil && t.done != nil {
		return Passed
	}
	if t.outcome == nil {
		return NotRun
	}
	switch t.outcome.kind() {
	case pipeline.Success:
		return Passed
	case pipeline.Wait:
		return Waiting
	}
	grace := time.Duration(t.outcome.hit.sig.Grace)
	if grace > 0 && s.j.age(t.fails[0]) < grace {
		return Waiting
	}
	if s.failure == nil || after(t.outcome, s.failure) {
		s.failure = t.outcome
	}
	return Failed
}

// superseded tells whether a start without an outcome is older than the newest
// success of the stage on its default track: a helper's cycle that ended
// without a word of its own.
func (s *stageState) superseded(start *event) bool {
	return s.success != nil && after(s.success, start) && (s.success.track == start.track || start.track == "")
}

// findHelp finds the newest sign of life that counts for every track.
func (s *stageState) findHelp() {
	for _, id := range s.ids() {
		t := s.tracks[id]
		if t.sign != nil && t.helps() && (s.help == nil || after(t.sign, s.help)) {
			s.help = t.sign
		}
	}
}

// alive is the newest sign of life of the cycle that began with start.
func (s *stageState) alive(start *event) *event {
	alive := start
	if t := s.tracks[start.track]; t != nil && t.alive != nil && after(t.alive, alive) {
		alive = t.alive
	}
	if s.help != nil && after(s.help, alive) {
		alive = s.help
	}
	return alive
}

func (s *stageState) runningStatus(t *trackState, start *event) Status {
	alive := s.alive(start)
	limit := max(patience(alive, s.stage), patience(t.alive, s.stage))
	if s.j.age(alive) <= limit {
		return Running
	}
	if s.held(start, alive) {
		return Waiting
	}
	s.overdue = append(s.overdue, start)
	if s.failure == nil || after(start, s.failure) {
		s.failure = start
	}
	return Failed
}

// held tells whether something that the stage waits for keeps the cycle open, for
// as long as that takes: a restart, a user who postponed, a maintenance window. A
// lane of its own, such as a deployment, is held by whatever its stage waits for
// since it began or said that it goes on; the stage's own cycle only if that is the
// last thing it said.
// Helpers wait for nothing but themselves, and what runs on a schedule must not
// wait for days.
func (s *stageState) held(start, alive *event) bool {
	if s.stage.Shows != "when-due" || start.hit.sig.Local {
		return false
	}
	own := start
	if t := s.tracks[start.track]; t != nil && t.alive != nil && after(t.alive, own) {
		own = t.alive
	}
	for _, t := range s.tracks {
		if t.outcome == nil || t.outcome.kind() != pipeline.Wait || t.ofAnother(start.track) {
			continue
		}
		if start.track != "" && after(t.outcome, own) || t.outcome == alive {
			return true
		}
	}
	return false
}

// readings sums up which logs of the stage were read, and what time they cover.
func (s *stageState) readings() {
	for _, v := range s.j.logs {
		if v.tally == nil || v.tally.records == 0 || !s.owns(v) {
			continue
		}
		s.reads.any = true
		if v.from.IsZero() {
			continue
		}
		if s.reads.from.IsZero() || v.from.Before(s.reads.from) {
			s.reads.from = v.from
		}
		if v.to.After(s.reads.to) {
			s.reads.to = v.to
		}
	}
}

// owns tells whether a log is one in which the stage must show on the client.
func (s *stageState) owns(v *logView) bool {
	for _, l := range s.stage.Logs {
		if v.is(l.Name) && (l.Required || s.stage.Shows != "client") && l.Side != "server" {
			return true
		}
	}
	return false
}

// is tells whether the view is of the playbook's log of that name.
func (v *logView) is(name string) bool {
	if v.ref != nil {
		return strings.EqualFold(v.ref.Name, name)
	}
	return v.tally != nil && v.tally.names[name]
}

// unseen is the status of a stage without a cycle.
func (s *stageState) unseen() Status {
	if !s.reads.any {
		return Unknown
	}
	if s.stage.Shows != "client" {
		return NotRun
	}
	if s.j.troubleOnly() {
		return Unknown // no start would have been written
	}
	if interval := time.Duration(s.stage.Interval); interval > 0 && s.reads.to.Sub(s.reads.from) >= interval {
		return NotRun
	}
	return Unknown
}

// broken tells whether the stage is one that the verdict can name.
func (s *stageState) broken() bool {
	return s.status == Failed || s.status == Stale || s.status == NotRun && s.stage.Shows == "client"
}

func (s *stageState) report() StageReport {
	r := StageReport{ID: s.stage.ID, Title: s.stage.Title, Status: s.status, Findings: s.findings}
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	r.LastStart, r.LastSuccess, r.LastFailure = timeOf(s.start), timeOf(s.success), timeOf(s.failure)
	return r
}

// timeOf is the event's own time, nil if it has none.
func timeOf(ev *event) *time.Time {
	if ev == nil || ev.time.IsZero() {
		return nil
	}
	t := ev.time
	return &t
}

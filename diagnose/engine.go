package diagnose

import (
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/evidence"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// Options are what the engine cannot know from the logs.
type Options struct {
	// Target is how the report names what was looked at.
	Target string
	// ProductWhy is how the playbook was chosen.
	ProductWhy []string
	// Now is the instant to judge from. Zero means the newest dated line: logs
	// that were copied are as old as the copy.
	Now time.Time
	// NowLocal is true when Now's wall clock is to be read in the client's zone.
	NowLocal bool
	// NowSource is what Report.NowSource says when Now is given.
	NowSource string
	// Clock is the machine's clock, for targets without a dated line.
	Clock time.Time
	// Zone is the client's zone for lines without one, nil if it was not given.
	Zone *time.Location
	// Machine is the zone of the machine that patchtrace runs on.
	Machine *time.Location
	// LastHardwareScan is what the site holds for the client; zero if unknown.
	LastHardwareScan time.Time
	// LastHardwareScanLocal is true when LastHardwareScan's wall clock is to be
	// read in the client's zone, whatever its location says.
	LastHardwareScanLocal bool
	// LastHardwareScanSource is "flag", "wmi" or "log".
	LastHardwareScanSource string
	// Runs are what patchtrace ran itself, the oldest first.
	Runs []Run
	// Evidence is what lies beside the logs; nil if nobody looked.
	Evidence *evidence.Set
}

// LogState is what the reader of a target knows about a log beside its records.
type LogState struct {
	// Log is the path below the target.
	Log   string
	Parts int
	// State is empty when the log could be read.
	State string
	Note  string
	// Partial is true when only the end of the log was read.
	Partial bool
}

// Engine collects the evidence of one target and judges it. It is not safe for
// use by several goroutines; Tallies are, one each.
type Engine struct {
	book    *pipeline.Playbook
	matcher *Matcher
	opt     Options
	logs    map[string]*Tally
	states  map[string]LogState
}

// New returns an engine that knows nothing yet.
func New(book *pipeline.Playbook, opt Options) *Engine { return NewMatcher(book).Engine(opt) }

// Engine returns an engine that shares the matcher's prepared signatures.
func (m *Matcher) Engine(opt Options) *Engine {
	return &Engine{book: m.book, matcher: m, opt: opt, logs: map[string]*Tally{}, states: map[string]LogState{}}
}

// Matcher is what Tallies for this engine are made with.
func (e *Engine) Matcher() *Matcher { return e.matcher }

// Observe takes one record. Records of a log come in file order.
func (e *Engine) Observe(rec *logparse.Record) {
	t := e.logs[rec.Pos.Log]
	if t == nil {
		name := strings.Clone(rec.Pos.Log)
		t = e.matcher.NewTally(name, nil)
		t.owning = true
		e.logs[name] = t
	}
	t.Observe(rec)
}

// Add takes the tally of the records that follow in its log.
func (e *Engine) Add(t *Tally) {
	if mine := e.logs[t.log]; mine != nil {
		mine.Append(t)
		return
	}
	e.logs[t.log] = t
}

// AddState says what is known of a log beside its records.
func (e *Engine) AddState(s LogState) { e.states[s.Log] = s }

// Report judges what has been observed so far. It changes nothing: more may be
// observed afterwards.
func (e *Engine) Report() *Report {
	j := e.judge()
	r := &Report{
		Schema:           Schema,
		Product:          e.book.ID,
		ProductWhy:       e.opt.ProductWhy,
		Target:           e.opt.Target,
		Now:              j.now,
		NowSource:        j.nowSource,
		Zone:             j.zones.report(j.now),
		LastHardwareScan: j.lastScan,
		Runs:             e.opt.Runs,
		Timeline:         j.timeline(),
		Coverage:         j.coverage,
		Notes:            j.notes,
	}
	for _, s := range j.stages {
		r.Stages = append(r.Stages, s.report())
	}
	j.beside.report(r)
	r.Verdict = j.verdict()
	return r
}

// judge is the state of one judgement.
type judge struct {
	book      *pipeline.Playbook
	opt       Options
	zones     *zones
	now       time.Time
	nowSource string
	events    []*event
	doubts    []*event
	logs      []*logView
	stages    []*stageState
	lastScan  LastHardwareScan
	// ties are the packages that are known to be of the patches, and tools the lanes of
	// the scan tools that show.
	ties  []tie
	tools []string
	// restart is the newest evidence that the machine was started again, nil if there is
	// none; unscanned is true when something waited for it and no scan has followed.
	restart   *event
	unscanned bool
	beside    *beside
	coverage  []Coverage
	notes     []string
}

// logView is a log as the judgement sees it.
type logView struct {
	name  string
	ref   *pipeline.LogRef
	tally *Tally
	state LogState
	from  time.Time
	to    time.Time
}

func (e *Engine) judge() *judge {
	j := &judge{book: e.book, opt: e.opt}
	j.zones = newZones(e.opt)
	for _, name := range slices.Sorted(maps.Keys(e.logs)) {
		j.zones.learn(e.logs[name])
	}
	j.zones.settle()
	j.viewLogs(e)
	j.setNow()
	j.collect()
	j.setLastScan()
	for _, s := range e.book.Stages {
		j.stages = append(j.stages, newStageState(j, s))
	}
	j.run()
	for _, s := range j.stages {
		s.settle()
	}
	j.beside = newBeside(j)
	j.learnBeside()
	j.order()
	j.judgeLastScan()
	j.judgeBeside()
	j.judgeCarried()
	j.judgeRuns()
	for _, s := range j.stages {
		s.explain()
		s.cite()
	}
	j.cover()
	j.remark()
	return j
}

func (j *judge) viewLogs(e *Engine) {
	names := map[string]bool{}
	for n := range e.logs {
		names[n] = true
	}
	for n := range e.states {
		names[n] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		v := &logView{name: name, tally: e.logs[name], state: e.states[name], ref: e.book.LogFor(path.Base(name), "")}
		if v.tally != nil {
			v.from, v.to = j.zones.span(&v.tally.times)
		}
		j.logs = append(j.logs, v)
	}
}

func (j *judge) setNow() {
	j.now, j.nowSource = j.opt.Now.UTC(), j.opt.NowSource
	if !j.opt.Now.IsZero() {
		if j.opt.NowLocal {
			j.now = j.zones.wall(j.opt.Now).UTC()
		}
		return
	}
	if j.now, j.nowSource = j.newest(), "log"; j.now.IsZero() {
		j.now, j.nowSource = j.opt.Clock.UTC(), "clock"
	}
}

// newest is the time of the newest dated line, zero if there is none.
func (j *judge) newest() (at time.Time) {
	for _, v := range j.logs {
		if v.to.After(at) {
			at = v.to
		}
	}
	return at
}

// stage returns the state of the stage, nil if the playbook lacks it.
func (j *judge) stage(id string) *stageState {
	for _, s := range j.stages {
		if s.stage.ID == id {
			return s
		}
	}
	return nil
}

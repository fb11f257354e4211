package diagnose

import "time"

// Schema names the layout of the report's JSON. Fields may be added, never
// renamed.
const Schema = "patchtrace.report/v1"

// Report is the answer: four stages, what each one's evidence means, and which
// of them broke. It is plain data; encoding/json gives the documented layout.
type Report struct {
	Schema  string `json:"schema"`
	Product string `json:"product"`
	// ProductWhy says what the product was recognised by, one reason a string.
	ProductWhy []string `json:"productWhy,omitempty"`
	Target     string   `json:"target"`
	// Now is the instant that ages and patience are counted from, in UTC.
	Now time.Time `json:"now"`
	// NowSource is "flag", "clock" or "log": the newest line of logs that were
	// copied here and are no longer written.
	NowSource        string           `json:"nowSource"`
	Zone             Zone             `json:"zone"`
	LastHardwareScan LastHardwareScan `json:"lastHardwareScan"`
	Verdict          Verdict          `json:"verdict"`
	// Runs are what patchtrace ran itself before it judged, the oldest first.
	Runs     []Run         `json:"runs,omitempty"`
	Stages   []StageReport `json:"stages"`
	Timeline []Event       `json:"timeline"`
	Coverage []Coverage    `json:"coverage"`
	// Catalogues, PatchStates, Authorization and InventoryStatus are what was found
	// beside the logs.
	Catalogues      []Catalogue         `json:"catalogues,omitempty"`
	PatchStates     *PatchStates        `json:"patchStates,omitempty"`
	Authorization   []AuthorizationList `json:"authorization,omitempty"`
	InventoryStatus *InventoryStatus    `json:"inventoryStatus,omitempty"`
	// CataloguesLeftOut and AuthorizationLeftOut are how many more were found than
	// are listed.
	CataloguesLeftOut    int `json:"cataloguesLeftOut,omitempty"`
	AuthorizationLeftOut int `json:"authorizationLeftOut,omitempty"`
	// Notes are remarks on the reading itself, such as a clock that was set
	// back, one sentence each.
	Notes []string `json:"notes,omitempty"`
}

// Zone is the client's distance from UTC, as used for lines that do not say
// theirs.
type Zone struct {
	// Offset is "-05:00".
	Offset string `json:"offset"`
	// Name is the zone's name when one was given by --zone.
	Name string `json:"name,omitempty"`
	// Source is "log", "flag" or "machine".
	Source string `json:"source"`
}

// LastHardwareScan is the time that the site holds for this client.
type LastHardwareScan struct {
	Time *time.Time `json:"time,omitempty"`
	// Source is "flag", "wmi", "log" or "none".
	Source string `json:"source"`
	// Future is true when it lies so far in the future that it proves nothing.
	Future bool `json:"future,omitempty"`
}

// Outcomes of a verdict.
const (
	VerdictPassed  = "passed"
	VerdictFailed  = "failed"
	VerdictWaiting = "waiting"
	VerdictUnknown = "unknown"
)

// Verdict is the first stage that broke, and why.
type Verdict struct {
	Status string `json:"status"`
	// Stage is the id of the stage that the status is about; "" when all passed.
	Stage   string `json:"stage,omitempty"`
	Summary string `json:"summary"`
}

// Status is how a stage stands.
type Status string

// The states of a stage. Stale counts as broken.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Stale   Status = "stale"
	Waiting Status = "waiting"
	Running Status = "running"
	NotRun  Status = "not-run"
	Unknown Status = "unknown"
)

// StageReport is one stage's state and its findings, the cause first.
type StageReport struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Status Status `json:"status"`
	// LastStart, LastSuccess and LastFailure are in UTC. LastFailure is the
	// newest failure that no later success of its track has cleared.
	LastStart   *time.Time `json:"lastStart,omitempty"`
	LastSuccess *time.Time `json:"lastSuccess,omitempty"`
	LastFailure *time.Time `json:"lastFailure,omitempty"`
	Findings    []Finding  `json:"findings"`
}

// Finding severities.
const (
	SevError   = "error"
	SevWarning = "warning"
	SevInfo    = "info"
)

// Finding is what evidence means, with what to do.
type Finding struct {
	// Rule is the id of the signature or of the engine's own rule.
	Rule     string   `json:"rule"`
	Severity string   `json:"severity"`
	Stage    string   `json:"stage"`
	Track    string   `json:"track,omitempty"`
	Title    string   `json:"title"`
	Meaning  string   `json:"meaning,omitempty"`
	Do       []string `json:"do"`
	// Code is an error code in its normal form: "0x80041003", or decimal below
	// 65536.
	Code     string `json:"code,omitempty"`
	CodeName string `json:"codeName,omitempty"`
	// CodeMeaning explains Code in one sentence.
	CodeMeaning string `json:"codeMeaning,omitempty"`
	Source      string `json:"source,omitempty"`
	// Confidence is "documented", "inferred" or "generic".
	Confidence string `json:"confidence"`
	// Symptom is true when the finding is a consequence of another one.
	Symptom  bool       `json:"symptom,omitempty"`
	Evidence []Evidence `json:"evidence"`
	// Absent names what was looked for and not found, when that is the proof.
	Absent string `json:"absent,omitempty"`
	// Read lists the logs or places to look at next.
	Read []string `json:"read,omitempty"`
	// hresult is Code in the form in which spellings of one code are equal.
	hresult uint32
}

// Evidence is a log line that proves something, or what stands beside the logs.
type Evidence struct {
	// Log is the file that holds the line: "ScanWrapper.log", "ScanWrapper.lo_",
	// or what else was read: "vpcache/EXA00012/1033/mssecure.cab",
	// `root\cimv2:Win32_PatchState`. Line is 0 in what has no lines.
	Log    string `json:"log"`
	Line   int    `json:"line"`
	Offset int64  `json:"offset"`
	// Time is UTC, Local the wall clock with its offset. Both are absent when
	// the line has no date.
	Time  *time.Time `json:"time,omitempty"`
	Local string     `json:"local,omitempty"`
	// Assumed is true when the line has no zone of its own.
	Assumed bool `json:"assumed,omitempty"`
	// Beside is true for what is no line of a log: a catalogue, an instance, a list.
	Beside bool   `json:"beside,omitempty"`
	Text   string `json:"text"`
}

// InLog tells whether the evidence is a line that can be shown in its log.
func (e *Evidence) InLog() bool { return e.Log != ProcessLog && !e.Beside }

// Event is a mark on the time axis.
type Event struct {
	Time  time.Time `json:"time"`
	Stage string    `json:"stage"`
	Kind  string    `json:"kind"`
	Track string    `json:"track,omitempty"`
	Text  string    `json:"text"`
	Log   string    `json:"log"`
	Line  int       `json:"line"`
	// Offset is the line's first byte in Log.
	Offset int64 `json:"offset"`
}

// States of a log in the coverage.
const (
	LogRead       = "read"
	LogEmpty      = "empty"
	LogMissing    = "missing"
	LogDenied     = "denied"
	LogCut        = "cut"
	LogUnreadable = "unreadable"
)

// Coverage is what could and could not be read of one log.
type Coverage struct {
	Log string `json:"log"`
	// Stage is the stage that expects the log, "" for a log no stage asks for.
	Stage string `json:"stage,omitempty"`
	// Stages lists all stages that read the log.
	Stages  []string   `json:"stages,omitempty"`
	State   string     `json:"state"`
	Records int64      `json:"records"`
	From    *time.Time `json:"from,omitempty"`
	To      *time.Time `json:"to,omitempty"`
	Parts   int        `json:"parts"`
	// Partial is true when the log was read from its end and the verdict did
	// not need the rest.
	Partial bool `json:"partial,omitempty"`
	// Required is true when the verdict needs this log.
	Required bool `json:"required,omitempty"`
	// Note says why a state is what it is, or where the log usually lies.
	Note string `json:"note,omitempty"`
}

// EachPlace calls f for every place in a log that the report cites, with the
// part that holds it. f may set the line.
func (r *Report) EachPlace(f func(part string, offset int64, line *int)) {
	for i := range r.Stages {
		for k := range r.Stages[i].Findings {
			proof := r.Stages[i].Findings[k].Evidence
			for n := range proof {
				f(proof[n].Log, proof[n].Offset, &proof[n].Line)
			}
		}
	}
	for i := range r.Timeline {
		f(r.Timeline[i].Log, r.Timeline[i].Offset, &r.Timeline[i].Line)
	}
}

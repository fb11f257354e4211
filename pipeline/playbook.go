package pipeline

import (
	"regexp"
	"time"
)

// Playbook is what is known about the update flow of one product: four stages,
// the steps and logs and commands of each, and the log lines that mean
// something.
type Playbook struct {
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
	// Summary says in one sentence which clients the playbook is for.
	Summary string `yaml:"summary"`
	// Detect tells what a target of this product looks like.
	Detect []Hint `yaml:"detect"`
	// Tolerance is how far the site's last hardware scan may lie from the
	// client's own "sent" line and still be the same report.
	Tolerance Duration `yaml:"tolerance"`
	// Params are the values that commands need, asked for once per target.
	Params []Param `yaml:"params"`
	// Stages are sync, scan, inventory and install, in this order.
	Stages []*Stage `yaml:"stages"`
	// Notes are facts about the product that no log shows.
	Notes []Note `yaml:"notes"`
}

// Hint is one sign of a product. The weights of all signs that are present are
// added up; the product with the largest sum is chosen.
type Hint struct {
	// Log is a glob of log file names, matched without case.
	Log string `yaml:"log"`
	// Line is a RE2 pattern that some line near the log's head or tail matches.
	Line *Pattern `yaml:"line"`
	// Format is a logparse format name that the log must have, such as "ccm".
	Format string `yaml:"format"`
	// Weight may be negative: a sign against the product.
	Weight int `yaml:"weight"`
	// Why completes the sentence "this is the product because …".
	Why string `yaml:"why"`
}

// Param is a value that a command line needs.
type Param struct {
	Name    string   `yaml:"name"`
	Label   string   `yaml:"label"`
	Example string   `yaml:"example"`
	Help    string   `yaml:"help"`
	Pattern *Pattern `yaml:"pattern"`
}

// Stage ids, in the order of the flow.
const (
	Sync      = "sync"
	Scan      = "scan"
	Inventory = "inventory"
	Install   = "install"
)

// StageIDs lists the four stages in order.
var StageIDs = [...]string{Sync, Scan, Inventory, Install}

// Stage is one of the four steps of the flow.
type Stage struct {
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
	// Summary says in one sentence what the stage does.
	Summary string `yaml:"summary"`
	// Shows is "client" when the stage must show on an ordinary client,
	// "elsewhere" when it runs on another machine, "when-due" when it runs on
	// the client only if something was due.
	Shows string `yaml:"shows"`
	// Interval is how often the stage is expected to run.
	Interval Duration `yaml:"interval"`
	// Patience is how long a cycle may go on without an outcome.
	Patience Duration `yaml:"patience"`
	// Catalogues are the generations of update catalogues that the stage fetches:
	// "mssecure", "invcif", "wsusscan", "wsusscn2". Of others nothing is concluded.
	Catalogues []string `yaml:"catalogues"`
	// Background explains the stage, one paragraph a string.
	Background []string `yaml:"background"`
	// Manual lists the steps that the engineer does.
	Manual []Step `yaml:"manual"`
	// Tracks are the independent lanes of the stage that are known beforehand.
	Tracks []Track `yaml:"tracks"`
	// Logs are the logs that show the stage.
	Logs []Log `yaml:"logs"`
	// Commands start the stage.
	Commands []Command `yaml:"commands"`
	// Signatures are the log lines that mean something, the more specific first:
	// of all signatures that match a record, the first one counts.
	Signatures []*Signature `yaml:"signatures"`
	// Notes are conditions that no log shows.
	Notes []Note `yaml:"notes"`
}

// Step is a manual step.
type Step struct {
	ID   string `yaml:"id"`
	Text string `yaml:"text"`
	// Ref names the instruction of the article that the step restates: "2.10 A".
	Ref string `yaml:"ref"`
	// Field asks for what the engineer saw; nil when there is nothing to note.
	Field *Field `yaml:"field"`
}

// Field is a value that a manual step yields.
type Field struct {
	Name  string `yaml:"name"`
	Label string `yaml:"label"`
	// Kind is "text", "time", "number" or "yesno".
	Kind string `yaml:"kind"`
}

// Track is an independent lane of a stage: success in one never clears a
// failure in another.
type Track struct {
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
}

// Log is a log that shows a stage.
type Log struct {
	// Name is how people call the log: "ScanWrapper.log".
	Name string `yaml:"name"`
	// Globs are further file names, matched without case. Name always counts.
	Globs []string `yaml:"globs"`
	// Components are the component names inside the records, for files whose
	// name says nothing.
	Components []string `yaml:"components"`
	// Folders are where the log lies, in the order to look.
	Folders []string `yaml:"folders"`
	// Required logs must be seen before the stage can pass.
	Required bool `yaml:"required"`
	// Side is "client", "server" or "synchost".
	Side string `yaml:"side"`
	// Confidence is "documented" or "inferred": whether the name was seen in print.
	Confidence string `yaml:"confidence"`
	Note       string `yaml:"note"`
}

// Command starts a stage, or asks the engineer to.
type Command struct {
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
	// Kind is "exec", "wmi" or "manual".
	Kind string `yaml:"kind"`
	// Program and Args are the argument vector of an exec command; {name} is
	// replaced by the parameter of that name, and never by a shell.
	Program string   `yaml:"program"`
	Args    []string `yaml:"args"`
	// Folder is where to run it.
	Folder string `yaml:"folder"`
	// Namespace, Class, Method and Input describe a wmi command.
	Namespace string            `yaml:"namespace"`
	Class     string            `yaml:"class"`
	Method    string            `yaml:"method"`
	Input     map[string]string `yaml:"input"`
	// Text is what to do by hand in a manual command.
	Text string `yaml:"text"`
	// Where names the machine that it runs on, Changes what it changes there.
	Where   string `yaml:"where"`
	Changes string `yaml:"changes"`
	// Track is the lane that the command runs, "" for all.
	Track string `yaml:"track"`
	// Kick is true when a hardware inventory follows at once.
	Kick bool `yaml:"kick"`
	// Silent is false for the form that shows messages.
	Silent bool `yaml:"silent"`
	// Default marks the command that `run STAGE` takes.
	Default bool   `yaml:"default"`
	Source  string `yaml:"source"`
}

// Kinds of a signature.
const (
	Start    = "start"
	Progress = "progress"
	Success  = "success"
	Failure  = "failure"
	Wait     = "wait"
	Noise    = "noise"
)

// Confidence of a signature.
const (
	Documented = "documented"
	Inferred   = "inferred"
	Generic    = "generic"
)

// Signature recognises a log line.
type Signature struct {
	ID string `yaml:"id"`
	// Logs names the logs (by Log.Name, of any stage of the playbook) that the
	// line stands in. "*" means every log of the playbook.
	Logs []string `yaml:"logs"`
	// Pattern is a RE2 pattern over the message. Named captures: "code" is an
	// error code to decode; the others fill Track, Title and Meaning.
	Pattern *Pattern `yaml:"pattern"`
	// Unless, when it matches the message too, makes the signature not match.
	Unless *Pattern `yaml:"unless"`
	Kind   string   `yaml:"kind"`
	// Stage is the stage that the line belongs to. The YAML may leave it out: it
	// is then the stage under which the signature stands.
	Stage string `yaml:"stage"`
	// ByCode lets the captured code choose the stage, when its family tells one.
	ByCode bool `yaml:"by_code"`
	// Track is the lane; {name} is replaced by a capture. "" is the stage's own.
	Track string `yaml:"track"`
	// Clears names further tracks that this success clears; "*" is all of the stage, and
	// "window*" all whose names begin so.
	Clears []string `yaml:"clears"`
	// Of is the lane whose cycle a wait belongs to, such as "deployment:{assignment}":
	// only what becomes of that one ends it. Where the line does not name it, the lane
	// is that of the kind which began last in the same log.
	Of string `yaml:"of"`
	// Forgives marks a success that ends the failures of its track, but nothing
	// that is waited for.
	Forgives bool `yaml:"forgives"`
	// Symptom marks a line that only repeats what another one caused.
	Symptom bool `yaml:"symptom"`
	// Local marks a failure or success of a helper inside the stage: its later
	// success clears it, but never makes the stage pass.
	Local bool `yaml:"local"`
	// Grace is how old a failure must be before it counts; until then the stage waits.
	Grace Duration `yaml:"grace"`
	// Patience overrides the stage's patience after this mark.
	Patience Duration `yaml:"patience"`
	// Restart says what a restart of the machine has to do with the line: it ends what
	// is waited for (RestartEnds), it lets what waits run again (RestartAllows), or the
	// line shows that there was one (RestartShows).
	Restart string `yaml:"restart"`
	// With is a signature that must have matched within Within of this line.
	With   string   `yaml:"with"`
	Within Duration `yaml:"within"`
	// After is a signature that must be the mark just before this one in the same log.
	After string `yaml:"after"`
	// Severity of the finding: "error", "warning" or "info". By default failures
	// are errors and waits are warnings; starts, progress and successes make no
	// finding unless they have a severity.
	Severity string   `yaml:"severity"`
	Title    string   `yaml:"title"`
	Meaning  string   `yaml:"meaning"`
	Do       []string `yaml:"do"`
	// Read lists the logs to read next.
	Read       []string `yaml:"read"`
	Source     string   `yaml:"source"`
	Confidence string   `yaml:"confidence"`
	// Rows are the fact-table rows that the signature stands for.
	Rows []string `yaml:"rows"`
	// Match is a sample line of our own that Pattern must match, Reject one that
	// it must not; lint checks both.
	Match  []string `yaml:"match"`
	Reject []string `yaml:"reject"`
}

// Note is a fact that no log shows.
type Note struct {
	ID         string   `yaml:"id"`
	Title      string   `yaml:"title"`
	Meaning    string   `yaml:"meaning"`
	Do         []string `yaml:"do"`
	Source     string   `yaml:"source"`
	Confidence string   `yaml:"confidence"`
	Rows       []string `yaml:"rows"`
}

// Pattern is a RE2 pattern that knows its own text.
type Pattern struct {
	*regexp.Regexp
}

// Duration is a time.Duration that YAML spells "90s", "30m", "26h", "7d".
type Duration time.Duration

package tui

import (
	"context"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/trace"
	"patchtrace/logparse"
	"patchtrace/logparse/merged"
	"patchtrace/pipeline"
)

// Desk does the console's work outside of the screen. Its methods may block and
// are called from commands only, several at a time. Errors are one line: what was
// tried, on what, why it failed, what to do.
type Desk interface {
	// Places are the targets that can be offered without asking.
	Places(ctx context.Context) []Place
	// Faults are what a practice lab can be broken with.
	Faults() []Fault
	// Open opens a target. A lab without a path is made anew in a temporary
	// folder and goes when the case is closed.
	Open(ctx context.Context, p Place) (Case, error)
	// Recall returns what was kept of a target, the zero State if nothing was.
	Recall(target string) (State, error)
	// Keep keeps it for the next start.
	Keep(target string, s State) error
	// LookUp explains error codes in any spelling, or those in a whole line.
	LookUp(text string) []Code
	// Export writes text into a new file and returns its path, for terminals
	// whose clipboard cannot be reached.
	Export(name, text string) (path string, err error)
}

// PlaceKind is how a target is reached.
type PlaceKind string

// The kinds of places.
const (
	ThisComputer PlaceKind = "this computer"
	Remote       PlaceKind = "another computer"
	Folder       PlaceKind = "folder"
	Zip          PlaceKind = "zip"
	Lab          PlaceKind = "lab"
)

// Place names a target before it is opened.
type Place struct {
	Kind PlaceKind
	// Path is the folder, the archive, `\\host`, or the folder of a lab.
	Path string
	// Note says what is known of it: "no client was found here". A place with
	// Off set cannot be opened, because of Note.
	Note string
	Off  bool
	// Fault is what is broken in a new lab, Secret that the engineer is to find it.
	Fault  string
	Secret bool
	// Product is that of a new lab, "" for the usual one.
	Product string
}

// Fault is something that a lab can be broken with.
type Fault struct{ Name, Stage, Cause, Rule string }

// Code is an explained error code.
type Code struct {
	// Text is the code in its normal form, Name its symbol, "" if it has none.
	Text, Name, Family, Meaning string
	Do                          []string
}

// Case is an opened target. Its methods may be called several at a time, but for
// Run, of which one goes on at a time, and Close, which comes last.
type Case interface {
	About() About
	// Judge reads the logs and judges them, together with what was run here and
	// what the engineer answered, by field name. It is what `diagnose` says.
	Judge(ctx context.Context, answers map[string]string) (*diagnose.Report, *pipeline.Playbook, error)
	// Logs are all logs of the target as one.
	Logs() *merged.Logs
	// Follow tells what happens to the logs until ctx is done; it returns nil
	// then. A target that does not change returns at once. tell may block.
	Follow(ctx context.Context, tell func(Change)) error
	// Refresh takes in what the logs have got since: after a Change.
	Refresh(ctx context.Context) error
	// Params are the parameters that are known: the target's own, then those that
	// were kept.
	Params() map[string]string
	// KeepParams keeps parameters for the next time.
	KeepParams(params map[string]string) error
	// Plan returns the commands that run the stage, or all of them in order.
	Plan(o pipeline.PlanOptions) ([]pipeline.Planned, error)
	// Run runs a step until it is over. What came of it counts in the next Judge.
	// tell is called from another goroutine, never twice at a time. A message on
	// interrupt ends the waiting, a second one the process tree.
	Run(ctx context.Context, s pipeline.Planned, params map[string]string, interrupt <-chan struct{}, tell func(pipeline.RunEvent)) (pipeline.Result, error)
	// Patches are the instances of Win32_PatchState. An error says why they
	// cannot be had and what to do.
	Patches(ctx context.Context) ([]Patch, error)
	// Trace follows a patch, by any of its names. An error says why it cannot be.
	Trace(ctx context.Context, patch string) (*trace.Trace, error)
	// Facts are what the target itself tells beside its logs, for a stage.
	Facts(ctx context.Context) ([]Fact, error)
	// Reveal is the fault of a practice lab, "" for none.
	Reveal() string
	Close() error
}

// About is what is known of a target when it is opened.
type About struct {
	// Target is the name under which things are kept; Name is shown.
	Target, Name string
	// Lab is true for a practice lab, which is always labelled so.
	Lab bool
	// CannotRun is why stages cannot be run here, nil if they can.
	CannotRun error
	// Still is true for what does not change, such as an archive.
	Still bool
	// Zone is the client's time zone, nil to take the report's.
	Zone *time.Location
}

// Change is what happened to the logs since the last one.
type Change struct {
	// Logs are those that got records.
	Logs    []string
	Notices []logparse.Notice
}

// Patch is an instance of Win32_PatchState.
type Patch struct {
	Class string
	Props []Prop
	// MOF is the instance as WBEMTEST's "Show MOF" gives it.
	MOF string
}

// Prop is a property of a WMI instance.
type Prop struct{ Name, Value string }

// Fact is something that a target tells beside its logs.
type Fact struct {
	Stage        string
	Label, Value string
	// Time is set for a date, and shown as an age too; Did is what was done then, ""
	// where the label says it.
	Time *time.Time
	Did  string
	// Note explains it, File is the file that tells it; Bad marks what does not fit.
	Note, File string
	Bad        bool
	// Event is true for what belongs on the timeline.
	Event bool
}

// State is what comes back when a target is opened again.
type State struct {
	Stage     string            `json:"stage,omitempty"`
	Tab       string            `json:"tab,omitempty"`
	Params    map[string]string `json:"params,omitempty"`
	Answers   map[string]string `json:"answers,omitempty"`
	Ticked    map[string]bool   `json:"ticked,omitempty"`
	Filter    Filter            `json:"filter,omitzero"`
	Search    string            `json:"search,omitempty"`
	Bookmarks []Bookmark        `json:"bookmarks,omitempty"`
}

// Filter is what the log pane leaves in.
type Filter struct {
	Text       string `json:"text,omitempty"`
	ErrorsOnly bool   `json:"errorsOnly,omitempty"`
}

// Bookmark is a line that the engineer marked.
type Bookmark struct {
	Part   string `json:"part"`
	Offset int64  `json:"offset"`
	// Text is the line's beginning, to be told from another line at that place.
	Text string `json:"text"`
}

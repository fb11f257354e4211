package pipeline

import "time"

// Mark is a log line that a signature recognises, as it is told while a stage
// runs.
type Mark struct {
	// Time is when the line was written, in UTC; zero if it has no date. Offset
	// is the writer's distance from UTC in minutes east.
	Time   time.Time
	Offset int
	Stage  string
	Track  string
	// Kind is one of the kinds of a signature.
	Kind string
	// Severity is that of the finding that the mark makes, "" if it makes none.
	Severity string
	// Title says what the line means; Text is the line's message.
	Title, Text string
	// Log is the file that holds the line.
	Log  string
	Line int
	// Patience is how long silence is normal after this mark; 0 leaves it to the
	// stage.
	Patience time.Duration
}

// Standing is how a stage stands by what its logs said since its run began.
type Standing string

// The standings. All but Open are outcomes.
const (
	// Open has no outcome yet.
	Open Standing = "open"
	// Succeeded, Broke and Waits are what the newest outcome says.
	Succeeded Standing = "succeeded"
	Broke     Standing = "broke"
	Waits     Standing = "waits"
)

// Stand is how one of the wanted stages stands.
type Stand struct {
	Standing Standing
	// Sure is false when another lane of the stage has the outcome: it counts
	// when no better one comes.
	Sure bool
	// Begun is true when the logs show a start or any later sign of life.
	Begun bool
}

// Want is a stage whose outcome a run waits for.
type Want struct {
	Stage, Track string
	// Patience is how long its logs may be silent.
	Patience time.Duration
	// Fixed is true when the marks' own patience does not extend it.
	Fixed bool
}

// Sight is what was seen in the logs since the last one.
type Sight struct {
	Marks []Mark
	// Notes are remarks on the following itself, such as a log that vanished.
	Notes []string
	// Stands has one entry for each Want.
	Stands []Stand
}

// RunEventKind says what a RunEvent tells.
type RunEventKind string

// The kinds of events, in the order in which they usually come.
const (
	// RunStarted: the program runs, or the method is being called.
	RunStarted RunEventKind = "started"
	// RunOutput: the program printed the line Text.
	RunOutput RunEventKind = "output"
	// RunMark: Mark was seen in a log.
	RunMark RunEventKind = "mark"
	// RunNote: Text is a remark on the logs.
	RunNote RunEventKind = "note"
	// RunReturned: the process ended with Code, or Err says why there is none; or
	// a Method returned.
	RunReturned RunEventKind = "returned"
	// RunImpatient: patience ran out; a process that still runs is stopped.
	RunImpatient RunEventKind = "impatient"
	// RunUnwaited: nobody waits for the log any more; the process still runs.
	RunUnwaited RunEventKind = "unwaited"
	// RunStopping: the process and all that it started is being stopped.
	RunStopping RunEventKind = "stopping"
	// RunOver: the run is over.
	RunOver RunEventKind = "over"
)

// RunEvent is something that happened while a command ran.
type RunEvent struct {
	Kind RunEventKind
	// Elapsed is the time since the start.
	Elapsed time.Duration
	Text    string
	Mark    *Mark
	Code    int
	Err     error
	Method  bool
}

package logparse

import "time"

// Record is one log entry. Its strings may share memory with a block of the
// file they came from: keep a Clone, not the Record, when it must live longer
// than the call that delivered it.
type Record struct {
	// Stamp is when the line was written, by the writer's clock.
	Stamp Stamp
	// Severity is what the line says about itself, or what its text suggests.
	// It is a display hint, never a verdict: healthy clients write errors.
	Severity Severity
	// Stated is true when the severity was written as a field of the line and
	// not derived from its words.
	Stated bool
	// Format is the grammar that the record was read with.
	Format Format
	// Torn is true when a part of the record is missing: cut by rotation, by
	// another record, by a crash or by the length limit.
	Torn bool
	// Component is the writer's name, "" when the line has none.
	Component string
	// Thread is the writer's thread id; meaningless unless HasThread.
	Thread    uint64
	HasThread bool
	// PID is the writer's process id, 0 when the line has none.
	PID uint32
	// Context is the CCM context attribute: mostly empty, else a user or SID.
	Context string
	// File and FileLine are the writer's source position. FileLine is 0 when
	// the line names none.
	File     string
	FileLine int
	// Message is the text as written, without the format's framing. Line ends
	// inside it are "\n".
	Message string
	// Pos is where the record begins.
	Pos Pos
}

// Pos is a place in a log.
type Pos struct {
	// Log is the logical log's name, rotated parts included: "WUAHandler.log".
	Log string
	// Part is the file that holds the record, as a path below the target:
	// "WUAHandler.lo_".
	Part string
	// Line counts from 1 inside Part. It is 0 when it was not counted, as in a
	// file read backwards from its end.
	Line int
	// Offset is the record's first byte in Part, counted from 0 in the file as
	// it is on disk, whatever its encoding.
	Offset int64
}

// Severity orders what lines say about themselves.
type Severity uint8

// The four severities of the CCM format; the other formats use three of them.
const (
	Verbose Severity = iota
	Info
	Warning
	Error
)

// String returns the severity as a word: "verbose", "info", "warning", "error".
func (s Severity) String() string {
	switch s {
	case Verbose:
		return "verbose"
	case Warning:
		return "warning"
	case Error:
		return "error"
	default:
		return "info"
	}
}

// Format names a line grammar. facts: log-formats.
type Format uint8

// The grammars that patchtrace reads.
const (
	// Plain is a line of no known grammar.
	Plain Format = iota
	// CCM is <![LOG[…]LOG]!><…>, written by every CcmExec client.
	CCM
	// Dollar1 is the $$< trailer of SMS 1.x servers: no fraction, hex thread.
	Dollar1
	// Dollar2 is the $$< trailer of SMS 2.0 and Legacy clients: no zone.
	Dollar2
	// Dollar3 is the $$< trailer of SMS 2.0 servers: English zone name.
	Dollar3
	// Dollar4 is the $$< trailer of SMS 2003 and later servers: bias.
	Dollar4
	// DollarBare is a $$< trailer that holds a component and nothing else.
	DollarBare
	// Pasted is text copied out of Trace32 or CMTrace.
	Pasted
	// WindowsUpdateOld is WindowsUpdate.log up to Windows 8.1.
	WindowsUpdateOld
	// WindowsUpdateNew is the output of Get-WindowsUpdateLog.
	WindowsUpdateNew
	// WSUS is SoftwareDistribution.log of a WSUS server; its times are UTC.
	WSUS
)

var formatNames = [...]string{
	"plain", "ccm", "dollar-1", "dollar-2", "dollar-3", "dollar-4", "dollar-bare",
	"pasted", "windowsupdate-old", "windowsupdate-new", "wsus",
}

// String returns the format's short name, as shown by stats.
func (f Format) String() string {
	if int(f) < len(formatNames) {
		return formatNames[f]
	}
	return "plain"
}

// Stamp is a time as a log line gives it: a wall clock, and perhaps how far
// that clock stood from UTC. The zero Stamp has no date.
type Stamp struct {
	// Wall is nanoseconds from 1970-01-01 00:00 of the writer's own clock.
	Wall int64
	// Offset is the writer's distance from UTC in minutes east: a CCM bias of
	// +240 is -240. Meaningless unless Zoned.
	Offset int16
	// Dated is false when the line has no usable date and time.
	Dated bool
	// Zoned is false when the line does not say how far its clock is from UTC.
	Zoned bool
	// Ambiguous is true when day and month could be read either way round.
	Ambiguous bool
	// Foreign is true when the offset is not native: a script wrote it, or its
	// spelling is one that only scripts use. It proves no zone of the machine.
	Foreign bool
}

// UTC returns the instant and true, or false when the line lacks a date or a
// zone.
func (s Stamp) UTC() (time.Time, bool) {
	if !s.Dated || !s.Zoned {
		return time.Time{}, false
	}
	return time.Unix(0, s.Wall-int64(s.Offset)*int64(time.Minute)).UTC(), true
}

// At returns the instant that the wall clock shows if it stands offset minutes
// east of UTC, in that zone.
func (s Stamp) At(offset int) time.Time {
	t := time.Unix(0, s.Wall-int64(offset)*int64(time.Minute))
	return t.In(time.FixedZone("", offset*60))
}

// Local returns the wall clock as written. Its location is a fixed zone when
// the line is zoned; otherwise it is UTC and says nothing.
func (s Stamp) Local() time.Time {
	if s.Zoned {
		return s.At(int(s.Offset))
	}
	return time.Unix(0, s.Wall).UTC()
}

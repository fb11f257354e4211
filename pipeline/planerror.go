package pipeline

import (
	"fmt"
	"strings"
)

// PlanProblem is why something cannot be planned.
type PlanProblem uint8

// Why something cannot be planned.
const (
	// KickElsewhere: only a scan can start the inventory.
	KickElsewhere PlanProblem = iota + 1
	// CommandOfAll: a command was named, but no stage.
	CommandOfAll
	// CommandAndMore: a command was named, and what to choose one by.
	CommandAndMore
	// NoSuchTrack: no command runs the track; Known are those that can be run.
	NoSuchTrack
	// NoSuchStage: the playbook lacks the stage.
	NoSuchStage
	// NoSuchCommand: the stage lacks the command; Known are those that it has.
	NoSuchCommand
	// NoDefault: the playbook says no command for the stage; Known are those to
	// name.
	NoDefault
	// NoneLikeThat: no command of the stage has the track and the kick that are
	// asked for; Known are those to name.
	NoneLikeThat
)

// PlanError says why something cannot be planned. Callers that have words of
// their own for the options, such as flags, tell it by its fields.
type PlanError struct {
	Problem PlanProblem
	Book    string
	// Stage is "" when all stages were to be run.
	Stage, Track, Command string
	Kick                  bool
	// Known are the names that may be given in place of the wrong one.
	Known []string
}

func (e *PlanError) Error() string {
	stage := e.Stage
	if stage == "" {
		stage = "all stages"
	}
	known := ""
	if len(e.Known) > 0 {
		known = "; known: " + strings.Join(e.Known, ", ")
	}
	return "plan " + stage + ": " + e.why() + known
}

func (e *PlanError) why() string {
	switch e.Problem {
	case KickElsewhere:
		return "only a scan starts the inventory; run the scan so"
	case CommandOfAll:
		return "a command is of one stage; choose the stage"
	case CommandAndMore:
		return "the command is named already; leave out track and kick"
	case NoSuchTrack:
		return fmt.Sprintf("no command of %s runs the track %q", e.Book, e.Track)
	case NoSuchStage:
		return "no stage of " + e.Book
	case NoSuchCommand:
		return fmt.Sprintf("the stage has no command %q", e.Command)
	case NoDefault:
		return "the playbook " + e.Book + " names no default command"
	}
	return e.Book + " has no such command"
}

package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"patchtrace/pipeline"
)

// allStages is what `run` takes in place of a stage to run them all.
const allStages = "all"

// plan returns the commands of a run.
func plan(book *pipeline.Playbook, o pipeline.PlanOptions) ([]pipeline.Planned, error) {
	steps, err := pipeline.Plan(book, o)
	return steps, planFailure(err)
}

// planFailure tells in flags why something cannot be planned.
func planFailure(err error) error {
	var e *pipeline.PlanError
	if !errors.As(err, &e) {
		return err
	}
	stage := e.Stage
	if stage == "" {
		stage = allStages
	}
	switch e.Problem {
	case pipeline.KickElsewhere:
		return &Error{Op: "run", On: stage, Err: errors.New("--kick is for the scan, which then starts the inventory"), Do: "use run scan --kick, or run all --kick"}
	case pipeline.CommandOfAll:
		return &Error{Op: "run", On: stage, Err: errors.New("--command is for one stage"), Do: "use run STAGE --command " + e.Command}
	case pipeline.CommandAndMore:
		return &Error{Op: "run", On: stage, Err: errors.New("--command names the command already"), Do: "leave out --kick and --track"}
	case pipeline.NoSuchTrack:
		do := e.Book + " knows none: leave --track out"
		switch {
		case len(e.Known) > 0:
			do = "use " + orList(append(e.Known, pipeline.AllTracks))
		case e.Stage != "":
			do = "its stage " + e.Stage + " has none: leave --track out"
		}
		return &Error{Op: "parse", On: "--track " + quote(e.Track), Err: errors.New("no track that a command of " + e.Book + " runs"), Do: do}
	case pipeline.NoSuchStage:
		return &Error{Op: "run", On: stage, Err: errors.New("no stage of " + e.Book)}
	case pipeline.NoSuchCommand:
		return &Error{Op: "parse", On: "--command " + quote(e.Command), Err: errors.New("no command of the stage " + stage), Do: "use " + orList(e.Known)}
	case pipeline.NoDefault:
		return &Error{Op: "run", On: stage, Err: errors.New("the playbook " + e.Book + " names no default command"), Do: "use --command with " + orList(e.Known)}
	}
	return &Error{Op: "run", On: stage, Err: fmt.Errorf("%s has no such command%s", e.Book, asked(e.Track, e.Kick)), Do: "use --command with " + orList(e.Known)}
}

func asked(track string, kick bool) string {
	var with []string
	if track != "" {
		with = append(with, "--track "+track)
	}
	if kick {
		with = append(with, "--kick")
	}
	if len(with) == 0 {
		return ""
	}
	return " with " + strings.Join(with, " and ")
}

// runArgs checks the arguments of run: a stage, and perhaps a target.
func runArgs(cmd *cobra.Command, args []string) error {
	stages := append(slices.Clone(pipeline.StageIDs[:]), allStages)
	switch {
	case len(args) == 0:
		return usageError(cmd, "no stage was given", "give "+orList(stages))
	case !slices.Contains(stages, args[0]):
		return &Error{Op: "run", On: quote(args[0]), Err: errors.New("no such stage"), Do: "use " + orList(stages)}
	case len(args) > 2:
		return usageError(cmd, fmt.Sprintf("takes one target, not %d", len(args)-1), "run them one by one")
	}
	return nil
}

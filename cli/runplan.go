package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"patchtrace/pipeline"
)

// allStages is what `run` takes in place of a stage to run them all, allTracks
// what it takes to run each of a stage's tracks.
const (
	allStages = "all"
	allTracks = "all"
)

// step is one command of a run, and what to wait for.
type step struct {
	stage   *pipeline.Stage
	command *pipeline.Command
	wants   []pipeline.Want
	// again is true for what runs a second time, after an install.
	again bool
}

// planner chooses the commands of a run.
type planner struct {
	book    *pipeline.Playbook
	stage   string // or allStages
	track   string
	command string
	kick    bool
	// patience replaces the playbook's unless it is 0.
	patience time.Duration
}

// plan returns the steps of a run in their order. Scan and inventory come again
// after the install: only then the site shows what was installed.
func (p *planner) plan() ([]step, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if p.stage != allStages {
		return p.steps(p.stage, false)
	}
	var steps []step
	for _, round := range [][]string{pipeline.StageIDs[:], {pipeline.Scan, pipeline.Inventory}} {
		again := len(steps) > 0
		for _, id := range round {
			if id == pipeline.Inventory && p.kick {
				continue // the scan starts it
			}
			some, err := p.steps(id, again)
			if err != nil {
				return nil, err
			}
			steps = append(steps, some...)
		}
	}
	return steps, nil
}

// check refuses what does not go together.
func (p *planner) check() error {
	switch {
	case p.kick && p.stage != pipeline.Scan && p.stage != allStages:
		return &Error{Op: "run", On: p.stage, Err: errors.New("--kick is for the scan, which then starts the inventory"), Do: "use run scan --kick, or run all --kick"}
	case p.command != "" && p.stage == allStages:
		return &Error{Op: "run", On: p.stage, Err: errors.New("--command is for one stage"), Do: "use run STAGE --command " + p.command}
	case p.command != "" && (p.kick || p.track != ""):
		return &Error{Op: "run", On: p.stage, Err: errors.New("--command names the command already"), Do: "leave out --kick and --track"}
	}
	if known := p.tracks(); p.track != "" && p.track != allTracks && !slices.Contains(known, p.track) {
		do := p.book.ID + " knows none: leave --track out"
		switch {
		case len(known) > 0:
			do = "use " + orList(append(known, allTracks))
		case p.stage != allStages:
			do = "its stage " + p.stage + " has none: leave --track out"
		}
		return &Error{Op: "parse", On: "--track " + quote(p.track), Err: errors.New("no track that a command of " + p.book.ID + " runs"), Do: do}
	}
	return nil
}

// tracks are the lanes that a command of the wanted stages can be chosen by.
func (p *planner) tracks() []string {
	var tracks []string
	for _, s := range p.book.Stages {
		for i := range s.Commands {
			c := &s.Commands[i]
			if (p.stage == allStages || p.stage == s.ID) && c.Track != "" && c.Kind != pipeline.CommandManual && !slices.Contains(tracks, c.Track) {
				tracks = append(tracks, c.Track)
			}
		}
	}
	return tracks
}

// steps are those of a stage: one, or one for each track.
func (p *planner) steps(id string, again bool) ([]step, error) {
	s := p.book.Stage(id)
	if s == nil {
		return nil, &Error{Op: "run", On: id, Err: errors.New("no stage of " + p.book.ID)}
	}
	var steps []step
	for _, track := range p.lanes(s) {
		c, err := p.choose(s, track)
		if err != nil {
			return nil, err
		}
		st := p.step(s, c)
		st.again = again
		steps = append(steps, st)
	}
	return steps, nil
}

// lanes are the tracks of the stage to run: the one that was asked for, or the
// default command's own and, for all, those beside it that can be run likewise.
// A track that is only tended by hand, on the server, is none of the client's.
func (p *planner) lanes(s *pipeline.Stage) []string {
	base := defaultCommand(s)
	if p.track != allTracks || base == nil || base.Track == "" {
		return []string{p.track}
	}
	lanes := []string{base.Track}
	for _, t := range s.Tracks {
		likewise := func(c pipeline.Command) bool {
			return c.Track == t.ID && c.Kind == base.Kind && c.Silent == base.Silent
		}
		if t.ID != base.Track && slices.ContainsFunc(s.Commands, likewise) {
			lanes = append(lanes, t.ID)
		}
	}
	return lanes
}

func (p *planner) step(s *pipeline.Stage, c *pipeline.Command) step {
	st := step{stage: s, command: c, wants: []pipeline.Want{p.want(s, c.Track)}}
	if next := p.book.Stage(pipeline.Inventory); c.Kick && next != nil {
		st.wants = append(st.wants, p.want(next, ""))
	}
	return st
}

func (p *planner) want(s *pipeline.Stage, track string) pipeline.Want {
	if p.patience > 0 {
		return pipeline.Want{Stage: s.ID, Track: track, Patience: p.patience, Fixed: true}
	}
	return pipeline.Want{Stage: s.ID, Track: track, Patience: time.Duration(s.Patience)}
}

// choose returns the stage's default command, or the one that is like it but for
// the track and the kick that are asked for.
func (p *planner) choose(s *pipeline.Stage, lane string) (*pipeline.Command, error) {
	if p.command != "" {
		return commandByID(s, p.command)
	}
	base := defaultCommand(s)
	if base == nil {
		return nil, &Error{Op: "run", On: s.ID, Err: errors.New("the playbook " + p.book.ID + " names no default command"), Do: "use --command with " + orList(commandIDs(s))}
	}
	track := base.Track
	if lane != "" && base.Track != "" && slices.Contains(stageTracks(s), lane) {
		track = lane
	}
	kick := p.kick && s.ID == pipeline.Scan
	if track == base.Track && kick == base.Kick {
		return base, nil
	}
	for i := range s.Commands {
		if c := &s.Commands[i]; c.Kind == base.Kind && c.Track == track && c.Kick == kick && c.Silent == base.Silent {
			return c, nil
		}
	}
	return nil, &Error{Op: "run", On: s.ID, Err: fmt.Errorf("%s has no such command%s", p.book.ID, asked(lane, kick)), Do: "use --command with " + orList(commandIDs(s))}
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

func defaultCommand(s *pipeline.Stage) *pipeline.Command {
	for i := range s.Commands {
		if s.Commands[i].Default {
			return &s.Commands[i]
		}
	}
	return nil
}

func commandByID(s *pipeline.Stage, id string) (*pipeline.Command, error) {
	for i := range s.Commands {
		if s.Commands[i].ID == id {
			return &s.Commands[i], nil
		}
	}
	return nil, &Error{Op: "parse", On: "--command " + quote(id), Err: errors.New("no command of the stage " + s.ID), Do: "use " + orList(commandIDs(s))}
}

func commandIDs(s *pipeline.Stage) []string {
	ids := make([]string, len(s.Commands))
	for i := range s.Commands {
		ids[i] = s.Commands[i].ID
	}
	return ids
}

func stageTracks(s *pipeline.Stage) []string {
	var tracks []string
	for i := range s.Commands {
		tracks = append(tracks, s.Commands[i].Track)
	}
	return tracks
}

// needs returns the names of all parameters of the steps, in order.
func needs(steps []step) []string {
	var names []string
	for _, st := range steps {
		for _, name := range st.command.Needs() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
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

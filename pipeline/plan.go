package pipeline

import (
	"slices"
	"time"
)

// PlanOptions say what is to be run.
type PlanOptions struct {
	// Stage is a stage's id, or "" for all of them in order: then scan and
	// inventory come again after the install.
	Stage string
	// Track is a lane, "" for the playbook's default, AllTracks for each in turn.
	Track string
	// Command is the id of a command of the stage, "" to choose it.
	Command string
	// Kick has the scan start the inventory.
	Kick bool
	// Patience replaces the playbook's unless it is 0.
	Patience time.Duration
}

// AllTracks is the track that stands for each of them.
const AllTracks = "all"

// Planned is one command of a run, and what to wait for.
type Planned struct {
	Stage   *Stage
	Command *Command
	Wants   []Want
	// Again is true for what runs a second time, after an install.
	Again bool
}

// Rounds are the stages of a whole run, in order. Scan and inventory come again
// after the install: only then the site shows what was installed.
func Rounds() [][]string { return [][]string{StageIDs[:], {Scan, Inventory}} }

// Plan returns the commands of a run in their order. The error is a *PlanError.
func Plan(book *Playbook, o PlanOptions) ([]Planned, error) {
	p := planner{book, o}
	if err := p.check(); err != nil {
		return nil, err
	}
	if o.Stage != "" {
		return p.steps(o.Stage, false)
	}
	var steps []Planned
	for i, round := range Rounds() {
		for _, id := range round {
			if id == Inventory && o.Kick {
				continue // the scan starts it
			}
			some, err := p.steps(id, i > 0)
			if err != nil {
				return nil, err
			}
			steps = append(steps, some...)
		}
	}
	return steps, nil
}

// NeedsOf returns the names of all parameters of the steps, in order.
func NeedsOf(steps []Planned) []string {
	var names []string
	for _, st := range steps {
		for _, name := range st.Command.Needs() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// planner chooses the commands of a run.
type planner struct {
	book *Playbook
	PlanOptions
}

// check refuses what does not go together.
func (p *planner) check() error {
	switch {
	case p.Kick && p.Stage != Scan && p.Stage != "":
		return p.refuse(KickElsewhere, p.Stage, nil)
	case p.Command != "" && p.Stage == "":
		return p.refuse(CommandOfAll, "", nil)
	case p.Command != "" && (p.Kick || p.Track != ""):
		return p.refuse(CommandAndMore, p.Stage, nil)
	}
	if known := p.tracks(); p.Track != "" && p.Track != AllTracks && !slices.Contains(known, p.Track) {
		return p.refuse(NoSuchTrack, p.Stage, known)
	}
	return nil
}

func (p *planner) refuse(why PlanProblem, stage string, known []string) error {
	return &PlanError{
		Problem: why, Book: p.book.ID, Stage: stage, Track: p.Track, Command: p.Command, Kick: p.Kick && stage == Scan, Known: known,
	}
}

// tracks are the lanes that a command of the wanted stages can be chosen by.
func (p *planner) tracks() []string {
	var tracks []string
	for _, s := range p.book.Stages {
		for i := range s.Commands {
			c := &s.Commands[i]
			if (p.Stage == "" || p.Stage == s.ID) && c.Track != "" && c.Kind != CommandManual && !slices.Contains(tracks, c.Track) {
				tracks = append(tracks, c.Track)
			}
		}
	}
	return tracks
}

// steps are those of a stage: one, or one for each track.
func (p *planner) steps(id string, again bool) ([]Planned, error) {
	s := p.book.Stage(id)
	if s == nil {
		return nil, p.refuse(NoSuchStage, id, nil)
	}
	var steps []Planned
	for _, track := range p.lanes(s) {
		c, err := p.choose(s, track)
		if err != nil {
			return nil, err
		}
		st := p.step(s, c)
		st.Again = again
		steps = append(steps, st)
	}
	return steps, nil
}

// lanes are the tracks of the stage to run: the one that was asked for, or the
// default command's own and, for all, those beside it that can be run likewise.
// A track that is only tended by hand, on the server, is none of the client's.
func (p *planner) lanes(s *Stage) []string {
	base := s.DefaultCommand()
	if p.Track != AllTracks || base == nil || base.Track == "" {
		return []string{p.Track}
	}
	lanes := []string{base.Track}
	for _, t := range s.Tracks {
		likewise := func(c Command) bool {
			return c.Track == t.ID && c.Kind == base.Kind && c.Silent == base.Silent
		}
		if t.ID != base.Track && slices.ContainsFunc(s.Commands, likewise) {
			lanes = append(lanes, t.ID)
		}
	}
	return lanes
}

func (p *planner) step(s *Stage, c *Command) Planned {
	st := Planned{Stage: s, Command: c, Wants: []Want{p.want(s, c.Track)}}
	if next := p.book.Stage(Inventory); c.Kick && next != nil {
		st.Wants = append(st.Wants, p.want(next, ""))
	}
	return st
}

func (p *planner) want(s *Stage, track string) Want {
	if p.Patience > 0 {
		return Want{Stage: s.ID, Track: track, Patience: p.Patience, Fixed: true}
	}
	return Want{Stage: s.ID, Track: track, Patience: time.Duration(s.Patience)}
}

// choose returns the stage's default command, or the one that is like it but for
// the track and the kick that are asked for.
func (p *planner) choose(s *Stage, lane string) (*Command, error) {
	if p.Command != "" {
		for i := range s.Commands {
			if s.Commands[i].ID == p.Command {
				return &s.Commands[i], nil
			}
		}
		return nil, p.refuse(NoSuchCommand, s.ID, commandIDs(s))
	}
	base := s.DefaultCommand()
	if base == nil {
		return nil, p.refuse(NoDefault, s.ID, commandIDs(s))
	}
	track := base.Track
	if lane != "" && base.Track != "" && slices.Contains(commandTracks(s), lane) {
		track = lane
	}
	kick := p.Kick && s.ID == Scan
	if track == base.Track && kick == base.Kick {
		return base, nil
	}
	for i := range s.Commands {
		if c := &s.Commands[i]; c.Kind == base.Kind && c.Track == track && c.Kick == kick && c.Silent == base.Silent {
			return c, nil
		}
	}
	own := *p
	own.Track = lane
	return nil, own.refuse(NoneLikeThat, s.ID, commandIDs(s))
}

// DefaultCommand is the command that runs the stage unless another one is asked
// for, nil if the playbook names none.
func (s *Stage) DefaultCommand() *Command {
	for i := range s.Commands {
		if s.Commands[i].Default {
			return &s.Commands[i]
		}
	}
	return nil
}

func commandIDs(s *Stage) []string {
	ids := make([]string, len(s.Commands))
	for i := range s.Commands {
		ids[i] = s.Commands[i].ID
	}
	return ids
}

func commandTracks(s *Stage) []string {
	var tracks []string
	for i := range s.Commands {
		tracks = append(tracks, s.Commands[i].Track)
	}
	return tracks
}

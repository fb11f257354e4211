package diagnose

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"patchtrace/pipeline"
)

// cover lists what could be read of every log, and which expected logs are not
// there.
func (j *judge) cover() {
	seen := map[string]bool{}
	for _, v := range j.logs {
		j.coverage = append(j.coverage, j.coverLog(v))
		for _, s := range j.stages {
			for _, l := range s.stage.Logs {
				if v.is(l.Name) {
					seen[strings.ToLower(l.Name)] = true
				}
			}
		}
	}
	for _, s := range j.stages {
		for _, l := range s.stage.Logs {
			key := strings.ToLower(l.Name)
			if seen[key] {
				continue
			}
			seen[key] = true
			c := Coverage{Log: l.Name, State: LogMissing, Note: missingNote(l)}
			c.Stages, c.Required = j.readers(func(o pipeline.Log) bool { return strings.EqualFold(o.Name, l.Name) })
			c.Stage = first(c.Stages)
			j.coverage = append(j.coverage, c)
		}
	}
}

// maxFolders bounds how many folders a note names: the usual one, and that of a
// management point.
const maxFolders = 2

func missingNote(l pipeline.Log) string {
	where := "lies in "
	if l.Confidence == pipeline.Inferred {
		where = "usually named so; lies in "
	}
	switch {
	case len(l.Folders) > 0:
		return where + strings.Join(l.Folders[:min(len(l.Folders), maxFolders)], " or ")
	case l.Side == "server":
		return "a log of the site server"
	}
	return ""
}

func (j *judge) coverLog(v *logView) Coverage {
	c := Coverage{Log: v.name, State: v.state.State, Note: v.state.Note, Parts: v.state.Parts, Partial: v.state.Partial}
	c.Stages, c.Required = j.readers(func(l pipeline.Log) bool { return v.is(l.Name) })
	c.Stage = first(c.Stages)
	if v.tally != nil {
		c.Records = v.tally.records
		c.From, c.To = timePtr(v.from), timePtr(v.to)
	}
	if c.Parts == 0 && v.tally != nil {
		c.Parts = 1
	}
	if c.State == "" {
		c.State, c.Note = readState(v)
	}
	return c
}

// readState says how a log that could be opened looks.
func readState(v *logView) (state, note string) {
	switch {
	case v.tally == nil || v.tally.records == 0:
		return LogEmpty, ""
	case v.tally.torn.tail:
		return LogCut, "its last record is not whole"
	case v.tally.torn.any > 0 && v.tally.torn.head && v.tally.torn.any == 1:
		return LogRead, "its first record is the tail of one that was rotated away"
	case v.tally.torn.any > 0:
		return LogRead, fmt.Sprintf("%d records are torn", v.tally.torn.any)
	}
	return LogRead, ""
}

// readers returns the stages that read a log, and whether one requires it.
func (j *judge) readers(match func(pipeline.Log) bool) (stages []string, required bool) {
	for _, s := range j.stages {
		for _, l := range s.stage.Logs {
			if match(l) {
				if !slices.Contains(stages, s.stage.ID) {
					stages = append(stages, s.stage.ID)
				}
				required = required || l.Required
			}
		}
	}
	return stages, required
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func timePtr(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// maxTimeline bounds the timeline: the newest events are kept.
const maxTimeline = 400

// timeline lists starts, outcomes and waits by time.
func (j *judge) timeline() []Event {
	list := append([]Event{}, j.runEvents()...)
	for _, ev := range j.events {
		if k := ev.kind(); k == pipeline.Progress || k == pipeline.Noise || ev.time.IsZero() {
			continue
		}
		list = append(list, Event{
			Time: ev.time, Stage: ev.stage, Kind: ev.kind(), Track: ev.track,
			Text: clip(firstLine(ev.text), 200), Log: ev.pos.Part, Line: ev.pos.Line, Offset: ev.pos.Offset,
		})
	}
	sort.SliceStable(list, func(a, b int) bool { return list[a].Time.Before(list[b].Time) })
	return list[max(0, len(list)-maxTimeline):]
}

// remark notes what the reader of the report must know about clocks.
func (j *judge) remark() {
	assumed := false
	for _, v := range j.logs {
		if v.tally == nil {
			continue
		}
		assumed = assumed || v.tally.times.walls > 0
		for _, b := range v.tally.times.back {
			j.notes = append(j.notes, fmt.Sprintf("The clock went back by %s in %s at line %d: its lines are taken in the order of the file.", ageText(b.by), baseName(b.pos.Part), b.pos.Line))
		}
	}
	if newest := j.newest(); !j.opt.Now.IsZero() && newest.Sub(j.now) > nearby {
		j.notes = append(j.notes, fmt.Sprintf("The newest line is of %s, later than the time that this is judged by (%s): that time, a clock or a time zone is wrong, and ages are too small.", j.local(newest), j.local(j.now)))
	}
	if text := j.otherProduct(); text != "" {
		j.notes = append(j.notes, text)
	}
	if assumed {
		j.notes = append(j.notes, j.assumedNote())
	}
	if j.troubleOnly() {
		j.notes = append(j.notes, `The client's logs hold warnings and errors only: at log level 2 or 3 it writes no success, so silence proves nothing. Set LogLevel below HKLM\SOFTWARE\Microsoft\CCM\Logging\@Global to 1 and run the stages again.`)
	}
	slices.Sort(j.notes)
	j.notes = slices.Compact(j.notes)
}

// otherProduct says that logs of a product lie here that this playbook does not
// judge: an upgraded client keeps its old ones, and folders are mixed up.
func (j *judge) otherProduct() string {
	var signs []string
	for _, h := range j.book.Detect {
		if h.Weight >= 0 || h.Log == "" || h.Format != "" || h.Line != nil {
			continue
		}
		if slices.ContainsFunc(j.logs, func(v *logView) bool {
			return v.ref == nil && v.tally != nil && len(v.tally.names) == 0 && v.tally.records > 0 && namedLike(h.Log, baseName(v.name))
		}) {
			signs = append(signs, h.Why)
		}
	}
	if len(signs) == 0 {
		return ""
	}
	return fmt.Sprintf("Logs of another product lie here and were not judged: %s. To judge them, name their product with --product.", strings.Join(signs, "; "))
}

// troubleOnly tells whether the client's logs hold warnings and errors only, as
// they do when its log level is raised.
func (j *judge) troubleOnly() bool {
	var records, plain int64
	for _, v := range j.logs {
		if v.tally != nil && trustOf(v.tally) == trustClient {
			records, plain = records+v.tally.records, plain+v.tally.plain
		}
	}
	return records > 0 && plain == 0
}

func (j *judge) assumedNote() string {
	z := j.zones.report(j.now)
	switch z.Source {
	case "log":
		return fmt.Sprintf("Lines without a time zone are read as the client's own: UTC%s by its other logs.", z.Offset)
	case "flag":
		return fmt.Sprintf("Lines without a time zone are read as %s (UTC%s), as given by --zone.", z.Name, z.Offset)
	}
	return fmt.Sprintf("No line tells the client's time zone: lines are read as UTC%s, the zone of this machine. Give --zone if that is wrong.", z.Offset)
}

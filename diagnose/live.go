package diagnose

import (
	"strings"
	"time"

	"patchtrace/pipeline"
)

// Cursor remembers which marks were told already. The zero Cursor has told none.
type Cursor struct{ told map[string]int64 }

// Marks returns the marks that were observed since the cursor's last call, in
// order, with what they mean. Of progress and noise only the newest line of a
// kind is kept, so a burst of them is told once. It judges everything observed
// so far: for an engine that follows one run, not for one that has read a whole
// client.
func (e *Engine) Marks(c *Cursor) []pipeline.Mark {
	if c.told == nil {
		c.told = map[string]int64{}
	}
	j := e.judge()
	newest := map[string]int64{}
	var marks []pipeline.Mark
	for _, ev := range j.events {
		if told, ok := c.told[ev.log.name]; ok && ev.seq <= told {
			continue
		}
		newest[ev.log.name] = max(newest[ev.log.name], ev.seq)
		marks = append(marks, j.mark(ev))
	}
	for name, seq := range newest {
		c.told[name] = seq
	}
	return marks
}

func (j *judge) mark(ev *event) pipeline.Mark {
	sig := ev.hit.sig
	m := pipeline.Mark{
		Time: ev.time, Offset: ev.offset, Stage: ev.stage, Track: ev.track, Kind: sig.Kind,
		Text: firstLine(ev.text), Log: ev.pos.Part, Line: ev.pos.Line, Patience: time.Duration(sig.Patience),
	}
	if m.Log == "" {
		m.Log = ev.pos.Log
	}
	if s := j.stage(ev.stage); s != nil {
		m.Title = s.fill(sig.Title, withCaptures(ev))
	}
	if sig.Severity != "" || sig.Kind == pipeline.Failure || sig.Kind == pipeline.Wait {
		m.Severity = severityOf(sig)
	}
	return m
}

// withCaptures adds what the title of an ordinary progress needs: its captures
// are not kept, because a report says nothing of it.
func withCaptures(ev *event) *event {
	sig := ev.hit.sig
	if len(ev.hit.captures) > 0 || !strings.Contains(sig.Title, "{") {
		return ev
	}
	loc := sig.Pattern.FindStringSubmatchIndex(ev.text)
	if loc == nil {
		return ev // the text was cut
	}
	c := *ev
	c.hit.captures = captures(sig.Pattern.SubexpNames(), loc, ev.text)
	return &c
}

// Stand says how the stage stands by what was observed, with regard to one of
// its lanes. It is sure when that lane, or the stage's own, has an outcome;
// otherwise it is what the other lanes say.
func (e *Engine) Stand(stage, track string) pipeline.Stand {
	s := e.judge().stage(stage)
	if s == nil {
		return pipeline.Stand{Standing: pipeline.Open}
	}
	stand := pipeline.Stand{Standing: standing(s.status), Begun: len(s.tracks) > 0}
	running := false
	for _, id := range []string{lane(track), ""} {
		own := s.tracks[id]
		switch {
		case own == nil:
		case own.running() != nil:
			running = true
		case own.outcome != nil || own.cleared: // another lane may have spoken for it
			stand.Sure = true
			if stand.Standing == pipeline.Open { // a third one is still running
				stand.Standing = standing(s.trackStatus(own))
			}
			return stand
		}
	}
	if running {
		stand.Standing = pipeline.Open
	}
	return stand
}

func standing(s Status) pipeline.Standing {
	switch s {
	case Passed:
		return pipeline.Succeeded
	case Failed:
		return pipeline.Broke
	case Waiting:
		return pipeline.Waits
	}
	return pipeline.Open
}

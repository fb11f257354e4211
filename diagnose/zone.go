package diagnose

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"patchtrace/logparse"
)

// zones gives an offset to lines that have none: from lines of the same target
// that say theirs, else from the zone that was given, else from the machine's.
type zones struct {
	opt   Options
	runs  []zoneRun
	trust int
}

func newZones(opt Options) *zones { return &zones{opt: opt} }

// learn takes the offsets that a log's lines state, of the logs that are trusted
// most only.
func (z *zones) learn(t *Tally) {
	trust := trustOf(t)
	for _, r := range t.times.runs {
		switch {
		case trust < z.trust || trust > trustServer && !r.ccm:
			continue
		case trust > z.trust:
			z.trust, z.runs = trust, nil
		}
		z.runs = append(z.runs, r)
	}
}

// How well a log speaks for the client. Its own logs are CCM logs that the
// playbook knows. Scripts write that form too, often with a constant for an
// offset. Servers live in zones of their own.
const (
	trustServer = iota
	trustScript
	trustClient
)

func trustOf(t *Tally) int {
	switch {
	case !slices.ContainsFunc(t.times.runs, func(r zoneRun) bool { return r.ccm }):
		return trustServer
	case len(t.names) == 0:
		return trustScript
	case t.ofServer():
		return trustServer
	}
	return trustClient
}

// ofServer tells whether all records are of logs that lie on a server.
func (t *Tally) ofServer() bool {
	for name := range t.names {
		if ref := t.matcher.book.LogFor(name, ""); ref == nil || ref.Side != "server" {
			return false
		}
	}
	return true
}

// settle puts the stretches in order. What a server says of its own zone counts
// less than what was given for the client.
func (z *zones) settle() {
	if z.trust == trustServer && z.opt.Zone != nil {
		z.runs = nil
	}
	sort.SliceStable(z.runs, func(i, k int) bool {
		if z.runs[i].from != z.runs[k].from {
			return z.runs[i].from < z.runs[k].from
		}
		return z.runs[i].to < z.runs[k].to
	})
}

// at returns the offset in minutes east for a wall clock: that of the nearest
// line that states one.
func (z *zones) at(wall int64) int {
	if offset, ok := z.nearest(wall, false); ok {
		return offset
	}
	loc := z.location()
	t := time.Unix(0, wall).UTC()
	_, off := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, loc).Zone()
	return off / 60
}

// nearest returns the offset of the line that lies nearest to a moment, by wall
// clock or by UTC.
func (z *zones) nearest(at int64, utc bool) (offset int, ok bool) {
	best := int64(-1)
	for _, r := range z.runs {
		from, to := r.from, r.to
		if utc {
			shift := int64(r.offset) * int64(time.Minute)
			from, to = from-shift, to-shift
		}
		if d := max(from-at, at-to, 0); best < 0 || d < best {
			best, offset = d, int(r.offset)
		}
	}
	return offset, best >= 0
}

func (z *zones) location() *time.Location {
	switch {
	case z.opt.Zone != nil:
		return z.opt.Zone
	case z.opt.Machine != nil:
		return z.opt.Machine
	}
	return time.UTC
}

// resolve returns the instant of a stamp, and whether its zone was assumed.
func (z *zones) resolve(s logparse.Stamp) (at time.Time, offset int, assumed, ok bool) {
	if !s.Dated {
		return time.Time{}, 0, false, false
	}
	offset = int(s.Offset)
	if !s.Zoned {
		offset, assumed = z.at(s.Wall), true
	}
	return time.Unix(0, s.Wall-int64(offset)*int64(time.Minute)).UTC(), offset, assumed, true
}

// span returns the earliest and latest instant of a run of records, zero if
// none is dated.
func (z *zones) span(s *timeSpan) (from, to time.Time) {
	add := func(t time.Time) {
		if from.IsZero() || t.Before(from) {
			from = t
		}
		if t.After(to) {
			to = t
		}
	}
	if s.zoned > 0 {
		add(time.Unix(0, s.first).UTC())
		add(time.Unix(0, s.last).UTC())
	}
	if s.walls > 0 {
		for _, w := range []int64{s.wallFirst, s.wallLast} {
			add(time.Unix(0, w-int64(z.at(w))*int64(time.Minute)).UTC())
		}
	}
	return from, to
}

// offsetAt is the client's offset in minutes east at an instant.
func (z *zones) offsetAt(t time.Time) int {
	if offset, ok := z.nearest(t.UnixNano(), true); ok {
		return offset
	}
	_, off := t.In(z.location()).Zone()
	return off / 60
}

// wall reads a time's wall clock in the client's zone.
func (z *zones) wall(t time.Time) time.Time {
	w := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	return w.Add(-time.Duration(z.at(w.UnixNano())) * time.Minute)
}

func (z *zones) report(now time.Time) Zone {
	r := Zone{Offset: offsetText(z.offsetAt(now))}
	switch {
	case len(z.runs) > 0:
		r.Source = "log"
	case z.opt.Zone != nil:
		r.Source, r.Name = "flag", z.opt.Zone.String()
	default:
		r.Source = "machine"
	}
	return r
}

// offsetText spells minutes east of UTC as "-05:00".
func offsetText(minutes int) string {
	sign := '+'
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Sprintf("%c%02d:%02d", sign, minutes/60, minutes%60)
}

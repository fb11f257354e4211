package diagnose

import (
	"fmt"
	"sort"
	"time"

	"patchtrace/logparse"
)

// zones gives an offset to lines that have none: from lines of the same target
// that say theirs, else from the zone that was given, else from the machine's.
type zones struct {
	opt  Options
	runs []zoneRun
	ccm  bool
}

func newZones(opt Options) *zones { return &zones{opt: opt} }

// learn takes the offsets that a log's lines state. The client's own logs are
// CCM logs; a server's offset is taken only where no client's is known.
func (z *zones) learn(t *Tally) {
	for _, r := range t.times.runs {
		if r.ccm && !z.ccm {
			z.ccm, z.runs = true, nil
		}
		if r.ccm == z.ccm {
			z.runs = append(z.runs, r)
		}
	}
}

func (z *zones) settle() {
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
	best, near := 0, int64(-1)
	for _, r := range z.runs {
		d := int64(0)
		switch {
		case wall < r.from:
			d = r.from - wall
		case wall > r.to:
			d = wall - r.to
		}
		if near < 0 || d < near {
			best, near = int(r.offset), d
		}
	}
	if near >= 0 {
		return best
	}
	loc := z.location()
	t := time.Unix(0, wall).UTC()
	_, off := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, loc).Zone()
	return off / 60
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
	if len(z.runs) > 0 {
		return z.at(t.UnixNano())
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

package diagnose

import (
	"strings"
	"time"

	"patchtrace/logparse"
)

// timeSpan is when a run of records was written, and how its clock ran.
type timeSpan struct {
	// first and last are the earliest and latest instants of records that know
	// their zone, in nanoseconds UTC; both 0 when there are none.
	first, last int64
	// wallFirst and wallLast are the same for records without a zone.
	wallFirst, wallLast int64
	zoned, walls        int64
	runs                []zoneRun
	// begin and end are the stamps of the first and the last dated record.
	begin, end logparse.Stamp
	beginPos   logparse.Pos
	back       []setBack
}

// zoneRun is a stretch of records with one offset.
type zoneRun struct {
	from, to int64 // wall clock, nanoseconds
	offset   int16
	ccm      bool
}

// setBack is a place where the clock went back.
type setBack struct {
	pos logparse.Pos
	by  time.Duration
}

// backLimit is how far a clock may go back between two lines before it is worth
// a word: threads overtake each other by less.
const (
	backLimit = 2 * time.Minute
	maxRuns   = 256
	maxBacks  = 8
)

func (s *timeSpan) see(rec *logparse.Record) {
	st := rec.Stamp
	if !st.Dated {
		return
	}
	if s.end.Dated {
		s.step(s.end, st, rec.Pos)
	} else {
		s.begin, s.beginPos = st, clonePos(rec.Pos)
	}
	s.end = st
	if !st.Zoned {
		if s.walls == 0 || st.Wall < s.wallFirst {
			s.wallFirst = st.Wall
		}
		if s.walls == 0 || st.Wall > s.wallLast {
			s.wallLast = st.Wall
		}
		s.walls++
		return
	}
	utc := st.Wall - int64(st.Offset)*int64(time.Minute)
	if s.zoned == 0 || utc < s.first {
		s.first = utc
	}
	if s.zoned == 0 || utc > s.last {
		s.last = utc
	}
	s.zoned++
	if !st.Foreign {
		s.zone(zoneRun{st.Wall, st.Wall, st.Offset, rec.Format == logparse.CCM})
	}
}

// step notes when the clock went back between two neighbours.
func (s *timeSpan) step(a, b logparse.Stamp, pos logparse.Pos) {
	if a.Zoned != b.Zoned || a.Ambiguous || b.Ambiguous {
		return
	}
	from, to := a.Wall, b.Wall
	if a.Zoned {
		from -= int64(a.Offset) * int64(time.Minute)
		to -= int64(b.Offset) * int64(time.Minute)
	}
	if back := time.Duration(from - to); back > backLimit && len(s.back) < maxBacks {
		s.back = append(s.back, setBack{clonePos(pos), back})
	}
}

func clonePos(p logparse.Pos) logparse.Pos {
	p.Log, p.Part = strings.Clone(p.Log), strings.Clone(p.Part)
	return p
}

func (s *timeSpan) zone(r zoneRun) {
	if n := len(s.runs); n > 0 && s.runs[n-1].offset == r.offset && s.runs[n-1].ccm == r.ccm {
		s.runs[n-1].from = min(s.runs[n-1].from, r.from)
		s.runs[n-1].to = max(s.runs[n-1].to, r.to)
		return
	}
	if len(s.runs) < maxRuns {
		s.runs = append(s.runs, r)
	}
}

func (s *timeSpan) join(next *timeSpan) {
	if s.end.Dated && next.begin.Dated {
		s.step(s.end, next.begin, next.beginPos)
	}
	if !s.begin.Dated {
		s.begin, s.beginPos = next.begin, next.beginPos
	}
	if next.end.Dated {
		s.end = next.end
	}
	if next.zoned > 0 {
		if s.zoned == 0 || next.first < s.first {
			s.first = next.first
		}
		if s.zoned == 0 || next.last > s.last {
			s.last = next.last
		}
	}
	if next.walls > 0 {
		if s.walls == 0 || next.wallFirst < s.wallFirst {
			s.wallFirst = next.wallFirst
		}
		if s.walls == 0 || next.wallLast > s.wallLast {
			s.wallLast = next.wallLast
		}
	}
	s.zoned += next.zoned
	s.walls += next.walls
	for _, r := range next.runs {
		s.zone(r)
	}
	for _, b := range next.back {
		if len(s.back) < maxBacks {
			s.back = append(s.back, b)
		}
	}
}

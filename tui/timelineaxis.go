package tui

import (
	"time"

	"patchtrace/tui/safe"
)

// window is the part of the time axis that is in view.
type window struct{ from, to time.Time }

// The least and the most that can be in view.
const (
	leastSpan = 100 * time.Millisecond
	mostSpan  = 200 * 365 * 24 * time.Hour
)

func (v window) empty() bool             { return v.from.IsZero() && v.to.IsZero() }
func (v window) span() time.Duration     { return v.to.Sub(v.from) }
func (v window) holds(at time.Time) bool { return !at.Before(v.from) && !at.After(v.to) }

// moved is the window moved by a part of its width.
func (v window) moved(part float64) window {
	by := time.Duration(float64(v.span()) * part)
	return window{v.from.Add(by), v.to.Add(by)}
}

// with is the window, moved so far that it holds an instant well inside.
func (v window) with(at time.Time) window {
	margin := v.span() / 10
	switch {
	case at.Before(v.from):
		return v.shifted(at.Sub(v.from) - margin)
	case at.After(v.to):
		return v.shifted(at.Sub(v.to) + margin)
	}
	return v
}

func (v window) shifted(by time.Duration) window { return window{v.from.Add(by), v.to.Add(by)} }

// scaled is the window with another width; an instant stays where it is.
func (v window) scaled(by float64, around time.Time) window {
	span := min(max(float64(v.span())*by, float64(leastSpan)), float64(mostSpan))
	share := float64(around.Sub(v.from)) / float64(max(v.span(), 1))
	from := around.Add(-time.Duration(span * share))
	return window{from, from.Add(time.Duration(span))}
}

// cell is the place of an instant on an axis of n cells; it may be outside.
func (v window) cell(at time.Time, n int) int {
	if v.span() <= 0 {
		return 0
	}
	share := float64(at.Sub(v.from)) / float64(v.span()) * float64(n-1)
	if share < -1 || share > float64(n) {
		share = min(max(share, -2), float64(n)+1)
	}
	return int(share + 0.5)
}

// fit is the window that holds everything, and a little at its sides; but no more
// time than the axis can show.
func (t *timeline) fit() window {
	now := t.s.clock()
	v := window{now, now}
	for i := range t.moments {
		at := t.moments[i].at
		if at.Before(v.from) {
			v.from = at
		}
		if at.After(v.to) {
			v.to = at
		}
	}
	// A clock that was never set writes years from before there were logs.
	if v.from.Before(v.to.Add(-mostSpan)) {
		v.from = v.to.Add(-mostSpan)
	}
	margin := max(v.span()/40, 500*time.Millisecond)
	if v.span() == 0 {
		margin = 30 * time.Second
	}
	return window{v.from.Add(-margin), v.to.Add(margin)}
}

// step is a distance of ticks: a duration, or so many months.
type step struct {
	length time.Duration // about
	months int
	layout string
}

const day = 24 * time.Hour

// steps are the distances that ticks may have, each with how its ticks are written.
var steps = []step{
	{100 * time.Millisecond, 0, "05.0"},
	{time.Second, 0, "15:04:05"},
	{5 * time.Second, 0, "15:04:05"},
	{15 * time.Second, 0, "15:04:05"},
	{time.Minute, 0, "15:04"},
	{5 * time.Minute, 0, "15:04"},
	{15 * time.Minute, 0, "15:04"},
	{time.Hour, 0, "15:04"},
	{3 * time.Hour, 0, "15:04"},
	{6 * time.Hour, 0, "15:04"},
	{12 * time.Hour, 0, "15:04"},
	{day, 0, "2 Jan"},
	{2 * day, 0, "2 Jan"},
	{7 * day, 0, "2 Jan"},
	{14 * day, 0, "2 Jan"},
	{30 * day, 1, "Jan 2006"},
	{91 * day, 3, "Jan 2006"},
	{182 * day, 6, "Jan 2006"},
	{365 * day, 12, "2006"},
	{2 * 365 * day, 24, "2006"},
	{5 * 365 * day, 60, "2006"},
	{10 * 365 * day, 120, "2006"},
	{50 * 365 * day, 600, "2006"},
}

// axisTick is a label on the axis. Midnight has its date.
type axisTick struct {
	at   time.Time
	text string
}

// ticks are the labels that fit n cells without touching, in the zone's wall
// clock.
func (v window) ticks(n int, zone *time.Location) []axisTick {
	if v.span() <= 0 || n < 2 {
		return nil
	}
	perCell := v.span() / time.Duration(n)
	for _, s := range steps {
		width := safe.Width(v.from.In(zone).Format(s.layout)) + 3
		if s.length >= perCell*time.Duration(width) {
			return s.ticks(v, zone)
		}
	}
	return steps[len(steps)-1].ticks(v, zone)
}

func (s step) ticks(v window, zone *time.Location) []axisTick {
	var list []axisTick
	const most = 400 // more cells than a terminal has, whatever the numbers are
	for at := s.first(v.from.In(zone)); !at.After(v.to) && len(list) < most; at = s.next(at) {
		if !at.Before(v.from) {
			list = append(list, axisTick{at, s.text(at)})
		}
	}
	return list
}

// text is how a tick is written. A date stands where a day begins.
func (s step) text(at time.Time) string {
	if s.length < day && at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0 && at.Nanosecond() == 0 {
		return at.Format("2 Jan")
	}
	return at.Format(s.layout)
}

// first is the last tick that is not after an instant.
func (s step) first(at time.Time) time.Time {
	y, m, d := at.Date()
	switch {
	case s.months >= 12:
		years := s.months / 12
		return time.Date(y-y%years, 1, 1, 0, 0, 0, 0, at.Location())
	case s.months > 0:
		return time.Date(y, m-time.Month((int(m)-1)%s.months), 1, 0, 0, 0, 0, at.Location())
	case s.length >= day:
		days := int(s.length / day)
		return time.Date(y, m, d-(at.YearDay()-1)%days, 0, 0, 0, 0, at.Location())
	}
	midnight := time.Date(y, m, d, 0, 0, 0, 0, at.Location())
	return midnight.Add(at.Sub(midnight).Truncate(s.length))
}

func (s step) next(at time.Time) time.Time {
	switch {
	case s.months > 0:
		return at.AddDate(0, s.months, 0)
	case s.length >= day:
		return at.AddDate(0, 0, int(s.length/day))
	}
	next := at.Add(s.length)
	// A change of the clock moves the hours; go on from the wall clock's midnight.
	if next.Day() != at.Day() {
		y, m, d := next.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, at.Location())
	}
	return next
}

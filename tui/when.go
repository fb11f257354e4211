package tui

import (
	"fmt"
	"time"
)

// justNow is how far ahead of the clock something may be and still be taken for
// now: a clock that is read in steps, or jumps, is behind what it has just stamped.
const justNow = 2 * time.Minute

// ageText is how long ago something was, for people: "6 d ago".
func ageText(d time.Duration) string {
	if d < 0 && d >= -justNow {
		return "just now"
	}
	if d < 0 {
		return "in " + span(-d)
	}
	if d < time.Second {
		return "now"
	}
	return span(d) + " ago"
}

// span is a duration in its largest unit, or the two largest of what is short.
func span(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "0 s"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d >= 3*365*day:
		return fmt.Sprintf("%d y", int(d/(365*day)))
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}

// when shows a time as the console is set to: the client's clock (with the date,
// unless it is the day of now), UTC, or an age.
func (s *session) when(t time.Time) string {
	switch s.times {
	case timesUTC:
		return t.UTC().Format("2006-01-02 15:04:05Z")
	case timesAge:
		return ageText(s.clock().Sub(t))
	}
	local, now := t.In(s.zone()), s.clock().In(s.zone())
	if local.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return local.Format("15:04:05")
	}
	return local.Format("2006-01-02 15:04:05")
}

// exactly shows a time so that nothing about it is open.
func (s *session) exactly(t time.Time) string {
	return t.In(s.zone()).Format("2006-01-02 15:04:05 -07:00")
}

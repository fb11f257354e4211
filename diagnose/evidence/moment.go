package evidence

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"patchtrace/diagnose/evidence/mof"
)

// jsonDate is how .NET writes an instant: milliseconds since 1970, UTC. What
// follows them is the zone to show it in.
var jsonDate = regexp.MustCompile(`^\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/$`)

// Layouts of times without a zone, and with one.
var (
	zonedLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999 Z07:00"}
	wallLayouts  = []string{
		"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02", "2006/01/02",
		// AM and PM are written where months come first.
		"1/2/2006 3:04:05 PM", "1/2/2006 3:04 PM",
	}
)

// parseMoment reads a time as WMI, PowerShell and XML write it, and returns it as
// UTC. zoned is false for a wall clock whose zone is not written: it is then given
// as if it were UTC. Dates whose order of day and month cannot be told are not
// read.
func parseMoment(text string) (t time.Time, zoned, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) < len("1/2/2006") || len(text) > 64 {
		return time.Time{}, false, false
	}
	if t, zoned, err := mof.ParseClock(text); err == nil {
		return t.UTC(), zoned, true
	}
	if m := jsonDate.FindStringSubmatch(text); m != nil {
		ms, err := strconv.ParseInt(m[1], 10, 64)
		return time.UnixMilli(ms).UTC(), true, err == nil
	}
	for _, layout := range zonedLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true, true
		}
	}
	for _, layout := range wallLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, false, true
		}
	}
	return time.Time{}, false, false
}

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

// Layouts of times with a zone, and of days.
var (
	zonedLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999 Z07:00"}
	wallLayouts  = []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02", "2006/01/02"}
)

// writtenDate is a date as the settings of a country have it, without a zone:
// 6/14/2007 2:02:00 AM, 14.06.2007 02:02, 2007/6/14 2:02:00, 2007. 06. 14. 2:02:00.
var writtenDate = regexp.MustCompile(`^(\d{1,4})([-/.]) ?(\d{1,2})[-/.] ?(\d{1,4})\.? (\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?: ?([AaPp])(\.?) ?[Mm]\.?)?$`)

// parseWritten reads such a date where its order is told by itself or by others, or
// is that of the United States by its looks.
func parseWritten(text string, others DateOrder) (t time.Time, ok bool) {
	m := writtenDate.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, false
	}
	number := func(i int) int { return smallNumber(m[i]) }
	half := strings.ToUpper(m[8])
	var year, month, day int
	switch order, _ := orderOf(m, others); {
	case len(m[1]) == 4:
		year, month, day = number(1), number(3), number(4)
	case len(m[4]) != 4 || len(m[1]) > 2:
		return time.Time{}, false
	case order == DayFirst:
		year, month, day = number(4), number(3), number(1)
	case order == MonthFirst:
		year, month, day = number(4), number(1), number(3)
	default:
		return time.Time{}, false
	}
	hour := number(5)
	switch {
	case half != "" && (hour < 1 || hour > 12):
		return time.Time{}, false
	case half != "":
		hour = hour%12 + map[string]int{"A": 0, "P": 12}[half]
	}
	t = time.Date(year, time.Month(month), day, hour, number(6), number(7), 0, time.UTC)
	// What there is not, such as 31 June, would have become another day.
	return t, t.Day() == day && t.Month() == time.Month(month) && t.Hour() == hour && t.Minute() == number(6) && t.Second() == number(7)
}

// blanks are those that .NET writes between a time and AM or PM.
var blanks = strings.NewReplacer("\u202f", " ", "\u00a0", " ", "\u200e", "")

// The years of a time that somebody has set: 1601, 1899 and 1970 are where clocks of
// Windows begin, and 9999 is where those of .NET end.
const (
	minYear = 1980
	maxYear = 2200
)

// parseMoment reads a time as WMI, PowerShell and XML write it, and returns it as
// UTC. zoned is false for a wall clock whose zone is not written: it is then given
// as if it were UTC. Dates whose order of day and month cannot be told are not
// read.
func parseMoment(text string) (t time.Time, zoned, ok bool) { return parseMomentIn(text, 0) }

// parseMomentIn is parseMoment for a text beside others that tell the order of day
// and month.
func parseMomentIn(text string, others DateOrder) (t time.Time, zoned, ok bool) {
	if t, zoned, ok = parseTime(text, others); !ok || t.Year() < minYear || t.Year() > maxYear {
		return time.Time{}, false, false
	}
	return t, zoned, true
}

func parseTime(text string, others DateOrder) (t time.Time, zoned, ok bool) {
	text = strings.TrimSpace(blanks.Replace(text))
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
	if t, ok := parseWritten(text, others); ok {
		return t, false, true
	}
	return time.Time{}, false, false
}

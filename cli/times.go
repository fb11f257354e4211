package cli

import (
	"errors"
	"strings"
	"time"
	_ "time/tzdata" // Windows has no database of zones
)

// timeLayouts are the spellings of a time without a zone, and dateLayouts what
// may follow.
var timeLayouts = []string{
	"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
}

// parseTime reads a time that a user typed. local is true when it has no zone:
// its wall clock is then the client's.
func parseTime(flag, text string) (t time.Time, local bool, err error) {
	text = strings.TrimSpace(text)
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true, nil
		}
		for _, zone := range []string{"Z07:00", " Z07:00", " MST"} {
			if zone == " MST" && !strings.HasSuffix(text, " UTC") {
				continue
			}
			if t, err := time.Parse(layout+zone, text); err == nil {
				return t.UTC(), false, nil
			}
		}
	}
	return time.Time{}, false, &Error{
		Op: "parse", On: flag + " " + quote(text), Err: errors.New("not a time"),
		Do: "use 2007-06-05T02:00 (client's local time) or add Z or an offset",
	}
}

// parseZone reads ±HH:MM or a name of the zone database.
func parseZone(text string) (*time.Location, error) {
	for _, layout := range []string{"-07:00", "-0700", "-07"} {
		if t, err := time.Parse(layout, text); err == nil {
			_, seconds := t.Zone()
			return time.FixedZone(text, seconds), nil
		}
	}
	if strings.Contains(text, "/") || text == "UTC" {
		if loc, err := time.LoadLocation(text); err == nil {
			return loc, nil
		}
	}
	return nil, &Error{
		Op: "parse", On: "--zone " + quote(text), Err: errors.New("not a time zone"),
		Do: "use an offset such as -05:00, or a name such as America/New_York",
	}
}

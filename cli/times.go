package cli

import (
	"errors"
	"strings"
	"time"
	_ "time/tzdata" // Windows has no database of zones

	"patchtrace/pipeline"
)

// parseTime reads a time that a user typed. local is true when it has no zone:
// its wall clock is then the client's.
func parseTime(flag, text string) (t time.Time, local bool, err error) {
	if t, local, ok := pipeline.ParseTime(text); ok {
		return t, local, nil
	}
	return time.Time{}, false, &Error{
		Op: "parse", On: flag + " " + quote(text), Err: errors.New("not a time"),
		Do: "use 2007-06-05T02:00 (client's local time) or add Z or an offset",
	}
}

// maxZone is more than any clock stands from UTC, in seconds.
const maxZone = 15 * 3600

// parseZone reads ±HH:MM or a name of the zone database.
func parseZone(text string) (*time.Location, error) {
	for _, layout := range []string{"-07:00", "-0700", "-07"} {
		if t, err := time.Parse(layout, text); err == nil {
			_, seconds := t.Zone()
			if max(seconds, -seconds) > maxZone {
				break
			}
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

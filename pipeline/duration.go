package pipeline

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	day     = 24 * time.Hour
	maxDays = 10 * 366
)

// Duration returns the value as Go has it.
func (d Duration) Duration() time.Duration { return time.Duration(d) }

// UnmarshalText reads "90s", "30m", "26h", "1h30m", "7d" or "1d12h".
func (d *Duration) UnmarshalText(text []byte) error {
	v, ok := parseDuration(string(text))
	if !ok {
		return advice{fmt.Sprintf("duration `%s`", text), "write it like 90s, 30m, 26h or 7d"}
	}
	*d = Duration(v)
	return nil
}

func parseDuration(s string) (time.Duration, bool) {
	var days time.Duration
	if head, rest, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.ParseUint(head, 10, 16)
		if err != nil || n > maxDays {
			return 0, false
		}
		days = time.Duration(n) * day
		if rest == "" {
			return days, true
		}
		s = rest
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 || v > maxDays*day {
		return 0, false
	}
	return days + v, true
}

func isDuration(s string) bool { _, ok := parseDuration(s); return ok }

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String returns the duration as a playbook spells it: "7d", "26h", "1h30m".
func (d Duration) String() string {
	v := time.Duration(d)
	if v >= 2*day && v%day == 0 {
		return strconv.FormatInt(int64(v/day), 10) + "d"
	}
	s := v.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

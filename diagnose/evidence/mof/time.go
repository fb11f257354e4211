package mof

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Time writes an instant as a CIM datetime, "yyyymmddHHMMSS.mmmmmmsUUU". UUU are
// minutes ahead of UTC: the opposite of a log's bias.
func Time(t time.Time) string {
	_, off := t.Zone()
	sign := '+'
	if off < 0 {
		sign, off = '-', -off
	}
	return fmt.Sprintf("%s%c%03d", t.Format("20060102150405.000000"), sign, off/60)
}

// ParseTime reads a CIM datetime. Asterisks stand for what is not known: in the
// time of day they are read as 0, in the zone as UTC; a date must be whole. An
// interval ("00000012030000.000000:000") is no instant and refused. An impossible zone
// is not known either.
func ParseTime(text string) (time.Time, error) {
	t, _, err := ParseClock(text)
	return t, err
}

// The zones that there are lie so many minutes from UTC, west and east.
const west, east = 12 * 60, 14 * 60

// ParseClock is ParseTime that tells whether the zone is known too. If it is not,
// or is one that nowhere on Earth has, t is a wall clock's time, given as if it were
// UTC.
func ParseClock(text string) (t time.Time, zoned bool, err error) {
	const (
		layout = "20060102150405.000000"
		date   = len("20060102")
	)
	text = strings.TrimSpace(text)
	if len(text) != len(layout)+4 {
		return time.Time{}, false, noTime(text, "it is not yyyymmddHHMMSS.mmmmmmsUUU")
	}
	clock, sign, zone := text[:len(layout)], text[len(layout)], text[len(layout)+1:]
	if sign == ':' {
		return time.Time{}, false, noTime(text, "it is an interval")
	}
	if strings.Contains(clock[:date], "*") {
		return time.Time{}, false, noTime(text, "its date is not whole")
	}
	clock = strings.ReplaceAll(clock, "*", "0")
	ahead := time.UTC
	if zone != "***" {
		minutes, err := strconv.ParseUint(zone, 10, 16) // three digits at most
		if err != nil || sign != '+' && sign != '-' {
			return time.Time{}, false, noTime(text, "its zone is no number of minutes")
		}
		offset := int(minutes)
		if sign == '-' {
			offset = -offset
		}
		if zoned = -west <= offset && offset <= east; zoned {
			ahead = time.FixedZone("", offset*60)
		}
	}
	if t, err = time.ParseInLocation(layout, clock, ahead); err != nil {
		return time.Time{}, false, noTime(text, "no such day or time")
	}
	return t, zoned, nil
}

func noTime(text, why string) error {
	const most = 40
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return fmt.Errorf("%w: %q is no datetime: %s", ErrSyntax, text, why)
}

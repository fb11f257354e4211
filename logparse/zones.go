package logparse

import "strings"

// zoneBias holds the English zone names that SMS 2.0 servers write, with their
// Windows bias: minutes to add to local time to get UTC. facts: log-formats.
var zoneBias = map[string]int16{
	"Alaskan Daylight Time":          480,
	"Alaskan Standard Time":          540,
	"AUS Eastern Daylight Time":      -660,
	"AUS Eastern Standard Time":      -600,
	"Atlantic Daylight Time":         180,
	"Atlantic Standard Time":         240,
	"Central Daylight Time":          300,
	"Central Europe Daylight Time":   -120,
	"Central Europe Standard Time":   -60,
	"Central Standard Time":          360,
	"China Standard Time":            -480,
	"E. Australia Standard Time":     -600,
	"E. South America Daylight Time": 120,
	"E. South America Standard Time": 180,
	"Eastern Daylight Time":          240,
	"Eastern Standard Time":          300,
	"FLE Daylight Time":              -180,
	"FLE Standard Time":              -120,
	"GMT Daylight Time":              -60,
	"GMT Standard Time":              0,
	"GTB Daylight Time":              -180,
	"GTB Standard Time":              -120,
	"Greenwich Standard Time":        0,
	"Hawaiian Standard Time":         600,
	"India Standard Time":            -330,
	"Mountain Daylight Time":         360,
	"Mountain Standard Time":         420,
	"New Zealand Daylight Time":      -780,
	"New Zealand Standard Time":      -720,
	"Newfoundland Daylight Time":     150,
	"Newfoundland Standard Time":     210,
	"Pacific Daylight Time":          420,
	"Pacific Standard Time":          480,
	"Romance Daylight Time":          -120,
	"Romance Standard Time":          -60,
	"SA Pacific Standard Time":       300,
	"Singapore Standard Time":        -480,
	"South Africa Standard Time":     -120,
	"Tokyo Standard Time":            -540,
	"US Mountain Standard Time":      420,
	"W. Europe Daylight Time":        -120,
	"W. Europe Standard Time":        -60,
}

// zoneOffset returns the distance from UTC, in minutes east, that an English
// zone name stands for. Localised and unknown names give false.
func zoneOffset(name string) (int16, bool) {
	bias, ok := zoneBias[name]
	if !ok && strings.Contains(name, "  ") {
		bias, ok = zoneBias[strings.Join(strings.Fields(name), " ")]
	}
	return -bias, ok
}

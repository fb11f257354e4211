package logparse

import "strings"

// readWSUS reads a line of a WSUS server's SoftwareDistribution.log into rec:
//
//	2024-01-16 18:55:05.166 UTC<TAB>Info<TAB>WsusService.15<TAB>Class.Method<TAB>Text
//
// Its third column is a process and a thread number. The time is UTC.
func readWSUS(at isoTime, rec *Record) bool {
	zone, rest := field(at.rest)
	if at.sep != '-' || zone != "UTC" {
		return false
	}
	level, rest := field(rest)
	sev, stated := wsusLevel(level)
	if !stated && !strings.HasPrefix(at.rest[strings.Index(at.rest, zone)+len(zone):], "\t") {
		return false // blanks for tabs are fine, but only where the level is known
	}
	process, rest := field(rest)
	method, text := field(rest)
	*rec = Record{Format: WSUS, Stamp: at.stamp(), Severity: sev, Stated: stated, Component: method, Message: text}
	if dot := strings.LastIndexByte(process, '.'); dot >= 0 {
		rec.Thread, rec.HasThread = decimal(process[dot+1:])
	}
	rec.Stamp.Zoned = rec.Stamp.Dated
	if !stated {
		rec.Severity = textSeverity(text)
	}
	return true
}

// wsusLevel reads the level column; "Change" tells of a setting that was
// changed.
func wsusLevel(word string) (Severity, bool) {
	switch word {
	case "Error":
		return Error, true
	case "Warning":
		return Warning, true
	case "Info", "Change":
		return Info, true
	}
	return Info, false
}

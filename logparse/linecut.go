package logparse

import "strings"

// lineCut returns an offset near the end of text such that parsing text[:n] as
// final and text[n:] afterwards gives the same records as parsing it whole; 0 if
// there is none. text may begin inside a line.
func lineCut(text string) int {
	end := strings.LastIndexByte(text, '\n') + 1
	if nul := strings.LastIndexByte(text[end:], 0); nul >= 0 {
		return end + nul + 1
	}
	cut, loose := 0, 0
	for end > 0 {
		start := strings.LastIndexByte(text[:end-1], '\n') + 1
		if nul := strings.LastIndexByte(text[start:end], 0); nul >= 0 {
			return start + nul + 1
		}
		if start == 0 {
			return 0 // perhaps the rest of a line
		}
		switch roleOf(text[start : end-1]) {
		case lineCloses:
			return end
		case lineLoose:
			loose++
		default:
			loose = 0
		}
		// No record joins two lines that have maxJoined loose ones between
		// them: with as many on both sides, nothing reaches over the cut.
		switch loose {
		case maxJoined:
			cut = start
		case 2 * maxJoined:
			return cut
		}
		end = start
	}
	return 0
}

// role is what a line can have to do with the lines around it.
type role uint8

const (
	lineCloses role = iota // nothing reaches over its end
	lineLoose              // it can be part of a record, and of what its lines are
	lineOpen               // it may go on, or begin before
)

// roleOf finds a line's role as step treats it.
func roleOf(s string) role {
	if len(s) > MaxRecord {
		return lineOpen // read in pieces
	}
	from, to := trimSpan(s, 0, len(s))
	s = s[from:to]
	body := unquote(s)
	if body == "" {
		return lineCloses
	}
	if strings.Contains(s, ccmEnd) {
		return lineOpen // what stands behind the record is a line again
	}
	switch state, length := lastTrailer(s); {
	case state == cutTrailer && length <= maxWrapped:
		return lineOpen
	case state != noTrailer:
		return lineCloses
	}
	var rec Record
	switch {
	case readDated(body, &rec), readPasted(s, orderUnknown, &rec):
		return lineCloses
	case threadEnd(s) && len(s) <= maxWrapped:
		return lineOpen
	case joinable(body):
		return lineLoose
	}
	return lineCloses
}

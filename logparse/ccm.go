package logparse

import "strings"

const (
	ccmStart = "<![LOG["
	ccmEnd   = "]LOG]!><"
	// ccmAttrMax bounds one attribute, so that a lost quote cannot eat the log.
	ccmAttrMax = 4 << 10
	// ccmTrailerMax bounds all of them.
	ccmTrailerMax = 8 * ccmAttrMax
)

// trailer reads the attributes at the start of text, which begins behind
// ]LOG]!><, as ccmTrailer does. They end with their line, at a hole and before the
// next record. It answers false for known when the record may still grow.
func (s *scanner) trailer(text string, final bool) (used int, known bool) {
	window := text[:min(len(text), ccmTrailerMax)]
	used, whole := ccmTrailer(window, &s.rec)
	if read := window[:used]; whole && strings.HasSuffix(read, ">") && simple(read) {
		return used, true // nearly always
	}
	full := len(window) == ccmTrailerMax
	if end := strings.IndexAny(window, "\n\x00"); end >= 0 {
		window = window[:end+1]
	}
	if next := strings.Index(window, ccmStart); next >= 0 {
		window, full = window[:next], true
	}
	s.rec = Record{Format: CCM, Message: s.rec.Message, Torn: s.rec.Torn}
	used, whole = ccmTrailer(window, &s.rec)
	s.rec.Torn = s.rec.Torn || !whole
	return used, whole || final || full
}

// simple is true for attributes that hold nothing that ends them.
func simple(s string) bool {
	return strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, 0) < 0 && (strings.IndexByte(s, '<') < 0 || !strings.Contains(s, ccmStart))
}

// ccmTrailer reads the attributes behind ]LOG]!>< into rec. It returns how many
// bytes of s belong to the record, the closing '>' included, and false when s
// ends before it.
func ccmTrailer(s string, rec *Record) (used int, whole bool) {
	var clock, date, sev string
	i, next := 0, attrTime
	for {
		for i < len(s) && s[i] == ' ' {
			i++
		}
		if i >= len(s) {
			break
		}
		if s[i] == '>' {
			i++
			whole = true
			break
		}
		attr, value, n := ccmAttr(s[i:], next)
		if n == 0 {
			// Neither attribute nor '>': the rest of the trailer is lost. What
			// was read so far counts.
			if whole = !attrPrefix(s[i:]); !whole {
				i = len(s) // the text ends in an attribute, which is the record's
			}
			break
		}
		i, next = i+n, attr+1
		switch attr {
		case attrTime:
			clock = value
		case attrDate:
			date = value
		case attrComponent:
			rec.Component = value
		case attrContext:
			rec.Context = value
		case attrType:
			sev = value
		case attrThread:
			rec.Thread, rec.HasThread = decimal(value)
		case attrFile:
			rec.File, rec.FileLine = splitSource(value)
		}
	}
	rec.Stamp = ccmStamp(clock, date)
	if rec.Stamp.Zoned && !rec.HasThread {
		rec.Stamp.Foreign = true // only scripts leave the thread out
	}
	ccmSeverity(rec, sev)
	return i, whole
}

// The attributes of a CCM record, as indexes of ccmAttrs.
const (
	attrTime = iota
	attrDate
	attrComponent
	attrContext
	attrType
	attrThread
	attrFile
	attrUnknown
)

var ccmAttrs = [...]string{`time="`, `date="`, `component="`, `context="`, `type="`, `thread="`, `file="`}

// ccmAttr reads name="value" from the start of s; n is 0 when there is none.
// likely is the attribute that native writers put here.
func ccmAttr(s string, likely int) (attr int, value string, n int) {
	attr, n = ccmAttrName(s, likely)
	if n == 0 {
		return attrUnknown, "", 0
	}
	rest := s[n:max(n, min(len(s), ccmAttrMax))]
	quote := strings.IndexByte(rest, '"')
	if quote < 0 {
		return attrUnknown, "", 0
	}
	return attr, rest[:quote], n + quote + 1
}

// ccmAttrName reads name=" from the start of s.
func ccmAttrName(s string, likely int) (attr, n int) {
	if likely < len(ccmAttrs) && strings.HasPrefix(s, ccmAttrs[likely]) {
		return likely, len(ccmAttrs[likely])
	}
	for i, name := range ccmAttrs {
		if strings.HasPrefix(s, name) {
			return i, len(name)
		}
	}
	eq := strings.IndexByte(s[:min(len(s), 33)], '=')
	if eq <= 0 || eq+1 >= len(s) || s[eq+1] != '"' {
		return attrUnknown, 0
	}
	return attrUnknown, eq + 2
}

// attrPrefix tells whether s may be the beginning of an attribute whose rest
// has not been written yet.
func attrPrefix(s string) bool {
	s = s[:len(s)-startedMarker(s)]
	if len(s) > ccmAttrMax || strings.ContainsAny(s, "\n\x00") {
		return false
	}
	eq := strings.IndexByte(s, '=')
	if eq < 0 {
		return len(s) <= 32
	}
	return eq > 0 && eq <= 32 && (eq+1 == len(s) || s[eq+1] == '"' && strings.IndexByte(s[eq+2:], '"') < 0)
}

// ccmStamp reads time="HH:mm:ss.fffBIAS" and date="MM-dd-yyyy". A bias is
// minutes west of UTC: UTC = local + bias.
func ccmStamp(clock, date string) Stamp {
	month, n := number(date, 2)
	if n == 0 || n >= len(date) || date[n] != '-' {
		return Stamp{}
	}
	date = date[n+1:]
	day, n := number(date, 2)
	if n == 0 || n >= len(date) || date[n] != '-' {
		return Stamp{}
	}
	year, n := number(date[n+1:], 4)
	if n != 4 {
		return Stamp{}
	}
	hour, minute, sec, rest, ok := clockOf(clock)
	if !ok {
		return Stamp{}
	}
	nanos, digits := int64(0), 0
	if rest != "" && rest[0] == '.' {
		value, n := number(rest[1:], 7)
		nanos, digits = fraction(value, n), n
		rest = rest[1+n:]
	}
	wall, ok := civil(year, month, day, hour, minute, sec, nanos)
	if !ok {
		return Stamp{}
	}
	st := Stamp{Wall: wall, Dated: true}
	readBias(&st, rest)
	if digits < 3 {
		st.Foreign = true // native writers pad to three digits or write seven
	}
	return st
}

// clockOf reads H:M:S from the start of s and returns what follows.
func clockOf(s string) (hour, minute, sec int, rest string, ok bool) {
	hour, n := number(s, 2)
	if n == 0 || n >= len(s) || s[n] != ':' {
		return 0, 0, 0, "", false
	}
	s = s[n+1:]
	minute, n = number(s, 2)
	if n == 0 || n >= len(s) || s[n] != ':' {
		return 0, 0, 0, "", false
	}
	s = s[n+1:]
	sec, n = number(s, 2)
	return hour, minute, sec, s[n:], n > 0
}

// readBias reads the Windows bias behind the fraction: +240, -060, and +-420,
// which scripts write when they put a plus before Win32_TimeZone.Bias. That
// number is an offset, so its bias is the positive one.
func readBias(st *Stamp, s string) {
	if len(s) < 2 || s[0] != '+' && s[0] != '-' {
		return
	}
	negative := s[0] == '-'
	s = s[1:]
	if s[0] == '-' && !negative {
		st.Foreign = true
		s = s[1:]
	}
	bias, n := number(s, 4)
	if n == 0 || n != len(s) || bias > 15*60 {
		return
	}
	if negative {
		bias = -bias
	}
	st.Offset = int16(-bias)
	st.Zoned = true
}

// ccmSeverity sets the severity from the type attribute, or from the text when
// the attribute is empty, missing or unknown.
func ccmSeverity(rec *Record, sev string) {
	if len(sev) == 1 && sev[0] >= '0' && sev[0] <= '3' {
		rec.Severity, rec.Stated = Severity(sev[0]-'0'), true
		return
	}
	rec.Severity, rec.Stated = textSeverity(rec.Message), false
}

// splitSource cuts "name.cpp:123" at its last colon if digits follow.
func splitSource(s string) (file string, line int) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 || colon+1 == len(s) || len(s)-colon > 9 {
		return s, 0
	}
	value, n := number(s[colon+1:], 8)
	if n != len(s)-colon-1 {
		return s, 0
	}
	return s[:colon], value
}

func decimal(s string) (uint64, bool) {
	if s == "" || len(s) > 19 {
		return 0, false
	}
	var v uint64
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 {
			return 0, false
		}
		v = v*10 + uint64(d)
	}
	return v, true
}

package logparse

import "strings"

// trailerTime reads the date of a trailer and tells its generation by it:
//
//	1  Wed May 21 17:09:02 1997~
//	2  Fri May 05 10:00:14.466 2000
//	3  Mon May 24 03:56:30.447 1999 Eastern Daylight Time
//	4  01-16-2024 13:54:02.117+300
//
// A date that cannot be read leaves the stamp undated.
func trailerTime(s string) (Stamp, Format) {
	if s == "" {
		return Stamp{}, DollarBare
	}
	if s[0]-'0' <= 9 {
		return numericTime(s), Dollar4
	}
	st, zone, fine, ok := namedTime(s)
	switch {
	case !ok:
		return Stamp{}, Dollar2
	case zone != "":
		st.Offset, st.Zoned = zoneOffset(zone)
		return st, Dollar3
	case fine:
		return st, Dollar2
	}
	return st, Dollar1
}

// numericTime reads "01-16-2024 13:54:02.117+300". The number behind the time
// is a Windows bias: minutes west of UTC.
func numericTime(s string) Stamp {
	month, n := number(s, 2)
	day, m := number(after(s, n, '-'), 2)
	year, k := number(after(s, n+1+m, '-'), 4)
	if n == 0 || m == 0 || k != 4 {
		return Stamp{}
	}
	hour, minute, sec, rest, ok := clockOf(trimLeft(s[n+1+m+1+k:]))
	if !ok {
		return Stamp{}
	}
	nanos, rest := pointed(rest)
	wall, ok := civil(year, month, day, hour, minute, sec, nanos)
	if !ok {
		return Stamp{}
	}
	st := Stamp{Wall: wall, Dated: true}
	st.Offset, st.Zoned = biasOffset(rest)
	return st
}

// after returns what follows the byte c at s[i]; "" when there is another.
func after(s string, i int, c byte) string {
	if i >= len(s) || s[i] != c {
		return ""
	}
	return s[i+1:]
}

// pointed reads a fraction of a second, ".466", in nanoseconds.
func pointed(s string) (nanos int64, rest string) {
	if s == "" || s[0] != '.' {
		return 0, s
	}
	value, n := number(s[1:], 9)
	return fraction(value, n), s[1+n:]
}

// biasOffset reads a bias of up to 15 hours, "+300", as minutes east of UTC.
func biasOffset(s string) (int16, bool) {
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	bias, n := number(s[1:], 4)
	if n == 0 || n != len(s)-1 || bias > maxBias {
		return 0, false
	}
	if s[0] == '-' {
		return int16(bias), true
	}
	return int16(-bias), true
}

// maxBias is more than any clock stands from UTC, in minutes.
const maxBias = 15 * 60

// namedTime reads "Fri May 05 10:00:14.466 2000", with any number of blanks
// between its parts. rest is what follows the year and its tildes; fine tells
// whether there was a fraction.
func namedTime(s string) (st Stamp, rest string, fine, ok bool) {
	_, s = field(s) // the day of the week
	name, s := field(s)
	day, n := number(s, 2)
	if n == 0 {
		return st, "", false, false
	}
	hour, minute, sec, s, ok := clockOf(trimLeft(s[n:]))
	if !ok {
		return st, "", false, false
	}
	fine = s != "" && s[0] == '.'
	nanos, s := pointed(s)
	s = trimLeft(s)
	year, n := number(s, 4)
	if n != 4 {
		return st, "", false, false
	}
	st.Wall, st.Dated = civil(year, monthOf(name), day, hour, minute, sec, nanos)
	return st, strings.Trim(s[n:], "~ \t"), fine, true
}

// monthOf finds the month of an English three-letter name; 0 is none.
func monthOf(name string) int {
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	if len(name) != 3 {
		return 0
	}
	for i := 0; i < len(names); i += 3 {
		if name[0]|0x20 == names[i] && name[1]|0x20 == names[i+1] && name[2]|0x20 == names[i+2] {
			return i/3 + 1
		}
	}
	return 0
}

// trailerThread reads "561 (0x231)". Generation 1 writes bare hex instead:
// "DB", and "127" for 295.
func trailerThread(s string, gen Format) (uint64, bool) {
	word, _ := field(s)
	if gen == Dollar1 && len(word) == len(s) {
		return hexadecimal(word)
	}
	return decimal(word)
}

// statusZone derives the zone of a status message's stamp from its GMTDATE,
// which is UTC and written in the same moment.
func statusZone(msg string, st *Stamp) {
	const field = "GMTDATE="
	i := strings.Index(msg, field)
	if i < 0 {
		return
	}
	utc, _, _, ok := namedTime(msg[i+len(field):])
	if !ok || !utc.Dated {
		return
	}
	const quarter = 15 * 60 * int64(1e9)
	east := st.Wall - utc.Wall
	if east < 0 {
		east -= quarter / 2
	} else {
		east += quarter / 2
	}
	if minutes := east / quarter * 15; minutes >= -maxBias && minutes <= maxBias {
		st.Offset, st.Zoned = int16(minutes), true
	}
}

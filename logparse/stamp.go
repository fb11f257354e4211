package logparse

// The years that a log line can come from. What lies outside is a trace
// formatter's 1600 or a torn number, not a time.
const (
	minYear = 1980
	maxYear = 2200
)

var monthDays = [...]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// civil returns the wall clock as nanoseconds from 1970-01-01 00:00, and false
// when the numbers are no date and time. nanos is the fraction of the second.
func civil(year, month, day, hour, minute, sec int, nanos int64) (int64, bool) {
	if year < minYear || year > maxYear || month < 1 || month > 12 || day < 1 || day > monthDays[month] ||
		uint(hour) > 23 || uint(minute) > 59 || uint(sec) > 59 {
		return 0, false
	}
	if month == 2 && day == 29 && !leap(year) {
		return 0, false
	}
	secs := int64(daysFrom1970(year, month, day))*86400 + int64(hour)*3600 + int64(minute)*60 + int64(sec)
	return secs*1e9 + nanos, true
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// daysFrom1970 counts days in the proleptic Gregorian calendar; the year is
// taken to begin in March so that the leap day comes last.
func daysFrom1970(year, month, day int) int {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	yoe := year - era*400
	doy := (153*(month-3)+2)/5 + day - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// number reads up to max decimal digits from the start of s and returns their
// value and count; count is 0 when s does not begin with a digit.
func number(s string, max int) (value, count int) {
	for count < len(s) && count < max {
		d := s[count] - '0'
		if d > 9 {
			break
		}
		value = value*10 + int(d)
		count++
	}
	return value, count
}

// fraction turns the digits behind a decimal point into nanoseconds. One or two
// digits are whole milliseconds without padding, as scripts write them.
func fraction(value, digits int) int64 {
	n := int64(value)
	if digits <= 3 {
		return n * 1e6
	}
	for ; digits < 9; digits++ {
		n *= 10
	}
	return n
}

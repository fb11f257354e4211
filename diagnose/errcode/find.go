package errcode

import "math"

// Found is a code in a text.
type Found struct {
	// Value is the code in its normal form. An HTTP status is the HRESULT that
	// carries it: 0x801901F6 for "HTTP status 502".
	Value uint32
	// Start and End are the byte range in the text. Of a code that is written
	// twice, "0x87D00669(-2016410007)", it covers both.
	Start, End int
}

// Find returns the codes in a log line in the order in which they stand,
// success included. A number counts by its looks if it can hardly be anything
// else: eight hex digits after 0x, or ten decimal ones, that begin like a
// failure. Every other number needs a word before it that says what it is
// (error, exit code, hr, result, …), so that status message ids, state ids,
// threads, source lines, versions, times and parts of GUIDs are not taken for
// codes. Find is linear in the length of the text.
func Find(msg string) []Found {
	f := finder{msg: msg}
	for i := 0; i < len(msg); {
		if !isWord(msg[i]) {
			i++
			continue
		}
		end := i + 1
		for end < len(msg) && isWord(msg[end]) {
			end++
		}
		if isDigit(msg[i]) || end-i == 8 && msg[i]|0x20 == 'c' {
			f.number(i, end)
		}
		i = end
	}
	return f.found
}

// finder goes through one text.
type finder struct {
	msg   string
	found []Found
	// passed is the newest number that was judged to be no code, and where it
	// ends; its repetition in parentheses is none either.
	passed    uint32
	passedEnd int
	// complaint is where the text first says that something is wrong, plus one;
	// 0 before it was looked for, -1 if it does not.
	complaint int
}

// number judges the word in [start, end).
func (f *finder) number(start, end int) {
	n, form := readNumber(f.msg[start:end])
	if form == notNumber || !f.endsClean(end, form) {
		return
	}
	signed := form != longHex && form != shortHex && f.signed(start, end)
	if signed {
		start--
	}
	v, ok := f.judge(n, form, signed, start, end)
	switch {
	case !ok:
		f.passed, f.passedEnd = uint32(n), end
	case f.passedEnd > 0 && v == f.passed && f.repeats(f.passedEnd, start):
	case f.again(v, start, end):
	default:
		f.found = append(f.found, Found{v, start, end})
	}
}

// endsClean tells whether the number ends where the word does, and is not the
// head of a version, time, date, percentage, fraction or GUID.
func (f *finder) endsClean(end int, form form) bool {
	if end >= len(f.msg) || form == longHex {
		return true
	}
	next := byte(0)
	if end+1 < len(f.msg) {
		next = f.msg[end+1]
	}
	switch f.msg[end] {
	case '%':
		return false
	case '.', ':', '/':
		return !isDigit(next)
	case '-':
		return !isDigit(next) && (form == decimal || !isLetter(next))
	}
	return true
}

// signed tells whether the "-" before start is a sign and no hyphen.
func (f *finder) signed(start, end int) bool {
	if start == 0 || f.msg[start-1] != '-' {
		return false
	}
	if start == 1 {
		return true
	}
	switch before := f.msg[start-2]; {
	case isDigit(before), before == '_', before == ')', before == '-':
		return false
	case isLetter(before):
		return end-start >= 9 // "error-2147467259", but not "error-5"
	}
	return true
}

// judge decides whether a number is a code, and which.
func (f *finder) judge(n uint64, form form, signed bool, start, end int) (uint32, bool) {
	switch form {
	case longHex:
		return f.judgeLongHex(uint32(n), start)
	case shortHex:
		return f.judgeShortHex(uint32(n), start, end)
	}
	if signed {
		return f.judgeSigned(f.msg[start+1:end], start)
	}
	switch form {
	case bareHex, anyHex:
		return f.judgeBareHex(uint32(n), form, start)
	default:
		return f.judgeDecimal(n, start, end)
	}
}

func (f *finder) judgeLongHex(v uint32, start int) (uint32, bool) {
	switch f.wordsBefore(start) {
	case saysOther:
		return 0, false
	case saysCode, saysHTTP, saysSend, saysException:
		return v, true
	}
	if looksFailed(v) || v == 0 {
		return v, true
	}
	_, known := lookup(v) // a success code of a family
	return v, known && v >= shortLimit
}

func (f *finder) judgeShortHex(v uint32, start, end int) (uint32, bool) {
	switch f.wordsBefore(start) {
	case saysCode, saysSend:
		return v, true
	case saysHTTP:
		return httpCode(uint64(v))
	case saysReturned:
		return v, f.complains(start)
	case saysOther:
		return 0, false
	}
	// "Error launching (#0x5)", "finished installing (0x0)"
	marked := start > 1 && f.msg[start-2:start] == "(#"
	return v, f.closed(end) && (marked || v == 0 && start > 0 && f.msg[start-1] == '(')
}

// judgeSigned takes the digits after the sign.
func (f *finder) judgeSigned(digits string, start int) (uint32, bool) {
	n, ok := parseDecimal(digits, true)
	if !ok {
		return 0, false
	}
	switch f.wordsBefore(start) {
	case saysCode, saysSend, saysException:
		return n, true
	case saysOther:
		return 0, false
	}
	return n, len(digits) >= 9 && looksFailed(n)
}

func (f *finder) judgeBareHex(v uint32, form form, start int) (uint32, bool) {
	if start > 0 && f.msg[start-1] == '-' {
		return 0, false // a part of a GUID
	}
	switch said := f.wordsBefore(start); {
	case said == saysCode && f.afterHR(start):
		return v, true
	case said == saysCode, said == saysException, said == saysSend:
		return v, form == bareHex
	}
	return 0, false
}

func (f *finder) judgeDecimal(n uint64, start, end int) (uint32, bool) {
	hyphen := start > 0 && f.msg[start-1] == '-'
	if n > math.MaxUint32 || hyphen || f.counts(end) {
		return 0, false
	}
	v := uint32(n)
	switch f.wordsBefore(start) {
	case saysCode:
		return v, true
	case saysSend:
		if hr, ok := httpCode(n); ok {
			return hr, true
		}
		return v, true
	case saysHTTP:
		return httpCode(n)
	case saysOther:
		return 0, false
	case saysReturned:
		return v, f.complains(start)
	}
	if looksFailed(v) {
		_, known := lookup(v)
		return v, known // ten digits that are a row of the table are no accident
	}
	return v, n < shortLimit && f.inParentheses(start, end) && f.complains(start)
}

// httpCode returns the code of an HTTP status that is a fault, or of a WinHTTP
// number that stands in its place. "HTTP code 600" is a mark of the client's
// own and neither.
func httpCode(n uint64) (uint32, bool) {
	switch {
	case 400 <= n && n <= 599:
		return httpHRESULT(uint32(n)), true
	case 12001 <= n && n <= 12184:
		return uint32(n), true
	}
	return 0, false
}

// inParentheses tells whether the number stands alone in parentheses that end
// a clause: "… failed for user X (1722)".
func (f *finder) inParentheses(start, end int) bool {
	if start < 2 || f.msg[start-1] != '(' || f.msg[start-2] != ' ' && f.msg[start-2] != '\t' {
		return false
	}
	return f.closed(end) && f.endsClause(end+1)
}

// closed tells whether ")" stands at end.
func (f *finder) closed(end int) bool {
	return end < len(f.msg) && f.msg[end] == ')'
}

func (f *finder) endsClause(at int) bool {
	for at < len(f.msg) && f.msg[at] == ' ' {
		at++
		if at < len(f.msg) && isWord(f.msg[at]) {
			return false
		}
	}
	if at >= len(f.msg) {
		return true
	}
	switch f.msg[at] {
	case '~', '.', ',', ';', '!', '\r', '\n', '\t':
		return true
	}
	return false
}

// again tells whether the code repeats the one just before it in another
// spelling, and then makes the two one.
func (f *finder) again(v uint32, start, end int) bool {
	if len(f.found) == 0 {
		return false
	}
	last := &f.found[len(f.found)-1]
	if hresult(last.Value) != hresult(v) || !f.repeats(last.End, start) {
		return false
	}
	if f.msg[start-1] == '(' && f.closed(end) {
		end++
	}
	last.Value, last.End = max(last.Value, v), end
	return true
}

// repeats tells whether what lies between two numbers says that the second
// repeats the first: "(", " (", " = ", "/", "[".
func (f *finder) repeats(end, start int) bool {
	if start-end < 1 || start-end > 4 {
		return false
	}
	sign := false
	for _, b := range []byte(f.msg[end:start]) {
		switch b {
		case '(', '[', '=', '/', '#':
			sign = true
		case ' ':
		default:
			return false
		}
	}
	return sign
}

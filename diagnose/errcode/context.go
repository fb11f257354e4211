package errcode

// said is what the words before a number say that it is.
type said uint8

const (
	saysNothing said = iota
	// saysCode: error, code, exit code, hr, result, Win32, return code, …
	saysCode
	// saysHTTP: HTTP status, HTTP error, StatusCode.
	saysHTTP
	// saysSend: "HttpSendRequest failed", by an HTTP status or a WinHTTP number.
	saysSend
	// saysException: a crash; its code is long.
	saysException
	// saysReturned: "returned", which is weak.
	saysReturned
	// saysOther: thread, StateId, dwFlags, …: surely no code.
	saysOther
)

// Limits of the look back, so that it is constant work for each number.
const (
	maxGap  = 8
	maxWord = 40
)

// words reads a text backwards, word by word.
type words struct {
	msg string
	at  int
	buf [maxWord]byte
}

// wordsBefore says what the text before start makes of the number there.
func (f *finder) wordsBefore(start int) said {
	w := words{msg: f.msg, at: start}
	word := string(w.previous(isJoint))
	for range 2 {
		if !isFiller(word) {
			break
		}
		to := word == "to"
		word = string(w.previous(isJoint))
		if to && word != "" && isDigit(word[0]) { // "error 12029 to 1231"
			word = string(w.previous(isJoint))
		}
	}
	return w.classify(word, f.assigned(start))
}

// assigned tells whether "=" or ":" stands directly before the number.
func (f *finder) assigned(start int) bool {
	for start > 0 && isBlank(f.msg[start-1]) {
		start--
	}
	return start > 0 && (f.msg[start-1] == '=' || f.msg[start-1] == ':')
}

// classify judges the word that w has just read.
func (w *words) classify(word string, assigned bool) said {
	switch word {
	case "":
		return saysNothing
	case "error", "err":
		return w.classifyError()
	case "code", "codes":
		return w.classifyCode()
	case "result", "results":
		return w.classifyResult()
	case "exitcode", "errorcode", "returncode", "resultcode", "retcode", "errcode", "jobresult", "hrresult",
		"exit_code", "error_code", "return_code", "hresult", "win32", "errorlevel":
		return saysCode
	case "hr", "le", "rc": // short enough to be something else
		if assigned {
			return saysCode
		}
		return saysNothing
	case "status":
		return w.after("http", saysHTTP)
	case "http", "statuscode", "httpstatus", "httpstatuscode", "httpcode":
		return saysHTTP
	case "exception":
		return saysException
	case "returned":
		return saysReturned
	case "failed":
		return w.after("httpsendrequest", saysSend)
	}
	return byVariable(word)
}

// after returns what if the word before is the qualifier.
func (w *words) after(qualifier string, what said) said {
	if string(w.previous(isBlank)) == qualifier {
		return what
	}
	return saysNothing
}

func (w *words) classifyError() said {
	switch string(w.previous(isBlank)) {
	case "http":
		return saysHTTP
	case "client": // "soap client error = 7" counts the client's own states
		if string(w.previous(isBlank)) == "soap" {
			return saysNothing
		}
	case "an": // "The remote server returned an error: (407)"
		if string(w.previous(isBlank)) == "returned" && string(w.previous(isBlank)) == "server" {
			return saysHTTP
		}
	}
	return saysCode
}

// classifyCode judges "code", which many things have, such as events and
// sites: only those that are known to mean an error count.
func (w *words) classifyCode() said {
	switch string(w.previous(isBlank)) {
	case "return", "error":
		switch string(w.previous(isBlank)) {
		case "sp", "procedure", "proc": // the answer of a stored procedure
			return saysNothing
		case "http", "soap":
			return saysHTTP
		}
		return saysCode
	case "", "exit", "result", "failure", "hresult", "win32", "native", "inner", "system", "windows",
		"with", "a", "the", "this", "has", "and":
		return saysCode
	case "http", "status":
		return saysHTTP
	case "response":
		return w.after("http", saysHTTP)
	}
	return saysNothing
}

// classifyResult leaves out the results of database calls.
func (w *words) classifyResult() said {
	switch string(w.previous(isBlank)) {
	case "insert", "update", "query", "sql", "sp":
		return saysNothing
	}
	return saysCode
}

// byVariable judges the names of variables: m_hrError, installerError,
// GetLastError; dwFlags, hThread, StateId.
func byVariable(word string) said {
	switch {
	case hasSuffix(word, "error"), hasSuffix(word, "hresult"), hasSuffix(word, "_hr"),
		hasSuffix(word, "exitcode"), hasSuffix(word, "returncode"), hasSuffix(word, "errorcode"):
		return saysCode
	case hasSuffix(word, "thread"), hasSuffix(word, "threadid"), hasSuffix(word, "flags"),
		hasSuffix(word, "handle"), hasSuffix(word, "address"), hasSuffix(word, "mask"):
		return saysOther
	}
	switch word {
	case "id", "pid", "tid", "processid", "stateid", "messageid", "eventid", "jobid", "offset", "size",
		"bytes", "line", "version", "cookie", "crc", "hash", "port", "flag", "pointer", "ptr", "base", "key":
		return saysOther
	}
	return saysNothing
}

func hasSuffix(word, suffix string) bool {
	return len(word) >= len(suffix) && word[len(word)-len(suffix):] == suffix
}

// previous returns the word before w.at in lower case, in a buffer that the
// next call uses again, and nothing if more than joints lie between or if the
// word is too long.
func (w *words) previous(joint func(byte) bool) []byte {
	end := w.at
	for gap := 0; end > 0 && joint(w.msg[end-1]); gap++ {
		if gap == maxGap {
			return nil
		}
		end--
	}
	if end >= 2 && w.msg[end-2:end] == "()" { // GetLastError() = 5
		end -= 2
	}
	start := end
	for start > 0 && isWord(w.msg[start-1]) {
		if end-start == maxWord {
			return nil
		}
		start--
	}
	w.at = start
	word := w.buf[:end-start]
	for i := range word {
		word[i] = lower(w.msg[start+i])
	}
	return word
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b | 0x20
	}
	return b
}

// isJoint tells what may lie between a number and the word that introduces it.
func isJoint(b byte) bool {
	switch b {
	case ' ', '\t', '=', ':', '(', '[', '#', '"', '\'', '-', '>':
		return true
	}
	return false
}

func isBlank(b byte) bool {
	return b == ' ' || b == '\t'
}

// isFiller tells the words that may stand between: "The exit code is 1603".
func isFiller(word string) bool {
	switch word {
	case "is", "was", "of", "number", "no", "value", "to":
		return true
	}
	return false
}

// afterHR tells whether "hr" introduces the number at start.
func (f *finder) afterHR(start int) bool {
	w := words{msg: f.msg, at: start}
	word := w.previous(isJoint)
	return string(word) == "hr" || string(word) == "hresult"
}

// counts tells whether the word after a number says that it is a quantity:
// "error: 3 updates".
func (f *finder) counts(end int) bool {
	if end >= len(f.msg) || f.msg[end] != ' ' {
		return false
	}
	start := end + 1
	end = start
	for end < len(f.msg) && isLetter(f.msg[end]) && end-start < maxWord {
		end++
	}
	switch string(toLower(f.msg[start:end])) {
	case "update", "updates", "errors", "warnings", "time", "times", "seconds", "second", "minutes", "hours",
		"days", "files", "file", "records", "items", "item", "retries", "bytes", "of", "out", "percent", "kb", "mb", "ms":
		return true
	}
	return false
}

func toLower(s string) []byte {
	var buf [maxWord]byte
	b := buf[:min(len(s), maxWord)]
	for i := range b {
		b[i] = lower(s[i])
	}
	return b
}

// complains tells whether the text before start speaks of an error or problem,
// so that a number with no other word is worth a look.
func (f *finder) complains(start int) bool {
	if f.complaint == 0 {
		f.complaint = -1
		if at := indexWord(f.msg, "error", "problem"); at >= 0 {
			f.complaint = at + 1
		}
	}
	return f.complaint > 0 && f.complaint <= start
}

// indexWord returns where the first of the words stands in msg, in any case,
// or -1.
func indexWord(msg string, lowered ...string) int {
	for i := 0; i < len(msg); i++ {
		if !isLetter(msg[i]) || i > 0 && isWord(msg[i-1]) {
			continue
		}
		for _, word := range lowered {
			if startsWith(msg[i:], word) {
				return i
			}
		}
	}
	return -1
}

func startsWith(s, lowered string) bool {
	if len(s) < len(lowered) || len(s) > len(lowered) && isWord(s[len(lowered)]) {
		return false
	}
	for i := range len(lowered) {
		if lower(s[i]) != lowered[i] {
			return false
		}
	}
	return true
}

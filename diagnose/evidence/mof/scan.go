package mof

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads the words of a text. The first fault stays: all that is asked for
// after it fails.
type scanner struct {
	text string
	at   int
	err  error

	depth int
	props int // of all instances
	// line is that of the byte seen, which place has come to.
	line, seen int
}

// place is where the byte at stands.
func (s *scanner) place(at int) Place {
	if at < s.seen {
		s.line, s.seen = 0, 0
	}
	s.line += strings.Count(s.text[s.seen:at], "\n")
	s.seen = at
	return Place{Line: s.line + 1, Offset: int64(at)}
}

// want notes a fault: what stands here is not what is expected.
func (s *scanner) want(what string) bool {
	return s.stop(ErrSyntax, "want %s, found %s", what, s.found())
}

// tooMuch notes that a bound was hit.
func (s *scanner) tooMuch(format string, args ...any) bool {
	return s.stop(ErrLimit, format, args...)
}

func (s *scanner) stop(kind error, format string, args ...any) bool {
	if s.err == nil {
		s.err = &Error{Place: s.place(min(s.at, len(s.text))), What: fmt.Sprintf(format, args...), Err: kind}
	}
	return false
}

// found quotes the next few characters.
func (s *scanner) found() string {
	const few = 20
	rest := s.text[min(s.at, len(s.text)):]
	if rest == "" {
		return "the end of the text"
	}
	if i := strings.IndexAny(rest, "\r\n"); i > 0 {
		rest = rest[:i]
	}
	if len(rest) > few {
		rest = strings.ToValidUTF8(rest[:few], "") + "…"
	}
	return strconv.Quote(rest)
}

// blank passes blanks, padding and comments over; false at the end of the text.
func (s *scanner) blank() bool {
	for s.err == nil && s.at < len(s.text) {
		rest := s.text[s.at:]
		switch {
		case strings.IndexByte(" \t\r\n\f\v\x00\x1a", rest[0]) >= 0: // Ctrl+Z ended texts of DOS
			s.at++
		case strings.HasPrefix(rest, "\ufeff"), strings.HasPrefix(rest, "\u00a0"):
			_, n := utf8.DecodeRuneInString(rest)
			s.at += n
		case strings.HasPrefix(rest, "//"):
			s.at += lineLength(rest)
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				s.at = len(s.text)
				return s.want("*/ at the end of a comment")
			}
			s.at += 2 + end + 2
		default:
			return true
		}
	}
	return false
}

func lineLength(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}

// next returns the character that follows, 0 at the end or after a fault.
func (s *scanner) next() byte {
	if !s.blank() {
		return 0
	}
	return s.text[s.at]
}

// sign passes a character over if it is the next one.
func (s *scanner) sign(c byte) bool {
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

// name reads a name, "" if none is next.
func (s *scanner) name() string { return s.run("") }

// bare reads what may stand without quotes: a name, a number, an alias.
func (s *scanner) bare() string { return s.run("+-.*:$#") }

func (s *scanner) run(more string) string {
	if !s.blank() {
		return ""
	}
	start := s.at
	for s.at < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[s.at:])
		if r != '_' && !letter(r) && !(r < utf8.RuneSelf && strings.IndexByte(more, byte(r)) >= 0) {
			break
		}
		s.at += n
	}
	return s.text[start:s.at]
}

// isWord tells whether a word is one of the language, in any case. Its letters are
// ASCII: a long s is none of them.
func isWord(word, keyword string) bool {
	return len(word) == len(keyword) && strings.EqualFold(word, keyword)
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// quoted reads a string, of several pieces maybe: "a" "b".
func (s *scanner) quoted() (string, bool) {
	text, ok := s.piece()
	if !ok || s.next() != '"' {
		return text, ok && s.err == nil
	}
	var b strings.Builder
	b.WriteString(text)
	for ok && s.next() == '"' {
		if text, ok = s.piece(); b.Len()+len(text) > maxValue {
			return "", s.tooMuch("a value of more than %d bytes", maxValue)
		}
		b.WriteString(text)
	}
	return b.String(), ok && s.err == nil
}

// piece reads one string, at its quote.
func (s *scanner) piece() (string, bool) {
	s.at++
	start := s.at
	n := strings.IndexAny(s.text[start:], `"\`)
	if n >= 0 && n <= maxValue && s.text[start+n] == '"' {
		s.at += n + 1
		return s.text[start : start+n], true
	}
	var b strings.Builder
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return b.String(), true
		case b.Len() >= maxValue:
			return "", s.tooMuch("a value of more than %d bytes", maxValue)
		case c == '\\' && s.at+1 < len(s.text):
			s.at++
			s.escape(&b)
		default:
			b.WriteByte(c)
			s.at++
		}
	}
	return "", s.want(`" at the end of a string`)
}

// curly is how long the quotation mark is that stands here, 0 if none does. Mail
// programs and Word make such marks of those that MOF has.
func (s *scanner) curly() int {
	if s.at >= len(s.text) {
		return 0
	}
	r, n := utf8.DecodeRuneInString(s.text[s.at:])
	if r < '\u201c' || r > '\u201f' { // “ ” „ ‟
		return 0
	}
	return n
}

// pasted reads a string in such marks. It ends with the first mark of any kind that
// has no backslash before it: what then is no end of a value is a fault, as are
// several pieces, since nobody knows which marks the text had itself.
func (s *scanner) pasted() (string, bool) {
	s.at += s.curly()
	var b strings.Builder
	for s.at < len(s.text) {
		n := s.curly()
		switch c := s.text[s.at]; {
		case n > 0 || c == '"':
			s.at += max(n, 1)
			return b.String(), true
		case b.Len() >= maxValue:
			return "", s.tooMuch("a value of more than %d bytes", maxValue)
		case c == '\\' && s.at+1 < len(s.text):
			s.at++
			if n := s.curly(); n > 0 {
				b.WriteByte('"')
				s.at += n
				continue
			}
			s.escape(&b)
		default:
			b.WriteByte(c)
			s.at++
		}
	}
	return "", s.want("” at the end of a string")
}

// escape reads what stands behind a backslash. What is no escape stands for
// itself.
func (s *scanner) escape(b *strings.Builder) {
	c := s.text[s.at]
	if c == 'x' || c == 'X' {
		if r, ok := s.hex(); ok {
			b.WriteRune(r)
			return
		}
	}
	s.at++
	if k := strings.IndexByte(escapes, c); k >= 0 {
		c = escaped[k]
	}
	b.WriteByte(c)
}

// hex reads xHHHH of one to four digits: a UTF-16 code unit, so that two of them
// may be one character.
func (s *scanner) hex() (rune, bool) {
	r, n := hexUnit(s.text[s.at:])
	if n == 0 {
		return 0, false
	}
	s.at += n
	if !utf16.IsSurrogate(r) {
		return r, true
	}
	if rest, ok := strings.CutPrefix(s.text[s.at:], `\`); ok {
		low, n := hexUnit(rest)
		if whole := utf16.DecodeRune(r, low); n > 0 && whole != utf8.RuneError {
			s.at += 1 + n
			return whole, true
		}
	}
	return utf8.RuneError, true
}

// hexUnit reads an x and its digits, and returns how long they are.
func hexUnit(s string) (r rune, n int) {
	if s == "" || s[0] != 'x' && s[0] != 'X' {
		return 0, 0
	}
	for n = 1; n < len(s) && n <= 4; n++ {
		digit, err := strconv.ParseUint(s[n:n+1], 16, 8)
		if err != nil {
			break
		}
		r = r<<4 | rune(digit)
	}
	if n == 1 {
		return 0, 0
	}
	return r, n
}

// Package mof writes and reads instances of WMI classes as text, in the form in
// which wbemtest shows them ("Show MOF"). A file of the lab's repository holds a
// class and its instances.
package mof

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Instance is one instance of a class.
type Instance struct {
	Class string
	Props []Prop
}

// Prop is a property: a string, or a number.
type Prop struct {
	Name string
	// Text is the value, a number in decimal.
	Text string
	// Number is true when the value stands without quotes.
	Number bool
}

// Get returns a property's value, "" when the instance lacks it. Names are
// compared without case.
func (i *Instance) Get(name string) string {
	for _, p := range i.Props {
		if strings.EqualFold(p.Name, name) {
			return p.Text
		}
	}
	return ""
}

// Set sets a property to a string.
func (i *Instance) Set(name, value string) { i.set(Prop{Name: name, Text: value}) }

// SetNumber sets a property to a number.
func (i *Instance) SetNumber(name string, value int) {
	i.set(Prop{Name: name, Text: strconv.Itoa(value), Number: true})
}

func (i *Instance) set(p Prop) {
	for k := range i.Props {
		if strings.EqualFold(i.Props[k].Name, p.Name) {
			i.Props[k] = p
			return
		}
	}
	i.Props = append(i.Props, p)
}

// String writes the instance.
func (i *Instance) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "instance of %s\n{\n", i.Class)
	for _, p := range i.Props {
		value := p.Text
		if !p.Number {
			value = quoted(value)
		}
		fmt.Fprintf(&b, "\t%s = %s;\n", p.Name, value)
	}
	b.WriteString("};\n")
	return b.String()
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

func quoted(s string) string { return `"` + escapes.Replace(s) + `"` }

// ErrSyntax says that a text is no MOF, or that it is cut.
var ErrSyntax = errors.New("no valid MOF")

// Parse reads the instances of a text. Class declarations, comments and pragmas
// are passed over. Of a text that is damaged it returns what stands before the
// damage, and an error that wraps ErrSyntax.
func Parse(text string) ([]Instance, error) {
	s := scanner{text: text}
	var list []Instance
	for {
		word, ok := s.word()
		switch {
		case !ok && s.atEnd():
			return list, nil
		case !ok:
			return list, s.fault("a declaration")
		case strings.EqualFold(word, "class"):
			if !s.skip() {
				return list, s.fault("the end of a class")
			}
		case strings.EqualFold(word, "instance"):
			i, err := s.instance()
			if err != nil {
				return list, err
			}
			list = append(list, i)
		default:
			return list, s.fault("class or instance")
		}
	}
}

// scanner reads the words of a text.
type scanner struct {
	text string
	at   int
}

func (s *scanner) fault(want string) error {
	line := 1 + strings.Count(s.text[:min(s.at, len(s.text))], "\n")
	return fmt.Errorf("%w: line %d: want %s", ErrSyntax, line, want)
}

// blank passes blanks, comments and pragmas over.
func (s *scanner) blank() {
	for s.at < len(s.text) {
		rest := s.text[s.at:]
		switch {
		case strings.ContainsRune(" \t\r\n\ufeff", rune(rest[0])):
			s.at++
		case strings.HasPrefix(rest, "\ufeff"):
			s.at += len("\ufeff")
		case strings.HasPrefix(rest, "//"), rest[0] == '#':
			s.at += lineLength(rest)
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest, "*/")
			if end < 0 {
				s.at = len(s.text)
				return
			}
			s.at += end + 2
		default:
			return
		}
	}
}

func lineLength(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}

func (s *scanner) atEnd() bool { s.blank(); return s.at >= len(s.text) }

// word reads a name or a number.
func (s *scanner) word() (string, bool) {
	s.blank()
	start := s.at
	for s.at < len(s.text) && wordChar(s.text[s.at]) {
		s.at++
	}
	return s.text[start:s.at], s.at > start
}

func wordChar(c byte) bool {
	return c == '_' || c == '-' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (s *scanner) sign(c byte) bool {
	s.blank()
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// skip passes a class declaration over, up to "};".
func (s *scanner) skip() bool {
	end := strings.Index(s.text[s.at:], "};")
	if end < 0 {
		s.at = len(s.text)
		return false
	}
	s.at += end + 2
	return true
}

func (s *scanner) instance() (Instance, error) {
	var i Instance
	if of, _ := s.word(); !strings.EqualFold(of, "of") {
		return i, s.fault("instance of")
	}
	var ok bool
	if i.Class, ok = s.word(); !ok || !s.sign('{') {
		return i, s.fault("a class and {")
	}
	for !s.sign('}') {
		p, err := s.prop()
		if err != nil {
			return i, err
		}
		i.Props = append(i.Props, p)
	}
	if !s.sign(';') {
		return i, s.fault("; behind }")
	}
	return i, nil
}

func (s *scanner) prop() (Prop, error) {
	var p Prop
	var ok bool
	if p.Name, ok = s.word(); !ok || !s.sign('=') {
		return p, s.fault("name = value")
	}
	if p.Text, ok = s.quoted(); !ok {
		if p.Text, p.Number = s.word(); !p.Number {
			return p, s.fault("a value")
		}
	}
	if !s.sign(';') {
		return p, s.fault("; behind a value")
	}
	return p, nil
}

func (s *scanner) quoted() (string, bool) {
	if !s.sign('"') {
		return "", false
	}
	var b strings.Builder
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return b.String(), true
		case c == '\\' && s.at+1 < len(s.text):
			s.at++
			b.WriteByte(unescape(s.text[s.at]))
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

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

// ParseTime reads what Time writes.
func ParseTime(text string) (time.Time, error) {
	const layout = "20060102150405.000000"
	if len(text) != len(layout)+4 {
		return time.Time{}, fmt.Errorf("%w: %q is no datetime", ErrSyntax, text)
	}
	minutes, err := strconv.Atoi(text[len(layout):])
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %q is no datetime", ErrSyntax, text)
	}
	t, err := time.ParseInLocation(layout, text[:len(layout)], time.FixedZone("", minutes*60))
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %q is no datetime", ErrSyntax, text)
	}
	return t, nil
}

package mof

import (
	"regexp"
	"strings"
)

// Parse reads the instances of a text. Class declarations, comments, pragmas and
// qualifiers are passed over. Of a text that is damaged it returns what stands
// before the damage, and an *Error that wraps ErrSyntax or ErrLimit.
func Parse(text string) ([]Instance, error) {
	s := scanner{text: text}
	var list []Instance
	for s.blank() {
		i, is := s.declaration()
		if !is {
			continue
		}
		if len(list) == maxInstances {
			s.tooMuch("more than %d instances", maxInstances)
			break
		}
		list = append(list, i)
	}
	return list, s.err
}

// declaration reads whatever stands on its own; is tells whether that was an
// instance.
func (s *scanner) declaration() (i Instance, is bool) {
	if s.next() == '#' {
		s.pragma()
		return i, false
	}
	if s.qualifiers(); s.next() == 0 {
		return i, false
	}
	start := s.at
	switch word := s.name(); {
	case isWord(word, "instance"):
		i = s.instance()
		i.At = s.place(start)
		return i, s.err == nil
	case isWord(word, "class"):
		s.passClass()
	case isWord(word, "qualifier"):
		for !s.sign(';') && s.skip() {
		}
	default:
		s.at = start
		s.want("class or instance")
	}
	return i, false
}

// pragma passes #pragma over: its brackets, or its line when it has none.
func (s *scanner) pragma() {
	line := s.text[s.at : s.at+lineLength(s.text[s.at:])]
	if i := strings.IndexByte(line, '('); i >= 0 && !strings.Contains(line[:i], "//") {
		s.at += i
		s.group(')')
		return
	}
	s.at += len(line)
}

// qualifiers passes [..] over.
func (s *scanner) qualifiers() {
	for s.next() == '[' {
		s.group(']')
	}
}

// passClass passes the rest of a class declaration over.
func (s *scanner) passClass() {
	for s.err == nil {
		switch s.next() {
		case ';': // "class X;"
			s.at++
			return
		case '{':
			s.group('}')
			s.sign(';')
			return
		}
		if !s.skip() {
			return
		}
	}
}

// skip passes one thing over: a string, brackets with all that they hold, or a
// character.
func (s *scanner) skip() bool {
	c := s.next()
	if s.curly() > 0 {
		_, ok := s.pasted()
		return ok
	}
	switch c {
	case 0:
		return s.want("the end of a declaration")
	case '"':
		_, ok := s.quoted()
		return ok
	case '\'':
		s.char()
		return true
	case '{':
		return s.group('}')
	case '[':
		return s.group(']')
	case '(':
		return s.group(')')
	case '}', ']', ')':
		return s.want("no closing bracket")
	}
	s.at++
	return true
}

// group passes brackets over, from the opening one to end.
func (s *scanner) group(end byte) bool {
	if s.depth++; s.depth > maxDepth {
		return s.tooMuch("brackets in brackets, more than %d deep", maxDepth)
	}
	s.at++
	for !s.sign(end) {
		if s.next() == 0 {
			return s.want(string(end))
		}
		if !s.skip() {
			return false
		}
	}
	s.depth--
	return true
}

// character is a character constant.
var character = regexp.MustCompile(`^'(?:\\[xX][0-9a-fA-F]{1,4}|\\.|[^'\\\n])'`)

// char passes a character constant over: 'a', '\x41'. A lonely apostrophe is
// passed over as well. It returns what stands there.
func (s *scanner) char() string {
	rest := s.text[s.at:]
	n := max(1, len(character.FindString(rest[:min(len(rest), len(`'\xHHHH'`))])))
	s.at += n
	return rest[:n]
}

// instance reads what stands behind the word instance.
func (s *scanner) instance() (i Instance) {
	if of := s.name(); !isWord(of, "of") {
		s.at -= len(of)
		s.want("instance of")
		return i
	}
	if i.Class = s.name(); i.Class == "" {
		s.want("the name of a class")
		return i
	}
	if s.next() != '{' {
		as := s.name()
		if !isWord(as, "as") {
			s.at -= len(as)
			s.want("{")
			return i
		}
		if i.Alias = s.bare(); !strings.HasPrefix(i.Alias, "$") {
			s.want("an alias, $name")
			return i
		}
	}
	if !s.sign('{') {
		s.want("{")
		return i
	}
	for !s.sign('}') && s.err == nil {
		if s.props++; len(i.Props) == maxProps || s.props > maxAllProps {
			s.tooMuch("an instance of more than %d properties, or more than %d in all", maxProps, maxAllProps)
			return i
		}
		i.Props = append(i.Props, s.prop())
	}
	for s.sign(';') {
	}
	return i
}

// prop reads one property. The semicolon behind the last one may be missing.
func (s *scanner) prop() Prop {
	s.qualifiers()
	name := s.name()
	switch {
	case name == "" && s.next() == 0:
		s.want("} at the end of an instance")
		return Prop{}
	case name == "":
		s.want("the name of a property or }")
		return Prop{}
	case !s.sign('='):
		s.want("= behind the name of a property")
		return Prop{}
	}
	p := s.value()
	p.Name = name
	if s.err == nil && s.next() != ';' && s.next() != '}' {
		s.want("; behind a value")
	}
	for s.sign(';') {
	}
	return p
}

package mof

import (
	"strconv"
	"strings"
)

// value reads what stands behind an equals sign.
func (s *scanner) value() Prop {
	if s.next() == '{' {
		return s.array()
	}
	return s.single()
}

// single reads a value that is no array.
func (s *scanner) single() (p Prop) {
	switch s.next() {
	case '"':
		p.Text, _ = s.quoted()
		return p
	case '\'':
		if p.Text, p.Bare = s.char(), true; len(p.Text) == 1 {
			s.want("a character and ' behind it")
		}
		return p
	}
	if s.curly() > 0 {
		p.Text, _ = s.pasted()
		return p
	}
	start := s.at
	word := s.bare()
	switch {
	case word == "":
		s.want("a value")
	case len(word) > maxValue:
		s.tooMuch("a value of more than %d bytes", maxValue)
	case isWord(word, "null"):
		p.Null = true
	case isWord(word, "true"), isWord(word, "false"):
		p.Text, p.Bare = strings.ToUpper(word), true
	case isWord(word, "instance"):
		s.at = start
		return s.embedded()
	default:
		if p.Text, p.Number = number(word); !p.Number {
			p.Text, p.Bare = word, true
		}
	}
	return p
}

// embedded keeps an instance that is a value as it was written.
func (s *scanner) embedded() Prop {
	start := s.at
	for s.next() != '{' {
		if c := s.next(); c == ';' || c == '=' {
			s.want("{ of an embedded instance")
			return Prop{}
		}
		if !s.skip() {
			return Prop{}
		}
	}
	if s.group('}') && s.at-start > maxValue {
		s.tooMuch("a value of more than %d bytes", maxValue)
	}
	return Prop{Text: s.text[start:s.at], Bare: true}
}

// array reads {a, b}. Its members become of one kind: strings, unless none of them
// is one.
func (s *scanner) array() Prop {
	s.at++
	p := Prop{Number: true, Bare: true, List: []string{}}
	size := 0
	for !s.sign('}') && s.err == nil {
		if len(p.List) > 0 && !s.sign(',') {
			s.want(", or } in an array")
			return p
		}
		item := s.single()
		if item.Null {
			item.Text, item.Bare = "NULL", true
		}
		p.Number = p.Number && item.Number
		p.Bare = p.Bare && (item.Number || item.Bare)
		p.List = append(p.List, item.Text)
		if size += len(item.Text) + len(", "); size > maxValue || len(p.List) > maxItems {
			s.tooMuch("an array of more than %d members or %d bytes", maxItems, maxValue)
			return p
		}
	}
	if len(p.List) == 0 {
		p.Number, p.Bare = false, false
	}
	p.Bare = p.Bare && !p.Number
	p.Text = strings.Join(p.List, ", ")
	return p
}

// number returns a number as JSON writes it. MOF has decimal numbers, hexadecimal
// ones (0x1F), octal ones (017), binary ones (101b), and those with a point.
func number(word string) (text string, ok bool) {
	sign, digits := "", word
	if word[0] == '-' || word[0] == '+' {
		sign, digits = strings.TrimPrefix(word[:1], "+"), word[1:]
	}
	lower := strings.ToLower(digits)
	switch {
	case strings.HasPrefix(lower, "0x"):
		return based(sign, lower[2:], 16)
	case strings.HasSuffix(lower, "b"):
		return based(sign, lower[:len(lower)-1], 2)
	case !decimals(digits):
		return real(sign, lower)
	case len(digits) > 1 && digits[0] == '0':
		if text, ok := based(sign, digits, 8); ok {
			return text, true
		}
	}
	return signed(sign, strings.TrimLeft(digits[:len(digits)-1], "0")+digits[len(digits)-1:]), true
}

func decimals(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// based reads a number of another base, of 64 bits.
func based(sign, digits string, base int) (string, bool) {
	n, err := strconv.ParseUint(digits, base, 64)
	if err != nil || strings.Contains(digits, "_") {
		return "", false
	}
	return signed(sign, strconv.FormatUint(n, 10)), true
}

func signed(sign, digits string) string {
	if digits == "0" {
		return digits
	}
	return sign + digits
}

// real reads digits with a point or an exponent: 1.5, .5, 1.0e-3.
func real(sign, lower string) (string, bool) {
	whole, exponent, has := strings.Cut(lower, "e")
	if has && !decimals(strings.TrimLeft(exponent[:min(1, len(exponent))], "+-")+exponent[min(1, len(exponent)):]) {
		return "", false
	}
	before, after, point := strings.Cut(whole, ".")
	if before != "" && !decimals(before) || point && !decimals(after) && (after != "" || before == "") || before == "" && !point {
		return "", false
	}
	if before = strings.TrimLeft(before, "0"); before == "" {
		before = "0"
	}
	text := sign + before
	if after != "" {
		text += "." + after
	}
	if has {
		text += "e" + exponent
	}
	if decimals(strings.TrimPrefix(text, "-")) {
		text = signed(sign, before) // "5." is a whole number
	}
	return text, true
}

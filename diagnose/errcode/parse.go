package errcode

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ErrNoCode says that a text holds no error code.
var ErrNoCode = errors.New("no error code in it")

// Parse reads what a person types or pastes: one code in any spelling, a list
// of codes, the name of a constant in any case, or a line of a log. It returns
// the codes in the order in which they stand, each once. The error is
// ErrNoCode. A number that is the whole text is a code even if it is small;
// inside a text the rules of Find hold.
func Parse(text string) ([]uint32, error) {
	text = minus.Replace(text)
	if v, ok := parseOne(text); ok {
		return []uint32{v}, nil
	}
	if list := parseList(text); list != nil {
		return list, nil
	}
	found := parseLine(text)
	if len(found) == 0 {
		return nil, ErrNoCode
	}
	return found, nil
}

// minus mends signs that went through a word processor or a web page.
var minus = strings.NewReplacer("\u2212", "-", "\u2013", "-", "\u2011", "-")

// punctuation is what may surround a code that was cut out of a sentence.
const punctuation = " \t\r\n\v\f\u00a0\"'`()[]{}<>.,;:!?~#="

// parseOne reads a text that is one code and nothing else.
func parseOne(text string) (uint32, bool) {
	text = strings.Trim(text, punctuation)
	if len(text) > 2 && text[0] == '&' && text[1]|0x20 == 'h' { // Visual Basic
		text = "0x" + text[2:]
	}
	digits, signed := strings.CutPrefix(text, "-")
	n, form := readNumber(digits)
	switch {
	case form == notNumber:
		v, ok := byName()[strings.ToLower(text)]
		return v, ok
	case form == bareHex && !signed, form == longHex && !signed, form == shortHex && !signed:
		return uint32(n), true
	case form == anyHex && !signed:
		if _, ok := find(spans, uint32(n)); ok { // a success code such as 07D00635
			return uint32(n), true
		}
	}
	return parseDecimal(digits, signed)
}

// parseDecimal also takes a code that was extended to 64 bits.
func parseDecimal(digits string, signed bool) (uint32, bool) {
	n, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case err != nil:
		return 0, false
	case signed:
		return negative(n)
	case n > math.MaxUint32 && n>>32 != math.MaxUint32:
		return 0, false
	}
	return uint32(n), true
}

// parseList reads codes that are separated by blanks, commas or semicolons, nil
// if a part is no code by itself.
func parseList(text string) []uint32 {
	var list []uint32
	for part := range strings.FieldsFuncSeq(text, isListSeparator) {
		v, ok := parseOne(part)
		if !ok {
			return nil
		}
		list = appendNew(list, v)
	}
	return list
}

func isListSeparator(r rune) bool {
	return strings.ContainsRune(" \t\r\n,;|", r)
}

// parseLine reads a line of a log, and the constants that it names.
func parseLine(text string) []uint32 {
	var list []uint32
	for _, f := range Find(text) {
		list = appendNew(list, f.Value)
	}
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r > 0x7F || !isWord(byte(r)) }) {
		if !strings.Contains(word, "_") {
			continue
		}
		if v, ok := byName()[strings.ToLower(word)]; ok {
			list = appendNew(list, v)
		}
	}
	return list
}

// appendNew appends v unless the list has it, or the same fault in another form.
func appendNew(list []uint32, v uint32) []uint32 {
	if slices.ContainsFunc(list, func(have uint32) bool { return hresult(have) == hresult(v) }) {
		return list
	}
	return append(list, v)
}

package errcode

import (
	"math"
	"strconv"
)

// form is how a number is spelled.
type form uint8

const (
	notNumber form = iota
	// longHex is 0x and eight digits, or sixteen that are a sign-extended code.
	longHex
	// shortHex is 0x and fewer than eight digits.
	shortHex
	// bareHex is eight hex digits with nothing before them, 8 or C the first.
	bareHex
	// anyHex is eight hex digits that begin otherwise; only "hr=" makes them one.
	anyHex
	// decimal has no sign.
	decimal
)

// readNumber reads a whole word of letters and digits as a number without a
// sign. The value of a decimal number is not limited to 32 bits.
func readNumber(word string) (uint64, form) {
	if len(word) > 2 && word[0] == '0' && word[1]|0x20 == 'x' {
		return readHex(word[2:])
	}
	if len(word) == 8 && isHex(word) {
		v, _ := strconv.ParseUint(word, 16, 32) // eight hex digits: it cannot fail
		switch {
		case word[0] == '8' || word[0]|0x20 == 'c':
			return v, bareHex
		case !isDecimal(word) || word[0] == '0':
			return v, anyHex
		}
	}
	if !isDecimal(word) {
		return 0, notNumber
	}
	v, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		return 0, notNumber
	}
	return v, decimal
}

// readHex reads the digits after 0x. Beyond eight digits only a code that was
// extended to 64 bits is one: its upper half is all ones or all zeros.
func readHex(digits string) (uint64, form) {
	v, err := strconv.ParseUint(digits, 16, 64)
	switch upper := v >> 32; {
	case err != nil:
		return 0, notNumber
	case len(digits) < 8:
		return v, shortHex
	case len(digits) == 8:
		return v, longHex
	case len(digits) == 16 && (upper == 0 || upper == math.MaxUint32):
		return v & math.MaxUint32, longHex
	}
	return 0, notNumber
}

// negative returns the 32-bit pattern of -n.
func negative(n uint64) (uint32, bool) {
	if n == 0 || n > 1<<31 {
		return 0, false
	}
	return uint32(-int64(n)), true
}

// looksFailed tells whether v begins with 8 or C, as the HRESULTs and NTSTATUS
// values of failures do.
func looksFailed(v uint32) bool {
	return v>>28 == 0x8 || v>>28 == 0xC
}

func isDecimal(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func isHex(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) && (s[i]|0x20 < 'a' || s[i]|0x20 > 'f') {
			return false
		}
	}
	return s != ""
}

func isDigit(b byte) bool {
	return '0' <= b && b <= '9'
}

func isLetter(b byte) bool {
	return 'a' <= b|0x20 && b|0x20 <= 'z'
}

func isWord(b byte) bool {
	return isDigit(b) || isLetter(b) || b == '_'
}

package errcode

import (
	"fmt"
	"strconv"
)

// Code is one decoded error code.
type Code struct {
	// Value is the normal form: the number as unsigned 32 bits. 1603 and
	// 0x80070643 are different values of the same fault; see HRESULT.
	Value uint32
	// Text prints Value: "0x80244022", or decimal below 65536.
	Text string
	// Name is the symbolic constant, "" if none is public.
	Name string
	// Meaning is one sentence without a full stop, never "".
	Meaning string
	// Family is a family of the table such as "wua", or "mdm" or "unknown".
	Family string
	// FamilyTitle is the family in words: "Windows Update Agent".
	FamilyTitle string
	// Exact is false when the meaning comes from the code's range only.
	Exact bool
	// Confidence is "documented", or "inferred" for ranges and for families
	// whose rows no published source was compared with.
	Confidence string
	// Status is the HTTP status that the code stands for, 0 if none.
	Status int
	// Win32 is the Win32, Windows Installer or WinHTTP number that the code is
	// or carries, 0 if none.
	Win32 int
	// Class says whether the code is a fault at all.
	Class Class
	// Group is the group of codes that have their remedy in common, nil if none.
	Group *Group
	// Note warns of a trap in reading the code, "" if there is none.
	Note string
}

// Levels of Code.Confidence.
const (
	Documented = "documented"
	Inferred   = "inferred"
)

// Class says what kind of result a code is.
type Class uint8

// The classes. Failure is the zero value: a code that nobody knows is not good
// news.
const (
	Failure Class = iota
	// Success is no fault.
	Success
	// Restart is an installation that a restart completes.
	Restart
	// Waiting is a delay that ends by itself.
	Waiting
	// Neutral is a result that is a fault only where another was expected, such
	// as "no update applies".
	Neutral
)

var classNames = [...]string{"failure", "success", "restart", "waiting", "neutral"}

// String returns the class as a word.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return classNames[Failure]
}

// MarshalText returns the class as a word.
func (c Class) MarshalText() ([]byte, error) {
	return []byte(c.String()), nil
}

// shortLimit is the first number that is printed in hex: below it lie the
// Win32 numbers, which logs and people write in decimal.
const shortLimit = 1 << 16

// facilityWin32 is the HRESULT of Win32 number 0: failure, facility 7.
const facilityWin32 = 0x80070000

// Format returns the text of v in its normal form.
func Format(v uint32) string {
	if v < shortLimit {
		return strconv.FormatUint(uint64(v), 10)
	}
	return fmt.Sprintf("0x%08X", v)
}

// HRESULT returns the 32-bit code that Windows makes of a plain number, so that
// 1603 and 0x80070643 compare equal. Other values are returned as they are.
func (c Code) HRESULT() uint32 {
	return hresult(c.Value)
}

func hresult(v uint32) uint32 {
	if v == 0 || v >= shortLimit {
		return v
	}
	return facilityWin32 | v
}

// Spellings returns the ways in which logs write the code, Text first: hex,
// signed decimal, unsigned decimal, and the number that it carries. A search
// for all of them finds every mention.
func (c Code) Spellings() []string {
	s := []string{c.Text}
	add := func(text string) {
		for _, have := range s {
			if have == text {
				return
			}
		}
		s = append(s, text)
	}
	if c.Value < shortLimit {
		add(fmt.Sprintf("0x%X", c.Value))
	}
	v := c.HRESULT()
	add(fmt.Sprintf("0x%08X", v))
	if int32(v) < 0 {
		add(strconv.Itoa(int(int32(v))))
	}
	add(strconv.FormatUint(uint64(v), 10))
	if c.Win32 != 0 {
		add(strconv.Itoa(c.Win32))
	}
	if c.Status != 0 {
		add(strconv.Itoa(c.Status))
	}
	return s
}

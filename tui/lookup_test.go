package tui

import (
	"strings"
	"testing"
)

func TestACodeInAnySpellingIsExplainedWhileItIsTyped(t *testing.T) {
	for _, typed := range []string{"0x80070643", "-2147023293", "1603", "Program failed with exit code 1603 again"} {
		d := drive(t, newFakeDesk(t), nil, 80, 24, Options{})
		d.press("x")
		d.sees("in any spelling")
		d.write(typed)
		d.sees("ERROR_INSTALL_FAILURE", "Fatal error during the installation")
	}
}

func TestSeveralCodesAreExplainedTogether(t *testing.T) {
	d := drive(t, newFakeDesk(t), nil, 80, 24, Options{})
	d.press("x")
	d.send(pasted("0x80070005 and then 0x80041003"))
	d.sees("0x80070005", "0x80041003")
}

func TestATextWithoutACodeIsToldSo(t *testing.T) {
	d := drive(t, newFakeDesk(t), nil, 80, 24, Options{})
	d.press("x")
	d.write("hello")
	d.sees("No error code is in this text")
}

func TestTheCodeOfTheFindingInViewIsLookedUpAtOnce(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{})
	d.press("x")
	d.sees("Look up an error code", "0x87D00692", "Group Policy conflict")
}

func TestYCopiesTheExplanationAndAnyOtherLetterBeginsAnew(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{})
	d.press("x", "y")
	if !strings.Contains(d.copied, "0x87D00692") {
		t.Errorf("copied %q", d.copied)
	}
	d.write("1603")
	d.sees("ERROR_INSTALL_FAILURE")
	d.seesNot("Group Policy conflict")
	d.press("enter", "y")
	if !strings.Contains(d.copied, "ERROR_INSTALL_FAILURE") {
		t.Errorf("copied %q", d.copied)
	}
	d.press("esc")
	d.seesNot("Look up an error code")
}

func TestAYInATextIsALetterWhileItIsTyped(t *testing.T) {
	d := drive(t, newFakeDesk(t), nil, 80, 24, Options{})
	d.press("x")
	d.write("my query 0x80070643")
	d.sees("my query 0x80070643", "ERROR_INSTALL_FAILURE")
	if d.copied != "" {
		t.Error("y copied")
	}
}

func TestTheFieldStaysInItsPlaceWhileItIsTypedInto(t *testing.T) {
	d := drive(t, newFakeDesk(t), nil, 80, 24, Options{})
	line := func() int {
		for y, l := range strings.Split(d.frame(), "\n") {
			if strings.Contains(l, "Look up an error code") {
				return y
			}
		}
		return -1
	}
	d.press("x")
	before := line()
	for _, r := range "0x80070643" {
		d.write(string(r))
		if at := line(); at != before || at < 0 {
			t.Fatalf("the dialog moved from line %d to %d", before, at)
		}
	}
}

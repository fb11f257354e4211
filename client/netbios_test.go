package client

import (
	"errors"
	"testing"

	"patchtrace/diagnose/evidence/mof"
)

func TestTheNameByWhichASiteKnowsAComputer(t *testing.T) {
	f := &fakeWMI{instances: map[string][]mof.Instance{
		`\\192.0.2.7\root\cimv2:Win32_OperatingSystem`: {inst("Win32_OperatingSystem", "CSName", "wks7")},
		`\\192.0.2.8\root\cimv2:Win32_OperatingSystem`: {inst("Win32_OperatingSystem")},
	}}
	for host, want := range map[string]string{
		"wks1": "WKS1", "wks1.corp.example.org": "WKS1", "a-name-of-twenty-chars": "A-NAME-OF-TWENT", "192.0.2.7": "WKS7",
	} {
		if got, err := (Remote{Host: host, asked: f}).NetBIOSName(t.Context()); got != want || err != nil {
			t.Errorf("%s: got %q, %v", host, got, err)
		}
	}
	if _, err := (Remote{Host: "192.0.2.8", asked: f}).NetBIOSName(t.Context()); !errors.Is(err, errNoOwnName) {
		t.Errorf("got %v", err)
	}
	if name, err := (Local{}).NetBIOSName(); name == "" || len([]rune(name)) > 15 || err != nil {
		t.Errorf("got %q, %v", name, err)
	}
}

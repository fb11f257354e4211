package lab_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"patchtrace/lab"
)

func TestWhatALabTellsBesideItsLogs(t *testing.T) {
	l, err := lab.Init(filepath.Join(t.TempDir(), "lab"), lab.Options{Fault: "mp-down"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if strings.Contains(l.Label(), "mp-down") || !strings.Contains(l.Label(), "LAB") {
		t.Errorf("label %q", l.Label())
	}
	copies, err := l.Copies()
	if err != nil || len(copies) != 6 {
		t.Fatalf("%d copies, %v", len(copies), err)
	}
	for _, c := range copies {
		if !errors.Is(c.Err, lab.ErrNoCopy) && (c.Err != nil || c.DataVersion == "" || c.Published.IsZero() || c.Downloaded.IsZero()) {
			t.Errorf("%+v", c)
		}
	}
	if c, err := l.LastCycle(); err != nil || c.Reported.IsZero() || c.Report != "1.0" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := l.PatchStates(); err == nil || !strings.Contains(err.Error(), "0x80041002") && !strings.Contains(err.Error(), "0x80041010") {
		t.Errorf("before the first scan: %v", err)
	}
	if a, err := l.Authorization(); err == nil || len(a.Authorized) == 0 {
		t.Errorf("%+v, %v", a, err)
	}
}

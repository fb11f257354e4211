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
		data, err := c.Read()
		if !errors.Is(c.Err, lab.ErrNoCopy) && (err != nil || len(data) == 0 || int64(len(data)) != c.Size || c.Modified.IsZero()) {
			t.Errorf("%+v: %d bytes, %v", c, len(data), err)
		}
	}
	if c, err := l.LastCycle(); err != nil || c.Reported.IsZero() || c.Major != 1 || c.Minor != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := l.PatchStates(); err == nil || !strings.Contains(err.Error(), "0x80041002") && !strings.Contains(err.Error(), "0x80041010") {
		t.Errorf("before the first scan: %v", err)
	}
	if a, err := l.Authorization(); err != nil || len(a.Patches) == 0 || a.Patches[0].At.IsZero() || a.Patches[0].ID == "" || a.Modified.IsZero() {
		t.Errorf("%+v, %v", a, err)
	}
	if list, err := l.SitePatches(); err != nil || len(list) > 0 {
		t.Errorf("the site knows of %+v before the first report of a scan, %v", list, err)
	}
}

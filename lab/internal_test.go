package lab

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"patchtrace/diagnose/evidence/mof"
)

func TestWindowsPathsLieBelowTheLab(t *testing.T) {
	for path, want := range map[string]string{
		`%windir%\system32\vpcache\LAB00012`: "WINDOWS/system32/vpcache/LAB00012",
		`%WinDir%`:                           "WINDOWS",
		`%ProgramFiles%\Office`:              "Program Files/Office",
		`c:\WINDOWS\`:                        "WINDOWS",
		`C:`:                                 "",
		`C:\.\a\\b`:                          "a/b",
		`\\LABDP01\SMSPKGC$\LAB00012\`:       "network/LABDP01/SMSPKGC$/LAB00012",
		`//LABDP01/x`:                        "network/LABDP01/x",
	} {
		if got, err := below(path); err != nil || got != want {
			t.Errorf("%s: got %q, %v", path, got, err)
		}
	}
	for _, path := range []string{``, `x`, `D:\x`, `%`, `%%`, `%temp%\x`, `%windir`, `C:\..\x`, `\\server\..\..\x`, `C:\a:b`, "C:\\a\x00b", `/etc`, `..`} {
		if got, err := below(path); !errors.Is(err, errPath) {
			t.Errorf("%q: got %q, %v", path, got, err)
		}
	}
}

func FuzzBelow(f *testing.F) {
	f.Add(`%windir%\x`)
	f.Add(`\\a\b`)
	f.Add(`C:\..`)
	f.Fuzz(func(t *testing.T, path string) {
		rel, err := below(path)
		if err == nil && (strings.HasPrefix(rel, "/") || rel == ".." || strings.HasPrefix(rel, "../") || strings.Contains(rel, "/../")) {
			t.Fatalf("%q leads to %q", path, rel)
		}
	})
}

func TestAPathIsShownAsWindowsDoes(t *testing.T) {
	for _, path := range []string{`C:\WINDOWS\system32`, `\\LABDP01\SMSPKGC$\LAB00012`} {
		rel, err := below(path)
		if err != nil || shown(rel) != path {
			t.Errorf("%s: got %s, %v", path, shown(rel), err)
		}
	}
}

func TestSwitchesAreReadWithAndWithoutColon(t *testing.T) {
	sw := parseSwitches([]string{"/S", "/site", "LABSITE01", `/m:"PatchAuthorize.xml"`, "/g:0", "hw", "/target"}, "/site", "/m", "/target")
	want := switches{
		set:    map[string]bool{"/s": true, "/site": true, "/m": true, "/g": true, "/target": true},
		values: map[string]string{"/site": "LABSITE01", "/m": "PatchAuthorize.xml"},
		extra:  []string{"hw"},
	}
	if diff := cmp.Diff(want, sw, cmp.AllowUnexported(switches{})); diff != "" {
		t.Error(diff)
	}
}

func instances(states ...string) []mof.Instance {
	var list []mof.Instance
	for i, state := range states {
		inst := mof.Instance{Class: classPatchState}
		inst.Set("ID", "MS07-90"+string(rune('1'+i)))
		inst.Set("Status", state)
		list = append(list, inst)
	}
	return list
}

func TestADeltaHoldsWhatIsNewChangedOrGone(t *testing.T) {
	_, before := compare(instances("Applicable", "Installed", "Applicable"), nil, true)
	now := instances("Installed", "Installed")
	list, after := compare(append(now, mof.Instance{Class: "Win32_OperatingSystem", Props: []mof.Prop{{Name: "Name", Text: "LAB"}}}), before, false)
	var got []string
	for _, i := range list {
		got = append(got, i.Content+" "+i.Class+" "+i.get("ID")+" "+i.get("Status"))
	}
	want := []string{"Update Win32_PatchState MS07-901 Installed", "New Win32_OperatingSystem  ", "Delete Win32_PatchState MS07-903 Applicable"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(after) != 3 {
		t.Errorf("%d instances are remembered", len(after))
	}
	if list, _ := compare(now, after, true); len(list) != 2 {
		t.Errorf("a full report of 2 instances holds %d", len(list))
	}
}

func TestAReportIsTheSameBehindItsMIF(t *testing.T) {
	list, _ := compare(instances("Applicable", "Installed"), nil, true)
	r := newReport("LAB-WKS-01", reportDelta, "1.7", time.Date(2007, 6, 7, 14, 32, 7, 0, siteZone), list)
	got, err := parseMIF(r.mif())
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Action = "" // a MIF tells it by where it lies
	if diff := cmp.Diff(r, got); diff != "" {
		t.Error(diff)
	}
	whole := r.mif()
	for n := range len(whole) - len("End Component\r\n") {
		if _, err := parseMIF(whole[:n]); !errors.Is(err, errMIF) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

func FuzzParseMIF(f *testing.F) {
	list, _ := compare(instances("Applicable"), nil, true)
	f.Add(newReport("LAB", reportFull, "1.0", time.Unix(0, 0), list).mif())
	f.Add([]byte("//Machine<x>\nValue = 1\nStart Attribute\nEnd Component"))
	// A group that begins inside of an attribute has none of its own yet.
	f.Add([]byte("Start Group\nStart Attribute\nStart Group\nName = x\nEnd Component"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := parseMIF(text); err == nil && r.Header.Machine == "" {
			t.Fatal("a report of nobody")
		}
	})
}

func testDisk(t *testing.T) *disk {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() }) // the folder goes anyway
	d := &disk{root: root, free: 100}
	for _, dir := range []string{"open/below", "closed/below", "readonly"} {
		if err := root.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"open/a", "open/kept", "closed/below/a", "readonly/a"} {
		if err := root.WriteFile(file, []byte("text"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for file, mode := range map[string]os.FileMode{"closed": 0, "readonly": 0o555, "open/kept": 0o444} {
		if err := root.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		_ = root.Chmod("closed", 0o755) // else it cannot be removed
		_ = root.Chmod("readonly", 0o755)
	})
	return d
}

// Rights count for whoever runs the lab, also for an administrator.
func TestTheDiskRefusesAsWindowsDoes(t *testing.T) {
	d := testDisk(t)
	d.inUse = []string{`C:\open\locked`}
	if err := d.root.WriteFile("open/locked", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	read := func(name string) func() error { return func() error { _, err := d.read(name); return err } }
	write := func(name string, size int) func() error {
		return func() error { return d.write(name, make([]byte, size), time.Unix(0, 0)) }
	}
	for _, tt := range []struct {
		name string
		do   func() error
		want error
	}{
		{"read", read("open/a"), nil},
		{"read what is not there", read("open/b"), errFileNotFound},
		{"read in a folder that is not there", read("gone/b"), errPathNotFound},
		{"read below a file", read("open/a/b"), errPathNotFound},
		{"read in a closed folder", read("closed/below/a"), errAccessDenied},
		{"read a locked file", read("open/locked"), errSharing},
		{"write", write("open/b", 100), nil},
		{"write over", write("open/a", 1), nil},
		{"write too much", write("open/c", 101), errDiskFull},
		{"write in a read-only folder", write("readonly/b", 1), errAccessDenied},
		{"write over a read-only file", write("open/kept", 1), errAccessDenied},
		{"write over a folder", write("open/below", 1), errAccessDenied},
		{"write over a locked file", write("open/locked", 1), errSharing},
		{"write into nowhere", write("gone/b", 1), errPathNotFound},
		{"add to a file", func() error { return d.appendLine("open/a", []byte("x")) }, nil},
		{"add to a file of a read-only folder", func() error { return d.appendLine("readonly/a", []byte("x")) }, nil},
		{"add to a new file of a read-only folder", func() error { return d.appendLine("readonly/b", []byte("x")) }, errAccessDenied},
		{"add to a read-only file", func() error { return d.appendLine("open/kept", []byte("x")) }, errAccessDenied},
		{"make a folder", func() error { return d.mkdir("open/new/deep") }, nil},
		{"make a folder in a read-only one", func() error { return d.mkdir("readonly/new") }, errAccessDenied},
		{"remove", func() error { return d.remove("open/a") }, nil},
		{"remove from a read-only folder", func() error { return d.remove("readonly/a") }, errAccessDenied},
	} {
		if err := tt.do(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestNamesAreFoundWithoutRegardToCase(t *testing.T) {
	d := testDisk(t)
	for windows, want := range map[string]string{`C:\OPEN\Below\x`: "open/below/x", `c:\new\Folder`: "new/Folder"} {
		if got, err := d.find(windows); err != nil || got != want {
			t.Errorf("%s: %s, %v", windows, got, err)
		}
	}
}

func TestTreesAreCopiedOnlyWhereTheyDiffer(t *testing.T) {
	d := testDisk(t)
	steps := []struct {
		change func() error
		want   int
	}{
		{func() error { return nil }, 2},
		{func() error { return nil }, 0},
		{func() error { return d.write("open/a", []byte("other text"), time.Unix(1, 0)) }, 1},
		{func() error { return d.write("copy/a", nil, time.Unix(2, 0)) }, 1}, // the copy was damaged
	}
	for i, s := range steps {
		if err := s.change(); err != nil {
			t.Fatal(err)
		}
		if n, err := d.copyTree("open", "copy"); n != s.want || err != nil {
			t.Errorf("step %d: %d files, %v", i, n, err)
		}
	}
}

func TestZonesOfTheMachine(t *testing.T) {
	for zone, want := range map[string]string{"-05:00": "-0500", "+05:30": "+0530", "": "+0000", "America/New_York": "-0400"} {
		m := machine{Zone: zone}
		loc, err := m.location()
		if err != nil {
			t.Fatal(err)
		}
		if got := time.Date(2007, 6, 7, 0, 0, 0, 0, loc).Format("-0700"); got != want {
			t.Errorf("%q: %s", zone, got)
		}
	}
	if _, err := (&machine{Zone: "Atlantis"}).location(); err == nil {
		t.Error("a zone that is none")
	}
}

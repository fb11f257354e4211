package client

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/logparse"
)

func TestOpenSaysWhyATargetCannotBeLookedAt(t *testing.T) {
	dir := t.TempDir()
	locked := errors.New("the network name is no longer available")
	tests := []struct {
		name   string
		target string
		disk   disk
		want   string
		is     error
	}{
		{name: "nothing there", target: filepath.Join(dir, "Logs"), want: "no such folder or file; check the path, or copy the client's log folder here and give that", is: fs.ErrNotExist},
		{name: "no name", target: "", want: "the name is empty; give a folder of logs or a log"},
		{name: "a folder that is denied", target: dir, disk: disk{list: deny}, want: "access denied; run with rights on it, or copy the folder and give the copy's path", is: fs.ErrPermission},
		{name: "a share that went away", target: dir, disk: disk{list: failList(locked)}, want: locked.Error() + "; check the path and the network", is: locked},
		{name: "a file that is denied", target: write(t, dir, "CAS.log", "x"), disk: disk{open: denyOpen}, want: "access denied; run with rights on it, or copy the folder and give the copy's path", is: fs.ErrPermission},
		{name: "a device", target: "odd", disk: disk{stat: oddStat}, want: "neither a folder nor a file; give a folder of logs or a log"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			target, err := open(tt.disk.orReal(), tt.target)
			var e *OpenError
			if !errors.As(err, &e) || target != nil {
				t.Fatalf("got %v, %v", target, err)
			}
			on := tt.target
			if on == "" {
				on = `""`
			}
			if want := "open target " + on + ": " + tt.want; e.Error() != want {
				t.Errorf("got  %s\nwant %s", e, want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("errors.Is does not see %v", tt.is)
			}
		})
	}
}

// A folder of another user, for real. The administrator may read everything, so
// only an ordinary user can see it.
func TestAFolderWithoutPermissionIsDenied(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("file modes do not keep this user out; the case with an injected error stands in for it")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) // else it cannot be removed
	if _, err := Open(dir); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

func TestAFileIsTakenWhateverItsName(t *testing.T) {
	for name, want := range map[string]string{"notes": "notes", "CAS.log": "CAS.log", "CAS.lo_": "CAS.log"} {
		file := write(t, t.TempDir(), name, "one line")
		target, err := Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if !target.Single || target.Name != file || len(target.Logs) != 1 || target.Logs[0].Name != want || target.Logs[0].Size() != 8 {
			t.Errorf("%s: got %+v", name, target)
		}
		if got := content(t, target.Logs[0]); got != "one line" {
			t.Errorf("%s: read %q", name, got)
		}
	}
}

func TestAnEmptyFolderIsATargetWithoutLogs(t *testing.T) {
	target, err := Open(t.TempDir())
	if err != nil || len(target.Logs) != 0 || len(target.Problems) != 0 {
		t.Errorf("got %+v, %v", target, err)
	}
}

func TestJoinedFilesAreOneTarget(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	tests := []struct {
		name  string
		files []string
		want  []string // name of the log, and number of its parts
	}{
		{name: "logs of one folder", files: []string{write(t, a, "CAS.log", "x"), write(t, a, "ScanAgent.log", "x")}, want: []string{"CAS.log 1", "ScanAgent.log 1"}},
		{name: "rotated parts", files: []string{write(t, a, "CAS.log", "new"), write(t, a, "CAS.lo_", "old")}, want: []string{"CAS.log 2"}},
		{name: "equal names of two folders", files: []string{write(t, a, "CAS.log", "x"), write(t, b, "CAS.log", "y")}, want: []string{filepath.ToSlash(b) + "/CAS.log 1", "CAS.log 1"}},
		{name: "rotated parts of two folders", files: []string{write(t, a, "CAS.log", "x"), write(t, b, "CAS.lo_", "y")}, want: []string{filepath.ToSlash(b) + "/CAS.log 1", "CAS.log 1"}},
		{name: "one file twice", files: []string{write(t, a, "CAS.log", "x"), filepath.Join(a, ".", "CAS.log")}, want: []string{"CAS.log 1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			target := openJoined(t, tt.files)
			if got := describe(target.Logs); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTheNameOfJoinedFilesSaysHowMany(t *testing.T) {
	dir := t.TempDir()
	first := write(t, dir, "CAS.log", "x")
	target := openJoined(t, []string{first, write(t, dir, "a.log", "x"), write(t, dir, "b.log", "x")})
	if want := first + " and 2 more"; target.Name != want {
		t.Errorf("got %q, want %q", target.Name, want)
	}
}

func openJoined(t *testing.T, files []string) *Target {
	t.Helper()
	var target *Target
	for _, f := range files {
		next, err := Open(f)
		if err != nil {
			t.Fatal(err)
		}
		if target == nil {
			target = next
			continue
		}
		target.Join(next)
	}
	return target
}

// write makes a file and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// describe names logs with the number of their parts.
func describe(logs []logparse.Log) []string {
	var out []string
	for _, l := range logs {
		out = append(out, l.Name+" "+string(rune('0'+len(l.Parts))))
	}
	return out
}

func content(t *testing.T, log logparse.Log) string {
	t.Helper()
	var b strings.Builder
	for _, p := range log.Parts {
		f, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		data := make([]byte, p.Size)
		if _, err := f.ReadAt(data, 0); err != nil {
			t.Fatal(err)
		}
		b.Write(data)
	}
	return b.String()
}

// orReal is the disk with this machine's functions where it has none.
func (d disk) orReal() disk {
	if d.stat == nil {
		d.stat = thisMachine.stat
	}
	if d.list == nil {
		d.list = thisMachine.list
	}
	if d.open == nil {
		d.open = thisMachine.open
	}
	return d
}

func deny(name string, _ int) ([]fs.DirEntry, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func denyOpen(name string) (logparse.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func failList(err error) func(string, int) ([]fs.DirEntry, error) {
	return func(name string, _ int) ([]fs.DirEntry, error) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
}

func oddStat(name string) (fs.FileInfo, error) {
	return fakeInfo{name: name, mode: fs.ModeDevice}, nil
}

// fakeInfo is a file of which only name, size and mode are known.
type fakeInfo struct {
	name string
	mode fs.FileMode
}

func (f fakeInfo) Name() string       { return f.name }
func (f fakeInfo) Size() int64        { return 1 }
func (f fakeInfo) Mode() fs.FileMode  { return f.mode }
func (f fakeInfo) ModTime() time.Time { return time.Time{} }
func (f fakeInfo) IsDir() bool        { return f.mode.IsDir() }
func (f fakeInfo) Sys() any           { return nil }

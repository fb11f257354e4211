package client

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"patchtrace/logparse"
)

func TestLogsAreFoundByTheirNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"CAS.log", "CAS.lo_", "CAS-20240102-030405.log", "Sub/Deep/scan.TXT", "Sub/execmgr.LOG",
		"copy.log.old", "copy.log-1", "copy.lo_.bak", "notes.md", "logs", "report.json", "catalog", "a.logger",
	} {
		write(t, dir, name, "x")
	}
	want := []string{"CAS.log 3", "Sub/Deep/scan.TXT 1", "Sub/execmgr.LOG 1", "copy.lo_.bak 1", "copy.log-1 1", "copy.log.old 1"}
	target := walked(t, disk{}, dir)
	if got := describe(target.Logs); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if target.Single || len(target.Problems) > 0 {
		t.Errorf("got %+v", target)
	}
}

func TestLinksAreFollowedOnce(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		links [][2]string // name, what it leads to
		want  []string
	}{
		{name: "a folder that links to itself", files: []string{"a.log"}, links: [][2]string{{"self", "."}}, want: []string{"a.log 1"}},
		{name: "a link back up", files: []string{"sub/a.log"}, links: [][2]string{{"sub/up", ".."}}, want: []string{"sub/a.log 1"}},
		{name: "two folders that link to each other", files: []string{"a/a.log", "b/b.log"}, links: [][2]string{{"a/to-b", "../b"}, {"b/to-a", "../a"}}, want: []string{"a/a.log 1", "b/b.log 1"}},
		{name: "a link that comes before the folder in the list", files: []string{"z/a.log"}, links: [][2]string{{"a", "z"}}, want: []string{"z/a.log 1"}},
		{name: "a second name of a log", files: []string{"a.log"}, links: [][2]string{{"b.log", "a.log"}}, want: []string{"a.log 1"}},
		{name: "a link to a log with another name", files: []string{"data"}, links: [][2]string{{"b.log", "data"}}, want: []string{"b.log 1"}},
		{name: "links that lead nowhere", files: []string{"a.log"}, links: [][2]string{{"gone", "nowhere"}, {"round", "round"}}, want: []string{"a.log 1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range tt.files {
				write(t, dir, f, "x")
			}
			for _, l := range tt.links {
				symlink(t, l[1], filepath.Join(dir, filepath.FromSlash(l[0])))
			}
			target := walked(t, disk{}, dir)
			if got := describe(target.Logs); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(target.Problems) > 0 {
				t.Errorf("problems %+v", target.Problems)
			}
		})
	}
}

// Every folder links to every other: the ways through them are countless.
func TestManyLinksBetweenFoldersEnd(t *testing.T) {
	dir := t.TempDir()
	const folders = 12
	for i := range folders {
		write(t, dir, fmt.Sprintf("f%02d/x.log", i), "x")
		for k := range folders {
			symlink(t, fmt.Sprintf("../f%02d", k), filepath.Join(dir, fmt.Sprintf("f%02d", i), fmt.Sprintf("to%02d", k)))
		}
	}
	if got := len(walked(t, disk{}, dir).Logs); got != folders {
		t.Errorf("%d logs, want %d", got, folders)
	}
}

func TestALinkOutOfTheFolderIsFollowed(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	write(t, other, "deep/a.log", "x")
	symlink(t, other, filepath.Join(dir, "Logs"))
	if got := describe(walked(t, disk{}, dir).Logs); !slices.Equal(got, []string{"Logs/deep/a.log 1"}) {
		t.Errorf("got %q", got)
	}
}

func TestAFolderMayBeALinkItself(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "real/a.log", "x")
	symlink(t, "real", filepath.Join(dir, "Logs"))
	if got := describe(walked(t, disk{}, filepath.Join(dir, "Logs")).Logs); !slices.Equal(got, []string{"a.log 1"}) {
		t.Errorf("got %q", got)
	}
}

func TestWhatCannotBeReadIsAProblemAndTheRestIsRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.log", "x")
	write(t, dir, "denied.log", "x")
	write(t, dir, "broken.log", "x")
	write(t, dir, "secret/b.log", "x")
	symlink(t, "nowhere", filepath.Join(dir, "link.log"))
	broken := errors.New("data error (cyclic redundancy check)")
	d := disk{
		open: func(name string) (logparse.File, error) {
			switch filepath.Base(name) {
			case "denied.log":
				return denyOpen(name)
			case "broken.log":
				return nil, &fs.PathError{Op: "open", Path: name, Err: broken}
			}
			return thisMachine.open(name)
		},
		list: func(name string, limit int) ([]fs.DirEntry, error) {
			if filepath.Base(name) == "secret" {
				return deny(name, limit)
			}
			return thisMachine.list(name, limit)
		},
	}
	target := walked(t, d, dir)
	if got := describe(target.Logs); !slices.Equal(got, []string{"a.log 1"}) {
		t.Errorf("logs %q", got)
	}
	var got []string
	for _, p := range target.Problems {
		got = append(got, fmt.Sprintf("%s denied=%t %v", p.Name, p.Denied, p.Err))
	}
	want := []string{"broken.log denied=false " + broken.Error(), "denied.log denied=true permission denied", "secret/ denied=true permission denied", "link.log denied=false no such file or directory"}
	if runtime.GOOS == "windows" {
		want = nil // the system words its errors
	}
	slices.Sort(got)
	slices.Sort(want)
	if want != nil && !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestWhatWasListedBeforeAnErrorIsRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.log", "x")
	d := disk{list: func(name string, limit int) ([]fs.DirEntry, error) {
		entries, _ := thisMachine.list(name, limit)
		if limit > 1 {
			return entries, &fs.PathError{Op: "readdirent", Path: name, Err: errors.New("input/output error")}
		}
		return entries, nil
	}}
	target := walked(t, d, dir)
	if len(target.Logs) != 1 || len(target.Problems) != 1 || target.Problems[0].Name != "." {
		t.Errorf("got %+v", target)
	}
}

func TestLimitsAreToldNotKeptSilent(t *testing.T) {
	tests := []struct {
		name    string
		root    fakeDir
		problem string
		logs    int
	}{
		{name: "too deep", root: chain(maxDepth + 3), problem: strings.Repeat("d/", maxDepth+1) + ": more than 24 folders deep; give the log folder itself", logs: 1 + maxDepth},
		{name: "too many logs", root: fakeDir{files: maxFiles + 5}, problem: fmt.Sprintf("f%06d.log: more than 20000 logs in all; give the log folder itself", maxFiles), logs: maxFiles},
		{name: "too many files of other kinds", root: fakeDir{other: maxEntries + 5}, problem: ".: more than 200000 files in all; give the log folder itself"},
		{name: "too many folders", root: fakeDir{folders: maxFolders + 5}, problem: fmt.Sprintf("s%06d: more than 5000 folders in all; give the log folder itself", maxFolders-1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := walker{disk: tt.root.disk(), target: &Target{}, root: "root"}
			w.walk(fakeInfo{mode: fs.ModeDir})
			if len(w.target.Problems) != 1 {
				t.Fatalf("problems %+v", w.target.Problems)
			}
			p := w.target.Problems[0]
			if got := p.Name + ": " + p.Err.Error(); got != tt.problem {
				t.Errorf("got  %s\nwant %s", got, tt.problem)
			}
			if len(w.parts) != tt.logs {
				t.Errorf("%d logs, want %d", len(w.parts), tt.logs)
			}
		})
	}
}

// fakeDir is a folder that exists in numbers only; child is a folder in it.
type fakeDir struct {
	files, other, folders int
	child                 *fakeDir
}

// chain is n folders inside each other, with a log in each.
func chain(n int) fakeDir {
	d := fakeDir{files: 1}
	for range n {
		below := d
		d = fakeDir{files: 1, child: &below}
	}
	return d
}

func (d fakeDir) disk() disk {
	return disk{
		list: func(name string, limit int) ([]fs.DirEntry, error) { return d.at(name).entries(limit), nil },
		open: func(string) (logparse.File, error) { return nopFile{}, nil },
	}
}

func (d fakeDir) at(name string) fakeDir {
	for _, step := range strings.Split(filepath.ToSlash(name), "/")[1:] {
		if step != "d" || d.child == nil {
			return fakeDir{}
		}
		d = *d.child
	}
	return d
}

func (d fakeDir) entries(limit int) []fs.DirEntry {
	var out []fs.DirEntry
	add := func(n int, format string, mode fs.FileMode) {
		for i := 0; i < n && len(out) < limit; i++ {
			out = append(out, fs.FileInfoToDirEntry(fakeInfo{fmt.Sprintf(format, i), mode}))
		}
	}
	if d.child != nil {
		out = append(out, fs.FileInfoToDirEntry(fakeInfo{"d", fs.ModeDir}))
	}
	add(d.files, "f%06d.log", 0)
	add(d.other, "o%06d.dat", 0)
	add(d.folders, "s%06d", fs.ModeDir)
	return out
}

type nopFile struct{}

func (nopFile) ReadAt([]byte, int64) (int, error) { return 0, nil }
func (nopFile) Close() error                      { return nil }

func walked(t *testing.T, d disk, dir string) *Target {
	t.Helper()
	target, err := open(d.orReal(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func symlink(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Skipf("links cannot be made here: %v", err)
	}
	if _, err := os.Lstat(name); err != nil {
		t.Skipf("links are not made here, whatever the system says: %v", err) // Wine 8
	}
}

// sameIdentity is an entry of a file system that gives all files one identity, as
// some of those that Windows reaches over a network do.
type sameIdentity struct {
	fs.DirEntry
	info fs.FileInfo
}

func (e sameIdentity) Info() (fs.FileInfo, error) { return e.info, nil }

func TestFilesWithoutIdentitiesAreFound(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/x.log", "a/deep/y.log", "b/z.log", "b/w.log"} {
		write(t, dir, name, "x")
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	target := walked(t, disk{list: func(name string, limit int) ([]fs.DirEntry, error) {
		entries, err := listFolder(name, limit)
		for i, e := range entries {
			entries[i] = sameIdentity{e, info}
		}
		return entries, err
	}}, dir)
	var names []string
	for _, l := range target.Logs {
		names = append(names, l.Name)
	}
	if want := []string{"a/deep/y.log", "a/x.log", "b/w.log", "b/z.log"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

package cab

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"patchtrace/lab/practice"
)

// foreign makes a cabinet with gcab and returns its path, and skips the test
// where Debian's tools are missing.
func foreign(t *testing.T, files map[string][]byte, dates map[string]time.Time, args ...string) string {
	t.Helper()
	for _, tool := range []string{"gcab", "cabextract"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: this comparison needs Debian's gcab and cabextract", tool)
		}
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	cmd := append(args, filepath.Join(dir, "made.cab"))
	for name, data := range files {
		file := filepath.Join(in, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(file), 0o700))
		must(t, os.WriteFile(file, data, 0o600))
		at, ok := dates[name]
		if !ok {
			at = time.Date(2007, 6, 5, 14, 32, 8, 0, time.Local)
		}
		must(t, os.Chtimes(file, at, at))
		cmd = append(cmd, name)
	}
	run(t, in, "gcab", cmd...)
	return filepath.Join(dir, "made.cab")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a tool with the texts of no language and UTF-8 names.
func run(t testing.TB, dir, tool string, args ...string) string {
	t.Helper()
	cmd := exec.Command(tool, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", tool, args, err, out)
	}
	return string(out)
}

// tableRow is a line of cabextract -l: size, day.month.year time, name.
var tableRow = regexp.MustCompile(`^ *(\d+) \| (\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d:\d\d) \| (.*)$`)

// tableOf is the listing of cabextract as listed makes ours.
func tableOf(t *testing.T, name string) []string {
	t.Helper()
	var list []string
	for line := range strings.Lines(run(t, "", "cabextract", "-l", name)) {
		if m := tableRow.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			list = append(list, fmt.Sprintf("%s %s-%s-%s %s %s", m[1], m[4], m[3], m[2], m[5], m[6]))
		}
	}
	return list
}

func oursOf(r *Reader) []string {
	var list []string
	for _, f := range r.Files {
		list = append(list, fmt.Sprintf("%d %s %s", f.Size, f.Modified.Format("2006-01-02 15:04:05"), f.Name))
	}
	return list
}

func TestCabinetsOfGcabReadAsCabextractReadsThem(t *testing.T) {
	files := map[string][]byte{
		"mssecure.xml": text(5*maxBlock + 123), "noise.bin": noise(2*maxBlock + 1), "exact.bin": noise(maxBlock), "empty.txt": nil, "one": []byte("1"),
		"sub/n.txt": text(70000), "sub/deep/er/x.txt": []byte("x"), "Übersicht.txt": []byte("ü"), "sub/名前.txt": []byte("name"), "with blank.txt": []byte(" "), ".hidden": []byte("h"),
	}
	for i := range 100 {
		files[fmt.Sprintf("many/%03d.txt", i)] = text(i * 11)
	}
	dates := map[string]time.Time{
		"one":            time.Date(1980, 1, 1, 0, 0, 0, 0, time.Local),
		"sub/n.txt":      time.Date(2024, 2, 29, 23, 59, 59, 0, time.Local),
		"empty.txt":      time.Date(1970, 1, 2, 3, 4, 5, 0, time.Local), // years that the format lacks come out as some other
		"noise.bin":      time.Date(2150, 1, 2, 3, 4, 5, 0, time.Local),
		"many/000.txt":   time.Date(2107, 12, 31, 23, 59, 58, 0, time.Local),
		"mssecure.xml":   time.Date(2007, 6, 5, 14, 32, 7, 0, time.Local),
		"with blank.txt": time.Date(1999, 12, 31, 12, 0, 0, 0, time.Local),
		"sub/名前.txt":     time.Date(2005, 4, 15, 1, 2, 4, 0, time.Local),
	}
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"stored", []string{"-c"}},
		{"MSZIP", []string{"-c", "-z"}},
		{"MSZIP without folders", []string{"-c", "-z", "-n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := foreign(t, files, dates, tt.args...)
			data, err := os.ReadFile(name)
			must(t, err)
			compare(t, name, data)
		})
	}
}

// compare holds our reading of a cabinet against cabextract's.
func compare(t *testing.T, name string, data []byte) {
	t.Helper()
	r, err := open(data)
	must(t, err)
	if diff := cmp.Diff(tableOf(t, name), oursOf(r)); diff != "" {
		t.Errorf("listing (- cabextract + ours): %s", diff)
	}
	out := t.TempDir()
	run(t, "", "cabextract", "-q", "-d", out, name)
	unpacked := 0
	must(t, filepath.WalkDir(out, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		unpacked++
		rel, err := filepath.Rel(out, file)
		must(t, err)
		want, err := os.ReadFile(file)
		must(t, err)
		got, err := r.Read(filepath.ToSlash(rel))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v; cabextract unpacks %d", rel, len(got), err, len(want))
		}
		return nil
	}))
	if unpacked != len(r.Files) {
		t.Errorf("cabextract unpacks %d files, we list %d", unpacked, len(r.Files))
	}
}

// lines are text in which a few things repeat, as in a catalogue.
func lines(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "<Bulletin BulletinID=\"MS07-%03d\" Title=\"number %d\" BulletinLocationID=\"%d\"/>\n", i%1000, i*i, i*7)
	}
	return b.Bytes()[:n]
}

// What Pack writes is read by others as well.
func TestOurCabinetsReadAsCabextractReadsThem(t *testing.T) {
	foreign(t, map[string][]byte{"a": nil}, nil, "-c") // skips
	for _, method := range []Method{Stored, MSZIP} {
		data := mustPack(t, method, entry("mssecure.xml", lines(3*maxBlock+5)), entry("sub/Übersicht.txt", lines(50000)), entry("empty", nil))
		name := filepath.Join(t.TempDir(), "our.cab")
		must(t, os.WriteFile(name, data, 0o600))
		compare(t, name, data)
	}
	for what, content := range hardlyRepeating() {
		name := filepath.Join(t.TempDir(), "our.cab")
		must(t, os.WriteFile(name, mustPack(t, MSZIP, entry("mssecure.xml", content), entry("next", lines(100))), 0o600))
		if out, err := exec.Command("cabextract", "-t", name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
	}
}

// The cabinets of the practice lab are read by others as well.
func TestPracticeCabinetsReadAsCabextractReadsThem(t *testing.T) {
	foreign(t, map[string][]byte{"a": nil}, nil, "-c") // skips
	for _, track := range []practice.Track{practice.Security, practice.Office} {
		for _, edition := range []practice.Edition{practice.Current(packed), practice.Former(packed)} {
			var text bytes.Buffer
			must(t, practice.Write(&text, practice.Catalogue(track, edition)))
			data, err := Signed(MSZIP, func([]byte) ([]byte, error) { return []byte("signature"), nil }, entry("mssecure.xml", text.Bytes()))
			must(t, err)
			name := filepath.Join(t.TempDir(), "mssecure.cab")
			must(t, os.WriteFile(name, data, 0o600))
			compare(t, name, data)
		}
	}
}

// cabextract lists what it cannot unpack, and so do we: a cabinet of LZX cannot be
// made with Debian's tools, so this one has its directory only.
func TestAnLZXDirectoryIsListedAsCabextractListsIt(t *testing.T) {
	foreign(t, map[string][]byte{"a": nil}, nil, "-c") // skips
	c := built{
		flags: flagReserve, perFolder: 2, perDat: 4,
		folders: []builtFolder{withMethod(0x1503), stored([]byte("x"))},
		files: []builtFile{
			{name: `sub\mssecure.xml`, size: 70, date: dosDate, clock: dosClock},
			{name: "wsusscn2.txt", size: 30, offset: 70, date: dosDate + 1, clock: dosClock},
			{name: "plain", size: 1, folder: 1, date: dosDate, clock: dosClock},
		},
	}
	name := filepath.Join(t.TempDir(), "lzx.cab")
	must(t, os.WriteFile(name, c.bytes(), 0o600))
	r := c.open(t)
	if diff := cmp.Diff(tableOf(t, name), oursOf(r)); diff != "" || len(r.Files) != 3 {
		t.Errorf("listing (- cabextract + ours): %s", diff)
	}
	if _, err := r.Read("sub/mssecure.xml"); !errors.Is(err, ErrMethod) {
		t.Errorf("content: %v", err)
	}
}

package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "report.txt")
	for _, text := range []string{"first, and longer", "second"} {
		if err := writeFile(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(name); string(got) != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	alone(t, dir, "report.txt")
}

func TestWriteFileThatFailsLeavesEverythingAsItWas(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"missing/report.txt": "no such file or directory",
		"folder":             "it is a folder",
		"folder/../folder":   "it is a folder",
	} {
		err := writeFile(filepath.Join(dir, name), []byte("x"))
		if err == nil || runtime.GOOS != "windows" && err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	alone(t, dir, "folder")
	alone(t, filepath.Join(dir, "folder"))
}

func TestWriteFileFollowsALinkAndKeepsTheMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs links and file modes")
	}
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(real, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(link, []byte("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(real)
	if err != nil || info.Mode() != 0o600 || info.Size() != 1 {
		t.Errorf("got %v, %v", info, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().IsRegular() {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
}

func TestWriteFileDoesNotReplaceADevice(t *testing.T) {
	before, err := os.Stat(os.DevNull)
	if err != nil || before.Mode().IsRegular() {
		t.Skip("no device to try it on")
	}
	if err := writeFile(os.DevNull, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(os.DevNull); err != nil || after.Mode() != before.Mode() {
		t.Errorf("got %v, %v", after, err)
	}
}

// alone checks that a folder holds these names and nothing half-written.
func alone(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if len(got) != len(names) {
		t.Errorf("%s holds %q, want %q", dir, got, names)
	}
}

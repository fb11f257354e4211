package client

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"patchtrace/logparse"
)

// packed is a file of an archive.
type packed struct {
	name   string
	text   []byte
	method uint16
	flags  uint16
	// says is what the archive says of its size, 0 for the truth.
	says uint64
}

// archive writes an archive and returns its name.
func archive(t *testing.T, files ...packed) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range files {
		h := &zip.FileHeader{Name: p.name, Method: p.method, Flags: p.flags}
		add := w.CreateHeader
		if p.flags != 0 || p.says != 0 || p.method != zip.Store && p.method != zip.Deflate {
			h.CompressedSize64, h.UncompressedSize64 = uint64(len(p.text)), max(p.says, uint64(len(p.text)))
			add = w.CreateRaw
		}
		f, err := add(h)
		if err == nil {
			_, err = f.Write(p.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "logs.ZIP")
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func openZipped(t *testing.T, files ...packed) *Target {
	t.Helper()
	target, err := Open(archive(t, files...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := target.Close(); err != nil {
			t.Error(err)
		}
	})
	return target
}

func partText(t *testing.T, p logparse.Part) string {
	t.Helper()
	f, err := p.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, 0, p.Size))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLogsOfAnArchive(t *testing.T) {
	target := openZipped(
		t,
		packed{name: "Logs/", method: zip.Store},
		packed{name: "Logs/CAS.log", text: []byte("new"), method: zip.Deflate},
		packed{name: `Logs\CAS.lo_`, text: []byte("older"), method: zip.Store},
		packed{name: "Logs/picture.png", text: []byte("x"), method: zip.Deflate},
		packed{name: "Win32_PatchState.mof", text: []byte("y"), method: zip.Deflate},
	)
	if len(target.Logs) != 1 || target.Logs[0].Name != "Logs/CAS.log" || len(target.Logs[0].Parts) != 2 || len(target.Files) != 1 || !target.Still() || len(target.Paths()) > 0 || target.Single {
		t.Fatalf("%+v", target)
	}
	if old, now := partText(t, target.Logs[0].Parts[0]), partText(t, target.Logs[0].Parts[1]); old != "older" || now != "new" {
		t.Errorf("%q, %q", old, now)
	}
}

func TestWhatAnArchiveMustNotDo(t *testing.T) {
	fine := packed{name: "fine.log", text: []byte("x"), method: zip.Deflate}
	for _, tt := range []struct {
		file packed
		want string
	}{
		{packed{name: "../up.log", method: zip.Deflate}, "its name leads out of the archive"},
		{packed{name: "/etc/up.log", method: zip.Deflate}, "its name leads out of the archive"},
		{packed{name: `C:\up.log`, method: zip.Deflate}, "its name leads out of the archive"},
		{packed{name: `a\..\..\up.log`, method: zip.Deflate}, "its name leads out of the archive"},
		{packed{name: "FINE.log", method: zip.Deflate}, "the archive has two files of that name"},
		{packed{name: "locked.log", text: []byte("xxxx"), method: zip.Deflate, flags: 1}, "it is protected with a password"},
		{packed{name: "odd.log", text: []byte("xxxx"), method: 9}, "packed by a method that is not known here (9)"},
		{packed{name: "bomb.log", text: make([]byte, 100), method: zip.Deflate, says: 5 << 20}, "more than 250 times its size"},
		{packed{name: "huge.log", text: make([]byte, 40<<20), method: zip.Deflate, says: 5 << 30}, "more than 4 GB"},
		{packed{name: "short.log", text: make([]byte, 100), method: zip.Store, says: 200}, "do not fit each other"},
	} {
		target := openZipped(t, fine, tt.file)
		if len(target.Logs) != 1 || len(target.Problems) != 1 || !strings.Contains(target.Problems[0].Err.Error(), tt.want) {
			t.Errorf("%s: %+v of %+v", tt.file.name, target.Problems, target.Logs)
		}
		_, err := Open(archive(t, tt.file))
		var e *OpenError
		if tt.file.name != "FINE.log" && (!errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s alone: %v", tt.file.name, err)
		}
	}
}

// A size that is not true is found when the file is unpacked, and bounded by it.
func TestAnArchiveThatLiesAboutASize(t *testing.T) {
	for name, says := range map[string]uint64{"longer": 3 << 20, "shorter": 1000} {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		f, _ := w.CreateHeader(&zip.FileHeader{Name: "a.log", Method: zip.Deflate})
		_, _ = f.Write([]byte(strings.Repeat("0123456789abcdef", 1<<17)))
		_ = w.Close()
		r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		r.File[0].UncompressedSize64 = says
		u := newUnpacked(keptOpen{bytes.NewReader(b.Bytes())})
		if _, err := u.part(r.File[0]).Open(); err == nil || u.memory != unpackedInMemory {
			t.Errorf("%s: %v, %d left", name, err, u.memory)
		}
		u.memory = 0
		if _, err := u.part(r.File[0]).Open(); err == nil || len(u.temps) > 0 {
			t.Errorf("%s, in a file: %v, left %q", name, err, u.temps)
		}
	}
}

func TestMoreThanFitsIntoMemoryGoesIntoFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", os.Getenv("TMPDIR"))
	text := strings.Repeat("line\n", 1000)
	target := openZipped(t, packed{name: "a.log", text: []byte(text), method: zip.Deflate}, packed{name: "b.log", text: []byte(text), method: zip.Deflate})
	target.archive.memory = int64(len(text))
	var wg sync.WaitGroup
	for range 4 {
		for _, log := range target.Logs {
			wg.Go(func() {
				if got := partText(t, log.Parts[0]); got != text {
					t.Errorf("%s: %d bytes", log.Name, len(got))
				}
			})
		}
	}
	wg.Wait()
	if len(target.archive.temps) != 1 {
		t.Errorf("in files: %q", target.archive.temps)
	}
	if err := target.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestBrokenArchives(t *testing.T) {
	whole, err := os.ReadFile(archive(t, packed{name: "a.log", text: bytes.Repeat([]byte("abc\n"), 500), method: zip.Deflate}))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "x.zip")
	for n := range len(whole) {
		if err := os.WriteFile(name, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if target, err := Open(name); err == nil {
			t.Errorf("the first %d bytes are taken for an archive: %+v", n, target)
		}
	}
	for i := range whole {
		broken := bytes.Clone(whole)
		broken[i] ^= 0xff
		if err := os.WriteFile(name, broken, 0o644); err != nil {
			t.Fatal(err)
		}
		target, err := Open(name)
		if err != nil {
			continue
		}
		for _, log := range target.Logs {
			if f, err := log.Parts[0].Open(); err == nil { // it must not panic
				_, _ = f.ReadAt(make([]byte, 10), 0)
			}
		}
		_ = target.Close()
	}
	long := &directoryReader{file: failing{}, left: 100}
	if _, err := long.ReadAt(make([]byte, 200), 0); !errors.Is(err, errDirectory) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ keptOpen }

func (failing) ReadAt([]byte, int64) (int, error) { return 0, iotest.ErrTimeout }

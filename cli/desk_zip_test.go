package cli

import (
	"archive/zip"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"patchtrace/client"
	"patchtrace/tui"
)

// zipFolder packs a folder.
func zipFolder(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "logs.zip")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(out)
	if err := errors.Join(w.AddFS(os.DirFS(dir)), w.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAnArchiveIsJudgedAsItsFolder(t *testing.T) {
	d := testDesk(t)
	name := zipFolder(t, example)
	c := openCase(t, d, tui.Place{Kind: tui.Zip, Path: name})
	folder := mustJudge(t, openCase(t, d, tui.Place{Kind: tui.Folder, Path: example}), nil)
	r := mustJudge(t, c, nil)
	if r.Verdict != folder.Verdict || len(r.Timeline) != len(folder.Timeline) {
		t.Errorf("%+v\n%+v", r.Verdict, folder.Verdict)
	}
	if about := c.About(); !about.Still || about.CannotRun == nil || about.Target != name || about.Name != "logs.zip" {
		t.Errorf("%+v", about)
	}
	if err := c.Follow(context.Background(), nil); err != nil {
		t.Error(err)
	}
	if err := c.Refresh(t.Context()); err != nil {
		t.Error(err)
	}
	if err := c.Logs().Index(t.Context(), nil); err != nil {
		t.Error(err)
	}
	for _, s := range r.Stages {
		for _, f := range s.Findings {
			for _, e := range f.Evidence {
				requireRow(t, c, e.Log, e.Offset, e.Text)
			}
		}
	}
}

// requireRow opens the proof of a finding.
func requireRow(t *testing.T, c tui.Case, part string, offset int64, text string) {
	t.Helper()
	v, err := c.Logs().View(logsFilter)
	if err != nil {
		t.Fatal(err)
	}
	row, ok, err := v.Find(t.Context(), part, offset)
	if err != nil || !ok {
		t.Fatalf("%s at %d: %v, %v", part, offset, ok, err)
	}
	rows, err := v.Rows(t.Context(), row, 1)
	if err != nil || len(rows) != 1 || !strings.HasPrefix(rows[0].Record.Message, text[:min(len(text), 20)]) {
		t.Errorf("%s at %d: %+v, %v", part, offset, rows, err)
	}
}

func TestAnotherComputerIsFollowedAndJudged(t *testing.T) {
	d := testDesk(t)
	p := &practice{t: t, dir: t.TempDir()}
	p.log("CAS.log", "a line")
	d.deps.open = func(name string) (*client.Target, error) {
		if name != `\\WKS1` {
			return nil, &client.OpenError{Op: "open target", Target: name, Err: fs.ErrNotExist, Do: "check the name"}
		}
		return client.Open(p.dir)
	}
	c := openCase(t, d, tui.Place{Kind: tui.Remote, Path: `\\WKS1`})
	if about := c.About(); about.Name != "WKS1" || about.CannotRun != nil || about.Still {
		t.Errorf("%+v", about)
	}
	mustJudge(t, c, nil)
	changes := following(t, c)
	awaitChange(t, changes, func(ch tui.Change) bool { return len(ch.Notices) > 0 })
	p.log("CAS.log", "another line")
	awaitChange(t, changes, func(ch tui.Change) bool { return len(ch.Logs) == 1 && ch.Logs[0] == "CAS.log" })
	if _, err := d.Open(t.Context(), tui.Place{Kind: tui.Remote, Path: `\\WKS2`}); err == nil || err.Error() != `open target \\WKS2: file does not exist; check the name` {
		t.Errorf("got %v", err)
	}
	places := d.Places(t.Context())
	if len(places) != 3 || places[2].Path != `\\WKS1` || places[2].Off {
		t.Errorf("%+v", places)
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	d := testDesk(t)
	dir := t.TempDir()
	for _, p := range []tui.Place{
		{Kind: tui.Folder, Path: filepath.Join(dir, "no")},
		{Kind: tui.Zip, Path: filepath.Join(dir, "no.zip")},
		{Kind: tui.Lab, Path: dir},
		{Kind: tui.Lab, Fault: "gremlins"},
		{Kind: tui.Lab, Product: "sms1"},
		{Kind: "moon"},
	} {
		c, err := d.Open(t.Context(), p)
		if err == nil || c != nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v, %v", p, c, err)
		}
	}
	if left, err := os.ReadDir(d.temp); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// openBudget is how long opening a client's log folder may take. It reads nothing.
const openBudget = 50 * time.Millisecond

func TestOpeningAFolderIsQuick(t *testing.T) {
	dir := t.TempDir()
	for i := range 100 {
		name := filepath.Join(dir, "L"+strings.Repeat("x", i)+".log")
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, 5<<20); err != nil {
			t.Fatal(err)
		}
	}
	d := testDesk(t)
	best := time.Hour
	for range 100 { // other tests share the machine: once is enough
		begin := time.Now()
		openCase(t, d, tui.Place{Kind: tui.Folder, Path: dir})
		if best = min(best, time.Since(begin)); best <= openBudget {
			return
		}
	}
	t.Errorf("took %s", best)
}

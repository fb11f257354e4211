package logparse

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// following runs Follow with events only: no poll comes, so that a record tells
// that an event did its work.
type following struct {
	t       *testing.T
	dir     string
	records chan *Record
	notices chan Notice
}

func withEvents(t *testing.T, dir string, paths ...string) *following {
	t.Helper()
	w := &following{t: t, dir: dir, records: make(chan *Record, 100), notices: make(chan Notice, 100)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	if len(paths) == 0 {
		paths = []string{dir}
	}
	go func() {
		defer close(ended)
		opt := FollowOptions{Ticks: make(chan time.Time)}
		if err := Follow(ctx, Source{Paths: paths}, opt, func(e Event) {
			if e.Record != nil {
				w.records <- e.Record
			} else {
				w.notices <- *e.Notice
			}
		}); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	for n := range w.notices {
		if n.Kind == PollOnly {
			t.Skipf("no events here: %v", n.Err)
		}
		if n.Kind == Ready {
			break
		}
	}
	return w
}

func (w *following) next(want string) {
	w.t.Helper()
	select {
	case r := <-w.records:
		if r.Message != want {
			w.t.Fatalf("got %q, want %q", r.Message, want)
		}
	case <-time.After(time.Minute):
		w.t.Fatalf("no event brought %q", want)
	}
}

func (w *following) append(name, text string) {
	w.t.Helper()
	appendTo(w.t, filepath.Join(w.dir, filepath.FromSlash(name)), text)
}

func TestEventsBringRecordsWithoutAPoll(t *testing.T) {
	dir := t.TempDir()
	appendTo(t, filepath.Join(dir, "X.log"), rec("old"))
	w := withEvents(t, dir)
	w.append("X.log", rec("in a log that was there"))
	w.next("in a log that was there")
	w.append("New.log", rec("in a new log"))
	w.next("in a new log")
	if err := os.Rename(filepath.Join(dir, "X.log"), filepath.Join(dir, "X.lo_")); err != nil {
		t.Fatal(err)
	}
	w.append("X.log", rec("behind a rotation"))
	w.next("behind a rotation")
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 3 { // a folder's first events can come before it is watched
		w.append("a/b/Deep.log", rec(fmt.Sprintf("in a new folder %d", i)))
	}
	for i := range 3 {
		w.next(fmt.Sprintf("in a new folder %d", i))
	}
}

func TestEventsOfOtherFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	named := filepath.Join(dir, "X.log")
	appendTo(t, named, rec("old"))
	w := withEvents(t, dir, named)
	for i := range 50 {
		w.append(fmt.Sprintf("Other%d.log", i), rec("of no interest"))
	}
	w.append("X.log", rec("a"))
	w.next("a")
}

func TestNamesThatWereLostMakeTheFollowerLookAtEverything(t *testing.T) {
	w, err := newWatcher()
	if err != nil {
		t.Skipf("no events here: %v", err)
	}
	defer w.close()
	for i := range maxDirty + 5 {
		w.note(fmt.Sprint(i), false)
	}
	if names, all := w.take(); !all || len(names) != maxDirty {
		t.Errorf("%d names, all %v", len(names), all)
	}
	if names, all := w.take(); all || len(names) != 0 {
		t.Errorf("%d names again, all %v", len(names), all)
	}
	w.note("a", true)
	w.note("a", false)
	if names, _ := w.take(); !names["a"] {
		t.Error("it was forgotten that a name came")
	}
}

func TestANilWatcherNeverWakes(t *testing.T) {
	var w *watcher
	select {
	case <-w.woken():
		t.Error("it woke")
	default:
	}
}

func TestFoldersBeyondTheLimitArePolled(t *testing.T) {
	w, err := newWatcher()
	if err != nil {
		t.Skipf("no events here: %v", err)
	}
	defer w.close()
	var failures []int
	for i := range maxWatched + 2 {
		dir := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if w.add(dir) != nil {
			failures = append(failures, i)
		}
	}
	if !slices.Equal(failures, []int{maxWatched, maxWatched + 1}) {
		t.Errorf("refused: %v", failures)
	}
}

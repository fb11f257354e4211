package logparse

import (
	"fmt"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// maxWatched bounds how many folders send events, and maxDirty how many names
// are kept while nobody asks.
const (
	maxWatched = 128
	maxDirty   = 1024
)

// watcher gathers the names of files that something happened to. It tells when
// to look, never what is there: events get lost, and come late or twice.
type watcher struct {
	events *fsnotify.Watcher
	wake   chan struct{}
	ended  chan struct{}

	mu      sync.Mutex
	dirty   map[string]bool // true when the name itself came or went
	all     bool            // names were lost
	watched map[string]bool
}

func newWatcher() (*watcher, error) {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	w := &watcher{
		events: events, wake: make(chan struct{}, 1), ended: make(chan struct{}),
		dirty: map[string]bool{}, watched: map[string]bool{},
	}
	go w.gather()
	return w, nil
}

// add asks for events of a folder. It can be called again for one that was
// deleted and made anew.
func (w *watcher) add(dir string) error {
	if len(w.watched) >= maxWatched && !w.watched[dir] {
		return fmt.Errorf("more than %d folders", maxWatched)
	}
	if err := w.events.Add(dir); err != nil {
		return err
	}
	w.watched[dir] = true
	return nil
}

// woken gets a value when take has something to give. It is nil, and so never
// ready, for a nil watcher.
func (w *watcher) woken() <-chan struct{} {
	if w == nil {
		return nil
	}
	return w.wake
}

// take returns the names since it was called last, with true for those that came
// or went; all is true when some were lost.
func (w *watcher) take() (names map[string]bool, all bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	names, w.dirty = w.dirty, map[string]bool{}
	all, w.all = w.all, false
	return names, all
}

func (w *watcher) gather() {
	defer close(w.ended)
	for {
		select {
		case e, ok := <-w.events.Events:
			if !ok {
				return
			}
			if e.Op == fsnotify.Chmod { // a change of mode or times gives no record
				continue
			}
			w.note(e.Name, e.Op&(fsnotify.Create|fsnotify.Remove|fsnotify.Rename) != 0)
		case _, ok := <-w.events.Errors:
			if !ok {
				return
			}
			// Events were lost, or a folder sends none any more. Which, the error does
			// not tell; the poll goes on in any case.
			w.note("", true)
		}
	}
}

// note remembers a name; "" stands for any.
func (w *watcher) note(name string, structure bool) {
	w.mu.Lock()
	if name == "" || len(w.dirty) >= maxDirty {
		w.all = true
	} else {
		w.dirty[name] = w.dirty[name] || structure
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // it is awake
	}
}

func (w *watcher) close() {
	w.events.Close() // its only error is that it was closed before
	<-w.ended
}

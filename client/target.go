package client

import (
	"fmt"
	"path/filepath"

	"patchtrace/logparse"
)

// Target is a place with logs.
type Target struct {
	// Name is the target as it was given; of several files that were joined, the
	// first and how many more.
	Name string
	// Logs are the readable logs, by name.
	Logs []logparse.Log
	// Problems are the files and folders that could not be read.
	Problems []Problem
	// Single is true when the target is one file, or several that were joined.
	Single bool

	// singles are the files of a Single target, in the order in which they were
	// given.
	singles []single
}

// Problem is a file or folder that could not be read.
type Problem struct {
	// Name is the path below the target.
	Name string
	// Denied is true when the operating system refused access.
	Denied bool
	Err    error
}

// single is a file that was given by name.
type single struct {
	file string // as it was given
	part logparse.Part
}

// Join adds the files of another Single target, as when several logs of one
// client are given. Rotated parts that lie in one folder become one log, and a
// file that was given twice counts once. Files of another folder than the first
// one's keep their path, so that equal names stay apart.
func (t *Target) Join(o *Target) {
	for _, s := range o.singles {
		if !t.holds(s.file) {
			t.singles = append(t.singles, s)
		}
	}
	t.Name = t.singles[0].file
	if more := len(t.singles) - 1; more > 0 {
		t.Name = fmt.Sprintf("%s and %d more", t.Name, more)
	}
	t.Problems = append(t.Problems, o.Problems...)
	t.group()
}

func (t *Target) holds(file string) bool {
	for _, s := range t.singles {
		if filepath.Clean(s.file) == filepath.Clean(file) {
			return true
		}
	}
	return false
}

// group makes logs of the single files.
func (t *Target) group() {
	home := filepath.Dir(t.singles[0].file)
	parts := make([]logparse.Part, len(t.singles))
	for i, s := range t.singles {
		parts[i] = s.part
		parts[i].Name = filepath.Base(s.file)
		if filepath.Dir(s.file) != home {
			parts[i].Name = filepath.ToSlash(filepath.Clean(s.file))
		}
	}
	t.Logs = logparse.Group(parts)
}

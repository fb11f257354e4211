package client

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"patchtrace/diagnose/evidence"
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
	// Notes are remarks on the client and its computer, one sentence each.
	Notes []string
	// Single is true when the target is one file, or several that were joined.
	Single bool

	// Files are those that may be evidence beside the logs, and places that lack
	// a catalogue. None of them has been read.
	Files []evidence.File

	// folders are those that were looked into.
	folders []string
	// archive is nil for what is no archive.
	archive *unpacked
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
	// evidence is true for what is no log.
	evidence bool
	modified time.Time
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

// Below puts all names below a prefix that ends in a slash.
func (t *Target) Below(prefix string) {
	for i := range t.Logs {
		log := &t.Logs[i]
		log.Name = prefix + log.Name
		for k := range log.Parts {
			log.Parts[k].Name = prefix + log.Parts[k].Name
		}
	}
	for i := range t.Problems {
		t.Problems[i].Name = prefix + t.Problems[i].Name
	}
	for i := range t.Files {
		t.Files[i].Name = prefix + t.Files[i].Name
	}
}

// Add adds the logs of another target of the same client.
func (t *Target) Add(o *Target) {
	t.Logs = append(t.Logs, o.Logs...)
	t.Problems = append(t.Problems, o.Problems...)
	t.Files = append(t.Files, o.Files...)
	t.folders = append(t.folders, o.folders...)
	if t.archive == nil {
		t.archive = o.archive
	}
}

// Still tells whether the target is an archive, which does not change.
func (t *Target) Still() bool { return t.archive != nil }

// Paths are the folders and files to follow for what the target's logs get. Their
// names are then those of Logs.
func (t *Target) Paths() []string {
	paths := slices.Clone(t.folders)
	for _, s := range t.singles {
		if !s.evidence {
			paths = append(paths, s.file)
		}
	}
	return paths
}

// Close lets go of an archive, whose logs cannot be read any more then.
func (t *Target) Close() error {
	if t.archive == nil {
		return nil
	}
	if err := t.archive.Close(); err != nil {
		return &OpenError{"close archive", t.Name, err, "remove what it left in the folder for temporary files"}
	}
	return nil
}

// group makes logs of the single files, but for those that are evidence.
func (t *Target) group() {
	home := filepath.Dir(t.singles[0].file)
	var parts []logparse.Part
	t.Files = nil
	for _, s := range t.singles {
		part := s.part
		part.Name = filepath.Base(s.file)
		if filepath.Dir(s.file) != home {
			part.Name = filepath.ToSlash(filepath.Clean(s.file))
		}
		if s.evidence {
			t.Files = append(t.Files, evidence.File{Part: part, Modified: s.modified, Where: wholePath(s.file, ""), Named: true})
			continue
		}
		parts = append(parts, part)
	}
	t.Logs = logparse.Group(parts)
}

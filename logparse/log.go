package logparse

import (
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// File is an open part of a log.
type File interface {
	io.ReaderAt
	io.Closer
}

// Part is one file of a log.
type Part struct {
	// Name is the path below the target, with slashes.
	Name string
	// Size is in bytes, as seen when the part was listed. What is appended
	// later is not read.
	Size int64
	// Open opens the part for reading.
	Open func() (File, error)
}

// Log is a log with its rotated parts, oldest first.
type Log struct {
	// Name is the path below the target of the current file: "CCM/Logs/CAS.log".
	// It is named so even when only rotated parts are there.
	Name  string
	Parts []Part
}

// Size is the sum of the parts' sizes in bytes.
func (l *Log) Size() int64 {
	var n int64
	for _, p := range l.Parts {
		n += p.Size
	}
	return n
}

// Base is the log's file name without folders.
func (l *Log) Base() string { return path.Base(l.Name) }

// stamped matches the history name that a component gives a full log:
// X-YYYYMMDD-HHMMSS.log.
var stamped = regexp.MustCompile(`^(.+)-(\d{8}-\d{6})\.(?i:log)$`)

// Group joins files to logs: X-YYYYMMDD-HHMMSS.log, then X.lo_, then X.log of
// one folder are one log. Names are compared without case. The result is in
// order of names.
func Group(files []Part) []Log {
	type member struct {
		part Part
		rank string
	}
	groups := map[string][]member{}
	names := map[string]string{}
	for _, f := range files {
		name, rank := rotation(f.Name)
		key := strings.ToLower(name)
		groups[key] = append(groups[key], member{f, rank})
		if _, ok := names[key]; !ok || rank == currentRank {
			names[key] = name
		}
	}
	logs := make([]Log, 0, len(groups))
	for key, members := range groups {
		slices.SortFunc(members, func(a, b member) int {
			if c := strings.Compare(a.rank, b.rank); c != 0 {
				return c
			}
			return strings.Compare(a.part.Name, b.part.Name)
		})
		log := Log{Name: names[key]}
		for _, m := range members {
			log.Parts = append(log.Parts, m.part)
		}
		logs = append(logs, log)
	}
	slices.SortFunc(logs, func(a, b Log) int { return strings.Compare(a.Name, b.Name) })
	return logs
}

// Ranks sort the parts of a log: stamps begin with a digit, so they come first.
const (
	oldRank     = "a"
	currentRank = "b"
)

// rotation tells which log a file belongs to and how old a part of it it is.
func rotation(name string) (log, rank string) {
	dir, base := path.Split(name)
	if m := stamped.FindStringSubmatch(base); m != nil {
		return dir + m[1] + ".log", m[2]
	}
	if ext := path.Ext(base); strings.EqualFold(ext, ".lo_") {
		return dir + strings.TrimSuffix(base, ext) + ".log", oldRank
	}
	return name, currentRank
}

// ReadError says which part could not be read, from where, and why.
type ReadError struct {
	Part   string
	Offset int64
	Err    error
}

func (e *ReadError) Error() string {
	return fmt.Sprintf("read %s at byte %d: %v", e.Part, e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *ReadError) Unwrap() error { return e.Err }

package client

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"patchtrace/logparse"
)

// Target is a place with logs.
type Target struct {
	// Name is the target as it was given.
	Name string
	// Logs are the readable logs, by name.
	Logs []logparse.Log
	// Problems are the files and folders that could not be read.
	Problems []Problem
	// Single is true when the target is one file.
	Single bool
}

// Problem is a file or folder that could not be read.
type Problem struct {
	// Name is the path below the target.
	Name string
	// Denied is true when the operating system refused access.
	Denied bool
	Err    error
}

// OpenError says why a target cannot be looked at, and what to do about it.
type OpenError struct {
	Op     string
	Target string
	Err    error
	Do     string
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("%s %s: %v; %s", e.Op, e.Target, e.Err, e.Do)
}

// Unwrap returns the cause.
func (e *OpenError) Unwrap() error { return e.Err }

// Limits of a target. A client has some hundred logs in a few folders; more
// means that the wrong folder was given.
const (
	maxDepth = 24
	maxFiles = 20000
)

// Open finds the logs of a folder and the folders below it, or takes a single
// file whatever its name. It returns an *OpenError when there is nothing at
// name, when it cannot be read, or when it is neither folder nor file.
func Open(name string) (*Target, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, openError(name, err)
	}
	t := &Target{Name: name}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return nil, &OpenError{"open target", name, errors.New("neither a folder nor a file"), "give a folder of logs or a log"}
		}
		return t, t.single(name, info)
	}
	if _, err := os.ReadDir(name); err != nil {
		return nil, openError(name, err)
	}
	w := walker{target: t, root: name}
	w.walk("", []os.FileInfo{info})
	t.Logs = logparse.Group(w.files)
	return t, nil
}

// Join adds the logs of another target, as when several files of one client are
// given. Names that both have are kept apart.
func (t *Target) Join(o *Target) {
	taken := map[string]bool{}
	for _, l := range t.Logs {
		taken[l.Name] = true
	}
	for _, l := range o.Logs {
		if taken[l.Name] {
			l = renamed(l, filepath.ToSlash(o.Name))
		}
		t.Logs = append(t.Logs, l)
	}
	t.Name += " " + o.Name
	t.Problems = append(t.Problems, o.Problems...)
}

// renamed gives a log and its part another name.
func renamed(l logparse.Log, name string) logparse.Log {
	parts := make([]logparse.Part, len(l.Parts))
	for i, p := range l.Parts {
		p.Name = name
		parts[i] = p
	}
	return logparse.Log{Name: name, Parts: parts}
}

func openError(name string, err error) error {
	e := &OpenError{Op: "open target", Target: name, Err: cause(err), Do: "check the path and the network"}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Err, e.Do = errors.New("no such folder or file"), "check the path, or copy the client's log folder here and give that"
	case errors.Is(err, fs.ErrPermission):
		e.Err, e.Do = errors.New("access denied"), "run with rights on it, or copy the folder and give the copy's path"
	}
	return e
}

// cause drops the operation and path that os errors repeat.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// single takes one file, whatever its name.
func (t *Target) single(name string, info os.FileInfo) error {
	f, err := os.Open(name)
	if err != nil {
		return openError(name, err)
	}
	f.Close()
	t.Single = true
	t.Logs = []logparse.Log{{Name: filepath.Base(name), Parts: []logparse.Part{part(name, filepath.Base(name), info.Size())}}}
	return nil
}

func part(file, name string, size int64) logparse.Part {
	return logparse.Part{Name: name, Size: size, Open: func() (logparse.File, error) { return os.Open(file) }}
}

// walker collects the log files below a folder.
type walker struct {
	target *Target
	root   string
	files  []logparse.Part
}

// logName matches the names that logs and their copies have.
var logName = regexp.MustCompile(`(?i)(\.log$|\.lo_$|\.txt$|\.log[._-]|\.lo_[._-])`)

// walk visits the folder rel below the root. above are the folders on the way,
// so that a link back to one of them is not followed again.
func (w *walker) walk(rel string, above []os.FileInfo) {
	dir := filepath.Join(w.root, filepath.FromSlash(rel))
	entries, err := os.ReadDir(dir)
	if err != nil {
		w.problem(rel+"/", err)
	}
	for _, entry := range entries {
		if len(w.files) >= maxFiles {
			return
		}
		name := path.Join(rel, entry.Name())
		info, err := os.Stat(filepath.Join(dir, entry.Name())) // follows links
		switch {
		case err != nil:
			if entry.Type()&fs.ModeSymlink == 0 || logName.MatchString(name) {
				w.problem(name, err)
			}
		case info.IsDir():
			if len(above) < maxDepth && !known(above, info) {
				w.walk(name, append(above[:len(above):len(above)], info))
			}
		case info.Mode().IsRegular() && logName.MatchString(entry.Name()):
			w.file(name, filepath.Join(dir, entry.Name()), info)
		}
	}
}

func known(above []os.FileInfo, info os.FileInfo) bool {
	for _, a := range above {
		if os.SameFile(a, info) {
			return true
		}
	}
	return false
}

func (w *walker) file(name, file string, info os.FileInfo) {
	f, err := os.Open(file)
	if err != nil {
		w.problem(name, err)
		return
	}
	f.Close()
	w.files = append(w.files, part(file, name, info.Size()))
}

func (w *walker) problem(name string, err error) {
	w.target.Problems = append(w.target.Problems, Problem{
		Name: strings.TrimPrefix(name, "/"), Denied: errors.Is(err, fs.ErrPermission), Err: cause(err),
	})
}

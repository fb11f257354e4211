package client

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"patchtrace/diagnose/evidence"
	"patchtrace/logparse"
)

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

// Why a target is none.
var (
	errNothing = errors.New("no such folder or file")
	errDenied  = errors.New("access denied")
	errNoKind  = errors.New("neither a folder nor a file")
)

// Open finds the logs of a folder and the folders below it, of a .zip archive, or
// of the client on another computer (`\\host`, `\\host\admin$`) or on this one
// ([ThisMachine]), or takes a single file whatever its name. It returns an *OpenError when there is nothing at
// name, when it cannot be read, or when it is neither folder nor file.
func Open(name string) (*Target, error) { return open(thisMachine, name) }

func open(d disk, name string) (*Target, error) {
	if name == "" {
		return nil, &OpenError{"open target", `""`, errors.New("the name is empty"), "give a folder of logs or a log"}
	}
	if name == ThisMachine {
		return openLocal(d)
	}
	if host := wholeComputer.FindStringSubmatch(name); host != nil {
		return openRemote(d, name, host[1])
	}
	info, err := d.stat(name)
	switch {
	case err != nil:
		return nil, openError(name, err)
	case info.IsDir():
		return openFolder(d, name, info)
	case info.Mode().IsRegular() && IsZip(name):
		return openZip(d, name, info.Size())
	case info.Mode().IsRegular():
		return openSingle(d, name, info)
	}
	return nil, &OpenError{"open target", name, errNoKind, "give a folder of logs or a log"}
}

func openFolder(d disk, name string, info fs.FileInfo) (*Target, error) {
	if _, err := d.list(name, 1); err != nil {
		return nil, openError(name, err)
	}
	w := walker{disk: d, target: &Target{Name: name, folders: []string{name}}, root: name}
	w.walk(info)
	w.target.Logs, w.target.Files = logparse.Group(w.parts), w.gathered.files
	return w.target, nil
}

func openSingle(d disk, name string, info fs.FileInfo) (*Target, error) {
	if err := d.try(name); err != nil {
		return nil, openError(name, err)
	}
	one := single{file: name, part: d.part(name, info.Size()), modified: info.ModTime()}
	one.part.Name = filepath.Base(name)
	one.evidence = given(name) && !holdsLines(one.part) || strings.EqualFold(filepath.Ext(name), ".txt") && holdsInstances(one.part)
	t := &Target{Name: name, Single: true, singles: []single{one}}
	t.group()
	return t, nil
}

// givenAsEvidence matches the files that are evidence when they are given by name,
// whatever that says of them: no log has such a name.
var givenAsEvidence = regexp.MustCompile(`(?i)\.(cab|mof|xml|csv|tsv|json|list)$`)

func given(name string) bool { return givenAsEvidence.MatchString(name) || mayBeEvidence(name) }

// holdsLines tells of a table or JSON whose name promises no evidence that lines of
// logs stand in it, as a tool may give them out.
func holdsLines(p logparse.Part) bool {
	if mayBeEvidence(p.Name) {
		return false
	}
	switch strings.ToLower(path.Ext(p.Name)) {
	case ".csv", ".tsv", ".json", ".list":
		head := beginningOf(p, 64<<10)
		return bytes.Contains(head, []byte("<![LOG[")) || bytes.Contains(head, []byte("$$<"))
	}
	return false
}

// holdsInstances tells whether a text begins as WBEMTEST shows an instance.
func holdsInstances(p logparse.Part) bool { return evidence.SaysPatches(beginningOf(p, 4<<10)) }

// beginningOf is the beginning of a file, nothing of one that cannot be read: whoever
// reads it tells why.
func beginningOf(p logparse.Part, size int) []byte {
	f, err := p.Open()
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, size)
	n, _ := f.ReadAt(head, 0) // a short text is one, too
	return head[:n]
}

func openError(name string, err error) error {
	e := &OpenError{Op: "open target", Target: name, Err: cause(err), Do: "check the path and the network"}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Err, e.Do = explained{errNothing, err}, "check the path, or copy the client's log folder here and give that"
	case errors.Is(err, fs.ErrPermission):
		e.Err, e.Do = explained{errDenied, err}, "run with rights on it, or copy the folder and give the copy's path"
	}
	return e
}

// explained reads as why, and is what the system said.
type explained struct{ why, system error }

func (e explained) Error() string { return e.why.Error() }
func (e explained) Unwrap() error { return e.system }

// cause drops the operation and path that os errors repeat.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

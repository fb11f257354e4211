package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// sysError is a refusal as Windows words it: a Win32 code from 1 to 65535, or an
// HRESULT.
type sysError uint32

// Refusals of the file system and of WMI.
const (
	errFileNotFound  sysError = 2
	errPathNotFound  sysError = 3
	errAccessDenied  sysError = 5
	errSharing       sysError = 32
	errDiskFull      sysError = 112
	errRPC           sysError = 1722
	errTimeSkew      sysError = 0x80090324
	wbemFailed       sysError = 0x80041001
	wbemNotFound     sysError = 0x80041002
	wbemAccessDenied sysError = 0x80041003
	wbemNamespace    sysError = 0x8004100E
	wbemClass        sysError = 0x80041010
)

var sysTexts = map[sysError]string{
	errFileNotFound:  "The system cannot find the file specified",
	errPathNotFound:  "The system cannot find the path specified",
	errAccessDenied:  "Access is denied",
	errSharing:       "The process cannot access the file because it is being used by another process",
	errDiskFull:      "There is not enough space on the disk",
	errRPC:           "The RPC server is unavailable",
	errTimeSkew:      "The clocks on the client and server machines are skewed",
	wbemFailed:       "Generic failure",
	wbemNotFound:     "Not found",
	wbemAccessDenied: "Access denied",
	wbemNamespace:    "Invalid namespace",
	wbemClass:        "Invalid class",
}

// hresult is the code in 32 bits, as programs print it.
func (e sysError) hresult() uint32 {
	if e < 0x10000 {
		return 0x80070000 | uint32(e)
	}
	return uint32(e)
}

func (e sysError) Error() string { return fmt.Sprintf("0x%08X (%s)", e.hresult(), sysTexts[e]) }

// disk is the file system as the client and its servers see it: with rights,
// locks and an end to its space. Rights are the permission bits of the files, so
// that taking them away works for whoever runs the lab, an administrator too.
type disk struct {
	root *os.Root
	// inUse are files that another program keeps to itself.
	inUse []string
	// free is how many bytes fit on the client's drive.
	free int64
}

const (
	mayRead  = 0o444
	mayWrite = 0o222
	mayEnter = 0o111
)

// reach checks that one can get to a folder.
func (d *disk) reach(dir string) error {
	at := "."
	for _, name := range strings.Split(path.Clean(dir), "/") {
		info, err := d.root.Stat(at)
		switch {
		case err != nil:
			return refusal(err, errPathNotFound)
		case !info.IsDir():
			return errPathNotFound
		case info.Mode().Perm()&mayEnter == 0:
			return errAccessDenied
		}
		at = path.Join(at, name)
	}
	info, err := d.root.Stat(at)
	switch {
	case err != nil:
		return refusal(err, errPathNotFound)
	case !info.IsDir():
		return errPathNotFound
	case info.Mode().Perm()&mayEnter == 0:
		return errAccessDenied
	}
	return nil
}

// file checks that one can use a file that is there.
func (d *disk) file(name string, need fs.FileMode) (fs.FileInfo, error) {
	if err := d.reach(path.Dir(name)); err != nil {
		return nil, err
	}
	info, err := d.root.Stat(name)
	switch {
	case err != nil:
		return nil, refusal(err, errFileNotFound)
	case info.Mode().Perm()&need == 0:
		return nil, errAccessDenied
	case d.locked(name):
		return nil, errSharing
	}
	return info, nil
}

func (d *disk) locked(name string) bool {
	return slices.ContainsFunc(d.inUse, func(used string) bool {
		rel, err := below(used)
		return err == nil && strings.EqualFold(rel, name)
	})
}

// refusal turns an error of the real file system into one of Windows.
func refusal(err error, missing sysError) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing
	case errors.Is(err, fs.ErrPermission):
		return errAccessDenied
	}
	return pathCause(err)
}

func (d *disk) exists(name string) bool { _, err := d.root.Stat(name); return err == nil }

func (d *disk) read(name string) ([]byte, error) {
	if _, err := d.file(name, mayRead); err != nil {
		return nil, err
	}
	b, err := d.root.ReadFile(name)
	if err != nil {
		return nil, refusal(err, errFileNotFound)
	}
	return b, nil
}

// list returns the entries of a folder by name.
func (d *disk) list(dir string) ([]fs.DirEntry, error) {
	if err := d.reach(dir); err != nil {
		return nil, err
	}
	f, err := d.root.Open(dir)
	if err != nil {
		return nil, refusal(err, errPathNotFound)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Mode().Perm()&mayRead == 0 {
		return nil, errAccessDenied
	}
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

// mayPut checks that a file of that size can be written.
func (d *disk) mayPut(name string, size int64) error {
	dir := path.Dir(name)
	if err := d.reach(dir); err != nil {
		return err
	}
	info, err := d.root.Stat(dir)
	if err != nil || info.Mode().Perm()&mayWrite == 0 {
		return errAccessDenied
	}
	old, err := d.root.Stat(name)
	switch {
	case err == nil && (old.IsDir() || old.Mode().Perm()&mayWrite == 0):
		return errAccessDenied
	case d.locked(name):
		return errSharing
	case !strings.HasPrefix(name, "site/") && size > d.free:
		return errDiskFull
	}
	return nil
}

// write writes a file, whole or not at all, and dates it.
func (d *disk) write(name string, data []byte, at time.Time) error {
	if err := d.mayPut(name, int64(len(data))); err != nil {
		return err
	}
	next := name + ".new"
	if err := d.root.WriteFile(next, data, 0o644); err != nil {
		return refusal(err, errPathNotFound)
	}
	err := d.root.Chtimes(next, at, at)
	if err == nil {
		err = d.root.Rename(next, name)
	}
	if err != nil {
		_ = d.root.Remove(next) // the error above is what matters
		return refusal(err, errAccessDenied)
	}
	return nil
}

func (d *disk) remove(name string) error {
	if err := d.mayPut(name, 0); err != nil {
		return err
	}
	if err := d.root.Remove(name); err != nil {
		return refusal(err, errFileNotFound)
	}
	return nil
}

// mkdir makes a folder and those above it.
func (d *disk) mkdir(dir string) error {
	if d.exists(dir) {
		return nil
	}
	parent := path.Dir(dir)
	if err := d.mkdir(parent); err != nil {
		return err
	}
	if err := d.mayPut(dir, 0); err != nil {
		return err
	}
	if err := d.root.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return refusal(err, errPathNotFound)
	}
	return nil
}

// copyNew copies a file with its date, unless the copy is as old and as long.
func (d *disk) copyNew(from, to string) (copied bool, err error) {
	src, err := d.file(from, mayRead)
	if err != nil {
		return false, err
	}
	if old, err := d.root.Stat(to); err == nil && old.Size() == src.Size() && old.ModTime().Equal(src.ModTime()) {
		return false, nil
	}
	data, err := d.read(from)
	if err != nil {
		return false, err
	}
	if err := d.mkdir(path.Dir(to)); err != nil {
		return false, err
	}
	return true, d.write(to, data, src.ModTime())
}

// copyTree copies what is new in a folder and those below it, and returns how
// many files that were.
func (d *disk) copyTree(from, to string) (n int, err error) {
	entries, err := d.list(from)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		src, dst := path.Join(from, e.Name()), path.Join(to, e.Name())
		if e.IsDir() {
			more, err := d.copyTree(src, dst)
			n += more
			if err != nil {
				return n, err
			}
			continue
		}
		if strings.HasSuffix(e.Name(), ".new") {
			continue
		}
		copied, err := d.copyNew(src, dst)
		if err != nil {
			return n, err
		}
		if copied {
			n++
		}
	}
	return n, nil
}

// mayAppend checks that a file can be added to, or be made.
func (d *disk) mayAppend(name string) error {
	_, err := d.file(name, mayWrite)
	if errors.Is(err, errFileNotFound) {
		return d.mayPut(name, 0)
	}
	return err
}

// appendLine adds to the end of a file and makes it when it is not there.
func (d *disk) appendLine(name string, line []byte) error {
	if err := d.mayAppend(name); err != nil {
		return err
	}
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return refusal(err, errPathNotFound)
	}
	if _, err := f.Write(line); err != nil {
		_ = f.Close() // the error above is what matters
		return refusal(err, errPathNotFound)
	}
	return f.Close()
}

// resolve finds a path without regard to case, as Windows does. What is not
// there keeps its spelling.
func (d *disk) resolve(name string) string {
	at := "."
	for _, want := range strings.Split(name, "/") {
		at = path.Join(at, d.spelling(at, want))
	}
	return at
}

func (d *disk) spelling(dir, want string) string {
	if d.exists(path.Join(dir, want)) {
		return want
	}
	f, err := d.root.Open(dir)
	if err != nil {
		return want
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return want
	}
	for _, name := range names {
		if strings.EqualFold(name, want) {
			return name
		}
	}
	return want
}

// find turns a Windows path into one below the root.
func (d *disk) find(windows string) (string, error) {
	rel, err := below(windows)
	if err != nil {
		return "", err
	}
	return d.resolve(rel), nil
}

package client

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"

	"patchtrace/logparse"
)

// Limits of a target. A client has some hundred logs in a few folders; more
// means that the wrong folder was given.
const (
	maxDepth   = 24
	maxFiles   = 20000
	maxFolders = 5000
	maxEntries = 200000
)

// logName matches the names that logs and their copies have.
var logName = regexp.MustCompile(`(?i)(\.log$|\.lo_$|\.txt$|\.log[._-]|\.lo_[._-])`)

// walker collects the log files below a folder.
type walker struct {
	disk   disk
	target *Target
	root   string

	parts []logparse.Part
	infos []fs.FileInfo // of parts
	// folders are still to be listed, links to be followed when no folder is
	// left: what lies in the target itself is so found under its own name.
	folders []place
	links   []place
	seen    []fs.FileInfo // folders that were or will be listed
	entries int
	full    bool
}

// place is something below the root, in a folder depth levels down.
type place struct {
	rel   string
	depth int
}

func (w *walker) walk(root fs.FileInfo) {
	w.enter("", 0, root)
	for !w.full {
		switch {
		case len(w.folders) > 0:
			next := w.folders[0]
			w.folders = w.folders[1:]
			w.list(next)
		case len(w.links) > 0:
			next := w.links[0]
			w.links = w.links[1:]
			w.follow(next)
		default:
			return
		}
	}
}

// path is where the file system has what is called rel below the root.
func (w *walker) path(rel string) string { return filepath.Join(w.root, filepath.FromSlash(rel)) }

func (w *walker) list(f place) {
	left := maxEntries - w.entries
	entries, err := w.disk.list(w.path(f.rel), left+1)
	if err != nil {
		w.problem(f.rel+"/", err)
	}
	w.entries += len(entries)
	for _, entry := range entries[:min(len(entries), left)] {
		w.entry(path.Join(f.rel, entry.Name()), f.depth, entry)
	}
	if len(entries) > left {
		w.stop(f.rel, fmt.Errorf("more than %d files in all; give the log folder itself", maxEntries))
	}
}

func (w *walker) entry(rel string, depth int, entry fs.DirEntry) {
	kind := entry.Type()
	if kind&(fs.ModeSymlink|fs.ModeIrregular) != 0 { // junctions of Windows are irregular
		w.links = append(w.links, place{rel, depth})
		return
	}
	if kind.IsRegular() && mofName.MatchString(entry.Name()) {
		w.mof(rel, entry)
	}
	if !kind.IsDir() && (!kind.IsRegular() || !logName.MatchString(entry.Name())) {
		return
	}
	info, err := entry.Info()
	switch {
	case errors.Is(err, fs.ErrNotExist): // gone since it was listed
	case err != nil:
		w.problem(rel, err)
	case kind.IsDir():
		w.enter(rel, depth+1, info)
	default:
		w.file(rel, info)
	}
}

// mof notes a file with instances of a WMI class. One that is gone is none.
func (w *walker) mof(rel string, entry fs.DirEntry) {
	if info, err := entry.Info(); err == nil {
		part := w.disk.part(w.path(rel), info.Size())
		part.Name = rel
		w.target.addMOF(part)
	}
}

// follow looks at what a link leads to.
func (w *walker) follow(l place) {
	info, err := w.disk.stat(w.path(l.rel))
	switch {
	case err != nil:
		if logName.MatchString(l.rel) {
			w.problem(l.rel, err)
		}
	case info.IsDir():
		w.enter(l.rel, l.depth+1, info)
	case info.Mode().IsRegular() && logName.MatchString(l.rel) && !known(w.infos, info):
		w.file(l.rel, info)
	}
}

// enter notes a folder to be listed, unless it was met before.
func (w *walker) enter(rel string, depth int, info fs.FileInfo) {
	switch {
	case w.full || known(w.seen, info):
	case depth > maxDepth:
		w.problem(rel+"/", fmt.Errorf("more than %d folders deep; give the log folder itself", maxDepth))
	case len(w.seen) == maxFolders:
		w.stop(rel, fmt.Errorf("more than %d folders in all; give the log folder itself", maxFolders))
	default:
		w.seen = append(w.seen, info)
		w.folders = append(w.folders, place{rel, depth})
	}
}

func known(seen []fs.FileInfo, info fs.FileInfo) bool {
	for _, s := range seen {
		if os.SameFile(s, info) {
			return true
		}
	}
	return false
}

func (w *walker) file(rel string, info fs.FileInfo) {
	if w.full {
		return
	}
	if len(w.parts) == maxFiles {
		w.stop(rel, fmt.Errorf("more than %d logs in all; give the log folder itself", maxFiles))
		return
	}
	file := w.path(rel)
	if err := w.disk.try(file); err != nil {
		w.problem(rel, err)
		return
	}
	part := w.disk.part(file, info.Size())
	part.Name = rel
	w.parts = append(w.parts, part)
	w.infos = append(w.infos, info)
}

// stop ends the search, and says so at the place where it ended.
func (w *walker) stop(rel string, err error) {
	w.full = true
	w.problem(rel, err)
}

func (w *walker) problem(rel string, err error) {
	if rel == "" || rel == "/" {
		rel = "."
	}
	w.target.Problems = append(w.target.Problems, Problem{Name: rel, Denied: errors.Is(err, fs.ErrPermission), Err: cause(err)})
}

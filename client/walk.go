package client

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"

	"patchtrace/diagnose/evidence"
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

	// only is true when no logs are looked for.
	only bool
	gathered
	evidence []fs.FileInfo // of gathered files
	tools    []string      // folders with a scan tool
}

// place is something below the root, in a folder depth levels down. It is linked
// when a link led there.
type place struct {
	rel    string
	depth  int
	linked bool
}

func (w *walker) walk(root fs.FileInfo) {
	w.enter(place{}, root)
	defer w.lacking()
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
		w.entry(place{path.Join(f.rel, entry.Name()), f.depth, f.linked}, entry)
	}
	if len(entries) > left {
		w.stop(f.rel, fmt.Errorf("more than %d files in all; give the log folder itself", maxEntries))
	}
}

func (w *walker) entry(at place, entry fs.DirEntry) {
	kind, rel := entry.Type(), at.rel
	if kind&(fs.ModeSymlink|fs.ModeIrregular) != 0 { // junctions of Windows are irregular
		w.links = append(w.links, at)
		return
	}
	if kind.IsRegular() && scanTool.MatchString(entry.Name()) {
		w.tools = append(w.tools, path.Dir(rel))
	}
	if !kind.IsDir() && (!kind.IsRegular() || !w.wants(entry.Name())) {
		return
	}
	info, err := entry.Info()
	switch {
	case errors.Is(err, fs.ErrNotExist): // gone since it was listed
	case err != nil:
		w.problem(rel, err)
	case kind.IsDir():
		w.enter(place{rel, at.depth + 1, at.linked}, info)
	default:
		w.take(rel, info)
	}
}

// wants tells whether a file of that name is looked for.
func (w *walker) wants(name string) bool {
	return mayBeEvidence(name) || !w.only && logName.MatchString(name)
}

// take notes a file as what its name says.
func (w *walker) take(rel string, info fs.FileInfo) {
	if !mayBeEvidence(rel) {
		w.file(rel, info)
		return
	}
	part := w.disk.part(w.path(rel), info.Size())
	part.Name = rel
	w.evidence = append(w.evidence, info)
	w.add(evidence.File{Part: part, Modified: info.ModTime(), Where: wholePath(w.root, rel)})
}

// lacking notes the folders of scan tools that hold no catalogue, unless the search
// ended early.
func (w *walker) lacking() {
	if !w.full {
		w.lack(w.root, w.tools, w.target.Problems)
	}
}

// follow looks at what a link leads to.
func (w *walker) follow(l place) {
	info, err := w.disk.stat(w.path(l.rel))
	switch {
	case err != nil:
		if w.wants(l.rel) {
			w.problem(l.rel, err)
		}
	case info.IsDir():
		w.enter(place{l.rel, l.depth + 1, true}, info)
	case info.Mode().IsRegular() && w.wants(l.rel) && !known(w.infos, info) && !known(w.evidence, info):
		w.take(l.rel, info)
	}
}

// enter notes a folder to be listed, unless it was met before. Only links lead to
// one again. Nothing else is asked for its identity: on Windows, some file systems
// give all that they list the same one.
func (w *walker) enter(at place, info fs.FileInfo) {
	rel := at.rel
	switch {
	case w.full || at.linked && known(w.seen, info):
	case at.depth > maxDepth:
		w.problem(rel+"/", fmt.Errorf("more than %d folders deep; give the log folder itself", maxDepth))
	case len(w.seen) == maxFolders:
		w.stop(rel, fmt.Errorf("more than %d folders in all; give the log folder itself", maxFolders))
	default:
		w.seen = append(w.seen, info)
		w.folders = append(w.folders, at)
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

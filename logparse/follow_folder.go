package logparse

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Limits of what is followed. A client has some hundred logs in a few folders.
const (
	maxFollowDepth   = 24
	maxFollowFolders = 1000
	maxFollowLogs    = 20000
	maxFolderEntries = 200000
)

// disk is how files are reached. Tests replace it.
type disk struct {
	stat func(name string) (fs.FileInfo, error)
	list func(name string) ([]fs.DirEntry, error)
	open func(name string) (*os.File, error)
	// remote tells whether a folder is on a file system that sends no events, and
	// of what kind that is.
	remote func(dir string) (kind string, ok bool)
	// watch returns nil with an error.
	watch func() (*watcher, error)
}

// orReal has the machine's functions where d has none.
func (d disk) orReal() disk {
	if d.stat == nil {
		d.stat = os.Stat
	}
	if d.list == nil {
		d.list = listDir
	}
	if d.open == nil {
		d.open = OpenShared
	}
	if d.remote == nil {
		d.remote = remoteFolder
	}
	if d.watch == nil {
		d.watch = newWatcher
	}
	return d
}

// listDir returns a bounded number of a folder's entries. What it could list
// before an error it returns too.
func listDir(name string) ([]fs.DirEntry, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []fs.DirEntry
	for len(all) < maxFolderEntries {
		some, err := f.ReadDir(maxFolderEntries - len(all))
		all = append(all, some...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// mayBeLog tells whether a folder's entry can be a log by its kind and name.
func mayBeLog(e fs.DirEntry) bool {
	kind := e.Type()
	return (kind.IsRegular() || kind&(fs.ModeSymlink|fs.ModeIrregular) != 0) && logName(e.Name())
}

// logName tells whether a file is called like a log, a rotated one or a copy.
func logName(base string) bool {
	base = strings.ToLower(base)
	for _, ext := range []string{".log", ".lo_"} {
		if strings.HasSuffix(base, ext) || strings.Contains(base, ext+".") || strings.Contains(base, ext+"_") || strings.Contains(base, ext+"-") {
			return true
		}
	}
	return strings.HasSuffix(base, ".txt")
}

// root is one of Source.Paths.
type root struct {
	given     string
	path      string    // the same from the root of the file system
	prefix    string    // of the names of a folder's logs
	prefixLog string    // of the log's name, if it is one
	log       *followed // if it is one
	found     bool
	told      bool // that it is waited for
}

// addRoots names what is below the paths: relative to a single folder, else so
// that equal names stay apart.
func (f *follower) addRoots(paths []string) {
	home := ""
	for _, path := range paths {
		path = filepath.Clean(path)
		r := &root{given: path, path: path}
		if full, err := filepath.Abs(path); err == nil { // else it stays as it is
			r.path = full
		}
		if len(paths) > 1 {
			r.prefix = filepath.ToSlash(path) + "/"
		}
		dir := filepath.Dir(path)
		if home == "" {
			home = dir
		}
		if dir != home {
			r.prefixLog = filepath.ToSlash(dir) + "/"
		}
		f.roots = append(f.roots, r)
	}
}

// resolve finds out what the paths are that were not there before.
func (f *follower) resolve(forced bool) {
	for _, r := range f.roots {
		if r.found {
			if r.log != nil && forced {
				f.watchDir(r.log.dir) // the folder may have been made anew
			}
			continue
		}
		info, err := f.disk.stat(r.path)
		switch {
		case err == nil && info.IsDir():
			r.found = true
			f.addFolder(&folder{path: r.path, prefix: r.prefix})
		case err == nil || logName(filepath.Base(r.path)):
			r.found = true
			r.log = f.addLog(filepath.Dir(r.path), filepath.Base(r.path), r.prefixLog)
			r.log.named, r.log.told = true, err != nil
			f.watchDir(r.log.dir)
		}
		if err != nil && !r.told {
			r.told = true
			f.notice(Notice{Kind: Waiting, Log: filepath.ToSlash(r.given)})
		}
	}
}

// folder is a folder whose logs are followed.
type folder struct {
	path   string
	prefix string // of the names of what is in it
	depth  int
	info   fs.FileInfo // as listed last; nil when it was not there
	listed time.Time
	stale  bool // an event said that something is new in it
	told   string
}

func (f *follower) addFolder(d *folder) {
	if f.folderAt(d.path) != nil {
		return
	}
	if len(f.folders) >= maxFollowFolders || d.depth > maxFollowDepth {
		f.tooMany(d.prefix, fmt.Errorf("more than %d folders, or more than %d deep; name the log folder itself", maxFollowFolders, maxFollowDepth))
		return
	}
	f.folders = append(f.folders, d)
}

func (f *follower) tooMany(what string, err error) {
	if !f.full {
		f.full = true
		f.notice(Notice{Kind: TooMany, Log: strings.TrimSuffix(what, "/"), Err: err})
	}
}

// list looks for new logs and folders. A folder is listed when its time says
// that something is new in it, and now and then whatever it says.
func (f *follower) list(forced bool) {
	for i := 0; i < len(f.folders); i++ { // listing finds more
		f.folders[i].look(f, forced)
	}
}

func (d *folder) look(f *follower, forced bool) {
	info, err := f.disk.stat(d.path)
	if err != nil || !info.IsDir() {
		d.info = nil
		return
	}
	again := d.info == nil || forced && !os.SameFile(d.info, info)
	if again {
		f.watchDir(d.path) // before it is listed, so that nothing falls between
	}
	// A folder can change twice within one tick of the clock that dates it.
	const tick = 2 * time.Second
	fresh := d.info == nil || !d.info.ModTime().Equal(info.ModTime()) || d.listed.Sub(info.ModTime()) < tick
	d.info = info
	if !fresh && !forced && !d.stale {
		return
	}
	d.stale, d.listed = false, time.Now()
	entries, err := f.disk.list(d.path)
	if err != nil && d.told != err.Error() {
		d.told = err.Error()
		f.notice(Notice{Kind: Unreadable, Log: d.path, Part: filepath.ToSlash(d.path), Err: err})
	}
	if err == nil {
		d.told = ""
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		d.entry(f, e)
	}
	if len(entries) >= maxFolderEntries {
		f.tooMany(d.prefix, fmt.Errorf("more than %d files in it; name the log folder itself", maxFolderEntries))
	}
}

func (d *folder) entry(f *follower, e fs.DirEntry) {
	name := e.Name()
	switch {
	case d.isFolder(f, e):
		f.addFolder(&folder{path: filepath.Join(d.path, name), prefix: d.prefix + name + "/", depth: d.depth + 1})
	case mayBeLog(e):
		log, _ := rotation(name)
		if f.byKey[logKey(d.path, log)] != nil || f.src.Match != nil && !f.src.Match(d.prefix+log) {
			return
		}
		if len(f.logs) >= maxFollowLogs {
			f.tooMany(d.prefix+log, fmt.Errorf("more than %d logs; name the log folder itself", maxFollowLogs))
			return
		}
		l := f.addLog(d.path, log, d.prefix)
		if !l.fromPast {
			f.notice(Notice{Kind: Appeared, Log: l.name()})
		}
	}
}

// isFolder follows a link to a folder, unless that folder is followed already.
func (d *folder) isFolder(f *follower, e fs.DirEntry) bool {
	if e.IsDir() {
		return true
	}
	if e.Type()&(fs.ModeSymlink|fs.ModeIrregular) == 0 || logName(e.Name()) {
		return false
	}
	info, err := f.disk.stat(filepath.Join(d.path, e.Name()))
	if err != nil || !info.IsDir() {
		return false
	}
	for _, known := range f.folders {
		if known.info != nil && os.SameFile(known.info, info) {
			return false
		}
	}
	return true
}

func (f *follower) folderAt(path string) *folder {
	for _, d := range f.folders {
		if d.path == path {
			return d
		}
	}
	return nil
}

// logKey is the same for a log however its name is spelled, except in a folder
// whose path differs.
func logKey(dir, base string) string { return filepath.Join(dir, strings.ToLower(base)) }

func (f *follower) addLog(dir, base, prefix string) *followed {
	log, rank := rotation(base)
	if rank == currentRank {
		log = base
	}
	key := logKey(dir, log)
	if l := f.byKey[key]; l != nil {
		return l
	}
	l := &followed{
		f: f, key: key, dir: dir, base: log, prefix: prefix, remote: f.isRemote(dir),
		behind: true, fromPast: !f.begun, grown: f.now(),
	}
	l.reopen = f.opt.reopen || l.remote || !holdsFiles
	l.parser = NewParser(l.name(), Options{CodePage: f.opt.CodePage})
	f.byKey[key] = l
	f.logs = append(f.logs, l)
	return l
}

func (f *follower) isRemote(dir string) bool {
	if _, remote := f.disk.remote(dir); remote {
		f.remote[dir] = true
	}
	return f.remote[dir]
}

// event looks at what an event of the file system named. structure is true when
// the name itself came or went.
func (f *follower) event(path string, structure bool) {
	dir, base := filepath.Split(path)
	dir = filepath.Clean(dir)
	log, _ := rotation(base)
	if l := f.byKey[logKey(dir, log)]; l != nil {
		l.check(false)
		return
	}
	d := f.folderAt(dir)
	if !structure || d == nil {
		return
	}
	if info, err := f.disk.stat(path); err != nil || !info.IsDir() && !logName(base) {
		return
	}
	d.stale = true
	for known := len(f.folders); ; known++ {
		d.look(f, false)
		if known >= len(f.folders) {
			break
		}
		d = f.folders[known] // what is in a new folder may be older than its events
	}
	for _, l := range f.logs {
		if !l.attached {
			l.check(false)
		}
	}
}

// watchDir asks for events of a folder.
func (f *follower) watchDir(dir string) {
	if f.watch == nil {
		return
	}
	var err error
	if kind, remote := f.disk.remote(dir); remote {
		err = fmt.Errorf("a folder of another machine (%s)", kind)
	} else {
		err = f.watch.add(dir)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) || f.quiet[err.Error()] {
		return
	}
	f.quiet[err.Error()] = true
	f.notice(Notice{Kind: PollOnly, Log: filepath.ToSlash(dir), Err: err})
}

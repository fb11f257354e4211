package client

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"

	"patchtrace/diagnose/evidence"
)

// Limits of what may be evidence. A client has a handful of catalogues and a few
// exports; Windows itself comes with some hundred files that are MOF.
const (
	maxEvidence = 500
	maxMOFs     = 100
)

// mayBeEvidence tells by its name whether a file that was come upon may be
// evidence beside the logs. Any table or JSON may hold instances of WMI classes; only
// its name tells which to look into.
func mayBeEvidence(name string) bool {
	return evidence.IsCatalogue(name) || evidence.IsAuthorization(name) ||
		evidence.IsPatches(name) && (evidence.IsMOF(name) || evidence.PromisesPatches(name))
}

// isLog tells whether a file is read as a log. One that is evidence is none, whatever
// its name ends in.
func isLog(name string) bool { return logName.MatchString(name) && !mayBeEvidence(name) }

// scanTool matches the programs that a scan tool's package holds beside its
// catalogue.
var scanTool = regexp.MustCompile(`(?i)^(ScanWrapper|s_scan|o_scan|mbsacli)\.exe$`)

// toolPlace matches the folders in which packages of a scan tool lie.
var toolPlace = regexp.MustCompile(`(?i)(^|/)(vpcache|pkgsource|smspkg[a-z]?\$?)(/|$)`)

// gathered collects files that may be evidence.
type gathered struct {
	files []evidence.File
	mofs  int // files that are MOF and whose names say no more
	told  bool
}

// add notes a file, unless there are too many. Of these the first is told.
func (g *gathered) add(f evidence.File) {
	if evidence.IsMOF(f.Name) && !evidence.PromisesPatches(f.Name) {
		if g.mofs++; g.mofs > maxMOFs {
			return // those of Windows; what holds patches says so
		}
	} else if len(g.files)-min(g.mofs, maxMOFs) >= maxEvidence {
		if !g.told {
			g.told = true
			g.files = append(g.files, evidence.File{Part: f.Part, Err: fmt.Errorf("more than %d files beside the logs may be evidence; give a folder with fewer", maxEvidence)})
		}
		return
	}
	g.files = append(g.files, f)
}

// lack notes for each folder of a scan tool that holds no catalogue that one is
// missing. unseen tells of folders that could not be listed.
func (g *gathered) lack(root string, tools []string, unseen []Problem) {
	for _, dir := range tools {
		where := wholePath(root, dir)
		if !toolPlace.MatchString(where) || g.holdsCatalogue(dir) || anyBelow(unseen, dir) {
			continue
		}
		f := evidence.File{Where: where, Missing: true}
		if f.Name = dir; dir == "" || dir == "." {
			f.Name = where
		}
		g.add(f)
	}
}

func (g *gathered) holdsCatalogue(dir string) bool {
	for i := range g.files {
		f := &g.files[i]
		if !f.Missing && below(f.Name, dir) && evidence.IsCatalogue(f.Name) {
			return true
		}
	}
	return false
}

func anyBelow(problems []Problem, dir string) bool {
	for i := range problems {
		if below(problems[i].Name, dir) || problems[i].Name == "." {
			return true
		}
	}
	return false
}

// below tells whether a name lies in a folder, or is the folder itself.
func below(name, dir string) bool {
	return dir == "" || dir == "." || strings.HasPrefix(name, dir+"/")
}

// wholePath is a path below the root with the root's own, in slashes.
func wholePath(root, rel string) string {
	return strings.ReplaceAll(filepath.ToSlash(filepath.Join(root, filepath.FromSlash(rel))), `\`, "/")
}

// cacheFolders are the folders below the Windows folder in which clients keep
// packages: the scan tools in vpcache; what is advertised probably in CCM\Cache.
var cacheFolders = []string{"System32/vpcache", "SysWOW64/vpcache", "System32/CCM/Cache", "SysWOW64/CCM/Cache"}

// Files are the files of this machine's client that may be evidence and lie
// outside of its log folder. There are none where there is no client.
func (l Local) Files() []evidence.File {
	windows, err := l.expand("%windir%")
	if err != nil {
		return nil
	}
	return thisMachine.cached(windows)
}

// cached lists what the client's caches below the Windows folder hold.
func (d disk) cached(windows string) []evidence.File {
	var files []evidence.File
	var seen []fs.FileInfo
	for _, folder := range cacheFolders {
		dir := filepath.Join(windows, filepath.FromSlash(folder))
		info, err := d.stat(dir)
		if errors.Is(err, fs.ErrNotExist) || err == nil && (!info.IsDir() || known(seen, info)) {
			continue // on most systems all but one
		}
		if err == nil {
			seen = append(seen, info)
		}
		files = append(files, d.filesIn(dir)...)
	}
	return files
}

// FilesIn lists the files of a folder, and of those below it, that may be evidence.
// They are named by their whole path. A folder that cannot be looked into is a file
// with the reason, and one of a scan tool without a catalogue a missing one. The
// folder may begin with a variable, such as %windir%.
func (l Local) FilesIn(folder string) []evidence.File {
	dir, err := l.expand(folder)
	if err != nil {
		return []evidence.File{unseen(folder, err)}
	}
	return thisMachine.filesIn(dir)
}

func (d disk) filesIn(folder string) []evidence.File {
	info, err := d.stat(folder)
	if err == nil && !info.IsDir() {
		err = errors.New("it is no folder")
	}
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = explained{errNoFolder, err}
		}
		return []evidence.File{unseen(wholePath(folder, ""), err)}
	}
	w := walker{disk: d, target: &Target{}, root: folder, only: true}
	w.walk(info)
	if strings.EqualFold(filepath.Base(folder), "PkgSource") && len(w.tools) == 0 && !w.full {
		w.lack(folder, []string{"."}, w.target.Problems) // who names it expects one there
	}
	for i := range w.gathered.files {
		f := &w.gathered.files[i]
		if f.Where != "" {
			f.Name, f.Where = f.Where, ""
		}
	}
	for _, p := range w.target.Problems {
		w.gathered.files = append(w.gathered.files, unseen(wholePath(folder, p.Name), p.Err))
	}
	return w.gathered.files
}

func unseen(name string, err error) evidence.File {
	f := evidence.File{Err: cause(err)}
	f.Name = name
	return f
}

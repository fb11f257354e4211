package evidence

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Read reads the files, each once and some at the same time, and sorts what they
// hold: catalogues by place, then by name, the rest by the name of its file. What
// could not be read is among the Problems. Once ctx is done the rest is left out;
// who has cancelled it knows.
func Read(ctx context.Context, files []File) Set { return new(Cache).Read(ctx, files) }

// Cache reads files as Read does, and those that have not changed since the last
// time not again. Its zero value is empty. It may be used by several goroutines.
type Cache struct {
	// Now is the clock of the file system. A file that has just been written is read
	// again the next time: its date is too coarse to tell whether it was written
	// once more. Without a clock every date is trusted.
	Now func() time.Time

	mu   sync.Mutex
	kept map[string]kept
}

// kept is what a file held when it was read.
type kept struct {
	size     int64
	modified time.Time
	found    found
}

// found is what one file holds.
type found struct {
	copy    *Copy
	patches []PatchState
	// whole is true when the file would list every patch.
	whole  bool
	cycles []Cycle
	list   *Authorization
	err    error
}

// readers is how many files are read at the same time. Each reader bounds the
// memory that it takes itself.
const readers = 4

// Read reads what has changed and returns all.
func (c *Cache) Read(ctx context.Context, files []File) Set {
	r := reading{Cache: c, files: files, all: make([]found, len(files)), next: map[string]kept{}}
	var exports, others []int
	for i := range files {
		if mayExport(&files[i]) {
			exports = append(exports, i)
		} else {
			others = append(others, i)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() { r.exports(ctx, exports) })
	jobs := make(chan int)
	for range min(readers, len(others)) {
		wg.Go(func() {
			for i := range jobs {
				r.read(i)
			}
		})
	}
	for _, i := range others {
		if ctx.Err() != nil {
			break
		}
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	if ctx.Err() == nil {
		c.mu.Lock()
		c.kept = r.next
		c.mu.Unlock()
	}
	return collect(files, r.all)
}

// reading is one call of Cache.Read.
type reading struct {
	*Cache
	files []File
	all   []found

	mu   sync.Mutex
	next map[string]kept
}

func (r *reading) read(i int) {
	r.all[i] = r.one(&r.files[i])
	if k, ok := r.worthKeeping(&r.files[i], r.all[i]); ok {
		r.mu.Lock()
		r.next[r.files[i].Name] = k
		r.mu.Unlock()
	}
}

// mayExport tells whether a file is read for instances.
func mayExport(f *File) bool {
	return f.Err == nil && !f.Missing && !IsCatalogue(f.Name) && !IsAuthorization(f.Name)
}

// errAllExports says that a folder holds more exports than are read.
var errAllExports = fmt.Errorf("the exports hold more than %d MB or %d instances all together: give those of one client, or one of them", maxExport>>20, maxExportRows)

// exports reads the files with instances in order, one after the other: what is kept
// of one may take more than ten times its size, so they share the bounds of a single
// one.
func (r *reading) exports(ctx context.Context, list []int) {
	size, instances := int64(0), 0
	for _, i := range list {
		if ctx.Err() != nil {
			return
		}
		f := &r.files[i]
		if full := instances == maxExportRows || size > 0 && size+f.Size > maxExport; full {
			if f.Named || PromisesPatches(f.Name) || mayMention(*f) {
				r.all[i] = found{err: errAllExports}
			}
			continue
		}
		r.read(i)
		got := &r.all[i]
		if len(got.patches)+len(got.cycles) > 0 {
			size += f.Size
		}
		if rest := maxExportRows - instances; len(got.patches) > rest {
			got.patches, got.whole, got.err = slices.Clone(got.patches[:rest]), false, errAllExports
		}
		instances += len(got.patches)
	}
}

// one reads a file, unless it is known.
func (c *Cache) one(f *File) found {
	c.mu.Lock()
	k, ok := c.kept[f.Name]
	c.mu.Unlock()
	if ok && f.Err == nil && !f.Missing && k.size == f.Size && k.modified.Equal(f.Modified) {
		return k.found
	}
	return readFile(*f)
}

// coarse is how exact the dates of the coarsest file system are.
const coarse = 2 * time.Second

func (c *Cache) worthKeeping(f *File, what found) (kept, bool) {
	if f.Modified.IsZero() || f.Err != nil || f.Missing || unread(what.err) {
		return kept{}, false
	}
	if c.Now != nil && c.Now().Sub(f.Modified).Abs() < coarse {
		return kept{}, false
	}
	return kept{f.Size, f.Modified, what}, true
}

// unread tells of errors that are the system's: the file may be readable next time.
// One that is damaged stays so until it changes.
func unread(err error) bool {
	var file *fs.PathError
	return errors.As(err, &file) || errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrClosed)
}

// readFile reads what its name says, else what its content says.
func readFile(f File) found {
	switch {
	case f.Err != nil:
		return found{err: f.Err}
	case f.Missing:
		return found{copy: missingCopy(f)}
	case IsCatalogue(f.Name):
		return readCatalogue(f)
	case IsAuthorization(f.Name):
		return readList(f)
	case IsPatches(f.Name):
		return readPatches(f)
	}
	switch kind, err := sniff(f); {
	case err != nil:
		return found{err: err}
	case kind == kindCatalogue:
		return readCatalogue(f)
	case kind == kindList:
		return readList(f)
	case kind == kindPatches:
		return readPatches(f)
	case kind == kindXML:
		return found{err: errXML}
	}
	return found{err: errNoEvidence}
}

// errXML says that instances were saved in a form that is not read. It would else
// look like a list of authorised updates.
var errXML = errors.New("it is an export of instances as XML, which is not read: save it by Export-Csv or ConvertTo-Json, or by wmic with /format:csv or /format:list")

// errNoEvidence says that a file was given as evidence and is none.
var errNoEvidence = errors.New("it holds no instance of Win32_PatchState or CCM_UpdateStatus, and is neither a catalogue nor PatchAuthorize.xml")

// readCatalogue reads a copy of a catalogue. Its place is told by the whole path,
// and it is named by the short one.
func readCatalogue(f File) found {
	name := f.Name
	if f.Where != "" {
		f.Name = f.Where
	}
	cp := ReadCatalogue(f)
	cp.Name, cp.Wall = name, f.Wall
	return found{copy: &cp, err: cp.Err}
}

// missingCopy is the copy that a place should hold. Whose catalogue it is only the
// name of a folder tells: without one it has no track.
func missingCopy(f File) *Copy {
	where := cmp.Or(f.Where, f.Name)
	cp := Copy{Origin: Origin{Name: f.Name}, Missing: true}
	cp.Place, cp.Track, cp.Package = placeOf(where + "/mssecure.cab")
	if cp.Track == "security" && !tellsTrack(where+"/mssecure.cab") {
		cp.Track = ""
	}
	return &cp
}

func readList(f File) found {
	a := ReadAuthorization(f)
	a.Name, a.Wall = f.Name, f.Wall
	return found{list: &a, err: a.Err}
}

func readPatches(f File) found {
	states, cycles, err := ReadPatches(f)
	if err != nil && len(states)+len(cycles) == 0 && !f.Named && !PromisesPatches(f.Name) && !mayMention(f) {
		states, cycles, err = nil, nil, nil // any other MOF: Windows comes with hundreds
	}
	whole := isWhole(f, states, err)
	if f.Named && err == nil && !whole && len(states)+len(cycles) == 0 {
		if err = errNoEvidence; declares(f) {
			err = errOnlyClass
		}
	}
	return found{patches: states, cycles: cycles, err: err, whole: whole}
}

// errOnlyClass says that somebody has saved the class where its instances were meant.
var errOnlyClass = errors.New("it declares the class and holds no instance of it: save the MOF of its instances (in wbemtest: Instances, a double click on one, Show MOF), or export them all as CSV or JSON")

// isWhole tells whether a file lists every patch, so that one which is not in it
// is none of the client's. "Show MOF" saves one instance or the class, an export
// all. A declaration alone tells nothing: scan tools bring one in their packages, and
// SMS_def.mof has it.
func isWhole(f File, states []PatchState, err error) bool {
	switch strings.ToLower(path.Ext(f.Name)) {
	case ".csv", ".tsv", ".json", ".list":
		return err == nil && (len(states) > 0 || f.Size > 0 && PromisesPatches(f.Name))
	}
	return len(states) > 1 || len(states) == 1 && err == nil && declares(f)
}

// collect puts what the files hold into one set.
func collect(files []File, all []found) Set {
	var set Set
	var where []string
	for i := range all {
		f := &all[i]
		if f.copy != nil {
			set.Catalogues, where = append(set.Catalogues, *f.copy), append(where, cmp.Or(files[i].Where, files[i].Name))
		}
		if f.list != nil {
			set.Authorizations = append(set.Authorizations, *f.list)
		}
		set.Patches = append(set.Patches, f.patches...)
		set.PatchesAsked = set.PatchesAsked || f.whole
		set.Cycles = append(set.Cycles, f.cycles...)
		if f.err != nil && f.copy == nil && f.list == nil { // those tell of it themselves
			set.Problems = append(set.Problems, Problem{files[i].Name, f.err})
		}
	}
	set.learnTracks(where)
	set.sort()
	return set
}

// learnTracks gives copies of mssecure.xml whose path does not tell their track that
// of a copy with the same bytes whose path does, and then that of their package.
func (s *Set) learnTracks(where []string) {
	bytes, packages := map[string]string{}, map[string]string{}
	learn := func(m map[string]string, key, track string) {
		if old, known := m[key]; known && old != track {
			track = "" // both have it: it tells nothing
		}
		if key != "" {
			m[key] = track
		}
	}
	for i := range s.Catalogues {
		if c := &s.Catalogues[i]; tellsTrack(where[i]) {
			learn(bytes, c.Digest, c.Track)
		}
	}
	for i := range s.Catalogues {
		if c := &s.Catalogues[i]; c.Generation == MSSecure && !tellsTrack(where[i]) && bytes[c.Digest] != "" {
			c.Track = bytes[c.Digest]
			learn(packages, c.Package, c.Track)
		}
	}
	for i := range s.Catalogues {
		c := &s.Catalogues[i]
		if (c.Generation == MSSecure || c.Missing) && !tellsTrack(where[i]) && bytes[c.Digest] == "" && packages[c.Package] != "" {
			c.Track = packages[c.Package]
		}
	}
}

// Add adds what somebody else has found out of the same client, and sorts it in.
// That a place could not be read matters until another one has told.
func (s *Set) Add(o Set) {
	s.Catalogues = append(s.Catalogues, o.Catalogues...)
	s.Patches = append(s.Patches, o.Patches...)
	s.PatchesAsked = s.PatchesAsked || o.PatchesAsked
	if s.PatchesErr == nil {
		s.PatchesErr = o.PatchesErr
	}
	s.Authorizations = append(s.Authorizations, o.Authorizations...)
	s.Cycles = append(s.Cycles, o.Cycles...)
	s.SitePatches = append(s.SitePatches, o.SitePatches...)
	s.SiteAsked = s.SiteAsked || o.SiteAsked
	s.Problems = append(s.Problems, o.Problems...)
	if o.Booted.After(s.Booted) {
		s.Booted, s.BootedBy = o.Booted, o.BootedBy
	}
	s.sort()
}

// Empty tells whether nothing at all was found, not even something unreadable.
func (s *Set) Empty() bool {
	return len(s.Catalogues)+len(s.Patches)+len(s.Authorizations)+len(s.Cycles)+len(s.SitePatches)+len(s.Problems) == 0 &&
		!s.PatchesAsked && !s.SiteAsked
}

// Read tells whether something was found that could be read.
func (s *Set) Read() bool {
	return len(s.Patches)+len(s.Cycles)+len(s.SitePatches) > 0 || s.PatchesAsked || s.SiteAsked ||
		slices.ContainsFunc(s.Catalogues, func(c Copy) bool { return c.Err == nil }) ||
		slices.ContainsFunc(s.Authorizations, func(a Authorization) bool { return a.Err == nil })
}

// placeOrder is the order in which a catalogue comes to the places.
var placeOrder = []Place{PackageSource, DistributionPoint, ClientCache, Elsewhere}

// sort keeps instances in the order that their file has them in.
func (s *Set) sort() {
	slices.SortStableFunc(s.Catalogues, func(a, b Copy) int {
		return cmp.Or(cmp.Compare(slices.Index(placeOrder, a.Place), slices.Index(placeOrder, b.Place)), cmp.Compare(a.Name, b.Name))
	})
	slices.SortStableFunc(s.Patches, func(a, b PatchState) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(s.SitePatches, func(a, b PatchState) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(s.Authorizations, func(a, b Authorization) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(s.Cycles, func(a, b Cycle) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(s.Problems, func(a, b Problem) int { return cmp.Compare(a.Name, b.Name) })
}

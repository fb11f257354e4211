package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/evidence/mof"
	"patchtrace/lab"
	"patchtrace/logparse"
)

var (
	errNoAnswer    = fmt.Errorf("no answer within %s; it is still being asked", farWait)
	errNoWMIAnswer = fmt.Errorf("its WMI gave no answer within %s; it is still being asked", wmiWait)
)

// Where WMI keeps what a lab is asked for.
const (
	patchStatePath = `root\cimv2:` + patchState
	cyclePath      = `root\ccm\invagt:InventoryActionStatus`
	sitePath       = "the site's inventory"
)

// labEvidence is what a lab tells beside its logs. Cabinets that have not changed
// are not read again.
func labEvidence(ctx context.Context, l *lab.Lab, cache *evidence.Cache) evidence.Set {
	set := labCatalogues(ctx, l, cache)
	states, err := l.PatchStates()
	set.Patches, set.PatchesAsked, set.PatchesErr = statesAt(patchStatePath, states), err == nil, err
	held, err := l.SitePatches()
	set.SitePatches, set.SiteAsked = statesAt(sitePath, held), err == nil
	if err != nil {
		set.Problems = append(set.Problems, evidence.Problem{Name: sitePath, Err: err})
	}
	set.Authorizations = []evidence.Authorization{labAuthorization(l)}
	switch cycle, err := l.LastCycle(); {
	case err != nil && l.Product() != lab.SMS2: // the client of SMS 2.0 keeps none
		set.Problems = append(set.Problems, evidence.Problem{Name: cyclePath, Err: err})
	case err == nil && !cycle.Started.IsZero():
		set.Cycles = []evidence.Cycle{{
			Origin: evidence.Origin{Name: cyclePath}, Action: evidence.HardwareInventory,
			Started: cycle.Started, Reported: cycle.Reported, Major: cycle.Major, Minor: cycle.Minor,
		}}
	}
	return set
}

func statesAt(name string, list []mof.Instance) []evidence.PatchState {
	var states []evidence.PatchState
	for _, i := range list {
		states = append(states, evidence.PatchState{Origin: evidence.Origin{Name: name}, Instance: i})
	}
	return states
}

// labCatalogues reads the copies of the catalogues. Where they lie the lab knows
// better than their paths tell.
func labCatalogues(ctx context.Context, l *lab.Lab, cache *evidence.Cache) evidence.Set {
	copies, err := l.Copies()
	if err != nil {
		return evidence.Set{Problems: []evidence.Problem{{Name: "the catalogues", Err: err}}}
	}
	var files []evidence.File
	known := map[string]*lab.Copy{}
	for i := range copies {
		c := &copies[i]
		name := strings.ReplaceAll(c.Path, `\`, "/")
		known[name] = c
		f := evidence.File{Modified: c.Modified, Part: logparse.Part{Name: name, Size: c.Size, Open: opened(c.Read)}, Missing: errors.Is(c.Err, lab.ErrNoCopy)}
		files = append(files, f)
	}
	set := cache.Read(ctx, files)
	for i := range set.Catalogues {
		cp := &set.Catalogues[i]
		if c := known[cp.Name]; c != nil {
			cp.Name, cp.Track, cp.Package, cp.Place = c.Path, c.Track, c.Package, evidence.Place(c.Where)
			cp.Generation = cmp.Or(cp.Generation, evidence.MSSecure)
		}
	}
	return set
}

// opened makes a file of what read returns.
func opened(read func() ([]byte, error)) func() (logparse.File, error) {
	return func() (logparse.File, error) {
		data, err := read()
		if err != nil {
			return nil, err
		}
		return memoryFile{bytes.NewReader(data)}, nil
	}
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

// labAuthorization is the list of the lab's update package; Err says why it cannot
// be read.
func labAuthorization(l *lab.Lab) evidence.Authorization {
	own, err := l.Authorization()
	a := evidence.Authorization{Origin: evidence.Origin{Name: own.Path}, Modified: own.Modified, Package: own.Package, Err: err}
	for _, p := range own.Patches {
		a.Patches = append(a.Patches, evidence.Authorized{
			Origin: a.Origin, Bulletin: p.ID, Number: p.QNumbers, Product: p.Product, File: p.File, Switches: p.Switches, Time: p.At,
		})
	}
	return a
}

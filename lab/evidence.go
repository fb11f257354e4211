package lab

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"patchtrace/diagnose/evidence/mof"
)

// Label names the lab's client, and does not tell what is broken in it.
func (l *Lab) Label() string { return clientName + " · LAB" }

// look is the lab as somebody sees it who runs no program.
func (l *Lab) look() (*session, error) { return newSession(l, "", nil, dirWindows, io.Discard) }

// PatchStates are the instances of Win32_PatchState in the client's WMI. The
// error is that of WMI.
func (l *Lab) PatchStates() ([]mof.Instance, error) {
	s, err := l.look()
	if err != nil {
		return nil, err
	}
	return repository{s}.instances(nsCIM, classPatchState)
}

// LastCycle is what the client's agent notes of its last hardware inventory:
// InventoryActionStatus.
type LastCycle struct {
	Started, Reported time.Time
	// Major and Minor are the version of the last report.
	Major, Minor int
}

// LastCycle returns the zero value when there has been no inventory.
func (l *Lab) LastCycle() (LastCycle, error) {
	var c LastCycle
	s, err := l.look()
	if err != nil {
		return c, err
	}
	list, err := repository{s}.instances(nsInvAgt, classActionStatus)
	if err != nil {
		return c, err
	}
	for i := range list {
		if list[i].Get("InventoryActionID") == actionHardware {
			c.Started, _ = mof.ParseTime(list[i].Get("LastCycleStartedDate")) // what is no time is none
			c.Reported, _ = mof.ParseTime(list[i].Get("LastReportDate"))
			c.Major, _ = strconv.Atoi(list[i].Get("LastMajorReportVersion"))
			c.Minor, _ = strconv.Atoi(list[i].Get("LastMinorReportVersion"))
		}
	}
	return c, nil
}

// SitePatches are the instances of Win32_PatchState that the site holds of the
// client: what its reports told, delta upon delta. Their properties are text, as
// reports carry them, and stand in the order of their names.
func (l *Lab) SitePatches() ([]mof.Instance, error) {
	m, err := l.machine()
	if err != nil {
		return nil, err
	}
	var db siteFile
	if err := l.load(fileSite, &db); err != nil {
		return nil, err
	}
	c := db.Clients[m.Name]
	if c == nil {
		return nil, nil
	}
	var list []mof.Instance
	for _, key := range slices.Sorted(maps.Keys(c.Instances)) {
		row := c.Instances[key]
		i := mof.Instance{Class: classPatchState}
		for _, name := range slices.Sorted(maps.Keys(row)) {
			i.Set(name, row[name])
		}
		list = append(list, i)
	}
	return list, nil
}

// Copy is one of the places at which a catalogue lies on its way to the scan.
type Copy struct {
	// Track is "security" or "office"; Where is "package source", "distribution
	// point" or "client's cache", and Path its file as Windows spells it.
	Track, Where, Path string
	// Package is the ID of the scan tool's package.
	Package string
	// Size is in bytes, Modified the cabinet's date: the day of the download.
	Size     int64
	Modified time.Time
	// Err is why it cannot be read: ErrNoCopy when it is not there.
	Err error

	disk *disk
	name string
}

// Read returns the cabinet.
func (c *Copy) Read() ([]byte, error) {
	if c.Err != nil {
		return nil, c.Err
	}
	return c.disk.read(c.name)
}

// ErrNoCopy says that a place has no catalogue.
var ErrNoCopy = errors.New("not there")

// Copies are the copies of the catalogues, in the order in which they are made.
// None of them has been read.
func (l *Lab) Copies() ([]Copy, error) {
	s, err := l.look()
	if err != nil {
		return nil, err
	}
	var list []Copy
	for _, track := range []string{trackSecurity, trackOffice} {
		pkg := packageOf(track)
		for _, place := range []struct{ name, dir string }{
			{"package source", uncPackageSource(track)},
			{"distribution point", uncDistributionPoint(pkg)},
			{"client's cache", cachedTool(pkg)},
		} {
			c := Copy{Track: track, Where: place.name, Path: place.dir + `\` + langUS + `\` + cabName, Package: pkg, disk: s.disk}
			c.Err = c.look()
			list = append(list, c)
		}
	}
	return list, nil
}

func (c *Copy) look() error {
	var err error
	if c.name, err = c.disk.find(c.Path); err != nil {
		return err
	}
	info, err := c.disk.file(c.name, mayRead)
	switch {
	case errors.Is(err, errFileNotFound), errors.Is(err, errPathNotFound):
		return ErrNoCopy
	case err != nil:
		return err
	}
	c.Size, c.Modified = info.Size(), info.ModTime()
	return nil
}

// Authorization is the list of the updates that may be installed:
// PatchAuthorize.xml.
type Authorization struct {
	// Path is the file as Windows spells it, Package the ID of the update package.
	Path, Package string
	Modified      time.Time
	Patches       []Authorized
}

// Authorized is an update on the list. At is when it was authorised, on the site's
// wall clock, zero if that cannot be read.
type Authorized struct {
	ID, QNumbers, Product, File, Switches string

	At time.Time
}

// Authorization reads the list of the update package. The error says where the
// list should be.
func (l *Lab) Authorization() (Authorization, error) {
	a := Authorization{Path: l.content() + `\` + authorizeName, Package: updatePackage}
	s, err := l.look()
	if err != nil {
		return a, err
	}
	dir, err := s.disk.find(l.content())
	if err != nil {
		return a, err
	}
	a.Path = shown(dir) + `\` + authorizeName
	name := path.Join(dir, s.disk.spelling(dir, authorizeName))
	data, err := s.disk.read(name)
	if err != nil {
		return a, fmt.Errorf("%s in %s: %w", authorizeName, shown(dir), err)
	}
	if info, err := s.disk.file(name, mayRead); err == nil {
		a.Modified = info.ModTime()
	}
	var list patchAuthorize
	if err := xml.Unmarshal(data, &list); err != nil {
		return a, fmt.Errorf("%s in %s: %s", authorizeName, shown(dir), strings.TrimSpace(err.Error()))
	}
	for _, p := range list.Patches {
		at, _ := time.Parse(authorizedLayout, p.Authorized) // what is no time is none
		a.Patches = append(a.Patches, Authorized{ID: p.ID, QNumbers: p.QNumbers, Product: p.Product, File: p.File, Switches: p.Switches, At: at})
	}
	return a, nil
}

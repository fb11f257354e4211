package lab

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
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
	// Report is the version of the last report, "12.3".
	Report string
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
			c.Report = list[i].Get("LastMajorReportVersion") + "." + list[i].Get("LastMinorReportVersion")
		}
	}
	return c, nil
}

// Copy is one of the places at which a catalogue lies on its way to the scan.
type Copy struct {
	// Track is "security" or "office"; Where is "package source", "distribution
	// point" or "client's cache", and Path its file as Windows spells it.
	Track, Where, Path string
	// Err is why it cannot be read: ErrNoCopy when it is not there.
	Err error
	// Downloaded is the cabinet's date, Published that of the catalogue in it.
	Downloaded, Published time.Time
	DataVersion           string
}

// ErrNoCopy says that a place has no catalogue.
var ErrNoCopy = errors.New("not there")

// Copies are the copies of the catalogues, in the order in which they are made.
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
			c := Copy{Track: track, Where: place.name, Path: place.dir + `\` + langUS + `\` + cabName}
			c.Err = c.read(s.disk)
			list = append(list, c)
		}
	}
	return list, nil
}

func (c *Copy) read(d *disk) error {
	name, err := d.find(c.Path)
	if err != nil {
		return err
	}
	data, err := d.read(name)
	switch {
	case errors.Is(err, errFileNotFound), errors.Is(err, errPathNotFound):
		return ErrNoCopy
	case err != nil:
		return err
	}
	if info, err := d.root.Stat(name); err == nil {
		c.Downloaded = info.ModTime()
	}
	_, head, err := unpackCatalogue(data)
	if err != nil {
		return err
	}
	c.DataVersion, c.Published = head.DataVersion, head.Updated()
	return nil
}

// Authorization is PatchAuthorize.xml against what the client lacks.
type Authorization struct {
	// Authorized are the updates on the list, Applicable those that the last scan
	// found missing, and Both those that are in either; each as "MS07-012 (Q924667)".
	Authorized, Applicable, Both []string
}

// Authorization compares the list of the update package with Win32_PatchState.
func (l *Lab) Authorization() (Authorization, error) {
	var a Authorization
	s, err := l.look()
	if err != nil {
		return a, err
	}
	dir, err := s.disk.find(l.content())
	if err != nil {
		return a, err
	}
	list, err := readAuthorized(s.disk, dir)
	if err != nil {
		return a, err
	}
	for i := range list {
		a.Authorized = append(a.Authorized, fmt.Sprintf("%s (Q%s)", list[i].ID, list[i].QNumbers))
	}
	states, err := l.PatchStates()
	if err != nil {
		return a, err
	}
	for i := range states {
		if states[i].Get("Status") != "Applicable" {
			continue
		}
		name := fmt.Sprintf("%s (Q%s)", states[i].Get("ID"), states[i].Get("QNumbers"))
		a.Applicable = append(a.Applicable, name)
		for k := range list {
			if list[k].is(&states[i]) {
				a.Both = append(a.Both, name)
				break
			}
		}
	}
	return a, nil
}

func readAuthorized(d *disk, dir string) ([]authorizedPatch, error) {
	data, err := d.read(path.Join(dir, d.spelling(dir, authorizeName)))
	if err != nil {
		return nil, fmt.Errorf("%s in %s: %w", authorizeName, shown(dir), err)
	}
	var a patchAuthorize
	if err := xml.Unmarshal(data, &a); err != nil {
		return nil, fmt.Errorf("%s in %s: %s", authorizeName, shown(dir), strings.TrimSpace(err.Error()))
	}
	return a.Patches, nil
}

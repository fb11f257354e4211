package client

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/evidence/mof"
)

// Classes with scan results, and where each is. A class that is derived from
// another is read with it.
var scanClasses = []struct{ namespace, class string }{
	{`root\cimv2`, "Win32_PatchState"},
	{`root\cimv2`, "Win32_PatchState_Extended"},
	{`root\ccm\SoftwareUpdates\UpdatesStore`, "CCM_UpdateStatus"},
}

// Evidence is what this machine's WMI says: scan results, the inventory agent's last
// cycles, and when the machine was started. A class or a namespace that is missing is
// no problem of its own, because no client has all of them; when there is no class with
// scan results at all, PatchesErr says so of the first. On other systems than Windows it
// is ErrNoWMI.
func (l Local) Evidence(ctx context.Context) evidence.Set {
	return wmiEvidence(ctx, l.wmi(), thisHost)
}

// wmiEvidence asks a computer.
func wmiEvidence(ctx context.Context, w wmi, host string) evidence.Set {
	var set evidence.Set
	seen := map[string]bool{}
	for _, c := range scanClasses {
		at := space{host, c.namespace}
		list, err := w.query(ctx, at, c.class, "")
		for _, i := range list {
			// A query finds those of derived classes as well.
			if text := i.String(); !seen[text] {
				seen[text] = true
				set.Patches = append(set.Patches, evidence.PatchState{Origin: evidence.Origin{Name: at.String() + ":" + i.Class}, Instance: i, Damaged: err})
			}
		}
		switch {
		case err == nil:
			set.PatchesAsked = true
		case set.PatchesErr == nil || absent(set.PatchesErr) && !absent(err):
			set.PatchesErr = askError(at, c.class, err)
		case !absent(err):
			set.Problems = append(set.Problems, evidence.Problem{Name: at.String() + ":" + c.class, Err: askError(at, c.class, err)})
		}
		if unreachable(err) {
			return set // what is asked next would wait as long
		}
	}
	if set.PatchesAsked && absentOrNil(set.PatchesErr) {
		set.PatchesErr = nil
	}
	set.Cycles = inventoryCycles(ctx, w, host, &set)
	lastStart(ctx, w, host, &set)
	return set
}

// lastStart asks when the computer was started: a restart that something waits for may
// have taken place.
func lastStart(ctx context.Context, w wmi, host string, set *evidence.Set) {
	at, class := space{host, `root\cimv2`}, "Win32_OperatingSystem"
	list, err := w.query(ctx, at, class, "")
	if err != nil && !absent(err) {
		set.Problems = append(set.Problems, evidence.Problem{Name: at.String() + ":" + class, Err: askError(at, class, err)})
	}
	for i := range list {
		if t, zoned, err := mof.ParseClock(list[i].Get("LastBootUpTime")); err == nil && zoned {
			set.Booted, set.BootedBy = t.UTC(), evidence.Origin{Name: at.String() + ":" + class}
		}
	}
}

func inventoryCycles(ctx context.Context, w wmi, host string, set *evidence.Set) []evidence.Cycle {
	at, class := space{host, `root\ccm\invagt`}, "InventoryActionStatus"
	list, err := w.query(ctx, at, class, "")
	if err != nil && !absent(err) {
		set.Problems = append(set.Problems, evidence.Problem{Name: at.String() + ":" + class, Err: askError(at, class, err)})
	}
	var cycles []evidence.Cycle
	for i := range list {
		if c, ok := evidence.CycleOf(evidence.Origin{Name: at.String() + ":" + list[i].Class}, list[i]); ok {
			cycles = append(cycles, c)
		}
	}
	return cycles
}

// absent tells whether an error only says that a client of another kind, or none,
// made the class.
func absent(err error) bool { return errors.Is(err, ErrNoClass) || errors.Is(err, ErrNoNamespace) }

func absentOrNil(err error) bool { return err == nil || absent(err) }

// unreachable tells whether nothing else of the computer will answer either.
func unreachable(err error) bool {
	for _, why := range []error{ErrNoWMI, errNoRPC, errNoHost, errSlow, errWMIBroken, errWMIStopped, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, why) {
			return true
		}
	}
	return false
}

func askError(at space, class string, err error) error {
	do := "try it again"
	var e *WMIError
	if errors.As(err, &e) {
		do = e.Do
	}
	return &HostError{"ask", at.String() + ":" + class, err, do}
}

var (
	errNotInSite  = errors.New("the site knows no such computer")
	errNoSiteScan = errors.New("the site holds no hardware scan of it")
	errNoSiteName = errors.New("the name of the site server or the site code is missing, or is none")
)

// LastHardwareScan asks the SMS provider of a site when it took the last hardware
// inventory of a computer, by its NetBIOS name. What the provider says has no zone:
// it is the wall clock of the site, and zoned is false then, with the time in UTC.
func (l Local) LastHardwareScan(ctx context.Context, server, site, computer string) (at time.Time, zoned bool, err error) {
	w := l.wmi()
	if server == "" || len(site) != 3 || strings.Trim(strings.ToUpper(site), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return at, false, &HostError{"ask the site for", "Last Hardware Scan", errNoSiteName, "give site and code, or read it in Resource Explorer > Hardware > Workstation Status"}
	}
	sp := space{strings.TrimLeft(server, `\`), `root\sms\site_` + site}
	const system, status = "SMS_R_System", "SMS_G_System_WORKSTATION_STATUS"
	list, err := w.query(ctx, sp, system, "NetbiosName = "+wqlText(computer))
	if err != nil {
		return at, false, askError(sp, system, err)
	}
	const do = "check the computer's name at the site"
	for i := range list {
		id, err := strconv.ParseUint(list[i].Get("ResourceID"), 10, 32)
		if err != nil {
			continue
		}
		scans, err := w.query(ctx, sp, status, fmt.Sprintf("ResourceID = %d", id))
		if err != nil {
			return at, false, askError(sp, status, err)
		}
		for k := range scans {
			t, z, err := mof.ParseClock(scans[k].Get("LastHardwareScan"))
			if err == nil && t.After(at) { // an old record of it may be left
				at, zoned = t, z
			}
		}
	}
	switch {
	case len(list) == 0:
		err = &HostError{"ask", sp.String() + ":" + system, fmt.Errorf("%w: %s", errNotInSite, computer), do}
	case at.IsZero():
		err = &HostError{"ask", sp.String() + ":" + status, errNoSiteScan, do}
	}
	return at, zoned, err
}

package diagnose_test

import (
	"encoding/xml"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/evidence/cab"
	"patchtrace/diagnose/evidence/mof"
	"patchtrace/pipeline"
)

// day is an instant in June 2007.
func day(d, hour int) time.Time { return time.Date(2007, 6, d, hour, 0, 0, 0, time.UTC) }

var sms2003 = sync.OnceValue(func() *diagnose.Matcher {
	b, err := pipeline.Load("sms2003")
	if err != nil {
		panic(err)
	}
	return diagnose.NewMatcher(b)
})

// client is what is on an SMS 2003 client; absent times are days without that.
type client struct {
	sync, scan, inventory, install time.Time
	installed                      string // an update that the install names
	now, site                      time.Time
	evidence                       evidence.Set
}

// healthy scanned and sent its inventory on the same day.
func healthy() client { return client{scan: day(5, 6), inventory: day(5, 7), now: day(5, 12)} }

func (c client) report(t testing.TB) *diagnose.Report {
	t.Helper()
	e := sms2003().Engine(diagnose.Options{
		Now: c.now, Clock: c.now, NowSource: "flag", Machine: time.UTC, LastHardwareScan: c.site, LastHardwareScanSource: "flag", Evidence: &c.evidence,
	})
	say := func(log string, at time.Time, messages ...string) {
		if at.IsZero() {
			return
		}
		var text strings.Builder
		for i, m := range messages {
			text.WriteString(ccm(at.Add(-time.Hour+time.Duration(i)*time.Second), strings.TrimSuffix(log, ".log"), 1, "%s", m))
		}
		for _, r := range records(log, text.String()) {
			e.Observe(r)
		}
	}
	say("SecuritySyncXml.log", c.sync, "SyncXml started for package EXA00010", "Sync completed successfully")
	say("ScanWrapper.log", c.scan, "Software Updates Scan Tool Started", "Scan completed successfully")
	say("InventoryAgent.log", c.inventory, "Inventory: Successfully sent report. Destination:mp:MP_HinvEndpoint, ID: {4E1B7C2A-90D3-4F58-A6C1-0B2D3E4F5A6B}, Timeout: 10080 minutes MsgMode: Signed, Not Encrypted")
	say("PatchInstall.log", c.install, "PatchInstall started, list PatchAuthorize.xml", c.installed+" installed, exit code 0")
	return e.Report()
}

const (
	sourceFile = "PkgSource/1033/mssecure.cab"
	pointFile  = "SMSPKGC$/EXA00012/1033/mssecure.cab"
	cacheFile  = "vpcache/EXA00012/1033/mssecure.cab"
)

// copyAt is a security catalogue at a place, downloaded at a time.
func copyAt(place evidence.Place, version string, downloaded time.Time) evidence.Copy {
	name := map[evidence.Place]string{evidence.PackageSource: sourceFile, evidence.DistributionPoint: pointFile, evidence.ClientCache: cacheFile, evidence.Elsewhere: "mssecure.cab"}[place]
	return evidence.Copy{
		Origin: evidence.Origin{Name: name}, Place: place, Generation: evidence.MSSecure, Track: "security",
		DataVersion: version, Downloaded: downloaded, Published: day(1, 0), Digest: version,
	}
}

func bad(c evidence.Copy, err error) evidence.Copy {
	c.Err, c.DataVersion, c.Digest, c.Published = err, "", "", time.Time{}
	return c
}

func gone(c evidence.Copy) evidence.Copy {
	return evidence.Copy{Origin: c.Origin, Place: c.Place, Generation: c.Generation, Track: c.Track, Missing: true}
}

// state is an instance of Win32_PatchState; absent times are properties it lacks.
func state(id, status string, detected, applied, scanned time.Time) evidence.PatchState {
	p := evidence.PatchState{Origin: evidence.Origin{Name: "Win32_PatchState.mof", Line: 3}, Instance: mof.Instance{Class: "Win32_PatchState"}}
	bulletin, number, _ := strings.Cut(id, " ")
	p.Set("ID", bulletin)
	p.Set("QNumbers", number)
	p.Set("Status", status)
	for name, at := range map[string]time.Time{"TimeDetected": detected, "TimeApplied": applied, "ScanDateTime": scanned} {
		if !at.IsZero() {
			p.Set(name, mof.Time(at))
		}
	}
	return p
}

func list(numbers ...string) evidence.Authorization {
	a := evidence.Authorization{Origin: evidence.Origin{Name: "EXA00031/PatchAuthorize.xml"}}
	for _, n := range numbers {
		a.Patches = append(a.Patches, evidence.Authorized{Number: n})
	}
	return a
}

func cycle(reported time.Time) []evidence.Cycle {
	return []evidence.Cycle{{Origin: evidence.Origin{Name: "InventoryActionStatus.mof"}, Action: evidence.HardwareInventory, Reported: reported, Major: 4, Minor: 11}}
}

// TestEvidenceBesideTheLogsCounts says for every rule when it holds and when not.
// want lists "stage status" and "rule" or "rule severity"; not lists rules.
func TestEvidenceBesideTheLogsCounts(t *testing.T) {
	never := time.Time{}
	tests := []struct {
		name    string
		client  func(*client)
		verdict string
		want    []string
		not     []string
	}{
		{name: "nothing beside the logs", verdict: "passed", want: []string{"sync unknown", "sync.not-seen"}},

		// The age of the catalogue.
		{name: "downloaded in time, published long ago", verdict: "passed", client: func(c *client) {
			cp := copyAt(evidence.PackageSource, "1.1.2.501", day(4, 5))
			cp.Published = day(-40, 0)
			c.evidence.Catalogues = []evidence.Copy{cp}
		}, want: []string{"sync unknown", "sync.catalogue-unchanged info", "sync.not-seen"}, not: []string{"sync.catalogue-old"}},
		{name: "not downloaded for longer than the interval", verdict: "failed sync", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.1.2.501", day(-4, 5))}
		}, want: []string{"sync stale", "sync.catalogue-old error"}},
		{name: "a sync may begin late", verdict: "passed", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.1.2.501", c.now.Add(-7*24*time.Hour-time.Hour))}
		}, not: []string{"sync.catalogue-old"}},
		{name: "a later sync found nothing newer", verdict: "passed", client: func(c *client) {
			c.sync = day(5, 5)
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.1.2.501", day(-14, 5))}
		}, want: []string{"sync passed", "sync.catalogue-unchanged info"}, not: []string{"sync.catalogue-old"}},
		{name: "an earlier sync does not explain", verdict: "failed sync", client: func(c *client) {
			c.sync = day(-5, 3)
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.1.2.501", day(-5, 4))}
		}, want: []string{"sync stale", "sync.catalogue-old error"}},
		{name: "the sync that worked last is late by a weekend", verdict: "passed", client: func(c *client) {
			c.sync = day(-3, 6)
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.1.2.501", day(-3, 6).Add(-time.Minute))}
		}, want: []string{"sync passed", "sync.catalogue-old warning"}},
		{name: "the sync that worked last is late by more", verdict: "failed sync", client: func(c *client) {
			c.sync = day(-5, 6)
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.1.2.501", day(-5, 6).Add(-time.Minute))}
		}, want: []string{"sync stale", "sync.catalogue-old error"}},
		{name: "only the client's copy is here, and it is old", verdict: "failed sync", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.ClientCache, "1.1.2.501", day(-14, 5))}
		}, want: []string{"sync.catalogue-old error"}},
		{name: "the package source counts, not an old copy somewhere", verdict: "passed", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.1.2.501", day(4, 5)), copyAt(evidence.Elsewhere, "1.1.2.300", day(-90, 5))}
		}, not: []string{"sync.catalogue-old"}},
		{name: "the date of a bare XML is that of its last change", verdict: "passed", client: func(c *client) {
			cp := copyAt(evidence.PackageSource, "1.1.2.501", day(-30, 5))
			cp.Name = "PkgSource/1033/mssecure.xml"
			c.evidence.Catalogues = []evidence.Copy{cp}
		}, not: []string{"sync.catalogue-old"}},
		{name: "copied files have the copy's date", verdict: "passed", client: func(c *client) {
			c.now = day(30, 0)
			c.scan, c.inventory = day(28, 6), day(28, 7)
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.1.2.501", day(29, 0)), copyAt(evidence.ClientCache, "1.1.2.501", day(29, 0).Add(time.Minute))}
		}, not: []string{"sync.catalogue-old", "sync.catalogue-fresh", "scan.before-catalogue"}},
		{name: "a catalogue that the product does not use", verdict: "passed", client: func(c *client) {
			cp := copyAt(evidence.PackageSource, "", day(-90, 5))
			cp.Generation, cp.Track = evidence.WSUSScn2, "microsoft-update"
			c.evidence.Catalogues = []evidence.Copy{cp}
		}, not: []string{"sync.catalogue-old"}},

		// Copies that differ.
		{name: "the distribution point is behind", verdict: "failed sync", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.1.2.1001", day(4, 5)), copyAt(evidence.DistributionPoint, "1.1.2.999", day(-1, 5)), copyAt(evidence.ClientCache, "1.1.2.999", day(-1, 5))}
		}, want: []string{"sync stale", "sync.catalogue-behind error"}, not: []string{"scan.old-catalogue", "scan.before-catalogue"}},
		{name: "versions are numbers: 1001 is newer than 999", verdict: "passed", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.1.2.999", day(4, 5)), copyAt(evidence.DistributionPoint, "1.1.2.1001", day(4, 6))}
		}, not: []string{"sync.catalogue-behind"}},
		{name: "on its way to the distribution point", verdict: "passed", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.1.2.502", c.now.Add(-time.Hour)), copyAt(evidence.DistributionPoint, "1.1.2.501", day(4, 5))}
		}, want: []string{"sync.catalogue-behind warning", "sync unknown"}},
		{name: "the distribution point has none", verdict: "failed sync", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.1.2.502", day(4, 5)), gone(copyAt(evidence.DistributionPoint, "", never))}
		}, want: []string{"sync.catalogue-behind error"}},
		{name: "no copy anywhere is no fault by itself", verdict: "passed", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{gone(copyAt(evidence.PackageSource, "", never)), gone(copyAt(evidence.DistributionPoint, "", never)), gone(copyAt(evidence.ClientCache, "", never))}
		}, not: []string{"sync.catalogue-behind", "scan.old-catalogue"}},
		{name: "without versions the dates tell which is older", verdict: "failed sync", client: func(c *client) {
			a, b := copyAt(evidence.PackageSource, "", day(4, 5)), copyAt(evidence.DistributionPoint, "", day(-1, 5))
			a.Digest, b.Digest, a.Published, b.Published = "a", "b", never, never
			c.evidence.Catalogues = []evidence.Copy{a, b}
		}, want: []string{"sync.catalogue-behind error"}},
		{name: "a copy that was dated by the copying is the same by its bytes", verdict: "passed", client: func(c *client) {
			a, b := copyAt(evidence.PackageSource, "", day(4, 5)), copyAt(evidence.DistributionPoint, "", day(3, 5))
			a.Digest, b.Digest = "a", "a"
			c.evidence.Catalogues = []evidence.Copy{a, b}
		}, not: []string{"sync.catalogue-behind"}},
		{name: "the scan used an old catalogue", verdict: "failed scan", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.DistributionPoint, "1.1.2.502", day(4, 5)), copyAt(evidence.ClientCache, "1.1.2.501", day(-1, 5))}
		}, want: []string{"scan stale", "scan.old-catalogue error"}},
		{name: "the scan was over before the newer catalogue came", verdict: "failed scan", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.DistributionPoint, "1.1.2.502", day(5, 8)), copyAt(evidence.ClientCache, "1.1.2.501", day(-1, 5))}
		}, want: []string{"scan stale", "scan.before-catalogue error"}},
		// The client is an hour west of UTC: by its clock this is half an hour after the scan.
		{name: "the newer catalogue, dated by an archive without a zone, came after the scan", verdict: "failed scan", client: func(c *client) {
			c.now = day(5, 20)
			cp := copyAt(evidence.DistributionPoint, "1.1.2.502", day(5, 5).Add(30*time.Minute))
			cp.Wall = true
			c.evidence.Catalogues = []evidence.Copy{cp, copyAt(evidence.ClientCache, "1.1.2.501", day(-1, 5))}
		}, want: []string{"scan stale", "scan.before-catalogue error"}, not: []string{"scan.old-catalogue"}},
		{name: "the newer catalogue came just now", verdict: "passed", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.DistributionPoint, "1.1.2.502", c.now.Add(-30*time.Minute)), copyAt(evidence.ClientCache, "1.1.2.501", day(-1, 5))}
		}, want: []string{"scan passed", "scan.before-catalogue warning"}},
		{name: "an older package is left in the cache", verdict: "passed", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.DistributionPoint, "1.1.2.502", day(4, 5)), copyAt(evidence.ClientCache, "1.1.2.100", day(-90, 5)), copyAt(evidence.ClientCache, "1.1.2.502", day(4, 5))}
		}, not: []string{"scan.old-catalogue", "scan.before-catalogue"}},

		// Copies that cannot be read.
		{name: "the package source is damaged", verdict: "failed sync", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{bad(copyAt(evidence.PackageSource, "", day(4, 5)), fmt.Errorf("read block 3: %w", cab.ErrChecksum))}
		}, want: []string{"sync failed", "sync.catalogue-unreadable error"}},
		{name: "the client's copy is damaged since its last scan", verdict: "failed scan", client: func(c *client) {
			c.inventory = day(5, 10)
			c.evidence.Catalogues = []evidence.Copy{bad(copyAt(evidence.ClientCache, "", day(5, 9)), cab.ErrCut)}
		}, want: []string{"scan failed", "scan.catalogue-unreadable error"}},
		{name: "a scan read the client's copy since", verdict: "passed", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{bad(copyAt(evidence.ClientCache, "", day(4, 9)), cab.ErrCut)}
		}, want: []string{"scan passed", "scan.catalogue-unreadable warning"}},
		{name: "the distribution point's copy is damaged since the last scan", verdict: "failed scan", client: func(c *client) {
			c.inventory = day(5, 10)
			c.evidence.Catalogues = []evidence.Copy{bad(copyAt(evidence.DistributionPoint, "", day(5, 9)), cab.ErrDamaged)}
		}, want: []string{"scan failed", "scan.catalogue-unreadable error"}},
		{name: "a damaged XML", verdict: "failed sync", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{bad(copyAt(evidence.PackageSource, "", day(4, 9)), fmt.Errorf("read catalogue: %w", &xml.SyntaxError{Msg: "x", Line: 4}))}
		}, want: []string{"sync.catalogue-unreadable error"}},
		{name: "a copy that may not be opened here may be sound", verdict: "passed", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{bad(copyAt(evidence.ClientCache, "", day(5, 9)), &fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission})}
		}, not: []string{"scan.catalogue-unreadable"}},
		{name: "a packing that is not unpacked here is no damage", verdict: "passed", client: func(c *client) {
			c.evidence.Catalogues = []evidence.Copy{bad(copyAt(evidence.ClientCache, "", day(5, 9)), cab.ErrMethod)}
		}, not: []string{"scan.catalogue-unreadable"}},

		// Scan results and inventory.
		{name: "the result went with the inventory", verdict: "passed", client: func(c *client) {
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(5, 6), never, day(5, 6))}
		}, not: []string{"inventory.result-not-sent"}},
		{name: "the result is newer than the inventory", verdict: "waiting inventory", client: func(c *client) {
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(5, 10), never, never)}
		}, want: []string{"inventory waiting", "inventory.result-not-sent warning"}},
		{name: "the result is newer by more than an interval", verdict: "failed inventory", client: func(c *client) {
			c.now = day(14, 0)
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(13, 10), never, day(13, 10))}
		}, want: []string{"inventory stale", "inventory.stale error"}, not: []string{"inventory.result-not-sent"}},
		{name: "the agent notes a newer report than its log", verdict: "passed", client: func(c *client) {
			c.now = day(14, 0)
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(13, 10), never, day(13, 10))}
			c.evidence.Cycles = cycle(day(13, 11))
		}, not: []string{"inventory.stale", "inventory.result-not-sent"}},
		{name: "no inventory log, but the agent notes a report", verdict: "passed", client: func(c *client) {
			c.inventory = never
			c.evidence.Cycles = cycle(day(5, 7))
		}, want: []string{"inventory passed", "inventory.ask-last-hardware-scan"}},
		{name: "what the agent notes never reached the site", verdict: "failed inventory", client: func(c *client) {
			c.inventory, c.site = never, day(1, 7)
			c.evidence.Cycles = cycle(day(5, 7))
		}, want: []string{"inventory failed", "inventory.lost-after-client error"}},
		{name: "what the agent notes is what the site has", verdict: "passed", client: func(c *client) {
			c.inventory, c.site = never, day(5, 7)
			c.evidence.Cycles = cycle(day(5, 7).Add(time.Minute))
		}, want: []string{"inventory passed", "inventory.last-hardware-scan"}},
		{name: "an older report that the agent notes changes nothing", verdict: "passed", client: func(c *client) {
			c.evidence.Cycles = cycle(day(1, 7))
		}, want: []string{"inventory passed"}},
		{name: "the software inventory's report is none of hardware", verdict: "unknown inventory", client: func(c *client) {
			c.inventory = never
			c.evidence.Cycles = cycle(day(5, 7))
			c.evidence.Cycles[0].Action = "{00000000-0000-0000-0000-000000000002}"
		}, want: []string{"inventory unknown"}},
		{name: "no scan log, but results", verdict: "passed", client: func(c *client) {
			c.scan = never
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", never, never, day(5, 6))}
		}, want: []string{"scan passed"}},

		// Authorisation.
		{name: "nothing that is applicable is authorised", verdict: "waiting install", client: func(c *client) {
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(5, 6), never, never)}
			c.evidence.Authorizations = []evidence.Authorization{list("931768")}
		}, want: []string{"install waiting", "install.not-authorized warning"}},
		{name: "what is applicable is authorised", verdict: "passed", client: func(c *client) {
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(5, 6), never, never)}
			c.evidence.Authorizations = []evidence.Authorization{list("935840")}
		}, not: []string{"install.not-authorized", "install.partly-authorized"}},
		{name: "one of two is authorised", verdict: "passed", client: func(c *client) {
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(5, 6), never, never), state("MS07-027 931768", "Applicable", day(5, 6), never, never)}
			c.evidence.Authorizations = []evidence.Authorization{list("935840")}
		}, want: []string{"install.partly-authorized info"}, not: []string{"install.not-authorized"}},
		{name: "all is installed", verdict: "passed", client: func(c *client) {
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Installed", day(5, 6), never, never)}
			c.evidence.Authorizations = []evidence.Authorization{list("931768")}
		}, not: []string{"install.not-authorized"}},
		{name: "no list is here", verdict: "passed", client: func(c *client) {
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(5, 6), never, never)}
		}, not: []string{"install.not-authorized"}},
		{name: "a list that nobody understands authorises who knows what", verdict: "passed", client: func(c *client) {
			a := list()
			a.Unknown = true
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(5, 6), never, never)}
			c.evidence.Authorizations = []evidence.Authorization{a}
		}, want: []string{"install.list-not-recognised info"}, not: []string{"install.not-authorized"}},
		{name: "the list did its work, and more is missing", verdict: "passed", client: func(c *client) {
			c.install, c.installed = day(4, 6), "MS07-027 (KB931768)"
			c.evidence.Patches = []evidence.PatchState{state("MS07-027 931768", "Installed", day(5, 6), never, never), state("MS07-031 935840", "Applicable", day(5, 6), never, never)}
			c.evidence.Authorizations = []evidence.Authorization{list("931768")}
		}, want: []string{"install passed", "install.not-authorized info"}},
		{name: "a cut list and no attempt", verdict: "passed", client: func(c *client) {
			a := list()
			a.Err = &xml.SyntaxError{Msg: "unexpected EOF", Line: 9}
			c.evidence.Authorizations = []evidence.Authorization{a}
		}, want: []string{"install.list-unreadable info"}},
		{name: "an empty list and an attempt", verdict: "passed", client: func(c *client) {
			c.install, c.installed = day(4, 6), "MS07-027 (KB931768)"
			c.evidence.Authorizations = []evidence.Authorization{list()}
		}, want: []string{"install.list-empty warning"}},

		// After an install.
		{name: "installed and not scanned since", verdict: "passed", client: func(c *client) {
			c.install, c.installed = day(5, 9), "MS07-031 (KB935840)"
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(5, 6), never, never)}
		}, want: []string{"scan.after-install info"}, not: []string{"install.still-applicable"}},
		{name: "applied after the scan, and no log of it", verdict: "passed", client: func(c *client) {
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(5, 6), day(5, 9), day(5, 6))}
		}, want: []string{"scan.after-install info"}},
		{name: "found missing, applied, and seen as installed by a scan without a time", verdict: "passed", client: func(c *client) {
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Installed", day(4, 6), day(5, 9), never)}
		}, not: []string{"scan.after-install"}},
		{name: "scanned since and installed", verdict: "passed", client: func(c *client) {
			c.install, c.installed = day(5, 5), "MS07-031 (KB935840)"
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Installed", day(5, 6), day(5, 5), never)}
		}, not: []string{"scan.after-install", "install.still-applicable"}},
		{name: "scanned since and still applicable", verdict: "passed", client: func(c *client) {
			c.install, c.installed = day(5, 5), "MS07-031 (KB935840)"
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(5, 6), never, never)}
		}, want: []string{"install.still-applicable warning"}},
		{name: "another update is still applicable", verdict: "passed", client: func(c *client) {
			c.install, c.installed = day(5, 5), "MS07-027 (KB931768)"
			c.evidence.Patches = []evidence.PatchState{state("MS07-031 935840", "Applicable", day(5, 6), never, never)}
		}, not: []string{"install.still-applicable"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := healthy()
			if tt.client != nil {
				tt.client(&c)
			}
			r := c.report(t)
			if got := strings.TrimSpace(r.Verdict.Status + " " + r.Verdict.Stage); got != tt.verdict {
				t.Errorf("the verdict is %s, want %s: %s", got, tt.verdict, r.Verdict.Summary)
			}
			facts := said(r)
			for _, w := range tt.want {
				if !slices.Contains(facts, w) {
					t.Errorf("not said: %s; but %q", w, facts)
				}
			}
			for _, n := range tt.not {
				if slices.Contains(facts, n) {
					t.Errorf("said: %s", n)
				}
			}
		})
	}
}

// said lists what a report says in the words of the test above. Rules lose the
// product's name.
func said(r *diagnose.Report) []string {
	var list []string
	for _, s := range r.Stages {
		list = append(list, s.ID+" "+string(s.Status))
		for _, f := range s.Findings {
			rule := strings.TrimPrefix(f.Rule, r.Product+".")
			list = append(list, rule, rule+" "+f.Severity)
		}
	}
	return list
}

func TestAFindingQuotesWhatItWasReadIn(t *testing.T) {
	c := healthy()
	cp := copyAt(evidence.PackageSource, "1.1.2.501", time.Date(2007, 5, 1, 13, 12, 0, 0, time.UTC))
	cp.Published = time.Date(2007, 4, 24, 0, 0, 0, 0, time.UTC)
	c.evidence.Catalogues = []evidence.Copy{cp}
	f := c.report(t).Stages[0].Findings[0]
	want := diagnose.Evidence{
		Log: sourceFile, Time: &cp.Downloaded, Local: "2007-05-01T12:12:00.000-01:00",
		Text: "mssecure.cab  downloaded 2007-05-01 12:12 -01:00, published 2007-04-24, DataVersion 1.1.2.501",
	}
	if len(f.Evidence) != 1 || f.Evidence[0].Text != want.Text || f.Evidence[0].Log != want.Log || f.Evidence[0].Local != want.Local || !f.Evidence[0].Time.Equal(*want.Time) {
		t.Errorf("got %+v", f.Evidence)
	}
	if len(f.Do) == 0 || !strings.Contains(f.Source, "KB889430") || f.Track != "security" {
		t.Errorf("got %+v", f)
	}
}

// What an archive or an export dates without a zone is dated by the client's clock,
// and what was given stays as it is.
func TestWallClocksBesideTheLogsAreTheClients(t *testing.T) {
	c := healthy()
	cp, listed, noted := copyAt(evidence.PackageSource, "1.1.2.501", day(4, 5)), list("931768"), cycle(day(5, 6))
	cp.Wall, listed.Wall, noted[0].Wall = true, true, true
	c.evidence = evidence.Set{Catalogues: []evidence.Copy{cp}, Authorizations: []evidence.Authorization{listed}, Cycles: noted}
	for range 2 {
		r := c.report(t)
		if got := r.Catalogues[0].Downloaded; got == nil || !got.Equal(day(4, 6)) {
			t.Errorf("downloaded %v", got)
		}
		if got := r.InventoryStatus.Reported; got == nil || !got.Equal(day(5, 7)) {
			t.Errorf("reported %v", got)
		}
		if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.HasPrefix(n, "Times beside the logs that name no time zone") }) {
			t.Errorf("notes %q", r.Notes)
		}
	}
}

func TestResultsOfSeveralComputersAreSaidToBe(t *testing.T) {
	for _, tt := range []struct {
		hosts []string
		want  string
	}{
		{[]string{"WKS1", "wks1.example.test", ""}, ""},
		{[]string{"WKS1", "wks2.example.test", "wks1"}, "The scan results are of 2 computers (WKS1, WKS2), "},
		{[]string{"a", "b", "c", "d", "e", "f", "g"}, "of 7 computers (A, B, C, D, E, 2 more), "},
		{[]string{"10.0.0.5", "10.0.0.6"}, "of 2 computers (10.0.0.5, 10.0.0.6), "},
	} {
		c := healthy()
		for _, h := range tt.hosts {
			p := state("MS07-031 935840", "Applicable", day(5, 6), time.Time{}, time.Time{})
			p.Host = h
			c.evidence.Patches = append(c.evidence.Patches, p)
		}
		notes := strings.Join(c.report(t).Notes, " ")
		if strings.Contains(notes, "computers") != (tt.want != "") || !strings.Contains(notes, tt.want) {
			t.Errorf("%q: %s", tt.hosts, notes)
		}
	}
}

func TestTheReportListsWhatIsBesideTheLogs(t *testing.T) {
	c := healthy()
	c.evidence = evidence.Set{
		Catalogues: []evidence.Copy{
			copyAt(evidence.PackageSource, "1.1.2.502", day(5, 11)), copyAt(evidence.DistributionPoint, "1.1.2.501", day(4, 5)),
			bad(copyAt(evidence.ClientCache, "", day(4, 5)), cab.ErrCut), gone(copyAt(evidence.ClientCache, "", time.Time{})),
		},
		Patches: []evidence.PatchState{
			state("MS07-031 935840", "Applicable", day(5, 6), time.Time{}, time.Time{}), state("MS07-027 931768", "Installed", day(5, 5), time.Time{}, time.Time{}),
			state("MS07-027 931768", "Installed", time.Time{}, time.Time{}, day(5, 6)), state("MS07-020 1", "Superseded", time.Time{}, time.Time{}, time.Time{}),
		},
		PatchesAsked:   true,
		Authorizations: []evidence.Authorization{list("931768")},
		Cycles:         cycle(day(5, 7)),
		Problems:       []evidence.Problem{{Name: "x.cab", Err: fs.ErrPermission}},
	}
	r := c.report(t)
	var states []string
	for _, c := range r.Catalogues {
		states = append(states, c.Place+" "+c.State)
	}
	if want := []string{"package source ok", "distribution point differs", "client's cache unreadable", "client's cache missing"}; !slices.Equal(states, want) {
		t.Errorf("catalogues %q", states)
	}
	if p := r.PatchStates; p.Total != 3 || p.Installed != 1 || p.Applicable != 1 || p.Other != 1 || !p.Asked || !p.NewestScan.Equal(day(5, 6)) {
		t.Errorf("%+v", p)
	}
	if a := r.Authorization; len(a) != 1 || a[0].Authorized != 1 || !slices.Equal(a[0].ApplicableNotAuthorized, []string{"MS07-031 (935840)"}) {
		t.Errorf("%+v", a)
	}
	if s := r.InventoryStatus; !s.Reported.Equal(day(5, 7)) || s.Version != "4.11" {
		t.Errorf("%+v", s)
	}
	if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.HasPrefix(n, "x.cab could not be read: ") }) {
		t.Errorf("notes %q", r.Notes)
	}
}

// Whatever lies beside the logs, there is a report, and no finding in it without a
// proof. An empty set says nothing at all.
func TestAnyEvidenceGivesAReport(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	when := func() time.Time {
		if rng.IntN(4) == 0 {
			return time.Time{}
		}
		return day(5, 0).Add(time.Duration(rng.IntN(60*24)-30*24) * time.Hour)
	}
	for range 2000 {
		c := client{scan: when(), inventory: when(), sync: when(), install: when(), installed: "MS07-031 (KB935840)", now: day(6, 0), site: when()}
		for range rng.IntN(6) {
			place := []evidence.Place{evidence.PackageSource, evidence.DistributionPoint, evidence.ClientCache, evidence.Elsewhere}[rng.IntN(4)]
			cp := copyAt(place, []string{"", "1.1.2.501", "1.1.2.1001", "x"}[rng.IntN(4)], when())
			switch rng.IntN(4) {
			case 0:
				cp = bad(cp, []error{cab.ErrCut, cab.ErrMethod, fs.ErrPermission}[rng.IntN(3)])
			case 1:
				cp = gone(cp)
			}
			cp.Generation = []evidence.Generation{evidence.MSSecure, evidence.Office, evidence.WSUSScn2, ""}[rng.IntN(4)]
			c.evidence.Catalogues = append(c.evidence.Catalogues, cp)
		}
		for range rng.IntN(4) {
			id := []string{"MS07-031 935840", "MS07-027 931768", " ", "x y"}[rng.IntN(4)]
			c.evidence.Patches = append(c.evidence.Patches, state(id, []string{"Applicable", "Installed", "", "?"}[rng.IntN(4)], when(), when(), when()))
		}
		for range rng.IntN(3) {
			a := list([]string{"935840", "931768"}[:rng.IntN(3)]...)
			a.Unknown, a.Modified = rng.IntN(5) == 0, when()
			if rng.IntN(4) == 0 {
				a.Err = []error{fs.ErrNotExist, evidence.ErrXMLEmpty, evidence.ErrXMLSyntax}[rng.IntN(3)]
			}
			c.evidence.Authorizations = append(c.evidence.Authorizations, a)
		}
		if rng.IntN(2) == 0 {
			c.evidence.Cycles = cycle(when())
		}
		r := c.report(t)
		if len(r.Stages) != 4 || r.Verdict.Summary == "" {
			t.Fatalf("no report: %+v", r)
		}
		for _, s := range r.Stages {
			for _, f := range s.Findings {
				if len(f.Evidence) == 0 && f.Absent == "" || f.Title == "" || len(f.Do) == 0 && f.Severity != diagnose.SevInfo {
					t.Fatalf("a finding without proof or advice: %+v", f)
				}
			}
		}
	}
	c := healthy()
	with := encode(t, c.report(t))
	e := diagnose.New(book(t, "sms2003"), diagnose.Options{Clock: day(5, 0)})
	without := diagnose.New(book(t, "sms2003"), diagnose.Options{Clock: day(5, 0), Evidence: &evidence.Set{}})
	if a, b := encode(t, e.Report()), encode(t, without.Report()); a != b || strings.Contains(with, "patchStates") {
		t.Errorf("an empty set says something:\n%s", b)
	}
}

// A report is made several times a second while a stage runs, on clients with
// thousands of instances.
func BenchmarkReportOfManyPatchesAndALongList(b *testing.B) {
	c := healthy()
	for i := range 3000 {
		c.evidence.Patches = append(c.evidence.Patches, state(fmt.Sprintf("MS07-%03d %d", i%1000, 100000+i), []string{"Installed", "Applicable"}[i%2], day(5, 6), time.Time{}, time.Time{}))
	}
	a := list()
	for i := range 10000 {
		a.Patches = append(a.Patches, evidence.Authorized{Number: fmt.Sprint(200000 + i)})
	}
	c.evidence.Authorizations = []evidence.Authorization{a}
	for b.Loop() {
		if a := c.report(b).Authorization[0]; len(a.ApplicableNotAuthorized)+a.ApplicableNotAuthorizedLeftOut != 1500 {
			b.Fatal(a)
		}
	}
}

// A folder of damaged files does not bury the report.
func TestDamagedFilesAreNotedInBounds(t *testing.T) {
	c := healthy()
	for i := range 400 {
		c.evidence.Problems = append(c.evidence.Problems, evidence.Problem{Name: fmt.Sprintf("%03d.mof", i), Err: fs.ErrPermission})
	}
	notes := c.report(t).Notes
	if len(notes) > 12 || !slices.Contains(notes, "392 more files beside the logs could not be read.") || !slices.Contains(notes, "000.mof could not be read: permission denied.") {
		t.Errorf("%d notes: %q", len(notes), notes)
	}
}

// A list by itself may well be newer than the newest line of an idle client: only
// catalogues show that files were copied.
// Of hundreds of copies and lists the report lists some, and says how many there are
// more: those that findings quote, then those that can be read.
func TestHundredsOfFilesAreListedInBounds(t *testing.T) {
	c := healthy()
	numbered := func(c evidence.Copy, dir string, i int) evidence.Copy {
		c.Name = fmt.Sprintf("%s%03d/%s", dir, i, c.Name)
		return c
	}
	for i := range 300 {
		for _, place := range []evidence.Place{evidence.PackageSource, evidence.DistributionPoint, evidence.ClientCache, evidence.Elsewhere} {
			c.evidence.Catalogues = append(c.evidence.Catalogues, numbered(bad(copyAt(place, "", day(4, 5)), fmt.Errorf("byte %d: %w", i, cab.ErrChecksum)), "a", i))
		}
		unread := list()
		unread.Name, unread.Err = fmt.Sprintf("%03d/PatchAuthorize.xml", i), &xml.SyntaxError{Msg: "x", Line: i}
		c.evidence.Authorizations = append(c.evidence.Authorizations, unread)
	}
	c.evidence.Catalogues = append(c.evidence.Catalogues, numbered(copyAt(evidence.Elsewhere, "1.1.2.1", day(4, 5)), "z", 0),
		numbered(copyAt(evidence.DistributionPoint, "1.1.2.900", day(4, 5)), "z", 1), numbered(copyAt(evidence.ClientCache, "1.1.2.300", day(4, 5)), "z", 2))
	c.evidence.Authorizations = append(c.evidence.Authorizations, list("931768"))
	for i := range 400 {
		c.evidence.Patches = append(c.evidence.Patches, state(fmt.Sprintf("MS07-%03d %d", i, 100000+i), "Applicable", day(5, 6), time.Time{}, time.Time{}))
	}
	r := c.report(t)
	for _, a := range r.Authorization {
		if n := len(a.ApplicableNotAuthorized); a.State == diagnose.CopyOK && (n != 50 || n+a.ApplicableNotAuthorizedLeftOut != 400) {
			t.Errorf("%d updates that are not authorised listed, %d left out", n, a.ApplicableNotAuthorizedLeftOut)
		}
	}
	if got := len(r.Catalogues) + r.CataloguesLeftOut; len(r.Catalogues) != 50 || got != 1203 {
		t.Errorf("%d copies listed, %d left out", len(r.Catalogues), r.CataloguesLeftOut)
	}
	if got := len(r.Authorization) + r.AuthorizationLeftOut; len(r.Authorization) != 50 || got != 301 {
		t.Errorf("%d lists listed, %d left out", len(r.Authorization), r.AuthorizationLeftOut)
	}
	if !slices.ContainsFunc(r.Authorization, func(a diagnose.AuthorizationList) bool { return a.State == diagnose.CopyOK }) {
		t.Error("the list that can be read is left out")
	}
	at := func(name string) int {
		return slices.IndexFunc(r.Catalogues, func(c diagnose.Catalogue) bool { return strings.HasPrefix(c.File, name) })
	}
	if at("z001/") < 0 || at("z002/") < 0 || at("z001/") > at("a299/") && at("a299/") >= 0 {
		t.Errorf("copies that can be read are left out: %d, %d", at("z001/"), at("z002/"))
	}
	for _, s := range r.Stages {
		if len(s.Findings) > 8 {
			t.Errorf("%s has %d findings", s.ID, len(s.Findings))
		}
		for _, f := range s.Findings {
			for _, e := range f.Evidence {
				if e.Beside && strings.HasSuffix(e.Log, "mssecure.cab") && at(e.Log) < 0 {
					t.Errorf("%s quotes %s, which is left out", f.Rule, e.Log)
				}
			}
			if strings.HasSuffix(f.Rule, "catalogue-unreadable") && (len(f.Evidence) != 5 || !strings.Contains(f.Meaning, "299 more copies cannot be read either.")) {
				t.Errorf("%s with %d files says %s", f.Rule, len(f.Evidence), f.Meaning)
			}
		}
	}
	if n := len(encode(t, r)); n > 100<<10 {
		t.Errorf("%d bytes", n)
	}
}

func TestANewListAloneIsNoSignOfCopying(t *testing.T) {
	c := healthy()
	l := list("835732")
	l.Modified = day(5, 11)
	c.evidence.Authorizations = []evidence.Authorization{l}
	for range 2 {
		notes := strings.Join(c.report(t).Notes, " ")
		if want := len(c.evidence.Catalogues) > 0; strings.Contains(notes, "when they were copied") != want {
			t.Errorf("copied should be %v: %s", want, notes)
		}
		c.evidence.Catalogues = []evidence.Copy{copyAt(evidence.PackageSource, "1.2", day(5, 11))}
	}
}

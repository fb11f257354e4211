package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/evidence/mof"
	"patchtrace/logparse"
)

// hour is an instant of the day on which the tests play.
func hour(h float64) time.Time {
	return time.Date(2007, 6, 7, 0, 0, 0, 0, time.UTC).Add(time.Duration(h * float64(time.Hour)))
}

// world is what a test lets the trace see.
type world struct {
	in Input
}

const xp, server = "Windows XP Service Pack 2", "Windows Server 2003 Service Pack 1"

func newWorld(t *testing.T, patch string) *world {
	t.Helper()
	p, err := ParsePatch(patch)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{}
	w.in = Input{Patch: p, Now: hour(12), Report: &diagnose.Report{
		Product: "sms2003", Target: "client", Zone: diagnose.Zone{Offset: "-05:00", Source: "log"},
		LastHardwareScan: diagnose.LastHardwareScan{Source: "none"},
	}}
	w.in.Evidence.PatchesAsked = true
	return w
}

type nothing struct{ *bytes.Reader }

func (nothing) Close() error { return nil }

// log adds the lines of a log: each an hour of the day and a text.
func (w *world) log(t *testing.T, name string, lines ...any) {
	t.Helper()
	var b strings.Builder
	for i := 0; i < len(lines); i += 2 {
		at := hour(lines[i].(float64)).Add(-5 * time.Hour)
		fmt.Fprintf(&b, "<![LOG[%s]LOG]!><time=\"%s+300\" date=\"%s\" component=\"C\" context=\"\" type=\"1\" thread=\"1\" file=\"f:1\">\r\n", lines[i+1], at.Format("15:04:05.000"), at.Format("01-02-2006"))
	}
	w.in.Lines = append(w.in.Lines, linesIn(t, name, b.String())...)
	w.in.Report.Coverage = append(w.in.Report.Coverage, diagnose.Coverage{Log: name, State: diagnose.LogRead, Records: int64(len(lines) / 2), From: ref(hour(0))})
}

func linesIn(t testing.TB, name, text string) []Line {
	t.Helper()
	data := []byte(text)
	log := logparse.Log{Name: name, Parts: []logparse.Part{{Name: name, Size: int64(len(data)), Open: func() (logparse.File, error) { return nothing{bytes.NewReader(data)}, nil }}}}
	var lines []Line
	for rec, err := range logparse.Records(context.Background(), log, logparse.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, Line{rec.Clone()})
	}
	return lines
}

// ran adds a run of a stage that ended well.
func (w *world) ran(stage string, h float64, track ...string) {
	ev := diagnose.Event{Time: hour(h), Stage: stage, Kind: "success", Log: stage + ".log", Line: 7, Text: stage + " ended well"}
	if len(track) > 0 {
		ev.Track = track[0]
	}
	w.in.Report.Timeline = append(w.in.Report.Timeline, ev)
}

// failed lets the diagnosis say that a stage broke.
func (w *world) failed(stage string, h float64, title string) {
	w.in.Report.Stages = append(w.in.Report.Stages, diagnose.StageReport{ID: stage, Status: diagnose.Failed, LastFailure: ref(hour(h)), Findings: []diagnose.Finding{
		{Severity: diagnose.SevError, Title: title, Do: []string{"mend it"}, Evidence: []diagnose.Evidence{{Log: stage + ".log", Line: 9, Text: title}}},
	}})
}

func patchState(id, q, product, status string, detected float64, more ...string) evidence.PatchState {
	i := mof.Instance{Class: "Win32_PatchState"}
	for n, v := range []string{id, q, product, status, "Security", mof.Time(hour(detected)), "ScanWrapper.exe"} {
		i.Set([]string{"ID", "QNumbers", "Product", "Status", "Type", "TimeDetected", "ScanAgent"}[n], v)
	}
	for n := 0; n < len(more); n += 2 {
		i.Set(more[n], more[n+1])
	}
	return evidence.PatchState{Origin: evidence.Origin{Name: "PatchState.mof", Line: 3}, Instance: i}
}

func (w *world) client(p ...evidence.PatchState) {
	w.in.Evidence.Patches = append(w.in.Evidence.Patches, p...)
}

func (w *world) site(p ...evidence.PatchState) {
	w.in.Evidence.SiteAsked = true
	w.in.Evidence.SitePatches = append(w.in.Evidence.SitePatches, p...)
}

// copy adds a copy of the catalogue that lists what is given.
func (w *world) copy(place evidence.Place, version string, downloaded float64, list ...evidence.Listed) {
	w.in.Evidence.Catalogues = append(w.in.Evidence.Catalogues, evidence.Copy{
		Origin: evidence.Origin{Name: string(place) + "/mssecure.cab"}, Place: place, Generation: evidence.MSSecure, Track: "security", DataVersion: version,
		Downloaded: hour(downloaded), Published: hour(-48),
		Bulletins: func(f evidence.Find) ([]evidence.Listed, error) {
			var found []evidence.Listed
			for _, l := range list {
				if has(f.Bulletins, l.Bulletin) || has(f.Numbers, l.Number) {
					found = append(found, l)
				}
			}
			return found, nil
		},
	})
}

func (w *world) authorise(h float64, p ...evidence.Authorized) {
	for i := range p {
		p[i].Time, p[i].Zoned = hour(h), true
	}
	w.in.Evidence.Authorizations = append(w.in.Evidence.Authorizations, evidence.Authorization{Origin: evidence.Origin{Name: "PatchAuthorize.xml", Line: 1}, Patches: p})
}

var (
	listed = evidence.Listed{Bulletin: "MS04-011", Number: "835732", Patch: "Q835732.exe", Title: "a title", Posted: hour(-72), Products: []string{xp, server}}
	allow  = evidence.Authorized{Bulletin: "MS04-011", Number: "835732", Product: xp}
)

// check compares a trace with "outcome broken: step=state …", and holds every
// trace to what all must be.
func (w *world) check(t *testing.T, want string) *Trace {
	t.Helper()
	tr := Follow(w.in)
	sane(t, tr)
	c := tr.Chains[0]
	got := string(c.Outcome) + " " + c.Broken + ":"
	for _, s := range c.Steps {
		got += " " + s.ID + "=" + string(s.State)
	}
	if got != want {
		t.Errorf("got  %s\nwant %s\n%s", got, want, c.Summary)
	}
	return tr
}

// sane holds a trace to the promises of the package.
func sane(t testing.TB, tr *Trace) {
	t.Helper()
	if tr.Schema != Schema || tr.Summary == "" || len(tr.Chains) == 0 {
		t.Errorf("%+v", tr)
	}
	for _, c := range tr.Chains {
		if len(c.Steps) != len(Steps(tr.Product)) {
			t.Errorf("%d steps", len(c.Steps))
		}
		if c.Summary == "" || (c.Outcome == Broken) != (c.Broken != "") {
			t.Errorf("outcome %s, broken %q: %q", c.Outcome, c.Broken, c.Summary)
		}
		first := ""
		for i, s := range c.Steps {
			if s.ID != Steps(tr.Product)[i] || s.Title == "" || s.Text == "" {
				t.Errorf("step %d: %+v", i, s)
			}
			if len(s.Evidence) == 0 && s.Absent == "" {
				t.Errorf("%s has neither evidence nor an absence: %s", s.ID, s.Text)
			}
			if s.State == Failed && first == "" {
				first = s.ID
			}
		}
		if first != c.Broken {
			t.Errorf("the first broken link is %q, not %q", first, c.Broken)
		}
		if c.Outcome == Broken && len(c.Do) == 0 {
			t.Errorf("nothing to do about %s: %s", c.Broken, c.Summary)
		}
	}
}

func TestTheLifeOfAPatch(t *testing.T) {
	w := newWorld(t, "MS04-011")
	w.copy(evidence.PackageSource, "2", 1, listed)
	w.copy(evidence.DistributionPoint, "2", 1, listed)
	w.authorise(1, allow)
	w.site()
	w.check(t, "waiting : catalogue=ok scan=waiting inventory=waiting authorised=ok install=waiting rescan=waiting")
	w.copy(evidence.ClientCache, "2", 1, listed)
	w.client(patchState("MS04-011", "835732", xp, "Applicable", 2))
	w.ran("scan", 2)
	w.check(t, "waiting : catalogue=ok scan=ok inventory=waiting authorised=ok install=waiting rescan=waiting")
	w.ran("inventory", 3)
	w.site(patchState("MS04-011", "835732", xp, "Applicable", 2))
	w.check(t, "waiting : catalogue=ok scan=ok inventory=ok authorised=ok install=waiting rescan=waiting")
	w.log(t, "PatchInstall.log", 4.0, "Installing MS04-011 (Q835732): Q835732.exe /q /z", 4.25, "MS04-011 (Q835732) was installed, exit code 0")
	w.check(t, "waiting : catalogue=ok scan=ok inventory=ok authorised=ok install=ok rescan=waiting")
	w.in.Evidence.Patches = nil
	w.client(patchState("MS04-011", "835732", xp, "Installed", 2, "TimeApplied", mof.Time(hour(4.25))))
	w.ran("scan", 5)
	w.check(t, "waiting : catalogue=ok scan=ok inventory=ok authorised=ok install=ok rescan=waiting")
	w.ran("inventory", 6)
	w.in.Evidence.SitePatches = nil
	w.site(patchState("MS04-011", "835732", xp, "Installed", 2, "TimeApplied", mof.Time(hour(4.25))))
	tr := w.check(t, "installed : catalogue=ok scan=ok inventory=ok authorised=ok install=ok rescan=ok")
	if !strings.Contains(tr.Chains[0].Steps[4].Text, "2007-06-06 23:15:00 -05:00, exit code 0") {
		t.Error(tr.Chains[0].Steps[4].Text)
	}
}

func TestBrokenLinks(t *testing.T) {
	applicable := patchState("MS04-011", "835732", xp, "Applicable", 2)
	for _, tt := range []struct {
		name string
		set  func(*testing.T, *world)
		want string
		says string
	}{
		{
			"no catalogue has it", func(_ *testing.T, w *world) { w.copy(evidence.PackageSource, "1", 1) },
			"broken catalogue: catalogue=broken scan=waiting inventory=waiting authorised=waiting install=waiting rescan=waiting", "no copy of the catalogue lists it",
		},
		{
			"the sync failed", func(_ *testing.T, w *world) {
				w.copy(evidence.PackageSource, "1", 1)
				w.failed("sync", 2, "The proxy wants credentials")
			},
			"broken catalogue: catalogue=broken scan=waiting inventory=waiting authorised=waiting install=waiting rescan=waiting", "the proxy wants credentials",
		},
		{
			"not distributed", func(_ *testing.T, w *world) {
				w.copy(evidence.PackageSource, "2", 1, listed)
				w.copy(evidence.DistributionPoint, "1", -90)
			},
			"broken catalogue: catalogue=broken scan=waiting inventory=waiting authorised=waiting install=waiting rescan=waiting", "distribution point is an older one",
		},
		{"cut on the distribution point", func(_ *testing.T, w *world) {
			w.copy(evidence.PackageSource, "2", 1, listed)
			w.copy(evidence.DistributionPoint, "", 1)
			w.in.Evidence.Catalogues[1].Err = errors.New("the cabinet ends early")
		}, "broken catalogue: catalogue=broken scan=waiting inventory=waiting authorised=waiting install=waiting rescan=waiting", "the cabinet ends early"},
		{"scanned with an old catalogue", func(_ *testing.T, w *world) {
			w.copy(evidence.DistributionPoint, "1.1.2.412", 1, listed)
			w.copy(evidence.ClientCache, "1.1.2.409", -90)
			w.ran("scan", 2)
		}, "broken scan: catalogue=ok scan=broken inventory=waiting authorised=waiting install=waiting rescan=waiting", "older catalogue than the distribution point holds (1.1.2.409, not 1.1.2.412)"},
		{"the scan failed", func(_ *testing.T, w *world) {
			w.copy(evidence.DistributionPoint, "2", 1, listed)
			w.failed("scan", 2, "WMI refused the scan results")
		}, "broken scan: catalogue=ok scan=broken inventory=waiting authorised=waiting install=waiting rescan=waiting", "WMI refused the scan results"},
		{"the inventory was not delivered", func(_ *testing.T, w *world) {
			w.client(applicable)
			w.site()
			w.failed("inventory", 3, "The management point does not answer")
			w.authorise(1, allow)
		}, "broken inventory: catalogue=ok scan=ok inventory=broken authorised=ok install=waiting rescan=waiting", "the management point does not answer"},
		{"the inventory was lost", func(_ *testing.T, w *world) {
			w.client(applicable)
			w.site()
			w.ran("inventory", 3)
			w.authorise(1, allow)
		}, "broken inventory: catalogue=ok scan=ok inventory=broken authorised=ok install=waiting rescan=waiting", "but the site does not have it"},
		{"Last Hardware Scan is older than what was sent", func(_ *testing.T, w *world) {
			w.client(applicable)
			w.ran("inventory", 3)
			w.in.Report.LastHardwareScan = diagnose.LastHardwareScan{Time: ref(hour(-100)), Source: "flag"}
			w.authorise(1, allow)
		}, "broken inventory: catalogue=ok scan=ok inventory=broken authorised=ok install=waiting rescan=waiting", "Last Hardware Scan at the site is"},
		{"not authorised", func(_ *testing.T, w *world) {
			w.client(applicable)
			w.site(applicable)
			w.authorise(1, evidence.Authorized{Bulletin: "MS04-012", Number: "828741"})
		}, "broken authorised: catalogue=ok scan=ok inventory=ok authorised=broken install=waiting rescan=waiting", "not authorised"},
		{"authorised for another product", func(_ *testing.T, w *world) {
			w.client(applicable)
			w.site(applicable)
			w.authorise(1, evidence.Authorized{Bulletin: "MS04-011", Number: "835732", Product: server})
		}, "broken authorised: catalogue=ok scan=ok inventory=ok authorised=broken install=waiting rescan=waiting", "not authorised"},
		{"the installation failed", func(t *testing.T, w *world) {
			w.client(applicable)
			w.site(applicable)
			w.authorise(1, allow)
			w.log(t, "PatchInstall.log", 4.0, "Installing MS04-011 (Q835732)", 4.25, "MS04-011 (Q835732) ended with exit code 1603")
		}, "broken install: catalogue=ok scan=ok inventory=ok authorised=ok install=broken rescan=waiting", "exit code 1603 ("},
		{"postponed", func(t *testing.T, w *world) {
			w.client(applicable)
			w.site(applicable)
			w.authorise(1, allow)
			w.log(t, "PatchInstall.log", 4.25, "MS04-011 (Q835732) is postponed, its grace period ends 2007-06-09 12:00")
		}, "waiting : catalogue=ok scan=ok inventory=ok authorised=ok install=waiting rescan=waiting", "postponed"},
		{"a restart is pending", func(t *testing.T, w *world) {
			w.client(applicable)
			w.site(applicable)
			w.authorise(1, allow)
			w.log(t, "PatchInstall.log", 4.25, "MS04-011 (Q835732) ended with exit code 3010")
		}, "waiting : catalogue=ok scan=ok inventory=ok authorised=ok install=waiting rescan=waiting", "a restart is pending"},
		{"the restart has taken place", func(t *testing.T, w *world) {
			w.client(applicable)
			w.site(applicable)
			w.authorise(1, allow)
			w.log(t, "PatchInstall.log", 4.25, "MS04-011 (Q835732) ended with exit code 3010")
			w.ran("scan", 5)
			w.in.Evidence.Booted, w.in.Evidence.BootedBy = hour(6), evidence.Origin{Name: `root\cimv2:Win32_OperatingSystem`}
		}, "waiting : catalogue=ok scan=ok inventory=ok authorised=ok install=ok rescan=waiting", "no scan has run since"},
		{"failed, then installed, not rescanned", func(t *testing.T, w *world) {
			w.client(applicable)
			w.site(applicable)
			w.authorise(1, allow)
			w.log(t, "PatchInstall.log", 4.25, "MS04-011 (Q835732) ended with exit code 1603", 5.25, "MS04-011 (Q835732) was installed, exit code 0")
		}, "waiting : catalogue=ok scan=ok inventory=ok authorised=ok install=ok rescan=waiting", "no scan has run since"},
		{"installed long ago, never rescanned", func(t *testing.T, w *world) {
			w.client(applicable)
			w.site(applicable)
			w.authorise(1, allow)
			w.log(t, "PatchInstall.log", 4.25, "MS04-011 (Q835732) was installed, exit code 0")
			w.in.Now = hour(24 * 30)
		}, "broken rescan: catalogue=ok scan=ok inventory=ok authorised=ok install=ok rescan=broken", "for 29 days now"},
		{"installed, and still found missing", func(t *testing.T, w *world) {
			w.client(applicable)
			w.site(applicable)
			w.authorise(1, allow)
			w.log(t, "PatchInstall.log", 4.25, "MS04-011 (Q835732) was installed, exit code 0")
			w.ran("scan", 5)
		}, "broken rescan: catalogue=ok scan=ok inventory=ok authorised=ok install=ok rescan=broken", "still finds it missing"},
		{"superseded", func(_ *testing.T, w *world) {
			l := listed
			l.SupersededBy = []string{"MS05-001"}
			w.copy(evidence.DistributionPoint, "2", 1, l)
			w.copy(evidence.ClientCache, "2", 1, l)
			w.ran("scan", 2)
		}, "superseded : catalogue=ok scan=skipped inventory=skipped authorised=skipped install=skipped rescan=skipped", "superseded by MS05-001"},
		{"for another product", func(_ *testing.T, w *world) {
			l := listed
			l.Products = []string{server}
			w.copy(evidence.ClientCache, "2", 1, l)
			w.ran("scan", 2)
		}, "not-applicable : catalogue=ok scan=skipped inventory=skipped authorised=skipped install=skipped rescan=skipped", server},
		{"installed before the first scan", func(_ *testing.T, w *world) {
			p := patchState("MS04-011", "835732", xp, "Installed", 2)
			w.client(p)
			w.site(p)
		}, "installed : catalogue=ok scan=ok inventory=ok authorised=skipped install=skipped rescan=skipped", "before the first scan"},
		{
			"nothing was seen", func(_ *testing.T, w *world) { w.in.Evidence.PatchesAsked = false },
			"unknown : catalogue=unknown scan=unknown inventory=waiting authorised=waiting install=waiting rescan=waiting", "no copy of the catalogue was seen",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, "KB835732")
			tt.set(t, w)
			if tr := w.check(t, tt.want); !strings.Contains(tr.Summary, tt.says) {
				t.Errorf("does not say %q: %s", tt.says, tr.Summary)
			}
		})
	}
}

func TestOneArticleForTwoProducts(t *testing.T) {
	w := newWorld(t, "835732")
	w.client(patchState("MS04-011", "835732", xp, "Installed", 2), patchState("MS04-011", "835732", server, "Applicable", 2))
	w.site(w.in.Evidence.Patches...)
	w.authorise(1, allow)
	tr := Follow(w.in)
	sane(t, tr)
	if len(tr.Chains) != 2 || tr.Chains[0].Product != server || tr.Chains[0].Broken != StepAuthorised || tr.Chains[1].Outcome != Installed || tr.Outcome != Broken {
		t.Errorf("%+v", tr.Chains)
	}
}

// An article that was asked for does not bring in the others of its bulletin, and
// a line about one of those says nothing of it.
func TestABulletinWithTwoArticles(t *testing.T) {
	second := listed
	second.Number, second.Patch = "840987", "Q840987.exe"
	w := newWorld(t, "MS04-011")
	w.copy(evidence.ClientCache, "2", 1, listed, second)
	w.client(patchState("MS04-011", "835732", xp, "Applicable", 2), patchState("MS04-011", "840987", xp, "Applicable", 2))
	w.log(t, "PatchInstall.log", 4.25, "MS04-011 (Q840987) ended with exit code 1603")
	tr := Follow(w.in)
	sane(t, tr)
	if len(tr.Chains) != 2 || tr.Chains[0].Number != "835732" || tr.Chains[0].Broken == StepInstall || tr.Chains[1].Broken != StepInstall {
		t.Errorf("%+v", tr.Chains)
	}
	w.in.Patch, _ = ParsePatch("835732")
	if tr := Follow(w.in); len(tr.Chains) != 1 || tr.Chains[0].Number != "835732" {
		t.Errorf("%+v", tr.Chains)
	}
}

// A scan that is older than the only catalogue that was seen says nothing of what
// that one lists.
func TestAScanBeforeTheCatalogueDoesNotSpeakOfIt(t *testing.T) {
	for _, tt := range []struct {
		scan float64
		want string
	}{
		{0.5, "waiting : catalogue=ok scan=waiting inventory=waiting authorised=waiting install=waiting rescan=waiting"},
		{1.5, "not-applicable : catalogue=ok scan=skipped inventory=skipped authorised=skipped install=skipped rescan=skipped"},
	} {
		w := newWorld(t, "MS04-011")
		w.copy(evidence.PackageSource, "2", 1, listed)
		w.client(patchState("MS04-012", "828741", xp, "Installed", 0))
		w.ran("scan", tt.scan)
		w.check(t, tt.want)
	}
}

// What the site holds may be of an inventory that the logs do not show any more.
func TestLastHardwareScanSpeaksForItself(t *testing.T) {
	for _, tt := range []struct {
		scan, sent float64
		want       string
	}{
		{3, 4, "ok"}, {3, -1, "ok"}, {1, 4, "broken"}, {1, -1, "waiting"},
	} {
		w := newWorld(t, "MS04-011")
		w.client(patchState("MS04-011", "835732", xp, "Applicable", 2))
		w.ran("inventory", tt.sent)
		w.in.Report.LastHardwareScan = diagnose.LastHardwareScan{Time: ref(hour(tt.scan)), Source: "flag"}
		tr := Follow(w.in)
		sane(t, tr)
		w.in.Report.LastHardwareScan.Future = true
		if s := Follow(w.in).Chains[0].Steps[2]; strings.Contains(s.Text, "Last Hardware Scan") && !strings.Contains(s.Text, "shows") {
			t.Errorf("what lies in the future proves something: %s, %s", s.State, s.Text)
		}
		if s := tr.Chains[0].Steps[2]; string(s.State) != tt.want {
			t.Errorf("scan %v, sent %v: %s, %s", tt.scan, tt.sent, s.State, s.Text)
		}
	}
}

// An export of several computers has a chain for each.
func TestSeveralComputersAreKeptApart(t *testing.T) {
	w := newWorld(t, "MS04-011")
	one, two := patchState("MS04-011", "835732", xp, "Applicable", 2), patchState("MS04-011", "835732", xp, "Installed", 2)
	one.Host, two.Host = "WKS1", "WKS2"
	w.client(one, two)
	tr := Follow(w.in)
	sane(t, tr)
	if len(tr.Chains) != 2 || tr.Chains[0].Product != xp+" on WKS1" || tr.Chains[1].Product != xp+" on WKS2" {
		t.Errorf("%+v", tr.Chains)
	}
}

func TestEachLineProvesALinkOnce(t *testing.T) {
	line := diagnose.Evidence{Log: "a.log", Line: 3, Text: "sent"}
	s := Step{Evidence: []diagnose.Evidence{line}}
	s.broke(&diagnose.Finding{Title: "The report was lost.", Evidence: []diagnose.Evidence{line, {Log: "a.log", Line: 4, Text: "lost"}}}, "it was sent")
	if len(s.Evidence) != 2 || s.Text != "it was sent: the report was lost" {
		t.Errorf("%q, %v", s.Text, s.Evidence)
	}
	for title, want := range map[string]string{
		"WMI refused the results": "WMI refused the results", "Group Policy sets a server": "Group Policy sets a server",
		"Windows Installer refused": "Windows Installer refused", "Proxy refused the login": "proxy refused the login", "": "",
	} {
		if got := lowerFirst(title); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPlacesWithoutACatalogueAreListedAndNamedOnce(t *testing.T) {
	w := newWorld(t, "MS04-011")
	for _, p := range []evidence.Place{evidence.PackageSource, evidence.PackageSource, evidence.ClientCache} {
		w.in.Evidence.Catalogues = append(w.in.Evidence.Catalogues, evidence.Copy{Origin: evidence.Origin{Name: "somewhere/mssecure.cab"}, Place: p, Missing: true})
	}
	s := Follow(w.in).Chains[0].Steps[0]
	if s.State != Failed || s.Absent != "no catalogue in package source and client's cache" || len(s.Copies) != 3 || s.Copies[2].State != CopyMissing {
		t.Errorf("%+v", s)
	}
}

// A place that has one track's catalogue is not said to have none.
func TestWhatIsMissingOfOneTrackIsNamedByIt(t *testing.T) {
	w := newWorld(t, "MS99-999")
	w.copy(evidence.DistributionPoint, "2", 1, listed)
	w.in.Evidence.Catalogues[0].Track = "security"
	for _, p := range []evidence.Place{evidence.DistributionPoint, evidence.ClientCache} {
		w.in.Evidence.Catalogues = append(w.in.Evidence.Catalogues, evidence.Copy{Origin: evidence.Origin{Name: "x/mssecure.cab"}, Place: p, Track: "office", Missing: true})
	}
	if s := Follow(w.in).Chains[0].Steps[0]; s.Absent != "no catalogue in distribution point (office) and client's cache" {
		t.Errorf("%q", s.Absent)
	}
}

func TestAScanThatFailedHasNoResultToSave(t *testing.T) {
	w := newWorld(t, "KB835732")
	w.in.Evidence.PatchesAsked = false
	w.copy(evidence.ClientCache, "2", 1, listed)
	if tr := Follow(w.in); !strings.Contains(strings.Join(tr.Chains[0].Do, " "), "save the instances") {
		t.Error(tr.Chains[0].Do)
	}
	w.failed("scan", 2, "WMI refused access")
	if tr := Follow(w.in); tr.Chains[0].Broken != StepScan || strings.Contains(strings.Join(tr.Chains[0].Do, " "), "save the instances") {
		t.Error(tr.Chains[0].Broken, tr.Chains[0].Do)
	}
}

// A class that is not there was never written: that is no result which cannot be seen.
func TestWhereTheClassIsNotThereNoScanHasLooked(t *testing.T) {
	for _, tt := range []struct {
		err      error
		want, do string
	}{
		{errors.New("0x80041010 (Invalid class)"), "no scan has looked for it yet", "ScanWrapper.exe"},
		// Windows answers "not found" to who opens a class.
		{fmt.Errorf("ask root\\cimv2:Win32_PatchState: %w (0x80041002)", evidence.ErrNoClass), "no scan has looked for it yet", "ScanWrapper.exe"},
		{errors.New("0x80041003 (Access denied)"), "cannot be seen", "mend why WMI does not give them, or save the instances"},
	} {
		w := newWorld(t, "KB835732")
		w.in.Evidence.PatchesAsked, w.in.Evidence.PatchesErr = false, tt.err
		w.copy(evidence.ClientCache, "2", 1, listed)
		c := Follow(w.in).Chains[0]
		if do := strings.Join(c.Do, " "); !strings.Contains(c.Steps[1].Text, tt.want) || !strings.Contains(do, tt.do) {
			t.Errorf("%v: %q, %q; want %q, %q", tt.err, c.Steps[1].Text, do, tt.want, tt.do)
		}
	}
}

func TestWhatTheLogSaysOfADistributionIsQuoted(t *testing.T) {
	w := newWorld(t, "KB835732")
	w.copy(evidence.PackageSource, "2", 1, listed)
	w.copy(evidence.DistributionPoint, "1", 0)
	w.failed("sync", 2, "Package EXA00012 was not distributed")
	plain := Follow(w.in).Chains[0].Steps[0]
	for i := range w.in.Report.Stages {
		for n := range w.in.Report.Stages[i].Findings {
			f := &w.in.Report.Stages[i].Findings[n]
			f.Rule, f.Do = "sms2003.sync.distribution-failed", []string{"read Distmgr.log"}
		}
	}
	c := Follow(w.in).Chains[0]
	if s := c.Steps[0]; s.State != Failed || strings.Contains(plain.Text, "EXA00012") || !strings.Contains(s.Text, "EXA00012 was not distributed") || len(s.Evidence) <= len(plain.Evidence) {
		t.Errorf("%q, without the log %q", s.Text, plain.Text)
	}
	if do := strings.Join(c.Do, "; "); do != "read Distmgr.log; then scan this client again" {
		t.Error(do)
	}
}

// A bulletin may have several articles, an article several updates: the answer names
// the one that it is about.
func TestTheSummaryNamesTheChainThatItIsAbout(t *testing.T) {
	w := newWorld(t, "MS04-011")
	w.client(patchState("MS04-011", "835732", "", "Installed", 1), patchState("MS04-011", "841720", "", "Applicable", 1))
	w.authorise(1, evidence.Authorized{Bulletin: "MS04-999", Number: "999999"})
	if tr := Follow(w.in); len(tr.Chains) != 2 || !strings.HasPrefix(tr.Summary, "MS04-011 (KB841720): ") {
		t.Errorf("%d chains, %s", len(tr.Chains), tr.Summary)
	}
	w = newCM(t, "KB9900001")
	w.found(t, 1, "Installed")
	w.log(t, "WUAHandler.log", 1.0, "Update (Missing): A title (KB9900001) ("+part+", 200)")
	if tr := Follow(w.in); len(tr.Chains) != 2 || !strings.HasPrefix(tr.Summary, "KB9900001, update "+part+": ") {
		t.Errorf("%d chains, %s", len(tr.Chains), tr.Summary)
	}
}

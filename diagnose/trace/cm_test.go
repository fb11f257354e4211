package trace

import (
	"strings"
	"testing"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/evidence/mof"
)

const (
	part       = "3302a902-0320-471b-a057-c2fd0cb58f53"
	transfer   = "E2C3B7A5-1EE8-4F5F-A1BA-EC05D2C84A06"
	download   = "D1D11F89-FF8E-4CA2-A35B-52C467341145"
	assignment = "{73B691C7-3CCA-4F2C-A703-7BC0CC930B99}"
	sum        = "Update (Site_CC8CEB3D-3B09-475C-A7A0-D1D2954CDFD9/SUM_" + someUpdate + ")"
)

func newCM(t *testing.T, patch string) *world {
	w := newWorld(t, patch)
	w.in.Report.Product = "configmgr"
	w.in.Evidence.PatchesAsked = false
	return w
}

func (w *world) found(t *testing.T, h float64, state string) {
	w.log(t, "WUAHandler.log", h, "Update ("+state+"): Security Update for Example Product (KB9900001) ("+someUpdate+", 200)", h, "Successfully completed scan.")
	w.log(t, "UpdatesStore.log", h, "Successfully raised state message for update ("+strings.ToUpper(someUpdate)+") with state ("+state+").")
	w.log(t, "StateMessage.log", h+.5, "Successfully forwarded State Messages to the MP")
	w.log(t, "CcmMessaging.log", h+.5, "OutgoingMessage(Queue='mp_mp_relayendpoint', ID={839493EF-7B8A-5B90-A095-41E5F580F5C3}): Delivered successfully to host 'mp01.example.test'.")
}

func TestTheLifeOfAnUpdate(t *testing.T) {
	for _, patch := range []string{"KB9900001", someUpdate, "SUM_" + strings.ToUpper(someUpdate)} {
		w := newCM(t, patch)
		w.check(t, "unknown : scan=unknown state=waiting deployed=waiting content=waiting install=waiting restart=waiting rescan=waiting")
		w.found(t, 1, "Missing")
		w.check(t, "unknown : scan=ok state=ok deployed=unknown content=waiting install=waiting restart=waiting rescan=waiting")
		w.log(t, "UpdatesDeployment.log", 2.0, sum+" Name (Security Update for Example Product (KB9900001)) ArticleID (9900001) added to the targeted list of deployment ("+assignment+")")
		w.check(t, "waiting : scan=ok state=ok deployed=ok content=waiting install=waiting restart=waiting rescan=waiting")
		w.log(t, "UpdatesHandler.log", 2.1, "Bundle update ("+someUpdate+") is requesting download from child updates for action (INSTALL)", 2.1, `Content Text = <Content ContentId="`+part+`" Version="1">`)
		w.log(t, "CAS.log", 2.25, "Submitted CTM job {"+transfer+"} to download Content "+part+".1 under context System")
		w.log(t, "ContentTransferManager.log", 2.25, "CTM job {"+transfer+"} (corresponding DTS job {"+download+"}) started download from 'http://dp01.example.test' for full content download.")
		w.check(t, "waiting : scan=ok state=ok deployed=ok content=waiting install=waiting restart=waiting rescan=waiting")
		failed := *w
		failed.in.Lines = append([]Line(nil), w.in.Lines...)
		failed.log(t, "DataTransferService.log", 2.5, "DTSJob {"+download+"}: Error retrieving manifest (0x800704cf).  Will attempt retry 140 in 3600 seconds.")
		if tr := failed.check(t, "broken content: scan=ok state=ok deployed=ok content=broken install=waiting restart=waiting rescan=waiting"); !strings.Contains(tr.Summary, "0x800704CF") {
			t.Error(tr.Summary)
		}
		w.log(t, "CAS.log", 2.5, "Hash verification succeeded for content "+part+".1 downloaded under context System")
		w.check(t, "waiting : scan=ok state=ok deployed=ok content=ok install=waiting restart=waiting rescan=waiting")
		w.log(t, "WUAHandler.log", 3.0, "Update 1 ("+someUpdate+") finished installing (0x80240022), Reboot Required? No")
		w.check(t, "broken install: scan=ok state=ok deployed=ok content=ok install=broken restart=waiting rescan=waiting")
		w.log(t, "WUAHandler.log", 4.0, "Update 1 ("+someUpdate+") finished installing (0x00000000), Reboot Required? Yes")
		w.check(t, "waiting : scan=ok state=ok deployed=ok content=ok install=ok restart=waiting rescan=waiting")
		w.in.Evidence.Booted = hour(3.5) // before it asked for a restart
		w.check(t, "waiting : scan=ok state=ok deployed=ok content=ok install=ok restart=waiting rescan=waiting")
		started := *w
		started.in.Evidence.Booted = hour(4.5)
		if tr := started.check(t, "waiting : scan=ok state=ok deployed=ok content=ok install=ok restart=ok rescan=waiting"); !strings.Contains(tr.Summary, "no scan has looked since") {
			t.Error(tr.Summary)
		}
		w.log(t, "UpdatesDeployment.log", 5.0, "CUpdatesJob({B193D0AA-C7FF-43FE-A750-0B7EB2BB8BC0}): Detect after reboot job completed with result = 0x0")
		w.check(t, "waiting : scan=ok state=ok deployed=ok content=ok install=ok restart=ok rescan=waiting")
		w.found(t, 6, "Installed")
		w.check(t, "installed : scan=ok state=ok deployed=ok content=ok install=ok restart=ok rescan=ok")
	}
}

func TestLinksOfConfigurationManager(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(*testing.T, *world)
		want string
		says string
	}{
		{"not deployed", func(t *testing.T, w *world) {
			w.found(t, 1, "Missing")
			w.log(t, "UpdatesDeployment.log", 1.0, "EnumerateUpdates for action (UpdateActionInstall) - Total actionable updates = 0")
		}, "broken deployed: scan=ok state=ok deployed=broken content=waiting install=waiting restart=waiting rescan=waiting", "no deployment targets it"},
		{
			"the scan fails", func(_ *testing.T, w *world) { w.failed("scan", 2, "Group Policy sets another update server") },
			"broken scan: scan=broken state=waiting deployed=waiting content=waiting install=waiting restart=waiting rescan=waiting", "Group Policy",
		},
		{"superseded", func(t *testing.T, w *world) {
			w.found(t, 1, "Missing")
			w.log(t, "WUAHandler.log", 2.0, "Pruning: update id ("+someUpdate+") is superseded by ("+part+").")
		}, "superseded : scan=skipped state=skipped deployed=skipped content=skipped install=skipped restart=skipped rescan=skipped", part},
		{"a line that supersedes another says nothing of it", func(t *testing.T, w *world) {
			w.found(t, 1, "Missing")
			w.log(t, "WUAHandler.log", 2.0, "Pruning: update id ("+part+") is superseded by ("+someUpdate+").")
		}, "unknown : scan=ok state=ok deployed=unknown content=waiting install=waiting restart=waiting rescan=waiting", "UpdatesDeployment.log is not here"},
		{"waits for a window", func(t *testing.T, w *world) {
			w.found(t, 1, "Missing")
			w.log(t, "UpdatesDeployment.log", 2.0, sum+" Name (a (KB9900001)) ArticleID (9900001) added to the targeted list of deployment ("+assignment+")", 3.0, "No current service window available to run updates assignment with time required = 1")
			w.log(t, "CAS.log", 2.5, "Download completed for content "+someUpdate+".1 under context System")
		}, "waiting : scan=ok state=ok deployed=ok content=ok install=waiting restart=waiting rescan=waiting", "service window"},
		{
			"installed by something else", func(t *testing.T, w *world) { w.found(t, 1, "Installed") },
			"installed : scan=ok state=ok deployed=skipped content=skipped install=skipped restart=skipped rescan=ok", "found installed",
		},
		{"the store says so", func(_ *testing.T, w *world) {
			i := mof.Instance{Class: "CCM_UpdateStatus"}
			for _, p := range [][2]string{{"UniqueId", someUpdate}, {"Article", "9900001"}, {"Status", "Installed"}, {"ScanTime", mof.Time(hour(3))}} {
				i.Set(p[0], p[1])
			}
			w.client(evidence.PatchState{Instance: i})
		}, "unknown : scan=ok state=unknown deployed=skipped content=skipped install=skipped restart=skipped rescan=ok", "state message"},
		{"found missing after the installation", func(t *testing.T, w *world) {
			w.log(t, "WUAHandler.log", 2.0, "Update 1 ("+someUpdate+") finished installing (0x00000000), Reboot Required? No")
			w.found(t, 3, "Missing")
		}, "broken rescan: scan=ok state=ok deployed=ok content=ok install=ok restart=skipped rescan=broken", "still finds it missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			patch := "KB9900001"
			if tt.name == "found missing after the installation" {
				patch = someUpdate
			}
			w := newCM(t, patch)
			tt.set(t, w)
			if tr := w.check(t, tt.want); !strings.Contains(tr.Summary, tt.says) {
				t.Errorf("does not say %q: %s", tt.says, tr.Summary)
			}
		})
	}
}

// A filter that starts with an article must come to every line of its update.
func TestTheFilterFindsItsWay(t *testing.T) {
	w := newCM(t, "KB9900001")
	w.found(t, 1, "Missing")
	w.log(t, "UpdatesHandler.log", 2.1, "Bundle update ("+someUpdate+") is requesting download from child updates for action (INSTALL)", 2.1, `Content Text = <Content ContentId="`+part+`" Version="1">`)
	w.log(t, "CAS.log", 2.25, "Submitted CTM job {"+transfer+"} to download Content "+part+".1 under context System")
	w.log(t, "ContentTransferManager.log", 2.25, "CTM job {"+transfer+"} (corresponding DTS job {"+download+"}) started download from 'x'")
	w.log(t, "DataTransferService.log", 2.5, "DTSJob {"+download+"} successfully completed download.", 2.5, "DTSJob {B193D0AA-C7FF-43FE-A750-0B7EB2BB8BC0} in state 'DownloadingData'.")
	all := w.in.Lines
	f := NewFilter("configmgr", w.in.Patch)
	var kept []Line
	rounds := 0
	for again := true; again; rounds++ {
		kept = nil
		for _, l := range all {
			if f.Keep(l.Record) {
				kept = append(kept, l)
			}
		}
		again = f.Learn(kept)
	}
	if len(kept) != len(all)-1 || rounds > 5 {
		t.Errorf("%d of %d lines after %d rounds", len(kept), len(all), rounds)
	}
	if u := f.Patch().Updates; len(u) != 1 || u[0] != someUpdate {
		t.Errorf("updates %q", u)
	}
}

func FuzzFollow(f *testing.F) {
	f.Add(true, someUpdate, "WUAHandler.log", "<![LOG[Update 1 ("+someUpdate+") finished installing (0x80240022), Reboot Required? Yes]LOG]!><time=\"10:00:00.000+000\" date=\"06-07-2007\" component=\"C\" context=\"\" type=\"1\" thread=\"1\" file=\"f:1\">\n", "Applicable", int64(3))
	f.Add(false, "MS04-011", "PatchInstall.log", "<![LOG[MS04-011 (Q835732) ended with exit code 1603]LOG]!><time=\"10:00:00.000+000\" date=\"06-07-2007\" component=\"C\" context=\"\" type=\"1\" thread=\"1\" file=\"f:1\">\n", "Installed", int64(-7))
	f.Add(false, "835732", "PatchInstall.log", "KB835732 exit code -9999999999\n835732 failed 0x\n", "", int64(1<<62))
	f.Add(true, "9900001", "UpdatesDeployment.log", sum+" Progress: Status = ciStateError, PercentComplete = 0, Result = 0xFFFFFFFF\nSUM_) KB9900001", "Missing", int64(0))
	f.Fuzz(func(t *testing.T, cm bool, patch, log, text, status string, now int64) {
		p, err := ParsePatch(patch)
		if err != nil {
			return
		}
		product := "sms2003"
		if cm {
			product = "configmgr"
		}
		filter := NewFilter(product, p)
		lines := linesIn(t, log, text)
		for _, l := range lines {
			filter.Keep(l.Record)
		}
		filter.Learn(lines)
		in := Input{Patch: filter.Patch(), Product: product, Now: hour(float64(now % 1e6)), Lines: lines}
		in.Evidence.PatchesAsked = now%2 == 0
		in.Evidence.SiteAsked = now%3 == 0
		if status != "" {
			in.Evidence.Patches = []evidence.PatchState{patchState(patch, patch, "", status, 3)}
		}
		in.Report = &diagnose.Report{Product: product, Zone: diagnose.Zone{Offset: patch}}
		sane(t, Follow(in))
		in.Report = nil
		sane(t, Follow(in))
	})
}

// Where only a deployment shows that the update was found, nothing waits for a scan,
// and the answer is about the restart.
func TestTheEndIsTheLinkThatTheOutcomeIsAbout(t *testing.T) {
	w := newCM(t, someUpdate)
	w.log(t, "UpdatesDeployment.log", 2.0, sum+" Name (Security Update for Example Product (KB9900001)) ArticleID (9900001) added to the targeted list of deployment ("+assignment+")")
	w.log(t, "WUAHandler.log", 4.0, "Update 1 ("+someUpdate+") finished installing (0x00000000), Reboot Required? Yes")
	tr := w.check(t, "waiting : scan=ok state=unknown deployed=ok content=ok install=ok restart=waiting rescan=waiting")
	if c := &tr.Chains[0]; c.End() == nil || c.End().ID != StepRestart || c.Summary != c.End().Text {
		t.Errorf("it ends at %v and says %q", c.End(), c.Summary)
	}
}

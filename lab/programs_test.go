package lab_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence/mof"
	"patchtrace/lab"
	"patchtrace/pipeline"
)

// exec runs a program of the lab with these arguments.
func (b *bench) exec(program, folder string, args ...string) (code int, out string) {
	b.Helper()
	return b.act(&pipeline.Action{Exec: &pipeline.Exec{Program: program, Args: args, Dir: folder}})
}

const (
	toolCache = `%windir%\system32\vpcache\LAB00012`
	toolPoint = `\\LABDP01\SMSPKGC$\LAB00012`
)

// site is what site.json says of the client.
func (b *bench) site() (c struct {
	LastHardwareScan time.Time
	ReportVersion    string
	Patches          map[string]string
},
) {
	b.Helper()
	var db struct{ Clients map[string]json.RawMessage }
	if err := json.Unmarshal([]byte(b.text("site.json")), &db); err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal(db.Clients["LAB-WKS-01"], &c); err != nil {
		b.Fatal(err)
	}
	return c
}

// patches are the instances of Win32_PatchState by id.
func (b *bench) patches() map[string]string {
	b.Helper()
	list, err := mof.Parse(b.text("wmi/root/cimv2/Win32_PatchState.mof"))
	if err != nil {
		b.Fatal(err)
	}
	states := map[string]string{}
	for i := range list {
		states[list[i].Get("ID")] = list[i].Get("Status")
	}
	return states
}

func TestTheResultShowsAtTheSiteOnlyAfterScanAndInventory(t *testing.T) {
	b := newBench(t, lab.Options{})
	for _, stage := range []string{pipeline.Sync, pipeline.Scan, pipeline.Inventory} {
		b.stage(stage)
	}
	const update = "MS07-901|990101|Windows XP Service Pack 2|Security"
	if b.patches()["MS07-901"] != "Applicable" || b.patches()["MS07-904"] != "Installed" || b.patches()["MS07-921"] != "Applicable" || len(b.patches()) != 8 {
		t.Fatalf("the scan found %v", b.patches())
	}
	if got := b.site(); got.Patches[update] != "Applicable" || len(got.Patches) != 8 || got.ReportVersion != "1.1" {
		t.Fatalf("the site knows %+v", got)
	}
	b.stage(pipeline.Install)
	if b.patches()["MS07-901"] != "Applicable" || b.site().Patches[update] != "Applicable" {
		t.Error("the install alone is seen")
	}
	b.stage(pipeline.Scan)
	if b.patches()["MS07-901"] != "Installed" || b.site().Patches[update] != "Applicable" {
		t.Error("the scan alone is seen at the site")
	}
	b.stage(pipeline.Inventory)
	if got := b.site(); got.Patches[update] != "Installed" || got.ReportVersion != "1.2" {
		t.Errorf("the site knows %+v", got)
	}
	if r := b.report(); r.Verdict.Status != diagnose.VerdictPassed {
		t.Errorf("%+v", r.Verdict)
	}
}

// What the site holds is what the reports told, delta upon delta: every property of
// every instance, as the client's own WMI had it when the last report was made.
func TestTheSiteHoldsWhatTheReportsTold(t *testing.T) {
	b := newBench(t, lab.Options{})
	held := func() string {
		b.Helper()
		list, err := b.lab.SitePatches()
		if err != nil {
			b.Fatal(err)
		}
		return byProperties(list)
	}
	own := func() string {
		b.Helper()
		list, err := b.lab.PatchStates()
		if err != nil {
			b.Fatal(err)
		}
		return byProperties(list)
	}
	for _, stage := range []string{pipeline.Sync, pipeline.Scan, pipeline.Inventory} {
		if stage == pipeline.Inventory && held() != "" {
			t.Errorf("before the inventory the site holds %s", held())
		}
		b.stage(stage)
	}
	reported := own()
	if held() != reported || !strings.Contains(reported, "Status=Applicable") {
		t.Errorf("the site holds\n%s\nthe client\n%s", held(), reported)
	}
	b.stage(pipeline.Install)
	b.stage(pipeline.Scan)
	if held() != reported || own() == reported {
		t.Errorf("after the scan the site holds\n%s\nthe client\n%s", held(), own())
	}
	b.stage(pipeline.Inventory)
	if held() != own() {
		t.Errorf("after the second report the site holds\n%s\nthe client\n%s", held(), own())
	}
}

// byProperties writes instances so that only what they hold counts.
func byProperties(list []mof.Instance) string {
	var lines []string
	for i := range list {
		var props []string
		for _, p := range list[i].Props {
			props = append(props, p.Name+"="+p.Text)
		}
		slices.Sort(props)
		lines = append(lines, strings.Join(props, ";"))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestKickSendsAnInventoryAtOnce(t *testing.T) {
	for product, scan := range map[string]string{lab.SMS2003: "scan-kick", lab.SMS2: "s-scan-kick"} {
		b := newBench(t, lab.Options{Product: product})
		b.stage(pipeline.Sync)
		before := b.site().LastHardwareScan
		if code, out := b.command(scan); code != 0 || out != "" {
			t.Errorf("%s: exit code %d, said %q", product, code, out)
		}
		if got := b.site(); !got.LastHardwareScan.After(before) || len(got.Patches) != 5 {
			t.Errorf("%s: the site knows %+v", product, got)
		}
	}
}

func TestProgramsSpeakUnlessTheyAreToBeSilent(t *testing.T) {
	b := newBench(t, lab.Options{})
	if _, out := b.command("sync-security-silent"); out != "" {
		t.Errorf("silent: %q", out)
	}
	for _, c := range []string{"sync-security", "scan-visible"} {
		if _, out := b.command(c); !strings.Contains(out, "completed successfully") {
			t.Errorf("%s: %q", c, out)
		}
	}
}

func TestTheClientDeletesItsActionStatusAndSendsEverything(t *testing.T) {
	b := newBench(t, lab.Options{})
	b.all()
	b.remove("wmi/root/ccm/invagt/InventoryActionStatus.mof")
	b.stage(pipeline.Inventory)
	if log := b.text(logs + "/InventoryAgent.log"); !strings.Contains(log[strings.LastIndex(log, "Opening store"):], "ReportType=Full") {
		t.Error("the report is not full")
	}
	if got := b.site(); len(got.Patches) != 8 || got.ReportVersion != "1.0" {
		t.Errorf("the site knows %+v", got)
	}
}

func TestExitCodesAreThoseOfWindows(t *testing.T) {
	b := newBench(t, lab.Options{Fault: "patch-1603"})
	for _, stage := range []string{pipeline.Sync, pipeline.Scan, pipeline.Inventory} {
		b.stage(stage)
	}
	if code, _ := b.stage(pipeline.Install); code != 1603 {
		t.Errorf("exit code %d", code)
	}
}

// What a parameter holds must reach the program as one argument, unchanged.
func TestArgumentsArriveUnchanged(t *testing.T) {
	b := newBench(t, lab.Options{})
	for _, odd := range []string{`two words`, `a"quote`, `semi;colon`, `amper&sand`, `per%cent%`, `$(touch x)`, "`id`", `back\slash\`, `'single'`, `*?`, `|<>`, ``, `ünïcödé`} {
		code, out := b.exec("SyncXML.exe", toolPoint, "/site", odd, "/code", "LAB", "/target", `\\LAB-WKS-01\SMSTools\Tools\SecurityPatch\PkgSource`, "/package", "LAB00012")
		want := "/site " + odd + " /code"
		if odd == "" || strings.Contains(odd, " ") {
			want = `/site "` + odd + `" /code`
		}
		if !strings.Contains(out, want) || odd != "" && code == 0 && !strings.Contains(out, "current") {
			t.Errorf("%q: exit code %d, said %q", odd, code, out)
		}
	}
}

func TestWrongCommandLinesAreRefused(t *testing.T) {
	b := newBench(t, lab.Options{})
	tests := []struct {
		program, folder string
		args            []string
		code            int
	}{
		{"SyncXML.exe", toolPoint, nil, 87},
		{"SyncXML.exe", toolPoint, []string{"/s", "/site"}, 87},
		{"patchinstall.exe", b.lab.Params()["content"], []string{"/g:0"}, 87},
		{"cliutils.exe", "", []string{"/start"}, 87},
		{"cliutils.exe", "", []string{"/start", "No such component"}, 1060},
		{"invsync.exe", "", []string{"hw"}, 87},
		{"ScanWrapper.exe", `C:\WINDOWS`, []string{"/s"}, 2}, // it is not there
	}
	for _, tt := range tests {
		if code, out := b.exec(tt.program, tt.folder, tt.args...); code != tt.code {
			t.Errorf("%s %q: exit code %d, said %q", tt.program, tt.args, code, out)
		}
	}
}

func TestWhatTheLabDoesNotHaveCannotBeStarted(t *testing.T) {
	b := newBench(t, lab.Options{})
	ctx := context.Background()
	for _, e := range []pipeline.Exec{
		{Program: "cmd.exe"},
		{Program: "SyncXML.exe", Dir: `D:\x`},
		{Program: "SyncXML.exe", Dir: `C:\..\..\etc`},
		{Program: "SyncXML.exe", Dir: `%temp%\x`},
		{Program: "SyncXML.exe", Dir: `/tmp`},
		{Program: "../SyncXML.exe", Dir: toolPoint},
	} {
		if p, err := b.host.Start(ctx, e); err == nil {
			t.Errorf("%+v was started", e)
			_ = p.Stop()
		}
	}
	input := func(id string) map[string]string { return map[string]string{"sScheduleID": id} }
	for _, c := range []pipeline.Call{
		{Namespace: `root\ccm`, Class: "SMS_Client", Method: "ResetPolicy"},
		{Namespace: `root\cimv2`, Class: "SMS_Client", Method: "TriggerSchedule", Input: input("{00000000-0000-0000-0000-000000000001}")},
		{Namespace: `root\ccm`, Class: "SMS_Client", Method: "TriggerSchedule", Input: input("{00000000-0000-0000-0000-000000000113}")},
	} {
		if err := b.host.Call(ctx, c); err == nil {
			t.Errorf("%+v was called", c)
		}
	}
}

func TestStoppingAProgramEndsIt(t *testing.T) {
	b := newBench(t, lab.Options{})
	b.set("machine.json", []string{"ScanWrapper.exe"}, "programsThatHang")
	p, err := b.host.Start(context.Background(), pipeline.Exec{Program: "ScanWrapper.exe", Args: []string{"/s"}, Dir: toolCache})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadAll(p.Output()); err != nil {
		t.Error(err)
	}
	_, _ = p.Wait() // that it returns is what counts
}

func TestLogsAreRotatedToOneOlderPart(t *testing.T) {
	b := newBench(t, lab.Options{})
	b.set("lab.json", 4096, "logMaxSize")
	for range 6 {
		b.stage(pipeline.Inventory)
	}
	for _, name := range []string{"/InventoryAgent.log", "/InventoryAgent.lo_"} {
		if n := len(b.text(logs + name)); n == 0 || n > 4096 {
			t.Errorf("%s has %d bytes", name, n)
		}
	}
	if r := b.report(); status(r, pipeline.Inventory) != diagnose.Passed {
		t.Error("what was rotated is not found")
	}
}

func TestAProxyThatWantsNoLoginLetsTheSyncThrough(t *testing.T) {
	b := newBench(t, lab.Options{})
	b.set("machine.json", "proxy.lab.test", "proxy")
	if _, r := b.stage(pipeline.Sync); status(r, pipeline.Sync) != diagnose.Passed {
		t.Errorf("%+v", r.Verdict)
	}
	if !strings.Contains(b.text(logs+"/SecuritySyncXml.log"), "through the proxy proxy.lab.test") {
		t.Error("the log does not tell of the proxy")
	}
}

func TestASecondSyncTakesNothingNew(t *testing.T) {
	b := newBench(t, lab.Options{})
	b.stage(pipeline.Sync)
	if _, r := b.stage(pipeline.Sync); status(r, pipeline.Sync) != diagnose.Passed {
		t.Errorf("%+v", r.Verdict)
	}
	if n := strings.Count(b.text(logs+"/SecuritySyncXml.log"), "Stored mssecure.cab"); n != 1 {
		t.Errorf("stored %d times", n)
	}
}

func TestWhatCouldNotBeDistributedIsDistributedLater(t *testing.T) {
	b := newBench(t, lab.Options{Fault: "not-distributed"})
	b.stage(pipeline.Sync)
	b.host.Close()
	b.chmod("network/LABDP01/SMSPKGC$/LAB00012", 0o755)
	if r := b.all(); r.Verdict.Status != diagnose.VerdictPassed {
		t.Errorf("%+v", r.Verdict)
	}
}

func TestServersOfOneLabAreUpOnce(t *testing.T) {
	b := newBench(t, lab.Options{})
	first, err := b.lab.Serve()
	if err != nil {
		t.Fatal(err)
	}
	other, err := lab.Open(b.lab.Dir())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	second, err := other.Serve()
	if err != nil || !first.Mine() || second.Mine() {
		t.Fatalf("mine: %v, %v; %v", first.Mine(), second.Mine(), err)
	}
	port := first.Ports()["site"]
	second.Close()
	if _, err := http.Get(url(port)); err != nil {
		t.Errorf("the second one has taken the servers of the first one down: %v", err)
	}
	// Once they are down the ports may be another lab's: only who asks for this very
	// lab finds out whether one is still up.
	first.Close()
	third, err := other.Serve()
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if !third.Mine() {
		t.Error("a server is still up")
	}
}

// A port that was given back could become that of another lab, whose server would
// answer for the one that is down.
func TestAServerThatIsDownHasAPortThatNoOtherLabGets(t *testing.T) {
	b := newBench(t, lab.Options{Fault: "server-gone"})
	down, err := b.lab.Serve()
	if err != nil {
		t.Fatal(err)
	}
	if port := down.Ports()["catalogue"]; port <= 0 || port >= 1024 {
		t.Errorf("port %d is one that a system gives away", port)
	}
	down.Close()
	b.set("servers.json", true, "catalogueServer", "up")
	up, err := b.lab.Serve()
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close()
	if port := up.Ports()["catalogue"]; port < 1024 {
		t.Errorf("port %d once it is up", port)
	}
	if _, err := http.Get(url(up.Ports()["catalogue"])); err != nil {
		t.Errorf("it is not up again: %v", err)
	}
}

// Whoever is killed leaves files that are not whole; the next run clears them
// away, wherever they are, and nothing else.
func TestWhatAKilledRunLeftIsClearedAway(t *testing.T) {
	b := newBench(t, lab.Options{})
	halves := []string{
		"machine.json.4711.new", "site/mp/outboxes/hinv.box/X1.MIF.new", "wmi/root/cimv2/Win32_PatchState.mof.new",
		"network/LAB-WKS-01/SMSTools/Tools/SecurityPatch/PkgSource/mbsacli.exe.new",
	}
	for _, name := range halves {
		if err := os.WriteFile(b.path(name), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept := b.path("internet/security/1033/mssecure.cab")
	before, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	if r := b.all(); r.Verdict.Status != diagnose.VerdictPassed {
		t.Errorf("%+v", r.Verdict)
	}
	for _, name := range halves {
		if _, err := os.Stat(b.path(name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after, err := os.ReadFile(kept); err != nil || !bytes.Equal(before, after) {
		t.Errorf("%s was changed: %v", kept, err)
	}
}

func url(port int) string { return "http://127.0.0.1:" + itoa(port) + "/lab" }

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestALabIsMadeOnlyWhereNothingIs(t *testing.T) {
	dir := t.TempDir()
	l, err := lab.Init(dir, lab.Options{}) // empty
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "letter.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, dir string
		opt       lab.Options
		want      error
	}{
		{"a lab", dir, lab.Options{}, lab.ErrNotEmpty},
		{"somebody's folder", full, lab.Options{}, lab.ErrNotEmpty},
		{"a fault that is none", filepath.Join(full, "new"), lab.Options{Fault: "gremlins"}, lab.ErrFault},
		{"a fault of another product", filepath.Join(full, "new"), lab.Options{Fault: "mp-busy", Product: lab.SMS2}, lab.ErrFault},
		{"a product that is none", filepath.Join(full, "new"), lab.Options{Product: "sms1"}, nil},
	} {
		if _, err := lab.Init(tt.dir, tt.opt); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(full, "new")); err == nil {
		t.Error("a lab that could not be made left a folder")
	}
	if !lab.Is(dir) || lab.Is(full) {
		t.Error("what is a lab is not told from what is none")
	}
	for _, none := range []string{full, filepath.Join(full, "nowhere")} {
		if _, err := lab.Open(none); !errors.Is(err, lab.ErrNoLab) {
			t.Errorf("open %s: %v", none, err)
		}
	}
}

func TestFaultsAreManyAndNamedOnce(t *testing.T) {
	for product, few := range map[string]int{lab.SMS2003: 30, lab.SMS2: 30} {
		stages, names := map[string]int{}, map[string]bool{}
		for _, f := range lab.Faults(product) {
			if names[f.Name] || f.Cause == "" || !strings.HasPrefix(f.Rule, product+"."+f.Stage+".") {
				t.Errorf("%+v", f)
			}
			names[f.Name] = true
			stages[f.Stage]++
		}
		for _, id := range pipeline.StageIDs {
			if stages[id] < 6 {
				t.Errorf("%s: %d faults of %s", product, stages[id], id)
			}
		}
		if len(names) < few {
			t.Errorf("%s: %d faults", product, len(names))
		}
	}
}

func TestEverythingSaysLab(t *testing.T) {
	b := newBench(t, lab.Options{Fault: "mp-down"})
	b.all()
	if !strings.Contains(b.lab.Name(), "LAB") || !strings.Contains(b.report().Target, "LAB") {
		t.Errorf("the lab is called %q", b.lab.Name())
	}
	err := filepath.WalkDir(b.lab.Dir(), func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(name, ".run") {
			return err
		}
		text, err := os.ReadFile(name)
		kind := filepath.Ext(name)
		if !strings.Contains(strings.ToUpper(string(text)), "LAB") && !slices.Contains([]string{".cab", ".pem"}, kind) {
			t.Errorf("%s does not", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

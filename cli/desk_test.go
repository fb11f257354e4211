package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/lab"
	"patchtrace/logparse"
	"patchtrace/logparse/merged"
	"patchtrace/pipeline"
	"patchtrace/tui"
)

// The console on a lab says what `lab run` says.
func TestTheDeskJudgesALabAsLabRunDoes(t *testing.T) {
	for _, fault := range []string{
		"", "proxy-login", "cab-not-found", "not-distributed", "log-folder-read-only", "repository-denied",
		"mp-down", "site-never-updates", "scanner-hangs", "patch-1603", "patch-3010", "clock-years-behind", "authorize-missing", "cached-cab-damaged",
	} {
		if fault != "" && !slices.ContainsFunc(lab.Faults(lab.SMS2003), func(f lab.Fault) bool { return f.Name == fault }) {
			t.Logf("no fault %s", fault)
			continue
		}
		t.Run("fault "+fault, func(t *testing.T) {
			t.Parallel()
			c := openCase(t, testDesk(t), tui.Place{Kind: tui.Lab, Fault: fault, Secret: fault != ""})
			got := runCase(t, c)
			s := labSession()
			args := []string{"lab", "run", "--format", "json"}
			if fault != "" {
				args = append(args, "--fault", fault)
			}
			s.run(args...)
			var want diagnose.Report
			if err := json.Unmarshal(s.out.Bytes(), &want); err != nil {
				t.Fatalf("%v\n%s", err, s.err)
			}
			if got.Verdict.Status != want.Verdict.Status || got.Verdict.Stage != want.Verdict.Stage || firstRule(got, got.Verdict.Stage) != firstRule(&want, want.Verdict.Stage) {
				t.Errorf("got %+v by %s\nwant %+v by %s", got.Verdict, firstRule(got, got.Verdict.Stage), want.Verdict, firstRule(&want, want.Verdict.Stage))
			}
			if text := got.Target + got.Verdict.Summary + c.About().Name; fault != "" && strings.Contains(text, fault) || !c.About().Lab || c.Reveal() != fault {
				t.Errorf("the secret is told, or it is none: %q, %q", c.About().Name, c.Reveal())
			}
		})
	}
}

func TestOneStageOfALabRunsBothTracks(t *testing.T) {
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Lab})
	for _, tt := range []struct {
		o    pipeline.PlanOptions
		want []string
	}{
		{pipeline.PlanOptions{Stage: "scan"}, []string{"security", "office"}},
		{pipeline.PlanOptions{Stage: "scan", Track: "office"}, []string{"office"}},
		{pipeline.PlanOptions{Stage: "inventory"}, []string{""}},
		{pipeline.PlanOptions{}, []string{"security", "office", "security", "office", "", "", "security", "office", ""}},
		{pipeline.PlanOptions{Stage: "scan", Kick: true}, []string{"security"}},
	} {
		steps, err := c.Plan(tt.o)
		var got []string
		for _, st := range steps {
			got = append(got, st.Command.Track)
			if st.Wants[0].Patience != labPatience {
				t.Errorf("%+v: patience %s", tt.o, st.Wants[0].Patience)
			}
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %q, %v", tt.o, got, err)
		}
	}
	if _, err := c.Plan(pipeline.PlanOptions{Stage: "scan", Track: "blue"}); err == nil {
		t.Error("a track that is none is planned")
	}
}

func TestARunIsToldAsItGoes(t *testing.T) {
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Lab})
	steps, err := c.Plan(pipeline.PlanOptions{Stage: "sync"})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[pipeline.RunEventKind]int{}
	res, err := c.Run(t.Context(), steps[0], nil, nil, func(e pipeline.RunEvent) { seen[e.Kind]++ })
	if err != nil || !res.HasCode || res.Code != 0 || res.Stands[0].Standing != pipeline.Succeeded {
		t.Errorf("%+v, %v", res, err)
	}
	if seen[pipeline.RunStarted] == 0 || seen[pipeline.RunOutput] == 0 || seen[pipeline.RunMark] == 0 {
		t.Errorf("told: %v", seen)
	}
}

func TestFollowTellsAndRefreshTakesIn(t *testing.T) {
	dir := t.TempDir()
	p := &practice{t: t, dir: dir}
	p.log("ScanWrapper.log", "Software Updates Scan Tool Started")
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Folder, Path: dir})
	if err := c.Logs().Index(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	changes := following(t, c)
	awaitChange(t, changes, func(ch tui.Change) bool {
		return slices.ContainsFunc(ch.Notices, func(n logparse.Notice) bool { return n.Kind == logparse.Ready })
	})
	wrote := time.Now()
	p.log("ScanWrapper.log", "Scan completed successfully")
	p.log("CAS.log", "a new log")
	got := map[string]bool{}
	awaitChange(t, changes, func(ch tui.Change) bool {
		for _, name := range ch.Logs {
			got[name] = true
		}
		return got["ScanWrapper.log"] && got["CAS.log"]
	})
	t.Logf("told after %s", time.Since(wrote))
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if names := c.Logs().Names(); !slices.Equal(names, []string{"ScanWrapper.log", "CAS.log"}) && !slices.Equal(names, []string{"CAS.log", "ScanWrapper.log"}) {
		t.Errorf("logs %q", names)
	}
	v, err := c.Logs().View(logsFilter)
	if err != nil {
		t.Fatal(err)
	}
	first, end, _ := v.Extent()
	rows, err := v.Rows(t.Context(), first, int(end-first))
	if err != nil || first != -1 || end != 2 {
		t.Errorf("rows %d to %d, %v", first, end, err)
	}
	for _, row := range rows {
		if row.N >= 0 && row.Record.Message != "Scan completed successfully" && row.Record.Message != "a new log" {
			t.Errorf("row %d: %s", row.N, row.Record.Message)
		}
	}
}

// Whoever looks on slowly loses nothing.
func TestFollowWaitsWhileTellBlocks(t *testing.T) {
	dir := t.TempDir()
	p := &practice{t: t, dir: dir}
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Folder, Path: dir})
	changes := following(t, c)
	awaitChange(t, changes, func(ch tui.Change) bool { return len(ch.Notices) > 0 })
	for i := range 500 {
		p.log(fmt.Sprintf("L%03d.log", i), "a line")
	}
	got := map[string]bool{}
	awaitChange(t, changes, func(ch tui.Change) bool {
		for _, name := range ch.Logs {
			got[name] = true
		}
		return len(got) == 500
	})
}

func TestWhatTheEngineerSawCounts(t *testing.T) {
	dir := t.TempDir()
	p := &practice{t: t, dir: dir}
	p.log("ScanWrapper.log", "Software Updates Scan Tool Started")
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Folder, Path: dir})
	r := mustJudge(t, c, map[string]string{"last_hw_scan": " 2007-06-05T02:00Z", "patch_instances": "12", "unknown": "x"})
	if want := time.Date(2007, 6, 5, 2, 0, 0, 0, time.UTC); r.LastHardwareScan.Source != "flag" || r.LastHardwareScan.Time == nil || !r.LastHardwareScan.Time.Equal(want) {
		t.Errorf("last hardware scan %+v", r.LastHardwareScan)
	}
	notes := strings.Join(r.Notes, "\n")
	if !strings.Contains(notes, ": 12") || strings.Contains(notes, "unknown") {
		t.Errorf("notes %q", notes)
	}
	if r := mustJudge(t, c, nil); r.LastHardwareScan.Source != "none" {
		t.Errorf("without an answer: %+v", r.LastHardwareScan)
	}
	if _, _, err := c.Judge(t.Context(), map[string]string{"last_hw_scan": "soon"}); err == nil || !strings.Contains(err.Error(), `"soon": not a time`) {
		t.Errorf("got %v", err)
	}
	if r.NowSource != "log" || !errors.Is(c.About().CannotRun, errOnlyRead) || c.About().Still || c.Reveal() != "" {
		t.Errorf("%+v, now by %s", c.About(), r.NowSource)
	}
	if _, err := c.Run(t.Context(), pipeline.Planned{Stage: &pipeline.Stage{ID: "scan"}}, nil, nil, nil); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("copied logs run: %v", err)
	}
}

// A line without a zone stands in the log where the report takes it to be.
func TestTheLogTakesTheZoneOfTheReport(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"ScanAgent.log":     `<![LOG[a line]LOG]!><time="22:05:32.140-060" date="11-13-2024" component="ScanAgent" context="" type="1" thread="1" file="x.cpp:10">` + "\n",
		"WindowsUpdate.log": "2024/11/13 22:05:14.5120437 3480  5216  Agent           * START * Finding updates\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Folder, Path: dir})
	if r := mustJudge(t, c, nil); r.Zone.Offset != "+01:00" {
		t.Fatalf("zone %+v", r.Zone)
	}
	if err := c.Logs().Index(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	v, err := c.Logs().View(merged.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := v.Extent()
	rows, err := v.Rows(t.Context(), first, 2)
	if err != nil || len(rows) != 2 {
		t.Fatal(rows, err)
	}
	if want := time.Date(2024, 11, 13, 21, 5, 14, 512043700, time.UTC); !rows[0].Assumed || !rows[0].Time.Equal(want) {
		t.Errorf("got %v, not %v", rows[0].Time, want)
	}
}

// fakeClient is this computer with a client whose programs are functions.
func fakeClient(t *testing.T, d *desk) *practice {
	t.Helper()
	p := &practice{t: t, dir: t.TempDir()}
	p.call = func(p *practice, _ pipeline.Call) error {
		p.log("InventoryAgent.log", "Inventory: Message type is InventoryAction")
		p.log("InventoryAgent.log", "Inventory: Opening store for action {00000000-0000-0000-0000-000000000001} ...")
		p.log("InventoryAgent.log", "Inventory: Action=Hardware ReportType=Delta")
		p.log("InventoryAgent.log", "Inventory: Successfully sent report. Destination:mp:MP_HinvEndpoint, ID: {0}, Timeout: 80640 minutes MsgMode: Signed, Not Encrypted")
		p.log("InventoryAgent.log", "Inventory: ************************ End of message processing. ************************")
		return nil
	}
	p.log("ScanWrapper.log", "Software Updates Scan Tool Started")
	d.env.delays = labDelays
	d.env.target = func(name string) (*runTarget, error) {
		return &runTarget{name: "local", host: p, logs: []string{p.dir}, keeps: true, params: map[string]string{"site": "OWN01"}}, nil
	}
	return p
}

func TestThisComputerIsJudgedByItsClockAndItsRuns(t *testing.T) {
	d := testDesk(t)
	fakeClient(t, d)
	c := openCase(t, d, tui.Place{Kind: tui.ThisComputer})
	old := map[string]string{"last_hw_scan": "2007-06-05T02:00Z"}
	r := mustJudge(t, c, old)
	if r.NowSource != "clock" || len(r.Runs) > 0 || r.LastHardwareScan.Source != "flag" {
		t.Errorf("now by %s, %d runs, %+v", r.NowSource, len(r.Runs), r.LastHardwareScan)
	}
	steps, err := c.Plan(pipeline.PlanOptions{Stage: "inventory"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Run(t.Context(), steps[0], nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	if r = mustJudge(t, c, old); len(r.Runs) != 1 || r.Runs[0].Log != diagnose.Passed || r.LastHardwareScan.Source != "none" {
		t.Errorf("what was seen before the inventory counts for it: %+v, %+v", r.Runs, r.LastHardwareScan)
	}
	mustJudge(t, c, nil)
	if r = mustJudge(t, c, old); r.LastHardwareScan.Source != "flag" || firstRule(r, "inventory") != "sms2003.inventory.lost-after-client" {
		t.Errorf("seen again: %+v by %s", r.LastHardwareScan, firstRule(r, "inventory"))
	}
}

func TestParametersOfTheDesk(t *testing.T) {
	d := testDesk(t)
	fakeClient(t, d)
	c := openCase(t, d, tui.Place{Kind: tui.ThisComputer})
	if err := c.KeepParams(map[string]string{"site": "OWN01", "package": "XYZ00012"}); err != nil {
		t.Fatal(err)
	}
	again := openCase(t, d, tui.Place{Kind: tui.ThisComputer})
	if got := again.Params(); got["package"] != "XYZ00012" || got["site"] != "OWN01" {
		t.Errorf("got %q", got)
	}
	steps, err := c.Plan(pipeline.PlanOptions{Stage: "sync"})
	if err != nil {
		t.Fatal(err)
	}
	for _, params := range []map[string]string{nil, {"code": "toolong"}} {
		if _, err := c.Run(t.Context(), steps[0], params, nil, nil); err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "run sync: ") {
			t.Errorf("%q: %v", params, err)
		}
	}
}

func TestTwoCasesOfOneLab(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "practice")
	l, err := lab.Init(dir, lab.Options{Fault: "mp-down"})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	d := testDesk(t)
	a := openCase(t, d, tui.Place{Kind: tui.Lab, Path: dir})
	b := openCase(t, d, tui.Place{Kind: tui.Folder, Path: dir})
	if !a.About().Lab || !b.About().Lab || !strings.Contains(a.About().Name, "fault mp-down") {
		t.Errorf("%+v\n%+v", a.About(), b.About())
	}
	ra := runCase(t, a)
	rb := mustJudge(t, b, nil)
	if ra.Verdict != rb.Verdict {
		t.Errorf("%+v\n%+v", ra.Verdict, rb.Verdict)
	}
	if places := d.Places(t.Context()); !slices.ContainsFunc(places, func(p tui.Place) bool { return p.Path == dir && p.Note == "opened before" }) {
		t.Errorf("places %+v", places)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if places := d.Places(t.Context()); !slices.ContainsFunc(places, func(p tui.Place) bool { return p.Path == dir && p.Off && p.Note != "" }) {
		t.Errorf("places %+v", places)
	}
}

// The first proof is of what the title says, where several updates failed alike.
func TestTheTitleAndTheFirstProofAreOfOneUpdate(t *testing.T) {
	dir := t.TempDir()
	p := &practice{t: t, dir: dir}
	for _, text := range []string{
		"PatchInstall.exe started, version 2.50.3174.1018",
		"MS07-903 (Q990103) was not run, it failed with error 0x80070070 (There is not enough space on the disk)",
		"MS07-921 (Q990121) was not run, it failed with error 0x80070070 (There is not enough space on the disk)",
		"PatchInstall ended with exit code 112",
	} {
		p.log("PatchInstall.log", "%s", text)
	}
	r := mustJudge(t, openCase(t, testDesk(t), tui.Place{Kind: tui.Folder, Path: dir}), nil)
	f := r.Stages[3].Findings
	if len(f) == 0 || !strings.HasPrefix(f[0].Title, "MS07-9") || !strings.HasPrefix(f[0].Evidence[0].Text, f[0].Title[:8]) {
		t.Errorf("%+v", f)
	}
}

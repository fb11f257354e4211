package cli

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"patchtrace/logparse/merged"
	"patchtrace/tui"
)

var logsFilter merged.Filter

func TestPatchesAndFactsOfALab(t *testing.T) {
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Lab})
	if _, err := c.Patches(t.Context()); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("before the scan: %v", err)
	}
	runCase(t, c)
	patches, err := c.Patches(t.Context())
	if err != nil || len(patches) == 0 || patches[0].Class != "Win32_PatchState" || !strings.HasPrefix(patches[0].MOF, "instance of Win32_PatchState\n{\n\tID = ") || patches[0].Props[0].Name != "ID" {
		t.Errorf("%+v, %v", patches, err)
	}
	facts, err := c.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Bad || f.Stage == "" || f.Label == "" || f.Value == "" {
			t.Errorf("%+v", f)
		}
	}
	if len(facts) != 9 {
		t.Errorf("%d facts", len(facts))
	}
}

func TestFactsShowWhatDoesNotFit(t *testing.T) {
	for fault, label := range map[string]string{
		"not-distributed": "security catalogue, distribution point", "authorize-nothing-applicable": "Authorised against applicable",
	} {
		t.Run(fault, func(t *testing.T) {
			c, err := testDesk(t).Open(t.Context(), tui.Place{Kind: tui.Lab, Fault: fault})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			runCase(t, c)
			facts, err := c.Facts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, f := range facts {
				found = found || f.Bad && f.Label == label
			}
			if !found {
				t.Errorf("%+v", facts)
			}
		})
	}
}

const savedMOF = "instance of Win32_PatchState\n{\n\tID = \"MS04-011\";\n\tLocaleID = 1033;\n};\ninstance of Win32_Other\n{\n\tID = \"x\";\n};\n"

func TestPatchesThatWereSaved(t *testing.T) {
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(savedMOF)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	for name, text := range map[string][]byte{"Win32_PatchState-showmof.txt": []byte(savedMOF), "x.MOF": wide} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
		c := openCase(t, testDesk(t), tui.Place{Kind: tui.Folder, Path: dir})
		patches, err := c.Patches(t.Context())
		if err != nil || len(patches) != 1 || patches[0].Props[1].Value != "1033" {
			t.Errorf("%s: %+v, %v", name, patches, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(savedMOF+"instance of"), 0o644); err != nil {
			t.Fatal(err)
		}
		if patches, err := c.Patches(t.Context()); err == nil || len(patches) != 1 || !strings.Contains(err.Error(), name) {
			t.Errorf("%s, damaged: %+v, %v", name, patches, err)
		}
	}
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Folder, Path: t.TempDir()})
	if _, err := c.Patches(t.Context()); err == nil || !strings.Contains(err.Error(), "Show MOF") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	if facts, err := c.Facts(t.Context()); err != nil || len(facts) > 0 {
		t.Errorf("%+v, %v", facts, err)
	}
}

// Configuration Manager has another class for it, in another place.
func TestWithoutPatchesTheClassOfTheProductIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ScanAgent.log", "UpdatesDeployment.log"} {
		text, err := os.ReadFile(filepath.Join("..", "testdata", "example", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Folder, Path: dir})
	if r, _, err := c.Judge(t.Context(), nil); err != nil || r.Product != "configmgr" {
		t.Fatalf("%+v, %v", r, err)
	}
	_, err := c.Patches(t.Context())
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"read CCM_UpdateStatus of", "fetch UpdatesStore.log", updatesStore, "CCM_UpdateStatus.mof"} {
		if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "PatchState") {
			t.Errorf("%q is not in it, or PatchState is: %v", part, err)
		}
	}
}

func TestStatesComeBack(t *testing.T) {
	d := testDesk(t)
	dir := t.TempDir()
	want := tui.State{
		Stage: "scan", Tab: "run", Answers: map[string]string{"last_hw_scan": "x\x1b[31m"}, Ticked: map[string]bool{"2.10": true},
		Filter: tui.Filter{Text: "é", ErrorsOnly: true}, Bookmarks: []tui.Bookmark{{Part: "a.log", Offset: 1 << 40, Text: "x"}},
	}
	if s, err := d.Recall(dir); err != nil || !reflect.DeepEqual(s, tui.State{}) {
		t.Errorf("nothing was kept: %+v, %v", s, err)
	}
	if err := d.Keep(dir, want); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Recall(dir + string(filepath.Separator)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := d.Keep("lab", want); err != nil {
		t.Fatal(err)
	}
	if s, err := d.Recall("lab"); err != nil || !reflect.DeepEqual(s, tui.State{}) {
		t.Errorf("a lab that is gone comes back: %+v, %v", s, err)
	}
	store, _ := d.states()
	file := store.File(dir)
	if err := os.WriteFile(file, []byte(`{"target":`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Recall(dir); err == nil || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "\n") {
		t.Errorf("damaged: %v", err)
	}
}

func TestExportNeverOverwrites(t *testing.T) {
	d := testDesk(t)
	seen := map[string]bool{}
	for _, name := range []string{"report.txt", "report.txt", "../../etc/x", "..", "", "a\x1b[31m:b", strings.Repeat("é", 300) + ".md"} {
		file, err := d.Export(name, name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil || string(text) != name || seen[file] || filepath.Dir(file) != d.exports() {
			t.Errorf("%q: %s holds %q, %v", name, file, text, err)
		}
		seen[file] = true
	}
	d.exports = func() string { return filepath.Join(d.temp, "file", "x") }
	if err := os.WriteFile(filepath.Join(d.temp, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Export("x", ""); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestLookUpOfTheDesk(t *testing.T) {
	d := testDesk(t)
	got := d.LookUp("Scan failed with error = 0x80244022, then 0x80244022 and -2147024891.")
	if len(got) != 2 || got[0].Name != "WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL" || got[0].Meaning == "" || got[0].Family == "" || got[1].Text != "0x80070005" {
		t.Errorf("%+v", got)
	}
	if got := d.LookUp("407"); len(got) != 1 || !strings.HasPrefix(got[0].Meaning, "HTTP 407: ") || len(got[0].Do) == 0 {
		t.Errorf("a number that only HTTP has: %+v", got)
	}
	if got := d.LookUp("nothing of the kind"); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}

func TestPlacesToBegin(t *testing.T) {
	d := testDesk(t)
	d.here = t.TempDir()
	if got := d.Places(t.Context()); len(got) != 2 || got[0].Kind != tui.ThisComputer || !got[0].Off || got[0].Note == "" || got[1].Kind != tui.Lab {
		t.Errorf("%+v", got)
	}
	if _, err := d.Open(t.Context(), tui.Place{Kind: tui.ThisComputer}); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(filepath.Join(d.here, "a.log"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := d.Places(t.Context()); len(got) != 3 || got[2].Path != d.here {
		t.Errorf("%+v", got)
	}
	for i := range 10 {
		dir := filepath.Join(d.here, string(rune('a'+i)))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		openCase(t, d, tui.Place{Kind: tui.Folder, Path: dir})
	}
	got := d.Places(t.Context())
	if len(got) != 11 || got[2].Path != filepath.Join(d.here, "j") || got[9].Path != filepath.Join(d.here, "c") {
		t.Errorf("%+v", got)
	}
	if faults := d.Faults(); len(faults) < 30 || faults[0].Cause == "" {
		t.Errorf("%d faults", len(faults))
	}
}

package cli

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose/evidence"
	"patchtrace/lab"
	"patchtrace/pipeline"
	"patchtrace/tui"
)

// labAfterAll is a lab in which everything has run.
func labAfterAll(t *testing.T) *deskCase {
	t.Helper()
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Lab})
	runCase(t, c)
	return c
}

func mustEvidence(t *testing.T, target *runTarget) evidence.Set {
	t.Helper()
	set, err := target.evidence(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestEvidenceOfALab(t *testing.T) {
	set := mustEvidence(t, labAfterAll(t).target)
	var places []string
	for _, c := range set.Catalogues {
		places = append(places, c.Track+" "+string(c.Place)+" "+c.Package)
		if c.Err != nil || c.Missing || c.DataVersion == "" || c.Published.IsZero() || c.Downloaded.IsZero() || !strings.HasSuffix(c.Name, `\1033\mssecure.cab`) {
			t.Errorf("%+v", c)
		}
	}
	slices.Sort(places)
	want := []string{
		"office client's cache LAB00013", "office distribution point LAB00013", "office package source LAB00013",
		"security client's cache LAB00012", "security distribution point LAB00012", "security package source LAB00012",
	}
	if !slices.Equal(places, want) {
		t.Errorf("got %q", places)
	}
	if !set.PatchesAsked || set.PatchesErr != nil || len(set.Patches) != 8 || !set.SiteAsked || len(set.SitePatches) != 8 {
		t.Errorf("%d patches, %v, %d at the site", len(set.Patches), set.PatchesErr, len(set.SitePatches))
	}
	if len(set.Cycles) != 1 || set.Cycles[0].Action != evidence.HardwareInventory || set.Cycles[0].Reported.IsZero() || set.Cycles[0].Major != 1 {
		t.Errorf("%+v", set.Cycles)
	}
	if len(set.Authorizations) != 1 || len(set.Authorizations[0].Patches) == 0 || set.Authorizations[0].Err != nil || set.Authorizations[0].Patches[0].Time.IsZero() {
		t.Errorf("%+v", set.Authorizations)
	}
	if len(set.Problems) > 0 {
		t.Errorf("%+v", set.Problems)
	}
}

func TestEvidenceOfALabThatHasRunNothing(t *testing.T) {
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Lab})
	set := mustEvidence(t, c.target)
	if set.PatchesAsked || set.PatchesErr == nil || len(set.SitePatches) > 0 || !set.SiteAsked || len(set.Problems) > 0 {
		t.Errorf("%+v", set)
	}
}

// A cabinet is read again when its date changes, and only then; that it may not be
// read any more is seen at once.
func TestACabinetThatHasNotChangedIsNotReadAgain(t *testing.T) {
	c := labAfterAll(t)
	name := filepath.Join(c.target.lab.Dir(), "WINDOWS", "System32", "vpcache", "LAB00012", "1033", "mssecure.cab")
	before := time.Now().Add(-time.Hour).Truncate(time.Second)
	date := func(at time.Time) {
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	cached := func() *evidence.Copy {
		set := mustEvidence(t, c.target)
		for i := range set.Catalogues {
			if cp := &set.Catalogues[i]; cp.Place == evidence.ClientCache && cp.Track == "security" {
				return cp
			}
		}
		t.Fatal("no copy")
		return nil
	}
	date(before)
	first := cached()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, make([]byte, len(data)), 0o644); err != nil {
		t.Fatal(err)
	}
	date(before)
	if again := cached(); again.Err != nil || again.Digest != first.Digest {
		t.Errorf("it was read again: %+v", again)
	}
	if err := os.Chmod(name, 0); err != nil {
		t.Fatal(err)
	}
	if denied := cached(); denied.Err == nil || !strings.Contains(denied.Err.Error(), "Access is denied") {
		t.Errorf("it may not be read: %+v", denied)
	}
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	date(before.Add(time.Minute))
	if changed := cached(); changed.Err == nil {
		t.Errorf("it has changed: %+v", changed)
	}
}

func TestEvidenceComesToTheJudgement(t *testing.T) {
	dir := t.TempDir()
	p := &practice{t: t, dir: dir}
	p.log("ScanWrapper.log", "Software Updates Scan Tool Started")
	if err := os.WriteFile(filepath.Join(dir, "Win32_PatchState.mof"), []byte(savedMOF), 0o644); err != nil {
		t.Fatal(err)
	}
	target, err := findRunTarget(client.Open, dir)
	if err != nil {
		t.Fatal(err)
	}
	set := mustEvidence(t, target)
	if len(set.Patches) != 1 || set.PatchesAsked || set.Patches[0].Bulletin() != "MS04-011" {
		t.Errorf("%+v", set)
	}
	zipped, err := findRunTarget(client.Open, zipFolder(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	defer zipped.close()
	if set := mustEvidence(t, zipped); len(set.Patches) != 1 || len(set.Problems) > 0 {
		t.Errorf("%+v", set)
	}
}

// What is read of an archive can be looked into after the judgement.
func TestACatalogueInAnArchiveStaysOpen(t *testing.T) {
	c := labAfterAll(t)
	target, err := findRunTarget(client.Open, zipFolder(t, filepath.Join(c.target.lab.Dir(), "WINDOWS")))
	if err != nil {
		t.Fatal(err)
	}
	defer target.close()
	set := mustEvidence(t, target)
	looked := false
	for _, cp := range set.Catalogues {
		if cp.Place != evidence.ClientCache || cp.Err != nil || cp.Bulletins == nil || cp.Downloaded.IsZero() {
			t.Errorf("%+v", cp)
			continue
		}
		list, err := cp.Bulletins(evidence.Find{Bulletins: []string{"MS07-901"}})
		if err != nil {
			t.Error(err)
		}
		looked = looked || len(list) > 0
	}
	if !looked {
		t.Error("no catalogue lists the bulletin")
	}
}

func TestFoldersThatParametersName(t *testing.T) {
	books, err := pipeline.All()
	if err != nil {
		t.Fatal(err)
	}
	got := foldersOf(books, map[string]string{
		"site": "SMS01", "code": "XYZ", "synchost": "SYNC01", "share": "SMSTools", "path": "Tools", "package": "XYZ00012",
		"dp": `\\DP01\SMSPKGC$\XYZ00012`, "content": `%windir%\System32\CCM\Cache\XYZ00031.1.System`, "switches": "",
	})
	want := []string{`%windir%\System32\CCM\Cache\XYZ00031.1.System`, `\\DP01\SMSPKGC$\XYZ00012`, `\\SYNC01\SMSTools\Tools\SecurityPatch\PkgSource`}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := foldersOf(books, nil); len(got) > 0 {
		t.Errorf("without parameters: %q", got)
	}
}

// The package source that was typed in for another computer counts for it.
func TestThePackageSourceIsLookedInto(t *testing.T) {
	root := t.TempDir()
	source := filepath.Join(root, "PkgSource", "1033")
	if err := os.MkdirAll(source, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(source, "mssecure.xml"), []byte(`<BulletinDatastore DataVersion="1.0.1.1" LastDataUpdate="1/2/2007"/>`), 0o644); err != nil {
		t.Fatal(err)
	}
	var far farFiles
	files := far.list(t.Context(), []string{filepath.Dir(source), filepath.Join(root, "nowhere")})
	set := evidence.Read(t.Context(), files)
	if len(set.Catalogues) != 1 || set.Catalogues[0].Place != evidence.PackageSource || set.Catalogues[0].DataVersion != "1.0.1.1" {
		t.Errorf("%+v", set.Catalogues)
	}
	if len(set.Problems) != 1 || !strings.HasSuffix(set.Problems[0].Name, "nowhere") {
		t.Errorf("%+v", set.Problems)
	}
	if err := os.RemoveAll(source); err != nil {
		t.Fatal(err)
	}
	if again := far.list(t.Context(), []string{filepath.Dir(source), filepath.Join(root, "nowhere")}); len(again) != len(files) {
		t.Errorf("it was listed again at once: %+v", again)
	}
	far.forget()
	if again := far.list(t.Context(), []string{filepath.Dir(source)}); len(again) != 1 || !again[0].Missing {
		t.Errorf("%+v", again)
	}
}

func TestFactsOfAFolder(t *testing.T) {
	c := labAfterAll(t)
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(c.target.lab.Dir())); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(copied, "lab.json")); err != nil { // now it is a folder like any other
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(copied, "internet")); err != nil {
		t.Fatal(err)
	}
	if lab.Is(copied) {
		t.Fatal("still a lab")
	}
	folder := openCase(t, testDesk(t), tui.Place{Kind: tui.Folder, Path: copied})
	facts, err := folder.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, f := range facts {
		if f.Bad || f.Value == "" {
			t.Errorf("%+v", f)
		}
		seen[f.Stage]++
	}
	if seen[pipeline.Sync] != 4 || seen[pipeline.Scan] != 2 || seen[pipeline.Inventory] != 1 || seen[pipeline.Install] == 0 {
		t.Errorf("%v of %+v", seen, facts)
	}
	patches, err := folder.Patches(t.Context())
	if err != nil || len(patches) != 8 {
		t.Errorf("%d patches, %v", len(patches), err)
	}
}

const hostilePatch = "instance of Win32_PatchState\n{\n\tID = \"MS04-011\x1b[2J\u202e\";\n\tQNumbers = \"835732\";\n\tTitle = \"=cmd|' /C calc'!A0\";\n\tLevel = -1;\n};\n"

func TestHostilePatchesReachNoTerminal(t *testing.T) {
	name := filepath.Join(t.TempDir(), "Win32_PatchState.mof")
	if err := os.WriteFile(name, []byte(hostilePatch), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json", "csv", "mof"} {
		s := newSession()
		s.deps.open = client.Open
		if code := s.run("patches", name, "--format", format, "--columns", "ID,title,Level"); code != exitPassed {
			t.Errorf("%s: exit code %d, %s", format, code, s.err)
		}
		if i := strings.IndexFunc(s.out.String(), func(r rune) bool { return r != '\n' && r != '\t' && r != '\r' && hidden(r) }); i >= 0 {
			t.Errorf("%s holds %q", format, s.out)
		}
		switch format {
		case "json":
			var list []map[string]any
			if err := json.Unmarshal(s.out.Bytes(), &list); err != nil || len(list) != 1 || list[0]["ID"] != "MS04-011\x1b[2J\u202e" || list[0]["Level"] != -1.0 {
				t.Errorf("%+v, %v", list, err)
			}
		case "csv":
			rows, err := csv.NewReader(s.out).ReadAll()
			if err != nil || len(rows) != 2 || rows[1][3] != "'=cmd|' /C calc'!A0" || rows[1][4] != "-1" {
				t.Errorf("%q, %v", rows, err)
			}
		}
	}
}

// Of 10/6/2007 nothing in an export may tell which number is the day.
func TestDatesThatMayBeReadInTwoWaysAreSaidToBe(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "Win32_PatchState.csv")
	if err := os.WriteFile(name, []byte("ID,QNumbers,Status,TimeDetected\nMS07-031,935840,Applicable,10/6/2007 2:02:00 AM\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"patches", name}, {"diagnose", dir}, {"trace", "MS07-031", dir}} {
		s := newSession()
		s.deps.open = client.Open
		s.run(args...)
		text := strings.Join(strings.Fields(s.out.String()), " ")
		if !strings.Contains(text, "2007-10-06 02:02") || !strings.Contains(text, "Dates such as 10/6/2007 2:02:00 AM in Win32_PatchState.csv are read with the month first") {
			t.Errorf("%q: %s%s", args, s.out, s.err)
		}
	}
}

// A value of a megabyte is no reason for a text of a megabyte.
func TestLongValuesMakeNoLongText(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("x", 300_000)
	text := fmt.Sprintf("instance of Win32_PatchState { ID = \"MS07-031\"; QNumbers = \"935840\"; Status = \"S%[1]s\"; Product = \"P%[1]s\"; Title = \"T%[1]s\"; ScanAgent = \"A%[1]s\"; };\n", long)
	if err := os.WriteFile(filepath.Join(dir, "Win32_PatchState.mof"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	const most = 16 << 10
	for _, args := range [][]string{
		{"patches", dir},
		{"diagnose", dir},
		{"diagnose", dir, "--format", "json"},
		{"trace", "MS07-031", dir},
		{"trace", "MS07-031", dir, "--format", "markdown"},
		{"trace", "MS07-031", dir, "--format", "json"},
	} {
		s := newSession()
		s.deps.open = client.Open
		s.run(args...)
		if n := s.out.Len(); n < 100 || n > most {
			t.Errorf("%q: %d bytes, %.200q", args, n, s.err)
		}
	}
}

func TestHowManyExportsCouldNotBeReadIsTold(t *testing.T) {
	dir := t.TempDir()
	bad := []byte("instance of Win32_PatchState { ID = ;")
	for n, want := range map[int]string{1: `line 1: want a value, found ";"; save`, 2: `found ";" (and 1 other could not be read either); save`, 3: `found ";" (and 2 others could not be read either); save`} {
		for i := range 3 {
			name := filepath.Join(dir, fmt.Sprintf("%d.mof", i))
			if i >= n {
				_ = os.Remove(name) // it may not be there
			} else if err := os.WriteFile(name, bad, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s := newSession()
		s.deps.open = client.Open
		if code := s.run("patches", dir); code != exitUsage || !strings.HasPrefix(s.err.String(), "patchtrace: read instances in 0.mof: ") || !strings.Contains(s.err.String(), want) {
			t.Errorf("%d: exit code %d, %s", n, code, s.err)
		}
	}
}

func TestPatchesOfThisMachineNeedWMI(t *testing.T) {
	if _, err := os.Stat(`C:\Windows`); err == nil {
		t.Skip("it has WMI")
	}
	s := newSession()
	s.deps.open = client.Open
	if code := s.run("patches"); code != exitUnknown || !strings.Contains(s.out.String(), "WBEMTEST") || !strings.Contains(s.err.String(), client.ErrNoWMI.Error()) || strings.Count(s.err.String(), "\n") != 1 {
		t.Errorf("exit code %d, %s%s", code, s.out, s.err)
	}
}

func TestPatchesOfAnotherComputerSayItsName(t *testing.T) {
	s := newSession()
	dir := t.TempDir()
	s.deps.open = func(name string) (*client.Target, error) {
		if name != `\\WKS1` {
			return nil, fs.ErrNotExist
		}
		target, err := client.Open(dir)
		return target, err
	}
	code := s.run("patches", `\\WKS1`)
	if code != exitUnknown || !strings.Contains(strings.Join(strings.Fields(s.out.String()), " "), `\\WKS1\root\cimv2`) || !strings.Contains(s.out.String(), "-ComputerName WKS1") {
		t.Errorf("exit code %d, %s%s", code, s.out, s.err)
	}
}

func TestTheTableFitsItsWidth(t *testing.T) {
	c := labAfterAll(t)
	set, err := c.target.patches(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{20, 40, 80, 200} {
		s := newSession()
		s.deps.streams.Width = width
		o := &patchesOptions{streams: s.deps.streams, format: "text"}
		v, err := o.view(set.Patches)
		if err == nil {
			err = o.write(v)
		}
		if long := longLines(s.out.String(), width); err != nil || len(long) > 0 || !strings.Contains(s.out.String(), "MS07-901") {
			t.Errorf("%d: %v, %q in\n%s", width, err, long, s.out)
		}
		if width == 200 && (strings.Contains(s.out.String(), "...") || !strings.Contains(s.out.String(), "help viewer could open a foreign page")) {
			t.Errorf("cut without need:\n%s", s.out)
		}
	}
}

func TestPatchesAreSortedByWhatTheyAre(t *testing.T) {
	list := statesAt("x", nil)
	for _, row := range []struct{ id, number, detected string }{
		{"MS03-043", "9999", "20070605020000.000000-300"}, {"MS04-011", "835732", "20070605020000.000000+060"}, {"", "10000", ""},
	} {
		p := evidence.PatchState{}
		p.Class = patchState
		p.Set("ID", row.id)
		p.Set("Rank", row.number)
		p.Set("TimeDetected", row.detected)
		list = append(list, p)
	}
	for sort, want := range map[string]string{
		"Rank": "9999 10000 835732", "-rank": "835732 10000 9999", "detected": "835732 9999 10000", "-detected": "9999 835732 10000",
		"bulletin": "9999 835732 10000", "-bulletin": "835732 9999 10000",
	} {
		o := &patchesOptions{sort: []string{sort}}
		v, err := o.view(list)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range v.rows {
			got = append(got, p.Get("Rank"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("by %s: %q, want %q", sort, got, want)
		}
	}
	var e *Error
	if _, err := (&patchesOptions{columns: []string{"x"}}).view(list); !errors.As(err, &e) || !strings.Contains(e.Do, "Rank") {
		t.Errorf("got %v", err)
	}
}

package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/lab"
)

// labSession runs command lines as the program does, on real folders.
func labSession() *session {
	s := newSession()
	s.deps.now = func() time.Time { return time.Now().UTC() }
	s.deps.zone, s.deps.open = time.UTC, client.Open
	return s
}

// TestEveryFaultOfTheListIsNamed runs a lab with each fault, as `lab run` does.
func TestEveryFaultOfTheListIsNamed(t *testing.T) {
	begin := time.Now()
	t.Cleanup(func() {
		t.Logf("the matrix took %s; on two processors with nothing else on them it is to be under a minute", time.Since(begin))
	})
	for _, product := range labProducts {
		for _, f := range lab.Faults(product) {
			t.Run(product+"/"+f.Name, func(t *testing.T) {
				t.Parallel()
				s := labSession()
				code := s.run("lab", "run", "--fault", f.Name, "--product", product, "--format", "json")
				var r diagnose.Report
				if err := json.Unmarshal(s.out.Bytes(), &r); err != nil {
					t.Fatalf("exit code %d, %v\n%s", code, err, s.err)
				}
				want := exitBroken
				if r.Verdict.Status == diagnose.VerdictWaiting {
					want = exitWaiting
				}
				if got := firstRule(&r, r.Verdict.Stage); r.Verdict.Stage != f.Stage || got != f.Rule {
					t.Errorf("got %s by %s, want %s by %s: %s", r.Verdict.Stage, got, f.Stage, f.Rule, r.Verdict.Summary)
				}
				if code != want || r.Verdict.Status == diagnose.VerdictPassed || !strings.Contains(r.Target, "LAB") || r.Product != product {
					t.Errorf("exit code %d, verdict %s of %s at %q", code, r.Verdict.Status, r.Product, r.Target)
				}
			})
		}
	}
}

func firstRule(r *diagnose.Report, stage string) string {
	for _, s := range r.Stages {
		if s.ID == stage && len(s.Findings) > 0 {
			return s.Findings[0].Rule
		}
	}
	return ""
}

func TestALabWithoutAFaultPasses(t *testing.T) {
	for _, product := range labProducts {
		s := labSession()
		if code := s.run("lab", "run", "--product", product); code != exitPassed || s.err.Len() > 0 {
			t.Errorf("%s: exit code %d, %s", product, code, s.err)
		}
		for _, want := range []string{"LAB: LAB-WKS-01", "SyncXML.exe completed successfully", "Scan again: ", "PASSED", "4 Installation        passed"} {
			if !strings.Contains(s.out.String(), want) {
				t.Errorf("%s: no %q in\n%s", product, want, s.out)
			}
		}
	}
}

func TestTheListOfFaultsHasFourKeys(t *testing.T) {
	s := labSession()
	if code := s.run("lab", "faults", "--format", "json"); code != exitPassed {
		t.Fatalf("exit code %d, %s", code, s.err)
	}
	var list []map[string]string
	if err := json.Unmarshal(s.out.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if keys := slices.Sorted(maps.Keys(f)); !slices.Equal(keys, []string{"cause", "name", "rule", "stage"}) {
			t.Fatalf("keys %q", keys)
		}
	}
	if s.run("lab", "faults"); strings.Count(s.out.String(), "sms2003.") != len(list) || len(list) < 30 {
		t.Errorf("%d faults in JSON, and as text\n%s", len(list), s.out)
	}
	for _, line := range longLines(s.out.String(), 80) {
		t.Errorf("longer than 80: %s", line)
	}
}

func TestALabThatWasMadeIsATargetLikeAnyOther(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "practice")
	s := labSession()
	if code := s.run("lab", "init", "--fault", "site-never-updates", dir); code != exitPassed || !strings.HasPrefix(s.out.String(), "LAB: LAB-WKS-01 · LAB · fault site-never-updates in "+dir) {
		t.Fatalf("exit code %d, %s%s", code, s.out, s.err)
	}
	if code := s.run("run", "all", "--yes", dir); code != exitBroken {
		t.Fatalf("exit code %d, %s%s", code, s.out, s.err)
	}
	// The site's own word makes the difference: by its logs the client is well.
	if code := s.run("diagnose", "--format", "json", dir); code != exitBroken {
		t.Fatalf("exit code %d, %s%s", code, s.out, s.err)
	}
	var r diagnose.Report
	if err := json.Unmarshal(s.out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if firstRule(&r, "inventory") != "sms2003.inventory.lost-after-client" || r.LastHardwareScan.Source != "wmi" || !strings.Contains(r.Target, "LAB") {
		t.Errorf("%+v of %+v at %q", r.Verdict, r.LastHardwareScan, r.Target)
	}
}

func TestAKeptLabIsRunOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	s := labSession()
	if code := s.run("lab", "run", "--fault", "patch-3010", "--keep", dir); code != exitWaiting {
		t.Fatalf("exit code %d, %s%s", code, s.out, s.err)
	}
	restart(t, dir)
	if code := s.run("lab", "run", "--keep", dir); code != exitPassed {
		t.Errorf("after the restart: exit code %d, %s%s", code, s.out, s.err)
	}
	for _, args := range [][]string{{"--fault", "dns"}, {"--product", "sms2"}} {
		if code := s.run(append([]string{"lab", "run", "--keep", dir}, args...)...); code != exitUsage || s.out.Len() > 0 {
			t.Errorf("%q: exit code %d, %s", args, code, s.err)
		}
	}
}

// When the second track of a stage is mended, the first one's success must not
// end at what the second one's log said before.
func TestAMendedSecondTrackIsRunAgain(t *testing.T) {
	for _, again := range [][]string{{"run", "all", "--yes"}, {"lab", "run", "--keep"}} {
		dir := filepath.Join(t.TempDir(), "kept")
		s := labSession()
		if code := s.run("lab", "init", dir); code != exitPassed {
			t.Fatalf("exit code %d, %s%s", code, s.out, s.err)
		}
		cab := filepath.Join(dir, "internet", "office", "1033", "mssecure.cab")
		if err := os.Rename(cab, cab+".away"); err != nil {
			t.Fatal(err)
		}
		if code := s.run("run", "all", "--yes", dir); code != exitBroken || !strings.Contains(s.out.String(), "FAILED at sync") {
			t.Fatalf("exit code %d, %s%s", code, s.out, s.err)
		}
		// As long as it is not mended, the second track still says so.
		if code := s.run(append(again, dir)...); code != exitBroken || !strings.Contains(s.out.String(), "catalogue sync: failed before, in a track that comes next") ||
			!strings.Contains(s.out.String(), "FAILED at sync") {
			t.Errorf("%q: exit code %d, %s%s", again, code, s.out, s.err)
		}
		if err := os.Rename(cab+".away", cab); err != nil {
			t.Fatal(err)
		}
		if code := s.run(append(again, dir)...); code != exitPassed {
			t.Errorf("%q: exit code %d, %s%s", again, code, s.out, s.err)
		}
	}
}

// A run that was killed leaves the start of a program without an end in the log.
func TestASecondTrackThatWasKilledIsRunAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	s := labSession()
	if code := s.run("lab", "run", "--keep", dir); code != exitPassed {
		t.Fatalf("exit code %d, %s%s", code, s.out, s.err)
	}
	now := time.Now().In(time.FixedZone("", -5*60*60)) // the practice client's zone
	start := fmt.Sprintf(`<![LOG[Raised Program Started Event for Ad:LAB20004, Package:LAB00013, Program: Office Update Scan]LOG]!>`+
		`<time="%s+300" date="%s" component="execmgr" context="" type="1" thread="7" file="lab">`+"\r\n", now.Format("15:04:05.000"), now.Format("01-02-2006"))
	log, err := os.OpenFile(filepath.Join(dir, "WINDOWS", "System32", "CCM", "Logs", "execmgr.log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.WriteString(start); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if code := s.run("diagnose", dir); code != exitWaiting {
		t.Errorf("as it was left: exit code %d, %s%s", code, s.out, s.err)
	}
	if code := s.run("lab", "run", "--keep", dir); code != exitPassed || !strings.Contains(s.out.String(), "scan: running before, in a track that comes next") {
		t.Errorf("exit code %d, %s%s", code, s.out, s.err)
	}
}

// restart does what a restart of the practice machine would.
func restart(t *testing.T, dir string) {
	t.Helper()
	name := filepath.Join(dir, "machine.json")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	done := strings.Replace(string(text), `"restartPending": true`, `"restartPending": false`, 1)
	if done == string(text) {
		t.Fatal("no restart is pending")
	}
	if err := os.WriteFile(name, []byte(done), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A program that fails without a word in its log is not hidden by what the log
// said before.
func TestALabWhoseLogsAreClosedDoesNotPass(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	s := labSession()
	if code := s.run("lab", "run", "--keep", dir); code != exitPassed {
		t.Fatalf("exit code %d, %s%s", code, s.out, s.err)
	}
	closed := filepath.Join(dir, "WINDOWS", "System32", "CCM", "Logs")
	for _, name := range []string{closed, filepath.Join(closed, "execmgr.log"), filepath.Join(closed, "SecuritySyncXml.log")} {
		if err := os.Chmod(name, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(closed, 0o755) }) // else it cannot be removed
	if code := s.run("lab", "run", "--keep", dir); code != exitBroken || !strings.Contains(s.out.String(), "FAILED at sync") {
		t.Errorf("exit code %d, %s%s", code, s.out, s.err)
	}
}

// What a lab cannot do without is named, with what to do about it.
func TestALabThatLostItsStateTellsSoInOneLine(t *testing.T) {
	for _, tt := range []struct {
		damaged string
		args    []string
		want    string
	}{
		{"machine.json", []string{"run", "all", "--yes"}, "ask the lab in DIR: read machine.json of the lab: unexpected end of JSON input; mend that file, or make a new lab: patchtrace lab init DIR"},
		{"machine.json", []string{"diagnose"}, "ask the lab in DIR: read machine.json of the lab: unexpected end of JSON input; mend that file, or make a new lab: patchtrace lab init DIR"},
		{"machine.json", []string{"lab", "run", "--keep"}, "ask the lab in DIR: read machine.json of the lab: unexpected end of JSON input; mend that file, or make a new lab: patchtrace lab init DIR"},
		{"servers.json", []string{"lab", "serve"}, "serve DIR: the servers have lost their settings: read servers.json of the lab: unexpected end of JSON input; mend that, or make a new lab: patchtrace lab init DIR"},
	} {
		dir := filepath.Join(t.TempDir(), "practice")
		if code := labSession().run("lab", "init", dir); code != exitPassed {
			t.Fatal(code)
		}
		if err := os.WriteFile(filepath.Join(dir, tt.damaged), []byte("{"), 0o644); err != nil {
			t.Fatal(err)
		}
		s := labSession()
		code := s.run(append(tt.args, dir)...)
		if got := strings.Replace(s.err.String(), dir, "DIR", 1); code != exitUsage || got != "patchtrace: "+tt.want+"\n" {
			t.Errorf("%q: exit code %d, stderr %s want %s", tt.args, code, got, tt.want)
		}
	}
}

func TestLabTellsWhatIsWrongInOneLine(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "letter"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no folder", []string{"init"}, `patchtrace lab init: no folder was given; give the folder of the lab`},
		{"two folders", []string{"serve", "a", "b"}, `patchtrace lab serve: takes one folder, not 2; see patchtrace lab serve --help`},
		{"a fault nobody knows", []string{"run", "--fault", "gremlins"}, `parse --fault "gremlins": no fault of a lab of sms2003; see patchtrace lab faults`},
		{"half a fault", []string{"run", "--fault", "restart"}, `parse --fault "restart": no fault of a lab of sms2003; did you mean restart-pending?`},
		{"a fault of another product", []string{"init", "--product", "sms2", "--fault", "mp-busy", full}, `parse --fault "mp-busy": no fault of a lab of sms2; see patchtrace lab faults`},
		{"a product that is none", []string{"run", "--product", "sms1"}, `parse --product "sms1": not sms2003 or sms2; see patchtrace lab run --help`},
		{"a folder that is not empty", []string{"init", full}, `make a lab in ` + full + `: the folder is not empty; give a folder that is empty or not there`},
		{"no lab", []string{"serve", full}, `open lab: ` + full + `: no lab: it has no lab.json; make one: patchtrace lab init DIR`},
		{"an argument too many", []string{"run", full}, `patchtrace lab run: takes no argument, not "` + full + `"; see patchtrace lab run --help`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := labSession()
			if code := s.run(append([]string{"lab"}, tt.args...)...); code != exitUsage || s.err.String() != "patchtrace: "+tt.want+"\n" || s.out.Len() > 0 {
				t.Errorf("exit code %d, stderr %q\n want %q", code, s.err, tt.want)
			}
		})
	}
}

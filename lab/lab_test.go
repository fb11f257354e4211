package lab_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/diagnose/offline"
	"patchtrace/lab"
	"patchtrace/pipeline"
)

func TestMain(m *testing.M) {
	if code, is := lab.Program(); is {
		os.Exit(code)
	}
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0") // under the race detector each program would take a second to end
	os.Exit(m.Run())
}

// bench is a lab under test.
type bench struct {
	*testing.T
	lab  *lab.Lab
	host *lab.Host
}

func newBench(t *testing.T, opt lab.Options) *bench {
	t.Helper()
	l, err := lab.Init(filepath.Join(t.TempDir(), "lab"), opt)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, lab: l, host: l.Host()}
	t.Cleanup(func() {
		b.host.Close()
		_ = l.Close() // nothing is written through it
		b.unlock()
	})
	return b
}

// unlock gives rights back that a fault took, so that the folder can be removed.
func (b *bench) unlock() {
	_ = filepath.WalkDir(b.lab.Dir(), func(name string, _ os.DirEntry, _ error) error {
		return os.Chmod(name, 0o755)
	})
}

// commands are those of a stage that a lab is run with: one for each track.
var commands = map[string]map[string][]string{
	lab.SMS2003: {
		pipeline.Sync: {"sync-security-silent", "sync-office-silent"}, pipeline.Scan: {"scan", "office-scan"},
		pipeline.Inventory: {"hardware-inventory"}, pipeline.Install: {"install"},
	},
	lab.SMS2: {
		pipeline.Sync: {"sync-security-silent", "sync-office-silent"}, pipeline.Scan: {"s-scan", "o-scan"},
		pipeline.Inventory: {"hardware-inventory"}, pipeline.Install: {"install"},
	},
}

// stage runs the commands of a stage, up to the first after which the stage does
// not stand as passed, and returns the exit code of the last.
func (b *bench) stage(id string) (code int, r *diagnose.Report) {
	b.Helper()
	for _, name := range commands[b.lab.Product()][id] {
		var out string
		code, out = b.command(name)
		if testing.Verbose() {
			b.Logf("%s: %d %s", name, code, out)
		}
		if r = b.report(); status(r, id) != diagnose.Passed {
			return code, r
		}
	}
	return code, r
}

func status(r *diagnose.Report, id string) diagnose.Status {
	for _, s := range r.Stages {
		if s.ID == id {
			return s.Status
		}
	}
	return diagnose.Unknown
}

// command runs a command of the playbook.
func (b *bench) command(name string) (code int, out string) {
	b.Helper()
	book, err := pipeline.Load(b.lab.Product())
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range book.Stages {
		for i := range s.Commands {
			if s.Commands[i].ID != name {
				continue
			}
			a, err := pipeline.Prepare(&s.Commands[i], b.lab.Params())
			if err != nil {
				b.Fatal(err)
			}
			return b.act(a)
		}
	}
	b.Fatalf("no command %s", name)
	return 0, ""
}

func (b *bench) act(a *pipeline.Action) (code int, out string) {
	b.Helper()
	if a.Call != nil {
		if err := b.host.Call(context.Background(), *a.Call); err != nil {
			return -1, err.Error()
		}
		return 0, ""
	}
	p, err := b.host.Start(context.Background(), *a.Exec)
	if err != nil {
		b.Fatal(err)
	}
	said, err := io.ReadAll(p.Output())
	if err != nil {
		b.Fatal(err)
	}
	code, err = p.Wait()
	if err != nil {
		b.Fatalf("%s: %v", a.Exec.Program, err)
	}
	return code, string(said)
}

// report diagnoses the lab.
func (b *bench) report() *diagnose.Report {
	b.Helper()
	facts, err := b.lab.Facts()
	if err != nil {
		b.Fatal(err)
	}
	t, err := client.Open(b.lab.Dir())
	if err != nil {
		b.Fatal(err)
	}
	r, err := offline.Diagnose(context.Background(), offline.Source{Logs: t.Logs}, offline.Options{Product: b.lab.Product()}, diagnose.Options{
		Target: b.lab.Name(), Now: facts.Now, NowSource: "clock", Zone: facts.Zone, Machine: time.UTC,
		LastHardwareScan: facts.LastHardwareScan, LastHardwareScanSource: "wmi",
	})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// all runs the stages in order up to the first that breaks or waits, and after
// the install scan and inventory once more.
func (b *bench) all() *diagnose.Report {
	b.Helper()
	var r *diagnose.Report
	for _, id := range []string{pipeline.Sync, pipeline.Scan, pipeline.Inventory, pipeline.Install, pipeline.Scan, pipeline.Inventory} {
		if _, r = b.stage(id); status(r, id) != diagnose.Passed {
			return r
		}
	}
	return r
}

func first(r *diagnose.Report, stage string) string {
	for _, s := range r.Stages {
		if s.ID == stage && len(s.Findings) > 0 {
			return s.Findings[0].Rule
		}
	}
	return ""
}

func TestAHealthyLabPassesAllStages(t *testing.T) {
	for _, product := range []string{lab.SMS2003, lab.SMS2} {
		t.Run(product, func(t *testing.T) {
			b := newBench(t, lab.Options{Product: product})
			r := b.all()
			if r.Verdict.Status != diagnose.VerdictPassed {
				t.Errorf("%+v", r.Verdict)
			}
			for _, s := range r.Stages {
				if s.Status != diagnose.Passed {
					t.Errorf("%s is %s: %+v", s.ID, s.Status, s.Findings)
				}
			}
		})
	}
}

func TestEveryFaultIsFound(t *testing.T) {
	for _, product := range []string{lab.SMS2003, lab.SMS2} {
		for _, f := range lab.Faults(product) {
			t.Run(product+" "+f.Name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, lab.Options{Product: product, Fault: f.Name})
				r := b.all()
				if r.Verdict.Stage != f.Stage || first(r, f.Stage) != f.Rule {
					if keep := os.Getenv("LABKEEP"); keep != "" {
						_ = os.CopyFS(filepath.Join(keep, f.Name), os.DirFS(b.lab.Dir()))
					}
					t.Errorf("got %s at %q by %s, want %s by %s: %s", r.Verdict.Status, r.Verdict.Stage, first(r, r.Verdict.Stage), f.Stage, f.Rule, r.Verdict.Summary)
				}
				if v := r.Verdict.Status; v != diagnose.VerdictFailed && v != diagnose.VerdictWaiting {
					t.Errorf("the verdict is %s", v)
				}
			})
		}
	}
}

package client_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"patchtrace/client"
)

var someParams = map[string]string{"site": "SMS01", "share": `a "b" & c`, "switches": "", "path": "Ünï\ncödé"}

func TestParametersAreKeptByTarget(t *testing.T) {
	p := client.ParamsIn(filepath.Join(t.TempDir(), "not", "there", "yet"))
	if got, err := p.Load("/a"); err != nil || len(got) != 0 {
		t.Errorf("before: %q, %v", got, err)
	}
	if err := p.Save("/a", someParams); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Load("/a"); err != nil || !maps.Equal(got, someParams) {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := p.Load("/b"); err != nil || len(got) != 0 {
		t.Errorf("another target has %q, %v", got, err)
	}
}

func TestATargetIsTheSameHoweverItIsTyped(t *testing.T) {
	p := client.ParamsIn(t.TempDir())
	dir := t.TempDir()
	t.Chdir(filepath.Dir(dir))
	if err := p.Save(dir, someParams); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir + "/", "./" + filepath.Base(dir), filepath.Join(dir, "x") + "/.."} {
		if got, err := p.Load(name); err != nil || len(got) == 0 {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if err := p.Save(`\\WKS-0417\admin$`, someParams); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Load(`\\wks-0417\ADMIN$\`); err != nil || len(got) == 0 {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTheFileIsReadableAndAlone(t *testing.T) {
	root := t.TempDir()
	p := client.ParamsIn(root)
	for range 3 {
		if err := p.Save("local", someParams); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(filepath.Join(root, "targets"))
	if err != nil || len(entries) != 1 {
		t.Fatalf("got %v, %v", entries, err)
	}
	data, err := os.ReadFile(p.File("local"))
	var f struct {
		Target string
		Params map[string]string
	}
	if err != nil || json.Unmarshal(data, &f) != nil || f.Target != "local" || !maps.Equal(f.Params, someParams) || !strings.Contains(string(data), "\n  ") {
		t.Errorf("got %s, %v", data, err)
	}
}

func TestADamagedFileIsNamed(t *testing.T) {
	p := client.ParamsIn(t.TempDir())
	if err := p.Save("local", someParams); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"cut": `{"target": "lo`, "huge": strings.Repeat(" ", 1<<20), "another kind": `[]`} {
		if err := os.WriteFile(p.File("local"), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Load("local"); err == nil || !strings.Contains(err.Error(), p.File("local")) {
			t.Errorf("%s: %v", name, err)
		}
		if err := p.Save("local", someParams); err != nil {
			t.Errorf("%s: it cannot be replaced: %v", name, err)
		}
	}
}

func TestAFileOfAnotherTargetIsNotTaken(t *testing.T) {
	p := client.ParamsIn(t.TempDir())
	if err := p.Save("local", someParams); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.File("local"), []byte(`{"target":"other","params":{"site":"X"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Load("local"); err != nil || len(got) != 0 {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAReaderNeverSeesAHalfWrittenFile(t *testing.T) {
	p := client.ParamsIn(t.TempDir())
	if err := p.Save("local", someParams); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for i := range 50 {
				params := maps.Clone(someParams)
				params["site"] = strings.Repeat("x", 1+(w+i)%5000)
				if err := p.Save("local", params); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 200 {
		if got, err := p.Load("local"); err != nil || len(got) != len(someParams) {
			t.Errorf("got %q, %v", got, err)
		}
	}
	writers.Wait()
}

func TestWhyParametersCannotBeKept(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := client.ParamsIn(blocked).Save("local", someParams)
	if err == nil || !strings.Contains(err.Error(), "keep parameters in") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

package client

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchtrace/pipeline"
)

func TestWhatIsAnotherComputer(t *testing.T) {
	for name, host := range map[string]string{
		`\\WKS1`: "WKS1", `\\WKS1\`: "WKS1", `\\WKS1\admin$`: "WKS1", `\\wks1\ADMIN$\`: "wks1",
		`\\WKS1\admin$\CCM`: "", `\\WKS1\c$`: "", `C:\x`: "", "//tmp": "", "/tmp": "", `\\`: "", "": "",
	} {
		got := ""
		if m := wholeComputer.FindStringSubmatch(name); m != nil {
			got = m[1]
		}
		if got != host {
			t.Errorf("%q: got %q", name, got)
		}
	}
}

func TestTheClientOfAnotherComputer(t *testing.T) {
	root := t.TempDir()
	books, err := pipeline.All()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openClient(thisMachine, `\\WKS1`, root, books); err == nil || !strings.HasPrefix(err.Error(), `open target \\WKS1: no folder of it holds logs of a client; `) {
		t.Errorf("got %v", err)
	}
	put := func(dir, name string) {
		dir = filepath.Join(root, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("Panther", "setup.log")
	put("CCM/Logs", "CAS.log")
	target, err := openClient(thisMachine, `\\WKS1`, root, books)
	if err != nil || len(target.Logs) != 1 || target.Logs[0].Name != "CAS.log" || len(target.Paths()) != 1 {
		t.Fatalf("%+v, %v", target, err)
	}
	put("System32/CCM/Logs", "CAS.log")
	target, err = openClient(thisMachine, `\\WKS1`, root, books)
	if err != nil || len(target.Logs) != 2 || target.Logs[0].Name == target.Logs[1].Name || len(target.Paths()) != 2 {
		t.Errorf("%+v, %v", target, err)
	}
	put("elsewhere/SMS_CCM/Logs", "CAS.log")
	target, err = openClient(thisMachine, `\\WKS1`, root, books, filepath.Join(root, "elsewhere", "SMS_CCM", "Logs"), filepath.Join(root, "nowhere"))
	if err != nil || len(target.Logs) != 3 || len(target.Paths()) != 3 {
		t.Errorf("%+v, %v", target, err)
	}
}

func TestAnotherComputerThatCannotBeReached(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{fs.ErrNotExist, `open target \\WKS1\admin$: it cannot be reached; check the name, that the computer is on, and that it shares \\WKS1\admin$`},
		{fs.ErrPermission, `open target \\WKS1\admin$: access denied; run as an administrator of that computer`},
	} {
		d := thisMachine
		d.stat = func(name string) (fs.FileInfo, error) { return nil, &fs.PathError{Op: "stat", Path: name, Err: tt.err} }
		if _, err := open(d, `\\WKS1\admin$`); err == nil || err.Error() != tt.want {
			t.Errorf("got %v", err)
		}
	}
}

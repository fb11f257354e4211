package client_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"patchtrace/client"
	"patchtrace/pipeline"
)

// echo makes the test binary a program that prints where it runs and with what.
const echo = "PATCHTRACE_TEST_ECHO"

func TestMain(m *testing.M) {
	if os.Getenv(echo) == "" {
		os.Exit(m.Run())
	}
	dir, _ := os.Getwd()
	_ = json.NewEncoder(os.Stdout).Encode(append([]string{dir}, os.Args[1:]...))
}

// programFolder is a folder with the test binary under that name.
func programFolder(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a folder & more; $(x)")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The whole way of a parameter: playbook, command line, process.
func TestParametersArriveUnchangedAsOneArgument(t *testing.T) {
	t.Setenv(echo, "1")
	dir := programFolder(t, "SyncXML.exe")
	c := &pipeline.Command{ID: "x", Kind: pipeline.CommandExec, Program: "SyncXML.exe", Args: []string{"/package", "{package}", "/end"}, Folder: "{dp}"}
	for _, v := range []string{"a b", `say "hi" it's`, "a;b&c|d>e", "%windir% %PATH%", "$(id) `id` $HOME", "a\nb\tc\r\nd", `\\srv\share\`, `a\"b\\`, "日本語 Ünïcödé 🙂", "", "*", "-rf"} {
		a, err := pipeline.Prepare(c, map[string]string{"package": v, "dp": dir})
		if err != nil {
			t.Fatal(err)
		}
		p, err := client.Local{}.Start(t.Context(), *a.Exec)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		err = json.NewDecoder(p.Output()).Decode(&got)
		if code, werr := p.Wait(); code != 0 || err != nil || werr != nil {
			t.Fatalf("%q: ended with %d, %v, %v", v, code, err, werr)
		}
		if want := []string{"/package", v, "/end"}; !slices.Equal(got[1:], want) {
			t.Errorf("%q: the program got %q", v, got[1:])
		}
		if !sameFolder(t, got[0], dir) {
			t.Errorf("ran in %s, not in %s", got[0], dir)
		}
	}
}

func sameFolder(t *testing.T, a, b string) bool {
	t.Helper()
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

func TestTheFoldersOwnProgramComesFirst(t *testing.T) {
	t.Setenv(echo, "1")
	dir := programFolder(t, "x.exe")
	path := programFolder(t, "x.exe")
	if runtime.GOOS == "windows" {
		path = `"` + path + `"` // it holds what separates folders there
	}
	t.Setenv("PATH", path)
	lookup := func(name string) (string, bool) { return dir, name == "windir" }
	p, err := client.Local{Lookup: lookup}.Start(t.Context(), pipeline.Exec{Program: "x.exe", Dir: "%windir%"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := json.NewDecoder(p.Output()).Decode(&got); err != nil || !sameFolder(t, got[0], dir) {
		t.Errorf("got %q, %v", got, err)
	}
	_, _ = p.Wait()
	other, err := client.Local{}.Start(t.Context(), pipeline.Exec{Program: "x.exe", Dir: t.TempDir()})
	if err != nil {
		t.Errorf("a program on the path is not found: %v", err)
	} else {
		_, _ = other.Wait()
	}
}

func TestWhyAProgramCannotStart(t *testing.T) {
	dir := programFolder(t, "x.exe")
	file := filepath.Join(dir, "x.exe")
	batch := programFolder(t, "x.bat")
	lookup := func(string) (string, bool) { return "", false }
	tests := []struct {
		name string
		exec pipeline.Exec
		want string
	}{
		{"it is nowhere", pipeline.Exec{Program: "nothing-there.exe", Dir: dir}, "start nothing-there.exe: no such program in " + dir + " or on the path"},
		{"it is not on the path", pipeline.Exec{Program: "nothing-there.exe"}, "start nothing-there.exe: no such program in the path"},
		{"the folder is missing", pipeline.Exec{Program: "x.exe", Dir: filepath.Join(dir, "no")}, "no such folder"},
		{"the folder is a file", pipeline.Exec{Program: "x.exe", Dir: file}, "it is no folder"},
		{"a variable is unknown", pipeline.Exec{Program: "x.exe", Dir: `%windir%\system32`}, "this machine knows no %windir%"},
		{"a batch file", pipeline.Exec{Program: "x.bat", Dir: batch}, "needs a shell"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := client.Local{Lookup: lookup}.Start(t.Context(), tt.exec)
			var h *client.HostError
			if !errors.As(err, &h) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") || h.Do == "" {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWMINeedsWindows(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this is Windows")
	}
	err := client.Local{}.Call(t.Context(), pipeline.Call{Namespace: `root\ccm`, Class: "SMS_Client", Method: "TriggerSchedule"})
	if err == nil || err.Error() != `call root\ccm:SMS_Client.TriggerSchedule: WMI needs Windows; run it on the client, or in a lab` {
		t.Errorf("got %v", err)
	}
}

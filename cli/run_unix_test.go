//go:build unix

package cli

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"patchtrace/client"
	"patchtrace/pipeline"
)

// scriptBench runs on this machine, where ScanWrapper.exe is a script.
func scriptBench(t *testing.T, script string) *runBench {
	t.Helper()
	b := newRunBench(t)
	windir := t.TempDir()
	b.target.host = client.Local{Lookup: func(name string) (string, bool) { return windir, name == "windir" }}
	folder := windir + `\system32\vpcache\XYZ00012` // here the name of one folder
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	head := "#!/bin/sh\nlogs='" + b.place.dir + "'\n" + `line() {
	printf '<![LOG[%s]LOG]!><time="%s.000+000" date="%s" component="ScanWrapper" context="" type="1" thread="1" file="a.cpp:1">\r\n' \
		"$1" "$(date -u +%H:%M:%S)" "$(date -u +%m-%d-%Y)" >>"$logs/ScanWrapper.log"
}
`
	if err := os.WriteFile(filepath.Join(folder, "ScanWrapper.exe"), []byte(head+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestARealProgram(t *testing.T) {
	b := scriptBench(t, `
echo "$# arguments: $*"
line 'Software Updates Scan Tool Started'
echo 'half a warning' >&2
line 'Failed to put instance, error 0x80041003'
exit 5
`)
	if code := b.run("scan", "--yes"); code != exitBroken {
		t.Errorf("exit code %d", code)
	}
	b.requireOut(t, "2 arguments: /s /cache", "half a warning", "FAILED at scan", "0x80041003", "ended with 5")
}

func TestTwoInterruptsEndARealTree(t *testing.T) {
	b := scriptBench(t, `
line 'Software Updates Scan Tool Started'
sleep 60 &
echo $! >"$logs/child"
wait
`)
	done := make(chan int, 1)
	go func() { done <- b.run("scan", "--yes") }()
	pid := awaitChild(t, filepath.Join(b.place.dir, "child"))
	b.signals <- os.Interrupt
	b.signals <- os.Interrupt
	if code := <-done; code != exitUnknown {
		t.Errorf("exit code %d\n%s", code, b.out)
	}
	b.requireOut(t, "not waiting for the log any more", "stopping the program", "was interrupted")
	for end := time.Now().Add(time.Minute); runs(pid); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("process %d is still there", pid)
		}
	}
}

// awaitChild waits for the process id that a script writes.
func awaitChild(t *testing.T, name string) int {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		data, _ := os.ReadFile(name)
		if pid, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil {
			return pid
		}
	}
	t.Fatal("the script wrote no process id")
	return 0
}

// runs tells whether a process is there and has not ended.
func runs(pid int) bool {
	if stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil {
		_, rest, _ := strings.Cut(string(stat), ") ")
		return !strings.HasPrefix(rest, "Z")
	}
	return syscall.Kill(pid, 0) == nil
}

func TestAParameterReachesARealProgramUnchanged(t *testing.T) {
	b := newRunBench(t)
	dir := t.TempDir()
	script := "#!/bin/sh\nfor a in \"$@\"; do printf '[%s]' \"$a\"; done >'" + filepath.Join(b.place.dir, "arguments") + "'\n"
	if err := os.WriteFile(filepath.Join(dir, "SyncXML.exe"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	b.target.host = replaceFolder{client.Local{}, dir}
	b.run("sync", "--yes", "--patience", "1s", "--set", "share=a b;c & $(touch x) `id` %windir% 'q'\nü")
	got, err := os.ReadFile(filepath.Join(b.place.dir, "arguments"))
	want := "[/site][SMS01][/code][XYZ][/target][\\\\SYNC01\\a b;c & $(touch x) `id` %windir% 'q'\nü\\Tools\\SecurityPatch\\PkgSource][/package][XYZ00012]"
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("a shell was at work: %v, %v", entries, err)
	}
}

// replaceFolder runs everything in one folder: Unix has no shares.
type replaceFolder struct {
	client.Local
	dir string
}

func (h replaceFolder) Start(ctx context.Context, e pipeline.Exec) (pipeline.Process, error) {
	e.Dir = h.dir
	return h.Local.Start(ctx, e)
}

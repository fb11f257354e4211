//go:build unix

package cli

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const tailLine = `<![LOG[%]LOG]!><time="09:00:01.000+060" date="03-04-2024" component="CAS" context="" type="1" thread="7" file="cas.cpp:1">` + "\n"

// TestASignalEndsTailCleanly follows a log that does not exist yet in a process
// of its own, and ends it by a signal as soon as it has shown a record.
func TestASignalEndsTailCleanly(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			dir := t.TempDir()
			exe, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(exe)
			cmd.Dir, cmd.Args = dir, []string{"patchtrace", "tail", "x.log"} // the name makes the test binary the program
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			notices, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Process.Kill() // it has ended, or the test has failed
			told := bufio.NewReader(notices)
			expectLine(t, told, "patchtrace: x.log does not exist yet; waiting for it")
			appendRecord(t, filepath.Join(dir, "x.log"), "one")
			expectLine(t, told, "patchtrace: x.log appeared; read from its start")
			shown := bufio.NewReader(out)
			expectLine(t, shown, "2024-03-04 09:00:01.000 -01:00  info     CAS  x.log: one")
			appendRecord(t, filepath.Join(dir, "x.log"), "two")
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			expectLine(t, shown, "2024-03-04 09:00:01.000 -01:00  info     CAS  x.log: two")
			if err := cmd.Wait(); err != nil {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

func expectLine(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	got, err := r.ReadString('\n')
	if err != nil || strings.TrimSuffix(got, "\n") != want {
		t.Fatalf("got %q, %v, want %q", got, err, want)
	}
}

func appendRecord(t *testing.T, name, message string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(strings.Replace(tailLine, "%", message, 1)); err != nil {
		t.Fatal(err)
	}
}

package cli

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patchtrace starts this program as a process of its own.
func patchtrace(t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(self, args...)
	cmd.Args[0] = "patchtrace" // by that name the test program is the real one
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, unless the test failed
	return cmd, &out
}

// programsOf are the processes of the lab's programs.
func programsOf(dir string) []int {
	var pids []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		environ, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if err == nil && strings.Contains(string(environ), "PATCHTRACE_LAB="+dir+"\x00") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// patience is how long is waited for what must happen: long, as the machine may be
// busy with other tests.
const patience = time.Minute

// await waits for something that must happen soon.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("in vain: ", what)
		}
	}
}

func newPractice(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "practice")
	s := labSession()
	if code := s.run(append(append([]string{"lab", "init"}, args...), dir)...); code != exitPassed {
		t.Fatalf("exit code %d, %s", code, s.err)
	}
	return dir
}

// replaceIn changes a text in a file.
func replaceIn(t *testing.T, name, old, with string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil || !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s has no %s: %v", name, old, err)
	}
	if err := os.WriteFile(name, bytes.Replace(text, []byte(old), []byte(with), 1), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A lab's programs end with whoever started them, whatever ends that one.
func TestKillingPatchtraceLeavesNoProcessOfTheLab(t *testing.T) {
	dir := newPractice(t)
	const here = `"advertisedPrograms": {`
	machine := filepath.Join(dir, "machine.json")
	replaceIn(t, machine, here, `"programsThatHang": ["ScanWrapper.exe"], `+here)
	cmd, out := patchtrace(t, "lab", "run", "--keep", dir)
	log := filepath.Join(dir, "WINDOWS", "System32", "CCM", "Logs", "execmgr.log")
	await(t, "the scan begins", func() bool {
		text, _ := os.ReadFile(log)
		return bytes.Contains(text, []byte("Program: Security Update Scan")) && len(programsOf(dir)) > 0
	})
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	await(t, "the scan ends", func() bool { return len(programsOf(dir)) == 0 })
	replaceIn(t, machine, `"ScanWrapper.exe"`, `"nothing.exe"`)
	s := labSession()
	if code := s.run("lab", "run", "--keep", dir); code != exitPassed {
		t.Errorf("the next run: exit code %d, %s%s\nthe killed one: %s", code, s.out, s.err, out)
	}
}

func TestALabThatIsKilledAtAnyMomentCanBeRunAgain(t *testing.T) {
	dir := newPractice(t)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 12 {
		cmd, _ := patchtrace(t, "lab", "run", "--keep", dir)
		kill := time.AfterFunc(time.Duration(random.IntN(700))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // it was killed, or was quicker
		kill.Stop()
		for _, name := range []string{"lab.json", "machine.json", "servers.json", "site.json"} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !json.Valid(text) {
				t.Fatalf("after kill %d: %s is no JSON: %v\n%s", i, name, err, text)
			}
		}
	}
	await(t, "every program ends", func() bool { return len(programsOf(dir)) == 0 })
	s := labSession()
	if code := s.run("lab", "run", "--keep", dir); code != exitPassed {
		t.Errorf("exit code %d, %s%s", code, s.out, s.err)
	}
}

func TestServersThatAreKilledStayDownUntilTheyAreServedAgain(t *testing.T) {
	dir := newPractice(t)
	serve := func() *exec.Cmd {
		cmd, _ := patchtrace(t, "lab", "serve", dir)
		await(t, "the servers are up", func() bool { return answers(dir) })
		return cmd
	}
	// A sync that passed leaves the scan to be seen: the verdict is unknown.
	syncs := func(want int) {
		t.Helper()
		s := labSession()
		if code := s.run("run", "sync", "--yes", dir); code != want {
			t.Errorf("exit code %d, want %d: %s%s", code, want, s.out, s.err)
		}
	}
	served := serve()
	syncs(exitUnknown)
	if err := served.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = served.Wait() // it was killed
	syncs(exitBroken)
	served = serve()
	syncs(exitUnknown)
	if err := served.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := served.Wait(); err != nil {
		t.Errorf("ended by Ctrl-C: %v", err)
	}
	syncs(exitUnknown)
}

func TestServeSaysWhichServerIsDown(t *testing.T) {
	dir := newPractice(t, "--fault", "server-gone")
	served, out := patchtrace(t, "lab", "serve", dir)
	await(t, "the other servers are up", func() bool { return answers(dir) })
	if err := served.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := served.Wait(); err != nil {
		t.Errorf("ended by Ctrl-C: %v", err)
	}
	text := out.String()
	if !strings.Contains(text, "  catalogue        down (servers.json says so)\n") || strings.Contains(text, ":1\n") || strings.Count(text, "http://127.0.0.1:") != 3 {
		t.Errorf("%s", text)
	}
}

// answers tells whether the lab is served by hand.
func answers(dir string) bool {
	var c struct {
		Ports  map[string]int `json:"ports"`
		ByHand bool           `json:"serversByHand"`
	}
	text, err := os.ReadFile(filepath.Join(dir, "lab.json"))
	if err != nil || json.Unmarshal(text, &c) != nil || !c.ByHand {
		return false
	}
	res, err := http.Get("http://127.0.0.1:" + strconv.Itoa(c.Ports["site"]) + "/lab")
	if err != nil {
		return false
	}
	return res.Body.Close() == nil
}

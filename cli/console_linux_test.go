package cli

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The stories run the real program in a real terminal and read the screen as a
// user does. What they wait for is on the screen; they never wait for time.

// confirm presses Enter until the question is gone: a confirmation is deaf to keys
// that were in flight when it opened.
func (m *window) confirm(question string) {
	m.t.Helper()
	m.sees(question)
	end := time.Now().Add(patience)
	for strings.Contains(m.screen(), question) {
		m.press("enter")
		select {
		case <-m.wrote:
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(end) {
			m.t.Fatalf("%q is still there\n%s", question, m.screen())
		}
	}
}

// chosen is the line under a cursor.
func (m *window) chosen(text string) {
	m.t.Helper()
	m.until("the cursor on "+text, func(screen string) bool {
		for _, l := range strings.Split(screen, "\n") {
			if i := strings.Index(l, "▸"); i >= 0 && strings.Contains(l[i:], text) {
				return true
			}
		}
		return false
	})
}

func (m *window) isRestored() {
	m.t.Helper()
	if err := m.restored(); err != nil {
		m.t.Errorf("%v\n%q", err, tailOf(m.raw.String(), 400))
	}
}

func tailOf(s string, n int) string { return s[max(0, len(s)-n):] }

func TestStoryOfAScanThatWMIRefuses(t *testing.T) {
	w := openWindow(t, 120, 36, nil, "lab", "--fault", "repository-denied")
	w.sees("LAB", "1 Sync", "a run all")
	w.press("a")
	w.confirm("Run all stages")
	w.sees("✗ FAILED at scan", "failed")
	w.chosen("Proof")
	w.press("enter")
	w.chosen("Failed to create class") // the proof line is selected in the log
	w.press("esc")
	w.sees("⏎ open proof") // the finding has the focus again
	w.press("q")
	if code := w.ends(); code != exitPassed {
		t.Errorf("exit code %d", code)
	}
	w.isRestored()
	if !strings.Contains(w.screen(), "LAB-WKS-01") {
		t.Errorf("the verdict does not stay in the shell\n%s", w.screen())
	}
}

func TestStoryOfANewcomerWhoNeedsThreeKeys(t *testing.T) {
	began := time.Now()
	w := openWindow(t, 80, 24, nil)
	w.sees("LAB", "a run all")
	t.Logf("the console was there after %v", time.Since(began).Round(time.Millisecond))
	w.press("a")
	w.confirm("Run all stages")
	w.confirm("Install updates")
	w.sees("PASSED")
	w.press("q")
	w.ends()
	w.isRestored()
}

func TestStoryOfTheTitleAndTheClipboard(t *testing.T) {
	w := openWindow(t, 120, 36, nil, "../testdata/example")
	w.sees("FAILED at scan")
	w.until("the verdict in the title", func(string) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return strings.Contains(w.title, "example") && strings.Contains(w.title, "Scan failed")
	})
	w.press("y")
	w.sees("clipboard")
	// The sequence and the screen are written by two writes, in either order.
	w.until("what is copied", func(string) bool { return w.copied() != "" })
	text, err := base64.StdEncoding.DecodeString(w.copied())
	if err != nil || !strings.Contains(string(text), "WUAHandler.log:6") {
		t.Errorf("copied %q, %v", text, err)
	}
	w.press("q")
	w.ends()
}

func TestStoryOfComingBack(t *testing.T) {
	home := []string{"XDG_CONFIG_HOME=" + t.TempDir()}
	w := openWindow(t, 120, 36, home, "../testdata/example")
	w.sees("FAILED at scan")
	w.press("l", "f")
	w.sees("Esc leave it")
	w.press("Group", "enter")
	w.sees("filter Group (F clears)")
	w.press("b")
	w.sees("◆")
	w.press("q")
	w.ends()
	w = openWindow(t, 120, 36, home, "../testdata/example")
	w.sees("FAILED at scan", "filter Group", "◆")
	w.press("q")
	w.ends()
}

func TestStoryOfAWindowThatChangesItsSize(t *testing.T) {
	w := openWindow(t, 120, 36, nil, "../testdata/example")
	w.sees("FAILED at scan", "Findings")
	for _, size := range [][2]int{{40, 12}, {200, 60}, {20, 5}, {80, 24}} {
		w.resize(size[0], size[1])
		want := "Findings"
		if size[0] < 40 {
			want = "larger"
		}
		w.sees(want)
	}
	w.press("q")
	w.ends()
	w.isRestored()
}

func TestStoryOfSuspendAndResume(t *testing.T) {
	w := openWindow(t, 80, 24, nil, "../testdata/example")
	w.sees("FAILED at scan")
	w.press("ctrl+z")
	w.until("the shell's screen", func(string) bool { w.mu.Lock(); defer w.mu.Unlock(); return !w.alt })
	w.until("the console again", func(string) bool {
		// One that comes before the program waits for it is lost, as a key would be.
		if err := w.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.alt
	})
	w.sees("FAILED at scan")
	w.press("q")
	w.ends()
	w.isRestored()
}

func TestStoryOfASignal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		w := openWindow(t, 80, 24, nil, "lab")
		w.sees("LAB", "1 Sync")
		if err := w.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		w.ends()
		w.isRestored()
		w.leavesNothing()
	}
}

// leavesNothing fails if the program left a lab in its temporary folder.
func (m *window) leavesNothing() {
	m.t.Helper()
	for _, e := range m.cmd.Env {
		if dir, ok := strings.CutPrefix(e, "TMPDIR="); ok {
			left, err := filepath.Glob(filepath.Join(dir, "*"))
			if err != nil || len(left) > 0 {
				m.t.Errorf("left behind: %v %v", left, err)
			}
		}
	}
}

func TestStoryOfATerminalThatGoes(t *testing.T) {
	w := openWindow(t, 80, 24, nil, "lab")
	w.sees("LAB", "1 Sync")
	if err := w.pty.Close(); err != nil {
		t.Fatal(err)
	}
	w.ends()
	w.leavesNothing()
}

// Whoever asks for a computer that does not answer gets out at once.
func TestStoryOfAComputerThatDoesNotAnswer(t *testing.T) {
	w := openWindow(t, 80, 24, []string{"PATCHTRACE_TEST_DEAF=1"}, `\\WKS-0417`)
	w.sees(`Opening \\WKS-0417`, "q quit")
	w.press("q")
	if code := w.ends(); code != exitPassed {
		t.Errorf("exit code %d", code)
	}
	w.isRestored()
}

func TestStoryOfABug(t *testing.T) {
	w := openWindow(t, 80, 24, []string{"PATCHTRACE_TEST_BUG=1"}, "../testdata/example")
	w.sees("FAILED at scan")
	w.press("x") // the code of the finding is looked up
	if code := w.ends(); code != exitUsage {
		t.Errorf("exit code %d", code)
	}
	w.isRestored()
	screen := strings.ReplaceAll(w.screen(), "\n", "")
	i := strings.Index(screen, "the report is ")
	if i < 0 {
		t.Fatalf("no report is named\n%s", w.screen())
	}
	name, _, _ := strings.Cut(screen[i+len("the report is "):], ";")
	text, err := os.ReadFile(strings.TrimSpace(name))
	if err != nil || !strings.Contains(string(text), "goroutine") {
		t.Errorf("%v: %.200s", err, text)
	}
}

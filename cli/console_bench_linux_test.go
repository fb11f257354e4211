package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkConsole measures the real program in a real terminal, on the logs in the
// folder that PATCHTRACE_BENCH_LOGS names. It tells how long the
// first screen and the verdict take, how long a key takes until the screen shows it,
// while the logs are indexed and after, the peak memory, and what an idle console
// costs.
//
//	go run ./scripts/biglog -size 1000 -logs 8 -failing /tmp/big
//	PATCHTRACE_BENCH_LOGS=/tmp/big go test ./cli -run '^$' -bench Console -benchtime 1x
//
// The time of a key is that from typing it until the terminal got something new.
func BenchmarkConsole(b *testing.B) {
	dir := os.Getenv("PATCHTRACE_BENCH_LOGS")
	if dir == "" {
		b.Skip("PATCHTRACE_BENCH_LOGS names no folder of large logs; scripts/bench.sh makes one")
	}
	program := filepath.Join(b.TempDir(), "patchtrace")
	if out, err := exec.Command("go", "build", "-o", program, "..").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for b.Loop() {
		began := time.Now()
		w := startWindow(b, program, 120, 36, nil, dir)
		w.sees("1 Sync")
		b.ReportMetric(millis(time.Since(began)), "first-ms")
		w.until("the verdict", func(s string) bool {
			return !strings.Contains(s, "reading logs") && (strings.Contains(s, " at ") || strings.Contains(s, "PASSED"))
		})
		b.ReportMetric(millis(time.Since(began)), "verdict-ms")
		w.sees("lines")
		moves := []string{"up", "down", "pgup", "pgdown"} // each changes the screen
		early := keyTimes(w, 60, moves...)
		b.ReportMetric(early[len(early)*99/100], "early-key-p99-ms")
		w.until("the index", func(s string) bool { return !strings.Contains(s, "indexing") })
		b.ReportMetric(millis(time.Since(began)), "indexed-ms")
		keys := keyTimes(w, 300, moves...)
		b.ReportMetric(keys[len(keys)/2], "key-median-ms")
		b.ReportMetric(keys[len(keys)*99/100], "key-p99-ms")
		time.Sleep(20 * time.Second) // until the clock rests
		before := w.cpu()
		const idle = 20 * time.Second
		time.Sleep(idle)
		b.ReportMetric(100*(w.cpu()-before).Seconds()/idle.Seconds(), "idle-%")
		b.ReportMetric(w.peakMB(), "peak-MB")
		w.press("q")
		w.ends()
	}
}

// BenchmarkConsoleWhileALabRuns measures keys while a lab runs all its stages and a
// large log that lies among its logs is indexed.
func BenchmarkConsoleWhileALabRuns(b *testing.B) {
	big := os.Getenv("PATCHTRACE_BENCH_LOGS")
	if big == "" {
		b.Skip("PATCHTRACE_BENCH_LOGS names no folder of large logs; scripts/bench.sh makes one")
	}
	program := filepath.Join(b.TempDir(), "patchtrace")
	if out, err := exec.Command("go", "build", "-o", program, "..").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	var keys []float64
	for b.Loop() {
		dir := filepath.Join(b.TempDir(), "lab")
		if out, err := exec.Command(program, "lab", "init", dir).CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		logs, err := filepath.Glob(filepath.Join(big, "*.log"))
		if err != nil || len(logs) == 0 {
			b.Fatalf("no logs in %s: %v", big, err)
		}
		for _, log := range logs {
			if err := os.Symlink(log, filepath.Join(dir, "WINDOWS", "System32", "CCM", "Logs", "Big"+filepath.Base(log))); err != nil {
				b.Fatal(err)
			}
		}
		w := startWindow(b, program, 120, 36, nil, dir)
		w.sees("a run all")
		w.press("a")
		w.confirm("Run all stages")
		keys = append(keys, typeTimes(w, 100)...)
		b.ReportMetric(w.peakMB(), "peak-MB")
		if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			b.Fatal(err)
		}
		w.ends()
	}
	slices.Sort(keys)
	b.ReportMetric(keys[len(keys)/2], "key-median-ms")
	b.ReportMetric(keys[len(keys)*95/100], "key-p95-ms")
	b.ReportMetric(keys[len(keys)*99/100], "key-p99-ms")
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// keyPace is the time between two keys: a keyboard that repeats is slower.
const keyPace = 25 * time.Millisecond

// keyTimes are how long keys take until the screen has changed, sorted. What
// changes it besides counts too.
func keyTimes(w *window, n int, keys ...string) []float64 {
	w.press("tab")
	times := make([]float64, 0, n)
	for i := range n {
		times = append(times, w.answer(keys[i%len(keys)], func() bool { return true }))
	}
	w.press("tab")
	slices.Sort(times)
	return times
}

// typeTimes are how long letters take until they stand in the search's prompt.
// Nothing else writes them. A question that takes a letter is answered, and
// the letter does not count.
func typeTimes(w *window, n int) []float64 {
	times := make([]float64, 0, n)
	w.press("/")
	w.sees("search")
	for len(times) < n {
		before, asked := w.prompt(), false
		letter := string(rune('a' + len(times)%4)) // none that a question knows
		took := w.answer(letter, func() bool {
			asked = strings.Contains(w.screen(), "install now")
			return asked || w.prompt() != before
		})
		if asked {
			time.Sleep(time.Second) // a question does not take a key that was meant for something else
			w.press("enter")
			w.until("the question's end", func(s string) bool { return !strings.Contains(s, "install now") })
			continue
		}
		times = append(times, took)
	}
	w.press("esc")
	return times
}

// prompt is what stands in the search's prompt.
func (m *window) prompt() string {
	_, rest, _ := strings.Cut(m.screen(), "│ search ")
	return rest[:max(0, strings.IndexAny(rest, " \n"))]
}

// answer is how long a key takes until what the terminal got answers it.
func (m *window) answer(key string, shown func() bool) float64 {
	m.t.Helper()
	time.Sleep(keyPace)
	select {
	case <-m.wrote:
	default:
	}
	began := time.Now()
	m.press(key)
	for {
		select {
		case <-m.wrote:
			if took := time.Since(began); shown() {
				return millis(took)
			}
		case <-time.After(10 * time.Second):
			m.t.Fatalf("no answer to %q\n%s", key, m.screen())
		}
	}
}

// cpu is the processor time that the program has used.
func (m *window) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", m.cmd.Process.Pid))
	if err != nil {
		m.t.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')'):]))
	var user, system int64
	if _, err := fmt.Sscan(fields[12]+" "+fields[13], &user, &system); err != nil {
		m.t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond // ticks of the kernel
}

// peakMB is the most memory that the program has had.
func (m *window) peakMB() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.cmd.Process.Pid))
	if err != nil {
		m.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kb float64
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		m.t.Fatal(err)
	}
	return kb / 1024
}

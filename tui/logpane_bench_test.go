package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/client"
	"patchtrace/logparse/merged"
)

// BenchmarkUpdateAndView is one key and the frame after it, at 200×60, over two
// logs of a million lines together: at rest, and while logs are indexed all the
// time. What the commands bring is taken and drawn too, but not counted in ns/op;
// the percentiles are of all of that.
func BenchmarkUpdateAndView(b *testing.B) {
	f := newLogFolder(b)
	lines := make([]string, 500_000)
	for i := range lines {
		lines[i] = fmt.Sprintf("Scan job %d of update source {%08X} has ended with error 0x8024%04X and goes on", i, i, i%0xFFFF)
	}
	f.write("ScanAgent.log", lines...)
	f.write("WUAHandler.log", lines...)
	for _, c := range []struct {
		name string
		keys []string
	}{
		{"line", []string{"k"}},
		{"page", []string{"pgup"}},
		{"ends", []string{"home", "end"}},
		{"errors", []string{"E"}},
	} {
		b.Run("rest/"+c.name, func(b *testing.B) { benchmarkKeys(b, f, c.keys, false) })
		b.Run("indexing/"+c.name, func(b *testing.B) { benchmarkKeys(b, f, c.keys, true) })
	}
}

func benchmarkKeys(b *testing.B, f *logFolder, keys []string, indexing bool) {
	d := drive(b, newFakeDesk(b), &Place{Kind: Folder, Path: f.path}, 200, 60, Options{Colour: true})
	d.m.onLog, d.m.mode = true, modeLog
	d.press("A", "G", "/")
	d.write("update")
	d.press("enter", "G")
	if indexing {
		defer indexAllTheTime(b, f.path)()
	}
	var took []time.Duration
	turn := func(f flown) {
		began := time.Now()
		d.land(f)
		d.m.View()
		took = append(took, time.Since(began))
	}
	b.ResetTimer()
	i := 0
	for b.Loop() {
		turn(flown{msg: press(keys[i%len(keys)])})
		i++
		b.StopTimer()
		for d.flying > 0 || d.m.busy.Load() > 0 || len(d.msgs) > 0 {
			turn(<-d.msgs)
		}
		b.StartTimer()
	}
	b.StopTimer()
	slices.Sort(took)
	for name, i := range map[string]int{"p50-ms": len(took) / 2, "p99-ms": len(took) * 99 / 100} {
		b.ReportMetric(float64(took[i].Microseconds())/1000, name)
	}
	if !strings.Contains(d.frame(), "Scan job") {
		b.Fatal("no log in sight:\n" + d.frame())
	}
}

// indexAllTheTime indexes the folder again and again until it is told to stop.
func indexAllTheTime(b *testing.B, path string) (stop func()) {
	target, err := client.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			// What it comes to does not matter: it keeps the processors busy.
			_ = merged.Open(target.Logs, merged.Options{}).Index(ctx, nil)
		}
	}()
	return func() { cancel(); <-done }
}

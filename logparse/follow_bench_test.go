package logparse

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkFollowLatency measures how long after a record is written its event
// comes: records are written a few milliseconds apart, to a folder of sixty logs.
// The budget is 20 ms with events and 300 ms without, for 99 of 100.
func BenchmarkFollowLatency(b *testing.B) {
	b.Run("events", func(b *testing.B) { benchmarkLatency(b, FollowOptions{}) })
	b.Run("polling", func(b *testing.B) { benchmarkLatency(b, FollowOptions{NoEvents: true}) })
	b.Run("polling and reopening", func(b *testing.B) { benchmarkLatency(b, FollowOptions{NoEvents: true, reopen: true}) })
}

func benchmarkLatency(b *testing.B, opt FollowOptions) {
	dir := sixtyLogs(b)
	n := max(b.N, 400)
	took := make([]time.Duration, 0, n)
	written := make(chan time.Time, n)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := Follow(ctx, Source{Paths: []string{dir}}, opt, func(e Event) {
		switch {
		case e.Record != nil:
			took = append(took, time.Since(<-written))
			if len(took) == n {
				cancel()
			}
		case e.Notice.Kind == Ready:
			b.ResetTimer()
			go writeRecords(b, filepath.Join(dir, "Log7.log"), n, written)
		default:
			b.Error(e.Notice)
		}
	})
	b.StopTimer()
	if err != nil || len(took) != n {
		b.Fatalf("%d of %d records, %v", len(took), n, err)
	}
	slices.Sort(took)
	ms := func(share float64) float64 { return took[int(share*float64(n-1))].Seconds() * 1e3 }
	b.ReportMetric(ms(0.5), "p50-ms")
	b.ReportMetric(ms(0.99), "p99-ms")
	b.ReportMetric(ms(1), "max-ms")
}

// writeRecords writes n records and sends the time before each.
func writeRecords(b *testing.B, name string, n int, written chan<- time.Time) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		b.Error(err)
		return
	}
	defer f.Close()
	for i := range n {
		written <- time.Now()
		if _, err := f.WriteString(rec(fmt.Sprint("record ", i))); err != nil {
			b.Error(err)
			return
		}
		time.Sleep(time.Duration(rand.IntN(6000)) * time.Microsecond)
	}
}

// sixtyLogs makes a folder as a client has it.
func sixtyLogs(b *testing.B) string {
	dir := b.TempDir()
	for i := range 60 {
		text := bigCCM(200_000)
		for _, ext := range []string{"log", "lo_"} {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("Log%d.%s", i, ext)), text, 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	return dir
}

// BenchmarkFollowIdle is the cost of one look at sixty logs that get nothing; at
// five looks a second 1 % of a core is 2 ms.
func BenchmarkFollowIdle(b *testing.B) {
	dir := sixtyLogs(b)
	for _, reopen := range []bool{false, true} {
		b.Run(fmt.Sprintf("reopen=%v", reopen), func(b *testing.B) {
			f := newFollower(Source{Paths: []string{dir}}, FollowOptions{NoEvents: true, Ticks: make(chan time.Time), reopen: reopen}, func(Event) {})
			defer f.close()
			f.poll()
			for f.round() {
			}
			for b.Loop() {
				f.poll()
				for f.round() {
				}
			}
		})
	}
}

// BenchmarkFollowBacklog is how fast a log is read that was there before.
func BenchmarkFollowBacklog(b *testing.B) {
	dir := b.TempDir()
	text := bigCCM(64 << 20)
	if err := os.WriteFile(filepath.Join(dir, "X.log"), text, 0o644); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		n := 0
		f := newFollower(Source{Paths: []string{dir}}, FollowOptions{From: FromStart, NoEvents: true, Ticks: make(chan time.Time)}, func(Event) { n++ })
		f.poll()
		for f.round() {
		}
		f.close()
	}
}

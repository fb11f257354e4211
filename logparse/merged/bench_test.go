package merged

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"patchtrace/logparse"
)

// bigText is a log of about size bytes, as a client writes it.
func bigText(size int) string {
	var b strings.Builder
	at := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := 0; b.Len() < size; i++ {
		at = at.Add(time.Duration(50+i%400) * time.Millisecond)
		severity := 1
		if i%5000 == 0 {
			severity = 3
		}
		fmt.Fprintf(&b, "<![LOG[Update (Missing): Security Update for Example Suite 12 for x64-based Systems (KB9%06d) (81ea8fd5-ffc4-4020-af1e-888887ad44bd, 200)]LOG]!><time=\"%s+060\" date=\"%s\" component=\"WUAHandler\" context=\"\" type=\"%d\" thread=\"%d\" file=\"cwuahandler.cpp:%d\">\r\n",
			i, at.Format("15:04:05.000"), at.Format("01-02-2006"), severity, 4000+i%90, 100+i%900)
	}
	return b.String()
}

var bigLog = sync.OnceValue(func() logparse.Log {
	return logparse.Log{Name: "x.log", Parts: []logparse.Part{memPart("x.log", bigText(64<<20))}}
})

func indexed(b *testing.B) *Logs {
	b.Helper()
	l := Open([]logparse.Log{bigLog()}, Options{})
	if err := l.Index(context.Background(), nil); err != nil {
		b.Fatal(err)
	}
	return l
}

// indexBytes is what the blocks of the index take.
func (l *Logs) indexBytes() (bytes int, records int64) {
	for _, lg := range l.logs {
		for i := range lg.len() {
			b := lg.at(i)
			bytes += 8 + int(unsafe.Sizeof(*b)) + cap(b.data) + cap(b.pieces)*int(unsafe.Sizeof(piece{}))
			records += int64(b.n)
		}
	}
	return bytes, records
}

func BenchmarkIndex(b *testing.B) {
	b.SetBytes(bigLog().Parts[0].Size)
	var l *Logs
	for b.Loop() {
		l = indexed(b)
	}
	bytes, n := l.indexBytes()
	b.ReportMetric(float64(bytes)/float64(n), "index-B/record")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/record")
}

func BenchmarkFirstRows(b *testing.B) {
	in := []logparse.Log{bigLog()}
	for b.Loop() {
		ctx, cancel := context.WithCancel(context.Background())
		l := Open(in, Options{})
		v := must(l.View(Filter{}))
		n := 0
		_ = l.Index(ctx, func() {
			if n == 0 {
				rows, err := v.Rows(ctx, -50, 50)
				if err != nil {
					b.Error(err)
				}
				n = len(rows)
				cancel()
			}
		})
		if n != 50 {
			b.Fatal(n, "rows")
		}
	}
}

func BenchmarkRowsAtRandomPlaces(b *testing.B) {
	v := must(indexed(b).View(Filter{}))
	first, _, _ := v.Extent()
	for b.Loop() {
		if _, err := v.Rows(context.Background(), first+rand.Int64N(-first), 50); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	l := indexed(b)
	for _, bb := range []struct {
		name string
		f    Filter
	}{
		{"errors", Filter{MinSeverity: logparse.Error}},
		{"text that is nowhere", Filter{Text: "0x80244022"}},
		{"text that is everywhere", Filter{Text: "security update"}},
		{"pattern", Filter{Text: `kb\d+7 `, Regexp: true}},
		{"thread", Filter{Thread: &Thread{Log: "x.log", ID: 4007}}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(bigLog().Parts[0].Size)
			for b.Loop() {
				if err := must(l.View(bb.f)).Build(context.Background(), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	v := must(indexed(b).View(Filter{}))
	for _, q := range []Query{{Text: "0x80244022"}, {MinSeverity: logparse.Error}} {
		b.Run(fmt.Sprintf("%+v", q), func(b *testing.B) {
			for b.Loop() {
				if _, _, err := v.Search(context.Background(), 0, true, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestBigFile measures a real file, which MERGED_BIG names; scripts/biglog makes
// one. Without it there is nothing to do.
func TestBigFile(t *testing.T) {
	name := os.Getenv("MERGED_BIG")
	if name == "" {
		t.Skip("MERGED_BIG names no file")
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	in := logparse.Log{Name: "big.log", Parts: []logparse.Part{{Name: "big.log", Size: info.Size(), Open: func() (logparse.File, error) {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		return f, nil
	}}}}
	start := time.Now()
	l := Open([]logparse.Log{in}, Options{})
	v := must(l.View(Filter{}))
	var firstRows, full time.Duration
	done := make(chan struct{})
	ready := make(chan struct{})
	go func() {
		once := sync.Once{}
		_ = l.Index(context.Background(), func() { once.Do(func() { close(ready) }) })
		full = time.Since(start)
		close(done)
	}()
	<-ready
	if rows, err := v.Rows(context.Background(), -50, 50); err != nil || len(rows) != 50 {
		t.Fatal(len(rows), err)
	}
	firstRows = time.Since(start)
	var took []time.Duration
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		from := time.Now()
		first, _, _ := v.Extent()
		if _, err := v.Rows(context.Background(), first+rand.Int64N(max(1, -first)), 50); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(from))
		runtime.Gosched()
	}
	slices.Sort(took)
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	sys := mem.Sys - mem.HeapReleased
	runtime.GC()
	runtime.ReadMemStats(&mem)
	bytes, n := l.indexBytes()
	t.Logf("first rows %v; index %v; %d records; index %.2f bytes a record; heap %d MB, from the system %d MB",
		firstRows, full, n, float64(bytes)/float64(n), mem.HeapAlloc>>20, sys>>20)
	t.Logf("%d times Extent and 50 Rows at random places while indexing: median %v, p99 %v, max %v",
		len(took), took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
	for _, f := range []Filter{{MinSeverity: logparse.Error}, {Text: "no such text"}, {Text: "superseded"}, {Text: "attempt \\d+7$", Regexp: true}} {
		from := time.Now()
		fv := must(l.View(f))
		if err := fv.Build(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		t.Logf("Build %+v: %v, %+v", f, time.Since(from), fv.Counts())
	}
	from := time.Now()
	_, ok, err := v.Search(context.Background(), 0, true, Query{Text: "no such text"})
	t.Logf("Search of the whole log: %v, %v, %v", time.Since(from), ok, err)
}

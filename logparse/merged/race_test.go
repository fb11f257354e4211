package merged

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"patchtrace/logparse"
)

// While the index is built, every row that is shown must be the one that has this
// number in the end.
func TestRowsWhileIndexing(t *testing.T) {
	for seed := range uint64(30) {
		m := newMaker(seed)
		logs := m.logs()
		all := refMerge(t, logs, time.UTC)
		l := open(logs, Options{}, 300, 600)
		f := m.filter(logs)
		views := []checker{{v: must(l.View(Filter{})), want: all}, {v: must(l.View(f)), want: refFilter(all, logs, f)}}
		ctx := t.Context()
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				if err := l.Index(ctx, func() {}); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				c := views[i]
				c.t, c.m, c.last = t, newMaker(seed+uint64(i)), -1
				c.whileIndexing(ctx)
			})
			wg.Go(func() {
				if err := views[i].v.Build(ctx, func() {}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

func must(v *View, err error) *View {
	if err != nil {
		panic(err)
	}
	return v
}

func (c *checker) whileIndexing(ctx context.Context) {
	for range 200 {
		first, end, done := c.v.Extent()
		if first < c.first() || end > c.last+1 || first > end {
			c.t.Errorf("Extent() = %d, %d, want within %d, %d", first, end, c.first(), c.last+1)
			return
		}
		rows, err := c.v.Rows(ctx, first, 40)
		if err != nil {
			c.t.Error(err)
			return
		}
		for _, r := range rows {
			if want := c.want[r.N-c.first()]; *r.Record != *want.rec {
				c.t.Errorf("row %d is %q, will be %q", r.N, r.Record.Message, want.rec.Message)
				return
			}
		}
		c.v.Counts()
		if done {
			break
		}
	}
	if len(c.want) == 0 {
		return
	}
	// These wait for what they need.
	r := c.want[c.m.IntN(len(c.want))]
	row, ok, err := c.v.Find(ctx, r.rec.Pos.Part, r.rec.Pos.Offset)
	if err != nil || !ok || row > c.last || c.want[row-c.first()].rec != r.rec {
		c.t.Errorf("Find gave %d, %v, %v", row, ok, err)
	}
	if row, err = c.v.AtTime(ctx, time.Unix(0, c.want[0].eff)); err != nil || row != c.first() {
		c.t.Errorf("AtTime gave %d, %v, want %d", row, err, c.first())
	}
	row, ok, err = c.v.Search(ctx, c.last+1, true, Query{Text: "no such text"})
	if ok || err != nil {
		c.t.Errorf("Search gave %d, %v, %v", row, ok, err)
	}
}

func TestUpdateWhileReading(t *testing.T) {
	f := newFolder(t)
	m := newMaker(1)
	for i := range 3 {
		f.write(fmt.Sprintf("L%d.log", i), strings.Repeat(m.ccm("old record", m.at), 300))
	}
	l := open(f.list(), Options{}, 1000, 2000)
	ctx, cancel := context.WithCancel(t.Context())
	var readers, indexer sync.WaitGroup
	indexer.Go(func() {
		var changed *ChangedError
		if err := l.Index(t.Context(), nil); err != nil && !errors.As(err, &changed) && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	})
	for _, filter := range []Filter{{}, {Text: "new"}, {MinSeverity: logparse.Error}} {
		v := must(l.View(filter))
		readers.Go(func() { _ = v.Build(ctx, nil) })
		readers.Go(func() {
			for ctx.Err() == nil {
				_, end, _ := v.Extent()
				rows, err := v.Rows(ctx, end-30, 30)
				var changed *ChangedError
				if err != nil && ctx.Err() == nil && !errors.As(err, &changed) && !errors.Is(err, os.ErrNotExist) {
					t.Error(err)
				}
				for _, r := range rows {
					if !strings.Contains(r.Record.Message, "old record") && !strings.Contains(r.Record.Message, "new record") {
						t.Errorf("row %d is %q", r.N, r.Record.Message)
					}
				}
				_, _, _ = v.Search(ctx, end, true, Query{Text: "nothing"})
			}
		})
	}
	for k := range 60 {
		name := fmt.Sprintf("L%d.log", k%3)
		f.append(name, m.ccm(fmt.Sprintf("new record %d", k), m.tick()))
		if k%7 == 6 {
			f.rename(name, strings.Replace(name, ".log", ".lo_", 1))
			f.write(name, m.ccm("new record in a new file", m.tick()))
		}
		if err := l.Update(t.Context(), f.list()); err != nil {
			t.Error(err)
		}
		l.SetZone(zones[k%4])
	}
	cancel()
	readers.Wait()
	indexer.Wait()
}

func TestZoneIsChanged(t *testing.T) {
	m := newMaker(3)
	logs := []logparse.Log{
		{Name: "a.log", Parts: []logparse.Part{memPart("a.log", strings.Repeat(m.record(1), 50))}},
		{Name: "b.log", Parts: []logparse.Part{memPart("b.log", strings.Repeat(m.record(0), 50))}},
	}
	l := open(logs, Options{}, 500, 1)
	if err := l.Index(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("", -3*3600)
	l.SetZone(zone)
	if err := l.Index(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	c := checker{t, m, must(l.View(Filter{})), refMerge(t, logs, zone), -1}
	c.all(c.want)
}

// broken is a log that cannot be opened.
func broken(name string) logparse.Part {
	return logparse.Part{Name: name, Size: 100, Open: func() (logparse.File, error) { return nil, os.ErrPermission }}
}

func TestLogsThatCannotBeOpened(t *testing.T) {
	m := newMaker(4)
	good := memPart("b.log", m.ccm("one", m.tick())+m.ccm("two", m.tick()))
	old := memPart("c.lo_", m.ccm("old", m.tick()))
	logs := []logparse.Log{
		{Name: "a.log", Parts: []logparse.Part{broken("a.log")}},
		{Name: "b.log", Parts: []logparse.Part{broken("b.lo_"), good}},
		{Name: "c.log", Parts: []logparse.Part{old, broken("c.log")}},
	}
	l := Open(logs, Options{})
	err := l.Index(t.Context(), nil)
	var read *logparse.ReadError
	if !errors.As(err, &read) || read.Part != "a.log" || !errors.Is(err, os.ErrPermission) {
		t.Errorf("Index gave %v", err)
	}
	rows, err := must(l.View(Filter{})).Rows(t.Context(), -10, 20)
	if err != nil || len(rows) != 3 || rows[0].Record.Message != "one" || rows[2].Record.Message != "old" {
		t.Errorf("Rows gave %v, %v", rows, err)
	}
}

// sparse is a log of NULs with a record at its end.
type sparse struct {
	size int64
	end  string
}

func (s sparse) ReadAt(b []byte, off int64) (int, error) {
	if off >= s.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), s.size-off))
	clear(b[:n])
	tail := s.size - int64(len(s.end))
	for i := max(tail-off, 0); i < int64(n); i++ {
		b[i] = s.end[off+i-tail]
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (sparse) Close() error { return nil }

func TestOddLogs(t *testing.T) {
	m := newMaker(5)
	rec := m.ccm("a record", m.tick())
	wide := "\xff\xfe"
	for _, c := range rec + m.ccm("größer", m.tick()) {
		wide += string([]byte{byte(c), byte(c >> 8)})
	}
	long := m.ccm(strings.Repeat("long ", 200<<10), m.tick())
	part := func(name string, s sparse) logparse.Part {
		return logparse.Part{Name: name, Size: s.size, Open: func() (logparse.File, error) { return s, nil }}
	}
	tests := []struct {
		name string
		logs []logparse.Log
		want int
	}{
		{"no logs", nil, 0},
		{"no parts", []logparse.Log{{Name: "x.log"}}, 0},
		{"empty", []logparse.Log{{Name: "x.log", Parts: []logparse.Part{memPart("x.log", "")}}}, 0},
		{"NULs", []logparse.Log{{Name: "x.log", Parts: []logparse.Part{part("x.log", sparse{size: 50 << 20})}}}, 0},
		{"a record behind NULs", []logparse.Log{{Name: "x.log", Parts: []logparse.Part{part("x.log", sparse{50 << 20, rec})}}}, 1},
		{"UTF-16", []logparse.Log{{Name: "x.log", Parts: []logparse.Part{memPart("x.log", wide)}}}, 2},
		{"a long record", []logparse.Log{{Name: "x.log", Parts: []logparse.Part{memPart("x.log", rec+long+rec)}}}, 3},
		{"equal times", []logparse.Log{
			{Name: "x.log", Parts: []logparse.Part{memPart("x.log", strings.Repeat(rec, 3000))}},
			{Name: "y.log", Parts: []logparse.Part{memPart("y.log", strings.Repeat(rec, 3000))}},
		}, 6000},
		{"no dates", []logparse.Log{
			{Name: "x.log", Parts: []logparse.Part{memPart("x.log", strings.Repeat("no date\n", 9000))}},
			{Name: "y.log", Parts: []logparse.Part{memPart("y.log", rec)}},
		}, 9001},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := open(tt.logs, Options{}, blockSize, 1)
			if err := l.Index(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			v := must(l.View(Filter{}))
			first, end, done := v.Extent()
			if int(end-first) != tt.want || end != 0 || !done {
				t.Fatalf("Extent() = %d, %d, %v", first, end, done)
			}
			rows, err := v.Rows(t.Context(), first, tt.want+1)
			if err != nil || len(rows) != tt.want {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			for _, r := range rows {
				if n, ok, err := v.Find(t.Context(), r.Record.Pos.Part, r.Record.Pos.Offset); r.N%97 == 0 && (n != r.N || !ok || err != nil) {
					t.Errorf("Find(%v) = %d, %v, %v, want %d", r.Record.Pos, n, ok, err, r.N)
				}
			}
		})
	}
}

func TestRowsOfFilesThatChanged(t *testing.T) {
	f := newFolder(t)
	m := newMaker(6)
	f.write("a.log", strings.Repeat(m.ccm("first text", m.at), 20))
	f.write("b.log", m.ccm("other log", m.at))
	l := Open(f.list(), Options{})
	if err := l.Index(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	v := must(l.View(Filter{}))
	// Written over in place: same size, same file, same start.
	f.write("a.log", strings.Repeat(m.ccm("first text", m.at), 19)+m.ccm("wrong text", m.at))
	rows, err := v.Rows(t.Context(), -21, 30)
	if err != nil || len(rows) != 1 || rows[0].Record.Message != "other log" {
		t.Errorf("Rows gave %v, %v", rows, err)
	}
	v = must(l.View(Filter{Logs: []string{"a.log"}}))
	_, err = v.Rows(t.Context(), -20, 20)
	var changed *ChangedError
	if !errors.As(err, &changed) || changed.Part != "a.log" {
		t.Errorf("Rows gave %v", err)
	}
	if err := l.Update(t.Context(), f.list()); err != nil {
		t.Fatal(err)
	}
	_, end, _ := v.Extent()
	rows, err = v.Rows(t.Context(), end-1, 1)
	if err != nil || len(rows) != 1 || rows[0].Record.Message != "wrong text" {
		t.Errorf("after Update Rows gave %v, %v", rows, err)
	}
}

func TestLine(t *testing.T) {
	m := newMaker(7)
	l := Open([]logparse.Log{{Name: "x.log", Parts: []logparse.Part{memPart("x.log", m.record(3)+m.record(0)+m.record(0))}}}, Options{})
	if err := l.Index(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	rows, err := must(l.View(Filter{})).Rows(t.Context(), -2, 1)
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	if n, err := l.Line(t.Context(), rows[0].Record.Pos); n != 4 || err != nil {
		t.Errorf("Line = %d, %v, want 4", n, err)
	}
}

func TestPatternErrors(t *testing.T) {
	l := Open(nil, Options{})
	if _, err := l.View(Filter{Text: "(", Regexp: true}); err == nil {
		t.Error("a broken pattern made a view")
	}
	v := must(l.View(Filter{Text: "(a"}))
	if _, _, err := v.Search(t.Context(), 0, true, Query{Text: "[", Regexp: true}); err == nil {
		t.Error("a broken pattern was searched for")
	}
}

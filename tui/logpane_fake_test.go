package tui

import (
	"context"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"sync"
	"time"

	"patchtrace/logparse"
	"patchtrace/logparse/merged"
)

// madeLogs are logs that exist in memory or by their numbers only. They keep what
// the merged package promises, and say when they are asked.
type madeLogs struct {
	mu    sync.Mutex
	names []string
	n     int64
	// record makes the record of a row from 0, oldest first; its log is an index.
	record func(i int64) (merged.Row, bool)
	// known is how many rows, counted from the end, are indexed; -1 for all.
	known int64
	asked []int64 // how many rows each Rows was asked for
	// hold blocks Rows until it is closed.
	hold chan struct{}
}

// madeOf are the logs of records; Part and Offset are filled in.
func madeOf(name string, records ...logparse.Record) *madeLogs {
	l := &madeLogs{names: []string{name}, n: int64(len(records)), known: -1}
	l.record = func(i int64) (merged.Row, bool) {
		r := records[i]
		if r.Pos.Part == "" {
			r.Pos = logparse.Pos{Log: name, Part: name, Offset: i * 100}
		}
		t, zoned := r.Stamp.UTC()
		if !zoned && r.Stamp.Dated {
			t = time.Unix(0, r.Stamp.Wall).UTC()
		}
		return merged.Row{Record: &r, Time: t, Assumed: !zoned}, true
	}
	return l
}

// manyLogs are n lines, one a second up to the clock of the tests; each hundredth
// is an error.
func manyLogs(n int64) *madeLogs {
	l := &madeLogs{names: []string{"CCM/Logs/ScanAgent.log"}, n: n, known: -1}
	l.record = func(i int64) (merged.Row, bool) {
		at := fakeNow.Add(-time.Duration(l.n-1-i) * time.Second)
		r := logparse.Record{
			Stamp: logparse.Stamp{Wall: at.UnixNano(), Dated: true, Zoned: true}, Severity: logparse.Info, Component: "ScanAgent",
			Thread: uint64(i % 7), HasThread: true, Message: fmt.Sprintf("line %d of the scan, nothing stands out", i),
			Pos: logparse.Pos{Log: l.names[0], Part: l.names[0], Offset: i * 100},
		}
		if i%100 == 50 {
			r.Severity, r.Message = logparse.Error, fmt.Sprintf("line %d failed with 0x80041003 while it wrote", i)
		}
		return merged.Row{Record: &r, Time: at}, true
	}
	return l
}

func (l *madeLogs) Names() []string { return l.names }

func (l *madeLogs) Line(_ context.Context, pos logparse.Pos) (int, error) {
	return int(pos.Offset/100) + 1, nil
}

func (l *madeLogs) View(f merged.Filter) (logView, error) {
	v := &madeView{l: l, opened: l.n}
	if f.Text == "" && f.MinSeverity == 0 && f.Thread == nil {
		return v, nil
	}
	v.only = []int64{}
	match := madeMatch(f.Text, f.Regexp, f.MinSeverity)
	for i := range l.n {
		r, _ := l.record(i)
		if match(r.Record) && (f.Thread == nil || r.Record.HasThread && r.Record.Thread == f.Thread.ID) {
			v.only = append(v.only, i)
		}
	}
	v.opened = int64(len(v.only))
	return v, nil
}

func madeMatch(text string, isRegexp bool, min logparse.Severity) func(*logparse.Record) bool {
	expr := "(?i)" + regexp.QuoteMeta(text)
	if isRegexp {
		expr = text
	}
	re := regexp.MustCompile(expr)
	return func(r *logparse.Record) bool { return r.Severity >= min && re.MatchString(r.Message) }
}

// madeView is a view of madeLogs; only holds the rows of a filter.
type madeView struct {
	l      *madeLogs
	opened int64
	only   []int64
}

func (v *madeView) Build(context.Context, func()) error { return nil }

func (v *madeView) len() int64 {
	if v.only != nil {
		return int64(len(v.only))
	}
	return v.l.n
}

func (v *madeView) Extent() (first, end int64, done bool) {
	v.l.mu.Lock()
	defer v.l.mu.Unlock()
	first, end = -v.opened, v.len()-v.opened
	if v.l.known >= 0 && v.only == nil {
		return max(first, end-v.l.known), end, v.l.known >= v.l.n
	}
	return first, end, true
}

func (v *madeView) row(n int64) merged.Row {
	i := n + v.opened
	if v.only != nil {
		i = v.only[i]
	}
	r, _ := v.l.record(i)
	r.N = n
	return r
}

func (v *madeView) Rows(ctx context.Context, from int64, n int) ([]merged.Row, error) {
	v.l.mu.Lock()
	v.l.asked = append(v.l.asked, int64(n))
	hold := v.l.hold
	v.l.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	first, end, _ := v.Extent()
	var rows []merged.Row
	for i := max(from, first); i < min(from+int64(n), end); i++ {
		rows = append(rows, v.row(i))
	}
	return rows, nil
}

func (v *madeView) Find(_ context.Context, part string, offset int64) (int64, bool, error) {
	first, end, _ := v.Extent()
	known := false
	for _, n := range v.l.names {
		known = known || strings.TrimSuffix(n, "log") == strings.TrimSuffix(part, "log")
	}
	n := sort.Search(int(end-first), func(i int) bool { return v.row(first+int64(i)).Record.Pos.Offset >= offset })
	return min(first+int64(n), end-1), known, nil
}

func (v *madeView) AtTime(_ context.Context, t time.Time) (int64, error) {
	first, end, _ := v.Extent()
	n := sort.Search(int(end-first), func(i int) bool { return !v.row(first + int64(i)).Time.Before(t) })
	return first + int64(n), nil
}

func (v *madeView) Search(ctx context.Context, from int64, backwards bool, q merged.Query) (int64, bool, error) {
	first, end, _ := v.Extent()
	match := madeMatch(q.Text, q.Regexp, q.MinSeverity)
	step := int64(1)
	if backwards {
		step = -1
	}
	for n := from + step; n >= first && n < end; n += step {
		if ctx.Err() != nil {
			return 0, false, ctx.Err()
		}
		if match(v.row(n).Record) {
			return n, true, nil
		}
	}
	return 0, false, nil
}

func (v *madeView) Counts() merged.Counts { return merged.Counts{Records: v.len()} }

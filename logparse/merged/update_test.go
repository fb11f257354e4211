package merged

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/logparse"
)

// folder is a folder of logs that a test changes.
type folder struct {
	t   testing.TB
	dir string
}

func newFolder(t testing.TB) *folder { return &folder{t, t.TempDir()} }

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f *folder) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) append(name, text string) {
	f.t.Helper()
	file, err := os.OpenFile(f.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		f.t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(text); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) rename(from, to string) {
	f.t.Helper()
	if err := os.Rename(f.path(from), f.path(to)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) list() []logparse.Log {
	f.t.Helper()
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		f.t.Fatal(err)
	}
	var parts []logparse.Part
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			f.t.Fatal(err)
		}
		name := e.Name()
		parts = append(parts, logparse.Part{Name: name, Size: info.Size(), Open: func() (logparse.File, error) {
			file, err := os.Open(f.path(name))
			if err != nil {
				return nil, err
			}
			return file, nil
		}})
	}
	return logparse.Group(parts)
}

// model is the reference under changes: records that come stand behind all that
// were there.
type model struct {
	t    testing.TB
	zone *time.Location
	rows []refRow // in the order of the view
	last int64    // number of the last row
}

// update takes the logs as they are now. keeps tells which of the log's records
// from before are still there: the last so many. Of a log that was cut it is the first
// so many.
func (m *model) update(logs []logparse.Log, names []string, keeps map[string]int, cut map[string]bool) {
	floor := int64(undated)
	if len(m.rows) > 0 {
		for _, r := range m.rows {
			floor = max(floor, r.eff)
		}
		floor++
	}
	var kept []refRow
	byLog := map[int][]refRow{}
	for _, r := range m.rows {
		byLog[r.log] = append(byLog[r.log], r)
	}
	drop := map[int]int{} // records of a log that are gone
	for i, name := range names {
		if drop[i] = len(byLog[i]) - keeps[name]; cut[name] {
			m.last -= int64(drop[i])
			byLog[i], drop[i] = byLog[i][:keeps[name]], 0
		}
	}
	at := map[int]int{}
	current := map[int][]*logparse.Record{}
	for _, in := range logs {
		current[slices.Index(names, in.Name)] = refRecords(m.t, in)
	}
	for _, r := range m.rows {
		k := at[r.log]
		at[r.log]++
		if k < drop[r.log] || k >= len(byLog[r.log]) {
			continue
		}
		r.rec = current[r.log][k-drop[r.log]]
		kept = append(kept, r)
	}
	var came []refRow
	for i, name := range names {
		low := floor
		if rows := byLog[i]; len(rows) > 0 && keeps[name] > 0 {
			low = max(low, rows[len(rows)-1].eff)
		}
		if recs := current[i]; len(recs) > 0 {
			for _, rec := range recs[keeps[name]:] {
				if rec.Stamp.Dated {
					low = max(low, refNanos(rec.Stamp, m.zone))
				}
				came = append(came, refRow{log: i, ord: 1 << 30, eff: low, rec: rec})
			}
		}
	}
	slices.SortStableFunc(came, func(a, b refRow) int {
		if a.eff != b.eff {
			return map[bool]int{true: -1, false: 1}[a.eff < b.eff]
		}
		return a.log - b.log
	})
	m.rows = append(kept, came...)
	m.last += int64(len(came))
	seen := map[int]int{}
	for i := range m.rows {
		m.rows[i].ord = seen[m.rows[i].log]
		seen[m.rows[i].log]++
	}
}

// scene is a folder with logs that a random writer keeps.
type scene struct {
	*maker
	f     *folder
	logs  int
	count map[string][]int // records of each log's parts, the oldest first
}

func (s *scene) name(i int) string { return fmt.Sprintf("L%d.log", i) }

// grow writes some records and returns how many.
func (s *scene) grow(name string) {
	n := s.IntN(12)
	for range n {
		// A line without a date before a $$< line could become a part of that.
		kinds := []int{0, 0, 2, 3}
		if name == "L1.log" {
			kinds = []int{1}
		}
		s.f.append(name, s.record(kinds[s.IntN(len(kinds))]))
	}
	parts := s.count[name]
	if len(parts) == 0 {
		parts = []int{0}
		s.f.append(name, "")
	}
	parts[len(parts)-1] += n
	s.count[name] = parts
}

// change changes a log and returns how many of its records from before are left, and
// whether they are those before what was cut.
func (s *scene) change(i int) (keeps int, cut bool) {
	name := s.name(i)
	parts := s.count[name]
	total := 0
	for _, n := range parts {
		total += n
	}
	switch s.IntN(10) {
	case 0, 1: // rotated, over the generation before
		if len(parts) == 0 {
			break
		}
		if s.IntN(2) == 0 {
			s.grow(name)
		}
		parts = s.count[name]
		s.f.rename(name, fmt.Sprintf("L%d.lo_", i))
		if len(parts) == 2 {
			total -= parts[0]
			parts = parts[1:]
		}
		s.count[name] = append(slices.Clone(parts), 0)
		s.f.append(name, "")
		s.grow(name)
		return total, false
	case 2: // written anew
		if len(parts) == 0 || len(parts) == 1 && s.IntN(3) > 0 || parts[len(parts)-1] == 0 {
			break
		}
		s.f.write(name, "")
		if len(parts) == 2 {
			s.count[name] = []int{parts[0], 0}
			return parts[0], parts[0] > 0
		}
		s.count[name] = []int{0}
		return 0, false
	case 3: // gone
		if len(parts) == 0 || s.IntN(3) > 0 {
			break
		}
		_ = os.Remove(s.f.path(name))
		_ = os.Remove(s.f.path(fmt.Sprintf("L%d.lo_", i)))
		s.count[name] = nil
		return 0, false
	case 4, 5:
		return total, false // as it was
	}
	s.grow(name)
	return total, false
}

func TestUpdateAgainstReference(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { updates(t, seed) })
	}
}

func updates(t *testing.T, seed uint64) {
	s := &scene{maker: newMaker(seed), f: newFolder(t), count: map[string][]int{}}
	s.logs = 1 + s.IntN(3)
	for i := range s.logs {
		if s.IntN(4) > 0 {
			s.grow(s.name(i))
			s.grow(s.name(i))
		}
	}
	logs := s.f.list()
	l := open(logs, Options{}, 200+s.IntN(1000), 1)
	if err := l.Index(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	m := &model{t: t, zone: time.UTC, rows: refMerge(t, logs, time.UTC), last: -1}
	filter := Filter{MinSeverity: logparse.Warning}
	if s.IntN(2) == 0 {
		filter = Filter{Text: "scan"}
	}
	plain, _ := l.View(Filter{})
	some, err := l.View(filter)
	if err != nil {
		t.Fatal(err)
	}
	if err := some.Build(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	lastOfSome := int64(-1)
	for range 12 {
		names := l.Names()
		keeps, cut := map[string]int{}, map[string]bool{}
		for i := range s.logs {
			if s.IntN(2) == 0 {
				keeps[s.name(i)], cut[s.name(i)] = s.change(i)
				continue
			}
			for _, n := range s.count[s.name(i)] {
				keeps[s.name(i)] += n
			}
		}
		logs = s.f.list()
		for _, in := range logs {
			if !slices.Contains(names, in.Name) {
				names = append(names, in.Name)
			}
		}
		before := len(m.rows)
		if err := l.Update(context.Background(), logs); err != nil {
			t.Fatal(err)
		}
		if got := l.Names(); !slices.Equal(got, names) {
			t.Fatalf("Names() = %v, want %v", got, names)
		}
		m.update(logs, names, keeps, cut)
		_ = before
		c := checker{t, s.maker, plain, m.rows, m.last}
		c.all(m.rows)
		byName := make([]logparse.Log, len(names))
		for i, name := range names {
			byName[i].Name = name
		}
		want := refFilter(m.rows, byName, filter)
		_, end, _ := some.Extent()
		lastOfSome = end - 1
		c = checker{t, s.maker, some, want, lastOfSome}
		c.all(m.rows)
	}
}

// A file that is just being created holds a byte or two when it is first seen.
func TestALogOfWhichTheFirstBytesAreSeenBeforeItsEncodingIsReadAnew(t *testing.T) {
	f := newFolder(t)
	wide := func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			b.WriteByte(c)
			b.WriteByte(0)
		}
		return b.String()
	}
	whole := wide("2007-02-12 15:41:00 scan begins\r\n2007-02-12 15:41:09 scan ends\r\n")
	f.write("a.log", whole[:3])
	l := open(f.list(), Options{}, 64, 1)
	if err := l.Index(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	v := must(l.View(Filter{}))
	readable(t, v)
	f.append("a.log", whole[3:])
	if err := l.Update(t.Context(), f.list()); err != nil {
		t.Fatal(err)
	}
	rows := readable(t, v)
	if len(rows) != 2 || !strings.Contains(rows[1].Record.Message, "scan ends") {
		t.Errorf("got %d rows: %+v", len(rows), rows)
	}
}

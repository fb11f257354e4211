package merged

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/logparse"
)

// The reference merges whole logs in memory, the plain way: it reads every record,
// gives it its effective time and sorts.

type refRow struct {
	log, ord int
	eff      int64
	rec      *logparse.Record
}

type memFile struct{ *strings.Reader }

func (memFile) Close() error { return nil }

func memPart(name, text string) logparse.Part {
	return logparse.Part{Name: name, Size: int64(len(text)), Open: func() (logparse.File, error) {
		return memFile{strings.NewReader(text)}, nil
	}}
}

func refNanos(s logparse.Stamp, zone *time.Location) int64 {
	if t, ok := s.UTC(); ok {
		return t.UnixNano()
	}
	w := s.Local()
	return time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), w.Nanosecond(), zone).UnixNano()
}

func refRecords(t testing.TB, in logparse.Log) []*logparse.Record {
	t.Helper()
	var recs []*logparse.Record
	for rec, err := range logparse.Records(context.Background(), in, logparse.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		c := rec.Clone()
		c.Pos.Line = 0
		recs = append(recs, c)
	}
	return recs
}

func refLog(recs []*logparse.Record, index int, zone *time.Location) []refRow {
	eff := int64(undated)
	for _, rec := range recs {
		if rec.Stamp.Dated {
			eff = refNanos(rec.Stamp, zone) // of the last one with a date
		}
	}
	rows := make([]refRow, len(recs))
	for i := len(recs) - 1; i >= 0; i-- {
		if recs[i].Stamp.Dated {
			eff = min(eff, refNanos(recs[i].Stamp, zone))
		}
		rows[i] = refRow{log: index, ord: i - len(recs), eff: eff, rec: recs[i]}
	}
	return rows
}

func refMerge(t testing.TB, logs []logparse.Log, zone *time.Location) []refRow {
	t.Helper()
	var all []refRow
	for i, in := range logs {
		all = append(all, refLog(refRecords(t, in), i, zone)...)
	}
	slices.SortStableFunc(all, func(a, b refRow) int {
		switch {
		case a.eff != b.eff:
			return map[bool]int{true: -1, false: 1}[a.eff < b.eff]
		case a.log != b.log:
			return a.log - b.log
		}
		return a.ord - b.ord
	})
	return all
}

func refText(rec *logparse.Record, text string, isPattern bool) bool {
	if !isPattern {
		text = strings.ToLower(text)
		return strings.Contains(strings.ToLower(rec.Message), text) || strings.Contains(strings.ToLower(rec.Component), text)
	}
	re := regexp.MustCompile("(?i:" + text + ")")
	return re.MatchString(rec.Message) || re.MatchString(rec.Component)
}

func refFilter(rows []refRow, logs []logparse.Log, f Filter) []refRow {
	var out []refRow
	for _, r := range rows {
		name := logs[r.log].Name
		switch {
		case f.Logs != nil && !slices.Contains(f.Logs, name),
			r.rec.Severity < f.MinSeverity,
			!refText(r.rec, f.Text, f.Regexp),
			f.Thread != nil && (f.Thread.Log != name || !r.rec.HasThread || r.rec.Thread != f.Thread.ID):
			continue
		}
		out = append(out, r)
	}
	return out
}

// maker makes random logs.
type maker struct {
	*rand.Rand
	at time.Time
	n  int
}

func newMaker(seed uint64) *maker {
	return &maker{Rand: rand.New(rand.NewPCG(seed, 1)), at: time.Date(2024, 3, 9, 12, 0, 0, 0, time.UTC)}
}

var words = []string{"scan", "Error", "failed", "warning", "größer", "ÄRGER", "policy", "0x80041003", "WSUS", "retry"}

func (m *maker) message() string {
	m.n++
	s := fmt.Sprintf("n%d", m.n)
	for range m.IntN(6) {
		s += " " + words[m.IntN(len(words))]
	}
	return s
}

func (m *maker) tick() time.Time {
	switch m.IntN(12) {
	case 0:
		m.at = m.at.Add(-time.Duration(m.IntN(4000)) * time.Second) // set back
	case 1, 2, 3: // the same moment again
	case 4:
		m.at = m.at.Add(time.Duration(m.IntN(90)) * time.Minute)
	default:
		m.at = m.at.Add(time.Duration(m.IntN(3000)) * time.Millisecond)
	}
	return m.at
}

// record is a record in one of the ways that logs are written.
func (m *maker) record(kind int) string {
	switch kind {
	case 1: // without a zone
		return fmt.Sprintf("%s  $$<SMS_EXECUTIVE><%s><thread=%d (0x0)>\r\n", m.message(), m.tick().Format("Mon Jan 02 15:04:05 2006"), 1+m.IntN(3))
	case 2: // without a date
		return m.message() + " and no date.\r\n"
	case 3: // of several lines
		return m.ccm(m.message()+"\r\n"+m.message()+"\nend", m.tick())
	}
	return m.ccm(m.message(), m.tick())
}

func (m *maker) ccm(msg string, at time.Time) string {
	bias := []int{0, 60, -120, 300}[m.IntN(4)]
	local := at.Add(-time.Duration(bias) * time.Minute)
	return fmt.Sprintf("<![LOG[%s]LOG]!><time=\"%s%+04d\" date=\"%s\" component=\"Comp%d\" context=\"\" type=\"%d\" thread=\"%d\" file=\"a.cpp:1\">\r\n",
		msg, local.Format("15:04:05.000"), bias, local.Format("01-02-2006"), m.IntN(3), m.IntN(4), 1+m.IntN(3))
}

func (m *maker) text(records int) string {
	var b strings.Builder
	kinds := [][]int{{0}, {0, 3}, {1}, {2}, {0, 1, 2, 3}, {0, 2}}[m.IntN(6)]
	m.at = time.Date(2024, 3, 9, 12+m.IntN(3), 0, 0, 0, time.UTC)
	for range records {
		b.WriteString(m.record(kinds[m.IntN(len(kinds))]))
	}
	return b.String()
}

func (m *maker) logs() []logparse.Log {
	var logs []logparse.Log
	for i := range m.IntN(5) {
		name := fmt.Sprintf("L%d.log", i)
		in := logparse.Log{Name: name}
		if m.IntN(2) == 0 {
			in.Parts = append(in.Parts, memPart(fmt.Sprintf("L%d.lo_", i), m.text(m.IntN(60))))
		}
		in.Parts = append(in.Parts, memPart(name, m.text(m.IntN(120))))
		logs = append(logs, in)
	}
	return logs
}

func (m *maker) filter(logs []logparse.Log) Filter {
	var f Filter
	if m.IntN(3) == 0 {
		f.MinSeverity = logparse.Severity(m.IntN(4))
	}
	if m.IntN(2) == 0 {
		f.Text = []string{"SCAN", "ärger", "scan|retry", "n1", "policy retry", "comp1"}[m.IntN(6)]
		f.Regexp = f.Text == "scan|retry"
	}
	if len(logs) > 0 && m.IntN(4) == 0 {
		f.Thread = &Thread{Log: logs[m.IntN(len(logs))].Name, ID: uint64(1 + m.IntN(3))}
	}
	if len(logs) > 0 && m.IntN(4) == 0 {
		f.Logs = []string{logs[m.IntN(len(logs))].Name, "none"}
	}
	return f
}

var zones = []*time.Location{nil, time.UTC, time.FixedZone("", -5*3600), newYork()}

func newYork() *time.Location {
	zone, err := time.LoadLocation("America/New_York") // its clocks change within the logs' days
	if err != nil {
		return time.FixedZone("", 3600)
	}
	return zone
}

func orUTC(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

func TestAgainstReference(t *testing.T) {
	for seed := range uint64(80) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := newMaker(seed)
			logs := m.logs()
			zone := zones[m.IntN(len(zones))]
			all := refMerge(t, logs, orUTC(zone))
			l := open(logs, Options{Zone: zone}, 200+m.IntN(2000), 1+m.IntN(3000))
			if err := l.Index(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
			for range 4 {
				f := m.filter(logs)
				v, err := l.View(f)
				if err != nil {
					t.Fatal(err)
				}
				if m.IntN(2) == 0 {
					if err := v.Build(context.Background(), nil); err != nil {
						t.Fatal(err)
					}
				}
				c := checker{t, m, v, refFilter(all, logs, f), -1}
				c.all(all)
			}
		})
	}
}

// checker compares a view with the reference. base is the number of the last row.
type checker struct {
	t    *testing.T
	m    *maker
	v    *View
	want []refRow
	last int64
}

func (c *checker) first() int64 { return c.last + 1 - int64(len(c.want)) }

func (c *checker) all(every []refRow) {
	c.t.Helper()
	c.rows(c.first()-3, len(c.want)+7)
	for range 10 {
		c.rows(c.first()-2+int64(c.m.IntN(len(c.want)+5)), c.m.IntN(20))
	}
	first, end, done := c.v.Extent()
	if first != c.first() || end != c.last+1 || !done {
		c.t.Fatalf("%+v Extent() = %d, %d, %v, want %d, %d, true", c.v.match, first, end, done, c.first(), c.last+1)
	}
	c.counts()
	for range 10 {
		c.time()
		c.search()
	}
	for _, r := range every {
		c.find(r)
	}
}

func (c *checker) rows(from int64, n int) {
	c.t.Helper()
	rows, err := c.v.Rows(context.Background(), from, n)
	if err != nil {
		c.t.Fatal(err)
	}
	low := max(from, c.first())
	high := max(min(from+int64(n), c.last+1), low)
	if int64(len(rows)) != high-low {
		c.t.Fatalf("%+v Rows(%d, %d) gave %d rows, want %d of [%d, %d]", c.v.match, from, n, len(rows), high-low, c.first(), c.last)
	}
	for i, got := range rows {
		want := c.want[low-c.first()+int64(i)]
		if got.N != low+int64(i) || got.Log != want.log || *got.Record != *want.rec {
			c.t.Fatalf("row %d (%d of log %d):\n got %+v\nwant %+v of log %d", low+int64(i), got.N, got.Log, *got.Record, *want.rec, want.log)
		}
		if got.Time.IsZero() == want.rec.Stamp.Dated || got.Assumed != (want.rec.Stamp.Dated && !want.rec.Stamp.Zoned) {
			c.t.Fatalf("row %d: Time %v, Assumed %v of %+v", got.N, got.Time, got.Assumed, want.rec.Stamp)
		}
	}
}

func (c *checker) counts() {
	c.t.Helper()
	var want Counts
	for _, r := range c.want {
		want.Records++
		switch r.rec.Severity {
		case logparse.Warning:
			want.Warnings++
		case logparse.Error:
			want.Errors++
		}
	}
	if got := c.v.Counts(); got != want {
		c.t.Fatalf("Counts() = %+v, want %+v", got, want)
	}
}

func (c *checker) time() {
	c.t.Helper()
	at := time.Date(2024, 3, 9, 11, c.m.IntN(600), 0, 0, time.UTC)
	if len(c.want) > 0 && c.m.IntN(2) == 0 {
		if eff := c.want[c.m.IntN(len(c.want))].eff; eff != undated {
			at = time.Unix(0, eff)
		}
	}
	want := c.first()
	for _, r := range c.want {
		if r.eff < at.UnixNano() {
			want++
		}
	}
	got, err := c.v.AtTime(context.Background(), at)
	if err != nil || got != want {
		c.t.Fatalf("AtTime(%v) = %d, %v, want %d", at, got, err, want)
	}
}

func (c *checker) search() {
	c.t.Helper()
	q := Query{Text: []string{"", "scan", "ÄRGER", "n7", "comp2", "no such"}[c.m.IntN(6)], MinSeverity: logparse.Severity(c.m.IntN(4))}
	back := c.m.IntN(2) == 0
	from := c.first() - 2 + int64(c.m.IntN(len(c.want)+4))
	want, ok := int64(0), false
	for i, r := range c.want {
		n := c.first() + int64(i)
		if r.rec.Severity < q.MinSeverity || !refText(r.rec, q.Text, false) {
			continue
		}
		if back && n < from || !back && n > from && !ok {
			want, ok = n, true
		}
	}
	got, found, err := c.v.Search(context.Background(), from, back, q)
	if err != nil || got != want || found != ok {
		c.t.Fatalf("Search(%d, %v, %+v) = %d, %v, %v, want %d, %v", from, back, q, got, found, err, want, ok)
	}
}

func (c *checker) find(r refRow) {
	c.t.Helper()
	got, ok, err := c.v.Find(context.Background(), r.rec.Pos.Part, r.rec.Pos.Offset)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.v.names != nil && !c.v.names[r.rec.Pos.Log] || len(c.want) == 0 {
		if ok {
			c.t.Fatalf("Find found a record of %s", r.rec.Pos.Log)
		}
		return
	}
	i := slices.IndexFunc(c.want, func(w refRow) bool { return w.log == r.log && w.ord == r.ord })
	if i >= 0 {
		if want := c.first() + int64(i); got != want || !ok {
			c.t.Fatalf("Find(%s, %d) = %d, %v, want %d", r.rec.Pos.Part, r.rec.Pos.Offset, got, ok, want)
		}
		return
	}
	if got < c.first() || got > c.last || !ok {
		c.t.Fatalf("Find(%s, %d) = %d, %v, outside of the view", r.rec.Pos.Part, r.rec.Pos.Offset, got, ok)
	}
	best := int64(math.MaxInt64)
	for _, w := range c.want {
		best = min(best, abs(w.eff-r.eff))
	}
	if d := abs(c.want[got-c.first()].eff - r.eff); d != best {
		c.t.Fatalf("Find gave a row %v away, the nearest is %v away", d, best)
	}
}

func abs(n int64) int64 { return max(n, -n) }

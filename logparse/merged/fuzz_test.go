package merged

import (
	"context"
	"testing"
	"time"

	"patchtrace/logparse"
)

// FuzzUpdate writes bytes as two logs in pieces, looks in between, and compares
// with logs that are opened when all is there.
func FuzzUpdate(f *testing.F) {
	m := newMaker(1)
	f.Add([]byte(m.text(8)), []byte(m.text(3)), uint16(90), uint16(7), uint16(300))
	f.Add([]byte(m.say("a\x00b")+"\x00\x00\x00"), []byte(m.record(1)), uint16(20), uint16(3), uint16(1))
	f.Add([]byte("\xff\xfe<\x00!\x00"), []byte("wrapped\nline\n"), uint16(3), uint16(1), uint16(2))
	f.Add([]byte("\x00000"), []byte("0"), uint16(3), uint16(0), uint16(0))
	f.Add([]byte("<\x00!\x00Z"), []byte("\xef\xbb\xbfne\n"), uint16(3), uint16(2), uint16(0))
	f.Add([]byte("x]LOG]!><a=\"\n<![LOG[b]LOG]!>"), []byte(m.record(2)+"[<![LOG[]LOG]!><![LOG[y"), uint16(9), uint16(2), uint16(30))
	f.Add([]byte("<\x00!\x00[%d,<\x00!\x00[%d,[%d,b]LOG]!><time=\"08:00:00.839+300\" date=\"03-09-2024\" component=\"Comp1\" context=\"\" type=\"3\" thread=\"1\" file=\"a.cpp:1\">\r\n\x00\x00\x00"), []byte("&"), uint16(0xffff), uint16(2), uint16(0))
	f.Fuzz(func(t *testing.T, a, b []byte, cutA, cutB, block uint16) {
		texts := []string{string(a), string(b)}
		cuts := []int{int(cutA) % (len(a) + 1), int(cutB) % (len(b) + 1)}
		size := 1 + int(block)%4096
		l := open(fuzzLogs(texts, cuts), Options{}, size, 1)
		v, some := must(l.View(Filter{})), must(l.View(Filter{Text: "scan"}))
		if err := l.Index(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if err := some.Build(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		for _, at := range [][]int{{len(a), cuts[1]}, {len(a), len(b)}} {
			if err := l.Update(t.Context(), fuzzLogs(texts, at)); err != nil {
				t.Fatal(err)
			}
			readable(t, v)
			readable(t, some)
		}
		fresh := open(fuzzLogs(texts, []int{len(a), len(b)}), Options{}, size, 1)
		if err := fresh.Index(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		for _, name := range l.Names() {
			only := Filter{Logs: []string{name}}
			sameRecords(t, readable(t, must(l.View(only))), readable(t, must(fresh.View(only))))
		}
	})
}

func fuzzLogs(texts []string, ends []int) []logparse.Log {
	logs := make([]logparse.Log, len(texts))
	for i, name := range []string{"a.log", "b.log"} {
		logs[i] = logparse.Log{Name: name, Parts: []logparse.Part{memPart(name, texts[i][:ends[i]])}}
	}
	return logs
}

// readable reads every row and asks what else a view is asked.
func readable(t *testing.T, v *View) []Row {
	t.Helper()
	ctx := context.Background()
	first, end, done := v.Extent()
	rows, err := v.Rows(ctx, first, int(end-first))
	if err != nil || !done || len(rows) != int(end-first) || v.Counts().Records != end-first {
		t.Fatalf("%d rows of %d to %d, done %v, %+v, %v", len(rows), first, end, done, v.Counts(), err)
	}
	for i, r := range rows {
		if r.N != first+int64(i) {
			t.Fatalf("row %d stands as %d", r.N, first+int64(i))
		}
	}
	if len(rows) > 0 {
		r := rows[len(rows)/2]
		if row, ok, err := v.Find(ctx, r.Record.Pos.Part, r.Record.Pos.Offset); !ok || err != nil || row != r.N {
			t.Fatalf("Find(%+v) = %d, %v, %v, want %d", r.Record.Pos, row, ok, err, r.N)
		}
		if row, err := v.AtTime(ctx, time.Unix(0, 0)); err != nil || row < first || row > end {
			t.Fatalf("AtTime gave %d, %v", row, err)
		}
	}
	return rows
}

func sameRecords(t *testing.T, got, want []Row) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, opened afresh %d", len(got), len(want))
	}
	for i := range got {
		if *got[i].Record != *want[i].Record {
			t.Fatalf("record %d:\n%+v\nopened afresh:\n%+v", i, *got[i].Record, *want[i].Record)
		}
	}
}

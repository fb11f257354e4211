package merged

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// Who asks before anybody calls Index is answered as if it had been called.
func TestViewsWithoutIndex(t *testing.T) {
	for seed := range uint64(20) {
		m := newMaker(seed)
		logs := m.logs()
		all := refMerge(t, logs, time.UTC)
		f := m.filter(logs)
		want := refFilter(all, logs, f)
		l := open(logs, Options{}, 300, 600)
		v := must(l.View(f))
		ctx := t.Context()
		if rows, err := v.Rows(ctx, -10, 10); len(rows) > 0 || err != nil {
			t.Errorf("Rows gave %d rows, %v", len(rows), err)
		}
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				c := checker{t, newMaker(seed + uint64(i)), v, want, -1}
				if len(want) == 0 {
					return
				}
				r := want[c.m.IntN(len(want))]
				row, ok, err := v.Find(ctx, r.rec.Pos.Part, r.rec.Pos.Offset)
				if err != nil || !ok || row > -1 || want[row-c.first()].rec != r.rec {
					t.Errorf("Find gave %d, %v, %v", row, ok, err)
				}
				if row, err := v.AtTime(ctx, time.Unix(0, want[0].eff)); err != nil || row != c.first() {
					t.Errorf("AtTime gave %d, %v", row, err)
				}
				if _, ok, err := v.Search(ctx, 0, true, Query{Text: "no such text"}); ok || err != nil {
					t.Errorf("Search gave %v, %v", ok, err)
				}
			})
		}
		wg.Go(func() {
			if err := v.Build(ctx, nil); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		c := checker{t, m, v, want, -1}
		c.all(all)
		if err := l.Index(ctx, nil); err != nil {
			t.Fatal(err)
		}
		c.all(all)
	}
}

func TestWaitingWithoutIndexEndsWithItsContext(t *testing.T) {
	m := newMaker(1)
	l := open(m.logs(), Options{}, 300, 600)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v := must(l.View(Filter{}))
	if err := v.Build(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Build gave %v", err)
	}
	if _, err := v.AtTime(ctx, time.Unix(0, 0)); !errors.Is(err, context.Canceled) {
		t.Errorf("AtTime gave %v", err)
	}
}

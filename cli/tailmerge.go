package cli

import (
	"container/heap"
	"fmt"
	"io"
	"time"

	"patchtrace/logparse"
)

const (
	// reorderWindow is how long a record waits for earlier ones of other logs.
	reorderWindow = 200 * time.Millisecond
	// reorderRecords and reorderBytes bound what waits. What was there when tail
	// began may fill them; then it is shown in the order in which it is read.
	reorderRecords = 100_000
	reorderBytes   = 32 << 20
)

// tailer shows the records of several logs in the order of their times.
type tailer struct {
	out     *recordWriter
	notices io.Writer
	min     logparse.Severity
	idle    time.Duration // 0 for ever
	window  time.Duration // how long a record waits for others; 0 for a single log
	stop    func()
	queue   *reorder
	ready   bool // what was there when tail began is read
	err     error
}

// run shows what comes until events is closed. When writing fails it stops the
// following and takes what still comes.
func (t *tailer) run(events <-chan logparse.Event) {
	look := time.NewTicker(reorderWindow / 4)
	defer look.Stop()
	idle := time.NewTimer(t.idle)
	if t.idle == 0 {
		idle.Stop()
	}
	defer idle.Stop()
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.show(t.queue.all())
				return
			}
			if t.take(e) && t.idle > 0 {
				idle.Reset(t.idle)
			}
			if t.window == 0 && len(events) == 0 {
				t.release()
			}
		case <-look.C:
			t.release()
		case <-idle.C:
			t.stop()
		}
	}
}

// take queues a record or tells a notice. It returns whether it was a record.
func (t *tailer) take(e logparse.Event) bool {
	if e.Notice != nil {
		t.notice(*e.Notice)
		return false
	}
	if e.Record.Severity >= t.min {
		t.queue.add(e.Record, time.Now())
		for t.queue.overfull() {
			t.show([]*logparse.Record{t.queue.next()})
		}
	}
	return true
}

func (t *tailer) notice(n logparse.Notice) {
	if n.Kind == logparse.Ready {
		t.ready = true
		return
	}
	// Nothing can be done when stderr cannot be written.
	_, _ = fmt.Fprintf(t.notices, "patchtrace: %s\n", show(n.String()))
}

// release shows what waited long enough. Until what was there at the beginning
// is read, a record of another log may be much earlier.
func (t *tailer) release() {
	if t.ready {
		t.show(t.queue.until(time.Now().Add(-t.window)))
	}
}

func (t *tailer) show(records []*logparse.Record) {
	if len(records) == 0 || t.err != nil {
		return
	}
	for _, r := range records {
		t.out.write(r)
	}
	if t.err = t.out.flush(); t.err != nil {
		t.stop()
	}
}

// reorder sorts records by their times. Those of one log keep their order, even
// when its clock was set back. Lines without a time stay behind the line before.
type reorder struct {
	zone *time.Location
	heap waitingRecords
	last map[string]int64 // by log: the key of its newest record
	seq  int64
	size int
}

func newReorder(zone *time.Location) *reorder {
	return &reorder{zone: zone, last: map[string]int64{}}
}

// waitingRecord is a record that waits for earlier ones.
type waitingRecord struct {
	rec   *logparse.Record
	key   int64 // nanoseconds from 1970 in UTC, never less than the log's one before
	seq   int64
	since time.Time
}

func (q *reorder) add(r *logparse.Record, now time.Time) {
	key := q.last[r.Pos.Log]
	if at, ok := instant(r.Stamp, q.zone); ok {
		key = max(key, at.UnixNano())
	}
	q.last[r.Pos.Log] = key
	q.seq++
	q.size += recordSize(r)
	heap.Push(&q.heap, waitingRecord{r, key, q.seq, now})
}

// instant is when a line was written; a line without a zone has the machine's.
func instant(s logparse.Stamp, zone *time.Location) (time.Time, bool) {
	if at, ok := s.UTC(); ok || !s.Dated {
		return at, ok
	}
	w := s.Local()
	return time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), w.Nanosecond(), zone), true
}

func recordSize(r *logparse.Record) int { return len(r.Message) + 200 }

func (q *reorder) next() *logparse.Record {
	w := heap.Pop(&q.heap).(waitingRecord)
	q.size -= recordSize(w.rec)
	return w.rec
}

func (q *reorder) overfull() bool { return len(q.heap) > reorderRecords || q.size > reorderBytes }

// until takes out what came by then, and what is earlier than that.
func (q *reorder) until(then time.Time) []*logparse.Record {
	ripe := 0
	for _, w := range q.heap {
		if !w.since.After(then) {
			ripe++
		}
	}
	var out []*logparse.Record
	for ripe > 0 {
		if !q.heap[0].since.After(then) {
			ripe--
		}
		out = append(out, q.next())
	}
	return out
}

func (q *reorder) all() []*logparse.Record {
	var out []*logparse.Record
	for len(q.heap) > 0 {
		out = append(out, q.next())
	}
	return out
}

// waitingRecords is a heap by key.
type waitingRecords []waitingRecord

func (w waitingRecords) Len() int { return len(w) }

func (w waitingRecords) Less(i, j int) bool {
	if w[i].key != w[j].key {
		return w[i].key < w[j].key
	}
	return w[i].seq < w[j].seq
}

func (w waitingRecords) Swap(i, j int) { w[i], w[j] = w[j], w[i] }

// Push adds a waitingRecord, as container/heap asks for.
func (w *waitingRecords) Push(x any) { *w = append(*w, x.(waitingRecord)) }

// Pop takes the last one off, as container/heap asks for.
func (w *waitingRecords) Pop() any {
	old := *w
	last := old[len(old)-1]
	old[len(old)-1] = waitingRecord{}
	*w = old[:len(old)-1]
	return last
}

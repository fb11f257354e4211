package logparse

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The torture: a process writes logs and rotates them in every way while the
// test follows them. Every record has a number, so that one that is lost, comes
// twice or is damaged is seen at once.
//
// Whether something can be lost is up to the writer: a client keeps one old
// generation, so what is written while nobody reads can be overwritten before it
// is read, whatever the reader does. This writer therefore overwrites and
// deletes only what was read. It is told over its standard input how many
// records of each log were read, and
//
//   - renames or copies X.log to X.lo_, over the generation before, once a record
//     of X.log was read: then that generation was read to its end;
//   - cuts or deletes X.log once every record in it was read;
//   - renames X.log to a stamped name whenever it likes, as often as it likes,
//     and deletes a stamped file once a record of a later one was read.
//
// So no record may be missing, however slow the reader is.

const tortureEnv = "LOGPARSE_TORTURE"

// torture is what a run writes.
type torture struct {
	Dir     string
	Logs    int
	Records int // of each log
	PerFile int // mean of records a file
	Seed    uint64
}

// rotations counts how often files were rotated, by kind.
type rotations map[string]int

func (r rotations) total() int {
	n := 0
	for _, k := range r {
		n += k
	}
	return n
}

func TestMain(m *testing.M) {
	if task := os.Getenv(tortureEnv); task != "" {
		if err := tortureWriter(task); err != nil {
			fmt.Fprintln(os.Stderr, "torture writer:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// tortureMessage is the message of a record. Some have several lines.
func tortureMessage(log, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d/%d ", log, n)
	for i := range n * 7 % 23 {
		b.WriteString("word")
		if i%9 == 8 && log%2 == 0 {
			b.WriteByte('\n')
		} else {
			b.WriteByte(' ')
		}
	}
	b.WriteString("end")
	return b.String()
}

// tortureRecord is the record as it is in the file: logs with an odd number are
// in the format of older clients.
func tortureRecord(log, n int) string {
	msg := tortureMessage(log, n)
	if log%2 == 1 {
		return msg + "  $$<SMS_TEST><01-16-2024 13:12:02.123+300><thread=7 (0x7)>\r\n"
	}
	return rec(strings.ReplaceAll(msg, "\n", "\r\n"))
}

func tortureWriter(task string) error {
	var what torture
	if err := json.Unmarshal([]byte(task), &what); err != nil {
		return err
	}
	read := newProgress(what.Logs)
	go read.receive(os.Stdin)
	counts := make([]rotations, what.Logs)
	failures := make([]error, what.Logs)
	var wg sync.WaitGroup
	for i := range what.Logs {
		w := &tortureLog{
			torture: what, log: i, read: read, done: rotations{},
			name: filepath.Join(what.Dir, fmt.Sprintf("Log%d", i)),
			rng:  rand.New(rand.NewPCG(what.Seed, uint64(i))),
		}
		counts[i] = w.done
		wg.Go(func() { failures[i] = w.run() })
	}
	wg.Wait()
	all := rotations{}
	for _, c := range counts {
		for kind, n := range c {
			all[kind] += n
		}
	}
	return errors.Join(errors.Join(failures...), json.NewEncoder(os.Stdout).Encode(all))
}

// progress is how many records of each log were read.
type progress struct {
	mu    sync.Mutex
	more  *sync.Cond
	count []uint64
	ended bool
}

func newProgress(logs int) *progress {
	p := &progress{count: make([]uint64, logs)}
	p.more = sync.NewCond(&p.mu)
	return p
}

// receive takes counts over from the reader until it ends.
func (p *progress) receive(r io.Reader) {
	in := bufio.NewReader(r)
	next := make([]uint64, len(p.count))
	for {
		err := binary.Read(in, binary.LittleEndian, next)
		p.mu.Lock()
		copy(p.count, next)
		p.ended = err != nil
		p.mu.Unlock()
		p.more.Broadcast()
		if err != nil {
			return
		}
	}
}

// wait waits until more than n records of the log were read.
func (p *progress) wait(log, n int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.count[log] <= uint64(n) {
		if p.ended {
			return errors.New("the reader ended")
		}
		p.more.Wait()
	}
	return nil
}

func (p *progress) of(log int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int(p.count[log])
}

// tortureLog writes one log.
type tortureLog struct {
	torture
	log  int
	name string // without its extension
	rng  *rand.Rand
	read *progress
	done rotations

	file    *os.File
	next    int    // the record to be written
	rest    string // of the record that is being written
	first   int    // the first record that is wholly in the current file
	deleted bool   // the file before was deleted
	stamps  []stampedFile
	stamp   int
}

type stampedFile struct {
	name string
	last int // no record of it is behind this one
}

func (w *tortureLog) run() error {
	for w.next < w.Records {
		if err := w.fill(); err != nil {
			return err
		}
		if w.next < w.Records {
			if err := w.rotate(); err != nil {
				return err
			}
		}
	}
	return w.file.Close()
}

// fill opens a new file and writes records into it, in pieces of any size.
func (w *tortureLog) fill() error {
	if err := w.open(); err != nil {
		return err
	}
	w.first = w.next
	end := min(w.next+2+w.rng.IntN(2*w.PerFile), w.Records) // two, so that one is whole
	var out strings.Builder
	for w.next < end || w.rest != "" {
		if w.rest == "" {
			w.rest = tortureRecord(w.log, w.next)
			w.next++
		}
		out.WriteString(w.rest)
		w.rest = ""
		if w.rng.IntN(3) > 0 {
			continue // several records in one write
		}
		text := out.String()
		out.Reset()
		cut := w.rng.IntN(len(text) + 1)
		if w.rng.IntN(2) == 0 {
			cut = len(text)
		}
		if _, err := w.file.WriteString(text[:cut]); err != nil {
			return err
		}
		out.WriteString(text[cut:])
	}
	text := out.String()
	if w.next < w.Records && w.rng.IntN(2) == 0 {
		// The last record is torn: the rest of it goes into the next file.
		last := strings.LastIndex(strings.TrimSuffix(text, "\r\n"), "\r\n") + 1
		cut := len(text) - w.rng.IntN(min(len(text)-last, 60)+1)
		w.rest, text = text[cut:], text[:cut]
	}
	_, err := w.file.WriteString(text)
	return err
}

func (w *tortureLog) open() (err error) {
	if w.file != nil {
		return nil // it was cut
	}
	w.file, err = os.OpenFile(w.name+".log", os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err == nil && w.log%4 == 0 {
		_, err = w.file.WriteString("\ufeff")
	}
	return err
}

func (w *tortureLog) rotate() error {
	switch way := w.rng.IntN(20); {
	case way < 9:
		return w.toOld()
	case way < 12:
		return w.copied()
	case way < 14 && w.rest == "":
		return w.cut()
	case way < 16 && w.rest == "":
		return w.remove()
	}
	return w.stamped()
}

// begun waits until a record of the current file was read: all before it is
// read then.
func (w *tortureLog) begun() error { return w.read.wait(w.log, w.first) }

// drained waits until all is read.
func (w *tortureLog) drained() error { return w.read.wait(w.log, w.next-1) }

func (w *tortureLog) close() error {
	err := w.file.Close()
	w.file = nil
	return err
}

// toOld is what a client does.
func (w *tortureLog) toOld() error {
	if err := errors.Join(w.begun(), w.close()); err != nil {
		return err
	}
	w.done["renamed to .lo_"]++
	w.deleted = false
	return insist(func() error { return os.Rename(w.name+".log", w.name+".lo_") })
}

// insist tries again for a while what Windows refuses while a file is read: to
// give its name to another. All else that a writer does with its files must
// succeed at once.
func insist(act func() error) error {
	err := act()
	for range 1000 {
		if err == nil || runtime.GOOS != "windows" {
			break
		}
		time.Sleep(time.Millisecond)
		err = act()
	}
	return err
}

// freed returns nil when nothing has that name. Where a file is deleted only once
// its reader has let go of it, a new one of that name has to wait.
func freed(name string) error {
	_, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("%s is still there: %v", name, err)
}

func (w *tortureLog) copied() error {
	if err := w.begun(); err != nil {
		return err
	}
	data, err := os.ReadFile(w.name + ".log")
	if err != nil {
		return err
	}
	w.done["copied to .lo_ and cut"]++
	w.deleted = false
	temp := w.name + ".tmp"
	return errors.Join(
		os.WriteFile(temp, data, 0o644),
		insist(func() error { return os.Rename(temp, w.name+".lo_") }),
		w.file.Truncate(0))
}

func (w *tortureLog) cut() error {
	if err := w.drained(); err != nil {
		return err
	}
	w.done["cut"]++
	w.deleted = false
	return w.file.Truncate(0)
}

func (w *tortureLog) remove() error {
	if err := errors.Join(w.drained(), w.close()); err != nil {
		return err
	}
	w.done["deleted"]++
	w.deleted = true
	if err := os.Remove(w.name + ".log"); err != nil {
		return err
	}
	return insist(func() error { return freed(w.name + ".log") })
}

func (w *tortureLog) stamped() error {
	if w.deleted {
		// Else the reader cannot know that nothing was between the deleted file and
		// this one, and would say so.
		if err := w.begun(); err != nil {
			return err
		}
	}
	w.stamp++
	name := fmt.Sprintf("%s-20240101-%06d.log", w.name, w.stamp)
	if err := errors.Join(w.close(), os.Rename(w.name+".log", name)); err != nil {
		return err
	}
	w.done["renamed to a stamped name"]++
	w.deleted = false
	w.stamps = append(w.stamps, stampedFile{name, w.next})
	for len(w.stamps) > 3 && w.stamps[0].last+1 < w.read.of(w.log) {
		if err := os.Remove(w.stamps[0].name); err != nil {
			return err
		}
		w.stamps = w.stamps[1:]
	}
	return nil
}

// tortured reads what the writer writes.
type tortured struct {
	torture
	rng     *rand.Rand
	want    []int // the next record of each log
	counts  []atomic.Uint64
	changed chan struct{}
	stop    context.CancelFunc
	failure error
	notices map[NoticeKind]int
	pauses  int
	heap    []uint64 // bytes, sampled as records come
	n       int
}

func (r *tortured) emit(e Event) {
	if e.Notice != nil {
		r.notices[e.Notice.Kind]++
		return
	}
	if r.failure != nil {
		return
	}
	var log, n int
	if _, err := fmt.Sscanf(e.Record.Message, "%d/%d", &log, &n); err != nil || log >= len(r.want) {
		r.fail(fmt.Errorf("not a record: %+v", e.Record))
		return
	}
	if want := r.want[log]; n != want || e.Record.Torn || e.Record.Message != tortureMessage(log, n) {
		r.fail(fmt.Errorf("log %d: got record %d, want %d, torn %v, at %+v: %q", log, n, want, e.Record.Torn, e.Record.Pos, e.Record.Message))
		return
	}
	r.want[log]++
	r.counts[log].Store(uint64(r.want[log]))
	select {
	case r.changed <- struct{}{}:
	default:
	}
	r.n++
	if r.n%5000 == 0 {
		r.sample()
	}
	if r.n%(1+len(r.want)*r.Records/40) == 0 { // the reader is held up
		r.pauses++
		time.Sleep(time.Duration(r.rng.IntN(80)) * time.Millisecond)
	}
}

func (r *tortured) sample() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.heap = append(r.heap, m.HeapAlloc)
}

func (r *tortured) fail(err error) {
	r.failure = err
	r.stop()
}

// report tells the writer what was read, as fast as it takes it.
func (r *tortured) report(ctx context.Context, to io.WriteCloser) {
	defer to.Close() // the writer is done or was killed
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-r.changed:
			now := make([]uint64, len(r.counts))
			for i := range r.counts {
				now[i] = r.counts[i].Load()
			}
			if binary.Write(to, binary.LittleEndian, now) != nil {
				return // the writer has ended
			}
		}
	}
}

func TestTorture(t *testing.T) {
	variants := []struct {
		name  string
		opt   FollowOptions
		share int // of the records
	}{
		{"events", FollowOptions{}, 1},
		{"polling", FollowOptions{NoEvents: true, Poll: time.Millisecond}, 1},
		{"polling and reopening", FollowOptions{NoEvents: true, Poll: time.Millisecond, reopen: true}, 4},
	}
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			what := torture{Dir: t.TempDir(), Logs: 4, Records: 250_000 / v.share, PerFile: 800 / v.share, Seed: rand.Uint64()}
			if testing.Short() {
				what.Records /= 25
				what.PerFile /= 5
			}
			tortureRun(t, what, v.opt)
		})
	}
}

func tortureRun(t *testing.T, what torture, opt FollowOptions) {
	ctx, stop := context.WithTimeout(context.Background(), 100*time.Second)
	defer stop()
	r := &tortured{
		torture: what, rng: rand.New(rand.NewPCG(what.Seed, 99)), want: make([]int, what.Logs), counts: make([]atomic.Uint64, what.Logs),
		changed: make(chan struct{}, 1), stop: stop, notices: map[NoticeKind]int{},
	}
	task, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), tortureEnv+"="+string(task))
	cmd.Stderr = os.Stderr
	var answer strings.Builder
	cmd.Stdout = &answer
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var writer error
	wg.Go(func() { r.report(ctx, in) })
	wg.Go(func() {
		writer = cmd.Wait()
		stop() // what is left is read at the end
	})
	opt.From = FromStart
	opt.Quiet = time.Hour // a writer that has to wait is not done with its line
	if err := Follow(ctx, Source{Paths: []string{what.Dir}}, opt, r.emit); err != nil {
		t.Error(err)
	}
	stop()
	wg.Wait()
	r.check(t, writer, answer.String(), time.Since(start), opt)
}

// check judges a run.
func (r *tortured) check(t *testing.T, writer error, answer string, took time.Duration, opt FollowOptions) {
	t.Helper()
	if r.failure != nil {
		t.Error(r.failure)
	}
	if writer != nil {
		t.Errorf("writer: %v", writer)
	}
	for log, n := range r.want {
		if n != r.Records {
			t.Errorf("log %d: %d of %d records", log, n, r.Records)
		}
	}
	var done rotations
	if err := json.Unmarshal([]byte(answer), &done); err != nil {
		t.Errorf("the writer says %q: %v", answer, err)
	}
	if want := r.Logs * r.Records / r.PerFile * 8 / 10; done.total() < want {
		t.Errorf("%d rotations, want at least %d", done.total(), want)
	}
	if n := r.notices[Gap]; n > 0 && holdsFiles && !opt.reopen {
		t.Errorf("%d gaps were told of", n)
	}
	const flat = 64 << 20
	low, high := uint64(1<<62), uint64(0)
	for _, h := range r.heap {
		low, high = min(low, h), max(high, h)
	}
	if high > flat {
		t.Errorf("the heap grew to %d MiB", high>>20)
	}
	t.Logf("seed %d: %d records, %d rotations %v, %d pauses, heap %d to %d MiB, %v; notices %v",
		r.Seed,
		r.n, done.total(), done, r.pauses, low>>20, high>>20, took.Round(time.Millisecond), r.notices)
}

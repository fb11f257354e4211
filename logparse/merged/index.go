package merged

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"runtime"
	"sync"
	"time"

	"patchtrace/logparse"
)

const (
	// blockSize is about how many bytes of text a block stands for: what is read
	// and parsed within a fraction of a millisecond.
	blockSize = 128 << 10
	// turn is how many bytes of a log are indexed at least before the turn of
	// another.
	turn = 2 << 20
	// firstBlocks is how many blocks of a log are looked at for its newest record
	// before the other logs have been opened.
	firstBlocks = 8
	// tellEvery is the least time between two calls of tell.
	tellEvery = 30 * time.Millisecond
)

// Logs is a set of logs that are shown as one.
type Logs struct {
	opt   Options
	block int // bytes of text a block has about
	turn  int

	indexing sync.Mutex // one Index at a time
	updating sync.Mutex // one Update at a time

	mu      sync.Mutex // guards what follows, and is held for moments only
	zone    *time.Location
	logs    []*log
	change  chan struct{} // closed when something is indexed; nil if nobody waits
	running int           // calls of Index
	ran     bool          // Index was called
	again   func()        // calls Index as it was called last

	cache cache
}

// Open takes logs as they were listed. It reads nothing yet.
func Open(logs []logparse.Log, opt Options) *Logs { return open(logs, opt, blockSize, turn) }

func open(logs []logparse.Log, opt Options, block, turn int) *Logs {
	l := &Logs{opt: opt, block: block, turn: turn, zone: opt.Zone}
	for _, in := range logs {
		l.logs = append(l.logs, newLog(in))
	}
	return l
}

// Names are the logs, in the order in which Row.Log counts them.
func (l *Logs) Names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := make([]string, len(l.logs))
	for i, lg := range l.logs {
		names[i] = lg.name
	}
	return names
}

// Index reads the logs and returns when all of them are indexed, when ctx is
// done, or with the first error that kept a log from being read whole (the others
// are indexed all the same). tell, unless nil, is called now and then, when rows
// have been added.
func (l *Logs) Index(ctx context.Context, tell func()) error {
	l.mu.Lock()
	l.running++
	l.ran = true
	l.again = func() { _ = l.Index(ctx, tell) }
	l.mu.Unlock()
	l.indexing.Lock()
	t := &teller{tell: tell}
	err := l.index(ctx, t)
	l.indexing.Unlock()
	l.mu.Lock()
	l.running--
	l.wake()
	l.mu.Unlock()
	t.last()
	return err
}

func (l *Logs) index(ctx context.Context, t *teller) error {
	for ctx.Err() == nil {
		lg := l.unopened()
		if lg == nil {
			break
		}
		l.glance(ctx, lg)
	}
	t.now()
	for ctx.Err() == nil {
		if lg := l.unopened(); lg != nil {
			l.glance(ctx, lg) // a change of the zone threw its index away
			continue
		}
		lg, below := l.next()
		if lg == nil {
			return l.firstError()
		}
		l.indexTurn(ctx, lg, below, t)
	}
	return ctx.Err()
}

func (l *Logs) firstError() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lg := range l.logs {
		if lg.err != nil {
			return lg.err
		}
	}
	return nil
}

func (l *Logs) unopened() *log {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lg := range l.logs {
		if !lg.opened {
			return lg
		}
	}
	return nil
}

// next is the log whose oldest indexed record is the newest: it keeps the most
// rows from being final. below is the time at which it is another's turn.
func (l *Logs) next() (lg *log, below int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first, second := int64(math.MinInt64), int64(math.MinInt64)
	for _, c := range l.logs {
		if c.done {
			continue
		}
		t := int64(math.MaxInt64)
		if c.dated {
			t = c.floor
		}
		if lg == nil || t > first {
			lg, first, second = c, t, first
		} else {
			second = max(second, t)
		}
	}
	return lg, second
}

func (l *Logs) options(workers int) logparse.Options {
	return logparse.Options{Workers: workers, BlockSize: l.block, CodePage: l.opt.CodePage, Background: true}
}

// workers leaves a processor to whoever waits for rows.
func workers() int { return max(1, min(runtime.GOMAXPROCS(0), runtime.NumCPU())-1) }

// begin is what a turn of a log starts from.
func (l *Logs) begin(lg *log) (in logparse.Log, epoch int, c clock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rest(lg), lg.epoch, clock{zone: l.zone}
}

// glance indexes the newest records of a log, and no more, so that the first rows
// need not wait for whole logs.
func (l *Logs) glance(ctx context.Context, lg *log) {
	in, epoch, c := l.begin(lg)
	digest := digester(c)
	seen, more := 0, false
	err := logparse.TailBlock(ctx, in, l.options(1), func(b *logparse.Block) bool {
		seen++
		more = false
		l.before(lg, epoch, digest(b), func(goes bool) {
			more = goes && !lg.dated && seen < firstBlocks
		})
		return more
	})
	l.publish(lg, epoch, func() {
		lg.opened = ctx.Err() == nil
		switch {
		case err != nil:
			lg.fail(err)
		case ctx.Err() == nil && (more || seen == 0):
			lg.finish()
		}
	})
}

// indexTurn indexes a log until its records are older than below, and ends at
// once when its index was thrown away meanwhile.
func (l *Logs) indexTurn(ctx context.Context, lg *log, below int64, t *teller) {
	in, epoch, c := l.begin(lg)
	size, stopped := 0, false
	err := logparse.Backward(ctx, in, l.options(workers()), digester(c), func(d *digest) bool {
		size += d.size
		stopped = true
		l.before(lg, epoch, d, func(goes bool) {
			stopped = !goes || lg.dated && lg.floor < below && size >= l.turn
		})
		t.sometimes()
		return !stopped
	})
	l.publish(lg, epoch, func() {
		switch {
		case stopped || ctx.Err() != nil:
		case err != nil:
			lg.fail(err)
		default:
			lg.finish()
		}
	})
}

// publish changes a log unless its index was thrown away.
func (l *Logs) publish(lg *log, epoch int, change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lg.epoch == epoch {
		change()
		l.wake()
	}
}

// fail leaves out the part that could not be read; the others still can.
func (lg *log) fail(err error) {
	var read *logparse.ReadError
	if !errors.As(err, &read) {
		lg.err = err
		lg.finish()
		return
	}
	p := lg.byNumber(partNumber(read.Part))
	if p == nil || p.bad {
		lg.finish()
		return
	}
	p.bad = true
	var changed *ChangedError
	lg.stale = lg.stale || errors.As(err, &changed) || errors.Is(err, fs.ErrNotExist)
	named := *read
	named.Part = p.name
	if lg.err == nil {
		lg.err = &named
	}
}

// wake tells those who wait that something has changed. l.mu is held.
func (l *Logs) wake() {
	if l.change != nil {
		close(l.change)
		l.change = nil
	}
}

// changes is wake for those who do not hold l.mu.
func (l *Logs) changes() {
	l.mu.Lock()
	l.wake()
	l.mu.Unlock()
}

// changed is closed when something is indexed. l.mu is held.
func (l *Logs) changed() <-chan struct{} {
	if l.change == nil {
		l.change = make(chan struct{})
	}
	return l.change
}

// SetZone changes the zone of lines that do not tell theirs. Row numbers of views
// that were made before are not valid any more. Logs with such lines are indexed
// anew, by the Index that runs, or in the background as it was called last.
func (l *Logs) SetZone(zone *time.Location) {
	l.updating.Lock()
	defer l.updating.Unlock()
	l.mu.Lock()
	l.zone = zone
	lost := false
	for _, lg := range l.logs {
		if lg.zoneless || !lg.done {
			lg.forget()
			lost = true
		}
	}
	again := l.again
	l.wake()
	l.mu.Unlock()
	if lost && again != nil {
		go again()
	}
}

// teller calls tell, and not too often.
type teller struct {
	tell func()
	at   time.Time
}

func (t *teller) sometimes() {
	if t.tell != nil && time.Since(t.at) >= tellEvery {
		t.now()
	}
}

func (t *teller) now() {
	if t.tell != nil {
		t.tell()
		t.at = time.Now()
	}
}

func (t *teller) last() { t.now() }

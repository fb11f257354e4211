package offline

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"patchtrace/diagnose"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// Source is what is to be read.
type Source struct {
	Logs []logparse.Log
	// States are logs that could not be opened, with the reason.
	States []diagnose.LogState
}

// Options say how to read.
type Options struct {
	logparse.Options
	// Full reads every log whole. The verdict is the same; the timeline and the
	// coverage reach further back.
	Full bool
	// Product is a playbook's id, or "" to find it out.
	Product string
	// Window is how many bytes at the ends of the logs, all together, the verdict
	// is judged on; 0 means all of WholeLimit bytes, or DefaultWindow of more.
	Window int64
}

// Logs of up to WholeLimit bytes all together are read whole; a client's are
// less, unless they were told to grow. Of more, the newest DefaultWindow bytes
// are judged: what lies further back is history, not the present state.
const (
	WholeLimit    = 64 << 20
	DefaultWindow = 16 << 20
)

// Diagnose reads the source and returns the report. Logs that cannot be read
// are reported, not returned as errors: the error is ctx's, or that of loading
// the playbook.
func Diagnose(ctx context.Context, src Source, opt Options, judge diagnose.Options) (*diagnose.Report, error) {
	r := &run{ctx: ctx, src: src, opt: opt}
	id, why, err := r.product(judge.Evidence)
	if err != nil {
		return nil, err
	}
	book, err := pipeline.Load(id)
	if err != nil {
		return nil, err
	}
	judge.ProductWhy = why
	r.engine = diagnose.New(book, judge)
	for _, s := range src.States {
		r.engine.AddState(s)
	}
	r.plan()
	r.readAll()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.reach()
	for _, l := range r.logs {
		l.hand(r.engine)
	}
	report := r.engine.Report()
	r.number(report)
	return report, ctx.Err()
}

// run is one diagnosis.
type run struct {
	ctx    context.Context
	src    Source
	opt    Options
	engine *diagnose.Engine
	logs   []*logRun
}

// logRun is one log while it is read.
type logRun struct {
	log    logparse.Log
	window int64
	// from tells whether a place lies in the window; nil when all of it does.
	from func(logparse.Pos) bool
	// pieces are the tallies of neighbouring blocks; newest first when the log
	// was read backwards.
	pieces   []*diagnose.Tally
	backward bool
	blocks   int
	whole    bool
	state    diagnose.LogState
}

// plan gives every log its share of the window: short logs all they have, long
// ones an equal part of what is left.
func (r *run) plan() {
	for _, log := range r.src.Logs {
		r.logs = append(r.logs, &logRun{log: log, state: diagnose.LogState{Log: log.Name, Parts: len(log.Parts)}})
	}
	left := r.window()
	bySize := slices.Clone(r.logs)
	slices.SortStableFunc(bySize, func(a, b *logRun) int {
		switch as, bs := a.log.Size(), b.log.Size(); {
		case as < bs:
			return -1
		case as > bs:
			return 1
		}
		return 0
	})
	for i, l := range bySize {
		share := left / int64(len(bySize)-i)
		l.window = min(l.log.Size(), share)
		left -= l.window
		if l.window < l.log.Size() {
			l.from = windowStart(l.log, l.window)
		}
	}
}

func (r *run) window() int64 {
	if r.opt.Window > 0 {
		return r.opt.Window
	}
	var total int64
	for _, l := range r.logs {
		total += l.log.Size()
	}
	if total <= WholeLimit {
		return total
	}
	return DefaultWindow
}

// windowStart returns a function that tells whether a place lies in the last
// size bytes of the log.
func windowStart(log logparse.Log, size int64) func(logparse.Pos) bool {
	start := map[string]int64{}
	begin := log.Size() - size
	for _, p := range log.Parts {
		start[p.Name] = max(0, min(begin, p.Size))
		begin -= p.Size
	}
	return func(p logparse.Pos) bool { return p.Offset >= start[p.Part] && start[p.Part] < partSize(log, p.Part) }
}

func partSize(log logparse.Log, name string) int64 {
	for _, p := range log.Parts {
		if p.Name == name {
			return p.Size
		}
	}
	return 0
}

// oneAtATime is the size above which a log is read by all processors together;
// below it, each processor reads a log of its own.
const oneAtATime = 4 << 20

func (r *run) readAll() {
	jobs := make(chan *logRun)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), runtime.NumCPU()) {
		wg.Go(func() {
			for l := range jobs {
				r.read(l, 1)
			}
		})
	}
	for _, l := range r.logs {
		if l.window <= oneAtATime && !r.opt.Full {
			jobs <- l
		}
	}
	close(jobs)
	wg.Wait()
	for _, l := range r.logs {
		if l.window > oneAtATime || r.opt.Full {
			r.read(l, 0)
		}
	}
}

// piece is the tally of a block.
type piece struct {
	tally *diagnose.Tally
	start logparse.Pos
}

func (r *run) work(l *logRun) func(*logparse.Block) piece {
	return func(b *logparse.Block) piece {
		t := r.engine.Matcher().NewTally(l.log.Name, l.from)
		for rec := range b.Records() {
			t.Observe(rec)
		}
		t.Own()
		return piece{t, b.Start()}
	}
}

func (r *run) read(l *logRun, workers int) {
	opt := r.opt.Options
	if workers > 0 {
		opt.Workers = workers
	}
	if state, note := look(l.log); state != "" {
		l.state.State, l.state.Note = state, note
		if state == diagnose.LogUnreadable {
			return
		}
	}
	var err error
	if l.from == nil || r.opt.Full {
		l.whole = true
		err = logparse.Forward(r.ctx, l.log, opt, r.work(l), func(p piece) bool {
			if len(l.pieces) == 0 {
				l.pieces = append(l.pieces, p.tally)
			} else {
				l.pieces[0].Append(p.tally)
			}
			return true
		})
	} else {
		l.backward = true
		err = logparse.Backward(r.ctx, l.log, opt, r.work(l), func(p piece) bool {
			l.pieces = append(l.pieces, p.tally)
			l.blocks++
			return l.from(p.start)
		})
	}
	l.failed(err)
}

// failed notes why a log could not be read to its end.
func (l *logRun) failed(err error) {
	switch {
	case err == nil || errors.Is(err, context.Canceled):
	case errors.Is(err, fs.ErrPermission):
		l.state.State, l.state.Note = diagnose.LogDenied, err.Error()
	default:
		l.state.State, l.state.Note = diagnose.LogUnreadable, err.Error()
	}
}

// hand gives the log's evidence to the engine.
func (l *logRun) hand(e *diagnose.Engine) {
	if l.backward {
		slices.Reverse(l.pieces)
	}
	for _, t := range l.pieces {
		e.Add(t)
	}
	l.state.Partial = l.backward && !l.whole
	e.AddState(l.state)
}

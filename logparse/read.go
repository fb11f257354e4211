package logparse

import (
	"bytes"
	"context"
	"iter"
	"runtime"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Options say how a log is read. The zero value is right for nearly everything.
type Options struct {
	// Workers is how many blocks are parsed at once; 0 means one a CPU.
	Workers int
	// BlockSize is about how many bytes a block has; 0 means 1 MiB.
	BlockSize int
	// CodePage decodes what is no UTF-8; nil means Windows-1252.
	CodePage *charmap.Charmap
	// Background lets other threads go first, of this program too: for what nobody
	// waits for.
	Background bool
	// placeless leaves lines uncounted.
	placeless bool
	// pool gives the memory of blocks back, for readers whose results share none
	// of it; nil if they may.
	pool *sync.Pool
}

const (
	defaultBlock = 1 << 20
	// slack lets a pooled buffer serve the next block, whose carried-over start
	// may be a little longer.
	slack = 16 << 10
)

func (o Options) blockSize() int {
	if o.BlockSize > 0 {
		return o.BlockSize
	}
	return defaultBlock
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return min(runtime.GOMAXPROCS(0), runtime.NumCPU()) // more would only share processors
}

// begin is the first thing that a goroutine of a reader does.
func (o Options) begin() {
	if o.Background {
		background()
	}
}

// pooled returns the options with a pool of their own.
func (o Options) pooled() Options {
	o.pool = &sync.Pool{}
	return o
}

// buffer returns an empty buffer for n bytes.
func (o Options) buffer(n int) []byte {
	if o.pool != nil {
		if b, ok := o.pool.Get().(*[]byte); ok && cap(*b) >= n {
			return (*b)[:0]
		}
	}
	return make([]byte, 0, n)
}

// Forward reads the log from its oldest part to its newest. work runs on
// several goroutines, a block each; what it returns must not share memory with
// the block, so Clone the records that are kept. reduce gets the results in file
// order on the calling goroutine and may return false to stop. Forward returns a
// *ReadError when a part cannot be read; the results before it were delivered.
func Forward[T any](ctx context.Context, log Log, opt Options, work func(*Block) T, reduce func(T) bool) error {
	opt = opt.pooled()
	return run(ctx, opt, func(yield func(*Block) bool) error { return log.forward(opt, yield) }, work, reduce)
}

// Backward reads the log from its end, block by block; inside a block records
// are in file order. Records that begin in a part whose start was not reached
// have no line number. Otherwise it is as Forward.
func Backward[T any](ctx context.Context, log Log, opt Options, work func(*Block) T, reduce func(T) bool) error {
	opt = opt.pooled()
	return run(ctx, opt, func(yield func(*Block) bool) error { return log.backward(opt, yield) }, work, reduce)
}

// Records iterates over all records of the log in file order. The record is
// reused. An error ends the iteration.
func Records(ctx context.Context, log Log, opt Options) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		err := log.forward(opt, func(b *Block) bool {
			for rec := range b.Records() {
				if ctx.Err() != nil || !yield(rec, nil) {
					return false
				}
			}
			return true
		})
		if err != nil {
			yield(nil, err)
		} else if ctx.Err() != nil {
			yield(nil, ctx.Err())
		}
	}
}

// run parses blocks on several goroutines and reduces the results in the order
// in which the blocks were produced.
func run[T any](ctx context.Context, opt Options, produce func(func(*Block) bool) error, work func(*Block) T, reduce func(T) bool) error {
	type job struct {
		block *Block
		done  chan T
	}
	parent := ctx
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	workers := opt.workers()
	jobs, order := make(chan job), make(chan job, workers+1)
	var wg sync.WaitGroup
	var readErr error
	wg.Go(func() {
		opt.begin()
		defer close(order)
		defer close(jobs)
		readErr = produce(func(b *Block) bool {
			j := job{b, make(chan T, 1)}
			select {
			case order <- j:
			case <-ctx.Done():
				return false
			}
			select {
			case jobs <- j:
				return true
			case <-ctx.Done():
				return false
			}
		})
	})
	for range workers {
		wg.Go(func() {
			opt.begin()
			for j := range jobs {
				r := work(j.block)
				if opt.pool != nil {
					opt.pool.Put(&j.block.text)
				}
				j.done <- r
			}
		})
	}
	stopped := false
	for j := range order {
		if stopped || ctx.Err() != nil {
			continue // let the producer see that nobody listens
		}
		select {
		case r := <-j.done:
			if stopped = !reduce(r); stopped {
				cancel()
			}
		case <-ctx.Done():
		}
	}
	wg.Wait()
	switch {
	case stopped:
		return nil
	case parent.Err() != nil:
		return parent.Err()
	}
	return readErr
}

// reader is the state of reading one log in either direction.
type reader struct {
	log   *Log
	opt   Options
	order dateOrder
	ccm   bool // CCM records were seen
}

func (l *Log) reader(opt Options) *reader {
	r := &reader{log: l, opt: opt}
	if len(l.Parts) == 0 {
		return r
	}
	p, err := openPart(l.Parts[0])
	if err != nil {
		return r // the same error comes up when the part's turn comes
	}
	defer p.file.Close()
	head, _, _ := p.appendText(nil, p.bom, min(p.size, orderSniffLen))
	r.order = sniffDateOrder(asString(head))
	r.ccm = bytes.Contains(head, ccmStartBytes)
	return r
}

func (r *reader) block(text []byte, spans []span) *Block {
	return &Block{text: text, spans: spans, log: r.log.Name, order: r.order, page: r.opt.CodePage}
}

// forward yields the log's blocks from the oldest to the newest.
func (l *Log) forward(opt Options, yield func(*Block) bool) error {
	return l.reader(opt).forwardParts(l.Parts, 0, yield)
}

// forwardParts yields the blocks of the parts, the first of which it reads from
// an offset at which a block may begin.
func (r *reader) forwardParts(parts []Part, offset int64, yield func(*Block) bool) error {
	var carry []byte
	var spans []span
	for i, part := range parts {
		p, err := openPart(part)
		if err != nil {
			if len(carry) > 0 {
				yield(r.block(carry, spans))
			}
			return err
		}
		p.bom = max(p.bom, offset)
		offset = 0
		last := i == len(parts)-1
		carry, spans, err = r.forwardPart(p, last, carry, spans, yield)
		p.file.Close()
		if err != nil {
			if err == errStop {
				return nil
			}
			return err
		}
	}
	if len(carry) > 0 {
		yield(r.block(carry, spans))
	}
	return nil
}

// forwardPart yields the blocks of one part. carry is the open end of the part
// before; what it returns is the open end of this one.
func (r *reader) forwardPart(p *partReader, last bool, carry []byte, spans []span, yield func(*Block) bool) ([]byte, []span, error) {
	seam := len(carry) // >0 while it is not known whether carry goes on here
	buf := carry
	spans = append(spans, r.first(p, len(buf)))
	for off := p.bom; ; {
		end := p.between(min(off+int64(max(r.opt.blockSize(), utf8.UTFMax)), p.size))
		if end > off {
			next := append(r.opt.buffer(len(buf)+int(end-off)+slack), buf...)
			var err error
			buf, off, err = p.appendText(next, off, end)
			if err != nil {
				if len(buf) > 0 {
					yield(r.block(buf, spans))
				}
				return nil, nil, err
			}
			if off < end {
				p.size = off // the file has become shorter
			}
		}
		atEnd := off >= p.size
		if seam > 0 {
			n, known := joined(buf[:seam], buf[seam:])
			if !known && !atEnd {
				continue
			}
			if n == 0 {
				open := r.block(bytes.Clone(buf[:seam]), spans[:len(spans)-1])
				buf = buf[seam:]
				if !yield(open) {
					return nil, nil, errStop
				}
				spans = []span{r.first(p, 0)}
			}
			seam = 0
		}
		cut := cutPoint(buf)
		if atEnd {
			cut = len(buf)
			if !last {
				cut = openTail(buf)
			}
		} else if cut == 0 && len(buf) > MaxRecord {
			var s scanner
			cut = s.scan(asString(buf), false, func(*Record, int) bool { return true })
		}
		if cut > 0 {
			rest := restSpans(buf, spans, cut)
			// The block's memory may be used again as soon as it is parsed, so what
			// is carried over is copied first.
			tail := bytes.Clone(buf[cut:])
			if !yield(r.block(buf[:cut], spans)) {
				return nil, nil, errStop
			}
			buf, spans = tail, rest
		}
		if atEnd {
			if len(buf) == 0 {
				return nil, nil, nil
			}
			return buf, spans, nil
		}
	}
}

// first is the span of a part's start, which stands at that place in a block.
func (r *reader) first(p *partReader, at int) span {
	s := span{at: at, part: p.name, offset: p.bom, line: 1, wide: p.wide()}
	if r.opt.placeless {
		s.line = 0
	}
	return s
}

// restSpans is the map of buf[cut:], given the map of buf.
func restSpans(buf []byte, spans []span, cut int) []span {
	k := 0
	for k+1 < len(spans) && spans[k+1].at <= cut {
		k++
	}
	first := spans[k]
	run := buf[first.at:cut]
	first.offset += rawLen(run, first.wide)
	if first.line > 0 {
		first.line += bytes.Count(run, newline)
	}
	first.at = 0
	rest := []span{first}
	for _, sp := range spans[k+1:] {
		sp.at -= cut
		rest = append(rest, sp)
	}
	return rest
}

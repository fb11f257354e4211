package cli

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/trace"
	"patchtrace/logparse"
)

// nothingBeside tells whether there is no evidence beside the logs.
func nothingBeside(ev *evidence.Set) bool {
	return len(ev.Catalogues)+len(ev.Patches)+len(ev.Authorizations)+len(ev.Cycles)+len(ev.SitePatches) == 0 && !ev.PatchesAsked && ev.PatchesErr == nil
}

const (
	// maxTraceLines bounds how many lines of one log are kept, the newest of them,
	// and maxTraceBytes what those of all logs may take, in bytes.
	maxTraceLines = 20_000
	maxTraceBytes = 48 << 20
	// lineBytes is about what a kept line takes beside its texts.
	lineBytes = 320
	// maxTraceRounds bounds how often the logs are read: once, again for the ids
	// that lines led to, and once more for what only those lines name.
	maxTraceRounds = 3
	// maxNamedLogs bounds how many logs a note names.
	maxNamedLogs = 8
	// largeLog is the size above which a log is read by all processors together.
	largeLog = 4 << 20
)

// traceLines reads the logs and returns the lines that the filter wants, log by
// log, and what could not be read or kept.
func traceLines(ctx context.Context, logs []logparse.Log, opt logparse.Options, filter *trace.Filter) (lines []trace.Line, problems []string) {
	var kept keptLines
	failed := kept.read(ctx, logs, opt, filter.Look, filter.Keep)
	for range maxTraceRounds - 1 {
		if ctx.Err() != nil || !filter.Learn(kept.lines()) {
			break
		}
		// What was kept stays, and what else names the new ids comes to it.
		failed = kept.read(ctx, logs, opt, filter.LookMore, filter.KeepMore)
		kept.merge(logs)
	}
	var cut []string
	for i := range kept.logs {
		if kept.logs[i].dropped {
			cut = append(cut, logs[i].Name)
		}
		if failed[i] != nil && ctx.Err() == nil {
			problems = append(problems, failed[i].Error())
		}
	}
	if n := len(cut) - maxNamedLogs; n > 0 {
		cut = append(cut[:maxNamedLogs], fmt.Sprintf("and %d more", n))
	}
	if len(cut) > 0 {
		problems = append(problems, "more lines may tell of the patch than can be kept; only the newest are looked at of "+strings.Join(cut, ", "))
	}
	return kept.lines(), problems
}

// read keeps the records of the logs that are wanted, apart from those that are kept
// already, and returns why logs could not be read. look finds where in a log's text
// they are.
func (k *keptLines) read(ctx context.Context, logs []logparse.Log, opt logparse.Options, look func(log string) func(string) func(int) int, keep func(*logparse.Record) bool) (failed []error) {
	failed = make([]error, len(logs))
	first := len(k.logs)
	k.logs = append(k.logs, make([]keptLog, len(logs))...)
	read := func(i, workers int) {
		opt := opt
		opt.Workers = workers
		in := look(logs[i].Name)
		failed[i] = logparse.Forward(ctx, logs[i], opt, func(b *logparse.Block) keptLog {
			var found keptLog
			for rec := range b.Around(in) {
				if keep(rec) {
					found.add(trace.Line{Record: rec.Clone()})
				}
			}
			return found
		}, func(found keptLog) bool {
			k.join(first+i, found)
			return true
		})
	}
	small := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), runtime.NumCPU()) {
		wg.Go(func() {
			for i := range small {
				read(i, 1)
			}
		})
	}
	for i := range logs {
		if logs[i].Size() <= largeLog {
			small <- i
		}
	}
	close(small)
	wg.Wait()
	for i := range logs {
		if logs[i].Size() > largeLog {
			read(i, 0)
		}
	}
	for i := range k.logs {
		k.logs[i].dropTo(maxTraceLines)
	}
	return failed
}

// keptLines are the lines that are kept of all logs.
type keptLines struct {
	mu    sync.Mutex
	logs  []keptLog
	bytes int
}

// join adds the next lines of a log. When all take too much, the log with the most
// lets go of its older half.
func (k *keptLines) join(i int, next keptLog) {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.logs[i].bytes
	k.logs[i].join(next)
	k.bytes += k.logs[i].bytes - before
	for k.bytes > maxTraceBytes {
		most := &k.logs[0]
		for n := range k.logs {
			if k.logs[n].bytes > most.bytes {
				most = &k.logs[n]
			}
		}
		before := most.bytes
		most.dropTo(len(most.lines) / 2)
		k.bytes += most.bytes - before
	}
}

// lines are the lines of all logs, log by log.
func (k *keptLines) lines() []trace.Line {
	var lines []trace.Line
	for i := range k.logs {
		lines = append(lines, k.logs[i].lines...)
	}
	return lines
}

// merge puts what was read last between what was read before, in the order of each
// log.
func (k *keptLines) merge(logs []logparse.Log) {
	k.bytes = 0
	for i := range logs {
		k.logs[i].merge(&logs[i], &k.logs[len(logs)+i])
		k.bytes += k.logs[i].bytes
	}
	k.logs = slices.Delete(k.logs, len(logs), len(k.logs))
}

// keptLog are the newest lines that are kept of one log, or of a block of it.
type keptLog struct {
	lines   []trace.Line
	bytes   int
	dropped bool
}

func (l *keptLog) add(line trace.Line) {
	l.lines = append(l.lines, line)
	l.bytes += bytesOf(line)
	if len(l.lines) >= 2*maxTraceLines { // seldom, because what is left is moved
		l.dropTo(maxTraceLines)
	}
}

func (l *keptLog) join(next keptLog) {
	l.dropped = l.dropped || next.dropped
	for _, line := range next.lines {
		l.add(line)
	}
}

// merge puts the lines of more, which are others, where they belong in the log.
func (l *keptLog) merge(log *logparse.Log, more *keptLog) {
	if len(more.lines) == 0 && !more.dropped {
		return
	}
	part := map[string]int{}
	for i, p := range log.Parts {
		part[p.Name] = i
	}
	order := func(a, b trace.Line) int {
		return cmp.Or(cmp.Compare(part[a.Pos.Part], part[b.Pos.Part]), cmp.Compare(a.Pos.Offset, b.Pos.Offset))
	}
	var oldest *trace.Line // what is before it may lack lines
	for _, from := range []*keptLog{l, more} {
		if from.dropped && len(from.lines) > 0 && (oldest == nil || order(from.lines[0], *oldest) > 0) {
			oldest = &from.lines[0]
		}
	}
	all := slices.Concat(l.lines, more.lines)
	slices.SortStableFunc(all, order)
	if oldest != nil {
		if i, _ := slices.BinarySearchFunc(all, *oldest, order); i > 0 {
			all = all[i:]
		}
	}
	l.lines, l.bytes, l.dropped = all, 0, l.dropped || more.dropped
	for _, line := range all {
		l.bytes += bytesOf(line)
	}
	l.dropTo(maxTraceLines)
}

// dropTo lets go of all but the newest n lines.
func (l *keptLog) dropTo(n int) {
	over := len(l.lines) - n
	if over <= 0 {
		return
	}
	for _, line := range l.lines[:over] {
		l.bytes -= bytesOf(line)
	}
	l.lines = slices.Delete(l.lines, 0, over)
	l.dropped = true
}

func bytesOf(l trace.Line) int {
	return lineBytes + len(l.Message) + len(l.Component) + len(l.Context) + len(l.File)
}

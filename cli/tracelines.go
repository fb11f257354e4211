package cli

import (
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
	for range maxTraceRounds {
		lines, problems = nil, nil // before others take their place
		lines, problems = readTraceLines(ctx, logs, opt, filter)
		if ctx.Err() != nil || !filter.Learn(lines) {
			break
		}
	}
	return lines, problems
}

func readTraceLines(ctx context.Context, logs []logparse.Log, opt logparse.Options, filter *trace.Filter) (lines []trace.Line, problems []string) {
	kept, failed := keptLines{logs: make([]keptLog, len(logs))}, make([]error, len(logs))
	read := func(i, workers int) {
		opt := opt
		opt.Workers = workers
		failed[i] = logparse.Forward(ctx, logs[i], opt, func(b *logparse.Block) keptLog {
			var found keptLog
			for rec := range b.Records() {
				if filter.Keep(rec) {
					found.add(trace.Line{Record: rec.Clone()})
				}
			}
			return found
		}, func(found keptLog) bool {
			kept.join(i, found)
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
	var cut []string
	for i := range kept.logs {
		l := &kept.logs[i]
		l.dropTo(maxTraceLines)
		lines = append(lines, l.lines...)
		if l.dropped {
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
	return lines, problems
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

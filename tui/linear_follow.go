package tui

import (
	"strings"

	"patchtrace/logparse/merged"
)

// follow reads new lines out as they come, until something is typed.
func (l *linear) follow(string) {
	if l.s.about.Still {
		l.sayf("This target does not change: there is nothing to follow.")
		return
	}
	v, ok := l.openView(merged.Filter{Logs: l.stageLogs()})
	if !ok {
		return
	}
	l.sayf("Following the logs of %s. Press Enter to stop.", strings.ToLower(stageNames[l.s.stage]))
	_, at, _ := v.Extent()
	judged := l.now()
	for l.goesOn() {
		select {
		case line, ok := <-l.in.next():
			l.in.took(ok)
			l.ended = l.ended || !ok
			l.stoppedFollowing(strings.TrimSpace(line))
			return
		case <-l.opt.Interrupt:
			l.stoppedFollowing("")
			return
		case <-l.ctx.Done():
			return
		case <-l.live.signal:
			at = l.readNew(v, at)
			if l.now().Sub(judged) >= judgePace {
				judged = l.now()
				l.judge()
			}
		}
	}
}

func (l *linear) stoppedFollowing(typed string) {
	l.sayf("Not following any more.")
	if typed != "" {
		l.sayf("%s was not taken for a command.", l.cutTo(typed, 1))
	}
	l.live.mark() // what was read out is to be judged
}

// linearMostNew is how many new lines are read out at once; of more only the newest.
const linearMostNew = 200

// readNew reads out the rows from at on, and returns where they end.
func (l *linear) readNew(v linearView, at int64) int64 {
	_, notices := l.live.take()
	for _, n := range notices {
		l.sayf("%s", n)
	}
	if !l.refresh() {
		return at
	}
	_, end, _ := v.Extent()
	if end-at > linearMostNew {
		l.sayf("%s came at once, these are the newest.", countOf(int(end-at), "line"))
		at = end - linearMostNew
	}
	if end <= at {
		return at
	}
	rows, ok := l.rows(v, at, end)
	if !ok {
		return at
	}
	l.sayRows(rows)
	return end
}

// mark has the logs judged before the next question.
func (f *linearLive) mark() {
	f.mu.Lock()
	f.dirty = true
	f.mu.Unlock()
}

package merged

import (
	"context"
	"math"
)

// idle tells whether Index was called and is over. l.mu is held.
func (l *Logs) idle() bool { return l.ran && l.running == 0 }

// await waits for a change of the index since change was taken. It returns false
// when none will come. As long as Index was never called, who waits indexes on its
// own, a turn at a time.
func (l *Logs) await(ctx context.Context, change <-chan struct{}) bool {
	l.mu.Lock()
	idle, ran := l.idle(), l.ran
	l.mu.Unlock()
	switch {
	case !ran && l.help(ctx):
		return ctx.Err() == nil
	case idle:
		select {
		case <-change: // it came to its end meanwhile
			return ctx.Err() == nil
		default:
			return false
		}
	}
	select {
	case <-change:
		return true
	case <-ctx.Done():
		return false
	}
}

// help indexes a turn of a log. It returns false when there is nothing to do.
func (l *Logs) help(ctx context.Context) bool {
	l.indexing.Lock()
	defer l.indexing.Unlock()
	if ctx.Err() != nil {
		return false
	}
	if lg := l.unopened(); lg != nil {
		l.glance(ctx, lg)
		return true
	}
	lg, _ := l.next()
	if lg == nil {
		return false
	}
	l.indexTurn(ctx, lg, math.MaxInt64, &teller{})
	return true
}

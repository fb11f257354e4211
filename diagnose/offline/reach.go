package offline

import (
	"cmp"
	"slices"

	"patchtrace/diagnose"
	"patchtrace/logparse"
)

// reach reads on backwards in the logs of a stage that must show on the client
// but has no outcome in the window, until one is found. The logs that the stage
// requires come first: once one shows when the newest outcome was, the others
// need not be read further back than that.
func (r *run) reach() {
	if r.opt.Full {
		return
	}
	for _, stage := range r.undecided() {
		s := search{run: r, stage: stage}
		logs := slices.DeleteFunc(slices.Clone(r.logs), func(l *logRun) bool { return !l.backward || !l.canDecide(stage) })
		slices.SortStableFunc(logs, func(a, b *logRun) int {
			return cmp.Compare(s.rank(a), s.rank(b))
		})
		for _, l := range logs {
			s.in(l)
		}
	}
}

// undecided are the stages that must show here and have no outcome yet.
func (r *run) undecided() []string {
	return r.engine.Matcher().Undecided(func(yield func(*diagnose.Tally) bool) {
		for _, l := range r.logs {
			for _, t := range l.pieces {
				if !yield(t) {
					return
				}
			}
		}
	})
}

// canDecide tells whether what was read of the log is of a kind that shows an
// outcome of the stage.
func (l *logRun) canDecide(stage string) bool {
	return slices.ContainsFunc(l.pieces, func(t *diagnose.Tally) bool { return t.CanDecide(stage) })
}

// search looks for the newest outcome of one stage.
type search struct {
	*run
	stage string
	// newest is when the newest outcome found so far was, if one was.
	newest int64
	found  bool
}

func (s *search) rank(l *logRun) int {
	if s.engine.Matcher().Requires(s.stage, l.log.Name) {
		return 0
	}
	return 1
}

// in reads the log on from where it was left.
func (s *search) in(l *logRun) {
	skip, n := l.blocks, 0
	work := s.work(l)
	err := logparse.Backward(s.ctx, l.log, s.opt.Options, func(b *logparse.Block) piece {
		if p := b.Start(); l.from(p) {
			return piece{nil, p} // it lies in the window, which was read
		}
		return work(b)
	}, func(p piece) bool {
		n++
		if n <= skip || p.tally == nil {
			return true
		}
		l.pieces = append(l.pieces, p.tally)
		l.blocks++
		return s.goOn(p.tally)
	})
	l.failed(err)
}

// goOn tells whether what lies before the tally may hold a newer outcome.
func (s *search) goOn(t *diagnose.Tally) bool {
	if at, ok := t.DecidedAt(s.stage); ok && (!s.found || at > s.newest) {
		s.newest, s.found = at, true
	}
	if t.Decides(s.stage) {
		return false
	}
	begin, ok := t.Begin()
	return !ok || !s.found || begin > s.newest
}

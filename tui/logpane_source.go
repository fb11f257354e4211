package tui

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose"
	"patchtrace/logparse"
	"patchtrace/logparse/merged"
	"patchtrace/pipeline"
)

// logSource and logView are what the pane asks of merged logs. Their methods may
// block and are called in commands only.
type logSource interface {
	Names() []string
	View(f merged.Filter) (logView, error)
	Line(ctx context.Context, pos logparse.Pos) (int, error)
}

type logView interface {
	Build(ctx context.Context, tell func()) error
	Extent() (first, end int64, done bool)
	Rows(ctx context.Context, from int64, n int) ([]merged.Row, error)
	Find(ctx context.Context, part string, offset int64) (row int64, ok bool, err error)
	AtTime(ctx context.Context, t time.Time) (row int64, err error)
	Search(ctx context.Context, from int64, backwards bool, q merged.Query) (row int64, ok bool, err error)
	Counts() merged.Counts
}

// caseLogs are the logs of a case.
type caseLogs struct{ *merged.Logs }

// View makes a view.
func (l caseLogs) View(f merged.Filter) (logView, error) {
	v, err := l.Logs.View(f)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// stageLogs picks the logs of one stage out of those that there are. It is handed
// to commands, so it holds what it needs and asks no session.
type stageLogs struct {
	book   *pipeline.Playbook
	report *diagnose.Report
	stage  int
}

// of are the stage's logs in the order of the playbook; nil means all logs, as
// long as nobody knows which product it is.
func (l stageLogs) of(names []string) []string {
	if l.book == nil {
		return nil
	}
	chosen := []string{}
	for _, n := range names {
		if l.has(n) {
			chosen = append(chosen, n)
		}
	}
	slices.SortStableFunc(chosen, func(a, b string) int { return l.rank(a) - l.rank(b) })
	return chosen
}

// picker picks the logs to show out of those that there are.
func (p *logPane) picker() func([]string) []string {
	if p.all {
		return func([]string) []string { return nil }
	}
	return stageLogs{p.s.book, p.s.report, p.s.stage}.of
}

func (l stageLogs) has(name string) bool {
	id := stageID(l.stage)
	if ref := l.book.LogFor(name, ""); ref != nil {
		return slices.Contains(ref.Stages, id)
	}
	if l.report == nil {
		return false
	}
	// A log that is known by its records only: the report says what it showed.
	for i := range l.report.Coverage {
		if c := &l.report.Coverage[i]; c.Log == name && coversStage(c, id) {
			return true
		}
	}
	return false
}

// rank is a log's place in its stage: those first that a verdict needs, last what
// the playbook does not list.
func (l stageLogs) rank(name string) int {
	ref := l.book.LogFor(name, "")
	if s := l.book.Stage(stageID(l.stage)); s != nil && ref != nil {
		for i := range s.Logs {
			switch {
			case !strings.EqualFold(s.Logs[i].Name, ref.Name):
			case s.Logs[i].Required:
				return i
			default:
				return i + len(s.Logs)
			}
		}
	}
	return 1 << 20
}

// logStem is a log's name as it stands in a column: "ScanWrapper".
func logStem(name string) string {
	base := path.Base(name)
	return strings.TrimSuffix(base, path.Ext(base))
}

// place tells a record from all others.
type place struct {
	part   string
	offset int64
}

func placeOf(r *logparse.Record) place { return place{r.Pos.Part, r.Pos.Offset} }

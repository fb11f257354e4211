package tui

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"patchtrace/diagnose"
	"patchtrace/logparse"
	"patchtrace/logparse/merged"
)

// linearView is what is read of a view of logs.
type linearView interface {
	Build(ctx context.Context, tell func()) error
	Extent() (first, end int64, done bool)
	Rows(ctx context.Context, from int64, n int) ([]merged.Row, error)
	Find(ctx context.Context, part string, offset int64) (row int64, ok bool, err error)
	Search(ctx context.Context, from int64, backwards bool, q merged.Query) (row int64, ok bool, err error)
}

func (l *linear) caseView(f merged.Filter) (linearView, error) { return l.s.cas.Logs().View(f) }

// linearReading is what was read of the logs last. `next` and `previous` go on
// from it.
type linearReading struct {
	view linearView
	// from up to but without to are the rows that were read, n how many are read at
	// once, first where older rows end.
	from, to int64
	n        int
	// query is set for a search, whose finds are gone through one by one.
	query *merged.Query
}

const (
	linearLines     = 20 // read at once, unless more are wanted
	linearMostLines = 1000
	linearAround    = 4 // lines before and after a proof
)

// stageLogs are the logs of the stage in view, nil if none of them is there.
func (l *linear) stageLogs() []string {
	if l.s.book == nil {
		return nil
	}
	var names []string
	id := stageID(l.s.stage)
	for _, name := range l.s.cas.Logs().Names() {
		if ref := l.s.book.LogFor(name, ""); ref != nil && slices.Contains(ref.Stages, id) {
			names = append(names, name)
		}
	}
	return names
}

// count reads the number of lines that is wanted.
func (l *linear) count(args string, usual int) (int, bool) {
	if args == "" {
		return usual, true
	}
	n, err := strconv.Atoi(args)
	if err != nil || n < 1 || n > linearMostLines {
		l.sayf("%s is no number from 1 to %d.", l.cutTo(args, 1), linearMostLines)
		return 0, false
	}
	return n, true
}

// log reads the newest lines of the stage's logs.
func (l *linear) log(args string) {
	n, ok := l.count(args, linearLines)
	if ok {
		l.readEnd(merged.Filter{Logs: l.stageLogs()}, n, "line")
	}
}

// errorLines reads the newest lines that call themselves errors.
func (l *linear) errorLines(args string) {
	n, ok := l.count(args, linearLines)
	if ok {
		l.readEnd(merged.Filter{Logs: l.stageLogs(), MinSeverity: logparse.Error}, n, "error line")
	}
}

// readEnd reads the last rows that a filter leaves.
func (l *linear) readEnd(f merged.Filter, n int, what string) {
	v, ok := l.openView(f)
	if !ok {
		return
	}
	first, end, _ := v.Extent()
	if first == end {
		l.sayf("The logs of %s have no %s.", strings.ToLower(stageNames[l.s.stage]), what)
		return
	}
	l.reading = &linearReading{view: v, n: n}
	from := max(first, end-int64(n))
	l.sayf("The newest %d of %s of %s.", end-from, countOf(int(end-first), what), strings.ToLower(stageNames[l.s.stage]))
	l.readRows(from, end)
}

// openView makes a view and waits until it is known what the filter leaves.
func (l *linear) openView(f merged.Filter) (linearView, bool) {
	v, err := l.view(f)
	if err == nil && (f.MinSeverity > 0 || f.Text != "") {
		err = l.wait(func(ctx context.Context) error { return v.Build(ctx, nil) })
	}
	if err != nil {
		l.sayErr(err)
		return nil, false
	}
	return v, true
}

// readRows reads rows out, and remembers where that was.
func (l *linear) readRows(from, to int64) {
	r := l.reading
	rows, ok := l.rows(r.view, from, to)
	if !ok {
		return
	}
	r.from, r.to = from, to
	l.sayRows(rows)
	first, end, done := r.view.Extent()
	switch {
	case from <= first && !done:
		l.sayf("Older lines are still being read.")
	case from > first && to < end:
		l.sayf("Type previous for older lines, next for newer ones.")
	case from > first:
		l.sayf("Type previous for older lines.")
	}
}

func (l *linear) rows(v linearView, from, to int64) ([]merged.Row, bool) {
	var rows []merged.Row
	err := l.wait(func(ctx context.Context) (err error) {
		rows, err = v.Rows(ctx, from, int(to-from))
		return err
	})
	if err != nil {
		l.sayErr(err)
		return nil, false
	}
	return rows, true
}

// sayRows reads records out. The log is named where it is another one than before.
func (l *linear) sayRows(rows []merged.Row) {
	last := ""
	for i := range rows {
		l.sayf("%s", l.recordText(&rows[i], &last, 3))
	}
}

// recordText is a record in a line: when, how bad, where unless that was said
// last, and its message, cut to some lines of speech.
func (l *linear) recordText(r *merged.Row, last *string, lines int) string {
	var b strings.Builder
	if r.Time.IsZero() {
		b.WriteString("no time")
	} else {
		b.WriteString(l.when(r.Time))
	}
	rec := r.Record
	if rec.Severity != logparse.Info {
		b.WriteString(", " + rec.Severity.String())
	}
	name := linearLogName(rec.Pos.Part)
	if rec.Pos.Part == "" {
		name = linearLogName(rec.Pos.Log)
	}
	if name != *last {
		b.WriteString(", " + name)
	}
	*last = name
	return b.String() + ": " + l.cutTo(strings.ReplaceAll(rec.Message, "\n", " "), lines)
}

// search reads the newest line that has a text.
func (l *linear) search(args string) {
	if args == "" {
		var ok bool
		if args, ok = l.ask("Search for which text?"); !ok {
			return
		}
	}
	v, ok := l.openView(merged.Filter{Logs: l.stageLogs()})
	if !ok {
		return
	}
	_, end, _ := v.Extent()
	l.reading = &linearReading{view: v, from: end, to: end, query: &merged.Query{Text: args}}
	if l.find(true) {
		l.sayf("Type previous for the find before, next for the one after.")
	}
}

// find goes to the find before or after the one that was read last, and tells
// whether there is one.
func (l *linear) find(backwards bool) bool {
	r := l.reading
	from := r.from
	var at int64
	var found bool
	err := l.wait(func(ctx context.Context) (err error) {
		at, found, err = r.view.Search(ctx, from, backwards, *r.query)
		return err
	})
	switch {
	case err != nil:
		l.sayErr(err)
	case !found && backwards:
		l.sayf("No older line of %s has the text \"%s\".", strings.ToLower(stageNames[l.s.stage]), l.cutTo(r.query.Text, 1))
	case !found:
		l.sayf("No newer line of %s has the text \"%s\".", strings.ToLower(stageNames[l.s.stage]), l.cutTo(r.query.Text, 1))
	default:
		rows, ok := l.rows(r.view, at, at+1)
		if !ok || len(rows) == 0 {
			return false
		}
		r.from, r.to = at, at+1
		l.sayf("Found. %s", l.recordText(&rows[0], new(string), 12))
		return true
	}
	return false
}

// proof reads the log around the line that proves a finding.
func (l *linear) proof(args string) {
	if !l.judgedNow() {
		return
	}
	if len(l.proofs) == 0 {
		l.numberProofs()
	}
	n, err := strconv.Atoi(args)
	if args == "" {
		n, err = 1, nil
	}
	switch {
	case len(l.proofs) == 0:
		l.sayf("The findings of %s have no line of a log as proof.", strings.ToLower(stageNames[l.s.stage]))
	case err != nil || n < 1 || n > len(l.proofs):
		l.sayf("Give the number of a proof, 1 to %d. Type findings to hear them.", len(l.proofs))
	default:
		l.readProof(n, &l.proofs[n-1].at)
	}
}

// numberProofs numbers the proofs of the stage as findings would.
func (l *linear) numberProofs() {
	r := l.s.stageReport(l.s.stage)
	for i := range r.Findings {
		for k, e := range r.Findings[i].Evidence {
			if e.InLog() {
				l.proofs = append(l.proofs, proofWantedMsg{r.Findings[i].Evidence[k]})
			}
		}
	}
}

func (l *linear) readProof(n int, e *diagnose.Evidence) {
	v, ok := l.openView(merged.Filter{})
	if !ok {
		return
	}
	var at int64
	var found bool
	err := l.wait(func(ctx context.Context) (err error) {
		at, found, err = v.Find(ctx, e.Log, e.Offset)
		return err
	})
	switch {
	case err != nil:
		l.sayErr(err)
		return
	case !found:
		l.sayf("Proof %d is in %s, which cannot be read now. It says: %s", n, linearLogName(e.Log), l.cutTo(e.Text, 12))
		return
	}
	first, end, _ := v.Extent()
	from, to := max(first, at-linearAround), min(end, at+linearAround+1)
	l.reading = &linearReading{view: v, n: 2*linearAround + 1, from: from, to: to}
	rows, ok := l.rows(v, from, to)
	if !ok {
		return
	}
	l.sayf("The log around proof %d, all logs by time.", n)
	last := ""
	for i := range rows {
		if rows[i].N == at {
			l.sayf("This is the proof: %s", l.recordText(&rows[i], &last, 12))
			continue
		}
		l.sayf("%s", l.recordText(&rows[i], &last, 3))
	}
}

// previous and next go on from what was read last.
func (l *linear) previous(string) { l.readOn(true) }
func (l *linear) next(string)     { l.readOn(false) }

func (l *linear) readOn(back bool) {
	r := l.reading
	if r == nil {
		l.sayf("Nothing of a log was read yet. Type log, errors, search or proof first.")
		return
	}
	if r.query != nil {
		l.find(back)
		return
	}
	first, end, _ := r.view.Extent()
	from, to := r.to, min(end, r.to+int64(r.n))
	if back {
		from, to = max(first, r.from-int64(r.n)), r.from
	}
	if from >= to {
		l.sayf("There are no %s lines.", map[bool]string{true: "older", false: "newer"}[back])
		return
	}
	l.readRows(from, to)
}

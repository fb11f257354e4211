package tui

import (
	"context"
	"maps"
	"path"
	"strings"
	"sync"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// open opens a target, in the place of the one that is open. It tells whether it
// could.
func (l *linear) open(p Place) bool {
	l.sayf("Opening %s.", linearPlaceText(p))
	l.keep()
	var c Case
	var st State
	var warn error // does not keep it from being opened
	err := l.wait(func(ctx context.Context) (err error) {
		if c, err = l.desk.Open(ctx, p); err == nil {
			st, warn = l.desk.Recall(c.About().Target)
		}
		return err
	})
	if err != nil {
		l.sayErr(err)
		return false
	}
	if warn != nil {
		l.sayErr(warn)
	}
	l.closeCase()
	l.s = newSession(l.env, c, p, st)
	l.proofs, l.reading = nil, nil
	l.live = l.followCase()
	l.judge()
	l.s.stage = l.s.brokenStage()
	l.greet()
	return true
}

// greet says what was opened and how it stands, one line a thing.
func (l *linear) greet() {
	s := l.s
	name := s.about.Name
	if s.about.Lab && !strings.Contains(" "+name+" ", " LAB ") {
		name += ", a practice lab"
	}
	l.sayf("Target: %s.", name)
	if p := s.product(); p != "" {
		l.sayf("Product: %s.", p)
	}
	if s.report != nil {
		if s.ofLog() {
			l.sayf("As of: %s, the newest line of these logs.", s.exactly(s.report.Now))
		}
		if s.nothingRead() {
			l.sayf("No log was found here. Check that it is the client's log folder.")
		}
		l.sayf("Verdict: %s", linearVerdict(s.report))
		for i := range stageNames {
			l.sayf("%s", l.stageLine(i))
		}
	}
	l.sayHints()
}

// judge reads the logs and judges them, and tells what changed by that. It tells
// whether anything did.
func (l *linear) judge() (changed bool) {
	s := l.s
	answers := maps.Clone(s.state.Answers)
	var report *diagnose.Report
	var book *pipeline.Playbook
	var facts []Fact
	err := l.wait(func(ctx context.Context) (err error) {
		if report, book, err = s.cas.Judge(ctx, answers); err != nil {
			return err
		}
		if facts, err = s.cas.Facts(ctx); err != nil {
			facts = []Fact{{Label: "Beside the logs", Value: err.Error(), Bad: true}}
		}
		return nil
	})
	if s.judgeErr = err; err != nil {
		l.sayf("The logs could not be judged.")
		l.sayErr(err)
		return false
	}
	old := s.report
	s.report, s.book, s.facts = report, book, doubted(facts, report)
	s.changed()
	if old == nil {
		return false
	}
	lines := linearChanges(old, report)
	for _, text := range lines {
		l.sayf("%s", text)
	}
	return len(lines) > 0
}

// linearChanges says which stages stand otherwise now, and whether the verdict does.
func linearChanges(old, now *diagnose.Report) []string {
	var lines []string
	told := map[string]bool{}
	for i := range now.Stages {
		r := &now.Stages[i]
		if i >= len(old.Stages) || old.Stages[i].Status == r.Status {
			continue
		}
		text := "Changed: " + stageNames[i] + " is now " + statusWord(r.Status)
		if len(r.Findings) > 0 && r.Status != diagnose.Passed {
			text += ": " + r.Findings[0].Title
		}
		lines = append(lines, endSentence(text))
		told[r.ID] = true
	}
	v := now.Verdict
	if v != old.Verdict && !told[v.Stage] {
		lines = append(lines, "Changed: the verdict is now "+linearVerdict(now))
	}
	return lines
}

// keep keeps the state of the open target.
func (l *linear) keep() {
	if l.s == nil {
		return
	}
	s := l.s
	st := s.state
	st.Stage, st.Tab, st.Params = pipeline.StageIDs[s.stage], string(s.tab), maps.Clone(st.Params)
	if err := l.desk.Keep(s.about.Target, st); err != nil {
		l.sayErr(err)
	}
}

// closeCase keeps the state of the open target and lets go of it.
func (l *linear) closeCase() {
	if l.s == nil {
		return
	}
	l.keep()
	l.s.await(l.live.end())
	if err := l.s.cas.Close(); err != nil {
		l.sayErr(err)
	}
	l.s, l.live = nil, nil
}

// linearLive collects what happens to the logs until somebody asks.
type linearLive struct {
	cancel context.CancelFunc
	wg     sync.WaitGroup
	// signal has a value when something happened since take.
	signal chan struct{}

	mu      sync.Mutex
	dirty   bool
	notices []string
}

// linearMostNotices bounds what waits to be told.
const linearMostNotices = 8

// followCase indexes the logs of the open target and follows them.
func (l *linear) followCase() *linearLive {
	ctx, cancel := context.WithCancel(l.ctx)
	f := &linearLive{cancel: cancel, signal: make(chan struct{}, 1)}
	c := l.s.cas
	f.wg.Go(func() {
		if err := c.Logs().Index(ctx, nil); err != nil && ctx.Err() == nil {
			f.tell(Change{}, "Error: "+err.Error()+".")
		}
	})
	if l.s.about.Still {
		return f
	}
	f.wg.Go(func() {
		if err := c.Follow(ctx, func(ch Change) { f.tell(ch, "") }); err != nil && ctx.Err() == nil {
			f.tell(Change{}, "Error: "+err.Error()+".")
		}
	})
	return f
}

// tell takes a change, or a remark.
func (f *linearLive) tell(ch Change, remark string) {
	f.mu.Lock()
	f.dirty = f.dirty || len(ch.Logs) > 0
	if remark != "" {
		f.notices = append(f.notices, remark)
	}
	for _, n := range ch.Notices {
		if worthTelling(n.Kind) && len(f.notices) < linearMostNotices {
			f.notices = append(f.notices, endSentence(beginSentence(n.String())))
		}
	}
	f.mu.Unlock()
	select {
	case f.signal <- struct{}{}:
	default: // it is known already
	}
}

// take returns what happened since the last time.
func (f *linearLive) take() (dirty bool, notices []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	dirty, notices = f.dirty, f.notices
	f.dirty, f.notices = false, nil
	return dirty, notices
}

// end ends the following. What it returns is closed when that has ended.
func (f *linearLive) end() <-chan struct{} {
	f.cancel()
	ended := make(chan struct{})
	go func() {
		f.wg.Wait()
		close(ended)
	}()
	return ended
}

// catchUp takes in what the logs got since the last question.
func (l *linear) catchUp() {
	if l.s == nil || l.ctx.Err() != nil {
		return
	}
	dirty, notices := l.live.take()
	for _, n := range notices {
		l.sayf("%s", n)
	}
	if dirty && l.refresh() {
		l.judge()
	}
}

// refresh has the target's logs read on, and tells whether that worked.
func (l *linear) refresh() bool {
	err := l.wait(l.s.cas.Refresh)
	if err != nil {
		l.sayErr(err)
	}
	return err == nil
}

// linearPlaceText names a place in a sentence.
func linearPlaceText(p Place) string {
	switch {
	case p.Kind == Lab && p.Path == "":
		return "a new practice lab"
	case p.Path == "":
		return string(p.Kind)
	case p.Kind == "":
		return p.Path
	}
	return "the " + string(p.Kind) + " " + p.Path
}

// linearLogName is a log's name in a sentence.
func linearLogName(name string) string { return safe.Text(path.Base(name)) }

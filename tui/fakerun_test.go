package tui

import (
	"context"
	"sync"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

// fakeSite is a practice client whose runs are led by the test, one after the
// other, and whose stages stand as the test says. It has the product sms2003.
type fakeSite struct {
	*driver
	c *fakeCase

	mu     sync.Mutex
	status map[string]diagnose.Status
	// led are what the run that goes on does next.
	led chan func(*ledRun) bool
}

// ledRun is a run that the test leads.
type ledRun struct {
	step      pipeline.Planned
	params    map[string]string
	interrupt <-chan struct{}
	tell      func(pipeline.RunEvent)
	res       pipeline.Result
	err       error
}

// known are the parameters of the practice client.
var known = map[string]string{
	"site": "SMS01", "code": "XYZ", "synchost": "SYNC01", "share": "SMSTools", "path": "Tools",
	"package": "XYZ00012", "officepackage": "XYZ00013", "dp": `\\DP01\SMSPKGC$\XYZ00012`, "officedp": `\\DP01\SMSPKGC$\XYZ00013`,
	"content": `\\DP01\SMSPKGC$\XYZ00031`, "client": "WKS-0417",
}

// newFakeSite opens a practice client at a size, with some parameters unknown.
func newFakeSite(t *testing.T, w, h int, unknown ...string) *fakeSite {
	t.Helper()
	site := &fakeSite{status: map[string]diagnose.Status{}, led: make(chan func(*ledRun) bool)}
	desk := newFakeDesk(t)
	desk.prepare = func(c *fakeCase) {
		site.c = c
		for name, value := range known {
			c.params[name] = value
		}
		for _, name := range unknown {
			delete(c.params, name)
		}
		c.run, c.report = site.run, site.report
	}
	site.driver = drive(t, desk, &Place{Kind: Lab}, w, h, Options{})
	return site
}

// report makes every stage stand as the test says: not run before anything ran.
func (f *fakeSite) report(r *diagnose.Report) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r.Product = "sms2003"
	r.Verdict = diagnose.Verdict{Status: diagnose.VerdictPassed, Summary: "Nothing is broken."}
	for i := range r.Stages {
		s := &r.Stages[i]
		s.Status, s.Findings = diagnose.NotRun, nil
		if st, ok := f.status[s.ID]; ok {
			s.Status = st
		}
		if s.Status == diagnose.Failed {
			s.Findings = []diagnose.Finding{{
				Rule: "x", Severity: diagnose.SevError, Stage: s.ID, Title: s.ID + " broke for a reason", Meaning: "It did not work.",
				Code: "0x80041003", Do: []string{"Mend it"}, Evidence: []diagnose.Evidence{{Log: "WUAHandler.log", Line: 6, Text: "the line that proves it"}},
			}}
			if r.Verdict.Stage == "" {
				r.Verdict = diagnose.Verdict{Status: diagnose.VerdictFailed, Stage: s.ID, Summary: s.ID + " broke for a reason"}
			}
		}
	}
}

// stands says how a stage stands from the next judgement on.
func (f *fakeSite) stands(stage string, s diagnose.Status) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status[stage] = s
}

// run waits for the test to lead it. Waiting is not work.
func (f *fakeSite) run(ctx context.Context, p pipeline.Planned, params map[string]string, interrupt <-chan struct{}, tell func(pipeline.RunEvent)) (pipeline.Result, error) {
	l := &ledRun{step: p, params: params, interrupt: interrupt, tell: tell}
	l.res = pipeline.Result{Began: fakeNow, Ended: fakeNow.Add(2 * time.Second), HasCode: true, Stands: []pipeline.Stand{{Standing: pipeline.Succeeded}}}
	f.rest()
	for {
		select {
		case lead := <-f.led:
			if lead(l) {
				return l.res, l.err
			}
			f.rest()
		case <-ctx.Done():
			f.m.busy.Add(1)
			l.res.Stopped = true
			return l.res, l.err
		}
	}
}

// rest says that the run waits for the test now.
func (f *fakeSite) rest() {
	f.m.busy.Add(-1)
	f.msgs <- flown{} // the driver looks again
}

// lead has the run do something, and waits until the screen shows it.
func (f *fakeSite) lead(do func(*ledRun)) {
	f.t.Helper()
	f.give(func(l *ledRun) bool { do(l); return false })
}

// end has the run end, with the stage standing so.
func (f *fakeSite) end(stage string, s diagnose.Status) {
	f.t.Helper()
	f.stands(stage, s)
	f.finish(func(l *ledRun) {
		l.tell(pipeline.RunEvent{Kind: pipeline.RunReturned, Elapsed: 2 * time.Second})
	})
}

// finish has the run do something and end.
func (f *fakeSite) finish(do func(*ledRun)) {
	f.t.Helper()
	f.give(func(l *ledRun) bool { do(l); return true })
}

// give hands the run what to do, and fails when none goes on.
func (f *fakeSite) give(do func(*ledRun) bool) {
	f.t.Helper()
	f.m.busy.Add(1)
	select {
	case f.led <- do:
		f.idle()
	case <-time.After(time.Minute):
		f.t.Fatalf("nothing is being run\n%s", f.frame())
	}
}

// prints has the run print lines.
func (f *fakeSite) prints(lines ...string) {
	f.t.Helper()
	f.lead(func(l *ledRun) {
		for i, line := range lines {
			l.tell(pipeline.RunEvent{Kind: pipeline.RunOutput, Elapsed: time.Duration(i) * time.Millisecond, Text: line})
		}
	})
}

// marks has a log line be recognised.
func (f *fakeSite) marks(m pipeline.Mark) {
	f.t.Helper()
	f.lead(func(l *ledRun) { l.tell(pipeline.RunEvent{Kind: pipeline.RunMark, Elapsed: time.Second, Mark: &m}) })
}

// commands are what was run, in order.
func (f *fakeSite) commands() []string {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	ids := make([]string, len(f.c.ran))
	for i := range f.c.ran {
		ids[i] = f.c.ran[i].command
	}
	return ids
}

// show logs the frame, to be looked at.
func (f *fakeSite) show(what string) {
	f.t.Helper()
	f.t.Logf("%s\n%s", what, f.frame())
	f.fits()
}

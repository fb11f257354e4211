package tui

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"patchtrace/pipeline"
)

// A lab that is made while the console ends must not stay behind.
func TestALabThatIsStillBeingMadeWhenTheConsoleEndsIsClosed(t *testing.T) {
	desk := newFakeDesk(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	desk.prepare = func(*fakeCase) { close(begun); <-goOn }
	m := New(context.Background(), Options{Desk: desk})
	go m.open(Place{Kind: Lab})()
	<-begun
	ended := make(chan error)
	go func() { ended <- m.close() }()
	close(goOn)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if len(desk.cases) != 1 || !desk.cases[0].closed {
		t.Errorf("%d cases; the one that was opened is not closed", len(desk.cases))
	}
}

// Another computer may never answer: whoever quits does not wait for it.
func TestATargetThatDoesNotAnswerIsLeftBehindWhenTheConsoleEnds(t *testing.T) {
	desk := newFakeDesk(t)
	begun, answer := make(chan struct{}), make(chan struct{})
	desk.prepare = func(*fakeCase) { close(begun); <-answer }
	m := New(context.Background(), Options{Desk: desk})
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		m.open(example)()
	}()
	<-begun
	if err := m.close(); err != nil { // hangs if it waits
		t.Fatal(err)
	}
	close(answer)
	<-opened
	if len(desk.cases) != 1 || !desk.cases[0].closed {
		t.Errorf("%d cases; the one that answered after all is not closed", len(desk.cases))
	}
}

// What is run at another computer is told to stop, and given some time for it.
func TestARunThatDoesNotAnswerIsWaitedForOnlyShortly(t *testing.T) {
	for _, answers := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := &session{env: New(t.Context(), Options{}).env, about: About{Name: "WKS-0417"}}
			ctx, cancel := context.WithCancel(t.Context())
			s.run = &runState{last: stageIndex(pipeline.Scan), cancel: cancel, ended: make(chan struct{}), pipe: newRunPipe(s.busy)}
			if answers {
				go func() {
					<-ctx.Done()
					time.Sleep(stopGrace / 2)
					close(s.run.ended)
				}()
			}
			began := time.Now()
			s.stopRun()
			err := s.awaitRun()
			switch waited := time.Since(began); {
			case answers && (err != nil || waited >= stopGrace):
				t.Errorf("a run that ends: %v after %v", err, waited)
			case !answers && (err == nil || !strings.Contains(err.Error(), "stop scan on WKS-0417") || waited != stopGrace):
				t.Errorf("a run that does not end: %v after %v", err, waited)
			}
		})
	}
}

// A lab is removed when it is closed: what runs in it must have ended, however long
// that takes on a machine that is busy.
func TestARunInALabIsWaitedForHoweverLongItTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &session{env: New(t.Context(), Options{}).env, about: About{Name: "LAB-WKS-01", Lab: true}}
		s.run = &runState{ended: make(chan struct{})}
		go func() {
			time.Sleep(time.Minute)
			close(s.run.ended)
		}()
		began := time.Now()
		if err := s.awaitRun(); err != nil || time.Since(began) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// The dialogue of plain lines ends as well while a share does not answer who follows its
// logs.
func TestLinearLeavesBehindWhatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		defer close(answer)
		c := &fakeCase{}
		l := newLinear(t.Context(), Options{Desk: newFakeDesk(t), Out: io.Discard})
		l.s, l.live = &session{env: l.env, cas: c}, &linearLive{cancel: func() {}}
		l.live.wg.Go(func() { <-answer })
		began := time.Now()
		l.closeCase()
		if waited := time.Since(began); waited != stopGrace || !c.closed {
			t.Errorf("closed: %v after %v", c.closed, waited)
		}
	})
}

// The verdict stays in the shell, whole, however narrow the window is.
func TestTheVerdictThatStaysInTheShellIsWhole(t *testing.T) {
	for _, size := range screenSizes {
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{})
		d.m.end()
		d.fits()
		if got := strings.Join(strings.Fields(d.frame()), " "); !strings.HasSuffix(got, "failed. Scan failed: Group Policy sets another update server (0x87D00692).") {
			t.Errorf("%v: %s", size, got)
		}
	}
}

package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"patchtrace/pipeline"
)

// fakeProcess is a process that a test ends.
type fakeProcess struct {
	out   *io.PipeReader
	print *io.PipeWriter
	code  chan int
	err   error
	stop  sync.Once
	// deaf processes take no notice of Stop.
	deaf    bool
	stopped chan struct{}
}

func newFakeProcess() *fakeProcess {
	p := &fakeProcess{code: make(chan int, 1), stopped: make(chan struct{})}
	p.out, p.print = io.Pipe()
	return p
}

func (p *fakeProcess) end(code int) {
	p.print.Close()
	p.code <- code
}

func (p *fakeProcess) Output() io.Reader { return p.out }

func (p *fakeProcess) Wait() (int, error) {
	select {
	case code := <-p.code:
		return code, p.err
	case <-p.stopped:
		p.print.Close()
		return 0, errors.New("signal: killed")
	}
}

func (p *fakeProcess) Stop() error {
	if !p.deaf {
		p.stop.Do(func() { close(p.stopped) })
	}
	return nil
}

// fakeHost starts the one process that it has.
type fakeHost struct {
	process *fakeProcess
	err     error
	called  chan struct{} // closed when a call may return
	callErr error
	got     pipeline.Call
}

func (h *fakeHost) Start(context.Context, pipeline.Exec) (pipeline.Process, error) {
	if h.err != nil {
		return nil, h.err
	}
	return h.process, nil
}

func (h *fakeHost) Call(_ context.Context, c pipeline.Call) error {
	h.got = c
	if h.called != nil {
		<-h.called
	}
	return h.callErr
}

// fakeWatch sends what a test sees in the logs.
type fakeWatch struct {
	sights chan pipeline.Sight
	err    error

	mu    sync.Mutex
	last  pipeline.Sight
	ended bool
}

func newFakeWatch() *fakeWatch { return &fakeWatch{sights: make(chan pipeline.Sight)} }

func (w *fakeWatch) Begin(context.Context, []pipeline.Want) (<-chan pipeline.Sight, error) {
	return w.sights, w.err
}

func (w *fakeWatch) End() pipeline.Sight {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	return w.last
}

// leaves sets what is seen at the very end.
func (w *fakeWatch) leaves(s pipeline.Sight) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = s
}

// says sends how the wanted stages stand, with a mark for each.
func (w *fakeWatch) says(stands ...pipeline.Stand) {
	w.leaves(pipeline.Sight{Stands: stands})
	w.sights <- pipeline.Sight{Stands: stands, Marks: []pipeline.Mark{{Stage: pipeline.Scan, Kind: pipeline.Progress, Title: "a mark"}}}
}

func sure(s pipeline.Standing) pipeline.Stand { return pipeline.Stand{Standing: s, Sure: true} }

// session is a runner with fakes, and what it told.
type session struct {
	host      *fakeHost
	watch     *fakeWatch
	interrupt chan struct{}
	events    []pipeline.RunEvent
	result    chan pipeline.Result
}

var (
	execAction = &pipeline.Action{Command: &pipeline.Command{ID: "scan"}, Exec: &pipeline.Exec{Program: "x.exe"}}
	callAction = &pipeline.Action{Command: &pipeline.Command{ID: "inventory"}, Call: &pipeline.Call{Class: "SMS_Client", Method: "TriggerSchedule"}}
	scanWant   = pipeline.Want{Stage: pipeline.Scan, Patience: time.Hour}
)

func newSession() *session {
	return &session{
		host: &fakeHost{process: newFakeProcess()}, watch: newFakeWatch(),
		interrupt: make(chan struct{}), result: make(chan pipeline.Result, 1),
	}
}

func (s *session) run(ctx context.Context, a *pipeline.Action, wants ...pipeline.Want) {
	r := &pipeline.Runner{
		Host: s.host, Watch: s.watch, Interrupt: s.interrupt,
		Tell: func(e pipeline.RunEvent) { s.events = append(s.events, e) },
	}
	go func() { s.result <- r.Run(ctx, pipeline.Job{Action: a, Wants: wants}) }()
}

// over tells whether the run is over when everything that can happen now has.
func (s *session) over() bool {
	synctest.Wait()
	return len(s.result) > 0
}

func (s *session) kinds() []pipeline.RunEventKind {
	var kinds []pipeline.RunEventKind
	for _, e := range s.events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func story(t *testing.T, f func(t *testing.T, s *session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newSession()) })
}

func TestARunIsOverWhenTheProcessHasEndedAndTheLogShowsAnOutcome(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.run(t.Context(), execAction, scanWant)
		s.watch.says(sure(pipeline.Succeeded))
		time.Sleep(30 * time.Minute)
		if s.over() {
			t.Fatal("over while the process runs")
		}
		s.host.process.end(0)
		r := <-s.result
		if !r.HasCode || r.Code != 0 || r.Impatient || r.Stands[0].Standing != pipeline.Succeeded || !s.watch.ended {
			t.Errorf("got %+v", r)
		}
		want := []pipeline.RunEventKind{pipeline.RunStarted, pipeline.RunMark, pipeline.RunReturned, pipeline.RunOver}
		if !slices.Equal(s.kinds(), want) {
			t.Errorf("told %v", s.kinds())
		}
	})
}

func TestARunWaitsForTheLogAfterTheProcessHasEnded(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.run(t.Context(), execAction, scanWant)
		s.host.process.end(0)
		time.Sleep(50 * time.Minute)
		if s.over() {
			t.Fatal("over without an outcome")
		}
		s.watch.says(sure(pipeline.Broke))
		if r := <-s.result; r.Stands[0].Standing != pipeline.Broke || r.Code != 0 {
			t.Errorf("got %+v", r)
		}
	})
}

func TestPatienceEndsARunWhoseLogIsSilent(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		begin := time.Now()
		s.run(t.Context(), execAction, scanWant)
		s.host.process.end(0)
		r := <-s.result
		if !r.Impatient || !r.HasCode || time.Since(begin) != time.Hour {
			t.Errorf("got %+v after %s", r, time.Since(begin))
		}
	})
}

func TestPatienceStopsAProcessThatHangs(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.run(t.Context(), execAction, scanWant)
		r := <-s.result
		if !r.Impatient || r.HasCode || r.CodeErr == nil || r.Stopped {
			t.Errorf("got %+v", r)
		}
		if !slices.Contains(s.kinds(), pipeline.RunImpatient) || !slices.Contains(s.kinds(), pipeline.RunStopping) {
			t.Errorf("told %v", s.kinds())
		}
	})
}

func TestAProcessThatCannotBeStoppedIsGivenUp(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.host.process.deaf = true
		s.run(t.Context(), execAction, scanWant)
		if r := <-s.result; !r.Impatient || r.HasCode {
			t.Errorf("got %+v", r)
		}
		s.host.process.end(0) // for its goroutines
	})
}

func TestASignOfLifeBeginsThePatienceAnew(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		begin := time.Now()
		s.run(t.Context(), execAction, scanWant)
		s.host.process.end(0)
		time.Sleep(50 * time.Minute)
		s.watch.says(pipeline.Stand{Standing: pipeline.Open, Begun: true})
		<-s.result
		if got := time.Since(begin); got != 110*time.Minute {
			t.Errorf("over after %s", got)
		}
	})
}

func TestAMarkMayAskForMorePatience(t *testing.T) {
	for _, fixed := range []bool{false, true} {
		story(t, func(t *testing.T, s *session) {
			begin := time.Now()
			want := scanWant
			want.Fixed = fixed
			s.run(t.Context(), execAction, want)
			s.host.process.end(0)
			s.watch.sights <- pipeline.Sight{Stands: []pipeline.Stand{{}}, Marks: []pipeline.Mark{{Stage: pipeline.Scan, Kind: pipeline.Start, Patience: 4 * time.Hour}}}
			<-s.result
			limit := map[bool]time.Duration{false: 4 * time.Hour, true: time.Hour}[fixed]
			if got := time.Since(begin); got != limit {
				t.Errorf("fixed %t: over after %s", fixed, got)
			}
		})
	}
}

func TestAFailingExitNeedNotWaitLongForTheLog(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		begin := time.Now()
		s.run(t.Context(), execAction, scanWant)
		s.host.process.end(5)
		r := <-s.result
		if r.Code != 5 || r.Impatient || time.Since(begin) > 10*time.Second || r.Stands[0].Standing != "" {
			t.Errorf("got %+v after %s", r, time.Since(begin))
		}
	})
}

func TestTheLogAfterAFailingExitIsStillSeen(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.run(t.Context(), execAction, scanWant)
		s.host.process.end(5)
		time.Sleep(pipeline.DefaultDelays.Silent / 2)
		s.watch.says(sure(pipeline.Broke))
		if r := <-s.result; r.Stands[0].Standing != pipeline.Broke {
			t.Errorf("got %+v", r)
		}
	})
}

func TestWhatIsSeenAtTheVeryEndCounts(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.run(t.Context(), execAction, scanWant)
		s.watch.says(sure(pipeline.Succeeded))
		s.watch.leaves(pipeline.Sight{Stands: []pipeline.Stand{sure(pipeline.Broke)}, Marks: []pipeline.Mark{{Title: "the last"}}})
		s.host.process.end(0)
		r := <-s.result
		if r.Stands[0].Standing != pipeline.Broke {
			t.Errorf("got %+v", r)
		}
		if e := s.events[len(s.events)-2]; e.Kind != pipeline.RunMark || e.Mark.Title != "the last" {
			t.Errorf("told %v", s.kinds())
		}
	})
}

func TestAProgramThatCannotStartEndsTheRun(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.host.err = errors.New("no such program")
		s.run(t.Context(), execAction, scanWant)
		if r := <-s.result; !errors.Is(r.StartErr, s.host.err) || r.HasCode || !s.watch.ended {
			t.Errorf("got %+v", r)
		}
	})
}

func TestLogsThatCannotBeFollowedEndTheRunBeforeItBegins(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.watch.err = errors.New("no folder")
		s.host.err = errors.New("must not be started")
		s.run(t.Context(), execAction, scanWant)
		if r := <-s.result; !errors.Is(r.WatchErr, s.watch.err) || r.StartErr != nil {
			t.Errorf("got %+v", r)
		}
	})
}

func TestACallIsOverWhenTheLogShowsAnOutcome(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.run(t.Context(), callAction, scanWant)
		time.Sleep(time.Minute)
		if s.over() {
			t.Fatal("over without an outcome")
		}
		s.watch.says(pipeline.Stand{Standing: pipeline.Succeeded}) // another lane
		time.Sleep(time.Minute)
		if s.over() {
			t.Fatal("over by another lane's outcome")
		}
		s.watch.says(sure(pipeline.Succeeded))
		if r := <-s.result; r.HasCode || r.Stands[0].Standing != pipeline.Succeeded || s.host.got.Method != "TriggerSchedule" {
			t.Errorf("got %+v", r)
		}
	})
}

func TestACallThatIsRefusedEndsTheRun(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.host.callErr = errors.New("access denied")
		s.run(t.Context(), callAction, scanWant)
		if r := <-s.result; !errors.Is(r.StartErr, s.host.callErr) {
			t.Errorf("got %+v", r)
		}
	})
}

func TestTheLogOfARefusedCallIsStillSeen(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.host.callErr = errors.New("access denied")
		s.run(t.Context(), callAction, scanWant)
		time.Sleep(pipeline.DefaultDelays.Silent / 2)
		s.watch.says(sure(pipeline.Waits))
		if r := <-s.result; r.StartErr == nil || r.Stands[0].Standing != pipeline.Waits {
			t.Errorf("got %+v", r)
		}
	})
}

func TestTheFirstInterruptStopsTheWaitingOnly(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.run(t.Context(), execAction, scanWant)
		s.interrupt <- struct{}{}
		time.Sleep(time.Minute)
		if s.over() {
			t.Fatal("over while the process runs")
		}
		s.host.process.end(0)
		if r := <-s.result; !r.Unwaited || r.Stopped || !r.HasCode {
			t.Errorf("got %+v", r)
		}
	})
}

func TestTheSecondInterruptStopsTheProcess(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.run(t.Context(), execAction, scanWant)
		s.interrupt <- struct{}{}
		s.interrupt <- struct{}{}
		if r := <-s.result; !r.Stopped || r.HasCode {
			t.Errorf("got %+v", r)
		}
	})
}

func TestAnInterruptAfterTheProcessEndsTheRun(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.run(t.Context(), execAction, scanWant)
		s.host.process.end(0)
		synctest.Wait()
		s.interrupt <- struct{}{}
		if r := <-s.result; !r.Unwaited || r.Stopped || r.Impatient {
			t.Errorf("got %+v", r)
		}
	})
}

func TestTheEndOfTheContextStopsTheProcessAtOnce(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		ctx, cancel := context.WithCancel(t.Context())
		s.run(ctx, execAction, scanWant)
		synctest.Wait()
		cancel()
		if r := <-s.result; !r.Stopped {
			t.Errorf("got %+v", r)
		}
	})
}

func TestWithKickTheInventoryIsWaitedForToo(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		inventory := pipeline.Want{Stage: pipeline.Inventory, Patience: time.Hour}
		s.run(t.Context(), execAction, scanWant, inventory)
		s.host.process.end(0)
		s.watch.says(sure(pipeline.Succeeded), pipeline.Stand{})
		time.Sleep(50 * time.Minute)
		if s.over() {
			t.Fatal("over before the inventory has an outcome")
		}
		s.watch.says(sure(pipeline.Succeeded), sure(pipeline.Waits))
		if r := <-s.result; r.Stands[1].Standing != pipeline.Waits || r.Impatient {
			t.Errorf("got %+v", r)
		}
	})
}

func TestABrokenScanIsNotFollowedByAnInventory(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		begin := time.Now()
		s.run(t.Context(), execAction, scanWant, pipeline.Want{Stage: pipeline.Inventory, Patience: time.Hour})
		s.host.process.end(0)
		s.watch.says(sure(pipeline.Broke), pipeline.Stand{})
		if r := <-s.result; r.Impatient || time.Since(begin) > time.Minute {
			t.Errorf("got %+v", r)
		}
	})
}

func TestOutputIsToldLineByLine(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.run(t.Context(), execAction, scanWant)
		fmt.Fprint(s.host.process.print, "one\r\ntw")
		fmt.Fprint(s.host.process.print, "o\n\n 10%\r 20%\r")
		fmt.Fprint(s.host.process.print, "\nContinue? ")
		time.Sleep(time.Second)
		synctest.Wait()
		if got := s.printed(); !slices.Equal(got, []string{"one", "two", " 10%", " 20%", "Continue? "}) {
			t.Errorf("before the end: %q", got)
		}
		fmt.Fprint(s.host.process.print, "last")
		s.watch.says(sure(pipeline.Succeeded))
		s.host.process.end(0)
		<-s.result
		if got := s.printed(); got[len(got)-1] != "last" {
			t.Errorf("at the end: %q", got)
		}
	})
}

func TestALineWithoutEndIsToldInPieces(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		s.run(t.Context(), execAction, scanWant)
		fmt.Fprint(s.host.process.print, strings.Repeat("x", 10<<10))
		s.watch.says(sure(pipeline.Succeeded))
		s.host.process.end(0)
		<-s.result
		if got := s.printed(); len(got) != 3 || strings.Join(got, "") != strings.Repeat("x", 10<<10) {
			t.Errorf("%d lines", len(got))
		}
	})
}

func TestOutputThatAChildHoldsOpenDoesNotHoldTheRun(t *testing.T) {
	story(t, func(t *testing.T, s *session) {
		begin := time.Now()
		s.run(t.Context(), execAction, scanWant)
		s.watch.says(sure(pipeline.Succeeded))
		s.host.process.code <- 0
		<-s.result
		if time.Since(begin) > 10*time.Second {
			t.Errorf("over after %s", time.Since(begin))
		}
		s.host.process.print.Close()
	})
}

func (s *session) printed() []string {
	var lines []string
	for _, e := range s.events {
		if e.Kind == pipeline.RunOutput {
			lines = append(lines, e.Text)
		}
	}
	return lines
}

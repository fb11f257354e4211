package pipeline

import (
	"context"
	"time"
)

// Watch follows the logs of a target while a command runs.
type Watch interface {
	// Begin takes the logs as they are now and from then on sends what is
	// written to them. It returns when nothing that is written later can be
	// missed.
	Begin(ctx context.Context, wants []Want) (<-chan Sight, error)
	// End stops it and returns the last sight, with everything that was written
	// until now. It may be called while a sight is being sent.
	End() Sight
}

// Runner runs one command at a time and tells what happens meanwhile.
type Runner struct {
	Host Host
	// Watch tells what the logs say. Without one a run is over when its process
	// has ended.
	Watch Watch
	// Tell is called for every event, never twice at the same time.
	Tell func(RunEvent)
	// Interrupt ends the waiting: the first time that for the logs, the second
	// time the process too.
	Interrupt <-chan struct{}
	// Delays of zero are DefaultDelays.
	Delays Delays
}

// Delays are how long the logs must be quiet before a run counts as over.
type Delays struct {
	// Settle: after the process has ended and its log shows how.
	Settle time.Duration
	// Wait: after the log shows that the stage waits, or that something in the
	// background failed, which may try again.
	Wait time.Duration
	// Unsure: when only another lane of the stage shows an outcome.
	Unsure time.Duration
	// Silent: after a process ended with a code other than 0, or a method was
	// refused, and no log shows why.
	Silent time.Duration
}

// DefaultDelays suit logs that are polled several times a second.
var DefaultDelays = Delays{Settle: 100 * time.Millisecond, Wait: time.Second, Unsure: 3 * time.Second, Silent: time.Second}

func (d Delays) orDefault() Delays {
	if d == (Delays{}) {
		return DefaultDelays
	}
	return d
}

const (
	// drainGrace is how long the output may stay open after its process ended:
	// what the process started may hold it.
	drainGrace = 500 * time.Millisecond
	// promptGrace is how long a line without an end is held back. A program that
	// asks something waits behind such a line.
	promptGrace = 300 * time.Millisecond
	// stopLimit is how long a stopped process is waited for.
	stopLimit = 2*stopGrace + time.Second
	// anyPatience is the patience of a stage that names none.
	anyPatience = time.Hour
)

// Job is a command to run and the outcomes to wait for.
type Job struct {
	Action *Action
	// Wants are the stages that the command runs, each after the one before it.
	Wants []Want
}

// Result is what came of a job.
type Result struct {
	Began, Ended time.Time
	// StartErr is why the program or the method could not be started. Logs may
	// say more: a method may fail after it has begun.
	StartErr error
	// HasCode is true when the process ended by itself with Code. Otherwise
	// CodeErr is why there is none, nil for a method.
	HasCode bool
	Code    int
	CodeErr error
	// Stands has one entry for each Want.
	Stands []Stand
	// Impatient is true when patience ran out before there was an outcome.
	Impatient bool
	// Stopped is true when the process was stopped by the user, Unwaited when
	// only the waiting for its logs was.
	Stopped, Unwaited bool
	// WatchErr is why the logs could not be followed.
	WatchErr error
}

// Run runs the job and returns when it is over: when the process has ended and
// the logs show an outcome, when patience has run out, or when it was stopped.
// When ctx ends, the process is stopped at once.
func (r *Runner) Run(ctx context.Context, job Job) Result {
	s := &running{runner: r, job: job, delays: r.Delays.orDefault(), done: make(chan struct{})}
	defer close(s.done)
	s.res.Began = time.Now()
	if r.Watch != nil {
		sights, err := r.Watch.Begin(ctx, job.Wants)
		if err != nil {
			s.res.WatchErr, s.res.Ended = err, s.res.Began
			return s.res
		}
		s.sights = sights
		s.stands = make([]Stand, len(job.Wants))
	}
	if s.start(ctx); s.res.StartErr == nil {
		s.loop(ctx)
	}
	if r.Watch != nil {
		s.see(r.Watch.End())
	}
	s.res.Stands, s.res.Ended = s.stands, time.Now()
	s.tell(RunEvent{Kind: RunOver})
	return s.res
}

// running is a job while it runs.
type running struct {
	runner *Runner
	job    Job
	delays Delays
	res    Result
	done   chan struct{}

	process Process // nil for a method
	alive   bool
	ended   <-chan returned
	output  <-chan []byte
	cutter  lineCutter
	sights  <-chan Sight
	stands  []Stand

	settle, prompt, patience *time.Timer
	// stopped is closed when everything that was to be stopped has been; limit
	// ends the waiting for that.
	stopped <-chan struct{}
	limit   <-chan time.Time
	over    bool
}

// returned is how a process or a call ended.
type returned struct {
	code int
	err  error
}

// start starts the process or the call.
func (s *running) start(ctx context.Context) {
	a := s.job.Action
	ended := make(chan returned, 1)
	s.ended, s.alive = ended, true
	if a.Call != nil {
		s.tell(RunEvent{Kind: RunStarted})
		go func() { ended <- returned{err: s.runner.Host.Call(ctx, *a.Call)} }()
		return
	}
	p, err := s.runner.Host.Start(ctx, *a.Exec)
	if err != nil {
		s.res.StartErr = err
		return
	}
	s.process = p
	s.output = pump(p.Output(), s.done)
	s.tell(RunEvent{Kind: RunStarted})
	go func() {
		code, err := p.Wait()
		ended <- returned{code, err}
	}()
}

func (s *running) loop(ctx context.Context) {
	s.settle, s.prompt, s.patience = timer(), timer(), timer()
	s.bePatient(0)
	quit := ctx.Done()
	for !s.over {
		select {
		case <-quit:
			quit = nil
			s.stop()
		case <-s.runner.Interrupt:
			s.interrupt()
		case piece, open := <-s.output:
			s.print(piece, open)
		case <-s.prompt.C:
			s.line(s.cutter.take())
		case sight, open := <-s.sights:
			if !open {
				s.sights = nil
				continue
			}
			s.see(sight)
			s.weigh()
		case r := <-s.ended:
			s.returned(r)
		case <-s.patience.C:
			s.impatient()
		case <-s.settle.C:
			s.over = true
		case <-s.limit:
			s.over = true
		}
	}
}

// timer returns a timer that does not run.
func timer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

func (s *running) tell(e RunEvent) {
	if s.runner.Tell == nil {
		return
	}
	e.Elapsed = time.Since(s.res.Began)
	s.runner.Tell(e)
}

// print tells the lines that a piece of output completes.
func (s *running) print(piece []byte, open bool) {
	if !open {
		s.output = nil
		s.line(s.cutter.take())
		return
	}
	for _, line := range s.cutter.cut(piece) {
		s.line(line)
	}
	if len(s.cutter.rest) > 0 {
		s.prompt.Reset(promptGrace)
	}
}

func (s *running) line(text string) {
	if text != "" {
		s.tell(RunEvent{Kind: RunOutput, Text: text})
	}
}

// drain tells the rest of the output of a process that has ended.
func (s *running) drain() {
	grace := time.NewTimer(drainGrace)
	defer grace.Stop()
	for s.output != nil {
		select {
		case piece, open := <-s.output:
			s.print(piece, open)
		case <-grace.C:
			s.line(s.cutter.take())
			return
		}
	}
}

// returned notes how the process or the call ended.
func (s *running) returned(r returned) {
	s.alive, s.ended = false, nil
	s.drain()
	switch {
	case s.process == nil:
		s.res.StartErr = r.err
	case r.err != nil:
		s.res.CodeErr = r.err
	default:
		s.res.HasCode, s.res.Code = true, r.code
	}
	if s.res.StartErr == nil {
		s.tell(RunEvent{Kind: RunReturned, Code: r.code, Err: r.err, Method: s.process == nil})
	}
	switch {
	case s.stopped != nil:
		s.awaitStop()
		s.over = true
	case s.res.Unwaited:
		s.over = true
	default:
		s.weigh()
	}
}

// awaitStop waits until what the process started is stopped as well.
func (s *running) awaitStop() {
	select {
	case <-s.stopped:
	case <-s.limit:
	}
}

// see tells what was seen in the logs.
func (s *running) see(sight Sight) {
	for _, note := range sight.Notes {
		s.tell(RunEvent{Kind: RunNote, Text: note})
	}
	for i := range sight.Marks {
		s.tell(RunEvent{Kind: RunMark, Mark: &sight.Marks[i]})
	}
	before := s.awaited()
	if len(sight.Stands) == len(s.stands) {
		copy(s.stands, sight.Stands)
	}
	if s.patience == nil || s.over {
		return
	}
	if at := s.awaited(); at != before {
		s.bePatient(0)
	} else {
		s.signOfLife(at, sight.Marks)
	}
}

// interrupt is the user's wish to go on.
func (s *running) interrupt() {
	switch {
	case s.process == nil || !s.alive:
		s.res.Unwaited, s.over = true, true
	case !s.res.Unwaited:
		s.res.Unwaited = true
		s.tell(RunEvent{Kind: RunUnwaited})
	default:
		s.stop()
	}
}

// stop is the user's wish to end it all.
func (s *running) stop() {
	s.res.Stopped = true
	if s.process == nil || !s.alive {
		s.over = true
		return
	}
	s.end()
}

// end ends the process and what it started.
func (s *running) end() {
	if s.stopped != nil {
		return
	}
	s.patience.Stop()
	s.settle.Stop()
	s.tell(RunEvent{Kind: RunStopping})
	stopped := make(chan struct{})
	s.stopped, s.limit = stopped, time.After(stopLimit)
	go func() {
		defer close(stopped)
		_ = s.process.Stop() // what does not end is given up after the limit
	}()
}

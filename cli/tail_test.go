package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"patchtrace/client"
	"patchtrace/logparse"
)

// tailing is a tailer over buffers, with the clock of a synctest bubble.
type tailing struct {
	t        *tailer
	out, err *bytes.Buffer
	events   chan logparse.Event
	ended    chan struct{}
	stopped  bool
}

func newTailing(o tailOptions) *tailing {
	streams, _, out, notices := TestStreams()
	o.streams = streams
	w := &tailing{out: out, err: notices, events: make(chan logparse.Event), ended: make(chan struct{})}
	w.t = &tailer{
		out: newRecordWriter(&o), notices: notices, min: tailSeverities[o.minSeverity], idle: o.idleExit,
		window: reorderWindow, stop: func() { w.stopped = true }, queue: newReorder(time.UTC),
	}
	return w
}

func (w *tailing) start() {
	go func() {
		defer close(w.ended)
		w.t.run(w.events)
	}()
	w.notice(logparse.Notice{Kind: logparse.Ready})
}

func (w *tailing) notice(n logparse.Notice) { w.events <- logparse.Event{Notice: &n} }

// record sends a record that was written so many milliseconds after midnight.
func (w *tailing) record(log string, ms int, message string) {
	w.send(&logparse.Record{
		Message: message, Severity: logparse.Info, Pos: logparse.Pos{Log: log, Part: log},
		Stamp: logparse.Stamp{Dated: true, Zoned: true, Wall: int64(ms) * 1e6},
	})
}

func (w *tailing) send(r *logparse.Record) { w.events <- logparse.Event{Record: r} }

func (w *tailing) end() {
	close(w.events)
	<-w.ended
}

// shown are the messages on stdout so far, and forgets them.
func (w *tailing) shown() string {
	synctest.Wait()
	var words []string
	for line := range strings.Lines(w.out.String()) {
		_, message, _ := strings.Cut(line, ": ")
		words = append(words, strings.TrimSpace(message))
	}
	w.out.Reset()
	return strings.Join(words, " ")
}

func TestRecordsOfSeveralLogsComeInTheOrderOfTheirTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTailing(tailOptions{})
		w.start()
		w.record("A.log", 1000, "second")
		time.Sleep(100 * time.Millisecond)
		w.record("B.log", 900, "first")
		time.Sleep(60 * time.Millisecond)
		if got := w.shown(); got != "" {
			t.Errorf("too early: %s", got)
		}
		time.Sleep(100 * time.Millisecond)
		if got := w.shown(); got != "first second" {
			t.Errorf("got %s", got)
		}
		w.record("B.log", 800, "late")
		w.end()
		if got := w.shown(); got != "late" {
			t.Errorf("got %s", got)
		}
	})
}

func TestALogKeepsItsOrderWhateverItsClockSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTailing(tailOptions{})
		w.start()
		w.record("A.log", 5000, "1")
		w.record("A.log", 1000, "2")
		w.send(&logparse.Record{Message: "3", Severity: logparse.Info, Pos: logparse.Pos{Log: "A.log"}})
		w.record("A.log", 6000, "4")
		w.end()
		if got := w.shown(); got != "1 2 3 4" {
			t.Errorf("got %s", got)
		}
	})
}

func TestWhatWasThereIsSortedAsAWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTailing(tailOptions{})
		go func() { w.t.run(w.events); close(w.ended) }()
		for i := range 5 {
			w.record("A.log", 1000+10*i, fmt.Sprint("a", i))
		}
		time.Sleep(time.Second) // reading takes its time
		for i := range 5 {
			w.record("B.log", 1005+10*i, fmt.Sprint("b", i))
		}
		w.notice(logparse.Notice{Kind: logparse.Ready})
		time.Sleep(time.Second)
		if got := w.shown(); got != "a0 b0 a1 b1 a2 b2 a3 b3 a4 b4" {
			t.Errorf("got %s", got)
		}
		w.end()
	})
}

func TestWhatWaitsToBeSortedIsBounded(t *testing.T) {
	w := newTailing(tailOptions{})
	long := strings.Repeat("x", 1<<20)
	for range 100 {
		w.t.take(logparse.Event{Record: &logparse.Record{Message: long, Severity: logparse.Info}})
	}
	if w.t.queue.size > reorderBytes || w.out.Len() < 50<<20 {
		t.Errorf("%d bytes wait, %d were shown", w.t.queue.size, w.out.Len())
	}
	for range reorderRecords + 10 {
		w.t.take(logparse.Event{Record: &logparse.Record{Severity: logparse.Info}})
	}
	if n := len(w.t.queue.heap); n > reorderRecords {
		t.Errorf("%d records wait", n)
	}
}

func TestOnlyRecordsOfTheSeverityAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTailing(tailOptions{minSeverity: "warning"})
		w.start()
		for s := logparse.Verbose; s <= logparse.Error; s++ {
			w.send(&logparse.Record{Message: s.String(), Severity: s, Pos: logparse.Pos{Log: "A.log"}})
		}
		w.end()
		if got := w.shown(); got != "warning error" {
			t.Errorf("got %s", got)
		}
	})
}

func TestASilenceEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTailing(tailOptions{idleExit: time.Minute, minSeverity: "error"})
		w.start()
		for range 3 {
			time.Sleep(50 * time.Second)
			w.record("A.log", 0, "below what is shown, but a sign of life")
		}
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if w.stopped {
			t.Error("too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !w.stopped {
			t.Error("it did not end")
		}
		w.end()
	})
}

func TestNoticesGoToStderrInOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTailing(tailOptions{})
		w.start()
		w.notice(logparse.Notice{Kind: logparse.Unreadable, Log: "A.log", Part: "A\x1b.log", Err: errors.New("access denied\nreally")})
		w.end()
		if got, want := w.err.String(), "patchtrace: A␛.log cannot be read, still trying: access denied␊really\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if w.out.Len() > 0 {
			t.Errorf("stdout %q", w.out)
		}
	})
}

func TestRecordsAsText(t *testing.T) {
	day := time.Date(2024, 3, 4, 1, 2, 3, 4e6, time.UTC).UnixNano()
	tests := []struct {
		name string
		rec  logparse.Record
		want string
	}{
		{
			"the log's own time with its offset",
			logparse.Record{Message: "text", Component: "CAS", Severity: logparse.Error, Stamp: logparse.Stamp{Wall: day, Dated: true, Zoned: true, Offset: -300}},
			"2024-03-04 01:02:03.004 -05:00  error    CAS  X.log: text\n",
		},
		{
			"a line without a zone",
			logparse.Record{Message: "text", Severity: logparse.Info, Stamp: logparse.Stamp{Wall: day, Dated: true}},
			"2024-03-04 01:02:03.004         info     X.log: text\n",
		},
		{
			"a line without a time",
			logparse.Record{Message: "text", Severity: logparse.Warning},
			"----------                      warning  X.log: text\n",
		},
		{
			"several lines",
			logparse.Record{Message: "one\ntwo\n\n  three", Severity: logparse.Info},
			"----------                      info     X.log: one\n    two\n    \n      three\n",
		},
		{
			"no text at all",
			logparse.Record{Severity: logparse.Info},
			"----------                      info     X.log:\n",
		},
		{
			"a torn record, and characters that a terminal obeys",
			logparse.Record{Message: "\x1b[2Ja\u202eb\r", Component: "C\x07", Severity: logparse.Verbose, Torn: true},
			"----------                      verbose  C␇  X.log: ␛[2Ja<U+202E>b (torn)\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newTailing(tailOptions{})
			tt.rec.Pos.Log = "X.log"
			w.t.show([]*logparse.Record{&tt.rec})
			if got := w.out.String(); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestRecordsAsJSON(t *testing.T) {
	w := newTailing(tailOptions{format: "json"})
	day := time.Date(2024, 3, 4, 1, 2, 3, 4e6, time.UTC).UnixNano()
	w.t.show([]*logparse.Record{
		{
			Message: "a <b>\n\u202ec", Component: "CAS", Severity: logparse.Error, Thread: 7, HasThread: true,
			Stamp: logparse.Stamp{Wall: day, Dated: true, Zoned: true, Offset: 60},
			Pos:   logparse.Pos{Log: "Logs/CAS.log", Part: "Logs/CAS.lo_", Line: 3, Offset: 120},
		},
		{Message: "x", Severity: logparse.Info, Torn: true, Stamp: logparse.Stamp{Wall: day, Dated: true}, Pos: logparse.Pos{Log: "A.log", Part: "A.log"}},
	})
	want := `{"time":"2024-03-04T00:02:03.004Z","local":"2024-03-04T01:02:03.004+01:00","severity":"error","component":"CAS","thread":7,` +
		`"log":"Logs/CAS.log","part":"Logs/CAS.lo_","line":3,"offset":120,"text":"a <b>\n\u202ec"}` + "\n" +
		`{"local":"2024-03-04T01:02:03.004","severity":"info","log":"A.log","part":"A.log","offset":0,"torn":true,"text":"x"}` + "\n"
	if got := w.out.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// fakeTail runs tail with events of its own.
func fakeTail(out io.Writer, follow func(context.Context, func(logparse.Event)) error) (int, string) {
	s := newSession()
	if out != nil {
		s.deps.streams.Out = out
	}
	cmd := tailCmd(s.deps, func(ctx context.Context, o *tailOptions) error {
		o.follow = func(ctx context.Context, _ logparse.Source, _ logparse.FollowOptions, emit func(logparse.Event)) error {
			return follow(ctx, emit)
		}
		return runTail(ctx, o)
	})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs([]string{"."})
	err := cmd.ExecuteContext(context.Background())
	tell(s.deps.streams.Err, err)
	return exitCode(err), s.err.String()
}

func TestARecordThatCannotBeWrittenEndsIt(t *testing.T) {
	code, stderr := fakeTail(fullDisk{}, func(ctx context.Context, emit func(logparse.Event)) error {
		emit(logparse.Event{Notice: &logparse.Notice{Kind: logparse.Ready}})
		for ctx.Err() == nil { // it is not held up by what is not taken
			emit(logparse.Event{Record: &logparse.Record{Message: "a"}})
		}
		return nil
	})
	if code != exitUsage || stderr != "patchtrace: write answer: no space left on device\n" {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
}

func TestAFailureToFollowIsTold(t *testing.T) {
	code, stderr := fakeTail(nil, func(context.Context, func(logparse.Event)) error { return errors.New("follow logs: no") })
	if code != exitUsage || stderr != "patchtrace: follow logs: no\n" {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
}

// The logs of another computer's client are found as diagnose finds them.
func TestTailFollowsTheClientOfAnotherComputer(t *testing.T) {
	s := newSession()
	var asked string
	s.deps.open = func(name string) (*client.Target, error) {
		if asked = name; name == `\\GONE` {
			return nil, &client.OpenError{Op: "open target", Target: name, Err: errors.New("it cannot be reached"), Do: "check the name"}
		}
		return client.Open(example)
	}
	var followed []string
	tail := func(name string) error {
		cmd := tailCmd(s.deps, func(_ context.Context, o *tailOptions) error {
			followed = o.targets
			return nil
		})
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs([]string{name})
		return cmd.ExecuteContext(context.Background())
	}
	if err := tail(`\\WKS-0417`); err != nil || asked != `\\WKS-0417` || len(followed) != 1 || filepath.Base(followed[0]) != "example" {
		t.Errorf("asked %s, followed %q, %v", asked, followed, err)
	}
	if err := tail(`\\GONE`); err == nil || err.Error() != `open target \\GONE: it cannot be reached; check the name` || exitCode(err) != exitUsage {
		t.Errorf("got %v", err)
	}
}

func TestWrongUseOfTailIsToldInOneLine(t *testing.T) {
	tests := []struct{ args, want string }{
		{"--from end x.log", `parse --from "end": not now or start; see patchtrace tail --help`},
		{"--min-severity fatal x.log", `parse --min-severity "fatal": not verbose, info, warning or error; see patchtrace tail --help`},
		{"--idle-exit -1s x.log", `parse --idle-exit "-1s": less than nothing; give a duration such as 30s, or leave it out`},
		{"--code-page 932 x.log", `parse --code-page "932": not a single-byte code page that is known; use the number of a Windows code page, such as 1250`},
		{"no/such/folder/x.log", "tail no/such/folder/x.log: neither it nor its folder can be reached: no such file or directory; check the path and the network"},
	}
	for _, tt := range tests {
		s := newSession()
		code := s.run(append([]string{"tail"}, strings.Fields(tt.args)...)...)
		got := strings.TrimSpace(s.err.String())
		if code != exitUsage || got != "patchtrace: "+tt.want && !strings.HasPrefix(tt.args, "no/") {
			t.Errorf("%q: exit code %d, got %s", tt.args, code, got)
		}
	}
}

// Where this machine has a client, that is what is followed unless another target
// is named.
func TestThisMachinesClientIsFollowed(t *testing.T) {
	for _, args := range [][]string{nil, {"local"}, {"local", "x.log"}} {
		o := &tailOptions{local: func() []string { return []string{"C:\\Windows\\CCM\\Logs"} }}
		if err := o.aim(args); err != nil || o.targets[0] != "C:\\Windows\\CCM\\Logs" || len(o.targets) != max(len(args), 1) {
			t.Errorf("%q: %q, %v", args, o.targets, err)
		}
	}
}

package tui

import (
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

func init() {
	if flag.Lookup("update") == nil {
		flag.Bool("update", false, "write golden files")
	}
}

// dialogue is a linear console and what is typed into it.
type dialogue struct {
	t    *testing.T
	desk *fakeDesk
	// open is nil for the choice of a target.
	open  *Place
	width int
	// prepare changes the console before it begins.
	prepare   func(*linear)
	interrupt chan struct{}
}

func newDialogue(t *testing.T, open *Place) *dialogue {
	return &dialogue{t: t, desk: newFakeDesk(t), open: open, interrupt: make(chan struct{}, 4)}
}

// typedLines is the input: lines, and what happens before the next line is typed.
type typedLines struct {
	mu    sync.Mutex
	steps []any
}

func (in *typedLines) Read(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.steps) > 0 {
		step := in.steps[0]
		in.steps = in.steps[1:]
		switch step := step.(type) {
		case func():
			step()
		case string:
			return copy(p, step+"\n"), nil
		}
	}
	return 0, io.EOF
}

// hold types the steps and returns everything that was written.
func (d *dialogue) hold(steps ...any) string {
	d.t.Helper()
	return d.read(&typedLines{steps: steps})
}

func (d *dialogue) read(in io.Reader) string {
	d.t.Helper()
	var out strings.Builder
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	l := newLinear(ctx, Options{
		Desk: plainDesk{d.desk}, Open: d.open, Now: func() time.Time { return fakeNow },
		In: in, Out: &out, Width: d.width, Interrupt: d.interrupt, Echo: true,
	})
	l.pick = func(n int) int { return n - 1 }
	if d.prepare != nil {
		d.prepare(l)
	}
	if err := l.run(); err != nil {
		d.t.Errorf("the dialogue ended with %v", err)
	}
	if ctx.Err() != nil {
		d.t.Fatalf("the dialogue did not end:\n%s", out.String())
	}
	return out.String()
}

// plainDesk opens cases whose plan is the usual command of each stage, once.
type plainDesk struct{ *fakeDesk }

func (d plainDesk) Open(ctx context.Context, p Place) (Case, error) {
	c, err := d.fakeDesk.Open(ctx, p)
	if err != nil {
		return nil, err
	}
	return plainCase{c}, nil
}

type plainCase struct{ Case }

func (c plainCase) Plan(o pipeline.PlanOptions) ([]pipeline.Planned, error) {
	if o.Stage != "" {
		return c.Case.Plan(o)
	}
	var steps []pipeline.Planned
	for _, id := range pipeline.StageIDs {
		step, err := c.Case.Plan(pipeline.PlanOptions{Stage: id})
		if err != nil {
			return nil, err
		}
		steps = append(steps, step...)
	}
	return steps, nil
}

// goldenTranscript compares a transcript with the one that was read and found good.
func goldenTranscript(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "linear", name+".txt")
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("not as in %s (go test ./tui -run Linear -update writes it):\n%s", file, got)
	}
}

func saysAll(t *testing.T, transcript string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(transcript, text) {
			t.Errorf("nowhere in the dialogue: %q\n%s", text, transcript)
		}
	}
}

// lab is a new practice lab.
var linearLab = Place{Kind: Lab}

// sms2003Lab prepares labs that are judged to be of SMS 2003, as the fake's
// commands are.
func sms2003Lab(c *fakeCase) {
	c.report = func(r *diagnose.Report) { r.Product = "sms2003" }
	c.params = map[string]string{"site": "SMS01", "code": "XYZ"}
}

// toldEvents makes a run that tells events.
func toldEvents(res pipeline.Result, events ...pipeline.RunEvent) func(context.Context, pipeline.Planned, map[string]string, <-chan struct{}, func(pipeline.RunEvent)) (pipeline.Result, error) {
	return func(_ context.Context, _ pipeline.Planned, _ map[string]string, _ <-chan struct{}, tell func(pipeline.RunEvent)) (pipeline.Result, error) {
		for _, e := range events {
			tell(e)
		}
		return res, nil
	}
}

// runsIn prepares labs whose parameters are all known, and tells what was run.
func runsIn(d *dialogue) func() []string {
	var mu sync.Mutex
	var ran []string
	d.desk.prepare = func(c *fakeCase) {
		sms2003Lab(c)
		book, err := pipeline.Load("sms2003")
		if err != nil {
			d.t.Fatal(err)
		}
		for _, p := range book.Params {
			c.params[p.Name] = p.Example
		}
		c.run = func(_ context.Context, p pipeline.Planned, _ map[string]string, _ <-chan struct{}, tell func(pipeline.RunEvent)) (pipeline.Result, error) {
			mu.Lock()
			defer mu.Unlock()
			ran = append(ran, p.Stage.ID)
			tell(pipeline.RunEvent{Kind: pipeline.RunReturned, Elapsed: 1500 * time.Millisecond})
			return pipeline.Result{HasCode: true}, nil
		}
	}
	return func() []string { mu.Lock(); defer mu.Unlock(); return ran }
}

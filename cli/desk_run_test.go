package cli

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
	"patchtrace/tui"
)

// oneStep is the only step of a stage.
func oneStep(t *testing.T, c tui.Case, stage string) pipeline.Planned {
	t.Helper()
	steps, err := c.Plan(pipeline.PlanOptions{Stage: stage})
	if err != nil {
		t.Fatal(err)
	}
	return steps[0]
}

func TestTwoInterruptsStopTheProgram(t *testing.T) {
	d := testDesk(t)
	p := fakeClient(t, d)
	p.hang = true
	p.exec = func(*practice, pipeline.Exec, io.Writer) int { return 0 }
	c := openCase(t, d, tui.Place{Kind: tui.ThisComputer})
	interrupt := make(chan struct{}, 1)
	var kinds []pipeline.RunEventKind
	res, err := c.Run(t.Context(), oneStep(t, c, "scan"), map[string]string{"package": "XYZ00012"}, interrupt, func(e pipeline.RunEvent) {
		kinds = append(kinds, e.Kind)
		if e.Kind == pipeline.RunStarted || e.Kind == pipeline.RunUnwaited {
			interrupt <- struct{}{}
		}
	})
	if err != nil || !res.Stopped {
		t.Errorf("%+v, %v, told %v", res, err, kinds)
	}
	if r := mustJudge(t, c, nil); len(r.Runs) != 1 || !r.Runs[0].Stopped || r.StageStatus("scan") == diagnose.Passed {
		t.Errorf("%+v", r.Runs)
	}
}

func TestARunThatIsGivenUpEnds(t *testing.T) {
	d := testDesk(t)
	p := fakeClient(t, d)
	p.hang = true
	p.exec = func(*practice, pipeline.Exec, io.Writer) int { return 0 }
	c := openCase(t, d, tui.Place{Kind: tui.ThisComputer, Path: "local"})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_, err := c.Run(ctx, oneStep(t, c, "scan"), map[string]string{"package": "XYZ00012"}, nil, func(e pipeline.RunEvent) {
		if e.Kind == pipeline.RunStarted {
			stop()
		}
	})
	if err == nil || !strings.HasPrefix(err.Error(), "run scan: given up; ") {
		t.Errorf("got %v", err)
	}
	if r := mustJudge(t, c, nil); len(r.Runs) > 0 {
		t.Errorf("%+v", r.Runs)
	}
	if places := d.Places(t.Context()); len(places) != 2 {
		t.Errorf("this computer is offered twice: %+v", places)
	}
}

// The screen asks for everything while a step runs.
func TestEverythingAtOnce(t *testing.T) {
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Lab})
	following(t, c)
	steps, err := c.Plan(pipeline.PlanOptions{Stage: "scan"})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, ask := range []func() error{
		func() error {
			_, _, err := c.Judge(t.Context(), map[string]string{"last_hw_scan": "2007-06-05"})
			return err
		},
		func() error { return c.Refresh(t.Context()) },
		func() error { _, err := c.Facts(t.Context()); return err },
		func() error { _, err := c.Plan(pipeline.PlanOptions{}); return err },
		func() error { return c.Logs().Index(t.Context(), nil) },
	} {
		wg.Go(func() {
			for range 5 {
				if err := ask(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, st := range steps {
		if _, err := c.Run(t.Context(), st, nil, nil, nil); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}

// What the log said of an earlier run is not taken for the word of this one.
func TestAProgramThatFailsWithoutAWordIsFoundInALab(t *testing.T) {
	d := testDesk(t)
	c := openCase(t, d, tui.Place{Kind: tui.Lab})
	if r := runCase(t, c); r.Verdict.Status != diagnose.VerdictPassed {
		t.Fatalf("%+v", r.Verdict)
	}
	logs := filepath.Join(c.target.lab.Dir(), filepath.FromSlash(c.target.lab.LogFolder()))
	closeLogs(t, logs, "execmgr.log", "SecuritySyncXml.log")
	if r := runCase(t, c); r.Verdict.Status != diagnose.VerdictFailed || r.Verdict.Stage != "sync" {
		t.Errorf("%+v", r.Verdict)
	}
}

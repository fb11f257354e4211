package cli

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/pipeline"
	"patchtrace/tui"
)

// testDesk is a desk that works on real folders, and keeps things in temporary
// ones.
func testDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(labSession().deps)
	home := t.TempDir()
	d.states = func() (client.States, error) { return client.StatesIn(home), nil }
	d.env.kept = func() (client.Params, error) { return client.ParamsIn(home), nil }
	d.exports = func() string { return filepath.Join(home, "exports") }
	d.temp, d.here = t.TempDir(), ""
	return d
}

// openCase opens a place and closes it when the test ends; then nothing must be
// left of a lab.
func openCase(t *testing.T, d *desk, p tui.Place) *deskCase {
	t.Helper()
	c, err := d.Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(d.temp); err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	})
	return c.(*deskCase)
}

func mustJudge(t *testing.T, c tui.Case, answers map[string]string) *diagnose.Report {
	t.Helper()
	r, book, err := c.Judge(t.Context(), answers)
	if err != nil {
		t.Fatal(err)
	}
	if book.ID != r.Product {
		t.Errorf("playbook %s for a report of %s", book.ID, r.Product)
	}
	return r
}

// runCase runs all steps up to the first that does not pass, as the console does.
func runCase(t *testing.T, c tui.Case) *diagnose.Report {
	t.Helper()
	steps, err := c.Plan(pipeline.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var r *diagnose.Report
	for _, st := range steps {
		if _, err := c.Run(t.Context(), st, nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		r = mustJudge(t, c, nil)
		for _, want := range st.Wants {
			if r.StageStatus(want.Stage) != diagnose.Passed {
				return r
			}
		}
	}
	return r
}

// awaitLimit is how long a test waits for what must come.
const awaitLimit = 30 * time.Second

// following follows a case until the test ends, and waits for that.
func following(t *testing.T, c tui.Case) <-chan tui.Change {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	changes, ended := make(chan tui.Change), make(chan error, 1)
	go func() {
		ended <- c.Follow(ctx, func(ch tui.Change) {
			select {
			case changes <- ch:
			case <-ctx.Done():
			}
		})
	}()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(awaitLimit):
			t.Error("following does not end")
		}
	})
	return changes
}

// awaitChange returns the first change that is wanted.
func awaitChange(t *testing.T, changes <-chan tui.Change, wanted func(tui.Change) bool) tui.Change {
	t.Helper()
	limit := time.After(awaitLimit)
	for {
		select {
		case ch := <-changes:
			if wanted(ch) {
				return ch
			}
		case <-limit:
			t.Fatal("nothing was told")
		}
	}
}

// closeLogs takes the right to write from a folder and logs in it, until the test
// ends.
func closeLogs(t *testing.T, dir string, logs ...string) {
	t.Helper()
	for _, name := range append(logs, ".") {
		if err := os.Chmod(filepath.Join(dir, name), 0o555); err != nil {
			t.Fatal(err)
		}
	}
}

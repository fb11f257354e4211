package cli

import (
	"strings"
	"testing"

	"patchtrace/diagnose/trace"
	"patchtrace/tui"
)

func TestTheConsoleTracesAPatchOfALab(t *testing.T) {
	c := openCase(t, testDesk(t), tui.Place{Kind: tui.Lab})
	tr, err := c.Trace(t.Context(), "MS07-901")
	if err != nil || tr.Outcome != trace.Broken || tr.Chains[0].Broken != trace.StepCatalogue {
		t.Fatalf("before the sync: %+v, %v", tr, err)
	}
	runCase(t, c)
	tr, err = c.Trace(t.Context(), "KB990101")
	if err != nil || tr.Outcome != trace.Installed || !strings.Contains(tr.Target, "LAB") {
		t.Fatalf("after all stages: %+v, %v", tr, err)
	}
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Enter leads from a quoted line to the row of the console's log.
	at := 0
	for _, s := range tr.Chains[0].Steps {
		for _, e := range s.Evidence {
			if e.InLog() {
				requireRow(t, c, e.Log, e.Offset, e.Text)
				at++
			}
		}
	}
	if at < 4 {
		t.Errorf("%d quoted lines", at)
	}
	if _, err := c.Trace(t.Context(), "the red one"); err == nil || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

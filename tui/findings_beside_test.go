package tui

import (
	"strings"
	"testing"

	"patchtrace/diagnose"
)

// A proof that is a file, and no line of a log, shows its place at any width, and Enter
// on it leads to the Data tab of its stage.
func TestAProofBesideTheLogsNamesItsPlaceAndLeadsToData(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 36}, {40, 12}} {
		f := newFakeSite(t, size[0], size[1])
		more := f.c.report
		f.c.report = func(r *diagnose.Report) {
			more(r)
			r.Stages[0].Status = diagnose.Failed
			r.Stages[0].Findings = []diagnose.Finding{{
				Rule: "x", Severity: diagnose.SevError, Stage: "sync", Title: "It is behind",
				Evidence: []diagnose.Evidence{{Log: `\\DP01\SMSPKGC$\EXA00012\` + strings.Repeat(`deep\`, 20) + `mssecure.cab`, Beside: true, Time: &fakeNow, Text: "DataVersion 1.1"}},
			}}
		}
		f.press("R", "1")
		f.fits()
		f.seek("f0.p0")
		if text := f.frame(); !strings.Contains(text, `\\DP`) || !strings.Contains(text, "ssecure.cab") {
			t.Error(text)
		}
		if size[0] > 40 {
			f.sees("see Data")
		}
		f.press("enter")
		if f.m.s.tab != tabData {
			t.Error(f.frame())
		}
	}
}

package tui

import (
	"strings"
	"testing"

	"patchtrace/diagnose"
)

// without is a column of rows as one text, without what breaks its lines.
func without(rows []row) string {
	var b strings.Builder
	for i := range rows {
		b.WriteString(strings.TrimSpace(plainText(rows[i].text)))
	}
	return b.String()
}

// A proof that is a file, and no line of a log, shows its whole place and its time at any
// width, and Enter on it leads to the Data tab of its stage, which shows it whole too.
func TestAProofBesideTheLogsNamesItsPlaceAndLeadsToData(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 36}, {40, 12}} {
		f := newFakeSite(t, size[0], size[1])
		place := `\\DP01\SMSPKGC$\EXA00012\` + strings.Repeat(`deep\`, 20) + `mssecure.cab`
		f.c.facts = []Fact{{Stage: "sync", Label: "a catalogue with a long name, on a distribution point", Value: "DataVersion 1.1", File: place}}
		more := f.c.report
		f.c.report = func(r *diagnose.Report) {
			more(r)
			r.Stages[0].Status = diagnose.Failed
			r.Stages[0].Findings = []diagnose.Finding{{
				Rule: "x", Severity: diagnose.SevError, Stage: "sync", Title: "It is behind",
				Evidence: []diagnose.Evidence{{Log: place, Beside: true, Time: &fakeNow, Text: "DataVersion 1.1"}},
			}}
		}
		f.press("R", "1")
		f.fits()
		f.seek("f0.p0")
		if text := without(f.m.stages.list(f.m.stages.w).rows); !strings.Contains(text, "Proof   "+place) || !strings.Contains(text, "09:12:31") {
			t.Errorf("%v: %s", size, text)
		}
		if size[0] > 40 {
			f.sees("see Data")
		}
		f.press("enter")
		if f.m.s.tab != tabData {
			t.Error(f.frame())
		}
		f.fits()
		if text := without(f.m.stages.list(f.m.stages.w).rows); !strings.Contains(text, place) || !strings.Contains(strings.ReplaceAll(text, " ", ""), "onadistributionpoint") {
			t.Errorf("%v: %s", size, text)
		}
	}
}

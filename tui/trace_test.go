package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/trace"
)

// someTrace is a patch whose installation failed. Its proof stands in the example.
func someTrace() *trace.Trace {
	at := fakeNow.Add(-time.Hour)
	beside := func(log string, line int, text string) []diagnose.Evidence {
		return []diagnose.Evidence{{Log: log, Line: line, Time: &at, Beside: true, Text: text}}
	}
	proof := func(log string, line int, text string) []diagnose.Evidence {
		return []diagnose.Evidence{{Log: log, Line: line, Offset: -1, Time: &at, Text: text}}
	}
	return &trace.Trace{
		Schema: trace.Schema, Product: "sms2003", Target: "WKS-0417", Now: fakeNow, Outcome: trace.Broken,
		Patch:   trace.Patch{Text: "KB830000", Bulletins: []string{"MS04-000"}, Numbers: []string{"830000"}},
		Summary: "MS04-000 (KB830000): its installation failed 2026-02-12 08:12:31 -05:00, exit code 1603 (Fatal error during the installation)",
		Chains: []trace.Chain{{
			Bulletin: "MS04-000", Number: "830000", Product: "Windows XP Service Pack 1", Title: "Security Update for Microsoft Windows", Outcome: trace.Broken, Broken: trace.StepInstall,
			Summary: "its installation failed", Do: []string{"run the patch by hand on the client with a log of its own", "read the log from the first error"},
			Steps: []trace.Step{
				{ID: trace.StepCatalogue, Title: "in the catalogue", State: trace.OK, Text: "listed by the copy in the client's cache, published 2004-04-13", Evidence: beside("vpcache/EXA00012/1033/mssecure.cab", 0, "client's cache: DataVersion 1.1.2.412")},
				{ID: trace.StepScan, Title: "scanned", State: trace.OK, Text: "applicable since 2026-02-11 08:00:00 -05:00, by ScanWrapper.exe", Evidence: proof("WUAHandler.log", 6, "Failed to Add Update Source for WUAgent")},
				{ID: trace.StepInventory, Title: "in the inventory", State: trace.OK, Text: "the site has it as applicable", Evidence: beside("the site's inventory", 0, "Win32_PatchState ID=MS04-000")},
				{ID: trace.StepAuthorised, Title: "authorised", State: trace.OK, Text: "on the list of authorised updates", Evidence: beside("PatchAuthorize.xml", 3, "MS04-000 Q830000")},
				{ID: trace.StepInstall, Title: "installed", State: trace.Failed, Text: "its installation failed 2026-02-12 08:12:31 -05:00, exit code 1603 (Fatal error during the installation)", Code: "1603", CodeName: "ERROR_INSTALL_FAILURE", Evidence: proof("WUAHandler.log", 6, "MS04-000 (Q830000) ended with exit code 1603")},
				{ID: trace.StepRescan, Title: "seen as installed", State: trace.Pending, Behind: true, Text: "waits: it is not installed", Absent: "nothing to see before: it is not installed"},
			},
		}},
	}
}

func traceOf(t *testing.T, w, h int) *driver {
	d := drive(t, deskOf(t, func(c *fakeCase) { c.patches = somePatches(9) }), &example, w, h, Options{})
	d.press("p", "w")
	return d
}

func TestTheChosenPatchIsTraced(t *testing.T) {
	d := traceOf(t, 120, 36)
	d.sees("Trace of 830000", "BROKEN", "in the catalogue", "seen as installed", "exit code 1603", "WUAHandler.log:6", "run the patch by hand")
	if got := d.desk.cases[0].traced; len(got) != 1 || got[0] != "830000" {
		t.Errorf("traced %q", got)
	}
	d.seesNot("vpcache", "DataVersion") // only the open link shows its proof
	d.press("esc")
	d.sees("Patches", "1/9")
}

func TestTheTraceBeginsAtTheBrokenLinkAndTheOthersOpenAsTheyAreChosen(t *testing.T) {
	d := traceOf(t, 120, 36)
	d.press("up")
	d.sees("PatchAuthorize.xml:3")
	d.press("enter") // no line of a log: nothing to go to
	d.sees("Trace of 830000")
	d.seesNot("ERROR_INSTALL_FAILURE")
	d.press("home")
	d.sees("DataVersion 1.1.2.412")
	d.press("end")
	d.sees("nothing to see before")
}

func TestEnterGoesToTheLine(t *testing.T) {
	d := traceOf(t, 120, 36)
	d.press("enter")
	d.sees("Failed to Add Update Source")
	d.seesNot("Trace of")
	d.press("w")
	d.sees("Trace which patch?", "830000") // the last one is offered again
}

func TestAPatchIsAskedForWhereNoneIsChosen(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{})
	d.press("w")
	d.sees("Trace which patch?", "MS04-011")
	d.write("the red one")
	d.press("enter")
	d.sees("not the name of a patch")
	for range len("the red one") {
		d.press("backspace")
	}
	d.write("Q830000")
	d.press("enter")
	d.sees("Trace of Q830000", "its installation failed")
	d.press("esc")
	d.seesNot("Trace of")
}

func TestATraceThatCannotBeHadSaysWhy(t *testing.T) {
	d := drive(t, deskOf(t, func(c *fakeCase) {
		c.trace = func(string) (*trace.Trace, error) {
			return nil, errors.New("trace on WKS-0417: no log; give its folder")
		}
	}), &example, 80, 24, Options{})
	d.press("w")
	d.write("MS04-011")
	d.press("enter")
	d.sees("It could not be traced", "no log; give its folder")
}

func TestATraceIsCopiedAsText(t *testing.T) {
	d := traceOf(t, 80, 24)
	d.press("y")
	for _, want := range []string{"installed: broken, its installation failed", "1 run the patch by hand"} {
		if !strings.Contains(d.copied, want) {
			t.Errorf("copied %q", d.copied)
		}
	}
}

func TestLinearReadsATraceLinkByLink(t *testing.T) {
	d := newDialogue(t, &example)
	text := d.hold("trace KB830000", "trace", "MS04-000", "quit")
	saysAll(t, text, "Broken: MS04-000 (KB830000): its installation failed", "Link 1 of 6, in the catalogue: ok, listed by the copy",
		"Link 5 of 6, installed: broken,", "Proof of installed, WUAHandler.log line 6:", "Do 1: run the patch by hand", "Which patch?")
	if got := d.desk.cases[0].traced; len(got) != 2 || got[1] != "MS04-000" {
		t.Errorf("traced %q", got)
	}
}

func TestATraceNamesACopyThatIsMissingWithItsWholePath(t *testing.T) {
	name := `\\DP01\SMSPKGC$\EXA00012\` + strings.Repeat(`deep\`, 12) + `mssecure.cab`
	d := drive(t, deskOf(t, func(c *fakeCase) {
		c.patches = somePatches(9)
		c.trace = func(string) (*trace.Trace, error) {
			tr := someTrace()
			steps := tr.Chains[0].Steps
			steps[0].State, steps[0].Copies = trace.Failed, []trace.Copy{{Place: "distribution point", Name: name, State: trace.CopyMissing}}
			tr.Chains[0].Broken = trace.StepCatalogue
			return tr, nil
		}
	}), &example, 40, 12, Options{})
	d.press("p", "w")
	if text := without(d.m.trace.list.rows); !strings.Contains(text, name) {
		t.Errorf("%s\n%s", text, d.frame())
	}
}

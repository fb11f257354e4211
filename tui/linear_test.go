package tui

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

func TestLinearTellsOnOpeningWhatBrokeAndWhatToTypeNext(t *testing.T) {
	d := newDialogue(t, &example)
	goldenTranscript(t, "open", d.hold("", "stages", "findings", "quit"))
}

func TestLinearReadsTheStagesByTheirNumbers(t *testing.T) {
	d := newDialogue(t, &example)
	goldenTranscript(t, "stages", d.hold("1", "findings", "4", "findings", "5", "times", "times", "t 3", "q"))
}

func TestLinearHasATargetChosenFromAMenu(t *testing.T) {
	d := newDialogue(t, nil)
	goldenTranscript(t, "choose", d.hold("1", "9", "2", "2", "reveal", "open", "3", "quit"))
	if n := len(d.desk.cases); n != 2 || !d.desk.cases[0].closed || !d.desk.cases[1].closed {
		t.Errorf("of %d targets that were opened not all were closed", n)
	}
}

func TestLinearGuidesThroughStepsThatAreTickedAndAnswered(t *testing.T) {
	d := newDialogue(t, &linearLab)
	d.desk.prepare = sms2003Lab
	goldenTranscript(t, "guide", d.hold("3", "guide", "tick 1", "answer 3", "perhaps", "yes", "answer 1 no",
		"hardware yesterday", "", "2026-02-01T02:00", "hardware none", "answer 6 2026-02-01 02:00", "tick 99", "3", "quit"))
	kept := d.desk.states["../testdata/example"]
	if !strings.HasPrefix(kept.Answers["last_hw_scan"], "2026-02-01 02:00") {
		t.Errorf("kept is %v", kept.Answers)
	}
}

func TestLinearRunsAStageAfterItsLineWasReadOutAndAgreedTo(t *testing.T) {
	d := newDialogue(t, &linearLab)
	d.desk.prepare = func(c *fakeCase) {
		sms2003Lab(c)
		c.run = toldEvents(pipeline.Result{HasCode: true, Code: 5},
			pipeline.RunEvent{Kind: pipeline.RunStarted},
			pipeline.RunEvent{Kind: pipeline.RunOutput, Elapsed: 2 * time.Second, Text: "Downloading \x1b[31mthe catalogue"},
			pipeline.RunEvent{Kind: pipeline.RunMark, Elapsed: 61 * time.Second, Mark: &pipeline.Mark{Kind: pipeline.Failure, Title: "The proxy asks for a login", Log: "SecuritySyncXml.log", Line: 12}},
			pipeline.RunEvent{Kind: pipeline.RunReturned, Elapsed: 62 * time.Second, Code: 5},
			pipeline.RunEvent{Kind: pipeline.RunOver, Elapsed: 62 * time.Second})
	}
	goldenTranscript(t, "run", d.hold("1", "run", "1", "SYNC 01", "SYNC01", "SMSTools", "Tools", "XYZ00012", `\\DP01\SMSPKGC$\XYZ00012`,
		"change", "3", "SYNC02", "", "maybe", "yes", "quit"))
	if got := d.desk.states["../testdata/example"].Params["synchost"]; got != "SYNC02" {
		t.Errorf("the parameter that was changed is kept as %q", got)
	}
}

func TestLinearRunsAllStagesUpToTheOneThatBreaks(t *testing.T) {
	d := newDialogue(t, &linearLab)
	ran := runsIn(d)
	goldenTranscript(t, "all", d.hold("all", "yes", "quit"))
	if got := strings.Join(ran(), " "); got != "sync scan" {
		t.Errorf("ran %q: the scan broke, so nothing after it", got)
	}
}

func TestLinearAsksTwiceBeforeAnInstall(t *testing.T) {
	for _, c := range []struct {
		answers []any
		want    int
	}{
		{[]any{"4", "run", "1", "yes", "no"}, 0},
		{[]any{"4", "run", "1", "yes"}, 0},
		{[]any{"4", "run", "1", "no"}, 0},
		{[]any{"4", "run", "1", "yes", "yes"}, 1},
	} {
		d := newDialogue(t, &linearLab)
		ran := runsIn(d)
		text := d.hold(c.answers...)
		if len(ran()) != c.want {
			t.Errorf("%v: ran %d times, not %d\n%s", c.answers, len(ran()), c.want, text)
		}
	}
}

func TestLinearTakesEveryAnswerThatIsPipedInAtOnce(t *testing.T) {
	d := newDialogue(t, &linearLab)
	ran := runsIn(d)
	text := d.read(strings.NewReader("4\r\nrun\r\n1\r\nyes\r\nyes\r\n1\r\nlookup\r\n0x80041003\r\nquit\r\n"))
	if len(ran()) != 1 {
		t.Errorf("ran %d times, not once", len(ran()))
	}
	saysAll(t, text, "Stage 1 of 4", "WBEM_E_ACCESS_DENIED")
}

func TestLinearRunsNothingWhereverTheInputEnds(t *testing.T) {
	script := []any{"4", "run", "1", "change", "1", "/g:1", "yes", "yes"}
	for n := range len(script) {
		d := newDialogue(t, &linearLab)
		ran := runsIn(d)
		text := d.hold(script[:n]...)
		if len(ran()) != 0 {
			t.Errorf("after %v: something was run\n%s", script[:n], text)
		}
		if !d.desk.cases[0].closed {
			t.Errorf("after %v: the target is still open", script[:n])
		}
	}
	d := newDialogue(t, nil)
	d.hold()
	d.hold("2")
	if len(d.desk.cases) != 0 {
		t.Error("a target was opened that nobody chose")
	}
}

func TestLinearSaysWhyStagesCannotBeRunAndWhatToDoInstead(t *testing.T) {
	text := newDialogue(t, &example).hold("run", "all", "quit")
	if strings.Count(text, "Stages cannot be run: this is a place of copied logs") != 2 {
		t.Error(text)
	}
	saysAll(t, text, "Type guide")
}

func TestLinearSaysWhatIsPossibleInsteadOfAnUnknownCommand(t *testing.T) {
	text := newDialogue(t, &example).hold("frobnicate\x1b[2J", "previous", "proof 77", "log many", "quit")
	saysAll(t, text, "There is no command frobnicate", "Possible are: stages, findings", "Type log, errors,", "Give the number of a proof", "many is no number")
	text = newDialogue(t, nil).hold("cancel", "findings", "quit")
	saysAll(t, text, "For findings a target must be open. Type open")
}

func TestLinearTellsAChangeBeforeTheNextQuestion(t *testing.T) {
	d := newDialogue(t, &linearLab)
	var mended bool
	var mu sync.Mutex
	d.desk.prepare = func(c *fakeCase) {
		c.report = func(r *diagnose.Report) {
			mu.Lock()
			defer mu.Unlock()
			if mended {
				r.Stages[1].Status, r.Stages[1].Findings = diagnose.Passed, nil
				r.Verdict = diagnose.Verdict{Status: diagnose.VerdictPassed, Summary: "All stages passed."}
			}
		}
	}
	change := func() {
		mu.Lock()
		mended = true
		mu.Unlock()
		c := d.desk.cases[0]
		c.changes <- Change{Logs: []string{"WUAHandler.log"}}
		c.changes <- Change{} // taken once the one before it was told
	}
	text := d.hold(change, "stages", "quit")
	changed := strings.Index(text, "Changed: Scan is now passed.")
	if changed < 0 || strings.Count(text, "Changed:") != 2 {
		t.Fatalf("the change was not told, or not once\n%s", text)
	}
	if asked := strings.LastIndex(text, "What next? stages"); changed < asked {
		t.Errorf("the change was told while stages was typed\n%s", text)
	}
}

func TestLinearInterruptsTheWaitingThenTheProgramThenItself(t *testing.T) {
	d := newDialogue(t, &linearLab)
	runsIn(d)
	prepare := d.desk.prepare
	d.desk.prepare = func(c *fakeCase) {
		prepare(c)
		c.run = func(ctx context.Context, _ pipeline.Planned, _ map[string]string, interrupt <-chan struct{}, tell func(pipeline.RunEvent)) (pipeline.Result, error) {
			d.interrupt <- struct{}{}
			<-interrupt
			tell(pipeline.RunEvent{Kind: pipeline.RunUnwaited})
			d.interrupt <- struct{}{}
			<-interrupt
			tell(pipeline.RunEvent{Kind: pipeline.RunStopping})
			d.interrupt <- struct{}{}
			<-ctx.Done()
			return pipeline.Result{Stopped: true}, ctx.Err()
		}
	}
	text := d.hold("1", "run", "1", "yes", "stages")
	saysAll(t, text, "not waiting for the logs any more", "stopping the program")
	if strings.Contains(text, "What next? stages") {
		t.Errorf("the third interrupt did not end the dialogue\n%s", text)
	}
}

func TestLinearLeavesAQuestionOnAnInterrupt(t *testing.T) {
	d := newDialogue(t, &linearLab)
	ran := runsIn(d)
	block := make(chan struct{})
	defer close(block)
	text := d.hold("1", "run", "1", func() { d.interrupt <- struct{}{}; d.interrupt <- struct{}{}; <-block })
	saysAll(t, text, "Nothing was run.")
	if len(ran()) != 0 {
		t.Error("an interrupt was taken for a yes")
	}
}

func TestLinearSaysThatASilentRunGoesOn(t *testing.T) {
	d := newDialogue(t, &linearLab)
	runsIn(d)
	pulse := make(chan time.Time)
	prepare := d.desk.prepare
	d.desk.prepare = func(c *fakeCase) {
		prepare(c)
		c.run = func(_ context.Context, _ pipeline.Planned, _ map[string]string, _ <-chan struct{}, tell func(pipeline.RunEvent)) (pipeline.Result, error) {
			pulse <- time.Time{}
			return pipeline.Result{HasCode: true}, nil
		}
	}
	d.prepare = func(l *linear) { l.after = func(time.Duration) <-chan time.Time { return pulse } }
	saysAll(t, d.hold("1", "run", "1", "yes", "quit"), "still running.")
}

func TestLinearSaysWhyATargetCannotBeOpenedAndAsksAgain(t *testing.T) {
	d := newDialogue(t, &Place{Kind: Folder, Path: "../testdata/nowhere"})
	text := d.hold("findings", "open", "3", "quit")
	saysAll(t, text, "Error: ", "nowhere", "Verdict: failed at scan.")
}

func TestLinearReadsPatchesAndTheirPropertiesOut(t *testing.T) {
	d := newDialogue(t, &linearLab)
	d.desk.prepare = func(c *fakeCase) {
		c.patches = []Patch{
			{Class: "Win32_PatchState", Props: []Prop{{"ID", "MS07-901"}, {"Status", "Applicable"}, {"Title", "Update of a\x1b[2Jparser"}, {"Locale", ""}}},
			{Class: "Win32_PatchState", Props: []Prop{{"ID", "MS07-902"}, {"Status", "Installed"}}},
		}
	}
	goldenTranscript(t, "patches", d.hold("patches", "patches installed", "patches 1", "patches none", "quit"))
	saysAll(t, newDialogue(t, &example).hold("p", "quit"), "connect WBEMTEST to")
}

func TestLinearKeepsItsLinesWithinTheWidth(t *testing.T) {
	for _, width := range []int{40, 80, 132} {
		d := newDialogue(t, &example)
		d.width = width
		for _, line := range strings.Split(d.hold("findings", "help", "timeline", "1", "findings", "huh", "quit"), "\n") {
			if len([]rune(line)) > width+len(" findings") {
				t.Errorf("%d cells where there are %d: %s", len([]rune(line)), width, line)
			}
		}
	}
}

func TestLinearReportsThatItCannotWrite(t *testing.T) {
	out := &brokenPipe{after: 3}
	err := Linear(context.Background(), Options{Desk: newFakeDesk(t), Open: &example, In: strings.NewReader("stages\n"), Out: out})
	if err == nil || !strings.Contains(err.Error(), "write the dialogue") {
		t.Errorf("got %v", err)
	}
}

type brokenPipe struct{ after int }

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.after--; b.after < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestLinearOffersThreeCommandsThatSuitTheState(t *testing.T) {
	for _, c := range []struct {
		status string
		place  Place
		want   string
	}{
		{diagnose.VerdictFailed, example, "findings, proof 1, guide"},
		{diagnose.VerdictFailed, linearLab, "findings, proof 1, all"},
		{diagnose.VerdictWaiting, example, "findings, follow, timeline"},
		{diagnose.VerdictPassed, example, "timeline, patches, guide"},
		{diagnose.VerdictUnknown, example, "findings, guide, open"},
		{diagnose.VerdictUnknown, linearLab, "all, guide, findings"},
	} {
		d := newDialogue(t, &c.place)
		d.desk.prepare = func(k *fakeCase) {
			k.report = func(r *diagnose.Report) { r.Verdict = diagnose.Verdict{Status: c.status, Summary: "So it is."} }
		}
		var got []string
		_, hints, _ := strings.Cut(d.hold("quit"), "Useful now:\n")
		for _, line := range strings.Split(hints, "\n") {
			if name, _, ok := strings.Cut(line, ": "); ok && len(got) < 3 {
				got = append(got, name)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s at %s: %v, not %s", c.status, c.place.Kind, got, c.want)
		}
	}
}

func TestLinearReadsARowOfAPaneAsASentence(t *testing.T) {
	for _, c := range []struct{ row, want string }{
		{"  Proof   WUAHandler.log:6  09:12:31", "Proof: WUAHandler.log:6, 09:12:31"},
		{"  Software updates scan cycle  default", "Software updates scan cycle, default"},
		{"          2 Remove the setting", "2 Remove the setting"},
		{"    MS07-901    Applicable   2007", "MS07-901, Applicable, 2007"},
		{"  The scan ran.   Then it broke", "The scan ran. Then it broke"},
		{"          " + linearQuote + " a   b", linearQuote + " a   b"},
		{"\x1b[1mbold\x1b[0m", "bold"},
		{"", ""},
	} {
		if got := linearRow(c.row); got != c.want {
			t.Errorf("%q is read as %q, not %q", c.row, got, c.want)
		}
	}
}

func TestLinearWritesNoAnswersOfATerminalAndEndsItsLastLine(t *testing.T) {
	var out strings.Builder
	err := Linear(context.Background(), Options{Desk: newFakeDesk(t), Open: &example, Now: func() time.Time { return fakeNow }, In: strings.NewReader("frob\n"), Out: &out})
	if err != nil || strings.Contains(out.String(), "What next? frob") || !strings.Contains(out.String(), "What next? \nWKS-0417: failed") || !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestLinearSaysOnceThatATargetIsALab(t *testing.T) {
	for name, want := range map[string]string{"LAB-WKS-01": "Target: LAB-WKS-01, a practice lab.\n", "WKS-01 · LAB · fault": "Target: WKS-01 · LAB · fault.\n"} {
		d := newDialogue(t, &linearLab)
		d.desk.prepare = func(c *fakeCase) { c.about.Name = name }
		saysAll(t, d.hold("quit"), want)
	}
}

func TestLinearNamesALogThatIsNeededAndMissing(t *testing.T) {
	d := newDialogue(t, &example)
	d.desk.prepare = func(c *fakeCase) {
		c.report = func(r *diagnose.Report) {
			r.Coverage = []diagnose.Coverage{
				{Log: "ScanAgent.log", Stage: "scan", State: diagnose.LogRead, Records: 21},
				{Log: "WUAHandler.log", Stage: "scan", State: diagnose.LogDenied, Required: true, Note: "run as an administrator"},
				{Log: "WindowsUpdate.log", Stage: "scan", State: diagnose.LogMissing},
			}
		}
	}
	saysAll(t, d.hold("findings", "quit"), "Needed for a verdict, and denied: WUAHandler.log. Run as an administrator.",
		"Judged by 1 log. Not read, and not needed: 1.")
}

func TestLinearUnderstandsEveryCommandThatHelpReadsOut(t *testing.T) {
	help := newDialogue(t, &example).hold("help", "quit")
	for _, c := range linearCommands() {
		for _, word := range []string{c.name, c.letter} {
			if word != "" && (linearFind(word) == nil || linearFind(word).name != c.name) {
				t.Errorf("%q does not mean %s", word, c.name)
			}
		}
		saysAll(t, help, "\n"+c.name)
	}
}

func TestLinearGoesToAStageByItsName(t *testing.T) {
	d := newDialogue(t, &example)
	saysAll(t, d.hold("inventory", "quit"), "Stage 3 of 4, Inventory", "Inventory. What next?")
}

func TestLinearSaysThatAFolderHasNoLogs(t *testing.T) {
	d := newDialogue(t, &example)
	d.desk.prepare = func(c *fakeCase) {
		c.report = func(r *diagnose.Report) { r.Coverage = nil }
	}
	saysAll(t, d.hold("quit"), "No log was found here")
}

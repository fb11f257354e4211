package tui

import (
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func pasted(text string) tea.PasteMsg { return tea.PasteMsg{Content: text} }

// atStart is a console without a target.
func atStart(t *testing.T, desk *fakeDesk) *driver { return drive(t, desk, nil, 80, 24, Options{}) }

// choose goes to the row of the start screen with that text, and opens it.
func (d *driver) choose(text string) {
	d.t.Helper()
	d.press("home")
	for range 20 {
		if strings.Contains(d.chosenLine(), text) {
			d.press("enter")
			return
		}
		d.press("down")
	}
	d.t.Fatalf("no row says %q\n%s", text, d.frame())
}

// chosenLine is the line with the cursor.
func (d *driver) chosenLine() string {
	lines := strings.Split(d.frame(), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.Contains(lines[i], "▸") {
			return lines[i]
		}
	}
	return ""
}

func TestTheStartScreenSaysWhatItIsForAndWhatCanBeOpened(t *testing.T) {
	d := atStart(t, newFakeDesk(t))
	d.sees("one of four stages", "Another computer", "A folder", "A .zip", "Practice lab", "At hand", "../testdata/example",
		"off: no client of SMS or Configuration Manager was found here")
	if strings.Contains(d.chosenLine(), "This computer") {
		t.Error("what cannot be opened is chosen")
	}
}

func TestWhatIsOffCannotBeOpened(t *testing.T) {
	d := atStart(t, newFakeDesk(t))
	for range 12 {
		if strings.Contains(d.chosenLine(), "This computer") {
			t.Fatal("what cannot be opened can be chosen")
		}
		d.press("down")
	}
}

func TestAPlaceThatWasOpenedBeforeOpensAtOnce(t *testing.T) {
	d := atStart(t, newFakeDesk(t))
	d.choose("../testdata/example")
	d.sees("FAILED at scan")
}

func TestAHostIsWrittenWithOrWithoutItsBackslashes(t *testing.T) {
	for _, typed := range []string{"WKS-9", `\\WKS-9`, `\\WKS-9\`, " WKS-9 "} {
		desk := newFakeDesk(t)
		desk.openErr = errors.New("no such host")
		d := atStart(t, desk)
		d.choose("Another computer")
		d.write(typed)
		d.press("enter")
		if got := d.m.start.failed; got.Kind != Remote || got.Path != `\\WKS-9` {
			t.Errorf("%q opens %+v", typed, got)
		}
	}
}

func TestWhatCannotBeAHostIsRefusedWithTheReason(t *testing.T) {
	for typed, why := range map[string]string{"": "no name", `\\`: "no name", `\\a\b`: "is a folder", "a b": "cannot be the name"} {
		d := atStart(t, newFakeDesk(t))
		d.choose("Another computer")
		d.write(typed)
		d.press("enter")
		d.sees(why)
		if d.m.mode != modeStart || d.m.top() == nil {
			t.Errorf("%q was taken", typed)
		}
	}
}

func TestAFolderCanBePastedWithTheQuotesOfWindows(t *testing.T) {
	d := atStart(t, newFakeDesk(t))
	d.choose("A folder")
	d.send(pasted(`"../testdata/example"`))
	d.press("enter")
	d.sees("FAILED at scan")
}

func TestAZipMustBeOne(t *testing.T) {
	d := atStart(t, newFakeDesk(t))
	d.choose("A .zip")
	d.write("logs.rar")
	d.press("enter")
	d.sees("logs.rar is not named .zip")
}

func TestAnErrorOfOpeningIsShownWholeAndThePathCanBeMended(t *testing.T) {
	desk := newFakeDesk(t)
	why := `read log folder \\WKS-0417\admin$\CCM\Logs: access denied; run as an administrator of WKS-0417, or copy the folder and give its path`
	desk.openErr = errors.New(why)
	for _, size := range screenSizes {
		d := drive(t, desk, nil, size[0], size[1], Options{})
		d.choose("Another computer")
		d.write("WKS-0417")
		d.press("enter")
		d.fits()
		flat := strings.Join(strings.Fields(strings.NewReplacer("│", "", "▸", "", "\n", "").Replace(d.frame())), " ")
		for _, part := range []string{"Not opened", "access denied", "give its path"} {
			if size[1] > 12 && !strings.Contains(flat, part) {
				t.Errorf("%v: %q is not on the screen\n%s", size, part, d.frame())
			}
		}
		d.choose("Another computer")
		d.sees(`\\WKS-0417`)
	}
}

func TestALabOpensWithTheFaultThatIsChosen(t *testing.T) {
	d := atStart(t, newFakeDesk(t))
	d.choose("Practice lab")
	d.sees("1 Sync", "proxy-login", "the proxy asks for a login", "4 Install", "exit-1603")
	d.write("wmi refuses")
	d.sees("repository-denied")
	d.seesNot("proxy-login", "exit-1603", "No fault")
	d.press("enter")
	d.sees("LAB")
	if p := d.m.s.place; p.Fault != "repository-denied" || p.Secret || p.Product != "" {
		t.Errorf("opened %+v", p)
	}
}

func TestALabCanBeWithoutFaultAndOfAnotherProduct(t *testing.T) {
	d := atStart(t, newFakeDesk(t))
	d.choose("Practice lab")
	d.press("tab")
	d.sees("SMS 2.0")
	d.press("down", "enter")
	if p := d.m.s.place; p.Fault != "" || p.Secret || p.Product != "sms2" {
		t.Errorf("opened %+v", p)
	}
}

func TestAFaultThatIsNotThereIsToldSo(t *testing.T) {
	d := atStart(t, newFakeDesk(t))
	d.choose("Practice lab")
	d.write("zzz")
	d.sees("No fault has that in its name or cause")
	d.press("enter")
	if d.m.mode != modeStart {
		t.Error("something was opened")
	}
	d.press("esc")
	if d.m.top() != nil {
		t.Error("Esc does not leave the list")
	}
}

// surprised is a lab whose fault, repository-denied at the scan, is hidden.
func surprised(t *testing.T) *driver {
	d := atStart(t, deskOf(t, func(c *fakeCase) { c.reveal = "repository-denied" }))
	d.m.start.random = func(int) int { return 1 }
	d.choose("Practice lab")
	d.press("enter") // Surprise me comes first
	return d
}

func TestASurpriseIsHiddenUntilTheEngineerSaysWhereItIs(t *testing.T) {
	d := surprised(t)
	if p := d.m.s.place; p.Fault != "repository-denied" || !p.Secret {
		t.Fatalf("opened %+v", p)
	}
	d.seesNot("repository-denied")
	d.sees("v reveal fault")
	d.press("v")
	d.sees("Which stage do you think broke?")
	d.seesNot("repository-denied")
	d.press("2")
	d.sees("Right: scan", "repository-denied", "WMI refuses the results of the scan")
	d.press("esc")
	if d.m.top() != nil {
		t.Error("Esc does not close it")
	}
}

func TestAWrongGuessIsToldSo(t *testing.T) {
	d := surprised(t)
	d.press("v", "4")
	d.sees("Not quite: it was scan, not install", "repository-denied")
	d.press("esc", "v", "up", "up", "down", "enter")
	d.sees("Right: scan")
}

func TestWithoutASecretThereIsNothingToReveal(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{})
	d.seesNot("reveal")
	d.press("v")
	d.sees("Nothing is hidden here")
}

func TestTheQuestionAboutTheFaultFitsEverySize(t *testing.T) {
	d := surprised(t)
	for _, size := range sizes {
		d.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		d.press("v")
		d.sees("Which stage do you think broke?", "4 Install")
		d.fits()
		d.press("1")
		d.sees("repository-denied", "Not quite")
		d.fits()
		d.press("esc")
	}
}

// manyDesk knows the faults of both products.
type manyDesk struct{ *fakeDesk }

func (d manyDesk) FaultsOf(product string) []Fault {
	return []Fault{{"only-" + product, "scan", "something of " + product, product + ".scan.x"}}
}

func TestTheListHasOnlyFaultsOfTheProduct(t *testing.T) {
	d := atStart(t, newFakeDesk(t))
	d.m.desk = manyDesk{d.desk}
	d.choose("Practice lab")
	d.sees("only-sms2003")
	d.seesNot("something of sms2 ")
	d.press("tab")
	d.sees("only-sms2 ")
	d.seesNot("only-sms2003")
	d.press("enter")
	if p := d.m.s.place; p.Fault != "only-sms2" || p.Product != "sms2" || !p.Secret {
		t.Errorf("opened %+v", p)
	}
}

func TestHelpAndQuitAreInSightOfTheStartScreenAtEverySize(t *testing.T) {
	for _, size := range screenSizes {
		drive(t, newFakeDesk(t), nil, size[0], size[1], Options{}).sees("⏎ open", "? help", "q quit")
	}
}

func TestTheCauseOfTheChosenFaultIsToldWholeAtEverySize(t *testing.T) {
	desk := newFakeDesk(t)
	desk.faults[1].Cause = "WMI refuses the results of the scan, which is told to nobody but the log of its own"
	for _, size := range screenSizes {
		d := drive(t, desk, nil, size[0], size[1], Options{})
		d.choose("Practice lab")
		d.sees("Surprise me")
		for range 3 {
			d.press("down")
		}
		flat := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "\n", " ").Replace(d.frame())), " ")
		if size[0] > 40 && !strings.Contains(flat, desk.faults[1].Cause) || !strings.Contains(flat, "refuses the results of the scan") {
			t.Errorf("%v: it is not told\n%s", size, d.frame())
		}
		d.fits()
	}
}

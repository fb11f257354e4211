package tui

import (
	"cmp"
	"errors"
	"strings"
	"testing"
)

func patchesOf(t *testing.T, patches []Patch, w, h int) *driver {
	d := drive(t, deskOf(t, func(c *fakeCase) { c.patches = patches }), &example, w, h, Options{})
	d.press("p")
	return d
}

func TestThePatchesAreCountedByTheirStatus(t *testing.T) {
	d := patchesOf(t, somePatches(30), 120, 36)
	d.sees("10 applicable, 20 installed", "Bulletin", "MS04-000", "830000", "Windows XP", "2004-04-13", "1/30")
}

func TestAPropertyThatNobodyKnowsIsShown(t *testing.T) {
	d := patchesOf(t, somePatches(3), 120, 36)
	d.sees("OddProperty", "kept")
}

func TestThePatchesAreSortedByTheNextColumn(t *testing.T) {
	d := patchesOf(t, somePatches(30), 120, 36)
	first := func() string { return d.m.patches.patches[d.m.patches.order[0]].name() }
	d.press("s") // status
	d.sees("Status ↓")
	if first() != "MS04-000" {
		t.Errorf("first is %s", first())
	}
	d.press("s", "S") // bulletin, the last first
	d.sees("Bulletin ↑")
	if first() != "MS04-029" {
		t.Errorf("first is %s", first())
	}
	d.press("s") // KB, the least first
	if d.sees("KB ↓"); first() != "MS04-029" {
		t.Errorf("first is %s", first())
	}
}

func TestEveryColumnCanBeSortedByAtEverySize(t *testing.T) {
	for _, size := range screenSizes {
		d := patchesOf(t, somePatches(9), size[0], size[1])
		for range 12 {
			d.press("s")
			d.fits()
			if by := d.m.patches.want.by; by != "" {
				found := false
				for _, name := range d.m.patches.names {
					found = found || strings.EqualFold(name, by) && strings.Contains(d.frame(), columnOf(name).title+" ↓")
				}
				if !found {
					t.Errorf("%v: the column of %s is not in sight\n%s", size, by, d.frame())
				}
			}
		}
	}
}

func TestNumbersAreSortedBySize(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"9", "10", -1}, {"10", "9", 1}, {"830000", "830000", 0}, {"KB9", "KB10", 1}, {"a", "B", -1}, {"", "1", -1}} {
		if got := natural(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestTheStatusFilterGoesThroughAllOfThem(t *testing.T) {
	d := patchesOf(t, somePatches(30), 120, 36)
	d.press("f")
	d.sees("only Applicable: 10 of 30", "1/10")
	d.press("f")
	d.sees("only Installed: 20 of 30")
	d.press("f")
	d.sees("10 applicable, 20 installed", "2/30") // what was chosen still is
}

func TestASearchNarrowsTheTableAndIsClearedWithOneKey(t *testing.T) {
	d := patchesOf(t, somePatches(30), 120, 36)
	d.press("/")
	d.write("ms04-017")
	d.press("enter")
	d.sees(`only "ms04-017": 1 of 30`, "MS04-017", "F show all")
	d.seesNot("MS04-001")
	d.press("F")
	d.sees("18/30")
	d.press("/")
	d.write("no such thing")
	d.press("enter")
	d.sees("No patch is like that. F shows all.")
	d.press("enter")
	d.sees("No patch is chosen")
}

func TestShowMOFIsOneKeyAwayAndCanBeCopied(t *testing.T) {
	d := patchesOf(t, somePatches(30), 80, 24)
	d.press("down", "enter")
	d.sees("Show MOF: MS04-001", "instance of Win32_PatchState", `Status = "Installed";`)
	d.press("y")
	if !strings.Contains(d.copied, "\tID = \"MS04-001\";") {
		t.Errorf("copied %q", d.copied)
	}
	d.press("esc")
	d.seesNot("Show MOF:")
}

func TestAnInstanceWithoutMOFIsWrittenFromItsProperties(t *testing.T) {
	d := patchesOf(t, []Patch{{Props: []Prop{{"QNumbers", "830000"}, {"Path", `a\b "c"`}}}}, 80, 24)
	d.sees("1 without a status")
	d.press("enter")
	d.sees("instance of Win32_PatchState", `QNumbers = "830000";`, `Path = "a\\b \"c\"";`)
}

func TestWithoutPatchesItSaysWhyAndHowToSeeThem(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{})
	d.press("p")
	d.sees("The patches cannot be had", "only its logs are here", "WBEMTEST", `root\ccm\SoftwareUpdates\UpdatesStore`, "SELECT * FROM CCM_UpdateStatus", "Show MOF")
	d = patchesOf(t, []Patch{}, 80, 24)
	d.sees("CCM_UpdateStatus has no instance", "WBEMTEST")
	book, err := loadBook("sms2003")
	if err != nil {
		t.Fatal(err)
	}
	d.m.s.book = book
	d.sees("Win32_PatchState has no instance", `root\cimv2`, "SELECT * FROM Win32_PatchState")
}

func TestTheDataOfAScanIsCalledByItsClass(t *testing.T) {
	for _, class := range []string{"", "Win32_PatchState"} {
		patches := somePatches(3)
		for i := range patches {
			patches[i].Class = class
		}
		d := drive(t, deskOf(t, func(c *fakeCase) { c.patches = patches }), &example, 80, 24, Options{})
		d.press("]")
		if want := cmp.Or(class, "CCM_UpdateStatus"); !strings.Contains(d.frame(), "│ "+want+" ") {
			t.Errorf("%q: it is not called %s\n%s", class, want, d.frame())
		}
	}
}

func TestThePatchesBeforeTheDamageAreShown(t *testing.T) {
	d := drive(t, deskOf(t, func(c *fakeCase) {
		c.patches, c.damaged = somePatches(3), errors.New("read Win32_PatchState in a.mof: line 9: want a value")
	}), &example, 120, 36, Options{})
	d.press("p")
	d.sees("1/3", "Not all could be read: read Win32_PatchState in a.mof: line 9")
}

func TestPatchesAreFetchedAgainOnlyWhenSomethingChanged(t *testing.T) {
	d := patchesOf(t, somePatches(3), 80, 24)
	d.sees("1/3")
	d.desk.cases[0].patches = somePatches(6)
	d.press("p", "p")
	d.sees("1/3")
	d.press("R")
	d.sees("1/6")
}

func TestAHundredThousandPatchesScrollAtOnce(t *testing.T) {
	d := patchesOf(t, somePatches(100_000), 200, 60)
	d.sees("1/100000")
	d.press("G")
	d.sees("100000/100000", "MS04-99999")
	d.press("pgup", "g")
	d.sees("1/100000")
}

func BenchmarkAKeyInAHundredThousandPatches(b *testing.B) {
	s := &session{env: &env{look: newLook(true, true, false), keys: newKeys(false)}}
	p := newPatchTable(s)
	p.fetching = true
	read := readPatches(nil, somePatches(100_000), 0)
	p.patches, p.names, p.words, p.counts = read.rows, read.names, read.words, read.counts
	p.order = arrangement{}.apply(p.patches)
	for b.Loop() {
		p.key(press("down"))
		p.View(200, 50)
	}
}

func BenchmarkReadingAHundredThousandPatches(b *testing.B) {
	patches := somePatches(100_000)
	for b.Loop() {
		read := readPatches(nil, patches, 0)
		arrangement{by: "product", search: "windows"}.apply(read.rows)
	}
}

func TestATimeThatDoesNotFitItsColumnShowsItsDay(t *testing.T) {
	for _, tt := range []struct {
		value string
		room  int
		want  string
	}{
		{"2026-11-25 13:08", 10, "2026-11-25"},
		{"2026-11-25 13:08", 16, "2026-11-25 13:08"},
		{"2026-11-25 13:08", 8, "2026-11-25 13:08"},
		{"not a time at all", 10, "not a time at all"},
	} {
		if got := cellValue(tt.value, tt.room); got != tt.want {
			t.Errorf("%q in %d cells: %q", tt.value, tt.room, got)
		}
	}
}

func TestAMissingUpdateIsDrawnLikeAnApplicablePatch(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 80, 24, Options{})
	k := &d.m.s.look
	missing, _ := k.patchStatus("Missing")
	applicable, _ := k.patchStatus("Applicable")
	unknown, _ := k.patchStatus("Wanted")
	if missing != applicable || missing == unknown {
		t.Errorf("%q, %q, %q", missing, applicable, unknown)
	}
}

// Why there are no patches, and how to see them by hand, can be read to its end.
func TestWhatStandsInThePlaceOfTheTableScrolls(t *testing.T) {
	for _, size := range [][2]int{{40, 12}, {80, 24}} {
		d := drive(t, newFakeDesk(t), &example, size[0], size[1], Options{Mouse: true})
		d.press("p")
		d.sees("The patches cannot be had")
		for range 20 {
			d.press("down")
		}
		d.sees("stands.")
		d.press("g")
		d.sees("The patches cannot be had")
		d.wheel(10, 6, 10)
		d.wheel(10, 6, -1)
		d.press("G", "k")
		d.fits()
		if size[1] == 12 {
			d.seesNot("The patches cannot be had")
		}
	}
}

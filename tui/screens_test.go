package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/trace"
)

// screenSizes are those that every screen is looked at in.
var screenSizes = [][2]int{{40, 12}, {60, 17}, {80, 24}, {99, 30}, {120, 36}, {200, 60}}

// somePatches are n instances, every third of which applies.
func somePatches(n int) []Patch {
	list := make([]Patch, n)
	for i := range list {
		status := "Installed"
		if i%3 == 0 {
			status = "Applicable"
		}
		list[i] = Patch{Class: "Win32_PatchState", Props: []Prop{
			{"ID", fmt.Sprintf("MS04-%03d", i)},
			{"QNumbers", fmt.Sprint(830000 - i)},
			{"Product", "Windows XP Service Pack 1"},
			{"Status", status},
			{"Type", "Security"},
			{"Title", "Security Update for Microsoft Windows"},
			{"DatePosted", "20040413000000.000000+000"},
			{"LocaleID", "1033"},
			{"OddProperty", "kept"},
		}, MOF: fmt.Sprintf("instance of Win32_PatchState\n{\n\tID = \"MS04-%03d\";\n\tStatus = \"%s\";\n};\n", i, status)}
	}
	return list
}

// hostileName is what a name may hold that should not be obeyed.
const hostileName = "a\x1b[2J\x1b]0;title\x07b\tc\u202ed\u200be漢字👩‍👩‍👧é\xffz"

// deskOf is a desk whose cases are as prepared.
func deskOf(t *testing.T, prepare func(*fakeCase)) *fakeDesk {
	desk := newFakeDesk(t)
	desk.prepare = prepare
	return desk
}

// screenScenes are all screens and dialogs of this file's concern, by the keys that lead
// to them from the start screen or from the example.
var screenScenes = []struct {
	name    string
	closed  bool // no target is open
	keys    []string
	prepare func(*fakeCase)
}{
	{name: "start", closed: true},
	{name: "host", closed: true, keys: []string{"home", "enter"}},
	{name: "faults", closed: true, keys: []string{"home", "down", "down", "down", "enter"}},
	{name: "timeline", keys: []string{"t"}},
	{name: "timeline, close up", keys: []string{"t", "+", "+", "+", "+", "left", "up", "<"}},
	{name: "timeline, stale", keys: []string{"t"}, prepare: func(c *fakeCase) { c.report = staleInventory; c.facts = catalogueFact }},
	{name: "timeline, empty", keys: []string{"t"}, prepare: func(c *fakeCase) { c.report = func(r *diagnose.Report) { r.Timeline = nil } }},
	{name: "no patches", keys: []string{"p"}},
	{name: "none applicable", keys: []string{"p"}, prepare: func(c *fakeCase) { c.patches = []Patch{} }},
	{name: "patches", keys: []string{"p", "s", "s", "f"}, prepare: func(c *fakeCase) { c.patches = somePatches(100) }},
	{name: "MOF", keys: []string{"p", "enter"}, prepare: func(c *fakeCase) { c.patches = somePatches(100) }},
	{name: "trace", keys: []string{"p", "w"}, prepare: func(c *fakeCase) { c.patches = somePatches(9) }},
	{name: "trace, another link", keys: []string{"p", "w", "home", "down", "down"}, prepare: func(c *fakeCase) { c.patches = somePatches(9) }},
	{name: "trace, which", keys: []string{"w"}},
	{name: "lookup", keys: []string{"x"}},
	{name: "help", keys: []string{"?"}},
}

func staleInventory(r *diagnose.Report) {
	at := r.Now.Add(-6 * 24 * time.Hour)
	r.Stages[2].Status, r.Stages[2].LastSuccess = diagnose.Stale, &at
	r.LastHardwareScan = diagnose.LastHardwareScan{Time: &at, Source: "flag"}
}

var catalogueTime = fakeNow.Add(-9 * 24 * time.Hour)

var catalogueFact = []Fact{{Stage: "sync", Label: "Catalogue", Value: "mssecure.cab", Time: &catalogueTime, Event: true}}

func TestEveryScreenFitsEverySize(t *testing.T) {
	for _, s := range screenScenes {
		for _, size := range screenSizes {
			for _, ascii := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s %dx%d ascii=%t", s.name, size[0], size[1], ascii), func(t *testing.T) {
					place := &example
					if s.closed {
						place = nil
					}
					d := drive(t, deskOf(t, s.prepare), place, size[0], size[1], Options{ASCII: ascii})
					d.press(s.keys...)
					d.fits()
					if ascii {
						for _, r := range d.frame() {
							if r > 126 {
								t.Fatalf("%q is not ASCII\n%s", r, d.frame())
							}
						}
					}
				})
			}
		}
	}
}

func TestHostileNamesAreShownAndNeverObeyed(t *testing.T) {
	for _, size := range screenSizes {
		desk := deskOf(t, func(c *fakeCase) {
			c.patches = []Patch{{Class: hostileName, Props: []Prop{{hostileName, hostileName}, {"ID", hostileName}, {"Status", hostileName}}, MOF: hostileName}}
			c.trace = func(string) (*trace.Trace, error) {
				tr := someTrace()
				tr.Summary, tr.Notes = hostileName, []string{hostileName}
				ch := &tr.Chains[0]
				ch.Bulletin, ch.Product, ch.Title, ch.Do = hostileName, hostileName, hostileName, []string{hostileName}
				for i := range ch.Steps {
					s := &ch.Steps[i]
					s.Text, s.Code, s.CodeName, s.Absent = hostileName, hostileName, hostileName, hostileName
					s.Evidence = []diagnose.Evidence{{Log: hostileName, Text: hostileName}}
				}
				return tr, nil
			}
			c.facts = []Fact{{Stage: "sync", Label: hostileName, Note: hostileName, Time: &catalogueTime, Event: true}}
			c.report = func(r *diagnose.Report) {
				for i := range r.Timeline {
					r.Timeline[i].Text, r.Timeline[i].Log, r.Timeline[i].Track = hostileName, hostileName, hostileName
				}
			}
		})
		desk.places = []Place{{Kind: Lab, Note: hostileName}, {Kind: Folder, Path: hostileName, Note: hostileName}, {Kind: Zip, Path: strings.Repeat(hostileName, 900), Off: true}}
		desk.faults = []Fault{{hostileName, "scan", hostileName, hostileName}, {"long", "scan", strings.Repeat(hostileName, 900), ""}}
		d := drive(t, desk, nil, size[0], size[1], Options{Colour: true})
		clean := func() {
			t.Helper()
			d.fits()
			for _, bad := range []string{"\x1b[2J", "\x1b]0", "\x07", "\t", "\u202e", "\u200b"} {
				if strings.Contains(d.m.View().Content, bad) {
					t.Errorf("%q reached the terminal", bad)
				}
			}
		}
		clean()
		d.press("home", "down", "down", "down", "enter")
		clean()
		d.press("esc", "end", "enter")
		clean()
		d.send(openWantedMsg{example})
		d.press("t")
		clean()
		d.press("down", "down", "down", "down")
		clean()
		d.press("p")
		clean()
		d.press("enter")
		clean()
		d.press("esc", "w")
		d.write("MS04-011")
		d.press("enter")
		clean()
		d.press("down", "down", "down")
		clean()
		d.press("esc", "x")
		d.send(pasted(hostileName + " 0x80070643"))
		clean()
	}
}

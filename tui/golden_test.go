package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files anew")

// sizes that every screen is drawn in, and the looks.
var (
	goldenSizes = [...][2]int{{40, 12}, {80, 24}, {120, 36}, {200, 60}}
	goldenLooks = [...]struct {
		name    string
		opt     Options
		profile colorprofile.Profile
	}{
		{"dark", Options{Colour: true}, colorprofile.TrueColor},
		{"nocolor", Options{}, colorprofile.ASCII},
		{"ascii", Options{ASCII: true}, colorprofile.ASCII},
	}
)

// scene is a screen to look at: where to begin, and what to press.
type scene struct {
	name  string
	desk  func(*fakeDesk)
	place *Place // nil is the start screen
	keys  []string
}

var labPlace = Place{Kind: Lab}

func withPatches(d *fakeDesk) {
	d.prepare = func(c *fakeCase) { c.patches = somePatches(40); c.facts = catalogueFact }
}

func withStaleInventory(d *fakeDesk) {
	d.prepare = func(c *fakeCase) { c.report = staleInventory; c.facts = catalogueFact }
}

var scenes = []scene{
	{name: "start"},
	{name: "faults", keys: []string{"home", "down", "down", "down", "enter"}},
	{name: "findings", place: &example},
	{name: "findings-of-another-stage", place: &example, keys: []string{"1"}},
	{name: "guide", place: &example, keys: []string{"[", "["}},
	{name: "run", place: &labPlace, desk: withPatches, keys: []string{"r"}},
	{name: "run-all-asks", place: &labPlace, desk: withPatches, keys: []string{"a"}},
	{name: "data", place: &labPlace, desk: withPatches, keys: []string{"3", "]"}},
	{name: "log", place: &example, keys: []string{"l"}},
	{name: "log-proof", place: &example, keys: []string{"enter"}},
	{name: "log-errors-only", place: &example, keys: []string{"l", "!"}},
	{name: "log-details", place: &example, keys: []string{"enter", "enter"}},
	{name: "timeline", place: &example, keys: []string{"t"}},
	{name: "timeline-stale", place: &labPlace, desk: withStaleInventory, keys: []string{"t"}},
	{name: "patches", place: &labPlace, desk: withPatches, keys: []string{"p"}},
	{name: "patches-empty", place: &example, keys: []string{"p"}},
	{name: "mof", place: &labPlace, desk: withPatches, keys: []string{"p", "enter"}},
	{name: "trace", place: &labPlace, desk: withPatches, keys: []string{"p", "w"}},
	{name: "trace-asks", place: &example, keys: []string{"w"}},
	{name: "lookup", place: &example, keys: []string{"x"}},
	{name: "help", place: &example, keys: []string{"?"}},
}

// TestFramesAreAsTheyWereLookedAt compares every screen in every size and look
// with what was looked at. After -update read what has changed.
func TestFramesAreAsTheyWereLookedAt(t *testing.T) {
	for _, sc := range scenes {
		for _, size := range goldenSizes {
			if testing.Short() && size[0] != 80 {
				continue // the race detector makes drawing slow
			}
			for _, look := range goldenLooks {
				name := fmt.Sprintf("%s-%dx%d-%s", sc.name, size[0], size[1], look.name)
				t.Run(name, func(t *testing.T) {
					desk := newFakeDesk(t)
					if sc.desk != nil {
						sc.desk(desk)
					}
					d := drive(t, desk, sc.place, size[0], size[1], look.opt)
					d.press(sc.keys...)
					d.fits()
					if look.opt.ASCII {
						d.isASCII()
					}
					compareGolden(t, filepath.Join("testdata", "frames", name+".txt"), visible(d.styled(look.profile)))
				})
			}
		}
	}
}

// isASCII fails if the console draws something that is not ASCII. The example's
// logs are.
func (d *driver) isASCII() {
	d.t.Helper()
	for i, line := range strings.Split(d.frame(), "\n") {
		if at := strings.IndexFunc(line, func(r rune) bool { return r > unicode.MaxASCII }); at >= 0 {
			d.t.Errorf("line %d is not ASCII at %q: %s", i, line[at:], line)
			return
		}
	}
}

// visible makes the escape sequences of a frame readable and takes the blanks at
// the ends of lines away.
func visible(frame string) string {
	lines := strings.Split(frame, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(strings.ReplaceAll(l, "\x1b", "␛"), " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// compareGolden compares a text with a file, or writes it.
func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v; look at it and run: go test ./tui -run Frames -update", err)
	}
	if diff := cmp.Diff(strings.Split(ansi.Strip(string(want)), "\n"), strings.Split(ansi.Strip(got), "\n")); diff != "" || string(want) != got {
		t.Errorf("%s differs; if it looks right: go test ./tui -run Frames -update\n%s", name, diff)
	}
}

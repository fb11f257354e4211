package tui

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
)

func TestTheCheatSheetIsWhatTheBindingsSay(t *testing.T) {
	got, err := os.ReadFile("../docs/keys.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != CheatSheet() {
		t.Error("docs/keys.md is not what the bindings say; run: go generate ./tui")
	}
}

func TestEveryBindingIsInTheHelp(t *testing.T) {
	keys := newKeys(false)
	shown := map[string]bool{}
	for _, g := range keys.groups() {
		for _, b := range g.keys {
			shown[b.Help().Key+" "+b.Help().Desc] = true
		}
	}
	v := reflect.ValueOf(keys).Elem()
	for i := range v.NumField() {
		b, ok := v.Field(i).Interface().(key.Binding)
		if !ok {
			continue
		}
		if name := v.Type().Field(i).Name; len(b.Keys()) == 0 || b.Help().Key == "" || b.Help().Desc == "" {
			t.Errorf("%s has no key, or no help", name)
		} else if !shown[b.Help().Key+" "+b.Help().Desc] {
			t.Errorf("%s (%s) is in no group of keygroups.go", name, b.Help().Key)
		}
	}
}

// clashes are keys that would do two things at once.
func clashes(groups []keyGroup) []string {
	var found []string
	actions := func(g keyGroup) map[string]string {
		does := map[string]string{}
		for _, b := range g.keys {
			for _, k := range b.Keys() {
				if was, ok := does[k]; ok {
					found = append(found, g.title+": "+k+" is both "+was+" and "+b.Help().Desc)
				}
				does[k] = b.Help().Desc
			}
		}
		return does
	}
	byTitle := map[string]map[string]string{}
	for _, g := range groups {
		byTitle[g.title] = actions(g)
	}
	for _, g := range groups {
		for _, outer := range g.within {
			if byTitle[outer] == nil {
				found = append(found, g.title+" is within "+outer+", which is no group")
			}
			for k, does := range byTitle[g.title] {
				if was, ok := byTitle[outer][k]; ok && !slices.Contains(g.over, k) {
					found = append(found, k+" is "+does+" in "+g.title+", and "+was+" in "+outer)
				}
			}
		}
	}
	return found
}

func TestNoKeyDoesTwoThingsInOnePlace(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		for _, c := range clashes(newKeys(ascii).groups()) {
			t.Error(c)
		}
	}
}

func TestAKeyThatWouldDoTwoThingsIsNoticed(t *testing.T) {
	groups := []keyGroup{
		{title: "a", keys: []key.Binding{bind("x", "one", "x"), bind("y", "two", "y")}},
		{title: "b", within: []string{"a"}, over: []string{"y"}, keys: []key.Binding{bind("x", "three", "x"), bind("y", "four", "y"), bind("z", "five", "z"), bind("z", "six", "z")}},
	}
	if got := clashes(groups); len(got) != 2 {
		t.Errorf("%d clashes, want x of a and b, and z of b: %q", len(got), got)
	}
}

// Who does not know the console needs the way back most, in narrow windows too.
func TestTheWayBackIsInTheFooterOfEveryScreen(t *testing.T) {
	screens := [][]string{
		{"l"},
		{"l", "!"},
		{"l", "G", "k"},
		{"enter"},
		{"enter", "enter"},
		{"t"},
		{"p"},
		{"p", "enter"},
		{"p", "w"},
		{"w"},
		{"x"},
		{"x", "0"},
		{"?"},
		{"a"},
		{"o", "enter"},
		{"v"},
		{"l", "/", "S", "enter"},
		{"l", "@"},
		{"p", "/", "M", "enter"},
	}
	for _, size := range [][2]int{{40, 12}, {80, 24}} {
		for _, ascii := range []bool{false, true} {
			if ascii && size[0] > 40 {
				continue
			}
			for _, keys := range screens {
				place := Place{Kind: Lab, Secret: true}
				d := drive(t, deskOf(t, func(c *fakeCase) { c.patches = somePatches(5) }), &place, size[0], size[1], Options{ASCII: ascii})
				d.press(keys...)
				if d.m.top() == nil && d.m.mode == modeStages && d.m.bothPanes() {
					continue // Tab goes there
				}
				foot := d.frame()[strings.LastIndex(d.frame(), "\n"):]
				if n := strings.Count(foot, "Esc "); n != 1 {
					t.Errorf("%v: after %v Esc stands %d times in the footer: %s", size, keys, n, foot)
				}
			}
		}
	}
}

// In a lab whose fault is hidden nothing else names the key that reveals it.
func TestTheKeyThatRevealsTheFaultIsInTheFooter(t *testing.T) {
	for _, size := range screenSizes {
		place := Place{Kind: Lab, Secret: true}
		d := drive(t, newFakeDesk(t), &place, size[0], size[1], Options{})
		d.sees("v reveal")
	}
}

package mof

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sample() Instance {
	i := Instance{Class: "Win32_PatchState"}
	i.Set("ID", "MS07-901")
	i.Set("Title", "a \"quoted\" back\\slash\nsecond line")
	i.SetNumber("LocaleID", 1033)
	return i
}

func TestAnInstanceComesBackAsItWasWritten(t *testing.T) {
	one, two := sample(), sample()
	two.Set("id", "MS07-902") // the same property: names have no case
	text := "// a comment\n#pragma namespace\n/* more\n */class Win32_PatchState : CIM_Thing\n{\n\t[key] string ID;\n};\n" + one.String() + two.String()
	got, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Instance{one, two}, got); diff != "" {
		t.Error(diff)
	}
	if got[1].Get("ID") != "MS07-902" || got[1].Get("LocaleID") != "1033" || got[1].Get("Missing") != "" {
		t.Errorf("got %+v", got[1])
	}
}

func TestWhatStandsBeforeTheDamageIsKept(t *testing.T) {
	i := sample()
	whole := i.String() + i.String()
	for n := len(i.String()) + 1; n < len(whole)-1; n++ {
		list, err := Parse(whole[:n])
		if len(list) != 1 || !errors.Is(err, ErrSyntax) {
			t.Fatalf("%d bytes: %d instances, %v", n, len(list), err)
		}
	}
}

func TestWhatIsNoMOFIsRefused(t *testing.T) {
	for _, text := range []string{"x", "class A {", "instance", "instance of A", "instance of A {", "instance of A { B", "instance of A { B = ;};", "instance of A { B = 1 };", "instance of A {}", "!"} {
		if _, err := Parse(text); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTimesCarryTheirDistanceFromUTC(t *testing.T) {
	for want, at := range map[string]time.Time{
		"20070607143207.000000-300": time.Date(2007, 6, 7, 14, 32, 7, 0, time.FixedZone("", -5*3600)),
		"20070607143207.500000+060": time.Date(2007, 6, 7, 14, 32, 7, 5e8, time.FixedZone("", 3600)),
	} {
		if got := Time(at); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, err := ParseTime(want); err != nil || !got.Equal(at) {
			t.Errorf("%s: %v, %v", want, got, err)
		}
	}
	for _, text := range []string{"", "20070607143207.000000-30x", "20071307143207.000000-300", "yesterday"} {
		if _, err := ParseTime(text); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWhatWbemtestShowsIsRead(t *testing.T) {
	b, err := os.ReadFile("../../../shared/samples/handmade/wbemtest/Win32_PatchState-showmof.txt")
	if err != nil {
		t.Skip("no samples here: ", err)
	}
	list, err := Parse(string(b))
	if err != nil || len(list) != 1 || list[0].Get("Status") != "Applicable" {
		t.Errorf("got %+v, %v", list, err)
	}
}

func FuzzParse(f *testing.F) {
	i := sample()
	f.Add(i.String())
	f.Add("class A { string B; }; instance of A { B = \"\\")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := Parse(text)
		if err != nil {
			return
		}
		var b strings.Builder
		for i := range list {
			b.WriteString(list[i].String())
		}
		again, err := Parse(b.String())
		if err != nil || len(again) != len(list) {
			t.Fatalf("%d instances, then %d, %v", len(list), len(again), err)
		}
	})
}

package evidence

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"patchtrace/diagnose/evidence/mof"
)

func patch(class string, pairs ...string) PatchState {
	p := PatchState{Instance: mof.Instance{Class: class}}
	for i := 0; i+1 < len(pairs); i += 2 {
		p.Set(pairs[i], pairs[i+1])
	}
	return p
}

func TestNumbersAreReadHoweverTheyAreWritten(t *testing.T) {
	for text, want := range map[string][]string{
		"835732":               {"835732"},
		"Q835732;Q123456":      {"835732", "123456"},
		"KB835732, kb 5034441": {"835732", "5034441"},
		"835732 835732":        {"835732"},
		"":                     nil,
		"none":                 nil,
		"MS04-011":             nil,
		"{935732AB-0000}":      nil,
	} {
		p := patch(ClassPatchState, "QNumbers", text)
		if got := p.Numbers(); !cmp.Equal(got, want) {
			t.Errorf("%q: %v", text, got)
		}
	}
	for want, p := range map[string]PatchState{
		"5034441": patch(ClassUpdateStatus, "Article", "5034441"),
		"5034442": patch(ClassUpdateStatus, "Title", "2024-01 Update for x64 (KB5034442)"),
		"835733":  patch(ClassPatchState, "ID", "Q835733"),
	} {
		if got := p.Numbers(); !cmp.Equal(got, []string{want}) {
			t.Errorf("%s: got %v", want, got)
		}
	}
}

func TestAnInstanceWithEndlessNumbersNamesAFew(t *testing.T) {
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&b, "Q%d;", 200_000+i)
	}
	p := patch(ClassPatchState, "QNumbers", b.String())
	if got := p.Numbers(); len(got) != 256 || got[255] != "200255" {
		t.Errorf("%d numbers", len(got))
	}
}

func TestStatesAndIdsAreReadInAnyCase(t *testing.T) {
	for text, want := range map[string]State{" INSTALLED ": Installed, "applicable": Applicable, "Missing": Applicable, "Unknown": "Unknown", "": ""} {
		p := patch(ClassUpdateStatus, "status", text)
		if p.State() != want {
			t.Errorf("%q: %q", text, p.State())
		}
	}
	p := patch(ClassUpdateStatus, "UniqueID", "{81EA8FD5-FFC4-4020-AF1E-888887AD44BD}", "bulletin", "ms17-910")
	if p.UniqueID() != "81ea8fd5-ffc4-4020-af1e-888887ad44bd" || p.Bulletin() != "MS17-910" {
		t.Errorf("got %q, %q", p.UniqueID(), p.Bulletin())
	}
}

func TestTimesAreReadAsExportsWriteThem(t *testing.T) {
	at := time.Date(2024, 11, 13, 21, 5, 32, 0, time.UTC)
	for text, zoned := range map[string]bool{
		"20241113210532.000000+000": true, "20241113220532.000000+060": true, "/Date(1731531932000)/": true, `\/Date(1731531932000+0100)\/`: true,
		"2024-11-13T21:05:32Z": true, "2024-11-13T22:05:32.0000000+01:00": true, "2024-11-13T21:05:32": false, "2024-11-13 21:05:32": false,
		"11/13/2024 9:05:32 PM": false, "20241113210532.******+***": false,
	} {
		p := patch(ClassUpdateStatus, "ScanTime", text)
		if got, z := p.Time("scantime"); !got.Equal(at) || z != zoned || !p.Scanned().Equal(at) {
			t.Errorf("%s: %v, %v", text, got, z)
		}
	}
	for _, text := range []string{"", "04/05/2024 21:05:32", "00000001000000.000000:000", "yesterday", "/Date(x)/"} {
		p := patch(ClassPatchState, "TimeApplied", text)
		if !p.Applied().IsZero() {
			t.Errorf("%q: %v was made of it", text, p.Applied())
		}
	}
}

func TestTwinsOfAnUpdateBecomeOneRow(t *testing.T) {
	list := []PatchState{
		patch(ClassPatchExtended, "QNumbers", "935732", "Title", "two", "Status", "Installed"),
		patch(ClassPatchState, "ID", "MS04-911", "QNumbers", "Q935732", "Product", "one", "Title", "one"),
		patch(ClassPatchState, "ID", "MS04-911", "QNumbers", "935732", "Product", "two", "Title", "two"),
		patch(ClassPatchExtended, "QNumbers", "935732", "Title", "three"), // of neither
		patch(ClassUpdateStatus, "UniqueId", "x", "Article", "935732"),
		patch(ClassPatchState, "ID", "MS04-912", "QNumbers", "935733", "Product", "one"),
		patch(ClassPatchExtended, "ID", "MS04-912", "QNumbers", "935733", "Product", "other"),
		patch(ClassPatchExtended, "QNumbers", "935733"),
		patch(ClassPatchExtended, "QNumbers", "935734"),
	}
	var got []string
	name := func(p *PatchState) string {
		for i := range list {
			if p == &list[i] {
				return fmt.Sprint(i)
			}
		}
		return "-"
	}
	for _, row := range Join(list) {
		got = append(got, name(row.Main)+" "+name(row.Extended))
	}
	if diff := cmp.Diff([]string{"1 -", "2 0", "4 -", "5 7", "3 -", "6 -", "8 -"}, got); diff != "" {
		t.Error(diff)
	}
}

package trace

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

const someUpdate = "a663ceb7-2966-47e5-a270-ea59036b784b"

func TestParsePatch(t *testing.T) {
	update := Patch{Updates: []string{someUpdate}}
	for text, want := range map[string]Patch{
		"MS04-011":                  {Bulletins: []string{"MS04-011"}},
		"ms04-11":                   {Bulletins: []string{"MS04-011"}},
		"KB835732":                  {Numbers: []string{"835732"}},
		"kb835732":                  {Numbers: []string{"835732"}},
		"Q835732":                   {Numbers: []string{"835732"}},
		" 835732 ":                  {Numbers: []string{"835732"}},
		"KB 5034441":                {Numbers: []string{"5034441"}},
		"MS04-011 (KB835732)":       {Bulletins: []string{"MS04-011"}, Numbers: []string{"835732"}},
		"KB835732 (ms04-11)":        {Bulletins: []string{"MS04-011"}, Numbers: []string{"835732"}},
		"MS04\u2011011":             {Bulletins: []string{"MS04-011"}}, // as pages write it
		"MS04\u2013011":             {Bulletins: []string{"MS04-011"}},
		"KB\u00a0835732":            {Numbers: []string{"835732"}},
		"(KB835732)":                {Numbers: []string{"835732"}},
		someUpdate:                  update,
		"{" + someUpdate + "}":      update,
		strings.ToUpper(someUpdate): update,
		"SUM_" + someUpdate:         update,
		"{SUM_" + someUpdate + "}":  update,
		"sum_" + someUpdate:         update,
		"Site_CC8CEB3D-3B09-475C-A7A0-D1D2954CDFD9/SUM_" + someUpdate: update,
	} {
		got, err := ParsePatch(text)
		want.Text = strings.TrimSpace(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "MS04", "MS04-", "MS04-0111", "KB", "KB12", "KB123456789", "000000", "835732x", "the patch", "{" + someUpdate, someUpdate + "0", "MS04-011 KB835732", "../835732", "MS04-011 (MS04-012)", "KB835732 (Q835733)", "(835732", "()"} {
		got, err := ParsePatch(text)
		if !errors.Is(err, ErrPatch) || len(got.Bulletins)+len(got.Numbers)+len(got.Updates) > 0 {
			t.Errorf("%q: got %+v, %v", text, got, err)
			continue
		}
		for _, accepted := range []string{"MS04-011", "KB835732", "Q835732", "GUID", "SUM_"} {
			if !strings.Contains(err.Error(), accepted) {
				t.Errorf("%q: the error does not name %s: %v", text, accepted, err)
			}
		}
	}
}

func TestMentions(t *testing.T) {
	p := Patch{Bulletins: []string{"MS04-011"}, Numbers: []string{"835732"}, Updates: []string{someUpdate}}
	for text, want := range map[string]bool{
		"Installing MS04-011": true, "ms04-011": true, "MS04-0110": false, "XMS04-011": true, "AMS04-011": false, "MS04-012": false,
		"WindowsXP-KB835732-x86-ENU.exe /q": true, "Q835732": true, "(835732)": true, "8357321": false, "1835732": false,
		"0x835732": false, "{a835732f-1111-4111-8111-111111111111}": false, "835732": true,
		"Update (" + strings.ToUpper(someUpdate) + ")": true, "SUM_" + someUpdate: true, someUpdate[:35]: false, "": false, "-": false,
	} {
		if got := p.mentions(text); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
}

func FuzzParsePatch(f *testing.F) {
	for _, seed := range []string{"MS04-011", "KB835732", "Site_" + someUpdate + "/SUM_" + someUpdate, "MS04-011 (Q835732)", "{", "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePatch(text)
		names := len(p.Bulletins) + len(p.Numbers) + len(p.Updates)
		if (err == nil) != (names > 0) {
			t.Fatalf("%q: %d names, %v", text, names, err)
		}
		for _, list := range [][]string{p.Bulletins, p.Numbers, p.Updates} {
			for _, name := range list {
				again, err := ParsePatch(name)
				if err != nil {
					t.Fatalf("%q gives %q, which is none: %v", text, name, err)
				}
				if !again.mentions("x " + name + " y") {
					t.Fatalf("%q is not found in a line", name)
				}
			}
		}
	})
}

package diagnose

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestAutomatonFindsWhatContainsFinds compares the automaton with the obvious
// way, over a small alphabet so that literals overlap and nest.
func TestAutomatonFindsWhatContainsFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("abC0")), 1, 6, -1)
		words := rapid.SliceOfN(word, 1, 12).Draw(t, "words")
		text := rapid.StringOfN(rapid.RuneFrom([]rune("aAbBcC0 x")), 0, 160, -1).Draw(t, "text")
		literals, ids := make([]string, len(words)), make([]uint16, len(words))
		for i, w := range words {
			literals[i], ids[i] = strings.ToLower(w), uint16(i)
		}
		a := newAutomaton(literals, ids)
		hits := newBitset(len(words))
		any := a.find(text, &hits)
		wantAny := false
		for i, w := range words {
			want := strings.Contains(strings.ToLower(text), strings.ToLower(w))
			wantAny = wantAny || want
			if hits.has(uint16(i)) != want {
				t.Fatalf("%q in %q: got %t", w, text, !want)
			}
		}
		if any != wantAny {
			t.Fatalf("any: got %t, want %t", any, wantAny)
		}
	})
}

func TestALongLiteralIsFoundByItsBeginning(t *testing.T) {
	long := strings.Repeat("abcdefgh", 10)
	a := newAutomaton([]string{long}, []uint16{0})
	hits := newBitset(1)
	if !a.find("xx"+long+"yy", &hits) {
		t.Error("the literal is not found")
	}
}

package cli

import "testing"

func TestATerminalWithoutSequencesGetsTheConsoleOfPlainLines(t *testing.T) {
	for _, c := range []struct {
		name             string
		streams          Streams
		possible, linear bool
	}{
		{"a terminal", Streams{InTerminal: true, OutTerminal: true}, true, false},
		{"a classic console that obeys nothing", Streams{InTerminal: true, OutTerminal: true, NoSequences: true}, true, true},
		{"the same with a file as input", Streams{OutTerminal: true, NoSequences: true}, false, false},
		{"a pipe", Streams{}, false, false},
	} {
		c.streams.Lookup = func(string) (string, bool) { return "", false }
		o := newConsole(deps{streams: &c.streams})
		if o.possible() != c.possible || o.accessible() != c.linear {
			t.Errorf("%s: possible %t, linear %t; want %t, %t", c.name, o.possible(), o.accessible(), c.possible, c.linear)
		}
	}
}

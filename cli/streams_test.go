package cli

import (
	"testing"

	"github.com/charmbracelet/colorprofile"
)

// terminal returns streams of a terminal with that environment, and the
// environment as the system gives it.
func terminal(env map[string]string) (*Streams, []string) {
	s, _, _, _ := TestStreams()
	s.OutTerminal = true
	s.Lookup = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	var environ []string
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	return s, environ
}

func TestColours(t *testing.T) {
	tests := []struct {
		name  string
		env   map[string]string
		pipe  bool
		want  colorprofile.Profile
		plain bool
	}{
		{name: "a terminal with 256 colours", env: map[string]string{"TERM": "xterm-256color"}, want: colorprofile.ANSI256},
		{name: "a pipe has none", env: map[string]string{"TERM": "xterm-256color"}, pipe: true, want: colorprofile.NoTTY, plain: true},
		{name: "not even when they are forced", env: map[string]string{"TERM": "xterm", "CLICOLOR_FORCE": "1"}, pipe: true, want: colorprofile.NoTTY, plain: true},
		{name: "NO_COLOR", env: map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, want: colorprofile.ASCII, plain: true},
		{name: "any word in NO_COLOR counts", env: map[string]string{"TERM": "xterm", "NO_COLOR": "yes"}, want: colorprofile.ASCII, plain: true},
		{name: "an empty NO_COLOR does not", env: map[string]string{"TERM": "xterm", "NO_COLOR": ""}, want: colorprofile.ANSI},
		{name: "a dumb terminal", env: map[string]string{"TERM": "dumb"}, want: colorprofile.NoTTY, plain: true},
		{name: "a screen reader", env: map[string]string{"TERM": "xterm", "ACCESSIBLE": "1"}, want: colorprofile.ANSI, plain: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, environ := terminal(tt.env)
			s.OutTerminal = !tt.pipe
			s.Profile = s.profile(environ)
			if s.Profile != tt.want || s.Plain() != tt.plain {
				t.Errorf("profile %s, plain %t", s.Profile, s.Plain())
			}
		})
	}
}

func TestStyledTextLosesWhatTheTerminalDoesNotShow(t *testing.T) {
	s, _, out, _ := TestStreams()
	if _, err := s.Styled().Write([]byte("\x1b[31mred\x1b[0m")); err != nil || out.String() != "red" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestTextIsNeverSetTooWide(t *testing.T) {
	for width, want := range map[int]int{0: 80, 40: 40, 80: 80, 250: maxText} {
		if got := (&Streams{Width: width}).TextWidth(); got != want {
			t.Errorf("width %d: text width %d, want %d", width, got, want)
		}
	}
}

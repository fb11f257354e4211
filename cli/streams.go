package cli

import (
	"bytes"
	"io"
	"os"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"
)

// Size of a terminal that does not tell, and of a pipe.
const (
	defaultWidth  = 80
	defaultHeight = 24
)

// maxText is the widest that running text is set, in cells: longer lines are
// hard to read.
const maxText = 100

// Streams are the process's connections to its user. Tests replace them.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Width and Height are the terminal's size in cells; 80×24 when stdout is none.
	Width, Height int
	// Profile is what colours stdout shows: NoTTY unless stdout is a terminal,
	// ASCII at most when NO_COLOR is set.
	Profile colorprofile.Profile
	// InTerminal, OutTerminal and ErrTerminal tell what is a terminal.
	InTerminal, OutTerminal, ErrTerminal bool
	// NoSequences is true when stdout is a terminal that shows escape sequences
	// instead of obeying them: the classic console of Windows where that is off.
	NoSequences bool
	// Lookup reads an environment variable.
	Lookup func(name string) (string, bool)
}

// System returns the streams of this process.
func System() *Streams {
	s := &Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Width: defaultWidth, Height: defaultHeight,
		InTerminal:  term.IsTerminal(os.Stdin.Fd()),
		OutTerminal: term.IsTerminal(os.Stdout.Fd()),
		ErrTerminal: term.IsTerminal(os.Stderr.Fd()),
		Lookup:      os.LookupEnv,
	}
	if s.OutTerminal {
		if w, h, err := term.GetSize(os.Stdout.Fd()); err == nil && w > 0 && h > 0 {
			s.Width, s.Height = w, h
		}
	}
	s.Profile = s.profile(os.Environ())
	if s.OutTerminal && !obeysSequences(os.Stdout) {
		s.NoSequences, s.Profile = true, colorprofile.NoTTY
	}
	return s
}

// TestStreams returns streams over buffers, without terminal and environment.
func TestStreams() (s *Streams, in, out, err *bytes.Buffer) {
	in, out, err = new(bytes.Buffer), new(bytes.Buffer), new(bytes.Buffer)
	return &Streams{
		In: in, Out: out, Err: err,
		Width: defaultWidth, Height: defaultHeight,
		Profile: colorprofile.NoTTY,
		Lookup:  func(string) (string, bool) { return "", false },
	}, in, out, err
}

// profile decides on colours. It asks the environment only: never the terminal,
// which may not answer, and no other program.
func (s *Streams) profile(environ []string) colorprofile.Profile {
	switch {
	case !s.OutTerminal || s.env("TERM") == "dumb":
		return colorprofile.NoTTY
	case s.env("NO_COLOR") != "": // any value counts, "0" and "no" too: no-color.org
		return colorprofile.ASCII
	}
	return colorprofile.Env(environ)
}

func (s *Streams) env(name string) string {
	value, _ := s.Lookup(name)
	return value
}

// Colour tells whether colours may be written to stdout.
func (s *Streams) Colour() bool { return s.Profile > colorprofile.ASCII }

// Plain tells whether output must be linear text without colours and cursor
// movement.
func (s *Streams) Plain() bool {
	return !s.OutTerminal || !s.Colour() || s.env("ACCESSIBLE") != ""
}

// Styled returns stdout for text that was styled in full colour: what the
// terminal does not show is taken out.
func (s *Streams) Styled() io.Writer {
	return &colorprofile.Writer{Forward: s.Out, Profile: s.Profile}
}

// TextWidth is how wide running text is set, in cells.
func (s *Streams) TextWidth() int {
	if s.Width <= 0 {
		return defaultWidth
	}
	return min(s.Width, maxText)
}

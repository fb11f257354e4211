package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// session runs command lines over buffers.
type session struct {
	deps     deps
	out, err *bytes.Buffer
}

func newSession() *session {
	streams, _, out, err := TestStreams()
	now := time.Date(2007, 6, 7, 15, 0, 0, 0, time.UTC)
	return &session{deps: deps{streams: streams, now: func() time.Time { return now }}, out: out, err: err}
}

func (s *session) run(args ...string) (code int) {
	s.out.Reset()
	s.err.Reset()
	return run(context.Background(), args, s.deps)
}

// longLines returns the lines of more than limit characters, without the
// command lines that must stay in one piece.
func longLines(text string, limit int) []string {
	var long []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if utf8.RuneCountInString(line) > limit && !strings.HasPrefix(strings.TrimLeft(line, " "), "> ") {
			long = append(long, line)
		}
	}
	return long
}

func TestWrongUsageIsOneLineAndExitCode2(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want string
	}{
		{name: "a command that is not there", args: []string{"playbok"}, want: `patchtrace "playbok": no such command; did you mean playbook?`},
		{name: "nothing like it", args: []string{"xyzzy"}, want: `patchtrace "xyzzy": no such command; see patchtrace --help`},
		{name: "a command below a command", args: []string{"playbook", "lst"}, want: `patchtrace playbook "lst": no such command; did you mean list or lint?`},
		{name: "a flag that is not there", args: []string{"playbook", "list", "--frmat"}, want: `patchtrace playbook list: unknown flag: --frmat; see patchtrace playbook list --help`},
		{name: "a value that is not allowed", args: []string{"playbook", "list", "--format", `C:\x`}, want: `parse --format "C:\x": not text or json; see patchtrace playbook list --help`},
		{name: "an argument too many", args: []string{"version", "1"}, want: `patchtrace version: takes no argument, not "1"; see patchtrace version --help`},
		{name: "no shell", args: []string{"completion"}, want: `patchtrace completion: name one shell; use bash, zsh, fish or powershell`},
		{name: "a shell that is not known", args: []string{"completion", "cmd"}, want: `patchtrace completion: name one shell; use bash, zsh, fish or powershell`},
		{name: "help for what is not there", args: []string{"help", "playbok"}, want: `patchtrace "playbok": no such command; did you mean playbook?`},
		{name: "no file to lint", args: []string{"playbook", "lint"}, want: `patchtrace playbook lint: no file; give a .yaml file, or a folder of them`},
		{name: "a stage that is not there", args: []string{"playbook", "show", "sms2003", "--stage", "audit"}, want: `parse --stage "audit": no stage of playbook sms2003; use sync, scan, inventory or install`},
		{name: "control characters in an argument", args: []string{"\x1b[31m\n"}, want: "patchtrace \"␛[31m␊\": no such command; see patchtrace --help"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSession()
			if code := s.run(tt.args...); code != exitUsage {
				t.Errorf("exit code %d", code)
			}
			if got, want := s.err.String(), "patchtrace: "+tt.want+"\n"; got != want {
				t.Errorf("stderr %q\n  want %q", got, want)
			}
			if s.out.Len() > 0 {
				t.Errorf("stdout %q", s.out)
			}
		})
	}
}

func TestHelpFits80ColumnsAndGoesToStdout(t *testing.T) {
	s := newSession()
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		args := append(strings.Fields(cmd.CommandPath())[1:], "--help")
		if code := s.run(args...); code != exitPassed || s.err.Len() > 0 {
			t.Errorf("%q: exit code %d, stderr %q", args, code, s.err)
		}
		for _, line := range longLines(s.out.String(), 80) {
			t.Errorf("%q: longer than 80: %s", args, line)
		}
		if cmd.Short == "" || !strings.Contains(s.out.String(), "Usage:") {
			t.Errorf("%q: no help", args)
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(s.deps))
}

func TestWithoutCommandTheHelpIsShown(t *testing.T) {
	s := newSession()
	if code := s.run(); code != exitPassed || !strings.Contains(s.out.String(), "Available Commands:") {
		t.Errorf("exit code %d, stdout %q", code, s.out)
	}
}

func TestHelpOfACommandIsTheSameBothWays(t *testing.T) {
	s := newSession()
	s.run("playbook", "lint", "--help")
	first := s.out.String()
	s.run("help", "playbook", "lint")
	if first != s.out.String() {
		t.Errorf("--help:\n%s\nhelp:\n%s", first, s.out)
	}
}

func TestEveryShellGetsACompletionScript(t *testing.T) {
	s := newSession()
	for _, shell := range shellNames {
		if code := s.run("completion", shell); code != exitPassed || !strings.Contains(s.out.String(), "patchtrace") || s.err.Len() > 0 {
			t.Errorf("%s: exit code %d, %d bytes, stderr %q", shell, code, s.out.Len(), s.err)
		}
	}
}

func TestShellsAreOfferedPlaybooksStagesAndFormats(t *testing.T) {
	s := newSession()
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"__complete", "playbook", "show", ""}, "sms2003\n"},
		{[]string{"__complete", "playbook", "show", "x", "--stage", ""}, "inventory\n"},
		{[]string{"__complete", "playbook", "list", "--format", ""}, "json\n"},
		{[]string{"__complete", "completion", ""}, "powershell\n"},
	}
	for _, tt := range tests {
		if code := s.run(tt.args...); code != exitPassed || !strings.Contains(s.out.String(), tt.want) {
			t.Errorf("%q: exit code %d, %q", tt.args, code, s.out)
		}
	}
}

// fullDisk fails every write.
type fullDisk struct{}

var errFull = errors.New("no space left on device")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestAnAnswerThatCannotBeWrittenIsAnError(t *testing.T) {
	for _, args := range [][]string{
		{"version"}, {"playbook", "list"}, {"playbook", "list", "--format", "json"}, {"playbook", "show", "sms2003"}, {"completion", "fish"},
	} {
		s := newSession()
		s.deps.streams.Out = io.Writer(fullDisk{})
		if code := s.run(args...); code != exitUsage || s.err.String() != "patchtrace: write answer: no space left on device\n" {
			t.Errorf("%q: exit code %d, stderr %q", args, code, s.err)
		}
	}
}

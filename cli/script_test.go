package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"patchtrace": func() { os.Exit(Main(context.Background(), os.Args[1:], System())) },
	})
}

// TestScripts runs the command line as a user would, one script for each
// feature. Besides testscript's own commands they have
//
//	exits N command…   run a command that must end with exit code N
//	lines N file       check that no line of a file is longer than N characters
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "testdata", "scripts"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               scriptEnvironment,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scriptExits,
			"lines": scriptLines,
		},
	})
}

// scriptEnvironment makes what a script sees the same on every machine.
func scriptEnvironment(e *testscript.Env) error {
	home := filepath.Join(e.WorkDir, "home")
	e.Setenv("TZ", "UTC")
	e.Setenv("HOME", home)
	e.Setenv("USERPROFILE", home)
	e.Setenv("NO_COLOR", "1")
	e.Setenv("TERM", "dumb")
	return os.MkdirAll(home, 0o755)
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N command [argument…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var ended *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &ended):
		got = ended.ExitCode()
	case err != nil:
		ts.Fatalf("%s did not run: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func scriptLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines N file")
	}
	limit, err := strconv.Atoi(args[0])
	ts.Check(err)
	for _, line := range longLines(ts.ReadFile(args[1]), limit) {
		ts.Fatalf("longer than %d: %s", limit, line)
	}
}

package cli

import (
	"archive/zip"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"patchtrace/client"
	"patchtrace/lab"
	"patchtrace/tui"
)

func TestMain(m *testing.M) {
	if code, is := lab.Program(); is {
		os.Exit(code) // a lab has started this program again as one of its own
	}
	testscript.Main(m, map[string]func(){
		"patchtrace": func() { os.Exit(testMain(os.Args[1:])) },
	})
}

// TestScripts runs the command line as a user would, one script for each
// feature. Besides testscript's own commands they have
//
//	exits N command…   run a command that must end with exit code N
//	lines N file       check that no line of a file is longer than N characters
//	sized file N       make a file of N NUL bytes; most file systems keep no block of it
//	noise file N       make a file of N bytes that are no text, the same every time
//	pack zip dir       pack the files of a folder into an archive; "pack -locked" one
//	                   that says that they are protected with a password
//
// and $EXAMPLE is the folder of logs that ships with the project.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "testdata", "scripts"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               scriptEnvironment,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scriptExits,
			"lines": scriptLines,
			"sized": scriptSized,
			"noise": scriptNoise,
			"pack":  scriptPack,
		},
	})
}

// scriptEnvironment makes what a script sees the same on every machine.
func scriptEnvironment(e *testscript.Env) error {
	home := filepath.Join(e.WorkDir, "home")
	example, err := filepath.Abs(example)
	if err != nil {
		return err
	}
	e.Setenv("EXAMPLE", example)
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

func scriptSized(ts *testscript.TestScript, neg bool, args []string) {
	file, size := fileAndSize(ts, neg, "sized", args)
	ts.Check(os.WriteFile(file, nil, 0o644))
	ts.Check(os.Truncate(file, size))
}

func scriptNoise(ts *testscript.TestScript, neg bool, args []string) {
	file, size := fileAndSize(ts, neg, "noise", args)
	data := make([]byte, size)
	_, err := rand.NewChaCha8([32]byte{}).Read(data)
	ts.Check(err)
	ts.Check(os.WriteFile(file, data, 0o644))
}

func scriptPack(ts *testscript.TestScript, neg bool, args []string) {
	locked := len(args) > 0 && args[0] == "-locked"
	if locked {
		args = args[1:]
	}
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pack [-locked] zip dir")
	}
	out, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	w := zip.NewWriter(out)
	root := os.DirFS(ts.MkAbs(args[1]))
	ts.Check(fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		add := w.CreateHeader
		if locked {
			h.Flags, h.CompressedSize64, h.UncompressedSize64 = 1, uint64(len(data)), uint64(len(data))
			add = w.CreateRaw
		}
		f, err := add(h)
		if err == nil {
			_, err = f.Write(data)
		}
		return err
	}))
	ts.Check(errors.Join(w.Close(), out.Close()))
}

func fileAndSize(ts *testscript.TestScript, neg bool, command string, args []string) (file string, size int64) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: %s file N", command)
	}
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	return ts.MkAbs(args[0]), size
}

// testMain is the real program, but for a bug, or a computer that never answers, that a test may ask for.
func testMain(args []string) int {
	d := realDeps(System())
	if os.Getenv("PATCHTRACE_TEST_BUG") != "" {
		d.desk = func(d deps) tui.Desk { return buggyDesk{newDesk(d)} }
	}
	if os.Getenv("PATCHTRACE_TEST_DEAF") != "" {
		d.open = func(string) (*client.Target, error) { select {} }
	}
	return run(context.Background(), args, d)
}

// buggyDesk panics when a code is to be looked up.
type buggyDesk struct{ tui.Desk }

func (buggyDesk) LookUp(string) []tui.Code { panic("a bug for the test") }

package lab

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Environment variables that make this program one of the practice programs.
const (
	envLab     = "PATCHTRACE_LAB"
	envProgram = "PATCHTRACE_PROGRAM"
	// envCode names the file, below the lab, that takes the exit code: not every
	// system's exit codes have room for 1603.
	envCode = "PATCHTRACE_EXITCODE"
	// envFolder is the folder to run in, below the lab. Other than the process's
	// own it may be gone.
	envFolder = "PATCHTRACE_FOLDER"
	// envTie says that the process ends with whoever started it.
	envTie = "PATCHTRACE_TIE"
)

// Program tells whether this process was started as a practice program of a lab,
// and if so runs it. Whatever starts labs calls it before anything else.
func Program() (code int, is bool) {
	program := os.Getenv(envProgram)
	if os.Getenv(envLab) == "" || program == "" {
		return 0, false
	}
	endWithParent()
	return Main(program, os.Args[1:]), true
}

// Main runs a practice program in the lab that PATCHTRACE_LAB names, in the
// current folder, and returns its exit code.
func Main(program string, args []string) int {
	code, err := runProgram(os.Getenv(envLab), program, args, os.Stdout)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", program, err)
	}
	if code != 0 && code&0xff == 0 {
		return 1 // where an exit code has 8 bits it must not look like success
	}
	return code
}

func runProgram(dir, program string, args []string, out io.Writer) (code int, err error) {
	l, err := Open(dir)
	if err != nil {
		return 1, err
	}
	defer l.Close()
	rel := os.Getenv(envFolder)
	if rel == "" {
		wd, err := os.Getwd()
		if err != nil {
			return 1, err
		}
		if rel, err = relative(l.dir, wd); err != nil {
			return 1, err
		}
	}
	code, err = l.execute(program, args, rel, out)
	if name := os.Getenv(envCode); name != "" {
		if err := l.root.WriteFile(name, []byte(strconv.Itoa(code)), 0o644); err != nil {
			return code, err
		}
	}
	return code, err
}

// relative is a folder as a path below the lab.
func relative(root, dir string) (string, error) {
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return "", err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", err
	}
	rel, err := filepath.Rel(real, dir)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s: %w", dir, errPath)
	}
	return filepath.ToSlash(rel), nil
}

// ending is how a program ended.
type ending struct {
	code int
	// deferred: it did nothing and waits for something. killed: it did not end by
	// itself. In both cases the agent that started it has nothing to report.
	deferred, killed bool
}

// programs are the practice programs by name, in lower case.
var programs = map[string]func(*session) ending{
	"syncxml.exe":        advertise(syncXML),
	"scanwrapper.exe":    advertise(scanWrapper),
	"s_scan.exe":         advertise(scanLegacy),
	"o_scan.exe":         advertise(scanLegacy),
	"patchinstall.exe":   advertise(patchInstall),
	"inventoryagent.exe": inventoryAgent,
	"cliutils.exe":       cliUtils,
	"hinv32.exe":         hinv32,
	"invsync.exe":        invSync,
}

// execute runs a practice program in this process.
func (l *Lab) execute(program string, args []string, dir string, out io.Writer) (int, error) {
	run := programs[strings.ToLower(program)]
	if run == nil {
		return int(errFileNotFound), fmt.Errorf("no such program in the lab")
	}
	s, err := newSession(l, program, args, dir, out)
	if err != nil {
		return 1, err
	}
	code := run(s).code
	for name, d := range s.machine.Standby {
		if strings.EqualFold(name, program) {
			return code, l.pass(time.Duration(d))
		}
	}
	return code, nil
}

// switches are the arguments of a program: /name, or /name value.
type switches struct {
	set    map[string]bool
	values map[string]string
	extra  []string
}

// parseSwitches reads arguments. Names in withValue are followed by a value, or
// have it behind a colon.
func parseSwitches(args []string, withValue ...string) switches {
	sw := switches{set: map[string]bool{}, values: map[string]string{}}
	takes := map[string]bool{}
	for _, name := range withValue {
		takes[name] = true
	}
	for i := 0; i < len(args); i++ {
		name, value, colon := strings.Cut(args[i], ":")
		name = strings.ToLower(name)
		switch {
		case !strings.HasPrefix(name, "/"):
			sw.extra = append(sw.extra, args[i])
			continue
		case takes[name] && colon:
			sw.values[name] = strings.Trim(value, `"`)
		case takes[name] && i+1 < len(args):
			i++
			sw.values[name] = args[i]
		}
		sw.set[name] = true
	}
	return sw
}

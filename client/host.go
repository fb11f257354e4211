package client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"patchtrace/pipeline"
)

// ThisMachine is the name of this machine as a target.
const ThisMachine = "local"

// Local is this machine as a place to run commands.
type Local struct {
	// Lookup reads an environment variable; nil means the process's own.
	Lookup func(name string) (string, bool)
	// asked is its WMI, keys its registry; nil means the real one.
	asked wmi
	keys  registry
}

func (l Local) wmi() wmi {
	if l.asked == nil {
		return realWMI{}
	}
	return l.asked
}

// Why something cannot be started here.
var (
	errNoProgram = errors.New("no such program")
	errNoFolder  = errors.New("no such folder")
	errElevation = errors.New("it needs an administrator's rights, which this program runs without")
	errShell     = errors.New("a batch file needs a shell, which could act on what the arguments hold")
)

func (l Local) registry() registry {
	if l.keys == nil {
		return realRegistry
	}
	return l.keys
}

// HostError says why a command could not be started, and what to do about it.
type HostError struct {
	Op  string
	On  string
	Err error
	Do  string
}

func (e *HostError) Error() string {
	text := strings.TrimSpace(e.Op+" "+e.On) + ": " + e.Err.Error()
	if e.Do != "" {
		text += "; " + e.Do
	}
	return text
}

// Unwrap returns the cause.
func (e *HostError) Unwrap() error { return e.Err }

// Start starts a program of this machine. It is looked for in the folder, then
// on the path; nothing is run through a shell.
func (l Local) Start(ctx context.Context, e pipeline.Exec) (pipeline.Process, error) {
	dir, err := l.expand(e.Dir)
	if err != nil {
		return nil, &HostError{"start", e.Program, err, "run it on a machine that has the client, or in a lab"}
	}
	path, err := find(dir, e.Program)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, e.Args...)
	cmd.Dir = dir
	p, err := pipeline.StartProcess(ctx, cmd)
	if err != nil {
		if needsElevation(err) {
			return nil, &HostError{"start", path, explained{errElevation, err}, "start patchtrace itself as an administrator"}
		}
		return nil, &HostError{"start", path, startCause(err), "check that you may run it"}
	}
	return p, nil
}

// find returns the program's file.
func find(dir, program string) (string, error) {
	switch strings.ToLower(filepath.Ext(program)) {
	case ".bat", ".cmd":
		return "", &HostError{"start", program, errShell, "start it by hand"}
	}
	where := "the path"
	if dir != "" {
		info, err := os.Stat(dir)
		if err != nil || !info.IsDir() {
			return "", &HostError{"start", program, fmt.Errorf("%s: %w", dir, folderCause(err)), "check the parameter that names the folder"}
		}
		own := filepath.Join(dir, program)
		if info, err := os.Stat(own); err == nil && info.Mode().IsRegular() {
			return own, nil
		}
		where = dir + " or on the path"
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return "", &HostError{"start", program, fmt.Errorf("%w in %s", errNoProgram, where), "check that the package is on this machine"}
	}
	return filepath.Abs(path)
}

func folderCause(err error) error {
	switch {
	case err == nil:
		return errors.New("it is no folder")
	case errors.Is(err, fs.ErrNotExist):
		return explained{errNoFolder, err}
	}
	return cause(err)
}

// startCause drops the operation and path that the error around it names.
func startCause(err error) error {
	var e *exec.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return cause(err)
}

var variable = regexp.MustCompile(`%([A-Za-z_][A-Za-z0-9_()]*)%`)

// expand replaces %name% by the environment variable of this machine.
func (l Local) expand(dir string) (string, error) {
	lookup := l.Lookup
	if lookup == nil {
		lookup = os.LookupEnv
	}
	var unknown []string
	dir = variable.ReplaceAllStringFunc(dir, func(in string) string {
		value, ok := lookup(in[1 : len(in)-1])
		if !ok {
			unknown = append(unknown, in)
		}
		return value
	})
	if len(unknown) > 0 {
		return "", fmt.Errorf("this machine knows no %s", strings.Join(unknown, ", "))
	}
	return dir, nil
}

// Call calls a WMI method of this machine.
func (l Local) Call(ctx context.Context, c pipeline.Call) error {
	return callMethod(ctx, l.wmi(), thisHost, c)
}

// callMethod calls a method, which must return nothing or 0.
func callMethod(ctx context.Context, w wmi, host string, c pipeline.Call) error {
	at := space{host, c.Namespace}
	out, err := w.call(ctx, at, c.Class, c.Method, c.Input)
	do := "run as an administrator of a machine that has the client"
	if code, n := out["returnvalue"], uint64(0); err == nil && code != "" && code != "0" {
		n, _ = strconv.ParseUint(code, 10, 32) // else 0, which is told as it is
		err = fmt.Errorf("it returned %s (0x%08X)", code, n)
	}
	if err == nil {
		return nil
	}
	var e *WMIError
	if errors.As(err, &e) {
		do = e.Do
	}
	return &HostError{"call", at.String() + ":" + c.Class + "." + c.Method, err, do}
}

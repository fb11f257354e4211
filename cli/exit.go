package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"patchtrace/client"
)

// Exit codes. Scripts rely on them; the help of the root command lists them.
const (
	// exitPassed: all stages passed, or the command did what it was asked.
	exitPassed = 0
	// exitBroken: a stage failed or is stale.
	exitBroken = 1
	// exitUsage: wrong usage, or input that could not be read.
	exitUsage = 2
	// exitUnknown: the evidence does not tell.
	exitUnknown = 3
	// exitWaiting: nothing is wrong, but something is waited for.
	exitWaiting = 4
)

// Error is a failure as it is told: what was tried, on what, why it failed,
// what to do. All but Err may be empty. errors.Is and errors.As see Err.
type Error struct {
	Op  string
	On  string
	Err error
	Do  string
	// Code is the exit code; 0 stands for exitUsage.
	Code int
}

// Error returns the failure in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(e.Op + " " + e.On))
	if e.Err != nil {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(e.Err.Error())
	}
	if e.Do != "" {
		b.WriteString("; " + e.Do)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// exitStatus ends a command with a code when everything was said already.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit %d", int(s)) }

// exitCode is the one place where an error becomes an exit code.
func exitCode(err error) int {
	var status exitStatus
	var failure *Error
	switch {
	case err == nil:
		return exitPassed
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &failure) && failure.Code != 0:
		return failure.Code
	case errors.Is(err, client.ErrNoClient):
		return exitUnknown // nothing was done wrong
	}
	return exitUsage
}

// tell writes an error in one line to stderr, unless it only carries a code.
func tell(w io.Writer, err error) {
	var status exitStatus
	if err == nil || errors.As(err, &status) {
		return
	}
	// Nothing can be done when stderr cannot be written.
	_, _ = fmt.Fprintf(w, "patchtrace: %s\n", show(strings.TrimRight(err.Error(), "\r\n")))
}

// cause returns why an operation on a file failed, without the operation and
// the path: the Error around it names them.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// quote puts what a user typed into quotes; unlike %q it leaves backslashes alone.
func quote(s string) string { return `"` + s + `"` }

// usageError is a failure of a command's own arguments.
func usageError(cmd *cobra.Command, message, do string) error {
	if do == "" {
		do = "see " + cmd.CommandPath() + " --help"
	}
	return &Error{Op: cmd.CommandPath(), Err: errors.New(message), Do: do}
}

// flagError says in our words what was wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		on := "--" + value.GetFlag().Name + " " + quote(value.GetValue())
		return &Error{Op: "parse", On: on, Err: value.Unwrap(), Do: "see " + cmd.CommandPath() + " --help"}
	}
	return usageError(cmd, err.Error(), "")
}

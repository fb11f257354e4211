package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"
)

func TestExitCode(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want int
	}{
		{name: "no error", want: exitPassed},
		{name: "a plain error", err: errors.New("x"), want: exitUsage},
		{name: "a failure", err: &Error{Op: "read"}, want: exitUsage},
		{name: "a failure with a code of its own", err: fmt.Errorf("more: %w", &Error{Op: "read", Code: exitUnknown}), want: exitUnknown},
		{name: "a verdict", err: exitStatus(exitWaiting), want: exitWaiting},
		{name: "a verdict inside", err: fmt.Errorf("more: %w", exitStatus(exitBroken)), want: exitBroken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := exitCode(tt.err); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestErrorSaysWhatWasTriedWhyAndWhatToDo(t *testing.T) {
	missing := &fs.PathError{Op: "open", Path: `C:\Logs`, Err: os.ErrNotExist}
	tests := []struct {
		err  *Error
		want string
	}{
		{&Error{Op: "read log folder", On: `\\WKS-0417\admin$`, Err: errors.New("access denied"), Do: "run as an administrator"}, `read log folder \\WKS-0417\admin$: access denied; run as an administrator`},
		{&Error{Op: "read", On: `C:\Logs`, Err: cause(missing)}, `read C:\Logs: file does not exist`},
		{&Error{Err: errors.New("why")}, "why"},
		{&Error{Op: "try"}, "try"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	if !errors.Is(&Error{Op: "read", Err: missing}, fs.ErrNotExist) {
		t.Error("errors.Is does not see the cause")
	}
}

func TestTellIsOneLineWhateverTheTextHolds(t *testing.T) {
	var out bytes.Buffer
	tell(&out, errors.New("read x\ny\x1b[2J: bad\n"))
	if got, want := out.String(), "patchtrace: read x␊y␛[2J: bad\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	out.Reset()
	tell(&out, exitStatus(exitBroken))
	tell(&out, nil)
	if out.Len() > 0 {
		t.Errorf("got %q", out.String())
	}
}

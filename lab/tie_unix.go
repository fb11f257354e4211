//go:build unix

package lab

import (
	"io"
	"os"
	"os/exec"
)

// tieFile is the number of the pipe that a practice program inherits: it reads
// the pipe's end when whoever started it is gone, however it went.
const tieFile = 3

// tieTo ends the command's process with this one. untie closes our end: call it
// when the process has ended, or to end it.
func tieTo(cmd *exec.Cmd) (started, untie func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd.ExtraFiles = []*os.File{r}
	cmd.Env = append(cmd.Env, envTie+"=1")
	// Errors of closing a pipe that was only held open change nothing.
	return func() { _ = r.Close() }, func() { _ = w.Close() }, nil
}

// endWithParent ends this process when the one that started it is gone.
func endWithParent() {
	if os.Getenv(envTie) == "" {
		return
	}
	_ = os.Unsetenv(envTie)
	pipe := os.NewFile(tieFile, "tie")
	go func() {
		_, _ = io.Copy(io.Discard, pipe)
		os.Exit(1)
	}()
}

//go:build unix

package pipeline

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// tree is a process group: the process and all that it starts, unless one of
// them leaves the group on purpose.
type tree struct{ group int }

// prepare puts the command into a group of its own, so that Ctrl-C at the
// terminal is for this program to act on.
func (t *tree) prepare(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Setpgid = true
	tie(cmd.SysProcAttr)
}

func (t *tree) adopt(p *os.Process) error {
	t.group = p.Pid
	return nil
}

// release does nothing: what the process left behind is not tied to us.
func (t *tree) release() {}

// stop asks the group to end, and makes it after the grace.
func (t *tree) stop(grace time.Duration) error {
	if err := t.signal(syscall.SIGTERM); err != nil {
		return err
	}
	for end := time.Now().Add(grace); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if !t.alive() {
			return nil
		}
	}
	return t.signal(syscall.SIGKILL)
}

func (t *tree) signal(s syscall.Signal) error {
	err := syscall.Kill(-t.group, s)
	if errors.Is(err, syscall.ESRCH) { // ended
		return nil
	}
	return err
}

func (t *tree) alive() bool { return syscall.Kill(-t.group, 0) == nil }

// killed says that the process did not end by itself, nil if it did.
func (t *tree) killed(s *os.ProcessState) error {
	if s.Exited() {
		return nil
	}
	return errors.New(s.String()) // "signal: killed"
}

func exitCode(s *os.ProcessState) int { return s.ExitCode() }

package pipeline

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// tree is a job object: the process and all that it starts. The job ends with
// its last handle, so also when this program is killed.
type tree struct {
	job     windows.Handle
	stopped atomic.Bool
}

// prepare puts the command into a group of its own, so that Ctrl-C at the
// console is for this program to act on. It starts asleep: only so nothing that
// it starts is outside of the job.
func (t *tree) prepare(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.CreationFlags |= windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_SUSPENDED
}

// adopt puts the sleeping process into a job and wakes it.
func (t *tree) adopt(p *os.Process) error {
	const rights = windows.PROCESS_SET_QUOTA | windows.PROCESS_TERMINATE | windows.PROCESS_SUSPEND_RESUME
	process, err := windows.OpenProcess(rights, false, uint32(p.Pid))
	if err != nil {
		return fmt.Errorf("open the process: %w", err)
	}
	defer windows.CloseHandle(process)
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return fmt.Errorf("create a job object: %w", err)
	}
	t.job = job
	err = errors.Join(limit(job, windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE), windows.AssignProcessToJobObject(job, process), wake(process))
	if err != nil {
		return fmt.Errorf("tie the process to a job object: %w", err)
	}
	return nil
}

func limit(job windows.Handle, flags uint32) error {
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	limits.BasicLimitInformation.LimitFlags = flags
	_, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	return err
}

var resumeProcess = windows.NewLazySystemDLL("ntdll.dll").NewProc("NtResumeProcess")

func wake(process windows.Handle) error {
	if err := resumeProcess.Find(); err != nil {
		return err
	}
	if status, _, _ := resumeProcess.Call(uintptr(process)); status != 0 {
		return windows.NTStatus(status)
	}
	return nil
}

// release lets what the process left behind go on when this program ends, such
// as a patch that it started.
func (t *tree) release() { _ = limit(t.job, 0) } // then the rest ends with us, as before

// stoppedCode is the exit code of a process that was stopped: that of one that
// Ctrl-C ended.
const stoppedCode = uint32(windows.STATUS_CONTROL_C_EXIT)

// stop ends the job: Windows has no way to ask a program without a window.
func (t *tree) stop(time.Duration) error {
	t.stopped.Store(true)
	return windows.TerminateJobObject(t.job, stoppedCode)
}

// killed says that the process did not end by itself, nil if it did: Windows has
// an exit code for either.
func (t *tree) killed(s *os.ProcessState) error {
	if t.stopped.Load() && uint32(s.ExitCode()) == stoppedCode {
		return errors.New("it was stopped")
	}
	return nil
}

// exitCode is the code as 32 bits without a sign: programs return HRESULTs.
func exitCode(s *os.ProcessState) int { return int(uint32(s.ExitCode())) }

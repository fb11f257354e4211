package pipeline

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// stopGrace is how long a process that was asked to end may take before it is
// made to.
const stopGrace = 2 * time.Second

// StartProcess starts the command with everything that it starts in turn tied
// together, so that Stop ends all of it, and so that it does not outlive this
// program by much: where the system can do that (Linux for the process itself,
// Windows for the whole tree), it ends even when this program is killed. Output
// and standard input are set here: input is empty.
//
// When ctx ends the process is stopped.
func StartProcess(ctx context.Context, cmd *exec.Cmd) (Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe for the output: %w", err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, in, in
	p := &process{cmd: cmd, out: out, ended: make(chan struct{})}
	p.tree.prepare(cmd)
	started := make(chan error)
	go p.live(started)
	err = <-started
	_ = in.Close() // the child has its own; an error changes nothing for it
	if err != nil {
		_ = out.Close() // the error above is what matters
		return nil, err
	}
	p.unwatch = context.AfterFunc(ctx, func() { _ = p.Stop() }) // nobody is left to be told
	return p, nil
}

// process is a running program and the tree below it.
type process struct {
	cmd     *exec.Cmd
	out     *os.File
	tree    tree
	ended   chan struct{}
	unwatch func() bool
	waited  error
	closing sync.Once
}

// live starts the command and waits for it on one thread: on Linux a process is
// tied to the thread that started it.
func (p *process) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	if err == nil {
		if err = p.tree.adopt(p.cmd.Process); err != nil {
			_ = p.cmd.Process.Kill() // it must not run untied
			_ = p.cmd.Wait()
		}
	}
	started <- err
	if err != nil {
		return
	}
	p.waited = p.cmd.Wait()
	p.tree.release()
	close(p.ended)
}

func (p *process) Output() io.Reader { return p }

// Read reads the output. The pipe is closed at its end.
func (p *process) Read(b []byte) (int, error) {
	n, err := p.out.Read(b)
	if err != nil {
		p.closing.Do(func() { _ = p.out.Close() }) // it was only read
	}
	return n, err
}

func (p *process) Wait() (int, error) {
	<-p.ended
	p.unwatch()
	state := p.cmd.ProcessState
	if state == nil {
		return 0, p.waited
	}
	if err := p.tree.killed(state); err != nil {
		return 0, err
	}
	return exitCode(state), nil
}

func (p *process) Stop() error {
	return p.tree.stop(stopGrace)
}

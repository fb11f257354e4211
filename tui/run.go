package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	tea "charm.land/bubbletea/v2"
)

// PanicError is a bug: what was panicked with, and where. The terminal is as it
// was before.
type PanicError struct {
	Value string
	Stack []byte
}

func (e *PanicError) Error() string { return "the console ended by a bug: " + e.Value }

// Run shows the console until the user quits, a signal comes, the terminal goes
// or ctx ends. The terminal is then as it was, nothing that was started still
// runs, and what belongs to the target is kept; what asks a computer that does not
// answer is left behind. The error is a *PanicError, why the terminal could not be
// used, or what could not be stopped.
func Run(ctx context.Context, opt Options) error {
	m := New(ctx, opt)
	g := &guard{Model: m}
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithColorProfile(opt.Profile)}
	if opt.In != nil {
		options = append(options, tea.WithInput(opt.In))
	}
	if opt.Out != nil {
		options = append(options, tea.WithOutput(opt.Out))
	}
	if opt.Env != nil {
		options = append(options, tea.WithEnvironment(opt.Env))
	}
	p := tea.NewProgram(g, options...)
	g.quit, g.frames = p.Quit, framesOf(p)
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	ended := make(chan struct{})
	go func() {
		select {
		case <-hangup:
			p.Quit()
		case <-ended:
		}
	}()
	_, err := p.Run()
	close(ended)
	return errors.Join(g.failure(err), m.close())
}

// guard catches panics of the console, so that the terminal is restored before
// anything is said about them.
type guard struct {
	*Model
	quit   func()
	frames *frames
	bug    *PanicError
}

// Update passes a message on.
func (g *guard) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	g.frames.stir(msg)
	defer func() {
		if r := recover(); r != nil {
			g.crash(r, debug.Stack())
			next, cmd = g, tea.Quit
		}
	}()
	if d, ok := msg.(did); ok {
		if crash, ok := d.msg.(crashedMsg); ok {
			g.bug = crash.bug
			return g, tea.Quit
		}
	}
	_, cmd = g.Model.Update(msg)
	return g, cmd
}

// View draws the screen, or nothing once there was a panic.
func (g *guard) View() (v tea.View) {
	defer func() {
		if r := recover(); r != nil {
			g.crash(r, debug.Stack())
			v = tea.NewView("")
			go g.quit() // it would wait for this call
		}
	}()
	if g.bug != nil {
		return tea.NewView("")
	}
	return g.Model.View()
}

// crash notes the first panic.
func (g *guard) crash(value any, stack []byte) {
	if g.bug == nil {
		g.bug = &PanicError{Value: fmt.Sprint(value), Stack: stack}
	}
}

// failure is what Run returns for what the program returned.
func (g *guard) failure(err error) error {
	switch {
	case g.bug != nil:
		return g.bug
	case errors.Is(err, tea.ErrInterrupted), errors.Is(err, context.Canceled):
		return nil
	case err != nil:
		return fmt.Errorf("show the console: %w; use patchtrace diagnose, or ACCESSIBLE=1", err)
	}
	return nil
}

// crashedMsg is a panic in a command.
type crashedMsg struct{ bug *PanicError }

// close lets go of the target after the console has ended.
func (m *Model) close() error {
	shut := m.letGo()
	var err error
	if shut != nil {
		err = shut()
	}
	for _, shut := range m.left {
		err = errors.Join(err, shut())
	}
	m.cancel() // what is still being opened is given up
	return errors.Join(err, m.unclaimed.close())
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"patchtrace/client"
	"patchtrace/lab"
	"patchtrace/tui"
)

// consoleOptions is how the console is started.
type consoleOptions struct {
	deps  deps
	ascii bool
	mouse bool
	light bool
	// place is what to open; nil shows the start screen.
	place *tui.Place
	// show runs the console, linear the one without a screen. Tests replace them.
	show, linear func(context.Context, tui.Options) error
}

func newConsole(d deps) *consoleOptions {
	return &consoleOptions{deps: d, show: tui.Run, linear: tui.Linear}
}

// flags are those of every command that opens the console.
func (o *consoleOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.ascii, "ascii", false, "draw the console with ASCII characters only")
	f.BoolVar(&o.mouse, "mouse", false, "let the console take the mouse (M switches it)")
	f.BoolVar(&o.light, "light", false, "colours for a light background, where the terminal does not tell its own")
}

// accessible tells whether a console without a screen is asked for, or the only one
// that the terminal can show.
func (o *consoleOptions) accessible() bool {
	s := o.deps.streams
	return s.env("ACCESSIBLE") != "" || s.NoSequences && s.InTerminal
}

// possible tells whether there is somebody to talk to.
func (o *consoleOptions) possible() bool {
	s := o.deps.streams
	return s.InTerminal && s.OutTerminal && s.env("TERM") != "dumb" || o.accessible()
}

// run shows the console, and says where the report of a bug lies.
func (o *consoleOptions) run(ctx context.Context) error {
	s := o.deps.streams
	desk := o.deps.desk(o.deps)
	opt := tui.Options{
		Desk: desk, Open: o.place, Now: time.Now, ASCII: o.ascii, Mouse: o.mouse, Light: o.light,
		Colour: s.Colour(), Profile: s.Profile, In: s.In, Out: s.Out, Width: s.TextWidth(),
	}
	if !o.accessible() {
		// What reads logs lets other threads of the system go first, but keeps its turn
		// here meanwhile. With some turns to spare a key need not wait for one.
		runtime.GOMAXPROCS(runtime.NumCPU() + 10)
		return o.explain(o.show(ctx, opt))
	}
	ctx, interrupts, stop := o.obey(ctx)
	defer stop()
	opt.Interrupt, opt.Echo = interrupts, !s.InTerminal
	return o.explain(o.linear(ctx, opt))
}

// obey passes interrupts on, and makes any other signal end it all. The console on
// a screen does so itself.
func (o *consoleOptions) obey(ctx context.Context) (context.Context, <-chan struct{}, func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(ctx)
	interrupts := make(chan struct{}, 2)
	go func() {
		for {
			select {
			case sig := <-signals:
				if sig != os.Interrupt {
					cancel()
					continue
				}
				select {
				case interrupts <- struct{}{}:
				default: // two are waiting already
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, interrupts, func() { signal.Stop(signals); cancel() }
}

// explain writes a report of a bug and names it.
func (o *consoleOptions) explain(err error) error {
	var bug *tui.PanicError
	if !errors.As(err, &bug) {
		return err
	}
	name, written := reportBug(bug, o.deps.now())
	if written != nil {
		return &Error{Op: "show the console", Err: fmt.Errorf("%w (its report could not be written: %w)", err, written), Do: "use patchtrace diagnose"}
	}
	return &Error{Op: "show the console", Err: err, Do: "the report is " + name + "; use patchtrace diagnose meanwhile"}
}

// reportBug writes what is needed to mend a bug. No log text is in it but what the
// panic itself says.
func reportBug(bug *tui.PanicError, now time.Time) (name string, err error) {
	f, err := os.CreateTemp("", "patchtrace-"+now.Format("20060102-150405")+"-*.txt")
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(f, "patchtrace %s\n%s\n\n%s\n\n%s", thisBuild(), now.Format(time.RFC3339), show(bug.Value), bug.Stack)
	return f.Name(), errors.Join(err, f.Close())
}

// begin is the program without a command: the console on a target, on this
// machine's client, or on the lab. Where nobody can be talked to it is a guided run
// of the lab as text, or the help where there is a client to look at.
func begin(o *consoleOptions, cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		place, err := placeOf(args[0])
		if err != nil {
			return noTarget(cmd, args, err)
		}
		o.place = place
	}
	switch {
	case o.possible():
		if o.place == nil {
			o.place = o.usual()
		}
		return o.run(cmd.Context())
	case len(args) > 0:
		return &Error{Op: "show the console on", On: args[0], Err: errors.New("this is no terminal"), Do: "use patchtrace diagnose " + args[0]}
	case o.deps.client == nil || o.deps.client():
		return showHelp(cmd, args)
	}
	return guidedRun(o.deps, cmd)
}

// usual is what is opened when nothing is named: this machine if it has a client,
// else the lab.
func (o *consoleOptions) usual() *tui.Place {
	if o.deps.client != nil && o.deps.client() {
		return &tui.Place{Kind: tui.ThisComputer, Path: client.ThisMachine}
	}
	return &tui.Place{Kind: tui.Lab}
}

// placeOf finds out what a target's name stands for.
func placeOf(name string) (*tui.Place, error) {
	switch {
	case name == client.ThisMachine:
		return &tui.Place{Kind: tui.ThisComputer, Path: name}, nil
	case name == "lab":
		return &tui.Place{Kind: tui.Lab}, nil
	case strings.HasPrefix(name, `\\`):
		return &tui.Place{Kind: tui.Remote, Path: name}, nil
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case lab.Is(name):
		return &tui.Place{Kind: tui.Lab, Path: name}, nil
	case strings.EqualFold(filepath.Ext(name), ".zip") && !info.IsDir():
		return &tui.Place{Kind: tui.Zip, Path: name}, nil
	}
	return &tui.Place{Kind: tui.Folder, Path: name}, nil
}

// noTarget refuses what is neither a command nor a target.
func noTarget(cmd *cobra.Command, args []string, cause error) error {
	if strings.ContainsAny(args[0], `/\.`) {
		return &Error{Op: "open", On: args[0], Err: cause, Do: "give a folder of logs, a .zip or \\\\host"}
	}
	return noSuchCommand(cmd, args)
}

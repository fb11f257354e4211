package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"patchtrace/client"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// tailOptions is what one call of tail works on.
type tailOptions struct {
	streams *Streams
	zone    *time.Location
	follow  func(context.Context, logparse.Source, logparse.FollowOptions, func(logparse.Event)) error
	// local returns the log folders of this machine's client, none if it has none.
	local func() []string
	// open finds the log folders of another computer's client.
	open func(string) (*client.Target, error)

	targets     []string
	format      string
	from        string
	minSeverity string
	codePage    string
	idleExit    time.Duration
	noEvents    bool
}

func newTailCmd(d deps) *cobra.Command { return tailCmd(d, runTail) }

func tailCmd(d deps, run func(context.Context, *tailOptions) error) *cobra.Command {
	o := &tailOptions{streams: d.streams, zone: d.zone, follow: logparse.Follow, local: localFolders, open: d.open}
	format := newChoice(&o.format, "text", "json")
	from := newChoice(&o.from, "now", "start")
	severity := newChoice(&o.minSeverity, "verbose", "info", "warning", "error")
	cmd := &cobra.Command{
		Use:   "tail [TARGET...]",
		Short: "Show what logs get, as they get it",
		Long: `Follow logs and show each record when it is whole, with those of several logs in
the order of their times. Rotation loses nothing; what happens to the files is
told on standard error.

A TARGET is a folder of logs (those below it and those that appear later count
too) or a log, which need not exist yet, or the client of another computer,
\\host. Without one it is this machine's client, as it is for "local". With
--format json every record is a line. Ctrl+C ends it.`,
		Example: `  patchtrace tail C:\Windows\CCM\Logs
  patchtrace tail \\WKS-0417
  patchtrace tail --from start --min-severity warning WUAHandler.log CAS.log
  patchtrace tail --format json --idle-exit 30s logs`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.aim(args); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.Var(format, "format", "how to write records")
	f.Var(from, "from", "where to begin in logs that are there already")
	f.Var(severity, "min-severity", "leave out records below this severity")
	f.DurationVar(&o.idleExit, "idle-exit", 0, "end after this `DURATION` without a record, such as 30s")
	f.BoolVar(&o.noEvents, "no-events", false, "only look now and then, without events of the file system")
	f.StringVar(&o.codePage, "code-page", "1252", "Windows code `PAGE` of lines that are no UTF-8")
	mustComplete(cmd, "format", format.complete)
	mustComplete(cmd, "from", from.complete)
	mustComplete(cmd, "min-severity", severity.complete)
	return cmd
}

// localFolders are the log folders of this machine's client.
func localFolders() []string {
	books, err := pipeline.All()
	if err != nil {
		return nil // the built-in playbooks are tested
	}
	return client.Local{}.LogFolders(books)
}

// aim takes the targets, with the folders of this machine's client in place of
// "local" or of nothing, and those of another computer's in place of its name.
func (o *tailOptions) aim(args []string) error {
	if len(args) == 0 {
		args = []string{client.ThisMachine}
	}
	for _, name := range args {
		if _, is := client.Computer(name); is {
			t, err := o.open(name)
			if err != nil {
				return openFailure(err)
			}
			o.targets = append(o.targets, t.Paths()...)
			_ = t.Close() // it was only listed
			continue
		}
		if name != client.ThisMachine {
			o.targets = append(o.targets, name)
			continue
		}
		folders := o.local()
		if len(folders) == 0 {
			return &Error{Op: "tail", On: client.ThisMachine, Err: errNoClient, Do: "give a folder of logs, or a log"}
		}
		o.targets = append(o.targets, folders...)
	}
	return nil
}

// tailSeverities are the words of --min-severity.
var tailSeverities = map[string]logparse.Severity{
	"verbose": logparse.Verbose, "info": logparse.Info, "warning": logparse.Warning, "error": logparse.Error,
}

// runTail follows until a signal, a silence or a failure to write.
func runTail(ctx context.Context, o *tailOptions) error {
	settings, err := o.settings()
	if err != nil {
		return err
	}
	if err := o.checkTargets(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	t := &tailer{
		out: newRecordWriter(o), notices: o.streams.Err, min: tailSeverities[o.minSeverity],
		idle: o.idleExit, window: o.window(), stop: stop, queue: newReorder(o.zone),
	}
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	events := make(chan logparse.Event, 256)
	failed := make(chan error, 1)
	go func() {
		defer close(events)
		failed <- o.follow(ctx, logparse.Source{Paths: o.targets}, settings, func(e logparse.Event) { events <- e })
	}()
	t.run(events)
	if err := <-failed; err != nil {
		return err
	}
	return writeError(t.err)
}

// window is how long records wait for those of other logs.
func (o *tailOptions) window() time.Duration {
	if len(o.targets) == 1 {
		if info, err := os.Stat(o.targets[0]); err == nil && !info.IsDir() {
			return 0
		}
	}
	return reorderWindow
}

func (o *tailOptions) settings() (logparse.FollowOptions, error) {
	s := logparse.FollowOptions{NoEvents: o.noEvents}
	if o.from == "start" {
		s.From = logparse.FromStart
	}
	if o.idleExit < 0 {
		return s, &Error{Op: "parse", On: "--idle-exit " + quote(o.idleExit.String()), Err: errors.New("less than nothing"), Do: "give a duration such as 30s, or leave it out"}
	}
	page, err := logparse.CodePage(o.codePage)
	if err != nil {
		return s, &Error{
			Op: "parse", On: "--code-page " + quote(o.codePage), Err: errors.New("not a single-byte code page that is known"),
			Do: "use the number of a Windows code page, such as 1250",
		}
	}
	s.CodePage = page
	return s, nil
}

// checkTargets refuses what will never become a log: a name in a folder that is
// not there is most likely misspelled.
func (o *tailOptions) checkTargets() error {
	for _, name := range o.targets {
		if name == "" {
			return &Error{Op: "tail", On: quote(name), Err: errors.New("the name is empty"), Do: "give a folder of logs, or a log"}
		}
		if client.IsZip(name) {
			return &Error{Op: "tail", On: name, Err: errors.New("an archive gets nothing new"), Do: "use patchtrace diagnose, or give a folder of logs"}
		}
		if _, err := os.Stat(name); err == nil {
			continue
		}
		if _, err := os.Stat(filepath.Dir(filepath.Clean(name))); err != nil {
			return &Error{Op: "tail", On: name, Err: fmt.Errorf("neither it nor its folder can be reached: %s", strings.TrimRight(cause(err).Error(), ".")), Do: "check the path and the network"}
		}
	}
	return nil
}

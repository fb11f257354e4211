package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"patchtrace/client"
	"patchtrace/lab"
	"patchtrace/tui"
)

// deps are what commands need from outside. Tests replace them.
type deps struct {
	streams *Streams
	// now is the clock, in UTC.
	now func() time.Time
	// zone is the machine's time zone.
	zone *time.Location
	// open opens a target.
	open func(name string) (*client.Target, error)
	// client tells whether this machine has a client; nil where nobody cares.
	client func() bool
	// desk does the console's work.
	desk func(deps) tui.Desk
}

// commands are the constructors of all commands, in the order of the help.
var commands = []func(deps) *cobra.Command{
	newDiagnoseCmd,
	newTailCmd,
	newRunCmd,
	newPatchesCmd,
	newTraceCmd,
	newLabCmd,
	newLookupCmd,
	newStatsCmd,
	newPlaybookCmd,
	newCompletionCmd,
	newVersionCmd,
}

// Main runs the command line that args hold, without the program's name, and
// returns the exit code.
func Main(ctx context.Context, args []string, streams *Streams) int {
	if code, is := lab.Program(); is {
		return code
	}
	return run(ctx, args, realDeps(streams))
}

func realDeps(streams *Streams) deps {
	return deps{
		streams: streams,
		now:     func() time.Time { return time.Now().UTC() },
		zone:    time.Local,
		open:    client.Open,
		client:  hasClient,
		desk:    func(d deps) tui.Desk { return newDesk(d) },
	}
}

func run(ctx context.Context, args []string, d deps) int {
	root := newRoot(d)
	root.SetArgs(append([]string{}, args...)) // nil would be the arguments of the process
	err := root.ExecuteContext(ctx)
	tell(d.streams.Err, err)
	return exitCode(err)
}

func newRoot(d deps) *cobra.Command {
	console := newConsole(d)
	root := &cobra.Command{
		Use:   "patchtrace [TARGET]",
		Short: "Find out where a patch was lost on its way to a client",
		Long: `patchtrace finds out where a patch was lost on its way to a client of Systems
Management Server or Configuration Manager: in the sync of the catalogue, the
scan of the client, the inventory that reports it, or the install.

Without a command it opens the console on TARGET: a folder of logs, a .zip,
\\host, local or lab. Without a target that is this machine if it has a client,
else the lab. ACCESSIBLE=1 makes it a dialogue of plain lines.

Exit codes: 0 all stages passed, 1 a stage failed or is stale, 2 wrong usage or
unreadable input, 3 the evidence does not tell, 4 waiting.`,
		Version:       thisBuild().String(),
		Args:          oneTarget,
		RunE:          func(cmd *cobra.Command, args []string) error { return begin(console, cmd, args) },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(d.streams.In)
	root.SetOut(d.streams.Out)
	root.SetErr(d.streams.Err)
	root.SetVersionTemplate("patchtrace {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { help(d, cmd) })
	root.SetHelpCommand(newHelpCmd())
	root.CompletionOptions.DisableDefaultCmd = true // ours names a wrong shell
	console.flags(root)
	for _, build := range commands {
		root.AddCommand(build(d))
	}
	return root
}

// showHelp is what a command does that only holds others.
func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// noSuchCommand refuses an argument of a command that only holds others.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	do := "see " + cmd.CommandPath() + " --help"
	cmd.SuggestionsMinimumDistance = 2 // cobra's own default, which it sets too late for us
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		do = "did you mean " + orList(near) + "?"
	}
	return &Error{Op: cmd.CommandPath(), On: quote(args[0]), Err: errors.New("no such command"), Do: do}
}

// oneTarget refuses more than one argument.
func oneTarget(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return noSuchCommand(cmd, args)
	}
	return nil
}

// noArgs refuses arguments of a command that takes none.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError(cmd, fmt.Sprintf("takes no argument, not %s", quote(args[0])), "")
}

func newHelpCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Explain a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return noSuchCommand(target, rest)
			}
			target.InitDefaultHelpFlag()
			return target.Help()
		},
	}
}

// help explains a command: in colour on a terminal, else in plain text.
func help(d deps, cmd *cobra.Command) {
	if !d.streams.Plain() {
		styledHelp(d, cmd)
		return
	}
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	cmd.SetUsageTemplate(strings.ReplaceAll(cmd.UsageTemplate(), ".FlagUsages", fmt.Sprintf(".FlagUsagesWrapped %d", defaultWidth)))
	// cobra has no way to return a write error from here.
	_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n%s", text, cmd.UsageString())
}

// styledHelp lets fang explain a command. It does so with a command tree of its
// own, because fang takes the tree over that it is given. Fang asks the terminal
// for its background before it prints anything, help or error; that is why
// commands do not run under it.
func styledHelp(d deps, cmd *cobra.Command) {
	root := newRoot(d)
	root.SetArgs(append(strings.Fields(cmd.CommandPath())[1:], "--help"))
	err := fang.Execute(context.Background(), root, fang.WithoutVersion(), fang.WithoutManpage())
	tell(d.streams.Err, err)
}

// writeError says that an answer could not be written.
func writeError(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: "write answer", Err: cause(err)}
}

// orList lists words as a sentence does: "a, b or c".
func orList(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// choice is a flag that takes one of a few words.
type choice struct {
	value   *string
	allowed []string
}

// newChoice sets value to the first allowed word.
func newChoice(value *string, allowed ...string) *choice {
	*value = allowed[0]
	return &choice{value, allowed}
}

// String returns the chosen word.
func (c *choice) String() string { return *c.value }

// Type returns what the help shows for the value.
func (c *choice) Type() string { return strings.Join(c.allowed, "|") }

// Set takes a word that is allowed.
func (c *choice) Set(word string) error {
	for _, a := range c.allowed {
		if a == word {
			*c.value = word
			return nil
		}
	}
	return fmt.Errorf("not %s", orList(c.allowed))
}

// complete offers the allowed words to the shell.
func (c *choice) complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return c.allowed, cobra.ShellCompDirectiveNoFileComp
}

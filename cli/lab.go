package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"patchtrace/lab"
	"patchtrace/tui"
)

// labOptions is what one call of lab works on.
type labOptions struct {
	deps    deps
	env     runEnv
	fault   string
	product string
	format  string
	keep    string
	// guide is true when every stage is explained before it is run.
	guide bool
}

func newLabCmd(d deps) *cobra.Command {
	o, console := &labOptions{deps: d}, newConsole(d)
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Practise on a small site and client that live in a folder",
		Long: `Make a practice site and client in a folder, break something in it on purpose,
and find it. Programs, servers, files and logs are real, but everything in them
is invented and says LAB. Nothing outside of the folder is touched, and nothing
but this machine's loopback is reached.

Without a command it opens the console on a new lab, in a temporary folder.`,
		Example: `  patchtrace lab --fault cab-cut
  patchtrace lab run
  patchtrace lab run --fault proxy-login
  patchtrace lab init --fault mp-down practice
  patchtrace run all practice`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !console.possible() {
				return showHelp(cmd, args)
			}
			if err := o.known(); err != nil {
				return err
			}
			console.place = &tui.Place{Kind: tui.Lab, Fault: o.fault, Product: o.product}
			return console.run(cmd.Context())
		},
	}
	o.choices(cmd)
	console.flags(cmd)
	cmd.AddCommand(newLabInitCmd(d), newLabRunCmd(d), newLabFaultsCmd(d), newLabServeCmd(d))
	return cmd
}

// labProducts are the products that a lab can be of, the usual one first.
var labProducts = []string{lab.SMS2003, lab.SMS2}

// choices adds the flags that say what kind of lab it is to be.
func (o *labOptions) choices(cmd *cobra.Command) {
	product := newChoice(&o.product, labProducts...)
	cmd.Flags().StringVar(&o.fault, "fault", "", "break this on purpose: a `NAME` that \"lab faults\" lists")
	cmd.Flags().Var(product, "product", "what the lab is of")
	mustComplete(cmd, "product", product.complete)
	mustComplete(cmd, "fault", completeFaults)
}

func completeFaults(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, f := range lab.Faults(lab.SMS2003) {
		names = append(names, f.Name+"\t"+f.Cause)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// oneFolder takes the one argument that a lab's folder is.
func oneFolder(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 1:
		return nil
	case 0:
		return usageError(cmd, "no folder was given", "give the folder of the lab")
	}
	return usageError(cmd, fmt.Sprintf("takes one folder, not %d", len(args)), "")
}

func newLabInitCmd(d deps) *cobra.Command {
	o := &labOptions{deps: d}
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Make a lab to poke at",
		Long: `Make a lab in a folder that is empty or not there. Afterwards it is a target
like any other: diagnose it, run its stages, break something else in it by
hand. The README.md in it says what is what.`,
		Example: `  patchtrace lab init practice
  patchtrace lab init --fault cab-cut --product sms2 practice`,
		Args: oneFolder,
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := o.make(args[0])
			if err != nil {
				return err
			}
			dir := shellWord(args[0])
			_, err = fmt.Fprintf(d.streams.Out, "LAB: %s in %s\n\nRun it:       patchtrace run all %s\nLook at it:   patchtrace diagnose %s\nServers up:   patchtrace lab serve %s\n", l.Name(), show(args[0]), show(dir), show(dir), show(dir))
			return errors.Join(writeError(err), l.Close())
		},
	}
	o.choices(cmd)
	return cmd
}

// make makes the lab that the flags ask for.
func (o *labOptions) make(dir string) (*lab.Lab, error) {
	l, err := lab.Init(dir, lab.Options{Fault: o.fault, Product: o.product})
	switch {
	case errors.Is(err, lab.ErrFault):
		return nil, o.known()
	case errors.Is(err, lab.ErrNotEmpty):
		return nil, &Error{Err: err, Do: "give a folder that is empty or not there"}
	case err != nil:
		return nil, &Error{Err: err, Do: "give a folder that you may write to"}
	}
	return l, nil
}

// known refuses a fault that no lab has.
func (o *labOptions) known() error {
	for _, f := range lab.Faults(o.product) {
		if f.Name == o.fault {
			return nil
		}
	}
	if o.fault == "" {
		return nil
	}
	return &Error{Op: "parse", On: "--fault " + quote(o.fault), Err: fmt.Errorf("no fault of a lab of %s", o.product), Do: o.nearFaults()}
}

// nearFaults helps with a name that is not known.
func (o *labOptions) nearFaults() string {
	var near []string
	for _, f := range lab.Faults(o.product) {
		if strings.Contains(f.Name, o.fault) || strings.Contains(o.fault, f.Name) {
			near = append(near, f.Name)
		}
	}
	if len(near) == 0 {
		return "see patchtrace lab faults"
	}
	return "did you mean " + orList(near) + "?"
}

func newLabFaultsCmd(d deps) *cobra.Command {
	o := &labOptions{deps: d}
	format := newChoice(&o.format, "text", "json")
	product := newChoice(&o.product, labProducts...)
	cmd := &cobra.Command{
		Use:   "faults",
		Short: "List what can be broken in a lab",
		Long: `List what can be broken in a lab: the name to give to --fault, the stage in
which the patch is lost then, the cause, and the rule that a diagnosis names.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			faults := lab.Faults(o.product)
			if o.format == "json" {
				return writeError(writeJSON(d.streams.Out, faults))
			}
			return writeError(writeFaults(d.streams, faults))
		},
	}
	cmd.Flags().Var(format, "format", "how to write the list")
	cmd.Flags().Var(product, "product", "what the lab is of")
	mustComplete(cmd, "format", format.complete)
	mustComplete(cmd, "product", product.complete)
	return cmd
}

// writeFaults lists the faults stage by stage, as wide as the screen.
func writeFaults(s *Streams, faults []lab.Fault) error {
	t := newRunText(s.Out, s)
	width := 0
	for _, f := range faults {
		width = max(width, len(f.Name))
	}
	stage := ""
	for _, f := range faults {
		if f.Stage != stage {
			if stage != "" {
				t.printf("\n")
			}
			stage = f.Stage
			t.printf("%s\n", t.paint.head(stage))
		}
		t.para(fmt.Sprintf("  %-*s  ", width, f.Name), f.Cause)
		t.para(fmt.Sprintf("  %-*s  ", width, ""), f.Rule)
	}
	return t.err
}

package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Host is where the commands of a stage run: this machine, another one, or the
// lab.
type Host interface {
	// Start starts a program. The process lives until it ends or is stopped,
	// and at the latest until ctx ends. The error is why it could not start.
	Start(ctx context.Context, e Exec) (Process, error)
	// Call calls a WMI method and returns when the call does: what it set off
	// may go on.
	Call(ctx context.Context, c Call) error
}

// Exec is a program to start. No shell ever sees it: every argument reaches the
// program as it stands here.
type Exec struct {
	Program string
	Args    []string
	// Dir is the folder to run in, "" for any. The program is looked for there
	// first. %name% in it stands for an environment variable of the host.
	Dir string
}

// Call is a WMI method to call.
type Call struct {
	Namespace, Class, Method string
	Input                    map[string]string
}

// Process is a program that was started.
type Process interface {
	// Output is what the process and those that it starts print, errors too. It
	// ends when none of them has it open any more.
	Output() io.Reader
	// Wait waits for the process to end and returns its exit code. The error
	// says that the code is not known, as of a process that was killed.
	Wait() (code int, err error)
	// Stop ends the process and all that it started. It does not wait for Wait.
	// Stopping a process that has ended is no error.
	Stop() error
}

// Action is a command with its parameters filled in.
type Action struct {
	Command *Command
	// Exec is set when the command's kind is "exec", Call when it is "wmi", Text
	// when it is "manual".
	Exec *Exec
	Call *Call
	Text string
}

// Manual tells whether an engineer does the action, and not the host.
func (a *Action) Manual() bool { return a.Exec == nil && a.Call == nil }

// MissingError says which parameters a command needs and was not given.
type MissingError struct {
	Command string
	Names   []string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s needs %s", e.Command, strings.Join(e.Names, ", "))
}

// listParam is the parameter that holds several arguments with blanks between
// them, or none. Every other one is a part of a single argument.
const listParam = "switches"

// Prepare fills the parameters in. A value stands in its argument unchanged,
// whatever characters it holds; only "{switches}" is split at its blanks. The
// error is a *MissingError when a parameter is not in params.
func Prepare(c *Command, params map[string]string) (*Action, error) {
	if missing := absent(c, params); len(missing) > 0 {
		return nil, &MissingError{c.ID, missing}
	}
	a := &Action{Command: c}
	switch c.Kind {
	case CommandWMI:
		a.Call = &Call{Namespace: c.Namespace, Class: c.Class, Method: c.Method, Input: maps.Clone(c.Input)}
		for name, value := range a.Call.Input {
			a.Call.Input[name] = put(value, params)
		}
	case CommandManual:
		a.Text = put(c.Text, params)
	default:
		a.Exec = &Exec{Program: put(c.Program, params), Args: arguments(c.Args, params), Dir: put(c.Folder, params)}
		if err := sound(a.Exec); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func absent(c *Command, params map[string]string) []string {
	var missing []string
	for _, name := range c.Needs() {
		if _, ok := params[name]; !ok && name != listParam {
			missing = append(missing, name)
		}
	}
	return missing
}

// Needs returns the names of the parameters that the command is run with, in
// the order in which they stand. A manual command needs none: what is not known
// stays <name> in its text.
func (c *Command) Needs() []string {
	if c.Kind == CommandManual {
		return nil
	}
	texts := append([]string{c.Program}, c.Args...)
	for _, key := range slices.Sorted(maps.Keys(c.Input)) {
		texts = append(texts, c.Input[key])
	}
	var names []string
	for _, text := range append(texts, c.Folder) {
		for _, name := range placeholderNames(text) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func arguments(args []string, params map[string]string) []string {
	filled := make([]string, 0, len(args))
	for _, arg := range args {
		if arg == "{"+listParam+"}" {
			filled = append(filled, strings.Fields(params[listParam])...)
			continue
		}
		filled = append(filled, put(arg, params))
	}
	return filled
}

// put replaces {name} by its value in one pass: what a value holds is never
// replaced again. Names without a value become <name>.
func put(text string, params map[string]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(in string) string {
		name := in[1 : len(in)-1]
		if value, ok := params[name]; ok {
			return value
		}
		return "<" + name + ">"
	})
}

// errNUL is why no system can pass the argument on.
var errNUL = errors.New("a parameter holds a NUL character, which ends an argument")

// sound refuses what would reach the program as something else.
func sound(e *Exec) error {
	for _, text := range append([]string{e.Program, e.Dir}, e.Args...) {
		if strings.ContainsRune(text, 0) {
			return errNUL
		}
	}
	return nil
}

// Line shows what will run as one would type it on Windows. It is for reading
// only: what runs is the argument vector.
func (a *Action) Line() string {
	switch {
	case a.Call != nil:
		return a.Call.line()
	case a.Exec != nil:
		return a.Exec.line()
	}
	return a.Text
}

func (e *Exec) line() string {
	words := []string{typed(e.Program)}
	for _, arg := range e.Args {
		words = append(words, typed(arg))
	}
	return strings.Join(words, " ")
}

func (c *Call) line() string {
	args := make([]string, 0, len(c.Input))
	for _, name := range slices.Sorted(maps.Keys(c.Input)) {
		args = append(args, name+"="+c.Input[name])
	}
	return c.Namespace + ":" + c.Class + "." + c.Method + "(" + strings.Join(args, ", ") + ")"
}

// typed quotes an argument so that Windows programs read it back as it is. The
// file of /m:file is quoted as the article does; the program sees no quotes.
func typed(arg string) string {
	if name, value, ok := switchValue(arg); ok {
		return name + inQuotes(value)
	}
	if arg == "" || strings.ContainsAny(arg, " \t\n\v\"") {
		return inQuotes(arg)
	}
	return arg
}

// switchValue splits /m:file, when what stands behind the colon is a file. The
// switch is a letter: it stands before the quotes, where a blank would end the
// argument.
func switchValue(arg string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(arg, ":")
	ok = ok && len(name) == 2 && name[0] == '/' && isLetter(rune(name[1])) && strings.ContainsRune(value, '.') && !strings.Contains(value, `"`)
	return name + ":", value, ok
}

// inQuotes puts an argument into quotes as the C runtime of Windows reads them:
// backslashes count only before a quote, where they are doubled.
func inQuotes(arg string) string {
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for _, c := range []byte(arg) {
		switch c {
		case '\\':
			slashes++
		case '"':
			b.WriteString(strings.Repeat(`\`, slashes+1))
			slashes = 0
		default:
			slashes = 0
		}
		b.WriteByte(c)
	}
	b.WriteString(strings.Repeat(`\`, slashes))
	b.WriteByte('"')
	return b.String()
}

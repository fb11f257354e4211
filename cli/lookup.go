package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"patchtrace/diagnose/errcode"
)

// maxCodes is how many different codes one call explains: more than any log
// holds, and little enough to keep in memory whatever standard input brings.
const maxCodes = 10_000

// maxNamed is how many bad arguments an error names.
const maxNamed = 5

// lookupOptions is what one call of lookup works on.
type lookupOptions struct {
	streams *Streams

	// args are the codes as typed; "-" alone stands for the lines of standard
	// input.
	args   []string
	format string
}

func newLookupCmd(d deps) *cobra.Command { return lookupCmd(d, runLookup) }

func lookupCmd(d deps, run func(context.Context, *lookupOptions) error) *cobra.Command {
	o := &lookupOptions{streams: d.streams}
	format := newChoice(&o.format, "text", "json")
	cmd := &cobra.Command{
		Use:   "lookup CODE...",
		Short: "Explain error codes",
		Long: `Explain error codes: name, meaning, other spellings, and what to do.

A CODE is whatever a log shows: 0x80244022, 80244022, -2145107934, 2149859362,
1603, "Code=12029", the name of a constant, or a whole line. With - alone, lines
are read from standard input.`,
		Example: `  patchtrace lookup 0x80244022 1603
  patchtrace lookup -2016409966
  patchtrace lookup "Scan failed with error = 0x8024401c."
  patchtrace lookup --format json - < WUAHandler.log`,
		ValidArgsFunction: func(cmd *cobra.Command, before []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(before) > 0 && before[len(before)-1] == "--format" {
				return format.complete(cmd, before, typed)
			}
			return completeCode(typed), cobra.ShellCompDirectiveNoFileComp
		},
		// A signed decimal code looks like a flag, so Args parses the flags.
		DisableFlagParsing: true,
		Args:               parseLookupFlags,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.args = cmd.Flags().Args()
			if len(o.args) == 0 {
				return usageError(cmd, "no code was given", "give one such as 0x80244022, or - to read lines from standard input")
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().Var(format, "format", "how to write the answer")
	return cmd
}

// parseLookupFlags does what cobra does for other commands, with negative
// numbers put in parentheses, which the parser of codes ignores.
func parseLookupFlags(cmd *cobra.Command, raw []string) error {
	args := make([]string, len(raw))
	for i, arg := range raw {
		args[i] = arg
		if len(arg) > 1 && arg[0] == '-' && '0' <= arg[1] && arg[1] <= '9' {
			args[i] = "(" + arg + ")"
		}
	}
	cmd.DisableFlagParsing = false
	err := cmd.ParseFlags(args)
	cmd.DisableFlagParsing = true
	if err != nil {
		return cmd.FlagErrorFunc()(cmd, err)
	}
	if help, err := cmd.Flags().GetBool("help"); err == nil && help {
		return pflag.ErrHelp
	}
	return nil
}

// completeCode completes the names of constants.
func completeCode(typed string) []string {
	var list []string
	for c := range errcode.All() {
		if typed != "" && c.Name != "" && strings.HasPrefix(c.Name, strings.ToUpper(typed)) {
			list = append(list, cobra.CompletionWithDesc(c.Name, c.Text+": "+c.Meaning))
		}
	}
	return list
}

// runLookup explains all codes that it finds. Arguments that hold none are its
// error, after the others have been explained.
func runLookup(ctx context.Context, o *lookupOptions) error {
	l := &lookupList{seen: map[uint32]bool{}}
	bad, err := l.gather(ctx, o)
	if err != nil {
		return err
	}
	if err := writeError(l.write(o)); err != nil {
		return err
	}
	switch {
	case l.cut:
		return &Error{Op: "look up all codes", Err: fmt.Errorf("more than %d different ones", maxCodes), Do: "give fewer lines"}
	case len(bad) > 0:
		return &Error{
			Op: "look up", On: nameSome(bad), Err: errcode.ErrNoCode,
			Do: "give hex such as 0x80244022, a decimal number, or the name of a constant",
		}
	}
	return nil
}

// nameSome lists the first of many arguments.
func nameSome(args []string) string {
	if more := len(args) - maxNamed; more > 0 {
		return strings.Join(args[:maxNamed], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(args, ", ")
}

// lookupList collects codes, each once, in the order in which they came.
type lookupList struct {
	codes []errcode.Code
	seen  map[uint32]bool
	// cut is true when there were more codes than maxCodes.
	cut bool
}

func (l *lookupList) add(values []uint32) {
	for _, v := range values {
		switch {
		case l.seen[v]:
		case len(l.codes) == maxCodes:
			l.cut = true
		default:
			l.seen[v] = true
			l.codes = append(l.codes, errcode.Decode(v))
		}
	}
}

// gather reads all input and returns what held no code, named for an error.
func (l *lookupList) gather(ctx context.Context, o *lookupOptions) (bad []string, err error) {
	if len(o.args) != 1 || o.args[0] != "-" {
		return l.addArgs(o.args), nil
	}
	if err := l.addLines(ctx, o.streams.In); err != nil {
		return nil, err
	}
	if len(l.codes) == 0 {
		return []string{"standard input"}, nil
	}
	return nil, nil
}

// addArgs takes arguments one by one, with the words before them that introduce
// a code, so that an unquoted "Error = 0x80246002." and "HTTP 407" are read as
// meant.
func (l *lookupList) addArgs(args []string) (bad []string) {
	before, found := "", false
	for _, arg := range args {
		values, err := errcode.Parse(before + arg)
		if err != nil && before != "" {
			values, err = errcode.Parse(arg)
		}
		switch {
		case err == nil:
			l.add(values)
			before, found = "", true
		case introduces(arg):
			before += arg + " "
		default:
			bad = append(bad, quote(arg))
			before = ""
		}
	}
	if !found && len(bad) == 0 {
		bad = append(bad, quote(strings.Join(args, " ")))
	}
	return bad
}

// introduces tells whether word may stand before a code in a log line.
func introduces(word string) bool {
	word = strings.ToLower(strings.Trim(word, ` =:"'(#-,`))
	switch word {
	case "", "error", "code", "exit", "return", "returned", "result", "status", "http", "hr", "hresult",
		"win32", "last", "the", "is", "was", "with", "and", "to", "failed", "value", "number":
		return true
	}
	return false
}

// addLines reads lines of any length; one that is longer than the buffer counts
// as several.
func (l *lookupList) addLines(ctx context.Context, in io.Reader) error {
	r := bufio.NewReaderSize(in, 256<<10)
	for {
		line, _, err := r.ReadLine()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &Error{Op: "read standard input", Err: cause(err)}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if values, err := errcode.Parse(string(line)); err == nil {
			l.add(values)
		}
	}
}

func (l *lookupList) write(o *lookupOptions) error {
	if o.format == "json" {
		return writeLookupJSON(o.streams.Out, l.codes)
	}
	return writeLookupText(o.streams.Out, o.streams.TextWidth(), l.codes)
}

// lookupEntry is a code in JSON. Fields may be added, never renamed.
type lookupEntry struct {
	Code        string        `json:"code"`
	Value       uint32        `json:"value"`
	Name        string        `json:"name,omitempty"`
	Meaning     string        `json:"meaning"`
	Family      string        `json:"family"`
	FamilyTitle string        `json:"familyTitle"`
	Exact       bool          `json:"exact"`
	Confidence  string        `json:"confidence"`
	Class       errcode.Class `json:"class"`
	HTTPStatus  int           `json:"httpStatus,omitempty"`
	Win32       int           `json:"win32,omitempty"`
	AsHTTP      string        `json:"asHttp,omitempty"`
	Stage       string        `json:"stage,omitempty"`
	Spellings   []string      `json:"spellings"`
	Note        string        `json:"note,omitempty"`
	Group       *lookupGroup  `json:"group,omitempty"`
}

type lookupGroup struct {
	Title string   `json:"title"`
	Hint  string   `json:"hint"`
	Do    []string `json:"do"`
}

func writeLookupJSON(w io.Writer, codes []errcode.Code) error {
	entries := make([]lookupEntry, len(codes))
	for i, c := range codes {
		entries[i] = newLookupEntry(c)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(entries)
}

func newLookupEntry(c errcode.Code) lookupEntry {
	e := lookupEntry{
		Code: c.Text, Value: c.Value, Name: c.Name, Meaning: c.Meaning,
		Family: c.Family, FamilyTitle: c.FamilyTitle, Exact: c.Exact, Confidence: c.Confidence, Class: c.Class,
		HTTPStatus: c.Status, Win32: c.Win32, Stage: c.Stage(), Spellings: c.Spellings(), Note: c.Note,
	}
	if http, ok := c.AsHTTP(); ok {
		e.AsHTTP = http.Meaning
	}
	if g := c.Group; g != nil {
		e.Group = &lookupGroup{Title: g.Title, Hint: g.Hint, Do: g.Do}
	}
	return e
}

// labelWidth is how wide the column of the labels is.
const labelWidth = 10

// lookupText writes a block of labelled lines for each code.
type lookupText struct {
	strings.Builder
	width int
}

func writeLookupText(w io.Writer, width int, codes []errcode.Code) error {
	t := lookupText{width: width}
	for i, c := range codes {
		if i > 0 {
			t.WriteByte('\n')
		}
		t.code(c)
	}
	_, err := io.WriteString(w, t.String())
	return err
}

func (t *lookupText) code(c errcode.Code) {
	t.WriteString(strings.TrimRight(c.Text+"  "+c.Name, " ") + "\n")
	t.label("meaning", c.Meaning)
	if http, ok := c.AsHTTP(); ok {
		t.label("or", http.Meaning)
	}
	t.label("note", c.Note)
	t.label("family", c.FamilyTitle)
	t.label("kind", kind(c.Class))
	t.label("stage", c.Stage())
	t.label("basis", basis(c))
	t.label("also", strings.Join(c.Spellings()[1:], ", "))
	if g := c.Group; g != nil {
		t.label("group", g.Title+": "+g.Hint)
		for i, step := range g.Do {
			name := "do"
			if i > 0 {
				name = ""
			}
			t.labelled(name, fmt.Sprintf("%d. ", i+1), step)
		}
	}
}

// kind says what a class means for the reader.
func kind(c errcode.Class) string {
	switch c {
	case errcode.Success:
		return "success"
	case errcode.Restart:
		return "no failure: a restart is needed"
	case errcode.Waiting:
		return "no failure: waiting"
	case errcode.Neutral:
		return "a result, not a failure by itself"
	}
	return "failure"
}

// basis says why an explanation is less than certain, "" if it is not.
func basis(c errcode.Code) string {
	switch {
	case c.Confidence == errcode.Documented:
		return ""
	case c.Exact:
		return "inferred: from experience, no published list was compared"
	}
	return "inferred: from the range of the code only"
}

// label writes a labelled text, and nothing if the text is empty.
func (t *lookupText) label(name, text string) {
	if text != "" {
		t.labelled(name, "", text)
	}
}

// labelled writes a label and a text that is wrapped in the column beside it;
// mark stands before the first line of the text and indents the others.
func (t *lookupText) labelled(name, mark, text string) {
	head := fmt.Sprintf("  %-*s", labelWidth-2, name) + mark
	for _, line := range wrap(text, t.width-len(head)) {
		t.WriteString(head + line + "\n")
		head = strings.Repeat(" ", len(head))
	}
}

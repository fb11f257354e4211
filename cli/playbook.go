package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"patchtrace/pipeline"
)

func newPlaybookCmd(d deps) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "playbook",
		Short: "List, read and check what is known about each product",
		Long: `A playbook is what patchtrace knows about the update flow of one product: its
four stages with their steps, logs and commands, and the log lines that mean
something. The playbooks that ship with patchtrace can be listed and read here,
and your own can be checked.`,
		Args: noSuchCommand,
		RunE: showHelp,
	}
	cmd.AddCommand(
		newPlaybookListCmd(d, runPlaybookList),
		newPlaybookShowCmd(d, runPlaybookShow),
		newPlaybookLintCmd(d, runPlaybookLint),
	)
	return cmd
}

type playbookListOptions struct {
	streams *Streams
	format  string
}

func newPlaybookListCmd(d deps, run func(*playbookListOptions) error) *cobra.Command {
	o := &playbookListOptions{streams: d.streams}
	format := newChoice(&o.format, "text", "json")
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the playbooks that ship with patchtrace",
		Example: "  patchtrace playbook list --format json",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return run(o) },
	}
	cmd.Flags().Var(format, "format", "how to write the list")
	mustComplete(cmd, "format", format.complete)
	return cmd
}

// playbookRow is one playbook in the list.
type playbookRow struct {
	ID         string `json:"id"`
	Title      string `json:"title"`
	Summary    string `json:"summary"`
	Stages     int    `json:"stages"`
	Signatures int    `json:"signatures"`
	Steps      int    `json:"steps"`
	Commands   int    `json:"commands"`
	Logs       int    `json:"logs"`
}

func rowOf(p *pipeline.Playbook) playbookRow {
	row := playbookRow{ID: p.ID, Title: p.Title, Summary: p.Summary, Stages: len(p.Stages), Logs: len(p.Logs())}
	for _, s := range p.Stages {
		row.Signatures += len(s.Signatures)
		row.Steps += len(s.Manual)
		row.Commands += len(s.Commands)
	}
	return row
}

func runPlaybookList(o *playbookListOptions) error {
	books, err := pipeline.All()
	if err != nil {
		return err
	}
	rows := make([]playbookRow, 0, len(books))
	for _, p := range books {
		rows = append(rows, rowOf(p))
	}
	if o.format == "json" {
		return writeError(writePlaybookJSON(o.streams.Out, rows))
	}
	return writeError(writePlaybookTable(o.streams.Out, rows, o.streams.TextWidth()))
}

// playbookSchema names the layout of the list's JSON. Fields may be added, never
// renamed.
const playbookSchema = "patchtrace.playbooks/v1"

func writePlaybookJSON(w io.Writer, rows []playbookRow) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Schema    string        `json:"schema"`
		Playbooks []playbookRow `json:"playbooks"`
	}{playbookSchema, rows})
}

func writePlaybookTable(w io.Writer, rows []playbookRow, width int) error {
	id := len("ID")
	for _, r := range rows {
		id = max(id, len(r.ID))
	}
	var b strings.Builder
	head := fmt.Sprintf("%-*s  STAGES  SIGNATURES  STEPS  ", id, "ID")
	b.WriteString(head + "TITLE\n")
	for _, r := range rows {
		label := fmt.Sprintf("%-*s  %6d  %10d  %5d  ", id, r.ID, r.Stages, r.Signatures, r.Steps)
		for _, line := range wrap(r.Title, width-len(head)) {
			b.WriteString(label + line + "\n")
			label = strings.Repeat(" ", len(head))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// openPlaybook returns a playbook that ships with patchtrace, or reads a file.
func openPlaybook(name string) (*pipeline.Playbook, error) {
	if !isFileName(name) {
		p, err := pipeline.Load(name)
		if errors.Is(err, pipeline.ErrUnknown) {
			return nil, &Error{Op: "read playbook", On: quote(name), Err: pipeline.ErrUnknown, Do: "use " + orList(pipeline.Builtin()) + ", or give a .yaml file"}
		}
		return p, err
	}
	data, err := readPlaybook(name)
	if err != nil {
		return nil, err
	}
	p, err := pipeline.Parse(name, data)
	if err != nil {
		return nil, &Error{Op: "read playbook", Err: err}
	}
	return p, nil
}

// isFileName tells a file's name from a playbook's id.
func isFileName(name string) bool {
	return strings.ContainsAny(name, `/\`) || isYAML(name)
}

func isYAML(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

// maxPlaybook is a little more than any playbook may have, so that one that is
// too large is refused by its size, however large it is.
const maxPlaybook = 4 << 20

func readPlaybook(name string) ([]byte, error) {
	fail := func(err error) error {
		return &Error{Op: "read playbook", On: name, Err: cause(err), Do: "give a .yaml file, or a folder of them"}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fail(err)
	}
	defer f.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(f, maxPlaybook))
	if err != nil {
		return nil, fail(err)
	}
	return data, nil
}

// mustComplete sets how the shell completes a flag; it fails only for a flag
// that was not declared, which is a mistake in the program.
func mustComplete(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err)
	}
}

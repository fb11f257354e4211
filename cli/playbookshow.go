package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"patchtrace/pipeline"
)

type playbookShowOptions struct {
	streams *Streams
	name    string
	stage   string
}

func newPlaybookShowCmd(d deps, run func(*playbookShowOptions) error) *cobra.Command {
	o := &playbookShowOptions{streams: d.streams}
	cmd := &cobra.Command{
		Use:   "show ID|FILE",
		Short: "Read a playbook: steps, logs, commands, and what log lines mean",
		Long: `Read what patchtrace knows about a product: the background of each stage, its
steps, its logs and where they lie, the commands that start it, and the log
lines that mean something, with what to do.`,
		Example: "  patchtrace playbook show sms2003 --stage scan\n  patchtrace playbook show mine.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError(cmd, "name one playbook", "use "+orList(pipeline.Builtin())+", or a .yaml file")
			}
			o.name = args[0]
			return run(o)
		},
		ValidArgsFunction: completePlaybook,
	}
	cmd.Flags().StringVar(&o.stage, "stage", "", "show one stage: "+orList(pipeline.StageIDs[:]))
	mustComplete(cmd, "stage", cobra.FixedCompletions(pipeline.StageIDs[:], cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func completePlaybook(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return pipeline.Builtin(), cobra.ShellCompDirectiveDefault
}

func runPlaybookShow(o *playbookShowOptions) error {
	p, err := openPlaybook(o.name)
	if err != nil {
		return err
	}
	t := playbookText{out: bufio.NewWriter(o.streams.Out), width: o.streams.TextWidth()}
	if o.stage == "" {
		t.playbook(p)
		return writeError(t.out.Flush())
	}
	stage := p.Stage(o.stage)
	if stage == nil {
		return &Error{Op: "parse", On: "--stage " + quote(o.stage), Err: fmt.Errorf("no stage of playbook %s", p.ID), Do: "use " + orList(pipeline.StageIDs[:])}
	}
	t.stage(stageNumber(p, stage), stage)
	return writeError(t.out.Flush())
}

func stageNumber(p *pipeline.Playbook, stage *pipeline.Stage) int {
	for i, s := range p.Stages {
		if s == stage {
			return i + 1
		}
	}
	return 0
}

// playbookText writes a playbook for people. Its lines fit the width, but for
// command lines, which must stay in one piece to be copied.
type playbookText struct {
	out   *bufio.Writer // keeps the first write error until Flush
	width int
}

// line writes one line as it is.
func (t playbookText) line(text string) {
	_, _ = io.WriteString(t.out, strings.TrimRight(show(text), " ")+"\n")
}

// gap writes an empty line.
func (t playbookText) gap() { t.line("") }

// para writes a label and a text that is wrapped behind it, nothing when the
// text is empty.
func (t playbookText) para(label, text string) {
	for _, line := range wrap(show(text), t.width-len(label)) {
		t.line(label + line)
		label = strings.Repeat(" ", len(label))
	}
}

// steps writes numbered sentences behind a label.
func (t playbookText) steps(label string, steps []string) {
	for i, s := range steps {
		t.para(fmt.Sprintf("%s%d ", label, i+1), s)
		label = strings.Repeat(" ", len(label))
	}
}

func (t playbookText) playbook(p *pipeline.Playbook) {
	t.para("", p.ID+": "+p.Title)
	t.para("", p.Summary)
	t.detect(p.Detect)
	t.params(p.Params)
	for i, s := range p.Stages {
		t.gap()
		t.stage(i+1, s)
	}
	t.notes("What no log shows", p.Notes)
}

func (t playbookText) detect(hints []pipeline.Hint) {
	if len(hints) == 0 {
		return
	}
	t.gap()
	t.line("Recognised because")
	for _, h := range hints {
		t.para(fmt.Sprintf("  %+3d ", h.Weight), h.Why)
	}
}

func (t playbookText) params(params []pipeline.Param) {
	if len(params) == 0 {
		return
	}
	t.gap()
	t.line("Values that commands need")
	for _, p := range params {
		t.para("  <"+p.Name+">  ", p.Label+", such as "+p.Example)
		t.para("      ", p.Help)
	}
}

func (t playbookText) stage(number int, s *pipeline.Stage) {
	title := fmt.Sprintf("%d %s: %s", number, s.ID, s.Title)
	t.line(title)
	t.line(strings.Repeat("=", min(len(title), t.width)))
	t.para("", s.Summary)
	t.para("", pace(s))
	t.background(s.Background)
	t.manual(s.Manual)
	t.logs(s.Logs)
	t.commands(s.Commands)
	t.signatures(s.Signatures)
	t.notes("What no log shows", s.Notes)
}

// pace says where and how often a stage runs.
func pace(s *pipeline.Stage) string {
	where := map[string]string{
		pipeline.ShowsClient:    "Runs on the client",
		pipeline.ShowsElsewhere: "Runs on another machine",
		pipeline.ShowsWhenDue:   "Runs on the client when something is due",
	}[s.Shows]
	parts := []string{where}
	if s.Interval > 0 {
		parts = append(parts, "usually every "+s.Interval.String())
	}
	if s.Patience > 0 {
		parts = append(parts, "failed when "+s.Patience.String()+" pass without an outcome")
	}
	return strings.Join(parts, ", ") + "."
}

func (t playbookText) background(paragraphs []string) {
	for _, p := range paragraphs {
		t.gap()
		t.para("  ", p)
	}
}

func (t playbookText) head(title string, n int) bool {
	if n > 0 {
		t.gap()
		t.line(title)
	}
	return n > 0
}

func (t playbookText) manual(steps []pipeline.Step) {
	t.head("Steps", len(steps))
	for i, s := range steps {
		text := s.Text
		if s.Ref != "" {
			text += " (" + s.Ref + ")"
		}
		t.para(fmt.Sprintf("  %2d ", i+1), text)
		if s.Field != nil {
			t.para("     note: ", s.Field.Label)
		}
	}
}

func (t playbookText) logs(logs []pipeline.Log) {
	t.head("Logs", len(logs))
	for i := range logs {
		log := &logs[i]
		about := []string{log.Side}
		if log.Required {
			about = append(about, "required")
		}
		if log.Confidence != pipeline.Documented {
			about = append(about, "name "+log.Confidence)
		}
		t.para("  ", log.Name+" ("+strings.Join(about, ", ")+")")
		t.para("      also ", strings.Join(log.Globs, ", "))
		for _, f := range log.Folders {
			t.para("      in   ", f)
		}
		t.para("      ", log.Note)
	}
}

func (t playbookText) commands(commands []pipeline.Command) {
	t.head("Commands", len(commands))
	for i := range commands {
		c := &commands[i]
		title := c.Title
		if c.Default {
			title += " (what run takes)"
		}
		t.para("  ", title)
		if c.Kind == pipeline.CommandManual {
			t.para("      ", c.Text)
		} else {
			t.line("      > " + c.Line())
		}
		t.labelled("where", c.Where)
		t.labelled("in", c.Folder)
		t.labelled("changes", c.Changes)
		t.labelled("source", c.Source)
	}
}

func (t playbookText) labelled(label, text string) {
	t.para(fmt.Sprintf("      %-7s ", label), text)
}

// signatures writes failures and waits with what to do, and the others as a list
// of their samples.
func (t playbookText) signatures(all []*pipeline.Signature) {
	var trouble, course []*pipeline.Signature
	for _, s := range all {
		if s.Kind == pipeline.Failure || s.Kind == pipeline.Wait {
			trouble = append(trouble, s)
		} else {
			course = append(course, s)
		}
	}
	t.head("Log lines that mean trouble", len(trouble))
	for i, s := range trouble {
		if i > 0 {
			t.gap()
		}
		t.trouble(s)
	}
	t.head("Log lines that show the course", len(course))
	for _, s := range course {
		t.para(fmt.Sprintf("  %-8s ", s.Kind), sampleOf(s)+" ["+strings.Join(s.Logs, ", ")+"]")
	}
}

func (t playbookText) trouble(s *pipeline.Signature) {
	t.para(fmt.Sprintf("  %-8s ", s.Kind), s.Title)
	t.labelled("line", sampleOf(s))
	t.labelled("log", strings.Join(s.Logs, ", "))
	t.labelled("means", s.Meaning)
	t.steps("      do      ", s.Do)
	t.labelled("read", strings.Join(s.Read, ", "))
	t.labelled("source", s.Source+", "+s.Confidence)
	t.labelled("rule", s.ID)
}

// sampleOf is a line that the signature matches, its pattern when it has none.
func sampleOf(s *pipeline.Signature) string {
	if len(s.Match) > 0 {
		return strings.ReplaceAll(s.Match[0], "\n", " ")
	}
	if s.Pattern == nil || s.Pattern.Regexp == nil {
		return ""
	}
	return s.Pattern.String()
}

func (t playbookText) notes(title string, notes []pipeline.Note) {
	if !t.head(title, len(notes)) {
		return
	}
	for i, n := range notes {
		if i > 0 {
			t.gap()
		}
		t.para("  ", n.Title)
		t.labelled("means", n.Meaning)
		t.steps("      do      ", n.Do)
		t.labelled("source", n.Source+", "+n.Confidence)
	}
}

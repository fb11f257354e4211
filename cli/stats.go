package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"patchtrace/client"
	"patchtrace/logparse"
)

// statsOptions is what one call of stats works on.
type statsOptions struct {
	streams *Streams
	opener  func(string) (*client.Target, error)

	targets []string
	format  string
	workers int
}

func newStatsCmd(d deps) *cobra.Command { return statsCmd(d, runStats) }

func statsCmd(d deps, run func(context.Context, *statsOptions) error) *cobra.Command {
	o := &statsOptions{streams: d.streams, opener: d.open}
	format := newChoice(&o.format, "text", "json")
	cmd := &cobra.Command{
		Use:   "stats TARGET...",
		Short: "Count records, severities and components of logs",
		Long: `Count what logs hold: records by severity, format and component, and the time
that they span. It reads every byte and judges nothing.`,
		Example: "  patchtrace stats C:\\Windows\\CCM\\Logs\n  patchtrace stats --format json WUAHandler.log",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError(cmd, "no target was given", "give a folder of logs, or a log")
			}
			o.targets = args
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().Var(format, "format", "how to write the answer")
	cmd.Flags().IntVar(&o.workers, "workers", 0, "how many goroutines parse (default: one a processor)")
	mustComplete(cmd, "format", format.complete)
	return cmd
}

// logStats is the answer for one log.
type logStats struct {
	Log        string           `json:"log"`
	Parts      int              `json:"parts"`
	Bytes      int64            `json:"bytes"`
	Records    int64            `json:"records"`
	Torn       int64            `json:"torn,omitempty"`
	Severities map[string]int64 `json:"severities"`
	Formats    map[string]int64 `json:"formats"`
	Components map[string]int64 `json:"components"`
	From       *time.Time       `json:"from,omitempty"`
	To         *time.Time       `json:"to,omitempty"`
	// LocalFrom and LocalTo are wall clocks of lines that have no zone.
	LocalFrom string `json:"localFrom,omitempty"`
	LocalTo   string `json:"localTo,omitempty"`
	Error     string `json:"error,omitempty"`
}

// maxWorkers is more than any machine has use for.
const maxWorkers = 256

func runStats(ctx context.Context, o *statsOptions) error {
	if o.workers < 0 || o.workers > maxWorkers {
		return &Error{Op: "parse", On: fmt.Sprintf(`--workers "%d"`, o.workers), Err: fmt.Errorf("not 0 to %d", maxWorkers), Do: "leave it out to use every processor"}
	}
	targets, err := openTargets(o.opener, o.targets)
	if err != nil {
		return err
	}
	defer closeTargets(targets)
	var answers []logStats
	for _, t := range targets {
		for _, p := range t.Problems {
			a := newLogStats(p.Name)
			a.Error = p.Err.Error()
			answers = append(answers, a)
		}
		for _, log := range t.Logs {
			a, err := o.one(ctx, log)
			if err != nil {
				return err
			}
			answers = append(answers, a)
		}
	}
	if !slices.ContainsFunc(answers, func(a logStats) bool { return a.Records > 0 }) {
		return nothingCounted(o.targets, answers)
	}
	if err := o.write(answers); err != nil {
		return writeError(err)
	}
	if slices.ContainsFunc(answers, failedStats) {
		return &Error{Op: "count", On: nameTargets(o.targets), Err: errors.New("not every log could be read"), Do: "see the answer for which, and why"}
	}
	return nil
}

func failedStats(a logStats) bool { return a.Error != "" }

// nothingCounted says why there is no answer.
func nothingCounted(targets []string, answers []logStats) *Error {
	e := &Error{Op: "count", On: nameTargets(targets), Err: errors.New("no log holds a record"), Do: "give a folder of logs, or a log", Code: exitUnknown}
	if len(answers) == 0 {
		e.Err = errors.New("no log file in it (*.log, *.lo_, *.txt)")
	}
	if i := slices.IndexFunc(answers, failedStats); i >= 0 {
		e.Err, e.Code = errors.New(answers[i].Error), exitUsage
		if len(answers) > 1 {
			e.Err = fmt.Errorf("%s: %s", answers[i].Log, answers[i].Error)
		}
		e.Do = "give a text log, or run with rights to read it"
	}
	return e
}

// nameTargets names the first of the targets, and how many more there are.
func nameTargets(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
}

func newLogStats(name string) logStats {
	return logStats{Log: name, Severities: map[string]int64{}, Formats: map[string]int64{}, Components: map[string]int64{}}
}

func (o *statsOptions) one(ctx context.Context, log logparse.Log) (logStats, error) {
	a := newLogStats(log.Name)
	a.Parts, a.Bytes = len(log.Parts), log.Size()
	if binary, _ := logparse.Binary(log); binary { // Count meets the same error
		a.Error = "it is no text"
		return a, nil
	}
	s, err := logparse.Count(ctx, log, logparse.Options{Workers: o.workers})
	if ctx.Err() != nil {
		return a, ctx.Err()
	}
	a.Records, a.Torn = s.Records, s.Torn
	if s.Components != nil {
		a.Components = s.Components
	}
	for i, n := range s.Severities {
		if n > 0 {
			a.Severities[logparse.Severity(i).String()] = n
		}
	}
	for i, n := range s.Formats {
		if n > 0 {
			a.Formats[logparse.Format(i).String()] = n
		}
	}
	if !s.First.IsZero() {
		a.From, a.To = &s.First, &s.Last
	}
	if !s.LocalFirst.IsZero() {
		const layout = "2006-01-02T15:04:05.000"
		a.LocalFrom, a.LocalTo = s.LocalFirst.Format(layout), s.LocalLast.Format(layout)
	}
	if err != nil {
		a.Error = err.Error()
	}
	return a, nil
}

func (o *statsOptions) write(answers []logStats) error {
	if o.format == "json" {
		return writeJSON(o.streams.Out, answers)
	}
	w := bufio.NewWriter(o.streams.Out)
	width := o.streams.TextWidth()
	for i, a := range answers {
		if i > 0 {
			fmt.Fprintln(w)
		}
		for _, line := range a.lines() {
			indent := strings.Repeat(" ", 12)
			for k, part := range wrap(show(line.text), width-12) {
				label := indent
				if k == 0 {
					label = fmt.Sprintf("%-12s", line.label)
				}
				fmt.Fprintln(w, strings.TrimRight(label+part, " "))
			}
		}
	}
	return w.Flush()
}

type labelled struct{ label, text string }

func (a logStats) lines() []labelled {
	lines := []labelled{{"log", fmt.Sprintf("%s, %s, %d bytes", a.Log, count(int64(a.Parts), "part"), a.Bytes)}}
	if a.Error != "" {
		lines = append(lines, labelled{"error", a.Error})
	}
	if a.Records == 0 {
		return append(lines, labelled{"records", "none"})
	}
	records := fmt.Sprint(a.Records)
	if a.Torn > 0 {
		records += fmt.Sprintf(", %d of them torn", a.Torn)
	}
	lines = append(lines, labelled{"records", records}, labelled{"severity", counts(a.Severities)},
		labelled{"format", counts(a.Formats)}, labelled{"component", counts(a.Components)})
	if a.From != nil {
		lines = append(lines, labelled{"time", a.From.Format(time.RFC3339) + " to " + a.To.Format(time.RFC3339)})
	}
	if a.LocalFrom != "" {
		lines = append(lines, labelled{"local time", a.LocalFrom + " to " + a.LocalTo + ", no zone in the lines"})
	}
	return lines
}

// maxCounts bounds how many names a line of text lists.
const maxCounts = 12

// counts lists names with their numbers, the most frequent first.
func counts(m map[string]int64) string {
	names := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b))
	})
	var words []string
	for i, name := range names {
		if i == maxCounts {
			words = append(words, fmt.Sprintf("and %d more", len(names)-i))
			break
		}
		label := name
		if label == "" {
			label = "(none)"
		}
		words = append(words, fmt.Sprintf("%s %d", label, m[name]))
	}
	return strings.Join(words, ", ")
}

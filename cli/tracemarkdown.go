package cli

import (
	"fmt"
	"io"
	"strings"

	"patchtrace/diagnose/trace"
)

// traceMarkdown writes a trace for a ticket or a wiki.
func traceMarkdown(w io.Writer, tr *trace.Trace) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n\n%s.\n\n", markdown(tr.Patch.Name()), markdown(string(tr.Outcome)), markdown(strings.TrimSuffix(tr.Summary, ".")))
	fmt.Fprintf(&b, "- Target: %s\n- Product: %s\n- As of: %s\n", markdown(tr.Target), markdown(tr.Product), tr.Now.Format("2006-01-02 15:04:05Z"))
	for i := range tr.Chains {
		markdownChain(&b, &tr.Chains[i])
	}
	if len(tr.Notes) > 0 {
		b.WriteString("\n## Notes\n\n")
	}
	for _, n := range tr.Notes {
		fmt.Fprintf(&b, "- %s\n", markdown(n))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownChain(b *strings.Builder, c *trace.Chain) {
	fmt.Fprintf(b, "\n## %s\n\n", markdown(chainTitle(c)))
	if c.Title != "" {
		fmt.Fprintf(b, "%s\n\n", markdown(c.Title))
	}
	b.WriteString("| link | state | what was found |\n| --- | --- | --- |\n")
	for _, s := range c.Steps {
		fmt.Fprintf(b, "| %s | %s | %s |\n", markdown(s.Title), markdown(string(s.State)), markdown(strings.TrimPrefix(s.Text, "waits: ")))
	}
	if s := c.End(); s != nil {
		fmt.Fprintf(b, "\n**%s**: %s\n", markdown(s.Title), markdown(s.Text))
		for _, e := range s.Evidence[:min(len(s.Evidence), maxProof)] {
			fmt.Fprintf(b, "\n%s\n\n%s", markdown(strings.TrimSpace(spot(&e)+" "+e.Local)), fence(e.Text))
		}
		if s.Absent != "" {
			fmt.Fprintf(b, "\nAbsent: %s\n", markdown(s.Absent))
		}
		start := "\n"
		for _, c := range s.Copies {
			if c.State == trace.CopyMissing {
				fmt.Fprintf(b, "%s- %s: %s\n", start, markdown(c.Place), markdown(c.Name))
				start = ""
			}
		}
	}
	if len(c.Do) > 0 {
		b.WriteString("\n")
	}
	for i, do := range c.Do {
		fmt.Fprintf(b, "%d. %s\n", i+1, markdown(do))
	}
}

// markdown makes a text of unknown origin one that Markdown takes as it stands, in
// one line.
func markdown(text string) string {
	var b strings.Builder
	for _, r := range show(strings.Join(strings.Fields(text), " ")) {
		if strings.ContainsRune("\\`*_{}[]<>#!|~&$@", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	out := b.String()
	// At the start of a line these begin a list or a rule.
	if strings.HasPrefix(out, "-") || strings.HasPrefix(out, "=") {
		out = `\` + out
	}
	return out
}

// fence puts a text into a block of code that it cannot end.
func fence(text string) string {
	text = show(strings.ReplaceAll(text, "\n", " "))
	ticks := "```"
	for strings.Contains(text, ticks) {
		ticks += "`"
	}
	return ticks + "text\n" + text + "\n" + ticks + "\n"
}

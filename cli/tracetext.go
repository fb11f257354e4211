package cli

import (
	"fmt"
	"strings"

	"patchtrace/diagnose"
	"patchtrace/diagnose/trace"
)

// traceText writes a trace for people: the answer first, a line for each link,
// then what to do and the proof of the link that broke.
type traceText struct{ *reportText }

func (t traceText) write(tr *trace.Trace) error {
	t.zone = zoneOf(&diagnose.Report{Zone: tr.Zone})
	status := tr.Outcome.Status()
	t.printf("%s\n", t.paint.status(status, t.marks.of(status)+" "+strings.ToUpper(strings.ReplaceAll(string(tr.Outcome), "-", " "))))
	t.para("  ", tr.Summary)
	t.printf("\n")
	t.para("patch   ", patchNames(&tr.Patch))
	t.para("target  ", tr.Target)
	t.para("product ", tr.Product)
	t.para("as of   ", stamp(tr.Now, t.zone)+"; zone by "+tr.Zone.Source)
	for i := range tr.Chains {
		t.chain(&tr.Chains[i])
	}
	if len(tr.Notes) > 0 {
		t.printf("\n")
	}
	for _, n := range tr.Notes {
		t.para("note    ", n)
	}
	return t.err
}

// patchNames are all names of a patch.
func patchNames(p *trace.Patch) string {
	var names []string
	names = append(names, p.Bulletins...)
	for _, n := range p.Numbers {
		names = append(names, "KB"+n)
	}
	names = append(names, p.Updates...)
	return strings.Join(names[:min(len(names), 20)], ", ")
}

func chainTitle(c *trace.Chain) string {
	var names []string
	if c.Bulletin != "" {
		names = append(names, c.Bulletin)
	}
	if c.Number != "" {
		names = append(names, "KB"+c.Number)
	}
	if c.Update != "" {
		names = append(names, "update "+c.Update)
	}
	title := strings.Join(names, ", ")
	if c.Product != "" {
		title += " for " + c.Product
	}
	return title
}

func (t traceText) chain(c *trace.Chain) {
	t.printf("\n")
	for _, line := range t.lines("", chainTitle(c)) {
		t.printf("%s\n", t.paint.head(line))
	}
	t.para("  ", c.Title)
	for i := range c.Steps {
		t.step(&c.Steps[i])
	}
	t.ending(c)
}

// stepWidth is the width of a link's name.
const stepWidth = len("seen as installed")

// narrow is the width below which a text has no room beside its label.
const narrow = 60

func (t traceText) step(s *trace.Step) {
	status := s.Status()
	text := strings.TrimPrefix(s.Text, "waits: ") // its state says so
	label := fmt.Sprintf("  %s %-*s  %-7s ", t.marks.of(status), stepWidth, s.Title, s.State)
	if t.width < narrow { // the text stands below
		t.printf("%s\n", t.paint.status(status, strings.TrimRight(label, " ")))
		label = "    "
	}
	for _, line := range t.lines(label, text) {
		t.printf("%s\n", t.paint.status(status, line))
	}
}

// ending tells of the link that the outcome is about: the first that broke, else
// the first that is not there yet.
func (t traceText) ending(c *trace.Chain) {
	s := c.End()
	if s == nil {
		if c.Outcome != trace.Installed {
			t.printf("\n")
			t.para("  "+t.marks.none+" ", c.Summary)
		}
		return
	}
	t.printf("\n")
	word := map[trace.State]string{trace.Failed: "The first broken link: ", trace.Pending: "Waiting: ", trace.Unseen: "Not seen: "}[s.State]
	t.para("  "+t.marks.of(s.Status())+" ", word+s.Title)
	t.reasons(c, s)
}

func (t traceText) reasons(c *trace.Chain, s *trace.Step) {
	if s.Code != "" {
		name := s.CodeName
		if name != "" {
			name += ": "
		}
		t.para("    Code   ", s.Code+" "+name+s.CodeMeaning)
	}
	t.proof(diagnose.Finding{Evidence: s.Evidence, Absent: s.Absent})
	t.places(s)
	t.toDo(c.Do)
}

// places are those that should hold a copy of the catalogue and do not, in a line
// each.
func (t traceText) places(s *trace.Step) {
	label, place := "    Places ", ""
	for _, c := range s.Copies {
		if c.State != trace.CopyMissing {
			continue
		}
		if c.Place != place {
			t.para(label, c.Place)
			label, place = "           ", c.Place
		}
		t.printf("%s\n", t.oneLine(label+"  ", c.Name))
	}
}

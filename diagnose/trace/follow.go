package trace

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

// tracer is one trace while it is made.
type tracer struct {
	in    Input
	ev    *evidence.Set
	now   time.Time
	zone  *time.Location
	patch Patch
	// found are the patches that the copies of the catalogue list, by copy.
	found [][]evidence.Listed
	// notRead is why a copy could not be looked into.
	notRead []error
	// foreign tells whether a finding is about another patch; nil where none can be.
	foreign func(*diagnose.Finding) bool
}

// Follow follows the patch. It never fails: what cannot be seen is said so.
func Follow(in Input) *Trace {
	t := &tracer{in: in, ev: &in.Evidence, now: in.Now, zone: in.Location}
	if in.Report == nil {
		t.in.Report = &diagnose.Report{Zone: diagnose.Zone{Offset: "+00:00", Source: "machine"}}
	}
	r := t.in.Report
	if t.in.Product == "" {
		t.in.Product = r.Product
	}
	if t.in.Playbook == nil {
		t.in.Playbook, _ = pipeline.Load(t.in.Product) // nil if there is none of that name
	}
	if t.now.IsZero() {
		t.now = r.Now
	}
	if t.zone == nil {
		t.zone = offset(r.Zone.Offset)
	}
	t.setClocks()
	t.patch = Resolve(in.Patch, t.ev)
	tr := &Trace{Schema: Schema, Product: t.in.Product, Target: r.Target, Now: t.now.UTC(), Zone: r.Zone}
	if t.in.Product == configmgr {
		tr.Chains = t.updates()
	} else {
		t.lookUp()
		tr.Chains = t.patches()
	}
	for i := range tr.Chains {
		t.finish(&tr.Chains[i])
		tr.Chains[i].clip()
	}
	tr.Patch = t.patch
	tr.Notes = t.notes()
	tr.conclude()
	return tr
}

// setClocks lets times that name no zone be the client's own. What was given stays
// as it is.
func (t *tracer) setClocks() {
	t.ev.Patches, t.ev.SitePatches, t.ev.Cycles = slices.Clone(t.ev.Patches), slices.Clone(t.ev.SitePatches), slices.Clone(t.ev.Cycles)
	for _, list := range [][]evidence.PatchState{t.ev.Patches, t.ev.SitePatches} {
		for i := range list {
			list[i].Zone = t.zone
		}
	}
	for i := range t.ev.Cycles {
		if c := &t.ev.Cycles[i]; c.Wall {
			c.Started, c.Reported, c.Wall = evidence.WallIn(c.Started, t.zone), evidence.WallIn(c.Reported, t.zone), false
		}
	}
}

// offset reads "-05:00".
func offset(text string) *time.Location {
	at, err := time.Parse("-07:00", text)
	if err != nil {
		return time.UTC
	}
	_, seconds := at.Zone()
	return time.FixedZone("", seconds)
}

// maxNotes bounds the notes: a folder may hold thousands of damaged files.
const maxNotes = 8

func (t *tracer) notes() []string {
	notes := t.ev.Doubts()
	add := func(name string, err error) {
		notes = append(notes, fmt.Sprintf("%s could not be read: %v", name, err))
	}
	if t.ev.PatchesErr != nil {
		add("the list of scan results", t.ev.PatchesErr)
	}
	for _, p := range t.ev.Problems {
		add(p.Name, p.Err)
	}
	if n := len(notes) - maxNotes; n > 0 {
		notes = append(notes[:maxNotes], fmt.Sprintf("and %d more", n))
	}
	return notes
}

// finish fills in what every chain must have, and what it comes to.
func (t *tracer) finish(c *Chain) {
	for i := range c.Steps {
		s := &c.Steps[i]
		if s.Evidence == nil {
			s.Evidence = []diagnose.Evidence{}
		}
		if len(s.Evidence) == 0 && s.Absent == "" {
			s.Absent = absent[s.ID]
		}
		switch {
		case s.State == Failed && c.Broken != "":
		case s.State == Failed:
			c.Broken = s.ID
			c.Do = s.do
			c.Summary = s.Text
		}
	}
	switch s := c.End(); {
	case c.Broken != "":
		c.Outcome = Broken
	case s != nil:
		c.Summary, c.Do = s.Text, s.do
		c.Outcome = Unknown
		if s.State == Pending {
			c.Outcome = Waiting
		}
	case c.Outcome == "":
		c.Outcome = Installed
		c.Summary = c.Steps[len(c.Steps)-1].Text
		if c.Steps[len(c.Steps)-1].State == Skipped {
			c.Summary = "it is installed, and was before the first scan that looked for it"
		}
	}
	if c.Do == nil {
		c.Do = []string{}
	}
}

// End is the link that the outcome is about: the first that broke, else the first
// that is not there yet; nil if there is none. A link that nobody saw does not
// count where a later one shows that it stood.
func (c *Chain) End() *Step {
	first, passed := -1, reached(c)
	for i := range c.Steps {
		switch s := &c.Steps[i]; {
		case c.Broken != "" && s.ID == c.Broken:
			return s
		case c.Broken != "" || s.State == OK || s.State == Skipped:
		case first < 0 || first < passed && i > passed:
			first = i
		}
	}
	if first < 0 {
		return nil
	}
	return &c.Steps[first]
}

// Status is that of a stage that stands as the link does: what only waits for a link
// before it has not run.
func (s *Step) Status() diagnose.Status {
	switch {
	case s.State == OK:
		return diagnose.Passed
	case s.State == Failed:
		return diagnose.Failed
	case s.Behind, s.State == Skipped:
		return diagnose.NotRun
	case s.State == Pending:
		return diagnose.Waiting
	}
	return diagnose.Unknown
}

// Status is that of a stage with such an outcome.
func (o Outcome) Status() diagnose.Status {
	switch o {
	case Installed, Superseded, NotApplicable:
		return diagnose.Passed
	case Broken:
		return diagnose.Failed
	case Waiting:
		return diagnose.Waiting
	}
	return diagnose.Unknown
}

// reached is the last link that cannot stand without those before it, -1 if none
// does: what was installed was found and allowed, even if that was not seen.
func reached(c *Chain) int {
	for i := len(c.Steps) - 1; i >= 0; i-- {
		switch s := &c.Steps[i]; s.ID {
		case StepContent, StepInstall:
			if s.State == OK {
				return i
			}
		}
	}
	return -1
}

// absent says what a step without any evidence was looked for in.
var absent = map[string]string{
	StepCatalogue:  "no copy of the catalogue was found",
	StepScan:       "no instance of Win32_PatchState and no line of a scan names it",
	StepInventory:  "no inventory was found that has it",
	StepAuthorised: "no list of authorised updates was found",
	StepInstall:    "no line of an installation names it",
	StepRescan:     "no scan after an installation was found",
	StepState:      "no line of StateMessage.log names it",
	StepDeployed:   "no line of UpdatesDeployment.log targets it",
	StepContent:    "no line of a download names it",
	StepRestart:    "no line of a restart names it",
}

// Bounds of texts, in characters: a value of an instance may be a megabyte long.
const (
	maxName     = 200
	maxSentence = 600
)

// clip cuts what is longer than anybody reads.
func (c *Chain) clip() {
	for _, name := range []*string{&c.Bulletin, &c.Number, &c.Update, &c.Product, &c.Title} {
		*name = clip(*name, maxName)
	}
	c.Summary = clip(c.Summary, maxSentence)
	for i := range c.Do {
		c.Do[i] = clip(c.Do[i], maxSentence)
	}
	for i := range c.Steps {
		s := &c.Steps[i]
		s.By, s.Text, s.Absent = clip(s.By, maxName), clip(s.Text, maxSentence), clip(s.Absent, maxSentence)
	}
}

// title words of the links.
var titles = map[string]string{
	StepCatalogue: "in the catalogue", StepScan: "scanned", StepInventory: "in the inventory", StepAuthorised: "authorised",
	StepInstall: "installed", StepRescan: "seen as installed", StepState: "state reported", StepDeployed: "deployed",
	StepContent: "content", StepRestart: "restart",
}

func newStep(id string) Step { return Step{ID: id, Title: titles[id], State: Unseen} }

// conclude says what the chains come to.
func (tr *Trace) conclude() {
	if len(tr.Chains) == 0 {
		tr.Chains = []Chain{}
	}
	worst := -1
	for i, c := range tr.Chains {
		if worst < 0 || gravity[c.Outcome] > gravity[tr.Chains[worst].Outcome] {
			worst = i
		}
	}
	if worst < 0 {
		tr.Outcome, tr.Summary = Unknown, tr.Patch.Name()+": nothing names it"
		return
	}
	c := tr.Chains[worst]
	tr.Outcome = c.Outcome
	tr.Summary = tr.Patch.Name()
	if len(tr.Chains) > 1 { // which of them
		own := Patch{Bulletins: with(nil, c.Bulletin), Numbers: with(nil, c.Number)}
		if name := own.Name(); name != "" {
			tr.Summary = name
		}
		switch {
		case c.Product != "":
			tr.Summary += " for " + c.Product
		case c.Update != "":
			tr.Summary += ", update " + c.Update
		}
	}
	tr.Summary += ": " + c.Summary
}

// marks are events of the report's time axis, oldest first.
func (t *tracer) marks(stage string, kinds ...string) []*diagnose.Event {
	var list []*diagnose.Event
	for i := range t.in.Report.Timeline {
		ev := &t.in.Report.Timeline[i]
		if ev.Stage == stage && slices.Contains(kinds, ev.Kind) {
			list = append(list, ev)
		}
	}
	slices.SortStableFunc(list, func(a, b *diagnose.Event) int { return a.Time.Compare(b.Time) })
	return list
}

// firstAfter is the first of the events that is not before an instant, and last
// the newest of all; nil if there is none.
func firstAfter(list []*diagnose.Event, at time.Time) *diagnose.Event {
	for _, ev := range list {
		if !ev.Time.Before(at) {
			return ev
		}
	}
	return nil
}

func last(list []*diagnose.Event) *diagnose.Event {
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

// failing is the finding by which a stage broke, nil if it did not. Only one that
// is not older than an instant says anything about what was to happen after it.
func (t *tracer) failing(stage string, since time.Time) *diagnose.Finding {
	for i := range t.in.Report.Stages {
		s := &t.in.Report.Stages[i]
		if s.ID != stage || s.Status != diagnose.Failed {
			continue
		}
		if s.LastFailure != nil && s.LastFailure.Before(since) {
			return nil
		}
		for k := range s.Findings {
			f := &s.Findings[k]
			if f.Severity == diagnose.SevError && (t.foreign == nil || !t.foreign(f)) {
				return f
			}
		}
	}
	return nil
}

// lowerFirst begins a title in small letters, for the middle of a sentence: but
// not a name such as "WMI" or "Group Policy".
func lowerFirst(title string) string {
	word, rest, _ := strings.Cut(title, " ")
	next, _, _ := strings.Cut(rest, " ")
	r, n := utf8.DecodeRuneInString(title)
	if n == 0 || strings.IndexFunc(word[n:], unicode.IsUpper) >= 0 || strings.IndexFunc(next, unicode.IsUpper) == 0 || word == "Windows" {
		return title
	}
	return string(unicode.ToLower(r)) + title[n:]
}

// broke makes a link broken by a finding of the diagnosis.
func (s *Step) broke(f *diagnose.Finding, text string) {
	s.State = Failed
	s.Text = text + ": " + lowerFirst(strings.TrimSuffix(f.Title, "."))
	for _, e := range f.Evidence {
		if !slices.ContainsFunc(s.Evidence, func(o diagnose.Evidence) bool {
			return o.Log == e.Log && o.Line == e.Line && o.Offset == e.Offset && o.Text == e.Text
		}) {
			s.Evidence = append(s.Evidence, e)
		}
	}
	if len(f.Evidence) == 0 && s.Absent == "" {
		s.Absent = f.Absent
	}
	s.Code, s.CodeName, s.CodeMeaning = f.Code, f.CodeName, f.CodeMeaning
	s.do = f.Do
}

// waitFor makes a link wait for one before it.
func (s *Step) waitFor(what string) {
	s.State, s.Text, s.Behind = Pending, "waits: "+what, true
	if s.Absent == "" && len(s.Evidence) == 0 {
		s.Absent = "nothing to see before: " + what
	}
}

// skip makes a link one that is not needed.
func (s *Step) skip(why string) {
	s.State, s.Text = Skipped, "not needed: "+why
	if len(s.Evidence) == 0 {
		s.Absent = "not looked for: " + why
	}
}

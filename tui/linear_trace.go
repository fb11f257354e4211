package tui

import (
	"context"
	"fmt"
	"strings"

	"patchtrace/diagnose/trace"
)

// tracePatch reads out the way of a patch, link by link.
func (l *linear) tracePatch(args string) {
	for args == "" {
		var ok bool
		if args, ok = l.ask("Which patch? A bulletin, an article or the id of an update:"); !ok {
			return
		}
	}
	var tr *trace.Trace
	err := l.wait(func(ctx context.Context) (err error) {
		tr, err = l.s.cas.Trace(ctx, args)
		return err
	})
	if err != nil {
		l.sayErr(err)
		return
	}
	l.sayf("%s: %s", beginSentence(string(tr.Outcome)), endSentence(l.cutTo(tr.Summary, 4)))
	for i := range tr.Chains {
		l.chain(&tr.Chains[i])
	}
	for _, n := range tr.Notes {
		l.sayf("Note: %s", endSentence(l.cutTo(n, 3)))
	}
}

// chain reads out a chain: its links, then the proof of the one that its outcome is
// about, and what to do.
func (l *linear) chain(c *trace.Chain) {
	l.sayf("%s:", l.cutTo(chainName(c), 2))
	end := c.End()
	for i := range c.Steps {
		s := &c.Steps[i]
		l.sayf("Link %d of %d, %s: %s, %s", i+1, len(c.Steps), s.Title, s.State, endSentence(l.cutTo(strings.TrimPrefix(s.Text, "waits: "), 3)))
	}
	if end == nil {
		return
	}
	const most = 3
	for i := range end.Evidence[:min(len(end.Evidence), most)] {
		e := &end.Evidence[i]
		place := e.Log
		if e.Line > 0 { // a cabinet and an instance have none
			place += fmt.Sprintf(" line %d", e.Line)
		}
		l.sayf("Proof of %s, %s: %s", end.Title, place, l.cutTo(e.Text, 3))
	}
	if end.Absent != "" {
		l.sayf("Missing: %s", endSentence(l.cutTo(end.Absent, 3)))
	}
	for i := range end.Copies {
		if c := &end.Copies[i]; c.State == trace.CopyMissing {
			l.sayf("Looked for in the %s: %s", c.Place, l.cutTo(c.Name, 2))
		}
	}
	for i, do := range c.Do {
		l.sayf("Do %d: %s", i+1, endSentence(do))
	}
}

package tui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"patchtrace/diagnose"
	"patchtrace/tui/safe"
)

// linearEvent is something at a time, in words.
type linearEvent struct {
	at   time.Time
	text string
}

// events are what has a time, the newest first.
func (l *linear) events() []linearEvent {
	s := l.s
	var list []linearEvent
	for i := range s.report.Timeline {
		list = append(list, linearEvent{s.report.Timeline[i].Time, linearEventText(&s.report.Timeline[i])})
	}
	if t := s.report.LastHardwareScan.Time; t != nil {
		list = append(list, linearEvent{*t, "Last Hardware Scan, as the site holds it"})
	}
	for _, f := range s.facts {
		if f.Event && f.Time != nil {
			list = append(list, linearEvent{*f.Time, strings.TrimSpace(linearStageName(f.Stage) + ", " + f.Label)})
		}
	}
	slices.SortStableFunc(list, func(a, b linearEvent) int { return b.at.Compare(a.at) })
	return list
}

func linearEventText(e *diagnose.Event) string {
	text := linearStageName(e.Stage) + ", " + e.Kind
	if e.Track != "" {
		text += " of " + e.Track
	}
	text += ": " + strings.TrimRight(e.Text, ".") + ", in " + linearLogName(e.Log)
	if e.Line > 0 {
		text += fmt.Sprintf(", line %d", e.Line)
	}
	return text
}

// timeline reads the newest events out.
func (l *linear) timeline(args string) {
	n, ok := l.count(args, 12)
	if !ok || !l.judgedNow() {
		return
	}
	list := l.events()
	if len(list) == 0 {
		l.sayf("Nothing with a time is known. Run a stage, or open a target with logs.")
		return
	}
	now := l.s.clock()
	l.sayf("Now: %s.", l.s.exactly(now))
	l.sayf("The newest %d of %s, the newest first.", min(n, len(list)), countOf(len(list), "event"))
	for _, e := range list[:min(n, len(list))] {
		when := beginSentence(l.when(e.at))
		if l.times != timesAge {
			when += ", " + linearAge(now.Sub(e.at))
		}
		l.sayf("%s: %s", when, endSentence(l.cutTo(e.text, 3)))
	}
}

// patches reads out the instances of Win32_PatchState: all, those that have a
// text, or everything about one by its number.
func (l *linear) patches(args string) {
	var list []Patch
	err := l.wait(func(ctx context.Context) (err error) {
		list, err = l.s.cas.Patches(ctx)
		return err
	})
	switch {
	case err != nil && len(list) == 0:
		l.sayErr(err)
		return
	case err != nil: // those before the damage are told all the same
		l.sayErr(err)
	case len(list) == 0:
		class, _ := l.s.patchClass(nil)
		l.sayf("There are no instances of %s: no scan has written any here.", class)
		return
	}
	if n, err := strconv.Atoi(args); err == nil && n >= 1 && n <= len(list) {
		l.onePatch(n, &list[n-1])
		return
	}
	told := 0
	for i := range list {
		text := linearPatchText(&list[i])
		if strings.Contains(strings.ToLower(text), strings.ToLower(args)) {
			l.sayf("Patch %d of %d: %s", i+1, len(list), endSentence(l.cutTo(text, 3)))
			told++
		}
	}
	if told == 0 {
		l.sayf("None of %s has %s.", countOf(len(list), "patch record"), l.cutTo(args, 1))
		return
	}
	l.sayf("Type patches and a number for everything about one, or a text such as Applicable to filter.")
}

// linearPatchText is what tells a patch from the others: its id, title and status first.
func linearPatchText(p *Patch) string {
	var first, rest []string
	for _, name := range []string{"ID", "QNumbers", "Status", "Product", "Title"} {
		for _, prop := range p.Props {
			if prop.Name == name && prop.Value != "" {
				first = append(first, safe.Text(prop.Name+" "+prop.Value))
			}
		}
	}
	if len(first) > 0 {
		return strings.Join(first, ", ")
	}
	for _, prop := range p.Props {
		rest = append(rest, safe.Text(prop.Name+" "+prop.Value))
	}
	return strings.Join(rest, ", ")
}

func (l *linear) onePatch(n int, p *Patch) {
	l.sayf("Patch %d, class %s.", n, p.Class)
	for _, prop := range p.Props {
		value := prop.Value
		if value == "" {
			value = "empty"
		}
		l.sayf("%s: %s", prop.Name, value)
	}
}

// lookup explains error codes.
func (l *linear) lookup(args string) {
	if args == "" {
		var ok bool
		if args, ok = l.ask("Which code? In any spelling, or a whole line of a log:"); !ok {
			return
		}
	}
	var codes []Code
	err := l.wait(func(context.Context) error { codes = l.desk.LookUp(args); return nil })
	switch {
	case err != nil:
		l.sayErr(err)
	case len(codes) == 0:
		l.sayf("There is no error code in %s. Write it as 0x80041003, as -2147217405, or as 1603.", l.cutTo(args, 1))
	}
	for _, c := range codes {
		head := c.Text
		for _, more := range []string{c.Name, c.Family} {
			if more != "" {
				head += ", " + more
			}
		}
		if c.Meaning == "" {
			c.Meaning = "its meaning is not known"
		}
		l.sayf("%s: %s", head, endSentence(c.Meaning))
		for i, do := range c.Do {
			l.sayf("Do %d: %s", i+1, endSentence(do))
		}
	}
}

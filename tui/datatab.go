package tui

import (
	"context"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// dataState is what the Data tab asked for.
type dataState struct {
	patches []Patch
	err     error
	// asked is true from the first time on, loading until the answer is there,
	// stale once a run may have changed it.
	asked, loading, stale bool
	// exit is how the last installation that was run here ended, nil for none.
	exit *runExit
}

// runExit is an exit code and when it came.
type runExit struct {
	code int
	at   time.Time
}

// scanDataMsg are the instances of Win32_PatchState.
type scanDataMsg struct {
	cas     Case
	patches []Patch
	err     error
}

// loadData asks for what the tab in view needs and is not there yet.
func (s *session) loadData() tea.Cmd {
	d := &s.data
	if s.tab != tabData || s.stage != stageIndex(pipeline.Scan) || d.loading || d.asked && !d.stale {
		return nil
	}
	d.asked, d.loading, d.stale = true, true, false
	s.changed()
	c := s.cas
	return s.work(func(ctx context.Context) tea.Msg {
		patches, err := c.Patches(ctx)
		return scanDataMsg{c, patches, err}
	})
}

// dataRows are what the stage produced.
func dataRows(s *session, w int) []row {
	if s.report == nil || s.book == nil {
		return s.noReportRows(w)
	}
	var rows []row
	switch pipeline.StageIDs[s.stage] {
	case pipeline.Sync:
		rows = s.syncData(w)
	case pipeline.Scan:
		rows = s.scanData(w)
	case pipeline.Inventory:
		rows = s.inventoryData(w)
	case pipeline.Install:
		rows = s.installData(w)
	}
	return append(rows, s.whereToLook(w)...)
}

// factRows are what the target tells about the stage, beside its logs.
func (s *session) factRows(w int) []row {
	k := &s.look
	id := stageID(s.stage)
	var rows []row
	for i := range s.facts {
		f := &s.facts[i]
		if f.Stage != id && f.Stage != "" || slices.ContainsFunc(s.facts[:i], f.sameAs) {
			continue
		}
		label, head, style := safe.Text(f.Label), k.quiet, k.plain
		if f.Bad {
			label, head, style = k.stale+" "+label, k.warn, k.warn
		}
		rows = append(rows, textRows(head.Render, label, "  ", w)...)
		rows = append(rows, textRows(style.Render, safe.Text(f.Value), "    ", w)...)
		if f.Time != nil {
			rows = append(rows, textRows(style.Render, strings.TrimSpace(safe.Text(f.Did)+" "+s.withAge(*f.Time)), "    ", w)...)
		}
		rows = append(rows, textRows(k.quiet.Render, safe.Text(f.Note), "    ", w)...)
		for n := range s.facts[i:] {
			if o := &s.facts[i+n]; o.File != "" && (n == 0 || f.sameAs(*o)) {
				rows = append(rows, textRows(k.quiet.Render, safe.Text(o.File), "    ", w)...)
			}
		}
	}
	return rows
}

// doubted takes the times from facts of files whose dates the report does not take for
// those of a download: they are of the copying.
func doubted(facts []Fact, r *diagnose.Report) []Fact {
	facts = slices.Clone(facts)
	for i := range facts {
		f := &facts[i]
		for n := range r.Catalogues {
			if c := &r.Catalogues[n]; f.File != "" && f.Time != nil && c.File == f.File && c.Downloaded == nil && c.Note != "" {
				f.Time, f.Event = nil, false
				f.Note = strings.TrimPrefix(f.Note+"; "+c.Note, "; ")
			}
		}
	}
	return facts
}

// sameAs tells whether another file tells the same, so that it is told once.
func (f *Fact) sameAs(o Fact) bool {
	return f.Stage == o.Stage && f.Label == o.Label && f.Value == o.Value && f.Note == o.Note && f.Bad == o.Bad && f.File != "" && o.File != "" &&
		(f.Time == nil) == (o.Time == nil) && (f.Time == nil || f.Time.Sub(*o.Time).Abs() < time.Minute)
}

// withAge is a time and how long ago it was.
func (s *session) withAge(t time.Time) string {
	age := ageText(s.clock().Sub(t))
	if s.times == timesAge {
		return age
	}
	return s.when(t) + ", " + age
}

// syncData are the dates of the catalogue.
func (s *session) syncData(w int) []row {
	k := &s.look
	rows := []row{{text: k.strong.Render("Catalogue")}}
	if facts := s.factRows(w); len(facts) > 0 {
		return append(rows, facts...)
	}
	return append(rows, textRows(k.quiet.Render, "The dates of the catalogue would be here. This target does not tell them: look at the files on the sync host, by the steps in Guide.", "  ", w)...)
}

// scanData counts what the scan found.
func (s *session) scanData(w int) []row {
	k := &s.look
	class, _ := s.patchClass(s.data.patches)
	rows := []row{{text: k.strong.Render(class)}}
	switch d := &s.data; {
	case d.err != nil:
		if len(d.patches) > 0 { // those before the damage
			rows = append(rows, s.countRows(d.patches)...)
		}
		rows = append(rows, textRows(k.plain.Render, safe.Text(d.err.Error()), "  ", w)...)
	case d.loading || !d.asked:
		rows = append(rows, row{text: "  " + k.quiet.Render("asking for it"+k.ellipsis)})
	case len(d.patches) == 0:
		rows = append(rows, textRows(k.quiet.Render, "It holds nothing: no scan has written a result yet. Run the scan with r.", "  ", w)...)
	default:
		rows = append(rows, s.countRows(d.patches)...)
		rows = append(rows, row{text: "  " + k.quiet.Render(s.keys.Patches.Help().Key+" shows the table")})
	}
	if facts := s.factRows(w); len(facts) > 0 {
		rows = append(append(rows, heading(k, "Beside its logs")...), facts...)
	}
	return rows
}

// countRows count patches by their status.
func (s *session) countRows(patches []Patch) []row {
	counts := map[string]int{}
	for i := range patches {
		counts[patchStatus(&patches[i])]++
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		if counts[names[i]] != counts[names[j]] {
			return counts[names[i]] > counts[names[j]]
		}
		return names[i] < names[j]
	})
	const most = 8
	var rows []row
	for i, name := range names {
		if i == most {
			rows = append(rows, row{text: "  " + s.look.quiet.Render(fmt.Sprintf("and %d more", len(names)-most))})
			break
		}
		rows = append(rows, row{text: fmt.Sprintf("  %6d  %s", counts[name], safe.Text(name))})
	}
	return append(rows, row{text: fmt.Sprintf("  %6d  %s", len(patches), s.look.quiet.Render("together"))})
}

// patchStatus is the property Status of an instance.
func patchStatus(p *Patch) string {
	for _, prop := range p.Props {
		if strings.EqualFold(prop.Name, "Status") {
			return prop.Value
		}
	}
	return "without a status"
}

// inventoryData compares what was sent with what the site holds.
func (s *session) inventoryData(w int) []row {
	k := &s.look
	rows := []row{{text: k.strong.Render("Last hardware scan")}}
	site, sent := s.report.LastHardwareScan, s.stageReport(s.stage).LastSuccess
	siteText := k.warn.Render("not known")
	if site.Time != nil {
		siteText = s.when(*site.Time) + "  " + k.quiet.Render(siteSource(site.Source))
	}
	own := labelled(k, "Site", siteText, w)
	if plan, step := s.lastScanStep(); step != nil && site.Source != "wmi" {
		own[0].id, own[0].word = "lastscan", "type it in"
		own[0].act = func() tea.Cmd { return s.askAnswer(plan, step) }
	}
	rows = append(rows, own...)
	sentText := k.quiet.Render("no report is in the logs")
	if sent != nil {
		sentText = s.when(*sent)
	}
	rows = append(rows, labelled(k, "Sent", sentText, w)...)
	rows = append(rows, s.differenceRows(site.Time, sent, w)...)
	if site.Time == nil {
		rows = append(rows, textRows(k.quiet.Render, "Look it up in Resource Explorer > Hardware > Workstation Status, and type it in with Enter on Site: only the site can tell whether the report arrived.", "  ", w)...)
	}
	if facts := s.factRows(w); len(facts) > 0 {
		rows = append(append(rows, heading(k, "Beside its logs")...), facts...)
	}
	return rows
}

// siteSource says who told the site's time.
func siteSource(source string) string {
	switch source {
	case "flag":
		return "as typed in"
	case "wmi":
		return "as the site says"
	case "log":
		return "by a log"
	}
	return source
}

// differenceRows say whether the two times are of one report.
func (s *session) differenceRows(site, sent *time.Time, w int) []row {
	k := &s.look
	if site == nil || sent == nil {
		return nil
	}
	d := site.Sub(*sent)
	symbol, style, text := k.passed, k.good, "the site has the report that was sent"
	switch t := s.book.Tolerance.Duration(); {
	case d < -t:
		symbol, style, text = k.stale, k.warn, "the site is older: what was sent last did not arrive, or not yet"
	case d > t:
		symbol, style, text = k.stale, k.warn, "the site is newer than every log: another machine, rotated logs, or a clock"
	}
	return labelledIn(k, "Apart", symbol+" "+span(d.Abs())+", "+text, style.Render, w)
}

// labelledIn is labelled with a style.
func labelledIn(k *look, name, text string, style func(...string) string, w int) []row {
	lines := wrapped(text, max(w-column, 8))
	rows := make([]row, len(lines))
	for i, l := range lines {
		rows[i].text = pad(k, label(name, i)) + style(l)
	}
	return rows
}

// installData are what was authorised, and how the installations ended.
func (s *session) installData(w int) []row {
	k := &s.look
	rows := []row{{text: k.strong.Render("Authorised and applicable")}}
	if facts := s.factRows(w); len(facts) > 0 {
		rows = append(rows, facts...)
	} else {
		rows = append(rows, textRows(k.quiet.Render, "What PatchAuthorize.xml allows would be here, against what the scan found applicable. This target does not tell it: read the file in the folder of the update package.", "  ", w)...)
	}
	rows = append(rows, heading(k, "How installations ended")...)
	ends := append(s.exitRows(w), s.endRows(w)...)
	if len(ends) == 0 {
		ends = textRows(k.quiet.Render, "No installation ended here yet, as far as logs and runs show.", "  ", w)
	}
	return append(rows, ends...)
}

// exitRows are the exit codes of installations that were run here, the newest
// first.
func (s *session) exitRows(w int) []row {
	k := &s.look
	var rows []row
	if e := s.data.exit; e != nil {
		rows = labelled(k, "Run", fmt.Sprintf("exit code %d, %s", e.code, s.withAge(e.at)), w)
	}
	for i := len(s.report.Runs) - 1; i >= 0; i-- {
		r := &s.report.Runs[i]
		if r.Stage != pipeline.Install || s.data.exit != nil && r.Ended.Equal(s.data.exit.at) {
			continue
		}
		text := "ended otherwise"
		switch {
		case r.ExitCode != nil:
			text = fmt.Sprintf("exit code %d", *r.ExitCode)
		case r.Refused != "":
			text = "not started: " + safe.Text(r.Refused)
		case r.Killed != "":
			text = safe.Text(r.Killed)
		}
		rows = append(rows, labelled(k, "Run", text+", "+s.withAge(r.Ended), w)...)
	}
	return rows
}

// endRows are the newest outcomes that the logs show, each with its line.
func (s *session) endRows(w int) []row {
	k := &s.look
	const most = 8
	var rows []row
	n := 0
	for i := len(s.report.Timeline) - 1; i >= 0 && n < most; i-- {
		e := &s.report.Timeline[i]
		if e.Stage != pipeline.Install || e.Kind != pipeline.Success && e.Kind != pipeline.Failure {
			continue
		}
		symbol, style := k.markOf(e.Kind)
		own := textRows(k.plain.Render, safe.Text(e.Text), "    ", w)
		if len(own) == 0 {
			continue
		}
		own[0].text = "  " + style.Render(symbol) + " " + strings.TrimLeft(own[0].text, " ")
		own[0].id, own[0].word = fmt.Sprintf("e%d", n), "open the line"
		at := diagnose.Evidence{Log: e.Log, Line: e.Line, Offset: e.Offset, Time: &e.Time, Text: e.Text}
		own[0].act = func() tea.Cmd { return say(proofWantedMsg{at}) }
		place := fmt.Sprintf("%s:%d  %s", path.Base(e.Log), e.Line, s.withAge(e.Time))
		rows = append(append(rows, own...), textRows(k.quiet.Render, safe.Text(place), "    ", w)...)
		n++
	}
	return rows
}

// whereToLook names the logs that hold more.
func (s *session) whereToLook(w int) []row {
	k := &s.look
	plan := s.stagePlan(s.stage)
	if plan == nil {
		return nil
	}
	var rows []row
	for i := range plan.Logs {
		l := &plan.Logs[i]
		if state := s.logState(l.Name); state == diagnose.LogRead || l.Note == "" || len(rows) > 12 {
			continue
		}
		text := l.Name
		if l.Side != "" && l.Side != pipeline.SideClient {
			text += " (" + sideText(l.Side) + ")"
		}
		rows = append(rows, textRows(k.quiet.Render, safe.Text(text+": "+l.Note), "  ", w)...)
	}
	if len(rows) == 0 {
		return nil
	}
	return append(heading(k, "Logs that would tell more"), rows...)
}

func sideText(side string) string {
	if side == pipeline.SideSyncHost {
		return "on the sync host"
	}
	return "on the server"
}

// logState is whether a log of the playbook was read.
func (s *session) logState(name string) string {
	for i := range s.report.Coverage {
		if c := &s.report.Coverage[i]; strings.EqualFold(path.Base(c.Log), name) {
			return c.State
		}
	}
	return ""
}

package trace

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

// scanLogs are those of the scan tools.
const scanLogs = "ScanWrapper.log, in SMS 2.0 S_Scan.log and O_Scan.log"

var scanDo = []string{
	"scan the client by hand without /s (ScanWrapper.exe /cache, in SMS 2.0 s_scan.exe or o_scan.exe) and read the scan's log",
	"then look at Win32_PatchState again",
}

// scan looks for what scans found.
func (k *smsChain) scan() Step {
	s := newStep(StepScan)
	if k.inst != nil {
		k.scanned(&s)
		return s
	}
	before := k.step(StepCatalogue)
	cache, point := at(before.Copies, evidence.ClientCache), at(before.Copies, evidence.DistributionPoint)
	run := last(k.scans)
	if run != nil {
		s.Evidence = append(s.Evidence, k.event(run))
	}
	s.Absent = "no instance of it in Win32_PatchState"
	if !k.ev.PatchesAsked {
		s.Absent = "Win32_PatchState was not seen as a whole"
	}
	switch {
	case k.ev.PatchesErr != nil:
		s.Absent = "Win32_PatchState cannot be read: " + clip(k.ev.PatchesErr.Error(), 300)
	case len(k.ev.Patches) == 0 && !k.ev.PatchesAsked:
		s.Absent = "no instances of Win32_PatchState were found"
	}
	since := time.Time{}
	if point != nil && point.Downloaded != nil {
		since = *point.Downloaded
	}
	switch {
	case before.State == Failed:
		s.waitFor("the catalogue does not list it yet")
	case cache != nil && cache.State == copyLists && k.ranSince(cache) && k.ev.PatchesAsked:
		k.notListed(&s)
	case point != nil && point.State == copyLists && (cache == nil || cache.State != copyLists):
		k.notScanned(&s, cache, point, since)
	case run == nil && noClass(k.ev.PatchesErr) && k.failing(pipeline.Scan, since) == nil:
		k.late(&s, pipeline.Scan, since, "no scan has looked for it yet", scanDo...)
	case !k.ev.PatchesAsked:
		s.Text = "whether a scan found it cannot be seen: Win32_PatchState is not here"
		if f := k.failing(pipeline.Scan, since); f != nil {
			s.broke(f, "the scan did not end well")
			break // it has no result to be saved
		}
		s.do = append(s.do, k.saveDo())
	case run == nil && len(k.ev.Patches) > 0 && k.failing(pipeline.Scan, since) == nil:
		s.Text = "what a scan has written does not list it; whether that scan knew of it cannot be seen: no log of one is here"
		s.do = append([]string{"fetch the logs of the scan: " + scanLogs}, scanDo...)
	case run == nil || before.State == OK && since.IsZero() && cache == nil && point == nil && len(k.ev.Patches) == 0:
		k.late(&s, pipeline.Scan, since, "no scan has looked for it yet", scanDo...)
	case before.State != OK:
		s.Text = "no scan lists it, and whether the catalogue does is not known"
		s.do = []string{"look the patch up in the catalogue that the scan used"}
	case k.failing(pipeline.Scan, since) != nil:
		k.late(&s, pipeline.Scan, since, "the scan did not end well", scanDo...)
	default:
		k.notFound(&s, before.Copies, run)
	}
	return s
}

// noClass tells whether WMI answered that there is no such class: a scan makes it, so
// none has written a result. A lab says so by its code alone.
func noClass(err error) bool {
	return errors.Is(err, evidence.ErrNoClass) || err != nil && strings.Contains(err.Error(), "0x80041010")
}

// saveDo says how to come by what a scan has found.
func (k *smsChain) saveDo() string {
	const save = `save the instances of root\cimv2:Win32_PatchState (wbemtest, Show MOF) beside the logs`
	if k.ev.PatchesErr != nil {
		return "mend why WMI does not give them, or " + save
	}
	return save + ", or run patchtrace on the client"
}

// notFound is a patch that no scan lists, while neither the distribution point nor
// the client's cache tells why.
func (k *smsChain) notFound(s *Step, copies []Copy, run *diagnose.Event) {
	var lists *Copy
	for i := range copies {
		if copies[i].State == copyLists {
			lists = &copies[i]
		}
	}
	switch {
	case lists == nil || lists.Downloaded == nil:
		s.Text = "the scan does not list it; whether it knew of it is not known"
		s.do = []string{"look at the catalogue in the client's cache (%windir%\\system32\\vpcache)"}
	case run.Time.Before(lists.Downloaded.Truncate(time.Second)):
		k.late(s, pipeline.Scan, *lists.Downloaded, "no scan has run since the catalogue that lists it was downloaded", scanDo...)
	default:
		k.notListed(s)
	}
}

// scanned says what a scan found.
func (k *smsChain) scanned(s *Step) {
	p := k.inst
	since := p.Detected()
	if k.installed() && p.Applied().After(since) {
		since = p.Applied()
	}
	s.Since, s.By = ref(since), p.Agent()
	s.State = OK
	state := strings.ToLower(clip(string(p.State()), 60))
	switch p.State() {
	case evidence.Installed, evidence.Applicable:
	case "":
		s.State, state = Unseen, "listed without a state"
	default:
		s.State, state = Unseen, fmt.Sprintf("listed in a state that is not known, %q", state)
	}
	s.Text = state
	if !since.IsZero() {
		s.Text += " since " + k.at(since)
	}
	if s.By != "" {
		s.Text += ", by " + clip(s.By, 60)
	}
	s.Evidence = append(s.Evidence, k.instance(p, since))
	if run := last(k.scans); run != nil {
		s.Text += "; last scan " + k.at(run.Time)
		s.Evidence = append(s.Evidence, k.event(run))
	}
	if p.State() == evidence.Applicable && k.nearest != nil && len(k.nearest.SupersededBy) > 0 {
		s.Text += "; the next scan will leave it out, because it is superseded"
	}
}

// ranSince tells whether a scan ended well since a copy was made.
func (k *smsChain) ranSince(c *Copy) bool {
	run := last(k.scans)
	switch {
	case run == nil:
		return len(k.ev.Patches) > 0 && c.Downloaded == nil
	case c.Downloaded == nil:
		return true
	}
	return !run.Time.Before(c.Downloaded.Truncate(time.Second))
}

// notListed is a patch that the scan knew of and did not list.
func (k *smsChain) notListed(s *Step) {
	l := k.nearest
	switch {
	case l != nil && len(l.SupersededBy) > 0:
		by := strings.Join(l.SupersededBy[:min(len(l.SupersededBy), 5)], ", ")
		k.c.Outcome, k.c.Summary = Superseded, "superseded by "+by+", which is to be looked at instead"
		k.c.Do = []string{"trace " + l.SupersededBy[0]}
		s.State, s.Text = Skipped, "the scan leaves it out: it is superseded by "+by
	case l != nil && len(l.Products) > 0:
		for_ := strings.Join(l.Products[:min(len(l.Products), 8)], ", ")
		k.c.Outcome, k.c.Summary = NotApplicable, "not applicable here: the catalogue lists it for "+for_+", and the scan found none of that on this client"
		s.State, s.Text = Skipped, "the scan does not list it: it is for "+for_
	default:
		k.c.Outcome, k.c.Summary = NotApplicable, "not applicable here: the scan compared the client with a catalogue that lists it, and does not list it"
		s.State, s.Text = Skipped, "the scan does not list it"
	}
}

// notScanned is a patch that the distribution point has and the client's scan has
// not looked for.
func (k *smsChain) notScanned(s *Step, cache, point *Copy, since time.Time) {
	for _, l := range k.linesOf("scanwrapper", "s_scan", "o_scan") {
		if strings.Contains(l.Message, "DataVersion") && !k.patch.mentions(l.Message) && (k.track == "" || !k.otherTrack(l.Message)) {
			s.Evidence = append(s.Evidence, k.line(l.Record))
		}
	}
	if n := len(s.Evidence); n > 3 {
		s.Evidence = s.Evidence[n-3:]
	}
	if run := firstAfter(k.scans, since); run != nil && !since.IsZero() && cache != nil && cache.State != CopyMissing {
		s.State = Failed
		s.Text = fmt.Sprintf("the scan of %s used an older catalogue than the distribution point holds", k.at(run.Time))
		if cache.DataVersion != "" && point.DataVersion != "" {
			s.Text += fmt.Sprintf(" (%s, not %s)", cache.DataVersion, point.DataVersion)
		}
		s.do = []string{
			"see why the client's cache was not refreshed: rights, disk space, or a scan without /cache",
			"then scan again",
		}
		return
	}
	k.late(s, pipeline.Scan, since, "no scan has run since the distribution point got the catalogue that lists it", scanDo...)
}

// otherTrack tells whether a line is about another catalogue.
func (k *smsChain) otherTrack(msg string) bool {
	for _, track := range []string{"security", "office"} {
		if track != k.track && strings.Contains(strings.ToLower(msg), "the "+track+" catalog") {
			return true
		}
	}
	return false
}

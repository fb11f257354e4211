package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"patchtrace/pipeline"
)

// siteWide are the logs in which a site writes what it does with the hardware
// inventories of all its clients.
var siteWide = []string{"dataldr.log", "mp_hinv.log", "statusmessages.txt"}

// outdated weighs a failed or waiting inventory against what the site holds by
// now, and tells whether that settles it.
func (s *stageState) outdated(site time.Time, sent *event) bool {
	open := s.unsettled()
	if len(open) == 0 {
		return false
	}
	if s.arrived(site, sent) && !slices.ContainsFunc(open, func(ev *event) bool { return !isSiteWide(ev) }) {
		s.ofOthers(site, sent, open)
		return true
	}
	last := open[len(open)-1]
	if site.Sub(last.when()) <= sameReport || sent != nil && s.zoneSlip(site.Sub(sent.when()), sent) != "" {
		return false
	}
	if s.status == Waiting {
		return sent != nil && s.waitIsOver(site, last)
	}
	s.findings = append(s.findings, s.lastScanFinding("site-newer", SevWarning, last,
		"The site holds a newer inventory than this failure",
		fmt.Sprintf("Last Hardware Scan is %s, the newest failure in these logs is of %s. A later inventory probably arrived, or a clock or a time zone is wrong.", s.local(site), s.local(last.when())),
		"Fetch the inventory log again, with its rotated part (.lo_): a later cycle may have succeeded",
		"Check that Last Hardware Scan was read by the client's clock"))
	return true
}

// unsettled are the outcomes that keep the stage failed or waiting, the newest
// last. It has none where a cycle has no outcome.
func (s *stageState) unsettled() []*event {
	var open []*event
	for _, id := range s.ids() {
		t := s.tracks[id]
		switch status := s.trackStatus(t); {
		case status == Running, status == Failed && t.running() != nil && !s.superseded(t.running()):
			return nil
		case status == Failed, status == Waiting:
			open = append(open, t.outcome)
		}
	}
	sortEvents(open)
	return open
}

// refusedSince are the newest lines in the site's logs that tell of trouble with a
// report since the time of sent, also when it was followed by a report that went
// well: all clients of a site share those logs.
func (s *stageState) refusedSince(sent *event) (list []*event) {
	for _, ev := range s.j.events {
		if ev.stage == s.stage.ID && ev.kind() == pipeline.Failure && isSiteWide(ev) && ev.order >= sent.order {
			list = append(list, ev)
		}
	}
	return list[max(0, len(list)-2):]
}

func isSiteWide(ev *event) bool {
	return slices.Contains(siteWide, strings.ToLower(baseName(ev.log.name)))
}

// arrived tells whether the site holds the newest report of this client.
func (s *stageState) arrived(site time.Time, sent *event) bool {
	if sent == nil {
		return false
	}
	diff := site.Sub(sent.when())
	return diff >= -sameReport && diff <= s.tolerance() && (diff <= sameReport || s.zoneSlip(diff, sent) == "")
}

// ofOthers settles a stage whose report is at the site, although the site's logs
// show trouble with reports. That report may be out of date for all that.
func (s *stageState) ofOthers(site time.Time, sent *event, open []*event) {
	s.status, s.failure = Passed, nil
	s.order()
	s.agrees(site, sent)
	f := &s.findings[len(s.findings)-1]
	last := open[len(open)-1]
	f.Meaning += fmt.Sprintf(" What %s shows is of another client, or of an older report.", baseName(last.log.name))
	f.Evidence = append(f.Evidence, evidenceOf(last)...)
}

// waitIsOver settles a stage that waited for what has happened since, unless the
// newest scan is newer still.
func (s *stageState) waitIsOver(site time.Time, last *event) bool {
	if scan := s.j.stage(pipeline.Scan); scan != nil && scan.success != nil && scan.success.when().Sub(site) > sameReport {
		return false
	}
	s.status = Passed
	f := s.lastScanFinding("by-site", SevInfo, last,
		"The site has an inventory newer than the wait",
		fmt.Sprintf("The client waited %s, and Last Hardware Scan is %s: an inventory has arrived since.", s.local(last.when()), s.local(site)),
		"Nothing to do")
	if lag := site.Sub(s.j.newest()); lag > farAhead {
		f.Severity = SevWarning
		f.Meaning += fmt.Sprintf(" These logs end %s before it: if they are not that old, a clock or a time zone is wrong.", ageText(lag))
		f.Do = []string{"Fetch newer logs, or compare the clocks of the client and the site server"}
	}
	s.findings = append(s.findings, f)
	return true
}

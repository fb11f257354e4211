package diagnose

import (
	"fmt"
	"math"
	"strings"
	"time"

	"patchtrace/pipeline"
)

// setLastScan reads the last hardware scan that the caller gave.
func (j *judge) setLastScan() {
	j.lastScan = LastHardwareScan{Source: "none"}
	t := j.opt.LastHardwareScan
	if t.IsZero() {
		return
	}
	if j.opt.LastHardwareScanLocal {
		t = j.zones.wall(t)
	}
	t = t.UTC()
	j.lastScan = LastHardwareScan{Time: &t, Source: j.opt.LastHardwareScanSource, Future: j.future(t)}
}

// farAhead is by how much a time may be later than now and be explained by zones and
// clocks that are a little off.
const farAhead = 24 * time.Hour

// future tells whether an instant lies in the future, whatever the clocks say.
func (j *judge) future(at time.Time) bool {
	latest := j.latest()
	return !latest.IsZero() && at.Sub(latest) > farAhead
}

// latest is the latest instant that may be now, zero if it is not known. Logs may have
// been copied long before somebody asked the site: then this machine's clock tells it.
func (j *judge) latest() time.Time {
	latest := j.now
	if newest := j.newest(); newest.After(latest) {
		latest = newest
	}
	switch {
	case j.nowSource != "log":
	case j.opt.Clock.IsZero():
		return time.Time{}
	case j.opt.Clock.After(latest):
		latest = j.opt.Clock
	}
	return latest
}

// Times that the site holds and the client writes for one report are not
// written at the same moment, but within minutes.
const (
	sameReport = 3 * time.Minute
	// maxZone is the largest distance between two clocks that a zone explains.
	maxZone = 14 * time.Hour
)

// judgeLastScan compares what the client says it sent with what the site holds.
func (j *judge) judgeLastScan() {
	s := j.stage(pipeline.Inventory)
	if s == nil {
		return
	}
	site := j.lastScan.Time
	sent := s.sent()
	switch {
	case site != nil && j.lastScan.Future:
		s.impossible(*site, sent)
	case site == nil && sent != nil && (s.status == Passed || s.status == Stale):
		s.askLastScan(sent)
	case site == nil:
	case (s.status == Failed || s.status == Waiting) && s.outdated(*site, sent):
	case sent == nil:
		s.siteOnly(*site)
	case s.status == Passed || s.status == Stale || s.status == Running:
		s.compare(*site, sent)
	}
}

// sent is the newest event that says a hardware inventory left the client, nil
// if there is none with a time. Other tracks of the stage carry other things,
// such as state messages, that do not move Last Hardware Scan.
func (s *stageState) sent() *event {
	if s.told != nil {
		return s.told
	}
	t := s.tracks[""]
	if t == nil || t.success == nil || t.success.order == math.MinInt64 {
		return nil
	}
	return t.success
}

func (s *stageState) tolerance() time.Duration {
	if t := time.Duration(s.j.book.Tolerance); t > 0 {
		return t
	}
	return time.Hour
}

func (s *stageState) compare(site time.Time, sent *event) {
	diff := site.Sub(sent.when())
	switch {
	case abs(diff) <= sameReport:
		s.agrees(site, sent)
	case s.earlier(site) != nil && diff < -s.tolerance():
		s.lost(site, sent)
	case s.zoneSlip(diff, sent) != "":
		s.slipped(site, sent, s.zoneSlip(diff, sent))
	case abs(diff) <= s.tolerance():
		s.agrees(site, sent)
	case diff < 0:
		s.lost(site, sent)
	default:
		s.ahead(site, sent)
	}
}

// earlier returns an older report of the logs that is the one the site holds.
func (s *stageState) earlier(site time.Time) *event {
	for _, ev := range s.j.events {
		if ev.stage == s.stage.ID && ev.track == "" && ev.kind() == pipeline.Success && ev != s.sent() && abs(site.Sub(ev.when())) <= sameReport {
			return ev
		}
	}
	return nil
}

// zoneSlip says which difference of clocks explains diff, "" if none does.
func (s *stageState) zoneSlip(diff time.Duration, sent *event) string {
	bias := time.Duration(s.j.zones.offsetAt(sent.when())) * time.Minute
	if bias != 0 && abs(abs(diff)-abs(bias)) <= sameReport {
		return fmt.Sprintf("the client's distance from UTC (%s)", offsetText(int(bias/time.Minute)))
	}
	hours := diff.Round(time.Hour)
	if hours != 0 && abs(hours) <= maxZone && abs(diff-hours) <= sameReport {
		return fmt.Sprintf("whole hours (%d)", int(abs(hours)/time.Hour))
	}
	return ""
}

func (s *stageState) agrees(site time.Time, sent *event) {
	s.findings = append(s.findings, s.lastScanFinding("last-hardware-scan", SevInfo, sent,
		"The site has this inventory",
		fmt.Sprintf("Last Hardware Scan is %s, the client sent its report %s.", s.local(site), s.local(sent.when())),
		"Nothing to do"))
}

func (s *stageState) slipped(site time.Time, sent *event, why string) {
	f := s.lastScanFinding("time-zone", SevWarning, sent,
		"Last Hardware Scan differs by a time zone",
		fmt.Sprintf("Last Hardware Scan (%s) and the client's report (%s) lie apart by %s. It is most likely the same report, read in another time zone.", s.local(site), s.local(sent.when()), why),
		"Compare both in one time zone: Resource Explorer may show local time of the console, of the client, or UTC",
		"Check date, time and time zone of the client; `w32tm /tz` shows its zone")
	s.findings = append(s.findings, f)
}

func (s *stageState) lost(site time.Time, sent *event) {
	s.status = Failed
	s.failure = nil
	f := s.lastScanFinding("lost-after-client", SevError, sent,
		"The report left the client but did not reach the site's database",
		fmt.Sprintf("The client sent its hardware inventory %s, but the site still holds the one of %s. It was lost between the management point or client access point and the database, or waits there.", s.local(sent.when()), s.local(site)),
		"Read the server-side logs for the time behind the proof line: "+strings.Join(s.serverLogs(), ", "),
		"Look for the client's report in the inboxes and for BADMIFS on the site server",
		"Force a full hardware inventory if a delta was lost")
	f.Read = s.serverLogs()
	if refused := s.refusedSince(sent); len(refused) > 0 {
		f.Meaning += fmt.Sprintf(" %s shows trouble with reports since then; one of them may be this one.", baseName(refused[0].log.name))
		f.Evidence = append(f.Evidence, evidenceOf(refused...)...)
	}
	if age := s.j.now.Sub(sent.when()); age >= 0 && age < s.tolerance() {
		f.Meaning += fmt.Sprintf(" But the client sent it less than %s before %s, the time that this is judged by, and a site may take so long to store a report.", ageText(s.tolerance()), s.local(s.j.now))
		f.Do = append([]string{fmt.Sprintf("Look at Last Hardware Scan again after %s: if it has moved by then, nothing was lost", s.local(sent.when().Add(s.tolerance())))}, f.Do...)
	}
	s.findings = append(s.findings, f)
}

// impossible says that the site's time cannot be right. It settles nothing: the logs alone
// tell how a stage stands that waits, has failed or is stale. Whether what they say was
// sent has arrived is not known then.
func (s *stageState) impossible(site time.Time, sent *event) {
	if s.status == Passed {
		s.status = Unknown
	}
	proof := sent
	if open := s.unsettled(); len(open) > 0 {
		proof = open[len(open)-1]
	}
	f := s.lastScanFinding("site-in-the-future", SevWarning, proof,
		"Last Hardware Scan lies in the future",
		fmt.Sprintf("Last Hardware Scan is %s, which is %s after %s, the latest time that can be now. A clock is wrong, the day and the month are the wrong way round, or it was read wrong: it proves nothing about this client.", s.local(site), ageText(site.Sub(s.j.latest())), s.local(s.j.latest())),
		"Read Last Hardware Scan again: Resource Explorer > Hardware > Workstation Status, year, month and day",
		"Compare date, time and time zone of the client, the site server and this computer: w32tm /query /status")
	if proof == nil {
		f.Absent = "a report of the client that could be compared with it"
	}
	s.findings = append(s.findings, f)
}

func (s *stageState) ahead(site time.Time, sent *event) {
	s.status = Unknown
	s.findings = append(s.findings, s.lastScanFinding("site-newer", SevWarning, sent,
		"The site holds a newer inventory than these logs",
		fmt.Sprintf("Last Hardware Scan is %s, but the newest report in these logs is of %s. The logs are of another machine, were rotated away, or a clock is wrong.", s.local(site), s.local(sent.when())),
		"Check that the logs and the time are of the same client",
		"Fetch the inventory log again, with its rotated part (.lo_)",
		"Compare the clocks of client and site server"))
}

// siteOnly judges by the site's time alone: no log says that a report was sent.
// A report that is being made goes first.
func (s *stageState) siteOnly(site time.Time) {
	scan := s.j.stage(pipeline.Scan)
	if s.status == Failed || s.status == Running || scan == nil || scan.success == nil {
		return
	}
	lag := scan.success.when().Sub(site)
	f := s.lastScanFinding("by-site", SevInfo, scan.success,
		"The site has an inventory newer than the scan",
		fmt.Sprintf("No inventory log shows a report, but Last Hardware Scan (%s) is newer than the newest scan (%s).", s.local(site), s.local(scan.success.when())),
		"Nothing to do")
	switch {
	case lag <= sameReport: // an inventory made before the scan cannot hold its result
		s.status = Passed
	case lag > time.Duration(s.stage.Interval):
		s.status = Stale
		f.Rule, f.Severity, f.Title = s.ruleID("stale"), SevError, "The site's inventory is older than the scan"
		f.Meaning = fmt.Sprintf("Last Hardware Scan (%s) is %s older than the newest scan (%s): the site does not know its result.", s.local(site), ageText(lag), s.local(scan.success.when()))
		f.Do = s.runAgain()
	default:
		f.Title = "The next inventory will carry the scan's result"
		f.Meaning = fmt.Sprintf("Last Hardware Scan (%s) is older than the newest scan (%s), but within the inventory's interval.", s.local(site), s.local(scan.success.when()))
		f.Do = []string{"Wait for the next hardware inventory cycle, or start it by hand"}
		s.status = Waiting
	}
	s.findings = append(s.findings, f)
}

// askLastScan says what is missing to judge the stage for good.
func (s *stageState) askLastScan(sent *event) {
	s.findings = append(s.findings, s.lastScanFinding("ask-last-hardware-scan", SevInfo, sent,
		"Compare with the site's Last Hardware Scan",
		fmt.Sprintf("The client sent its report %s. Whether it arrived, only the site can tell.", s.local(sent.when())),
		"In the console open Resource Explorer > Hardware > Workstation Status and note Last Hardware Scan",
		"Enter what stands there, not the time above: patchtrace diagnose … --last-hw-scan YYYY-MM-DDTHH:MM"))
}

func (s *stageState) lastScanFinding(rule, severity string, proof *event, title, meaning string, do ...string) Finding {
	return Finding{
		Rule: s.ruleID(rule), Severity: severity, Stage: s.stage.ID, Title: title, Meaning: meaning, Do: do,
		Source: "article, Last Hardware Scan", Confidence: pipeline.Documented, Evidence: evidenceOf(proof),
	}
}

// serverLogs names the stage's logs that lie on servers.
func (s *stageState) serverLogs() []string {
	var names []string
	for _, l := range s.stage.Logs {
		if l.Side == "server" {
			names = append(names, l.Name)
		}
	}
	return names
}

// local spells an instant on the client's clock: "2007-06-05T02:00-05:00".
func (s *stageState) local(t time.Time) string { return s.j.local(t) }

func (j *judge) local(t time.Time) string {
	off := j.zones.offsetAt(t)
	return t.In(time.FixedZone("", off*60)).Format("2006-01-02T15:04") + offsetText(off)
}

func abs(d time.Duration) time.Duration {
	if d < 0 {
		return -d
	}
	return d
}

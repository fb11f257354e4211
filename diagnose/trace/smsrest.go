package trace

import (
	"fmt"
	"path"
	"strings"
	"time"

	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

var inventoryDo = []string{
	"start a hardware inventory (or scan with /kick), and read the inventory agent's log",
	"then compare Last Hardware Scan in Resource Explorer > Hardware > Workstation Status",
}

// inventory asks whether the site was told what the scan found.
func (k *smsChain) inventory() Step {
	s := newStep(StepInventory)
	if why := k.over(); why != "" {
		s.skip(why)
		return s
	}
	if k.inst == nil {
		if k.site != nil {
			s.State, s.Text = OK, "the site has it as "+strings.ToLower(string(k.site.State()))
			s.Evidence = append(s.Evidence, k.instance(k.site, time.Time{}))
			return s
		}
		s.waitFor("no scan has found it")
		return s
	}
	since := k.inst.Detected()
	if since.IsZero() {
		since = k.inst.Scanned()
	}
	k.reported(&s, since, k.site != nil)
	return s
}

// reported asks whether a state that the client has since an instant has come to
// the site. has tells whether the site's own list, if it was asked, has it.
func (k *smsChain) reported(s *Step, since time.Time, has bool) {
	sent, proof := k.sentAfter(since)
	hw := k.in.Report.LastHardwareScan
	if hw.Future { // it proves nothing
		hw.Time = nil
	}
	s.Evidence = append(s.Evidence, proof...)
	switch {
	case k.ev.SiteAsked && has:
		s.State, s.Text = OK, "the site has it as "+strings.ToLower(clip(string(k.site.State()), 60))
		s.Evidence = append(s.Evidence, k.instance(k.site, time.Time{}))
	case k.ev.SiteAsked && !sent.IsZero() && !since.IsZero():
		k.lost(s, sent, "the site does not have it")
	case k.ev.SiteAsked:
		s.Absent = "the site's list has no such state of it"
		k.late(s, pipeline.Inventory, since, "no inventory has reported it yet", inventoryDo...)
	case since.IsZero():
		s.Text = "when the scan found it is not known, so no inventory can be compared with it"
	case hw.Time != nil && shows(*hw.Time, since, sent):
		s.State, s.Since = OK, hw.Time
		s.Text = "in the inventory: Last Hardware Scan " + k.at(*hw.Time) + " is later than what was found " + k.at(since)
		if len(s.Evidence) == 0 {
			s.Evidence = append(s.Evidence, k.fact(evidence.Origin{Name: "Last Hardware Scan"}, *hw.Time, "Last Hardware Scan, by "+hw.Source))
		}
	case hw.Time != nil && !sent.IsZero():
		k.lost(s, sent, "Last Hardware Scan at the site is "+k.at(*hw.Time))
	case !sent.IsZero():
		s.State, s.Since = OK, ref(sent)
		s.Text = "an inventory was sent " + k.at(sent) + "; whether it arrived the site's Last Hardware Scan shows"
	case hw.Time != nil || len(k.reports) > 0 || len(k.ev.Cycles) > 0:
		if ev := last(k.reports); ev != nil {
			s.Evidence = append(s.Evidence, k.event(ev))
		}
		k.late(s, pipeline.Inventory, since, "no inventory was sent since "+k.at(since), inventoryDo...)
	default:
		s.Text = "no inventory was seen here"
		s.do = []string{"compare Last Hardware Scan in Resource Explorer > Hardware > Workstation Status with " + k.at(since) + " (--last-hw-scan)"}
		if f := k.failing(pipeline.Inventory, since); f != nil {
			s.broke(f, "the inventory did not end well")
		}
	}
}

// shows tells whether a Last Hardware Scan is of an inventory that was made since an
// instant. Sites keep whole seconds: of one in the same second the inventory that
// was sent must fit, too.
func shows(scan, since, sent time.Time) bool {
	if !scan.Before(since) {
		return true
	}
	scan = scan.Add(time.Second)
	return !scan.Before(since) && !sent.IsZero() && !scan.Before(sent)
}

// onTheWay is how long an inventory may travel from the client to the site.
const onTheWay = time.Hour

// lost is an inventory that was sent and that the site does not show.
func (k *smsChain) lost(s *Step, sent time.Time, shows string) {
	s.Text = "an inventory was sent " + k.at(sent) + ", but " + shows
	s.do = []string{
		"read the management point's MP_Hinv.log, then Dataldr.log and BADMIFS on the site server (client access point: Inboxast.log)",
		"if nothing is wrong there, send a full inventory",
	}
	if k.now.Sub(sent) < onTheWay && k.failing(pipeline.Inventory, sent) == nil {
		s.State = Pending
		s.Text += " yet"
		return
	}
	if f := k.failing(pipeline.Inventory, time.Time{}); f != nil {
		text := s.Text
		s.broke(f, text)
		return
	}
	s.State = Failed
}

// authorised asks whether the patch may be installed.
func (k *smsChain) authorised() Step {
	s := newStep(StepAuthorised)
	if why := k.over(); why != "" {
		s.skip(why)
		return s
	}
	var read, unknown, bad *evidence.Authorization
	for i := range k.ev.Authorizations {
		a := &k.ev.Authorizations[i]
		switch {
		case a.Err != nil:
			bad = a
			continue
		case a.Unknown:
			unknown = a
			continue
		}
		read = a
		for n := range a.Patches {
			p := &a.Patches[n]
			if !k.is(p) {
				continue
			}
			s.State, s.Text = OK, "on the list of authorised updates"
			at := p.Time
			if !p.Zoned {
				at = evidence.WallIn(at, k.zone)
			}
			if !at.IsZero() {
				s.Text += " since " + k.at(at)
			}
			if p.Guessed {
				s.Text += ", as far as its form tells"
			}
			s.Since = ref(at)
			o := p.Origin
			if o.Name == "" {
				o.Name = a.Name
			}
			s.Evidence = append(s.Evidence, k.fact(o, at, strings.TrimSpace(fmt.Sprintf("%s Q%s %s %s %s", p.Bulletin, p.Number, p.Product, p.File, p.Switches))))
			return s
		}
	}
	tried := len(k.tries) > 0
	switch {
	case k.installed() && !tried:
		s.skip("it is installed already")
	case tried:
		s.State, s.Text = OK, "its installation was tried, so it was authorised then"
		s.Evidence = append(s.Evidence, k.line(k.tries[len(k.tries)-1].line))
	case k.inst != nil && !k.inst.Authorized().IsZero():
		s.State, s.Text, s.Since = OK, "authorised "+k.at(k.inst.Authorized()), ref(k.inst.Authorized())
		s.Evidence = append(s.Evidence, k.instance(k.inst, k.inst.Authorized()))
	case bad != nil:
		s.State, s.Text = Failed, "the list of authorised updates cannot be read: "+clip(bad.Err.Error(), 300)
		s.Evidence = append(s.Evidence, k.fact(bad.Origin, bad.Modified, bad.Err.Error()))
		s.do = []string{"let the Distribute Software Updates Wizard write PatchAuthorize.xml again and update the package's distribution points"}
	case unknown != nil:
		s.Text = "the list of authorised updates has a form that is not known"
		s.Evidence = append(s.Evidence, k.fact(unknown.Origin, unknown.Modified, "no update could be recognised"))
	case k.inst == nil && read != nil:
		s.waitFor("no scan has found it")
		s.Absent = "it is not on the list of authorised updates"
	case read != nil:
		s.State = Failed
		s.Text = fmt.Sprintf("not authorised: it is not among the %d updates of %s", len(read.Patches), path.Base(strings.ReplaceAll(read.Name, `\`, "/")))
		s.Evidence = append(s.Evidence, k.fact(read.Origin, read.Modified, fmt.Sprintf("%d updates, none of them this one", len(read.Patches))))
		s.do = []string{
			"authorise it with the Distribute Software Updates Wizard; it can be chosen there once one client has reported it as applicable",
			"then update the distribution points of that package, and let the client run it",
		}
	case k.inst == nil:
		s.waitFor("no scan has found it")
	default:
		s.Text = "whether it is authorised cannot be seen: PatchAuthorize.xml is not here"
		s.do = []string{"fetch PatchAuthorize.xml from the update package, or look at the package in the Distribute Software Updates Wizard"}
	}
	return s
}

// is tells whether an authorised update is the chain's patch.
func (k *smsChain) is(p *evidence.Authorized) bool {
	b, n := bulletin(p.Bulletin), number(p.Number)
	switch {
	case p.Product != "" && k.c.Product != "" && !strings.EqualFold(p.Product, k.c.Product):
		return false
	case n != "" && k.c.Number != "":
		return n == k.c.Number
	}
	return b != "" && b == k.c.Bulletin
}

var rescanDo = []string{"scan the client again (ScanWrapper.exe /s /cache /kick, in SMS 2.0 s_scan.exe /s /kick): the console shows an installation only after a scan and an inventory"}

// rescan asks whether a later scan saw it as installed, and a later inventory
// reported that.
func (k *smsChain) rescan() Step {
	s := newStep(StepRescan)
	inst := k.step(StepInstall)
	var done time.Time
	if inst.State == OK && inst.Since != nil {
		done = *inst.Since
	}
	switch {
	case k.over() != "":
		s.skip(k.over())
	case k.installed():
		k.seenInstalled(&s, done)
	case inst.State == Pending && len(k.tries) > 0 && k.tries[len(k.tries)-1].result == attemptRestart:
		s.waitFor("a restart is pending")
	case inst.State != OK:
		s.waitFor("it is not installed")
	default:
		run := firstAfter(k.scans, done)
		switch f := k.unseen(pipeline.Scan); {
		case run == nil && f != nil:
			s.Text, s.do = "whether a scan has run since cannot be seen: no log of one is here", f.Do
			return s
		case run == nil:
			k.late(&s, pipeline.Scan, done, "installed, but no scan has run since", rescanDo...)
			return s
		}
		if k.inst == nil {
			s.Text = "what the scan of " + k.at(run.Time) + " found of it cannot be seen: Win32_PatchState is not here"
			s.Evidence = append(s.Evidence, k.event(run))
			s.do = []string{k.saveDo()}
			return s
		}
		s.State = Failed
		s.Text = "installed " + k.at(done) + ", but the scan of " + k.at(run.Time) + " still finds it missing"
		s.Evidence = append(s.Evidence, k.event(run), k.instance(k.inst, time.Time{}))
		s.do = []string{
			"compare the versions of the patch's files with its article: an installer may report success and change nothing before a restart",
			"restart the client if one is pending, then scan again",
		}
	}
	return s
}

// seenInstalled asks whether the site knows that it is installed.
func (k *smsChain) seenInstalled(s *Step, done time.Time) {
	s.Evidence = append(s.Evidence, k.instance(k.inst, k.inst.Applied()))
	detected := k.inst.Detected()
	if len(k.tries) == 0 && (k.inst.Applied().IsZero() || !k.inst.Applied().After(detected)) && (k.site == nil || k.site.State() == evidence.Installed) {
		s.State, s.Text = Skipped, "not needed: it was installed when the first scan looked for it"
		return
	}
	if at := k.inst.Applied(); done.IsZero() || at.After(done) {
		done = at
	}
	seen := k.inst.Scanned()
	if seen.IsZero() || seen.Before(done) {
		seen = time.Time{}
		if run := firstAfter(k.scans, done); run != nil {
			seen = run.Time
			s.Evidence = append(s.Evidence, k.event(run))
		}
	}
	has := k.site != nil && k.site.State() == evidence.Installed
	if seen.IsZero() && !k.ev.SiteAsked {
		s.Text = "seen as installed; when is not known, so whether an inventory has reported it is not either"
		return
	}
	k.reported(s, seen, has)
	s.Since = ref(seen)
	prefix := "seen as installed"
	if !seen.IsZero() {
		prefix += " " + k.at(seen)
	}
	s.Text = prefix + "; " + s.Text
}

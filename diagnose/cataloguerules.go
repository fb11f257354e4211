package diagnose

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/evidence/cab"
	"patchtrace/pipeline"
)

// Sources of what is concluded from copies of catalogues.
const (
	sourceDates = "article, step 1 (dates of the catalogue); KB842432"
	sourceOrder = "article, order of the steps"
)

func (b *beside) judgeCatalogues() {
	for _, l := range b.lanes() {
		l.judgeDamaged()
		l.judgeAge()
		l.judgePoints()
		l.judgeCache()
	}
}

// damaged tells whether a copy itself is bad. What merely could not be opened
// here, or is packed in a way that is not unpacked here, may well be sound.
func damaged(c *evidence.Copy) bool {
	var open *fs.PathError
	switch {
	case c.Err == nil || c.Missing:
		return false
	case errors.Is(c.Err, cab.ErrMethod), errors.Is(c.Err, cab.ErrSpanned), errors.Is(c.Err, fs.ErrNotExist), errors.Is(c.Err, fs.ErrPermission):
		return false
	}
	return !errors.As(c.Err, &open)
}

// judgeDamaged finds copies that nobody can read. That in the package source is
// the sync's, the others are read by the scan. Those of one place are told together.
func (l *catalogueLane) judgeDamaged() {
	var found alikes
	for _, c := range l.copies {
		if !damaged(c) {
			continue
		}
		s, status, severity := l.scan, Failed, SevError
		meaning := fmt.Sprintf("The copy in the %s is damaged: %s.", c.Place, c.Err)
		var do []string
		switch c.Place {
		case evidence.Elsewhere:
			s, status, severity = l.sync, "", SevInfo
			meaning = fmt.Sprintf("%s is damaged: %s. Where it lies does not tell whether anything uses it.", c.Name, c.Err)
			do = []string{"Look at the copies in the package source, on the distribution points, and in the client's cache"}
		case evidence.PackageSource:
			s = l.sync
			meaning += " Clients that get it cannot scan with it."
			do = []string{
				"Run the sync again, so that the catalogue is downloaded and put on the distribution points anew: " + s.command(),
				"Or fetch it by hand and put it into PkgSource\\1033, then update the distribution points of the scan tool's package",
			}
		case evidence.DistributionPoint:
			meaning += " Clients that get it from there cannot scan with it."
			do = []string{
				"Update the distribution points of the scan tool's package, and look at the copy again",
				"If the package source holds the same damaged copy, run the sync again: " + l.sync.command(),
			}
		case evidence.ClientCache:
			meaning += " The scan reads this one."
			do = []string{
				"Delete the package's folder below %windir%\\system32\\vpcache, so that the client fetches it anew, and scan again: " + s.command(),
				"Compare it with the copy on the distribution point",
			}
		}
		// A scan that went well after the copy was made could read it.
		if date := l.date(c); s == l.scan && s.status == Passed && (date.IsZero() || s.success != nil && s.success.when().After(date)) {
			status, severity = "", SevWarning
			meaning += " A scan succeeded all the same: perhaps it was damaged since, or when it was copied here."
		}
		f := s.besideFinding("catalogue-unreadable", severity, "the file's own checks", pipeline.Documented,
			"The catalogue in the "+string(c.Place)+" cannot be read", meaning, do, l.copyFact(c))
		if c.Place == evidence.Elsewhere {
			f.Title = "A copy of the catalogue cannot be read"
		}
		f.Track = c.Track
		found.add(s, status, string(c.Place), f)
	}
	found.prove(func(f *Finding, more int) {
		f.Meaning += " " + moreOf(more, "copy", "copies") + " cannot be read either."
	})
}

// inUse is the copy whose date tells when a catalogue was downloaded last: that
// in the package source, else the newest one there is.
func (l *catalogueLane) inUse() *evidence.Copy {
	for _, places := range [][]evidence.Place{{evidence.PackageSource}, {evidence.DistributionPoint, evidence.ClientCache, evidence.Elsewhere}} {
		var newest *evidence.Copy
		for _, c := range l.at(places...) {
			if date := l.date(c); !date.IsZero() && (newest == nil || date.After(l.date(newest))) {
				newest = c
			}
		}
		if newest != nil {
			return newest
		}
	}
	return nil
}

// slip is how much later than due, in parts of its interval, a sync may run whose
// log shows that it worked: it runs only while a user is logged on, and so not over
// a weekend.
const slip = 4

// judgeAge compares the day of the download with the interval of the sync.
func (l *catalogueLane) judgeAge() {
	c := l.inUse()
	interval := time.Duration(l.sync.stage.Interval)
	if c == nil || interval <= 0 {
		return
	}
	age, limit := l.j.now.Sub(l.date(c)), interval+time.Duration(l.sync.stage.Patience)
	looked := l.looked(c, limit+interval/slip)
	switch {
	case age <= limit:
		l.fresh(c, age)
	case looked == nil || l.j.now.Sub(looked.when()) > limit:
		l.old(c, age, looked)
	default:
		f := l.sync.besideFinding("catalogue-unchanged", SevInfo, sourceDates, pipeline.Inferred,
			"The sync ran after the catalogue was downloaded",
			fmt.Sprintf("The cab in the %s was downloaded %s ago, but the sync succeeded since, %s: most likely there was nothing newer to fetch.", c.Place, ageText(age), l.sync.local(looked.when())),
			[]string{"Nothing to do, unless a newer DataVersion is published"}, l.copyFact(c), looked)
		f.Track = c.Track
		l.sync.prove("", f)
	}
}

// looked is a success of the sync that is newer than the copy and recent enough
// to speak for it: nothing newer was there to be fetched.
func (l *catalogueLane) looked(c *evidence.Copy, limit time.Duration) *event {
	ev := l.sync.success
	if t := l.sync.tracks[c.Track]; t != nil && t.success != nil {
		ev = t.success
	}
	if ev == nil || ev.track != "" && ev.track != c.Track || !ev.when().After(l.date(c)) || l.j.now.Sub(ev.when()) > limit {
		return nil
	}
	return ev
}

func (l *catalogueLane) old(c *evidence.Copy, age time.Duration, looked *event) {
	interval := time.Duration(l.sync.stage.Interval)
	severity, status, confidence := SevError, Stale, pipeline.Documented
	meaning := fmt.Sprintf("The date of the cab is the day of its download. It is %s old and should be fetched every %s, so the sync has not worked since.", ageText(age), ageText(interval))
	if c.Place != evidence.PackageSource {
		confidence = pipeline.Inferred // a copy usually keeps the date
		meaning = fmt.Sprintf("The newest copy that was found lies in the %s. A copy usually keeps the date of the download: it is %s old, and should be fetched every %s.", c.Place, ageText(age), ageText(interval))
	}
	proof := []*event{l.copyFact(c)}
	if looked != nil {
		severity, status = SevWarning, ""
		meaning += fmt.Sprintf(" The sync's log shows a success %s, and none since.", l.sync.local(looked.when()))
		proof = append(proof, looked)
	}
	if !c.Published.IsZero() {
		meaning += fmt.Sprintf(" That Microsoft published it %s says nothing of that.", c.Published.Format(time.DateOnly))
	}
	do := append(l.sync.runAgain(),
		"Log on to the sync host and check that it reaches the Internet: the Sync program runs only while a user is logged on",
		"If it still is not fetched, get the catalogue by hand, put it into PkgSource\\1033, and update the distribution points of the scan tool's package")
	f := l.sync.besideFinding("catalogue-old", severity, sourceDates+"; KB889430", confidence,
		fmt.Sprintf("The catalogue was downloaded %s ago", ageText(age)), meaning, do, proof...)
	f.Track = c.Track
	l.sync.prove(status, f)
}

// fresh says of a catalogue that was downloaded in time what its dates mean.
func (l *catalogueLane) fresh(c *evidence.Copy, age time.Duration) {
	title, meaning := "The catalogue was downloaded "+ageText(age)+" ago", "The date of the cab is the day of its download: within the interval of the sync."
	if age < 0 {
		title = "The catalogue was downloaded after the newest line"
	}
	rule := "catalogue-fresh"
	if since := l.j.now.Sub(c.Published); !c.Published.IsZero() && since > time.Duration(l.sync.stage.Interval) {
		rule = "catalogue-unchanged"
		meaning += fmt.Sprintf(" The mssecure.xml inside is of %s. That is normal: Microsoft has changed nothing since.", c.Published.Format(time.DateOnly))
	}
	f := l.sync.besideFinding(rule, SevInfo, sourceDates, pipeline.Documented, title, meaning, []string{"Nothing to do"}, l.copyFact(c))
	f.Track = c.Track
	l.sync.prove("", f)
}

// judgePoints finds distribution points that lack what the package source holds.
func (l *catalogueLane) judgePoints() {
	ref := l.newestOf(l.at(evidence.PackageSource))
	if ref == nil {
		return
	}
	behind := l.behind(ref)
	if len(behind) == 0 {
		return
	}
	severity, status := SevError, Stale
	meaning := fmt.Sprintf("The package source holds %s, the distribution point %s. Clients scan with what the distribution points hold.", l.which(ref), l.which(behind[0]))
	if date := l.date(ref); !date.IsZero() && l.j.now.Sub(date) <= time.Duration(l.sync.stage.Patience) {
		severity, status = SevWarning, ""
		meaning += fmt.Sprintf(" It was downloaded only %s ago and may be on its way.", ageText(l.j.now.Sub(date)))
	}
	title := "A distribution point has an older catalogue than the package source"
	if len(behind) > 1 {
		title = fmt.Sprintf("%d distribution points have an older catalogue than the package source", len(behind))
	}
	f := l.sync.besideFinding("catalogue-behind", severity, sourceOrder+"; KB889430", pipeline.Documented, title, meaning, []string{
		"Update the distribution points of the scan tool's package: run the sync with /package, or use Update Distribution Points in the console",
		"Read Distmgr.log on the site server for the time behind the download",
	}, l.copyFacts(append([]*evidence.Copy{ref}, behind...)...)...)
	f.Track, f.Read = ref.Track, []string{"Distmgr.log"}
	l.sync.prove(status, f)
}

// behind are the copies on distribution points that are older than ref, and the
// places without one. Where one package is up to date, another one is probably that
// of another tool.
func (l *catalogueLane) behind(ref *evidence.Copy) []*evidence.Copy {
	points := l.at(evidence.DistributionPoint)
	for _, c := range l.copies {
		if c.Place == evidence.DistributionPoint && c.Missing {
			points = append(points, c)
		}
	}
	current := map[string]bool{}
	for _, c := range points {
		if !l.older(c, ref) {
			current[c.Package] = true
		}
	}
	return slices.DeleteFunc(points, func(c *evidence.Copy) bool {
		return !l.older(c, ref) || len(current) > 0 && !current[c.Package]
	})
}

// older tells whether a copy is known to be older than ref, or is not there.
func (l *catalogueLane) older(c, ref *evidence.Copy) bool {
	if c.Missing {
		return true
	}
	order, known := l.compare(c, ref)
	return c.Err == nil && known && order < 0
}

// judgeCache finds a client that scans with an older catalogue than it could.
// Several packages may lie in the cache, also those of tools that are gone: those
// that are on a distribution point count, else the newest copy.
func (l *catalogueLane) judgeCache() {
	caches, points := l.at(evidence.ClientCache), l.at(evidence.DistributionPoint)
	if len(points) == 0 {
		points = l.at(evidence.PackageSource)
	}
	known := false
	for _, c := range caches {
		if c.Package == "" || !slices.ContainsFunc(points, func(p *evidence.Copy) bool { return strings.EqualFold(p.Package, c.Package) }) {
			continue
		}
		known = true
		if want := l.newestOf(ofPackage(points, c.Package)); l.older(c, want) && l.newestOf(ofPackage(caches, c.Package)) == c {
			l.outdated(c, want)
			return
		}
	}
	if have, want := l.newestOf(caches), l.newestOf(points); !known && have != nil && want != nil && l.older(have, want) {
		l.outdated(have, want)
	}
}

// outdated says that the client holds an older catalogue than it could get.
func (l *catalogueLane) outdated(have, want *evidence.Copy) {
	s, date := l.scan, l.date(want)
	proof := l.copyFacts(have, want)
	holds := fmt.Sprintf("The client's cache holds %s, the %s %s.", l.which(have), want.Place, l.which(want))
	severity, status := SevError, Stale
	var f Finding
	if s.success != nil && !date.IsZero() && s.success.when().Before(date) {
		meaning := holds + fmt.Sprintf(" The scan of %s was over before the newer one was there (%s), so it could not look for the newest updates.", s.local(s.success.when()), s.local(date))
		if wait := l.j.now.Sub(date); wait <= time.Duration(s.stage.Patience) {
			severity, status = SevWarning, ""
			meaning += fmt.Sprintf(" That was %s ago: the next scan will fetch it.", ageText(wait))
		}
		do := append(s.runAgain(), "Schedule the scan a bit after the sync completes")
		f = s.besideFinding("before-catalogue", severity, sourceOrder, pipeline.Documented,
			"The newest scan ran before the newest catalogue came", meaning, do, append(proof, s.success)...)
	} else {
		do := append(s.runAgain(),
			"If the cache stays as it is, delete the package's folder below %windir%\\system32\\vpcache, so that the client fetches it anew",
			"Check that the distribution point which the client uses is one of those that were updated")
		meaning := holds + " The scan uses the copy in the cache, so it cannot find what only the newer one lists."
		if s.success != nil {
			proof = append(proof, s.success)
		}
		f = s.besideFinding("old-catalogue", severity, sourceOrder, pipeline.Documented,
			"The scan used an older catalogue than the "+string(want.Place)+" holds", meaning, do, proof...)
	}
	f.Track = have.Track
	s.prove(status, f)
}

// command is the default program line of the stage, as far as it has one.
func (s *stageState) command() string {
	for _, c := range s.stage.Commands {
		if c.Default {
			return c.Line()
		}
	}
	return lowerFirst(s.stage.Title)
}

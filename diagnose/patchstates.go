package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

const sourceStates = "article, steps 2 and 3 (Win32_PatchState travels with the hardware inventory)"

// moment reads a time of an instance. One that was saved without a zone, as many
// exports do, is the client's wall clock.
func (b *beside) moment(p *evidence.PatchState, names ...string) time.Time {
	for _, name := range names {
		t, zoned := p.Time(name)
		switch {
		case t.IsZero():
		case zoned:
			return t.UTC()
		default:
			b.walls = true
			return b.j.zones.wall(t).UTC()
		}
	}
	return time.Time{}
}

func (b *beside) detected(p *evidence.PatchState) time.Time { return b.moment(p, "TimeDetected") }
func (b *beside) applied(p *evidence.PatchState) time.Time  { return b.moment(p, "TimeApplied") }
func (b *beside) scanned(p *evidence.PatchState) time.Time {
	return b.moment(p, "ScanDateTime", "ScanTime")
}

// scannedAt is when a scan is known to have seen the instance: its own time, or
// that at which the update was detected.
func (b *beside) scannedAt(p *evidence.PatchState) time.Time {
	at := b.scanned(p)
	if d := b.detected(p); d.After(at) {
		at = d
	}
	return at
}

// applicable tells whether the update is missing on the client.
func applicable(p *evidence.PatchState) bool { return p.State() == evidence.Applicable }

// patchName names an update: "MS07-031 (935840)".
func patchName(p *evidence.PatchState) string {
	numbers := strings.Join(p.Numbers(), ", ")
	switch id := p.Bulletin(); {
	case id == "":
		return cmp.Or(numbers, p.UniqueID(), p.Title(), p.Class)
	case numbers == "":
		return id
	default:
		return id + " (" + numbers + ")"
	}
}

func (b *beside) patchFact(p *evidence.PatchState) *event {
	text := patchName(p) + "  " + string(p.State())
	if product := p.Product(); product != "" {
		text += " on " + product
	}
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"detected", b.detected(p)}, {"applied", b.applied(p)}, {"scanned", b.scanned(p)}} {
		if !t.at.IsZero() {
			text += ", " + t.name + " " + b.j.spell(t.at)
		}
	}
	return b.j.fact(p.Origin, b.scannedAt(p), text)
}

// findUpdates takes each update of the instances once: several classes tell of
// it. The one with the newest result counts.
func (b *beside) findUpdates() {
	at := map[string]int{}
	for i := range b.set.Patches {
		p := &b.set.Patches[i]
		seen := b.scannedAt(p)
		if seen.After(b.newestScan) {
			b.newest, b.newestScan = p, seen
		}
		key := strings.ToLower(patchName(p) + "\x00" + p.Product() + "\x00" + p.UniqueID())
		if k, ok := at[key]; !ok {
			at[key] = len(b.updates)
			b.updates = append(b.updates, update{p, seen})
		} else if seen.After(b.updates[k].seen) {
			b.updates[k] = update{p, seen}
		}
	}
}

// judgeUnsent finds scan results that are newer than the inventory. Within the
// inventory's interval the next cycle will carry them, so that is waited for;
// later the order of the stages has found it already, unless the newest scan
// failed.
func (b *beside) judgeUnsent() {
	s := b.j.stage(pipeline.Inventory)
	if s == nil || s.status != Passed || s.success == nil {
		return
	}
	newest := update{}
	for _, u := range b.updates {
		// What Configuration Manager's agent holds does not travel with the inventory.
		if u.seen.After(newest.seen) && strings.HasPrefix(strings.ToLower(u.Class), strings.ToLower(evidence.ClassPatchState)) {
			newest = u
		}
	}
	lag := newest.seen.Sub(s.success.when())
	if newest.PatchState == nil || lag <= sameReport {
		return
	}
	f := s.besideFinding("result-not-sent", SevWarning, sourceStates, pipeline.Documented,
		"The newest scan result is on the client, the site has not got it",
		fmt.Sprintf("The newest result in %s is of %s, the newest inventory that left the client of %s: %s earlier.", newest.Class, s.local(newest.seen), s.local(s.success.when()), ageText(lag)),
		append([]string{"Start a hardware inventory cycle: " + s.command()}, "Or wait for the next one; scan with /kick, or set the inventory to a similar interval as the scan, to have it sooner"),
		b.patchFact(newest.PatchState), s.success)
	if interval := time.Duration(s.stage.Interval); interval > 0 && lag > interval {
		f.Rule, f.Severity = s.ruleID("stale"), SevError
		s.prove(Stale, f)
		return
	}
	s.prove(Waiting, f)
}

// judgeInstalled compares what was installed with what scans say since.
func (b *beside) judgeInstalled() {
	scan, install := b.j.stage(pipeline.Scan), b.j.stage(pipeline.Install)
	if scan == nil || install == nil || b.newest == nil {
		return
	}
	b.judgeRescan(scan)
	b.judgeStill(install)
}

// judgeRescan says what the scan results still show after an install.
func (b *beside) judgeRescan(scan *stageState) {
	left := 0
	for _, u := range b.updates {
		if applicable(u.PatchState) {
			left++
		}
	}
	still := fmt.Sprintf(" The newest scan result is of %s and still calls %d updates applicable.", scan.local(b.newestScan), left)
	rule := scan.ruleID("after-install")
	if i := slices.IndexFunc(scan.findings, func(f Finding) bool { return f.Rule == rule }); i >= 0 {
		f := &scan.findings[i]
		f.Meaning += still
		f.Evidence = append(f.Evidence, evidenceOf(b.patchFact(b.newest))...)
		b.unshown = true
		return
	}
	for i := range b.set.Patches {
		p := &b.set.Patches[i]
		seen := b.scanned(p)
		switch {
		case !seen.IsZero():
		case p.State() == evidence.Installed:
			continue // a scan has seen it: TimeDetected is that of the first one which looked
		default:
			seen = b.newestScan
		}
		if b.applied(p).Sub(seen) <= 0 || scan.status == Stale {
			continue
		}
		b.unshown = true
		scan.prove("", scan.besideFinding("after-install", SevInfo, "article, step 4 (scan and inventory after an install)", pipeline.Documented,
			scan.stage.Title+" has not run since the last install",
			fmt.Sprintf("%s was applied %s, after the scan of %s.", patchName(p), scan.local(b.applied(p)), scan.local(seen))+still,
			scan.runAgain(), b.patchFact(p)))
		return
	}
}

// judgeStill finds updates that were installed and that a later scan still finds
// missing.
func (b *beside) judgeStill(install *stageState) {
	said := b.installs()
	for _, u := range b.updates {
		p, at := u.PatchState, u.seen
		if !applicable(p) || at.IsZero() {
			continue
		}
		done := b.applied(p)
		ev := installed(said, p, at)
		if ev != nil {
			done = ev.when()
		}
		if done.IsZero() || !at.After(done) {
			continue
		}
		install.prove("", install.besideFinding("still-applicable", SevWarning, "article, step 4 (scan after an install)", pipeline.Inferred,
			patchName(p)+" was installed, and a later scan still finds it missing",
			fmt.Sprintf("It was installed %s; the scan of %s calls it %s. Usually a restart is pending, or the installer did not replace the files that the scan looks at.", install.local(done), install.local(at), p.Get("Status")),
			[]string{
				"Restart the client, then scan again",
				"Compare the version of the file that the bulletin names with that on the client",
				"Read the update's own log, and look whether file rename operations are pending",
			}, b.patchFact(p), ev))
	}
}

// installs are the lines that say that an update was installed, oldest first, by
// the words in them.
func (b *beside) installs() map[string][]*event {
	said := map[string][]*event{}
	for _, ev := range b.j.events {
		if ev.stage != pipeline.Install || ev.kind() != pipeline.Success || ev.track == "" || ev.time.IsZero() || strings.HasSuffix(ev.hit.sig.ID, "not-needed") {
			continue
		}
		for _, word := range strings.FieldsFunc(strings.ToLower(ev.text), func(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			word = articleNumber(word)
			said[word] = append(said[word], ev)
		}
	}
	return said
}

// articleNumber takes "kb" or "q" from an article's number.
func articleNumber(word string) string {
	number := strings.TrimPrefix(strings.TrimPrefix(word, "kb"), "q")
	if number != "" && strings.Trim(number, "0123456789") == "" {
		return number
	}
	return word
}

// installed is the newest line before a scan that says that the update was
// installed, nil if there is none.
func installed(said map[string][]*event, p *evidence.PatchState, before time.Time) *event {
	var newest *event
	if len(said) == 0 {
		return nil
	}
	for _, id := range append(p.Numbers(), strings.ToLower(p.Bulletin()), p.UniqueID()) {
		if id == "" {
			continue
		}
		for _, ev := range said[id] {
			if ev.time.Before(before) && (newest == nil || after(ev, newest)) {
				newest = ev
			}
		}
	}
	return newest
}

package trace

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

// maxCopies bounds the copies that a step shows.
const maxCopies = 30

// mayList tells whether a copy of a catalogue may list the chain's patch.
func (k *smsChain) mayList(c *evidence.Copy) bool {
	return k.track == "" || c.Track == "" || strings.EqualFold(c.Track, k.track)
}

// named tells whether the patch has a name that catalogues know it by.
func (t *tracer) named() bool { return len(t.patch.Bulletins)+len(t.patch.Numbers) > 0 }

// listed is what a copy lists of the chain's patch, nil if nothing.
func (k *smsChain) listed(i int) *evidence.Listed {
	for n := range k.found[i] {
		l := &k.found[i][n]
		if k.c.Number == "" || number(l.Number) == k.c.Number || l.Number == "" {
			return l
		}
	}
	return nil
}

// copies are the copies that count, in the order in which they are made.
func (k *smsChain) copies() []Copy {
	var list []Copy
	for i := range k.ev.Catalogues {
		c := &k.ev.Catalogues[i]
		if !k.mayList(c) || len(list) == maxCopies {
			continue
		}
		v := Copy{Place: string(c.Place), Name: c.Name, Track: c.Track, DataVersion: c.DataVersion, Published: ref(c.Published), Downloaded: ref(k.downloaded(c))}
		l := k.listed(i)
		switch {
		case c.Missing:
			v.State = CopyMissing
		case k.notRead[i] != nil:
			v.State, v.Problem = copyUnreadable, k.notRead[i].Error()
		case c.Bulletins == nil || !k.named():
			v.State = copyClosed
		case l == nil:
			v.State = copyWithout
		default:
			v.State, v.Posted, v.Products, v.SupersededBy = copyLists, ref(l.Posted), l.Products, l.SupersededBy
		}
		list = append(list, v)
	}
	return list
}

// downloaded is when a copy was downloaded, zero if its date does not tell: that of
// a copied file may be newer than everything that is known of the client.
func (k *smsChain) downloaded(c *evidence.Copy) time.Time {
	d := c.Downloaded
	if c.Wall {
		d = evidence.WallIn(d, k.zone)
	}
	if d.After(k.now.Add(time.Hour)) {
		return time.Time{}
	}
	return d
}

// States of a copy.
const (
	copyLists      = "listed"
	copyWithout    = "not-listed"
	CopyMissing    = "missing" // it is not where one should be
	copyUnreadable = "unreadable"
	copyClosed     = "not-looked-into"
)

// at returns the copy of a place: one that lists the patch before one that does not.
func at(list []Copy, place evidence.Place) *Copy {
	var best *Copy
	rank := map[string]int{copyLists: 4, copyWithout: 3, copyUnreadable: 2, copyClosed: 1, CopyMissing: 0}
	for i := range list {
		if list[i].Place == string(place) && (best == nil || rank[list[i].State] > rank[best.State]) {
			best = &list[i]
		}
	}
	return best
}

var syncDo = []string{
	"run the sync program (SyncXML.exe) on the sync host and read its log",
	"then scan this client again",
}

// catalogue looks the patch up in the copies of the catalogue.
func (k *smsChain) catalogue() Step {
	s := newStep(StepCatalogue)
	s.Copies = k.copies()
	k.quoteCopies(&s)
	place := map[evidence.Place]*Copy{}
	var lists, without, bad *Copy
	for _, p := range []evidence.Place{evidence.Elsewhere, evidence.PackageSource, evidence.DistributionPoint, evidence.ClientCache} {
		c := at(s.Copies, p)
		if c == nil {
			continue
		}
		place[p] = c
		switch c.State {
		case copyLists:
			lists = c
		case copyWithout, CopyMissing:
			without = c
		case copyUnreadable:
			bad = c
		}
	}
	source, point := place[evidence.PackageSource], place[evidence.DistributionPoint]
	switch {
	case lists != nil:
		s.State, s.Text = OK, "listed by the copy in the "+lists.Place
		if lists.Posted != nil {
			s.Text += ", published " + day(*lists.Posted)
		}
		if n := len(lists.SupersededBy); n > 0 {
			s.Text += "; superseded by " + strings.Join(lists.SupersededBy[:min(n, 5)], ", ")
		}
		s.Since = lists.Downloaded
		if lists == source && point != nil && k.inst == nil {
			k.notDistributed(&s, point)
		}
	case k.inst != nil:
		s.State, s.Text = OK, "a scan found it, so the catalogue that the scan used lists it"
		s.Evidence = append(s.Evidence, k.instance(k.inst, time.Time{}))
	case bad != nil && without == nil:
		s.State, s.Text = Failed, fmt.Sprintf("the catalogue in the %s cannot be read: %s", bad.Place, bad.Problem)
		s.do = append([]string{"replace the damaged copy: it is made again by the sync"}, syncDo...)
	case !k.named() && k.in.Product != itmu && slices.ContainsFunc(s.Copies, func(c Copy) bool { return c.State == copyClosed }):
		s.Text = "the catalogue is by bulletins and articles, and which of them the update is of is not known"
		s.do = []string{"trace it by its bulletin or its article: the update's title names them"}
	case without != nil:
		k.noCopyLists(&s, bad)
	case len(s.Copies) > 0:
		s.Text = "its content cannot be looked into; only its dates are known"
		s.do = []string{"look the patch up in the catalogue itself"}
	default:
		s.Text = "no copy of the catalogue was seen"
		s.do = []string{"fetch " + k.cabinet() + ` from the package source (PkgSource\1033), the distribution point and the client's cache (%windir%\system32\vpcache)`}
	}
	k.supersede(s.Copies)
	return s
}

// cabinet is the file that the product's catalogue comes in. facts: KB926464
func (k *smsChain) cabinet() string {
	if k.in.Product == itmu {
		return "wsusscn2.cab (until 2007 wsusscan.cab)"
	}
	return "mssecure.cab"
}

// notDistributed breaks the link between the package source and the distribution
// point.
func (k *smsChain) notDistributed(s *Step, point *Copy) {
	s.State = Failed
	switch point.State {
	case copyUnreadable:
		s.Text = "the package source lists it, but the catalogue on the distribution point cannot be read: " + point.Problem
	case CopyMissing:
		s.Text = "the package source lists it, but the distribution point has no catalogue"
	default:
		s.Text = "the package source lists it, but the catalogue on the distribution point is an older one that does not"
	}
	s.do = []string{
		"update the distribution points of the scan tool's package (SyncXML.exe with /package does it) and read Distmgr.log on the site server",
		"then scan this client again",
	}
	if f := k.failing(pipeline.Sync, time.Time{}); f != nil && strings.Contains(f.Rule, "distribution-failed") { // the log says why
		do := s.do
		s.broke(f, s.Text)
		s.do = slices.Concat(f.Do, do[1:])
	}
}

// noCopyLists breaks the link to the outside: no copy has the patch.
func (k *smsChain) noCopyLists(s *Step, bad *Copy) {
	newest := time.Time{}
	missing := true
	for i := range s.Copies {
		c := &s.Copies[i]
		if c.State != CopyMissing {
			missing = false
		}
		if c.Published != nil && c.Published.After(newest) {
			newest = *c.Published
		}
	}
	s.State, s.do = Failed, syncDo
	switch {
	case missing:
		s.Text = "the catalogue is not there: the sync has not brought one"
	case bad != nil:
		s.Text = fmt.Sprintf("no copy that can be read lists it, and the one in the %s cannot be read: %s", bad.Place, bad.Problem)
	default:
		s.Text = "no copy of the catalogue lists it"
		if !newest.IsZero() {
			s.Text += "; the newest was published " + day(newest)
		}
		s.do = append([]string{"check that the patch is one of this catalogue: the scan detects no others"}, syncDo...)
	}
	if f := k.failing(pipeline.Sync, time.Time{}); f != nil {
		s.broke(f, s.Text)
	}
}

// quoteCopies quotes each copy.
func (k *smsChain) quoteCopies(s *Step) {
	for i := range k.ev.Catalogues {
		c := &k.ev.Catalogues[i]
		if !k.mayList(c) || c.Missing || len(s.Evidence) == maxCopies {
			continue
		}
		text := fmt.Sprintf("%s: DataVersion %s", c.Place, c.DataVersion)
		if !c.Published.IsZero() {
			text += ", published " + day(c.Published)
		}
		if l := k.listed(i); l != nil {
			text += fmt.Sprintf(", lists %s Q%s %s", l.Bulletin, l.Number, l.Patch)
		} else if k.notRead[i] != nil {
			text = fmt.Sprintf("%s: %v", c.Place, k.notRead[i])
		}
		s.Evidence = append(s.Evidence, k.fact(c.Origin, k.downloaded(c), text))
	}
	var places []string
	for i := range s.Copies {
		c := &s.Copies[i]
		if c.State != CopyMissing {
			continue
		}
		place := c.Place
		if c.Track != "" && slices.ContainsFunc(s.Copies, func(o Copy) bool { return o.Place == c.Place && o.State != CopyMissing }) {
			place += " (" + c.Track + ")" // the other track has one there
		}
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	if n := len(places); n > 1 {
		places = append(places[:n-2], places[n-2]+" and "+places[n-1])
	}
	if len(places) > 0 {
		s.Absent = "no catalogue in " + strings.Join(places, ", ")
	}
}

// supersede notes what the copy nearest to the client says of the patch.
func (k *smsChain) supersede(list []Copy) {
	for _, p := range []evidence.Place{evidence.ClientCache, evidence.DistributionPoint, evidence.PackageSource, evidence.Elsewhere} {
		for i := range k.ev.Catalogues {
			c := &k.ev.Catalogues[i]
			if c.Place == p && k.mayList(c) {
				if l := k.listed(i); l != nil {
					k.nearest = l
					return
				}
			}
		}
	}
}

// linesOf are the kept lines of some logs.
func (t *tracer) linesOf(logs ...string) []Line {
	var list []Line
	for _, l := range t.in.Lines {
		name := logName(l.Record)
		for _, log := range logs {
			if name == log {
				list = append(list, l)
				break
			}
		}
	}
	return list
}

// sentAfter is the inventory that the client sent first at or after an instant.
func (k *smsChain) sentAfter(since time.Time) (at time.Time, proof []diagnose.Evidence) {
	if ev := firstAfter(k.reports, since); ev != nil {
		at, proof = ev.Time, append(proof, k.event(ev))
	}
	for _, c := range k.ev.Cycles {
		if !strings.EqualFold(c.Action, evidence.HardwareInventory) || c.Reported.IsZero() || c.Reported.Before(since) {
			continue
		}
		if at.IsZero() || c.Reported.Before(at) {
			at = c.Reported
		}
		proof = append(proof, k.fact(c.Origin, c.Reported, "InventoryActionStatus: LastReportDate of the hardware inventory"))
	}
	return at, proof
}

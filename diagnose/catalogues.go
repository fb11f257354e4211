package diagnose

import (
	"path"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/evidence/catalogue"
	"patchtrace/pipeline"
)

// catalogueLane is the catalogue of one track on its way to the client.
type catalogueLane struct {
	*beside
	sync, scan *stageState
	track      string
	rank       int // of the generation, in the playbook
	copies     []*evidence.Copy
}

// lanes sorts the copies by what they are copies of. What the product does not
// fetch says nothing of it.
func (b *beside) lanes() []*catalogueLane {
	sync, scan := b.j.stage(pipeline.Sync), b.j.stage(pipeline.Scan)
	if sync == nil || scan == nil {
		return nil
	}
	var list []*catalogueLane
	for i := range b.set.Catalogues {
		c := &b.set.Catalogues[i]
		rank := slices.Index(sync.stage.Catalogues, string(c.Generation))
		if rank < 0 {
			continue
		}
		k := slices.IndexFunc(list, func(l *catalogueLane) bool { return l.track == c.Track })
		if k < 0 {
			k, list = len(list), append(list, &catalogueLane{beside: b, sync: sync, scan: scan, track: c.Track, rank: rank})
		}
		// The generations of one track replace each other: the first one is in use.
		switch l := list[k]; {
		case rank < l.rank:
			l.rank, l.copies = rank, []*evidence.Copy{c}
		case rank == l.rank:
			l.copies = append(l.copies, c)
		}
	}
	return list
}

// at returns the readable copies at a place, of several in one folder the newest:
// a cabinet and what was unpacked from it.
func (l *catalogueLane) at(places ...evidence.Place) []*evidence.Copy {
	var list []*evidence.Copy
	for _, c := range l.copies {
		if !slices.Contains(places, c.Place) || c.Missing || c.Err != nil {
			continue
		}
		k := slices.IndexFunc(list, func(o *evidence.Copy) bool { return path.Dir(o.Name) == path.Dir(c.Name) })
		if k < 0 {
			list = append(list, c)
		} else if order, known := l.compare(c, list[k]); known && order > 0 {
			list[k] = c
		}
	}
	return list
}

// ofPackage are the copies of one package, all if none is.
func ofPackage(copies []*evidence.Copy, id string) []*evidence.Copy {
	var list []*evidence.Copy
	for _, c := range copies {
		if strings.EqualFold(c.Package, id) {
			list = append(list, c)
		}
	}
	if list == nil {
		return copies
	}
	return list
}

// newestOf returns the newest of the copies, nil if there is none.
func (l *catalogueLane) newestOf(copies []*evidence.Copy) *evidence.Copy {
	var newest *evidence.Copy
	for _, c := range copies {
		if newest == nil {
			newest = c
		} else if order, known := l.compare(c, newest); known && order > 0 {
			newest = c
		}
	}
	return newest
}

// date is when the copy was downloaded, zero if its date does not tell: that of
// an XML is the day of its last change.
func (b *beside) date(c *evidence.Copy) time.Time {
	if b.copied || strings.HasSuffix(strings.ToLower(c.Name), ".xml") {
		return time.Time{}
	}
	return c.Downloaded
}

// sameDate is how far apart the dates of a file and of its copy may lie: FAT
// keeps two seconds, and some tools round to the minute.
const sameDate = 2 * time.Minute

// compare orders two copies by what they hold, and by their dates where that
// cannot be told. A copy is never dated before what it was made of, but may well
// be dated after it.
func (b *beside) compare(a, c *evidence.Copy) (order int, known bool) {
	switch {
	case a.DataVersion != "" && c.DataVersion != "":
		return catalogue.Compare(a.DataVersion, c.DataVersion), true
	case a.Digest != "" && a.Digest == c.Digest:
		return 0, true
	case !a.Published.IsZero() && !c.Published.IsZero() && !a.Published.Equal(c.Published):
		return a.Published.Compare(c.Published), true
	case !a.Packed.IsZero() && !c.Packed.IsZero() && !a.Packed.Equal(c.Packed):
		return a.Packed.Compare(c.Packed), true
	}
	ad, cd := b.date(a), b.date(c)
	if ad.IsZero() || cd.IsZero() {
		return 0, false
	}
	if abs(ad.Sub(cd)) <= sameDate {
		return 0, a.Digest == "" || c.Digest == ""
	}
	return ad.Compare(cd), true
}

// text is what a copy says of itself: the proof in place of a line.
func (b *beside) text(c *evidence.Copy) string {
	name := fileName(c.Origin) + "  "
	switch {
	case c.Missing:
		return name + "not there"
	case c.Err != nil:
		name += "cannot be read: " + c.Err.Error() + ", "
	}
	var parts []string
	switch {
	case c.Downloaded.IsZero():
	case b.copied:
		parts = append(parts, "dated "+b.j.spell(c.Downloaded)+" by its copying")
	case b.date(c).IsZero():
		parts = append(parts, "dated "+b.j.spell(c.Downloaded))
	default:
		parts = append(parts, "downloaded "+b.j.spell(c.Downloaded))
	}
	if !c.Published.IsZero() {
		parts = append(parts, "published "+c.Published.Format(time.DateOnly))
	} else if !c.Packed.IsZero() {
		parts = append(parts, "packed "+c.Packed.Format("2006-01-02 15:04"))
	}
	if c.DataVersion != "" {
		parts = append(parts, "DataVersion "+c.DataVersion)
	}
	return strings.TrimRight(name+strings.Join(parts, ", "), ", ")
}

func (b *beside) copyFact(c *evidence.Copy) *event { return b.j.fact(c.Origin, b.date(c), b.text(c)) }

func (b *beside) copyFacts(copies ...*evidence.Copy) []*event {
	var list []*event
	for _, c := range copies {
		list = append(list, b.copyFact(c))
	}
	return list
}

// which names a copy's version in a sentence.
func (b *beside) which(c *evidence.Copy) string {
	date := b.date(c)
	switch {
	case c.Missing:
		return "none"
	case c.DataVersion != "":
		return "DataVersion " + c.DataVersion
	case !c.Packed.IsZero():
		return "one packed " + c.Packed.Format(time.DateOnly)
	case !date.IsZero():
		return "one of " + b.j.spell(date)
	}
	return "another one"
}

package evidence

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/evidence/mof"
)

const guidForm = `\(?\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?\)?`

// Lines of UpdatesStore.log, and those of WUAHandler.log that list what a scan
// found, as articles print them. Not every version writes all of them. What
// CCM_UpdateStatus calls its properties is not published: the names that scripts
// use are set.
var (
	storeProcessing = regexp.MustCompile(`(?i)^Processing update status from update ` + guidForm + `(?: with ProductID = ` + guidForm + `)?`)
	storeNew        = regexp.MustCompile(`(?i)^Update status from update ` + guidForm + ` hasn't been reported before`)
	storeRaised     = regexp.MustCompile(`(?i)^Successfully raised state message for update ` + guidForm + ` with state \(([^()]{1,64})\)`)
	storeAdded      = regexp.MustCompile(`(?i)^Successfully added WMI instance of update status ` + guidForm)
	storeQueried    = regexp.MustCompile(`(?is)^Queried Update ` + guidForm + `: Status=([^,]*)(.*)$`)
	handlerListed   = regexp.MustCompile(`(?is)^Update \((Missing|Installed)\): (.*) ` + `\(([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}), (\d{1,9})\)`)
)

// storeNames are the names in a queried update, in the order in which they are
// written, each with the property that it is.
var storeNames = []struct{ written, property string }{
	{", Title=", "Title"},
	{", BulletinID=", "Bulletin"},
	{", QNumbers=", "Article"},
	{", LocaleID=", "LocaleID"},
	{", ProductID=", "ProductID"},
	{", UpdateClassification =", "UpdateClassification"},
	{", UpdateClassification=", "UpdateClassification"},
	{", ExcludeForStateReporting=", "ExcludeForStateReporting"},
}

// maxStoreLine is how many bytes of a message are looked at.
const maxStoreLine = 64 << 10

// UpdatesStoreLine reads what a line of UpdatesStore.log, or a listed update of
// WUAHandler.log, tells of an update, as an instance of CCM_UpdateStatus with the
// properties that the line has; ok is false for other lines. at is when the line was
// written. ScanTime is set to it only where the line belongs to a scan: a queried
// update is one that an earlier scan has stored.
func UpdatesStoreLine(message string, at time.Time, o Origin) (p PatchState, ok bool) {
	if len(message) > maxStoreLine {
		return PatchState{}, false
	}
	message = strings.TrimSpace(message)
	p = PatchState{Origin: o, Instance: mof.Instance{Class: ClassUpdateStatus}, Logged: at.UTC()}
	p.At = mof.Place{Line: o.Line, Offset: o.Offset}
	if m := storeQueried.FindStringSubmatch(message); m != nil {
		p.Set("UniqueId", strings.ToLower(m[1]))
		p.setSaid("Status", m[2])
		p.queried(m[3])
		return p, true
	}
	id, status, title, product := "", "", "", ""
	if m := storeProcessing.FindStringSubmatch(message); m != nil {
		id, product = m[1], strings.ToLower(m[2])
	} else if m := storeNew.FindStringSubmatch(message); m != nil {
		id = m[1]
	} else if m := storeRaised.FindStringSubmatch(message); m != nil {
		id, status = m[1], m[2]
	} else if m := storeAdded.FindStringSubmatch(message); m != nil {
		id = m[1]
	} else if m := handlerListed.FindStringSubmatch(message); m != nil {
		id, status, title = m[3], m[1], m[2]
	} else {
		return PatchState{}, false
	}
	p.Set("UniqueId", strings.ToLower(id))
	p.setSaid("Title", title)
	p.setSaid("Status", status)
	p.setSaid("ProductID", product)
	if !at.IsZero() {
		p.Set("ScanTime", mof.Time(at.UTC()))
	}
	return p, true
}

// setSaid sets a property to what a line says, if it says something.
func (p *PatchState) setSaid(name, value string) {
	if value = strings.TrimSpace(value); value != "" {
		p.Set(name, value)
	}
}

// queried reads ", Title=.., BulletinID=..": a title may hold commas, so each value
// ends where the next name stands.
func (p *PatchState) queried(text string) {
	type value struct {
		property string
		from, to int
	}
	var found []value
	from := 0
	for _, name := range storeNames {
		// The last one of its name, since a title may hold any words.
		i := strings.Index(text[from:], name.written)
		if name.property != "Title" {
			i = strings.LastIndex(text[from:], name.written)
		}
		if i < 0 {
			continue
		}
		if len(found) > 0 {
			found[len(found)-1].to = from + i
		}
		from += i + len(name.written)
		found = append(found, value{name.property, from, len(text)})
	}
	for i, v := range found {
		said := text[v.from:v.to]
		if i == len(found)-1 {
			said = strings.TrimSuffix(strings.TrimSpace(said), ".")
		}
		p.setSaid(v.property, said)
	}
}

// maxUpdates is how many updates are kept.
const maxUpdates = 100_000

// Updates joins what several lines tell of the same update: of each property the
// newest. Its zero value is empty.
type Updates struct {
	list  []PatchState
	known map[string]int
}

// Add takes a line. Lines come in the order in which they were written; one that
// names no update stands by itself. It keeps no hold of p.
func (u *Updates) Add(p *PatchState) {
	id := p.UniqueID()
	k, ok := u.known[id]
	ok = ok && id != ""
	switch {
	case !ok && len(u.list) == maxUpdates:
		return
	case !ok:
		if u.known == nil {
			u.known = map[string]int{}
		}
		u.known[id] = len(u.list)
		copied := *p
		copied.Props = slices.Clone(p.Props)
		u.list = append(u.list, copied)
		return
	}
	to := &u.list[k]
	for _, prop := range p.Props {
		if old := to.Prop(prop.Name); old != nil {
			*old = prop
		} else {
			to.Props = append(to.Props, prop)
		}
	}
	if p.State() != "" {
		to.Origin, to.Logged, to.At = p.Origin, p.Logged, p.At
	}
}

// List has an instance for each update, in the order of their first lines, with the
// origin of the line that told its state last, or of the first one when none did.
func (u *Updates) List() []PatchState { return u.list }

// FoldUpdates joins the lines of a list as Updates does.
func FoldUpdates(lines []PatchState) []PatchState {
	var u Updates
	for i := range lines {
		u.Add(&lines[i])
	}
	return u.List()
}

package evidence

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Classes with scan results, and what the inventory agent notes.
const (
	ClassPatchState    = "Win32_PatchState"
	ClassPatchExtended = "Win32_PatchState_Extended"
	ClassUpdateStatus  = "CCM_UpdateStatus"
	ClassActionStatus  = "InventoryActionStatus"
)

// No definition of Win32_PatchState and CCM_UpdateStatus is published. What is
// read here are the names that scripts, articles and the nearest published class,
// SMS_ApplicableUpdatesSummaryEx, use; an instance that lacks one lacks what it
// would tell.

var (
	bulletinForm = regexp.MustCompile(`(?i)\bMS(\d{2})-(\d{3})\b`)
	// numberForm is an article's number where one is expected.
	numberForm = regexp.MustCompile(`(?i)(?:^|[^0-9a-z])(?:Q|KB)?\s?(\d{5,7})(?:$|[^0-9a-z])`)
	// namedNumber is an article's number anywhere.
	namedNumber = regexp.MustCompile(`(?i)(?:^|[^0-9a-z])(?:Q|KB)\s?(\d{6,7})(?:$|[^0-9])`)
)

// bulletinIn returns the first bulletin's id in a text, "MS04-011", "" if none is.
func bulletinIn(text string) string {
	return strings.ToUpper(bulletinForm.FindString(text))
}

// numbersIn appends the article numbers of a text that list lacks.
func numbersIn(list []string, form *regexp.Regexp, text string) []string {
	const (
		most = 256 // an update has a handful
		far  = 8 << 10
	)
	text = text[:min(len(text), far)]
	for len(text) > 0 && len(list) < most {
		m := form.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}
		if n := text[m[2]:m[3]]; !slices.Contains(list, n) {
			list = append(list, n)
		}
		text = text[m[3]:] // what ends a number may begin the next one
	}
	return list
}

// first returns the first of the properties that has a value.
func (p *PatchState) first(names ...string) string {
	for _, name := range names {
		if text := strings.TrimSpace(p.Get(name)); text != "" {
			return text
		}
	}
	return ""
}

// Bulletin is the security bulletin's id, "MS04-011", "" when none is named.
func (p *PatchState) Bulletin() string {
	for _, name := range []string{"ID", "BulletinID", "Bulletin"} {
		if id := bulletinIn(p.Get(name)); id != "" {
			return id
		}
	}
	return ""
}

// Numbers are the numbers of the articles, without "Q" or "KB": those of QNumbers
// or Article, else that in brackets in the title.
func (p *PatchState) Numbers() []string {
	var list []string
	for _, name := range []string{"QNumbers", "Article", "ArticleID"} {
		list = numbersIn(list, numberForm, p.Get(name))
	}
	if list == nil && p.Bulletin() == "" {
		list = numbersIn(list, namedNumber, p.Get("ID"))
	}
	if list == nil {
		list = numbersIn(list, namedNumber, p.Title())
	}
	return list
}

// State is what the scan found: Installed, Applicable, or another word as it is
// written; "" when the instance has none. Configuration Manager calls Missing what
// is applicable.
func (p *PatchState) State() State {
	switch text := p.first("Status"); strings.ToLower(text) {
	case "installed":
		return Installed
	case "applicable", "missing":
		return Applicable
	default:
		return State(text)
	}
}

// Product is the product that the patch is for, with its service pack.
func (p *PatchState) Product() string { return p.first("Product") }

// Title is the patch's title.
func (p *PatchState) Title() string { return p.first("Title") }

// UniqueID is the id of an update of Microsoft Update or WSUS: a GUID in small
// letters without braces.
func (p *PatchState) UniqueID() string {
	return strings.ToLower(strings.Trim(p.first("UniqueId", "UniqueUpdateID"), "{}"))
}

// Agent is the program that scanned.
func (p *PatchState) Agent() string { return p.first("ScanAgent") }

// Time reads a property as a time, in UTC. zoned is false when the property names
// no zone: t is then the wall clock of whoever wrote it, as if it were UTC. t is
// zero when the property is missing or no time that can be read for certain.
func (p *PatchState) Time(property string) (t time.Time, zoned bool) {
	t, zoned, _ = parseMomentIn(p.Get(property), p.Order)
	return t, zoned
}

// Detected is when a scan first saw the patch as applicable, Applied when it was
// installed, Authorized when it was authorised; zero when the instance does not
// tell. A time that was saved without a zone is read in Zone.
func (p *PatchState) Detected() time.Time { return p.timeOf("TimeDetected") }

// Applied: see Detected.
func (p *PatchState) Applied() time.Time { return p.timeOf("TimeApplied") }

// Authorized: see Detected.
func (p *PatchState) Authorized() time.Time { return p.timeOf("TimeAuthorized") }

// Scanned is when the scan ran whose result this is; zero when it does not tell.
func (p *PatchState) Scanned() time.Time { return p.timeOf("ScanDateTime", "ScanTime") }

func (p *PatchState) timeOf(names ...string) time.Time {
	for _, name := range names {
		switch t, zoned := p.Time(name); {
		case t.IsZero():
		case zoned:
			return t
		default:
			return WallIn(t, p.Zone)
		}
	}
	return time.Time{}
}

// WallIn is the instant at which clocks in a zone, nil for UTC, showed a wall clock
// that was read as UTC. What is no time stays none.
func WallIn(t time.Time, zone *time.Location) time.Time {
	if zone == nil || t.IsZero() {
		return t
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone).UTC()
}

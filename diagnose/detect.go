package diagnose

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

// Sniff is what a log shows at a glance.
type Sniff struct {
	// Name is the log's file name.
	Name string
	// Formats are the logparse names of the formats that its first and last
	// records have.
	Formats []string
	// Messages are some of the first and last messages, with components.
	Messages []string
}

// preference breaks ties: what is in use today comes first.
var preference = []string{"configmgr", "sms2003-itmu", "sms2003", "sms2003-legacy", "sms2"}

// Detect chooses the product that the logs speak of most, and says why. Without
// any sign it is what the evidence beside them speaks of, else the first of
// preference, and the reason says so. beside is nil when nobody looked.
func Detect(books []*pipeline.Playbook, logs []Sniff, beside *evidence.Set) (id string, why []string) {
	books = slices.Clone(books)
	slices.SortStableFunc(books, func(a, b *pipeline.Playbook) int {
		return preferenceOf(a.ID) - preferenceOf(b.ID)
	})
	best := 0
	for _, book := range books {
		sum, reasons := weigh(book, logs)
		if sum > best {
			best, id, why = sum, book.ID, reasons
		}
	}
	if id == "" && beside != nil {
		id, why = spokenOf(beside)
	}
	if id == "" && len(books) > 0 {
		id, why = books[0].ID, []string{"no log shows which product wrote it; " + books[0].Title + " is assumed"}
	}
	return id, why
}

// spokenOf is the product that evidence beside the logs belongs to, "" if none
// tells. SMS 2.0 has the same catalogues and the same class as SMS 2003, which
// more people had.
func spokenOf(beside *evidence.Set) (id string, why []string) {
	for i := range beside.Patches {
		p := &beside.Patches[i]
		switch {
		case strings.EqualFold(p.Class, "CCM_UpdateStatus"):
			return "configmgr", []string{fmt.Sprintf("CCM_UpdateStatus is a class of Configuration Manager (%s)", path.Base(p.Name))}
		case strings.EqualFold(p.Get("Type"), "Microsoft Update"):
			return "sms2003-itmu", []string{fmt.Sprintf("the scan results are of Microsoft Update (%s)", path.Base(p.Name))}
		}
		id, why = "sms2003", []string{fmt.Sprintf("Win32_PatchState is a class of the scan tools of SMS (%s)", path.Base(p.Name))}
	}
	for i := range beside.Catalogues {
		c := &beside.Catalogues[i]
		switch {
		case c.Generation == evidence.WSUSScan || c.Generation == evidence.WSUSScn2:
			return "sms2003-itmu", []string{fmt.Sprintf("the catalogue is that of Microsoft Update (%s)", path.Base(c.Name))}
		case id == "":
			id, why = "sms2003", []string{fmt.Sprintf("the catalogue is that of the scan tools of SMS (%s)", path.Base(c.Name))}
		}
	}
	for i := range beside.Authorizations {
		if id == "" {
			id, why = "sms2003", []string{fmt.Sprintf("PatchAuthorize.xml is of SMS (%s)", path.Base(beside.Authorizations[i].Name))}
		}
	}
	return id, why
}

func preferenceOf(id string) int {
	if i := slices.Index(preference, id); i >= 0 {
		return i
	}
	return len(preference)
}

// weigh adds up the signs of one product that are there.
func weigh(book *pipeline.Playbook, logs []Sniff) (sum int, why []string) {
	for _, h := range book.Detect {
		i := slices.IndexFunc(logs, func(l Sniff) bool { return shows(h, l) })
		if i < 0 {
			continue
		}
		sum += h.Weight
		if h.Weight > 0 {
			why = append(why, fmt.Sprintf("%s (%s)", h.Why, path.Base(logs[i].Name)))
		}
	}
	return sum, why
}

// shows tells whether one log fulfils all that a hint asks for.
func shows(h pipeline.Hint, l Sniff) bool {
	if h.Log != "" && !namedLike(h.Log, path.Base(l.Name)) {
		return false
	}
	if h.Format != "" && !slices.Contains(l.Formats, h.Format) {
		return false
	}
	return h.Line == nil || slices.ContainsFunc(l.Messages, h.Line.MatchString)
}

// namedLike matches a glob, or a copy's name that begins like the log's:
// "hinv32-Q302354.txt" for Hinv32.log.
func namedLike(glob, name string) bool {
	glob, name = strings.ToLower(glob), strings.ToLower(name)
	if ok, err := path.Match(glob, name); ok && err == nil {
		return true
	}
	stem := strings.TrimSuffix(glob, ".log")
	if strings.ContainsAny(stem, "*?[") || !strings.HasPrefix(name, stem) || len(name) == len(stem) {
		return false
	}
	c := name[len(stem)]
	return c < 'a' || c > 'z'
}

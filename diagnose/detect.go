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

// What lies beside the logs weighs more than all logs together that every client
// with CcmExec writes, and less than those of one product alone: what an older client
// left may still lie there. Catalogues of Microsoft Update are used by others too, and
// one that lies anywhere says little.
const (
	weightBeside    = 6
	weightWSUS      = 3
	weightElsewhere = 1
)

// Detect chooses the product that the logs, and the evidence beside them, speak of
// most, and says why. Without any sign it is the first of preference, and the reason
// says so. beside is nil when nobody looked.
func Detect(books []*pipeline.Playbook, logs []Sniff, beside *evidence.Set) (id string, why []string) {
	books = slices.Clone(books)
	slices.SortStableFunc(books, func(a, b *pipeline.Playbook) int {
		return preferenceOf(a.ID) - preferenceOf(b.ID)
	})
	spoken, weight, because := spokenOf(beside)
	best := 0
	for _, book := range books {
		sum, reasons := weigh(book, logs)
		if slices.Contains(spoken, book.ID) {
			sum += weight
			reasons = append([]string{because}, reasons...)
		}
		if sum > best {
			best, id, why = sum, book.ID, reasons
		}
	}
	if id == "" && len(books) > 0 {
		id, why = books[0].ID, []string{"no log shows which product wrote it; " + books[0].Title + " is assumed"}
	}
	return id, why
}

// toolProducts are those with the scan tools of SMS: they have the same catalogues,
// the same class and the same list. Where no log tells which it is, it is that which
// more people had.
var toolProducts = []string{"sms2003", "sms2003-legacy", "sms2"}

// spokenOf are the products that evidence beside the logs may belong to, none if it
// does not tell, and how much that weighs.
func spokenOf(beside *evidence.Set) (ids []string, weight int, why string) {
	if beside == nil {
		return nil, 0, ""
	}
	consider := func(products []string, n int, what, file string) {
		if n > weight {
			ids, weight, why = products, n, what+" ("+path.Base(file)+")"
		}
	}
	itmu := []string{"sms2003-itmu"}
	for i := range beside.Patches {
		switch p := &beside.Patches[i]; {
		case strings.EqualFold(p.Class, evidence.ClassUpdateStatus):
			consider([]string{"configmgr"}, weightBeside+1, "CCM_UpdateStatus is a class of Configuration Manager", p.Name)
		case strings.EqualFold(p.Get("Type"), "Microsoft Update"):
			consider(itmu, weightBeside+1, "the scan results are of Microsoft Update", p.Name)
		default:
			consider(toolProducts, weightBeside, "Win32_PatchState is a class of the scan tools of SMS", p.Name)
		}
	}
	in := func(c *evidence.Copy, weight int) int {
		if c.Place == evidence.Elsewhere {
			return weightElsewhere
		}
		return weight
	}
	for i := range beside.Catalogues {
		if c := &beside.Catalogues[i]; c.Generation == evidence.WSUSScan || c.Generation == evidence.WSUSScn2 {
			consider(itmu, in(c, weightWSUS), "the catalogue is that of Microsoft Update", c.Name)
		}
	}
	for i := range beside.Catalogues {
		if c := &beside.Catalogues[i]; c.Generation != evidence.WSUSScan && c.Generation != evidence.WSUSScn2 {
			consider(toolProducts, in(c, weightBeside), "the catalogue is that of the scan tools of SMS", c.Name)
		}
	}
	for i := range beside.Authorizations {
		consider(toolProducts, weightBeside, "PatchAuthorize.xml is of SMS", beside.Authorizations[i].Name)
	}
	return ids, weight, why
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

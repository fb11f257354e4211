package diagnose

import (
	"fmt"
	"path"
	"slices"
	"strings"

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
// any sign it is the first of preference, and the reason says so.
func Detect(books []*pipeline.Playbook, logs []Sniff) (id string, why []string) {
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
	if id == "" && len(books) > 0 {
		id, why = books[0].ID, []string{"no log shows which product wrote it; " + books[0].Title + " is assumed"}
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

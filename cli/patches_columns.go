package cli

import (
	"errors"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/evidence"
)

// patchColumn is a column of the table.
type patchColumn struct {
	word, title string
	// value is what is shown, key what it is sorted by.
	value, key func(*evidence.PatchState) string
	// whole is true for what is useless when it is cut.
	whole bool
}

// knownColumns are those with a name of their own: what they show has different
// names in different classes.
var knownColumns = []patchColumn{
	wholeColumn("bulletin", "Bulletin", (*evidence.PatchState).Bulletin),
	textColumn("kb", "Q/KB", func(p *evidence.PatchState) string { return strings.Join(p.Numbers(), ", ") }),
	wholeColumn("status", "Status", func(p *evidence.PatchState) string { return string(p.State()) }),
	textColumn("product", "Product", (*evidence.PatchState).Product),
	textColumn("title", "Title", (*evidence.PatchState).Title),
	wholeColumn("id", "Update", (*evidence.PatchState).UniqueID),
	timeColumn("detected", "Detected", "TimeDetected"),
	timeColumn("applied", "Applied", "TimeApplied"),
	timeColumn("authorized", "Authorized", "TimeAuthorized"),
	timeColumn("scanned", "Scanned", "ScanDateTime", "ScanTime"),
	textColumn("agent", "Agent", (*evidence.PatchState).Agent),
	textColumn("class", "Class", func(p *evidence.PatchState) string { return p.Class }),
	textColumn("source", "Source", func(p *evidence.PatchState) string { return p.Name }),
}

// otherWords are other names for them.
var otherWords = map[string]string{"q": "kb", "q/kb": "kb", "number": "kb", "numbers": "kb", "authorised": "authorized", "file": "source"}

func columnWords() []string {
	var words []string
	for i := range knownColumns {
		words = append(words, knownColumns[i].word)
	}
	return words
}

// usualColumns tell the patches apart: by their ids where there is nothing else, and
// of several classes by their class too.
func usualColumns(all []evidence.PatchState) []string {
	words := []string{"bulletin", "kb", "status", "product", "title", "detected"}
	for i := range all {
		if p := &all[i]; p.Bulletin() == "" && len(p.Numbers()) == 0 && p.UniqueID() != "" {
			words = append([]string{"id"}, words...)
			break
		}
	}
	for i := range all {
		if !strings.EqualFold(all[i].Class, all[0].Class) {
			return append(words, "class")
		}
	}
	return words
}

func textColumn(word, title string, value func(*evidence.PatchState) string) patchColumn {
	return patchColumn{word: word, title: title, value: value, key: value}
}

func wholeColumn(word, title string, value func(*evidence.PatchState) string) patchColumn {
	return patchColumn{word: word, title: title, value: value, key: value, whole: true}
}

// timeColumn shows the first of the properties that is a time, in UTC unless it
// names no zone. What cannot be read as one is shown as it is.
func timeColumn(word, title string, props ...string) patchColumn {
	find := func(p *evidence.PatchState) (t time.Time, zoned bool, text string) {
		for _, prop := range props {
			if t, zoned = p.Time(prop); !t.IsZero() {
				return t, zoned, ""
			}
			if text == "" {
				text = p.Get(prop)
			}
		}
		return time.Time{}, false, text
	}
	return patchColumn{
		word: word, title: title, whole: true,
		value: func(p *evidence.PatchState) string {
			t, zoned, text := find(p)
			switch {
			case t.IsZero():
				return text
			case zoned:
				return t.Format("2006-01-02 15:04Z")
			}
			return t.Format("2006-01-02 15:04")
		},
		key: func(p *evidence.PatchState) string {
			t, _, text := find(p)
			if t.IsZero() {
				return text
			}
			return t.Format("2006-01-02 15:04:05.000")
		},
	}
}

// propColumn shows a property by its WMI name.
func propColumn(name string) patchColumn {
	return textColumn(name, name, func(p *evidence.PatchState) string { return p.Get(name) })
}

// columnsOf finds the columns by their words, else the properties of that name.
func columnsOf(words []string, all []evidence.PatchState, flag string) ([]patchColumn, error) {
	var columns []patchColumn
	for _, word := range words {
		word = strings.TrimSpace(word)
		c, ok := columnNamed(word, all)
		if !ok {
			return nil, &Error{
				Op: "parse", On: flag + " " + quote(word), Err: errors.New("neither a column nor a property of any instance"),
				Do: "use " + orList(columnWords()) + ", or " + orList(propNames(all)),
			}
		}
		columns = append(columns, c)
	}
	return columns, nil
}

func columnNamed(word string, all []evidence.PatchState) (patchColumn, bool) {
	lower := strings.ToLower(word)
	if other, ok := otherWords[lower]; ok {
		lower = other
	}
	for _, c := range knownColumns {
		if c.word == lower {
			return c, true
		}
	}
	for _, name := range propNames(all) {
		if strings.EqualFold(name, word) {
			return propColumn(name), true
		}
	}
	return patchColumn{}, false
}

// propNames are the properties of all instances, in the order in which they come.
func propNames(all []evidence.PatchState) []string {
	var names []string
	seen := map[string]bool{}
	for i := range all {
		for _, p := range all[i].Props {
			if key := strings.ToLower(p.Name); !seen[key] {
				seen[key] = true
				names = append(names, p.Name)
			}
		}
	}
	return slices.Clip(names)
}

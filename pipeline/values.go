package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Param is the parameter of that name, nil if there is none.
func (b *Playbook) Param(name string) *Param {
	for i := range b.Params {
		if b.Params[i].Name == name {
			return &b.Params[i]
		}
	}
	return nil
}

// Field is the field of a manual step of that name, nil if there is none.
func (b *Playbook) Field(name string) *Field {
	for i := range b.Stages {
		for k := range b.Stages[i].Manual {
			if f := b.Stages[i].Manual[k].Field; f != nil && f.Name == name {
				return f
			}
		}
	}
	return nil
}

// Missing returns the parameters of the names that have no value and cannot be
// empty.
func (b *Playbook) Missing(names []string, values map[string]string) []*Param {
	var missing []*Param
	for _, name := range names {
		param := b.Param(name)
		if _, ok := values[name]; !ok && param != nil && !param.MayBeEmpty() {
			missing = append(missing, param)
		}
	}
	return missing
}

// MayBeEmpty tells whether nothing is a value too.
func (p *Param) MayBeEmpty() bool { return p.Pattern.MatchString("") }

// Check says why the value cannot be the parameter's, nil if it can.
func (p *Param) Check(value string) error {
	switch {
	case strings.ContainsRune(value, 0):
		return errors.New("it holds a NUL character")
	case !utf8.ValidString(value):
		return errors.New("it is no UTF-8")
	case !p.Pattern.MatchString(value):
		return fmt.Errorf("this cannot be the %s", lowerLabel(p.Label))
	}
	return nil
}

// lowerLabel starts a label in lower case, for use inside a sentence.
func lowerLabel(label string) string { return strings.ToLower(label[:1]) + label[1:] }

// fieldKinds say what is wanted of a field of the kind.
var fieldKinds = map[string]string{"time": "time such as 2007-06-05T02:00", "number": "number", "yesno": "yes or a no"}

// Check says why the value is no answer to the field, nil if it is one.
func (f *Field) Check(value string) error {
	ok := true
	switch f.Kind {
	case "time":
		_, _, ok = ParseTime(value)
	case "number":
		_, err := strconv.ParseUint(value, 10, 63)
		ok = err == nil
	case "yesno":
		ok = slices.Contains([]string{"yes", "no"}, strings.ToLower(value))
	}
	if !ok {
		return fmt.Errorf("%s: not a %s", f.Label, fieldKinds[f.Kind])
	}
	return nil
}

// timeLayouts are the spellings of a time without a zone.
var timeLayouts = []string{
	"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
}

// The years that somebody can mean: what is typed with another is a mistake.
const (
	minYear = 1980
	maxYear = 2200
)

// ParseTime reads a time that somebody typed. local is true when it has no zone:
// its wall clock is then the client's. Otherwise it is in UTC.
func ParseTime(text string) (t time.Time, local, ok bool) {
	t, local, ok = readTime(strings.TrimSpace(text))
	if !ok || t.Year() < minYear || t.Year() > maxYear {
		return time.Time{}, false, false
	}
	return t, local, true
}

func readTime(text string) (t time.Time, local, ok bool) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true, true
		}
		for _, zone := range []string{"Z07:00", " Z07:00", " MST"} {
			if zone == " MST" && !strings.HasSuffix(text, " UTC") {
				continue // time.Parse takes any three letters for a zone
			}
			if t, err := time.Parse(layout+zone, text); err == nil {
				return t.UTC(), false, true
			}
		}
	}
	return time.Time{}, false, false
}

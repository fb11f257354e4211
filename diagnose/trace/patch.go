package trace

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Patch is what a patch is called: by its bulletin, by article numbers, or by the
// ids of updates. A question names it one way; evidence adds the others.
type Patch struct {
	// Text is what was asked for.
	Text string `json:"text"`
	// Bulletins are such as "MS04-011".
	Bulletins []string `json:"bulletins,omitempty"`
	// Numbers are article numbers without "Q" or "KB".
	Numbers []string `json:"numbers,omitempty"`
	// Updates are ids of updates in lower case, without braces.
	Updates []string `json:"updates,omitempty"`
}

// ErrPatch says that a text names no patch.
var ErrPatch = errors.New("not the name of a patch; use a bulletin (MS04-011), an article (KB835732, Q835732, 835732) or an update id (a GUID, also as SUM_GUID or Site_GUID/SUM_GUID)")

const guidForm = `[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}`

var (
	bulletinForm = regexp.MustCompile(`^(?i:MS)(\d{2})-(\d{1,3})$`)
	numberForm   = regexp.MustCompile(`^(?i:KB|Q)?[ -]?([1-9]\d{4,7})$`)
	updateForm   = regexp.MustCompile(`^(?:(?i:Site)_\{?` + guidForm + `\}?/)?(?:(?i:SUM)_)?(` + guidForm + `)$`)
	bothForm     = regexp.MustCompile(`^(\S+) \((\S+)\)$`)
)

// ParsePatch reads what a user calls a patch: a bulletin, an article number, or
// the id of an update as logs and consoles write it. "MS04-011 (KB835732)", as
// logs of installations put it, names both.
func ParsePatch(text string) (Patch, error) {
	p := Patch{Text: strings.TrimSpace(text)}
	names := []string{undressed(p.Text)}
	if m := bothForm.FindStringSubmatch(names[0]); m != nil {
		names = m[1:]
	}
	for _, name := range names {
		if !p.add(name) || len(p.Bulletins) > 1 || len(p.Numbers) > 1 {
			return Patch{Text: p.Text}, fmt.Errorf("%q: %w", clip(p.Text, 60), ErrPatch)
		}
	}
	return p, nil
}

// dashes are hyphens as web pages and word processors put them.
var dashes = strings.NewReplacer("\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2212", "-", "\u00a0", " ")

// undressed is a name as it is written without what surrounds it in a title or a page.
func undressed(text string) string {
	text = strings.TrimSpace(dashes.Replace(text))
	if inner, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(inner, ")") {
		text = strings.TrimSpace(inner[:len(inner)-1])
	}
	return text
}

func (p *Patch) add(name string) bool {
	bare := name
	if strings.HasPrefix(bare, "{") && strings.HasSuffix(bare, "}") {
		bare = bare[1 : len(bare)-1]
	}
	if m := updateForm.FindStringSubmatch(bare); m != nil {
		p.Updates = with(p.Updates, strings.ToLower(m[1]))
		return true
	}
	if m := bulletinForm.FindStringSubmatch(name); m != nil {
		p.Bulletins = with(p.Bulletins, bulletinName(m[1], m[2]))
		return true
	}
	if m := numberForm.FindStringSubmatch(name); m != nil {
		p.Numbers = with(p.Numbers, m[1])
		return true
	}
	return false
}

func bulletinName(year, number string) string {
	return fmt.Sprintf("MS%s-%s%s", year, strings.Repeat("0", 3-len(number)), number)
}

// bulletin is a bulletin's id in the form of this package, "" if it is none.
func bulletin(id string) string {
	if m := bulletinForm.FindStringSubmatch(strings.TrimSpace(id)); m != nil {
		return bulletinName(m[1], m[2])
	}
	return ""
}

// with adds a text to a list that does not hold it yet.
func with(list []string, text string) []string {
	if text == "" || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// Name is the patch in a sentence.
func (p *Patch) Name() string {
	switch {
	case len(p.Bulletins) > 0 && len(p.Numbers) > 0:
		return p.Bulletins[0] + " (KB" + p.Numbers[0] + ")"
	case len(p.Bulletins) > 0:
		return p.Bulletins[0]
	case len(p.Numbers) > 0:
		return "KB" + p.Numbers[0]
	case len(p.Updates) > 0:
		return "update " + p.Updates[0]
	}
	return p.Text
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

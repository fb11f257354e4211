package trace

import (
	"strings"

	"patchtrace/diagnose/evidence"
)

// Resolve adds the names that evidence gives a patch: the articles of its
// bulletin, the bulletin of its article, ids of updates.
func Resolve(p Patch, ev *evidence.Set) Patch {
	asked := p
	p.Bulletins, p.Numbers, p.Updates = clone(p.Bulletins), clone(p.Numbers), clone(p.Updates)
	learn := func(s *evidence.PatchState) {
		if !asked.fits(s) {
			return
		}
		p.Bulletins = with(p.Bulletins, bulletin(s.Bulletin()))
		if len(asked.Numbers) == 0 {
			for _, n := range s.Numbers() {
				p.Numbers = with(p.Numbers, n)
			}
		}
		p.Updates = with(p.Updates, updateOf(s))
	}
	for i := range ev.Patches {
		learn(&ev.Patches[i])
	}
	for i := range ev.SitePatches {
		learn(&ev.SitePatches[i])
	}
	for i := range ev.Authorizations {
		for _, a := range ev.Authorizations[i].Patches {
			if !asked.fitsNames(bulletin(a.Bulletin), number(a.Number)) {
				continue
			}
			p.Bulletins = with(p.Bulletins, bulletin(a.Bulletin))
			if len(asked.Numbers) == 0 {
				p.Numbers = with(p.Numbers, number(a.Number))
			}
		}
	}
	for i := range ev.Catalogues {
		for _, l := range listings(&ev.Catalogues[i], asked) {
			p.Bulletins = with(p.Bulletins, bulletin(l.Bulletin))
			if len(asked.Numbers) == 0 {
				p.Numbers = with(p.Numbers, number(l.Number))
			}
		}
	}
	return p
}

func clone(list []string) []string { return append([]string(nil), list...) }

// number is an article's number without what stands before it.
func number(text string) string {
	text = strings.TrimSpace(text)
	if m := numberForm.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// updateOf is the id of the update that an instance is of, "" if it has none.
func updateOf(s *evidence.PatchState) string {
	for _, name := range []string{"UniqueId", "UniqueUpdateID", "UpdateID"} {
		var p Patch
		if v := s.Get(name); v != "" && p.add(v) && len(p.Updates) > 0 {
			return p.Updates[0]
		}
	}
	return ""
}

// fits tells whether an instance is of the patch.
func (p *Patch) fits(s *evidence.PatchState) bool {
	if u := updateOf(s); u != "" && has(p.Updates, u) {
		return true
	}
	numbers := s.Numbers()
	if len(numbers) == 0 {
		return p.fitsNames(bulletin(s.Bulletin()), "")
	}
	for _, n := range numbers {
		if p.fitsNames(bulletin(s.Bulletin()), n) {
			return true
		}
	}
	return false
}

// fitsNames tells whether a bulletin and an article are of the patch. An article
// decides where both sides know it: a bulletin may have several.
func (p *Patch) fitsNames(bulletin, number string) bool {
	if number != "" && len(p.Numbers) > 0 {
		return has(p.Numbers, number)
	}
	return bulletin != "" && has(p.Bulletins, bulletin)
}

func has(list []string, text string) bool {
	for _, s := range list {
		if strings.EqualFold(s, text) {
			return true
		}
	}
	return false
}

// listings are the patches that a copy lists under the asked names.
func listings(c *evidence.Copy, p Patch) []evidence.Listed {
	if c.Bulletins == nil || c.Err != nil || c.Missing || len(p.Bulletins)+len(p.Numbers) == 0 {
		return nil
	}
	list, err := c.Bulletins(evidence.Find{Bulletins: p.Bulletins, Numbers: p.Numbers})
	if err != nil {
		return nil
	}
	return list
}

// mentions tells whether a text names one of the ids. It runs over every line of
// a client, so it looks at dashes and digits only.
func (p *Patch) mentions(text string) bool {
	for _, n := range p.Numbers {
		if mentionsNumber(text, n) {
			return true
		}
	}
	return len(p.Updates)+len(p.Bulletins) > 0 && p.mentionsDashed(text)
}

func mentionsNumber(text, n string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], n)
		if i < 0 {
			return false
		}
		i += at
		end := i + len(n)
		if (i == 0 || !isDigit(text[i-1])) && (end == len(text) || !isDigit(text[end])) && !inHex(text, i, end) {
			return true
		}
		at = i + 1
	}
}

// inHex tells whether digits are a part of an id or of a hexadecimal number.
func inHex(text string, from, to int) bool {
	for from > 0 && (isHex(text[from-1]) || text[from-1] == '-') {
		from--
	}
	for to < len(text) && (isHex(text[to]) || text[to] == '-') {
		to++
	}
	hexadecimal := from > 1 && (text[from-1] == 'x' || text[from-1] == 'X') && text[from-2] == '0'
	return to-from >= 32 || hexadecimal
}

func (p *Patch) mentionsDashed(text string) bool {
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '-')
		if i < 0 {
			return false
		}
		i += at
		at = i + 1
		for _, u := range p.Updates {
			if i >= 8 && i+28 <= len(text) && strings.EqualFold(text[i-8:i+28], u) {
				return true
			}
		}
		for _, b := range p.Bulletins {
			if i >= 4 && i+4 <= len(text) && strings.EqualFold(text[i-4:i+4], b) &&
				(i == 4 || !isHex(text[i-5])) && (i+4 == len(text) || !isDigit(text[i+4])) {
				return true
			}
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

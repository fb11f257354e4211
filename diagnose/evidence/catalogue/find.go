package catalogue

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Hit is a patch that Find found. It has no PatchName when the bulletin brings no
// patch.
type Hit struct {
	Bulletin *Bulletin
	Patch    Patch
	// Products are the affected products, as "Windows Server 2003 (Windows Server
	// 2003 Service Pack 1)", one for each service pack. An id that the catalogue
	// does not explain stands as "product 12" or "service pack 34".
	Products []string
	// SupersededBy are the descriptions of what replaces the patch, or the bulletins
	// and patches themselves where there is none.
	SupersededBy []string
}

// Limits of what Find keeps, all of them far above what catalogues have.
const (
	maxHits     = 1000
	maxHitBytes = 16 << 20 // of the bulletins that fit
	maxNames    = 20_000   // of products, and of service packs
	maxName     = 300      // bytes of a name or a description
	maxProducts = 20_000   // of all hits together
	maxReplaced = 20       // things that replace one patch
)

// Find looks bulletins up by id ("MS04-011") or by the number of an article
// ("835732", with or without Q or KB), in one pass and in bounded memory: of a
// catalogue of any size it holds what it found, and the products' names. A number
// of a bulletin's patch finds that patch; one of the bulletin only finds all.
//
// An error comes with the hits from before it, of which products and
// superseding may be missing.
func Find(r io.Reader, ids, numbers []string) ([]Hit, error) {
	f := finder{
		d: newDecoder(r), ids: set(ids, strings.ToUpper), numbers: set(numbers, Number),
		products: map[string]string{}, packs: map[string]string{}, need: map[string]bool{},
	}
	err := f.run()
	f.resolve()
	return f.hits, err
}

// Number takes the letters off an article's number: "Q835732", "KB 835732".
func Number(text string) string {
	text = strings.ToUpper(strings.TrimSpace(text))
	text = strings.TrimPrefix(strings.TrimPrefix(text, "KB"), "Q")
	return strings.TrimLeft(strings.TrimSpace(text), "0")
}

func set(list []string, canon func(string) string) map[string]bool {
	m := map[string]bool{}
	for _, s := range list {
		if s = canon(strings.TrimSpace(s)); s != "" {
			m[s] = true
		}
	}
	return m
}

type finder struct {
	d            *decoder
	ids, numbers map[string]bool
	hits         []Hit
	// products and packs are names by id. need are the ids of found patches, which
	// are kept even when there are too many names.
	products, packs map[string]string
	need            map[string]bool
	held            int64 // bytes of text of the hits
}

func (f *finder) run() error {
	started := false
	for {
		token, err := f.d.next()
		switch {
		case errors.Is(err, io.EOF) && started:
			return nil
		case err != nil:
			return f.d.errorAt(err)
		}
		el, ok := token.(xml.StartElement)
		switch {
		case !ok:
		case f.d.depth == 1:
			if _, err := headOf(el); err != nil {
				return err
			}
			started = true
		default:
			if err := f.take(el); err != nil {
				return f.d.errorAt(err)
			}
		}
	}
}

func (f *finder) take(el xml.StartElement) error {
	switch el.Name.Local {
	case "Bulletin":
		var b Bulletin
		from := f.d.inner.InputOffset()
		if err := f.d.keep(&b, el); err != nil {
			return fmt.Errorf("bulletin %.40q: %w", attribute(el, "BulletinID"), err)
		}
		return f.bulletin(&b, f.d.inner.InputOffset()-from)
	case "Product":
		f.name(f.products, "product ", attribute(el, "ProductID"), attribute(el, "Name"))
	case "ServicePack":
		f.name(f.packs, "service pack ", attribute(el, "ServicePackID"), attribute(el, "Name"))
	case "SupercededBy":
		var s SupercededBy
		if err := f.d.keep(&s, el); err != nil {
			return err
		}
		f.supersede(s)
	}
	return nil
}

func attribute(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (f *finder) name(names map[string]string, kind, id, name string) {
	if len(id) <= maxName && (len(names) < maxNames || f.need[kind+id]) {
		names[id] = short(name)
	}
}

func (f *finder) bulletin(b *Bulletin, size int64) error {
	patches := f.fitting(b)
	if patches == nil {
		return nil
	}
	if f.held += size; f.held > maxHitBytes || len(f.hits)+len(patches) > maxHits {
		return fmt.Errorf("the patches that fit are more than %d, or more than %d MiB: %w", maxHits, maxHitBytes>>20, ErrLong)
	}
	about := *b
	about.Patches, about.Summary, about.Issue = nil, "", "" // the long texts are not asked for
	for _, p := range patches {
		f.hits = append(f.hits, Hit{Bulletin: &about, Patch: p})
		for _, a := range p.AffectedProducts {
			f.need["product "+a.ProductID] = true
			for _, sp := range a.ServicePacks {
				f.need["service pack "+sp.ServicePackID] = true
			}
		}
	}
	return nil
}

// fitting returns the patches that were asked for, nil when the bulletin is none
// of those.
func (f *finder) fitting(b *Bulletin) []Patch {
	all := b.Patches
	if len(all) == 0 {
		all = []Patch{{}}
	}
	if f.ids[strings.ToUpper(strings.TrimSpace(b.BulletinID))] {
		return all
	}
	var some []Patch
	for _, p := range b.Patches {
		if f.wanted(p.SQNumber) {
			some = append(some, p)
		}
	}
	if some != nil {
		return some
	}
	for _, q := range b.QNumbers {
		if f.wanted(q.QNumber) {
			return all
		}
	}
	return nil
}

// wanted looks at an attribute with one number, or several.
func (f *finder) wanted(text string) bool {
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" ,;/\t\r\n", r) }) {
		if f.numbers[Number(part)] {
			return true
		}
	}
	return false
}

// supersede keeps what replaces a found patch. In every published file these
// entries stand behind the bulletins: before them they find nothing.
func (f *finder) supersede(s SupercededBy) {
	for i := range f.hits {
		h := &f.hits[i]
		for _, by := range h.replacedBy(&s) {
			if by = short(by); by != "" && len(h.SupersededBy) < maxReplaced && !slices.Contains(h.SupersededBy, by) {
				h.SupersededBy = append(h.SupersededBy, by)
			}
		}
	}
}

// replacedBy names what replaces the patch according to an entry. A patch refers to
// its entry by SBID. That is published; what the entry's own list of bulletins
// means is not. Where it names the patch itself (as the practice lab's does) that
// is a reference too; where it names others they stand for a description that is
// missing. Nothing replaces itself.
func (h *Hit) replacedBy(s *SupercededBy) []string {
	id := strings.TrimSpace(h.Patch.SBID)
	linked := id != "" && id != "0" && id == strings.TrimSpace(s.SBID)
	var others []string
	for _, b := range s.Bulletins {
		own := strings.EqualFold(b.BulletinID, h.Bulletin.BulletinID)
		for _, p := range b.Patches {
			if own && strings.EqualFold(p.PatchName, h.Patch.PatchName) {
				linked = true
			} else {
				others = append(others, b.BulletinID+" ("+p.PatchName+")")
			}
		}
		if len(b.Patches) == 0 && !own {
			others = append(others, b.BulletinID)
		}
	}
	own := strings.TrimSpace(h.Bulletin.BulletinID)
	about := strings.TrimSpace(s.Description)
	switch {
	case !linked:
		return nil
	case about == "":
		return others
	case len(about) >= len(own) && strings.EqualFold(about[:len(own)], own):
		return nil
	}
	return []string{about}
}

// resolve names the products of the hits.
func (f *finder) resolve() {
	left := maxProducts
	for i := range f.hits {
		h := &f.hits[i]
		for _, a := range h.Patch.AffectedProducts {
			name := named(f.products, "product ", a.ProductID)
			if len(a.ServicePacks) == 0 && left > 0 {
				left--
				h.Products = append(h.Products, name)
			}
			for _, sp := range a.ServicePacks {
				if left--; left < 0 {
					return
				}
				h.Products = append(h.Products, name+" ("+named(f.packs, "service pack ", sp.ServicePackID)+")")
			}
		}
	}
}

func named(names map[string]string, kind, id string) string {
	if name := names[id]; name != "" {
		return name
	}
	return kind + short(id)
}

// short cuts what no name and no description needs.
func short(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > maxName {
		text = strings.ToValidUTF8(text[:maxName], "") + "…"
	}
	return strings.Clone(text) // what is kept must not keep the rest
}

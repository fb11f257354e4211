package practice

import (
	"strings"

	"patchtrace/diagnose/evidence/catalogue"
)

// State is whether a client has a patch.
type State string

// States of a patch that concerns a client.
const (
	Installed  State = "Installed"
	Applicable State = "Applicable"
)

// Client is what a catalogue is compared with.
type Client interface {
	// ServicePack returns the service pack of a product, by the names that the
	// catalogue uses; ok is false when the client lacks the product.
	ServicePack(product string) (name string, ok bool)
	// Version returns a file's version, "" when the client lacks the file.
	Version(path string) string
}

// Result is what a scan says of one patch on one product.
type Result struct {
	Bulletin *catalogue.Bulletin
	Patch    *catalogue.Patch
	Product  string // with its service pack
	Severity string
	State    State
}

// Scan compares a client with the catalogue. Patches for other products, and
// those that a newer one replaces, are left out.
func Scan(c *catalogue.Catalogue, client Client) []Result {
	x := indexOf(c)
	var found []Result
	for i := range c.Bulletins {
		b := &c.Bulletins[i]
		for k := range b.Patches {
			p := &b.Patches[k]
			if x.replaced[b.BulletinID+"\n"+strings.ToLower(p.PatchName)] {
				continue
			}
			for _, product := range x.affected(p, client) {
				found = append(found, Result{Bulletin: b, Patch: p, Product: product, Severity: x.severity[p.MSSeverityID], State: x.state(p, client)})
			}
		}
	}
	return found
}

// index finds things by their ids.
type index struct {
	products map[string]string
	packs    map[string]string
	files    map[string]*catalogue.File
	severity map[string]string
	replaced map[string]bool
}

func indexOf(c *catalogue.Catalogue) *index {
	x := &index{map[string]string{}, map[string]string{}, map[string]*catalogue.File{}, map[string]string{}, map[string]bool{}}
	for _, p := range c.Products {
		x.products[p.ProductID] = p.Name
	}
	for _, p := range c.ServicePacks {
		x.packs[p.ServicePackID] = p.Name
	}
	for i := range c.Files {
		x.files[c.Files[i].FileChangeID] = &c.Files[i]
	}
	for _, s := range c.MSSeverities {
		x.severity[s.MSSeverityID] = s.Name
	}
	for _, s := range c.SupercededBys {
		for _, b := range s.Bulletins {
			for _, p := range b.Patches {
				x.replaced[b.BulletinID+"\n"+strings.ToLower(p.PatchName)] = true
			}
		}
	}
	return x
}

// affected names the client's products that the patch is for.
func (x *index) affected(p *catalogue.Patch, client Client) []string {
	var names []string
	for _, a := range p.AffectedProducts {
		pack, ok := client.ServicePack(x.products[a.ProductID])
		if !ok {
			continue
		}
		for _, sp := range a.ServicePacks {
			if x.packs[sp.ServicePackID] == pack {
				names = append(names, pack)
			}
		}
	}
	return names
}

// state compares the versions of the files that the patch brings.
func (x *index) state(p *catalogue.Patch, client Client) State {
	for _, chg := range p.FileChgs {
		if f := x.files[chg.FileChangeID]; f != nil && catalogue.Compare(client.Version(f.Path()), f.Version) < 0 {
			return Applicable
		}
	}
	return Installed
}

// FilesOf returns the files that a patch brings.
func FilesOf(c *catalogue.Catalogue, p *catalogue.Patch) []catalogue.File {
	x := indexOf(c)
	var files []catalogue.File
	for _, chg := range p.FileChgs {
		if f := x.files[chg.FileChangeID]; f != nil {
			files = append(files, *f)
		}
	}
	return files
}

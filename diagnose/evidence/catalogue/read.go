package catalogue

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// ErrNotCatalogue says that an XML file has another root element.
var ErrNotCatalogue = errors.New("not a bulletin catalogue")

const root = "BulletinDatastore"

// ReadHead reads the root element's start and no further, however large the
// catalogue is. What stands before it may have 1 MiB.
func ReadHead(r io.Reader) (Head, error) {
	d := newDecoder(r)
	for {
		token, err := d.Token()
		if err != nil {
			return Head{}, d.errorAt(err)
		}
		if el, ok := token.(xml.StartElement); ok {
			return headOf(el)
		}
	}
}

func headOf(el xml.StartElement) (Head, error) {
	var h Head
	if el.Name.Local != root {
		return h, fmt.Errorf("read catalogue: the root is %.100q: %w", el.Name.Local, ErrNotCatalogue)
	}
	fields := map[string]*string{
		"DataVersion": &h.DataVersion, "LastDataUpdate": &h.LastDataUpdate, "SchemaVersion": &h.SchemaVersion,
		"LastSchemaUpdate": &h.LastSchemaUpdate, "ToolVersion": &h.ToolVersion, "RevisionHistory": &h.RevisionHistory,
	}
	for _, a := range el.Attr {
		if field := fields[a.Name.Local]; field != nil {
			*field = a.Value
		}
	}
	return h, nil
}

// Read reads a catalogue element by element: its text is never in memory as a
// whole, but all that is in it is. What it does not know it skips.
func Read(r io.Reader) (*Catalogue, error) {
	var c Catalogue
	d := newDecoder(r)
	for {
		token, err := d.next()
		if errors.Is(err, io.EOF) && c.XMLName.Local != "" {
			return &c, nil
		}
		if err != nil {
			return nil, d.errorAt(err)
		}
		el, ok := token.(xml.StartElement)
		switch {
		case !ok:
		case d.depth == 1:
			if c.Head, err = headOf(el); err != nil {
				return nil, err
			}
			c.XMLName = el.Name
		default:
			if err := c.take(d, el); err != nil {
				return nil, d.errorAt(err)
			}
		}
	}
}

// take reads one element of those that are kept, up to its end.
func (c *Catalogue) take(d *decoder, el xml.StartElement) error {
	switch el.Name.Local {
	case "Bulletin":
		return one(d, el, &c.Bulletins)
	case "Product":
		return one(d, el, &c.Products)
	case "ServicePack":
		return one(d, el, &c.ServicePacks)
	case "File":
		return one(d, el, &c.Files)
	case "MSSeverity":
		return one(d, el, &c.MSSeverities)
	case "SupercededBy":
		return one(d, el, &c.SupercededBys)
	}
	return nil
}

func one[T any](d *decoder, el xml.StartElement, list *[]T) error {
	var v T
	if err := d.keep(&v, el); err != nil {
		return err
	}
	*list = append(*list, v)
	return nil
}

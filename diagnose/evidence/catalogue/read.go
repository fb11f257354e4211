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
// catalogue is.
func ReadHead(r io.Reader) (Head, error) {
	_, h, err := start(r)
	return h, err
}

// start reads up to the root element.
func start(r io.Reader) (*xml.Decoder, Head, error) {
	d := xml.NewDecoder(r)
	for {
		token, err := d.RawToken()
		if err != nil {
			return nil, Head{}, readError(d, eof(err))
		}
		el, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if el.Name.Local != root {
			return nil, Head{}, fmt.Errorf("read catalogue: the root is %s: %w", el.Name.Local, ErrNotCatalogue)
		}
		return d, headOf(el), nil
	}
}

func headOf(el xml.StartElement) Head {
	var h Head
	fields := map[string]*string{
		"DataVersion": &h.DataVersion, "LastDataUpdate": &h.LastDataUpdate, "SchemaVersion": &h.SchemaVersion,
		"LastSchemaUpdate": &h.LastSchemaUpdate, "ToolVersion": &h.ToolVersion, "RevisionHistory": &h.RevisionHistory,
	}
	for _, a := range el.Attr {
		if field := fields[a.Name.Local]; field != nil {
			*field = a.Value
		}
	}
	return h
}

// Read reads a catalogue element by element: its text is never in memory as a
// whole. What it does not know it skips.
func Read(r io.Reader) (*Catalogue, error) {
	var c Catalogue
	d := xml.NewDecoder(r)
	depth := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && c.XMLName.Local != "" {
			return &c, nil
		}
		if err != nil {
			return nil, readError(d, eof(err))
		}
		switch el := token.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			depth++
			if depth == 1 {
				if el.Name.Local != root {
					return nil, fmt.Errorf("read catalogue: the root is %s: %w", el.Name.Local, ErrNotCatalogue)
				}
				c.XMLName, c.Head = el.Name, headOf(el)
				continue
			}
			used, err := c.take(d, el)
			if err != nil {
				return nil, readError(d, eof(err))
			}
			if used {
				depth--
			}
		}
	}
}

// take reads one element of those that are kept, up to its end.
func (c *Catalogue) take(d *xml.Decoder, el xml.StartElement) (used bool, err error) {
	switch el.Name.Local {
	case "Bulletin":
		return true, one(d, el, &c.Bulletins)
	case "Product":
		return true, one(d, el, &c.Products)
	case "ServicePack":
		return true, one(d, el, &c.ServicePacks)
	case "File":
		return true, one(d, el, &c.Files)
	case "MSSeverity":
		return true, one(d, el, &c.MSSeverities)
	case "SupercededBy":
		return true, one(d, el, &c.SupercededBys)
	}
	return false, nil
}

func one[T any](d *xml.Decoder, el xml.StartElement, list *[]T) error {
	var v T
	if err := d.DecodeElement(&v, &el); err != nil {
		return err
	}
	*list = append(*list, v)
	return nil
}

// eof makes an end inside of the document an error.
func eof(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func readError(d *xml.Decoder, err error) error {
	return fmt.Errorf("read catalogue at byte %d: %w", d.InputOffset(), err)
}

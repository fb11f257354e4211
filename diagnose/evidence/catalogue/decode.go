package catalogue

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/unicode"

	"patchtrace/logparse"
)

// Kinds of what is refused in an XML file, beside ErrNotCatalogue.
var (
	// ErrDeclares: the file has a DOCTYPE or another declaration, with which
	// entities are made and files from elsewhere taken in. No catalogue has one.
	ErrDeclares = errors.New("declarations such as DOCTYPE are refused")
	// ErrExternal: the file asks for another one to be put in its place.
	ErrExternal = errors.New("references to other files are refused")
	// ErrDeep: elements stand in one another deeper than in any catalogue.
	ErrDeep = errors.New("nested too deep")
	// ErrLong: a tag, text or element is longer than in any catalogue.
	ErrLong = errors.New("too long")
)

// Limits of what is taken into memory.
const (
	maxDepth = 64
	maxToken = 1 << 20 // bytes of a tag with its attributes, a text, a comment
)

const xinclude = "http://www.w3.org/2001/XInclude"

// decoder reads XML that may be hostile. Between two calls of next at most
// maxToken bytes are read and held.
type decoder struct {
	*xml.Decoder              // with nesting checked
	inner        *xml.Decoder // that reads the text
	bound        bounded
	depth        int
}

func newDecoder(r io.Reader) *decoder {
	d := &decoder{}
	d.bound = bounded{r: bufio.NewReader(utf8Of(r)), left: maxToken}
	d.inner = xml.NewDecoder(&d.bound)
	d.inner.CharsetReader = d.charset
	d.Decoder = xml.NewTokenDecoder(tokens{d})
	return d
}

// next returns the next token of those that matter.
func (d *decoder) next() (xml.Token, error) {
	d.bound.left = maxToken
	return d.Token()
}

// keep decodes an element that is kept, up to its end.
func (d *decoder) keep(v any, start xml.StartElement) error {
	d.bound.left = maxToken
	return d.DecodeElement(v, &start)
}

// errorAt says where it went wrong.
func (d *decoder) errorAt(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // an end inside of the document
	}
	return fmt.Errorf("read catalogue at byte %d of its text: %w", d.inner.InputOffset(), clipped{err})
}

// clipped is an error that may quote the file at any length, cut.
type clipped struct{ error }

func (c clipped) Error() string {
	text := c.error.Error()
	if len(text) > maxName {
		text = strings.ToValidUTF8(text[:maxName], "") + "…"
	}
	return text
}

func (c clipped) Unwrap() error { return c.error }

// tokens hands the tokens of the text on, and refuses what no catalogue has.
type tokens struct{ d *decoder }

func (t tokens) Token() (xml.Token, error) {
	token, err := t.d.inner.RawToken()
	if err != nil {
		return nil, err
	}
	switch el := token.(type) {
	case xml.Directive:
		return nil, ErrDeclares
	case xml.StartElement:
		if t.d.depth++; t.d.depth > maxDepth {
			return nil, ErrDeep
		}
		for _, a := range el.Attr {
			if a.Value == xinclude {
				return nil, ErrExternal
			}
		}
	case xml.EndElement:
		t.d.depth--
	}
	return token, nil
}

// bounded stops a reader that goes on for too long. It counts what the decoder
// takes, not what a buffer reads ahead.
type bounded struct {
	r    *bufio.Reader
	left int
}

func (b *bounded) ReadByte() (byte, error) {
	if b.left <= 0 {
		return 0, ErrLong
	}
	b.left--
	return b.r.ReadByte()
}

// Read is for readers of another encoding, which take more than a byte at a time.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, ErrLong
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// utf8Of reads UTF-16, with or without a byte order mark, as UTF-8, and drops the
// mark of UTF-8.
func utf8Of(r io.Reader) io.Reader {
	b := bufio.NewReader(r)
	head, _ := b.Peek(4) // a failure comes again at the first read
	order := unicode.LittleEndian
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		_, _ = b.Discard(3) // they were peeked
		return b
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte("<\x00")):
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}), bytes.HasPrefix(head, []byte("\x00<")):
		order = unicode.BigEndian
	default:
		return b
	}
	return unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(b)
}

// charset reads the text of an XML file that names its encoding.
func (d *decoder) charset(name string, in io.Reader) (io.Reader, error) {
	lower := strings.ToLower(name)
	if strings.HasPrefix(lower, "utf-16") || lower == "ucs-2" || lower == "us-ascii" {
		return in, nil // decoded already, or as good as UTF-8
	}
	page, err := logparse.CodePage(name)
	if err != nil {
		return nil, fmt.Errorf("its encoding %.40q is not known", name)
	}
	return page.NewDecoder().Reader(in), nil
}

package evidence

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Why a list of authorised updates could not be read.
var (
	// ErrXMLEmpty says that there is nothing in the file.
	ErrXMLEmpty = errors.New("the file is empty")
	// ErrXMLSyntax says that it is not well-formed.
	ErrXMLSyntax = errors.New("not well-formed XML")
	// ErrXMLRefused says that it holds what may lead out of the file or blow it up.
	ErrXMLRefused = errors.New("XML with a document type, entities of its own or external references is not read")
	// ErrXMLLimit says that it holds more than such a list ever does.
	ErrXMLLimit = errors.New("more than is read of a list of updates")
)

// Bounds of what is read of a list.
const (
	maxListBytes   = 256 << 20
	maxListToken   = 256 << 10 // bytes of a tag, a text, a comment
	maxListDepth   = 64
	maxListAttrs   = 256
	maxListUpdates = 10_000
	maxListField   = 512 // bytes that are kept of a value
)

// IsAuthorization tells whether a file's name is that of a list of authorised
// updates: PatchAuthorize.xml, also with more in its name.
func IsAuthorization(name string) bool {
	base := strings.ToLower(path.Base(name))
	return strings.HasSuffix(base, ".xml") && strings.Contains(base, "patchauthorize")
}

// packageFolder is the folder of a package in a client's cache or on a
// distribution point.
var packageFolder = regexp.MustCompile(`(?i)(?:^|/)(?:vpcache|(?:sms_dp_)?smspkg(?:[a-z]?\$|[a-z]?sig\$)?)/([a-z0-9]{3}[0-9a-f]{5})/`)

// ReadAuthorization reads PatchAuthorize.xml, element by element. Its layout is not
// published: what an update is, is recognised by what the names of elements and
// attributes mean, else by the form of the ids, which is then said of each. Of a
// damaged list the updates before the damage are kept.
func ReadAuthorization(f File) Authorization {
	a := Authorization{Origin: Origin{Name: f.Name}, Modified: f.Modified}
	if m := packageFolder.FindStringSubmatch(strings.ReplaceAll(f.Name, `\`, "/")); m != nil {
		a.Package = strings.ToUpper(m[1])
	}
	switch {
	case f.Size == 0:
		a.Err = ErrXMLEmpty
		return a
	case f.Size > maxListBytes:
		a.Err = fmt.Errorf("%w: %d MB, the bound is %d MB", ErrXMLLimit, f.Size>>20, maxListBytes>>20)
		return a
	}
	file, err := f.Open()
	if err != nil {
		a.Err = err
		return a
	}
	defer file.Close()
	src, err := newXMLSource(io.NewSectionReader(file, 0, f.Size))
	if err != nil {
		a.Err = err
		return a
	}
	l := updateListReader{src: src, dec: xml.NewDecoder(src), file: f.Name}
	l.dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // src has decoded it
	a.Err = l.read()
	a.Patches = l.updates()
	a.Unknown = a.Err == nil && len(a.Patches) == 0
	return a
}

// updateListReader reads a list of updates.
type updateListReader struct {
	src  *xmlSource
	dec  *xml.Decoder
	file string

	open           []*listElement // from the root
	named, guessed []Authorized
	known          map[[2]string]bool // guessed ones, by bulletin and number
}

// updates are those that names told, else those that were guessed.
func (l *updateListReader) updates() []Authorized {
	if len(l.named) > 0 {
		return l.named
	}
	return l.guessed
}

// read reads to the end of the document.
func (l *updateListReader) read() error {
	rooted := false
	for {
		l.src.token = 0
		line, column := l.dec.InputPos()
		at := Origin{Name: l.file, Line: line, Offset: l.src.place(l.dec.InputOffset())}
		token, err := l.dec.Token()
		if errors.Is(err, io.EOF) && rooted {
			return nil
		}
		if err != nil {
			return l.broken(err)
		}
		switch token := token.(type) {
		case xml.Directive:
			return fmt.Errorf("%w: line %d: <!%.20s", ErrXMLRefused, line, printable(token))
		case xml.StartElement:
			if len(l.open) == 0 && rooted {
				return fmt.Errorf("%w: line %d, column %d: a second root element", ErrXMLSyntax, line, column)
			}
			rooted = true
			err = l.start(token, at)
		case xml.EndElement:
			l.end()
		case xml.CharData:
			if len(l.open) > 0 {
				l.open[len(l.open)-1].say(token)
			} else if strings.Trim(string(token), " \t\r\n\x00\x1a") != "" {
				return fmt.Errorf("%w: line %d, column %d: text outside of the root element", ErrXMLSyntax, line, column)
			}
		}
		if err == nil && len(l.named)+len(l.guessed) > maxListUpdates {
			err = fmt.Errorf("%w: line %d: more than %d updates", ErrXMLLimit, line, maxListUpdates)
		}
		if err != nil {
			return err
		}
	}
}

// printable is a piece of a text that may be shown in an error.
func printable(text []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, string(text[:min(len(text), 64)]))
}

// broken says why the decoder stopped.
func (l *updateListReader) broken(err error) error {
	line, column := l.dec.InputPos()
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, errLongToken):
		return fmt.Errorf("%w: line %d: a tag, text, comment or document type of more than %d KB", ErrXMLLimit, line, maxListToken>>10)
	case errors.Is(err, io.EOF) && l.src.raw == 0 || errors.Is(err, io.EOF) && l.src.blank:
		return ErrXMLEmpty
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: line %d, column %d: no root element", ErrXMLSyntax, line, column)
	case errors.As(err, &syntax) && strings.Contains(syntax.Msg, "character entity"):
		return fmt.Errorf("%w: line %d, column %d: %s", ErrXMLRefused, line, column, printable([]byte(syntax.Msg)))
	case errors.As(err, &syntax):
		return fmt.Errorf("%w: line %d, column %d: %s", ErrXMLSyntax, line, column, printable([]byte(syntax.Msg)))
	case errors.Is(err, errSource):
		return err
	}
	return fmt.Errorf("%w: line %d, column %d: %.100q", ErrXMLSyntax, line, column, err.Error())
}

// start opens an element.
func (l *updateListReader) start(token xml.StartElement, at Origin) error {
	switch {
	case strings.Contains(token.Name.Space, "XInclude"):
		return fmt.Errorf("%w: line %d: <%.20s> includes another file", ErrXMLRefused, at.Line, printable([]byte(token.Name.Local)))
	case len(l.open) == maxListDepth:
		return fmt.Errorf("%w: line %d: elements in elements, more than %d deep", ErrXMLLimit, at.Line, maxListDepth)
	case len(token.Attr) > maxListAttrs:
		return fmt.Errorf("%w: line %d: an element of more than %d attributes", ErrXMLLimit, at.Line, maxListAttrs)
	}
	for i, a := range token.Attr {
		if slices.ContainsFunc(token.Attr[:i], func(b xml.Attr) bool { return a.Name == b.Name }) {
			return fmt.Errorf("%w: line %d: the attribute %.40s comes twice", ErrXMLSyntax, at.Line, printable([]byte(a.Name.Local)))
		}
	}
	l.opened(token, at)
	return nil
}

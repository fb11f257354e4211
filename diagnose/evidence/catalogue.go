package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path"
	"regexp"
	"strings"

	"patchtrace/diagnose/evidence/cab"
	"patchtrace/diagnose/evidence/catalogue"
)

const (
	// maxWhole is the size up to which a copy is read whole, for its digest and its
	// checksums. Larger ones are told by their dates.
	maxWhole = 128 << 20
	// maxInside bounds the catalogue in a cabinet; it is read as a stream.
	maxInside = 1 << 30
)

var (
	catalogueBase = regexp.MustCompile(`(?i)^(?:mssecure(?:_\d{4,5})?\.(?:cab|xml)|invcif\.exe|wsusscan\.cab|wsusscn2\.cab)$`)
	mssecureXML   = regexp.MustCompile(`(?i)^mssecure(?:_\d{4,5})?\.xml$`)
)

// IsCatalogue tells by the name of a file, without case and with slashes of either
// kind, whether it is a copy of a catalogue.
func IsCatalogue(name string) bool { return catalogueBase.MatchString(path.Base(slashes(name))) }

func slashes(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// ReadCatalogue reads what a copy of a catalogue tells of itself: its dates, its
// version, its digest. Place, track and package are told by its path. A cabinet of
// up to 128 MiB is held against its checksums; the catalogue inside is not unpacked
// for that. It never takes a file into memory. What is wrong is in Err, in a
// sentence.
func ReadCatalogue(f File) Copy {
	c := Copy{Origin: Origin{Name: f.Name}, Size: f.Size}
	if !f.Modified.IsZero() {
		c.Downloaded = f.Modified.UTC()
	}
	c.Place, c.Track, c.Package = placeOf(f.Name)
	c.Generation = generationOf(f.Name)
	c.Err = c.look(f)
	return c
}

// generationOf goes by the name; what has another one was recognised by its
// content, and there is one kind of which that is told.
func generationOf(name string) Generation {
	switch strings.ToLower(path.Base(slashes(name))) {
	case "invcif.exe":
		return Office
	case "wsusscan.cab":
		return WSUSScan
	case "wsusscn2.cab":
		return WSUSScn2
	}
	return MSSecure
}

func (c *Copy) look(f File) error {
	if f.Open == nil {
		return errNotOpened(errors.New("nothing is known but its name"))
	}
	in, err := f.Open()
	if err != nil {
		return errNotOpened(err)
	}
	defer in.Close()
	if f.Size <= 0 {
		return plain(nil, "the file is empty: the download or the copy was broken off")
	}
	whole := f.Size <= maxWhole
	if whole {
		if c.Digest, err = digest(in, f.Size); err != nil {
			return err
		}
	}
	head := make([]byte, min(f.Size, 16))
	if n, err := in.ReadAt(head, 0); n < len(head) {
		return errReading(err)
	}
	switch {
	case c.Generation == Office:
		return isProgram(head)
	case bytes.HasPrefix(head, []byte("MSCF")), strings.EqualFold(path.Ext(f.Name), ".cab"):
		return c.cabinet(f, in, head, whole)
	}
	return c.text(f, in)
}

// digest reads the file once.
func digest(in io.ReaderAt, size int64) (string, error) {
	sum := sha256.New()
	n, err := io.Copy(sum, io.NewSectionReader(in, 0, size))
	switch {
	case err != nil:
		return "", errReading(err)
	case n < size:
		return "", errCut("file", n, size, nil)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// isProgram looks whether a download is what it should be. What is in the program
// is not looked at.
func isProgram(head []byte) error {
	if bytes.HasPrefix(head, []byte("MZ")) {
		return nil
	}
	return errOther("program", head, nil)
}

// cabinet reads a cabinet's dates, and the head of the catalogue in it.
func (c *Copy) cabinet(f File, in io.ReaderAt, head []byte, whole bool) error {
	r, err := cab.Open(in, f.Size)
	if err != nil {
		return errCabinet(err, nil, f.Size, head)
	}
	c.dates(r)
	damage := error(nil)
	switch {
	case r.Missing() > 0:
		damage = errCabinet(cab.ErrCut, r, f.Size, head)
	case whole:
		damage = errCabinet(r.Verify(), r, f.Size, head)
	}
	if c.Generation == MSSecure {
		damage = firstError(damage, c.inside(f, r, head))
	}
	return firstError(damage, errUnsafe(r))
}

func firstError(first, then error) error {
	if first != nil {
		return first
	}
	return then
}

// dates takes the date of the newest file. That of Microsoft Update has many small
// ones beside the catalogue, which is package.cab.
func (c *Copy) dates(r *cab.Reader) {
	for i := range r.Files {
		f := &r.Files[i]
		if strings.EqualFold(path.Base(f.Name), "package.cab") && c.Generation != MSSecure && !f.Modified.IsZero() {
			c.Packed = f.Modified
			return
		}
		if f.Modified.After(c.Packed) {
			c.Packed = f.Modified
		}
	}
}

// inside reads the head of the mssecure.xml in a cabinet.
func (c *Copy) inside(f File, r *cab.Reader, head []byte) error {
	entry, err := xmlIn(r)
	if err != nil {
		return err
	}
	c.Bulletins = func(find Find) ([]Listed, error) {
		in, err := f.Open()
		if err != nil {
			return nil, errNotOpened(err)
		}
		defer in.Close()
		r, err := cab.Open(in, f.Size)
		if err != nil {
			return nil, errCabinet(err, nil, f.Size, head)
		}
		content, err := r.Content(entry.Name, maxInside)
		if err != nil {
			return nil, errCabinet(err, r, f.Size, head)
		}
		list, err := search(content, find)
		return list, errContent(err, r, f.Size, head)
	}
	content, err := r.Content(entry.Name, maxInside)
	if errors.Is(err, cab.ErrMethod) {
		c.Opaque = errCabinet(err, r, f.Size, head)
		return nil
	}
	if err == nil {
		err = c.head(content)
	}
	return errContent(err, r, f.Size, head)
}

// xmlIn finds the catalogue in a cabinet: by its name, or as the only XML there is.
func xmlIn(r *cab.Reader) (*cab.File, error) {
	var named, unsafe *cab.File
	var others []*cab.File
	for i := range r.Files {
		f := &r.Files[i]
		switch base := path.Base(f.Name); {
		case mssecureXML.MatchString(base) && errors.Is(f.Err, cab.ErrName):
			unsafe = f
		case mssecureXML.MatchString(base) && named == nil:
			named = f
		case strings.EqualFold(path.Ext(base), ".xml") && !errors.Is(f.Err, cab.ErrName):
			others = append(others, f)
		}
	}
	switch {
	case named != nil:
		return named, nil
	case unsafe != nil:
		return nil, plain(unsafe.Err, "the cabinet has mssecure.xml only under the name %.100q, which would leave its folder: no tool of the maker writes that, do not unpack it", unsafe.Name)
	case len(others) == 1:
		return others[0], nil
	}
	return nil, errNoXML(r)
}

// text reads a bare mssecure.xml.
func (c *Copy) text(f File, in io.ReaderAt) error {
	c.Bulletins = func(find Find) ([]Listed, error) {
		in, err := f.Open()
		if err != nil {
			return nil, errNotOpened(err)
		}
		defer in.Close()
		list, err := search(io.NewSectionReader(in, 0, f.Size), find)
		return list, errContent(err, nil, f.Size, nil)
	}
	if err := c.head(io.NewSectionReader(in, 0, f.Size)); err != nil {
		return errContent(err, nil, f.Size, nil)
	}
	return ended(in, f.Size)
}

func (c *Copy) head(r io.Reader) error {
	h, err := catalogue.ReadHead(r)
	c.DataVersion, c.Published = h.DataVersion, h.Updated()
	return err
}

// ended looks at the end of an XML file for that of its root element: of a file
// that was broken off it is missing.
func ended(in io.ReaderAt, size int64) error {
	tail := make([]byte, min(size, 8<<10))
	if n, err := in.ReadAt(tail, size-int64(len(tail))); n < len(tail) {
		return errReading(err)
	}
	tail = bytes.ReplaceAll(tail, []byte{0}, nil) // UTF-16
	if bytes.Contains(tail, []byte("</BulletinDatastore")) || bytes.Contains(tail, []byte("<BulletinDatastore")) && bytes.Contains(tail, []byte("/>")) {
		return nil
	}
	return plain(io.ErrUnexpectedEOF, "mssecure.xml is cut: after %s bytes it ends without </BulletinDatastore>; the download or the copy was broken off", grouped(size))
}

// search looks bulletins up.
func search(r io.Reader, find Find) ([]Listed, error) {
	hits, err := catalogue.Find(r, find.Bulletins, find.Numbers)
	var list []Listed
	for i := range hits {
		h := &hits[i]
		l := Listed{
			Bulletin: h.Bulletin.BulletinID, Number: catalogue.Number(h.Patch.SQNumber), Patch: h.Patch.PatchName, Title: h.Bulletin.Title,
			Posted: h.Bulletin.Posted(), Revised: h.Bulletin.Revised(), Products: h.Products, SupersededBy: h.SupersededBy,
		}
		if l.Number == "" && len(h.Bulletin.QNumbers) > 0 {
			l.Number = catalogue.Number(h.Bulletin.QNumbers[0].QNumber)
		}
		list = append(list, l)
	}
	return list, err
}

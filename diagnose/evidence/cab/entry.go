package cab

import (
	"fmt"
	"time"
)

// File is a file in a cabinet.
type File struct {
	// Name is its path with slashes between folders, whatever the cabinet has
	// there. It is as hostile as the cabinet: see Err.
	Name string
	Size int64
	// Modified is the wall clock of whoever packed it. The zone is not known, and
	// the result says UTC; it is zero when the cabinet's fields are no date.
	Modified time.Time
	// Attributes are those of DOS.
	Attributes Attributes
	// Method is how it is packed.
	Method Method
	// Err is why its content cannot be had, nil when it may be tried: ErrName for a
	// name that would leave the folder or meet a device, ErrMethod, or ErrSpanned.
	// It is an *Error.
	Err error

	folder int
	offset int64 // in the unpacked folder
}

// Numbers of the folder that say that a file goes beyond this cabinet.
const (
	fromPrev        = 0xfffd
	toNext          = 0xfffe
	fromPrevAndNext = 0xffff
)

// file reads an entry of the directory. A fault of the one file is noted in it
// and hides no other; one that leaves the place of the next unknown ends it all.
func (r *Reader) file(i int, at int64) (next int64, err error) {
	what := fmt.Sprintf("entry of file %d", i)
	b, err := r.bytes(at, fileSize, what)
	if err != nil {
		return 0, err
	}
	name, next, err := r.text(at+fileSize, "file name")
	if err != nil {
		return 0, err
	}
	attributes := Attributes(le.Uint16(b[14:]))
	f := File{
		Name: entryName(name, attributes&nameUTF8 != 0), Size: int64(le.Uint32(b)), offset: int64(le.Uint32(b[4:])),
		Modified: wallTime(le.Uint16(b[10:]), le.Uint16(b[12:])), Attributes: attributes &^ nameUTF8,
	}
	number := int(le.Uint16(b[8:]))
	switch {
	case number == fromPrev || number == fromPrevAndNext:
		r.folders[0].begun = true
		f.Err = fault(at+8, ErrSpanned, "%s", what)
	case number == toNext:
		f.folder = len(r.folders) - 1
		f.Err = fault(at+8, ErrSpanned, "%s", what)
	case number >= len(r.folders):
		return 0, fault(at+8, ErrDamaged, "%s", what)
	default:
		f.folder = number
	}
	from := r.folders[f.folder]
	f.Method = from.method
	switch {
	case !safeName(f.Name):
		f.Err = fault(at+fileSize, ErrName, "file name %q", f.Name)
	case f.Err == nil && f.Method != Stored && f.Method != MSZIP:
		f.Err = fault(from.entryAt+6, ErrMethod, "folder %d (%s)", f.folder, f.Method)
	}
	r.Files = append(r.Files, f)
	return next, nil
}

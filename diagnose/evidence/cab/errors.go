package cab

import (
	"errors"
	"fmt"
)

// Kinds of faults. An *Error wraps one of them.
var (
	// ErrNotCab: the file does not begin like a cabinet.
	ErrNotCab = errors.New("not a cabinet")
	// ErrCut: the file ends before the cabinet does.
	ErrCut = errors.New("the cabinet is cut")
	// ErrChecksum: the bytes of a block are not those that were packed.
	ErrChecksum = errors.New("wrong checksum")
	// ErrDamaged: fields of the cabinet contradict each other, or a block cannot
	// be unpacked.
	ErrDamaged = errors.New("the cabinet is damaged")
	// ErrName: a file name would leave the folder, means a device, or has
	// characters that no name may have.
	ErrName = errors.New("unsafe file name")
	// ErrMethod: a folder is packed with a method that is not supported.
	ErrMethod = errors.New("compression method not supported")
	// ErrSpanned: the bytes are partly in another cabinet of the set.
	ErrSpanned = errors.New("it goes on in another cabinet of the set")
	// ErrLarge: a file is larger than the caller allows.
	ErrLarge = errors.New("too large")
	// ErrNoFile: the cabinet has no file of that name.
	ErrNoFile = errors.New("no such file in the cabinet")
)

// Error says what is wrong with a cabinet and where.
type Error struct {
	// Offset is the byte at which the fault was met.
	Offset int64
	// What was being read there: "header", "block 3 of folder 0".
	What string
	// Err is one of the kinds, or a failure of the reader below.
	Err error
}

func (e *Error) Error() string {
	return fmt.Sprintf("read %s at byte %d: %v", e.What, e.Offset, e.Err)
}

// Unwrap returns the kind of the fault.
func (e *Error) Unwrap() error { return e.Err }

func fault(offset int64, err error, what string, args ...any) error {
	return &Error{Offset: offset, What: fmt.Sprintf(what, args...), Err: err}
}

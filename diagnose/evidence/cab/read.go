package cab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Reader is an open cabinet. Its directory has been read and checked; the files'
// bytes are read and checked when they are asked for.
type Reader struct {
	// Files are the files in the order in which they were packed.
	Files []File
	// Size is how long the cabinet says it is, without a signature behind it.
	Size int64
	// Previous and Next are the names of the cabinets before and behind this one
	// when it is one of several, as they stand in it. They are not checked.
	Previous, Next string

	src       io.ReaderAt
	length    int64 // of src
	set       uint16
	folders   []folder
	perFolder int // reserved bytes of every folder
	perData   int // reserved bytes of every block
	sigAt     int64
	sigSize   int64
}

// folder is a run of blocks in which files lie one after the other.
type folder struct {
	at      int64 // of the first block
	entryAt int64 // of its entry in the directory
	blocks  int
	method  Method
	// begun is true when its first bytes are in the cabinet before.
	begun bool
}

// Open reads the directory of the cabinet that src holds in its first length
// bytes, of any method and also of one of several cabinets. The error is an
// *Error. Nothing of what Open takes into memory is larger than what it read.
func Open(src io.ReaderAt, length int64) (*Reader, error) {
	r := &Reader{src: src, length: length}
	h, err := r.header()
	if err != nil {
		return nil, err
	}
	at, err := r.extras(&h)
	if err != nil {
		return nil, err
	}
	for i := range h.folders {
		if err := r.folder(i, at); err != nil {
			return nil, err
		}
		at += folderSize + int64(r.perFolder)
	}
	at = h.filesAt
	for i := range h.files {
		if at, err = r.file(i, at); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Missing returns how many bytes the file lacks to be the cabinet that its
// header promises; 0 when it is whole.
func (r *Reader) Missing() int64 { return max(0, r.Size-r.length) }

// Spanned is true for one of several cabinets: files may begin in the one before
// or end in the one behind.
func (r *Reader) Spanned() bool { return r.set != 0 }

// Signature returns the bytes that a signature covers and the signature; both
// are nil when the cabinet has none.
func (r *Reader) Signature() (covered, signature []byte, err error) {
	switch {
	case r.sigSize == 0:
		return nil, nil, nil
	case r.sigAt != r.Size:
		return nil, nil, fault(headerSize+4, ErrDamaged, "place of the signature")
	case r.sigAt > maxCabinet || r.sigSize > maxCabinet:
		return nil, nil, fault(headerSize+4, ErrLarge, "signature")
	}
	if covered, err = r.bytes(0, r.sigAt, "signed part"); err != nil {
		return nil, nil, err
	}
	le.PutUint32(covered[headerSize+4+8:], 0)
	signature, err = r.bytes(r.sigAt, r.sigSize, "signature")
	return covered, signature, err
}

// head is what Open needs of the header.
type head struct {
	filesAt        int64
	folders, files int
	flags          uint16
}

func (r *Reader) header() (head, error) {
	var h head
	start := make([]byte, max(0, min(r.length, headerSize)))
	n, err := r.src.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return h, fault(0, err, "header")
	}
	start = start[:n]
	switch {
	case len(start) < len(magic) && strings.HasPrefix(magic, string(start)):
		return h, fault(int64(len(start)), ErrCut, "header")
	case !bytes.HasPrefix(start, []byte(magic)):
		return h, fault(0, ErrNotCab, "header")
	case len(start) < headerSize:
		return h, fault(int64(len(start)), ErrCut, "header")
	case start[25] != 1:
		return h, fault(25, ErrDamaged, "version %d.%d", start[25], start[24])
	}
	r.Size = int64(le.Uint32(start[8:]))
	h.filesAt = int64(le.Uint32(start[16:]))
	h.folders, h.files = int(le.Uint16(start[26:])), int(le.Uint16(start[28:]))
	h.flags = le.Uint16(start[30:])
	r.set = h.flags & (flagPrev | flagNext)
	if h.folders == 0 || h.filesAt < headerSize || h.filesAt > r.Size {
		return h, fault(16, ErrDamaged, "header")
	}
	return h, nil
}

// extras reads what may stand between the header and the folders: how much room
// is reserved, where a signature is, and the neighbours' names. It returns where
// the folders begin.
func (r *Reader) extras(h *head) (at int64, err error) {
	at = headerSize
	if h.flags&flagReserve != 0 {
		if at, err = r.reserve(); err != nil {
			return 0, err
		}
	}
	for _, neighbour := range []struct {
		flag uint16
		what string
		name *string
	}{{flagPrev, "name of the cabinet before", &r.Previous}, {flagNext, "name of the next cabinet", &r.Next}} {
		if h.flags&neighbour.flag == 0 {
			continue
		}
		name, next, err := r.text(at, neighbour.what)
		if err != nil {
			return 0, err
		}
		*neighbour.name = latin1(name)
		if _, at, err = r.text(next, neighbour.what+"'s disk"); err != nil { // its label says nothing here
			return 0, err
		}
	}
	return at, nil
}

func (r *Reader) reserve() (next int64, err error) {
	sizes, err := r.bytes(headerSize, 4, "reserve")
	if err != nil {
		return 0, err
	}
	size := int64(le.Uint16(sizes))
	r.perFolder, r.perData = int(sizes[2]), int(sizes[3])
	if size == signatureRef {
		ref, err := r.bytes(headerSize+4, size, "reserve")
		if err != nil {
			return 0, err
		}
		if le.Uint32(ref) == signatureMark {
			r.sigAt, r.sigSize = int64(le.Uint32(ref[4:])), int64(le.Uint32(ref[8:]))
		}
	}
	return headerSize + 4 + size, nil
}

func (r *Reader) folder(i int, at int64) error {
	b, err := r.bytes(at, folderSize, fmt.Sprintf("folder %d", i))
	if err != nil {
		return err
	}
	r.folders = append(r.folders, folder{
		at: int64(le.Uint32(b)), entryAt: at,
		blocks: int(le.Uint16(b[4:])), method: Method(le.Uint16(b[6:]) & methodMask),
	})
	return nil
}

// text reads bytes up to a NUL, and says what follows it.
func (r *Reader) text(at int64, what string) (text []byte, next int64, err error) {
	b := make([]byte, max(0, min(r.length-at, maxName+1)))
	n, err := r.src.ReadAt(b, at)
	end := bytes.IndexByte(b[:n], 0)
	switch {
	case end < 0 && err != nil && !errors.Is(err, io.EOF):
		return nil, 0, fault(at+int64(n), err, "%s", what)
	case end < 0 && n == maxName+1:
		return nil, 0, fault(at, ErrDamaged, "%s", what)
	case end < 0:
		return nil, 0, fault(min(at+int64(n), max(r.length, 0)), ErrCut, "%s", what)
	}
	return b[:end], at + int64(end) + 1, nil
}

// bytes reads size bytes of the cabinet, all of them or none.
func (r *Reader) bytes(at, size int64, what string) ([]byte, error) {
	if at < 0 || size < 0 || at+size > r.length {
		return nil, fault(max(0, min(r.length, at+size)), ErrCut, "%s", what)
	}
	b := make([]byte, size)
	if n, err := r.src.ReadAt(b, at); n < len(b) {
		if errors.Is(err, io.EOF) {
			err = ErrCut
		}
		return nil, fault(at+int64(n), err, "%s", what)
	}
	return b, nil
}

package cab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Reader is an open cabinet. Its directory has been read and checked; the files'
// bytes are read and checked when they are asked for.
type Reader struct {
	// Files are the files in the order in which they were packed.
	Files []File
	// Size is how long the cabinet says it is, without a signature behind it.
	Size int64

	src     io.ReaderAt
	length  int64 // of src
	folders []folder
	perData int // reserved bytes of every block
	sigAt   int64
	sigSize int64
}

// File is a file in a cabinet.
type File struct {
	Name string
	Size int64
	// Modified is the wall clock of whoever packed it. The zone is not known.
	Modified time.Time

	folder int
	offset int64 // in the unpacked folder
}

type folder struct {
	at     int64
	blocks int
	method Method
}

// Open reads the directory of the cabinet that src holds in its first length
// bytes. The error is an *Error.
func Open(src io.ReaderAt, length int64) (*Reader, error) {
	r := &Reader{src: src, length: length}
	h, err := r.header()
	if err != nil {
		return nil, err
	}
	at, err := r.reserve(&h)
	if err != nil {
		return nil, err
	}
	for i := range h.folders {
		if err := r.folder(i, at); err != nil {
			return nil, err
		}
		at += folderSize + int64(h.perFolder)
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

// Read returns the bytes of a file. Names are compared without case, as the
// format's own tools do.
func (r *Reader) Read(name string) ([]byte, error) {
	for i := range r.Files {
		if strings.EqualFold(r.Files[i].Name, name) {
			return r.content(&r.Files[i])
		}
	}
	return nil, fmt.Errorf("read %s: %w", name, ErrNoFile)
}

// Signature returns the bytes that a signature covers and the signature; both
// are nil when the cabinet has none.
func (r *Reader) Signature() (covered, signature []byte, err error) {
	if r.sigSize == 0 {
		return nil, nil, nil
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
	perFolder      int
}

func (r *Reader) header() (head, error) {
	var h head
	start := make([]byte, min(r.length, headerSize))
	if _, err := r.src.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return h, fault(0, err, "header")
	}
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
	switch {
	case h.flags&(flagPrev|flagNext) != 0:
		return h, fault(30, ErrSpanned, "flags %#x", h.flags)
	case h.folders == 0 || h.filesAt < headerSize || h.filesAt > r.Size:
		return h, fault(16, ErrDamaged, "header")
	}
	return h, nil
}

// reserve reads how much room is reserved and whether a signature is announced
// there. It returns where the folders begin.
func (r *Reader) reserve(h *head) (at int64, err error) {
	if h.flags&flagReserve == 0 {
		return headerSize, nil
	}
	sizes, err := r.bytes(headerSize, 4, "reserve")
	if err != nil {
		return 0, err
	}
	size := int64(le.Uint16(sizes))
	h.perFolder, r.perData = int(sizes[2]), int(sizes[3])
	if size == signatureRef {
		ref, err := r.bytes(headerSize+4, size, "reserve")
		if err != nil {
			return 0, err
		}
		r.sigAt, r.sigSize = int64(le.Uint32(ref[4:])), int64(le.Uint32(ref[8:]))
		if r.sigSize > 0 && r.sigAt != r.Size {
			return 0, fault(headerSize+4, ErrDamaged, "place of the signature")
		}
	}
	return headerSize + 4 + size, nil
}

func (r *Reader) folder(i int, at int64) error {
	b, err := r.bytes(at, folderSize, fmt.Sprintf("folder %d", i))
	if err != nil {
		return err
	}
	f := folder{at: int64(le.Uint32(b)), blocks: int(le.Uint16(b[4:])), method: Method(le.Uint16(b[6:]) & methodMask)}
	if f.method != Stored && f.method != MSZIP {
		return fault(at+6, ErrMethod, "folder %d (%s)", i, f.method)
	}
	r.folders = append(r.folders, f)
	return nil
}

func (r *Reader) file(i int, at int64) (next int64, err error) {
	what := fmt.Sprintf("entry of file %d", i)
	b, err := r.bytes(at, fileSize, what)
	if err != nil {
		return 0, err
	}
	f := File{
		Size: int64(le.Uint32(b)), offset: int64(le.Uint32(b[4:])), folder: int(le.Uint16(b[8:])),
		Modified: wallTime(le.Uint16(b[10:]), le.Uint16(b[12:])),
	}
	if f.Name, err = r.name(at+fileSize, le.Uint16(b[14:])&attrUTF8 != 0); err != nil {
		return 0, err
	}
	switch {
	case f.folder >= 0xfffd:
		return 0, fault(at+8, ErrSpanned, "%s", what)
	case f.folder >= len(r.folders):
		return 0, fault(at+8, ErrDamaged, "%s", what)
	}
	r.Files = append(r.Files, f)
	return at + fileSize + int64(r.nameLength(at+fileSize)) + 1, nil
}

// nameLength returns the length of the name at a place where name read one.
func (r *Reader) nameLength(at int64) int {
	b := make([]byte, min(r.length-at, maxName+1))
	n, _ := r.src.ReadAt(b, at)
	return max(0, bytes.IndexByte(b[:n], 0))
}

func (r *Reader) name(at int64, isUTF8 bool) (string, error) {
	b := make([]byte, max(0, min(r.length-at, maxName+1)))
	n, err := r.src.ReadAt(b, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fault(at, err, "file name")
	}
	end := bytes.IndexByte(b[:n], 0)
	switch {
	case end < 0 && n == maxName+1:
		return "", fault(at, ErrDamaged, "file name")
	case end < 0:
		return "", fault(at+int64(n), ErrCut, "file name")
	}
	name := string(b[:end])
	if !isUTF8 || !utf8.ValidString(name) {
		name = latin1(b[:end])
	}
	if err := safeName(name); err != nil {
		return "", fault(at, err, "file name %q", name)
	}
	return name, nil
}

// latin1 reads a name of no known code page: its bytes are never invalid.
func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// safeName refuses what could lead out of the folder that files are unpacked to,
// or to a device.
func safeName(name string) error {
	bad := name == "" || len(name) > maxName || name == "." || name == ".." || !utf8.ValidString(name) ||
		strings.ContainsAny(name, `/\:*?"<>|`) || strings.ContainsFunc(name, unicode.IsControl)
	if bad {
		return ErrName
	}
	return nil
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

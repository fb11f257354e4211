package cab

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxFile bounds what Read takes into memory.
const maxFile = 256 << 20

// Read returns the bytes of a file of up to 256 MiB. Names are compared without
// case, as the format's own tools do.
func (r *Reader) Read(name string) ([]byte, error) {
	content, err := r.Content(name, maxFile)
	if err != nil {
		return nil, err
	}
	// What is there decides how much memory it takes, not what is promised.
	return io.ReadAll(content)
}

// Content returns the bytes of a file as a stream that unpacks block by block,
// each checked against its checksum. A file that says it is larger than limit
// bytes is refused with ErrLarge. Reading fails with an *Error, and with io.EOF
// only when the file is whole.
//
// The blocks before the file in its folder are unpacked too: the format allows
// for 2 GiB of them.
func (r *Reader) Content(name string, limit int64) (io.Reader, error) {
	name = strings.ReplaceAll(name, `\`, "/")
	var first error
	for i := range r.Files {
		f := &r.Files[i]
		switch {
		case !strings.EqualFold(f.Name, name):
		case f.Err != nil:
			first = firstOf(first, f.Err)
		case r.folders[f.folder].begun:
			first = firstOf(first, fault(r.folders[f.folder].entryAt, ErrSpanned, "folder %d", f.folder))
		case f.Size > limit:
			return nil, fmt.Errorf("read %s of %d bytes, at most %d are allowed: %w", f.Name, f.Size, limit, ErrLarge)
		default:
			from := r.folders[f.folder]
			return &content{u: unpacker{r: r, folder: from, number: f.folder, at: from.at}, file: f, left: f.Size}, nil
		}
	}
	if first != nil {
		return nil, first
	}
	return nil, fmt.Errorf("read %s: %w", name, ErrNoFile)
}

func firstOf(first, then error) error {
	if first != nil {
		return first
	}
	return then
}

// content reads a file: the blocks of its folder from the first to the one in
// which it ends.
type content struct {
	u    unpacker
	file *File
	left int64  // bytes of the file that were not delivered
	rest []byte // of the block in hand
	err  error
}

func (c *content) Read(p []byte) (int, error) {
	for c.err == nil && len(c.rest) == 0 {
		if c.left == 0 {
			c.err = io.EOF
			break
		}
		c.rest, c.err = c.block()
	}
	if len(c.rest) == 0 {
		return 0, c.err
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	c.left -= int64(n)
	return n, nil
}

// block returns what the next block holds of the file.
func (c *content) block() ([]byte, error) {
	if c.u.block == c.u.folder.blocks {
		return nil, fault(min(c.u.at, c.u.r.length), ErrDamaged, "end of folder %d, before that of %s", c.u.number, c.file.Name)
	}
	start := c.u.done
	plain, err := c.u.next()
	if err != nil {
		return nil, err
	}
	lo := max(0, min(int64(len(plain)), c.file.offset-start))
	hi := min(int64(len(plain)), max(lo, c.file.offset+c.file.Size-start))
	return plain[lo:hi], nil
}

// unpacker reads the blocks of a folder one after the other.
type unpacker struct {
	r      *Reader
	folder folder
	number int
	block  int
	at     int64 // of the next block
	done   int64 // unpacked so far
	window []byte
	zip    io.ReadCloser
	plain  []byte
}

// next unpacks a block. What it returns is good until the next call.
func (u *unpacker) next() ([]byte, error) {
	what := fmt.Sprintf("block %d of folder %d", u.block, u.number)
	head, err := u.r.bytes(u.at, dataSize+int64(u.r.perData), what)
	if err != nil {
		return nil, err
	}
	packed, plain := int64(le.Uint16(head[4:])), int(le.Uint16(head[6:]))
	body := u.at + int64(len(head))
	switch {
	case plain == 0 && u.r.set&flagNext != 0 && u.block == u.folder.blocks-1:
		return nil, fault(u.at+6, ErrSpanned, "%s", what)
	case packed > maxPacked || plain > maxBlock || plain == 0:
		return nil, fault(u.at+4, ErrDamaged, "%s", what)
	}
	data, err := u.r.bytes(body, packed, what)
	if err != nil {
		return nil, err
	}
	if !sumHolds(head, data) {
		return nil, fault(u.at, ErrChecksum, "%s", what)
	}
	if u.folder.method == MSZIP {
		data, err = u.unzip(data, plain)
	}
	if err != nil || len(data) != plain {
		return nil, fault(body, ErrDamaged, "%s", what)
	}
	u.at = body + packed
	u.done += int64(plain)
	u.block++
	return data, nil
}

// sumHolds is true for a block without a checksum too. Makers differ in whether
// the reserve of the block counts.
func sumHolds(head, data []byte) bool {
	want := le.Uint32(head)
	return want == 0 || want == blockSum(head[4:], data) || want == blockSum(head[4:dataSize], data)
}

// unzip unpacks one block of MSZIP to at most size bytes.
func (u *unpacker) unzip(packed []byte, size int) ([]byte, error) {
	deflated, ok := bytes.CutPrefix(packed, []byte("CK"))
	if !ok {
		return nil, ErrDamaged
	}
	if u.zip == nil {
		u.zip = flate.NewReader(nil)
		u.plain = make([]byte, maxBlock+1)
	}
	if err := u.zip.(flate.Resetter).Reset(bytes.NewReader(deflated), u.window); err != nil {
		return nil, err
	}
	n, err := io.ReadFull(u.zip, u.plain[:size+1])
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) { // it holds more than it says, or nonsense
		return nil, ErrDamaged
	}
	// A short block leaves the end of the one before in the window.
	u.window = append(u.window, u.plain[:n]...)
	if over := len(u.window) - maxBlock; over > 0 {
		u.window = u.window[:copy(u.window, u.window[over:])]
	}
	return u.plain[:n], nil
}

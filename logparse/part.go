package logparse

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"unsafe"
)

// How much of a log's start is looked at, in bytes.
const (
	// SniffLen tells its encoding.
	SniffLen = 4 << 10
	// orderSniffLen tells the order of its dates.
	orderSniffLen = 64 << 10
)

// partReader reads a part as UTF-8 text (or as bytes of a code page), whatever
// its encoding. Offsets are those of the file.
type partReader struct {
	file File
	name string
	size int64
	enc  Encoding
	bom  int64
}

func openPart(p Part) (*partReader, error) {
	f, err := p.Open()
	if err != nil {
		return nil, &ReadError{Part: p.Name, Err: err}
	}
	// However much of it is asked for, the same bytes tell the encoding.
	enc, mark, err := Sniff(f)
	if err != nil {
		f.Close()
		return nil, &ReadError{Part: p.Name, Err: err}
	}
	r := &partReader{file: f, name: p.Name, size: p.Size, enc: enc, bom: min(int64(mark), p.Size)}
	return r, nil
}

// Sniff finds the encoding of a file by its start, and the length of its byte order
// mark. A file that has not SniffLen bytes yet may turn out to be of another.
func Sniff(f io.ReaderAt) (enc Encoding, mark int, err error) {
	head := make([]byte, SniffLen)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return EightBit, 0, err
	}
	enc, mark = fileEncoding(head[:n])
	return enc, mark, nil
}

// fileEncoding looks for UTF-16 without a mark only where the first characters
// hold a NUL, so that the answer does not depend on how much of the head is there.
func fileEncoding(head []byte) (Encoding, int) {
	enc, bom := sniffEncoding(head)
	if bom == 0 && bytes.IndexByte(head[:min(4, len(head))], 0) < 0 {
		return EightBit, 0
	}
	return enc, bom
}

func (r *partReader) wide() bool { return r.enc != EightBit }

// read fills b from offset; a file that has become shorter gives fewer bytes.
func (r *partReader) read(b []byte, offset int64) (int, error) {
	n, err := r.file.ReadAt(b, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, &ReadError{Part: r.name, Offset: offset + int64(n), Err: err}
	}
	return n, nil
}

// appendText appends the text of the bytes from offset to end to dst, and
// returns where it really stopped.
func (r *partReader) appendText(dst []byte, offset, end int64) ([]byte, int64, error) {
	want := int(end - offset)
	if !r.wide() {
		at := len(dst)
		dst = slices.Grow(dst, want)[:at+want]
		n, err := r.read(dst[at:], offset)
		return dst[:at+n], offset + int64(n), err
	}
	raw := make([]byte, want)
	n, err := r.read(raw, offset)
	n &^= 1
	return decodeUTF16(dst, raw[:n], r.enc), offset + int64(n), err
}

// between moves end, a place in the part, to where a character begins. What cannot
// be read there is left to whoever reads up to it.
func (r *partReader) between(end int64) int64 {
	if !r.wide() || end >= r.size {
		return end
	}
	end -= (end - r.bom) & 1
	var unit [2]byte
	if n, _ := r.read(unit[:], end); n == len(unit) && codeUnit(unit[:], r.enc)&0xFC00 == 0xDC00 {
		end -= 2 // it is the second half of a pair
	}
	return end
}

// rawLen is how many bytes of the part the text stands for.
func (r *partReader) rawLen(text []byte) int64 { return rawLen(text, r.wide()) }

func rawLen(text []byte, wide bool) int64 {
	if !wide {
		return int64(len(text))
	}
	return 2 * int64(utf16Len(unsafe.String(unsafe.SliceData(text), len(text))))
}

var newline = []byte{'\n'}

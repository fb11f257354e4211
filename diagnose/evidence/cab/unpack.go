package cab

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
)

// maxFile bounds what Read takes into memory.
const maxFile = 256 << 20

// content unpacks a file: the blocks of its folder from the first to the one in
// which it ends.
func (r *Reader) content(f *File) ([]byte, error) {
	if f.Size > maxFile {
		return nil, fmt.Errorf("read %s: more than 256 MiB: %w", f.Name, ErrDamaged)
	}
	from := r.folders[f.folder]
	u := unpacker{r: r, folder: from, number: f.folder, at: from.at}
	var data []byte
	for u.done < f.offset+f.Size {
		if u.block == from.blocks {
			return nil, fault(u.at, ErrDamaged, "end of folder %d, before that of %s", f.folder, f.Name)
		}
		start := u.done
		plain, err := u.next()
		if err != nil {
			return nil, err
		}
		lo, hi := max(0, f.offset-start), min(int64(len(plain)), f.offset+f.Size-start)
		if lo < hi {
			data = append(data, plain[lo:hi]...)
		}
	}
	return data, nil
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
}

func (u *unpacker) next() ([]byte, error) {
	what := fmt.Sprintf("block %d of folder %d", u.block, u.number)
	head, err := u.r.bytes(u.at, dataSize+int64(u.r.perData), what)
	if err != nil {
		return nil, err
	}
	packed, plain := int64(le.Uint16(head[4:])), int(le.Uint16(head[6:]))
	body := u.at + int64(len(head))
	if packed > maxPacked || plain > maxBlock || plain == 0 {
		return nil, fault(u.at+4, ErrDamaged, "%s", what)
	}
	data, err := u.r.bytes(body, packed, what)
	if err != nil {
		return nil, err
	}
	if want := le.Uint32(head); want != 0 && want != blockSum(head[4:], data) {
		return nil, fault(u.at, ErrChecksum, "%s", what)
	}
	if u.folder.method == MSZIP {
		data, err = unzip(data, u.window, plain)
		u.window = data
	}
	if err != nil || len(data) != plain {
		return nil, fault(body, ErrDamaged, "%s", what)
	}
	u.at = body + packed
	u.done += int64(plain)
	u.block++
	return data, nil
}

// unzip unpacks one block of MSZIP to at most size bytes.
func unzip(packed, window []byte, size int) ([]byte, error) {
	deflated, ok := bytes.CutPrefix(packed, []byte("CK"))
	if !ok {
		return nil, ErrDamaged
	}
	z := flate.NewReaderDict(bytes.NewReader(deflated), window)
	defer z.Close()
	plain := make([]byte, size+1)
	n, err := io.ReadFull(z, plain)
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) { // it holds more than it says, or nonsense
		return nil, ErrDamaged
	}
	return plain[:n], nil
}

package merged

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"

	"patchtrace/logparse"
)

// part is a file of a log. Its fields are guarded by Logs.mu.
type part struct {
	number int
	name   string
	open   func() (logparse.File, error)
	size   int64 // bytes that are indexed, or are to be
	id     identity
	known  bool // id was taken
	bad    bool // it could not be read
	other  bool // its text is not what was indexed, though its ends are
}

// identity tells a file from others. A name does not: logs are rotated.
type identity struct {
	info       os.FileInfo // nil when the file does not tell
	head, tail proof
	text       form
}

// form is how a file's bytes are read, as far as its start tells.
type form struct {
	enc  logparse.Encoding
	mark int
}

func formOf(f io.ReaderAt) (form, error) {
	enc, mark, err := logparse.Sniff(f)
	return form{enc, mark}, err
}

// proof is a fingerprint of some of a file's bytes.
type proof struct {
	at, n int64
	hash  uint64
}

// proofLen is how many bytes at either end of a file are proof of it.
const proofLen = 1 << 10

var seed = maphash.MakeSeed()

// ChangedError says that a file is not any more the one that was indexed: it was
// rotated, cut or overwritten. Update finds out which.
type ChangedError struct{ Part string }

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s has changed since it was read", e.Part)
}

func takeProof(f io.ReaderAt, at, n int64) (proof, error) {
	buf := make([]byte, n)
	got, err := f.ReadAt(buf, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return proof{}, err
	}
	return proof{at: at, n: int64(got), hash: maphash.Bytes(seed, buf[:got])}, nil
}

// holds tells whether the file still has the bytes.
func (p proof) holds(f io.ReaderAt) bool {
	now, err := takeProof(f, p.at, p.n)
	return err == nil && now == p
}

func fileInfo(f logparse.File) os.FileInfo {
	if s, ok := f.(interface{ Stat() (os.FileInfo, error) }); ok {
		if info, err := s.Stat(); err == nil {
			return info
		}
	}
	return nil
}

// identify takes the identity of a file of at least size bytes.
func identify(f logparse.File, size int64) (identity, error) {
	id := identity{info: fileInfo(f)}
	var err error
	if id.head, err = takeProof(f, 0, min(size, proofLen)); err != nil {
		return id, err
	}
	if id.text, err = formOf(f); err != nil {
		return id, err
	}
	from := max(0, size-proofLen)
	id.tail, err = takeProof(f, from, size-from)
	return id, err
}

// leastProof is how many bytes prove that a file is a copy of another.
const leastProof = 64

// same tells whether f is the file, grown perhaps. A copy counts as the file.
func (id identity) same(f logparse.File) bool {
	info := fileInfo(f)
	if info != nil && info.Size() < id.size() {
		return false
	}
	if info != nil && id.info != nil && !os.SameFile(info, id.info) && id.head.n < leastProof {
		return false
	}
	return id.head.holds(f) && id.tail.holds(f)
}

// reads tells whether the file, which has grown to that size, is still read as it
// was: the first bytes of a file do not always tell.
func (id identity) reads(f logparse.File, size int64) bool {
	if id.size() >= logparse.SniffLen || size == id.size() {
		return true
	}
	now, err := formOf(f)
	return err == nil && now == id.text
}

// quick is as same, but does not look at the end of a file that is known.
func (id identity) quick(f logparse.File) bool {
	info := fileInfo(f)
	if info == nil || id.info == nil || !os.SameFile(info, id.info) {
		return id.same(f)
	}
	return info.Size() >= id.size() && id.head.holds(f)
}

// size is how many bytes the file had when its identity was taken.
func (id identity) size() int64 { return id.tail.at + id.tail.n }

// openPart opens a part and makes sure that it is the file that was indexed.
func (l *Logs) openPart(p *part) (logparse.File, error) {
	l.mu.Lock()
	open, name, size, id, known := p.open, p.name, p.size, p.id, p.known
	l.mu.Unlock()
	f, err := open()
	if err != nil {
		return nil, err
	}
	if known {
		if !id.quick(f) {
			f.Close()
			return nil, &ChangedError{Part: name}
		}
		return f, nil
	}
	if id, err = identify(f, size); err != nil {
		f.Close()
		return nil, err
	}
	l.mu.Lock()
	if !p.known && p.size == size {
		p.id, p.known = id, true
	}
	l.mu.Unlock()
	return f, nil
}

// reading is the part as it is read: under its number, up to a size in bytes.
func (l *Logs) reading(p *part, size int64) logparse.Part {
	return logparse.Part{
		Name: partName(p.number),
		Size: size,
		Open: func() (logparse.File, error) { return l.openPart(p) },
	}
}

package client

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"patchtrace/logparse"
)

// unpackedInMemory is how many unpacked bytes of an archive are kept in memory, and
// oneInMemory how many of one file; more go into temporary files.
const (
	unpackedInMemory = 64 << 20
	oneInMemory      = 16 << 20
)

var errClosed error = closedError{}

// closedError is an fs.ErrClosed: the file itself may be sound.
type closedError struct{}

func (closedError) Error() string { return "the archive was closed" }

func (closedError) Is(target error) bool { return target == fs.ErrClosed }

// unpacked holds what was unpacked of an archive, each file once.
type unpacked struct {
	archive logparse.File

	mu     sync.Mutex
	memory int64 // bytes that may still be kept in memory
	temps  []string
	files  []io.Closer
	closed bool
}

func newUnpacked(archive logparse.File) *unpacked {
	return &unpacked{archive: archive, memory: unpackedInMemory}
}

// part is a file of the archive. It is unpacked when it is opened first.
func (u *unpacked) part(f *zip.File) logparse.Part {
	e := &unpackedFile{store: u, file: f}
	return logparse.Part{Size: int64(f.UncompressedSize64), Open: e.open}
}

// unpackedFile is a file of an archive.
type unpackedFile struct {
	store *unpacked
	file  *zip.File
	once  sync.Once
	text  io.ReaderAt
	err   error
}

func (e *unpackedFile) open() (logparse.File, error) {
	e.once.Do(func() { e.text, e.err = e.unpack() })
	if e.err != nil {
		return nil, e.err
	}
	return keptOpen{e.text}, nil
}

// keptOpen leaves the closing to the archive.
type keptOpen struct{ io.ReaderAt }

func (keptOpen) Close() error { return nil }

func (e *unpackedFile) unpack() (io.ReaderAt, error) {
	if e.file.Method == zip.Store {
		at, err := e.file.DataOffset()
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		return io.NewSectionReader(e.store.archive, at, int64(e.file.UncompressedSize64)), nil
	}
	in, err := e.file.Open()
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	defer in.Close()
	size := int64(e.file.UncompressedSize64)
	limited := io.LimitReader(in, size+1) // one more, so that its checksum is compared
	if e.store.take(size) {
		var b bytes.Buffer
		b.Grow(int(min(size, 1<<20))) // what it says of its size may be wrong
		if n, err := b.ReadFrom(limited); err != nil || n != size {
			e.store.take(-size)
			return nil, unpackError(err)
		}
		return bytes.NewReader(b.Bytes()), nil
	}
	return e.store.toFile(limited, size)
}

func unpackError(err error) error {
	if err == nil {
		err = zip.ErrFormat // longer or shorter than it says
	}
	return fmt.Errorf("unpack: %w", err)
}

// take tells whether so many bytes may still be kept in memory.
func (u *unpacked) take(size int64) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if size > u.memory || size > oneInMemory {
		return false
	}
	u.memory -= size
	return true
}

// toFile unpacks into a file of the system's folder for such.
func (u *unpacked) toFile(in io.Reader, size int64) (io.ReaderAt, error) {
	f, err := os.CreateTemp("", "patchtrace-log-")
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(f, in)
	if err == nil && n != size {
		err = unpackError(nil)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed && err == nil {
		err = errClosed
	}
	if err != nil {
		_ = f.Close() // the error above is what matters
		_ = os.Remove(f.Name())
		return nil, err
	}
	u.files, u.temps = append(u.files, f), append(u.temps, f.Name())
	return f, nil
}

// Close lets go of the archive and removes what was unpacked into files.
func (u *unpacked) Close() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return nil
	}
	u.closed = true
	err := u.archive.Close()
	for _, f := range u.files {
		_ = f.Close() // it is removed
	}
	for _, name := range u.temps {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

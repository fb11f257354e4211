package logparse

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
)

const (
	// headLen is how many of a file's first bytes are remembered to know it by.
	headLen = 512
	// tailLen is how many bytes before the place of reading are remembered.
	tailLen = 128
	// sureLen is how many known bytes tell a file whatever its identity is, and
	// timedLen how many do that have a time among them. Two files of a log can
	// begin with the same bytes: with a header, or with the end of a record that
	// was torn, which is the same for every record but its time.
	sureLen  = 192
	timedLen = 64
)

// telling tells whether no two files begin with these bytes.
func telling(head []byte) bool {
	return len(head) >= sureLen ||
		len(head) >= timedLen && (bytes.Contains(head, []byte(`<time="`)) || bytes.Contains(head, []byte("$$<")))
}

// generation is one of the files that a log had or has: what it was before it
// was rotated stays the same generation under its new name.
//
// It is known by its content and by its identity. Neither is enough: a system
// gives the identity of a deleted file to the next one, a log is rotated by
// copying as well as by renaming, and a copied folder of logs is refreshed by
// copying again.
type generation struct {
	name   string      // in the log's folder
	file   *os.File    // nil: it is opened for each read
	info   fs.FileInfo // its identity
	offset int64       // of the next byte to read
	head   []byte      // its first bytes, as far as they are known
	tail   []byte      // the last bytes before offset
	after  succession
}

// succession is how a generation follows the one before it.
type succession uint8

const (
	// goesOn: a record may begin in the one before and end in it.
	goesOn succession = iota
	// replaces: the one before was deleted.
	replaces
	// perhapsGap: the one before is gone, and so may be others between the two.
	perhapsGap
)

// likeness is how a file compares to a generation.
type likeness uint8

const (
	// other is another generation, or cannot be told from one.
	other likeness = iota
	// same holds what was read of the generation.
	same
	// shrunk is the same file with less in it than was read, but nothing else.
	shrunk
)

// candidate is a file of the log's folder that may be a generation of the log.
type candidate struct {
	name string
	rank string
	file *os.File // nil once a generation holds it
	info fs.FileInfo
	head []byte // its first bytes
}

// newCandidate reads the file's head.
func newCandidate(name, rank string, f *os.File) (*candidate, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	c := &candidate{name: name, rank: rank, file: f, info: info, head: make([]byte, headLen)}
	n, err := readFull(f, c.head, 0)
	c.head = c.head[:n]
	return c, err
}

// compare tells whether the file holds what is known of g. It reads no more of
// the file than that takes.
func (g *generation) compare(c *candidate) (likeness, error) {
	identical := os.SameFile(g.info, c.info)
	n := min(len(g.head), len(c.head))
	if !bytes.Equal(c.head[:n], g.head[:n]) || !identical && !telling(g.head[:n]) {
		return other, nil
	}
	tail := make([]byte, len(g.tail))
	end, err := readFull(c.file, tail, g.offset-int64(len(g.tail)))
	switch {
	case err != nil:
		return other, err
	case n < len(g.head) || end < len(g.tail):
		if identical {
			return shrunk, nil
		}
		return other, nil
	case !bytes.Equal(tail, g.tail):
		return other, nil
	}
	return same, nil
}

// readState is what a read met.
type readState uint8

const (
	readData readState = iota
	readEnd
	// readShrunk: the file has less in it than was read, but nothing else.
	readShrunk
	// readElsewhere: the file holds something else, or there is none.
	readElsewhere
)

// read reads on into buf and returns what is new, a part of buf. proof is room
// for the head.
//
// The file may be cut and written anew at any time. So the bytes before the
// place of reading are read again together with what follows, and the file's
// head afterwards: what was between the two was what it seemed to be.
func (g *generation) read(open func() (*os.File, error), buf, proof []byte) ([]byte, readState, error) {
	f := g.file
	if f == nil {
		var err error
		f, err = open()
		if errors.Is(err, fs.ErrNotExist) {
			return nil, readElsewhere, nil
		}
		if err != nil {
			return nil, readEnd, err
		}
		defer f.Close()
		if !g.adopt(f) {
			return nil, readElsewhere, nil
		}
	}
	t := len(g.tail)
	n, err := readFull(f, buf[:t+followChunk], g.offset-int64(t))
	if err != nil {
		return nil, readEnd, err
	}
	head := g.head
	if n > t {
		head = g.grown(buf[t:n])
	}
	h, err := readFull(f, proof[:len(head)], 0)
	if err != nil {
		return nil, readEnd, err
	}
	switch {
	case !bytes.Equal(proof[:h], head[:h]):
		return nil, readElsewhere, nil
	case h < len(head) || n < t:
		return nil, readShrunk, nil
	case !bytes.Equal(buf[:t], g.tail):
		return nil, readElsewhere, nil
	case n == t:
		return nil, readEnd, nil
	}
	g.advance(buf[t:n])
	return buf[t:n], readData, nil
}

// grown returns the head as it is once data was read.
func (g *generation) grown(data []byte) []byte {
	known := int64(len(g.head)) - g.offset // bytes of data that are in the head already
	if len(g.head) >= headLen || known < 0 || known >= int64(len(data)) {
		return g.head
	}
	more := data[known:]
	return append(g.head[:len(g.head):len(g.head)], more[:min(headLen-len(g.head), len(more))]...)
}

// adopt tells whether a file that was opened by name is the generation's own or
// a copy of it.
func (g *generation) adopt(f *os.File) bool {
	c, err := newCandidate(g.name, "", f)
	if err != nil || os.SameFile(g.info, c.info) {
		return err == nil
	}
	if like, err := g.compare(c); err != nil || like != same {
		return false
	}
	g.info = c.info
	return true
}

// advance notes that data was read.
func (g *generation) advance(data []byte) {
	g.head = g.grown(data)
	g.offset += int64(len(data))
	if len(data) >= tailLen {
		g.tail = append(g.tail[:0], data[len(data)-tailLen:]...)
		return
	}
	g.tail = append(g.tail, data...)
	if over := len(g.tail) - tailLen; over > 0 {
		g.tail = append(g.tail[:0], g.tail[over:]...)
	}
}

// skip moves the place of reading of a generation of which nothing was read.
func (g *generation) skip(f *os.File, offset int64) error {
	g.head, g.tail = make([]byte, min(offset, headLen)), make([]byte, min(offset, tailLen))
	n, err := readFull(f, g.head, 0)
	if err != nil {
		return err
	}
	g.head = g.head[:n]
	n, err = readFull(f, g.tail, offset-int64(len(g.tail)))
	if err != nil {
		return err
	}
	g.tail, g.offset = g.tail[:n], offset
	return nil
}

// close gives up the open file, if there is one. It returns how many it closed.
func (g *generation) close() int {
	if g == nil || g.file == nil {
		return 0
	}
	g.file.Close() // it was only read
	g.file = nil
	return 1
}

// readFull reads until b is full or the file ends.
func readFull(f io.ReaderAt, b []byte, offset int64) (int, error) {
	n, err := f.ReadAt(b, offset)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

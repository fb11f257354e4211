package cab

import (
	"bytes"
	"fmt"
	"testing"
)

// built lays a cabinet out by hand, with what Pack does not write: several
// folders, other methods, reserves, sets.
type built struct {
	flags             uint16
	prev, next        string // with the label of its disk, NUL between and behind
	reserve           []byte // of the header
	perFolder, perDat int
	folders           []builtFolder
	files             []builtFile
}

type builtFolder struct {
	method uint16
	blocks []builtBlock
}

type builtBlock struct {
	packed []byte
	plain  int
	sum    func(head, packed []byte) uint32 // nil: that of the format's description
}

type builtFile struct {
	name         string
	size, offset int
	folder       uint16
	date, clock  uint16
	attributes   uint16
}

// stored is a folder of stored blocks.
func stored(blocks ...[]byte) builtFolder {
	var f builtFolder
	for _, b := range blocks {
		f.blocks = append(f.blocks, builtBlock{packed: b, plain: len(b)})
	}
	return f
}

func (c *built) bytes() []byte {
	var front bytes.Buffer
	if c.flags&flagReserve != 0 {
		put(&front, uint16(len(c.reserve)))
		front.Write([]byte{byte(c.perFolder), byte(c.perDat)})
		front.Write(c.reserve)
	}
	front.WriteString(c.prev + c.next)
	var files, data bytes.Buffer
	for _, f := range c.files {
		put(&files, uint32(f.size), uint32(f.offset), f.folder, f.date, f.clock, f.attributes)
		files.WriteString(f.name + "\x00")
	}
	filesAt := headerSize + front.Len() + len(c.folders)*(folderSize+c.perFolder)
	var folders bytes.Buffer
	for _, f := range c.folders {
		put(&folders, uint32(filesAt+files.Len()+data.Len()), uint16(len(f.blocks)), f.method)
		folders.Write(make([]byte, c.perFolder))
		for _, b := range f.blocks {
			var head bytes.Buffer
			put(&head, uint16(len(b.packed)), uint16(b.plain))
			head.Write(bytes.Repeat([]byte{0xab}, c.perDat))
			sum := blockSum(head.Bytes(), b.packed)
			if b.sum != nil {
				sum = b.sum(head.Bytes(), b.packed)
			}
			put(&data, sum)
			data.Write(head.Bytes())
			data.Write(b.packed)
		}
	}
	var all bytes.Buffer
	all.WriteString(magic)
	put(&all, uint32(0), uint32(filesAt+files.Len()+data.Len()), uint32(0), uint32(filesAt), uint32(0))
	all.Write([]byte{3, 1})
	put(&all, uint16(len(c.folders)), uint16(len(c.files)), c.flags, uint16(0), uint16(0))
	for _, part := range []*bytes.Buffer{&front, &folders, &files, &data} {
		all.Write(part.Bytes())
	}
	return all.Bytes()
}

func (c *built) open(t testing.TB) *Reader {
	t.Helper()
	r, err := open(c.bytes())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// withMethod is a folder whose one block nobody here can unpack.
func withMethod(method uint16) builtFolder {
	return builtFolder{method, []builtBlock{{packed: []byte("?"), plain: 100}}}
}

func listed(r *Reader) []string {
	var list []string
	for _, f := range r.Files {
		list = append(list, fmt.Sprintf("%s %d %s %s", f.Name, f.Size, f.Method, f.Modified.Format("2006-01-02 15:04:05")))
	}
	return list
}

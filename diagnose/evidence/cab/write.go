package cab

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Entry is a file to be packed.
type Entry struct {
	// Name may have folders, between slashes.
	Name string
	// Modified is packed as the wall clock that it shows, without its zone.
	Modified time.Time
	Data     []byte
}

// maxCabinet bounds what is written: the format's sizes have 32 bits, and a
// cabinet is made in memory.
const maxCabinet = 256 << 20

// Pack makes a cabinet of one folder that holds the entries in their order.
func Pack(method Method, entries ...Entry) ([]byte, error) { return pack(method, nil, entries) }

// Signed makes a cabinet that carries a signature behind its end, where signing
// tools put theirs. sign gets the cabinet as it will stand before the signature.
func Signed(method Method, sign func(cabinet []byte) ([]byte, error), entries ...Entry) ([]byte, error) {
	reserve := make([]byte, signatureRef)
	le.PutUint32(reserve, signatureMark)
	cabinet, err := pack(method, reserve, entries)
	if err != nil {
		return nil, err
	}
	at := cabinet[headerSize+4:]
	le.PutUint32(at[4:], uint32(len(cabinet)))
	signature, err := sign(cabinet)
	if err != nil {
		return nil, fmt.Errorf("sign cabinet: %w", err)
	}
	// The signature cannot cover its own size: that field is empty for both sides.
	le.PutUint32(at[8:], uint32(len(signature)))
	return append(cabinet, signature...), nil
}

func pack(method Method, reserve []byte, entries []Entry) ([]byte, error) {
	if method != Stored && method != MSZIP {
		return nil, fmt.Errorf("write cabinet: method %d (%s): %w", uint16(method), method, ErrMethod)
	}
	files, content, err := directory(entries)
	if err != nil {
		return nil, err
	}
	blocks, count, err := pressed(method, content)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	head := headerSize
	if reserve != nil {
		head += 4 + len(reserve)
	}
	filesAt := head + folderSize
	dataAt := filesAt + len(files)
	header(&b, dataAt+len(blocks), filesAt, len(entries), reserve)
	put(&b, uint32(dataAt), uint16(count), uint16(method))
	b.Write(files)
	b.Write(blocks)
	return b.Bytes(), nil
}

func header(b *bytes.Buffer, size, filesAt, files int, reserve []byte) {
	flags := uint16(0)
	if reserve != nil {
		flags = flagReserve
	}
	b.WriteString(magic)
	put(b, uint32(0), uint32(size), uint32(0), uint32(filesAt), uint32(0))
	b.WriteByte(3) // version 1.3
	b.WriteByte(1)
	put(b, uint16(1), uint16(files), flags, uint16(0), uint16(0))
	if reserve != nil {
		put(b, uint16(len(reserve)), uint16(0))
		b.Write(reserve)
	}
}

// directory makes the records of the files, and joins their bytes.
func directory(entries []Entry) (files, content []byte, err error) {
	if len(entries) == 0 || len(entries) > 0xffff {
		return nil, nil, fmt.Errorf("write cabinet: %d files, want 1 to 65535", len(entries))
	}
	var b bytes.Buffer
	for _, e := range entries {
		if !safeName(e.Name) || len(e.Name) > maxName {
			return nil, nil, fmt.Errorf("write cabinet: %q: %w", e.Name, ErrName)
		}
		if len(content)+len(e.Data) > maxCabinet {
			return nil, nil, errors.New("write cabinet: more than 256 MiB")
		}
		attr := Archive
		if !ascii(e.Name) {
			attr |= nameUTF8
		}
		date, clock := dosTime(e.Modified)
		put(&b, uint32(len(e.Data)), uint32(len(content)), uint16(0), date, clock, uint16(attr))
		b.WriteString(strings.ReplaceAll(e.Name, "/", `\`))
		b.WriteByte(0)
		content = append(content, e.Data...)
	}
	return b.Bytes(), content, nil
}

// pressed cuts the content into blocks and packs each.
func pressed(method Method, content []byte) (blocks []byte, count int, err error) {
	var b bytes.Buffer
	var window []byte // what the unpacker has seen: the block before
	for len(content) > 0 {
		plain := content[:min(len(content), maxBlock)]
		content = content[len(plain):]
		packed := plain
		if method == MSZIP {
			if packed, err = zip(plain, window); err != nil {
				return nil, 0, fmt.Errorf("write cabinet: %w", err)
			}
			window = plain
		}
		var sizes [4]byte
		le.PutUint16(sizes[0:], uint16(len(packed)))
		le.PutUint16(sizes[2:], uint16(len(plain)))
		put(&b, blockSum(sizes[:], packed))
		b.Write(sizes[:])
		b.Write(packed)
		if count++; count > 0xffff {
			return nil, 0, errors.New("write cabinet: more than 65535 blocks")
		}
	}
	return b.Bytes(), count, nil
}

// zip packs one block: "CK" and a deflate stream of its own that may refer to
// the block before, with codes that every reader takes.
func zip(plain, window []byte) ([]byte, error) {
	for _, level := range []int{flate.BestCompression, flate.NoCompression} {
		var b bytes.Buffer
		w, err := flate.NewWriterDict(&b, level, window)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(plain); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		if whole, _, ok := complete(b.Bytes()); ok && len("CK")+len(whole) <= maxPacked {
			return append([]byte("CK"), whole...), nil
		}
	}
	return nil, errors.New("a block does not fit")
}

// put appends unsigned numbers of 16 and 32 bits.
func put(b *bytes.Buffer, numbers ...any) {
	for _, n := range numbers {
		switch n := n.(type) {
		case uint16:
			b.Write(le.AppendUint16(nil, n))
		case uint32:
			b.Write(le.AppendUint32(nil, n))
		}
	}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

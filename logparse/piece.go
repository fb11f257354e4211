package logparse

import (
	"context"
	"slices"

	"golang.org/x/text/encoding/charmap"
)

// Piece is a run of bytes of a part: those from From up to but without To,
// counted in the file as it is on disk.
type Piece struct {
	Part     string
	From, To int64
}

// Pieces are where the block's text was read from, in its order.
func (b *Block) Pieces() []Piece {
	pieces := make([]Piece, 0, len(b.spans))
	for i, s := range b.spans {
		end := len(b.text)
		if i+1 < len(b.spans) {
			end = b.spans[i+1].at
		}
		if n := rawLen(b.text[s.at:end], s.wide); n > 0 {
			pieces = append(pieces, Piece{Part: s.part, From: s.offset, To: s.offset + n})
		}
	}
	return pieces
}

// Text is the block's text as it was read: UTF-8, or bytes of a code page. It
// must not be changed.
func (b *Block) Text() []byte { return b.text }

// Manner is what must be known of a log, besides a block's bytes, to read the
// block again as it was read before. The zero Manner knows nothing of a log.
type Manner struct {
	log   string
	order dateOrder
	page  *charmap.Charmap
}

// Manner is how the block's log is read.
func (b *Block) Manner() Manner { return Manner{log: b.log, order: b.order, page: b.page} }

// Read reads a block again from its pieces. Its records have no line numbers.
// When a file has become shorter, the block is shorter too. It returns a
// *ReadError when a part cannot be read.
func (m Manner) Read(pieces []Piece, open func(part string) (File, error)) (*Block, error) {
	size := 0
	for _, p := range pieces {
		size += int(p.To - p.From)
	}
	b := &Block{text: make([]byte, 0, size), log: m.log, order: m.order, page: m.page}
	for _, p := range pieces {
		r, err := openPart(Part{
			Name: p.Part,
			Size: p.To,
			Open: func() (File, error) { return open(p.Part) },
		})
		if err != nil {
			return nil, err
		}
		b.spans = append(b.spans, span{at: len(b.text), part: p.Part, offset: p.From, wide: r.wide()})
		b.text, _, err = r.appendText(b.text, p.From, p.To)
		r.file.Close()
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// ForwardFrom is as Forward, but begins at a place where a block began before.
// What m knows of the log is not looked for again. Records have no line numbers.
func ForwardFrom[T any](ctx context.Context, log Log, m Manner, from Pos, opt Options, work func(*Block) T, reduce func(T) bool) error {
	opt = opt.pooled()
	opt.placeless = true
	return run(ctx, opt, func(yield func(*Block) bool) error {
		r := log.reader(opt)
		if m.order != orderUnknown {
			r.order = m.order
		}
		parts := log.Parts
		if i := slices.IndexFunc(parts, func(p Part) bool { return p.Name == from.Part }); i > 0 {
			parts = parts[i:]
		}
		return r.forwardParts(parts, from.Offset, yield)
	}, work, reduce)
}

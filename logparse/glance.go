package logparse

import "context"

// HeadBlock hands the first block of the log to see, and the next ones as long
// as see returns true.
func HeadBlock(ctx context.Context, log Log, opt Options, see func(*Block) bool) error {
	return log.forward(opt, func(b *Block) bool { return ctx.Err() == nil && see(b) })
}

// TailBlock hands the last block of the log to see, and the ones before as long
// as see returns true.
func TailBlock(ctx context.Context, log Log, opt Options, see func(*Block) bool) error {
	return log.backward(opt, func(b *Block) bool { return ctx.Err() == nil && see(b) })
}

// Binary tells whether the log's first part is something else than text. NUL
// padding and UTF-16 are text. It returns a *ReadError when the part cannot be
// read.
func Binary(log Log) (bool, error) {
	if len(log.Parts) == 0 {
		return false, nil
	}
	r, err := openPart(log.Parts[0])
	if err != nil {
		return false, err
	}
	defer r.file.Close()
	head, _, err := r.appendText(nil, r.bom, min(r.size, SniffLen))
	if err != nil {
		return false, err
	}
	return binaryText(head), nil
}

// binaryText counts control bytes that no log holds: programs and archives are
// full of them.
func binaryText(head []byte) bool {
	control, text := 0, 0
	for _, c := range head {
		switch {
		case c == 0:
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1B && c != 0x1A:
			control++
		default:
			text++
		}
	}
	return control > 4 && control*20 > text
}

// Start is where the block begins.
func (b *Block) Start() Pos {
	if len(b.spans) == 0 {
		return Pos{Log: b.log}
	}
	s := b.spans[0]
	return Pos{Log: b.log, Part: s.part, Line: s.line, Offset: s.offset}
}

package logparse

import "bytes"

// Parser reads a log from bytes that arrive in pieces, as from a file that
// grows. It gives the same records as Forward gives for the same bytes, each as
// soon as it is whole. It keeps at most the record that is still open, plus the
// last lines of a text that may be wrapped.
type Parser struct {
	log   string
	scan  scanner
	part  string
	next  int64 // offset in the part of the next byte to be fed
	raw   []byte
	enc   Encoding
	known bool // the encoding of the part
	buf   []byte
	spans []span
	seam  int // bytes of buf that end the part before, while it is open how it goes on
	head  []byte
	dated bool // the order of pasted dates is settled
}

// NewParser returns a parser of the log of that name. Call Part before Feed.
func NewParser(log string, opt Options) *Parser {
	p := &Parser{log: log}
	p.scan.page = opt.CodePage
	return p
}

// Part says that the bytes fed from now on are those of the named file. emit
// gets the records that this completes.
func (p *Parser) Part(name string, emit func(*Record) bool) {
	p.settle(true)
	p.cut(openTail(p.buf), emit)
	p.part, p.next, p.raw, p.known = name, 0, nil, false
	p.seam = len(p.buf)
}

// Feed takes the next bytes of the part. The records that emit gets are reused
// and share memory with the parser: Clone what is to be kept.
func (p *Parser) Feed(b []byte, emit func(*Record) bool) {
	p.raw = append(p.raw, b...)
	if !p.settle(false) {
		return
	}
	if !bytes.ContainsAny(b, ">\n\x00") && len(p.buf) <= MaxRecord && p.enc == EightBit {
		return // no record ends in here
	}
	p.drain(emit)
}

// Flush says that nothing more will come: what is open is delivered, torn if
// it must be.
func (p *Parser) Flush(emit func(*Record) bool) {
	p.settle(true)
	p.drain(emit)
	if p.seam > 0 {
		p.endSeam(emit)
	}
	if !p.dated {
		p.scan.lines.order, p.dated, p.head = sniffDateOrder(asString(p.head)), true, nil
	}
	p.cut(len(p.buf), emit)
}

// Pending is how many bytes wait for the rest of their record.
func (p *Parser) Pending() int { return len(p.buf) + len(p.raw) }

// settle finds the part's encoding, unless it needs more bytes, and moves what
// was fed into the text buffer.
func (p *Parser) settle(final bool) bool {
	if !p.known {
		undecided := len(p.raw) < 4 || bytes.IndexByte(p.raw[:4], 0) >= 0 && len(p.raw) < SniffLen
		if undecided && !final {
			return false
		}
		enc, bom := fileEncoding(p.raw[:min(len(p.raw), SniffLen)])
		p.enc, p.known = enc, true
		p.next += int64(bom)
		p.raw = p.raw[bom:]
		if len(p.raw) > 0 || !final {
			p.spans = append(p.spans, span{at: len(p.buf), part: p.part, offset: p.next, line: 1, wide: enc != EightBit})
		}
	}
	at := len(p.buf)
	n := len(p.raw)
	if p.enc == EightBit {
		p.buf = append(p.buf, p.raw...)
	} else {
		n = p.unit(n)
		p.buf = decodeUTF16(p.buf, p.raw[:n], p.enc)
	}
	p.next += int64(n)
	p.raw = append(p.raw[:0], p.raw[n:]...)
	if len(p.head) < orderSniffLen && !p.dated {
		p.head = append(p.head, p.buf[at:]...)
		p.head = p.head[:min(len(p.head), orderSniffLen)]
	}
	return true
}

// unit rounds n down to whole UTF-16 characters.
func (p *Parser) unit(n int) int {
	n &^= 1
	if n < 2 {
		return n
	}
	high := p.raw[n-1]
	if p.enc == UTF16BE {
		high = p.raw[n-2]
	}
	if high&0xFC == 0xD8 {
		n -= 2
	}
	return n
}

func (p *Parser) drain(emit func(*Record) bool) {
	if p.seam > 0 {
		n, known := joined(p.buf[:p.seam], p.buf[p.seam:])
		if !known {
			return
		}
		if n == 0 {
			p.endSeam(emit)
		}
		p.seam = 0
	}
	if !p.dated && (len(p.head) >= orderSniffLen || p.ambiguous()) {
		order := sniffDateOrder(asString(p.head))
		if order == orderUnknown && len(p.head) < orderSniffLen {
			return // a later line of the head may tell day from month
		}
		p.scan.lines.order, p.dated, p.head = order, true, nil
	}
	p.consume(false, len(p.buf), emit)
}

// endSeam delivers the open end of the part before on its own.
func (p *Parser) endSeam(emit func(*Record) bool) {
	n := p.seam
	p.seam = 0
	p.cut(n, emit)
}

// ambiguous tells whether the buffer holds a date that reads two ways.
func (p *Parser) ambiguous() bool {
	found := false
	var s scanner
	s.scan(asString(p.buf), false, func(rec *Record, _ int) bool {
		found = rec.Stamp.Ambiguous
		return !found
	})
	return found
}

// cut delivers the first n bytes of the buffer as a text of its own.
func (p *Parser) cut(n int, emit func(*Record) bool) {
	if n > 0 {
		p.consume(true, n, emit)
	}
}

func (p *Parser) consume(final bool, n int, emit func(*Record) bool) {
	// The text is copied so that records do not change under a consumer that
	// looks at one while it feeds the next.
	text := string(p.buf[:n])
	p.scan.clean = validUTF8(text)
	loc := locator{spans: p.spans, text: text, log: p.log}
	used := p.scan.scan(text, final, func(rec *Record, start int) bool {
		rec.Pos = loc.pos(start)
		return emit(rec)
	})
	if final {
		used = n
	}
	if used == 0 {
		return
	}
	if len(p.spans) > 0 {
		p.spans = restSpans(p.buf, p.spans, used)
	}
	p.buf = append(p.buf[:0], p.buf[used:]...)
}

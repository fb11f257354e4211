package logparse

import (
	"bytes"
	"slices"
	"strings"
)

// place is where in a file reading begins, and what the file's head tells.
type place struct {
	offset int64
	line   int
	enc    Encoding
	head   []byte // text, to find the order of dates in
}

// resume goes on in the middle of a part, of which nothing was fed.
func (p *Parser) resume(part string, at place) {
	p.part, p.next, p.enc, p.known = part, at.offset, at.enc, true
	p.spans = append(p.spans[:0], span{part: part, offset: at.offset, line: at.line, wide: at.enc != EightBit})
	p.head = append(p.head, at.head...)
	if order := sniffDateOrder(asString(p.head)); order != orderUnknown || len(p.head) >= orderSniffLen {
		p.scan.lines.order, p.dated, p.head = order, true, nil
	}
}

// rename says that the part that is being fed is called otherwise from now on.
func (p *Parser) rename(part string) {
	p.part = part
	if len(p.spans) == 0 || !p.known {
		return // settle makes the span
	}
	last := p.spans[len(p.spans)-1]
	if last.line > 0 {
		last.line += bytes.Count(p.buf[last.at:], newline)
	}
	last.at, last.part, last.offset = len(p.buf), part, p.next
	p.spans = append(p.spans, last)
}

// mark reads a UTF-16 byte order mark at the start of a part, which is all the
// parser needs to know. It returns what is to be fed.
func (p *Parser) mark(data []byte) []byte {
	enc, bom := sniffEncoding(data[:min(len(data), 2)])
	if bom == 0 || enc == EightBit {
		return data
	}
	p.enc, p.known, p.next = enc, true, int64(bom)
	p.spans = append(p.spans, span{at: len(p.buf), part: p.part, offset: p.next, line: 1, wide: true})
	return data[bom:]
}

// flushLines delivers lines that wait for their end or for more of them. A CCM
// record that is open stays so: its writer will close it, or begin another.
func (p *Parser) flushLines(emit func(*Record) bool) {
	if !p.known {
		if len(p.raw) < 4 {
			return
		}
		p.settle(true)
	}
	if bytes.HasPrefix(p.buf, ccmStartBytes) {
		return
	}
	p.drain(emit)
	if bytes.HasPrefix(p.buf, ccmStartBytes) {
		return
	}
	if p.seam > 0 {
		p.endSeam(emit)
	}
	if !p.dated {
		p.scan.lines.order, p.dated, p.head = sniffDateOrder(asString(p.head)), true, nil
		p.consume(false, len(p.buf), emit)
	}
	if !bytes.HasPrefix(p.buf, ccmStartBytes) {
		p.cut(len(p.buf)-startedMarker(asString(p.buf)), emit)
	}
}

// startedMarker is how many bytes at the end of text may begin a CCM record.
func startedMarker(text string) int {
	for n := min(len(ccmStart)-1, len(text)); n > 0; n-- {
		if strings.HasSuffix(text, ccmStart[:n]) {
			return n
		}
	}
	return 0
}

// trim gives memory back while nothing comes.
func (p *Parser) trim() {
	const spare = 4 << 10
	if cap(p.raw) > len(p.raw)+spare {
		p.raw = slices.Clip(bytes.Clone(p.raw))
	}
	if cap(p.buf) > 2*len(p.buf)+spare {
		p.buf = slices.Clip(bytes.Clone(p.buf))
	}
	// Their strings would keep the text alive that they were found in.
	p.scan.rec, p.scan.lines.rec = Record{}, Record{}
}

// endOf finds where new records of a file will begin: at its end, or where the
// record begins that is being written there.
func endOf(c *candidate) (place, error) {
	part := Part{Name: c.name, Size: c.info.Size(), Open: func() (File, error) { return keptOpen{c.file}, nil }}
	r, err := openPart(part)
	if err != nil {
		return place{}, err
	}
	at := place{enc: r.enc}
	if at.head, _, err = r.appendText(nil, r.bom, min(r.size, orderSniffLen)); err != nil {
		return place{}, err
	}
	from := max(r.size-MaxRecord, r.bom)
	if r.wide() {
		from -= (from - r.bom) & 1
	}
	end, stop, err := r.appendText(nil, from, r.size)
	if err != nil {
		return place{}, err
	}
	at.offset = stop - r.rawLen(end[openTail(end):])
	lines, err := LineNumbers(part, []int64{at.offset}, Options{Background: true})
	if err != nil {
		return place{}, err
	}
	at.line = lines[0]
	return at, nil
}

// keptOpen is a file that its reader does not close.
type keptOpen struct{ File }

// Close does nothing.
func (keptOpen) Close() error { return nil }

// binaryHead tells whether the data that begins a file is no text.
func binaryHead(data []byte) bool {
	data = data[:min(len(data), SniffLen)]
	enc, bom := fileEncoding(data)
	if enc == EightBit {
		return binaryText(data)
	}
	return binaryText(decodeUTF16(nil, data[bom:], enc))
}

package logparse

import (
	"bytes"
	"errors"
)

// errStop ends a walk that its consumer no longer wants.
var errStop = errors.New("stop")

// backward yields the log's blocks from the newest to the oldest.
func (l *Log) backward(opt Options, yield func(*Block) bool) error {
	r := l.reader(opt)
	var suffix []byte // start of a later part that completes this part's last record
	var suffixSpan span
	for i := len(l.Parts) - 1; i >= 0; i-- {
		p, err := openPart(l.Parts[i])
		if err != nil {
			return err
		}
		var before *partReader
		if i > 0 {
			if before, err = openPart(l.Parts[i-1]); err != nil {
				p.file.Close()
				return err
			}
		}
		suffix, suffixSpan, err = r.backwardPart(p, before, suffix, suffixSpan, yield)
		p.file.Close()
		if before != nil {
			before.file.Close()
		}
		if err == errStop {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// backwardPart yields the blocks of one part, the last first. What it returns
// is the start of the part when that belongs to the last record of the part
// before.
func (r *reader) backwardPart(p, before *partReader, suffix []byte, suffixSpan span, yield func(*Block) bool) ([]byte, span, error) {
	size := int64(r.opt.blockSize())
	want := size
	for end := p.size; ; {
		from := max(end-want, p.bom)
		if p.wide() {
			from -= (from - p.bom) & 1
		}
		buf, _, err := p.appendText(r.opt.buffer(int(end-from)+len(suffix)+slack), from, end)
		if err != nil {
			return nil, span{}, err
		}
		own := len(buf)
		buf = append(buf, suffix...)
		atStart := from <= p.bom
		cut, ok := 0, true
		if atStart {
			cut, err = r.seamCut(before, buf[:own])
			if err != nil {
				return nil, span{}, err
			}
		} else if cut, ok = startPoint(buf[:own], r.ccm && want < 4*MaxRecord); !ok {
			if want < 4*MaxRecord {
				want *= 2
				continue
			}
			cut = 0
		}
		r.ccm = r.ccm || bytes.HasPrefix(bytes.TrimPrefix(buf[cut:], []byte("[")), ccmStartBytes)
		skipped, head := p.rawLen(buf[:cut]), buf[:cut]
		if len(buf) > cut {
			spans := backSpans(p, buf, from, cut, own, atStart, suffixSpan)
			head = bytes.Clone(head) // the block's memory may be used again
			if !yield(r.block(buf[cut:], spans)) {
				return nil, span{}, errStop
			}
		}
		if atStart {
			return head, r.first(p, 0), nil
		}
		end = from + skipped
		suffix, want = nil, size
	}
}

// backSpans is the map of the block buf[cut:], whose first own bytes are the
// part's bytes from offset from on.
func backSpans(p *partReader, buf []byte, from int64, cut, own int, atStart bool, suffix span) []span {
	first := span{part: p.name, offset: from + p.rawLen(buf[:cut]), wide: p.wide()}
	if atStart {
		first.line = 1 + countLines(buf[:cut])
	}
	spans := []span{first}
	if len(buf) > own {
		suffix.at = own - cut
		spans = append(spans, suffix)
	}
	return spans
}

// seamCut returns how many bytes at the start of a part belong to the last
// record of the part before.
func (r *reader) seamCut(before *partReader, head []byte) (int, error) {
	if before == nil {
		return 0, nil
	}
	from := max(before.size-MaxRecord, before.bom)
	if before.wide() {
		from -= (from - before.bom) & 1
	}
	tail, _, err := before.appendText(nil, from, before.size)
	if err != nil {
		return 0, err
	}
	n, _ := joined(tail[openTail(tail):], head)
	return n, nil
}

func countLines(b []byte) int {
	n := 0
	for _, c := range b {
		if c == '\n' {
			n++
		}
	}
	return n
}

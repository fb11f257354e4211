package merged

import (
	"container/list"
	"hash/maphash"
	"sync"
	"unsafe"

	"patchtrace/logparse"
)

// cacheSize is about how many bytes of blocks and their records are kept.
const cacheSize = 8 << 20

// cache holds the records of the blocks that were shown last.
type cache struct {
	mu     sync.Mutex
	blocks map[*block]*list.Element
	recent list.List // of *cached, the last used first
	size   int
}

type cached struct {
	block   *block
	records []logparse.Record
	size    int
}

func (c *cache) get(b *block) []logparse.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.blocks[b]
	if e == nil {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(*cached).records
}

func (c *cache) put(b *block, records []logparse.Record, text int) {
	size := text + cap(records)*int(unsafe.Sizeof(logparse.Record{}))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.blocks == nil {
		c.blocks = map[*block]*list.Element{}
	}
	if c.blocks[b] != nil {
		return
	}
	c.blocks[b] = c.recent.PushFront(&cached{b, records, size})
	c.size += size
	for c.size > cacheSize && c.recent.Len() > 1 {
		last := c.recent.Back()
		old := c.recent.Remove(last).(*cached)
		delete(c.blocks, old.block)
		c.size -= old.size
	}
}

// read reads a block's text again. It returns a *ChangedError when the text is
// not what was indexed.
func (l *Logs) read(lg *log, b *block) (*logparse.Block, error) {
	l.mu.Lock()
	parts := make([]*part, len(b.pieces))
	for i, p := range b.pieces {
		parts[i] = lg.byNumber(p.part)
	}
	name := lg.name
	l.mu.Unlock()
	pieces := make([]logparse.Piece, len(b.pieces))
	for i, p := range b.pieces {
		if parts[i] == nil {
			return nil, &ChangedError{Part: name}
		}
		pieces[i] = logparse.Piece{Part: partName(p.part), From: p.from, To: p.to}
	}
	text, err := b.manner.Read(pieces, func(number string) (logparse.File, error) {
		for _, p := range parts {
			if partName(p.number) == number {
				return l.openPart(p)
			}
		}
		return nil, &ChangedError{Part: name}
	})
	if err != nil {
		return nil, l.named(lg, err)
	}
	if maphash.Bytes(seed, text.Text()) != b.sum {
		l.mistrust(parts)
		return nil, &ChangedError{Part: l.partName(lg, partName(parts[0].number))}
	}
	return text, nil
}

// mistrust has the next Update read parts anew whose ends are what they were. Of
// others Update itself sees that they have changed, and finds where they went.
func (l *Logs) mistrust(parts []*part) {
	for _, p := range parts {
		f, err := l.openPart(p)
		if err != nil {
			continue
		}
		l.mu.Lock()
		id := p.id
		l.mu.Unlock()
		same := id.same(f)
		f.Close()
		l.mu.Lock()
		p.other = p.other || same && p.id.tail == id.tail
		l.mu.Unlock()
	}
}

// records returns the records of a block, which must not be changed.
func (l *Logs) records(lg *log, b *block) ([]logparse.Record, error) {
	if recs := l.cache.get(b); recs != nil {
		return recs, nil
	}
	text, err := l.read(lg, b)
	if err != nil {
		return nil, err
	}
	recs := make([]logparse.Record, 0, b.n)
	for rec := range text.Records() {
		recs = append(recs, *rec)
	}
	if len(recs) != b.n {
		return nil, &ChangedError{Part: lg.name}
	}
	l.cache.put(b, recs, text.Size())
	return recs, nil
}

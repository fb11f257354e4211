// Package heap tells tests how much memory reading took, for bounds on it.
package heap

import "runtime"

// Peak is how large the heap was at its largest of the times at which it was looked
// at, above what it was at first. It is not safe for use by several goroutines.
type Peak struct{ first, most uint64 }

// NewPeak looks at the heap for the first time, without what is garbage.
func NewPeak() *Peak {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return &Peak{m.HeapAlloc, m.HeapAlloc}
}

// slack is by how much the heap may have grown before garbage is collected.
const slack = 4 << 20

// Look looks at the heap. Garbage does not count: on a machine that is busy, and
// beside much that lives, there is more of it than of anything else.
func (p *Peak) Look() {
	var m runtime.MemStats
	if runtime.ReadMemStats(&m); m.HeapAlloc <= p.most+slack {
		return
	}
	runtime.GC()
	runtime.ReadMemStats(&m)
	p.most = max(p.most, m.HeapAlloc)
}

// Grown is the growth in bytes.
func (p *Peak) Grown() uint64 { return p.most - p.first }

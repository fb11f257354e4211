// Package heap tells tests how much memory reading took, for bounds on it.
package heap

import "runtime"

// Peak is how large the heap was at its largest of the times at which it was looked
// at, above what it was at first. It is not safe for use by several goroutines.
type Peak struct{ first, most uint64 }

// NewPeak looks at the heap for the first time, without what is garbage.
func NewPeak() *Peak {
	runtime.GC()
	p := &Peak{}
	p.Look()
	p.first = p.most
	return p
}

// Look looks at the heap.
func (p *Peak) Look() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.most = max(p.most, m.HeapAlloc)
}

// Grown is the growth in bytes.
func (p *Peak) Grown() uint64 { return p.most - p.first }

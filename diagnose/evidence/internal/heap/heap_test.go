package heap

import (
	"runtime"
	"testing"
)

// kept lives as long as the test does.
var kept [][]byte

func TestGarbageDoesNotCountAndWhatLivesDoes(t *testing.T) {
	p := NewPeak()
	for range 64 {
		kept = [][]byte{make([]byte, 1<<20)}
		p.Look()
	}
	if n := p.Grown(); n > 2*slack {
		t.Errorf("64 MB of garbage: grown by %d", n)
	}
	for range 64 {
		kept = append(kept, make([]byte, 1<<20))
		p.Look()
	}
	if n := p.Grown(); n < 64<<20-slack || n > 72<<20 {
		t.Errorf("64 MB: grown by %d", n)
	}
	runtime.KeepAlive(kept)
	kept = nil
}

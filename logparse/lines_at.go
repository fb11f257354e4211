package logparse

import (
	"bytes"
	"slices"
	"sync"
)

// lineChunk is how much of a part is counted at a time: what fits the cache.
const lineChunk = 256 << 10

// LineNumbers returns the line, from 1, on which each of the offsets of the part
// stands. It reads the part up to the largest offset, on several goroutines.
func LineNumbers(p Part, offsets []int64, opt Options) ([]int, error) {
	if len(offsets) == 0 {
		return nil, nil
	}
	r, err := openPart(p)
	if err != nil {
		return nil, err
	}
	defer r.file.Close()
	end := min(slices.Max(offsets), p.Size)
	chunks := int(end/lineChunk) + 1
	counts := make([]int, chunks+1)
	within := make([]int, len(offsets)) // line ends between the chunk's start and the offset
	var wg sync.WaitGroup
	var mu sync.Mutex
	next := 0
	take := func() int {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1
	}
	for range opt.workers() {
		wg.Go(func() {
			opt.begin()
			raw := make([]byte, lineChunk)
			var text []byte
			for c := take(); c < chunks; c = take() {
				from := int64(c) * lineChunk
				n, readErr := r.read(raw[:min(lineChunk, end-from)], from)
				if readErr != nil {
					mu.Lock()
					err = readErr
					mu.Unlock()
					return
				}
				count := func(n int64) int {
					if !r.wide() {
						return bytes.Count(raw[:n], newline)
					}
					text = decodeUTF16(text[:0], raw[:n], r.enc)
					return bytes.Count(text, newline)
				}
				counts[c+1] = count(int64(n))
				for i, off := range offsets {
					if off >= from && (off < from+lineChunk || c == chunks-1) {
						within[i] = count(min(max(off-from, 0), int64(n)))
					}
				}
			}
		})
	}
	wg.Wait()
	if err != nil {
		return nil, err
	}
	for c := range chunks {
		counts[c+1] += counts[c]
	}
	lines := make([]int, len(offsets))
	for i, off := range offsets {
		lines[i] = 1 + counts[min(int(off/lineChunk), chunks-1)] + within[i]
	}
	return lines, nil
}

package diagnose_test

import (
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"unsafe"
	"weak"

	"patchtrace/diagnose"
)

// TestATallyHoldsNoBlock is why a log that is read far back takes no more memory
// than its marks: nothing that a tally keeps lies in the block it was made of.
func TestATallyHoldsNoBlock(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	recs := records("WUAHandler.log", randomLog(rng, 3000))
	tally := diagnose.NewMatcher(book(t, "configmgr")).NewTally("WUAHandler.log", nil)
	var lines []weak.Pointer[byte]
	for _, r := range recs {
		r.Message = strings.Clone(r.Message)
		if len(r.Message) < 32 {
			continue // several of them share memory
		}
		lines = append(lines, weak.Make(unsafe.StringData(r.Message)))
		tally.Observe(r)
	}
	tally.Own()
	recs = nil
	runtime.GC()
	held := 0
	for _, line := range lines {
		if line.Value() != nil {
			held++
		}
	}
	if held > 0 {
		t.Errorf("%d of %d lines are still held", held, len(lines))
	}
	runtime.KeepAlive(tally)
}

package logparse

import (
	"bytes"
	"context"
	"fmt"
	"testing"
)

// bigCCM is a log of about size bytes in memory.
func bigCCM(size int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "<![LOG[Update (Missing): Security Update for Example Suite 12 for x64-based Systems (KB9%06d) (81ea8fd5-ffc4-4020-af1e-888887ad44bd, 200)]LOG]!><time=\"%02d:%02d:%02d.%03d+060\" date=\"11-14-2024\" component=\"WUAHandler\" context=\"\" type=\"1\" thread=\"%d\" file=\"cwuahandler.cpp:%d\">\r\n",
			i, i/3600%24, i/60%60, i%60, i%1000, 4000+i%90, 100+i%900)
	}
	return b.Bytes()
}

func BenchmarkCountCCM(b *testing.B) {
	data := bigCCM(64 << 20)
	log := Log{Name: "x.log", Parts: []Part{memPart("x.log", data)}}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Count(context.Background(), log, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseCCMOneThread(b *testing.B) {
	data := bigCCM(16 << 20)
	log := Log{Name: "x.log", Parts: []Part{memPart("x.log", data)}}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		for range Records(context.Background(), log, Options{}) {
		}
	}
}

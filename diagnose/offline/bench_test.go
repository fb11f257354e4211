package offline

import (
	"context"
	"os"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/logparse"
)

// BenchmarkNewest judges the same log from its end.
func BenchmarkNewest(b *testing.B) { judge(b, Options{}) }

// BenchmarkFull judges a large log read whole. BIGLOG names it; scripts/biglog
// makes one.
func BenchmarkFull(b *testing.B) { judge(b, Options{Full: true}) }

func judge(b *testing.B, opt Options) {
	b.Helper()
	name := os.Getenv("BIGLOG")
	info, err := os.Stat(name)
	if err != nil {
		b.Skip("BIGLOG names no log: ", err)
	}
	log := logparse.Log{Name: "WUAHandler.log", Parts: []logparse.Part{{
		Name: "WUAHandler.log", Size: info.Size(),
		Open: func() (logparse.File, error) { return os.Open(name) },
	}}}
	b.SetBytes(info.Size())
	for b.Loop() {
		_, err := Diagnose(context.Background(), Source{Logs: []logparse.Log{log}},
			opt, diagnose.Options{Clock: time.Unix(0, 0)})
		if err != nil {
			b.Fatal(err)
		}
	}
}

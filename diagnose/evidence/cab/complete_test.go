package cab

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// hardlyRepeating are contents that repeat at no distance, at one, or at few.
func hardlyRepeating() map[string][]byte {
	rng := rand.New(rand.NewPCG(7, 8))
	letters := func(n, kinds int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('A' + rng.IntN(kinds))
		}
		return b
	}
	all := map[string][]byte{
		"one byte":         []byte("x"),
		"no repetition":    []byte("the quick brown fox jumps over a lazy dog 0123456789"),
		"one byte often":   bytes.Repeat([]byte("x"), maxBlock),
		"one distance":     append(letters(3000, 60), letters(1, 60)...),
		"noise":            noise(maxBlock),
		"noise of letters": letters(maxBlock, 64),
		"noise, then text": append(letters(maxBlock, 64), lines(maxBlock)...),
		"text, then noise": append(lines(maxBlock/2), letters(3*maxBlock, 64)...),
		"noise twice":      bytes.Repeat(letters(maxBlock, 64), 2),
		"a block and one":  append(lines(maxBlock), 'x'),
	}
	once := letters(20000, 64)
	all["one match"] = append(bytes.Clone(once), once[100:140]...)
	for i := range 40 {
		all[fmt.Sprintf("letters %d", i)] = letters(rng.IntN(2*maxBlock), 2+rng.IntN(100))
	}
	return all
}

// Each block of what is packed has complete codes, and reads as it was.
func TestWhatHardlyRepeatsIsPackedForStrictReaders(t *testing.T) {
	stored, pressed := 0, 0
	for what, content := range hardlyRepeating() {
		data := mustPack(t, MSZIP, entry("a", content))
		r, err := open(data)
		must(t, err)
		got, err := r.Read("a")
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, %v", what, len(got), err)
		}
		at := r.folders[0].at
		for range r.folders[0].blocks {
			size := int64(le.Uint16(data[at+4:]))
			block := data[at+dataSize : at+dataSize+size]
			if _, changed, ok := complete(block[len("CK"):]); changed || !ok {
				t.Errorf("%s: a block has an incomplete code", what)
			}
			if size < int64(le.Uint16(data[at+6:])) {
				pressed++
			} else {
				stored++
			}
			at += dataSize + size
		}
	}
	if stored == 0 || pressed == 0 {
		t.Errorf("%d blocks stored, %d pressed", stored, pressed)
	}
}

func TestIncompleteCodesAreCompleted(t *testing.T) {
	deflated := func(level int, content []byte) []byte {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, level)
		must(t, err)
		_, err = w.Write(content)
		must(t, err)
		must(t, w.Close())
		return b.Bytes()
	}
	const (
		same = iota
		made
		refused
	)
	contents := hardlyRepeating()
	for _, tt := range []struct {
		name   string
		stream []byte
		want   int
	}{
		{"text", deflated(flate.BestCompression, lines(100_000)), same},
		{"text at best speed", deflated(flate.BestSpeed, lines(100_000)), same},
		{"stored", deflated(flate.NoCompression, contents["noise of letters"]), same},
		{"fixed codes", deflated(flate.BestCompression, []byte("abc")), same},
		{"no distance", deflated(flate.HuffmanOnly, contents["noise of letters"]), made},
		{"one match", deflated(flate.BestCompression, contents["one match"]), made},
		{"one byte", deflated(flate.BestCompression, contents["one byte often"]), made},
		{"nothing", nil, refused},
		{"cut", deflated(flate.BestCompression, lines(1000))[:100], refused},
		{"a kind of block that there is not", []byte{7}, refused},
		{"a stored block that is cut", []byte{1, 9, 0, 0xf6, 0xff, 'x'}, refused},
		{"codes that begin with a repetition", []byte{5, 0, 2, 0, 0, 0, 0, 0, 0}, refused},
	} {
		whole, changed, ok := complete(tt.stream)
		got := map[bool]int{false: same, true: made}[changed]
		if !ok {
			got = refused
		}
		if got != tt.want || got == same && !bytes.Equal(whole, tt.stream) || got == made && len(whole) > len(tt.stream)+4 {
			t.Errorf("%s: %d, %d bytes of %d", tt.name, got, len(whole), len(tt.stream))
		}
	}
}

// Whatever the bytes are, the walk over them ends, and what it makes of a deflate
// stream unpacks to the same.
func FuzzComplete(f *testing.F) {
	for _, content := range [][]byte{lines(3000), noise(100), []byte("abc"), bytes.Repeat([]byte("x"), 300), hardlyRepeating()["one match"]} {
		for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
			var b bytes.Buffer
			w, err := flate.NewWriter(&b, level)
			must(f, err)
			_, err = w.Write(content)
			must(f, err)
			must(f, w.Close())
			f.Add(b.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole, changed, ok := complete(stream)
		want, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(stream)), 1<<20))
		if !ok || err != nil {
			return
		}
		got, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(whole)), 1<<20))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, %v, of %d", len(got), err, len(want))
		}
		if _, again, ok := complete(whole); again || !ok || !changed && len(whole) > len(stream) {
			t.Fatalf("changed %v, then %v, %v", changed, again, ok)
		}
	})
}

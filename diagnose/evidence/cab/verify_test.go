package cab

import (
	"bytes"
	"errors"
	"testing"
)

func TestVerifyFindsWhatIsBrokenWithoutUnpacking(t *testing.T) {
	whole := mustPack(t, MSZIP, entry("mssecure.xml", text(100_000)))
	r, err := open(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(); err != nil {
		t.Errorf("whole: %v", err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-3] ^= 1
	if r, err = open(flipped); err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(); !errors.Is(err, ErrChecksum) {
		t.Errorf("a bit: %v", err)
	}
	if r, err = open(whole[:len(whole)-1]); err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(); !errors.Is(err, ErrCut) {
		t.Errorf("a byte less: %v", err)
	}
	lzx := built{folders: []builtFolder{withMethod(0x1503)}, files: []builtFile{{name: "a", size: 100}}}
	if err := lzx.open(t).Verify(); err != nil {
		t.Errorf("LZX: %v", err)
	}
	lzx.folders[0].blocks[0].sum = func([]byte, []byte) uint32 { return 1 }
	if err := lzx.open(t).Verify(); !errors.Is(err, ErrChecksum) {
		t.Errorf("LZX with a wrong checksum: %v", err)
	}
}

// Thousands of folders that share their blocks would keep a reader busy for hours.
func TestVerifyRefusesFoldersThatShareBlocks(t *testing.T) {
	c := built{folders: []builtFolder{stored([]byte("some bytes of it"))}, files: []builtFile{{name: "a", size: 1}}}
	for range 50 {
		c.folders = append(c.folders, stored())
	}
	b := c.bytes()
	for i := range c.folders {
		copy(b[headerSize+i*folderSize:], b[headerSize:headerSize+6])
	}
	r, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

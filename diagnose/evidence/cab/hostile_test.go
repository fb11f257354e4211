package cab

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"patchtrace/diagnose/evidence/internal/heap"
)

// A date and a clock of the format: 2007-06-05 14:32:08.
const (
	dosDate  = 27<<9 | 6<<5 | 5
	dosClock = 14<<11 | 32<<5 | 4
)

func TestTheDirectoryOfEveryMethodIsListed(t *testing.T) {
	c := built{
		folders: []builtFolder{stored([]byte("hello")), withMethod(0x1503), withMethod(0x0402), withMethod(9)},
		files: []builtFile{
			{name: "plain.txt", size: 5, date: dosDate, clock: dosClock, attributes: 0x27},
			{name: "mssecure.xml", size: 100, folder: 1, date: dosDate, clock: dosClock, attributes: 0x40},
			{name: "quantum.bin", size: 100, folder: 2, date: dosDate, clock: dosClock},
			{name: "strange.bin", size: 100, folder: 3, date: dosDate, clock: dosClock},
		},
	}
	r := c.open(t)
	want := []string{
		"plain.txt 5 stored 2007-06-05 14:32:08",
		"mssecure.xml 100 LZX 2007-06-05 14:32:08",
		"quantum.bin 100 Quantum 2007-06-05 14:32:08",
		"strange.bin 100 unknown 2007-06-05 14:32:08",
	}
	if diff := cmp.Diff(want, listed(r)); diff != "" {
		t.Error(diff)
	}
	if a := r.Files[0].Attributes; a != ReadOnly|Hidden|System|Archive || r.Files[1].Attributes != Executable {
		t.Errorf("attributes %#x, %#x", a, r.Files[1].Attributes)
	}
	if got, err := r.Read("plain.txt"); err != nil || string(got) != "hello" {
		t.Errorf("stored beside the others: %q, %v", got, err)
	}
	var e *Error
	_, err := r.Read("mssecure.xml")
	if !errors.Is(err, ErrMethod) || !errors.As(err, &e) || e.Offset != headerSize+folderSize+6 || !strings.Contains(err.Error(), "LZX") {
		t.Errorf("LZX: %v", err)
	}
	if _, err := r.Read("quantum.bin"); !errors.Is(err, ErrMethod) || !strings.Contains(err.Error(), "Quantum") {
		t.Errorf("Quantum: %v", err)
	}
}

func TestABadNameIsListedAndNeverUnpacked(t *testing.T) {
	bad := []string{
		"", ".", "..", `..\x`, "../x", `a\..\..\x`, `a\.\x`, `\x`, "/etc/passwd", `\\server\share\x`, "C:x", `C:\x`, "a.txt:stream", `a\\b`, `a\`,
		"NUL", "nul.txt", "con", `x\COM1.log`, "lpt9", "COM\xb9", "CONIN$", "aux .txt", "a.", "a ", `sub \x`, "...",
		"a\nb", "x\x7f", "\x1b[2J", "a*", "what?", "a|b", "<a>", `a"b`,
	}
	for _, name := range bad {
		c := built{
			folders: []builtFolder{stored([]byte("xgood"))},
			files:   []builtFile{{name: name, size: 1}, {name: `sub\good.txt`, size: 4, offset: 1}},
		}
		r := c.open(t)
		var e *Error
		if err := r.Files[0].Err; !errors.Is(err, ErrName) || !errors.As(err, &e) || e.Offset != headerSize+folderSize+fileSize {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := r.Read(r.Files[0].Name); !errors.Is(err, ErrName) {
			t.Errorf("read %q: %v", name, err)
		}
		if got, err := r.Read("sub/good.txt"); err != nil || string(got) != "good" {
			t.Errorf("behind %q: %q, %v", name, got, err)
		}
		if _, err := Pack(Stored, entry(r.Files[0].Name, nil)); !errors.Is(err, ErrName) {
			t.Errorf("write %q: %v", name, err)
		}
	}
	for _, name := range []string{"a", "console.txt", "com10", "comx", "lpt", ".hidden", "a..b", "sub/deep/x.y", "nul_.txt", "Übersicht.txt"} {
		if !safeName(name) {
			t.Errorf("%q is refused", name)
		}
	}
	if _, err := Pack(Stored, entry(strings.Repeat("n", maxName+1), nil)); !errors.Is(err, ErrName) {
		t.Errorf("write a long name: %v", err)
	}
}

func TestOneOfSeveralCabinetsIsListed(t *testing.T) {
	c := built{
		flags: flagPrev | flagNext, prev: "part1.cab\x00Disk 1\x00", next: "part3.cab\x00Disk 3\x00",
		folders: []builtFolder{stored([]byte("end of a")), stored([]byte("whole")), stored([]byte("other"), nil)},
		files: []builtFile{
			{name: "a.txt", size: 100, folder: 0xfffd},
			{name: "behind.txt", size: 3, offset: 100},
			{name: "whole.txt", size: 5, folder: 1},
			{name: "other.txt", size: 5, folder: 2},
			{name: "last.txt", size: 100, offset: 5, folder: 0xfffe},
			{name: "last of all.txt", size: 5, offset: 3, folder: 2},
		},
	}
	c.folders[2].blocks[1].packed = []byte("start of the block")
	r := c.open(t)
	if !r.Spanned() || r.Previous != "part1.cab" || r.Next != "part3.cab" || len(r.Files) != 6 {
		t.Errorf("spanned %v, %q, %q, %v", r.Spanned(), r.Previous, r.Next, listed(r))
	}
	for name, want := range map[string]string{"whole.txt": "whole", "other.txt": "other"} {
		if got, err := r.Read(name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"a.txt", "behind.txt", "last.txt", "last of all.txt"} {
		if _, err := r.Read(name); !errors.Is(err, ErrSpanned) {
			t.Errorf("%s: %v", name, err)
		}
	}
	through := built{flags: flagPrev, prev: "p\x00d\x00", folders: []builtFolder{stored([]byte("x"))}, files: []builtFile{{name: "a", size: 9, folder: 0xffff}}}
	if r := through.open(t); r.Previous != "p" || r.Next != "" || !errors.Is(r.Files[0].Err, ErrSpanned) {
		t.Errorf("through and through: %+v", r.Files[0])
	}
	if _, err := open(through.bytes()[:headerSize+2]); !errors.Is(err, ErrCut) {
		t.Errorf("cut in the name of the cabinet before: %v", err)
	}
}

func TestReservesAreSkipped(t *testing.T) {
	for name, sum := range map[string]func(head, packed []byte) uint32{
		"that counts the reserve": nil,
		"that does not":           func(head, packed []byte) uint32 { return blockSum(head[:4], packed) },
		"that is none":            func([]byte, []byte) uint32 { return 0 },
	} {
		folder := stored([]byte("hello "), []byte("world"))
		for i := range folder.blocks {
			folder.blocks[i].sum = sum
		}
		c := built{
			flags: flagReserve, reserve: bytes.Repeat([]byte{7}, signatureRef), perFolder: 3, perDat: 5,
			folders: []builtFolder{folder, stored([]byte("more"))},
			files:   []builtFile{{name: "a", size: 11}, {name: "b", size: 4, folder: 1}},
		}
		r := c.open(t)
		if got, err := r.Read("a"); err != nil || string(got) != "hello world" {
			t.Errorf("a checksum %s: %q, %v", name, got, err)
		}
		if got, err := r.Read("b"); err != nil || string(got) != "more" {
			t.Errorf("second folder: %q, %v", got, err)
		}
		if _, signature, err := r.Signature(); signature != nil || err != nil {
			t.Errorf("a reserve of another use is no signature: %q, %v", signature, err)
		}
	}
}

func TestASignatureElsewhereIsRefusedAndTheRestRead(t *testing.T) {
	b, err := Signed(Stored, func([]byte) ([]byte, error) { return []byte("s"), nil }, entry("a", []byte("x")))
	if err != nil {
		t.Fatal(err)
	}
	b[headerSize+4+4]++
	r, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Signature(); !errors.Is(err, ErrDamaged) {
		t.Errorf("signature: %v", err)
	}
	if got, err := r.Read("a"); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestFieldsThatAreNoDateAreNoTime(t *testing.T) {
	tests := []struct {
		date, clock uint16
		want        string
	}{
		{dosDate, dosClock, "2007-06-05 14:32:08"},
		{0<<9 | 1<<5 | 1, 0, "1980-01-01 00:00:00"},
		{127<<9 | 12<<5 | 31, 23<<11 | 59<<5 | 29, "2107-12-31 23:59:58"},
		{0, 0, ""},
		{27<<9 | 2<<5 | 30, 0, ""},
		{27<<9 | 13<<5 | 1, 0, ""},
		{27<<9 | 0<<5 | 1, 0, ""},
		{dosDate, 24 << 11, ""},
		{dosDate, 60 << 5, ""},
		{dosDate, 30, ""},
	}
	for _, tt := range tests {
		got := ""
		if at := wallTime(tt.date, tt.clock); !at.IsZero() {
			got = at.Format("2006-01-02 15:04:05")
		}
		if got != tt.want {
			t.Errorf("%#x, %#x: %q, want %q", tt.date, tt.clock, got, tt.want)
		}
	}
	for year, want := range map[int]string{1970: "1980-01-01 00:00:00", 2200: "2107-12-31 23:59:58"} {
		if got := wallTime(dosTime(packed.AddDate(year-packed.Year(), 0, 0))).Format("2006-01-02 15:04:05"); got != want {
			t.Errorf("%d is packed as %s", year, got)
		}
	}
}

func TestFilesOfAFolderAreCutWhereTheyEnd(t *testing.T) {
	c := built{
		folders: []builtFolder{stored([]byte("abc"), []byte("defg"), []byte("h")), stored()},
		files: []builtFile{
			{name: "all", size: 8},
			{name: "middle", size: 4, offset: 2},
			{name: "none", offset: 3},
			{name: "end", size: 1, offset: 7},
			{name: "beyond", size: 3, offset: 6},
			{name: "empty", folder: 1},
			{name: "nothing there", size: 1, folder: 1},
		},
	}
	whole := c.bytes()
	le.PutUint32(whole[headerSize+folderSize:], 1<<31) // where the empty folder is does not matter
	r, err := open(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"all": "abcdefgh", "middle": "cdef", "none": "", "end": "h", "empty": ""} {
		if got, err := r.Read(name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"beyond", "nothing there"} {
		var e *Error
		if _, err := r.Read(name); !errors.Is(err, ErrDamaged) || !errors.As(err, &e) || e.Offset > int64(len(whole)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheCallerBoundsWhatIsRead(t *testing.T) {
	r, err := open(mustPack(t, MSZIP, entry("a", text(1000))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Content("a", 999); !errors.Is(err, ErrLarge) {
		t.Errorf("got %v", err)
	}
	content, err := r.Content("a", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(content); err != nil || !bytes.Equal(got, text(1000)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// 100 MB come out of a small cabinet, a block at a time.
func TestContentIsNeverInMemoryAsAWhole(t *testing.T) {
	const size = 100 << 20
	block, err := zip(make([]byte, maxBlock), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := built{folders: []builtFolder{{method: 1}}, files: []builtFile{{name: "mssecure.xml", size: size}}}
	for range size / maxBlock {
		c.folders[0].blocks = append(c.folders[0].blocks, builtBlock{packed: block, plain: maxBlock})
	}
	content, err := c.open(t).Content("mssecure.xml", size)
	if err != nil {
		t.Fatal(err)
	}
	p := &watched{Peak: heap.NewPeak()}
	n, err := io.Copy(p, content)
	if err != nil || n != size {
		t.Errorf("%d bytes, %v", n, err)
	}
	t.Logf("the heap grew by %d KiB", p.Grown()>>10)
	if p.Grown() > 16<<20 {
		t.Errorf("the heap grew by %d MiB", p.Grown()>>20)
	}
}

// watched takes what is unpacked, and looks at the heap every few megabytes.
type watched struct {
	*heap.Peak

	taken int
}

func (p *watched) Write(b []byte) (int, error) {
	if p.taken += len(b); p.taken%(4<<20) < len(b) {
		p.Look()
	}
	return len(b), nil
}

func TestAFailingFileIsNotTakenForADamagedCabinet(t *testing.T) {
	whole := mustPack(t, Stored, entry("a", []byte("x")))
	refused := errors.New("access denied")
	if _, err := Open(failingAt{whole, 0, refused}, int64(len(whole))); !errors.Is(err, refused) {
		t.Errorf("header: %v", err)
	}
	r, err := Open(failingAt{whole, int64(len(whole)) - 1, refused}, int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read("a"); !errors.Is(err, refused) {
		t.Errorf("block: %v", err)
	}
}

// failingAt cannot be read at one byte.
type failingAt struct {
	data []byte
	at   int64
	err  error
}

func (f failingAt) ReadAt(p []byte, at int64) (int, error) {
	n, err := bytes.NewReader(f.data).ReadAt(p, at)
	if at <= f.at && f.at < at+int64(n) {
		return int(f.at - at), f.err
	}
	return n, err
}

func FuzzRead(f *testing.F) {
	f.Add([]byte{})
	f.Add(mustPack(f, Stored, entry("a.txt", []byte("hello"))))
	f.Add(mustPack(f, MSZIP, entry("a.txt", text(500)), entry("sub/b", nil)))
	signed, err := Signed(MSZIP, func([]byte) ([]byte, error) { return []byte("s"), nil }, entry("a", text(50)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	set := built{
		flags: flagPrev | flagNext | flagReserve, prev: "p\x00d\x00", next: "n\x00d\x00", perFolder: 1, perDat: 2,
		folders: []builtFolder{stored([]byte("abc"), []byte("d")), withMethod(3)},
		files:   []builtFile{{name: `..\x`, size: 1}, {name: "a", size: 3, offset: 1}, {name: "b", size: 9, folder: 0xfffe}},
	}
	f.Add(set.bytes())
	// Without checksums, so that what is changed gets as far as the unpacking.
	block, err := zip(text(300), nil)
	if err != nil {
		f.Fatal(err)
	}
	none := func([]byte, []byte) uint32 { return 0 }
	unchecked := built{
		folders: []builtFolder{{method: 1, blocks: []builtBlock{{block, 300, none}, {block, 300, none}}}},
		files:   []builtFile{{name: "a", size: 600}, {name: "b", size: 10, offset: 295}},
	}
	f.Add(unchecked.bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := open(b)
		var e *Error
		if err != nil {
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > int64(len(b)) {
				t.Fatalf("%v", err)
			}
			return
		}
		_, _, _ = r.Signature() // what they say does not matter here, that they end does
		_ = r.Verify()
		for _, file := range r.Files[:min(len(r.Files), 4)] {
			content, err := r.Content(file.Name, 1<<20)
			if err != nil {
				continue
			}
			n, err := io.Copy(io.Discard, io.LimitReader(content, 1<<20+1))
			if n > 1<<20 {
				t.Fatalf("%d bytes out of %d", n, len(b))
			}
			if err != nil && (!errors.As(err, &e) || e.Offset < 0 || e.Offset > int64(len(b))) {
				t.Fatalf("%v", err)
			}
		}
	})
}

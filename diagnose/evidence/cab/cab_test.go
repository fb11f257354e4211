package cab

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var packed = time.Date(2007, 6, 5, 14, 32, 8, 0, time.FixedZone("", -5*3600))

func entry(name string, data []byte) Entry { return Entry{Name: name, Modified: packed, Data: data} }

// noise does not shrink, text does.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(b) // never fails
	return b
}

func text(n int) []byte { return bytes.Repeat([]byte("BulletinID=\"MS07-901\" "), n/22+1)[:n] }

func mustPack(t testing.TB, m Method, entries ...Entry) []byte {
	t.Helper()
	b, err := Pack(m, entries...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func open(b []byte) (*Reader, error) { return Open(bytes.NewReader(b), int64(len(b))) }

func TestWhatIsPackedIsReadBack(t *testing.T) {
	for _, method := range []Method{Stored, MSZIP} {
		for _, size := range []int{0, 1, 2, 3, maxBlock - 1, maxBlock, maxBlock + 1, 3*maxBlock + 77} {
			for kind, data := range map[string][]byte{"text": text(size), "noise": noise(size)} {
				t.Run(fmt.Sprint(method, " ", kind, " ", size), func(t *testing.T) {
					b := mustPack(t, method, entry("first.txt", []byte("before")), entry("mssecure.xml", data), entry("last", []byte("behind")))
					r, err := open(b)
					if err != nil {
						t.Fatal(err)
					}
					for name, want := range map[string][]byte{"FIRST.TXT": []byte("before"), "mssecure.xml": data, "last": []byte("behind")} {
						if got, err := r.Read(name); err != nil || !bytes.Equal(got, want) {
							t.Errorf("%s: %d bytes, %v; want %d", name, len(got), err, len(want))
						}
					}
				})
			}
		}
	}
}

func TestTheDirectoryTellsNamesSizesAndWallClocks(t *testing.T) {
	b := mustPack(t, MSZIP, entry("mssecure.xml", text(100)), entry("Übersicht.txt", nil))
	r, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Files) != 2 || r.Files[0].Name != "mssecure.xml" || r.Files[0].Size != 100 || r.Files[1].Name != "Übersicht.txt" {
		t.Errorf("got %+v", r.Files)
	}
	if got := r.Files[0].Modified.Format("2006-01-02 15:04:05"); got != "2007-06-05 14:32:08" {
		t.Errorf("modified %s", got)
	}
	if r.Size != int64(len(b)) || r.Missing() != 0 {
		t.Errorf("size %d, missing %d of %d", r.Size, r.Missing(), len(b))
	}
}

// The bytes of a cabinet that was laid out by hand after the format's
// description: one stored file, "hello.txt", without checksum.
func TestACabinetOfAnotherMakerIsRead(t *testing.T) {
	b := []byte("MSCF\x00\x00\x00\x00" + "\x54\x00\x00\x00" + "\x00\x00\x00\x00" + "\x2c\x00\x00\x00" + "\x00\x00\x00\x00" +
		"\x03\x01" + "\x01\x00" + "\x01\x00" + "\x00\x00" + "\x22\x06" + "\x00\x00" +
		"\x46\x00\x00\x00" + "\x01\x00" + "\x00\x00" +
		"\x06\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00" + "\x6c\x22" + "\xba\x59" + "\x20\x00" + "hello.txt\x00" +
		"\x00\x00\x00\x00" + "\x06\x00" + "\x06\x00" + "hello\n")
	r, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Read("hello.txt")
	if err != nil || string(got) != "hello\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if day := r.Files[0].Modified.Format("2006-01-02 15:04:05"); day != "1997-03-12 11:13:52" {
		t.Errorf("modified %s", day)
	}
}

// The example of the format's description: the checksum of a block is the
// exclusive or of its words, the odd bytes at the end turned round.
func TestChecksum(t *testing.T) {
	for in, want := range map[string]uint32{
		"":                             0,
		"\x01\x02\x03\x04":             0x04030201,
		"\x01\x02\x03\x04\x05":         0x04030201 ^ 0x05,
		"\x00\x00\x00\x00\x01\x02\x03": 0x010203,
	} {
		if got := checksum([]byte(in), 0); got != want {
			t.Errorf("%q: %#x, want %#x", in, got, want)
		}
	}
}

func TestACutCabinetSaysWhere(t *testing.T) {
	for _, method := range []Method{Stored, MSZIP} {
		whole := mustPack(t, method, entry("mssecure.xml", noise(40000)), entry("other.xml", text(40000)))
		for n := 0; n < len(whole); n++ {
			if n > 200 && n < len(whole)-200 {
				n += 100 // the middle of a block is like its neighbours
			}
			r, err := open(whole[:n])
			if err == nil {
				if r.Missing() != int64(len(whole)-n) {
					t.Fatalf("%d: missing %d", n, r.Missing())
				}
				_, err = r.Read("other.xml")
			}
			var e *Error
			if !errors.Is(err, ErrCut) || !errors.As(err, &e) || e.Offset < 0 || e.Offset > int64(n) {
				t.Fatalf("%s cut at %d: %v", method, n, err)
			}
		}
	}
}

func TestAFlippedBitOfABlockIsFound(t *testing.T) {
	whole := mustPack(t, MSZIP, entry("mssecure.xml", text(40000)))
	r, err := open(whole)
	if err != nil {
		t.Fatal(err)
	}
	for at := int(r.folders[0].at); at < len(whole); at++ {
		b := bytes.Clone(whole)
		b[at] ^= 0x10
		r, err := open(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read("mssecure.xml"); err == nil {
			t.Fatalf("byte %d", at)
		}
	}
}

func TestWhatIsNoCabinetIsRefused(t *testing.T) {
	many := mustPack(t, Stored, entry("a", []byte("x")))
	many = append(many[:len(many)-9], "garbage"...)
	le.PutUint16(many[28:], 0xffff)
	good := mustPack(t, Stored, entry("a", []byte("x")))
	with := func(at int, bytesAt ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], bytesAt)
		return b
	}
	tests := []struct {
		name string
		data []byte
		want error
		at   int64
	}{
		{"nothing", nil, ErrCut, 0},
		{"the first two letters", []byte("MS"), ErrCut, 2},
		{"a page of HTML", []byte("<html><body>Sign in to the proxy</body></html>"), ErrNotCab, 0},
		{"a program", []byte("MZ\x90\x00" + strings.Repeat("x", 100)), ErrNotCab, 0},
		{"another version", with(25, 2), ErrDamaged, 25},
		{"no folder", with(26, 0), ErrDamaged, 16},
		{"files beyond the end", with(16, 0xff, 0xff, 0xff), ErrDamaged, 16},
		{"65535 files in a few bytes", many, ErrCut, int64(len(many))},
		{"65535 folders in a few bytes", with(26, 0xff, 0xff), ErrCut, int64(len(good))},
		{"a reserve beyond the end", with(30, 4, 0, 0, 0, 0, 0, 0xff, 0xff), ErrCut, int64(len(good))},
		{"a name without an end", append(with(28, 2), bytes.Repeat([]byte("n"), 400)...), ErrDamaged, 78},
		{"a file of no folder", with(headerSize+folderSize+8, 9), ErrDamaged, headerSize + folderSize + 8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(tt.data)
			var e *Error
			if !errors.Is(err, tt.want) || !errors.As(err, &e) || e.Offset != tt.at {
				t.Errorf("got %v, want %v at %d", err, tt.want, tt.at)
			}
		})
	}
}

func TestASignatureStandsBehindTheCabinet(t *testing.T) {
	var signed []byte
	b, err := Signed(MSZIP, func(cabinet []byte) ([]byte, error) {
		signed = bytes.Clone(cabinet)
		return []byte("signature"), nil
	}, entry("mssecure.xml", text(70000)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	covered, signature, err := r.Signature()
	if err != nil || string(signature) != "signature" || !bytes.Equal(covered, signed) {
		t.Errorf("signature %q over %d bytes, %v; want %d bytes", signature, len(covered), err, len(signed))
	}
	if got, err := r.Read("mssecure.xml"); err != nil || len(got) != 70000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if r, err = open(b[:len(b)-1]); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Signature(); !errors.Is(err, ErrCut) {
		t.Errorf("cut signature: %v", err)
	}
}

func TestWhatCannotBePackedIsRefused(t *testing.T) {
	if _, err := Pack(Stored); err == nil {
		t.Error("no file")
	}
	if _, err := Pack(3, entry("a", nil)); !errors.Is(err, ErrMethod) {
		t.Errorf("LZX: %v", err)
	}
	if _, err := Signed(Stored, func([]byte) ([]byte, error) { return nil, errors.New("no key") }, entry("a", nil)); err == nil {
		t.Error("a failing signer")
	}
	r, err := open(mustPack(t, Stored, entry("a", nil)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read("b"); !errors.Is(err, ErrNoFile) {
		t.Errorf("no such file: %v", err)
	}
}

func TestAnyFilesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		method := rapid.SampledFrom([]Method{Stored, MSZIP}).Draw(t, "method")
		var entries []Entry
		for i := range rapid.IntRange(1, 5).Draw(t, "files") {
			data := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "data")
			entries = append(entries, entry(fmt.Sprintf("f%d", i), bytes.Repeat(data, rapid.IntRange(1, 900).Draw(t, "times"))))
		}
		b, err := Pack(method, entries...)
		if err != nil {
			t.Fatal(err)
		}
		r, err := open(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if got, err := r.Read(e.Name); err != nil || !bytes.Equal(got, e.Data) {
				t.Fatalf("%s: %v", e.Name, err)
			}
		}
	})
}

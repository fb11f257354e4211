package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"patchtrace/diagnose/evidence/cab"
	"patchtrace/diagnose/evidence/catalogue"
	"patchtrace/diagnose/evidence/internal/heap"
	"patchtrace/lab/practice"
	"patchtrace/logparse"
)

var (
	practiceDay = time.Date(2007, 6, 7, 0, 0, 0, 0, time.UTC)
	packedAt    = time.Date(2007, 6, 5, 14, 32, 8, 0, time.UTC)
)

// memory is a file in memory.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

func fileOf(name string, data []byte) File {
	return File{
		Modified: time.Date(2007, 6, 6, 3, 0, 0, 0, time.FixedZone("", -5*3600)),
		Part:     logparse.Part{Name: name, Size: int64(len(data)), Open: func() (logparse.File, error) { return memory{bytes.NewReader(data)}, nil }},
	}
}

func practiceXML(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := practice.Write(&b, practice.Catalogue(practice.Security, practice.Current(practiceDay))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packedCab(t testing.TB, method cab.Method, entries ...cab.Entry) []byte {
	t.Helper()
	b, err := cab.Pack(method, entries...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func practiceCab(t testing.TB) []byte {
	t.Helper()
	return packedCab(t, cab.MSZIP, cab.Entry{Name: "mssecure.xml", Modified: packedAt, Data: practiceXML(t)})
}

func TestTheNamesOfCatalogues(t *testing.T) {
	for name, want := range map[string]bool{
		"mssecure.cab": true, `C:\x\MSSecure.CAB`: true, "a/b/mssecure.xml": true, "mssecure_1031.cab": true, "invcif.exe": true,
		"WSUSSCAN.cab": true, "x/wsusscn2.cab": true,
		"": false, "mssecure": false, "mssecure.cab.bak": false, "mssecure.cab/x": false, "my-mssecure.cab": false, "patchauthorize.xml": false, "wsusscn3.cab": false, "mssecure.log": false,
	} {
		if got := IsCatalogue(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestAPathTellsPlaceTrackAndPackage(t *testing.T) {
	tests := []struct{ path, want string }{
		{`\\SYNC01\Tools\SecurityPatch\PkgSource\1033\mssecure.cab`, "package source|security|"},
		{`C:\Program Files\SecurityPatch\PkgSource\1033\mssecure.cab`, "package source|security|"},
		{`D:\Tools\OfficePatch\PkgSource\1033\invcif.exe`, "package source|office|"},
		{`D:\Tools\OFFICEPATCH\PKGSOURCE\1033\mssecure.cab`, "package source|office|"},
		{`\\site\PackageSrc_1\1033\wsusscn2.cab`, "package source|microsoft-update|"},
		{`\\DP01\SMSPKGC$\LAB00012\1033\mssecure.cab`, "distribution point|security|LAB00012"},
		{`//dp01/smspkg/abc0001f/1033/mssecure.cab`, "distribution point|security|ABC0001F"},
		{`E:\SMSPKG\LAB00012\mssecure.cab`, "distribution point|security|LAB00012"},
		{`\\DP01\SMSPKGE$\LAB00014\wsusscan.cab`, "distribution point|microsoft-update|LAB00014"},
		{`SMSPKG$/LAB00012/1033/mssecure.xml`, "distribution point|security|LAB00012"},
		{`SMS_DP_SMSPKG$/LAB00012/1033/mssecure.xml`, "distribution point|security|LAB00012"},
		{`WINDOWS/System32/VPCache/lab00012/1033/mssecure.cab`, "client's cache|security|LAB00012"},
		{`vpcache\LAB00013\1033\invcif.exe`, "client's cache|office|LAB00013"},
		{`vpcache/mssecure.cab`, "client's cache|security|"},
		{`vpcache/strange folder/mssecure.cab`, "client's cache|security|"},
		{`copies/SMSPKGC$/LAB00012/of/PkgSource/mssecure.cab`, "package source|security|"},
		{`collected/pkgsource/vpcache/LAB00012/mssecure.cab`, "client's cache|security|LAB00012"},
		{`mssecure.cab`, "elsewhere|security|"},
		{`Downloads\wsusscn2.cab`, "elsewhere|microsoft-update|"},
		{`smspkgs/LAB00012/mssecure.cab`, "elsewhere|security|"},
		{`vpcache-old/LAB00012/mssecure.cab`, "elsewhere|security|"},
		{``, "elsewhere|security|"},
	}
	for _, tt := range tests {
		place, track, pkg := placeOf(tt.path)
		if got := fmt.Sprintf("%s|%s|%s", place, track, pkg); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.path, got, tt.want)
		}
	}
}

func TestACabinetTellsItsThreeDates(t *testing.T) {
	data := practiceCab(t)
	c := ReadCatalogue(fileOf("vpcache/LAB00012/1033/mssecure.cab", data))
	sum := sha256.Sum256(data)
	search := c.Bulletins
	c.Bulletins = nil
	want := Copy{
		Origin: Origin{Name: "vpcache/LAB00012/1033/mssecure.cab"}, Place: ClientCache, Generation: MSSecure, Track: "security", Package: "LAB00012",
		Size: int64(len(data)), Downloaded: time.Date(2007, 6, 6, 8, 0, 0, 0, time.UTC), Packed: packedAt,
		Published: time.Date(2007, 6, 5, 0, 0, 0, 0, time.UTC), DataVersion: "1.1.2.412", Digest: hex.EncodeToString(sum[:]),
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	list, err := search(Find{Numbers: []string{"KB990108"}})
	posted := time.Date(2007, 3, 5, 0, 0, 0, 0, time.UTC)
	wantList := []Listed{{
		Bulletin: "MS07-908", Number: "990108", Patch: "Q990108.exe", Title: "Invented for practice: graphics rendering could run code (first version)",
		Posted: posted, Revised: posted, Products: []string{"Windows XP Professional (Windows XP Service Pack 2)"}, SupersededBy: []string{"MS07-902"},
	}}
	if diff := cmp.Diff(wantList, list); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if list, err = search(Find{Bulletins: []string{"MS99-999"}}); err != nil || list != nil {
		t.Errorf("what is not in it: %v, %v", list, err)
	}
}

func TestABareXMLIsReadInEveryEncoding(t *testing.T) {
	text := practiceXML(t)
	wide := binary.LittleEndian.AppendUint16(nil, 0xfeff)
	for _, u := range utf16.Encode([]rune(string(text))) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	for name, data := range map[string][]byte{"UTF-8": text, "with a mark": append([]byte("\ufeff"), text...), "UTF-16": wide} {
		c := ReadCatalogue(fileOf("mssecure.xml", data))
		if c.Err != nil || c.DataVersion != "1.1.2.412" || c.Published.IsZero() || !c.Packed.IsZero() || c.Digest == "" {
			t.Fatalf("%s: %+v", name, c)
		}
		if list, err := c.Bulletins(Find{Bulletins: []string{"MS07-901"}}); err != nil || len(list) != 1 || list[0].Number != "990101" {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}

func TestOtherGenerationsTellTheirDates(t *testing.T) {
	c := ReadCatalogue(fileOf("OfficePatch/PkgSource/1033/invcif.exe", []byte("MZ\x90\x00 and so on, as programs are")))
	if c.Err != nil || c.Generation != Office || c.Track != "office" || c.Place != PackageSource || c.Downloaded.IsZero() || c.Digest == "" || c.Bulletins != nil {
		t.Errorf("%+v", c)
	}
	data := packedCab(
		t, cab.MSZIP,
		cab.Entry{Name: "index.xml", Modified: packedAt.AddDate(0, 0, 3), Data: []byte("<x/>")},
		cab.Entry{Name: "package.cab", Modified: packedAt, Data: []byte("inner")},
	)
	for name, generation := range map[string]Generation{"wsusscan.cab": WSUSScan, "wsusscn2.cab": WSUSScn2} {
		c := ReadCatalogue(fileOf(name, data))
		if c.Err != nil || c.Generation != generation || c.Track != "microsoft-update" || !c.Packed.Equal(packedAt) || c.DataVersion != "" || c.Bulletins != nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestAnLZXCabinetTellsItsDatesAndWhatToDo(t *testing.T) {
	data := practiceCab(t)
	data[36+6], data[36+7] = 3, 21 // of the folder's entry: the method
	c := ReadCatalogue(fileOf("mssecure.cab", data))
	if c.Err != nil || !c.Packed.Equal(packedAt) || c.DataVersion != "" || c.Digest == "" {
		t.Errorf("%+v", c)
	}
	if !errors.Is(c.Opaque, cab.ErrMethod) || !strings.Contains(c.Opaque.Error(), "LZX") || !strings.Contains(c.Opaque.Error(), "expand") {
		t.Errorf("opaque: %v", c.Opaque)
	}
	if _, err := c.Bulletins(Find{Bulletins: []string{"MS07-901"}}); !errors.Is(err, cab.ErrMethod) {
		t.Errorf("search: %v", err)
	}
}

func TestWhatIsWrongIsSaidInASentence(t *testing.T) {
	good, xml := practiceCab(t), practiceXML(t)
	changed := func(at int, with ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], with)
		return b
	}
	inCab := func(name, text string) []byte {
		return packedCab(t, cab.MSZIP, cab.Entry{Name: name, Modified: packedAt, Data: []byte(text)})
	}
	unsafe := bytes.Replace(inCab("xxxmssecure.xml", string(xml)), []byte("xxxmssecure.xml"), []byte(`..\mssecure.xml`), 1)
	spanned := changed(30, 2)
	spanned = append(append(append([]byte{}, spanned[:36]...), "part2.cab\x00d\x00"...), spanned[36:]...)
	le := binary.LittleEndian
	le.PutUint32(spanned[16:], le.Uint32(spanned[16:])+12) // where the files begin
	le.PutUint32(spanned[8:], uint32(len(spanned)))        // how long it is
	le.PutUint32(spanned[48:], le.Uint32(spanned[48:])+12) // where the blocks begin
	le.PutUint16(spanned[48+8+8:], 0xfffe)                 // the folder of the file
	many := changed(28, 0xff, 0xff)
	tests := []struct {
		name, file string
		data       []byte
		want       string
		cause      error
	}{
		{"nothing", "mssecure.cab", nil, "the file is empty: the download or the copy was broken off", nil},
		{"cut", "mssecure.cab", good[:600], fmt.Sprintf("the cabinet is cut: 600 of %s bytes are there; the download or the copy was broken off", grouped(int64(len(good)))), cab.ErrCut},
		{"a byte less", "mssecure.cab", good[:len(good)-1], "bytes are there; the download or the copy was broken off", cab.ErrCut},
		{"cut in the directory", "mssecure.cab", good[:50], fmt.Sprintf("the cabinet is cut: 50 of %s bytes are there", grouped(int64(len(good)))), cab.ErrCut},
		{"cut in the header", "mssecure.cab", good[:10], "the cabinet is cut: only 10 bytes are there", cab.ErrCut},
		{"a page", "mssecure.cab", []byte("<html><body>407 Proxy Authentication Required"), "it is no cabinet but a page of HTML or XML: a proxy or web server has answered", cab.ErrNotCab},
		{"a program", "mssecure.cab", []byte("MZ\x90\x00 this is one"), `it is no cabinet: it begins with "MZ\x90\x00 this`, cab.ErrNotCab},
		{"a flipped bit", "mssecure.cab", changed(len(good)-20, good[len(good)-20]^1), "the cabinet is damaged: the checksum at byte ", cab.ErrChecksum},
		{"another version", "mssecure.cab", changed(25, 9), "the cabinet is damaged at byte 25 (version 9.3)", cab.ErrDamaged},
		{"65535 files", "mssecure.cab", many, "the cabinet is damaged", nil},
		{"another file", "mssecure.cab", packedCab(t, cab.Stored, cab.Entry{Name: "readme.txt"}, cab.Entry{Name: "a/setup.inf"}), `the cabinet has no mssecure.xml: it holds "readme.txt", "setup.inf"; another cabinet`, cab.ErrNoFile},
		{"a path in the name", "mssecure.cab", unsafe, `mssecure.xml only under the name "../mssecure.xml", which would leave its folder`, cab.ErrName},
		{"one of several", "mssecure.cab", spanned, `the cabinet is one of several, and mssecure.xml is partly in "part2.cab"`, cab.ErrSpanned},
		{"HTML inside", "mssecure.cab", inCab("mssecure.xml", "<html/>"), "mssecure.xml is XML, but no catalogue", catalogue.ErrNotCatalogue},
		{"no XML inside", "mssecure.cab", inCab("mssecure.xml", "PK\x03\x04"), "mssecure.xml is ", nil},
		{"nothing inside", "mssecure.cab", inCab("mssecure.xml", ""), "mssecure.xml is cut: it ends in the middle", io.ErrUnexpectedEOF},
		{"a DOCTYPE inside", "mssecure.cab", inCab("mssecure.xml", `<!DOCTYPE x SYSTEM "http://h/x.dtd"><BulletinDatastore/>`), "mssecure.xml has a DOCTYPE", catalogue.ErrDeclares},
		{"an entity", "mssecure.xml", []byte(`<BulletinDatastore DataVersion="&x;"></BulletinDatastore>`), "mssecure.xml uses an entity", nil},
		{"another file taken in", "mssecure.xml", []byte(`<BulletinDatastore xmlns:xi="http://www.w3.org/2001/XInclude"></BulletinDatastore>`), "mssecure.xml refers to another file", catalogue.ErrExternal},
		{"an endless tag", "mssecure.xml", []byte(`<BulletinDatastore a="` + strings.Repeat("x", 2<<20)), "mssecure.xml is built as no catalogue is", catalogue.ErrLong},
		{"XML that is cut", "mssecure.xml", xml[:1000], "mssecure.xml is cut: after 1,000 bytes it ends without </BulletinDatastore>", io.ErrUnexpectedEOF},
		{"XML that is cut in its head", "mssecure.xml", []byte(`<?xml version="1.0"?><BulletinDatastore Data`), "mssecure.xml is cut: it ends in the middle", nil},
		{"nonsense", "mssecure.xml", []byte(`<BulletinDatastore <>`), "mssecure.xml is damaged", nil},
		{"no program", "invcif.exe", []byte("  <!DOCTYPE html>"), "it is no program but a page of HTML or XML", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := ReadCatalogue(fileOf("vpcache/LAB00012/"+tt.file, tt.data))
			if c.Err == nil || !strings.Contains(c.Err.Error(), tt.want) || tt.cause != nil && !errors.Is(c.Err, tt.cause) {
				t.Errorf("got  %v\nwant %s", c.Err, tt.want)
			}
			if c.Err != nil && (len(c.Err.Error()) > 700 || strings.ContainsAny(c.Err.Error(), "\n\x1b")) {
				t.Errorf("no sentence: %q", c.Err)
			}
			if c.Place != ClientCache || c.Package != "LAB00012" || c.Downloaded.IsZero() {
				t.Errorf("the path is told all the same: %+v", c)
			}
		})
	}
}

func TestOfACutCopyIsToldWhatIsThere(t *testing.T) {
	data := packedCab(t, cab.Stored, cab.Entry{Name: "mssecure.xml", Modified: packedAt, Data: append(practiceXML(t), bytes.Repeat([]byte("\n"), 100_000)...)})
	c := ReadCatalogue(fileOf("mssecure.cab", data[:len(data)-1000]))
	if !errors.Is(c.Err, cab.ErrCut) || c.DataVersion != "1.1.2.412" || !c.Packed.Equal(packedAt) || c.Digest == "" {
		t.Errorf("%+v", c)
	}
	if list, err := c.Bulletins(Find{Bulletins: []string{"MS07-901"}}); len(list) != 1 || !errors.Is(err, cab.ErrCut) {
		t.Errorf("%v, %v", list, err)
	}
}

func TestANameThatLeavesItsFolderIsTold(t *testing.T) {
	data := packedCab(
		t, cab.MSZIP,
		cab.Entry{Name: "x-x-evil.dll", Modified: packedAt, Data: []byte("MZ")},
		cab.Entry{Name: "mssecure.xml", Modified: packedAt, Data: practiceXML(t)},
	)
	data = bytes.Replace(data, []byte("x-x-evil.dll"), []byte(`..\..\il.dll`)[:12], 1)
	c := ReadCatalogue(fileOf("mssecure.cab", data))
	if !errors.Is(c.Err, cab.ErrName) || !strings.Contains(c.Err.Error(), `"../../il.dll"`) || c.DataVersion != "1.1.2.412" {
		t.Errorf("%+v", c)
	}
	if list, err := c.Bulletins(Find{Bulletins: []string{"MS07-901"}}); err != nil || len(list) != 1 {
		t.Errorf("what is beside it: %v, %v", list, err)
	}
}

func TestACatalogueThatCannotBeReadSaysWhy(t *testing.T) {
	f := fileOf("mssecure.cab", practiceCab(t))
	open := f.Open
	f.Open = func() (logparse.File, error) { return nil, fs.ErrPermission }
	if c := ReadCatalogue(f); !errors.Is(c.Err, fs.ErrPermission) || !strings.Contains(c.Err.Error(), "could not be opened: permission denied") {
		t.Errorf("%v", c.Err)
	}
	f.Open, f.Size = open, f.Size+10
	if c := ReadCatalogue(f); c.Err == nil || !strings.Contains(c.Err.Error(), "is cut") || c.Digest != "" {
		t.Errorf("shorter than listed: %v, %q", c.Err, c.Digest)
	}
	f.Open = nil
	if c := ReadCatalogue(f); c.Err == nil {
		t.Error("no way to open it")
	}
}

// hugeXML is a catalogue of about 100 MB that is made while it is read.
type hugeXML struct {
	start, each, end string
	peak             *heap.Peak // looks at the heap every few megabytes, if there is one
}

func (h hugeXML) count() int64 { return 100 << 20 / int64(len(h.each)) }
func (h hugeXML) size() int64 {
	return int64(len(h.start)) + h.count()*int64(len(h.each)) + int64(len(h.end))
}
func (hugeXML) Close() error { return nil }

func (h hugeXML) ReadAt(p []byte, at int64) (n int, err error) {
	if at>>22 != (at+int64(len(p)))>>22 && h.peak != nil {
		h.peak.Look()
	}
	middle, after := int64(len(h.start)), int64(len(h.start))+h.count()*int64(len(h.each))
	for n < len(p) && at < h.size() {
		var c int
		switch {
		case at < middle:
			c = copy(p[n:], h.start[at:])
		case at < after:
			c = copy(p[n:min(int64(len(p)), int64(n)+after-at)], h.each[(at-middle)%int64(len(h.each)):])
		default:
			c = copy(p[n:], h.end[at-after:])
		}
		n, at = n+c, at+int64(c)
	}
	if n < len(p) {
		err = io.EOF
	}
	return n, err
}

func TestAHundredMegabytesAreNeverInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 300 MB")
	}
	top := heap.NewPeak()
	h := hugeXML{
		`<?xml version="1.0"?><BulletinDatastore DataVersion="1.2.3.4" LastDataUpdate="6/5/2007"><Bulletins>`,
		`<Bulletin BulletinID="MS01-001" Summary="` + strings.Repeat("long ", 1000) + `"/>`,
		`<Bulletin BulletinID="MS07-901"><Patches><Patch PatchName="p" SQNumber="Q1"/></Patches></Bulletin></Bulletins></BulletinDatastore>`,
		top,
	}
	f := File{Part: logparse.Part{Name: "mssecure.xml", Size: h.size(), Open: func() (logparse.File, error) { return h, nil }}}
	c := ReadCatalogue(f)
	if c.Err != nil || c.DataVersion != "1.2.3.4" || c.Digest == "" || !c.Downloaded.IsZero() {
		t.Fatalf("%+v", c)
	}
	list, err := c.Bulletins(Find{Numbers: []string{"1"}})
	if err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	t.Logf("%d MB: the heap grew by %d KiB", h.size()>>20, top.Grown()>>10)
	if top.Grown() > 16<<20 {
		t.Errorf("the heap grew by %d MiB", top.Grown()>>20)
	}
}

func TestACopyTooLargeToBeReadWholeTellsItsDates(t *testing.T) {
	h := hugeXML{start: string(practiceCab(t)), each: strings.Repeat("\x00", 1<<16)} // a signature or padding behind it
	f := File{Part: logparse.Part{Name: "wsusscn2.cab", Size: maxWhole + 1, Open: func() (logparse.File, error) { return h, nil }}}
	if c := ReadCatalogue(f); c.Err != nil || c.Digest != "" || !c.Packed.Equal(packedAt) {
		t.Errorf("%+v", c)
	}
}

// smallXML is a seed that the fuzzer gets through quickly.
const smallXML = `<?xml version="1.0"?><BulletinDatastore DataVersion="1.2" LastDataUpdate="6/5/2007"><Bulletins><Bulletin BulletinID="MS07-901" DatePosted="2007/06/05"><QNumbers><QNumber QNumber="Q1"/></QNumbers>` +
	`<Patches><Patch PatchName="p.exe" SBID="1" SQNumber="Q1"><AffectedProduct ProductID="1"/></Patch></Patches></Bulletin></Bulletins><Products><Product ProductID="1" Name="P"/></Products></BulletinDatastore>`

func FuzzReadCatalogue(f *testing.F) {
	small := packedCab(f, cab.Stored, cab.Entry{Name: "mssecure.xml", Modified: packedAt, Data: []byte(smallXML)})
	f.Add("mssecure.cab", small, "MS07-901")
	f.Add(`PkgSource\mssecure.xml`, []byte(smallXML), "")
	f.Add("vpcache/ABC00001/invcif.exe", []byte("MZ"), "x")
	f.Add("wsusscn2.cab", small[:100], "x")
	f.Fuzz(func(t *testing.T, name string, data []byte, id string) {
		c := ReadCatalogue(fileOf(name, data))
		if c.Err != nil && (c.Err.Error() == "" || len(c.Err.Error()) > 3000) {
			t.Fatalf("%q", c.Err)
		}
		if c.Bulletins != nil {
			if list, _ := c.Bulletins(Find{Bulletins: []string{id}}); len(list) > 0 && strings.TrimSpace(id) == "" { // of a broken one what is before the damage
				t.Fatalf("found %v", list)
			}
		}
	})
}

// FuzzCatalogueInCabinet breaks the text inside of a whole cabinet.
func FuzzCatalogueInCabinet(f *testing.F) {
	f.Add([]byte(smallXML), "MS07-901")
	f.Add([]byte(`<BulletinDatastore LastDataUpdate="1/1/2001"/>`), "")
	f.Fuzz(func(t *testing.T, text []byte, id string) {
		data, err := cab.Pack(cab.MSZIP, cab.Entry{Name: "sub/MSSECURE.XML", Modified: packedAt, Data: text})
		if err != nil {
			t.Skip(err)
		}
		c := ReadCatalogue(fileOf("mssecure.cab", data))
		bare := ReadCatalogue(fileOf("mssecure.xml", text))
		if c.DataVersion != bare.DataVersion || !c.Published.Equal(bare.Published) {
			t.Fatalf("in a cabinet %q %v, bare %q %v", c.DataVersion, c.Published, bare.DataVersion, bare.Published)
		}
		_, _ = c.Bulletins(Find{Bulletins: []string{id}}) // that it ends is what matters here
	})
}

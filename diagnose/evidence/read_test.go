package evidence

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"patchtrace/logparse"
)

type readMemory struct{ *bytes.Reader }

func (readMemory) Close() error { return nil }

// file is a file in memory that counts how often it is opened.
func file(name, text string, opened *atomic.Int32) File {
	return File{
		Part: logparse.Part{Name: name, Size: int64(len(text)), Open: func() (logparse.File, error) {
			if opened != nil {
				opened.Add(1)
			}
			return readMemory{bytes.NewReader([]byte(text))}, nil
		}},
		Modified: time.Date(2007, 6, 5, 2, 0, 0, 0, time.UTC),
	}
}

const one = "instance of Win32_PatchState\n{\n\tID = \"MS04-011\";\n\tQNumbers = \"835732\";\n\tStatus = \"Applicable\";\n};\n"

func TestWhatFilesHoldIsPutInOrder(t *testing.T) {
	missing := File{Where: "/x/vpcache/XYZ00013", Missing: true}
	missing.Name = "XYZ00013"
	unread := File{Err: errors.New("no such folder")}
	unread.Name = "//SYNC01/SMSTools/PkgSource"
	inCache := file("XYZ00012/1033/mssecure.cab", "MSCF", nil)
	inCache.Where, inCache.Wall = "//wks1/admin$/System32/vpcache/XYZ00012/1033/mssecure.cab", true
	set := Read(t.Context(), []File{
		file("z.mof", one, nil), inCache, missing, file("a/PatchState.mof", one+one, nil), unread,
		file("PkgSource/1033/mssecure.cab", "no cabinet", nil), file("PatchAuthorize.xml", "<x/>", nil),
	})
	var copies []string
	for _, c := range set.Catalogues {
		copies = append(copies, string(c.Place)+" "+c.Name)
	}
	if want := []string{"package source PkgSource/1033/mssecure.cab", "client's cache XYZ00012/1033/mssecure.cab", "client's cache XYZ00013"}; !slices.Equal(copies, want) {
		t.Errorf("got %q, want %q", copies, want)
	}
	if set.Catalogues[0].Err == nil || set.Catalogues[0].Wall || !set.Catalogues[1].Wall || set.Catalogues[1].Package != "XYZ00012" || !set.Catalogues[2].Missing || set.Catalogues[2].Package != "XYZ00013" {
		t.Errorf("%+v", set.Catalogues)
	}
	if len(set.Patches) != 3 || set.Patches[0].Name != "a/PatchState.mof" || set.Patches[2].Name != "z.mof" || !set.PatchesAsked {
		t.Errorf("%+v", set.Patches)
	}
	if len(set.Problems) != 1 || set.Problems[0].Name != unread.Name || len(set.Authorizations) != 1 {
		t.Errorf("%+v, %+v", set.Problems, set.Authorizations)
	}
}

// Only what lists all patches tells that another one is absent.
func TestOnlyAWholeListTellsWhatIsAbsent(t *testing.T) {
	declared := "class Win32_PatchState\n{\n\t[key] string ID;\n};\n"
	for _, tt := range []struct {
		name, text string
		asked      bool
	}{
		{"Win32_PatchState.mof", one, false},
		{"Win32_PatchState.mof", one + one, true},
		{"SMS_def.mof", declared, false},
		{"Win32_PatchState.mof", declared + one, true},
		{"Win32_PatchState.mof", "// nothing\n", false},
		{"other.mof", "class CIM_Other\n{\n};\n", false},
		{"PatchState.csv", "\"ID\",\"QNumbers\",\"Status\"\r\n\"MS04-011\",\"835732\",\"Installed\"\r\n", true},
		{"PatchState.json", "[]", true},
		{"CCM_UpdateStatus.json", "[{\"UniqueId\":\"1\",\"Status\":\"Missing\"}]", true},
	} {
		if set := Read(t.Context(), []File{file(tt.name, tt.text, nil)}); set.PatchesAsked != tt.asked || len(set.Problems) > 0 {
			t.Errorf("%s with %q: asked %v, %+v", tt.name, tt.text, set.PatchesAsked, set.Problems)
		}
	}
}

// Show MOF of the class in place of one of its instances says nothing of the client.
func TestTheClassWithoutInstancesIsNoResult(t *testing.T) {
	const class = "[dynamic, provider(\"x\")]\r\nclass Win32_PatchState\r\n{\r\n\t[key] string ID = \"\";\r\n\tdatetime TimeDetected;\r\n};\r\n"
	for _, name := range []string{"vpcache/XYZ00012/patchstate.mof", "showmof.txt", "class.mof"} {
		f := file(name, class, nil)
		if set := Read(t.Context(), []File{f}); !set.Empty() {
			t.Errorf("%s: %+v", name, set)
		}
		f.Named = true
		if set := Read(t.Context(), []File{f}); set.PatchesAsked || len(set.Problems) != 1 || !errors.Is(set.Problems[0].Err, errOnlyClass) {
			t.Errorf("%s, given: %+v", name, set)
		}
	}
}

func TestOfADamagedFileWhatStandsBeforeTheDamageCounts(t *testing.T) {
	set := Read(t.Context(), []File{file("a.mof", one+"instance of Win32_PatchState\n{\n\tID =", nil), file("b.mof", one, nil)})
	if len(set.Patches) != 2 || len(set.Problems) != 1 || set.Problems[0].Name != "a.mof" {
		t.Errorf("%+v, %+v", set.Patches, set.Problems)
	}
	// One of Windows' own that cannot be read is nobody's concern.
	if set := Read(t.Context(), []File{file("wbem/cli.mof", "qualifier Foo : boolean", nil)}); !set.Empty() {
		t.Errorf("%+v", set)
	}
	if set := Read(t.Context(), []File{file("wbem/x.mof", "qualifier Win32_PatchState", nil)}); len(set.Problems) != 1 {
		t.Errorf("%+v", set)
	}
}

// A file that was given is not passed over for its name: what is wrong with it is told.
func TestWhatIsWrongWithAFileThatWasGivenIsTold(t *testing.T) {
	f := file("wks.csv", "ID,QNumbers,Status,Title\r\nMS04-911,935732,Applicable,one, two\r\n", nil)
	f.Named = true
	set := Read(t.Context(), []File{f})
	if len(set.Problems) != 1 || !errors.Is(set.Problems[0].Err, ErrExport) || !strings.Contains(set.Problems[0].Err.Error(), "line 2: 5 values under 4 columns") {
		t.Errorf("%+v", set.Problems)
	}
}

func TestContentTellsWhereTheNameDoesNot(t *testing.T) {
	var wide []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + one)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	for _, tt := range []struct {
		text string
		want kind
	}{
		{"MSCF\x00\x00", kindCatalogue},
		{"<?xml version=\"1.0\"?>\n<BulletinDatastore DataVersion=\"1\">", kindCatalogue},
		{"<?xml version=\"1.0\"?>\n<Updates/>", kindList},
		{"<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n<Obj><Props><S N=\"QNumbers\">835732</S></Props></Obj></Objs>", kindXML},
		{"<?xml version=\"1.0\"?><COMMAND><RESULTS><CIM><INSTANCE CLASSNAME=\"Win32_PatchState\"><PROPERTY NAME=\"ID\"><VALUE>MS04-011</VALUE></PROPERTY></INSTANCE></CIM></RESULTS></COMMAND>", kindXML},
		{one, kindPatches},
		{string(wide), kindPatches},
		{"[{\"QNumbers\": 1}]", kindPatches},
		{"\"ID\",\"QNumbers\"\r\n", kindPatches},
		{"nothing of the kind", kindUnknown},
		{"", kindUnknown},
	} {
		if got, err := sniff(file("x", tt.text, nil)); got != tt.want || err != nil {
			t.Errorf("%q: %d, %v", tt.text, got, err)
		}
	}
	other := file("other.mof", "class CIM_Other\n{\n};\n", nil)
	if other.Named = true; len(Read(t.Context(), []File{other}).Problems) != 1 {
		t.Error("a file that was given holds nothing, and nobody is told")
	}
	export := file("wks.xml", "<?xml version=\"1.0\"?><CIM><INSTANCE CLASSNAME=\"Win32_PatchState\"><PROPERTY NAME=\"QNumbers\"><VALUE>835732</VALUE></PROPERTY></INSTANCE></CIM>", nil)
	if set := Read(t.Context(), []File{export}); len(set.Authorizations) > 0 || len(set.Problems) != 1 || !errors.Is(set.Problems[0].Err, errXML) {
		t.Errorf("instances as XML authorise: %+v", set)
	}
	set := Read(t.Context(), []File{file("showmof.bin", one, nil), file("x.csv.bin", "nothing", nil)})
	if len(set.Patches) != 1 || len(set.Problems) != 1 || !errors.Is(set.Problems[0].Err, errNoEvidence) {
		t.Errorf("%+v", set)
	}
}

func TestAFileThatHasNotChangedIsReadOnce(t *testing.T) {
	var opened atomic.Int32
	f := file("a.mof", one+one, &opened)
	cache := &Cache{Now: func() time.Time { return f.Modified.Add(time.Hour) }}
	read := func(f File) int32 {
		t.Helper()
		before := opened.Load()
		if set := cache.Read(t.Context(), []File{f}); len(set.Patches) != 2 {
			t.Errorf("%+v", set)
		}
		return opened.Load() - before
	}
	if read(f) == 0 || read(f) != 0 || read(f) != 0 {
		t.Error("it is read again, or never was")
	}
	later := f
	later.Modified = f.Modified.Add(time.Minute)
	if read(later) == 0 || read(later) != 0 {
		t.Error("another date does not count")
	}
	larger := file("a.mof", one+one+"// more\n", &opened)
	if read(larger) == 0 {
		t.Error("another size does not count")
	}
	undated := f
	undated.Modified = time.Time{}
	for range 2 {
		if read(undated) == 0 {
			t.Error("without a date it may have changed")
		}
	}
	cache.Now = func() time.Time { return f.Modified.Add(time.Second) }
	for range 2 {
		if read(f) == 0 {
			t.Error("what was written a moment ago may be written again within the same date")
		}
	}
	if set := cache.Read(t.Context(), nil); !set.Empty() {
		t.Errorf("files that are gone are told: %+v", set)
	}
}

func TestWhatCouldNotBeReadIsTriedAgain(t *testing.T) {
	denied := true
	f := file("a.mof", one, nil)
	good := f.Open
	f.Open = func() (logparse.File, error) {
		if denied {
			return nil, fs.ErrPermission
		}
		return good()
	}
	var cache Cache
	if set := cache.Read(t.Context(), []File{f}); len(set.Patches) != 0 || len(set.Problems) != 1 || !errors.Is(set.Problems[0].Err, fs.ErrPermission) {
		t.Errorf("%+v", set)
	}
	denied = false
	if set := cache.Read(t.Context(), []File{f}); len(set.Patches) != 1 {
		t.Errorf("%+v", set)
	}
}

func TestNothingMoreIsReadOnceItIsCancelled(t *testing.T) {
	var opened atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	set := Read(ctx, []File{file("a.mof", one, &opened), file("b.mof", one, &opened)})
	if opened.Load() > 0 || !set.Empty() {
		t.Errorf("opened %d, %+v", opened.Load(), set)
	}
}

func TestSetsOfOneClientAreAdded(t *testing.T) {
	refused := errors.New("0x80041003")
	set := Read(t.Context(), []File{file("vpcache/XYZ00012/1033/mssecure.cab", "x", nil), file("b.mof", one, nil)})
	set.Add(Set{
		Catalogues: []Copy{{Origin: Origin{Name: "PkgSource/1033/mssecure.cab"}, Place: PackageSource}}, PatchesErr: refused,
		Patches: []PatchState{{Origin: Origin{Name: "a"}}}, SiteAsked: true,
	})
	if set.Catalogues[0].Place != PackageSource || set.Patches[0].Name != "a" || !errors.Is(set.PatchesErr, refused) || !set.SiteAsked || set.PatchesAsked {
		t.Errorf("%+v", set)
	}
}

// FuzzReadFile reads any content under the names that files of each kind have: it
// must end, in order, and without a panic.
func FuzzReadFile(f *testing.F) {
	for _, text := range []string{"", one, one + one, "MSCF", "<BulletinDatastore", "[{}]", "\xff\xfei\x00", "class Win32_PatchState", strings.Repeat("{", 1000)} {
		for i := range 6 {
			f.Add(uint8(i), text)
		}
	}
	names := []string{"mssecure.cab", "mssecure.xml", "PatchAuthorize.xml", "Win32_PatchState.mof", "PatchState.csv", "PatchState.json", "other.bin"}
	f.Fuzz(func(t *testing.T, n uint8, text string) {
		name := names[int(n)%len(names)]
		set := Read(context.Background(), []File{file(name, text, nil)})
		for i := range set.Patches {
			if set.Patches[i].Name != name {
				t.Errorf("an instance of %q", set.Patches[i].Name)
			}
		}
	})
}

// While a stage runs a target is judged several times a second: a large damaged file
// is not to be read each time, one that was only locked is.
func TestADamagedFileIsReadOnceALockedOneAgain(t *testing.T) {
	for name, text := range map[string]string{
		"PkgSource/1033/mssecure.cab": "MSCF and no more", "PkgSource/1033/mssecure.xml": "<BulletinDatastore", "PatchAuthorize.xml": "<a>", "PatchState.mof": one + "instance of {",
	} {
		var opened atomic.Int32
		f := file(name, text, &opened)
		failed := func(set Set) bool {
			return len(set.Problems) == 1 || len(set.Catalogues) == 1 && set.Catalogues[0].Err != nil || len(set.Authorizations) == 1 && set.Authorizations[0].Err != nil
		}
		cache := &Cache{}
		first := cache.Read(t.Context(), []File{f})
		before := opened.Load()
		if again := cache.Read(t.Context(), []File{f}); !failed(first) || !failed(again) || opened.Load() != before {
			t.Errorf("%s: first %+v, again %+v, opened %d times more", name, first, again, opened.Load()-before)
		}
		locked := file(name, text, nil)
		tries := 0
		locked.Open = func() (logparse.File, error) {
			tries++
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
		}
		cache = &Cache{}
		cache.Read(t.Context(), []File{locked})
		before = int32(tries)
		if set := cache.Read(t.Context(), []File{locked}); !failed(set) || int32(tries) == before {
			t.Errorf("%s: a locked file is not tried again: %+v", name, set)
		}
	}
}

// The exports of a folder share the bounds of one, and which of them are left out
// does not depend on which was read first.
func TestExportsShareOneBound(t *testing.T) {
	rows := "ID,QNumbers,Product,Status\n" + strings.Repeat("MS07-031,935840,XP,Applicable\n", 60_000)
	large := "ID,QNumbers,Product,Status\nMS07-033,933566,XP,Applicable\n" + strings.Repeat("\n", maxExport-100)
	var opened atomic.Int32
	set := Read(t.Context(), []File{
		file("a/PatchState.csv", rows, nil), file("b/PatchState.csv", rows, nil), file("c/PatchState.csv", rows, &opened),
		file("SecurityPatch/PkgSource/1033/mssecure.xml", "<BulletinDatastore/>", nil),
	})
	if len(set.Patches) != maxExportRows || len(set.Catalogues) != 1 || opened.Load() != 0 {
		t.Errorf("%d instances, %d catalogues, and the export that is too many was opened %d times", len(set.Patches), len(set.Catalogues), opened.Load())
	}
	if len(set.Problems) != 2 || set.Problems[0].Name != "b/PatchState.csv" || set.Problems[1].Name != "c/PatchState.csv" || !strings.Contains(set.Problems[0].Err.Error(), "16 MB or 100000 instances all together") {
		t.Errorf("%v", set.Problems)
	}
	set = Read(t.Context(), []File{file("a/PatchState.csv", large, nil), file("b/PatchState.csv", rows, nil), file("of-windows.mof", "class X {};", nil)})
	if len(set.Patches) != 1 || len(set.Problems) != 1 || set.Problems[0].Name != "b/PatchState.csv" {
		t.Errorf("%d instances, %v", len(set.Patches), set.Problems)
	}
}

// What a path does not tell the bytes do, and then the package: a copy of the Office
// catalogue on a distribution point is no damaged Security catalogue.
func TestTheTrackOfACopyIsThatOfTheSameBytes(t *testing.T) {
	const office = `<?xml version="1.0"?><BulletinDatastore DataVersion="1.0"/>`
	const security, older = office + " ", office + "\n"
	set := Read(t.Context(), []File{
		file("OfficePatch/PkgSource/1033/mssecure.xml", office, nil), file("SecurityPatch/PkgSource/1033/mssecure.xml", security, nil),
		file("SMSPKGC$/LAB00012/1033/mssecure.xml", security, nil), file("SMSPKGC$/LAB00013/1033/mssecure.xml", office, nil),
		file("vpcache/LAB00013/1033/mssecure.xml", older, nil), file("vpcache/LAB00014/1033/mssecure.xml", older, nil),
	})
	want := map[string]string{"LAB00012": "security", "LAB00013": "office", "LAB00014": "security"}
	for _, c := range set.Catalogues {
		if c.Package != "" && c.Track != want[c.Package] {
			t.Errorf("%s is said to be of %q", c.Name, c.Track)
		}
	}
	if len(set.Catalogues) != 6 {
		t.Errorf("%+v", set.Catalogues)
	}
}

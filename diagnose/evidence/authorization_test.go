package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"patchtrace/diagnose/evidence/internal/heap"
	"patchtrace/logparse"
)

// The layout of PatchAuthorize.xml is not published. These lists are made up: the
// lab's own form, and what others might look like.

const labList = `<?xml version="1.0" encoding="UTF-8"?>
<PatchAuthorize lab="LAB">
	<Patch ID="MS07-901" QNumbers="935732" Product="Windows XP SP2" File="WindowsXP-KB935732.exe" Switches="/quiet /norestart" TimeAuthorized="2007-06-05T09:00:00"></Patch>
	<Patch ID="MS07-902" QNumbers="Q935733;Q935734" Product="Office" File="o.exe" Switches="" TimeAuthorized="20070605090000.000000-300"/>
</PatchAuthorize>
`

func TestTheLabsListIsReadWithAllThatItSays(t *testing.T) {
	day := time.Date(2007, 6, 5, 9, 0, 0, 0, time.UTC)
	f := exportFile("WINDOWS/System32/VPCache/LAB00020/PatchAuthorize.xml", []byte(labList))
	f.Modified = day
	at := func(line int, begin string) Origin {
		return Origin{Name: f.Name, Line: line, Offset: int64(strings.Index(labList, begin))}
	}
	office := Authorized{Origin: at(4, `<Patch ID="MS07-902"`), Bulletin: "MS07-902", Number: "935733", Product: "Office", File: "o.exe", Time: day.Add(5 * time.Hour), Zoned: true}
	second := office
	second.Number = "935734"
	want := Authorization{Origin: Origin{Name: f.Name}, Modified: day, Package: "LAB00020", Patches: []Authorized{
		{at(3, `<Patch ID="MS07-901"`), "MS07-901", "935732", "Windows XP SP2", "", "WindowsXP-KB935732.exe", "/quiet /norestart", day, false, false},
		office, second,
	}}
	if diff := cmp.Diff(want, ReadAuthorization(f)); diff != "" {
		t.Error(diff)
	}
}

func TestListsOfOtherLayoutsAreUnderstoodByTheirNames(t *testing.T) {
	for text, want := range map[string][]Authorized{
		`<a><Update><BulletinID>MS04-911</BulletinID><QNumbers><QNumber QNumber="Q935732"/><QNumber QNumber="Q935733"/></QNumbers><Binary><Name>a.exe</Name></Binary><Product Name="Windows XP"/><Command-Line>/q</Command-Line></Update></a>`: {
			{Bulletin: "MS04-911", Number: "935732", Product: "Windows XP", File: "a.exe", Switches: "/q"}, {Bulletin: "MS04-911", Number: "935733", Product: "Windows XP", File: "a.exe", Switches: "/q"},
		},
		`<a><Bulletin ID="ms04-911" Title="one"><Patch kb="935732" file="a.exe"/><Patch kb="935733" file="b.exe"/></Bulletin><Bulletin ID="MS04-912"/></a>`: {
			{Bulletin: "MS04-911", Number: "935732", Title: "one", File: "a.exe"}, {Bulletin: "MS04-911", Number: "935733", Title: "one", File: "b.exe"}, {Bulletin: "MS04-912"},
		},
		`<x:a xmlns:x="urn:y"><x:Update x:KB="KB935732"/><x:Update x:KB="935733"/></x:a>`: {{Number: "935732"}, {Number: "935733"}},
		`<INSTANCES><INSTANCE CLASSNAME="Win32_PatchState"><PROPERTY NAME="ID" TYPE="string"><VALUE>MS04-911</VALUE></PROPERTY><PROPERTY NAME="QNumbers" Value="935732"/></INSTANCE></INSTANCES>`: {
			{Bulletin: "MS04-911", Number: "935732"},
		},
		`<a><ID>MS04-911</ID><File>a.exe</File><ID>MS04-912</ID><File>b.exe</File></a>`: {{Bulletin: "MS04-911", File: "a.exe"}, {Bulletin: "MS04-912", File: "b.exe"}},
		`<a Product="all"><Patch ID="17" Article="935732"/><Patch ID="KB935733"><File Name="b.exe" Switches="/q"/></Patch></a>`: {
			{Number: "935732", Product: "all"}, {Number: "935733", Product: "all", File: "b.exe", Switches: "/q"},
		},
	} {
		a := ReadAuthorization(exportFile("PatchAuthorize.xml", []byte(text)))
		if diff := cmp.Diff(want, a.Patches, cmpopts.IgnoreFields(Authorized{}, "Origin")); diff != "" || a.Err != nil || a.Unknown {
			t.Errorf("%s\n%v, %v\n%s", text, a.Err, a.Unknown, diff)
		}
	}
}

func TestWhatIsGuessedIsSaidToBe(t *testing.T) {
	for text, want := range map[string][]Authorized{
		`<a><Item thing="MS04-911" other="x-KB935732-x86.exe"/><Item thing="MS04-911" other="x-KB935732-x86.exe"/></a>`: {{Bulletin: "MS04-911", Number: "935732", Guessed: true}},
		`<a><b><c>MS04-911</c><d>see KB935732</d></b><b>Q935733</b></a>`:                                                {{Bulletin: "MS04-911", Number: "935732", Guessed: true}, {Number: "935733", Guessed: true}},
		`<a><b>MS04-911</b><b>KB935732</b></a>`:                                                                         {{Bulletin: "MS04-911", Guessed: true}, {Number: "935732", Guessed: true}},
		`<a><Thing File="WindowsXP-KB935732-x86-ENU.exe" Switches="/q"/></a>`:                                           {{Number: "935732", File: "WindowsXP-KB935732-x86-ENU.exe", Switches: "/q", Guessed: true}},
		`<a><b x="MS04-912"/><Patch ID="MS04-911"/><b x="KB935732"/></a>`:                                               {{Bulletin: "MS04-911"}},
	} {
		a := ReadAuthorization(exportFile("PatchAuthorize.xml", []byte(text)))
		if diff := cmp.Diff(want, a.Patches, cmpopts.IgnoreFields(Authorized{}, "Origin")); diff != "" || a.Err != nil {
			t.Errorf("%s\n%v\n%s", text, a.Err, diff)
		}
	}
	for _, text := range []string{`<a/>`, `<a><Patch ID="17" Size="935732"/>text</a>`, `<!-- MS04-911 --><a/>`} {
		if a := ReadAuthorization(exportFile("PatchAuthorize.xml", []byte(text))); !a.Unknown || a.Err != nil || len(a.Patches) > 0 {
			t.Errorf("%s: %+v", text, a)
		}
	}
}

func TestListsInOtherEncodingsAreRead(t *testing.T) {
	const text = "<a>\n<Patch ID=\"MS04-911\" Product=\"für \u201calle\u201d\"/></a>"
	wide := utf16LE(`<?xml version="1.0" encoding="UTF-16"?>` + text)
	big := make([]byte, len(wide))
	for i := 0; i < len(wide); i += 2 {
		big[i], big[i+1] = wide[i+1], wide[i]
	}
	for name, content := range map[string][]byte{
		"UTF-8": []byte(text), "UTF-8 with a mark": []byte("\ufeff" + text), "UTF-16 LE": wide, "UTF-16 BE": big, "UTF-16 without mark": wide[2:],
		"Windows-1252": []byte(`<?xml version='1.0' encoding='Windows-1252' ?>` + "<a>\n<Patch ID=\"MS04-911\" Product=\"f\xfcr \x93alle\x94\"/></a>"),
	} {
		a := ReadAuthorization(exportFile("PatchAuthorize.xml", content))
		if a.Err != nil || len(a.Patches) != 1 || a.Patches[0].Product != "für \u201calle\u201d" {
			t.Errorf("%s: %+v", name, a)
			continue
		}
		at := a.Patches[0].Origin
		if rest := content[at.Offset:]; at.Line != 2 || !bytes.HasPrefix(rest, []byte("<Patch")) && !bytes.HasPrefix(rest, []byte("<\x00P")) && !bytes.HasPrefix(rest, []byte("\x00<\x00P")) {
			t.Errorf("%s: it does not stand at %+v", name, at)
		}
	}
}

func TestAListThatIsNotReadSaysWhy(t *testing.T) {
	for text, want := range map[string]struct {
		kind error
		says string
		kept int
	}{
		"":             {ErrXMLEmpty, "empty", 0},
		" \r\n":        {ErrXMLEmpty, "empty", 0},
		"\ufeff":       {ErrXMLEmpty, "empty", 0},
		"\x00\x00\x00": {ErrXMLSyntax, "line 1", 0},
		"<a><Patch ID=\"MS04-911\"/>\n  <b></c></a>": {ErrXMLSyntax, "line 2, column 10: element <b> closed by </c>", 1},
		"<a><Patch ID=\"MS04-911\"/>":                {ErrXMLSyntax, "line 1, column 26: unexpected EOF", 1},
		"<a/>\n<b/>":                                 {ErrXMLSyntax, "line 2, column 1: a second root", 0},
		"<a/>x":                                      {ErrXMLSyntax, "text outside", 0},
		"x":                                          {ErrXMLSyntax, "text outside", 0},
		"<!-- x -->":                                 {ErrXMLSyntax, "no root element", 0},
		"<a b='1' b='2'/>":                           {ErrXMLSyntax, "b comes twice", 0},
		"<a b=1/>":                                   {ErrXMLSyntax, "unquoted", 0},
		"<?xml version='1.0' encoding='EBCDIC-X'?><a/>": {ErrXMLSyntax, `encoding "ebcdic-x" is not known`, 0},
		"<a>\xff</a>": {ErrXMLSyntax, "invalid UTF-8", 0},
		"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>":                                             {ErrXMLRefused, "line 1: <!DOCTYPE a SYSTEM", 0},
		"<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>": {ErrXMLRefused, "line 2", 0},
		"<a><Patch ID=\"MS04-911\"/><b>&file;</b></a>":                                               {ErrXMLRefused, "&file;", 1},
		"<a xmlns:xi=\"http://www.w3.org/2001/XInclude\"><xi:include href=\"b.xml\"/></a>":           {ErrXMLRefused, "<include> includes another file", 0},
		strings.Repeat("<a>", maxListDepth+1):                                                        {ErrXMLLimit, "64 deep", 0},
		"<a b='" + strings.Repeat("x", maxListToken) + "'/>":                                         {ErrXMLLimit, "256 KB", 0},
		"<!DOCTYPE a [" + strings.Repeat(" ", maxListToken):                                          {ErrXMLLimit, "document type", 0},
		"<a" + manyAttributes() + "/>":                                                               {ErrXMLLimit, "256 attributes", 0},
		"<a>" + strings.Repeat("<b kb='935732'/>", maxListUpdates+1) + "</a>":                        {ErrXMLLimit, "10000 updates", maxListUpdates + 1},
	} {
		a := ReadAuthorization(exportFile("PatchAuthorize.xml", []byte(text)))
		if !errors.Is(a.Err, want.kind) || !strings.Contains(a.Err.Error(), want.says) || len(a.Patches) != want.kept || a.Unknown {
			t.Errorf("%.60q: %d updates, %v; want %s", text, len(a.Patches), a.Err, want.says)
		}
	}
	f := exportFile("PatchAuthorize.xml", []byte("x"))
	f.Open = func() (logparse.File, error) { return nil, io.ErrClosedPipe }
	if a := ReadAuthorization(f); !errors.Is(a.Err, io.ErrClosedPipe) {
		t.Errorf("got %v", a.Err)
	}
}

func manyAttributes() string {
	var b strings.Builder
	for i := range maxListAttrs + 1 {
		fmt.Fprintf(&b, " a%d=''", i)
	}
	return b.String()
}

// endless is a file of any size that nobody has in memory: a head, then the same
// piece again and again, then a tail. It looks at the heap while it is read.
type endless struct {
	head, piece, tail string
	size              int64

	block  []byte // pieces to copy from
	reads  int
	top    *heap.Peak
	looked bool // while it was read
}

func (e *endless) Close() error { return nil }

func (e *endless) ReadAt(b []byte, at int64) (int, error) {
	if e.reads++; e.reads%16 == 0 {
		e.top.Look()
		e.looked = true
	}
	n := 0
	for n < len(b) {
		k := at + int64(n)
		from, piece, part := k-int64(len(e.head)), int64(len(e.piece)), ""
		switch {
		case k >= e.size:
			return n, io.EOF
		case from < 0:
			part = e.head[k:]
		case k >= e.size-int64(len(e.tail)):
			part = e.tail[k-e.size+int64(len(e.tail)):]
		default:
			n += copy(b[n:min(int64(len(b)), int64(n)+e.size-int64(len(e.tail))-k)], e.block[from%piece:])
			continue
		}
		n += copy(b[n:], part)
	}
	return n, nil
}

// file is the list, whose reading is watched from now on.
func (e *endless) file() File {
	e.block = bytes.Repeat([]byte(e.piece), 1+(64<<10)/len(e.piece))
	e.top = heap.NewPeak()
	return File{Part: logparse.Part{Name: "PatchAuthorize.xml", Size: e.size, Open: func() (logparse.File, error) { return e, nil }}}
}

// grown is by how many bytes the heap grew at most.
func (e *endless) grown() int64 { return int64(e.top.Grown()) }

func TestAHugeListIsReadInLittleMemory(t *testing.T) {
	size := int64(100 << 20)
	if testing.Short() {
		size = 8 << 20
	}
	const bound = 16 << 20
	const piece = "<Other name=\"anything\" size=\"12\"><Deep>some more text of no meaning</Deep></Other>\n"
	e := &endless{head: "<a>" + `<Patch ID="MS04-911"/>`, piece: piece, tail: `<Patch ID="MS04-912"/></a>`}
	e.size = int64(len(e.head)+len(e.tail)) + size/int64(len(piece))*int64(len(piece))
	if a := ReadAuthorization(e.file()); a.Err != nil || len(a.Patches) != 2 || a.Patches[1].Offset != e.size-int64(len(e.tail)) {
		t.Errorf("got %+v", a)
	}
	t.Logf("%d MB of XML, heap grew by at most %d KB", e.size>>20, e.grown()>>10)
	if e.grown() > bound || !e.looked {
		t.Errorf("the heap grew by %d MB", e.grown()>>20)
	}
	// A tag that never ends is not collected.
	e = &endless{head: "<a><b c=\"", piece: "x", size: size}
	if a := ReadAuthorization(e.file()); !errors.Is(a.Err, ErrXMLLimit) || e.reads > 16 {
		t.Errorf("after %d reads: %v", e.reads, a.Err)
	}
}

func TestThePackageIsTakenFromThePath(t *testing.T) {
	for name, want := range map[string]string{
		"windows/system32/vpcache/LAB00020/PatchAuthorize.xml": "LAB00020",
		`SRV\SMSPKGC$\XYZ00007\PatchAuthorize.xml`:             "XYZ00007",
		"SMSPKG/XYZ00007/sub/PatchAuthorize.xml":               "XYZ00007",
		"srv/SMS_DP_SMSPKGC$/xyz00007/PatchAuthorize.xml":      "XYZ00007",
		"vpcache/notes/PatchAuthorize.xml":                     "",
		"PatchAuthorize.xml":                                   "",
		"vpcache/PatchAuthorize.xml":                           "",
	} {
		if a := ReadAuthorization(exportFile(name, []byte("<a/>"))); a.Package != want {
			t.Errorf("%s: %q", name, a.Package)
		}
	}
	for name, want := range map[string]bool{"a/PATCHAUTHORIZE.XML": true, "old-PatchAuthorize-2.xml": true, "PatchAuthorize.txt": false, "mssecure.xml": false} {
		if IsAuthorization(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

func FuzzReadAuthorization(f *testing.F) {
	f.Add([]byte(labList))
	f.Add(utf16LE(labList))
	f.Add([]byte(`<?xml version="1.0" encoding="windows-1252"?><a><QNumbers><q QNumber="Q935732"/></QNumbers><Property Name="ID"><Value>MS04-911</Value></Property></a>`))
	f.Add([]byte("<a><ID>MS04-911</ID><File>a.exe</File><ID>MS04-912</ID>&x;</a>"))
	f.Add([]byte("<!DOCTYPE a [<!ENTITY b 'c'>]><a b='KB935732'>MS04-911</a>"))
	f.Fuzz(func(t *testing.T, content []byte) {
		a := ReadAuthorization(exportFile("PatchAuthorize.xml", content))
		if a.Unknown != (a.Err == nil && len(a.Patches) == 0) {
			t.Fatalf("got %+v", a)
		}
		for _, p := range a.Patches {
			if p.Bulletin == "" && p.Number == "" || p.Line < 1 || p.Offset < 0 || p.Offset >= int64(len(content)) || p.Name == "" {
				t.Fatalf("got %+v", p)
			}
			if b := content[p.Offset]; b != '<' && b != 0 {
				t.Fatalf("byte %d is %q", p.Offset, b)
			}
		}
	})
}

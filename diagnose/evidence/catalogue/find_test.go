package catalogue_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"patchtrace/diagnose/evidence/catalogue"
	"patchtrace/diagnose/evidence/internal/heap"
	"patchtrace/lab/practice"
)

var day = time.Date(2007, 6, 7, 0, 0, 0, 0, time.UTC)

func practiceText(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := practice.Write(&b, practice.Catalogue(practice.Security, practice.Current(day))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// shown is a hit on one line.
func shown(hits []catalogue.Hit) []string {
	var list []string
	for _, h := range hits {
		list = append(list, fmt.Sprintf("%s %s %s %s by %s", h.Bulletin.BulletinID, h.Patch.SQNumber, h.Patch.PatchName, strings.Join(h.Products, ", "), strings.Join(h.SupersededBy, ", ")))
	}
	return list
}

func TestBulletinsAreFoundByIDAndNumber(t *testing.T) {
	text := practiceText(t)
	for _, tt := range []struct {
		ids, numbers []string
		want         []string
	}{
		{[]string{"ms07-901"}, nil, []string{"MS07-901 Q990101 Q990101.exe Windows XP Professional (Windows XP Service Pack 2) by "}},
		{nil, []string{"990108"}, []string{"MS07-908 Q990108 Q990108.exe Windows XP Professional (Windows XP Service Pack 2) by MS07-902"}},
		{[]string{"MS07-905"}, []string{"KB990106", "q990106"}, []string{
			"MS07-905 Q990105 Q990105.exe Windows Server 2003 (Windows Server 2003 Service Pack 1) by ",
			"MS07-906 Q990106 Q990106.exe Windows Media Player 10 (Windows Media Player 10 Gold) by ",
		}},
		{[]string{"MS07-90", ""}, []string{"99010", "Q", ""}, nil},
		{nil, nil, nil},
	} {
		hits, err := catalogue.Find(strings.NewReader(text), tt.ids, tt.numbers)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(tt.want, shown(hits)); diff != "" {
			t.Errorf("%q %q: %s", tt.ids, tt.numbers, diff)
		}
	}
}

const manyShapes = `<?xml version="1.0"?>
<BulletinDatastore DataVersion="1"><Products><Product ProductID="1" Name="Early Product"/></Products><Bulletins>
<Bulletin BulletinID="MS01-001" Title="two patches"><QNumbers><QNumber QNumber="Q100"/><QNumber QNumber="Q101, Q102"/></QNumbers><Patches>
<Patch PatchName="a.exe" SQNumber="Q101" SBID="5"><FileChgs/><AffectedProduct ProductID="1"/><AffectedProduct ProductID="77"><AffectedServicePack ServicePackID="78"/></AffectedProduct></Patch>
<Patch PatchName="b.exe" SQNumber="" SBID="6"/><Patch PatchName="c.exe" SQNumber="Q103" SBID="0"/></Patches></Bulletin>
<Bulletin BulletinID="MS01-002" Title="no patch"><QNumbers><QNumber QNumber="Q200"/></QNumbers></Bulletin>
</Bulletins><Unknown><Deeper/></Unknown><SupercededBys>
<SupercededBy SBID="5" Description="MS01-009 (all)"><SupercededBulletins><SupercededBulletin BulletinID="MS01-009"><SupercededPatches><SupercededPatch PatchName="n.exe"/></SupercededPatches></SupercededBulletin></SupercededBulletins></SupercededBy>
<SupercededBy SBID="6" Description=""><SupercededBulletins><SupercededBulletin BulletinID="MS01-008"><SupercededPatches><SupercededPatch PatchName="m.exe"/></SupercededPatches></SupercededBulletin><SupercededBulletin BulletinID="MS01-010"/></SupercededBulletins></SupercededBy>
<SupercededBy SBID="0" Description="none of it"/>
<SupercededBy SBID="9" Description="MS01-001 (itself)"><SupercededBulletins><SupercededBulletin BulletinID="MS01-001"><SupercededPatches><SupercededPatch PatchName="c.exe"/></SupercededPatches></SupercededBulletin></SupercededBulletins></SupercededBy>
</SupercededBys></BulletinDatastore>`

func TestEveryShapeIsFound(t *testing.T) {
	a := "MS01-001 Q101 a.exe Early Product, product 77 (service pack 78) by MS01-009 (all)"
	b := "MS01-001  b.exe  by MS01-008 (m.exe), MS01-010"
	c := "MS01-001 Q103 c.exe  by "
	for number, want := range map[string][]string{
		"101": {a},       // a patch's own number
		"102": {a, b, c}, // of the bulletin only
		"100": {a, b, c},
		"103": {c},
		"200": {"MS01-002    by "},
	} {
		hits, err := catalogue.Find(strings.NewReader(manyShapes), nil, []string{number})
		if diff := cmp.Diff(want, shown(hits)); err != nil || diff != "" {
			t.Errorf("%s: %v %s", number, err, diff)
		}
	}
}

func TestPublishedShapesAreFound(t *testing.T) {
	for name, bulletin := range map[string]string{"mssecure-2001-shape.xml": "MS98-001", "mssecure-2005-shape.xml": "MS03-026"} {
		f, err := os.Open("../../../../shared/samples/catalog/" + name)
		if err != nil {
			t.Skip("no samples here: ", err)
		}
		defer f.Close()
		hits, err := catalogue.Find(f, []string{bulletin}, nil)
		if err != nil || len(hits) != 1 || hits[0].Bulletin.Posted().IsZero() || len(hits[0].Products) != 1 {
			t.Errorf("%s: %+v, %v", name, hits, err)
		}
	}
}

func TestOfABrokenCatalogueWhatStandsBeforeIsFound(t *testing.T) {
	text := practiceText(t)
	cut := text[:strings.Index(text, "MS07-905")]
	hits, err := catalogue.Find(strings.NewReader(cut), []string{"MS07-904"}, nil)
	if len(hits) != 1 || !errors.Is(err, io.ErrUnexpectedEOF) && !strings.Contains(fmt.Sprint(err), "unexpected EOF") {
		t.Errorf("%v, %v", shown(hits), err)
	}
}

func TestEncodings(t *testing.T) {
	text := strings.Replace(manyShapes, "Early Product", "Früheres Produkt", 1)
	wide := func(big bool) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
			if big {
				b.WriteByte(byte(u >> 8))
			}
			b.WriteByte(byte(u))
			if !big {
				b.WriteByte(byte(u >> 8))
			}
		}
		return b.String()
	}
	named := func(encoding string) string {
		return strings.Replace(text, `version="1.0"`, `version="1.0" encoding="`+encoding+`"`, 1)
	}
	for name, in := range map[string]string{
		"UTF-8": text, "UTF-8 with a mark": "\ufeff" + text, "UTF-8 by name": named("UTF-8"),
		"UTF-16LE": wide(false), "UTF-16BE": wide(true), "UTF-16LE without a mark": wide(false)[2:], "UTF-16BE without a mark": wide(true)[2:],
		"Windows-1252 by name": strings.ReplaceAll(named("windows-1252"), "ü", "\xfc"),
		"Latin-1 by name":      strings.ReplaceAll(named("iso-8859-1"), "ü", "\xfc"),
	} {
		hits, err := catalogue.Find(strings.NewReader(in), nil, []string{"Q101"})
		if err != nil || len(hits) != 1 || hits[0].Products[0] != "Früheres Produkt" {
			t.Errorf("%s: %v, %v", name, shown(hits), err)
		}
	}
	if _, err := catalogue.ReadHead(strings.NewReader(named("x-klingon"))); err == nil || !strings.Contains(err.Error(), "x-klingon") {
		t.Errorf("unknown encoding: %v", err)
	}
}

func TestHostileXMLIsRefused(t *testing.T) {
	deep := "<BulletinDatastore>" + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + "</BulletinDatastore>"
	tests := []struct {
		name, text string
		want       error
		says       string
	}{
		{"a DOCTYPE", `<!DOCTYPE BulletinDatastore [<!ENTITY a "b">]><BulletinDatastore/>`, catalogue.ErrDeclares, ""},
		{"a DOCTYPE from elsewhere", `<!DOCTYPE BulletinDatastore SYSTEM "file:///etc/passwd"><BulletinDatastore/>`, catalogue.ErrDeclares, ""},
		{"a declaration inside", `<BulletinDatastore><!ENTITY a "b"></BulletinDatastore>`, catalogue.ErrDeclares, ""},
		{"a declaration in a bulletin", `<BulletinDatastore><Bulletin BulletinID="MS01-001"><!ENTITY a "b"></Bulletin></BulletinDatastore>`, catalogue.ErrDeclares, ""},
		{"an entity", `<BulletinDatastore DataVersion="&secret;"/>`, nil, "entity &secret;"},
		{"an entity in a text", `<BulletinDatastore>&secret;</BulletinDatastore>`, nil, "entity &secret;"},
		{"another file", `<BulletinDatastore xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="http://h/"/></BulletinDatastore>`, catalogue.ErrExternal, ""},
		{"depth", deep, catalogue.ErrDeep, ""},
		{"a long attribute", `<BulletinDatastore><Bulletin BulletinID="` + strings.Repeat("x", 2<<20) + `"/></BulletinDatastore>`, catalogue.ErrLong, ""},
		{"a long text", `<BulletinDatastore>` + strings.Repeat(" ", 2<<20) + `</BulletinDatastore>`, catalogue.ErrLong, ""},
		{"a long bulletin", `<BulletinDatastore><Bulletin>` + strings.Repeat("<QNumber/>", 200_000) + `</Bulletin></BulletinDatastore>`, catalogue.ErrLong, ""},
		{"a long comment", `<BulletinDatastore><!--` + strings.Repeat("x", 2<<20) + `--></BulletinDatastore>`, catalogue.ErrLong, ""},
		{"many that fit", `<BulletinDatastore>` + strings.Repeat(`<Bulletin BulletinID="MS01-001"/>`, 2000) + `</BulletinDatastore>`, catalogue.ErrLong, ""},
		{"a long name", `<BulletinDatastore></` + strings.Repeat("x", 10_000) + `></BulletinDatastore>`, nil, "closed by </xxx"},
		{"a long encoding", `<?xml version="1.0" encoding="` + strings.Repeat("\xfb", 10_000) + `"?><BulletinDatastore/>`, nil, "opening charset"},
		{"another root", `<html/>`, catalogue.ErrNotCatalogue, ""},
		{"bytes that are no text", "<BulletinDatastore>\xff</BulletinDatastore>", nil, "invalid UTF-8"},
		{"two ends", `<BulletinDatastore></Bulletins></BulletinDatastore>`, nil, "element <BulletinDatastore> closed by </Bulletins>"},
		{"no end", `<BulletinDatastore><Bulletins>`, nil, "unexpected EOF"},
		{"nothing", ``, io.ErrUnexpectedEOF, ""},
		{"blanks", "  \n", io.ErrUnexpectedEOF, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := catalogue.Find(strings.NewReader(tt.text), []string{"MS01-001"}, nil)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
			if len(fmt.Sprint(err)) > 500 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

// forever is a catalogue of about size bytes that is made while it is read.
func forever(size int, start, each, end string) *endless {
	r := &repeated{each: each, left: size / len(each)}
	return &endless{io.MultiReader(strings.NewReader(start), r, strings.NewReader(end)), r}
}

type endless struct {
	io.Reader
	middle *repeated
}

// repeated looks at the heap every few megabytes.
type repeated struct {
	each string
	rest string
	left int
	done int
	peak *heap.Peak
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.left == 0 {
			return 0, io.EOF
		}
		r.rest, r.left = r.each, r.left-1
	}
	n := copy(p, r.rest)
	if r.done>>22 != (r.done+n)>>22 {
		r.peak.Look()
	}
	r.rest, r.done = r.rest[n:], r.done+n
	return n, nil
}

func TestAHundredMegabytesAreSearchedInBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 300 MB")
	}
	const size = 100 << 20
	bulletin := `<Bulletin BulletinID="MS07-001" Title="t" Summary="` + strings.Repeat("s", 3000) + `"><QNumbers><QNumber QNumber="Q1"/></QNumbers><Patches><Patch PatchName="p.exe" SQNumber="Q1"/></Patches></Bulletin>`
	wanted := `<Bulletin BulletinID="MS07-901"><Patches><Patch PatchName="w.exe"><AffectedProduct ProductID="5"/></Patch></Patches></Bulletin>`
	for name, tt := range map[string]struct {
		in   *endless
		hits int
		want error
	}{
		"bulletins":         {forever(size, "<BulletinDatastore><Bulletins>", bulletin, wanted+`</Bulletins><Products><Product ProductID="5" Name="Five"/></Products></BulletinDatastore>`), 1, nil},
		"names":             {forever(size, "<BulletinDatastore>"+wanted, `<Product ProductID="5" Name="Five `+strings.Repeat("n", 1000)+`"/>`, "</BulletinDatastore>"), 1, nil},
		"one long bulletin": {forever(size, "<BulletinDatastore><Bulletin>", `<Patch/>`, "</Bulletin></BulletinDatastore>"), 0, catalogue.ErrLong},
		"one attribute":     {forever(size, `<BulletinDatastore DataVersion="`, strings.Repeat("1", 1000), `"/>`), 0, catalogue.ErrLong},
	} {
		tt.in.middle.peak = heap.NewPeak()
		hits, err := catalogue.Find(tt.in, []string{"MS07-901"}, nil)
		tt.in.middle.peak.Look()
		grown := tt.in.middle.peak.Grown()
		if len(hits) != tt.hits || !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("%s: %v, %v", name, shown(hits), err)
		}
		if tt.hits == 1 && !strings.HasPrefix(hits[0].Products[0], "Five") {
			t.Errorf("%s: products %q", name, hits[0].Products)
		}
		t.Logf("%s: the heap grew by %d KiB", name, grown>>10)
		if grown > 32<<20 {
			t.Errorf("%s: the heap grew by %d MiB", name, grown>>20)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add(manyShapes, "", "101")
	f.Add("\xff\xfe<\x00", "a", "b")
	f.Add(`<?xml version="1.0" encoding="windows-1252"?><BulletinDatastore/>`, "", "")
	f.Add(`<!DOCTYPE x [<!ENTITY a "b">]><BulletinDatastore>&a;</BulletinDatastore>`, "", "")
	f.Fuzz(func(t *testing.T, text, id, number string) {
		hits, err := catalogue.Find(strings.NewReader(text), []string{id}, []string{number})
		if len(hits) > 0 && strings.TrimSpace(id) == "" && catalogue.Number(number) == "" {
			t.Fatalf("nothing was asked for, found %v", shown(hits))
		}
		if err != nil && len(err.Error()) > 1000 {
			t.Fatalf("an error of %d bytes", len(err.Error()))
		}
	})
}

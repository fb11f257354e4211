package catalogue

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var day = time.Date(2007, 6, 7, 0, 0, 0, 0, time.UTC)

func written(t testing.TB, c *Catalogue) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThePracticeCatalogueComesBackAsItWasWritten(t *testing.T) {
	for _, track := range []Track{Security, Office} {
		want := Practice(track, Current(day))
		got, err := Read(strings.NewReader(written(t, want)))
		if err != nil {
			t.Fatal(err)
		}
		want.XMLName.Local = root
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", track, diff)
		}
	}
}

func TestThePracticeCatalogueHasADozenBulletinsAndSaysTheyAreInvented(t *testing.T) {
	n := 0
	for _, track := range []Track{Security, Office} {
		for _, b := range Practice(track, Current(day)).Bulletins {
			n++
			if !strings.Contains(b.Title, "Invented") || b.Posted().IsZero() || b.Revised().IsZero() {
				t.Errorf("%+v", b)
			}
		}
	}
	if n != 12 {
		t.Errorf("%d bulletins", n)
	}
}

func TestTheFormerEditionIsOlderAndSmaller(t *testing.T) {
	former, current := Practice(Security, Former(day)), Practice(Security, Current(day))
	if Compare(former.DataVersion, current.DataVersion) >= 0 || !former.Updated().Before(current.Updated()) || len(former.Bulletins) != len(current.Bulletins)-2 {
		t.Errorf("former %+v, current %+v", former.Head, current.Head)
	}
	if len(former.SupercededBys) != 0 {
		t.Error("what is replaced by a bulletin that is not out yet is not replaced")
	}
}

// client is a machine of maps.
type client struct{ packs, versions map[string]string }

func (c client) ServicePack(product string) (string, bool) { p, ok := c.packs[product]; return p, ok }
func (c client) Version(path string) string                { return c.versions[path] }

func TestScanComparesProductsServicePacksAndFileVersions(t *testing.T) {
	c := Practice(Security, Current(day))
	machine := client{
		packs: map[string]string{XP: XPSP2, Player: PlayerGold},
		versions: map[string]string{
			`%windir%\system32\spoolsv.exe`: "5.1.2600.3179",
			`%windir%\system32\gdi32.dll`:   "5.1.2600.10000",
			`%windir%\hh.exe`:               "5.2.3790.2744",
		},
	}
	got := map[string]State{}
	for _, r := range c.Scan(machine) {
		got[r.Bulletin.BulletinID+" "+r.Product+" "+r.Severity] = r.State
	}
	want := map[string]State{
		"MS07-901 " + XPSP2 + " Critical":       Applicable,
		"MS07-902 " + XPSP2 + " Critical":       Installed, // 10000 is more than 3159
		"MS07-904 " + XPSP2 + " Important":      Installed,
		"MS07-906 " + PlayerGold + " Important": Applicable, // the file is not there at all
		// MS07-905 is for a server, 907 for another service pack, 903 for a browser
		// that this machine lacks, and 908 is replaced.
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFilesOfAPatch(t *testing.T) {
	c := Practice(Office, Current(day))
	files := c.FilesOf(&c.Bulletins[0].Patches[0])
	if len(files) != 1 || files[0].Path() != `%programfiles%\Microsoft Office\OFFICE11\outlook.exe` {
		t.Errorf("got %+v", files)
	}
}

func TestVersionsAreComparedAsNumbers(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"1.0.1.148", "1.1.2.409", -1},
		{"1.9", "1.10", -1},
		{"1.10", "1.9", 1},
		{"2", "2.0.0", 0},
		{"2.0.1", "2", 1},
		{" 1.2", "1.2 ", 0},
		{"", "1", -1},
		{"1.a", "1.b", -1},
	}
	for _, tt := range tests {
		if got := Compare(tt.a, tt.b); got != tt.want {
			t.Errorf("%q, %q: %d", tt.a, tt.b, got)
		}
	}
}

// The head of a catalogue of several megabytes is its first line: the rest must
// not be read.
func TestTheHeadIsReadWithoutTheRest(t *testing.T) {
	text := `<?xml version="1.0"?><!-- maker --><BulletinDatastore DataVersion="1.1.2.409" LastDataUpdate="4/15/2005" Unknown="x"><Bulletins>`
	h, err := ReadHead(io.MultiReader(strings.NewReader(text), failing{}))
	if err != nil || h.DataVersion != "1.1.2.409" || h.Updated().Format(time.DateOnly) != "2005-04-15" {
		t.Errorf("got %+v, %v", h, err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("read too far") }

func TestWhatIsNoCatalogueIsRefused(t *testing.T) {
	tests := []struct {
		name, text string
		want       error
	}{
		{"another root", `<html/>`, ErrNotCatalogue},
		{"nothing", ``, io.ErrUnexpectedEOF},
		{"cut in the head", `<BulletinDatastore DataVersion="1.`, nil},
		{"cut in a bulletin", `<BulletinDatastore><Bulletins><Bulletin BulletinID="MS07-901">`, nil},
		{"cut behind a bulletin", `<BulletinDatastore><Bulletins><Bulletin/>`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Read(strings.NewReader(tt.text)); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("read: %v", err)
			}
		})
	}
	if _, err := ReadHead(strings.NewReader("<html/>")); !errors.Is(err, ErrNotCatalogue) {
		t.Errorf("head: %v", err)
	}
	if h, err := ReadHead(strings.NewReader(`<BulletinDatastore LastDataUpdate="soon"/>`)); err != nil || !h.Updated().IsZero() {
		t.Errorf("a date that is none: %v, %v", h.Updated(), err)
	}
}

func TestPublishedShapesAreRead(t *testing.T) {
	for name, bulletin := range map[string]string{"mssecure-2001-shape.xml": "MS98-001", "mssecure-2005-shape.xml": "MS03-026"} {
		f, err := os.Open("../../../shared/samples/catalog/" + name)
		if err != nil {
			t.Skip("no samples here: ", err)
		}
		defer f.Close()
		c, err := Read(f)
		if err != nil || len(c.Bulletins) != 1 || c.Bulletins[0].BulletinID != bulletin {
			t.Fatalf("%s: %v", name, err)
		}
		p := c.Bulletins[0].Patches[0]
		if len(p.AffectedProducts) != 1 || len(p.AffectedProducts[0].ServicePacks) != 1 || len(p.FileChgs) != 1 || c.Updated().IsZero() {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(written(f, Practice(Office, Current(day))))
	f.Add(`<BulletinDatastore><Files><File FileChangeID="1"/></Files></BulletinDatastore>`)
	f.Add(`<?xml version="1.0"?>`)
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = ReadHead(strings.NewReader(text))
		if c, err := Read(strings.NewReader(text)); err == nil {
			c.Scan(client{})
		}
	})
}

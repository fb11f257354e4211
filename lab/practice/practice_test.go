package practice

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"patchtrace/diagnose/evidence/catalogue"
)

var day = time.Date(2007, 6, 7, 0, 0, 0, 0, time.UTC)

func written(t testing.TB, c *catalogue.Catalogue) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThePracticeCatalogueComesBackAsItWasWritten(t *testing.T) {
	for _, track := range []Track{Security, Office} {
		want := Catalogue(track, Current(day))
		got, err := catalogue.Read(strings.NewReader(written(t, want)))
		if err != nil {
			t.Fatal(err)
		}
		want.XMLName.Local = "BulletinDatastore"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", track, diff)
		}
	}
}

func TestThePracticeCatalogueHasADozenBulletinsAndSaysTheyAreInvented(t *testing.T) {
	n := 0
	for _, track := range []Track{Security, Office} {
		for _, b := range Catalogue(track, Current(day)).Bulletins {
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
	former, current := Catalogue(Security, Former(day)), Catalogue(Security, Current(day))
	if catalogue.Compare(former.DataVersion, current.DataVersion) >= 0 || !former.Updated().Before(current.Updated()) || len(former.Bulletins) != len(current.Bulletins)-2 {
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
	c := Catalogue(Security, Current(day))
	machine := client{
		packs: map[string]string{XP: XPSP2, Player: PlayerGold},
		versions: map[string]string{
			`%windir%\system32\spoolsv.exe`: "5.1.2600.3179",
			`%windir%\system32\gdi32.dll`:   "5.1.2600.10000",
			`%windir%\hh.exe`:               "5.2.3790.2744",
		},
	}
	got := map[string]State{}
	for _, r := range Scan(c, machine) {
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
	c := Catalogue(Office, Current(day))
	files := FilesOf(c, &c.Bulletins[0].Patches[0])
	if len(files) != 1 || files[0].Path() != `%programfiles%\Microsoft Office\OFFICE11\outlook.exe` {
		t.Errorf("got %+v", files)
	}
}

func FuzzScan(f *testing.F) {
	few := Catalogue(Office, Current(day))
	few.Bulletins = few.Bulletins[:1] // the fuzzer gets through a short text quickly
	f.Add(written(f, few))
	f.Add(`<BulletinDatastore><Files><File FileChangeID="1"/></Files></BulletinDatastore>`)
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := catalogue.Read(strings.NewReader(text)); err == nil {
			Scan(c, client{})
		}
	})
}

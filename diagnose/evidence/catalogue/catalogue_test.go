package catalogue

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

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
		f, err := os.Open("../../../../shared/samples/catalog/" + name)
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
	f.Add(`<BulletinDatastore><Bulletins><Bulletin BulletinID="MS07-921"><Patches><Patch PatchName="q.exe" SBID="1"/></Patches></Bulletin></Bulletins></BulletinDatastore>`)
	f.Add(`<BulletinDatastore><Files><File FileChangeID="1"/></Files></BulletinDatastore>`)
	f.Add(`<?xml version="1.0"?>`)
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = ReadHead(strings.NewReader(text))
		_, _ = Read(strings.NewReader(text)) // that it ends is what matters here
	})
}

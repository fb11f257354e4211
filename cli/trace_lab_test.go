package cli

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"patchtrace/diagnose/trace"
)

// labTruth is what a lab's machine, its site and its files really are, read from
// the files themselves and by nothing that a trace reads them with.
type labTruth struct {
	t   *testing.T
	dir string
	// products and versions are those of machine.json.
	products, versions map[string]string
	patches            []truePatch
}

// truePatch is a patch of the practice catalogue.
type truePatch struct {
	track, id, q string
	here         bool // the machine has its product
	superseded   bool
	file         string
	version      string
}

// trueCatalogue is mssecure.xml, as far as the truth needs it.
type trueCatalogue struct {
	Bulletins []struct {
		ID      string `xml:"BulletinID,attr"`
		Patches []struct {
			Name     string `xml:"PatchName,attr"`
			Number   string `xml:"SQNumber,attr"`
			Products []struct {
				ServicePacks []struct {
					ID string `xml:"ServicePackID,attr"`
				} `xml:"AffectedServicePack"`
			} `xml:"AffectedProduct"`
			Files []struct {
				ID string `xml:"FileChangeID,attr"`
			} `xml:"FileChgs>FileChg"`
		} `xml:"Patches>Patch"`
	} `xml:"Bulletins>Bulletin"`
	ServicePacks []struct {
		ID   string `xml:"ServicePackID,attr"`
		Name string `xml:"Name,attr"`
	} `xml:"ServicePacks>ServicePack"`
	Files []struct {
		Attrs []xml.Attr `xml:",any,attr"`
	} `xml:"Files>File"`
	Superseded []struct {
		ID string `xml:"BulletinID,attr"`
	} `xml:"SupercededBys>SupercededBy>SupercededBulletins>SupercededBulletin"`
}

func newLabTruth(t *testing.T, dir string) *labTruth {
	t.Helper()
	l := &labTruth{t: t, dir: dir}
	var machine struct {
		Products map[string]string `json:"products"`
		Versions map[string]string `json:"fileVersions"`
	}
	if err := json.Unmarshal(l.read("machine.json"), &machine); err != nil {
		t.Fatal(err)
	}
	l.products, l.versions = machine.Products, machine.Versions
	for _, track := range []string{"security", "office"} {
		l.catalogue(track)
	}
	if len(l.patches) < 12 {
		t.Fatalf("the practice catalogue has %d patches", len(l.patches))
	}
	return l
}

func (l *labTruth) read(name string) []byte {
	l.t.Helper()
	data, err := os.ReadFile(filepath.Join(l.dir, filepath.FromSlash(name)))
	if err != nil {
		l.t.Fatal(err)
	}
	return data
}

// catalogue reads what the download server offers: one block of MSZIP.
func (l *labTruth) catalogue(track string) {
	l.t.Helper()
	cab := l.read("internet/" + track + "/1033/mssecure.cab")
	var text []byte
	for at := 0; !bytes.Contains(text, []byte("</BulletinDatastore>")); at++ {
		i := bytes.Index(cab[at:], []byte("CK"))
		if i < 0 {
			l.t.Fatal("no block of MSZIP with a catalogue in it")
		}
		at += i
		text, _ = io.ReadAll(flate.NewReader(bytes.NewReader(cab[at+2:]))) // what is no block is not looked at
	}
	var c trueCatalogue
	if err := xml.Unmarshal(text, &c); err != nil {
		l.t.Fatal(err)
	}
	packs, files, gone := map[string]string{}, map[string]map[string]string{}, map[string]bool{}
	for _, p := range c.ServicePacks {
		packs[p.ID] = p.Name
	}
	for _, f := range c.Files {
		attrs := map[string]string{}
		for _, a := range f.Attrs {
			attrs[a.Name.Local] = a.Value
		}
		files[attrs["FileChangeID"]+attrs["FileID"]] = attrs
	}
	for _, s := range c.Superseded {
		gone[s.ID] = true
	}
	for _, b := range c.Bulletins {
		p := b.Patches[0]
		tp := truePatch{track: track, id: b.ID, q: strings.TrimPrefix(p.Number, "Q"), superseded: gone[b.ID]}
		for _, own := range l.products {
			tp.here = tp.here || own == packs[p.Products[0].ServicePacks[0].ID]
		}
		for _, v := range files[p.Files[0].ID] {
			switch {
			case regexp.MustCompile(`^\d+(\.\d+){3}$`).MatchString(v):
				tp.version = v
			case strings.Contains(v, ".") && !strings.Contains(v, `\`):
				tp.file = v
			}
		}
		if tp.file == "" || tp.version == "" {
			l.t.Fatalf("%s: no file in %v", b.ID, files[p.Files[0].ID])
		}
		l.patches = append(l.patches, tp)
	}
}

// has tells whether the machine's file is as new as the patch's was when the test
// began.
func (l *labTruth) has(p truePatch) bool {
	for path, version := range l.versions {
		if strings.HasSuffix(strings.ToLower(path), `\`+p.file) {
			return !older(version, p.version)
		}
	}
	return false
}

func older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range as {
		x, _ := strconv.Atoi(as[i])
		y, _ := strconv.Atoi(bs[i])
		if x != y {
			return x < y
		}
	}
	return false
}

// wmi is the status that the client's WMI has of the patch, "" for none.
func (l *labTruth) wmi(p truePatch) string {
	data, err := os.ReadFile(filepath.Join(l.dir, "wmi", "root", "cimv2", "Win32_PatchState.mof"))
	if err != nil {
		return ""
	}
	for _, inst := range strings.Split(string(data), "instance of") {
		if strings.Contains(inst, `"`+p.id+`"`) {
			return regexp.MustCompile(`Status = "(\w+)"`).FindStringSubmatch(inst)[1]
		}
	}
	return ""
}

// site is the status that the site holds of the patch, "" for none.
func (l *labTruth) site(p truePatch) string {
	var site struct {
		Clients map[string]struct {
			Patches map[string]string `json:"patches"`
		} `json:"clients"`
	}
	if err := json.Unmarshal(l.read("site.json"), &site); err != nil {
		l.t.Fatal(err)
	}
	for _, c := range site.Clients {
		for key, status := range c.Patches {
			if strings.Contains(key, p.id) {
				return status
			}
		}
	}
	return ""
}

// on tells whether a file of the lab is there.
func (l *labTruth) on(name string) bool {
	_, err := os.Stat(filepath.Join(l.dir, filepath.FromSlash(name)))
	return err == nil
}

// ran tells whether PatchInstall applied the patch.
func (l *labTruth) ran(p truePatch) bool {
	return regexp.MustCompile(`"Q` + p.q + `": "`).Match(l.read("machine.json"))
}

// authorised tells whether the update package's list has the patch.
func (l *labTruth) authorised(p truePatch) bool {
	list, err := filepath.Glob(filepath.Join(l.dir, "WINDOWS", "*", "CCM", "Cache", "*", "PatchAuthorize.xml"))
	more, _ := filepath.Glob(filepath.Join(l.dir, "WINDOWS", "MS", "SMS", "*", "*", "PatchAuthorize.xml"))
	last, _ := filepath.Glob(filepath.Join(l.dir, "network", "*", "*", "LAB00031", "PatchAuthorize.xml"))
	for _, name := range append(append(list, more...), last...) {
		text, readErr := os.ReadFile(name)
		if err == nil && readErr == nil && strings.Contains(string(text), `ID="`+p.id+`"`) {
			return true
		}
	}
	return false
}

// want is how the trace of a patch must stand, by what the machine is.
func (l *labTruth) want(p truePatch) string {
	point := "network/LABDP01/SMSPKGC$/LAB00012/1033/mssecure.cab"
	if p.track == "office" {
		point = strings.Replace(point, "LAB00012", "LAB00013", 1)
	}
	seen, told := l.wmi(p), l.site(p)
	scanned := l.on("wmi/root/cimv2/Win32_PatchState.mof")
	auth := "waiting"
	if l.authorised(p) {
		auth = "ok"
	}
	line := func(outcome, broken string, states ...string) string {
		text := outcome + " " + broken + ":"
		for i, id := range trace.Steps("sms2003") {
			text += " " + id + "=" + states[i]
		}
		return text
	}
	switch {
	case !l.on(point):
		return line("broken", "catalogue", "broken", "waiting", "waiting", auth, "waiting", "waiting")
	case !scanned:
		return line("waiting", "", "ok", "waiting", "waiting", auth, "waiting", "waiting")
	case p.superseded:
		return line("superseded", "", "ok", "skipped", "skipped", "skipped", "skipped", "skipped")
	case !p.here:
		return line("not-applicable", "", "ok", "skipped", "skipped", "skipped", "skipped", "skipped")
	case seen == "":
		l.t.Errorf("%s: its product is here, and the scan has not listed it", p.id)
	}
	reported := "waiting"
	if told != "" {
		reported = "ok"
	}
	if l.has(p) {
		outcome := map[string]string{"waiting": "waiting", "ok": "installed"}[reported]
		return line(outcome, "", "ok", "ok", reported, "skipped", "skipped", "skipped")
	}
	switch {
	case auth != "ok":
		return line("broken", "authorised", "ok", "ok", reported, "broken", "waiting", "waiting")
	case !l.ran(p):
		return line("waiting", "", "ok", "ok", reported, auth, "waiting", "waiting")
	case seen == "Installed" && told == "Installed":
		return line("installed", "", "ok", "ok", reported, auth, "ok", "ok")
	}
	return line("waiting", "", "ok", "ok", reported, auth, "ok", "waiting")
}

// traced is how a trace of the lab stands.
func traced(t *testing.T, dir, patch string) (*trace.Trace, string, int) {
	t.Helper()
	s := labSession()
	code := s.run("trace", "--format", "json", patch, dir)
	var tr trace.Trace
	if err := json.Unmarshal(s.out.Bytes(), &tr); err != nil {
		t.Fatalf("exit code %d: %v: %s", code, err, s.err)
	}
	if tr.Schema != trace.Schema || len(tr.Chains) != 1 {
		t.Fatalf("%s has %d chains", patch, len(tr.Chains))
	}
	c := &tr.Chains[0]
	text := string(c.Outcome) + " " + c.Broken + ":"
	for _, step := range c.Steps {
		text += " " + step.ID + "=" + string(step.State)
		if len(step.Evidence) == 0 && step.Absent == "" {
			t.Errorf("%s: %s has no evidence", patch, step.ID)
		}
	}
	return &tr, text, code
}

func TestTraceAnswersRightlyForEveryBulletinAtEveryMoment(t *testing.T) {
	moments := []struct {
		name string
		run  []string
	}{
		{"before sync", nil},
		{"after sync", []string{"run", "sync", "--yes", "--track", "all"}},
		{"after scan, before inventory", []string{"run", "scan", "--yes", "--track", "all"}},
		{"after inventory", []string{"run", "inventory", "--yes"}},
		{"after install", []string{"run", "install", "--yes"}},
		{"after rescan", []string{"run", "scan", "--yes", "--track", "all"}},
		{"after the second inventory", []string{"run", "inventory", "--yes"}},
	}
	for _, product := range labProducts {
		t.Run(product, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "practice")
			if code := labSession().run("lab", "init", "--product", product, dir); code != exitPassed {
				t.Fatal(code)
			}
			truth := newLabTruth(t, dir)
			ends := map[string]int{}
			for _, m := range moments {
				if m.run != nil {
					s := labSession()
					if code := s.run(append(m.run, dir)...); code != exitPassed && code != exitWaiting {
						// A stage that comes later may be stale by now; that is not what is asked.
						t.Logf("%s: exit code %d", m.name, code)
					}
				}
				for i, p := range truth.patches {
					want := truth.want(p)
					name := []string{p.id, "KB" + p.q}[i%2] // every moment has both
					tr, got, code := traced(t, dir, name)
					if got != want {
						t.Errorf("%s: %s\n got  %s\n want %s\n %s", m.name, name, got, want, tr.Summary)
					}
					if code != exitOfTrace(tr.Outcome) {
						t.Errorf("%s: %s: exit code %d for %s", m.name, name, code, tr.Outcome)
					}
					ends[m.name+" "+strings.Fields(want)[0]]++
				}
			}
			// The truth itself must have moved, or nothing was shown.
			for _, must := range []string{"before sync broken", "after sync waiting", "after inventory installed", "after inventory waiting", "after the second inventory installed", "after the second inventory superseded", "after the second inventory not-applicable"} {
				if ends[must] == 0 {
					t.Errorf("no patch was ever: %s; %v", must, ends)
				}
			}
			if ends["after the second inventory waiting"]+ends["after the second inventory broken"] > 0 {
				t.Errorf("%v", ends)
			}
		})
	}
}

func TestTraceOfALabThatIsBroken(t *testing.T) {
	for _, product := range labProducts {
		for _, tt := range []struct {
			fault string
			// patch is the one to trace; it must stand like want, which names the first
			// broken link, and say what it must say.
			patch, want, says string
		}{
			{"proxy-login", "MS07-901", "broken catalogue", "proxy refused the login"},
			{"not-distributed", "MS07-901", "broken catalogue", "distribution point"},
			{"cached-cab-damaged", "MS07-901", "broken catalogue", "cannot be read"},
			{"repository-denied", "MS07-901", "broken scan", "WMI"},
			{"mp-down", "MS07-901", "broken inventory", ""},
			{"site-never-updates", "MS07-901", "broken inventory", "sent"},
			{"authorize-malformed", "MS07-901", "broken authorised", "cannot be read"},
			{"authorize-nothing-applicable", "MS07-901", "broken authorised", "not authorised"},
			{"patch-1603", "", "broken install", "1603"},
			{"patch-3010", "", "waiting ", "restart"},
		} {
			t.Run(fmt.Sprintf("%s/%s", product, tt.fault), func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(t.TempDir(), "practice")
				s := labSession()
				s.run("lab", "init", "--product", product, "--fault", tt.fault, dir)
				s = labSession()
				if code := s.run("run", "all", "--yes", dir); code == exitPassed || code == exitUsage {
					t.Fatalf("exit code %d, %s%s", code, s.out, s.err)
				}
				var found []string
				for _, p := range newLabTruth(t, dir).patches {
					if tt.patch != "" && p.id != tt.patch {
						continue
					}
					tr, got, _ := traced(t, dir, p.id)
					found = append(found, p.id+": "+got+" "+tr.Summary)
					if strings.HasPrefix(got, tt.want+":") && strings.Contains(tr.Summary, tt.says) && len(tr.Chains[0].Do) > 0 {
						return
					}
				}
				t.Errorf("no patch is %s because of %q:\n%s", tt.want, tt.says, strings.Join(found, "\n"))
			})
		}
	}
}

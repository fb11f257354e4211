package client

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

// kinds lists files that may be evidence by name, with what is special about them.
func kinds(files []evidence.File) []string {
	var list []string
	for _, f := range files {
		name := f.Name
		switch {
		case f.Missing:
			name += " missing"
		case f.Err != nil:
			name += " error"
		}
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func TestEvidenceIsFoundByItsNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"CCM/Logs/CAS.log", "vpcache/XYZ00012/1033/mssecure.cab", "vpcache/XYZ00012/ScanWrapper.exe", "Cache/XYZ00031.1.System/PatchAuthorize.xml",
		"Win32_PatchState.mof", "patchstate-wks1.TXT", "CCM_UpdateStatus.json", "all_PatchState.csv", "InventoryActionStatus.txt",
		"patch_state.json", "show-mof.csv", "wks.mof.txt", "UpdateStatus.log.txt",
		"report.json", "users.csv", "readme.txt", "settings.xml", "other.mof",
	} {
		write(t, dir, name, "x")
	}
	target := walked(t, disk{}, dir)
	want := []string{
		"CCM_UpdateStatus.json", "Cache/XYZ00031.1.System/PatchAuthorize.xml", "InventoryActionStatus.txt", "Win32_PatchState.mof",
		"all_PatchState.csv", "other.mof", "patch_state.json", "patchstate-wks1.TXT", "show-mof.csv", "vpcache/XYZ00012/1033/mssecure.cab", "wks.mof.txt",
	}
	if got := kinds(target.Files); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := describe(target.Logs); !slices.Equal(got, []string{"CCM/Logs/CAS.log 1", "UpdateStatus.log.txt 1", "readme.txt 1"}) {
		t.Errorf("evidence is taken for a log: %q", got)
	}
	for _, f := range target.Files {
		if f.Modified.IsZero() || f.Wall || f.Size != 1 || !strings.HasSuffix(f.Where, "/"+f.Name) {
			t.Errorf("%+v", f)
		}
	}
}

func TestAFolderOfAScanToolWithoutACatalogueLacksOne(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"vpcache/XYZ00012/ScanWrapper.exe", "vpcache/XYZ00012/1033/readme.rtf", "vpcache/XYZ00013/s_scan.exe", "vpcache/XYZ00013/1033/mssecure.cab",
		"vpcache/XYZ00099/setup.exe", "Downloads/ScanWrapper.exe",
	} {
		write(t, dir, name, "x")
	}
	want := []string{"vpcache/XYZ00012 missing", "vpcache/XYZ00013/1033/mssecure.cab"}
	if got := kinds(walked(t, disk{}, dir).Files); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	got := kinds(walked(t, disk{}, filepath.Join(dir, "vpcache", "XYZ00012")).Files)
	if len(got) != 1 || !strings.HasSuffix(got[0], "/vpcache/XYZ00012 missing") {
		t.Errorf("the folder itself: %q", got)
	}
	denied := disk{list: func(name string, limit int) ([]fs.DirEntry, error) {
		if filepath.Base(name) == "1033" {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
		}
		return thisMachine.list(name, limit)
	}}
	if got := kinds(walked(t, denied, dir).Files); len(got) > 0 {
		t.Errorf("of folders that could not be listed: %q", got)
	}
}

func TestEvidenceBehindLinksCountsOnce(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "z/Win32_PatchState.mof", "x")
	symlink(t, "z", filepath.Join(dir, "a"))
	symlink(t, "z/Win32_PatchState.mof", filepath.Join(dir, "copy.mof"))
	symlink(t, "..", filepath.Join(dir, "z", "up"))
	if got := kinds(walked(t, disk{}, dir).Files); !slices.Equal(got, []string{"z/Win32_PatchState.mof"}) {
		t.Errorf("got %q", got)
	}
}

func TestTheFilesOfWindowsDoNotHideTheOthers(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 * maxMOFs {
		write(t, dir, fmt.Sprintf("WINDOWS/system32/wbem/a%03d.mof", i), "x")
	}
	for i := range maxEvidence + 20 {
		write(t, dir, fmt.Sprintf("many/PatchState%04d.csv", i), "x")
	}
	files := walked(t, disk{}, dir).Files
	mofs, tables, told := 0, 0, 0
	for _, f := range files {
		switch {
		case f.Err != nil:
			told++
		case evidence.IsMOF(f.Name):
			mofs++
		default:
			tables++
		}
	}
	if mofs != maxMOFs || tables != maxEvidence || told != 1 {
		t.Errorf("%d and %d, told %d times of more", mofs, tables, told)
	}
}

func TestEvidenceOfAnArchive(t *testing.T) {
	at := time.Date(2007, 6, 5, 2, 4, 6, 0, time.UTC)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	add := func(h *zip.FileHeader, text string) {
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add(&zip.FileHeader{Name: "c/vpcache/XYZ00012/1033/mssecure.cab", Method: zip.Deflate, Modified: at}, "MSCF")
	dos := &zip.FileHeader{Name: `c\PatchAuthorize.xml`, Method: zip.Deflate}
	//lint:ignore SA1019 the date of DOS alone cannot be written otherwise
	dos.ModifiedDate, dos.ModifiedTime = 27<<9|6<<5|5, 2<<11|4<<5|3
	add(dos, "<x/>")
	add(&zip.FileHeader{Name: "PatchState.csv", Method: zip.Deflate}, "a")
	add(&zip.FileHeader{Name: "c/vpcache/XYZ00013/o_scan.exe", Method: zip.Deflate}, "a")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "client.zip")
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	target, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	want := []string{"PatchState.csv", "c/PatchAuthorize.xml", "c/vpcache/XYZ00012/1033/mssecure.cab", "c/vpcache/XYZ00013 missing"}
	if got := kinds(target.Files); !slices.Equal(got, want) || len(target.Logs) > 0 {
		t.Fatalf("got %q, logs %+v", got, target.Logs)
	}
	for _, f := range target.Files {
		switch f.Name {
		case "c/vpcache/XYZ00012/1033/mssecure.cab":
			if !f.Modified.Equal(at) || f.Wall || partText(t, f.Part) != "MSCF" {
				t.Errorf("%+v", f)
			}
		case "c/PatchAuthorize.xml": // only the wall clock of DOS
			if !f.Modified.Equal(at) || !f.Wall {
				t.Errorf("%+v", f)
			}
		case "PatchState.csv":
			if !f.Modified.IsZero() {
				t.Errorf("a date that is not there: %+v", f)
			}
		}
	}
}

func TestEvidenceThatAnArchiveMustNotGive(t *testing.T) {
	target := openZipped(
		t,
		packed{name: "fine.log", text: []byte("x"), method: zip.Deflate},
		packed{name: "../up/mssecure.cab", method: zip.Deflate},
		packed{name: "mssecure.xml", text: make([]byte, 100), method: zip.Deflate, says: 5 << 20},
	)
	if got := kinds(target.Files); !slices.Equal(got, []string{"../up/mssecure.cab error", "mssecure.xml error"}) || len(target.Problems) > 0 {
		t.Errorf("%q, %+v", got, target.Problems)
	}
}

func TestASingleFileOfEvidenceIsNoLog(t *testing.T) {
	dir := t.TempDir()
	saved := "instance of Win32_PatchState\n{\n};\n"
	wide := "\xff\xfe"
	for _, r := range saved {
		wide += string(r) + "\x00"
	}
	for name, text := range map[string]string{
		"mssecure.cab": "MSCF", "any.cab": "x", "export.csv": "x", "x.json": "x", "Win32_PatchState.mof": "x", "mssecure.xml": "<", "list.xml": "<",
		"showmof.txt": "// saved\n" + saved, "wide.txt": wide,
	} {
		write(t, dir, name, text)
		target, err := Open(filepath.Join(dir, name))
		if err != nil || !target.Single || len(target.Files) != 1 || len(target.Logs) > 0 || len(target.Paths()) > 0 || target.Files[0].Name != name {
			t.Errorf("%s: %+v, %v", name, target, err)
		}
	}
	for name, text := range map[string]string{"a.log": saved, "notes.txt": "no instance of anything", "odd": "x"} {
		write(t, dir, name, text)
		target, err := Open(filepath.Join(dir, name))
		if err != nil || len(target.Files) > 0 || len(target.Logs) != 1 {
			t.Errorf("%s: %+v, %v", name, target, err)
		}
	}
	target, err := Open(filepath.Join(dir, "a.log"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := Open(filepath.Join(dir, "mssecure.cab"))
	if err != nil {
		t.Fatal(err)
	}
	target.Join(other)
	if len(target.Logs) != 1 || len(target.Files) != 1 || len(target.Paths()) != 1 {
		t.Errorf("together: %+v", target)
	}
}

func TestACatalogueAwayFromTheLogsOfAClient(t *testing.T) {
	root := t.TempDir()
	books, err := pipeline.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"System32/CCM/Logs/CAS.log", "System32/vpcache/XYZ00012/1033/mssecure.cab", "System32/vpcache/XYZ00012/setup.log",
		"System32/CCM/Cache/XYZ00031.1.System/PatchAuthorize.xml", "SysWOW64/vpcache/XYZ00013/s_scan.exe", "System32/elsewhere/mssecure.cab",
	} {
		write(t, root, name, "x")
	}
	target, err := openClient(thisMachine, `\\WKS1`, root, books)
	if err != nil {
		t.Fatal(err)
	}
	whole := filepath.ToSlash(root) + "/"
	want := []string{
		whole + "SysWOW64/vpcache/XYZ00013 missing", whole + "System32/CCM/Cache/XYZ00031.1.System/PatchAuthorize.xml",
		whole + "System32/vpcache/XYZ00012/1033/mssecure.cab",
	}
	if got := kinds(target.Files); !slices.Equal(got, want) || len(target.Logs) != 1 {
		t.Errorf("got  %q\nwant %q\nlogs %q", got, want, describe(target.Logs))
	}
	here := Local{Lookup: func(name string) (string, bool) { return root, strings.EqualFold(name, "windir") }}
	if got := kinds(here.Files()); !slices.Equal(got, want) {
		t.Errorf("this machine: %q", got)
	}
	if got := (Local{Lookup: func(string) (string, bool) { return "", false }}).Files(); len(got) > 0 {
		t.Errorf("without Windows: %q", kinds(got))
	}
}

func TestTheFilesOfAFolderThatIsNamed(t *testing.T) {
	root := t.TempDir()
	write(t, root, "PkgSource/1033/readme.rtf", "x")
	whole := filepath.ToSlash(root)
	here := Local{Lookup: func(name string) (string, bool) { return root, name == "tools" }}
	if got := kinds(here.FilesIn(`%tools%/PkgSource`)); !slices.Equal(got, []string{whole + "/PkgSource missing"}) {
		t.Errorf("got %q", got)
	}
	write(t, root, "PkgSource/1033/mssecure.cab", "x")
	if got := kinds(here.FilesIn(filepath.Join(root, "PkgSource"))); !slices.Equal(got, []string{whole + "/PkgSource/1033/mssecure.cab"}) {
		t.Errorf("got %q", got)
	}
	for _, name := range []string{filepath.Join(root, "no"), `%nothing%\x`, filepath.Join(root, "PkgSource", "1033", "mssecure.cab")} {
		if got := here.FilesIn(name); len(got) != 1 || got[0].Err == nil || got[0].Missing {
			t.Errorf("%s: %+v", name, got)
		}
	}
	broken := thisMachine
	broken.list = func(name string, _ int) ([]fs.DirEntry, error) { return nil, errors.New("no network") }
	if got := kinds(broken.filesIn(filepath.Join(root, "PkgSource"))); len(got) != 1 || !strings.HasSuffix(got[0], " error") {
		t.Errorf("a folder that cannot be listed: %q", got)
	}
}

func TestATableOfLogLinesIsALog(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		text     string
		evidence bool
	}{
		"export.json":           {`[{"ID":"MS07-031","QNumbers":"935840","Status":"Applicable"}]`, true},
		"lines.json":            {`[{"raw":"<![LOG[Scan completed]LOG]!>"}]`, false},
		"lines.csv":             {"log,line\nHinv32.log,Done~  $$<HINV><06-05-2007 02:00:00.1+240><thread=1>\n", false},
		"Win32_PatchState.json": {`[]`, true},
		"cut.json":              {`[{"ID":"MS07-031",`, true},
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if is := len(got.Files) == 1; is != c.evidence || len(got.Logs)+len(got.Files) != 1 {
			t.Errorf("%s: %d files beside the logs and %d logs", name, len(got.Files), len(got.Logs))
		}
	}
}

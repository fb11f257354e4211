package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"patchtrace/diagnose/evidence/mof"
	"patchtrace/logparse"
)

// No definition of Win32_PatchState or CCM_UpdateStatus is published, and neither
// is a whole export of one: the instances here are made up, with the names of
// properties that scripts and articles use, in the forms in which wbemtest, wmic
// and PowerShell write instances of any class.

// exportFile is a file with a content.
func exportFile(name string, content []byte) File {
	return File{Part: logparse.Part{Name: name, Size: int64(len(content)), Open: func() (logparse.File, error) {
		return openContent{bytes.NewReader(content)}, nil
	}}}
}

type openContent struct{ *bytes.Reader }

func (openContent) Close() error { return nil }

// utf16LE is a text as Windows PowerShell and wmic save it.
func utf16LE(text string) []byte {
	b := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

const mofText = `// saved from wbemtest
instance of Win32_PatchState
{
	ID = "MS04-911";
	QNumbers = "935732";
	Product = "Windows XP Service Pack 1";
	Status = "Applicable";
	LocaleID = 1033;
	TimeDetected = "20040614020000.000000-300";
	InfoPath = NULL;
	Own = {"a", "b"};
};

instance of Win32_QuickFixEngineering
{
	HotFixID = "KB935732";
};

instance of win32_patchstate_extended
{
	QNumbers = "935732";
	Status = "Applicable";
	ScanAgent = "ScanWrapper.exe";
	ScanDateTime = "20040615020000.000000+000";
};

instance of InventoryActionStatus
{
	InventoryActionID = "{00000000-0000-0000-0000-000000000001}";
	LastCycleStartedDate = "20040616030000.000000+000";
	LastMajorReportVersion = 3;
	LastMinorReportVersion = 12;
	LastReportDate = "20040616030500.000000+000";
};
`

func TestInstancesAreReadFromMOFInEveryEncoding(t *testing.T) {
	for name, content := range map[string][]byte{
		"UTF-8": []byte(mofText), "a mark": []byte("\ufeff" + mofText), "CRLF": []byte(strings.ReplaceAll(mofText, "\n", "\r\n")), "UTF-16": utf16LE(mofText), "UTF-16 without mark": utf16LE(mofText)[2:],
	} {
		patches, cycles, err := ReadPatches(exportFile("export/patches.mof", content))
		if err != nil || len(patches) != 2 || len(cycles) != 1 {
			t.Errorf("%s: %+v, %+v, %v", name, patches, cycles, err)
			continue
		}
		p, x, c := &patches[0], &patches[1], &cycles[0]
		if p.Class != ClassPatchState || x.Class != ClassPatchExtended || p.Name != "export/patches.mof" || p.Line != 2 || x.Line != 19 || c.Line != 27 {
			t.Errorf("%s: %+v, %+v, %+v", name, p.Origin, x.Origin, c.Origin)
		}
		if at := content[p.Offset:]; !bytes.HasPrefix(at, []byte("instance of")) && !bytes.HasPrefix(at, []byte("i\x00n\x00s\x00")) {
			t.Errorf("%s: byte %d is not where it begins", name, p.Offset)
		}
		if info := p.Prop("InfoPath"); info == nil || !info.Null || len(p.Prop("Own").List) != 2 || !p.Prop("LocaleID").Number {
			t.Errorf("%s: %+v", name, p.Props)
		}
		if got := p.Detected(); !got.Equal(time.Date(2004, 6, 14, 7, 0, 0, 0, time.UTC)) || got.Location() != time.UTC {
			t.Errorf("%s: detected %v", name, got)
		}
		if x.Agent() != "ScanWrapper.exe" || !x.Scanned().Equal(time.Date(2004, 6, 15, 2, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: %s, %v", name, x.Agent(), x.Scanned())
		}
		want := Cycle{Origin: c.Origin, Action: HardwareInventory, Started: time.Date(2004, 6, 16, 3, 0, 0, 0, time.UTC), Reported: time.Date(2004, 6, 16, 3, 5, 0, 0, time.UTC), Major: 3, Minor: 12}
		if diff := cmp.Diff(want, *c); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestInstancesAreReadFromEveryExport(t *testing.T) {
	const head = `"PSComputerName","__GENUS","__CLASS","__PATH","ID","QNumbers","Product","Status","Title","Summary","Scope","PSShowComputerName"`
	rows := head + "\r\n" +
		`"WKS-0417.example.test","2","Win32_PatchState","\\WKS\root\cimv2:X","MS04-911","935732","Windows XP","Installed","one, ""two""` + "\r\nthree\"," + `,"System.Management.ManagementScope","True"` + "\r\n" +
		`"WKS-0417.example.test","2","Win32_PatchState",,"MS04-912","935733","Windows XP","Applicable","","x","y",` + "\r\n"
	for name, c := range map[string]struct {
		file, text string
	}{
		"Export-Csv":            {"a.csv", rows},
		"with its type":         {"a.csv", "#TYPE System.Management.ManagementObject#root\\cimv2\\Win32_PatchState\r\n" + rows},
		"semicolons":            {"a.csv", "sep=;\r\nPSComputerName;ID;QNumbers;Product;Status;Title;Summary\r\nWKS-0417.example.test;MS04-911;935732;Windows XP;Installed;\"one, \"\"two\"\"\r\nthree\";\r\nWKS-0417.example.test;MS04-912;935733;Windows XP;Applicable;\"\";x\r\n"},
		"tabs":                  {"a.txt-patchstate.txt", "PSComputerName\tID\tQNumbers\tProduct\tStatus\tTitle\tSummary\nWKS-0417.example.test\tMS04-911\t935732\tWindows XP\tInstalled\t\"one, \"\"two\"\"\r\nthree\"\t\nWKS-0417.example.test\tMS04-912\t935733\tWindows XP\tApplicable\t\"\"\tx\n"},
		"wmic":                  {"a.csv", "\r\r\nNode,ID,Product,QNumbers,Status,Summary,Title\r\r\nWKS-0417.example.test,MS04-911,Windows XP,935732,Installed,,\"one, \"\"two\"\"\r\nthree\"\r\r\nNode,ID,Product,QNumbers,Status,Summary,Title\r\r\nWKS-0417.example.test,MS04-912,Windows XP,935733,Applicable,x,\"\"\r\r\n"},
		"a list of wmic":        {"a.txt patchstate.txt", "\r\r\n\r\r\nID=MS04-911\r\r\nProduct=Windows XP\r\r\nQNumbers=935732\r\r\nStatus=Installed\r\r\nTitle=one, \"two\"\r\nthree\r\r\nSummary=\r\r\n\r\r\n\r\r\nID=MS04-912\r\r\nProduct=Windows XP\r\r\nQNumbers=935733\r\r\nStatus=Applicable\r\r\nSummary=x\r\r\n"},
		"a list with doubled":   {"a.txt patchstate.txt", "ID=MS04-911\n\nProduct=Windows XP\n\nQNumbers=935732\n\nStatus=Installed\n\nTitle=one, \"two\"\nthree\n\nSummary=\n\n\n\nID=MS04-912\n\nProduct=Windows XP\n\nQNumbers=935733\n\nStatus=Applicable\n\nSummary=x\n\n"},
		"a list of PowerShell":  {"a patchstate.txt", "\r\n\r\n__GENUS        : 2\r\n__CLASS        : Win32_PatchState\r\nID             : MS04-911\r\nProduct        : Windows XP\r\nQNumbers       : 935732\r\nStatus         : Installed\r\nTitle          : one, \"two\"\nthree\r\nSummary        : \r\nPSComputerName : WKS-0417.example.test\r\n\r\n__GENUS        : 2\r\nID             : MS04-912\r\nProduct        : Windows XP\r\nQNumbers       : 935733\r\nStatus         : Applicable\r\nSummary        : x\r\nPSComputerName : WKS-0417.example.test\r\n\r\n\r\n"},
		"Get-WmiObject as JSON": {"a.json", `[{"PSComputerName":"WKS-0417.example.test","__GENUS":2,"__CLASS":"Win32_PatchState","ID":"MS04-911","QNumbers":"935732","Product":"Windows XP","Status":"Installed","Title":"one, \"two\"\r\nthree","Summary":null,"Scope":{"IsConnected":true}},{"__CLASS":"Win32_PatchState","__SERVER":"WKS-0417.example.test","ID":"MS04-912","QNumbers":"935733","Product":"Windows XP","Status":"Applicable","Title":"","Summary":"x"}]`},
		"Get-CimInstance":       {"a.json", `[{"ID":"MS04-911","QNumbers":"935732","Product":"Windows XP","Status":"Installed","Title":"one, \"two\"\r\nthree","Summary":null,"PSComputerName":null,"CimClass":{"CimSuperClassName":null,"CimClassName":"Win32_PatchState","CimClassProperties":["ID"]},"CimInstanceProperties":[{"Name":"ID","Value":"MS04-911"}],"CimSystemProperties":{"Namespace":"root/cimv2","ServerName":"WKS-0417.example.test","ClassName":"Win32_PatchState"}},` + "\n" + `{"CimClass":"root/cimv2:Win32_PatchState","PSComputerName":"WKS-0417.example.test","ID":"MS04-912","QNumbers":"935733","Product":"Windows XP","Status":"Applicable","Title":"","Summary":"x"}]`},
		"lines of JSON":         {"a.json", `{"class":"Win32_PatchState","PSComputerName":"WKS-0417.example.test","ID":"MS04-911","QNumbers":"935732","Product":"Windows XP","Status":"Installed","Title":"one, \"two\"\r\nthree","Summary":null}` + "\n" + `{"value":[{"PSComputerName":"WKS-0417.example.test","ID":"MS04-912","QNumbers":"935733","Product":"Windows XP","Status":"Applicable","Title":"","Summary":"x"}],"Count":1}` + "\x00\x00"},
	} {
		for _, content := range [][]byte{[]byte(c.text), utf16LE(c.text), []byte("\ufeff" + c.text)} {
			list, _, err := ReadPatches(exportFile(c.file, content))
			if err != nil || len(list) != 2 {
				t.Errorf("%s: %+v, %v", name, list, err)
				break
			}
			one, two := &list[0], &list[1]
			title := strings.ReplaceAll(one.Title(), "\r", "")
			if one.Class != ClassPatchState || one.Bulletin() != "MS04-911" || !cmp.Equal(one.Numbers(), []string{"935732"}) || one.Product() != "Windows XP" || one.State() != Installed || title != "one, \"two\"\nthree" || !one.Prop("Summary").Null {
				t.Errorf("%s: %+v", name, one)
			}
			if two.Bulletin() != "MS04-912" || two.State() != Applicable || two.Get("Summary") != "x" || two.Prop("Title") != nil && two.Prop("Title").Null {
				t.Errorf("%s: %+v", name, two)
			}
			if !strings.HasPrefix(name, "a list") && (one.Host != "WKS-0417.example.test" || two.Host != one.Host) {
				t.Errorf("%s: hosts %q and %q", name, one.Host, two.Host)
			}
			for _, p := range one.Props {
				if strings.HasPrefix(p.Name, "__") || strings.HasPrefix(p.Name, "PS") || strings.HasPrefix(p.Name, "Cim") || p.Name == "Scope" || p.Name == "Node" {
					t.Errorf("%s: %s is no property of the class", name, p.Name)
				}
			}
			if one.Line < 1 || two.Line < one.Line || two.Offset <= one.Offset || two.Offset >= int64(len(content)) {
				t.Errorf("%s: they stand at %+v and %+v", name, one.Origin, two.Origin)
			}
		}
	}
}

// Files are put behind each other, and spreadsheets fill rows up and leave blanks.
func TestRowsThatAreNoInstancesArePassedOver(t *testing.T) {
	for name, text := range map[string]string{
		"two files in one":      "\"ID\",\"QNumbers\",\"Status\"\r\n\"MS04-911\",\"935732\",\"Applicable\"\r\n\"ID\",\"QNumbers\",\"Status\"\r\n\"MS04-912\",\"935733\",\"Installed\"\r\n",
		"rows that are filled":  "ID;QNumbers;Status\r\nMS04-911;935732;Applicable;;\r\nMS04-912;935733;Installed;\r\n",
		"lines of blanks":       "ID,QNumbers,Status\r\n  \r\nMS04-911,935732,Applicable\r\n   \r\nMS04-912,935733,Installed\r\n ",
		"two files of one type": "#TYPE A#root/cimv2/Win32_PatchState\nID,QNumbers,Status\nMS04-911,935732,Applicable\n#TYPE A#root/cimv2/Win32_PatchState\nStatus,ID,QNumbers\nInstalled,MS04-912,935733\n",
	} {
		list, _, err := ReadPatches(exportFile("patchstate.csv", []byte(text)))
		if err != nil || len(list) != 2 || list[0].State() != Applicable || list[1].State() != Installed || list[1].Bulletin() != "MS04-912" || len(list[0].Props) != 3 {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
}

func TestWhatThisProgramWritesIsReadAgain(t *testing.T) {
	const text = `[
  {"__CLASS": "Win32_PatchState", "ID": "MS04-911", "Status": "Applicable", "LocaleID": 1033, "Path": "a property of its own", "Yes": true, "None": null, "List": ["a", "b"], "Ports": [1, 2]}
]`
	list, _, err := ReadPatches(exportFile("x.json", []byte(text)))
	if err != nil || len(list) != 1 {
		t.Fatalf("got %+v, %v", list, err)
	}
	want := []mof.Prop{
		{Name: "ID", Text: "MS04-911"},
		{Name: "Status", Text: "Applicable"},
		{Name: "LocaleID", Text: "1033", Number: true},
		{Name: "Path", Text: "a property of its own"},
		{Name: "Yes", Text: "TRUE", Bare: true},
		{Name: "None", Null: true},
		{Name: "List", Text: "a, b", List: []string{"a", "b"}},
		{Name: "Ports", Text: "1, 2", Number: true, List: []string{"1", "2"}},
	}
	if diff := cmp.Diff(want, list[0].Props); diff != "" {
		t.Error(diff)
	}
	if again, err := mof.Parse(list[0].String()); err != nil || !again[0].Equal(&list[0].Instance) {
		t.Errorf("as MOF it reads %+v, %v", again, err)
	}
}

func TestTheClassIsTakenFromTheColumnsWhenNothingElseNamesIt(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"ID,Status\nMS04-911,Odd\n", ClassPatchState},
		{"ID,Status\n7,installed\n", ClassPatchState},
		{"ID,Status\n7,running\n", ""},
		{"QNumbers,Status\n935732,Odd\n", ClassPatchState},
		{"UniqueId,Article,Status\nx,5999001,Missing\n", ClassUpdateStatus},
		{"Article,Status\n5999001,Missing\n", ClassUpdateStatus},
		{"Name,Status\nSpooler,Running\n", ""},
		{"#TYPE CimInstance#root/x/CCM_Other\nID,Status\nMS04-911,Installed\n", ""},
		{"#TYPE Selected.System.Management.ManagementObject\nID,Status\nMS04-911,Installed\n", ClassPatchState},
		{"#TYPE System.Management.Automation.PSCustomObject\nID,Status\nMS04-911,Installed\n", ClassPatchState},
		{"#TYPE Selected.System.Management.ManagementObject#root\\cimv2\\Win32_Other\nID,Status\nMS04-911,Installed\n", ""},
	} {
		list, _, err := ReadPatches(exportFile("a.csv", []byte(tt.text)))
		got := ""
		if len(list) == 1 {
			got = list[0].Class
		}
		if err != nil || got != tt.want {
			t.Errorf("%q: %q, %v", tt.text, got, err)
		}
	}
	list, _, err := ReadPatches(exportFile("Win32_PatchState_Extended.csv", []byte("QNumbers,Status\n935732,Installed\n")))
	if err != nil || len(list) != 1 || list[0].Class != ClassPatchExtended {
		t.Errorf("the name of the file is not asked: %+v, %v", list, err)
	}
	_, cycles, err := ReadPatches(exportFile("a.csv", []byte("InventoryActionID,LastReportDate\n{00000000-0000-0000-0000-000000000002},20040616030500.000000+000\n")))
	if err != nil || len(cycles) != 1 || cycles[0].Reported.IsZero() {
		t.Errorf("got %+v, %v", cycles, err)
	}
}

func TestOfADamagedExportWhatCanBeReadIsKeptAndTheLineNamed(t *testing.T) {
	const good = `"ID","QNumbers","Status"` + "\n" + `"MS04-911","935732","Installed"` + "\n"
	const object = `{"ID":"MS04-911","QNumbers":"935732","Status":"Installed"}`
	for text, want := range map[string]string{
		good + `"MS04-912","93`:                                       "line 3: a value in quotes has no end",
		good + `"MS04-912","935733"`:                                  "line 3: 2 values under 3 columns: the file is cut",
		good + "a,b,c,d\n" + good[len(`"ID","QNumbers","Status"`)+1:]: "line 3: 4 values under 3 columns: a value holds the separator",
		"[" + object + ",\n{\"ID\":":                                  "line 2: the file is cut",
		"[" + object + ",\n{\"ID\": x}]":                              "line 2: invalid character 'x'",
		"[" + object + "\n":                                           "the file is cut",
		"[" + object + "," + strings.Repeat("[", 100):                 "64 deep",
		mofText + "instance of Win32_PatchState {\nID = ;":            "line 36: want a value",
	} {
		list, _, err := ReadPatches(exportFile("a.json", []byte(text)))
		if err == nil || !strings.Contains(err.Error(), want) || len(list) == 0 || !errors.Is(list[0].Damaged, err) {
			t.Errorf("%.60q: %d instances, %v; want %s", text, len(list), err, want)
		}
	}
}

func TestWhatHoldsNoInstancesIsAnErrorOnlyWhenItsNamePromisesThem(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"manifest.json":        {`{"schema":"x","stages":[{"id":"sync","status":"passed"}]}`, ""},
		"broken.json":          {`{"schema":`, ""},
		"readme.csv":           {"Hello, world\nthis, is, no table", ""},
		"Win32_PatchState.csv": {"", "the file is empty"},
		"win32_patchstate.txt": {"nothing here\n", "neither MOF, CSV, JSON nor a list"},
		"patchstate-ft.txt":    {"\r\nID       QNumbers Status\r\n--       -------- ------\r\nMS04-911 935732   Applicable\r\n", "a table for the eye"},
		"patchstate-wide.txt":  {"\r\nID          QNumbers    Status\r\n--          --------    ------\r\nMS04-911    935732      Applicable\r\n", "a table for the eye"},
		"PatchState.json":      {`[{"a":1}]`, "none of its 1 rows"},
		"x.mof":                {"nothing here\n", "want class or instance"},
		"a.mof":                {"class Win32_PatchState { };", ""},
		"export.json":          {`[{"QNumbers":`, "the file is cut"},
	} {
		list, cycles, err := ReadPatches(exportFile(name, []byte(c.text)))
		if len(list)+len(cycles) > 0 || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v; want %q", name, list, err, c.want)
		}
	}
}

func TestALargeExportIsRefusedWithWhatToDo(t *testing.T) {
	f := exportFile("a.csv", []byte("ID,QNumbers,Status\n"))
	f.Size = maxExport + 1
	if _, _, err := ReadPatches(f); !errors.Is(err, ErrExport) || !strings.Contains(err.Error(), "larger than 16 MB") {
		t.Errorf("got %v", err)
	}
	var b strings.Builder
	b.WriteString("ID,Status\n")
	for range maxExportRows + 1 {
		b.WriteString("MS04-911,Installed\n")
	}
	if list, _, err := ReadPatches(exportFile("a.csv", []byte(b.String()))); len(list) != maxExportRows || err == nil || !strings.Contains(err.Error(), "line 100002: more than 100000 rows") {
		t.Errorf("%d rows, %v", len(list), err)
	}
	row := strings.Repeat(",", 1000) + "\n"
	wide := "QNumbers,Status" + strings.Repeat(",a", 999) + "\n" + strings.Repeat(row, maxExportProps/1001+2)
	if list, _, err := ReadPatches(exportFile("patchstate.csv", []byte(wide))); len(list) != maxExportProps/1001 || err == nil || !strings.Contains(err.Error(), "1048576 properties in all") {
		t.Errorf("%d rows, %v", len(list), err)
	}
	if _, _, err := ReadPatches(exportFile("patchstate.json", []byte(`[{"QNumbers":[`+strings.Repeat("[],", maxJSONNodes)+`[]]}]`))); err == nil || !strings.Contains(err.Error(), "more than 300000 values") {
		t.Errorf("got %v", err)
	}
	if _, _, err := ReadPatches(exportFile("patchstate.csv", []byte("QNumbers"+strings.Repeat(",b", maxExportColumns)+"\n"))); err == nil || !strings.Contains(err.Error(), "more than 1024 columns") {
		t.Errorf("got %v", err)
	}
}

func TestAnExportThatCannotBeReadSaysWhy(t *testing.T) {
	f := exportFile("a.mof", []byte("x"))
	f.Open = func() (logparse.File, error) { return nil, os.ErrPermission }
	if _, _, err := ReadPatches(f); !errors.Is(err, os.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

func TestAListIsReadToItsBounds(t *testing.T) {
	const good = "QNumbers=935732\nStatus=Installed\n\nQNumbers=935733\nStatus="
	for text, want := range map[string]string{
		good + "a\n" + strings.Repeat("more\n", maxExportValue/4): "a value of more than 1 MB",
		good + strings.Repeat("x", maxExportValue+1):              "line 5: a value of more than 1 MB",
		good + "\n" + manyProps():                                 "more than 1024 properties",
		"QNumbers" + "=1\n\nStatus":                               "",
	} {
		list, _, err := ReadPatches(exportFile("patchstate.txt", []byte(text)))
		if want != "" && (err == nil || !strings.Contains(err.Error(), want) || len(list) != 1) || want == "" && len(list) > 0 {
			t.Errorf("%.60q: %d instances, %v; want %s", text, len(list), err, want)
		}
	}
}

// Format-List wraps what is too long for the window, at blanks and within words, and
// editors cut blanks at the ends of lines off.
func TestLinesThatPowerShellWrappedAreJoined(t *testing.T) {
	const head = "ID       : MS04-911\nStatus   : Applicable\n"
	for name, c := range map[string]struct{ text, title, info string }{
		"at a blank":           {"Title    : one that is too \n           long: yes\nInfoPath : x\n", "one that is too long: yes", "x"},
		"a blank that was cut": {"Title    : one that is too\n           long: yes\nInfoPath : x\n", "one that is too long: yes", "x"},
		"within a word":        {"Title    : a\nInfoPath : http://example.test/abcde\n           fghij\n", "a", "http://example.test/abcdefghij"},
		"three lines":          {"Title    : a\nInfoPath : http://example.test/abcde\n           fghijklmnopqrstuvwxyz0123\n           456 end\n", "a", "http://example.test/abcdefghijklmnopqrstuvwxyz0123456 end"},
		"a colon in the way":   {"Title    : one\n           : two\nInfoPath : x\n", "one : two", "x"},
		"doubled lines":        {"\nTitle    : one that is too \n\n           long\n\nInfoPath : x\n\n\n", "one that is too long", "x"},
	} {
		text := head + c.text
		if name == "doubled lines" {
			text = "ID       : MS04-911\n\nStatus   : Applicable\n" + c.text
		}
		list, _, err := ReadPatches(exportFile("patchstate.txt", []byte(text)))
		if err != nil || len(list) != 1 || list[0].Title() != c.title || list[0].Get("InfoPath") != c.info {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
	for _, text := range []string{"Note : nothing\nof the kind\n", "Note: a\nMore: b\n", "a : b", "ID : 1\n\x00"} {
		if list, _, err := ReadPatches(exportFile("patchstate.txt", []byte(text))); err == nil || len(list) > 0 {
			t.Errorf("%q: %+v, %v", text, list, err)
		}
	}
}

func manyProps() string {
	var b strings.Builder
	for i := range maxExportColumns {
		fmt.Fprintf(&b, "a%d=\n", i)
	}
	return b.String()
}

func FuzzReadPatches(f *testing.F) {
	f.Add([]byte(mofText))
	f.Add(utf16LE(mofText))
	f.Add([]byte("#TYPE A#b\\Win32_PatchState\r\n\"ID\",\"Status\"\r\n\"MS04-911\",\"a\nb\"\r\n,\r\n"))
	f.Add([]byte("\r\r\nNode,QNumbers,Status\r\r\nA,935732,Installed\r\r\n"))
	f.Add([]byte("sep=;\nQNumbers;Status\nä;\xe4\n"))
	f.Add([]byte("\r\r\nQNumbers=935732\r\r\nStatus=Installed\r\nmore\r\r\n\r\r\nQNumbers=1\r\r\nStatus=\r\r\n"))
	f.Add([]byte("ID        QNumbers  Status     Own  \r\r\nMS04-911  935732    Installed  1/2  \r\r\n  ä       1\r\n"))
	f.Add([]byte("instance of Win32_PatchState { ID = “MS04-911”; Status = „a\\”b“; TimeDetected = \"5/6/2007 2:02:00 AM\"; };"))
	f.Add([]byte("\r\nID     : MS04-911\r\nStatus : Installed \r\n         or not\r\n\r\nID     : \r\nStatus :\r\n"))
	f.Add([]byte(`[{"CimClass":{"CimClassName":"Win32_PatchState"},"ID":null,"Status":[1,"a"],"X":{"value":1},"Y":[{}]},{"value":[{"QNumbers":1,"Status":true}]}]`))
	f.Add(utf16LE(`{"CimInstanceProperties":[{"Name":"Status","Value":"Installed"},{"Name":"QNumbers","Value":"935732"}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		list, cycles, err := ReadPatches(exportFile("Win32_PatchState.txt", content))
		for i := range list {
			p := &list[i]
			if p.Line < 1 || p.Offset < 0 || p.Offset >= int64(len(content)) || (err == nil) != (p.Damaged == nil) {
				t.Fatalf("instance %d: %+v, damaged %v, %v", i, p.Origin, p.Damaged, err)
			}
			p.Bulletin()
			p.Numbers()
			p.State()
			p.Detected()
			_ = p.String()
		}
		for _, c := range cycles {
			if c.Action == "" || c.Line < 1 {
				t.Fatalf("got %+v", c)
			}
		}
		if n := len(Join(list)); n > len(list) {
			t.Fatalf("%d rows of %d instances", n, len(list))
		}
	})
}

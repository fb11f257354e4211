package errcode

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestTableHoldsEveryFact compares the embedded table with the fact table.
func TestTableHoldsEveryFact(t *testing.T) {
	f, err := os.Open("../../../shared/facts/error-codes.csv")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the fact table is not on this machine")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		v, err := strconv.ParseUint(r[0], 0, 32)
		if err != nil {
			t.Fatalf("row %v: %v", r, err)
		}
		c := Decode(uint32(v))
		if !c.Exact || c.Name != r[1] || c.Meaning != r[2] || c.Family != r[3] {
			t.Errorf("Decode(%s) = %q %q %q, want %q", r[0], c.Name, c.Meaning, c.Family, r[1:])
		}
	}
}

func TestTableIsWhole(t *testing.T) {
	if lines := strings.Count(codesCSV, "\n") - 1; len(table()) != lines || lines < 1171 {
		t.Fatalf("%d rows were read from %d lines", len(table()), lines)
	}
	var before uint32
	for i, r := range table() {
		if i > 0 && r.value <= before {
			t.Errorf("%s stands twice", Format(r.value))
		}
		if r.meaning == "" || familyTitle(r.family) == familyTitle(famUnknown) {
			t.Errorf("%s has no meaning or no known family: %+v", Format(r.value), r)
		}
		before = r.value
	}
}

func TestAllYieldsTheTableInOrder(t *testing.T) {
	codes := slices.Collect(All())
	if len(codes) != len(table()) {
		t.Fatalf("All yields %d codes of %d", len(codes), len(table()))
	}
	if !slices.IsSortedFunc(codes, func(a, b Code) int { return int(int64(a.Value) - int64(b.Value)) }) {
		t.Error("All is not in the order of the values")
	}
	for range All() {
		break // leaving early must be possible
	}
}

func TestDecode(t *testing.T) {
	tests := []struct {
		name   string
		v      uint32
		text   string
		symbol string
		family string
		exact  bool
		win32  int
		status int
		says   string
	}{
		{"a row of the table", 0x80244022, "0x80244022", "WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL", "wua", true, 0, 503, "HTTP 503"},
		{"a plain number is decimal", 1603, "1603", "ERROR_INSTALL_FAILURE", "msi", true, 1603, 0, "Fatal error"},
		{"an HRESULT carries an installer number", 0x80070643, "0x80070643", "ERROR_INSTALL_FAILURE", "msi", true, 1603, 0, "Fatal error"},
		{"an HRESULT carries a WinHTTP number", 0x80072EFD, "0x80072EFD", "ERROR_WINHTTP_CANNOT_CONNECT", "winhttp", true, 12029, 0, "Connection"},
		{"an HRESULT carries a Winsock number", 0x8007274D, "0x8007274D", "WSAECONNREFUSED", "win32", true, 10061, 0, "refused"},
		{"an HRESULT with a row of its own keeps it", 0x80070005, "0x80070005", "E_ACCESSDENIED", "com", true, 5, 0, "Access denied"},
		{"servicing in facility 7", 0x80073712, "0x80073712", "ERROR_SXS_COMPONENT_STORE_CORRUPT", "cbs", true, 14098, 0, "Component store"},
		{"IPsec signature of third-party updates", 0x80073633, "0x80073633", "ERROR_IPSEC_IKE_INVALID_SIG", "win32", true, 13875, 0, "signature"},
		{"an HTTP status in an HRESULT", 0x80190194, "0x80190194", "HTTP_E_STATUS_NOT_FOUND", "http", true, 0, 404, "HTTP 404"},
		{"an HTTP status that no row names", 0x801901A2, "0x801901A2", "", "http", false, 0, 418, "HTTP 418"},
		{"the statuses of the agent are not linear", 0x8024401B, "0x8024401B", "WU_E_PT_HTTP_STATUS_PROXY_AUTH_REQ", "wua", true, 0, 407, "HTTP 407"},
		{"HTTP 501, whatever other tables print", 0x80244020, "0x80244020", "WU_E_PT_HTTP_STATUS_NOT_SUPPORTED", "wua", true, 0, 501, "HTTP 501"},
		{"HTTP 504, whatever other tables print", 0x80244023, "0x80244023", "WU_E_PT_HTTP_STATUS_GATEWAY_TIMEOUT", "wua", true, 0, 504, "HTTP 504"},
		{"the code after the statuses carries none", 0x80244025, "0x80244025", "WU_E_PT_FILE_LOCATIONS_CHANGED", "wua", true, 0, 0, ""},
		{"Group Policy conflict, not group not found", 0x87D00692, "0x87D00692", "", "ccm", true, 0, 0, "Group Policy conflict"},
		{"the WinHTTP sense of 12175", 12175, "12175", "ERROR_WINHTTP_SECURE_FAILURE", "winhttp", true, 12175, 0, ""},
		{"the installer sense of 1653", 1653, "1653", "ERROR_ROLLBACK_DISABLED", "msi", true, 1653, 0, ""},
		{"success of the agent", 0x00240005, "0x00240005", "WU_S_REBOOT_REQUIRED", "wua", true, 0, 0, ""},
		{"success", 0, "0", "ERROR_SUCCESS", "win32", true, 0, 0, ""},

		{"agent code of no row", 0x80246ABC, "0x80246ABC", "", "wua", false, 0, 0, "Windows Update Agent, download manager; code not in the table"},
		{"client code of no row", 0x87D006EE, "0x87D006EE", "", "ccm", false, 0, 0, "software updates"},
		{"client code of no area", 0x87D0F001, "0x87D0F001", "", "ccm", false, 0, 0, "Configuration Manager client"},
		{"mobile device code", 0x87D10194, "0x87D10194", "", "mdm", false, 0, 0, "Mobile device management code"},
		{"site server code of no row", 0x87D2FFFF, "0x87D2FFFF", "", "ccm-server", false, 0, 0, "site server"},
		{"WMI code of no row", 0x80041FFF, "0x80041FFF", "", "wbem", false, 0, 0, "WMI"},
		{"COM registration code of no row", 0x80040693, "0x80040693", "", "com", false, 0, 0, "registration and activation"},
		{"BITS code of no row", 0x80200FFF, "0x80200FFF", "", "bits", false, 0, 0, "Background Intelligent Transfer"},
		{"Delivery Optimization code of no row", 0x80D0FFFF, "0x80D0FFFF", "", "do", false, 0, 0, "Delivery Optimization"},
		{"trust code of no row", 0x800B0FFF, "0x800B0FFF", "", "trust", false, 0, 0, "certificate"},
		{"servicing code of no row", 0x800F0ABC, "0x800F0ABC", "", "cbs", false, 0, 0, "CBS.log"},
		{"servicing number of no row", 0x800736FF, "0x800736FF", "", "cbs", false, 14079, 0, "CBS.log"},
		{".NET code of no row", 0x80131FFF, "0x80131FFF", "", "com", false, 0, 0, ".NET"},
		{"crash code of no row", 0xC0000374, "0xC0000374", "", "ntstatus", false, 0, 0, "crash"},
		{"Win32 number of no row", 4390, "4390", "", "win32", false, 4390, 0, "4390"},
		{"HRESULT of a Win32 number of no row", 0x80071126, "0x80071126", "", "win32", false, 4390, 0, "4390"},
		{"Winsock number of no row", 10022, "10022", "", "win32", false, 10022, 0, "Winsock"},
		{"WinHTTP number of no row", 12120, "12120", "", "winhttp", false, 12120, 0, "WinHTTP"},
		{"installer number of no row", 1617, "1617", "", "msi", false, 1617, 0, "Windows Installer"},
		{"a failure that carries number 0 is no success", 0x80070000, "0x80070000", "", "win32", false, 0, 0, "number 0"},
		{"unknown failure", 0x9ABC0001, "0x9ABC0001", "", "unknown", false, 0, 0, "signed -1698955263, unsigned 2596012033"},
		{"unknown number", 70000, "0x00011170", "", "unknown", false, 0, 0, "decimal 70000"},
		{"all ones", 0xFFFFFFFF, "0xFFFFFFFF", "", "unknown", false, 0, 0, "signed -1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Decode(tt.v)
			if c.Value != tt.v || c.Text != tt.text || c.Name != tt.symbol || c.Family != tt.family ||
				c.Exact != tt.exact || c.Win32 != tt.win32 || c.Status != tt.status {
				t.Errorf("got %+v", c)
			}
			if c.Meaning == "" || !strings.Contains(c.Meaning, tt.says) {
				t.Errorf("meaning %q does not say %q", c.Meaning, tt.says)
			}
			if c.FamilyTitle == "" {
				t.Error("no title of the family")
			}
		})
	}
}

// TestNumberAndHRESULTAreOneFault holds the checks of facts/error-codes.md 2.
func TestNumberAndHRESULTAreOneFault(t *testing.T) {
	for n, want := range map[uint32]uint32{
		12029: 0x80072EFD, 1603: 0x80070643, 1612: 0x8007064C, 3010: 0x80070BC2, 5: 0x80070005, 13875: 0x80073633,
	} {
		if got := Decode(n).HRESULT(); got != want {
			t.Errorf("HRESULT of %d is %#x, want %#x", n, got, want)
		}
		if got := Decode(want).Win32; got != int(n) {
			t.Errorf("%#x carries %d, want %d", want, got, n)
		}
	}
}

func TestPatchDownloaderWritesHTTPAsWin32(t *testing.T) {
	tests := []struct {
		log    string
		v      uint32
		status int
	}{
		{"PatchDownloader.log", 0x80070191, 401},
		{"patchdownloader.lo_", 0x80070193, 403},
		{`C:\Logs\PatchDownloader-20240116-010203.log`, 0x80070194, 404},
		{"logs/ruleengine.log", 0x800701F6, 502},
		{"SMS_RULE_ENGINE", 0x800701F7, 503},
		{"Software Updates Patch Downloader", 0x80070197, 407},
		{"PatchDownloader.log", 0x80070005, 0},
		{"PatchDownloader.log", 0x80070643, 0},
		{"WUAHandler.log", 0x80070194, 0},
		{"PatchDownloaderOther.log", 0x80070194, 0},
		{"", 0x80070194, 0},
	}
	for _, tt := range tests {
		c := DecodeIn(tt.v, tt.log)
		if c.Status != tt.status || c.Value != tt.v || c.Text != Format(tt.v) {
			t.Errorf("DecodeIn(%#x, %q) = %+v, want status %d", tt.v, tt.log, c, tt.status)
		}
		if tt.status != 0 && (c.Name != "" || c.Win32 != 0 || c.Family != "http") {
			t.Errorf("DecodeIn(%#x, %q) still tells the Win32 sense: %+v", tt.v, tt.log, c)
		}
	}
	if g := DecodeIn(0x80070193, "PatchDownloader.log").Group; g == nil || g.Title != "HTTP authentication" {
		t.Errorf("group of HTTP 403: %+v", g)
	}
}

func TestPlainNumberMayBeAnHTTPStatus(t *testing.T) {
	for v, want := range map[uint32]int{407: 407, 503: 503, 404: 404, 450: 0, 5: 0, 1603: 0, 0x80190194: 0} {
		c, ok := Decode(v).AsHTTP()
		if ok != (want != 0) || c.Status != want {
			t.Errorf("%d as HTTP: %+v, %v", v, c, ok)
		}
	}
}

func TestItemNotFoundIsMissingContentInContentTransfer(t *testing.T) {
	if g := DecodeIn(0x87D00215, "ContentTransferManager.log").Group; g == nil || g.Title != "content missing" {
		t.Errorf("group in ContentTransferManager.log: %+v", g)
	}
	if g := DecodeIn(0x87D00215, "UpdatesDeployment.log").Group; g != nil {
		t.Errorf("group elsewhere: %+v", g)
	}
}

func TestClass(t *testing.T) {
	tests := map[Class][]uint32{
		Success: {0, 0x00240006, 0x07D00635, 0x00200017},
		Failure: {5, 1603, 0x80070643, 0x87D00692, 0x9ABC0001, 0xC0000005, 70000, 0x80070000, 3017},
		Restart: {0x00240005, 3010, 3011, 1641, 0x80070BC2, 0x80240016, 0x87D00276, 0x87D00697, 0x87D00704, 0x87D00712},
		Waiting: {0x87D00666, 0x87D00667, 0x87D00671, 0x87D00631, 0x87D00629, 0x87D00703, 0x87D01203, 1618, 0x80070652},
		Neutral: {0x80240024, 0x80240017},
	}
	for want, codes := range tests {
		for _, v := range codes {
			if got := Decode(v).Class; got != want {
				t.Errorf("class of %s is %v, want %v", Format(v), got, want)
			}
		}
	}
	if got := Class(200).String(); got != "failure" {
		t.Errorf("a class of no name is %q", got)
	}
	if text, err := Restart.MarshalText(); err != nil || string(text) != "restart" {
		t.Errorf("as text: %q, %v", text, err)
	}
}

// TestGroups holds facts/error-codes.md section 5.
func TestGroups(t *testing.T) {
	tests := map[string][]uint32{
		"name or proxy":       {0x8024402C, 0x80072EE7, 12007, 11001},
		"cannot connect":      {0x80072EFD, 12029, 0x80240438, 10061, 0x8007274D},
		"timeout":             {0x80072EE2, 12002, 0x8024401C, 0x80244023, 10060},
		"connection broken":   {0x80072EFE, 0x80072EFF},
		"proxy credentials":   {0x8024401B, 0x80190197},
		"HTTP authentication": {0x80244017, 0x80244018, 0x80190191, 0x80190193},
		"TLS or certificate":  {0x80072F0C, 0x80072F0D, 0x80072F8F, 0x80072F05, 0x80072F06, 0x800B0101, 0x800B0109},
		"corrupt components": {
			0x80245003, 0x80070514, 0x8DDD0018, 0x80246008, 0x80200013, 0x80004015, 0x800A0046, 0x800A01AD,
			0x80070424, 0x800B0100, 0x80248011,
		},
		"restart needed":      {0x00240005, 3010, 3011, 1641, 0x80240016, 0x87D00276, 0x87D00697, 0x87D00704, 0x87D00712},
		"waiting, not failed": {0x87D00666, 0x87D00667, 0x87D00671, 0x87D00631, 0x87D00629, 0x87D00703, 0x87D01203, 1618},
		"content missing":     {0x87D00607, 0x87D00669, 0x87D01204, 0x87D01210},
		"policy missing":      {0x87D00600, 0x87D00652, 0x87D00702},
		"disk or cache":       {112, 0x80070070, 0x87D00240, 0x87D01201, 0x87D01202},
		"":                    {0, 0x80004005, 0x80246002, 1603},
	}
	for want, codes := range tests {
		for _, v := range codes {
			title := ""
			if g := Decode(v).Group; g != nil {
				title = g.Title
			}
			if title != want {
				t.Errorf("group of %s is %q, want %q", Format(v), title, want)
			}
		}
	}
	if len(tests)-1 != len(groups) {
		t.Errorf("%d groups, %d are tested", len(groups), len(tests)-1)
	}
}

func TestNoCodeIsInTwoGroups(t *testing.T) {
	seen := map[uint32]string{}
	for _, g := range groups {
		if g.Title == "" || g.Hint == "" || len(g.Do) == 0 {
			t.Errorf("group %q says too little", g.Title)
		}
		for _, v := range g.codes {
			if other, ok := seen[v]; ok {
				t.Errorf("%s is in %q and %q", Format(v), other, g.Title)
			}
			if v < shortLimit {
				t.Errorf("%q lists %d, which is no HRESULT", g.Title, v)
			}
			seen[v] = g.Title
		}
	}
}

func TestConfidence(t *testing.T) {
	for v, want := range map[uint32]string{
		0x80244022: Documented, 1603: Documented, 0x80070643: Documented,
		0x800F0831: Inferred, 0xC0000005: Inferred, 0x800A0046: Inferred, // families nobody checked
		0x80246ABC: Inferred, 0x9ABC0001: Inferred, 4390: Inferred, // by range
	} {
		if got := Decode(v).Confidence; got != want {
			t.Errorf("confidence of %s is %q, want %q", Format(v), got, want)
		}
	}
}

// TestStage holds facts/configmgr.md section 10, trap 1.
func TestStage(t *testing.T) {
	tests := map[string][]uint32{
		"scan":    {0x87D00692, 0x87D00600, 0x87D00605, 0x87D00629, 0x87D00633, 0x87D00691, 0x87D00695, 0x80244022, 0x8024402C, 0x80240438},
		"install": {0x87D00607, 0x87D00669, 0x87D01201, 0x87D01210, 0x80246002, 1603, 0x80070643, 0x800F0831, 0x80073712, 0x80240022, 0x8024002D, 0x87D00664},
		"sync":    {0x87D2040F, 0x87D20413},
		"":        {0x80070005, 0x87D00215, 0x80072EE2, 12029, 0x80041002, 0, 0x87D20417, 0x9ABC0001},
	}
	for want, codes := range tests {
		for _, v := range codes {
			if got := Decode(v).Stage(); got != want {
				t.Errorf("stage of %s is %q, want %q", Format(v), got, want)
			}
		}
	}
}

func TestNetworkErrorOfAnEvaluationIsTheScans(t *testing.T) {
	for v, want := range map[uint32]string{
		0x80072EE2: "scan", 12029: "scan", 0x87D00692: "scan", 0x87D00669: "install", 0x80070005: "",
	} {
		if got := Decode(v).EvaluationStage(); got != want {
			t.Errorf("evaluation stage of %s is %q, want %q", Format(v), got, want)
		}
	}
}

func TestSpellings(t *testing.T) {
	tests := map[uint32][]string{
		0x80070643: {"0x80070643", "-2147023293", "2147944003", "1603"},
		12029:      {"12029", "0x2EFD", "0x80072EFD", "-2147012867", "2147954429"},
		0x80244022: {"0x80244022", "-2145107934", "2149859362", "503"},
		0x00240005: {"0x00240005", "2359301"},
		0x87D00692: {"0x87D00692", "-2016409966", "2278557330"},
		0:          {"0", "0x0", "0x00000000"},
	}
	for v, want := range tests {
		if got := Decode(v).Spellings(); !slices.Equal(got, want) {
			t.Errorf("spellings of %s are %q, want %q", Format(v), got, want)
		}
	}
}

func TestEverySpellingOfEveryRowIsRead(t *testing.T) {
	for c := range All() {
		for _, s := range c.Spellings() {
			v, err := Parse(s)
			if err != nil || len(v) != 1 {
				t.Fatalf("Parse(%q) = %v, %v", s, v, err)
			}
			if isStatus := c.Status != 0 && s == strconv.Itoa(c.Status); !isStatus && hresult(v[0]) != c.HRESULT() {
				t.Errorf("Parse(%q) = %#x, want %s", s, v[0], c.Text)
			}
		}
	}
}

func TestTraps(t *testing.T) {
	for _, v := range []uint32{0x87D00692, 0x87D00215, 0x80240022, 0x80246002, 0x8024002D, 1603, 0x87D20417, 0x80244023} {
		if Decode(v).Note == "" {
			t.Errorf("%s has a trap and no note", Format(v))
		}
	}
}

func BenchmarkTable(b *testing.B) {
	for b.Loop() {
		readTable(codesCSV)
	}
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Decode(0x80070643)
	}
}

func TestDecodeOf(t *testing.T) {
	for msg, status := range map[string]int{
		"Download of mssecure.cab failed: HTTP status 407 Proxy Authentication Required": 407,
		"The program ended with exit code 407":                                           0,
	} {
		c := DecodeOf(407, "SecuritySyncXml.log", msg)
		if c.Text != "407" || c.Status != status && status != 0 || strings.HasPrefix(c.Meaning, "HTTP 407") != (status == 407) {
			t.Errorf("%q: %+v", msg, c)
		}
	}
}

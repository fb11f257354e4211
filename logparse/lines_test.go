package logparse

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// placed is a record and where it begins.
type placed struct {
	Record
	start int
}

func linesOf(text string) []placed {
	return linesInOrder(text, orderUnknown)
}

func linesInOrder(text string, order dateOrder) []placed {
	var out []placed
	p := lineParser{order: order}
	p.parse(text, true, func(rec *Record, start int) bool {
		out = append(out, placed{*rec, start})
		return true
	})
	return out
}

func lineRecords(t *testing.T, text string) []Record {
	t.Helper()
	var out []Record
	for _, r := range linesOf(text) {
		out = append(out, r.Record)
	}
	return out
}

func messages(recs []placed) []string {
	var out []string
	for _, r := range recs {
		out = append(out, r.Message)
	}
	return out
}

func sameLines(t interface{ Errorf(string, ...any) }, what string, got, want []placed) {
	if len(got) != len(want) {
		t.Errorf("%s: %d records, want %d\n got %q\nwant %q", what, len(got), len(want), messages(got), messages(want))
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: record %d\n got %+v\nwant %+v", what, i, got[i], want[i])
		}
	}
}

const wrappedDollar = `   Checking if part "Alpha Agent" needs to be installed,
   upgraded or verified (offer index [3]) $$<CCIM32><Tue Jun 22
   01:26:12.660 1999><thread=4294798339 (0xFFFD6C03)>
   Part "Alpha Agent" needs to be installed
   $$<CCIM32><Tue Jun 22 01:26:13.660 1999><thread=4294798339
   (0xFFFD6C03)>
`

func TestLinesMakeRecords(t *testing.T) {
	const trailer = "$$<APM><Tue May 16 13:17:10.804 2000><thread=16 (0x10)>"
	tests := []struct {
		name, text string
		want       []string // format|component|message, "torn" when it is
	}{
		{"nothing gives no record", "", nil},
		{"empty lines give no record", "\r\n\n \t\n", nil},
		{"a line is a record", "one\ntwo\r\nthree", []string{"plain||one", "plain||two", "plain||three"}},
		{"NULs separate", "one\x00\x00\x00two\n\x00three", []string{"plain||one", "plain||two", "plain||three"}},
		{"a byte order mark before a line is dropped", "\ufeffone\n\ufeff\ufeff two", []string{"plain||one", "plain||two"}},
		{"bad bytes stay", "caf\xe9\n", []string{"plain||caf\xe9"}},
		{"formats mix", "head\nMsg  " + trailer + "\n2007-02-13\t08:30:05\t1044\t6f0\tAgent\tstart\n", []string{
			"plain||head", "dollar-2|APM|Msg", "windowsupdate-old|Agent|start",
		}},
		{
			"a trailer cut by a line end goes on behind it, and its message began before it", wrappedDollar,
			[]string{
				`dollar-2|CCIM32|Checking if part "Alpha Agent" needs to be installed, upgraded or verified (offer index [3])`,
				`dollar-2|CCIM32|Part "Alpha Agent" needs to be installed`,
			},
		},
		{"a message in lower case goes on with the lines before it", "Reading the\nlist of things  " + trailer, []string{
			"dollar-2|APM|Reading the list of things",
		}},
		{"a label in lower case begins a message", "Reading\nsync: starting  " + trailer, []string{
			"plain||Reading", "dollar-2|APM|sync: starting",
		}},
		{"a message with a capital is its own", "Reading\nList of things  " + trailer, []string{
			"plain||Reading", "dollar-2|APM|List of things",
		}},
		{"an empty line ends a wrapped message", "Reading\n\nlist  " + trailer, []string{"plain||Reading", "dollar-2|APM|list"}},
		{"headers and crash lines stand alone", "======= Log of \"X\" =======\n" + trailer + "\n<<<< EXCEPTION >>>>\nis  " + trailer +
			"\n<<CLIEXCEPT>> raised\n" + trailer, []string{
			`plain||======= Log of "X" =======`, "dollar-2|APM|", "plain||<<<< EXCEPTION >>>>", "dollar-2|APM|is",
			"plain||<<CLIEXCEPT>> raised", "dollar-2|APM|",
		}},
		{"a trailer that never ends is torn", "Done $$<CCIM32><Tue Jun 22", []string{"dollar-2|CCIM32|Done torn"}},
		{"a trailer is not completed across an empty line", "Done $$<CCIM32><Tue Jun 22\n\n01:26:12.660 1999><thread=1 (0x1)>", []string{
			"dollar-2|CCIM32|Done torn", "plain||01:26:12.660 1999><thread=1 (0x1)> torn",
		}},
		{"a trailer is not completed by another record", "A $$<CCIM32><Tue Jun 22\nB " + trailer, []string{
			"dollar-2|CCIM32|A torn", "dollar-2|APM|B",
		}},
		{"the date of a cut trailer counts", "A $$<X><Mon Jul 03 12:25:46.750 2000 GMT Daylight Time><thread=43", []string{
			"dollar-3|X|A torn",
		}},
		{"a rotated-away start leaves a torn end", "0 1999><thread=1 (0x1)>\nB " + trailer, []string{
			"plain||0 1999><thread=1 (0x1)> torn", "dollar-2|APM|B",
		}},
		{"records of a web page on one line are several", "A " + trailer + "<BR/>B " + trailer + "<br />\n", []string{
			"dollar-2|APM|A", "dollar-2|APM|B",
		}},
		{"the mark inside a message is no trailer", "use $$< here  " + trailer, []string{"dollar-2|APM|use $$< here"}},
		{"text behind a bare component is no trailer", "see $$<APM> for more", []string{"plain||see $$<APM> for more"}},
		{"quoted mail wraps too", "> Reading the\n> list $$<APM><Tue May 16\n> 13:17:10.804 2000><thread=16 (0x10)>", []string{
			"dollar-2|APM|Reading the list",
		}},
		{"at most ten lines are taken", strings.Repeat("x\n", 12) + trailer, []string{
			"plain||x", "plain||x", "dollar-2|APM|x x x x x x x x x x",
		}},
		{"a long line was not wrapped", strings.Repeat("x", maxWrapped+1) + "\n" + trailer, []string{
			"plain||" + strings.Repeat("x", maxWrapped+1), "dollar-2|APM|",
		}},
		{"an error number at the end of a text is no thread", "Reading\nfailed with error 5 (0x5)\nDone", []string{
			"plain||Reading", "plain||failed with error 5 (0x5)", "plain||Done",
		}},
		{"a known component behind two blanks is documentation style", "Scan is done.   wuahandler\nScan is   done", []string{
			"pasted|wuahandler|Scan is done.", "plain||Scan is   done",
		}},
		{"a server component behind a tab is documentation style", "Starting\tSMS_WSUS_SYNC_MANAGER", []string{
			"pasted|SMS_WSUS_SYNC_MANAGER|Starting",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range linesOf(tt.text) {
				s := fmt.Sprintf("%v|%s|%s", r.Format, r.Component, r.Message)
				if r.Torn {
					s += " torn"
				}
				got = append(got, s)
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestRecordsBeginWhereTheirFirstLineDoes(t *testing.T) {
	text := "plain\r\n\r\n" + wrappedDollar + "next  $$<A><Tue Jun 22 01:26:13 1999><thread=1 (0x1)>"
	var got []string
	for _, r := range linesOf(text) {
		got = append(got, strings.TrimSpace(text[r.start:])[:8])
	}
	want := []string{"plain\r\n\r", "Checking", `Part "Al`, "next  $$"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestALineLongerThanARecordIsCutAtACharacter(t *testing.T) {
	text := strings.Repeat("x", MaxRecord-1) + "é" + "rest\nnext\n"
	got := linesOf(text)
	if len(got) != 3 || len(got[0].Message) != MaxRecord-1 || !got[0].Torn || got[1].Message != "érest" || got[2].Message != "next" {
		t.Fatalf("%d records; first has %d bytes, torn %v", len(got), len(got[0].Message), got[0].Torn)
	}
}

func TestRecordsOnOneEndlessLineAreAllRead(t *testing.T) {
	const one = "message of a web page  $$<APM><Tue May 16 13:17:10.804 2000><thread=16 (0x10)><BR/>"
	n := 3*MaxRecord/len(one) + 1
	got := linesOf(strings.Repeat(one, n))
	if len(got) != n {
		t.Fatalf("%d records, want %d", len(got), n)
	}
	for _, r := range got {
		if r.Message != "message of a web page" || r.Torn {
			t.Fatalf("at %d: %+v", r.start, r.Record)
		}
	}
}

func TestStoppingSaysWhereToGoOn(t *testing.T) {
	text := "a\nb\nc\n" + wrappedDollar + "x $$<A><B><thread=1><BR/>y $$<A><B><thread=1>\nz\n"
	want := linesOf(text)
	var got []placed
	var p lineParser
	for at := 0; at < len(text); {
		at += p.parse(text[at:], true, func(rec *Record, start int) bool {
			got = append(got, placed{*rec, at + start})
			return false
		})
	}
	sameLines(t, "one at a time", got, want)
}

// The samples' records, a physical line each where the README says so.
func TestSamplesGiveTheirRecords(t *testing.T) {
	if _, err := os.Stat(sampleFolder); err != nil {
		t.Skipf("no samples here: %v", err)
	}
	for name, want := range map[string]int{
		"handmade/legacy-hinv/Hinv32.log":              11,
		"handmade/legacy-hinv/Cqmgr32.log":             6,
		"handmade/legacy-install-failure/Smsapm32.log": 4,
		"handmade/server-sync/WCM.log":                 1,
		"handmade/server-sync/wsyncmgr.log":            22,
		"handmade/cm-scan-ok/WindowsUpdate.log":        4,
		"dollar/server-dollar-format.log":              4,
		"pasted/inventoryagent-rendered-daymonth.txt":  5,
		"pasted/dataldr-rendered-us.txt":               6,
		"pasted/dataldr-missed-delta-us.txt":           7,
		"pasted/inventoryagent-success.txt":            6,
		"windowsupdate/WindowsUpdate-old-tabs.log":     6,
		"kb-quoted/ccim32-Q236596.txt":                 4,
		"kb-quoted/hinv32-Q262242.txt":                 5,
		"kb-quoted/hinv32-Q269411.txt":                 2,
		"kb-quoted/hinv32-Q225507.txt":                 4,
		"kb-quoted/smsapm32-Q268500.txt":               23,
		"kb-quoted/clisvc-Q246331.txt":                 11,
	} {
		data, err := os.ReadFile(sampleFolder + name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := linesOf(string(data)); len(got) != want {
			t.Errorf("%s: %d records, want %d: %q", name, len(got), want, messages(got))
		}
	}
}

// inPieces parses text as it grows by the given steps.
func inPieces(text string, steps func(rest int) int) []placed {
	var out []placed
	var p lineParser
	from, to := 0, 0
	for {
		final := to == len(text)
		from += p.parse(text[from:to], final, func(rec *Record, start int) bool {
			out = append(out, placed{*rec, from + start})
			return true
		})
		if final {
			return out
		}
		to += steps(len(text) - to)
	}
}

// inBlocks parses text in blocks that lineCut chose among the first size bytes.
func inBlocks(text string, size int) []placed {
	var out []placed
	var p lineParser
	for at := 0; at < len(text); {
		n := len(text) - at
		for k := size; k < n; k *= 2 {
			if cut := lineCut(text[at : at+k]); cut > 0 {
				n = cut
				break
			}
		}
		p.parse(text[at:at+n], true, func(rec *Record, start int) bool {
			out = append(out, placed{*rec, at + start})
			return true
		})
		at += n
	}
	return out
}

// inTwo parses text in two: where lineCut cuts a window that begins and ends
// anywhere, as reading backwards does.
func inTwo(text string, from, to int) []placed {
	cut := lineCut(text[from:to])
	if cut > 0 {
		cut += from
	}
	out := linesOf(text[:cut])
	for _, r := range linesOf(text[cut:]) {
		r.start += cut
		out = append(out, r)
	}
	return out
}

var fragments = []string{
	"A plain line\n", "lower case\r\n", "\n", "\x00\x00", "\r\n", "> quoted\n", "======= Header =======\n", "\ufeff",
	"<<<<< EXCEPTION >>>>\r\n", "Message  $$<APM><Tue May 16 13:17:10.804 2000><thread=16 (0x10)>\r\n",
	"and the rest  $$<SMS_X><01-16-2024 13:54:02.117+300><thread=3404 (0xD4C)>\n", "Cut $$<Hardware Inventory\n",
	"Agent><Fri May 05 10:00:14.466\n", "2000><thread=175 (0xAF)>\n", "$$<APM><Tue May 16\n", "13:17:10.804 2000><thread=16\n", "(0x10)>\n",
	"Cut $$<Alpha\nAgent><Fri May 05 10:00:14.466\n2000><thread=175\n(0xAF)>\n" + strings.Repeat("Plain\n", 8),
	"$$<", "$$<X>", "<BR/>", "x", " ", "5 (0x5)\n", "6/18/2024 2:03:46 PM   4212 (0x1074)\n", "4212 (0x1074)\n", "6/18/2024 2:03:46\n",
	"Successfully completed scan.\tWUAHandler\t6/18/2024 2:03:46 PM\t4212 (0x1074)\n", "Scan.   WUAHandler\n",
	"2016-03-07\t09:11:02:345\t1320\t2a4c\tCOMAPI\t-- START --\n", "2024/06/18 14:03:28.0000001 12480 15216 Agent text\n",
	"2024-01-16 18:55:05.166 UTC\tInfo\tWsusService.15\tA.B\tText\n", "2024-01-16 not a record\n",
	strings.Repeat("Plain\n", 9), strings.Repeat("Plain\n", 10), strings.Repeat("Plain\n", 11), strings.Repeat("plain\n", 2), strings.Repeat("long ", 120) + "\n", strings.Repeat("long ", 120) + "$$<APM\n",
}

func TestRecordsDoNotDependOnHowTextArrives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(fragments), 0, 60).Draw(t, "text"), "")
		want := linesOf(text)
		got := inPieces(text, func(rest int) int { return rapid.IntRange(1, min(rest, 200)).Draw(t, "step") })
		sameLines(t, "in pieces", got, want)
		sameLines(t, "in blocks", inBlocks(text, rapid.IntRange(1, 400).Draw(t, "size")), want)
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		sameLines(t, "in two", inTwo(text, from, rapid.IntRange(from, len(text)).Draw(t, "to")), want)
	})
}

func TestSamplesDoNotDependOnHowTheyArrive(t *testing.T) {
	names, _ := filepath.Glob(sampleFolder + "*/*.*")
	if len(names) == 0 {
		t.Skip("no samples here")
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		want := linesOf(text)
		sameLines(t, name+" in pieces", inPieces(text, func(rest int) int { return min(rest, 13) }), want)
		sameLines(t, name+" in blocks", inBlocks(text, 64), want)
	}
}

func TestABigLogCanBeCut(t *testing.T) {
	for name, line := range map[string]string{
		"dollar":  "Message  $$<APM><Tue May 16 13:17:10.804 2000><thread=16 (0x10)>\r\n",
		"update":  "2016-03-07\t09:11:02:345\t1320\t2a4c\tCOMAPI\t-- START --\r\n",
		"plain":   "a line of no format\n",
		"pasted":  "Done.\tWUAHandler\t6/18/2024 2:03:46 PM\t4212 (0x1074)\n",
		"long":    strings.Repeat("x", 2000) + "\n",
		"wrapped": wrappedDollar,
	} {
		text := strings.Repeat(line, 100)
		if cut := lineCut(text[:len(text)-5]); cut < len(text)/2 {
			t.Errorf("%s: cut at %d of %d", name, cut, len(text))
		}
	}
}

func FuzzLines(f *testing.F) {
	for _, s := range fragments {
		f.Add("A line\n"+s+"another\n", uint8(7))
	}
	f.Add(strings.Join(fragments, ""), uint8(64))
	f.Fuzz(func(t *testing.T, text string, step uint8) {
		want := linesOf(text)
		at := -1
		for _, r := range want {
			if r.start <= at || r.start >= len(text) {
				t.Fatalf("record at %d behind one at %d in %d bytes", r.start, at, len(text))
			}
			at = r.start
			_ = r.Display()
		}
		n := int(step) + 1
		sameLines(t, "in pieces", inPieces(text, func(rest int) int { return min(rest, n) }), want)
		sameLines(t, "in blocks", inBlocks(text, n), want)
		from := min(n, len(text))
		sameLines(t, "in two", inTwo(text, from, from+(len(text)-from)/2), want)
		sniffDateOrder(text)
	})
}

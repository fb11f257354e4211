package cli

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/diagnose/trace"
	"patchtrace/logparse"
)

func TestTraceJSONIsDocumentedFieldByField(t *testing.T) {
	var want []string
	jsonFields(reflect.TypeFor[trace.Trace](), "", &want)
	text := document(t, "docs/trace-json.md")
	var got []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (always|if known) \\|").FindAllStringSubmatch(text, -1) {
		got = append(got, m[1]+" "+m[2])
	}
	if !slices.Equal(got, want) {
		for _, f := range want {
			if !slices.Contains(got, f) {
				t.Errorf("docs/trace-json.md lacks: %s", f)
			}
		}
		for _, f := range got {
			if !slices.Contains(want, f) {
				t.Errorf("docs/trace-json.md tells of what a trace has not: %s", f)
			}
		}
	}
	for _, product := range []string{"sms2003", "configmgr"} {
		if links := "`" + strings.Join(trace.Steps(product), "`, `") + "`"; !strings.Contains(text, links) {
			t.Errorf("docs/trace-json.md does not list the links %s", links)
		}
	}
	for _, o := range []trace.Outcome{trace.Installed, trace.Superseded, trace.NotApplicable, trace.Waiting, trace.Unknown, trace.Broken} {
		if row := "| `" + string(o) + "` | " + string(rune('0'+exitOfTrace(o))) + " |"; !strings.Contains(text, row) {
			t.Errorf("docs/trace-json.md has no row %s", row)
		}
	}
}

func TestTraceUsage(t *testing.T) {
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"trace"}, "no patch was given"},
		{[]string{"trace", "MS04-011", "a", "b"}, `not "b"`},
		{[]string{"trace", "kb", "835732", "a", "b"}, `not "b"`},
		{[]string{"trace", "Q", "835732", "no-such-folder"}, "no-such-folder"}, // as it is said, without quotes
		{[]string{"trace", "kb", "no-such-folder"}, "not the name of a patch"},
		{[]string{"trace", "the-patch", "x"}, "use a bulletin (MS04-011)"},
		{[]string{"trace", "MS04-011", "no-such-folder"}, "no-such-folder"},
		{[]string{"trace", "MS04-011", "--product", "sms1", example}, "sms1"},
		{[]string{"trace", "MS04-011", "--now", "soon", example}, "not a time"},
	} {
		s := labSession()
		if code := s.run(tt.args...); code != exitUsage || !strings.Contains(s.err.String(), tt.says) || s.out.Len() > 0 {
			t.Errorf("%q: exit code %d, %s%s", tt.args, code, s.err, s.out)
		}
	}
}

// Without a target it is this machine's client: that there is none is no mistake.
func TestWithoutATargetAndWithoutAClientNothingCanBeTold(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this machine may have a client")
	}
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"trace", "MS04-011"}, "trace on local: this machine has no client; give a folder of a client's logs, a .zip of one, or a lab"},
		{[]string{"run", "scan"}, "run scan on local: this machine has no client; name a lab, or run it on the client itself"},
		{[]string{"run", "all"}, "run all on local: this machine has no client; name a lab, or run it on the client itself"},
		{[]string{"tail"}, "tail local: this machine has no client; give a folder of logs, or a log"},
		{[]string{"diagnose", "local"}, "open target local: this machine has no client; name what to look into: a folder of a client's logs, a .zip of one, or the client itself, \\\\host"},
	} {
		s := labSession()
		s.deps.open = client.Open
		if code := s.run(tt.args...); code != exitUnknown || s.err.String() != "patchtrace: "+tt.says+"\n" || s.out.Len() > 0 {
			t.Errorf("%q: exit code %d, %s%s", tt.args, code, s.out, s.err)
		}
	}
}

func TestTraceWritesAFileWholeOrNotAtAll(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace.md")
	s := labSession()
	if code := s.run("trace", "--format", "markdown", "-o", file, "KB5034441", example); code != exitUnknown && code != exitBroken || s.out.Len() > 0 {
		t.Fatalf("exit code %d, %s%s", code, s.out, s.err)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(text), "# KB5034441: ") || !strings.Contains(string(text), "| scanned | ") {
		t.Errorf("%s, %v", text, err)
	}
	if code := s.run("trace", "-o", filepath.Join(file, "below"), "KB5034441", example); code != exitUsage || !strings.Contains(s.err.String(), "write answer") {
		t.Errorf("exit code %d, %s", code, s.err)
	}
	s = labSession()
	if code := s.run("trace", "KB5034441", t.TempDir()); code != exitUnknown || s.out.Len() > 0 || !strings.Contains(s.err.String(), "no log and no other evidence in it") {
		t.Errorf("of an empty folder: exit code %d, %s%s", code, s.out, s.err)
	}
}

// Markdown takes every text as it stands.
func TestMarkdownOfHostileText(t *testing.T) {
	for text, want := range map[string]string{
		"a *b* _c_ `d`":    "a \\*b\\* \\_c\\_ \\`d\\`",
		"<b>&amp;</b>":     `\<b\>\&amp;\</b\>`,
		"[x](y) | z":       `\[x\](y) \| z`,
		"- a\n# b":         `\- a \# b`,
		"\x1b[2J\u202ex":   `␛\[2J\<U+202E\>x`,
		"MS04-011 (KB1.2)": "MS04-011 (KB1.2)",
	} {
		if got := markdown(text); got != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
	if got := fence("a ``` b ```` c\nd"); got != "`````text\na ``` b ```` c d\n`````\n" {
		t.Errorf("%q", got)
	}
}

// partOf is a part of a log in memory; err is what opening it gives.
func partOf(name, text string, err error) logparse.Log {
	return logparse.Log{Name: name, Parts: []logparse.Part{{Name: name, Size: int64(len(text)), Open: func() (logparse.File, error) {
		return memoryFile{bytes.NewReader([]byte(text))}, err
	}}}}
}

func TestTheLinesOfATraceAreReadRoundByRound(t *testing.T) {
	const update, part, other = "a663ceb7-2966-47e5-a270-ea59036b784b", "3302a902-0320-471b-a057-c2fd0cb58f53", "7bf9cee9-8639-4d9a-af9d-e48a60884c5e"
	logs := []logparse.Log{
		partOf("CAS.log", "Download completed for content "+part+".1 under context System\r\nDownload completed for content "+other+".1\r\n", nil),
		partOf("UpdatesHandler.log", "Bundle update ("+update+") is requesting download from child updates for action (INSTALL)\nContent Text = <Content ContentId=\""+part+"\">\n", nil),
		partOf("WUAHandler.log", "Update (Missing): An update (KB9900001) ("+update+", 200)\n", nil),
		partOf("denied.log", "x", fs.ErrPermission),
		partOf("large.log", strings.Repeat("KB9900001 again\n", maxTraceLines+7), nil),
	}
	p, err := trace.ParsePatch("KB9900001")
	if err != nil {
		t.Fatal(err)
	}
	lines, problems := traceLines(t.Context(), logs, logparse.Options{BlockSize: 4096}, trace.NewFilter("configmgr", p))
	count := map[string]int{}
	for _, l := range lines {
		count[l.Pos.Log]++
		if l.Pos.Log == "CAS.log" && l.Pos.Line != 1 {
			t.Errorf("kept %s", l.Message)
		}
	}
	if want := map[string]int{"CAS.log": 1, "UpdatesHandler.log": 2, "WUAHandler.log": 1, "large.log": maxTraceLines}; !maps.Equal(count, want) {
		t.Errorf("kept %v", count)
	}
	if last := lines[len(lines)-1]; last.Pos.Line != maxTraceLines+7 {
		t.Errorf("the newest lines are to be kept, not those up to line %d", last.Pos.Line)
	}
	if len(problems) != 2 || !strings.Contains(problems[0], "denied.log") || !strings.HasSuffix(problems[1], "only the newest are looked at of large.log") {
		t.Errorf("problems %q", problems)
	}
}

// Lines that only a later round finds stand in their places between the others, also
// where a log has several parts.
func TestTheLinesOfATraceStayInOrder(t *testing.T) {
	const update = "a663ceb7-2966-47e5-a270-ea59036b784b"
	named, only := "An update (KB9900001)\n", "update ("+update+") alone\n"
	log := partOf("WUAHandler.lo_", only+named+only, nil)
	log.Name = "WUAHandler.log"
	log.Parts = append(log.Parts, partOf("WUAHandler.log", only+"Update (Missing): "+strings.TrimSpace(named)+" ("+update+", 200)\n"+only, nil).Parts...)
	p, err := trace.ParsePatch("KB9900001")
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{16, 4096} {
		lines, _ := traceLines(t.Context(), []logparse.Log{log}, logparse.Options{BlockSize: size}, trace.NewFilter("configmgr", p))
		var places []string
		for _, l := range lines {
			places = append(places, fmt.Sprintf("%s:%d", l.Pos.Part, l.Pos.Line))
		}
		if got := strings.Join(places, " "); got != "WUAHandler.lo_:1 WUAHandler.lo_:2 WUAHandler.lo_:3 WUAHandler.log:1 WUAHandler.log:2 WUAHandler.log:3" {
			t.Error(got)
		}
	}
}

// However many logs are flooded, what is kept of them is bounded, and the few lines
// of another log stay.
func TestTheLinesOfATraceAreBounded(t *testing.T) {
	long := strings.Repeat("x", 3000)
	var logs []logparse.Log
	for i := range 20 {
		logs = append(logs, partOf(fmt.Sprintf("flood%d.log", i), strings.Repeat("KB9900001 "+long+"\n", 2000), nil))
	}
	logs = append(logs, partOf("WUAHandler.log", "Update (Missing): An update (KB9900001) (a663ceb7-2966-47e5-a270-ea59036b784b, 200)\n", nil))
	p, err := trace.ParsePatch("KB9900001")
	if err != nil {
		t.Fatal(err)
	}
	lines, problems := traceLines(t.Context(), logs, logparse.Options{}, trace.NewFilter("configmgr", p))
	size, newest := 0, map[string]int{}
	for _, l := range lines {
		size += bytesOf(l)
		newest[l.Pos.Log] = l.Pos.Line
	}
	if size > maxTraceBytes || size < maxTraceBytes/4 {
		t.Errorf("%d bytes of lines are kept", size)
	}
	for _, log := range logs[:20] {
		if newest[log.Name] != 2000 {
			t.Errorf("%s: line %d is the newest that is kept", log.Name, newest[log.Name])
		}
	}
	if newest["WUAHandler.log"] != 1 {
		t.Error("the only line of a log is dropped")
	}
	if len(problems) != 1 || len(problems[0]) > 400 {
		t.Errorf("problems %q", problems)
	}
}

// A path that is too long loses its middle, never its end, and nothing is said twice.
func TestATraceForPeopleFits(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "practice")
	s := labSession()
	if code := s.run("lab", "init", dir); code != 0 {
		t.Fatal(s.err.String())
	}
	for _, width := range []int{40, 80, 120} {
		s := labSession()
		s.deps.streams.Width = width
		s.deps.streams.Lookup = func(name string) (string, bool) { return "C.UTF-8", name == "LC_ALL" }
		if code := s.run("trace", "MS07-901", dir); code != exitBroken {
			t.Fatal(code, s.err.String())
		}
		out := s.out.String()
		fits(t, out, min(width, maxText))
		if strings.Count(out, `\1033\mssecure.cab`+"\n") != 6 || width >= 80 && strings.Count(out, `LAB00012\1033\mssecure.cab`) != 2 || strings.Count(strings.Join(strings.Fields(out), " "), "has not brought one") != 2 || strings.Contains(out, "waits:") {
			t.Error(out)
		}
	}
}

func TestMarkdownOfATraceNamesPlacesAsTheyAre(t *testing.T) {
	var b strings.Builder
	err := traceMarkdown(&b, &trace.Trace{Outcome: trace.Broken, Chains: []trace.Chain{{Broken: trace.StepCatalogue, Steps: []trace.Step{
		{
			ID: trace.StepCatalogue, Title: "in the catalogue", State: trace.Failed, Text: "it is not there", Absent: "no catalogue in client's cache",
			Evidence: []diagnose.Evidence{{Log: "vpcache/mssecure.cab", Beside: true, Text: "DataVersion 1"}, {Log: "a.log", Line: 3, Text: "x"}},
			Copies:   []trace.Copy{{Place: "client's cache", Name: "vpcache/EXA00012", State: trace.CopyMissing}},
		},
		{ID: trace.StepScan, Title: "scanned", State: trace.Pending, Behind: true, Text: "waits: the catalogue does not list it yet"},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"vpcache/mssecure.cab\n", "a.log:3\n", "- client's cache: vpcache/EXA00012\n", "| scanned | waiting | the catalogue does not"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, b.String())
		}
	}
}

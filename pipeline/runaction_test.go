package pipeline_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"patchtrace/pipeline"
)

// example are the examples of the playbooks' parameters.
func examples(t *testing.T, book *pipeline.Playbook) map[string]string {
	t.Helper()
	values := map[string]string{}
	for _, p := range book.Params {
		if !p.Pattern.MatchString(p.Example) {
			t.Errorf("%s: the example of %s does not match its own pattern", book.ID, p.Name)
		}
		values[p.Name] = p.Example
	}
	return values
}

func load(t *testing.T, id string) *pipeline.Playbook {
	t.Helper()
	book, err := pipeline.Load(id)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// The command lines of the article (facts/seed-article.md, sections 3, 4 and 7),
// and what stands for them in the successors.
var articleLines = []struct {
	product, stage, command, line string
}{
	{"sms2003", "sync", "sync-security-silent", `SyncXML.exe /s /site SMS01 /code XYZ /target \\SYNC01\SMSTools\Tools\SecurityPatch\PkgSource /package XYZ00012`},
	{"sms2003", "sync", "sync-security", `SyncXML.exe /site SMS01 /code XYZ /target \\SYNC01\SMSTools\Tools\SecurityPatch\PkgSource /package XYZ00012`},
	{"sms2003", "sync", "sync-office-silent", `SyncXML.exe /s /site SMS01 /code XYZ /target \\SYNC01\SMSTools\Tools\OfficePatch\PkgSource /package XYZ00013`},
	{"sms2003", "sync", "sync-office", `SyncXML.exe /site SMS01 /code XYZ /target \\SYNC01\SMSTools\Tools\OfficePatch\PkgSource /package XYZ00013`},
	{"sms2003", "scan", "scan", `ScanWrapper.exe /s /cache`},
	{"sms2003", "scan", "scan-kick", `ScanWrapper.exe /s /cache /kick`},
	{"sms2003", "scan", "scan-visible", `ScanWrapper.exe /cache`},
	{"sms2003", "scan", "scan-kick-visible", `ScanWrapper.exe /cache /kick`},
	{"sms2003", "scan", "office-scan", `ScanWrapper.exe /s /cache`},
	{"sms2003", "scan", "office-scan-kick", `ScanWrapper.exe /s /cache /kick`},
	{"sms2003", "inventory", "hardware-inventory", `root\ccm:SMS_Client.TriggerSchedule(sScheduleID={00000000-0000-0000-0000-000000000001})`},
	{"sms2003", "install", "install", `patchinstall.exe /g:0 /m:"PatchAuthorize.xml"`},

	{"sms2", "sync", "sync-security-silent", `SyncXML.exe /s /site SMS01 /code XYZ /target \\SYNC01\SMSTools\Tools\SecurityPatch\PkgSource /package XYZ00012`},
	{"sms2", "sync", "sync-office-silent", `SyncXML.exe /s /site SMS01 /code XYZ /target \\SYNC01\SMSTools\Tools\OfficePatch\PkgSource /package XYZ00013`},
	{"sms2", "scan", "s-scan", `s_scan.exe /s`},
	{"sms2", "scan", "s-scan-kick", `s_scan.exe /s /kick`},
	{"sms2", "scan", "s-scan-visible", `s_scan.exe`},
	{"sms2", "scan", "s-scan-kick-visible", `s_scan.exe /kick`},
	{"sms2", "scan", "o-scan", `o_scan.exe /s`},
	{"sms2", "scan", "o-scan-kick", `o_scan.exe /s /kick`},
	{"sms2", "scan", "o-scan-visible", `o_scan.exe`},
	{"sms2", "scan", "o-scan-kick-visible", `o_scan.exe /kick`},
	{"sms2", "inventory", "hardware-inventory", `cliutils.exe /start "Hardware Inventory Agent"`},
	{"sms2", "install", "install", `patchinstall.exe /g:0 /m:"PatchAuthorize.xml"`},

	{"sms2003-legacy", "scan", "scan-kick", `ScanWrapper.exe /s /cache /kick`},
	{"sms2003-legacy", "inventory", "hardware-inventory", `cliutils.exe /start "Hardware Inventory Agent"`},
	{"sms2003-legacy", "install", "install", `patchinstall.exe /g:0 /m:"PatchAuthorize.xml"`},
	{"sms2003-itmu", "scan", "scan", `ScanWrapper.exe /s /cache`},
	{"sms2003-itmu", "scan", "scan-kick", `ScanWrapper.exe /s /cache /kick`},
	{"sms2003-itmu", "inventory", "hardware-inventory", `root\ccm:SMS_Client.TriggerSchedule(sScheduleID={00000000-0000-0000-0000-000000000001})`},
	{"sms2003-itmu", "install", "install", `patchinstall.exe /g:0 /m:"PatchAuthorize.xml"`},

	{"configmgr", "sync", "policy-request", `root\ccm:SMS_Client.TriggerSchedule(sScheduleID={00000000-0000-0000-0000-000000000021})`},
	{"configmgr", "scan", "scan-by-update-source", `root\ccm:SMS_Client.TriggerSchedule(sScheduleID={00000000-0000-0000-0000-000000000113})`},
	{"configmgr", "inventory", "hardware-inventory", `root\ccm:SMS_Client.TriggerSchedule(sScheduleID={00000000-0000-0000-0000-000000000001})`},
	{"configmgr", "install", "deployment-evaluation", `root\ccm:SMS_Client.TriggerSchedule(sScheduleID={00000000-0000-0000-0000-000000000108})`},
}

func TestEveryCommandLineOfTheArticleIsAnAction(t *testing.T) {
	for _, want := range articleLines {
		book := load(t, want.product)
		c := command(book, want.stage, want.command)
		if c == nil {
			t.Errorf("%s %s has no command %s", want.product, want.stage, want.command)
			continue
		}
		a, err := pipeline.Prepare(c, examples(t, book))
		if err != nil {
			t.Errorf("%s %s: %v", want.product, want.command, err)
			continue
		}
		if got := a.Line(); got != want.line {
			t.Errorf("%s %s %s:\n got %s\nwant %s", want.product, want.stage, want.command, got, want.line)
		}
	}
}

func TestEveryStageHasOneDefaultCommandThatCanBePrepared(t *testing.T) {
	for _, id := range pipeline.Builtin() {
		book := load(t, id)
		values := examples(t, book)
		for _, s := range book.Stages {
			defaults := 0
			for i := range s.Commands {
				if s.Commands[i].Default {
					defaults++
				}
				if _, err := pipeline.Prepare(&s.Commands[i], values); err != nil {
					t.Errorf("%s %s: %v", id, s.Commands[i].ID, err)
				}
			}
			if defaults != 1 {
				t.Errorf("%s %s has %d default commands", id, s.ID, defaults)
			}
		}
	}
}

func command(book *pipeline.Playbook, stage, id string) *pipeline.Command {
	s := book.Stage(stage)
	for i := range s.Commands {
		if s.Commands[i].ID == id {
			return &s.Commands[i]
		}
	}
	return nil
}

// hostileValues are values that a shell would act on, or a careless quoting
// would cut up.
var hostileValues = []string{
	"a b", ` lead and trail `, `say "hi"`, `it's`, `a;b`, `a&b`, `a|b`, `a>b`, `%windir%`, `%PATH%`, `$(id)`, "`id`", `${HOME}`, `$HOME`,
	"a\nb", "a\tb", "a\rb", `\`, `a\`, `a\\`, `a\"`, `\\srv\share\`, `*`, `?`, `[a-z]*`, `{site}`, `{{site}}`, `^`, `!x!`, `~`, `#`, `(x)`, `<x>`,
	"Ünïcödé", "日本語", "🙂", "e\u0301", "\u202e", "-rf", "--", "/s", "/m:a b.xml", "/ :.", "",
}

func TestAValueIsOneArgumentUnchanged(t *testing.T) {
	c := &pipeline.Command{ID: "x", Kind: pipeline.CommandExec, Program: "x.exe", Args: []string{"/a", "{site}", `\\{site}\{code}\end`, "/m:{code}"}, Folder: `C:\{code}`}
	for _, v := range hostileValues {
		a, err := pipeline.Prepare(c, map[string]string{"site": v, "code": "{site}"})
		if err != nil {
			t.Errorf("%q: %v", v, err)
			continue
		}
		want := []string{"/a", v, `\\` + v + `\{site}\end`, "/m:{site}"}
		if !slices.Equal(a.Exec.Args, want) || a.Exec.Dir != `C:\{site}` {
			t.Errorf("%q: got %q in %q", v, a.Exec.Args, a.Exec.Dir)
		}
	}
}

func TestWMIInputIsUnchanged(t *testing.T) {
	c := &pipeline.Command{ID: "x", Kind: pipeline.CommandWMI, Namespace: "n", Class: "c", Method: "m", Input: map[string]string{"a": "{site}", "id": "{00000000-0000-0000-0000-000000000001}"}}
	for _, v := range hostileValues {
		a, err := pipeline.Prepare(c, map[string]string{"site": v})
		if err != nil || a.Call.Input["a"] != v || a.Call.Input["id"] != "{00000000-0000-0000-0000-000000000001}" {
			t.Errorf("%q: got %q, %v", v, a.Call.Input, err)
		}
	}
	if c.Input["a"] != "{site}" {
		t.Error("the playbook was changed")
	}
}

func TestSwitchesAreSplitAtBlanksAndDroppedWhenEmpty(t *testing.T) {
	c := &pipeline.Command{ID: "x", Kind: pipeline.CommandExec, Program: "x.exe", Args: []string{"{switches}", "/m:PatchAuthorize.xml"}}
	tests := []struct {
		name   string
		params map[string]string
		want   []string
	}{
		{"none given", nil, nil},
		{"empty", map[string]string{"switches": ""}, nil},
		{"blanks only", map[string]string{"switches": "  "}, nil},
		{"one", map[string]string{"switches": "/g:0"}, []string{"/g:0"}},
		{"several", map[string]string{"switches": "/g:0  /n"}, []string{"/g:0", "/n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := pipeline.Prepare(c, tt.params)
			if err != nil || !slices.Equal(a.Exec.Args, append(tt.want, "/m:PatchAuthorize.xml")) {
				t.Errorf("got %q, %v", a.Exec.Args, err)
			}
		})
	}
}

func TestMissingParametersAreNamed(t *testing.T) {
	c := command(load(t, "sms2003"), "sync", "sync-security")
	_, err := pipeline.Prepare(c, map[string]string{"site": "SMS01", "share": "x"})
	var missing *pipeline.MissingError
	if !errors.As(err, &missing) || !slices.Equal(missing.Names, []string{"code", "synchost", "path", "package", "dp"}) {
		t.Errorf("got %v", err)
	}
}

func TestANULIsRefused(t *testing.T) {
	c := &pipeline.Command{ID: "x", Kind: pipeline.CommandExec, Program: "x.exe", Args: []string{"{site}"}}
	if _, err := pipeline.Prepare(c, map[string]string{"site": "a\x00b"}); err == nil {
		t.Error("it was taken")
	}
}

func TestAManualActionNeedsNoParameter(t *testing.T) {
	c := command(load(t, "sms2003"), "scan", "wbemtest")
	a, err := pipeline.Prepare(c, nil)
	if err != nil || !a.Manual() || !strings.Contains(a.Line(), `\\<client>\root\cimv2`) {
		t.Errorf("got %q, %v", a.Line(), err)
	}
	a, err = pipeline.Prepare(c, map[string]string{"client": "WKS-0417"})
	if err != nil || !strings.Contains(a.Line(), `\\WKS-0417\root\cimv2`) {
		t.Errorf("got %q, %v", a.Line(), err)
	}
}

// What is shown, read as the C runtime of Windows reads a command line, is what
// runs.
func TestTheShownLineReadsBackAsTheArguments(t *testing.T) {
	c := &pipeline.Command{ID: "x", Kind: pipeline.CommandExec, Program: "x.exe", Args: []string{"{site}", "end", "/m:PatchAuthorize.xml"}}
	for _, v := range hostileValues {
		a, err := pipeline.Prepare(c, map[string]string{"site": v})
		if err != nil {
			t.Fatal(err)
		}
		want := append([]string{"x.exe"}, a.Exec.Args...)
		if got := splitWindows(a.Line()); !slices.Equal(got, want) {
			t.Errorf("%q: %s reads as %q", v, a.Line(), got)
		}
	}
}

// Every word of up to five of the characters that quoting turns on.
func TestEveryShortArgumentReadsBack(t *testing.T) {
	const letters = "m/:. \"\\"
	c := &pipeline.Command{ID: "x", Kind: pipeline.CommandExec, Program: "x.exe", Args: []string{"{site}", "end"}}
	words := []string{""}
	for range 5 {
		var longer []string
		for _, word := range words {
			for i := range len(letters) {
				v := word + letters[i:i+1]
				longer = append(longer, v)
				a, err := pipeline.Prepare(c, map[string]string{"site": v})
				if got := splitWindows(a.Line()); err != nil || !slices.Equal(got, []string{"x.exe", v, "end"}) {
					t.Fatalf("%q: %s reads as %q, %v", v, a.Line(), got, err)
				}
			}
		}
		words = longer
	}
}

func FuzzShownLine(f *testing.F) {
	for _, v := range hostileValues {
		f.Add(v)
	}
	c := &pipeline.Command{ID: "x", Kind: pipeline.CommandExec, Program: "x.exe", Args: []string{"{site}", "end"}}
	f.Fuzz(func(t *testing.T, v string) {
		a, err := pipeline.Prepare(c, map[string]string{"site": v})
		if strings.ContainsRune(v, 0) {
			if err == nil {
				t.Fatal("a NUL was taken")
			}
			return
		}
		if got := splitWindows(a.Line()); err != nil || !slices.Equal(got, []string{"x.exe", v, "end"}) {
			t.Errorf("%q: %s reads as %q, %v", v, a.Line(), got, err)
		}
	})
}

// splitWindows cuts a command line as the C runtime does.
func splitWindows(line string) []string {
	var args []string
	var arg strings.Builder
	open, any := false, false
	for i := 0; i < len(line); i++ {
		slashes := 0
		for i < len(line) && line[i] == '\\' {
			slashes++
			i++
		}
		if i < len(line) && line[i] == '"' {
			arg.WriteString(strings.Repeat(`\`, slashes/2))
			any = true
			if slashes%2 == 1 {
				arg.WriteByte('"')
			} else {
				open = !open
			}
			continue
		}
		arg.WriteString(strings.Repeat(`\`, slashes))
		any = any || slashes > 0
		switch {
		case i == len(line):
		case !open && (line[i] == ' ' || line[i] == '\t'):
			if any {
				args = append(args, arg.String())
			}
			arg.Reset()
			any = false
		default:
			arg.WriteByte(line[i])
			any = true
		}
	}
	if any {
		args = append(args, arg.String())
	}
	return args
}

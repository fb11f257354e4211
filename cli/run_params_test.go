package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"patchtrace/pipeline"
)

func TestConfirmation(t *testing.T) {
	tests := []struct {
		name, stage, answers string
		runs                 int
		code                 int
	}{
		{"Enter runs a scan", "scan", "\n", 1, exitUnknown},
		{"y runs a scan", "scan", "y\n", 1, exitUnknown},
		{"a line end of Windows", "scan", "Y\r\n", 1, exitUnknown},
		{"n does not", "scan", "n\n", 0, exitUsage},
		{"anything else does not", "scan", "what?\n", 0, exitUsage},
		{"the end of the input does not", "scan", "", 0, exitUsage},
		{"an install asks once more", "install", "y\ny\n", 1, exitUnknown},
		{"where Enter means no", "install", "\n\n", 0, exitUsage},
		{"and so does the end of the input", "install", "y\n", 0, exitUsage},
		{"what was run before is still reported", "all", "y\ny\nn\n", 2, exitUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newRunBench(t)
			b.in.WriteString(tt.answers)
			if code := b.run(tt.stage); code != tt.code || len(b.place.ran()) != tt.runs {
				t.Errorf("exit code %d, ran %q\n%s%s", code, b.place.ran(), b.out, b.err)
			}
			if tt.runs == 0 && b.err.String() != "patchtrace: run "+tt.stage+": not confirmed, nothing was run; answer y, or give --yes\n" {
				t.Errorf("stderr %q", b.err)
			}
		})
	}
}

func TestParametersAreKeptForTheNextTime(t *testing.T) {
	b := newRunBench(t)
	delete(b.target.params, "package")
	hostile := "Tools 'x' & $(id); %windir%\n`y`"
	if code := b.run("scan", "--yes"); code != exitUsage || b.err.String() != "patchtrace: run: parameters are missing: package; add, say, --set package=XYZ00012\n" {
		t.Errorf("exit code %d, stderr %q", code, b.err)
	}
	if code := b.run("scan", "--yes", "--set", "package=XYZ00099", "--set", "share="+hostile); code == exitUsage {
		t.Errorf("exit code %d, stderr %q", code, b.err)
	}
	kept, err := b.kept.Load("WKS-0417")
	if err != nil || kept["package"] != "XYZ00099" || kept["share"] != hostile || len(kept) != 2 {
		t.Errorf("kept %q, %v", kept, err)
	}
	if code := b.run("scan", "--yes"); code == exitUsage {
		t.Errorf("asked again: exit code %d, stderr %q", code, b.err)
	}
}

func TestMissingParametersAreAskedForOnATerminal(t *testing.T) {
	b := newRunBench(t)
	b.deps.streams.InTerminal, b.deps.streams.OutTerminal = true, true
	delete(b.target.params, "code")
	delete(b.target.params, "package")
	b.in.WriteString("toolong\nABC\nABC00042\nn\n")
	if code := b.run("sync"); code != exitUsage {
		t.Errorf("exit code %d\n%s%s", code, b.out, b.err)
	}
	b.requireOut(t, "Site code (code), such as XYZ: ", "This cannot be it.", "Site code", "Package of the Security tool", "Line     SyncXML.exe", "/code ABC", "/package ABC00042", "Run it? [Y/n]")
	b = newRunBench(t)
	b.deps.streams.InTerminal, b.deps.streams.OutTerminal = true, true
	delete(b.target.params, "code")
	delete(b.target.params, "package")
	b.in.WriteString("ABC\n")
	if code := b.run("sync"); code != exitUsage || !strings.Contains(b.err.String(), "parameters are missing: package") {
		t.Errorf("end of input: exit code %d, %s", code, b.err)
	}
}

func TestWrongParameters(t *testing.T) {
	for text, want := range map[string]string{
		"code":                 `parse --set "code": not of the form key=value; use, say, --set site=SMS01`,
		"=x":                   `parse --set "=x": not of the form key=value; use, say, --set site=SMS01`,
		"code=XYZQ":            `parse --set "code=XYZQ": this cannot be the site code; give something like XYZ: The three characters of the site`,
		"nothing=1":            `parse --set "nothing=1": no parameter of sms2003; use site, code, `,
		"share=a\x00b":         `it holds a NUL character`,
		"share=\xff":           `it is no UTF-8`,
		"last_hw_scan=long":    `Last Hardware Scan: not a time such as 2007-06-05T02:00`,
		"patch_instances=many": `not a number`,
		"kick_used=maybe":      `not a yes or a no`,
	} {
		b := newRunBench(t)
		if code := b.run("scan", "--yes", "--set", text); code != exitUsage || !strings.Contains(b.err.String(), want) || strings.Count(b.err.String(), "\n") != 1 {
			t.Errorf("%q: exit code %d, stderr %s", text, code, b.err)
		}
		if len(b.place.ran()) > 0 {
			t.Errorf("%q: it was run", text)
		}
	}
}

func TestDryRunShowsEverythingAndDoesNothing(t *testing.T) {
	b := newRunBench(t)
	delete(b.target.params, "package")
	if code := b.run("all", "--dry-run", "--set", "code=ABC"); code != exitPassed || len(b.place.ran()) > 0 {
		t.Errorf("exit code %d, ran %q", code, b.place.ran())
	}
	b.requireOut(t,
		"  Line     SyncXML.exe /site SMS01 /code ABC /target \\\\SYNC01\\SMSTools\\Tools\\SecurityPatch\\PkgSource /package <package>\n",
		"  Folder   \\\\DP01\\SMSPKGC$\\XYZ00012\n", "  Runs on  the sync host", "  Changes  Replaces the catalogue", "  Missing  package\n",
		"  Line     ScanWrapper.exe /s /cache\n", "  Folder   %windir%\\system32\\vpcache\\<package>\n",
		"  Line     root\\ccm:SMS_Client.TriggerSchedule(sScheduleID={00000000-0000-0000-0000-000000000001})\n",
		"  Line     patchinstall.exe /g:0 /m:\"PatchAuthorize.xml\"\n",
		"again", "again", "Nothing was run.\n")
	if kept, _ := b.kept.Load("WKS-0417"); len(kept) > 0 {
		t.Errorf("it kept %q", kept)
	}
}

// Every command of every playbook can be shown, and is shown exactly.
func TestDryRunOfEveryCommand(t *testing.T) {
	for _, id := range pipeline.Builtin() {
		book, err := pipeline.Load(id)
		if err != nil {
			t.Fatal(err)
		}
		values := exampleParams(t, id)
		for _, s := range book.Stages {
			for i := range s.Commands {
				c := &s.Commands[i]
				b := newRunBench(t)
				b.target.product, b.target.params = id, values
				if code := b.run(s.ID, "--dry-run", "--format", "json", "--command", c.ID); code != exitPassed {
					t.Fatalf("%s %s: exit code %d, %s", id, c.ID, code, b.err)
				}
				a, err := pipeline.Prepare(c, values)
				var got []plannedCommand
				if err != nil || json.Unmarshal(b.out.Bytes(), &got) != nil || len(got) != 1 || got[0].Line != a.Line() || got[0].Command != c.ID || got[0].Changes == "" || got[0].Where == "" {
					t.Errorf("%s %s: %s", id, c.ID, b.out)
				}
				if a.Exec != nil && (!slices.Equal(got[0].Args, a.Exec.Args) || got[0].Program != a.Exec.Program || got[0].Folder != a.Exec.Dir) {
					t.Errorf("%s %s: %+v", id, c.ID, got[0])
				}
			}
		}
	}
}

// Whatever the playbook: what the help offers for every stage works.
func TestEveryTrackOfEveryPlaybookCanBeAskedForAtOnce(t *testing.T) {
	for _, id := range pipeline.Builtin() {
		for _, stage := range append([]string{allStages}, pipeline.StageIDs[:]...) {
			b := newRunBench(t)
			b.target.product, b.target.params = id, exampleParams(t, id)
			if code := b.run(stage, "--dry-run", "--track", pipeline.AllTracks); code != exitPassed {
				t.Errorf("%s %s: exit code %d, %s", id, stage, code, b.err)
			}
		}
	}
	b := newRunBench(t)
	b.target.product = "configmgr"
	b.run("sync", "--dry-run", "--track", pipeline.AllTracks)
	b.requireOut(t, "{00000000-0000-0000-0000-000000000021}", "{00000000-0000-0000-0000-000000000024}")
}

func TestWhatDoesNotGoTogether(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "no stage was given; give sync, scan, inventory, install or all"},
		{[]string{"audit"}, `run "audit": no such stage; use sync, scan, inventory, install or all`},
		{[]string{"scan", "a", "b"}, "takes one target, not 2"},
		{[]string{"install", "--kick"}, "run install: --kick is for the scan"},
		{[]string{"all", "--command", "scan"}, "run all: --command is for one stage"},
		{[]string{"scan", "--command", "nothing"}, `parse --command "nothing": no command of the stage scan; use scan, scan-kick`},
		{[]string{"scan", "--command", "scan", "--track", "office"}, "run scan: --command names the command already"},
		{[]string{"scan", "--track", "blue"}, `parse --track "blue": no track that a command of sms2003 runs; use security, office or all`},
		{[]string{"inventory", "--track", "office"}, "no track that a command of sms2003 runs; its stage inventory has none: leave --track out"},
		{[]string{"scan", "--patience", "0s"}, "not a time to wait"},
		{[]string{"scan", "--patience", "long"}, `parse --patience "long"`},
		{[]string{"scan", "--last-hw-scan", "soon"}, "not a time"},
		{[]string{"scan", "--product", "sms9"}, "--product"},
	} {
		b := newRunBench(t)
		if code := b.run(tt.args...); code != exitUsage || !strings.Contains(b.err.String(), tt.want) || strings.Count(b.err.String(), "\n") != 1 || len(b.place.ran()) > 0 {
			t.Errorf("%q: exit code %d, stderr %s", tt.args, code, b.err)
		}
	}
}

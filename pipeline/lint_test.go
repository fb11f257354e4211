package pipeline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// goodBook is a playbook without problems. Tests replace parts of it.
const goodBook = `id: demo
title: Demo product
summary: Clients that exist for tests only.
tolerance: 2h
detect:
  - log: scan*.log
    line: 'Scan tool \d+ started'
    weight: 5
    why: ScanTool.log is there
params:
  - name: site
    label: Site server
    example: SITE01
    pattern: '^[A-Z0-9]+$'
stages:
  - id: sync
    title: Sync
    summary: The catalogue is downloaded.
    shows: elsewhere
    logs:
      - name: Sync.log
        side: synchost
    commands:
      - id: demo.sync
        title: Synchronise
        kind: exec
        program: sync.exe
        args: [/s, /site, "{site}"]
        default: true
    manual:
      - id: demo.look
        text: Look at the date of the catalogue
        field: {name: dated, label: Date of the catalogue, kind: time}
  - id: scan
    title: Scan
    summary: The client is compared with the catalogue.
    shows: client
    interval: 7d
    patience: 30m
    background:
      - The scan tool runs on the client.
    logs:
      - name: ScanTool.log
        globs: ["scantool*.txt"]
        components: [ScanTool]
        required: true
    commands:
      - id: demo.trigger
        title: Trigger the scan
        kind: wmi
        namespace: root\ccm
        class: SMS_Client
        method: TriggerSchedule
        input: {sScheduleID: "{00000000-0000-0000-0000-000000000113}"}
    signatures:
      - id: demo.scan.start
        logs: [ScanTool.log]
        pattern: Scan tool started
        kind: start
        match: [Scan tool started]
      - id: demo.scan.refused
        logs: [ScanTool.log]
        pattern: 'Scan failed with (?P<code>0x0*[1-9a-fA-F][0-9a-fA-F]*)'
        unless: will be tried again
        kind: failure
        title: Scan failed with {code}
        meaning: The client could not be compared.
        do: [Read the line before]
        source: own knowledge
        confidence: inferred
        match: [Scan failed with 0x80041003]
        reject: ["Scan failed with 0x80041003, will be tried again", Scan failed with 0x0]
      - id: demo.scan.done
        logs: [ScanTool.log]
        pattern: Scan tool completed
        kind: success
        match: [Scan tool completed in 4 s]
  - id: inventory
    title: Inventory
    summary: The result is reported.
    shows: client
  - id: install
    title: Install
    summary: The patch is applied.
    shows: when-due
    notes:
      - {id: demo.quiet, title: Nothing was due, meaning: No patch applied., source: own knowledge}
`

func TestAPlaybookThatIsFineHasNoProblems(t *testing.T) {
	for _, p := range Lint("good.yaml", []byte(goodBook)) {
		t.Error(p)
	}
}

// found is a problem that a test expects where the text at begins.
type found struct{ at, says string }

func TestLint(t *testing.T) {
	tests := []struct {
		name     string
		old, new string // the edit of goodBook
		want     []found
	}{
		{
			name: "a misspelt field is named with the one that was meant",
			old:  "    interval: 7d", new: "    intervall: 7d",
			want: []found{{`intervall: 7d`, "unknown field `intervall`; did you mean `interval`?"}},
		},
		{
			name: "a stage that is missing",
			old:  "  - id: inventory\n    title: Inventory\n    summary: The result is reported.\n    shows: client\n", new: "",
			want: []found{{`- id: sync`, `the stages are sync, scan, install; write sync, scan, inventory, install, in this order`}},
		},
		{
			name: "an id that stands twice",
			old:  "id: demo.scan.done", new: "id: demo.scan.start",
			want: []found{{`demo.scan.start`, "a second signature `demo.scan.start`; the first is in line 56"}},
		},
		{
			name: "an id that names another playbook",
			old:  "id: demo.scan.done", new: "id: other.scan.done",
			want: []found{{`other.scan.done`, "signature `other.scan.done` does not begin with `demo.`"}},
		},
		{
			name: "a log that no stage lists",
			old:  "logs: [ScanTool.log]\n        pattern: Scan tool started", new: "logs: [scantool.log]\n        pattern: Scan tool started",
			want: []found{{`scantool.log]`, "no stage lists a log `scantool.log`; write it `ScanTool.log`"}},
		},
		{
			name: "a kind that is none",
			old:  "kind: start", new: "kind: begin",
			want: []found{{`begin`, "unknown kind `begin`; use start, progress, success, failure, wait or noise"}},
		},
		{
			name: "a word for where a stage shows",
			old:  "shows: elsewhere", new: "shows: nowhere",
			want: []found{{`nowhere`, "unknown shows `nowhere`; use client, elsewhere or when-due"}},
		},
		{
			name: "a side that is none",
			old:  "side: synchost", new: "side: host",
			want: []found{{`host`, "unknown side `host`; use client, server or synchost"}},
		},
		{
			name: "a confidence that is none",
			old:  "confidence: inferred", new: "confidence: sure",
			want: []found{{`sure`, "unknown confidence `sure`; use documented, inferred or generic"}},
		},
		{
			name: "a severity that is none",
			old:  "kind: start", new: "kind: start\n        severity: fatal",
			want: []found{{`fatal`, "unknown severity `fatal`; use error, warning or info"}},
		},
		{
			name: "lookbehind",
			old:  "pattern: Scan tool started", new: "pattern: '(?<=x)started'",
			want: []found{{`'(?<=x)started'`, "pattern `(?<=x)started`: lookbehind is not RE2; match the part that stands before as well, and capture what you need"}},
		},
		{
			name: "a pattern that is only a class",
			old:  "pattern: Scan tool started", new: "pattern: '^S.+ed$'",
			want: []found{{`'^S.+ed$'`, "pattern `^S.+ed$` has no fixed part of 3 or more characters; spell out some text that every matching line holds, in each alternative"}},
		},
		{
			name: "an alternative without a fixed part",
			old:  "pattern: Scan tool started", new: "pattern: 'Scan tool started|^Q.+'",
			want: []found{{`'Scan tool started|^Q.+'`, "pattern `Scan tool started|^Q.+` has no fixed part of 3 or more characters; spell out some text that every matching line holds, in each alternative"}},
		},
		{
			name: "a failure that does not say what to do",
			old:  "        do: [Read the line before]\n", new: "",
			want: []found{{`id: demo.scan.refused`, "failure `demo.scan.refused` has no do"}},
		},
		{
			name: "a failure that leaves its confidence to the default",
			old:  "        confidence: inferred\n", new: "",
			want: []found{{`id: demo.scan.refused`, "failure `demo.scan.refused` has no confidence"}},
		},
		{
			name: "a sample that the pattern does not match",
			old:  "match: [Scan tool completed in 4 s]", new: "match: [Scan tool ended]",
			want: []found{{`Scan tool ended]`, "pattern of `demo.scan.done` does not match its sample"}},
		},
		{
			name: "a sample that unless takes away",
			old:  "match: [Scan failed with 0x80041003]", new: "match: [\"Scan failed with 0x5, will be tried again\"]",
			want: []found{{`"Scan failed with 0x5, will `, "unless of `demo.scan.refused` matches its sample"}},
		},
		{
			name: "a line to reject that matches",
			old:  "Scan failed with 0x0]", new: "Scan failed with 0x1]",
			want: []found{{`Scan failed with 0x1]`, "signature `demo.scan.refused` matches a line that it should reject; narrow the pattern, or use unless:"}},
		},
		{
			name: "a signature without a sample",
			old:  "        match: [Scan tool started]\n", new: "",
			want: []found{{`id: demo.scan.start`, "signature `demo.scan.start` has no sample; add match: with a line of your own"}},
		},
		{
			name: "an earlier signature that takes the sample",
			old:  "pattern: Scan tool started", new: "pattern: Scan tool",
			want: []found{{`Scan tool completed in 4 s]`, "`demo.scan.start` stands earlier and takes the sample of `demo.scan.done`; move the more specific one up, or narrow the earlier one"}},
		},
		{
			name: "an earlier signature that may fall through takes nothing",
			old:  "pattern: Scan tool started", new: "pattern: Scan tool\n        after: demo.scan.done",
		},
		{
			name: "a placeholder that is not captured",
			old:  "title: Scan failed with {code}", new: "title: Scan failed with {result}",
			want: []found{{`Scan failed with {result}`, `{result} is no capture of the pattern; capture it as (?P<result>…), or leave it out`}},
		},
		{
			name: "a parameter that is not declared",
			old:  `"{site}"`, new: `"{sit}"`,
			want: []found{{`"{sit}"]`, "{sit} is no parameter of the playbook; did you mean `site`?"}},
		},
		{
			name: "a failure that nothing clears",
			old:  "kind: failure", new: "kind: failure\n        track: wmi",
			want: []found{{`wmi`, "warning: nothing clears failure `demo.scan.refused`: stage scan has no success on track `wmi`; use the track of a success, or add the track to its clears"}},
		},
		{
			name: "a success clears a track that is not there",
			old:  "kind: success", new: "kind: success\n        clears: [wmi]",
			want: []found{{`wmi]`, "warning: stage scan has no track `wmi` to clear"}},
		},
		{
			name: "a duration of zero",
			old:  "interval: 7d", new: "interval: 0s",
			want: []found{{`0s`, `interval is not longer than zero; leave it out, or write it like 90s, 30m, 26h or 7d`}},
		},
		{
			name: "a duration without unit",
			old:  "interval: 7d", new: "interval: 7",
			want: []found{{`7`, "duration `7`; write it like 90s, 30m, 26h or 7d"}},
		},
		{
			name: "a catalogue that nobody publishes",
			old:  "interval: 7d", new: "interval: 7d\n    catalogues: [msecure]",
			want: []found{{`msecure]`, "unknown catalogue `msecure`; use mssecure, invcif, wsusscan or wsusscn2"}},
		},
		{
			name: "a glob that is not closed",
			old:  `globs: ["scantool*.txt"]`, new: `globs: ["scantool[.txt"]`,
			want: []found{{`"scantool[.txt"]`, "glob `scantool[.txt`: syntax error in pattern; close the bracket, or write ? for one character"}},
		},
		{
			name: "with names a signature that is not there",
			old:  "kind: success", new: "kind: success\n        with: demo.scan.strat\n        within: 5m",
			want: []found{{`demo.scan.strat`, "no signature `demo.scan.strat`; did you mean `demo.scan.start`?"}},
		},
		{
			name: "with without a distance",
			old:  "kind: success", new: "kind: success\n        with: demo.scan.start",
			want: []found{{`demo.scan.start`, `with: without within:; say how far apart the two lines may be`}},
		},
		{
			name: "an exec command without program",
			old:  "        program: sync.exe\n", new: "",
			want: []found{{`id: demo.sync`, "command `demo.sync` has no program"}},
		},
		{
			name: "a text where a list belongs",
			old:  "do: [Read the line before]", new: "do: Read the line before",
			want: []found{{`Read the line before`, `a text where a list is expected; put it in [ ], or on a line of its own after a dash`}},
		},
		{
			name: "an anchor",
			old:  "why: ScanTool.log is there", new: "why: &a ScanTool.log is there",
			want: []found{{`&a ScanTool.log is there`, `anchors and aliases are not used in playbooks; write the value out`}},
		},
		{
			name: "an example that its own pattern refuses",
			old:  "example: SITE01", new: "example: site 1",
			want: []found{{`site 1`, "the pattern of parameter `site` does not match its example"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(goodBook, tt.old, tt.new, 1)
			if text == goodBook {
				t.Fatal("the edit changes nothing")
			}
			lines := strings.Split(text, "\n")
			var got []found
			for i, p := range Lint("t.yaml", []byte(text)) {
				at := lines[p.Line-1][p.Column-1:]
				if i < len(tt.want) && strings.HasPrefix(at, tt.want[i].at) {
					at = tt.want[i].at
				}
				_, says, _ := strings.Cut(p.Error(), ": ")
				got = append(got, found{at, says})
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(found{})); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLintNamesThePlaceOfEverySyntaxError(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{name: "no content", text: "", want: "t.yaml:1:1: the file holds no playbook; begin with id: and title:"},
		{name: "a bracket that is never closed", text: "id: demo\ndetect: [\n", want: "t.yaml:2:9: not YAML: "},
		{name: "a key that stands twice", text: "id: demo\nid: other\n", want: "t.yaml:2:1: not YAML: mapping key \"id\" already defined"},
		{name: "a list instead of a playbook", text: "- id: demo\n", want: "t.yaml:1:1: a list where a mapping is expected"},
		{name: "two documents", text: "id: a\n---\nid: b\n", want: "t.yaml:2:1: a second document; put one playbook in a file"},
		{name: "far too many brackets", text: strings.Repeat("[", 100_000), want: "t.yaml:1:1: nested too deep; nest at most 64 deep"},
		{name: "brackets line by line", text: strings.Repeat("a: [\n", 100_000), want: "t.yaml:257:1: nested too deep"},
		{name: "dashes upon dashes", text: strings.Repeat("- ", 100_000), want: "t.yaml:1:1: nested too deep"},
		{name: "far too large", text: strings.Repeat("# nothing\n", maxFile/8), want: "t.yaml:1:1: file of 2621440 bytes is too large for a playbook"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Lint("t.yaml", []byte(tt.text))
			if len(got) == 0 || !strings.HasPrefix(got[0].Error(), tt.want) {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

// Every playbook that ships must be fit for use.
func TestBuiltinPlaybooksHaveNoProblems(t *testing.T) {
	for _, id := range Builtin() {
		t.Run(id, func(t *testing.T) {
			name, data, err := source(id)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range Lint(name, data) {
				t.Error(p)
			}
		})
	}
}

func FuzzLint(f *testing.F) {
	f.Add([]byte(goodBook))
	f.Add([]byte("id: {a: [b, 'c"))
	f.Add([]byte("stages:\n- signatures: [{pattern: '(', logs: [x]}, 3]\n- null\n"))
	f.Add([]byte("\xff\xfe\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, p := range Lint("f.yaml", data) {
			if p.Line < 1 || p.Column < 1 || strings.ContainsAny(p.Message, "\n\r") {
				t.Errorf("%#v", p)
			}
		}
	})
}

package cli

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"patchtrace/pipeline"
)

func TestPlaybookFlags(t *testing.T) {
	s := newSession()
	var list playbookListOptions
	cmd := newPlaybookListCmd(s.deps, func(o *playbookListOptions) error { list = *o; return nil })
	cmd.SetArgs([]string{"--format", "json"})
	if err := cmd.Execute(); err != nil || list.format != "json" || list.streams != s.deps.streams {
		t.Errorf("list: %+v, %v", list, err)
	}

	var shown playbookShowOptions
	cmd = newPlaybookShowCmd(s.deps, func(o *playbookShowOptions) error { shown = *o; return nil })
	cmd.SetArgs([]string{"sms2003", "--stage", "scan"})
	if err := cmd.Execute(); err != nil || shown.name != "sms2003" || shown.stage != "scan" {
		t.Errorf("show: %+v, %v", shown, err)
	}

	var lint playbookLintOptions
	cmd = newPlaybookLintCmd(s.deps, func(o *playbookLintOptions) error { lint = *o; return nil })
	cmd.SetArgs([]string{"a.yaml", "b"})
	if err := cmd.Execute(); err != nil || cmp.Diff([]string{"a.yaml", "b"}, lint.paths) != "" {
		t.Errorf("lint: %+v, %v", lint, err)
	}
}

func TestPlaybookListCountsWhatEachHolds(t *testing.T) {
	s := newSession()
	s.run("playbook", "list", "--format", "json")
	var got struct {
		Schema    string
		Playbooks []struct {
			ID, Title                 string
			Stages, Signatures, Steps int
		}
	}
	if err := json.Unmarshal(s.out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != playbookSchema || len(got.Playbooks) != len(pipeline.Builtin()) {
		t.Errorf("got %+v", got)
	}
	s.run("playbook", "list")
	for _, p := range got.Playbooks {
		if p.Stages != 4 || p.Signatures == 0 || !strings.Contains(s.out.String(), p.ID) {
			t.Errorf("got %+v", p)
		}
	}
}

func TestEveryPlaybookReadsIn80Columns(t *testing.T) {
	s := newSession()
	for _, id := range pipeline.Builtin() {
		if code := s.run("playbook", "show", id); code != exitPassed {
			t.Errorf("%s: exit code %d, stderr %q", id, code, s.err)
		}
		for _, line := range longLines(s.out.String(), 80) {
			t.Errorf("%s: longer than 80: %s", id, line)
		}
		for _, stage := range pipeline.StageIDs {
			if !strings.Contains(s.out.String(), " "+stage+": ") {
				t.Errorf("%s: stage %s is not there", id, stage)
			}
		}
	}
}

func TestPlaybookShowSaysAllThatASignatureHolds(t *testing.T) {
	var b strings.Builder
	out := bufio.NewWriter(&b)
	pattern, err := pipeline.NewPattern("refused")
	if err != nil {
		t.Fatal(err)
	}
	text := playbookText{out: out, width: 60}
	text.signatures([]*pipeline.Signature{
		{ID: "demo.start", Kind: pipeline.Start, Pattern: pattern, Logs: []string{"*"}},
		{
			ID: "demo.refused", Kind: pipeline.Failure, Logs: []string{"Scan.log"}, Title: "WMI refused it", Match: []string{"refused\nby WMI"},
			Meaning: "The scan ran, but its result could not be put into the repository.", Do: []string{"Look", "Leap"},
			Read: []string{"wbemcore.log"}, Source: "own knowledge", Confidence: pipeline.Inferred,
		},
	})
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	want := `
Log lines that mean trouble
  failure  WMI refused it
      line    refused by WMI
      log     Scan.log
      means   The scan ran, but its result could not be put
              into the repository.
      do      1 Look
              2 Leap
      read    wbemcore.log
      source  own knowledge, inferred
      rule    demo.refused

Log lines that show the course
  start    refused [*]
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

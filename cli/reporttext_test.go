package cli

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"patchtrace/client"
)

var update = flag.Bool("update", false, "write testdata/golden anew; read what changed before you commit it")

const example = "../testdata/example"

// diagnosed runs diagnose over buffers, in a locale.
func diagnosed(t *testing.T, locale string, width int, args ...string) (out, stderr string, code int) {
	t.Helper()
	streams, _, outBuf, errBuf := TestStreams()
	streams.Width = width
	streams.Lookup = func(name string) (string, bool) { return locale, name == "LC_ALL" }
	d := deps{
		streams: streams, zone: time.UTC, open: client.Open,
		now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
	}
	code = run(context.Background(), append([]string{"diagnose"}, args...), d)
	return outBuf.String(), errBuf.String(), code
}

// The report of the logs that ship with the project, in every form it has.
func TestReportOfTheExample(t *testing.T) {
	tests := []struct {
		golden, locale string
		args           []string
	}{
		{golden: "example.txt", locale: "C.UTF-8"},
		{golden: "example-ascii.txt", locale: "C"},
		{golden: "example-all.txt", locale: "C.UTF-8", args: []string{"--all"}},
		{golden: "example-site-older.txt", locale: "C.UTF-8", args: []string{"--last-hw-scan", "2026-02-02T06:40"}},
		{golden: "example.json", locale: "C.UTF-8", args: []string{"--format", "json"}},
	}
	for _, tt := range tests {
		t.Run(tt.golden, func(t *testing.T) {
			out, stderr, code := diagnosed(t, tt.locale, 80, append(tt.args, example)...)
			if code != exitBroken || stderr != "" {
				t.Errorf("exit code %d, stderr %q", code, stderr)
			}
			sameAsGolden(t, tt.golden, out)
			if strings.HasSuffix(tt.golden, ".txt") {
				fits(t, out, 80)
			}
		})
	}
}

func TestTextReportFitsEveryWidth(t *testing.T) {
	for width := 40; width <= 140; width++ {
		out, _, _ := diagnosed(t, "C.UTF-8", width, "--all", example)
		fits(t, out, min(width, maxText))
	}
}

func TestTextReportWithoutUTF8IsASCII(t *testing.T) {
	out, _, _ := diagnosed(t, "C", 80, "--all", example)
	if i := strings.IndexFunc(out, func(r rune) bool { return r > unicode.MaxASCII }); i >= 0 {
		t.Errorf("holds %q", out[i:min(i+20, len(out))])
	}
	for _, mark := range []string{"XX FAILED at scan", "ok 1 Sync", ".. 4 Install"} {
		if !strings.Contains(out, mark) {
			t.Errorf("no %q", mark)
		}
	}
}

// Colour is added on a terminal only, and adds nothing but colour.
func TestColourChangesNoWord(t *testing.T) {
	plain, _, _ := diagnosed(t, "C.UTF-8", 80, example)
	streams, _, out, _ := TestStreams()
	streams.OutTerminal, streams.Profile = true, colorprofile.TrueColor
	d := deps{streams: streams, zone: time.UTC, open: client.Open, now: time.Now}
	run(context.Background(), []string{"diagnose", example}, d)
	if !strings.Contains(out.String(), "\x1b[") {
		t.Error("no colour")
	}
	if got := ansi.Strip(out.String()); got != plain {
		t.Errorf("without its colours it reads\n%s\nwant\n%s", got, plain)
	}
}

// fits checks that no line is wider than width cells, and none ends in blanks.
func fits(t *testing.T, text string, width int) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if w := ansi.StringWidth(line); w > width {
			t.Errorf("%d cells, %d wanted: %s", w, width, line)
		}
		if strings.HasSuffix(line, " ") {
			t.Errorf("ends in a blank: %q", line)
		}
	}
}

func sameAsGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("..", "testdata", "golden", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is another now; if that is right: go test ./cli -run Example -update\ngot:\n%s\nfirst difference: %s", name, got, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "got " + g[i] + ", want " + w[i]
		}
	}
	return "the length"
}

package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"patchtrace/diagnose/trace"
)

// traceCase is a trace of testdata/traces: files of a client, a patch, and what the
// trace must say. docs/cases.md describes the form.
type traceCase struct {
	caseFile
	patch []string
	// dates are those of files, by pattern.
	dates [][2]string
}

func readTraceCases(t *testing.T) []traceCase {
	t.Helper()
	files, err := filepath.Glob("../testdata/traces/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 15 {
		t.Errorf("%d traces, want at least 15", len(files))
	}
	var cases []traceCase
	for _, f := range files {
		a, err := txtar.ParseFile(f)
		if err != nil {
			t.Fatal(err)
		}
		c := traceCase{caseFile: caseFile{name: strings.TrimSuffix(filepath.Base(f), ".txtar"), comment: strings.TrimSpace(string(a.Comment)), logs: map[string][]byte{}}}
		for _, file := range a.Files {
			text := string(file.Data)
			switch {
			case file.Name == "trace":
				c.patch = lines(text)
			case file.Name == "options":
				c.options = strings.Fields(text)
			case file.Name == "prepare":
				for _, l := range lines(text) {
					if words := strings.Fields(l); words[0] == "date" {
						c.dates = append(c.dates, [2]string{words[1], words[2]})
						continue
					}
					c.prepare = append(c.prepare, l)
				}
			case file.Name == "want":
				c.want = lines(text)
			case strings.HasPrefix(file.Name, "logs/"):
				c.logs[strings.TrimPrefix(file.Name, "logs/")] = file.Data
			default:
				t.Errorf("%s: a section called %q", f, file.Name)
			}
		}
		cases = append(cases, c)
	}
	return cases
}

func (c *traceCase) run(t *testing.T, dir, format, patch string) (out, stderr string, code int) {
	t.Helper()
	s := labSession()
	s.deps.now = func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	s.deps.open = c.open
	code = s.run(slices.Concat([]string{"trace", "--format", format}, c.options, []string{patch, dir})...)
	return s.out.String(), s.err.String(), code
}

// TestTraces runs every trace, by every name that the case gives the patch.
func TestTraces(t *testing.T) {
	for _, c := range readTraceCases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(c.comment, "Wording:") || len(c.want) == 0 || len(c.patch) == 0 {
				t.Fatal("the case lacks its wording, its patch, or what it wants")
			}
			dir := c.lay(t)
			c.date(t, dir)
			for _, patch := range c.patch {
				out, stderr, code := c.run(t, dir, "json", patch)
				var tr trace.Trace
				if err := json.Unmarshal([]byte(out), &tr); err != nil {
					t.Fatalf("exit code %d: %v: %s", code, err, stderr)
				}
				at := 0
				for _, w := range c.want {
					if msg := holdsTrace(&tr, &at, w, code); msg != "" {
						t.Errorf("%s: %s: %s", patch, w, msg)
					}
				}
				c.harmless(t, dir, patch)
				if t.Failed() {
					text, _, _ := c.run(t, dir, "text", patch)
					t.Logf("%s\n%s", text, stderr)
				}
			}
		})
	}
}

// date gives files the dates that the case wants; all others are of the day of the
// newest line, as good as unknown.
func (c *traceCase) date(t *testing.T, dir string) {
	t.Helper()
	for _, d := range c.dates {
		at, err := time.Parse(time.RFC3339, d[1])
		if err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(d[0])))
		if err != nil || len(files) == 0 {
			t.Fatalf("date %s: no such file", d[0])
		}
		for _, f := range files {
			if err := os.Chtimes(f, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// harmless holds text and Markdown to what a terminal and a page may be shown.
func (c *traceCase) harmless(t *testing.T, dir, patch string) {
	t.Helper()
	for _, format := range []string{"text", "markdown"} {
		out, _, _ := c.run(t, dir, format, patch)
		if out == "" {
			t.Errorf("nothing is written as %s", format)
		}
		if strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && hidden(r) }) {
			t.Errorf("a hidden character reaches %s: %q", format, out)
		}
		if format == "text" {
			for _, l := range longLines(out, 80) {
				t.Errorf("longer than 80: %s", l)
			}
		}
		if format == "markdown" && regexp.MustCompile(`(^|[^\\])[<\[]`).MatchString(regexp.MustCompile("(?ms)^(`{3,})text$.*?^`{3,}$").ReplaceAllString(out, "")) {
			t.Errorf("markup reaches Markdown:\n%s", out)
		}
	}
}

// holdsTrace checks one claim; at is the chain that claims are about.
func holdsTrace(tr *trace.Trace, at *int, want string, code int) string {
	words := strings.Fields(want)
	switch words[0] {
	case "outcome":
		return differ(string(tr.Outcome), words[1])
	case "exit":
		return differ(fmt.Sprint(code), words[1])
	case "product":
		return differ(tr.Product, words[1])
	case "summary":
		return contains(tr.Summary, rest(want, 1))
	case "chains":
		return differ(fmt.Sprint(len(tr.Chains)), words[1])
	case "note":
		return contains(strings.Join(tr.Notes, "\n"), rest(want, 1))
	case "chain":
		for i := range tr.Chains {
			if strings.Contains(tr.Chains[i].Product+" "+tr.Chains[i].Update, rest(want, 1)) {
				*at = i
				return ""
			}
		}
		return "no such chain"
	}
	c := &tr.Chains[*at]
	switch words[0] {
	case "is":
		return differ(string(c.Outcome), words[1])
	case "broken":
		return differ(c.Broken, words[1])
	case "do":
		return contains(strings.Join(c.Do, "\n"), rest(want, 1))
	case "step":
		return holdsStep(c, words[1], func(s *trace.Step) string {
			if text := rest(want, 3); string(s.State) != words[2] || !strings.Contains(s.Text, text) {
				return fmt.Sprintf("got %s: %s", s.State, s.Text)
			}
			return ""
		})
	case "proof":
		return holdsStep(c, words[1], func(s *trace.Step) string {
			var places []string
			for _, e := range s.Evidence {
				place := fmt.Sprintf("%s:%d", e.Log, e.Line)
				if place == words[2] && strings.Contains(e.Text, rest(want, 3)) {
					return ""
				}
				places = append(places, place+" "+e.Text)
			}
			return "got " + strings.Join(places, "\n")
		})
	}
	return "nobody knows what that asks for"
}

func holdsStep(c *trace.Chain, id string, holds func(*trace.Step) string) string {
	for i := range c.Steps {
		if c.Steps[i].ID == id {
			return holds(&c.Steps[i])
		}
	}
	return "no such step"
}

package cli

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/text/encoding/charmap"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// caseFile is a case of testdata/cases: logs, how to look at them, and what the
// report must say. docs/cases.md describes the form.
type caseFile struct {
	name    string
	comment string
	options []string
	prepare []string
	logs    map[string][]byte // and what lies beside them
	want    []string
	denied  []string
}

// caseClock is what the machine's clock shows, see docs/cases.md.
var caseClock = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func readCases(t *testing.T) []caseFile {
	t.Helper()
	files, err := filepath.Glob("../testdata/cases/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 390 {
		t.Errorf("%d cases, want at least 390", len(files))
	}
	var cases []caseFile
	for _, f := range files {
		a, err := txtar.ParseFile(f)
		if err != nil {
			t.Fatal(err)
		}
		c := caseFile{name: strings.TrimSuffix(filepath.Base(f), ".txtar"), comment: strings.TrimSpace(string(a.Comment)), logs: map[string][]byte{}}
		for _, file := range a.Files {
			text := string(file.Data)
			switch {
			case file.Name == "options":
				c.options = strings.Fields(text)
			case file.Name == "prepare":
				c.prepare = lines(text)
			case file.Name == "want":
				c.want = lines(text)
			case strings.HasPrefix(file.Name, "logs/"):
				c.logs[strings.TrimPrefix(file.Name, "logs/")] = file.Data
			case strings.HasPrefix(file.Name, "evidence/"):
				c.logs[strings.TrimPrefix(file.Name, "evidence/")] = file.Data
			default:
				t.Errorf("%s: a section called %q", f, file.Name)
			}
		}
		cases = append(cases, c)
	}
	return cases
}

func lines(text string) []string {
	var out []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" && l[0] != '#' {
			out = append(out, l)
		}
	}
	return out
}

// TestCases runs every case, and holds every way of reading its logs to the
// same report.
func TestCases(t *testing.T) {
	for _, c := range readCases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t)
		})
	}
}

func (c *caseFile) check(t *testing.T) {
	if !strings.Contains(c.comment, "Wording:") {
		t.Errorf("the case does not say where its wording is from: start a line with \"Wording:\"")
	}
	if len(c.want) == 0 {
		t.Fatal("the case wants nothing")
	}
	dir := c.lay(t)
	report, code, stderr := c.run(t, dir)
	for _, w := range c.want {
		if msg := c.holds(w, report, code, stderr); msg != "" {
			t.Errorf("%s: %s", w, msg)
		}
	}
	if report == nil {
		return
	}
	if t.Failed() {
		short, _ := json.MarshalIndent(report, "", " ")
		t.Logf("the report:\n%s", clipText(string(short), 12000))
	}
	full, _, _ := c.run(t, dir, "--full")
	if diff := cmp.Diff(plainReport(t, verdictOf(report)), plainReport(t, verdictOf(full))); diff != "" {
		t.Errorf("--full says something else (-default +full):\n%s", diff)
	}
	c.checkPieces(t, dir, report)
}

func clipText(s string, n int) string { return s[:min(len(s), n)] }

// verdictOf is what --full must agree with.
func verdictOf(r *diagnose.Report) *diagnose.Report {
	c := *r
	c.Timeline, c.Coverage, c.Notes = nil, nil, nil
	return &c
}

// lay writes the logs into a folder, prepared as the case says.
func (c *caseFile) lay(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range c.logs {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range c.prepare {
		words := strings.Fields(p)
		if words[0] == "deny" {
			c.denied = append(c.denied, words[1])
			continue
		}
		if prepareBeside(t, dir, words) {
			continue
		}
		files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(words[1])))
		if err != nil || len(files) == 0 {
			t.Fatalf("prepare %q: no such log", p)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(f, prepared(t, words, data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// prepared does to a log what a text file cannot hold.
func prepared(t *testing.T, words []string, data []byte) []byte {
	t.Helper()
	n := 0
	if len(words) > 2 {
		var err error
		if n, err = strconv.Atoi(words[2]); err != nil {
			t.Fatal(err)
		}
	}
	switch words[0] {
	case "crlf":
		return bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	case "bom":
		return append([]byte("\xEF\xBB\xBF"), data...)
	case "utf16le", "utf16be":
		out := []byte{0xFF, 0xFE}
		order := binary.AppendByteOrder(binary.LittleEndian)
		if words[0] == "utf16be" {
			out, order = []byte{0xFE, 0xFF}, binary.BigEndian
		}
		for _, u := range utf16.Encode([]rune(string(data))) {
			out = order.AppendUint16(out, u)
		}
		return out
	case "cp1252":
		out, err := charmap.Windows1252.NewEncoder().Bytes(data)
		if err != nil {
			t.Fatal(err)
		}
		return out
	case "drop-end":
		return data[:len(data)-n]
	case "drop-start":
		return data[n:]
	case "no-newline":
		return bytes.TrimRight(data, "\r\n")
	case "nul-end":
		return append(data, make([]byte, n)...)
	case "nul-start":
		return append(make([]byte, n), data...)
	case "empty":
		return nil
	case "binary":
		rng := rand.New(rand.NewPCG(1, 1))
		out := make([]byte, n)
		for i := range out {
			out[i] = byte(rng.UintN(256))
		}
		return out
	}
	t.Fatalf("prepare: no such thing as %q", words[0])
	return nil
}

// run runs diagnose on the folder and reads its JSON.
func (c *caseFile) run(t *testing.T, dir string, more ...string) (*diagnose.Report, int, string) {
	t.Helper()
	streams, _, out, stderr := TestStreams()
	d := deps{
		streams: streams, zone: time.UTC,
		now:  func() time.Time { return caseClock },
		open: c.open,
	}
	args := slices.Concat([]string{"diagnose", "--format", "json"}, c.options, more, []string{dir})
	code := run(context.Background(), args, d)
	if out.Len() == 0 {
		return nil, code, stderr.String()
	}
	var r diagnose.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("the report is no JSON: %v\n%s", err, out)
	}
	r.Target = ""
	return &r, code, stderr.String()
}

// open opens the folder, as it looks to somebody who may not read some logs.
func (c *caseFile) open(name string) (*client.Target, error) {
	target, err := client.Open(name)
	if err != nil || len(c.denied) == 0 {
		return target, err
	}
	target.Logs = slices.DeleteFunc(target.Logs, func(l logparse.Log) bool { return slices.Contains(c.denied, l.Name) })
	for _, d := range c.denied {
		target.Problems = append(target.Problems, client.Problem{Name: d, Denied: true, Err: fs.ErrPermission})
	}
	return target, nil
}

// checkPieces feeds the same logs to the engine record by record, and in random
// pieces: nothing may change.
func (c *caseFile) checkPieces(t *testing.T, dir string, want *diagnose.Report) {
	book, err := pipeline.Load(want.Product)
	if err != nil {
		t.Fatal(err)
	}
	o := &diagnoseOptions{clock: caseClock, machine: time.UTC, product: "auto", codePage: "1252"}
	for i := 0; i+1 < len(c.options); i += 2 {
		switch c.options[i] {
		case "--now":
			o.now = c.options[i+1]
		case "--zone":
			o.zone = c.options[i+1]
		case "--last-hw-scan":
			o.lastScan = c.options[i+1]
		case "--code-page":
			o.codePage = c.options[i+1]
		}
	}
	read, judge, err := o.settings()
	if err != nil {
		t.Fatal(err)
	}
	target, err := c.open(dir)
	if err != nil {
		t.Fatal(err)
	}
	beside, err := (&runTarget{name: dir, kept: client.KeptParams}).evidenceWith(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	judge.Evidence = &beside
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 7))
		engine := diagnose.New(book, judge)
		for _, s := range source(target).States {
			engine.AddState(s)
		}
		for _, i := range rng.Perm(len(target.Logs)) {
			feed(t, engine, target.Logs[i], read.Options, rng)
		}
		got := engine.Report()
		got.Target, got.ProductWhy = "", want.ProductWhy
		if diff := cmp.Diff(plainReport(t, want), plainReport(t, got)); diff != "" {
			t.Fatalf("in pieces the report is another (-whole +pieces):\n%s", diff)
		}
	}
}

func feed(t *testing.T, e *diagnose.Engine, log logparse.Log, opt logparse.Options, rng *rand.Rand) {
	t.Helper()
	if binary, _ := logparse.Binary(log); binary {
		e.AddState(diagnose.LogState{Log: log.Name, Parts: len(log.Parts), State: diagnose.LogUnreadable, Note: "it is no text"})
		return
	}
	p := logparse.NewParser(log.Name, opt)
	see := func(r *logparse.Record) bool { e.Observe(r); return true }
	for _, part := range log.Parts {
		f, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		data := make([]byte, part.Size)
		if _, err := f.ReadAt(data, 0); err != nil && part.Size > 0 {
			t.Fatal(err)
		}
		f.Close()
		p.Part(part.Name, see)
		for len(data) > 0 {
			n := min(len(data), 1+rng.IntN(400))
			p.Feed(data[:n], see)
			data = data[n:]
		}
	}
	p.Flush(see)
	e.AddState(diagnose.LogState{Log: log.Name, Parts: len(log.Parts)})
}

func plainReport(t *testing.T, r *diagnose.Report) string {
	t.Helper()
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// holds tells whether the report says what a line of want asks for, "" if so.
func (c *caseFile) holds(want string, r *diagnose.Report, code int, stderr string) string {
	words := strings.Fields(want)
	switch words[0] {
	case "exit":
		return differ(strconv.Itoa(code), words[1])
	case "stderr":
		return contains(stderr, rest(want, 1))
	case "no-report":
		if r != nil {
			return "there is one"
		}
		return ""
	}
	if r == nil {
		return "there is no report; stderr: " + stderr
	}
	switch words[0] {
	case "product":
		return differ(r.Product, words[1])
	case "verdict":
		return differ(strings.TrimSpace(r.Verdict.Status+" "+r.Verdict.Stage), strings.Join(words[1:], " "))
	case "summary":
		return contains(r.Verdict.Summary, rest(want, 1))
	case "stage":
		for _, s := range r.Stages {
			if s.ID == words[1] {
				return differ(string(s.Status), words[2])
			}
		}
		return "no such stage"
	case "zone":
		return differ(r.Zone.Offset+" "+r.Zone.Source, strings.Join(words[1:], " "))
	case "now":
		return differ(r.Now.Format(time.RFC3339), words[1])
	case "success":
		return holdsTime(r, words[1], words[2], func(s diagnose.StageReport) *time.Time { return s.LastSuccess })
	case "note":
		return contains(strings.Join(r.Notes, "\n"), rest(want, 1))
	case "coverage":
		return holdsCoverage(r, words[1:])
	case "catalogue", "patches", "list", "reported":
		return holdsBeside(r, words)
	case "finding", "first", "no-finding":
		return holdsFinding(r, words[0], words[1:])
	case "proof":
		return holdsProof(r, words[1], rest(want, 2))
	}
	return "nobody knows what that asks for"
}

func rest(line string, n int) string {
	for range n {
		_, line, _ = strings.Cut(strings.TrimSpace(line), " ")
	}
	return strings.TrimSpace(line)
}

func differ(got, want string) string {
	if got == want {
		return ""
	}
	return "got " + got
}

func contains(got, want string) string {
	if strings.Contains(got, want) {
		return ""
	}
	return fmt.Sprintf("got %q", got)
}

func holdsTime(r *diagnose.Report, stage, want string, of func(diagnose.StageReport) *time.Time) string {
	for _, s := range r.Stages {
		if s.ID == stage {
			if t := of(s); t != nil {
				return differ(t.Format("2006-01-02T15:04:05.999Z07:00"), want)
			}
			return "none"
		}
	}
	return "no such stage"
}

// holdsCoverage checks "LOG STATE [records=N] [parts=N]".
func holdsCoverage(r *diagnose.Report, words []string) string {
	for _, c := range r.Coverage {
		if c.Log != words[0] {
			continue
		}
		got := fmt.Sprintf("%s records=%d parts=%d required=%t", c.State, c.Records, c.Parts, c.Required)
		for _, w := range words[1:] {
			if !slices.Contains(strings.Fields(got), w) {
				return "got " + got
			}
		}
		return ""
	}
	return "no such log"
}

// holdsFinding checks "RULE [CODE] [LOG:LINE]". "first" wants it first in its
// stage, "no-finding" nowhere.
func holdsFinding(r *diagnose.Report, how string, words []string) string {
	var have []string
	for _, s := range r.Stages {
		for i, f := range s.Findings {
			have = append(have, f.Rule)
			if f.Rule != words[0] {
				continue
			}
			if how == "no-finding" {
				return "it is there"
			}
			if how == "first" && i > 0 {
				return fmt.Sprintf("it is number %d of %s, after %s", i+1, s.ID, s.Findings[0].Rule)
			}
			var places []string
			for _, e := range f.Evidence {
				places = append(places, fmt.Sprintf("%s:%d", e.Log, e.Line))
			}
			for _, w := range words[1:] {
				if w != f.Code && w != f.Confidence && w != f.Severity && !slices.Contains(places, w) {
					return fmt.Sprintf("got code %s, %s, %s, proof %v", f.Code, f.Confidence, f.Severity, places)
				}
			}
			return ""
		}
	}
	if how == "no-finding" {
		return ""
	}
	return fmt.Sprintf("there are only %v", have)
}

// holdsProof checks that some evidence at LOG:LINE holds the text.
func holdsProof(r *diagnose.Report, place, text string) string {
	for _, s := range r.Stages {
		for _, f := range s.Findings {
			for _, e := range f.Evidence {
				if fmt.Sprintf("%s:%d", e.Log, e.Line) == place {
					return contains(e.Text, text)
				}
			}
		}
	}
	return "no evidence there"
}

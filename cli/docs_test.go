package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"patchtrace/diagnose"
	"patchtrace/pipeline"
)

func document(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

// fenced returns the fenced blocks of a language.
func fenced(text, language string) []string {
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

func TestReportJSONIsDocumentedFieldByField(t *testing.T) {
	var want []string
	jsonFields(reflect.TypeFor[diagnose.Report](), "", &want)
	var got []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (always|if known) \\|").FindAllStringSubmatch(document(t, "docs/report-json.md"), -1) {
		got = append(got, m[1]+" "+m[2])
	}
	for _, f := range want {
		if !slices.Contains(got, f) {
			t.Errorf("docs/report-json.md lacks: %s", f)
		}
	}
	for _, f := range got {
		if !slices.Contains(want, f) {
			t.Errorf("docs/report-json.md tells of what the report has not: %s", f)
		}
	}
}

// jsonFields lists the fields of a struct as the documentation names them.
func jsonFields(typ reflect.Type, prefix string, list *[]string) {
	for i := range typ.NumField() {
		tag, option, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if tag == "" {
			continue
		}
		presence := "always"
		if option == "omitempty" {
			presence = "if known"
		}
		*list = append(*list, prefix+tag+" "+presence)
		below, name := typ.Field(i).Type, prefix+tag+"."
		switch below.Kind() {
		case reflect.Slice:
			below, name = below.Elem(), prefix+tag+"[]."
		case reflect.Pointer:
			below = below.Elem()
		}
		if below.Kind() == reflect.Struct && below != reflect.TypeFor[time.Time]() {
			jsonFields(below, name, list)
		}
	}
}

func TestThePlaybookOfTheDocumentationIsFitForUse(t *testing.T) {
	blocks := fenced(document(t, "docs/packs.md"), "yaml")
	if len(blocks) != 1 {
		t.Fatalf("%d playbooks", len(blocks))
	}
	for _, p := range pipeline.Lint("docs/packs.md", []byte(blocks[0])) {
		t.Error(p)
	}
}

func TestEveryFieldOfAPlaybookIsDocumented(t *testing.T) {
	text := document(t, "docs/packs.md")
	for _, typ := range []reflect.Type{
		reflect.TypeFor[pipeline.Playbook](), reflect.TypeFor[pipeline.Hint](), reflect.TypeFor[pipeline.Param](), reflect.TypeFor[pipeline.Stage](),
		reflect.TypeFor[pipeline.Step](), reflect.TypeFor[pipeline.Field](), reflect.TypeFor[pipeline.Track](), reflect.TypeFor[pipeline.Log](),
		reflect.TypeFor[pipeline.Command](), reflect.TypeFor[pipeline.Signature](), reflect.TypeFor[pipeline.Note](),
	} {
		for i := range typ.NumField() {
			if tag := typ.Field(i).Tag.Get("yaml"); tag != "" && tag != "-" && !strings.Contains(text, "`"+tag+"`") {
				t.Errorf("docs/packs.md says nothing of `%s` (%s)", tag, typ.Name())
			}
		}
	}
}

func TestExitCodesAreDocumented(t *testing.T) {
	for _, name := range []string{"docs/exit-codes.md", "README.md"} {
		text := document(t, name)
		for _, code := range []int{exitPassed, exitBroken, exitUsage, exitUnknown, exitWaiting} {
			if !strings.Contains(text, fmt.Sprintf("\n| %d | ", code)) {
				t.Errorf("%s has no row for exit code %d", name, code)
			}
		}
	}
}

// The README shows what the program prints: each block between two marks of
// omission stands in the report of the example like that.
func TestREADMEShowsTheReportAsItIs(t *testing.T) {
	readme := document(t, "README.md")
	blocks := fenced(readme, "text")
	if len(blocks) == 0 {
		t.Fatal("README.md shows no report")
	}
	report := strings.ReplaceAll(document(t, "testdata/golden/example.txt"), example, strings.TrimPrefix(example, "../"))
	for _, piece := range strings.Split(blocks[0], "[...]\n") {
		if piece = strings.Trim(piece, "\n"); !strings.Contains(report, piece) {
			t.Errorf("the report does not say:\n%s", piece)
		}
	}
}

func TestREADMENamesEveryCommandAndFlagThatWorks(t *testing.T) {
	readme := document(t, "README.md")
	root := newRoot(newSession().deps)
	for _, cmd := range root.Commands() {
		if !cmd.Hidden && cmd.Name() != "help" && !strings.Contains(readme, "`"+cmd.Name()) {
			t.Errorf("README.md does not name the command %s", cmd.Name())
		}
	}
	diagnose, _, err := root.Find([]string{"diagnose"})
	if err != nil {
		t.Fatal(err)
	}
	diagnose.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && !strings.Contains(readme, "`--"+f.Name) {
			t.Errorf("README.md does not name --%s", f.Name)
		}
	})
	for _, flag := range regexp.MustCompile("`--([a-z-]+)").FindAllStringSubmatch(readme, -1) {
		if !anyCommandHas(root, flag[1]) {
			t.Errorf("README.md names --%s, which no command has", flag[1])
		}
	}
}

func anyCommandHas(cmd *cobra.Command, flag string) bool {
	if cmd.Flags().Lookup(flag) != nil || flag == "help" || flag == "version" {
		return true
	}
	return slices.ContainsFunc(cmd.Commands(), func(c *cobra.Command) bool { return anyCommandHas(c, flag) })
}

func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	docs, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(docs, "../README.md", "../CONTRIBUTING.md", "../CHANGELOG.md") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", file, m[1], err)
			}
		}
	}
}

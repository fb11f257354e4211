package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms lists the rooms of the module with the rooms that each may import: arrows
// point down only. A package inside of a room that is not listed itself belongs
// to that room. Tests may import what they like.
var rooms = map[string][]string{
	"":                            {"cli"},
	"cli":                         {"client", "diagnose", "diagnose/errcode", "diagnose/live", "diagnose/offline", "diagnose/evidence", "diagnose/evidence/mof", "diagnose/trace", "lab", "tui", "tui/safe", "pipeline", "logparse"},
	"tui":                         {"tui/safe", "diagnose", "diagnose/errcode", "diagnose/trace", "pipeline", "logparse"},
	"tui/safe":                    {},
	"lab":                         {"diagnose/evidence/cab", "diagnose/evidence/catalogue", "diagnose/evidence/mof", "lab/logfile", "lab/practice", "pipeline", "logparse"},
	"lab/logfile":                 {},
	"lab/practice":                {"diagnose/evidence/catalogue"},
	"client":                      {"diagnose/errcode", "diagnose/evidence", "diagnose/evidence/mof", "pipeline", "logparse"},
	"diagnose/live":               {"diagnose", "pipeline", "logparse"},
	"diagnose/offline":            {"diagnose", "diagnose/evidence", "pipeline", "logparse"},
	"diagnose":                    {"diagnose/errcode", "diagnose/evidence", "diagnose/evidence/cab", "diagnose/evidence/catalogue", "pipeline", "logparse"},
	"diagnose/trace":              {"diagnose", "diagnose/errcode", "diagnose/evidence", "pipeline", "logparse"},
	"diagnose/errcode":            {},
	"diagnose/evidence":           {"diagnose/evidence/cab", "diagnose/evidence/catalogue", "diagnose/evidence/mof", "logparse"},
	"diagnose/evidence/cab":       {},
	"diagnose/evidence/catalogue": {"logparse"},
	"diagnose/evidence/mof":       {},
	"pipeline":                    {"logparse"},
	"logparse":                    {},
	"scripts/biglog":              {},
	"scripts/release":             {},
	"scripts/keys":                {"tui"},
	"scripts/shot":                {},
}

// pure rooms get the time and the evidence from their caller: they open no
// file, start no process, and ask neither network nor clock.
var pure = []string{"diagnose", "diagnose/errcode", "diagnose/evidence", "diagnose/evidence/cab", "diagnose/evidence/catalogue", "diagnose/evidence/mof", "diagnose/trace"}

var (
	impureImports = []string{"os", "os/exec", "io/ioutil", "path/filepath", "net", "net/http", "syscall"}
	clockCalls    = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
)

// screenImports draw on a terminal that they own.
const screenImports = "charm.land/bubbletea"

func TestImportsPointDown(t *testing.T) {
	files := sourceFiles(t)
	for folder, sources := range files {
		room, listed := roomOf(folder)
		if !listed {
			t.Errorf("%s: a new room; say in rooms what it may import", folder)
			continue
		}
		for _, src := range sources {
			for _, name := range src.imports {
				own, inside := strings.CutPrefix(name, "patchtrace/")
				if to, _ := roomOf(own); inside && to != room && !slices.Contains(rooms[room], to) {
					t.Errorf("%s: %q imports %q, which is not below it", src.name, room, own)
				}
				if strings.HasPrefix(name, screenImports) && room != "tui" {
					t.Errorf("%s: %q draws a screen; only tui may", src.name, name)
				}
			}
		}
	}
}

// roomOf is the room that a package belongs to.
func roomOf(folder string) (room string, listed bool) {
	for room = folder; room != "."; room = path.Dir(room) {
		if _, ok := rooms[room]; ok {
			return room, true
		}
	}
	return folder, false
}

func TestDiagnoseIsPure(t *testing.T) {
	files := sourceFiles(t)
	for _, room := range pure {
		if len(files[room]) == 0 {
			t.Errorf("no source of %s was found", room)
		}
		for _, src := range files[room] {
			for _, name := range src.imports {
				if slices.Contains(impureImports, name) {
					t.Errorf("%s: imports %q", src.name, name)
				}
			}
			for _, call := range src.clock {
				t.Errorf("%s: asks the clock: time.%s", src.name, call)
			}
		}
	}
}

// goFile is what a file imports, and what it uses of package time that needs a
// clock.
type goFile struct {
	name           string
	imports, clock []string
}

// sourceFiles are the files of the module by package folder, without tests.
func sourceFiles(t *testing.T) map[string][]goFile {
	t.Helper()
	const root = ".."
	files := map[string][]goFile{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() && name != root && (base == "testdata" || strings.HasPrefix(base, ".")) {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		room := strings.TrimPrefix(path.Dir(rel), ".")
		files[room] = append(files[room], parseSource(t, name, rel))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func parseSource(t *testing.T, file, name string) goFile {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	src := goFile{name: name}
	clock := ""
	for _, spec := range tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		src.imports = append(src.imports, imported)
		if imported == "time" {
			clock = "time"
			if spec.Name != nil {
				clock = spec.Name.Name
			}
		}
	}
	if clock == "" {
		return src
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if of, ok := sel.X.(*ast.Ident); ok && of.Name == clock && slices.Contains(clockCalls, sel.Sel.Name) {
				src.clock = append(src.clock, sel.Sel.Name)
			}
		}
		return true
	})
	return src
}

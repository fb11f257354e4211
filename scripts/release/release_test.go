package main

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/goccy/go-yaml"
)

func example() (*release, []artifact) {
	r := &release{version: "1.2.3", commit: "abc", date: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), url: "https://example.org/v1.2.3", publisher: "Example"}
	return r, []artifact{
		{os: "windows", arch: "amd64", name: r.name("windows", "amd64"), sum: strings.Repeat("1f", 32)},
		{os: "windows", arch: "arm64", name: r.name("windows", "arm64"), sum: strings.Repeat("2e", 32)},
		{os: "linux", arch: "amd64", name: r.name("linux", "amd64"), sum: strings.Repeat("3d", 32)},
	}
}

func TestChecksumsAreAsSha256sumReadsThem(t *testing.T) {
	_, files := example()
	want := strings.Repeat("3d", 32) + "  patchtrace_1.2.3_linux_amd64\n" +
		strings.Repeat("1f", 32) + "  patchtrace_1.2.3_windows_amd64.exe\n" +
		strings.Repeat("2e", 32) + "  patchtrace_1.2.3_windows_arm64.exe\n"
	if got := string(sums(files)); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestManifestsNameTheFilesAndTheirSums(t *testing.T) {
	r, files := example()
	r.out = t.TempDir()
	if err := r.writeManifests(files); err != nil {
		t.Fatal(err)
	}
	var scoop struct {
		Version, License, Bin string
		Architecture          map[string]struct{ URL, Hash string }
	}
	data, err := os.ReadFile(filepath.Join(r.out, "scoop", "patchtrace.json"))
	if err != nil || json.Unmarshal(data, &scoop) != nil {
		t.Fatalf("%v: %s", err, data)
	}
	if a := scoop.Architecture["64bit"]; scoop.Version != "1.2.3" || len(scoop.Architecture) != 2 || a.Hash != files[0].sum || a.URL != "https://example.org/v1.2.3/patchtrace_1.2.3_windows_amd64.exe#/patchtrace.exe" {
		t.Errorf("got %+v", scoop)
	}
	names, _ := filepath.Glob(filepath.Join(r.out, "winget", "*"))
	if len(names) != 3 {
		t.Fatalf("got %q", names)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		var m struct {
			PackageIdentifier, PackageVersion, ManifestType, ManifestVersion, InstallerType, ReleaseDate string
			Installers                                                                                   []struct{ Architecture, InstallerUrl, InstallerSha256 string }
		}
		if err == nil {
			err = yaml.UnmarshalWithOptions(data, &m, yaml.UseJSONUnmarshaler())
		}
		text := string(data)
		if err != nil || !strings.Contains(text, "\nPackageIdentifier: Example.patchtrace\nPackageVersion: 1.2.3\n") || !strings.Contains(text, "\nManifestVersion: 1.6.0\n") {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		if strings.HasSuffix(name, ".installer.yaml") && !strings.Contains(text, "- Architecture: arm64\n  InstallerUrl: https://example.org/v1.2.3/patchtrace_1.2.3_windows_arm64.exe\n  InstallerSha256: "+strings.Repeat("2E", 32)+"\n") {
			t.Errorf("%s", text)
		}
	}
}

func TestTheBillListsEveryModule(t *testing.T) {
	r, files := example()
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: "patchtrace"}, Deps: []*debug.Module{
		{Path: "example.org/a", Version: "v1.0.0", Sum: "h1:x"},
		{Path: "example.org/b", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/c", Version: "v2.0.0"}},
	}}
	b := r.bill(&files[0], info)
	var refs []string
	for _, c := range b.Components {
		refs = append(refs, c.URL)
	}
	want := []string{"pkg:golang/std@go1.26.8", "pkg:golang/example.org/a@v1.0.0", "pkg:golang/example.org/c@v2.0.0"}
	if !slices.Equal(refs, want) || !slices.Equal(b.Dependencies[0].DependsOn, want) {
		t.Errorf("got %q, %+v", refs, b.Dependencies)
	}
	if c := b.Metadata.Component; c.Hashes[0].Content != files[0].sum || b.Metadata.Timestamp != "2026-11-25T00:00:00Z" || b.Serial != "urn:uuid:1f1f1f1f-1f1f-8f1f-af1f-1f1f1f1f1f1f" {
		t.Errorf("got %+v, %s", b.Metadata, b.Serial)
	}
}

func TestOnlySourcesAreCopied(t *testing.T) {
	names, err := sourceFiles(fstest.MapFS{
		"go.mod": {}, "cli/a.go": {}, "pipeline/playbooks/x.yaml": {}, ".git/HEAD": {}, ".hidden": {}, "testdata/big.log": {}, "dist/patchtrace": {},
	})
	if want := []string{"cli/a.go", "go.mod", "pipeline/playbooks/x.yaml"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("got %q, %v", names, err)
	}
}

func TestWrongFlagsAreRefused(t *testing.T) {
	full := filepath.Join(t.TempDir(), "full")
	if err := os.MkdirAll(filepath.Join(full, "old"), 0o755); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"-version":         {"-date", "2026-11-25"},
		"-date":            {"-version", "1.2.3", "-date", "today"},
		"is not empty":     {"-version", "1.2.3", "-date", "2026-11-25", "-o", full},
		"no arguments are": {"-version", "1.2.3", "-date", "2026-11-25", "x"},
		// What the manifests could not hold.
		"-url \"ftp://x\"":           {"-version", "1.2.3", "-date", "2026-11-25", "-o", full, "-url", "ftp://x"},
		"-url \"https://x/a: b\"":    {"-version", "1.2.3", "-date", "2026-11-25", "-o", full, "-url", "https://x/a: b"},
		"-publisher \"Acme: a\\nb\"": {"-version", "1.2.3", "-date", "2026-11-25", "-o", full, "-publisher", "Acme: a\nb"},
		"-publisher \"Acme Tools\"":  {"-version", "1.2.3", "-date", "2026-11-25", "-o", full, "-publisher", "Acme Tools"},
		"-publisher \"A.B\"":         {"-version", "1.2.3", "-date", "2026-11-25", "-o", full, "-publisher", "A.B"},
	} {
		if err := run(t.Context(), args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", args, err)
		}
	}
}

func TestResourcesAreAnObjectFile(t *testing.T) {
	r, _ := example()
	for arch, machine := range map[string]uint16{"amd64": pe.IMAGE_FILE_MACHINE_AMD64, "arm64": pe.IMAGE_FILE_MACHINE_ARM64} {
		f, err := pe.NewFile(bytes.NewReader(object(arch, r.resources())))
		if err != nil {
			t.Fatal(err)
		}
		s := f.Section(".rsrc")
		if f.Machine != machine || s == nil || len(s.Relocs) != 2 || len(f.Symbols) != 1 || f.Symbols[0].Name != ".rsrc" {
			t.Fatalf("%s: got %+v", arch, f)
		}
		data, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		for i, rel := range s.Relocs {
			at, size := binary.LittleEndian.Uint32(data[rel.VirtualAddress:]), binary.LittleEndian.Uint32(data[rel.VirtualAddress+4:])
			if want := r.resources()[i].data; !bytes.Equal(data[at:at+size], want) {
				t.Errorf("%s: resource %d is not where its entry says", arch, i)
			}
		}
	}
}

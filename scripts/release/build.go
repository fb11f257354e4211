package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// artifact is a program that was built.
type artifact struct {
	os, arch string
	name     string // of its file
	file     string // where it is
	sum      string // SHA-256 in hex
}

// name is a file's name: patchtrace_1.2.3_windows_amd64.exe.
func (r *release) name(goos, arch string) string {
	name := strings.Join([]string{"patchtrace", r.version, goos, arch}, "_")
	if goos == "windows" {
		name += ".exe"
	}
	return name
}

// build builds a program of a copy of the sources. env is added to what the build is told:
// nothing of the environment that changes its bytes is left to chance.
func (r *release) build(ctx context.Context, platform, sources, out string, env []string) (artifact, error) {
	goos, arch, ok := strings.Cut(platform, "/")
	if !ok {
		return artifact{}, fmt.Errorf("%q: not of the form windows/amd64", platform)
	}
	a := artifact{os: goos, arch: arch, name: r.name(goos, arch)}
	file, err := filepath.Abs(filepath.Join(out, a.name))
	if err != nil {
		return a, err
	}
	a.file = file
	if goos == "windows" {
		if machines[arch].machine == 0 {
			return a, fmt.Errorf("%s: no resources can be made for it", platform)
		}
		if err := os.WriteFile(filepath.Join(sources, "resources_windows_"+arch+".syso"), object(arch, r.resources()), 0o600); err != nil {
			return a, err
		}
	}
	flags := "-s -w -buildid= -X patchtrace/cli.version=" + r.version + " -X patchtrace/cli.commit=" + r.commit
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", flags, "-o", file, ".")
	cmd.Dir = sources
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+arch, "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOWORK=off", "GOTOOLCHAIN=local")
	cmd.Env = append(cmd.Env, env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return a, fmt.Errorf("build for %s: %w\n%s", platform, err, text)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return a, err
	}
	sum := sha256.Sum256(data)
	a.sum = hex.EncodeToString(sum[:])
	return a, nil
}

// compare builds everything again, of a copy of the sources in another folder and
// with an empty cache, and compares.
func (r *release) compare(ctx context.Context, files []artifact) error {
	dir, err := os.MkdirTemp("", "patchtrace-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	sources := filepath.Join(dir, "elsewhere", "sources")
	if err := copySources(r.sources, sources); err != nil {
		return err
	}
	for _, f := range files {
		b, err := r.build(ctx, f.os+"/"+f.arch, sources, dir, []string{"GOCACHE=" + filepath.Join(dir, "cache"), "TZ=Pacific/Kiritimati", "LC_ALL=C"})
		if err != nil {
			return err
		}
		if b.sum != f.sum {
			return fmt.Errorf("%s is not reproducible: %s, then %s", f.name, f.sum, b.sum)
		}
		if err := os.Remove(b.file); err != nil {
			return err
		}
	}
	return nil
}

// copySources copies what a build reads: Go's files and those that they embed. What
// begins with a dot is no source, and what was built is none either.
func copySources(from, to string) error {
	root := os.DirFS(from)
	names, err := sourceFiles(root)
	if err != nil {
		return err
	}
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		file := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// sums are the checksums as sha256sum reads them.
func sums(files []artifact) []byte {
	files = slices.SortedFunc(slices.Values(files), func(a, b artifact) int { return cmp.Compare(a.name, b.name) })
	var b bytes.Buffer
	for _, f := range files {
		fmt.Fprintf(&b, "%s  %s\n", f.sum, f.name)
	}
	return b.Bytes()
}

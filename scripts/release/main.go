// Release builds what is published: a static program for every system, its
// checksums, a bill of materials for each, and manifests for winget and Scoop.
//
//	go run ./scripts/release -version 1.2.3 -date 2026-11-25 -o dist
//
// The same sources, Go version and flags give the same bytes, wherever the sources
// lie and whatever the clock shows: -again builds everything twice, the second time
// of a copy of the sources and without anything compiled before, and compares.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// platforms are the systems that programs are built for.
var platforms = []string{"windows/amd64", "windows/arm64", "linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"}

// release is what is built.
type release struct {
	version, commit string
	// date is the day of the release, in UTC.
	date time.Time
	// url is where the files will be published, with no slash at its end; "" for no
	// manifests.
	url       string
	publisher string
	sources   string
	out       string
}

// number matches versions: manifests and file properties need plain numbers first.
var number = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

// address and publisher are what the manifests can hold as they are, without quotes.
var (
	address   = regexp.MustCompile(`^https?://[0-9A-Za-z.-]+(:\d+)?(/[0-9A-Za-z._~%/-]*)?$`)
	publisher = regexp.MustCompile(`^[A-Za-z][0-9A-Za-z-]{0,31}$`)
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	r := release{}
	f := flag.NewFlagSet("release", flag.ContinueOnError)
	f.StringVar(&r.version, "version", "", "the version, such as 1.2.3")
	f.StringVar(&r.commit, "commit", "", "the commit that it is built from")
	f.StringVar(&r.url, "url", "", "where the files will be published; without it no manifests are written")
	f.StringVar(&r.publisher, "publisher", "patchtrace", "who publishes it, for the manifests")
	f.StringVar(&r.sources, "sources", ".", "the folder of go.mod")
	f.StringVar(&r.out, "o", "dist", "the folder to write to, which is made")
	date := f.String("date", "", "the day of the release, such as 2026-11-25")
	only := f.String("platforms", strings.Join(platforms, ","), "what to build for")
	again := f.Bool("again", false, "build everything again elsewhere, and compare")
	if err := f.Parse(args); err != nil {
		return err
	}
	var err error
	switch r.date, err = time.Parse(time.DateOnly, *date); {
	case !number.MatchString(r.version):
		return fmt.Errorf("-version %q: not of the form 1.2.3", r.version)
	case err != nil:
		return fmt.Errorf("-date %q: not of the form 2026-11-25", *date)
	case r.url != "" && !address.MatchString(r.url):
		return fmt.Errorf("-url %q: not of the form https://example.com/path", r.url)
	case !publisher.MatchString(r.publisher):
		return fmt.Errorf("-publisher %q: not one word of letters, digits and hyphens, as winget has it before the first dot", r.publisher)
	case f.NArg() > 0:
		return fmt.Errorf("%q: no arguments are taken, only flags", f.Arg(0))
	}
	r.url = strings.TrimRight(r.url, "/")
	if r.sources, err = filepath.Abs(r.sources); err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	if left, err := os.ReadDir(r.out); err != nil || len(left) > 0 {
		return errors.Join(fmt.Errorf("-o %s: the folder is not empty; give a new one", r.out), err)
	}
	return r.make(ctx, strings.Split(*only, ","), *again)
}

// make builds, and writes what belongs to it.
func (r *release) make(ctx context.Context, platforms []string, again bool) error {
	dir, err := os.MkdirTemp("", "patchtrace-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	sources := filepath.Join(dir, "sources") // resources are put beside them
	if err := copySources(r.sources, sources); err != nil {
		return err
	}
	var files []artifact
	for _, p := range platforms {
		a, err := r.build(ctx, p, sources, r.out, nil)
		if err != nil {
			return err
		}
		fmt.Printf("%s  %s\n", a.sum, a.name)
		files = append(files, a)
	}
	if again {
		if err := r.compare(ctx, files); err != nil {
			return err
		}
		fmt.Println("built again elsewhere: the same bytes")
	}
	for i := range files {
		if err := r.writeSBOM(&files[i]); err != nil {
			return err
		}
	}
	if r.url != "" {
		if err := r.writeManifests(files); err != nil {
			return err
		}
	}
	return r.write("SHA256SUMS", sums(files))
}

// write writes a file of the release.
func (r *release) write(name string, data []byte) error {
	file := filepath.Join(r.out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

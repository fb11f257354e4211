package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Set by -ldflags "-X patchtrace/cli.version=1.2.3 -X patchtrace/cli.commit=abc".
// What is not set is taken from the build information.
var version, commit string

// build says what this program was built from.
type build struct {
	version, commit, goVersion, platform string
	// modified is true when the sources differed from the commit.
	modified bool
}

func thisBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	return buildOf(info, version, commit)
}

// buildOf puts together what the linker was told and what the toolchain noted.
func buildOf(info *debug.BuildInfo, version, commit string) build {
	b := build{version: version, commit: commit, goVersion: info.GoVersion, platform: runtime.GOOS + "/" + runtime.GOARCH}
	if b.version == "" {
		b.version = info.Main.Version
	}
	if b.version == "" || b.version == "(devel)" {
		b.version = "devel"
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && b.commit == "":
			b.commit = s.Value
		case s.Key == "vcs.modified":
			b.modified = s.Value == "true" && commit == ""
		}
	}
	return b
}

// String returns the version and its commit.
func (b build) String() string {
	const short = 12
	switch {
	case b.commit == "":
		return b.version
	case b.modified:
		return fmt.Sprintf("%s (commit %.*s, modified)", b.version, short, b.commit)
	}
	return fmt.Sprintf("%s (commit %.*s)", b.version, short, b.commit)
}

func newVersionCmd(d deps) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version, and what it was built with",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			_, err := fmt.Fprintf(d.streams.Out, "patchtrace %s\n%s %s\n", b, b.goVersion, b.platform)
			return writeError(err)
		},
	}
}

//go:build unix

package logparse

import (
	"os"
	"syscall"
	"testing"
)

// TestAPipeIsNotWaitedFor: opening a pipe that is called like a log would wait
// until somebody writes to it.
func TestAPipeIsNotWaitedFor(t *testing.T) {
	dir := t.TempDir()
	b := follows(t, dir, FollowOptions{}, "X.log", ".")
	for _, name := range []string{"X.log", "Y.lo_", "Z.log"} {
		if err := syscall.Mkfifo(b.path(name), 0o600); err != nil {
			t.Skipf("no pipes here: %v", err)
		}
	}
	if err := os.Symlink(b.path("Z.log"), b.path("Z.lo_")); err != nil {
		t.Fatal(err)
	}
	b.append("Y.log", rec("a"))
	b.look()
	b.want("a")
}

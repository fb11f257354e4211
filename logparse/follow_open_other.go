//go:build !windows

package logparse

import "os"

// holdsFiles is true where an open file can be renamed, replaced and deleted by
// others without a trace of us. A file that is held is read to its end whatever
// happens to its name.
const holdsFiles = true

// OpenShared opens a file for reading so that its writer may write, rename, cut
// and delete it meanwhile.
func OpenShared(name string) (*os.File, error) { return os.Open(name) }

//go:build !windows

package client

import "os"

// openShared opens a log for reading.
func openShared(name string) (*os.File, error) { return os.Open(name) }

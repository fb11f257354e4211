//go:build !linux && !windows

package logparse

// remoteFolder is not known here; the poll finds what events do not tell of.
func remoteFolder(string) (kind string, ok bool) { return "", false }

//go:build !windows

package client

// insist does it.
func insist(act func() error) error { return act() }

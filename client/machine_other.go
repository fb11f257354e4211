//go:build !windows

package client

// noRegistry is empty.
type noRegistry struct{}

func (noRegistry) value(regKey, string) (string, bool, error) { return "", false, nil }
func (noRegistry) exists(regKey) bool                         { return false }

var realRegistry registry = noRegistry{}

func realService(*Service) bool { return false }

func elevated() bool { return true }

func needsElevation(error) bool { return false }

func zoneName() string { return "" }

func windowsVersion() string { return "" }

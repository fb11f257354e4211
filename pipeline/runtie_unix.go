//go:build unix && !linux

package pipeline

import "syscall"

// tie does nothing: the system cannot end a process with its parent.
func tie(*syscall.SysProcAttr) {}

//go:build unix

package lab

import (
	"os"
	"syscall"
)

// lockFile waits for the file to be ours alone. The lock ends with the process,
// however it ends.
func lockFile(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }

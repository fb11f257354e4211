package lab

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockFile waits for the file to be ours alone. The lock ends with the process,
// however it ends.
func lockFile(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, new(windows.Overlapped))
}

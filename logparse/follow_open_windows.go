package logparse

import (
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// holdsFiles is false: while a file is open, another cannot take its name on
// every version of Windows, whatever the file is shared for.
const holdsFiles = false

// OpenShared opens a file for reading so that its writer may write, rename, cut
// and delete it meanwhile. os.Open does not share the file for renaming and
// deleting.
func OpenShared(name string) (*os.File, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	const share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	h, err := windows.CreateFile(path, windows.GENERIC_READ, share, nil, windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(h), name), nil
}

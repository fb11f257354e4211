package logparse

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// holdsFiles is false: while a file is open, another cannot take its name on
// every version of Windows, whatever the file is shared for.
const holdsFiles = false

// openToFollow opens a log so that its writer may rename and delete it
// meanwhile: os.Open does not share that, os.Root does.
func openToFollow(name string) (*os.File, error) {
	f, err := os.OpenInRoot(filepath.Dir(name), filepath.Base(name))
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return f, err
	}
	return os.Open(name) // a link that leads out of its folder
}

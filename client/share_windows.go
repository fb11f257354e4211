package client

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// openShared opens a log so that its writer may rename it meanwhile, as the
// client does when a log is full: os.Open does not share that, os.Root does.
func openShared(name string) (*os.File, error) {
	f, err := os.OpenInRoot(filepath.Dir(name), filepath.Base(name))
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return f, err
	}
	return os.Open(name) // a link that leads out of its folder
}

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// writeFile puts data in place in one step, so that what was there before, or
// nothing, is there when it fails. A link is followed. A pipe or a device is
// written to, not replaced. The error is the bare cause.
func writeFile(name string, data []byte) error {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	mode := fs.FileMode(0o666) // less what the user's mask takes away
	switch info, err := os.Stat(name); {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return cause(err)
	case err != nil:
	case info.IsDir():
		return errors.New("it is a folder")
	case !info.Mode().IsRegular():
		return writeThrough(name, os.O_WRONLY, 0, data)
	default:
		mode = info.Mode().Perm()
	}
	half := filepath.Join(filepath.Dir(name), fmt.Sprintf(".patchtrace-%016x", rand.Uint64()))
	err := writeThrough(half, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode, data)
	if err == nil {
		err = rename(half, name)
	}
	if err != nil {
		_ = os.Remove(half) // the error above is what matters
	}
	return err
}

func writeThrough(name string, flags int, mode fs.FileMode, data []byte) error {
	f, err := os.OpenFile(name, flags, mode)
	if err != nil {
		return cause(err)
	}
	_, err = f.Write(data)
	return cause(errors.Join(err, f.Close()))
}

func rename(from, to string) error {
	err := os.Rename(from, to)
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

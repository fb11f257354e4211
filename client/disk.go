package client

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"patchtrace/logparse"
)

// disk is how files are reached. Tests replace it.
type disk struct {
	// stat follows links.
	stat func(name string) (fs.FileInfo, error)
	// list returns at most limit entries of a folder, by name. What it could
	// list before an error it returns too.
	list func(name string, limit int) ([]fs.DirEntry, error)
	open func(name string) (logparse.File, error)
}

var thisMachine = disk{
	stat: os.Stat,
	list: listFolder,
	open: func(name string) (logparse.File, error) {
		f, err := logparse.OpenShared(name)
		if err != nil {
			return nil, err // not f: a nil *os.File is no nil File
		}
		return f, nil
	},
}

// try tells whether a file can be opened.
func (d disk) try(name string) error {
	f, err := d.open(name)
	if err != nil {
		return err
	}
	return f.Close()
}

func (d disk) part(file string, size int64) logparse.Part {
	return logparse.Part{Size: size, Open: func() (logparse.File, error) { return d.open(file) }}
}

func listFolder(name string, limit int) ([]fs.DirEntry, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var entries []fs.DirEntry
	for len(entries) < limit {
		some, err := f.ReadDir(limit - len(entries))
		entries = append(entries, some...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return byName(entries), err
		}
	}
	return byName(entries), nil
}

func byName(entries []fs.DirEntry) []fs.DirEntry {
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries
}

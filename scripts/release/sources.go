package main

import (
	"io/fs"
	"path"
	"strings"
)

// sourceFiles are the files of a folder with sources, by their paths.
func sourceFiles(root fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "dist"):
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.Type().IsRegular():
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

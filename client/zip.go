package client

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"patchtrace/diagnose/evidence"
	"patchtrace/logparse"
)

// Limits of an archive. What clients pack is some hundred logs of some megabytes,
// which deflate to a tenth or less.
const (
	// maxDirectory is how many bytes are read to list an archive.
	maxDirectory = 32 << 20
	// maxUnpacked is how large the logs may be all together, in bytes.
	maxUnpacked = 4 << 30
	// maxRatio is how many times its packed size a log may be; small ones may be
	// more.
	maxRatio = 250
	anyRatio = 1 << 20
)

var (
	errNoZip     = errors.New("it is no zip archive, or only the beginning of one")
	errDirectory = fmt.Errorf("its list of files is longer than %d MB", maxDirectory>>20)
	errPassword  = errors.New("it is protected with a password")
	errLeaves    = errors.New("its name leads out of the archive")
	errTwice     = errors.New("the archive has two files of that name")
	errBomb      = fmt.Errorf("it unpacks to more than %d times its size, as no log does", maxRatio)
	errStored    = errors.New("its sizes in the archive do not fit each other")
)

const unpackIt = "unpack it and give the folder"

// IsZip tells whether a name is that of an archive.
func IsZip(name string) bool { return strings.EqualFold(path.Ext(name), ".zip") }

// openZip opens the logs of an archive. Nothing is unpacked before it is read,
// and nothing is ever written under a name that the archive gives.
func openZip(d disk, name string, size int64) (*Target, error) {
	file, err := d.open(name)
	if err != nil {
		return nil, openError(name, err)
	}
	t, err := listZip(file, name, size)
	if err != nil {
		_ = file.Close() // the error above is what matters
		return nil, err
	}
	return t, nil
}

func listZip(file logparse.File, name string, size int64) (*Target, error) {
	fail := func(err error, do string) error { return &OpenError{"open archive", name, err, do} }
	in := &directoryReader{file: file, left: maxDirectory}
	r, err := zip.NewReader(in, size)
	switch {
	case in.left <= 0:
		return nil, fail(errDirectory, "pack the client's log folder only")
	case errors.Is(err, zip.ErrFormat):
		return nil, fail(errNoZip, "copy it again, or give the folder of logs")
	case err != nil:
		return nil, fail(cause(err), "copy it again, or give the folder of logs")
	}
	in.listed = true
	z := &zipLister{target: &Target{Name: name}, store: newUnpacked(file), names: map[string]bool{}}
	z.target.archive = z.store
	for _, f := range r.File {
		z.entry(f)
	}
	if err := z.verdict(); err != nil {
		return nil, fail(err, unpackIt)
	}
	z.lack("", z.tools, z.target.Problems)
	z.target.Logs, z.target.Files = logparse.Group(z.parts), z.gathered.files
	return z.target, nil
}

// directoryReader bounds what listing an archive reads: an archive says itself
// how many files it has.
type directoryReader struct {
	file   logparse.File
	left   int64
	listed bool
}

func (r *directoryReader) ReadAt(b []byte, offset int64) (int, error) {
	if r.listed {
		return r.file.ReadAt(b, offset)
	}
	if r.left -= int64(len(b)); r.left <= 0 {
		return 0, errDirectory
	}
	return r.file.ReadAt(b, offset)
}

// zipLister collects the logs of an archive.
type zipLister struct {
	target *Target
	store  *unpacked
	parts  []logparse.Part
	names  map[string]bool
	total  uint64
	full   bool
	gathered
	tools []string
}

func (z *zipLister) entry(f *zip.File) {
	name := entryName(f)
	isEvidence := mayBeEvidence(name)
	if scanTool.MatchString(path.Base(name)) {
		z.tools = append(z.tools, path.Dir(name))
	}
	if f.FileInfo().IsDir() || strings.HasSuffix(name, "/") || !isLog(name) && !isEvidence || z.full {
		return
	}
	key := strings.ToLower(name)
	err := check(f, name)
	switch {
	case err == nil && z.names[key]:
		err = errTwice
	case err == nil && len(z.parts) == maxFiles:
		z.full = true
		err = fmt.Errorf("more than %d logs in all; pack the log folder only", maxFiles)
	case err == nil && z.total+f.UncompressedSize64 > maxUnpacked:
		err = fmt.Errorf("with it the logs are more than %d GB", maxUnpacked>>30)
	}
	z.names[key] = true
	switch {
	case err != nil && isEvidence:
		z.add(unseen(name, err))
		return
	case err != nil:
		z.target.Problems = append(z.target.Problems, Problem{Name: name, Err: err})
		return
	}
	z.total += f.UncompressedSize64
	part := z.store.part(f)
	part.Name = name
	if !isEvidence {
		z.parts = append(z.parts, part)
		return
	}
	at, wall := entryDate(f)
	z.add(evidence.File{Part: part, Modified: at, Wall: wall})
}

// entryDate is a file's own date, zero if the archive does not tell. Many archives
// keep the wall clock of whoever packed them, which is read as UTC.
func entryDate(f *zip.File) (at time.Time, wall bool) {
	for extra := f.Extra; len(extra) >= 4; {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		switch id {
		case 0x5455, 0x000a, 0x5855, 0x000d: // dates of Unix and NTFS are in UTC
			return f.Modified.UTC(), false
		}
		extra = extra[min(4+size, len(extra)):]
	}
	if f.ModifiedDate == 0 {
		return time.Time{}, false
	}
	return f.Modified.UTC(), true
}

// entryName is a file's name with slashes. Some programs write backslashes, and
// some names in the code page of DOS.
func entryName(f *zip.File) string {
	name := f.Name
	if !utf8.ValidString(name) {
		if text, err := charmap.CodePage437.NewDecoder().String(name); err == nil {
			name = text
		}
	}
	return strings.ReplaceAll(name, `\`, "/")
}

// check refuses a file that cannot be read, or must not.
func check(f *zip.File, name string) error {
	const encrypted = 1
	switch {
	case !fs.ValidPath(name) || strings.Contains(name, ":"):
		return errLeaves
	case f.Flags&encrypted != 0:
		return errPassword
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return fmt.Errorf("it is packed by a method that is not known here (%d)", f.Method)
	case f.Method == zip.Store && f.CompressedSize64 != f.UncompressedSize64:
		return errStored
	case f.UncompressedSize64 > anyRatio && f.UncompressedSize64/maxRatio > f.CompressedSize64:
		return errBomb
	}
	return nil
}

// verdict is why nothing of the archive can be read.
func (z *zipLister) verdict() error {
	if len(z.parts)+len(z.files) > 0 || len(z.target.Problems) == 0 {
		return nil
	}
	first := z.target.Problems[0]
	return fmt.Errorf("%s: %w", first.Name, first.Err)
}

package evidence

import (
	"bytes"
	"io"
	"regexp"
)

// kind is what a file's content says it is.
type kind int

const (
	kindUnknown kind = iota
	kindCatalogue
	kindList
	kindPatches
	kindXML
)

// Sniffing looks at this many bytes at the beginning of a file.
const sniffSize = 64 << 10

var (
	instanceText = regexp.MustCompile(`(?i)\b(instance\s+of|class)\s+(win32_patchstate|ccm_updatestatus|inventoryactionstatus)`)
	classText    = regexp.MustCompile(`(?i)\bclass\s+(win32_patchstate|ccm_updatestatus)`)
	instancesXML = regexp.MustCompile(`<objs\b[^>]*schemas\.microsoft\.com/powershell|<(?:cim|instance)\b[^>]*>`)
	namesClass   = regexp.MustCompile(`(?i)patchstate|updatestatus|inventoryaction`)
)

// SaysPatches tells whether the beginning of a text holds an instance, or the
// declaration of a class, of those that ReadPatches reads. The text may be UTF-16.
func SaysPatches(head []byte) bool { return instanceText.Match(narrow(head)) }

// sniff tells what a file is by its beginning.
func sniff(f File) (kind, error) {
	head, err := beginning(f, sniffSize)
	if err != nil {
		return kindUnknown, err
	}
	text := bytes.ToLower(narrow(head))
	switch {
	case bytes.HasPrefix(head, []byte("MSCF")), bytes.Contains(text, []byte("<bulletindatastore")):
		return kindCatalogue, nil
	case instancesXML.Match(text):
		return kindXML, nil
	case bytes.Contains(text, []byte("<?xml")), bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")):
		return kindList, nil
	case namesClass.Match(text), SaysPatches(head), bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")),
		bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")), bytes.Contains(text, []byte("qnumbers")):
		return kindPatches, nil
	}
	return kindUnknown, nil
}

// mayMention tells whether a MOF speaks of the classes that are looked for, as far
// as can be seen.
func mayMention(f File) bool {
	head, err := beginning(f, 1<<20)
	return err != nil || namesClass.Match(narrow(head))
}

// declares tells whether a MOF declares a class of scan results: instances that
// follow, however few, are then all.
func declares(f File) bool {
	head, err := beginning(f, 1<<20)
	return err == nil && classText.Match(narrow(head))
}

// narrow drops the NULs of UTF-16, of which only ASCII is looked at.
func narrow(text []byte) []byte {
	if bytes.IndexByte(text, 0) < 0 {
		return bytes.TrimPrefix(text, []byte("\ufeff"))
	}
	return bytes.ReplaceAll(text, []byte{0}, nil)
}

func beginning(f File, size int64) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head := make([]byte, min(size, max(f.Size, 0)))
	n, err := in.ReadAt(head, 0)
	if err == io.EOF {
		err = nil
	}
	return head[:n], err
}

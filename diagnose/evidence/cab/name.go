package cab

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// entryName decodes a name and spells it with slashes.
func entryName(b []byte, isUTF8 bool) string {
	name := string(b)
	if !isUTF8 || !utf8.Valid(b) {
		name = latin1(b)
	}
	return strings.ReplaceAll(name, `\`, "/")
}

// latin1 reads a name of no known code page: its bytes are never invalid.
func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// safeName refuses what could lead out of the folder that files are unpacked to,
// or to a device. Folders below it are as good as files.
func safeName(name string) bool {
	if !utf8.ValidString(name) || strings.ContainsAny(name, `\:*?"<>|`) || strings.ContainsFunc(name, unicode.IsControl) {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		// Windows drops dots and blanks at the end, so that "..." is "" and "nul." a device.
		if part == "" || strings.TrimRight(part, ". ") != part || device(part) {
			return false
		}
	}
	return true
}

// device is true for the names that mean a device in every folder, with any
// extension.
func device(part string) bool {
	name, _, _ := strings.Cut(strings.ToUpper(part), ".")
	name = strings.TrimRight(name, " ")
	switch name {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	port, isPort := strings.CutPrefix(name, "COM")
	if !isPort {
		port, isPort = strings.CutPrefix(name, "LPT")
	}
	return isPort && utf8.RuneCountInString(port) == 1 && strings.ContainsAny(port, "0123456789¹²³")
}

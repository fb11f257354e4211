package evidence

import (
	"path"
	"regexp"
	"strings"
)

var (
	// savedName matches the names of files that say which instances they hold: the
	// class, however its words are parted, or the button of wbemtest that shows it.
	savedName = regexp.MustCompile(`patch[ ._-]?states?(?:[^a-z]|ext|all|$)|ccm[ ._-]?update[ ._-]?status|updatestatus|inventory[ ._-]?action|show[ ._-]?mof`)
	// extendedName matches those of the _Extended class.
	extendedName = regexp.MustCompile(`(?i)patch[ ._-]?state[ ._-]?ext`)
	// logCopy matches what is a log by its name, or a copy of one.
	logCopy = regexp.MustCompile(`\.lo[g_](?:[._-]|$)`)
)

// PromisesPatches tells whether a file's name says that it holds instances of the
// classes that ReadPatches reads, so that it is an error when it does not. Logs
// promise nothing. Slashes are of either kind.
func PromisesPatches(name string) bool {
	base := strings.ToLower(path.Base(slashes(name)))
	return savedName.MatchString(strings.ReplaceAll(base, "dispatch", "")) && !logCopy.MatchString(base)
}

// IsMOF tells whether a file is MOF by its name. Notepad hides that it adds .txt.
func IsMOF(name string) bool {
	base := strings.ToLower(path.Base(slashes(name)))
	return strings.HasSuffix(strings.TrimSuffix(base, ".txt"), ".mof")
}

// IsPatches tells whether a file's name is one under which instances are saved:
// texts of wbemtest and mofcomp, CSV and JSON of PowerShell and wmic, and texts
// that name what they hold. Whether they hold any only ReadPatches finds out.
func IsPatches(name string) bool {
	switch strings.ToLower(path.Ext(slashes(name))) {
	case ".mof", ".csv", ".tsv", ".json":
		return true
	case ".txt", ".list":
		return IsMOF(name) || PromisesPatches(name)
	}
	return false
}

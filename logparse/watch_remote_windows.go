package logparse

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// remoteFolder tells whether a folder is on a share, whose events are not
// reliable.
func remoteFolder(dir string) (kind string, ok bool) {
	full, err := filepath.Abs(dir)
	if err != nil {
		return "", false // watching it meets the same error
	}
	volume, err := windows.UTF16PtrFromString(filepath.VolumeName(full) + `\`)
	if err != nil {
		return "", false
	}
	return "a network drive", windows.GetDriveType(volume) == windows.DRIVE_REMOTE
}

package client

import (
	"errors"
	"time"

	"golang.org/x/sys/windows"
)

// insistFor is how long something is tried that another process stands in the
// way of.
const insistFor = 3 * time.Second

// insist does it, and tries again for a while when the file is in use: on some file
// systems Windows refuses to put a file in place of one that somebody reads at that
// moment, and to open one that is just being replaced.
func insist(act func() error) error {
	for end := time.Now().Add(insistFor); ; time.Sleep(time.Millisecond) {
		err := act()
		busy := errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
		if !busy || time.Now().After(end) {
			return err
		}
	}
}

package cli

import (
	"os"

	"golang.org/x/sys/windows"
)

// obeysSequences switches the console to escape sequences, which Windows
// leaves off for older programs, and tells whether it could.
func obeysSequences(f *os.File) bool {
	var mode uint32
	handle := windows.Handle(f.Fd())
	if err := windows.GetConsoleMode(handle, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

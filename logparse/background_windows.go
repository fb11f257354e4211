package logparse

import (
	"runtime"

	"golang.org/x/sys/windows"
)

var setThreadPriority = windows.NewLazySystemDLL("kernel32.dll").NewProc("SetThreadPriority")

// background gives the goroutine a thread of its own, which ends with it and lets
// others go first. That the system refuses costs only time.
func background() {
	runtime.LockOSThread()
	below := -1 // THREAD_PRIORITY_BELOW_NORMAL
	_, _, _ = setThreadPriority.Call(uintptr(windows.CurrentThread()), uintptr(below))
}

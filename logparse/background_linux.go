package logparse

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// niceness is what a thread in the background adds to its own: it gets about a
// tenth of a processor that somebody else wants too.
const niceness = 10

// background gives the goroutine a thread of its own, which ends with it and lets
// others go first. That the system refuses costs only time.
func background() {
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), niceness)
}

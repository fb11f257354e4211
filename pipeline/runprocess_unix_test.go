//go:build unix

package pipeline_test

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

const tiesProcesses = runtime.GOOS == "linux"

// exists tells whether a process runs. One that has ended and that nobody has
// asked about yet does not.
func exists(pid int) bool {
	if stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil {
		_, rest, _ := strings.Cut(string(stat), ") ")
		return !strings.HasPrefix(rest, "Z")
	}
	return syscall.Kill(pid, 0) == nil
}

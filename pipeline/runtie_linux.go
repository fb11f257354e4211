package pipeline

import "syscall"

// tie makes the process end with the thread that started it.
func tie(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }

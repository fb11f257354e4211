package lab

import "os/exec"

// tieTo has nothing to do: the job object that the process is in ends it.
func tieTo(*exec.Cmd) (started, untie func(), err error) { return func() {}, func() {}, nil }

func endWithParent() {}

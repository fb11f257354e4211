package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// program prepares a practice program as a process: this very program, started
// again.
func (l *Lab) programCmd(program string, args []string, dir string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = l.dir
	if info, err := l.root.Stat(dir); err == nil && info.IsDir() && info.Mode().Perm()&mayEnter != 0 {
		cmd.Dir = filepath.Join(l.dir, filepath.FromSlash(dir))
	}
	cmd.Env = append(withoutOurs(os.Environ()), envLab+"="+l.dir, envProgram+"="+program, envFolder+"="+dir)
	return cmd, nil
}

// withoutOurs leaves out the variables that another practice program got.
func withoutOurs(environ []string) []string {
	kept := environ[:0:0]
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if name != envLab && name != envProgram && name != envCode && name != envFolder && name != envTie {
			kept = append(kept, v)
		}
	}
	return kept
}

// spawn runs a practice program from within another one and waits for its end.
func (s *session) spawn(program string, args ...string) (code int, err error) {
	cmd, err := s.lab.programCmd(program, args, ".")
	if err != nil {
		return 0, err
	}
	if !s.silent {
		cmd.Stdout, cmd.Stderr = s.out, s.out
	}
	started, untie, err := tieTo(cmd)
	if err != nil {
		return 0, err
	}
	defer untie()
	err = cmd.Start()
	started()
	if err != nil {
		return 0, err
	}
	_ = cmd.Wait() // the exit code says it
	return cmd.ProcessState.ExitCode(), nil
}

// startInventory starts the hardware inventory that /kick asks for.
func (r *scanRun) startInventory() {
	program := "InventoryAgent.exe"
	if r.lab.Product() == SMS2 {
		program = "cliutils.exe"
		if _, err := r.spawn(program, "/start", agentName); err != nil {
			r.log.warn("The agent was not reached: %v", err)
		}
		return
	}
	if _, err := r.spawn(program, actionHardware); err != nil {
		r.log.warn("The agent was not reached: %v", err)
	}
}

package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"patchtrace/pipeline"
)

// Host runs commands in a lab. It brings the servers up when the first command
// needs them; Close takes them down.
type Host struct {
	lab     *Lab
	mu      sync.Mutex
	servers *Servers
}

// Host returns the lab as a place where commands run.
func (l *Lab) Host() *Host { return &Host{lab: l} }

// Close takes the servers down that the host has brought up.
func (h *Host) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.servers != nil {
		h.servers.Close()
		h.servers = nil
	}
}

// up brings the servers up, unless they are up only while somebody serves them.
// Servers whose servers.json is gone or damaged stay down, as real ones do: the
// programs are to find that out.
func (h *Host) up() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.lab.reload(); err != nil {
		return err
	}
	if h.servers != nil || h.lab.config().ByHand {
		return nil
	}
	var err error
	if h.servers, err = h.lab.Serve(); errors.Is(err, errServersFile) {
		h.servers, err = h.lab.bringUp(serversFile{})
	}
	return err
}

// tidy removes what processes left that were killed, wherever in the lab.
func (l *Lab) tidy() {
	_ = fs.WalkDir(l.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // a folder that cannot be entered holds nothing that is new
		}
		if strings.HasSuffix(name, ".new") || strings.HasPrefix(name, dirExitCodes+"/exit-") {
			_ = l.root.Remove(name) // it does no harm
		}
		return nil
	})
}

var exitFiles atomic.Int64

// Start starts a practice program. The folder is one of the lab's client, as
// Windows spells it.
func (h *Host) Start(ctx context.Context, e pipeline.Exec) (pipeline.Process, error) {
	folder, err := h.folder(e)
	if err != nil {
		return nil, fmt.Errorf("start %s in the lab: %w", e.Program, err)
	}
	if err := h.up(); err != nil {
		return nil, fmt.Errorf("start %s in the lab: %w", e.Program, err)
	}
	return h.start(ctx, e.Program, e.Args, folder)
}

func (h *Host) folder(e pipeline.Exec) (string, error) {
	if programs[strings.ToLower(e.Program)] == nil {
		return "", errors.New("it has no such program")
	}
	if e.Dir == "" {
		return dirMSSMS + "/CORE/BIN", nil
	}
	d := &disk{root: h.lab.root}
	return d.find(e.Dir)
}

func (h *Host) start(ctx context.Context, program string, args []string, folder string) (*process, error) {
	cmd, err := h.lab.programCmd(program, args, folder)
	if err != nil {
		return nil, err
	}
	p := &process{lab: h.lab, code: fmt.Sprintf("%s/exit-%d-%d", dirExitCodes, os.Getpid(), exitFiles.Add(1))}
	cmd.Env = append(cmd.Env, envCode+"="+p.code)
	started, untie, err := tieTo(cmd)
	if err != nil {
		return nil, err
	}
	p.untie = untie
	p.Process, err = pipeline.StartProcess(ctx, cmd)
	started()
	if err != nil {
		untie()
		return nil, err
	}
	return p, nil
}

// process is a running practice program.
type process struct {
	pipeline.Process
	lab   *Lab
	code  string
	untie func()
}

// Wait waits for the program and returns its exit code, also one that does not
// fit into those of this system.
func (p *process) Wait() (int, error) {
	code, err := p.Process.Wait()
	p.untie()
	text, readErr := p.lab.root.ReadFile(p.code)
	_ = p.lab.root.Remove(p.code) // it does no harm
	if readErr != nil || err != nil {
		return code, err
	}
	return strconv.Atoi(string(text))
}

// Stop ends the program and those that it started.
func (p *process) Stop() error {
	p.untie()
	return p.Process.Stop()
}

// Call calls a method of the client's WMI: SMS_Client.TriggerSchedule of the
// hardware inventory. It returns when the cycle has ended.
func (h *Host) Call(ctx context.Context, c pipeline.Call) error {
	const does = `SMS_Client.TriggerSchedule`
	known := strings.EqualFold(c.Namespace, `root\ccm`) && strings.EqualFold(c.Class+"."+c.Method, does)
	if !known || h.lab.Product() == SMS2 {
		return fmt.Errorf("call %s.%s in the lab: its client has no such method", c.Class, c.Method)
	}
	id := ""
	for name, value := range c.Input {
		if strings.EqualFold(name, "sScheduleID") {
			id = value
		}
	}
	if id != actionHardware {
		return fmt.Errorf("call %s in the lab: %w of a schedule %s", does, wbemNotFound, id)
	}
	if err := h.up(); err != nil {
		return fmt.Errorf("call %s in the lab: %w", does, err)
	}
	p, err := h.start(ctx, "InventoryAgent.exe", []string{id}, dirCCM)
	if err != nil {
		return fmt.Errorf("call %s in the lab: %w", does, err)
	}
	said, _ := io.ReadAll(io.LimitReader(p.Output(), 64<<10)) // the exit code is what counts
	code, err := p.Wait()
	switch {
	case err != nil:
		return fmt.Errorf("call %s in the lab: %w", does, err)
	case code != 0:
		why := strings.TrimPrefix(strings.TrimSpace(string(said)), "LAB: ")
		return fmt.Errorf("call %s in the lab: %w: %s", does, sysError(code), why)
	}
	return nil
}

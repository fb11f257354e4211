package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

// Remote is another computer as a place to run commands, through its WMI.
type Remote struct {
	// Host is its name.
	Host string
	// asked is its WMI; nil means the real one. pace is how often a process is
	// looked at; 0 means once a second.
	asked wmi
	pace  time.Duration
}

// Computer is the computer that a target's name stands for: `\\host` or
// `\\host\admin$`. It returns false for any other name.
func Computer(name string) (host string, ok bool) {
	m := wholeComputer.FindStringSubmatch(name)
	if m == nil {
		return "", false
	}
	return m[1], true
}

func (r Remote) wmi() wmi {
	if r.asked == nil {
		return realWMI{}
	}
	return r.asked
}

func (r Remote) cimv2() space { return space{r.Host, `root\cimv2`} }

// Evidence is what the computer's WMI says, as [Local.Evidence] is of this one.
func (r Remote) Evidence(ctx context.Context) evidence.Set {
	return wmiEvidence(ctx, r.wmi(), r.Host)
}

// Call calls a WMI method of the computer.
func (r Remote) Call(ctx context.Context, c pipeline.Call) error {
	return callMethod(ctx, r.wmi(), r.Host, c)
}

// Why a program on another computer cannot be started or followed.
var (
	errRemoteCode    = errors.New("another computer does not tell how a program ended; its logs do")
	errRemoteRights  = errors.New("access denied")
	errRemoteMissing = errors.New("no such program, or no such folder")
)

// createCodes are what Win32_Process.Create returns.
var createCodes = map[string]struct {
	why error
	do  string
}{
	"2":  {errRemoteRights, "run as an administrator of that computer"},
	"3":  {errors.New("a privilege is missing"), "run as an administrator of that computer"},
	"8":  {errors.New("unknown failure"), "look into the event log of that computer"},
	"9":  {errRemoteMissing, "check that the package is on that computer, and the parameter that names its folder"},
	"21": {errors.New("a parameter is not valid"), "check the parameters"},
}

// Start starts a program on the computer. It runs there without a screen, as the
// user who asks, and what it prints is not seen: its logs tell. It does not end with
// this program unless it is stopped. A folder that is given must hold the program.
func (r Remote) Start(ctx context.Context, e pipeline.Exec) (pipeline.Process, error) {
	on := e.Program + " on " + r.Host
	switch strings.ToLower(filepath.Ext(e.Program)) {
	case ".bat", ".cmd":
		return nil, &HostError{"start", on, errShell, "start it by hand"}
	}
	dir, err := r.expand(ctx, e.Dir)
	if err != nil {
		return nil, err
	}
	program, input := e.Program, map[string]string{}
	if dir != "" {
		input["CurrentDirectory"] = dir
		if !strings.ContainsAny(program, `\/`) {
			program = strings.TrimRight(dir, `\`) + `\` + program
		}
	}
	input["CommandLine"] = commandLine(program, e.Args)
	out, err := r.wmi().call(ctx, r.cimv2(), "Win32_Process", "Create", input)
	if err != nil {
		return nil, r.failed("start", on, err)
	}
	if code := out["returnvalue"]; code != "0" {
		known, ok := createCodes[code]
		if !ok {
			known.why, known.do = fmt.Errorf("Win32_Process.Create returned %q", code), "start it there by hand"
		}
		return nil, &HostError{"start", on, known.why, known.do}
	}
	pid, err := strconv.ParseUint(out["processid"], 10, 32)
	if err != nil {
		return nil, &HostError{"start", on, fmt.Errorf("it runs, but its process ID is not told: %q", out["processid"]), "follow its logs"}
	}
	p := &remoteProcess{remote: r, pid: pid, image: imageOf(program), gone: make(chan struct{})}
	p.watching, p.unwatch = context.WithCancel(context.WithoutCancel(ctx))
	go p.watch()
	context.AfterFunc(ctx, func() { _ = p.Stop() }) // nobody is left to be told
	return p, nil
}

// failed puts an error of WMI into that of a host.
func (r Remote) failed(op, on string, err error) error {
	do := "check that the computer is on and that you are its administrator"
	var e *WMIError
	if errors.As(err, &e) {
		do = e.Do
	}
	return &HostError{op, on, err, do}
}

// expand replaces %name% by what it stands for on the computer.
func (r Remote) expand(ctx context.Context, dir string) (string, error) {
	if !strings.Contains(dir, "%") {
		return dir, nil
	}
	list, err := r.wmi().query(ctx, r.cimv2(), "Win32_OperatingSystem", "")
	if err != nil {
		return "", r.failed("ask for the folders of", r.Host, err)
	}
	lookup := func(name string) (string, bool) {
		var value string
		switch strings.ToLower(name) {
		case "windir", "systemroot":
			value = "WindowsDirectory"
		case "systemdrive":
			value = "SystemDrive"
		}
		if value == "" || len(list) == 0 {
			return "", false
		}
		text := list[0].Get(value)
		return text, text != ""
	}
	full, err := Local{Lookup: lookup}.expand(dir)
	if err != nil {
		return "", &HostError{"start a program on", r.Host, fmt.Errorf("its %s is not known", dir), "give the folder itself"}
	}
	return full, nil
}

// remoteProcess is a program on another computer. It is watched by asking for it
// again and again.
type remoteProcess struct {
	remote Remote
	pid    uint64
	// image is the name of its file, "" if that is not known.
	image    string
	gone     chan struct{}
	watching context.Context
	unwatch  context.CancelFunc
	mu       sync.Mutex
	err      error // why it is not watched any more, nil if it ended
}

// imageOf is the file's name of a program, "" if Windows completes it.
func imageOf(program string) string {
	name := program[strings.LastIndexAny(program, `\/`)+1:]
	if !strings.EqualFold(filepath.Ext(name), ".exe") {
		return ""
	}
	return name
}

// another tells whether the process with its number runs another program. Names
// that are not told tell nothing.
func (p *remoteProcess) another(image string) bool {
	return p.image != "" && image != "" && !strings.EqualFold(image, p.image)
}

// patience is how many times in a row the computer may fail to answer.
const remotePatience = 5

func (p *remoteProcess) watch() {
	defer close(p.gone)
	pace := p.remote.pace
	if pace == 0 {
		pace = time.Second
	}
	var born string
	failures := 0
	for {
		list, err := p.remote.wmi().query(p.watching, p.remote.cimv2(), "Win32_Process", fmt.Sprintf("ProcessId = %d", p.pid))
		switch {
		case p.watching.Err() != nil:
			return
		case err != nil:
			if failures++; failures == remotePatience {
				p.mu.Lock()
				p.err = p.remote.failed("watch a program on", p.remote.Host, err)
				p.mu.Unlock()
				return
			}
		case len(list) == 0:
			return
		case p.another(list[0].Get("Name")):
			return // it had ended before it was first looked at
		case born == "":
			born, failures = list[0].Get("CreationDate"), 0
		case list[0].Get("CreationDate") != born:
			return // another program has its number
		default:
			failures = 0
		}
		select {
		case <-time.After(pace):
		case <-p.watching.Done():
			return
		}
	}
}

// Output is empty: what a program prints on another computer is not seen.
func (p *remoteProcess) Output() io.Reader { return strings.NewReader("") }

// Wait waits for its end. How it ended is never known.
func (p *remoteProcess) Wait() (int, error) {
	<-p.gone
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return 0, p.err
	}
	return 0, errRemoteCode
}

// maxTree is how many processes are ended together.
const maxTree = 100

// Stop ends the process and those that it started, as far as they can be found.
func (p *remoteProcess) Stop() error {
	select {
	case <-p.gone:
		return nil
	default:
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.watching), callLimit)
	defer cancel()
	at, w := p.remote.cimv2(), p.remote.wmi()
	tree := []uint64{p.pid}
	for i := 0; i < len(tree) && len(tree) < maxTree; i++ {
		list, err := w.query(ctx, at, "Win32_Process", fmt.Sprintf("ParentProcessId = %d", tree[i]))
		if err != nil {
			break // what is known of is ended
		}
		for k := range list {
			if pid, err := strconv.ParseUint(list[k].Get("ProcessId"), 10, 32); err == nil && pid != 0 {
				tree = append(tree, pid)
			}
		}
	}
	var failure error
	for _, pid := range tree {
		_, err := w.call(ctx, at, fmt.Sprintf(`Win32_Process.Handle="%d"`, pid), "Terminate", map[string]string{"Reason": "1"})
		if err != nil && !errors.Is(err, ErrNoClass) { // it has ended already
			failure = errors.Join(failure, p.remote.failed("stop a program on", p.remote.Host, err))
		}
	}
	if failure == nil {
		p.unwatch()
	}
	return failure
}

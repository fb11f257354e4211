package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"patchtrace/client"
	"patchtrace/pipeline"
)

// practice is a target whose programs are functions that write logs.
type practice struct {
	t   *testing.T
	dir string
	// exec is what a program does: it prints, writes logs, and returns its code.
	exec func(p *practice, e pipeline.Exec, out io.Writer) int
	call func(p *practice, c pipeline.Call) error
	// hang makes programs run until they are stopped.
	hang bool

	mu      sync.Mutex
	started []string
}

func (p *practice) note(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started = append(p.started, what)
}

func (p *practice) ran() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.started)
}

func (p *practice) Start(_ context.Context, e pipeline.Exec) (pipeline.Process, error) {
	p.note(strings.Join(append([]string{e.Program}, e.Args...), " "))
	if p.exec == nil {
		return nil, errors.New("start " + e.Program + ": no such program; check that the package is on this machine")
	}
	proc := &practiceProcess{code: make(chan int, 1), stop: make(chan struct{})}
	proc.out, proc.in = io.Pipe()
	go func() {
		code := p.exec(p, e, proc.in)
		if p.hang {
			<-proc.stop
		}
		proc.in.Close()
		proc.code <- code
	}()
	return proc, nil
}

func (p *practice) Call(_ context.Context, c pipeline.Call) error {
	p.note(c.Class + "." + c.Method + " " + c.Input["sScheduleID"])
	if p.call == nil {
		return errors.New("call " + c.Method + ": refused 0x80041003")
	}
	return p.call(p, c)
}

// log appends a line to a log as CcmExec does.
func (p *practice) log(name, format string, args ...any) {
	now := time.Now().UTC()
	line := fmt.Sprintf("<![LOG[%s]LOG]!><time=\"%s+000\" date=\"%s\" component=\"%s\" context=\"\" type=\"1\" thread=\"12\" file=\"a.cpp:1\">\r\n",
		fmt.Sprintf(format, args...), now.Format("15:04:05.000"), now.Format("01-02-2006"), strings.TrimSuffix(name, ".log"))
	f, err := os.OpenFile(filepath.Join(p.dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(line)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		p.t.Error(err)
	}
}

type practiceProcess struct {
	out  *io.PipeReader
	in   *io.PipeWriter
	code chan int
	stop chan struct{}
	once sync.Once
}

func (p *practiceProcess) Output() io.Reader { return p.out }

func (p *practiceProcess) Wait() (int, error) {
	code := <-p.code
	select {
	case <-p.stop:
		return 0, errors.New("signal: terminated")
	default:
		return code, nil
	}
}

func (p *practiceProcess) Stop() error {
	p.once.Do(func() { close(p.stop) })
	return nil
}

// wellExec is programs that do what they should.
func wellExec(p *practice, e pipeline.Exec, out io.Writer) int {
	fmt.Fprintf(out, "%s at work\r\n", e.Program)
	switch e.Program {
	case "SyncXML.exe":
		log := "SecuritySyncXml.log"
		if strings.Contains(strings.Join(e.Args, " "), "OfficePatch") {
			log = "OfficeSyncXml.log"
		}
		p.log(log, "SyncXML.exe started")
		p.log(log, "Synchronization completed")
	case "ScanWrapper.exe":
		p.log("ScanWrapper.log", "Software Updates Scan Tool Started")
		p.log("ScanWrapper.log", "Scan completed")
		if slices.Contains(e.Args, "/kick") {
			p.sent()
		}
	case "patchinstall.exe":
		p.log("PatchInstall.log", "PatchInstall.exe started")
		p.log("PatchInstall.log", "PatchInstall completed")
	}
	return 0
}

func (p *practice) sent() {
	p.log("InventoryAgent.log", "Inventory: Opening store for action {00000000-0000-0000-0000-000000000001} ...")
	p.log("InventoryAgent.log", "Inventory: Successfully sent report. Destination:mp:MP_HinvEndpoint, ID: {4E1B7C2A-90D3-4F58-A6C1-0B2D3E4F5A6B}, Timeout: 10080 minutes MsgMode: Signed, Not Encrypted")
}

func wellCall(p *practice, _ pipeline.Call) error {
	go p.sent() // the call returns at once
	return nil
}

// runBench is a session that runs on a practice target.
type runBench struct {
	*session
	place   *practice
	target  *runTarget
	kept    client.Params
	signals chan os.Signal
	in      *bytes.Buffer
}

func newRunBench(t *testing.T) *runBench {
	t.Helper()
	b := &runBench{session: newSession(), kept: client.ParamsIn(t.TempDir()), signals: make(chan os.Signal, 4), in: new(bytes.Buffer)}
	b.place = &practice{t: t, dir: t.TempDir(), exec: wellExec, call: wellCall}
	b.target = &runTarget{name: "WKS-0417", host: b.place, logs: []string{b.place.dir}, product: "sms2003", productWhy: "a practice target", keeps: true, params: exampleParams(t, "sms2003")}
	b.deps.open, b.deps.zone = client.Open, time.UTC
	b.deps.streams.In = b.in
	return b
}

func exampleParams(t *testing.T, product string) map[string]string {
	t.Helper()
	book, err := pipeline.Load(product)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, p := range book.Params {
		values[p.Name] = p.Example
	}
	return values
}

// run runs `patchtrace run …` on the practice target.
func (b *runBench) run(args ...string) int {
	b.out.Reset()
	b.err.Reset()
	env := realRunEnv(b.deps)
	env.target = func(string) (*runTarget, error) { return b.target, nil }
	env.kept = func() (client.Params, error) { return b.kept, nil }
	env.signals = func() (<-chan os.Signal, func()) { return b.signals, func() {} }
	env.delays = pipeline.Delays{Settle: 20 * time.Millisecond, Wait: 50 * time.Millisecond, Unsure: 50 * time.Millisecond, Silent: 500 * time.Millisecond}
	root := &cobra.Command{Use: "patchtrace", SilenceErrors: true, SilenceUsage: true}
	root.SetFlagErrorFunc(flagError)
	root.SetOut(b.out)
	root.AddCommand(runCmd(b.deps, env, runRun))
	root.SetArgs(append([]string{"run"}, args...))
	err := root.ExecuteContext(context.Background())
	tell(b.err, err)
	return exitCode(err)
}

func (b *runBench) requireOut(t *testing.T, want ...string) {
	t.Helper()
	rest := b.out.String()
	for _, w := range want {
		_, after, ok := strings.Cut(rest, w)
		if !ok {
			t.Fatalf("no %q (in this order) in\n%s", w, b.out)
		}
		rest = after
	}
}

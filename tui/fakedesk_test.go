package tui

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/diagnose/errcode"
	"patchtrace/diagnose/offline"
	"patchtrace/diagnose/trace"
	"patchtrace/logparse/merged"
	"patchtrace/pipeline"
)

// fakeDesk opens folders of logs for real and fakes the rest: what runs, and what
// is kept. It is safe for several goroutines, as a desk must be.
type fakeDesk struct {
	t testing.TB

	mu     sync.Mutex
	states map[string]State
	cases  []*fakeCase
	// exported are the texts that were written to files.
	exported map[string]string
	faults   []Fault
	places   []Place
	// prepare changes a case before it is handed out.
	prepare func(*fakeCase)
	openErr error
}

func newFakeDesk(t testing.TB) *fakeDesk {
	return &fakeDesk{
		t: t, states: map[string]State{}, exported: map[string]string{},
		faults: []Fault{
			{"proxy-login", "sync", "the proxy asks for a login", "sms2003.sync.proxy-login"},
			{"repository-denied", "scan", "WMI refuses the results of the scan", "sms2003.scan.denied"},
			{"mp-down", "inventory", "the management point is down", "sms2003.inventory.mp-down"},
			{"exit-1603", "install", "the patch ends with 1603", "sms2003.install.failed"},
		},
		places: []Place{
			{Kind: ThisComputer, Note: "no client of SMS or Configuration Manager was found here", Off: true},
			{Kind: Lab},
			{Kind: Folder, Path: "../testdata/example"},
		},
	}
}

func (d *fakeDesk) Places(context.Context) []Place { return d.places }
func (d *fakeDesk) Faults() []Fault                { return d.faults }

func (d *fakeDesk) Open(_ context.Context, p Place) (Case, error) {
	if d.openErr != nil {
		return nil, d.openErr
	}
	path := p.Path
	if p.Kind == Lab {
		path = "../testdata/example"
	}
	target, err := client.Open(path)
	if err != nil {
		return nil, err
	}
	c := &fakeCase{desk: d, target: target, about: About{Target: path, Name: "WKS-0417"}, params: map[string]string{}, changes: make(chan Change)}
	if p.Kind == Lab {
		c.about.Name, c.about.Lab = "LAB-WKS-01", true
	} else {
		c.about.CannotRun = errors.New("this is a place of copied logs: run needs a client or a lab")
	}
	c.logs = merged.Open(target.Logs, merged.Options{})
	if d.prepare != nil {
		d.prepare(c)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cases = append(d.cases, c)
	return c, nil
}

func (d *fakeDesk) Recall(target string) (State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.states[target], nil
}

func (d *fakeDesk) Keep(target string, s State) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.states[target] = s
	return nil
}

func (d *fakeDesk) LookUp(text string) []Code {
	var codes []Code
	values, _ := errcode.Parse(text) // none in it is no codes
	for _, v := range values {
		c := errcode.Decode(v)
		codes = append(codes, Code{Text: c.Text, Name: c.Name, Meaning: c.Meaning})
	}
	return codes
}

func (d *fakeDesk) Export(name, text string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.exported[name] = text
	return "/tmp/" + name, nil
}

// fakeCase is a folder of logs. What runs in it is a function.
type fakeCase struct {
	desk   *fakeDesk
	target *client.Target
	about  About
	logs   *merged.Logs
	params map[string]string

	mu      sync.Mutex
	runs    []diagnose.Run
	answers map[string]string
	closed  bool
	// product is that of the last judgement, kept what KeepParams was given last,
	// ran what was run, with which parameters.
	product string
	kept    map[string]string
	traced  []string
	ran     []fakeRun

	// run is what a run does; nil ends at once with code 0.
	run     func(ctx context.Context, p pipeline.Planned, params map[string]string, interrupt <-chan struct{}, tell func(pipeline.RunEvent)) (pipeline.Result, error)
	report  func(*diagnose.Report)
	broken  error // why it cannot be judged
	patches []Patch
	trace   func(patch string) (*trace.Trace, error)
	damaged error // why there are not more of them
	facts   []Fact
	changes chan Change
	reveal  string
}

func (c *fakeCase) About() About { return c.about }

func (c *fakeCase) Judge(ctx context.Context, answers map[string]string) (*diagnose.Report, *pipeline.Playbook, error) {
	c.mu.Lock()
	c.answers = maps.Clone(answers)
	broken := c.broken
	judge := diagnose.Options{Target: c.about.Name, Machine: time.UTC, Clock: fakeNow, Runs: append([]diagnose.Run(nil), c.runs...)}
	c.mu.Unlock()
	if broken != nil {
		return nil, nil, broken
	}
	if at, local, ok := pipeline.ParseTime(answers["last_hw_scan"]); ok {
		judge.LastHardwareScan, judge.LastHardwareScanLocal, judge.LastHardwareScanSource = at, local, "flag"
	}
	r, err := offline.Diagnose(ctx, offline.Source{Logs: c.target.Logs}, offline.Options{}, judge)
	if err != nil {
		return nil, nil, err
	}
	if c.report != nil {
		c.report(r)
	}
	c.mu.Lock()
	c.product = r.Product
	c.mu.Unlock()
	book, err := loadBook(r.Product)
	return r, book, err
}

func (c *fakeCase) Logs() *merged.Logs { return c.logs }

func (c *fakeCase) Follow(ctx context.Context, tell func(Change)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case ch := <-c.changes:
			tell(ch)
		}
	}
}

func (c *fakeCase) Refresh(ctx context.Context) error {
	t, err := client.Open(c.about.Target)
	if err != nil {
		return err
	}
	return c.logs.Update(ctx, t.Logs)
}

func (c *fakeCase) Params() map[string]string { return maps.Clone(c.params) }
func (c *fakeCase) KeepParams(params map[string]string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = maps.Clone(params)
	return nil
}

// fakeRun is something that was run.
type fakeRun struct {
	command string
	params  map[string]string
}

// Plan takes the default command of a stage, or those of all stages, and after
// the install the scan and the inventory again.
func (c *fakeCase) Plan(o pipeline.PlanOptions) ([]pipeline.Planned, error) {
	c.mu.Lock()
	product := c.product
	c.mu.Unlock()
	if product == "" {
		product = "sms2003"
	}
	book, err := loadBook(product)
	if err != nil {
		return nil, err
	}
	var steps []pipeline.Planned
	for n, id := range []string{pipeline.Sync, pipeline.Scan, pipeline.Inventory, pipeline.Install, pipeline.Scan, pipeline.Inventory} {
		if o.Stage != "" && (o.Stage != id || n > 3) {
			continue
		}
		s := book.Stage(id)
		for i := range s.Commands {
			if cmd := &s.Commands[i]; o.Command == cmd.ID || o.Command == "" && cmd.Default {
				steps = append(steps, pipeline.Planned{Stage: s, Command: cmd, Wants: []pipeline.Want{{Stage: s.ID, Track: cmd.Track}}, Again: n > 3})
			}
		}
	}
	if len(steps) == 0 {
		return nil, errors.New("no such command")
	}
	return steps, nil
}

func (c *fakeCase) Run(ctx context.Context, p pipeline.Planned, params map[string]string, interrupt <-chan struct{}, tell func(pipeline.RunEvent)) (pipeline.Result, error) {
	c.mu.Lock()
	c.ran = append(c.ran, fakeRun{p.Command.ID, maps.Clone(params)})
	c.mu.Unlock()
	if c.run != nil {
		return c.run(ctx, p, params, interrupt, tell)
	}
	return pipeline.Result{Began: fakeNow, Ended: fakeNow, HasCode: true, Stands: []pipeline.Stand{{Standing: pipeline.Succeeded}}}, nil
}

func (c *fakeCase) Patches(context.Context) ([]Patch, error) {
	if c.patches == nil {
		return nil, errors.New("read Win32_PatchState of WKS-0417: only its logs are here; on the client, connect WBEMTEST to root\\cimv2")
	}
	return c.patches, c.damaged
}

// Trace answers with someTrace, unless the test has another answer.
func (c *fakeCase) Trace(_ context.Context, patch string) (*trace.Trace, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.traced = append(c.traced, patch)
	if c.trace != nil {
		return c.trace(patch)
	}
	return someTrace(), nil
}

func (c *fakeCase) Facts(context.Context) ([]Fact, error) { return c.facts, nil }
func (c *fakeCase) Reveal() string                        { return c.reveal }

func (c *fakeCase) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return nil
}

// fakeNow is the newest moment of the example.
var fakeNow = time.Date(2026, 2, 12, 14, 12, 31, 0, time.UTC)

// books are the playbooks by product: to load one takes long.
var books sync.Map

func loadBook(product string) (*pipeline.Playbook, error) {
	if b, ok := books.Load(product); ok {
		return b.(*pipeline.Playbook), nil
	}
	b, err := pipeline.Load(product)
	if err == nil {
		books.Store(product, b)
	}
	return b, err
}

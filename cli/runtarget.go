package cli

import (
	"errors"
	"time"

	"patchtrace/client"
	"patchtrace/lab"
	"patchtrace/pipeline"
)

// runTarget is a place where stages can be run.
type runTarget struct {
	// name is how reports name it and under which its parameters are kept.
	name string
	// host runs the commands; nil when nothing can be run there, because of why.
	host pipeline.Host
	why  error
	// logs are the folders in which the logs are written.
	logs []string
	// list lists the logs; nil to look into the folders.
	list func() (*client.Target, error)
	// params are those that the target knows itself.
	params map[string]string
	// product is the playbook's id, "" to find it out, and productWhy the reason.
	product, productWhy string
	// track is what `run all` runs unless it is told, "" for the playbook's default.
	track string
	// label stands before everything that is told, such as "LAB"; it may be "".
	label string
	// facts returns what the target itself can be asked for; nil if nothing.
	facts func() (runFacts, error)
	// machine asks this computer for what its reports and the console show beside
	// logs; nil for other targets.
	machine func() client.Machine
	// lab is the lab that the target is, nil for others.
	lab *lab.Lab
	// keeps is false for a target whose parameters need not be kept.
	keeps bool
	// open opens its log folders; nil for the usual way.
	open opener
	// kept is where its parameters are kept, nil where nobody cares: they name the
	// package source and what else lies away from the logs.
	kept func() (client.Params, error)
	// askSite asks the client's site; nil for the usual way.
	askSite askSite
	// beside is what is known of its evidence beside the logs.
	beside beside
	// close lets go of the target; it may be nil.
	close func()
}

// runFacts are what a target says of itself.
type runFacts struct {
	// now is its clock, zone its time zone.
	now  time.Time
	zone *time.Location
	// lastScan is the Last Hardware Scan that its site holds, zero if none.
	lastScan time.Time
}

var (
	errCopied   = errors.New("this is a place of copied logs: run needs a client or a lab")
	errNoClient = client.ErrNoClient
)

// findRunTarget finds out what a name stands for. An empty one is this machine.
func findRunTarget(open func(string) (*client.Target, error), name string) (*runTarget, error) {
	if name != "" && name != client.ThisMachine {
		if lab.Is(name) {
			return labTarget(name)
		}
		t, err := open(name)
		if err != nil {
			return nil, openFailure(err)
		}
		r := &runTarget{name: name, why: errCopied, logs: []string{name}, open: open}
		if t.Still() { // what was read of it may be looked into later
			r.list = func() (*client.Target, error) { return t, nil }
			r.close = func() { _ = t.Close() } // it was only read
			return r, nil
		}
		_ = t.Close() // it is opened again for every report
		if host, ok := client.Computer(name); ok {
			r.host, r.why, r.logs, r.keeps = client.Remote{Host: host}, nil, t.Paths(), true
			r.list = func() (*client.Target, error) { // with what lies beside its log folders
				again, err := open(name)
				return again, openFailure(err)
			}
		}
		return r, nil
	}
	books, err := pipeline.All()
	if err != nil {
		return nil, err
	}
	host := client.Local{}
	t := &runTarget{
		name: client.ThisMachine, host: host, logs: host.LogFolders(books), keeps: true, open: open,
		machine: func() client.Machine { return host.Machine(books) },
	}
	if len(t.logs) == 0 {
		t.host, t.why = nil, errNoClient
	} else {
		t.params = host.Params()
	}
	return t, nil
}

// labTarget is a lab: it knows all its parameters, and its site can be asked.
func labTarget(name string) (*runTarget, error) {
	l, err := lab.Open(name)
	if err != nil {
		return nil, &Error{Op: "open lab", On: name, Err: err, Do: "make a new one: patchtrace lab init DIR"}
	}
	host := l.Host()
	return &runTarget{
		name: l.Name(), lab: l, label: "LAB", track: pipeline.AllTracks, host: host, logs: []string{l.Dir()}, params: l.Params(),
		product: l.Product(), productWhy: "the lab is one",
		facts: func() (runFacts, error) {
			f, err := labFacts(l, name)
			return runFacts{now: f.Now, zone: f.Zone, lastScan: f.LastHardwareScan}, err
		},
		close: func() {
			host.Close()
			_ = l.Close() // nothing is written through it any more
		},
	}, nil
}

// unusable says why nothing can be run on the target.
func (t *runTarget) unusable(stage string) error {
	return &Error{Op: "run " + stage + " on", On: t.name, Err: t.why, Do: "name a lab, or run it on the client itself"}
}

package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"time"
)

// Span is a duration that JSON spells as Go does: "3h30m0s".
type Span time.Duration

// MarshalText spells the duration.
func (s Span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads the duration.
func (s *Span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = Span(d)
	return err
}

// notice stands first in every file of state.
const notice = "LAB: part of a practice site of patchtrace; nothing here is real"

// config is lab.json: what this lab is.
type config struct {
	Lab     string `json:"lab"`
	ID      string `json:"id"`
	Product string `json:"product"`
	// Fault is the name of what was broken when the lab was made.
	Fault   string    `json:"fault,omitempty"`
	Created time.Time `json:"created"`
	// Ahead is how far the lab's clock is ahead of the real one: the time that
	// was waited for in the lab, and nowhere else.
	Ahead Span `json:"clockAhead"`
	// Ports are those of the servers, on the loopback.
	Ports map[string]int `json:"ports"`
	// ByHand is true when the servers are up only while `lab serve` runs.
	ByHand bool `json:"serversByHand"`
	// LogMaxSize is how large a log grows before it is rotated, in bytes.
	LogMaxSize int64 `json:"logMaxSize"`
}

// serversFile is servers.json: how the servers behave.
type serversFile struct {
	Lab string `json:"lab"`
	// Catalogue is the server of the catalogue's maker.
	Catalogue struct {
		Up bool `json:"up"`
		// Status is what it answers to every request; 0 means that it does its work.
		Status int `json:"status"`
		// CutAfter is how many bytes of a file it sends before it hangs up; 0 means
		// all of them.
		CutAfter int64 `json:"hangsUpAfterBytes"`
		// Stalls is true when it takes requests and never answers.
		Stalls bool `json:"stalls"`
	} `json:"catalogueServer"`
	Proxy struct {
		Up bool `json:"up"`
		// Login is true when it wants credentials, which nobody has.
		Login bool `json:"wantsLogin"`
	} `json:"proxy"`
	Site struct {
		Up bool `json:"up"`
		// DataLoader and DistributionManager are false when that thread is stopped.
		DataLoader          bool `json:"dataLoaderRuns"`
		DistributionManager bool `json:"distributionManagerRuns"`
		// MaxMIFSize is the largest inventory that the data loader takes, in bytes.
		MaxMIFSize int64 `json:"maxMIFSize"`
	} `json:"siteServer"`
	ManagementPoint struct {
		Up     bool `json:"up"`
		Status int  `json:"status"`
		// DropsReports is true when it restarts before it has written what it took.
		DropsReports bool `json:"dropsReports"`
		// MaxSkew is how far a client's clock may be off.
		MaxSkew Span `json:"maxClockSkew"`
	} `json:"managementPoint"`
}

// siteFile is site.json: what the site's database holds.
type siteFile struct {
	Lab    string `json:"lab"`
	Code   string `json:"code"`
	Server string `json:"server"`
	// Packages are those of the scan tools, by id.
	Packages map[string]*sitePackage `json:"packages"`
	// Clients are the machines that sent an inventory, by name.
	Clients map[string]*siteClient `json:"clients"`
}

type sitePackage struct {
	Name               string   `json:"name"`
	Version            int      `json:"version"`
	Source             string   `json:"source"`
	DistributionPoints []string `json:"distributionPoints"`
	// Due is true while a distribution point lacks what the source has.
	Due bool `json:"updateDue,omitempty"`
}

// siteClient is what Resource Explorer shows of a client.
type siteClient struct {
	// LastHardwareScan is when the site took the newest inventory, absent when it
	// never took one.
	LastHardwareScan *time.Time `json:"lastHardwareScan,omitempty"`
	ReportVersion    string     `json:"reportVersion,omitempty"`
	// ResyncRequested is true when the client was asked for a full report.
	ResyncRequested bool `json:"resyncRequested,omitempty"`
	// Patches is Win32_PatchState as the site knows it: status by key.
	Patches map[string]string `json:"patches,omitempty"`
	// Instances are those that the reports told of, property by property, by the
	// same key. A delta changes what it tells of, and leaves the rest.
	Instances map[string]map[string]string `json:"instances,omitempty"`
}

// load reads a file of state.
func (l *Lab) load(name string, into any) error {
	data, err := l.root.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read %s of the lab: %w", name, pathCause(err))
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read %s of the lab: %w", name, err)
	}
	return nil
}

// save writes a file of state, whole or not at all.
func (l *Lab) save(name string, from any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(from); err != nil {
		return fmt.Errorf("write %s of the lab: %w", name, err)
	}
	if err := l.replace(name, b.Bytes()); err != nil {
		return fmt.Errorf("write %s of the lab: %w", name, pathCause(err))
	}
	return nil
}

// replace puts a file into place under its name only when all of it is written.
func (l *Lab) replace(name string, data []byte) error {
	if err := l.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	next := name + fmt.Sprintf(".%d.new", os.Getpid())
	if err := l.root.WriteFile(next, data, 0o644); err != nil {
		return err
	}
	if err := l.root.Rename(next, name); err != nil {
		_ = l.root.Remove(next) // the error above is what matters
		return err
	}
	return nil
}

// change reads a file of state, lets f change it, and writes it.
func change[T any](l *Lab, name string, f func(*T)) error {
	unlock, err := l.lock(name)
	if err != nil {
		return err
	}
	defer unlock()
	v := new(T)
	if err := l.load(name, v); err != nil {
		return err
	}
	f(v)
	return l.save(name, v)
}

// pathCause drops the operation and path that errors of files repeat.
func pathCause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Products that a lab can be of.
const (
	SMS2    = "sms2"
	SMS2003 = "sms2003"
)

// ErrNoLab says that a folder is no lab.
var ErrNoLab = errors.New("no lab")

// Options say what kind of lab to make.
type Options struct {
	// Fault is the name of what to break, "" for nothing.
	Fault string
	// Product is SMS2003 or SMS2; "" stands for SMS2003.
	Product string
	// Clock is the real time; nil means that of this machine.
	Clock func() time.Time
}

// Lab is a practice site and client in a folder. It may be used by several
// goroutines and by several processes.
type Lab struct {
	dir  string
	root *os.Root
	real func() time.Time

	mu  sync.Mutex
	cfg config
}

// Is tells whether a folder is a lab.
func Is(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, fileLab))
	return err == nil && info.Mode().IsRegular()
}

// Open opens the lab in a folder. The error wraps ErrNoLab when there is none.
func Open(dir string) (*Lab, error) { return open(dir, nil) }

func open(dir string, clock func() time.Time) (*Lab, error) {
	full, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(full)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w: no such folder", dir, ErrNoLab)
	}
	if err != nil {
		return nil, err
	}
	if clock == nil {
		clock = time.Now
	}
	l := &Lab{dir: full, root: root, real: clock}
	if err := l.reload(); err != nil {
		_ = root.Close() // it was only read
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w: it has no %s", dir, ErrNoLab, fileLab)
		}
		return nil, err
	}
	if p := l.config().Product; p != SMS2003 && p != SMS2 {
		_ = root.Close() // it was only read
		return nil, fmt.Errorf("%s: %s says product %q; want %s or %s", dir, fileLab, p, SMS2003, SMS2)
	}
	return l, nil
}

// Close lets go of the folder.
func (l *Lab) Close() error { return l.root.Close() }

// Dir is the lab's folder.
func (l *Lab) Dir() string { return l.dir }

// Name labels the lab where a target is named.
func (l *Lab) Name() string {
	name := l.Label()
	if fault := l.config().Fault; fault != "" {
		name += " · fault " + fault
	}
	return name
}

// Product is the playbook that the lab is of.
func (l *Lab) Product() string { return l.config().Product }

// Fault is the name of what was broken when the lab was made, "" for nothing.
func (l *Lab) Fault() string { return l.config().Fault }

// Facts are what a diagnosis of the lab is to know beside its logs.
type Facts struct {
	// Now is the client's clock.
	Now time.Time
	// Zone is the client's.
	Zone *time.Location
	// LastHardwareScan is what the site holds for the client, zero if nothing.
	LastHardwareScan time.Time
}

// Facts asks the client for the time and the site for Last Hardware Scan.
func (l *Lab) Facts() (Facts, error) {
	var f Facts
	if err := l.reload(); err != nil {
		return f, err
	}
	m, err := l.machine()
	if err != nil {
		return f, err
	}
	if f.Now, err = l.clientTime(m); err != nil {
		return f, err
	}
	f.Zone = f.Now.Location()
	var s siteFile
	_ = l.load(fileSite, &s) // a site without a database knows nothing
	if c := s.Clients[m.Name]; c != nil && c.LastHardwareScan != nil {
		f.LastHardwareScan = *c.LastHardwareScan
	}
	return f, nil
}

// Params are the values that the commands of the playbook need here.
func (l *Lab) Params() map[string]string {
	p := map[string]string{
		"site": siteServer, "code": siteCode, "synchost": clientName, "share": "SMSTools", "path": "Tools",
		"package": securityPackage, "officepackage": officePackage,
		"dp": uncDistributionPoint(securityPackage), "officedp": uncDistributionPoint(officePackage),
		"content": l.content(), "switches": "/g:0", "client": clientName,
	}
	return p
}

// ServeByHand says whether the servers are up only while somebody serves them.
func (l *Lab) ServeByHand(on bool) error {
	if err := change(l, fileLab, func(c *config) { c.ByHand = on }); err != nil {
		return err
	}
	return l.reload()
}

// content is the folder of the update package on the client.
func (l *Lab) content() string {
	if l.Product() == SMS2 {
		return uncDistributionPoint(updatePackage)
	}
	return `%windir%\System32\CCM\Cache\` + updatePackage + `.1.System`
}

// LogFolder is the folder of the client's logs, below the lab's.
func (l *Lab) LogFolder() string { return l.dirLogs() }

func (l *Lab) dirLogs() string {
	if l.Product() == SMS2 {
		return dirMSSMS + "/Logs"
	}
	return dirCCM + "/Logs"
}

func (l *Lab) config() config {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cfg
}

// reload reads lab.json again: another process may have changed it.
func (l *Lab) reload() error {
	var c config
	if err := l.load(fileLab, &c); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cfg = c
	return nil
}

func (l *Lab) machine() (*machine, error) {
	m := new(machine)
	if err := l.load(fileMachine, m); err != nil {
		return nil, err
	}
	return m, nil
}

// lock keeps other processes from changing a file of state meanwhile.
func (l *Lab) lock(name string) (unlock func(), err error) {
	if err := l.root.MkdirAll(dirExitCodes, 0o755); err != nil {
		return nil, pathCause(err)
	}
	f, err := l.root.OpenFile(dirExitCodes+"/"+name+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, pathCause(err)
	}
	if err := lockFile(f); err != nil {
		_ = f.Close() // the error above is what matters
		return nil, fmt.Errorf("lock %s of the lab: %w", name, err)
	}
	return func() { _ = f.Close() }, nil // nothing was written through it
}

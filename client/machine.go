package client

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"patchtrace/pipeline"
)

// Machine is what this computer says of its client and of itself, beside logs and
// WMI. What it could not be asked for is empty.
type Machine struct {
	// Name is the computer's, Windows its version.
	Name, Windows string
	// Version is the client's, Site the code of the site that it belongs to.
	Version, Site string
	// Folders are those with the client's logs, and LeftOut others that hold logs of
	// a client but are not those in use.
	Folders, LeftOut []string
	// NamedFolder is where the registry says that the logs are, "" if it does not.
	NamedFolder string
	// Services are those that a client needs and that are installed.
	Services []Service
	// Restart says what waits for a restart, one entry for each place that tells.
	Restart []string
	// Clock is its time, in its zone, and Zone that zone's name.
	Clock time.Time
	Zone  string
	// Elevated is true when this program runs with an administrator's rights, or
	// when the system does not tell the difference.
	Elevated bool
	// Problems are places that could not be read.
	Problems []string
}

// Service is a Windows service.
type Service struct {
	Name, Title string
	// State is "running", "stopped", "starting", "stopping", "paused"; Disabled is
	// true when it cannot be started.
	State    string
	Disabled bool
}

// registry reads the registry of this machine. Tests replace it.
type registry interface {
	// value returns a value as text; several texts are joined by line ends. ok is
	// false when there is none. An error says why it could not be read.
	value(key regKey, name string) (text string, ok bool, err error)
	// exists tells whether there is such a key.
	exists(key regKey) bool
}

// regKey is a key below HKEY_LOCAL_MACHINE: as 64-bit programs see it, or as those
// of 32 bits do, which clients before Configuration Manager 2012 are.
type regKey struct {
	path  string
	wow32 bool
}

const (
	loggingKey = `SOFTWARE\Microsoft\CCM\Logging\@GLOBAL`
	mobileKey  = `SOFTWARE\Microsoft\SMS\Mobile Client`
)

// views are a key as both kinds of programs see it.
func views(path string) [2]regKey { return [2]regKey{{path, false}, {path, true}} }

// inViews is the first value of that name in either view.
func inViews(r registry, path, name string) (text string, ok bool, err error) {
	for _, key := range views(path) {
		text, ok, e := r.value(key, name)
		if ok && text != "" {
			return text, true, nil
		}
		if e != nil && err == nil {
			err = fmt.Errorf(`HKLM\%s %s: %w`, path, name, e)
		}
	}
	return "", false, err
}

// services are the services that a client needs, with their titles. Not every client
// has all of them.
var services = []Service{
	{Name: "CcmExec", Title: "SMS Agent Host"},
	{Name: "Clisvc", Title: "SMS Client Service"},
	{Name: "wuauserv", Title: "Windows Update"},
	{Name: "BITS", Title: "Background Intelligent Transfer Service"},
	{Name: "Winmgmt", Title: "Windows Management Instrumentation"},
}

// restarts are places in the registry that tell of a restart that is waited for. A
// place without a value's name tells by being there.
var restarts = []struct{ key, value, what string }{
	{`SYSTEM\CurrentControlSet\Control\Session Manager`, "PendingFileRenameOperations", "files are to be replaced at the next start"},
	{`SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`, "", "Windows servicing waits for a restart"},
	{`SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired`, "", "Windows Update waits for a restart"},
	{`SOFTWARE\Microsoft\SMS\Mobile Client\Reboot Management\RebootData`, "", "the client waits for a restart"},
	{`SOFTWARE\Microsoft\Updates`, "UpdateExeVolatile", "an update's installer waits for a restart"},
}

// Machine asks this computer. It takes no longer than reading some hundred values.
func (l Local) Machine(books []*pipeline.Playbook) Machine {
	m := Machine{Clock: time.Now(), Elevated: elevated()}
	m.Name, _ = os.Hostname() // without one there is none
	m.Zone, m.Windows = zoneName(), windowsVersion()
	r := l.registry()
	m.Folders, m.LeftOut = l.logFolders(books)
	note := func(text string, _ bool, err error) string {
		if err != nil {
			m.Problems = append(m.Problems, err.Error())
		}
		return text
	}
	m.NamedFolder = note(inViews(r, loggingKey, "LogDirectory"))
	m.Version = note(inViews(r, mobileKey, "SmsClientVersion"))
	m.Site = note(inViews(r, mobileKey, "AssignedSiteCode"))
	for _, s := range services {
		if realService(&s) {
			m.Services = append(m.Services, s)
		}
	}
	m.Restart = pendingRestarts(r)
	return m
}

func pendingRestarts(r registry) []string {
	var found []string
	for _, p := range restarts {
		for _, key := range views(p.key) {
			told := r.exists(key)
			if p.value != "" {
				text, ok, _ := r.value(key, p.value) // what cannot be read does not tell
				told = ok && strings.Trim(text, "\n") != "" && text != "0"
			}
			if told {
				found = append(found, p.what)
				break
			}
		}
	}
	return found
}

// Notes puts what the computer says into sentences, for reports.
func (m *Machine) Notes() []string {
	var notes []string
	say := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if m.Version != "" {
		say("client version %s%s", m.Version, of(" of site %s", m.Site))
	}
	if m.NamedFolder != "" && !slices.ContainsFunc(m.Folders, func(f string) bool { return sameFolderName(f, m.NamedFolder) }) {
		say("the registry names %s as the log folder, which holds no logs", m.NamedFolder)
	}
	for _, dir := range m.LeftOut {
		say("%s holds logs of a client too, but is not the folder in use: name it to look into it", dir)
	}
	var stopped, running []string
	for _, s := range m.Services {
		switch {
		case s.Disabled:
			stopped = append(stopped, s.Name+" ("+s.Title+") is disabled")
		case s.State != "running":
			stopped = append(stopped, s.Name+" ("+s.Title+") is "+s.State)
		default:
			running = append(running, s.Name)
		}
	}
	if len(running) > 0 {
		stopped = append(stopped, "running: "+strings.Join(running, ", "))
	}
	if len(stopped) > 0 {
		say("services: %s", strings.Join(stopped, "; "))
	}
	for _, what := range m.Restart {
		say("restart pending: %s", what)
	}
	if m.Windows != "" {
		say("%s runs Windows %s; its clock shows %s%s", m.Name, m.Windows, m.Clock.Format("2006-01-02 15:04:05 -07:00"), of(" (%s)", m.Zone))
	}
	if !m.Elevated {
		say("this program runs without an administrator's rights: some logs, WMI and the stages' programs may refuse it")
	}
	for _, p := range m.Problems {
		say("not readable: %s", p)
	}
	return notes
}

// of formats a text, and is "" for an empty one.
func of(format, text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf(format, text)
}

// ownFolder matches folders that only a client has: not %windir%, which has logs
// on every machine.
var ownFolder = regexp.MustCompile(`(?i)[\\/](CCM|SMS_CCM|SMS)[\\/]Logs$`)

// onManagementPoint are folders of a client that is a management point too, below
// wherever programs are.
var onManagementPoint = []string{`%ProgramFiles%\SMS_CCM\Logs`, `%SystemDrive%\SMS_CCM\Logs`}

// LogFolders returns the folders of this machine in which its client writes its
// logs. None means that there is no client. The folder that the registry names goes
// before all others: those may be left of an older client. Without it they are
// those of the playbooks, in the order of the playbooks.
func (l Local) LogFolders(books []*pipeline.Playbook) []string {
	in, _ := l.logFolders(books)
	return in
}

// logFolders are the folders in use, and others with a client's logs.
func (l Local) logFolders(books []*pipeline.Playbook) (in, leftOut []string) {
	var named, known []string
	for _, key := range views(loggingKey) {
		text, ok, _ := l.registry().value(key, "LogDirectory") // Machine tells why
		if dir, err := l.expand(text); ok && text != "" && err == nil {
			named = l.addFolder(named, dir)
		}
	}
	for _, book := range books {
		for _, ref := range book.Logs() {
			if ref.Side == pipeline.SideServer {
				continue
			}
			for _, folder := range ref.Folders {
				if dir, err := l.expand(folder); err == nil && ownFolder.MatchString(dir) {
					known = l.addFolder(known, dir)
				}
			}
		}
	}
	for _, folder := range onManagementPoint {
		if dir, err := l.expand(folder); err == nil {
			known = l.addFolder(known, dir)
		}
	}
	if len(named) == 0 {
		return known, nil
	}
	for _, dir := range known {
		if !slices.ContainsFunc(named, func(n string) bool { return sameFolderName(n, dir) }) {
			leftOut = append(leftOut, dir)
		}
	}
	return named, leftOut
}

// addFolder adds a folder that holds logs, once.
func (l Local) addFolder(list []string, dir string) []string {
	dir = filepath.Clean(dir)
	if slices.ContainsFunc(list, func(f string) bool { return sameFolderName(f, dir) }) || !thisMachine.holdsLogs(dir) {
		return list
	}
	return append(list, dir)
}

func sameFolderName(a, b string) bool {
	return strings.EqualFold(filepath.Clean(a), filepath.Clean(b))
}

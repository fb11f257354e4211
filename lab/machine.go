package lab

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"patchtrace/lab/practice"
)

// machine is machine.json: the client.
type machine struct {
	Lab  string `json:"lab"`
	Name string `json:"name"`
	// Site is the code of the site that the client is assigned to.
	Site string `json:"site"`
	// Zone is the client's distance from UTC, "-05:00", or the name of a zone.
	Zone string `json:"zone"`
	// ClockOffset is how far the client's clock is ahead of the true time.
	ClockOffset Span `json:"clockOffset"`
	// LoggedOn is who is logged on, "" for nobody.
	LoggedOn string `json:"userLoggedOn"`
	// Administrator is true when programs run with administrative rights.
	Administrator bool `json:"administrator"`
	// DiskFree is how many bytes fit on drive C:.
	DiskFree int64 `json:"diskFree"`
	// RestartPending is true while files wait to be renamed at the next start.
	RestartPending bool `json:"restartPending"`
	// InstallerBusy is true while another installation runs.
	InstallerBusy bool `json:"installerBusy"`
	// Proxy is the host name of the proxy that programs go through, "" for none.
	Proxy     string          `json:"proxy"`
	Inventory inventoryPolicy `json:"inventoryPolicy"`
	// Programs are the advertised ones, by advertisement.
	Programs map[string]*advertised `json:"advertisedPrograms"`
	// Hangs are programs that do not come back.
	Hangs []string `json:"programsThatHang,omitempty"`
	// InUse are files that another program keeps to itself.
	InUse []string `json:"filesInUse,omitempty"`
	// Standby is how long the machine is off after a program, by that of its file.
	Standby map[string]Span `json:"standbyAfter,omitempty"`
	// ServicePacks are the products by name, with their service packs.
	ServicePacks map[string]string `json:"products"`
	// Files are versions by path.
	Files map[string]string `json:"fileVersions"`
	// Installed are the patches that were installed here, with the time.
	Installed map[string]time.Time `json:"installedPatches"`
}

// inventoryPolicy is what the site tells the client about hardware inventory.
type inventoryPolicy struct {
	// Hardware is false when the agent is switched off.
	Hardware bool `json:"hardwareInventory"`
	// OnDemand is false when only the schedule starts a cycle.
	OnDemand bool `json:"onDemand"`
	// Every is the interval of the schedule.
	Every Span `json:"every"`
	// Running is true while an earlier cycle has not ended.
	Running bool `json:"cycleInQueue"`
}

// advertised is a program that the site advertises to the client.
type advertised struct {
	Name    string `json:"program"`
	Package string `json:"package"`
	// Recurs is false when the schedule has one start only.
	Recurs  bool       `json:"recurs"`
	LastRun *time.Time `json:"lastRun,omitempty"`
}

// advertisements are the programs of the practice site.
func advertisements() map[string]*advertised {
	return map[string]*advertised{
		"LAB20001": {Name: "Security Update Sync", Package: securityPackage, Recurs: true},
		"LAB20002": {Name: "Office Update Sync", Package: officePackage, Recurs: true},
		"LAB20003": {Name: "Security Update Scan", Package: securityPackage, Recurs: true},
		"LAB20004": {Name: "Office Update Scan", Package: officePackage, Recurs: true},
		"LAB20005": {Name: "Install authorized updates", Package: updatePackage, Recurs: true},
	}
}

// practiceMachine is the client before anything was broken. It lacks some of the
// patches of the practice catalogue and has others.
func practiceMachine() *machine {
	return &machine{
		Lab: notice, Name: clientName, Site: siteCode, Zone: "-05:00",
		LoggedOn: `LAB\operator`, Administrator: true, DiskFree: 3 << 30,
		Inventory: inventoryPolicy{Hardware: true, OnDemand: true, Every: Span(7 * 24 * time.Hour)},
		Programs:  advertisements(),
		ServicePacks: map[string]string{
			practice.XP: practice.XPSP2, practice.IE: practice.IESP1,
			practice.Player: practice.PlayerGold, practice.Office2003: practice.Office2003SP2,
		},
		Files: map[string]string{
			`%windir%\system32\spoolsv.exe`:                        "5.1.2600.2696",
			`%windir%\system32\gdi32.dll`:                          "5.1.2600.2818",
			`%windir%\system32\mshtml.dll`:                         "6.0.2900.3020",
			`%windir%\system32\wmp.dll`:                            "10.0.0.4054",
			`%windir%\hh.exe`:                                      "5.2.3790.2744",
			`%programfiles%\Microsoft Office\OFFICE11\winword.exe`: "11.0.8026.0",
			`%programfiles%\Microsoft Office\OFFICE11\excel.exe`:   "11.0.8026.0",
			`%programfiles%\Microsoft Office\OFFICE11\outlook.exe`: "11.0.8118.0",
		},
		Installed: map[string]time.Time{},
	}
}

// ServicePack returns the service pack of a product that the machine has.
func (m *machine) ServicePack(product string) (string, bool) {
	pack, ok := m.ServicePacks[product]
	return pack, ok
}

// Version returns a file's version, "" when the machine lacks the file.
func (m *machine) Version(file string) string {
	for path, version := range m.Files {
		if strings.EqualFold(path, file) {
			return version
		}
	}
	return ""
}

// setVersion replaces a file.
func (m *machine) setVersion(file, version string) {
	for path := range m.Files {
		if strings.EqualFold(path, file) {
			m.Files[path] = version
			return
		}
	}
	m.Files[file] = version
}

// hangs tells whether a program does not come back.
func (m *machine) hangs(program string) bool {
	return slices.ContainsFunc(m.Hangs, func(name string) bool { return strings.EqualFold(name, program) })
}

// location returns the machine's zone.
func (m *machine) location() (*time.Location, error) {
	if t, err := time.Parse("-07:00", m.Zone); err == nil {
		_, seconds := t.Zone()
		return time.FixedZone("", seconds), nil
	}
	if m.Zone == "" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(m.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone %q of machine.json: %w", m.Zone, err)
	}
	return loc, nil
}

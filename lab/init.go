package lab

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"patchtrace/diagnose/evidence/cab"
	"patchtrace/diagnose/evidence/mof"
	"patchtrace/lab/logfile"
	"patchtrace/lab/practice"
)

// ErrNotEmpty says that a folder holds something, and is not overwritten.
var ErrNotEmpty = errors.New("the folder is not empty")

// ErrFault says that there is no fault of that name for the product.
var ErrFault = errors.New("no such fault")

// Init makes a lab in a folder, which must be empty or not there. Its parts are
// made before lab.json is: a folder with that file is whole.
func Init(dir string, opt Options) (*Lab, error) {
	if opt.Product == "" {
		opt.Product = SMS2003
	}
	if opt.Product != SMS2003 && opt.Product != SMS2 {
		return nil, fmt.Errorf("make a lab of product %q: want %s or %s", opt.Product, SMS2003, SMS2)
	}
	var broken *fault
	if opt.Fault != "" {
		if broken = findFault(opt.Fault); broken == nil || broken.rule(opt.Product) == "" {
			return nil, fmt.Errorf("%s in %s: %w", opt.Fault, opt.Product, ErrFault)
		}
	}
	full, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := emptyFolder(full); err != nil {
		return nil, fmt.Errorf("make a lab in %s: %w", dir, err)
	}
	root, err := os.OpenRoot(full)
	if err != nil {
		return nil, err
	}
	l := &Lab{dir: full, root: root, real: opt.Clock}
	if l.real == nil {
		l.real = time.Now
	}
	l.cfg = config{
		Lab: notice, ID: guid(), Product: opt.Product, Fault: opt.Fault, Created: l.real().UTC().Truncate(time.Second),
		Ports: map[string]int{}, LogMaxSize: 64 << 10,
	}
	if err := l.build(broken); err != nil {
		_ = root.Close() // the error above is what matters
		return nil, fmt.Errorf("make a lab in %s: %w", dir, err)
	}
	return l, nil
}

func emptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return os.MkdirAll(dir, 0o755)
	case err != nil:
		return pathCause(err)
	case Is(dir):
		return fmt.Errorf("%w: it is a lab already", ErrNotEmpty)
	case len(entries) > 0:
		return ErrNotEmpty
	}
	return nil
}

// builder collects what a lab is made of, and the first error.
type builder struct {
	*Lab
	now time.Time
	// edition is what the catalogue's maker publishes.
	edition practice.Edition
	// inventoried is how long before now the client's inventory reached the site,
	// 0 for never.
	inventoried time.Duration
	signer      *signer
	err         error
}

func (l *Lab) build(broken *fault) error {
	b := &builder{Lab: l, now: l.real(), inventoried: lastInventory}
	b.edition = practice.Current(b.now)
	if broken != nil && broken.before != nil {
		broken.before(b)
	}
	b.state()
	b.folders()
	b.internet()
	b.tools()
	b.updates()
	b.repository()
	if broken != nil && broken.past != nil {
		broken.past(b)
	}
	b.history()
	if b.err == nil && broken != nil && broken.after != nil {
		broken.after(b)
	}
	b.text("README.md", readme)
	if b.err == nil {
		b.err = l.save(fileLab, l.config())
	}
	return b.err
}

func (b *builder) try(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *builder) put(name string, data []byte, at time.Time) {
	if b.err != nil {
		return
	}
	b.try(b.root.MkdirAll(path.Dir(name), 0o755))
	b.try(b.root.WriteFile(name, data, 0o644))
	b.try(b.root.Chtimes(name, at, at))
}

func (b *builder) text(name, text string) { b.put(name, []byte(text), b.now) }

func (b *builder) json(name string, v any) {
	data, err := json.MarshalIndent(v, "", "  ")
	b.try(err)
	b.put(name, append(data, '\n'), b.now)
}

func (b *builder) folders() {
	for _, dir := range []string{b.dirLogs(), dirSiteLogs, dirMPLogs, dirMPOutbox, dirInbox, dirBadMIFs, dirTemp, dirVPCache, dirExitCodes, dirQueue} {
		b.try(b.root.MkdirAll(dir, 0o755))
	}
	box, err := below(uncAccessPoint())
	b.try(err)
	b.try(b.root.MkdirAll(box, 0o755))
}

// lastInventory is when the client's inventory reached the site before the lab
// began.
const lastInventory = 6*24*time.Hour + 37*time.Minute

// state writes the files that say how machine, servers and site are.
func (b *builder) state() {
	b.try(b.save(fileMachine, practiceMachine()))
	servers := &serversFile{Lab: notice}
	servers.Catalogue.Up, servers.Proxy.Up, servers.Site.Up, servers.ManagementPoint.Up = true, true, true, true
	servers.Site.DataLoader, servers.Site.DistributionManager, servers.Site.MaxMIFSize = true, true, 5_000_000
	servers.ManagementPoint.MaxSkew = Span(time.Hour)
	b.try(b.save(fileServers, servers))
	b.try(b.save(fileSite, &siteFile{
		Lab: notice, Code: siteCode, Server: siteServer,
		Packages: map[string]*sitePackage{
			securityPackage: {Name: "Security Update Inventory Tool", Version: 1, Source: uncPackageSource(trackSecurity), DistributionPoints: []string{uncDistributionPoint(securityPackage)}},
			officePackage:   {Name: "Office Update Inventory Tool", Version: 1, Source: uncPackageSource(trackOffice), DistributionPoints: []string{uncDistributionPoint(officePackage)}},
		},
		Clients: b.known(),
	}))
	b.text(fileHosts, hosts())
}

// known are the clients in the site's database.
func (b *builder) known() map[string]*siteClient {
	if b.inventoried == 0 {
		return map[string]*siteClient{}
	}
	at := b.now.Add(-b.inventoried).UTC().Truncate(time.Second)
	return map[string]*siteClient{clientName: {LastHardwareScan: &at, ReportVersion: "1.0"}}
}

// hosts is what the client knows of names. Only the loopback may stand in it.
func hosts() string {
	var t strings.Builder
	t.WriteString("# LAB: the names that the practice programs know. Only the loopback is ever reached.\r\n")
	for _, name := range []string{catalogueHost, proxyHost, siteServer, mpServer, dpServer, capServer} {
		fmt.Fprintf(&t, "127.0.0.1       %s\r\n", name)
	}
	return t.String()
}

// internet publishes the catalogues.
func (b *builder) internet() {
	var err error
	if b.signer, err = newSigner(b.now); err != nil {
		b.try(err)
		return
	}
	b.put(dirRoots+"/lab-catalogue.pem", b.signer.root(), b.now)
	for _, track := range []string{trackSecurity, trackOffice} {
		b.publish(published(track), track, b.edition)
	}
}

// published is the cabinet of a track on its maker's server.
func published(track string) string { return path.Join(dirInternet, track, langUS, cabName) }

// publish makes a signed cabinet of an edition.
func (b *builder) publish(name, track string, e practice.Edition) {
	var text bytes.Buffer
	b.try(practice.Write(&text, practice.Catalogue(practice.Track(track), e)))
	data, err := cab.Signed(cab.MSZIP, b.signer.sign, cab.Entry{Name: xmlName, Modified: e.Updated, Data: text.Bytes()})
	b.try(err)
	b.put(name, data, e.Updated)
}

// tools puts the scan tools into package source, distribution point and cache.
func (b *builder) tools() {
	for _, track := range []string{trackSecurity, trackOffice} {
		pkg := packageOf(track)
		source, err := below(uncPackageSource(track))
		b.try(err)
		dp, err := below(uncDistributionPoint(pkg))
		b.try(err)
		for _, dir := range []string{source, dp, path.Join(dirVPCache, pkg)} {
			for _, name := range []string{"SyncXML.exe", b.scanTool(track)} {
				b.json(path.Join(dir, name), practiceProgram{notice, name, toolVersion})
			}
			b.json(path.Join(dir, engineName), practiceProgram{notice, engineName, "3.90"})
			b.text(path.Join(dir, classFile), patchStateMOF)
		}
	}
	if b.Product() == SMS2 {
		b.json(dirMSSMS+"/CORE/BIN/cliutils.exe", practiceProgram{notice, "cliutils.exe", toolVersion})
	}
}

func (b *builder) scanTool(track string) string {
	switch {
	case b.Product() == SMS2003:
		return "ScanWrapper.exe"
	case track == trackOffice:
		return "o_scan.exe"
	}
	return "s_scan.exe"
}

// contentDir is the folder of the update package, below the root.
func (b *builder) contentDir() string {
	dir, err := below(b.content())
	b.try(err)
	return dir
}

// updates makes the update package: what the wizard would have made of the
// updates that clients reported.
func (b *builder) updates() {
	dir := b.contentDir()
	list := patchAuthorize{Lab: notice}
	wall := b.now.In(siteZone).Add(-3 * time.Hour).Format("2006-01-02T15:04:05")
	m := practiceMachine()
	for _, track := range []practice.Track{practice.Security, practice.Office} {
		cat := practice.Catalogue(track, practice.Current(b.now))
		for _, res := range practice.Scan(cat, m) {
			if res.State != practice.Applicable {
				continue
			}
			q := res.Patch.SQNumber
			list.Patches = append(list.Patches, authorizedPatch{
				ID: res.Bulletin.BulletinID, QNumbers: strings.TrimPrefix(q, "Q"), Product: res.Product,
				File: res.Patch.PatchName, Switches: "/q /z", Authorized: wall,
			})
			patch := practicePatch{Lab: notice, Patch: q, Size: 4 << 20, Files: map[string]string{}}
			for _, f := range practice.FilesOf(cat, res.Patch) {
				patch.Files[f.Path()] = f.Version
			}
			b.json(path.Join(dir, res.Patch.PatchName), patch)
		}
	}
	text, err := xml.MarshalIndent(list, "", "  ")
	b.try(err)
	b.put(path.Join(dir, authorizeName), append([]byte(xml.Header), append(text, '\n')...), b.now)
	b.json(path.Join(dir, "patchinstall.exe"), practiceProgram{notice, "patchinstall.exe", toolVersion})
}

// repository makes the client's WMI as the last inventory left it. There has
// been no scan yet: the class of its results is not there.
func (b *builder) repository() {
	b.text("wmi/root/cimv2/README.md", "LAB: a file here is a WMI class of namespace root\\cimv2 with its instances. The scan makes Win32_PatchState.mof.\n")
	if b.inventoried == 0 {
		b.text("wmi/root/ccm/invagt/"+classActionStatus+".mof", actionStatusMOF)
		b.text("wmi/root/ccm/invagt/"+classHistory+".mof", historyMOF)
		return
	}
	at := b.now.Add(-b.inventoried)
	status := mof.Instance{Class: classActionStatus}
	status.Set("InventoryActionID", actionHardware)
	status.Set("LastCycleStartedDate", mof.Time(at.In(siteZone)))
	status.SetNumber("LastMajorReportVersion", 1)
	status.SetNumber("LastMinorReportVersion", 0)
	status.Set("LastReportDate", mof.Time(at.In(siteZone)))
	b.text("wmi/root/ccm/invagt/"+classActionStatus+".mof", actionStatusMOF+"\n"+status.String())
	b.text("wmi/root/ccm/invagt/"+classHistory+".mof", historyMOF)
}

// pastDays is how many days the client's logs go back.
const pastDays = 9

// history writes what the client did on the days before: heartbeats every day,
// one hardware inventory, and no update yet.
func (b *builder) history() {
	inventory := b.now.Add(-b.inventoried)
	for day := pastDays; day > 0; day-- {
		at := b.now.Add(-time.Duration(day)*24*time.Hour - 11*time.Minute)
		if b.inventoried > 0 && inventory.Before(at) && at.Sub(inventory) < 24*time.Hour {
			b.inventoryAt(inventory)
		}
		b.past(at)
	}
}

// pastLog is a log of the client, for lines of the past.
func (b *builder) pastLog(name, component string) *logger {
	l := &logger{disk: &disk{root: b.root, free: 1 << 40}, file: b.dirLogs() + "/" + name, component: component, max: b.config().LogMaxSize}
	if b.Product() == SMS2 {
		l.format = logfile.Client2
	}
	return l
}

func (b *builder) past(at time.Time) {
	if b.Product() == SMS2 {
		log := b.pastLog("Smsapm32.log", "APM")
		log.at(at.In(siteZone), logfile.Info, "SCHED DATA  : No program is due~")
		b.try(log.err)
		return
	}
	log := b.pastLog("InventoryAgent.log", "InventoryAgent")
	b.lines(log, at,
		"Inventory: Message type is InventoryAction",
		"Inventory: Opening store for action {00000000-0000-0000-0000-000000000003} ...",
		"Inventory: Action=Discovery ReportType=Full",
		"Inventory: Successfully sent report. Destination:mp:MP_DdrEndpoint, ID: "+guid()+", Timeout: 10080 minutes MsgMode: Signed, Not Encrypted",
		"Inventory: ************************ End of message processing. ************************")
	b.lines(b.pastLog("execmgr.log", "execmgr"), at.Add(time.Minute), "Policy is updated, no program is due")
}

func (b *builder) lines(log *logger, at time.Time, messages ...string) {
	for i, m := range messages {
		log.at(at.In(siteZone).Add(time.Duration(i)*170*time.Millisecond), logfile.Info, m)
	}
	b.try(log.err)
}

// inventoryAt writes a hardware inventory of the past.
func (b *builder) inventoryAt(at time.Time) {
	if b.Product() == SMS2 {
		log := b.pastLog("Hinv32.log", agentName)
		b.lines(log, at.Add(-time.Second),
			agentName+" cycle started ..... !", "CLASS - Process Class: Win32_OperatingSystem",
			agentName+" completed in 00 hours, 00 mins, 01 secs !")
		b.lines(b.pastLog("Cqmgr32.log", "CQMGR32"), at, "Starting Copy Cycle no. 1",
			`-Servicing Destination[CAP List for site LAB,inventry.box\]`, "Copy cycle finished normally")
		return
	}
	b.lines(b.pastLog("InventoryAgent.log", "InventoryAgent"), at.Add(-time.Second),
		"Inventory: Message type is InventoryAction",
		"Inventory: Opening store for action "+actionHardware+" ...",
		"Inventory: Action=Hardware ReportType=Full",
		"Inventory: Successfully sent report. Destination:"+mpHinv+", ID: "+guid()+", Timeout: 10080 minutes MsgMode: Signed, Not Encrypted",
		"Inventory: ************************ End of message processing. ************************")
}

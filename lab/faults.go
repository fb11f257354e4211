package lab

import (
	"bytes"
	"path"
	"strings"
	"time"

	"patchtrace/lab/practice"
)

// faults are all that can be broken, in the order of the stages.
var faults = slicesOf(syncFaults, scanFaults, inventoryFaults, installFaults)

func slicesOf(lists ...[]fault) []fault {
	var all []fault
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

var syncFaults = []fault{
	{
		name: "proxy-login", stage: "sync", cause: "the proxy asks for a login that the account running the sync does not have",
		sms2003: "sync.security-proxy-login", sms2: "sync.security-proxy-login",
		after: func(b *builder) {
			onMachine(func(m *machine) { m.Proxy = proxyHost })(b)
			onServers(func(s *serversFile) { s.Proxy.Login = true })(b)
		},
	},
	{
		name: "server-gone", stage: "sync", cause: "the download server is down",
		sms2003: "sync.security-cannot-connect", sms2: "sync.security-cannot-connect",
		after: onServers(func(s *serversFile) { s.Catalogue.Up = false }),
	},
	{
		name: "server-silent", stage: "sync", cause: "the download server takes the request and never answers",
		sms2003: "sync.security-download-timeout", sms2: "sync.security-download-timeout",
		after: onServers(func(s *serversFile) { s.Catalogue.Stalls = true }),
	},
	{
		name: "dns", stage: "sync", cause: "the name of the download server is not known on the sync host",
		sms2003: "sync.security-name-not-resolved", sms2: "sync.security-name-not-resolved",
		after: forget(catalogueHost),
	},
	{
		name: "nobody-logged-on", stage: "sync", cause: "nobody is logged on at the sync host, and the sync runs only then",
		sms2003: "sync.security-nobody-logged-on", sms2: "sync.security-nobody-logged-on",
		after: onMachine(func(m *machine) { m.LoggedOn = "" }),
	},
	{
		name: "connection-cut", stage: "sync", cause: "the connection breaks in the middle of the download",
		sms2003: "sync.security-connection-broken", sms2: "sync.security-connection-broken",
		after: onServers(func(s *serversFile) { s.Catalogue.CutAfter = 700 }),
	},
	{
		name: "cab-cut", stage: "sync", cause: "the cabinet on the download server is cut",
		sms2003: "sync.security-catalogue-damaged", sms2: "sync.security-catalogue-damaged",
		after: cut(published(trackSecurity)),
	},
	{
		name: "cab-not-found", stage: "sync", cause: "the Office catalogue is not at its address any more",
		sms2003: "sync.office-download-not-found", sms2: "sync.office-download-not-found",
		after: without(published(trackOffice)),
	},
	{
		name: "cab-older", stage: "sync", cause: "the download server offers an older catalogue than the client has",
		sms2003: "sync.security-catalogue-older", sms2: "sync.security-catalogue-older",
		before: func(b *builder) { b.edition = practice.Former(b.now) },
		after: func(b *builder) {
			for _, track := range []string{trackSecurity, trackOffice} {
				for _, folder := range []string{uncPackageSource(track), uncDistributionPoint(packageOf(track)), cachedTool(packageOf(track))} {
					b.publish(path.Join(dir(folder), langUS, cabName), track, practice.Current(b.now))
				}
			}
		},
	},
	{
		name: "clock-years-behind", stage: "sync", cause: "the clock of the sync host fell back by years, and the catalogue's certificate is not valid yet",
		sms2003: "sync.security-signature-untrusted", sms2: "sync.security-signature-untrusted",
		after: onMachine(func(m *machine) { m.ClockOffset = -Span(6 * 365 * 24 * time.Hour) }),
	},
	{
		name: "catalogue-forged", stage: "sync", cause: "the catalogue is signed by somebody whom the sync host does not trust",
		sms2003: "sync.security-signature-untrusted", sms2: "sync.security-signature-untrusted",
		after: without(dirRoots + "/lab-catalogue.pem"),
	},
	{
		name: "server-busy", stage: "sync", cause: "the download server is overloaded and answers 503 however often it is asked",
		sms2003: "sync.security-http-error", sms2: "sync.security-http-error",
		after: onServers(func(s *serversFile) { s.Catalogue.Status = 503 }),
	},
	{
		name: "logs-rotate", stage: "sync", cause: "logs of 2 KB are rotated again and again while an overloaded server is asked",
		sms2003: "sync.security-http-error", sms2: "sync.security-http-error",
		after: func(b *builder) {
			onServers(func(s *serversFile) { s.Catalogue.Status = 503 })(b)
			b.cfg.LogMaxSize = 2 << 10
		},
	},
	{
		name: "share-denied", stage: "sync", cause: "the share of the package source lets nobody write",
		sms2003: "sync.security-access-denied", sms2: "sync.security-access-denied",
		after: readOnly(dir(uncPackageSource(trackSecurity))),
	},
	{
		name: "source-moved", stage: "sync", cause: "the package source was moved",
		sms2003: "sync.security-source-path-missing", sms2: "sync.security-source-path-missing",
		after: without(dir(uncPackageSource(trackSecurity))),
	},
	{
		name: "disk-full", stage: "sync", cause: "the drive of the package source is full",
		sms2003: "sync.security-disk-full", sms2: "sync.security-disk-full",
		after: onMachine(func(m *machine) { m.DiskFree = 1 << 10 }),
	},
	{
		name: "package-unknown", stage: "sync", cause: "the site has no package of the id that the sync names",
		sms2003: "sync.security-distribution-points", sms2: "sync.security-distribution-points",
		after: onSite(func(s *siteFile) { delete(s.Packages, securityPackage) }),
	},
	{
		name: "wrong-site-code", stage: "sync", cause: "the site has another code than the sync names",
		sms2003: "sync.security-distribution-points", sms2: "sync.security-distribution-points",
		after: onSite(func(s *siteFile) { s.Code = "LBX" }),
	},
	{
		name: "not-distributed", stage: "sync", cause: "the distribution point does not take the new catalogue",
		sms2003: "sync.distribution-failed", sms2: "sync.distribution-failed",
		after: readOnly(dir(uncDistributionPoint(securityPackage))),
	},
	{
		name: "distribution-point-gone", stage: "sync", cause: "the distribution point has lost the tool's folder, from which the sync is run",
		sms2003: "sync.named-program-failed", sms2: "sync.program-not-run",
		after: without(dir(uncDistributionPoint(securityPackage))),
	},
	{
		name: "log-folder-read-only", stage: "sync", cause: "no new log can be made in the client's log folder, and the programs do not start without theirs",
		sms2003: "sync.named-program-failed", sms2: "sync.program-failed",
		after: func(b *builder) { readOnly(b.dirLogs())(b) },
	},
}

var scanFaults = []fault{
	{
		name: "scan-program-missing", stage: "scan", cause: "the package in the client's cache lacks the scan program",
		sms2003: "scan.named-program-failed", sms2: "scan.security-program-not-run",
		after: func(b *builder) { without(path.Join(dirVPCache, securityPackage, b.scanTool(trackSecurity)))(b) },
	},
	{
		name: "scan-tool-missing", stage: "scan", cause: "the package lacks the scan engine",
		sms2003: "scan.engine-missing", sms2: "scan.security-engine-missing",
		after: func(b *builder) { b.everywhere(engineName, without) },
	},
	{
		name: "scan-tool-old", stage: "scan", cause: "the scan engine is older than the catalogue needs",
		sms2003: "scan.engine-old", sms2: "scan.security-engine-old",
		after: func(b *builder) {
			for _, d := range b.toolFolders(trackSecurity) {
				b.json(path.Join(d, engineName), practiceProgram{notice, engineName, "3.32"})
			}
		},
	},
	{
		name: "repository-denied", stage: "scan", cause: "WMI refuses to write into root\\cimv2",
		sms2003: "scan.wmi-access-denied", sms2: "scan.security-wmi-access-denied",
		after: readOnly("wmi/root/cimv2"),
	},
	{
		name: "class-missing", stage: "scan", cause: "WMI has no class Win32_PatchState, and the package does not bring it",
		sms2003: "scan.wmi-class-missing", sms2: "scan.security-wmi-class-missing",
		after: func(b *builder) { b.everywhere(classFile, without) },
	},
	{
		name: "namespace-missing", stage: "scan", cause: "WMI has no namespace root\\cimv2",
		sms2003: "scan.wmi-broken", sms2: "scan.security-wmi-broken",
		after: without("wmi/root/cimv2"),
	},
	{
		name: "cache-locked", stage: "scan", cause: "another program keeps the catalogue in the client's cache to itself",
		sms2003: "scan.failed-with-code", sms2: "scan.security-failed-with-code",
		after: func(b *builder) {
			name := path.Join(dirVPCache, securityPackage, langUS, cabName)
			b.publish(name, trackSecurity, practice.Former(b.now))
			onMachine(func(m *machine) { m.InUse = []string{shown(name)} })(b)
		},
	},
	{
		name: "catalogue-not-there", stage: "scan", cause: "the sync succeeded, but the distribution point never got the catalogue",
		sms2003: "scan.catalogue-missing", sms2: "scan.security-catalogue-missing",
		after: onServers(func(s *serversFile) { s.Site.DistributionManager = false }),
	},
	{
		name: "cached-cab-damaged", stage: "scan", cause: "the catalogue on the distribution point is damaged, and so is the client's copy",
		sms2003: "scan.catalogue-damaged", sms2: "scan.security-catalogue-damaged",
		after: func(b *builder) {
			b.synced()
			dp := path.Join(dir(uncDistributionPoint(securityPackage)), langUS, cabName)
			data, err := b.root.ReadFile(dp)
			b.try(err)
			b.put(dp, bytes.Replace(data, []byte("CK"), []byte("  "), 1), b.now)
		},
	},
	{
		name: "not-administrator", stage: "scan", cause: "the scan runs without administrative rights",
		sms2003: "scan.not-administrator", sms2: "scan.security-not-administrator",
		after: onMachine(func(m *machine) { m.Administrator = false }),
	},
	{
		name: "office-scan-old-tool", stage: "scan", cause: "the scan engine of the Office tool is older than its catalogue needs",
		sms2003: "scan.engine-old", sms2: "scan.office-engine-old",
		after: func(b *builder) {
			for _, d := range b.toolFolders(trackOffice) {
				b.json(path.Join(d, engineName), practiceProgram{notice, engineName, "3.32"})
			}
		},
	},
	{
		name: "scanner-hangs", stage: "scan", cause: "the scan engine hangs",
		sms2003: "scan.no-outcome", sms2: "scan.no-outcome",
		after: onMachine(func(m *machine) { m.Hangs = []string{engineName} }),
	},
	{
		name: "scan-before-sync", stage: "scan", cause: "the scan ran before the sync, and its schedule has no second start",
		sms2003: "scan.stale", sms2: "scan.stale",
		before: func(b *builder) { b.edition = practice.Former(b.now) },
		past:   func(b *builder) { b.rehearse(-pastDays*24*time.Hour-12*time.Hour, "sync", "scan") },
		after: func(b *builder) {
			b.once("LAB20003", "LAB20004")
			b.edition = practice.Current(b.now)
			for _, track := range []string{trackSecurity, trackOffice} {
				b.publish(published(track), track, b.edition)
			}
		},
	},
	{
		name: "no-scan-after-install", stage: "scan", cause: "updates were installed a week after the scan, and its schedule has no further start",
		sms2003: "scan.stale", sms2: "scan.stale",
		after: onMachine(func(m *machine) {
			m.Programs["LAB20003"].Recurs, m.Programs["LAB20004"].Recurs = false, false
			const off = Span(8 * 24 * time.Hour)
			m.Standby = map[string]Span{"InventoryAgent.exe": off, "hinv32.exe": off}
		}),
	},
}

var inventoryFaults = []fault{
	{
		name: "inventory-disabled", stage: "inventory", cause: "the site has switched the hardware inventory agent off",
		sms2003: "inventory.not-run", sms2: "inventory.not-run",
		before: func(b *builder) { b.inventoried = 0 },
		after: func(b *builder) {
			onMachine(func(m *machine) { m.Inventory.Hardware = false })(b)
			if b.Product() == SMS2 {
				log := b.pastLog("Hinv32.log", agentName)
				for day := pastDays; day > 0; day-- {
					b.lines(log, b.now.Add(-time.Duration(day)*24*time.Hour), "The site has switched this agent off")
				}
			}
		},
	},
	{
		name: "no-kick", stage: "inventory", cause: "nothing kicks the inventory, and its own cycle of two weeks is a week away",
		sms2003: "inventory.stale", sms2: "inventory.stale",
		before: func(b *builder) { b.inventoried = 8*24*time.Hour + 37*time.Minute },
		after: onMachine(func(m *machine) {
			m.Inventory.OnDemand, m.Inventory.Every = false, Span(14*24*time.Hour)
		}),
	},
	{
		name: "inventory-in-queue", stage: "inventory", cause: "an earlier inventory cycle is still in the queue, and the new one is dropped",
		sms2003: "inventory.queued",
		after:   onMachine(func(m *machine) { m.Inventory.Running = true }),
	},
	{
		name: "inventory-store-locked", stage: "inventory", cause: "another program keeps the store of the agent's last cycle to itself",
		sms2003: "inventory.wmi-not-opened", sms2: "inventory.wmi-failed",
		after: onMachine(func(m *machine) {
			m.InUse = []string{shown("wmi/root/ccm/invagt/" + classActionStatus + ".mof")}
		}),
	},
	{
		name: "mp-down", stage: "inventory", cause: "the management point is down (SMS 2.0: the client access point is not there)",
		sms2003: "inventory.not-sent", sms2: "inventory.cap-inaccessible",
		after: func(b *builder) {
			onServers(func(s *serversFile) { s.ManagementPoint.Up = false })(b)
			without(dir(`\\` + capServer + `\CAP_` + siteCode))(b)
		},
	},
	{
		name: "mp-unknown", stage: "inventory", cause: "the client cannot resolve the management point's name",
		sms2003: "inventory.not-sent",
		after:   forget(mpServer),
	},
	{
		name: "mp-busy", stage: "inventory", cause: "the management point is overloaded and answers 503",
		sms2003: "inventory.not-sent",
		after:   onServers(func(s *serversFile) { s.ManagementPoint.Status = 503 }),
	},
	{
		name: "mp-error-500", stage: "inventory", cause: "the management point answers 500",
		sms2003: "inventory.not-sent",
		after:   onServers(func(s *serversFile) { s.ManagementPoint.Status = 500 }),
	},
	{
		name: "clock-ahead", stage: "inventory", cause: "the client's clock is hours ahead, and the management point refuses its report",
		sms2003: "inventory.not-sent",
		after:   onMachine(func(m *machine) { m.ClockOffset = Span(5*time.Hour + 20*time.Minute) }),
	},
	{
		name: "clock-behind", stage: "inventory", cause: "the client's clock is hours behind, and the management point refuses its report",
		sms2003: "inventory.not-sent",
		after:   onMachine(func(m *machine) { m.ClockOffset = -Span(3*time.Hour + 25*time.Minute) }),
	},
	{
		name: "mp-outbox-denied", stage: "inventory", cause: "the management point cannot write into its own outbox",
		sms2003: "inventory.mp-conversion-failed",
		after:   readOnly(dirMPOutbox),
	},
	{
		name: "delta-lost", stage: "inventory", cause: "the management point restarts before it has passed the report on (SMS 2.0: the inbox of the client access point is not emptied)",
		sms2003: "inventory.lost-after-client", sms2: "inventory.lost-after-client",
		after: func(b *builder) {
			onServers(func(s *serversFile) { s.ManagementPoint.DropsReports = true })(b)
			if b.Product() == SMS2 {
				readOnly(dirInbox)(b)
			}
		},
	},
	{
		name: "report-too-big", stage: "inventory", cause: "the report is larger than the site's data loader takes",
		sms2003: "inventory.mif-too-large", sms2: "inventory.mif-too-large",
		after: onServers(func(s *serversFile) { s.Site.MaxMIFSize = 900 }),
	},
	{
		name: "site-never-updates", stage: "inventory", cause: "the site's data loader is stopped, and Last Hardware Scan never moves",
		sms2003: "inventory.lost-after-client", sms2: "inventory.lost-after-client",
		after: onServers(func(s *serversFile) { s.Site.DataLoader = false }),
	},
	{
		name: "client-unknown", stage: "inventory", cause: "the site's record of the client was deleted: a delta has nothing to add to, and the site asks for everything",
		sms2003: "inventory.resync-sent", sms2: "inventory.resync-sent",
		after: onSite(func(s *siteFile) { clear(s.Clients) }),
	},
}

var installFaults = []fault{
	{
		name: "authorize-missing", stage: "install", cause: "the update package has no PatchAuthorize.xml",
		sms2003: "install.list-missing", sms2: "install.list-missing",
		after: func(b *builder) { without(path.Join(b.contentDir(), authorizeName))(b) },
	},
	{
		name: "authorize-malformed", stage: "install", cause: "PatchAuthorize.xml is cut",
		sms2003: "install.list-missing", sms2: "install.list-missing",
		after: func(b *builder) { cut(path.Join(b.contentDir(), authorizeName))(b) },
	},
	{
		name: "authorize-nothing-applicable", stage: "install", cause: "PatchAuthorize.xml allows only updates that this client does not need",
		sms2003: "install.nothing-authorized-applies", sms2: "install.nothing-authorized-applies",
		after: func(b *builder) {
			name := path.Join(b.contentDir(), authorizeName)
			text, err := b.root.ReadFile(name)
			b.try(err)
			other := strings.NewReplacer("MS07-9", "MS07-8", `QNumbers="990`, `QNumbers="980`, "Q990", "Q980")
			b.put(name, []byte(other.Replace(string(text))), b.now)
		},
	},
	{
		name: "patch-1603", stage: "install", cause: "a patch ends with exit code 1603, a fatal error of the Windows Installer",
		sms2003: "install.update-msi", sms2: "install.update-msi",
		after: func(b *builder) { b.exitCode(codeFatal) },
	},
	{
		name: "patch-1618", stage: "install", cause: "another installation is running",
		sms2003: "install.update-busy", sms2: "install.update-busy",
		after: onMachine(func(m *machine) { m.InstallerBusy = true }),
	},
	{
		name: "patch-3010", stage: "install", cause: "a patch is in place and wants a restart (3010)",
		sms2003: "install.update-restart", sms2: "install.update-restart",
		after: func(b *builder) { b.exitCode(codeRestart) },
	},
	{
		name: "patch-1641", stage: "install", cause: "a patch is in place and has begun a restart (1641)",
		sms2003: "install.update-restart", sms2: "install.update-restart",
		after: func(b *builder) { b.exitCode(codeRestartStarted) },
	},
	{
		name: "restart-pending", stage: "install", cause: "a restart is pending from before, and nothing is installed until it is done",
		sms2003: "install.restart-first", sms2: "install.restart-first",
		after: onMachine(func(m *machine) { m.RestartPending = true }),
	},
	{
		name: "wrong-zone", stage: "install", cause: "the client's time zone is wrong, and the grace period counts by its wall clock",
		sms2003: "install.update-postponed", sms2: "install.update-postponed",
		after: onMachine(func(m *machine) { m.Zone = "-10:00" }),
	},
	{
		name: "patch-missing", stage: "install", cause: "the update package lacks the file of a patch",
		sms2003: "install.update-failed-with-code", sms2: "install.update-failed-with-code",
		after: func(b *builder) { without(path.Join(b.contentDir(), b.somePatch()))(b) },
	},
	{
		name: "patch-disk-full", stage: "install", cause: "the drive has no room for a patch",
		sms2003: "install.update-failed-with-code", sms2: "install.update-failed-with-code",
		after: onMachine(func(m *machine) { m.DiskFree = 1 << 20 }),
	},
}

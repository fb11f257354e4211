package errcode

import "slices"

// Group is a set of codes that have their remedy in common.
type Group struct {
	Title string
	// Hint says what the codes have in common.
	Hint string
	// Do lists what to do, in order.
	Do []string

	class Class
	// codes are HRESULTs: a plain number stands for its own HRESULT.
	codes []uint32
	// statuses are HTTP statuses that belong here in whatever code they come.
	statuses []int
}

// groups lists the groups; no code is in two of them.
var groups = []*Group{
	{
		Title: "name or proxy",
		Hint:  "A name cannot be resolved: that of the server, or that of the proxy",
		Do: []string{
			"resolve the server's name on the client: nslookup SERVER",
			"compare it with the WUServer value of the policy, spelling and domain included",
			"check the name of the proxy: netsh winhttp show proxy (Windows XP: proxycfg.exe)",
		},
		codes: []uint32{0x8024402C, 0x80072EE7, 0x80072AF9},
	},
	{
		Title: "cannot connect",
		Hint:  "The name is known, but nothing answers at that address and port",
		Do: []string{
			"compare the port of the URL with the binding of the web site (8530, 8531, 80, 443)",
			"check that the web site, its application pool and the update service run on the server",
			"check the firewalls between client and server for that port",
		},
		codes: []uint32{0x80072EFD, 0x80240438, 0x8007274D},
	},
	{
		Title: "timeout",
		Hint:  "The server took too long; with 0x80072EE2 the client keeps its software update point",
		Do: []string{
			"look at the load of the server and of its WsusPool: queue length, memory limit",
			"run the WSUS maintenance: decline superseded updates, index the database",
			"check the network path and the firewall for the port of the URL",
		},
		codes:    []uint32{0x80072EE2, 0x8024401C, 0x80244023, 0x8007274C},
		statuses: []int{408, 504},
	},
	{
		Title: "connection broken",
		Hint:  "The connection was made and then cut",
		Do: []string{
			"look for a firewall, proxy or intrusion detection that closes it",
			"check that client and server have a TLS version in common",
		},
		codes: []uint32{0x80072EFE, 0x80072EFF},
	},
	{
		Title: "proxy credentials",
		Hint:  "A proxy wants a login; the WinHTTP proxy is not the browser's proxy",
		Do: []string{
			"show it: netsh winhttp show proxy (Windows XP: proxycfg.exe)",
			"put the update server on the bypass list, or let the proxy pass it without a login",
			"on the site server: check the proxy account of the software update point",
		},
		codes:    []uint32{0x8024401B, 0x80190197},
		statuses: []int{407},
	},
	{
		Title: "HTTP authentication",
		Hint:  "The server, or a proxy before it, refuses this caller",
		Do: []string{
			"check the rights and the authentication of the virtual directory in IIS",
			"check whether a proxy answers instead of the server: netsh winhttp show proxy",
			"check whether the site wants HTTPS",
		},
		codes:    []uint32{0x80244017, 0x80244018, 0x80190191, 0x80190193},
		statuses: []int{401, 403},
	},
	{
		Title: "TLS or certificate",
		Hint:  "The secure channel or a signature is not accepted",
		Do: []string{
			"check the certificate: its dates, its name, its chain to a trusted root",
			"check the clock of the client",
			"check that client and server have a TLS version in common",
		},
		codes: []uint32{0x80072F0C, 0x80072F0D, 0x80072F8F, 0x80072F05, 0x80072F06, 0x800B0101, 0x800B0109},
	},
	{
		Title: "corrupt components",
		Hint:  "Parts of the Windows Update Agent are missing or damaged",
		Do: []string{
			"net stop wuauserv",
			`rename C:\Windows\SoftwareDistribution`,
			"net start wuauserv",
			"scan again",
		},
		codes: []uint32{
			0x80245003, 0x80070514, 0x8DDD0018, 0x80246008, 0x80200013, 0x80004015,
			0x800A0046, 0x800A01AD, 0x80070424, 0x800B0100, 0x80248011,
		},
	},
	{
		Title: "restart needed",
		Hint:  "Not a failure: a restart completes it",
		Do: []string{
			"restart the client, or wait for its maintenance window",
			"scan and run the inventory again after the restart",
		},
		class: Restart,
		codes: []uint32{
			0x00240005, 0x80070BC2, 0x80070BC3, 0x80070669, 0x80240016,
			0x87D00276, 0x87D00697, 0x87D00704, 0x87D00712,
			0x8024D00E, 0x8024D014, 0x8024D015, // agent setup, by the wording of the table
		},
	},
	{
		Title: "waiting, not failed",
		Hint:  "The client waits for a window, a retry or something that is busy",
		Do: []string{
			"look up the maintenance windows and the deadline: ServiceWindowManager.log",
			"wait for the retry, or for the other installation to end",
		},
		class: Waiting,
		codes: []uint32{
			0x87D00666, 0x87D00667, 0x87D00671, 0x87D00631, 0x87D00629, 0x87D00703, 0x87D01203, 0x80070652,
		},
	},
	{
		Title: "content missing",
		Hint:  "No distribution point offers this client the content",
		Do: []string{
			"check that the package is on a distribution point, in the version that was asked for",
			"check that the client's network belongs to a boundary group with that distribution point",
			"read CAS.log, ContentTransferManager.log and LocationServices.log",
		},
		codes: []uint32{0x87D00607, 0x87D00669, 0x87D01204, 0x87D01210},
	},
	{
		Title: "policy missing",
		Hint:  "The policy that the client needs has not arrived",
		Do: []string{
			"run the machine policy cycle",
			"check the client settings for software updates",
			"check that the site has completed a synchronisation",
		},
		codes: []uint32{0x87D00600, 0x87D00652, 0x87D00702},
	},
	{
		Title: "disk or cache",
		Hint:  "There is not enough room on the disk or in the client cache",
		Do: []string{
			"free disk space",
			"enlarge the client cache, or delete content that is not needed",
		},
		codes: []uint32{0x80070070, 0x87D00240, 0x87D01201, 0x87D01202},
	},
}

// groupOf returns the group of c, or nil.
func groupOf(c Code) *Group {
	v := c.HRESULT()
	for _, g := range groups {
		if slices.Contains(g.codes, v) {
			return g
		}
	}
	if c.Status == 0 {
		return nil
	}
	for _, g := range groups {
		if slices.Contains(g.statuses, c.Status) {
			return g
		}
	}
	return nil
}

func groupTitled(title string) *Group {
	i := slices.IndexFunc(groups, func(g *Group) bool { return g.Title == title })
	if i < 0 {
		return nil
	}
	return groups[i]
}

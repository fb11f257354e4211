package logparse

import "strings"

// maxComponentName is the longest component that a log viewer shows, in bytes.
const maxComponentName = 100

// splitComponent cuts "message<TAB>component" at its last tab or run of two
// blanks. Where only single blanks are left, the component is known by name.
func splitComponent(s string) (msg, component string) {
	trimmed := trimWide(s)
	if strings.Count(s[len(trimmed):], "\t") > 1 {
		return trimmed, "" // its column is empty
	}
	s = trimmed
	at, end := lastGap(s)
	if at > 0 && knownComponent(s[end:]) {
		return s[:at], s[end:]
	}
	if n := knownSuffix(s); n > 0 {
		return s[:len(s)-n], s[len(s)-n:]
	}
	if at > 0 {
		return s[:at], s[end:]
	}
	return s, ""
}

// lastGap finds the last tab or run of two blanks of s before a name of at most
// maxComponentName bytes. It lies at s[at:end]; at is -1 when there is none.
func lastGap(s string) (at, end int) {
	end = len(s)
	for end > 0 && len(s)-end <= maxComponentName {
		w := wideBlank(s[:end])
		if w == 0 {
			end--
			continue
		}
		head := trimWide(s[:end])
		gap := s[len(head):end]
		if len(gap) > w || gap == "\t" {
			return len(head), end
		}
		end = len(head)
	}
	return -1, len(s)
}

// lastField returns the last run of s without blanks, and what stands before it.
func lastField(s string) (rest, word string) {
	s = trimWide(s)
	i := len(s)
	for i > 0 && wideBlank(s[:i]) == 0 {
		i--
	}
	return s[:i], s[i:]
}

func trimWide(s string) string {
	for {
		w := wideBlank(s)
		if w == 0 {
			return s
		}
		s = s[:len(s)-w]
	}
}

// wideBlank returns the length of the blank that ends s, 0 when none does. Web
// pages and the clocks of newer Windows put no-break spaces for blanks.
func wideBlank(s string) int {
	switch n := len(s); {
	case n == 0:
		return 0
	case isBlank(s[n-1]):
		return 1
	case s[n-1] == 0xA0 && n >= 2 && s[n-2] == 0xC2:
		return 2
	case s[n-1] == 0xAF && strings.HasSuffix(s, "\u202f"):
		return 3
	}
	return 0
}

// components are the names that documentation prints behind a message, or that
// pasted text can have behind a single blank.
var components = []string{
	"Hardware Inventory Agent", "Software Inventory Agent", "Software Updates Patch Downloader",
	"APM", "CCIM32", "CliEx32.dll", "CLISVC", "CQMGR32",
	"AppDiscovery", "AppEnforce", "AppIntentEval", "CAS", "CcmEval", "CcmExec", "CcmMessaging",
	"CertificateMaintenance", "CIAgent", "CIDownloader", "CIStateStore", "CIStore", "CITaskMgr",
	"ClientIDManagerStartup", "ClientLocation", "ContentAccess", "ContentTransferManager",
	"DataTransferService", "DCMAgent", "DCMReporting", "execmgr", "FileBITS", "FileSystemFile",
	"FSPStateMessage", "InventoryAgent", "LocationServices", "MaintenanceCoordinator", "MIFProvider",
	"MP_HinvEndpoint", "MP_LocationManager", "MP_RelayEndpoint", "mtrmgr", "PatchInstall",
	"PatchUIMonitor", "PeerDPAgent", "PolicyAgent", "PolicyAgent_PolicyDownload",
	"PolicyAgent_PolicyEvaluator", "PolicyAgent_ReplyAssignments", "PolicyAgentProvider",
	"PolicyEvaluator", "RebootCoordinator", "ScanAgent", "ScanWrapper", "SCClient", "Scheduler",
	"SCNotify", "ServiceWindowManager", "setuppolicyevaluator", "SmsWusHandler", "SrcUpdateMgr",
	"StateMessage", "StatusAgent", "SWMTRReportGen", "UpdatesDeployment", "UpdatesDeploymentAgent",
	"UpdatesHandler", "UpdatesStore", "WUAHandler",
}

// componentNames holds components in lower case, componentEnds their last words.
var componentNames, componentEnds = foldComponents()

func foldComponents() (names, ends map[string]bool) {
	names, ends = make(map[string]bool, len(components)), make(map[string]bool, len(components))
	for _, name := range components {
		name = strings.ToLower(name)
		names[name] = true
		ends[name[strings.LastIndexByte(name, ' ')+1:]] = true
	}
	return names, ends
}

// maxKnownName is the length that no known component exceeds, in bytes.
const maxKnownName = 48

// knownComponent tells whether s is the name of a component, in any case.
func knownComponent(s string) bool { return foldedIn(componentNames, s) || serverComponent(s) }

// componentEnd tells whether a component's name may end in word.
func componentEnd(word string) bool { return foldedIn(componentEnds, word) || serverComponent(word) }

// foldedIn looks s up in a set of lower-case names, without a copy.
func foldedIn(names map[string]bool, s string) bool {
	if len(s) > maxKnownName {
		return false
	}
	var lower [maxKnownName]byte
	for i := range len(s) {
		lower[i] = s[i]
		if s[i] >= 'A' && s[i] <= 'Z' {
			lower[i] |= 0x20
		}
	}
	return names[string(lower[:len(s)])]
}

// serverComponent tells whether s looks as a site server names its components:
// SMS_WSUS_SYNC_MANAGER.
func serverComponent(s string) bool {
	if !strings.HasPrefix(s, "SMS_") || len(s) < len("SMS_STATE") {
		return false
	}
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && s[i] != '_' {
			return false
		}
	}
	return true
}

// knownSuffix returns the length of the known component that ends s behind a
// blank, or is all of s; 0 when there is none.
func knownSuffix(s string) int {
	tail := s[max(0, len(s)-maxKnownName):]
	longest := 0
	for i := len(tail); i >= 0; i-- {
		if i > 0 && !isBlank(tail[i-1]) || i == 0 && len(tail) < len(s) {
			continue
		}
		if knownComponent(tail[i:]) {
			longest = len(tail) - i
		}
	}
	return longest
}

package lab

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// Names of the practice site. They cannot be taken for real ones.
const (
	siteCode   = "LAB"
	siteServer = "LABSITE01"
	mpServer   = "LABMP01"
	clientName = "LAB-WKS-01"
	dpServer   = "LABDP01"
	capServer  = "LABCAP01"

	securityPackage = "LAB00012"
	officePackage   = "LAB00013"
	updatePackage   = "LAB00031"

	catalogueHost = "catalogue.lab.test"
	proxyHost     = "proxy.lab.test"
)

// Files and folders of a lab, below its root. The root is the client's drive C:.
const (
	fileLab     = "lab.json"
	fileMachine = "machine.json"
	fileServers = "servers.json"
	fileSite    = "site.json"

	dirWindows = "WINDOWS"
	dirVPCache = "WINDOWS/System32/vpcache"
	fileHosts  = "WINDOWS/System32/drivers/etc/hosts"
	dirRoots   = "WINDOWS/System32/certificates"

	dirCCM   = "WINDOWS/System32/CCM"
	dirMSSMS = "WINDOWS/MS/SMS"

	dirNetwork = "network"
	dirWMI     = "wmi"

	dirInternet  = "internet"
	dirSiteLogs  = "site/Logs"
	dirInbox     = "site/inboxes/dataldr.box"
	dirBadMIFs   = "site/inboxes/dataldr.box/BADMIFS"
	dirMPLogs    = "site/SMS_CCM/Logs"
	dirMPOutbox  = "site/mp/outboxes/hinv.box"
	dirExitCodes = ".run"
)

// uncPackageSource is the package source of a tool, as the article spells it.
func uncPackageSource(track string) string {
	tool := "SecurityPatch"
	if track == trackOffice {
		tool = "OfficePatch"
	}
	return `\\` + clientName + `\SMSTools\Tools\` + tool + `\PkgSource`
}

// uncDistributionPoint is a package's folder on the distribution point.
func uncDistributionPoint(pkg string) string { return `\\` + dpServer + `\SMSPKGC$\` + pkg }

// uncAccessPoint is the folder on the client access point that takes inventory.
func uncAccessPoint() string { return `\\` + capServer + `\CAP_` + siteCode + `\inventry.box` }

// The two lanes of sync and scan.
const (
	trackSecurity = "security"
	trackOffice   = "office"
)

// packageOf returns the package of a track's tool.
func packageOf(track string) string {
	if track == trackOffice {
		return officePackage
	}
	return securityPackage
}

// trackOf returns the track of a tool's package.
func trackOf(pkg string) string {
	if strings.EqualFold(pkg, officePackage) {
		return trackOffice
	}
	return trackSecurity
}

// cachedTool is the folder of a tool on the client, as Windows spells it.
func cachedTool(pkg string) string { return `C:\WINDOWS\system32\vpcache\` + pkg }

var errPath = errors.New("not a path of the lab's client")

// variables are those that a path may begin with.
var variables = map[string]string{
	"%windir%": `C:\WINDOWS`, "%systemroot%": `C:\WINDOWS`, "%programfiles%": `C:\Program Files`, "%systemdrive%": "C:",
}

// below turns a Windows path into one below the lab's root: C:\x is x, and
// \\server\share\x is network/server/share/x.
func below(windows string) (string, error) {
	p := windows
	if end := strings.IndexByte(p[min(1, len(p)):], '%'); strings.HasPrefix(p, "%") && end >= 0 {
		value, ok := variables[strings.ToLower(p[:end+2])]
		if !ok {
			return "", fmt.Errorf("%s: %w", windows, errPath)
		}
		p = value + p[end+2:]
	}
	slashed := strings.ReplaceAll(p, `\`, "/")
	switch {
	case strings.HasPrefix(slashed, "//"):
		slashed = dirNetwork + "/" + slashed[2:]
	case len(slashed) >= 2 && strings.EqualFold(slashed[:2], "C:"):
		slashed = slashed[2:]
	default:
		return "", fmt.Errorf("%s: %w", windows, errPath)
	}
	for _, name := range strings.Split(slashed, "/") {
		if name == ".." || strings.ContainsAny(name, "\x00:") {
			return "", fmt.Errorf("%s: %w", windows, errPath)
		}
	}
	return strings.TrimPrefix(path.Clean("/"+slashed), "/"), nil
}

// shown turns a path below the root back into the one that a log shows.
func shown(rel string) string {
	if rest, ok := strings.CutPrefix(rel, dirNetwork+"/"); ok {
		return `\\` + strings.ReplaceAll(rest, "/", `\`)
	}
	return `C:\` + strings.ReplaceAll(rel, "/", `\`)
}

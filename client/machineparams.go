package client

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// packageFolder matches a package's ID: a site code and five hexadecimal digits.
var packageFolder = regexp.MustCompile(`^[A-Za-z0-9]{3}[0-9A-Fa-f]{5}$`)

// scanCache is where a client keeps its scan tools, one folder for each package.
const scanCache = `%windir%\system32\vpcache`

// scanTools tell which tool a folder of the cache holds.
var scanTools = []struct {
	param string
	files []string
}{
	{"package", []string{"mssecure.cab", "mssecure.xml", "s_scan.exe", "wsusscn2.cab", "wsusscan.cab"}},
	{"officepackage", []string{"invcif.exe", "o_scan.exe"}},
}

// Params are the parameters of commands that this machine tells itself: the code of
// its site, and the packages of the scan tools in its cache, where there is one of
// a kind.
func (l Local) Params() map[string]string {
	params := map[string]string{}
	if code, _, _ := inViews(l.registry(), mobileKey, "AssignedSiteCode"); code != "" {
		params["code"] = code
	}
	root, err := l.expand(scanCache)
	if err != nil {
		return params
	}
	root = filepath.FromSlash(strings.ReplaceAll(root, `\`, "/"))
	entries, _ := thisMachine.list(root, maxEntries) // a client that keeps none has none
	found := map[string][]string{}
	for _, e := range entries {
		if packageFolder.MatchString(e.Name()) && e.IsDir() {
			for _, param := range toolsIn(filepath.Join(root, e.Name())) {
				found[param] = append(found[param], e.Name())
			}
		}
	}
	for param, packages := range found {
		if len(packages) == 1 {
			params[param] = packages[0]
		}
	}
	return params
}

// toolsIn are the parameters that a folder of the cache is the package of.
func toolsIn(dir string) []string {
	entries, _ := thisMachine.list(dir, maxEntries) // what cannot be listed tells nothing
	holds := func(name string) bool {
		for _, e := range entries {
			if strings.EqualFold(e.Name(), name) {
				return true
			}
		}
		return false
	}
	if !holds("ScanWrapper.exe") {
		return nil
	}
	var params []string
	for _, tool := range scanTools {
		if slices.ContainsFunc(tool.files, holds) {
			params = append(params, tool.param)
		}
	}
	return params
}

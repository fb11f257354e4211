package evidence

import (
	"regexp"
	"strings"
)

// The folders of a path that tell where a copy lies, in lower case.
var (
	// \\server\SMSPKGC$\ABC00012, \\server\SMSPKG\…, http://server/SMS_DP_SMSPKGC$/…
	sharedPackages = regexp.MustCompile(`^(?:sms_dp_)?smspkg(?:[a-z]?\$|[a-z]?sig\$)?$`)
	// The share of the package source of the Inventory Tool for Microsoft Updates.
	packageShare = regexp.MustCompile(`^packagesrc(?:_.+)?$`)
	// A site code and a number in hexadecimal.
	packageID = regexp.MustCompile(`^[A-Z0-9]{3}[0-9A-F]{5}$`)
)

// tellsTrack tells whether a folder of a path names the tool whose catalogue it is.
func tellsTrack(name string) bool {
	lower := strings.ToLower(slashes(name))
	return strings.Contains(lower, "securitypatch/") || strings.Contains(lower, "officepatch/") || generationOf(name) != MSSecure
}

// placeOf tells what a path says about a catalogue: where it lies, whose it is, and
// the ID of its package. Slashes may be of either kind; case does not matter. The
// innermost folder that says something is right.
func placeOf(name string) (place Place, track, pkg string) {
	place = Elsewhere
	parts := strings.Split(slashes(name), "/")
	folders := parts[:len(parts)-1]
	for i, folder := range folders {
		next := ""
		if i+1 < len(folders) {
			if id := strings.ToUpper(folders[i+1]); packageID.MatchString(id) {
				next = id
			}
		}
		switch lower := strings.ToLower(folder); {
		case lower == "pkgsource" || packageShare.MatchString(lower):
			place, pkg = PackageSource, ""
		case sharedPackages.MatchString(lower):
			place, pkg = DistributionPoint, next
		case lower == "vpcache":
			place, pkg = ClientCache, next
		case lower == "officepatch":
			track = "office"
		case lower == "securitypatch":
			track = "security"
		}
	}
	switch generationOf(name) {
	case Office:
		track = "office"
	case WSUSScan, WSUSScn2:
		track = "microsoft-update"
	default:
		if track == "" {
			track = "security" // whose catalogue mssecure.xml is
		}
	}
	return place, track, pkg
}

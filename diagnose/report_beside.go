package diagnose

import "time"

// States of a copy of a catalogue and of a list of authorised updates.
const (
	CopyOK         = "ok"
	CopyMissing    = "missing"
	CopyUnreadable = "unreadable"
	CopyDiffers    = "differs"
	ListEmpty      = "empty"
	ListUnknown    = "not-recognised"
)

// Catalogue is one copy of an update catalogue.
type Catalogue struct {
	// Place is "package source", "distribution point", "client's cache" or
	// "elsewhere".
	Place string `json:"place"`
	// Track is "security", "office" or "microsoft-update".
	Track string `json:"track,omitempty"`
	// Generation is "mssecure", "invcif", "wsusscan" or "wsusscn2".
	Generation string `json:"generation"`
	Package    string `json:"package,omitempty"`
	File       string `json:"file"`
	// Downloaded is the file's own date. It is absent when it is that of a copying.
	Downloaded *time.Time `json:"downloaded,omitempty"`
	// Published is the day of LastDataUpdate: "2007-04-24".
	Published   string `json:"published,omitempty"`
	DataVersion string `json:"dataVersion,omitempty"`
	// State is "ok", "missing", "unreadable", or "differs" from the copy that it
	// was made of.
	State string `json:"state"`
	Note  string `json:"note,omitempty"`
}

// PatchStates sums up the scan results that the client holds. An update that
// several classes tell of counts once.
type PatchStates struct {
	Installed  int `json:"installed"`
	Applicable int `json:"applicable"`
	Other      int `json:"other"`
	Total      int `json:"total"`
	// NewestScan is the newest time at which an instance was scanned or detected.
	NewestScan *time.Time `json:"newestScan,omitempty"`
	// Source is the file or namespace of the newest instance.
	Source string `json:"source,omitempty"`
	// Asked is true when the place holds all instances, so that a missing one
	// means something.
	Asked bool   `json:"asked"`
	Note  string `json:"note,omitempty"`
}

// AuthorizationList is a list of authorised updates.
type AuthorizationList struct {
	File    string `json:"file"`
	Package string `json:"package,omitempty"`
	// Authorized is how many updates are on it.
	Authorized int `json:"authorized"`
	// ApplicableNotAuthorized are the applicable updates that are on no list, and
	// ApplicableNotAuthorizedLeftOut how many more there are than it names.
	ApplicableNotAuthorized        []string `json:"applicableNotAuthorized,omitempty"`
	ApplicableNotAuthorizedLeftOut int      `json:"applicableNotAuthorizedLeftOut,omitempty"`
	// State is "ok", "empty", "missing", "unreadable" or "not-recognised".
	State string `json:"state"`
	Note  string `json:"note,omitempty"`
}

// InventoryStatus is what the client's agent notes of its last hardware
// inventory: InventoryActionStatus.
type InventoryStatus struct {
	Started  *time.Time `json:"started,omitempty"`
	Reported *time.Time `json:"reported,omitempty"`
	// Version is that of the last report: "4.11".
	Version string `json:"version,omitempty"`
	Source  string `json:"source"`
}

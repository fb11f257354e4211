package catalogue

import (
	"encoding/xml"
	"time"
)

// Catalogue is a whole mssecure.xml.
type Catalogue struct {
	XMLName xml.Name `xml:"BulletinDatastore"`
	Head
	Bulletins       []Bulletin     `xml:"Bulletins>Bulletin"`
	Products        []Product      `xml:"Products>Product"`
	ProductFamilies struct{}       `xml:"ProductFamilies"`
	ServicePacks    []ServicePack  `xml:"ServicePacks>ServicePack"`
	RegKeys         struct{}       `xml:"RegKeys"`
	Files           []File         `xml:"Files>File"`
	Commands        struct{}       `xml:"Commands"`
	Severities      struct{}       `xml:"Severities"`
	MSSeverities    []MSSeverity   `xml:"MSSeverities>MSSeverity"`
	SupercededBys   []SupercededBy `xml:"SupercededBys>SupercededBy"`
	WellKnownURLs   struct{}       `xml:"WellKnownURLs"`
}

// Head is what the root element says: enough to tell how old a catalogue is.
type Head struct {
	DataVersion      string `xml:"DataVersion,attr"`
	LastDataUpdate   string `xml:"LastDataUpdate,attr"` // M/D/YYYY
	SchemaVersion    string `xml:"SchemaVersion,attr"`
	LastSchemaUpdate string `xml:"LastSchemaUpdate,attr"` // M/D/YYYY
	ToolVersion      string `xml:"ToolVersion,attr"`
	RevisionHistory  string `xml:"RevisionHistory,attr"`
}

// Updated returns LastDataUpdate, the day of the maker's last change. It is zero
// when the attribute is no date.
func (h *Head) Updated() time.Time { return parseDate("1/2/2006", h.LastDataUpdate) }

// Bulletin is a security bulletin.
type Bulletin struct {
	BulletinID           string    `xml:"BulletinID,attr"`
	BulletinLocationID   string    `xml:"BulletinLocationID,attr"`
	FAQLocationID        string    `xml:"FAQLocationID,attr"`
	FAQPageName          string    `xml:"FAQPageName,attr"`
	Title                string    `xml:"Title,attr"`
	DatePosted           string    `xml:"DatePosted,attr"`  // YYYY/MM/DD
	DateRevised          string    `xml:"DateRevised,attr"` // YYYY/MM/DD
	Supported            string    `xml:"Supported,attr"`
	Summary              string    `xml:"Summary,attr"`
	Issue                string    `xml:"Issue,attr"`
	ImpactSeverityID     string    `xml:"ImpactSeverityID,attr"`
	PreReqSeverityID     string    `xml:"PreReqSeverityID,attr"`
	MitigationSeverityID string    `xml:"MitigationSeverityID,attr"`
	PopularitySeverityID string    `xml:"PopularitySeverityID,attr"`
	Comments             struct{}  `xml:"BulletinComments"`
	QNumbers             []QNumber `xml:"QNumbers>QNumber"`
	Patches              []Patch   `xml:"Patches>Patch"`
}

// Posted returns DatePosted, zero when it is no date.
func (b *Bulletin) Posted() time.Time { return parseDate("2006/01/02", b.DatePosted) }

// Revised returns DateRevised, zero when it is no date.
func (b *Bulletin) Revised() time.Time { return parseDate("2006/01/02", b.DateRevised) }

// QNumber is the number of a Knowledge Base article, as "Q990101".
type QNumber struct {
	QNumber string `xml:"QNumber,attr"`
}

// Patch is a program that mends what a bulletin describes, on some products.
type Patch struct {
	PatchName           string            `xml:"PatchName,attr"`
	PatchLocationID     string            `xml:"PatchLocationID,attr"`
	SBID                string            `xml:"SBID,attr"` // of the SupercededBy that replaces it, "0" for none
	SQNumber            string            `xml:"SQNumber,attr"`
	NoReboot            string            `xml:"NoReboot,attr"` // "1" when no restart follows
	MSSeverityID        string            `xml:"MSSeverityID,attr"`
	BugtraqID           string            `xml:"BugtraqID,attr"`
	CVEID               string            `xml:"CVEID,attr"`
	ShavlikPatchComment string            `xml:"ShavlikPatchComment,attr"`
	Comments            struct{}          `xml:"PatchComments"`
	AffectedProducts    []AffectedProduct `xml:"AffectedProduct"`
	FileChgs            []FileChg         `xml:"FileChgs>FileChg"`
	RegChgs             []RegChg          `xml:"RegChgs>RegChg"`
}

// AffectedProduct is a product that a patch is for.
type AffectedProduct struct {
	ProductID    string                `xml:"ProductID,attr"`
	FixedInSP    string                `xml:"FixedInSP,attr"`
	ServicePacks []AffectedServicePack `xml:"AffectedServicePack"`
}

// AffectedServicePack is a service pack of it that a patch is for.
type AffectedServicePack struct {
	ServicePackID string `xml:"ServicePackID,attr"`
}

// FileChg refers to a File that a patch brings.
type FileChg struct {
	FileChangeID string `xml:"FileChangeID,attr"`
}

// RegChg refers to a RegKey that a patch sets.
type RegChg struct {
	RegChangeID string `xml:"RegChangeID,attr"`
}

// Product is a product that bulletins speak of.
type Product struct {
	ProductID                     string `xml:"ProductID,attr"`
	Name                          string `xml:"Name,attr"`
	MinimumSupportedServicePackID string `xml:"MinimumSupportedServicePackID,attr"`
	CurrentServicePackID          string `xml:"CurrentServicePackID,attr"`
	CurrentVersion                string `xml:"CurrentVersion,attr"`
}

// ServicePack is a service pack of a product.
type ServicePack struct {
	ServicePackID string `xml:"ServicePackID,attr"`
	Name          string `xml:"Name,attr"`
	URL           string `xml:"URL,attr"`
	ReleaseDate   string `xml:"ReleaseDate,attr"` // YYYY/MM/DD
}

// File is a file as a patch leaves it. A client that has an older version lacks
// the patch.
type File struct {
	FileChangeID string `xml:"FileChangeID,attr"`
	FileName     string `xml:"FileName,attr"`
	Location     string `xml:"Location,attr"` // folder, %windir% and %programfiles% stand for the client's
	Version      string `xml:"Version,attr"`
}

// Path returns where the file lies on a client.
func (f *File) Path() string { return f.Location + `\` + f.FileName }

// MSSeverity is a rating.
type MSSeverity struct {
	MSSeverityID string `xml:"MSSeverityID,attr"`
	Name         string `xml:"Name,attr"`
}

// SupercededBy says which patches another one replaces.
type SupercededBy struct {
	SBID        string               `xml:"SBID,attr"`
	Description string               `xml:"Description,attr"`
	Bulletins   []SupercededBulletin `xml:"SupercededBulletins>SupercededBulletin"`
}

// SupercededBulletin is a bulletin whose patches are replaced.
type SupercededBulletin struct {
	BulletinID string            `xml:"BulletinID,attr"`
	Patches    []SupercededPatch `xml:"SupercededPatches>SupercededPatch"`
}

// SupercededPatch is a patch that is replaced.
type SupercededPatch struct {
	PatchName string `xml:"PatchName,attr"`
}

func parseDate(layout, text string) time.Time {
	t, err := time.Parse(layout, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

package practice

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"patchtrace/diagnose/evidence/catalogue"
)

// Track is one of the two catalogues.
type Track string

// The catalogues of the Security and of the Office tool.
const (
	Security Track = "security"
	Office   Track = "office"
)

// Edition is a state of the practice catalogue.
type Edition struct {
	DataVersion string
	// Updated is the day of the last change.
	Updated time.Time
	// Without is how many of the newest bulletins are left out.
	Without int
}

// Current is the edition that the practice site publishes on a day.
func Current(day time.Time) Edition {
	return Edition{DataVersion: "1.1.2.412", Updated: day.AddDate(0, 0, -2)}
}

// Former is the edition before Current.
func Former(day time.Time) Edition {
	return Edition{DataVersion: "1.1.2.409", Updated: day.AddDate(0, 0, -37), Without: 2}
}

// ToolVersion is the oldest scan engine that can read the practice catalogue.
const ToolVersion = "3.82"

// Names of the products of the practice catalogue, and their service packs.
const (
	XP            = "Windows XP Professional"
	XPSP1         = "Windows XP Service Pack 1"
	XPSP2         = "Windows XP Service Pack 2"
	Server        = "Windows Server 2003"
	ServerSP1     = "Windows Server 2003 Service Pack 1"
	IE            = "Internet Explorer 6"
	IESP1         = "Internet Explorer 6 Service Pack 1"
	Player        = "Windows Media Player 10"
	PlayerGold    = "Windows Media Player 10 Gold"
	Office2003    = "Office 2003"
	Office2003SP2 = "Office 2003 Service Pack 2"
	Visio         = "Visio 2003"
	VisioSP2      = "Visio 2003 Service Pack 2"
)

// product is a product with the service packs that the catalogue knows.
type product struct {
	name  string
	packs []string
}

var products = map[Track][]product{
	Security: {{XP, []string{XPSP1, XPSP2}}, {Server, []string{ServerSP1}}, {IE, []string{IESP1}}, {Player, []string{PlayerGold}}},
	Office:   {{Office2003, []string{Office2003SP2}}, {Visio, []string{VisioSP2}}},
}

// bulletin is an invented bulletin with its one patch.
type bulletin struct {
	id, q    string
	title    string
	product  string
	pack     string
	file     string
	folder   string
	version  string
	severity string // id
	noReboot string
	months   int    // posted so long before the newest one
	replaced string // id of the bulletin that replaces it
}

const (
	system32 = `%windir%\system32`
	office11 = `%programfiles%\Microsoft Office\OFFICE11`
)

// bulletins are the practice bulletins, the newest of each track last.
var bulletins = map[Track][]bulletin{
	Security: {
		{"MS07-904", "Q990104", "help viewer could open a foreign page", XP, XPSP2, "hh.exe", `%windir%`, "5.2.3790.2744", "2", "1", 4, ""},
		{"MS07-905", "Q990105", "directory service could stop answering", Server, ServerSP1, "lsasrv.dll", system32, "5.2.3790.2910", "2", "0", 4, ""},
		{"MS07-907", "Q990107", "network name service could run code", XP, XPSP1, "netbt.sys", system32 + `\drivers`, "5.1.2600.1820", "1", "0", 3, ""},
		{"MS07-908", "Q990108", "graphics rendering could run code (first version)", XP, XPSP2, "gdi32.dll", system32, "5.1.2600.3001", "1", "0", 3, "MS07-902"},
		{"MS07-906", "Q990106", "media player could run a script", Player, PlayerGold, "wmp.dll", system32, "10.0.0.4054", "2", "1", 2, ""},
		{"MS07-903", "Q990103", "browser could show a false address", IE, IESP1, "mshtml.dll", system32, "6.0.2900.3157", "1", "0", 1, ""},
		{"MS07-902", "Q990102", "graphics rendering could run code", XP, XPSP2, "gdi32.dll", system32, "5.1.2600.3159", "1", "0", 0, ""},
		{"MS07-901", "Q990101", "print queue could run code", XP, XPSP2, "spoolsv.exe", system32, "5.1.2600.3180", "1", "0", 0, ""},
	},
	Office: {
		{"MS07-923", "Q990123", "mail program could show a false sender", Office2003, Office2003SP2, "outlook.exe", office11, "11.0.8118.0", "2", "1", 3, ""},
		{"MS07-924", "Q990124", "drawing could run code", Visio, VisioSP2, "visio.exe", `%programfiles%\Microsoft Office\VISIO11`, "11.0.8161.0", "1", "1", 2, ""},
		{"MS07-922", "Q990122", "spreadsheet could run code", Office2003, Office2003SP2, "excel.exe", office11, "11.0.8134.0", "1", "1", 0, ""},
		{"MS07-921", "Q990121", "text document could run code", Office2003, Office2003SP2, "winword.exe", office11, "11.0.8134.0", "1", "1", 0, ""},
	},
}

// Catalogue makes a catalogue of invented bulletins: of all they have the shape,
// of none the content.
func Catalogue(track Track, e Edition) *catalogue.Catalogue {
	c := &catalogue.Catalogue{Head: catalogue.Head{
		DataVersion: e.DataVersion, LastDataUpdate: e.Updated.Format("1/2/2006"),
		SchemaVersion: "1.0.0.13", LastSchemaUpdate: "3/4/2003", ToolVersion: ToolVersion,
	}}
	c.MSSeverities = []catalogue.MSSeverity{
		{MSSeverityID: "1", Name: "Critical"},
		{MSSeverityID: "2", Name: "Important"},
		{MSSeverityID: "3", Name: "Moderate"},
		{MSSeverityID: "4", Name: "Low"},
	}
	ids := addProducts(c, track)
	list := bulletins[track]
	list = list[:len(list)-min(e.Without, len(list))]
	for i, b := range list {
		sb := "0"
		if slices.ContainsFunc(list, func(o bulletin) bool { return o.id == b.replaced }) {
			sb = strconv.Itoa(i + 1)
			c.SupercededBys = append(c.SupercededBys, supersede(sb, b))
		}
		c.Bulletins = append(c.Bulletins, b.element(i, sb, ids, e))
		c.Files = append(c.Files, catalogue.File{FileChangeID: strconv.Itoa(500 + i), FileName: b.file, Location: b.folder, Version: b.version})
	}
	return c
}

// addProducts numbers the products and service packs of a track.
func addProducts(c *catalogue.Catalogue, track Track) map[string]string {
	ids := map[string]string{}
	for i, p := range products[track] {
		id := strconv.Itoa(100*i + 100)
		ids[p.name] = id
		for k, name := range p.packs {
			sp := strconv.Itoa(100*i + 100 + k + 1)
			ids[name] = sp
			c.ServicePacks = append(c.ServicePacks, catalogue.ServicePack{ServicePackID: sp, Name: name, ReleaseDate: "2004/08/25"})
		}
		first, last := ids[p.packs[0]], ids[p.packs[len(p.packs)-1]]
		c.Products = append(c.Products, catalogue.Product{ProductID: id, Name: p.name, MinimumSupportedServicePackID: first, CurrentServicePackID: last})
	}
	return ids
}

func (b *bulletin) element(i int, sb string, ids map[string]string, e Edition) catalogue.Bulletin {
	posted := e.Updated.AddDate(0, -b.months, 0).Format("2006/01/02")
	id := strconv.Itoa(i + 1)
	return catalogue.Bulletin{
		BulletinID: b.id, BulletinLocationID: id, FAQLocationID: id, FAQPageName: "FQ" + b.id[2:],
		Title: "Invented for practice: " + b.title, DatePosted: posted, DateRevised: posted, Supported: "Yes",
		Summary:          fmt.Sprintf("In %s the %s. No such bulletin exists.", b.pack, b.title),
		ImpactSeverityID: "0", PreReqSeverityID: "0", MitigationSeverityID: "0", PopularitySeverityID: "0",
		QNumbers: []catalogue.QNumber{{QNumber: b.q}},
		Patches: []catalogue.Patch{{
			PatchName: b.q + ".exe", PatchLocationID: id, SBID: sb, SQNumber: b.q, NoReboot: b.noReboot, MSSeverityID: b.severity,
			AffectedProducts: []catalogue.AffectedProduct{{
				ProductID: ids[b.product], FixedInSP: "0",
				ServicePacks: []catalogue.AffectedServicePack{{ServicePackID: ids[b.pack]}},
			}},
			FileChgs: []catalogue.FileChg{{FileChangeID: strconv.Itoa(500 + i)}},
		}},
	}
}

func supersede(sb string, b bulletin) catalogue.SupercededBy {
	return catalogue.SupercededBy{
		SBID: sb, Description: b.replaced,
		Bulletins: []catalogue.SupercededBulletin{{BulletinID: b.id, Patches: []catalogue.SupercededPatch{{PatchName: b.q + ".exe"}}}},
	}
}

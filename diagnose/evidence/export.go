package evidence

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"patchtrace/diagnose/evidence/mof"
	"patchtrace/logparse"
)

// exportKind is the form in which instances were saved.
type exportKind uint8

const (
	exportUnknown exportKind = iota
	exportMOF
	exportCSV
	exportList
	exportFormatList
	exportJSON
	exportTable
)

var (
	mofStart  = regexp.MustCompile(`^(?i:instance\s+of\b|class\s+\w|qualifier\s+\w|#pragma\b|#line\b|//|/\*|\[)`)
	jsonArray = regexp.MustCompile(`^\[\s*[{\]]`)
)

// exportKindOf tells the form from how a text begins.
func exportKindOf(text string) exportKind {
	text = strings.TrimLeft(text, " \t\r\n\x00\ufeff")
	head := text[:min(len(text), 64<<10)]
	line, _, _ := strings.Cut(head, "\n")
	switch {
	case strings.HasPrefix(head, "{"), jsonArray.MatchString(head):
		return exportJSON
	case isTypeLine(head), separator.MatchString(head):
		return exportCSV
	case mofStart.MatchString(head):
		return exportMOF
	case listLine.MatchString(line):
		return exportList
	case formatListColon(head) > 0:
		return exportFormatList
	case csvComma(line) != 0:
		return exportCSV
	case wmicColumns(strings.TrimRight(line, "\r ")) != nil && !tableForTheEye.MatchString(head):
		return exportTable
	}
	return exportUnknown
}

// exportReader collects the instances of a file.
type exportReader struct {
	file string
	text *logparse.Whole

	rows    int
	props   int
	dates   dateOrders
	patches []PatchState
	actions []exportAction
}

// exportAction is an instance of InventoryActionStatus. Its dates may be such that
// those of all others must be known first.
type exportAction struct {
	Origin
	mof.Instance
}

// origin is where the byte at of the text stands.
func (r *exportReader) origin(at int) Origin {
	line, offset := r.text.Place(at)
	return Origin{Name: r.file, Line: line, Offset: offset}
}

// fault names the line of the byte at.
func (r *exportReader) fault(at int, format string, args ...any) error {
	line, _ := r.text.Place(at)
	return fmt.Errorf("%w: line %d: %s", ErrExport, line, fmt.Sprintf(format, args...))
}

// mof reads MOF. What has been read stays when there is an error.
func (r *exportReader) mof() error {
	list, err := mof.Parse(r.text.Text)
	for _, i := range list {
		at := int(i.At.Offset)
		i.At.Line, i.At.Offset = r.text.Place(at)
		if bad := r.add(exportRow{at: at, class: i.Class, props: i.Props, alias: i.Alias}); bad != nil {
			return bad
		}
	}
	return err
}

// exportRow is an instance as it was saved, with all that stands around its
// properties.
type exportRow struct {
	at                 int // in the text
	class, host, alias string
	props              []mof.Prop
}

// add keeps a row if its class is one of those that are looked for.
func (r *exportReader) add(row exportRow) error {
	if r.props += len(row.props); r.props > maxExportProps {
		return r.fault(row.at, "more than %d properties in all", maxExportProps)
	}
	row.undress()
	if row.class == "" {
		row.class = classByProps(r.file, row.props)
	}
	o := r.origin(row.at)
	i := mof.Instance{Class: row.class, Alias: row.alias, Props: row.props, At: mof.Place{Line: o.Line, Offset: o.Offset}}
	if p, ok := PatchOf(o, i); ok {
		p.Host = row.host
		r.patches = append(r.patches, p)
	} else if _, ok := CycleOf(o, i); ok {
		r.actions = append(r.actions, exportAction{o, i})
	} else {
		return nil
	}
	for k := range i.Props {
		r.dates.see(i.Props[k].Text)
	}
	return nil
}

// found are the instances, with what they all tell of each other.
func (r *exportReader) found(damaged error) (patches []PatchState, cycles []Cycle) {
	for i := range r.patches {
		p := &r.patches[i]
		p.Damaged, p.Order, p.Doubt = damaged, r.dates.order, r.dates.doubt()
	}
	for i := range r.actions {
		a := &r.actions[i]
		if c, ok := cycleOf(a.Origin, a.Instance, r.dates.order); ok {
			c.Order, c.Doubt = r.dates.order, r.dates.doubt()
			cycles = append(cycles, c)
		}
	}
	return r.patches, cycles
}

// dressing are properties that PowerShell adds to instances of Get-WmiObject.
var dressing = regexp.MustCompile(`^(?i:Scope|Path|Options|ClassPath|Properties|SystemProperties|Qualifiers|Site|Container)$`)

// powerShell are those that it adds to all.
var powerShell = regexp.MustCompile(`^(?i:PSComputerName|PSShowComputerName|PSSourceJobInstanceId|RunspaceId|CimClass|CimInstanceProperties|CimSystemProperties)$`)

// undress takes off what is no property of the instance, and keeps of it the class
// and the computer.
func (row *exportRow) undress() {
	get := (&mof.Instance{Props: row.props}).Get
	if row.class == "" {
		row.class = bareClass(get("__CLASS"))
	}
	if row.class == "" {
		row.class = bareClass(get("CimClass"))
	}
	wmi := get("__GENUS") != ""
	for _, host := range []string{row.host, get("PSComputerName"), get("__SERVER")} {
		if row.host = host; host != "" && !strings.EqualFold(host, "localhost") && host != "." {
			break
		}
		row.host = ""
	}
	row.props = slices.DeleteFunc(row.props, func(p mof.Prop) bool {
		return p.Name == "" || strings.HasPrefix(p.Name, "__") || powerShell.MatchString(p.Name) || wmi && dressing.MatchString(p.Name)
	})
}

// bareClass takes a class out of "root/cimv2:Win32_PatchState" and of the name of a
// PowerShell type, "System.Management.ManagementObject#root\cimv2\Win32_PatchState".
// A type without one, as Select-Object makes it, is no class.
func bareClass(text string) string {
	text = strings.TrimSpace(text)
	if text = text[strings.LastIndexAny(text, `:\/#`)+1:]; strings.Contains(text, ".") {
		return ""
	}
	return text
}

// classByProps tells the class of an instance that does not name it from its
// properties: what everybody's tables call ID and Status is taken for a patch only
// when their values look so too.
func classByProps(file string, props []mof.Prop) string {
	i := PatchState{Instance: mof.Instance{Props: props}}
	has := func(name string) bool { return i.Prop(name) != nil }
	switch {
	case has("InventoryActionID"):
		return ClassActionStatus
	case !has("Status"):
		return ""
	case has("UniqueId") && !has("QNumbers"), has("Article") && !has("QNumbers"):
		return ClassUpdateStatus
	case has("QNumbers"):
	case !has("ID"), len(i.Numbers()) == 0 && i.Bulletin() == "" && i.State() != Installed && i.State() != Applicable:
		return ""
	}
	if extendedName.MatchString(path.Base(slashes(file))) {
		return ClassPatchExtended
	}
	return ClassPatchState
}

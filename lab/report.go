package lab

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/evidence/mof"
)

// Kinds of an inventory report.
const (
	reportFull   = "Full"
	reportDelta  = "Delta"
	reportResync = "ReSync"
)

// actionHardware is the id of the hardware inventory action.
const actionHardware = "{00000000-0000-0000-0000-000000000001}"

// report is an inventory as the client sends it.
type report struct {
	XMLName xml.Name `xml:"Report"`
	Header  struct {
		Machine string `xml:"Identification>Machine>NetBIOSName"`
		Type    string `xml:"ReportDetails>ReportType"`
		// Date is a CIM datetime of the client's clock.
		Date    string `xml:"ReportDetails>Date"`
		Version string `xml:"ReportDetails>Version"`
		Action  string `xml:"InventoryAction>InventoryActionID"`
	} `xml:"ReportHeader"`
	Instances []reportInstance `xml:"ReportBody>Instance"`
}

// reportInstance is an instance of a class that is new, changed or gone.
type reportInstance struct {
	Class   string       `xml:"Class,attr"`
	Content string       `xml:"Content,attr"` // New, Update or Delete
	Props   []reportProp `xml:"Property"`
}

type reportProp struct {
	Name  string `xml:"Name,attr"`
	Value string `xml:",chardata"`
}

func (i *reportInstance) get(name string) string {
	for _, p := range i.Props {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// patchKey identifies an instance of Win32_PatchState.
func patchKey(get func(string) string) string {
	return strings.Join([]string{get("ID"), get("QNumbers"), get("Product"), get("Type")}, "|")
}

// key identifies an instance among those that an inventory collects.
func key(i *mof.Instance) string {
	if strings.EqualFold(i.Class, classPatchState) {
		return i.Class + "|" + patchKey(i.Get)
	}
	return i.Class + "|" + i.Get("Name")
}

// history is what the last report said of each instance.
type history map[string]string

// compare makes the instances of the next report: all of them for a full one,
// else what is new, changed or gone since the last.
func compare(now []mof.Instance, before history, full bool) (list []reportInstance, after history) {
	after = history{}
	for i := range now {
		inst := &now[i]
		k, content := key(inst), inst.String()
		after[k] = content
		old, known := before[k]
		switch {
		case full || !known:
			list = append(list, reported(inst, "New"))
		case old != content:
			list = append(list, reported(inst, "Update"))
		}
	}
	if full {
		return list, after
	}
	gone := make([]string, 0)
	for k := range before {
		if _, ok := after[k]; !ok {
			gone = append(gone, k)
		}
	}
	slices.Sort(gone)
	for _, k := range gone {
		if old, err := mof.Parse(before[k]); err == nil && len(old) == 1 {
			list = append(list, reported(&old[0], "Delete"))
		}
	}
	return list, after
}

func reported(i *mof.Instance, content string) reportInstance {
	r := reportInstance{Class: i.Class, Content: content}
	for _, p := range i.Props {
		r.Props = append(r.Props, reportProp{p.Name, p.Text})
	}
	return r
}

// newReport fills the header in.
func newReport(machine, kind, version string, at time.Time, list []reportInstance) *report {
	r := &report{Instances: list}
	r.Header.Machine, r.Header.Type, r.Header.Version = machine, kind, version
	r.Header.Date, r.Header.Action = mof.Time(at), actionHardware
	return r
}

// mif writes the report as the site's inboxes take it. The header's lines are
// the lab's own.
func (r *report) mif() []byte {
	var b bytes.Buffer
	h := &r.Header
	fmt.Fprintf(&b, "//LAB inventory\r\n//Machine<%s>\r\n//Report<%s>\r\n//Version<%s>\r\n//Date<%s>\r\n", h.Machine, h.Type, h.Version, h.Date)
	b.WriteString("Start Component\r\n\tName = \"System Inventory\"\r\n")
	for n, i := range r.Instances {
		fmt.Fprintf(&b, "\tStart Group\r\n\t\tName = \"%s\"\r\n\t\tID = %d\r\n\t\tClass = \"SMS|%s|1.0\"\r\n\t\tPragma = \"SMS:%s\"\r\n", mifText(i.Class), n+1, mifText(i.Class), i.Content)
		for k, p := range i.Props {
			fmt.Fprintf(&b, "\t\tStart Attribute\r\n\t\t\tName = \"%s\"\r\n\t\t\tID = %d\r\n\t\t\tType = String(256)\r\n\t\t\tValue = \"%s\"\r\n\t\tEnd Attribute\r\n", mifText(p.Name), k+1, mifText(p.Value))
		}
		b.WriteString("\tEnd Group\r\n")
	}
	b.WriteString("End Component\r\n")
	return b.Bytes()
}

// mifText keeps a value on its line and inside of its quotes.
var mifText = strings.NewReplacer(`"`, `'`, "\r", " ", "\n", " ").Replace

var errMIF = errors.New("syntax error")

// parseMIF reads what mif writes.
func parseMIF(text []byte) (*report, error) {
	r := new(report)
	head := map[string]*string{"//Machine<": &r.Header.Machine, "//Report<": &r.Header.Type, "//Version<": &r.Header.Version, "//Date<": &r.Header.Date}
	var group *reportInstance
	inAttribute, whole := false, false
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		name, value, _ := strings.Cut(line, " = ")
		value = strings.Trim(value, `"`)
		switch {
		case line == "Start Group":
			r.Instances = append(r.Instances, reportInstance{})
			group, inAttribute = &r.Instances[len(r.Instances)-1], false
		case line == "End Component":
			whole = true
		case line == "Start Attribute":
			if group == nil {
				return nil, fmt.Errorf("line %d: %w", n, errMIF)
			}
			group.Props = append(group.Props, reportProp{})
			inAttribute = true
		case line == "End Attribute":
			inAttribute = false
		case strings.HasPrefix(line, "//"):
			for prefix, field := range head {
				if v, ok := strings.CutPrefix(line, prefix); ok {
					*field = strings.TrimSuffix(v, ">")
				}
			}
		case inAttribute && name == "Name":
			group.Props[len(group.Props)-1].Name = value
		case inAttribute && name == "Value":
			group.Props[len(group.Props)-1].Value = value
		case group != nil && !inAttribute && name == "Name":
			group.Class = value
		case group != nil && name == "Pragma":
			group.Content = strings.TrimPrefix(value, "SMS:")
		}
	}
	if lines.Err() != nil || !whole || r.Header.Machine == "" {
		return nil, fmt.Errorf("end of file: %w", errMIF)
	}
	return r, nil
}

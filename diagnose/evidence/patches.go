package evidence

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"patchtrace/diagnose/evidence/mof"
	"patchtrace/logparse"
)

// ErrExport says that a file with instances is damaged, or holds none.
var ErrExport = errors.New("no readable export of WMI instances")

// Bounds of what is read of a file with instances.
const (
	maxExport        = 16 << 20 // bytes
	maxExportRows    = 100_000
	maxExportColumns = 1024
	maxExportProps   = 1 << 20 // of all instances
	maxExportValue   = 1 << 20 // bytes
)

// tableForTheEye matches what Format-Table begins with.
var tableForTheEye = regexp.MustCompile(`^[A-Za-z_]\w*(?: +[A-Za-z_]\w*)+ *\r*\n *-+(?: +-+)+ *\r*\n`)

// ReadPatches reads the instances that somebody saved: the text of Show MOF, CSV of
// Export-Csv or of wmic, wmic's tables, its lists and those of Format-List, JSON of
// ConvertTo-Json or of this program.
// Which of them it is the content tells. Instances of other classes are passed
// over, and so are files that hold something else, unless their names promise
// instances.
//
// Of a damaged file it returns what could be read, marked as Damaged, and an error
// that names the line.
func ReadPatches(f File) ([]PatchState, []Cycle, error) {
	text, err := readExport(f)
	if err != nil || text == nil {
		return nil, nil, err
	}
	r := exportReader{file: f.Name, text: text}
	switch kind := exportKindOf(text.Text); kind {
	case exportMOF:
		err = r.mof()
	case exportCSV:
		err = r.csv()
	case exportList:
		err = r.list()
	case exportFormatList:
		err = r.formatList()
	case exportJSON:
		err = r.json()
	case exportTable:
		err = r.table()
	default:
		if IsMOF(f.Name) {
			err = r.mof()
		} else if tableForTheEye.MatchString(strings.TrimLeft(text.Text, " \t\r\n")) {
			err = fmt.Errorf("%w: it is a table for the eye, in which values are cut or run together: save it by Export-Csv, ConvertTo-Json or Format-List, or by wmic with /format:list", ErrExport)
		} else {
			err = fmt.Errorf("%w: it is neither MOF, CSV, JSON nor a list", ErrExport)
		}
	}
	found := len(r.patches) + len(r.actions)
	if err == nil && found == 0 && r.rows > 0 {
		err = fmt.Errorf("%w: none of its %d rows is one of %s, %s or %s", ErrExport, r.rows, ClassPatchState, ClassUpdateStatus, ClassActionStatus)
		if !owesPatches(f.Name) {
			return nil, nil, nil
		}
	}
	if err != nil && found == 0 && !owesPatches(f.Name) && !mentionsPatches(text.Text) {
		return nil, nil, nil // another kind of file
	}
	patches, cycles := r.found(err)
	return patches, cycles, err
}

// owesPatches is true for files of which it is an error when they hold no instances.
func owesPatches(name string) bool { return PromisesPatches(name) || IsMOF(name) }

// readExport reads the file; nil when it is too large and not what is looked for.
func readExport(f File) (*logparse.Whole, error) {
	if f.Size == 0 {
		if owesPatches(f.Name) {
			return nil, fmt.Errorf("%w: the file is empty", ErrExport)
		}
		return nil, nil
	}
	file, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size, large := f.Size, f.Size > maxExport
	if large {
		size = 64 << 10
	}
	raw, err := io.ReadAll(io.NewSectionReader(file, 0, size))
	if err != nil {
		return nil, err
	}
	text := logparse.DecodeWhole(raw)
	if large {
		if owesPatches(f.Name) || mentionsPatches(text.Text) {
			return nil, fmt.Errorf("%w: it is larger than %d MB; export these classes alone", ErrExport, maxExport>>20)
		}
		return nil, nil
	}
	return text, nil
}

// mentionsPatches looks into the head of a text for what only exports of these
// classes hold.
func mentionsPatches(text string) bool {
	const head = 64 << 10
	text = strings.ToLower(text[:min(len(text), head)])
	for _, word := range []string{ClassPatchState, ClassUpdateStatus, ClassActionStatus, "QNumbers"} {
		if strings.Contains(text, strings.ToLower(word)) {
			return true
		}
	}
	return false
}

// PatchOf is an instance as scan result; ok is false for other classes. Its class
// is spelled as the constants are.
func PatchOf(o Origin, i mof.Instance) (p PatchState, ok bool) {
	for _, class := range []string{ClassPatchState, ClassPatchExtended, ClassUpdateStatus} {
		if strings.EqualFold(i.Class, class) {
			i.Class = class
			return PatchState{Origin: o, Instance: i}, true
		}
	}
	return PatchState{}, false
}

// CycleOf is an instance of InventoryActionStatus as cycle; ok is false for other
// classes, and when it names no action. Times that cannot be read are zero.
func CycleOf(o Origin, i mof.Instance) (c Cycle, ok bool) { return cycleOf(o, i, 0) }

func cycleOf(o Origin, i mof.Instance, order DateOrder) (c Cycle, ok bool) {
	action := strings.ToUpper(strings.Trim(strings.TrimSpace(i.Get("InventoryActionID")), "{}"))
	if !strings.EqualFold(i.Class, ClassActionStatus) || action == "" {
		return Cycle{}, false
	}
	c = Cycle{Origin: o, Action: "{" + action + "}"}
	var started, reported bool
	c.Started, started, _ = parseMomentIn(i.Get("LastCycleStartedDate"), order)
	c.Reported, reported, _ = parseMomentIn(i.Get("LastReportDate"), order)
	c.Wall = !reported && (!c.Reported.IsZero() || !started && !c.Started.IsZero())
	c.Major, c.Minor = smallNumber(i.Get("LastMajorReportVersion")), smallNumber(i.Get("LastMinorReportVersion"))
	return c, true
}

// smallNumber reads a number of at most nine digits, 0 for what is none.
func smallNumber(text string) int {
	n := 0
	for i, c := range strings.TrimSpace(text) {
		if c < '0' || c > '9' || i > 8 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

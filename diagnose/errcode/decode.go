package errcode

import (
	"fmt"
	"path"
	"strings"
)

// Decode explains v whatever log it comes from. The first of these rules that
// fits decides: a row of the table, an HRESULT made of a Win32 number, an
// HRESULT made of an HTTP status, the range of a family, unknown.
func Decode(v uint32) Code {
	c := Code{Value: v, Text: Format(v)}
	switch {
	case c.fromTable():
	case c.fromWin32():
	case c.fromHTTP():
	case c.fromSpan():
	default:
		c.unknown()
	}
	return c.finish()
}

// DecodeIn explains v as it stands in log, which is a log's file name or its
// component. Two kinds of codes change their meaning there:
//
//   - PatchDownloader.log and ruleengine.log write an HTTP status as if it were
//     a Win32 number: 0x80070193 is HTTP 403;
//   - 0x87D00215 in ContentTransferManager.log is missing content.
func DecodeIn(v uint32, log string) Code {
	if status := v - facilityWin32; writesHTTPAsWin32(log) && 400 <= status && status <= 505 {
		return asStatus(v)
	}
	c := Decode(v)
	if v == 0x87D00215 && logIs(log, "contenttransfermanager") {
		c.Group = groupTitled("content missing")
	}
	return c
}

// DecodeOf explains v as it stands in msg, a line of log. A plain number that the
// line calls an HTTP status, such as 407, is explained as one.
func DecodeOf(v uint32, log, msg string) Code {
	if 400 <= v && v <= 505 {
		status := httpHRESULT(v)
		for _, f := range Find(msg) {
			if f.Value == status {
				return asStatus(v)
			}
		}
	}
	return DecodeIn(v, log)
}

// asStatus explains an HTTP status, and keeps how it was written as v.
func asStatus(v uint32) Code {
	c := Decode(httpHRESULT(v &^ facilityWin32))
	c.Value, c.Text, c.Name = v, Format(v), ""
	return c
}

func writesHTTPAsWin32(log string) bool {
	return logIs(log, "patchdownloader") || logIs(log, "ruleengine") ||
		logIs(log, "software updates patch downloader") || logIs(log, "sms_rule_engine")
}

// logIs tells whether log is the log of that name (in lower case), in any case,
// folder and state of rotation.
func logIs(log, name string) bool {
	base := path.Base(strings.ReplaceAll(log, `\`, "/"))
	rest, ok := strings.CutPrefix(strings.ToLower(base), name)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '-')
}

// facilityHTTP is the HRESULT of HTTP status 0: failure, facility 25.
const facilityHTTP = 0x80190000

// httpHRESULT returns the code that stands for an HTTP status.
func httpHRESULT(status uint32) uint32 {
	return facilityHTTP + status
}

func (c *Code) fromTable() bool {
	r, ok := lookup(c.Value)
	if !ok {
		return false
	}
	c.exact(r)
	return true
}

func (c *Code) exact(r row) {
	c.Name, c.Meaning, c.Family, c.Exact = r.name, r.meaning, r.family, true
}

// fromWin32 explains HRESULTs of facility 7, and plain numbers.
func (c *Code) fromWin32() bool {
	n, ok := win32Number(c.Value)
	if !ok {
		return false
	}
	if r, ok := lookup(n); ok && n != 0 {
		c.exact(r)
		return true
	}
	s, _ := find(win32Spans, n) // the last span holds every number
	c.Family = s.family
	c.Meaning = s.explain(fmt.Sprintf("number %d is not in the table", n))
	return true
}

// win32Number returns the number below 65536 that v is or carries.
func win32Number(v uint32) (uint32, bool) {
	if v < shortLimit {
		return v, true
	}
	return v & 0xFFFF, v&^0xFFFF == facilityWin32
}

func (c *Code) fromHTTP() bool {
	if c.Value&^0xFFFF != facilityHTTP {
		return false
	}
	c.Family = famHTTP
	c.Meaning = fmt.Sprintf("HTTP %d: this status is not in the table", c.Value&0xFFFF)
	return true
}

func (c *Code) fromSpan() bool {
	s, ok := find(spans, c.Value)
	if !ok {
		return false
	}
	c.Family = s.family
	if s.family == famMDM {
		c.Meaning = "Mobile device management code; " + s.area
		return true
	}
	c.Meaning = s.explain("code not in the table")
	return true
}

// explain joins the family, the area and why no more is known.
func (s span) explain(why string) string {
	text := familyTitle(s.family)
	if s.area != "" {
		text += ", " + s.area
	}
	return strings.ToUpper(text[:1]) + text[1:] + "; " + why
}

func (c *Code) unknown() {
	c.Family = famUnknown
	if int32(c.Value) < 0 {
		c.Meaning = fmt.Sprintf("Unknown code %s (signed %d, unsigned %d)", c.Text, int32(c.Value), c.Value)
		return
	}
	c.Meaning = fmt.Sprintf("Unknown code %s (decimal %d)", c.Text, c.Value)
}

// finish fills what follows from the value and the family.
func (c Code) finish() Code {
	c.FamilyTitle = familyTitle(c.Family)
	c.Confidence = Documented
	if !c.Exact || unchecked(c.Family) {
		c.Confidence = Inferred
	}
	if n, ok := win32Number(c.Value); ok {
		c.Win32 = int(n)
	}
	c.Status = httpStatus(c.Value)
	c.Group = groupOf(c)
	c.Class = classOf(c)
	c.Note = notes[c.HRESULT()]
	return c
}

// AsHTTP returns the status that a plain number such as 407 is as well, and
// true if there is one. A person who looks up a number may mean either.
func (c Code) AsHTTP() (Code, bool) {
	if c.Value < 400 || c.Value > 505 {
		return Code{}, false
	}
	if http := Decode(httpHRESULT(c.Value)); http.Exact {
		return http, true
	}
	return Code{}, false
}

// wuaStatus are the HTTP statuses that 0x80244016 and the codes after it stand
// for. They are not linear.
var wuaStatus = [...]int{400, 401, 403, 404, 405, 407, 408, 409, 410, 500, 501, 502, 503, 504, 505}

func httpStatus(v uint32) int {
	if v&^0xFFFF == facilityHTTP {
		return int(v & 0xFFFF)
	}
	if i := v - 0x80244016; i < uint32(len(wuaStatus)) {
		return wuaStatus[i]
	}
	return 0
}

// notes are the traps of single codes, by HRESULT.
var notes = map[uint32]string{
	0x80070643: "1603 can hide 1612, a missing install source",
	0x8024002D: "Windows Installer's 1612 stands behind it",
	0x80240017: "A result, not a fault, unless this very update was to be installed",
	0x80240022: "Only a sum: the cause is in the lines \"finished installing (0x…)\" before it",
	0x80240024: "A result, not a fault, unless this very update was to be installed",
	0x80244020: "This is HTTP 501; one published table prints 500",
	0x80244023: "This is HTTP 504; one published table prints 503",
	0x80246002: "In WUAHandler.log it can stand for a signature problem: WindowsUpdate.log holds the inner code",
	0x87D00215: "Healthy clients write it too, even as an error",
	0x87D00310: "Healthy clients write it too, even as an error",
	0x87D00692: "Some tools call it \"group not found\"; it is a Group Policy conflict",
	0x87D20417: "Generic: PatchDownloader.log holds the real code",
}

package lab

import (
	"errors"
	"path"
	"slices"
	"strings"

	"patchtrace/diagnose/evidence/mof"
)

// repository is the client's WMI: a folder for each namespace, a file for each
// class with its definition and instances.
type repository struct{ s *session }

// WMI namespaces and classes.
const (
	nsCIM    = `root\cimv2`
	nsInvAgt = `root\ccm\invagt`

	classPatchState   = "Win32_PatchState"
	classActionStatus = "InventoryActionStatus"
	// classHistory holds what the last hardware inventory reported.
	classHistory = "C00000000_0000_0000_0000_000000000001"
)

func (r repository) dir(namespace string) string {
	return path.Join(dirWMI, strings.ReplaceAll(strings.ToLower(namespace), `\`, "/"))
}

func (r repository) file(namespace, class string) string {
	return path.Join(r.dir(namespace), class+".mof")
}

// connect checks that a namespace is there and may be used.
func (r repository) connect(namespace string) error {
	err := r.s.disk.reach(r.dir(namespace))
	switch {
	case errors.Is(err, errPathNotFound):
		return wbemNamespace
	case err != nil:
		return wbemAccessDenied
	}
	return nil
}

// instances returns the instances of a class.
func (r repository) instances(namespace, class string) ([]mof.Instance, error) {
	if err := r.connect(namespace); err != nil {
		return nil, err
	}
	text, err := r.s.disk.read(r.file(namespace, class))
	if err != nil {
		return nil, wbemError(err)
	}
	list, err := mof.Parse(string(text))
	if err != nil {
		return nil, wbemFailed
	}
	return slices.DeleteFunc(list, func(i mof.Instance) bool { return !strings.EqualFold(i.Class, class) }), nil
}

// compile makes a class out of its definition, as mofcomp does. A class that is
// there keeps its instances.
func (r repository) compile(namespace, class string, definition []byte) error {
	if err := r.connect(namespace); err != nil {
		return err
	}
	if r.s.disk.exists(r.file(namespace, class)) {
		return nil
	}
	return wbemError(r.s.disk.write(r.file(namespace, class), definition, r.s.now()))
}

// put replaces the instances of a class that is there.
func (r repository) put(namespace, class string, list []mof.Instance) error {
	if err := r.connect(namespace); err != nil {
		return err
	}
	name := r.file(namespace, class)
	old, err := r.s.disk.read(name)
	if err != nil {
		return wbemError(err)
	}
	var b strings.Builder
	b.WriteString(definition(string(old)))
	for i := range list {
		b.WriteString("\n" + list[i].String())
	}
	return wbemError(r.s.disk.write(name, []byte(b.String()), r.s.now()))
}

// definition is what stands in a class's file before its instances.
func definition(text string) string {
	if strings.HasPrefix(text, "instance of") {
		return ""
	}
	if i := strings.Index(text, "\ninstance of"); i >= 0 {
		return strings.TrimRight(text[:i], "\n") + "\n"
	}
	return text
}

// wbemError is a refusal of the file system as WMI passes it on.
func wbemError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errFileNotFound):
		return wbemClass
	case errors.Is(err, errAccessDenied):
		return wbemAccessDenied
	}
	return wbemFailed
}

// definitions of the classes that programs make. Of Win32_PatchState none is
// published; the properties are those that are told of.
const patchStateMOF = `// LAB: the class of the scan results. Its real definition is not published.
#pragma namespace("\\\\.\\root\\cimv2")
class Win32_PatchState
{
	[key] string ID;
	[key] string QNumbers;
	[key] string Product;
	[key] string Type;
	string Title;
	string Summary;
	string Status;
	string Severity;
	string Language;
	uint32 LocaleID;
	datetime DatePosted;
	datetime DateRevised;
	datetime TimeDetected;
	datetime TimeApplied;
	string ScanAgent;
};
`

const actionStatusMOF = `// LAB: what the agent notes of its cycles.
#pragma namespace("\\\\.\\root\\ccm\\invagt")
class InventoryActionStatus
{
	[key] string InventoryActionID;
	datetime LastCycleStartedDate;
	uint32 LastMajorReportVersion;
	uint32 LastMinorReportVersion;
	datetime LastReportDate;
};
`

const historyMOF = `// LAB: what the last hardware inventory reported of each instance.
#pragma namespace("\\\\.\\root\\ccm\\invagt")
class C00000000_0000_0000_0000_000000000001
{
	[key] string Instance;
	string Content;
	string State;
};
`

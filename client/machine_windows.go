package client

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/windows"
	reg "golang.org/x/sys/windows/registry"
)

// localMachine is the registry below HKEY_LOCAL_MACHINE.
type localMachine struct{}

var realRegistry registry = localMachine{}

func (localMachine) open(key regKey) (reg.Key, error) {
	view := uint32(reg.WOW64_64KEY)
	if key.wow32 {
		view = reg.WOW64_32KEY
	}
	return reg.OpenKey(reg.LOCAL_MACHINE, key.path, reg.QUERY_VALUE|view)
}

func (r localMachine) exists(key regKey) bool {
	k, err := r.open(key)
	if err == nil {
		k.Close() // it was only read
	}
	return err == nil
}

func (r localMachine) value(key regKey, name string) (string, bool, error) {
	k, err := r.open(key)
	if errors.Is(err, reg.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	defer k.Close()
	text, _, err := k.GetStringValue(name)
	if errors.Is(err, reg.ErrUnexpectedType) {
		text, err = otherValue(k, name)
	}
	if errors.Is(err, reg.ErrNotExist) {
		return "", false, nil
	}
	return text, err == nil, err
}

// otherValue is a value that is no plain text.
func otherValue(k reg.Key, name string) (string, error) {
	list, _, err := k.GetStringsValue(name)
	if errors.Is(err, reg.ErrUnexpectedType) {
		n, _, err := k.GetIntegerValue(name)
		return strconv.FormatUint(n, 10), err
	}
	return strings.Join(list, "\n"), err
}

// serviceStates are the words for a service's states.
var serviceStates = map[uint32]string{
	windows.SERVICE_STOPPED: "stopped", windows.SERVICE_START_PENDING: "starting", windows.SERVICE_STOP_PENDING: "stopping",
	windows.SERVICE_RUNNING: "running", windows.SERVICE_CONTINUE_PENDING: "starting", windows.SERVICE_PAUSE_PENDING: "paused", windows.SERVICE_PAUSED: "paused",
}

// realService fills a service's state in and tells whether it is installed. It asks
// for no more rights than every user has.
func realService(s *Service) bool {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return false
	}
	defer windows.CloseServiceHandle(manager)
	name, err := windows.UTF16PtrFromString(s.Name)
	if err != nil {
		return false
	}
	service, err := windows.OpenService(manager, name, windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return false
	}
	defer windows.CloseServiceHandle(service)
	var status windows.SERVICE_STATUS
	if err := windows.QueryServiceStatus(service, &status); err != nil {
		return false
	}
	s.State = serviceStates[status.CurrentState]
	start, ok, _ := localMachine{}.value(regKey{path: `SYSTEM\CurrentControlSet\Services\` + s.Name}, "Start") // else it is not told
	s.Disabled = ok && start == strconv.Itoa(windows.SERVICE_DISABLED)
	return true
}

func elevated() bool { return windows.GetCurrentProcessToken().IsElevated() }

// needsElevation tells whether a program was refused because Windows would have to
// ask the user first.
func needsElevation(err error) bool { return errors.Is(err, windows.ERROR_ELEVATION_REQUIRED) }

// zoneName is the name of the machine's time zone, in Windows' own words.
func zoneName() string {
	var z windows.Timezoneinformation
	if _, err := windows.GetTimeZoneInformation(&z); err != nil {
		return ""
	}
	return windows.UTF16ToString(z.StandardName[:])
}

// windowsVersion is the version as Windows numbers it, whatever programs are told
// for their compatibility.
func windowsVersion() string {
	v := windows.RtlGetVersion()
	return fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
}

package client

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/pipeline"
)

// fakeRegistry has values by key and name, a key of 32-bit programs after "32:".
type fakeRegistry map[string]string

func (r fakeRegistry) name(key regKey) string {
	if key.wow32 {
		return "32:" + key.path
	}
	return key.path
}

func (r fakeRegistry) value(key regKey, name string) (string, bool, error) {
	text, ok := r[r.name(key)+`\`+name]
	if text == "denied" {
		return "", false, errors.New("access denied")
	}
	return text, ok, nil
}

func (r fakeRegistry) exists(key regKey) bool { _, ok := r[r.name(key)]; return ok }

func books(t *testing.T) []*pipeline.Playbook {
	t.Helper()
	all, err := pipeline.All()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheRegistryNamesTheLogFolder(t *testing.T) {
	named := t.TempDir()
	write(t, named, "CAS.log", "x")
	for _, view := range []string{"", "32:"} {
		r := fakeRegistry{
			view + loggingKey + `\LogDirectory`:       named,
			view + mobileKey + `\SmsClientVersion`:    "5.00.9068.1000",
			view + mobileKey + `\AssignedSiteCode`:    "ABC",
			view + restarts[1].key:                    "",
			restarts[0].key + `\` + restarts[0].value: "\n\n", // nothing is to be replaced
		}
		m := Local{keys: r}.Machine(books(t))
		if !slices.Equal(m.Folders, []string{named}) || m.Version != "5.00.9068.1000" || m.Site != "ABC" || !slices.Equal(m.Restart, []string{restarts[1].what}) {
			t.Errorf("%q: got %+v", view, m)
		}
		if notes := strings.Join(m.Notes(), "\n"); !strings.Contains(notes, "client version 5.00.9068.1000 of site ABC\n") && !strings.Contains(notes, "restart pending: Windows servicing") {
			t.Errorf("got %s", notes)
		}
	}
}

func TestALogFolderWithoutLogsIsNoClient(t *testing.T) {
	empty := t.TempDir()
	m := Local{keys: fakeRegistry{loggingKey + `\LogDirectory`: empty, mobileKey + `\SmsClientVersion`: "denied"}}.Machine(nil)
	if len(m.Folders) > 0 || m.NamedFolder != empty {
		t.Errorf("got %+v", m)
	}
	notes := strings.Join(m.Notes(), "\n")
	if !strings.Contains(notes, "the registry names "+empty+" as the log folder, which holds no logs") || !strings.Contains(notes, `not readable: HKLM\`+mobileKey+" SmsClientVersion: access denied") {
		t.Errorf("got %s", notes)
	}
}

func TestWhatAMachineSaysIsPutIntoSentences(t *testing.T) {
	m := Machine{
		Name: "WKS1", Windows: "10.0.19045", Clock: time.Date(2007, 6, 5, 2, 0, 0, 0, time.FixedZone("", -5*3600)), Zone: "Eastern Standard Time",
		LeftOut:  []string{`C:\Windows\System32\CCM\Logs`},
		Services: []Service{{Name: "CcmExec", Title: "SMS Agent Host", State: "running"}, {Name: "wuauserv", Title: "Windows Update", State: "stopped", Disabled: true}, {Name: "BITS", Title: "B", State: "stopped"}},
	}
	want := []string{
		`C:\Windows\System32\CCM\Logs holds logs of a client too, but is not the folder in use: name it to look into it`,
		"services: wuauserv (Windows Update) is disabled; BITS (B) is stopped; running: CcmExec",
		"WKS1 runs Windows 10.0.19045; its clock shows 2007-06-05 02:00:00 -05:00 (Eastern Standard Time)",
		"this program runs without an administrator's rights: some logs, WMI and the stages' programs may refuse it",
	}
	if got := m.Notes(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestAMachineTellsItsPackages(t *testing.T) {
	windir := t.TempDir()
	write(t, windir, "system32/vpcache/ABC00012/ScanWrapper.exe", "x")
	write(t, windir, "system32/vpcache/ABC00012/MSSecure.cab", "x")
	write(t, windir, "system32/vpcache/ABC00013/ScanWrapper.exe", "x")
	write(t, windir, "system32/vpcache/ABC00013/invcif.exe", "x")
	write(t, windir, "system32/vpcache/ABC00014/mssecure.cab", "x") // has no scan tool
	l := Local{Lookup: func(name string) (string, bool) { return windir, name == "windir" }, keys: fakeRegistry{"32:" + mobileKey + `\AssignedSiteCode`: "ABC"}}
	if got := fmt.Sprint(l.Params()); got != "map[code:ABC officepackage:ABC00013 package:ABC00012]" {
		t.Errorf("got %s", got)
	}
	write(t, windir, "system32/vpcache/DEF00012/ScanWrapper.exe", "x")
	write(t, windir, "system32/vpcache/DEF00012/mssecure.cab", "x")
	if got := fmt.Sprint(l.Params()); got != "map[code:ABC officepackage:ABC00013]" {
		t.Errorf("of two packages one was taken: %s", got)
	}
}

package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"patchtrace/diagnose/evidence/mof"
	"patchtrace/pipeline"
)

// fakeWMI answers from tables. Keys are those of asked.
type fakeWMI struct {
	instances map[string][]mof.Instance
	// series are answers one after the other; the last one stays.
	series map[string][][]mof.Instance
	errs   map[string]error
	calls  func(what string, input map[string]string) (map[string]string, error)

	mu    sync.Mutex
	asked []string
}

func (f *fakeWMI) query(ctx context.Context, at space, class, where string) ([]mof.Instance, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := strings.TrimSpace(at.String() + ":" + class + " " + where)
	f.asked = append(f.asked, key)
	if err := f.errs[key]; err != nil {
		return nil, err
	}
	if s := f.series[key]; len(s) > 0 {
		f.series[key] = s[min(1, len(s)-1):]
		return s[0], nil
	}
	list, ok := f.instances[key]
	if !ok && where == "" {
		return nil, explainWMI(at, class, findingClass, wbemNotFound)
	}
	return list, ctx.Err()
}

func (f *fakeWMI) call(_ context.Context, at space, class, method string, input map[string]string) (map[string]string, error) {
	return f.calls(at.String()+":"+class+"."+method, input)
}

func inst(class string, pairs ...string) mof.Instance {
	i := mof.Instance{Class: class}
	for k := 0; k < len(pairs); k += 2 {
		i.Set(pairs[k], pairs[k+1])
	}
	return i
}

func TestWhyWMIDoesNotAnswer(t *testing.T) {
	tests := []struct {
		host string
		when doing
		code uint32
		is   error
		do   string
	}{
		{thisHost, findingClass, 0x80041010, ErrNoClass, "run the scan"},
		{thisHost, findingClass, 0x80041002, ErrNoClass, "run the scan"},
		{thisHost, findingClass, 0x80041009, ErrNoClass, "run the scan"},
		{thisHost, connecting, 0x8004100E, ErrNoNamespace, "check that the client is installed"},
		{thisHost, connecting, 0x80041009, ErrNoNamespace, "check that the client is installed"},
		{thisHost, reading, 0x80041003, errWMIDenied, "run as an administrator"},
		{"WKS1", connecting, 0x80070005, errWMIDenied, "an administrator of WKS1"},
		{"WKS1", connecting, 0x800706BA, errNoRPC, `its firewall lets in "Windows Management Instrumentation"`},
		{"WKS1", connecting, 0x80041009, errNoRPC, "check that WKS1 is on"},
		{"WKS1", connecting, 0x80041015, errNoRPC, "check that WKS1 is on"},
		{"WKS1", connecting, 0x80072AF9, errNoHost, "check the name"},
		{thisHost, connecting, 0x80070422, errWMIStopped, "enable and start"},
		{thisHost, connecting, 0x80041013, errWMIBroken, "winmgmt /verifyrepository"},
	}
	for _, tt := range tests {
		err := explainWMI(space{tt.host, `root\cimv2`}, "Win32_PatchState", tt.when, tt.code)
		if !errors.Is(err, tt.is) || !strings.Contains(err.Do, tt.do) || !strings.Contains(err.Error(), fmt.Sprintf("0x%08X", tt.code)) {
			t.Errorf("%08X: %v; %s", tt.code, err, err.Do)
		}
	}
	err := explainWMI(space{thisHost, `root\cimv2`}, "", reading, 0x80041017)
	if !strings.Contains(err.Error(), "syntax") || !strings.Contains(err.Do, "patchtrace lookup 0x80041017") {
		t.Errorf("another code: %v; %s", err, err.Do)
	}
}

func TestEvidenceOfWMI(t *testing.T) {
	base, extended := inst("Win32_PatchState", "ID", "MS04-011", "Nobody", "knows it"), inst("Win32_PatchState_Extended", "ID", "MS04-012")
	const key = `root\cimv2:Win32_PatchState`
	f := &fakeWMI{instances: map[string][]mof.Instance{
		key:               {base, extended}, // those of derived classes too
		key + "_Extended": {extended},
		`root\ccm\invagt:InventoryActionStatus`: {inst("InventoryActionStatus", "InventoryActionID", "{00000000-0000-0000-0000-000000000001}",
			"LastCycleStartedDate", "20070605020000.000000+000", "LastReportDate", "20070605020100.000000+000", "LastMajorReportVersion", "3", "LastMinorReportVersion", "7")},
		`root\cimv2:Win32_OperatingSystem`: {inst("Win32_OperatingSystem", "CSName", "WKS1", "LastBootUpTime", "20070605061500.500000+120")},
	}}
	set := Local{asked: f}.Evidence(t.Context())
	if len(set.Patches) != 2 || !set.PatchesAsked || set.PatchesErr != nil || len(set.Problems) > 0 {
		t.Fatalf("got %+v", set)
	}
	if p := set.Patches[0]; p.Get("Nobody") != "knows it" || p.Name != key {
		t.Errorf("got %+v", p)
	}
	if len(set.Cycles) != 1 || set.Cycles[0].Reported.Format(time.RFC3339) != "2007-06-05T02:01:00Z" || set.Cycles[0].Major != 3 || set.Cycles[0].Minor != 7 {
		t.Errorf("got %+v", set.Cycles)
	}
	if set.Booted.Format(time.DateTime) != "2007-06-05 04:15:00" || set.BootedBy.Name != `root\cimv2:Win32_OperatingSystem` {
		t.Errorf("started %v, says %s", set.Booted, set.BootedBy.Name)
	}
}

func TestWhatWMIDoesNotHoldIsSaid(t *testing.T) {
	const key = `root\cimv2:Win32_PatchState`
	denied := explainWMI(space{thisHost, `root\cimv2`}, "Win32_PatchState", reading, 0x80041003)
	away := explainWMI(space{"WKS1", `root\cimv2`}, "", connecting, 0x800706BA)
	tests := []struct {
		name  string
		fake  *fakeWMI
		asked bool
		err   error
		text  string
	}{
		{"no class", &fakeWMI{}, false, ErrNoClass, "ask " + key + ": there is no such class (0x80041002); run the scan: its first success makes the class"},
		{"another client's class", &fakeWMI{instances: map[string][]mof.Instance{`root\ccm\SoftwareUpdates\UpdatesStore:CCM_UpdateStatus`: {}}}, true, nil, ""},
		{"denied", &fakeWMI{errs: map[string]error{key: denied}}, false, errWMIDenied, "ask " + key + ": access denied (0x80041003); run as an administrator"},
	}
	for _, tt := range tests {
		set := Local{asked: tt.fake}.Evidence(t.Context())
		if set.PatchesAsked != tt.asked || !errors.Is(set.PatchesErr, tt.err) || set.PatchesErr != nil && set.PatchesErr.Error() != tt.text {
			t.Errorf("%s: %+v", tt.name, set)
		}
	}
	f := &fakeWMI{errs: map[string]error{`\\WKS1\` + key: away}}
	if set := (Remote{Host: "WKS1", asked: f}).Evidence(t.Context()); len(f.asked) != 1 || !errors.Is(set.PatchesErr, errNoRPC) {
		t.Errorf("a computer that does not answer was asked for %q: %+v", f.asked, set)
	}
}

func TestLastHardwareScanOfASite(t *testing.T) {
	f := &fakeWMI{instances: map[string][]mof.Instance{
		`\\SITE1\root\sms\site_ABC:SMS_R_System NetbiosName = 'WKS1'`:              {inst("SMS_R_System", "ResourceID", "7"), inst("SMS_R_System", "ResourceID", "9")},
		`\\SITE1\root\sms\site_ABC:SMS_G_System_WORKSTATION_STATUS ResourceID = 7`: {inst("x", "LastHardwareScan", "20070601020000.000000+***")},
		`\\SITE1\root\sms\site_ABC:SMS_G_System_WORKSTATION_STATUS ResourceID = 9`: {inst("x", "LastHardwareScan", "20070605020000.000000+***")},
	}}
	at, zoned, err := Local{asked: f}.LastHardwareScan(t.Context(), `\\SITE1`, "ABC", "WKS1")
	if err != nil || zoned || at.Format(time.DateTime) != "2007-06-05 02:00:00" {
		t.Errorf("got %v, %v, %v", at, zoned, err)
	}
	if _, _, err := (Local{asked: f}).LastHardwareScan(t.Context(), "SITE1", "ABC", "O'Neil"); !errors.Is(err, errNotInSite) || !strings.Contains(f.asked[len(f.asked)-1], `'O\'Neil'`) {
		t.Errorf("got %v for %q", err, f.asked[len(f.asked)-1])
	}
	if _, _, err := (Local{asked: f}).LastHardwareScan(t.Context(), "SITE1", `A\B`, "WKS1"); !errors.Is(err, errNoSiteName) {
		t.Errorf("got %v", err)
	}
}

func TestAMethodThatReturnsACodeFailed(t *testing.T) {
	answer := map[string]string{"returnvalue": "2147749889"}
	f := &fakeWMI{calls: func(string, map[string]string) (map[string]string, error) { return answer, nil }}
	c := pipeline.Call{Namespace: `root\ccm`, Class: "SMS_Client", Method: "TriggerSchedule", Input: map[string]string{"sScheduleID": "x"}}
	if err := (Local{asked: f}).Call(t.Context(), c); err == nil || !strings.Contains(err.Error(), "it returned 2147749889 (0x80041001)") {
		t.Errorf("got %v", err)
	}
	for _, answer = range []map[string]string{nil, {}, {"returnvalue": "0"}} {
		if err := (Local{asked: f}).Call(t.Context(), c); err != nil {
			t.Errorf("%v: %v", answer, err)
		}
	}
}

func TestAnAnswerIsNotWaitedForLongerThanAsked(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	slow := func() (int, error) { <-hang; return 0, nil }
	if _, err := within(t.Context(), time.Millisecond, slow); !errors.Is(err, errSlow) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := within(ctx, time.Hour, slow); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// remoteBench is a computer on which programs can be started.
type remoteBench struct {
	*fakeWMI
	created map[string]string
	ended   []string
}

func newRemoteBench(code string) *remoteBench {
	b := &remoteBench{fakeWMI: &fakeWMI{instances: map[string][]mof.Instance{
		`\\WKS1\root\cimv2:Win32_OperatingSystem`: {inst("Win32_OperatingSystem", "WindowsDirectory", `D:\WINNT`, "SystemDrive", "D:")},
	}}}
	b.calls = func(what string, input map[string]string) (map[string]string, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if what == `\\WKS1\root\cimv2:Win32_Process.Create` {
			b.created = input
			return map[string]string{"returnvalue": code, "processid": "42"}, nil
		}
		b.ended = append(b.ended, what)
		return map[string]string{"returnvalue": "0"}, nil
	}
	return b
}

func (b *remoteBench) processes(list map[string][]mof.Instance) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for where, l := range list {
		b.instances[`\\WKS1\root\cimv2:Win32_Process `+where] = l
	}
}

func (b *remoteBench) host() Remote {
	return Remote{Host: "WKS1", asked: b.fakeWMI, pace: time.Millisecond}
}

func TestAProgramOnAnotherComputer(t *testing.T) {
	b := newRemoteBench("0")
	own, another := []mof.Instance{inst("Win32_Process", "CreationDate", "1")}, []mof.Instance{inst("Win32_Process", "CreationDate", "2")}
	b.series = map[string][][]mof.Instance{`\\WKS1\root\cimv2:Win32_Process ProcessId = 42`: {own, own, another}}
	p, err := b.host().Start(t.Context(), pipeline.Exec{Program: "ScanWrapper.exe", Args: []string{"/s", "a b", `c"d`}, Dir: `%windir%\system32\vpcache\LAB00012`})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"CommandLine":      `"D:\WINNT\system32\vpcache\LAB00012\ScanWrapper.exe" /s "a b" "c\"d"`,
		"CurrentDirectory": `D:\WINNT\system32\vpcache\LAB00012`,
	}
	if fmt.Sprint(b.created) != fmt.Sprint(want) {
		t.Errorf("started with %q", b.created)
	}
	if out, err := io.ReadAll(p.Output()); len(out) > 0 || err != nil {
		t.Errorf("printed %q, %v", out, err)
	}
	if _, err := p.Wait(); !errors.Is(err, errRemoteCode) {
		t.Errorf("ended with %v", err)
	}
	if err := p.Stop(); err != nil || len(b.ended) > 0 {
		t.Errorf("stopping what has ended: %v, %q", err, b.ended)
	}
}

// A number is given to another process as soon as it is free, even before the program
// that was started is first looked at.
func TestAnotherProgramOfThatNumberIsNotTheOneThatWasStarted(t *testing.T) {
	b := newRemoteBench("0")
	b.processes(map[string][]mof.Instance{"ProcessId = 42": {inst("Win32_Process", "Name", "svchost.exe", "CreationDate", "2")}})
	p, err := b.host().Start(t.Context(), pipeline.Exec{Program: "ScanWrapper.exe", Dir: `C:\x`})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(); !errors.Is(err, errRemoteCode) {
		t.Errorf("ended with %v", err)
	}
	b = newRemoteBench("0")
	own := []mof.Instance{inst("Win32_Process", "Name", "scanwrapper.EXE", "CreationDate", "2")}
	b.series = map[string][][]mof.Instance{`\\WKS1\root\cimv2:Win32_Process ProcessId = 42`: {own, own, {}}}
	p, err = b.host().Start(t.Context(), pipeline.Exec{Program: `C:\x\ScanWrapper.exe`})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(); !errors.Is(err, errRemoteCode) || len(b.series[`\\WKS1\root\cimv2:Win32_Process ProcessId = 42`]) != 1 {
		t.Errorf("the program itself: %v; it was not looked at until it ended", err)
	}
}

func TestStopEndsTheTreeOnAnotherComputer(t *testing.T) {
	b := newRemoteBench("0")
	b.processes(map[string][]mof.Instance{
		"ProcessId = 42":       {inst("Win32_Process", "CreationDate", "1")},
		"ParentProcessId = 42": {inst("Win32_Process", "ProcessId", "43")},
		"ParentProcessId = 43": {inst("Win32_Process", "ProcessId", "44")},
	})
	p, err := b.host().Start(t.Context(), pipeline.Exec{Program: "x.exe"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(); err == nil {
		t.Error("it has an exit code")
	}
	for i, pid := range []string{"42", "43", "44"} {
		if want := `\\WKS1\root\cimv2:Win32_Process.Handle="` + pid + `".Terminate`; i >= len(b.ended) || b.ended[i] != want {
			t.Fatalf("ended %q", b.ended)
		}
	}
}

func TestWhyAProgramCannotStartOnAnotherComputer(t *testing.T) {
	for code, want := range map[string]string{
		"2":  "start x.exe on WKS1: access denied; run as an administrator of that computer",
		"9":  "start x.exe on WKS1: no such program, or no such folder; check that the package is on that computer, and the parameter that names its folder",
		"77": `start x.exe on WKS1: Win32_Process.Create returned "77"; start it there by hand`,
	} {
		if _, err := newRemoteBench(code).host().Start(t.Context(), pipeline.Exec{Program: "x.exe"}); err == nil || err.Error() != want {
			t.Errorf("%s: got %v", code, err)
		}
	}
	b := newRemoteBench("0")
	b.calls = func(string, map[string]string) (map[string]string, error) {
		return nil, explainWMI(space{"WKS1", `root\cimv2`}, "", connecting, 0x800706BA)
	}
	if _, err := b.host().Start(t.Context(), pipeline.Exec{Program: "x.exe"}); err == nil || !strings.Contains(err.Error(), "does not answer to remote calls (RPC) (0x800706BA); check that WKS1 is on, and that its firewall") {
		t.Errorf("got %v", err)
	}
	if _, err := b.host().Start(t.Context(), pipeline.Exec{Program: "x.exe", Dir: `%ProgramFiles%\x`}); err == nil || !strings.Contains(err.Error(), `its %ProgramFiles%\x is not known`) {
		t.Errorf("got %v", err)
	}
	if _, err := b.host().Start(t.Context(), pipeline.Exec{Program: "x.bat"}); !errors.Is(err, errShell) {
		t.Errorf("got %v", err)
	}
}

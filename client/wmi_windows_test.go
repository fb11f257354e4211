package client

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"patchtrace/pipeline"
)

// What is asked here is in the repository of every Windows, and of Wine.
func TestRealClassesAreRead(t *testing.T) {
	list, err := realWMI{}.query(t.Context(), space{thisHost, `root\cimv2`}, "Win32_OperatingSystem", "")
	if err != nil || len(list) != 1 {
		t.Fatalf("got %+v, %v", list, err)
	}
	if i := list[0]; i.Class != "Win32_OperatingSystem" || i.Get("WindowsDirectory") == "" || i.Get("CSName") == "" {
		t.Errorf("got %+v", i)
	}
	// A class that is not known is read whole.
	list, err = realWMI{}.query(t.Context(), space{thisHost, `root\cimv2`}, "Win32_Service", "Name = "+wqlText("BITS"))
	if err != nil || len(list) != 1 || list[0].Get("State") == "" || len(list[0].Props) < 5 {
		t.Errorf("got %+v, %v", list, err)
	}
}

// The library finds a property by its name. Objects of Wine 8 answer to that only when
// go-ole asks as scripts do, which scripts/wine-check.sh makes it do.
func TestTheLibraryReadsKnownClasses(t *testing.T) {
	if os.Getenv("PATCHTRACE_TEST_BY_NAME") == "" {
		t.Skip("PATCHTRACE_TEST_BY_NAME is not set")
	}
	err := inTable(space{thisHost, `root\cimv2`}, func(c table) error {
		list, err := rows[operatingSystem](c, "Win32_OperatingSystem", "SELECT * FROM Win32_OperatingSystem")
		if err != nil || len(list) != 1 || !strings.Contains(list[0].Get("WindowsDirectory"), `:\`) {
			t.Errorf("got %+v, %v", list, err)
		}
		list, err = rows[process](c, "Win32_Process", "SELECT * FROM Win32_Process WHERE ProcessId = "+strconv.Itoa(os.Getpid()))
		if err != nil || len(list) != 1 || list[0].Get("ProcessId") != strconv.Itoa(os.Getpid()) || !strings.HasSuffix(list[0].Get("Name"), ".exe") {
			t.Errorf("got %+v, %v", list, err)
		}
		list, err = rows[siteSystem](c, "Win32_Process", "SELECT * FROM Win32_Process")
		if !errors.Is(err, errNotRead) {
			t.Errorf("instances without the properties: %+v, %v", list, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAKnownClassThatIsMissingIsSaid(t *testing.T) {
	at := space{thisHost, `root\cimv2`}
	if list, err := (realWMI{}).query(t.Context(), at, "InventoryActionStatus", ""); !errors.Is(err, ErrNoClass) {
		t.Errorf("got %+v, %v", list, err)
	}
	at.namespace = `root\patchtrace\is\not\there`
	if list, err := (realWMI{}).query(t.Context(), at, "InventoryActionStatus", ""); !errors.Is(err, ErrNoNamespace) {
		t.Errorf("got %+v, %v", list, err)
	}
	if err := (Local{}).Call(t.Context(), pipeline.Call{Namespace: at.namespace, Class: "SMS_Client", Method: "TriggerSchedule", Input: map[string]string{"sScheduleID": "x"}}); !errors.Is(err, ErrNoNamespace) {
		t.Errorf("got %v", err)
	}
}

func TestWhatTheRealRepositoryLacksIsSaid(t *testing.T) {
	set := Local{}.Evidence(t.Context())
	if set.PatchesAsked || !errors.Is(set.PatchesErr, ErrNoClass) && !errors.Is(set.PatchesErr, errWMIDenied) {
		t.Skipf("this computer has a client: %v", set.PatchesErr)
	}
	if !strings.Contains(set.PatchesErr.Error(), `ask root\cimv2:Win32_PatchState: `) || len(set.Problems) > 0 {
		t.Errorf("got %v, %+v", set.PatchesErr, set.Problems)
	}
	_, err := realWMI{}.query(t.Context(), space{thisHost, `root\patchtrace\is\not\there`}, "X", "")
	if !errors.Is(err, ErrNoNamespace) {
		t.Errorf("got %v", err)
	}
	err = Local{}.Call(t.Context(), pipeline.Call{Namespace: `root\cimv2`, Class: "SMS_Client", Method: "TriggerSchedule", Input: map[string]string{"sScheduleID": "x"}})
	if !errors.Is(err, ErrNoClass) || !strings.Contains(err.Error(), "check that the client is installed") {
		t.Errorf("got %v", err)
	}
}

func TestAComputerThatIsNotThereIsSaid(t *testing.T) {
	set := Remote{Host: "patchtrace-nowhere.invalid"}.Evidence(t.Context())
	if !unreachable(set.PatchesErr) || !strings.Contains(set.PatchesErr.Error(), "check ") {
		t.Errorf("got %v", set.PatchesErr)
	}
}

package pipeline

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// namesBook has logs that are easily taken for each other.
func namesBook() *Playbook {
	return &Playbook{ID: "names", Stages: []*Stage{
		{ID: Sync, Logs: []Log{
			{Name: "Sync.log", Globs: []string{"*syncxml*.log"}},
		}},
		{ID: Scan, Logs: []Log{
			{Name: "ScanWrapper.log", Required: true, Components: []string{"SmsScan"}, Folders: []string{`C:\A`}},
			{Name: "Scan.log"},
			{Name: "Scan-2.log"},
			{Name: "WindowsUpdate.log", Globs: []string{"WindowsUpdate.*.etl.log", "wu[0-9].log"}},
			{Name: "execmgr.log"},
		}},
		{ID: Inventory, Logs: []Log{
			{Name: "Hinv32.log", Components: []string{"Hardware Inventory Agent"}},
		}},
		{ID: Install, Logs: []Log{
			{Name: "ExecMgr.log", Required: true, Folders: []string{`C:\B`}, Globs: []string{"exec*.txt"}},
			{Name: "PatchInstall.log", Components: []string{"SmsScan", "PatchInst"}},
		}},
	}}
}

func TestLogFor(t *testing.T) {
	book := namesBook()
	tests := []struct {
		name, file, component, want string
	}{
		{name: "the name itself", file: "ScanWrapper.log", want: "ScanWrapper.log"},
		{name: "case does not matter", file: "SCANWRAPPER.LOG", want: "ScanWrapper.log"},
		{name: "folders do not matter", file: `C:\CCM\Logs\ScanWrapper.log`, want: "ScanWrapper.log"},
		{name: "nor do those of an archive", file: "host/logs/ScanWrapper.log", want: "ScanWrapper.log"},
		{name: "a glob", file: "OfficeSyncXml1.log", want: "Sync.log"},
		{name: "a glob with a class", file: "WU7.log", want: "WindowsUpdate.log"},
		{name: "a rotated log", file: "ScanWrapper.lo_", want: "ScanWrapper.log"},
		{name: "a rotated log with its date", file: "ScanWrapper-20210714-102250.log", want: "ScanWrapper.log"},
		{name: "a date does not lead to the log with a longer name", file: "Scan-20210714-102250.log", want: "Scan.log"},
		{name: "an old log", file: "execmgr.log.old", want: "execmgr.log"},
		{name: "a numbered log", file: "execmgr.log.3", want: "execmgr.log"},
		{name: "a copy", file: "execmgr (1).log", want: "execmgr.log"},
		{name: "a copy of a rotated log", file: "Scan-2 - Copy.lo_", want: "Scan-2.log"},
		{name: "a rotated log that a glob names", file: "securitysyncxml.lo_", want: "Sync.log"},
		{name: "a name that goes on with something else than a letter", file: "hinv32-Q302354.txt", want: "Hinv32.log"},
		{name: "the longest such name", file: "scan-2_host.log", want: "Scan-2.log"},
		{name: "a name that goes on with a letter is another log", file: "ScanAgent.log", want: ""},
		{name: "also with a letter beyond ASCII", file: "Scané.log", want: ""},
		{name: "the component when the name says nothing", file: "clip.txt", component: "patchinst", want: "PatchInstall.log"},
		{name: "the first log of a shared component", file: "clip.txt", component: "SMSSCAN", want: "ScanWrapper.log"},
		{name: "a component that is called like a log", component: "WindowsUpdate", want: "WindowsUpdate.log"},
		{name: "the name before the component", file: "Scan.log", component: "PatchInst", want: "Scan.log"},
		{name: "neither", file: "setup.log", component: "setup", want: ""},
		{name: "nothing", want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if ref := book.LogFor(tt.file, tt.component); ref != nil {
				got = ref.Name
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestALogOfTwoStagesIsOne(t *testing.T) {
	ref := namesBook().LogFor("execmgr.log", "")
	want := &LogRef{
		Log:        Log{Name: "execmgr.log", Globs: []string{"exec*.txt"}, Folders: []string{`C:\B`}, Required: true},
		Stages:     []string{Scan, Install},
		RequiredBy: []string{Install},
	}
	if diff := cmp.Diff(want, ref); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var names []string
	for _, ref := range namesBook().Logs() {
		names = append(names, ref.Name)
	}
	if diff := cmp.Diff([]string{
		"Sync.log", "ScanWrapper.log", "Scan.log", "Scan-2.log", "WindowsUpdate.log", "execmgr.log", "Hinv32.log", "PatchInstall.log",
	}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLogForMayBeAskedByManyAtOnce(t *testing.T) {
	book := namesBook()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if book.LogFor("Scan.log", "") != book.LogFor("scan.LOG", "") {
				t.Error("two answers")
			}
		})
	}
	wg.Wait()
}

// Every log that ships is found under its own name, whatever else the globs take.
func TestBuiltinLogsAreFoundByTheirNames(t *testing.T) {
	books, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, book := range books {
		for _, ref := range book.Logs() {
			if got := book.LogFor(ref.Name, ""); got != ref {
				t.Errorf("%s: %s is taken for %v", book.ID, ref.Name, got)
			}
		}
	}
}

func FuzzLogFor(f *testing.F) {
	f.Add("ScanWrapper-20210714-102250.log", "SmsScan")
	f.Add(`..\.log`, "")
	f.Add("(.lo_", "(")
	book := namesBook()
	f.Fuzz(func(t *testing.T, file, component string) {
		if a, b := book.LogFor(file, component), book.LogFor(file, component); a != b {
			t.Errorf("%v, then %v", a, b)
		}
	})
}

func BenchmarkLogFor(b *testing.B) {
	book := namesBook()
	for b.Loop() {
		book.LogFor("hinv32-Q302354.txt", "")
	}
}

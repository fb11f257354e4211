package client

import (
	"path/filepath"
	"slices"
	"testing"

	reg "golang.org/x/sys/windows/registry"
)

func TestEveryGenerationsFolderIsFound(t *testing.T) {
	for _, folder := range []string{`CCM\Logs`, `System32\CCM\Logs`, `SysWOW64\CCM\Logs`, `MS\SMS\Logs`, `SMS_CCM\Logs`} {
		windir := t.TempDir()
		dir := filepath.Join(windir, folder)
		write(t, windir, filepath.ToSlash(folder)+"/CAS.log", "x")
		lookup := func(name string) (string, bool) {
			return windir, name == "windir" || name == "SystemDrive" || name == "ProgramFiles"
		}
		if got := (Local{Lookup: lookup, keys: fakeRegistry{}}).LogFolders(books(t)); !slices.Equal(got, []string{dir}) {
			t.Errorf("got %q, want %q", got, dir)
		}
	}
}

func TestTheFolderInUseGoesBeforeOlderOnes(t *testing.T) {
	windir := t.TempDir()
	write(t, windir, "CCM/Logs/CAS.log", "x")
	write(t, windir, "System32/CCM/Logs/CAS.log", "x")
	r := fakeRegistry{loggingKey + `\LogDirectory`: filepath.Join(windir, "ccm", "LOGS") + `\`}
	lookup := func(name string) (string, bool) { return windir, name == "windir" }
	m := Local{Lookup: lookup, keys: r}.Machine(books(t))
	if len(m.Folders) != 1 || !sameFolderName(m.Folders[0], filepath.Join(windir, `CCM\Logs`)) || !slices.Equal(m.LeftOut, []string{filepath.Join(windir, `System32\CCM\Logs`)}) {
		t.Errorf("got %+v", m)
	}
}

// The test writes below HKEY_LOCAL_MACHINE only where that does no harm: a key of
// its own that it removes.
func TestValuesOfTheRealRegistryAreRead(t *testing.T) {
	const path = `SOFTWARE\patchtrace-test`
	for _, key := range views(path) {
		access := uint32(reg.ALL_ACCESS | reg.WOW64_64KEY)
		if key.wow32 {
			access = reg.ALL_ACCESS | reg.WOW64_32KEY
		}
		k, _, err := reg.CreateKey(reg.LOCAL_MACHINE, path, access)
		if err != nil {
			t.Skipf("this needs an administrator: %v", err)
		}
		defer reg.DeleteKey(reg.LOCAL_MACHINE, path)
		if err := k.SetStringValue("text", `C:\Logs`); err != nil {
			t.Fatal(err)
		}
		if err := k.SetDWordValue("number", 7); err != nil {
			t.Fatal(err)
		}
		if err := k.SetStringsValue("list", []string{"a", "b"}); err != nil {
			t.Fatal(err)
		}
		k.Close()
		for name, want := range map[string]string{"text": `C:\Logs`, "number": "7", "list": "a\nb"} {
			if got, ok, err := realRegistry.value(key, name); got != want || !ok || err != nil {
				t.Errorf("%+v %s: %q, %v, %v", key, name, got, ok, err)
			}
		}
		if _, ok, err := realRegistry.value(key, "none"); ok || err != nil || !realRegistry.exists(key) {
			t.Errorf("%+v: %v, %v", key, ok, err)
		}
	}
	if realRegistry.exists(regKey{path: path + `\none`}) {
		t.Error("a key that is not there exists")
	}
}

func TestServicesOfTheRealMachine(t *testing.T) {
	s := Service{Name: "BITS"}
	if !realService(&s) || s.State == "" {
		t.Errorf("got %+v", s)
	}
	if realService(&Service{Name: "patchtrace-is-no-service"}) {
		t.Error("a service that is not there is installed")
	}
}

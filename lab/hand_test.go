package lab_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchtrace/diagnose"
	"patchtrace/lab"
	"patchtrace/pipeline"
)

// path is a file of the lab.
func (b *bench) path(name string) string { return filepath.Join(b.lab.Dir(), filepath.FromSlash(name)) }

// edit changes a file of the lab.
func (b *bench) edit(name string, f func([]byte) []byte) {
	b.Helper()
	text, err := os.ReadFile(b.path(name))
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(b.path(name), f(text), 0o644); err != nil {
		b.Fatal(err)
	}
}

// set changes one value of a file of state.
func (b *bench) set(name string, value any, keys ...string) {
	b.Helper()
	b.edit(name, func(text []byte) []byte {
		var whole map[string]any
		if err := json.Unmarshal(text, &whole); err != nil {
			b.Fatal(err)
		}
		at := whole
		for _, k := range keys[:len(keys)-1] {
			at = at[k].(map[string]any)
		}
		at[keys[len(keys)-1]] = value
		text, err := json.Marshal(whole)
		if err != nil {
			b.Fatal(err)
		}
		return text
	})
}

func half(b []byte) []byte { return b[:len(b)/2] }

func nothing([]byte) []byte { return nil }

const (
	upstreamCab = "internet/security/1033/mssecure.cab"
	sourceCab   = "network/LAB-WKS-01/SMSTools/Tools/SecurityPatch/PkgSource/1033/mssecure.cab"
	dpCab       = "network/LABDP01/SMSPKGC$/LAB00012/1033/mssecure.cab"
	cachedCab   = "WINDOWS/System32/vpcache/LAB00012/1033/mssecure.cab"
	updates     = "WINDOWS/System32/CCM/Cache/LAB00031.1.System"
	authorize   = updates + "/PatchAuthorize.xml"
	logs        = "WINDOWS/System32/CCM/Logs"
)

// Whoever breaks a lab by hand must find it diagnosed like a fault of the list.
func TestALabThatIsBrokenByHandIsDiagnosed(t *testing.T) {
	tests := []struct {
		name string
		// used labs have run once before they are broken.
		used bool
		hand func(*bench)
		want string // stage and rule
	}{
		{"the cabinet is truncated", false, func(b *bench) { b.edit(upstreamCab, half) }, "sync security-catalogue-damaged"},
		{"the cabinet is emptied", false, func(b *bench) { b.edit(upstreamCab, nothing) }, "sync security-catalogue-damaged"},
		{"the cabinet is a page of HTML", false, func(b *bench) {
			b.edit(upstreamCab, func([]byte) []byte { return []byte("<html>Sign in</html>") })
		}, "sync security-catalogue-damaged"},
		{"a byte of the cabinet is changed", false, func(b *bench) {
			b.edit(upstreamCab, func(c []byte) []byte { c[len(c)-400] ^= 1; return c })
		}, "sync security-signature-untrusted"},
		{"the cabinet is deleted", false, func(b *bench) { b.remove(upstreamCab) }, "sync security-download-not-found"},
		{"nobody may read the cabinet", false, func(b *bench) { b.chmod(upstreamCab, 0) }, "sync security-http-error"},
		{"the cabinet of the distribution point is truncated", true, func(b *bench) { b.edit(dpCab, half) }, "scan catalogue-damaged"},
		{"the cabinet of the distribution point is deleted", true, func(b *bench) {
			b.remove(dpCab)
			b.remove(cachedCab)
		}, "scan catalogue-missing"},
		{"the servers are killed", false, func(b *bench) {
			if err := b.lab.ServeByHand(true); err != nil {
				b.Fatal(err)
			}
		}, "sync security-cannot-connect"},
		{"the servers' settings are deleted", false, func(b *bench) { b.remove("servers.json") }, "sync security-cannot-connect"},
		{"the servers' settings are cut", false, func(b *bench) { b.edit("servers.json", half) }, "sync security-cannot-connect"},
		{"the servers' settings are deleted after a run", true, func(b *bench) { b.remove("servers.json") }, "sync security-cannot-connect"},
		{"the host names are deleted", false, func(b *bench) { b.remove("WINDOWS/System32/drivers/etc/hosts") }, "sync security-name-not-resolved"},
		{"a host name leads outside", false, func(b *bench) {
			b.edit("WINDOWS/System32/drivers/etc/hosts", func(h []byte) []byte { return bytes.ReplaceAll(h, []byte("127.0.0.1"), []byte("192.0.2.1")) })
		}, "sync security-cannot-connect"},
		{"the package source may not be written", false, func(b *bench) { b.chmod("network/LAB-WKS-01/SMSTools/Tools/SecurityPatch/PkgSource", 0o555) }, "sync security-access-denied"},
		{"the distribution point may not be written", false, func(b *bench) { b.chmod("network/LABDP01/SMSPKGC$/LAB00012", 0o555) }, "sync distribution-failed"},
		{"the distribution point may not be entered", false, func(b *bench) { b.chmod("network/LABDP01", 0) }, "sync named-program-failed"},
		{"the log folder may not be written", false, func(b *bench) { b.chmod(logs, 0o555) }, "sync named-program-failed"},
		{"WMI may not be written", false, func(b *bench) { b.chmod("wmi/root/cimv2", 0o555) }, "scan wmi-access-denied"},
		{"WMI may not be entered", false, func(b *bench) { b.chmod("wmi/root", 0) }, "scan wmi-access-denied"},
		{"WMI is deleted", false, func(b *bench) { b.remove("wmi") }, "scan wmi-broken"},
		{"the class is full of nonsense", true, func(b *bench) {
			b.edit("wmi/root/cimv2/Win32_PatchState.mof", func([]byte) []byte { return []byte("nonsense") })
		}, "scan wmi-broken"},
		{"the cache may not be written", false, func(b *bench) { b.chmod("WINDOWS/System32/vpcache/LAB00012", 0o555) }, "scan wmi-access-denied"},
		{"the engine is deleted", false, func(b *bench) {
			b.remove("network/LABDP01/SMSPKGC$/LAB00012/mbsacli.exe")
			b.remove("network/LAB-WKS-01/SMSTools/Tools/SecurityPatch/PkgSource/mbsacli.exe")
			b.remove("WINDOWS/System32/vpcache/LAB00012/mbsacli.exe")
		}, "scan engine-missing"},
		{"the agent's folder may not be written", false, func(b *bench) { b.chmod("WINDOWS/System32/CCM/Inventory/Temp", 0o555) }, "inventory failed-with-code"},
		{"the site's inbox may not be written", false, func(b *bench) { b.chmod("site/inboxes/dataldr.box", 0o555) }, "inventory lost-after-client"},
		{"the management point answers 500", false, func(b *bench) { b.set("servers.json", 500, "managementPoint", "status") }, "inventory not-sent"},
		{"the list of updates is deleted", false, func(b *bench) { b.remove(authorize) }, "install list-missing"},
		{"the list of updates is emptied", false, func(b *bench) { b.edit(authorize, nothing) }, "install list-missing"},
		{"the list of updates is no XML", false, func(b *bench) {
			b.edit(authorize, func(x []byte) []byte { return bytes.Replace(x, []byte("<Patch "), []byte("<Patch <"), 1) })
		}, "install list-missing"},
		{"something is appended to the list of updates", false, func(b *bench) {
			b.edit(authorize, func(x []byte) []byte { return append(x, "<<<\n"...) })
		}, "install list-missing"},
		{"text is appended to the list of updates", false, func(b *bench) {
			b.edit(authorize, func(x []byte) []byte { return append(x, "new:\n"...) })
		}, "install list-missing"},
		{"the list of updates is there twice", false, func(b *bench) {
			b.edit(authorize, func(x []byte) []byte {
				_, root, _ := bytes.Cut(x, []byte("?>"))
				return append(x, root...)
			})
		}, "install list-missing"},
		{"the list allows nothing", false, func(b *bench) {
			b.edit(authorize, func([]byte) []byte { return []byte("<PatchAuthorize/>") })
		}, "install nothing-authorized-applies"},
		{"the update package may not be entered", false, func(b *bench) { b.chmod(updates, 0) }, "install program-error-event"},
		{"a patch is cut", false, func(b *bench) { b.edit(updates+"/Q990101.exe", half) }, "install update-failed-with-code"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, lab.Options{})
			if tt.used {
				if r := b.all(); r.Verdict.Status != diagnose.VerdictPassed {
					t.Fatalf("before: %+v", r.Verdict)
				}
				b.host.Close()
			}
			tt.hand(b)
			r := b.all()
			stage, rule, _ := strings.Cut(tt.want, " ")
			if got := first(r, stage); r.Verdict.Stage != stage || got != "sms2003."+stage+"."+rule {
				t.Errorf("got %s at %q by %s: %s", r.Verdict.Status, r.Verdict.Stage, first(r, r.Verdict.Stage), r.Verdict.Summary)
			}
		})
	}
}

func (b *bench) remove(name string) {
	b.Helper()
	if err := os.RemoveAll(b.path(name)); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) chmod(name string, mode fs.FileMode) {
	b.Helper()
	if err := os.Chmod(b.path(name), mode); err != nil {
		b.Fatal(err)
	}
}

func TestWhatIsDamagedOnTheWayIsReplaced(t *testing.T) {
	for _, name := range []string{sourceCab, cachedCab} {
		b := newBench(t, lab.Options{})
		b.all()
		b.edit(name, half)
		if r := b.all(); r.Verdict.Status != diagnose.VerdictPassed {
			t.Errorf("%s: %+v", name, r.Verdict)
		}
	}
}

func TestAClientThatTheSiteForgotIsAskedForEverythingAndMends(t *testing.T) {
	for _, product := range []string{lab.SMS2003, lab.SMS2} {
		b := newBench(t, lab.Options{Product: product, Fault: "client-unknown"})
		if r := b.all(); r.Verdict.Status != diagnose.VerdictWaiting || r.Verdict.Stage != pipeline.Inventory {
			t.Fatalf("%s: %+v", product, r.Verdict)
		}
		if r := b.all(); r.Verdict.Status != diagnose.VerdictPassed {
			t.Errorf("%s, the second time: %+v", product, r.Verdict)
		}
		if log := b.text(b.lab.LogFolder() + map[string]string{lab.SMS2003: "/InventoryAgent.log", lab.SMS2: "/Hinv32.log"}[product]); product == lab.SMS2003 && !strings.Contains(log, "ReportType=ReSync") {
			t.Error("no resync in the log")
		}
	}
}

// An editor may leave its marks in the list without harm.
func TestAListOfUpdatesMayBeSavedByAnEditor(t *testing.T) {
	b := newBench(t, lab.Options{})
	b.edit(authorize, func(x []byte) []byte {
		x = bytes.ReplaceAll(x, []byte("\n"), []byte("\r\n"))
		return append(append([]byte("\ufeff"), x...), "\r\n<!-- checked -->\r\n"...)
	})
	if r := b.all(); r.Verdict.Status != diagnose.VerdictPassed {
		t.Errorf("%+v", r.Verdict)
	}
}

func (b *bench) text(name string) string {
	b.Helper()
	text, err := os.ReadFile(b.path(name))
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

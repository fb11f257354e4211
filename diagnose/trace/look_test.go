package trace

import (
	"strings"
	"testing"
)

// What a filter keeps its look must see, wherever it stands in the text of a log, and
// it must not see everything, or nothing is won.
func TestALookSeesWhatIsKept(t *testing.T) {
	const ordinary = "Its a WSUS Update Source type ({5A0F3C1E-0000-4000-8000-000000000001}), adding it on 2024-01-02 with 0xA663CEB7-2966"
	tests := []struct {
		product, patch, log, text string
	}{
		{"configmgr", "KB9900001", "WUAHandler.log", "An update (KB9900001)"},
		{"configmgr", "MS04-011", "WUAHandler.log", "An update for ms04-011 of then"},
		{"configmgr", someUpdate, "UpdatesStore.log", "update (" + strings.ToUpper(someUpdate) + ")"},
		{"configmgr", someUpdate, "UpdatesStore.log", strings.ToUpper(someUpdate[:7]) + someUpdate[7:]},
		{"configmgr", "KB9900001", "logs/WUAHandler.log", "Successfully completed scan."},
		{"configmgr", "KB9900001", "WUAHANDLER.LOG", "CopyToCache() for update (x) started"},
		{"configmgr", "KB9900001", "UpdatesHandler.log", "Bundle\nupdate is wrapped, Bundle update (x) is not"},
		{"configmgr", "KB9900001", "CcmMessaging.log", "OutgoingMessage(Queue='mp_mp_relayendpoint'"},
		{"sms2003", "835732", "PatchInstall.log", "Installing Q835732"},
		{"sms2003", "MS04-011", "PatchInstall.log", "no authorized updates"},
		{"sms2003", "MS04-011", "ScanWrapper.log", "DataVersion 1.2"},
	}
	for _, tt := range tests {
		p, err := ParsePatch(tt.patch)
		if err != nil {
			t.Fatal(err)
		}
		f := NewFilter(tt.product, p)
		for _, l := range linesIn(t, tt.log, tt.text) {
			if f.Keep(l.Record) && f.Look(tt.log)(l.Message)(0) < 0 {
				t.Errorf("%s in %s: not seen: %s", tt.patch, tt.log, l.Message)
			}
		}
		text := ordinary + "\n" + tt.text + "\n" + ordinary
		next := f.Look(tt.log)(text)
		at := next(0)
		if at < len(ordinary) || at > len(ordinary)+len(tt.text) {
			t.Errorf("%s in %s is seen at %d: %s", tt.patch, tt.log, at, text)
		}
		if at = next(len(ordinary) + 1 + len(tt.text)); at >= 0 {
			t.Errorf("%s in %s is seen at %d behind it: %s", tt.patch, tt.log, at, text)
		}
	}
}

// All that is kept after what was learned is what was kept before and what is kept
// more, and the look for more sees the latter.
func TestWhatIsKeptMoreIsTheRest(t *testing.T) {
	w := newCM(t, "KB9900001")
	w.found(t, 1, "Missing")
	w.log(t, "UpdatesHandler.log", 2.1, "Bundle update ("+someUpdate+") is requesting download from child updates for action (INSTALL)", 2.1, `Content Text = <Content ContentId="`+part+`" Version="1">`)
	w.log(t, "CAS.log", 2.2, "Requesting content "+part+".1, size(KB) 0", 2.25, "Submitted CTM job {"+transfer+"} to download Content "+part+".1 under context System")
	f := NewFilter("configmgr", w.in.Patch)
	kept := map[int]bool{}
	var first []Line
	for i, l := range w.in.Lines {
		if kept[i] = f.Keep(l.Record); kept[i] {
			first = append(first, l)
		}
	}
	if !f.Learn(first) {
		t.Fatal("nothing was learned")
	}
	more := 0
	for i, l := range w.in.Lines {
		again := f.KeepMore(l.Record)
		if again && f.LookMore(l.Pos.Log)(l.Message)(0) < 0 {
			t.Errorf("not seen: %s", l.Message)
		}
		if again && kept[i] || f.Keep(l.Record) != (again || kept[i]) {
			t.Errorf("before %t, more %t, all %t: %s", kept[i], again, f.Keep(l.Record), l.Message)
		}
		if again {
			more++
		}
	}
	if more == 0 {
		t.Error("no line names only what was learned")
	}
}

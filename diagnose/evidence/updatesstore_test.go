package evidence

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"patchtrace/diagnose/evidence/mof"
)

// The wording is that which articles print of UpdatesStore.log and WUAHandler.log;
// ids, titles and times are made up.

const storeID = "0a1b2c3d-0000-4000-8000-00000000e001"

func TestLinesOfTheStoreTellOfUpdates(t *testing.T) {
	at := time.Date(2024, 11, 13, 22, 5, 32, 0, time.FixedZone("", 3600))
	const scan = "20241113210532.000000+000"
	o := Origin{Name: "UpdatesStore.log", Line: 7, Offset: 300}
	for message, want := range map[string][][2]string{
		"Processing update status from update (" + storeID + ") with ProductID = 0fa1201d-4330-4fa8-8ae9-b877473b6441": {{"UniqueId", storeID}, {"ProductID", "0fa1201d-4330-4fa8-8ae9-b877473b6441"}, {"ScanTime", scan}},
		"Update status from update (" + storeID + ") hasn't been reported before, creating new instance.":              {{"UniqueId", storeID}, {"ScanTime", scan}},
		"Successfully raised state message for update (" + strings.ToUpper(storeID) + ") with state (Missing).":        {{"UniqueId", storeID}, {"Status", "Missing"}, {"ScanTime", scan}},
		"Successfully added WMI instance of update status (" + storeID + ").":                                          {{"UniqueId", storeID}, {"ScanTime", scan}},
		"Update (Installed): 2024-11 Update (Missing): x, for x64 (KB5999001) (" + storeID + ", 104)":                  {{"UniqueId", storeID}, {"Title", "2024-11 Update (Missing): x, for x64 (KB5999001)"}, {"Status", "Installed"}, {"ScanTime", scan}},
		"Queried Update (" + storeID + "): Status=Installed, Title=2024-11 Update, QNumbers=1, for x64 (KB5999001), BulletinID=, QNumbers=5999001, LocaleID=, ProductID=0fa1201d-4330-4fa8-8ae9-b877473b6441, UpdateClassification = 0fa1201d-4330-4fa8-8ae9-b877473b6442, ExcludeForStateReporting=FALSE.": {
			{"UniqueId", storeID}, {"Status", "Installed"}, {"Title", "2024-11 Update, QNumbers=1, for x64 (KB5999001)"}, {"Article", "5999001"}, {"ProductID", "0fa1201d-4330-4fa8-8ae9-b877473b6441"}, {"UpdateClassification", "0fa1201d-4330-4fa8-8ae9-b877473b6442"}, {"ExcludeForStateReporting", "FALSE"},
		},
	} {
		p, ok := UpdatesStoreLine(message, at, o)
		var props []mof.Prop
		for _, pair := range want {
			props = append(props, mof.Prop{Name: pair[0], Text: pair[1]})
		}
		if diff := cmp.Diff(props, p.Props); diff != "" || !ok || p.Class != ClassUpdateStatus || p.Origin != o || !p.Logged.Equal(at) {
			t.Errorf("%s\n%+v, %v\n%s", message, p, ok, diff)
		}
	}
	for _, message := range []string{"", "Successfully done with SetStatus() operation.", "Querying update status completed successfully.", "Processing update status from update (x)", "Update (Superseded): x (" + storeID + ", 1)"} {
		if p, ok := UpdatesStoreLine(message, at, o); ok {
			t.Errorf("%s: %+v", message, p)
		}
	}
}

func TestLinesOfOneUpdateBecomeOneInstance(t *testing.T) {
	var lines []PatchState
	for i, message := range []string{
		"Processing update status from update (" + storeID + ") with ProductID = 0fa1201d-4330-4fa8-8ae9-b877473b6441",
		"Update (Missing): another (0a1b2c3d-0000-4000-8000-00000000e002, 1)",
		"Successfully raised state message for update (" + storeID + ") with state (Missing).",
		"Queried Update (" + storeID + "): Status=Installed, Title=one, BulletinID=MS17-910, QNumbers=5999001, LocaleID=",
		"Successfully added WMI instance of update status (" + storeID + ").",
	} {
		p, ok := UpdatesStoreLine(message, time.Date(2024, 11, 13, 22, i, 0, 0, time.UTC), Origin{Name: "UpdatesStore.log", Line: i + 1})
		if !ok {
			t.Fatal(message)
		}
		lines = append(lines, p)
	}
	list := FoldUpdates(lines)
	if len(list) != 2 {
		t.Fatalf("got %+v", list)
	}
	one, two := &list[0], &list[1]
	if one.State() != Installed || one.Line != 4 || one.Bulletin() != "MS17-910" || !cmp.Equal(one.Numbers(), []string{"5999001"}) || one.Get("ProductID") == "" || one.Scanned().Minute() != 4 {
		t.Errorf("got %+v", one)
	}
	if two.State() != Applicable || two.Line != 2 {
		t.Errorf("got %+v", two)
	}
	if list := FoldUpdates([]PatchState{patch(ClassUpdateStatus, "Article", "1"), patch(ClassUpdateStatus, "Article", "2")}); len(list) != 2 {
		t.Errorf("got %+v", list)
	}
	if lines[0].State() != "" {
		t.Error("the line itself was changed")
	}
}

func TestTheSampleOfTheStoreIsUnderstood(t *testing.T) {
	b, err := os.ReadFile("../../../shared/samples/handmade/cm-scan-ok/UpdatesStore.log")
	if err != nil {
		t.Skip("no samples here: ", err)
	}
	var lines []PatchState
	for line := range strings.Lines(string(b)) {
		message, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(line, "\ufeff"), "<![LOG["), "]LOG]")
		if p, ok := UpdatesStoreLine(message, time.Now(), Origin{}); ok {
			lines = append(lines, p)
		}
	}
	if list := FoldUpdates(lines); len(lines) != 4 || len(list) != 1 || list[0].State() != Applicable {
		t.Errorf("%d lines, %+v", len(lines), list)
	}
}

func FuzzUpdatesStoreLine(f *testing.F) {
	f.Add("Successfully raised state message for update (" + storeID + ") with state (Missing).")
	f.Add("Queried Update (" + storeID + "): Status=Installed, Title=a, Title=b, BulletinID=, QNumbers=1, LocaleID=, ProductID=, UpdateClassification = , ExcludeForStateReporting=FALSE.")
	f.Add("Update (Missing): (Installed): x (" + storeID + ", 200)")
	f.Fuzz(func(t *testing.T, message string) {
		p, ok := UpdatesStoreLine(message, time.Time{}, Origin{})
		if !ok {
			if len(p.Props) > 0 {
				t.Fatalf("got %+v", p)
			}
			return
		}
		if len(p.UniqueID()) != len(storeID) || p.Class != ClassUpdateStatus {
			t.Fatalf("got %+v", p)
		}
		for _, prop := range p.Props {
			if strings.TrimSpace(prop.Text) == "" || len(prop.Text) > len(message) {
				t.Fatalf("got %+v", p)
			}
		}
		if list := FoldUpdates([]PatchState{p, p}); len(list) != 1 || !list[0].Equal(&p.Instance) {
			t.Fatalf("got %+v", list)
		}
	})
}

package evidence

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Which of two numbers is the day the other dates of an export tell: whoever saved
// it has set one country.
func TestDatesOfOneExportTellTheOrderOfEachOther(t *testing.T) {
	for name, c := range map[string]struct {
		dates []string
		// want is the first date; doubt is what is said of it.
		want, doubt string
	}{
		"a day above twelve":             {[]string{"10/6/2007 2:02:00 AM", "13/6/2007 2:02:00 AM"}, "2007-06-10", ""},
		"a day above twelve comes first": {[]string{"10/6/2007 2:02:00 AM", "6/13/2007 2:02:00 AM"}, "2007-10-06", ""},
		"with noughts, 24 hours":         {[]string{"05/06/2007 02:02:00", "25/06/2007 02:02:00"}, "2007-06-05", ""},
		"of the United States":           {[]string{"05/06/2007 02:02:00", "06/25/2007 02:02:00"}, "2007-05-06", ""},
		"as in Australia":                {[]string{"10/12/2007 2:02:00 AM", "5/06/2007 2:02:00 AM"}, "2007-12-10", ""},
		"as in Mexico":                   {[]string{"05/06/2007 02:02:00 p. m.", "25/06/2007 02:02:00 p. m."}, "2007-06-05", ""},
		"no other":                       {[]string{"10/12/2007 2:02:00 AM", ""}, "2007-10-12", "with the month first"},
		"no other of any use":            {[]string{"10/12/2007 2:02:00 AM", "6/6/2007 2:02:00 AM"}, "2007-10-12", "with the month first"},
		"no other, 24 hours":             {[]string{"05/06/2007 02:02:00", "2007-06-25 02:02:00"}, "", "as no time"},
		"of two countries":               {[]string{"10/12/2007 2:02:00 AM", "25/6/2007 2:02:00 AM", "6/25/2007 2:02:00 AM"}, "", "as no time"},
		"a time that nobody has set":     {[]string{"10/12/2007 2:02:00 AM", "31/12/1899 0:00:00"}, "2007-10-12", "with the month first"},
		"certain without the others":     {[]string{"25/6/2007 2:02:00 AM", "6/25/2007 2:02:00 AM"}, "2007-06-25", ""},
		"dates of WMI":                   {[]string{"20070610020200.000000+000", "10/2007"}, "2007-06-10", ""},
	} {
		text := "ID,QNumbers,Status,TimeDetected,Own\n"
		for i, d := range c.dates {
			text += fmt.Sprintf("MS07-%03d,93584%d,Applicable,%s,1/2\n", 31+i, i, d)
		}
		set := Read(context.Background(), []File{exportFile("patchstate.csv", []byte(text))})
		if len(set.Patches) != len(c.dates) {
			t.Fatalf("%s: %+v", name, set)
		}
		got := ""
		if at := set.Patches[0].Detected(); !at.IsZero() {
			got = at.Format(time.DateOnly)
		}
		doubts := set.Doubts()
		if got != c.want || len(doubts) != min(len(c.doubt), 1) || c.doubt != "" && !strings.Contains(doubts[0], c.dates[0]+" in patchstate.csv are read "+c.doubt) {
			t.Errorf("%s: %q, %q", name, got, doubts)
		}
	}
}

func TestTheInventoryAgentsDatesHaveTheOrderOfTheirExport(t *testing.T) {
	const action = `{"InventoryActionID":"%s","LastCycleStartedDate":"%s","LastReportDate":"%s"}`
	const software = "{00000000-0000-0000-0000-000000000002}"
	text := "[" + fmt.Sprintf(action, HardwareInventory, "10/6/2007 2:02:00 AM", "10/6/2007 2:05:00 AM") + "," + fmt.Sprintf(action, software, "25/6/2007 2:02:00 AM", "") + "]"
	set := Read(context.Background(), []File{exportFile("inventoryactionstatus.json", []byte(text))})
	want := time.Date(2007, 6, 10, 2, 5, 0, 0, time.UTC)
	i := slices.IndexFunc(set.Cycles, func(c Cycle) bool { return c.Action == HardwareInventory })
	if i < 0 || !set.Cycles[i].Reported.Equal(want) || !set.Cycles[i].Wall || len(set.Doubts()) > 0 {
		t.Errorf("%+v, %q", set.Cycles, set.Doubts())
	}
}

func TestDoubtsOfManyExportsAreCounted(t *testing.T) {
	var set Set
	for i := range maxDoubts + 3 {
		set.Patches = append(set.Patches, PatchState{Origin: Origin{Name: fmt.Sprint(i)}, Doubt: "10/12/2007 2:02:00 AM"})
	}
	if list := set.Doubts(); len(list) != maxDoubts+1 || list[maxDoubts] != "3 more exports hold such dates." {
		t.Errorf("%q", list)
	}
}

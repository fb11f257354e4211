package diagnose

import (
	"strings"
	"testing"

	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/evidence/mof"
	"patchtrace/pipeline"
)

// Many logs are written by SMS 2003 and by Configuration Manager: then what lies
// beside them tells which it is, and never more than a log of one product alone.
func TestWhatLiesBesideTheLogsTellsTheProduct(t *testing.T) {
	var books []*pipeline.Playbook
	for _, id := range pipeline.Builtin() {
		b, err := pipeline.Head(id)
		if err != nil {
			t.Fatal(err)
		}
		books = append(books, b)
	}
	common := []string{"InventoryAgent.log", "execmgr.log", "CAS.log", "LocationServices.log", "ContentTransferManager.log", "DataTransferService.log", "PolicyEvaluator.log"}
	state := func(class, kind string) evidence.Set {
		return evidence.Set{Patches: []evidence.PatchState{{Origin: evidence.Origin{Name: "export.mof"}, Instance: mof.Instance{Class: class, Props: []mof.Prop{{Name: "Type", Text: kind}}}}}}
	}
	catalogue := func(g evidence.Generation, p evidence.Place) evidence.Set {
		return evidence.Set{Catalogues: []evidence.Copy{{Origin: evidence.Origin{Name: "a/export.cab"}, Generation: g, Place: p}}}
	}
	for name, c := range map[string]struct {
		logs   []string
		beside evidence.Set
		want   string
	}{
		"nothing beside":               {common, evidence.Set{}, "configmgr"},
		"scan results":                 {common, state("Win32_PatchState", "Security"), "sms2003"},
		"scan results of a 2.0 client": {[]string{"Hinv32.log", "S_Scan.log"}, state("Win32_PatchState", "Security"), "sms2"},
		"of Microsoft Update":          {common, state("Win32_PatchState", "Microsoft Update"), "sms2003-itmu"},
		"updates":                      {common, state("CCM_UpdateStatus", ""), "configmgr"},
		"a catalogue in the cache":     {common, catalogue(evidence.MSSecure, evidence.ClientCache), "sms2003"},
		"a catalogue anywhere":         {common, catalogue(evidence.MSSecure, evidence.Elsewhere), "configmgr"},
		"a list":                       {common, evidence.Set{Authorizations: []evidence.Authorization{{Origin: evidence.Origin{Name: "export.xml"}}}}, "sms2003"},
		"what an older client left":    {[]string{"WUAHandler.log", "InventoryAgent.log"}, state("Win32_PatchState", "Security"), "configmgr"},
		"another tool's catalogue":     {[]string{"ScanWrapper.log", "InventoryAgent.log"}, catalogue(evidence.WSUSScn2, evidence.Elsewhere), "sms2003"},
		"no logs":                      {nil, catalogue(evidence.WSUSScn2, evidence.Elsewhere), "sms2003-itmu"},
	} {
		var logs []Sniff
		for _, name := range c.logs {
			logs = append(logs, Sniff{Name: name, Formats: []string{"ccm"}})
		}
		id, why := Detect(books, logs, &c.beside)
		told := strings.Contains(strings.Join(why, "\n"), "(export.")
		if id != c.want || told != (c.want != "configmgr" || name == "updates") && name != "another tool's catalogue" {
			t.Errorf("%s: %s, because %q", name, id, why)
		}
	}
}

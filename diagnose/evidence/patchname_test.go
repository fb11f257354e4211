package evidence

import "testing"

// What support engineers call what they save, and what lies beside it.
func TestNamesThatPromiseInstances(t *testing.T) {
	for _, tt := range []struct {
		name              string
		promises, patches bool
	}{
		{"win32_patchstate.mof", true, true},
		{"PatchState.csv", true, true},
		{"PATCHSTATE.TXT", true, true},
		{"patchstate_WKS.json", true, true},
		{"WKS-0417-patchstate.tsv", true, true},
		{"wks.patchstate.json", true, true},
		{"all_PatchState.csv", true, true},
		{"wksPatchState2.csv", true, true},
		{"patch_state.json", true, true},
		{"patch-state 2007-06-05.txt", true, true},
		{"Patch State.list", true, true},
		{"patchstates.csv", true, true},
		{"PatchStateAll.csv", true, true},
		{"Win32_PatchState_Extended.csv", true, true},
		{"PatchStateExtended.txt", true, true},
		{"win32.patchstate.txt", true, true},
		{"CCM_UpdateStatus.json", true, true},
		{"ccm update status.txt", true, true},
		{"UpdateStatus (2).csv", true, true},
		{"InventoryActionStatus.txt", true, true},
		{"inventory_action.mof", true, true},
		{"showmof.txt", true, true},
		{"show mof.txt", true, true},
		{"show-mof.csv", true, true},
		{"Show_MOF of WKS.txt", true, true},
		{"win32_patchstate.mof.txt", true, true},
		{`C:\saved\PatchState.txt`, true, true},
		{"logs/WKS/PatchState.csv", true, true},

		// Instances by their kind, if they hold any.
		{"a.MOF", false, true},
		{"wks.mof.txt", false, true},
		{"x/users.csv", false, true},
		{"x.json", false, true},

		// Others.
		{"PatchState/users.csv", false, true},
		{`patchstate\readme.txt`, false, false},
		{"PatchInstall.log", false, false},
		{"PatchUIMonitor.log", false, false},
		{"PatchState.log", false, false},
		{"UpdateStatus.lo_", false, false},
		{"UpdateStatus.log.txt", false, false},
		{"InventoryAction.log-20070605.txt", false, false},
		{"UpdatesStore.log", false, false},
		{"StateMessage.txt", false, false},
		{"DispatchState.csv", false, true},
		{"patchstatement.txt", false, false},
		{"patches.txt", false, false},
		{"update status.txt", false, false},
		{"PatchAuthorize.xml", false, false},
		{"notes.txt", false, false},
		{"Win32_PatchState.xls", true, false},
		{"Win32_PatchState", true, false},
	} {
		if got := PromisesPatches(tt.name); got != tt.promises {
			t.Errorf("%s promises instances: %v", tt.name, got)
		}
		if got := IsPatches(tt.name); got != tt.patches {
			t.Errorf("%s may hold instances: %v", tt.name, got)
		}
	}
}

package diagnose_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
)

// A report that left the client just now is looked for at the site again before
// anybody goes through the servers' logs.
func TestAReportThatWasSentJustNowIsLookedForAgain(t *testing.T) {
	sent := time.Date(2007, 6, 5, 3, 0, 40, 0, time.UTC) // by the client's clock, at UTC-01:00
	log := ccm(sent.Add(-time.Minute), "InventoryAgent", 1, "Inventory: Opening store for action {00000000-0000-0000-0000-000000000001} ...") +
		ccm(sent, "InventoryAgent", 1, "Inventory: Successfully sent report. Destination:mp:MP_HinvEndpoint, ID: {1B6C22D4-7A0E-4F53-9C11-2F0D55A0C001}")
	for _, c := range []struct {
		age   time.Duration
		again bool
	}{{time.Minute, true}, {29 * time.Minute, true}, {31 * time.Minute, false}, {48 * time.Hour, false}} {
		e := diagnose.New(book(t, "sms2003"), diagnose.Options{
			Now:              sent.Add(time.Hour + c.age),
			LastHardwareScan: sent.Add(-7 * 24 * time.Hour), LastHardwareScanSource: "flag",
		})
		for _, r := range records("InventoryAgent.log", log) {
			e.Observe(r)
		}
		s := e.Report().Stages[2]
		if s.Status != diagnose.Failed || len(s.Findings) == 0 || s.Findings[0].Rule != "sms2003.inventory.lost-after-client" {
			t.Fatalf("%s later: %s, %+v", c.age, s.Status, s.Findings)
		}
		f := s.Findings[0]
		if again := strings.HasPrefix(f.Do[0], "Look at Last Hardware Scan again after 2007-06-05T03:30-01:00"); again != c.again {
			t.Errorf("%s later: %q", c.age, f.Do)
		}
		if !slices.ContainsFunc(f.Do, func(s string) bool { return strings.Contains(s, "MP_Hinv.log") }) {
			t.Errorf("%s later nothing says which logs are next: %q", c.age, f.Do)
		}
	}
}

package cli

import (
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose/evidence"
)

// A date of an archive or of an export may lack its zone: it has no place on the time
// axis then, and is shown as what it is.
func TestDatesWithoutAZoneAreNotShownAsInstants(t *testing.T) {
	at := time.Date(2007, 6, 5, 3, 0, 0, 0, time.UTC)
	for _, wall := range []bool{false, true} {
		set := evidence.Set{
			Catalogues: []evidence.Copy{{Origin: evidence.Origin{Name: "a/mssecure.cab"}, Place: evidence.PackageSource, Track: "security", DataVersion: "1.2", Downloaded: at, Wall: wall}},
			Cycles:     []evidence.Cycle{{Action: evidence.HardwareInventory, Reported: at, Wall: wall, Major: 4}},
		}
		for _, f := range append(catalogueFacts(set.Catalogues), cycleFacts(&runTarget{}, &set)...) {
			if (f.Time == nil) != wall || strings.Contains(f.Value, "2007-06-05 03:00 by a clock without a zone") != wall {
				t.Errorf("wall %v: %+v", wall, f)
			}
		}
	}
}

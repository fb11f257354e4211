package evidence

import (
	"testing"
	"time"
)

// Windows writes dates in the order of the country that is set, and exports of
// PowerShell with it.
func TestDatesOfEveryCountryAreReadWhereTheirOrderIsCertain(t *testing.T) {
	const none = ""
	for text, want := range map[string]string{
		"6/14/2007 2:02:00 AM":               "2007-06-14 02:02:00",
		"6/5/2007 2:02:00 PM":                "2007-06-05 14:02:00",
		"6/5/2007 12:02:00 AM":               "2007-06-05 00:02:00",
		"6/5/2007 12:02 PM":                  "2007-06-05 12:02:00",
		"6/5/2007 2:02:00\u202fAM":           "2007-06-05 02:02:00",
		"6/5/2007 2:02:00\u00a0AM":           "2007-06-05 02:02:00",
		"06/14/2007 02:02:00":                "2007-06-14 02:02:00",
		"14.06.2007 02:02:00":                "2007-06-14 02:02:00",
		"5.6.2007 2.02.00":                   "2007-06-05 02:02:00",
		"05.06.2007 02:02":                   "2007-06-05 02:02:00",
		"14/06/2007 02:02:00":                "2007-06-14 02:02:00",
		"14-06-2007 02:02:00":                "2007-06-14 02:02:00",
		"14/06/2007 2:02:00 AM":              "2007-06-14 02:02:00",
		"5/06/2007 2:02:00 AM":               "2007-06-05 02:02:00",
		"14/06/2007 02:02:00 p. m.":          "2007-06-14 14:02:00",
		"5/06/2007 2:02:00 p.m.":             "2007-06-05 14:02:00",
		"5/10/2007 2:02:00 p.m.":             none, // 5 October in New Zealand
		"5/6/2007 2:02:00 p. m.":             none,
		"06/06/2007 02:02:00":                "2007-06-06 02:02:00",
		"2007/6/14 2:02:00":                  "2007-06-14 02:02:00",
		"2007/06/05 02:02":                   "2007-06-05 02:02:00",
		"2007-06-05 2:02:00 PM":              "2007-06-05 14:02:00",
		"2007. 06. 14. 2:02:00":              "2007-06-14 02:02:00",
		"2007.06.05 02:02:00":                "2007-06-05 02:02:00",
		"05/06/2007 02:02:00":                none, // 5 June or 6 May
		"05-06-2007 02:02:00":                none,
		"05/06/2007 02:02:00 AM":             none,
		"12/06/2007 2:02:00 AM":              none,
		"10/11/2007 2:02:00 AM":              "2007-10-11 02:02:00",
		"31.06.2007 02:02:00":                none,
		"13/14/2007 02:02:00":                none,
		"0/0/2007 2:02:00 AM":                none,
		"6/5/2007 14:02:00 AM":               none,
		"6/5/2007 0:02:00 AM":                none,
		"14.06.2007 24:00:00":                none,
		"14.06.2007 02:60:00":                none,
		"14.06.07 02:02:00":                  none,
		"200.6.2007 02:02:00":                none,
		"Tuesday, June 5, 2007 2:02:00 AM":   none,
		"1.1.2.501":                          none,
		"9999-12-31 23:59:59":                none, // .NET's last moment: never
		"31.12.9999 23:59:59":                none,
		"/Date(253402300799999)/":            none,
		"99991231235959.000000-300":          none,
		"14.06.2007 02:02:00 and then some.": none,
	} {
		got, zoned, ok := parseMoment(text)
		shown := ""
		if ok {
			shown = got.Format(time.DateTime)
		}
		if shown != want || zoned {
			t.Errorf("%q: %q, zoned %v; want %q", text, shown, zoned, want)
		}
	}
}

// A field of WMI that nobody has set may hold the time at which a clock begins.
func TestTimesThatNobodySetAreNone(t *testing.T) {
	for _, text := range []string{
		"16010101000000.000000+000", "19700101000000.000000+000", "1601-01-01T00:00:00Z", "1899-12-30 00:00:00", "/Date(0)/", "/Date(-62135596800000)/", "1/1/1601 12:00:00 AM", "01.01.1970 01:00:00",
	} {
		if got, _, ok := parseMoment(text); ok || !got.IsZero() {
			t.Errorf("%s: %v", text, got)
		}
	}
	p := patch(ClassPatchState, "TimeApplied", "16010101000000.000000+000", "ScanTime", "20070605060000.000000+000")
	if !p.Applied().IsZero() || p.Scanned().IsZero() {
		t.Errorf("applied %v, scanned %v", p.Applied(), p.Scanned())
	}
}

package logparse

import (
	"strings"
	"testing"
)

func TestPastedLines(t *testing.T) {
	tests := []struct{ name, line, message, component, clock string }{
		{"tabs", "Done.\tWUAHandler\t6/18/2024 2:03:46 PM\t4212 (0x1074)", "Done.", "WUAHandler", "2024-06-18 14:03:46"},
		{"runs of blanks", "Done  and dusted.   Some Agent    6/18/2024 2:03:46 PM     4212 (0x1074)", "Done  and dusted.", "Some Agent", "2024-06-18 14:03:46"},
		{"no-break spaces", "Done.\u00a0\u00a0 WUAHandler\u00a0\u00a06/18/2024\u00a02:03:46\u202fPM\u00a0\u00a04212 (0x1074)\u00a0", "Done.", "WUAHandler", "2024-06-18 14:03:46"},
		{"one blank before a known component", "Done. Hardware Inventory Agent 6/18/2024 2:03:46 PM 4212 (0x1074)", "Done.", "Hardware Inventory Agent", "2024-06-18 14:03:46"},
		{"one blank before an unknown component", "Done. Zeta 6/18/2024 2:03:46 PM 4212 (0x1074)", "Done. Zeta", "", "2024-06-18 14:03:46"},
		{"the longest known component", "Policy PolicyAgent_PolicyEvaluator 6/18/2024 2:03:46 PM 4212 (0x1074)", "Policy", "PolicyAgent_PolicyEvaluator", "2024-06-18 14:03:46"},
		{"a run of blanks in the message", "Done   at last WUAHandler 6/18/2024 2:03:46 PM 4212 (0x1074)", "Done   at last", "WUAHandler", "2024-06-18 14:03:46"},
		{"an empty component column", "Done.  Really\t\t6/18/2024 2:03:46 PM\t4212 (0x1074)", "Done.  Really", "", "2024-06-18 14:03:46"},
		{"midnight is 12 AM", "D\tX\t6/18/2024 12:03:46 AM\t1 (0x0001)", "D", "X", "2024-06-18 00:03:46"},
		{"noon is 12 PM", "D\tX\t6/18/2024 12:03:46 pm\t1 (0x0001)", "D", "X", "2024-06-18 12:03:46"},
		{"no hour 13 on a clock of twelve", "D\tX\t6/18/2024 13:03:46 PM\t1 (0x0001)", "D", "X", "none"},
		{"a comma behind the date", "D\tX\t6/18/2024, 2:03:46 PM\t1 (0x0001)", "D", "X", "2024-06-18 14:03:46"},
		{"a fraction", "D\tX\t18.06.2024 14:03:46.250\t1 (0x0001)", "D", "X", "2024-06-18 14:03:46.25"},
		{"years up to 69 are of this century", "D\tX\t6/18/69 2:03:46 PM\t1 (0x0001)", "D", "X", "2069-06-18 14:03:46"},
		{"years from 70 are of the last", "D\tX\t6/18/99 2:03:46 PM\t1 (0x0001)", "D", "X", "1999-06-18 14:03:46"},
		{"year first", "D\tX\t2024-06-07 14:03:46\t1 (0x0001)", "D", "X", "2024-06-07 14:03:46"},
		{"dots are day first", "D\tX\t07.06.2024 14:03:46\t1 (0x0001)", "D", "X", "2024-06-07 14:03:46"},
		{"a clock of twelve is month first", "D\tX\t6/7/2024 2:03:46 PM\t1 (0x0001)", "D", "X", "2024-06-07 14:03:46"},
		{"else the order is open", "D\tX\t06/07/2024 14:03:46\t1 (0x0001)", "D", "X", "2024-06-07 14:03:46?"},
		{"a day that is its month is not", "D\tX\t06/06/2024 14:03:46\t1 (0x0001)", "D", "X", "2024-06-06 14:03:46"},
		{"no such date", "D\tX\t31/31/2024 14:03:46\t1 (0x0001)", "D", "X", "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := oneLine(t, tt.line+"\r\n")
			if rec.Format != Pasted || rec.Message != tt.message || rec.Component != tt.component || clock(rec.Stamp) != tt.clock || !rec.HasThread {
				t.Errorf("%v %q %q %s", rec.Format, rec.Message, rec.Component, clock(rec.Stamp))
			}
		})
	}
}

func TestWhatIsNotPasted(t *testing.T) {
	for _, line := range []string{
		"D\tX\t6/18/2024 2:03:46 PM\t1 (0x0002)", "D\tX\t6/18/2024 2:03:46 PM\t(0x0002)", "D\tX\t6/18/2024 2:03:46 PM\t1 (0x)",
		"D\tX\t6/18/2024 PM\t1 (0x0001)", "D\tX\t6/18 2:03:46 PM\t1 (0x0001)", "D\tX\t6/18-2024 2:03:46\t1 (0x0001)",
		"D\tX\t618/1/2024 2:03:46\t1 (0x0001)", "1 (0x1)", "(0x1)", ")",
	} {
		if rec := oneLine(t, line); rec.Format != Plain {
			t.Errorf("%q: %v %+v", line, rec.Format, rec)
		}
	}
}

func TestWrappedPastedText(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string // component|message
	}{
		{"the line break is before the date", "Done well, Hardware Inventory Agent\n6/18/2024 2:03:46 PM 4212 (0x1074)", []string{
			"Hardware Inventory Agent|Done well,",
		}},
		{"the line break is in the time", "> Done well  WUAHandler   6/18/2024 2:03:46\n> PM 4212 (0x1074)\nNext\n", []string{
			"WUAHandler|Done well", "|Next",
		}},
		{"the line break is in the message", "Done\nwell   WUAHandler   6/18/2024 2:03:46 PM 4212 (0x1074)", []string{"WUAHandler|Done well"}},
		{"a whole record is its own", "Done\nWell   WUAHandler   6/18/2024 2:03:46 PM 4212 (0x1074)", []string{"|Done", "WUAHandler|Well"}},
		{"an empty line ends it", "Done\n\n6/18/2024 2:03:46 PM 4212 (0x1074)", []string{"|Done", "|"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range linesOf(tt.text) {
				got = append(got, r.Component+"|"+r.Message)
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDateOrderOfAText(t *testing.T) {
	line := func(date string) string { return "D\tX\t" + date + "\t1 (0x0001)\r\n" }
	tests := []struct {
		name, text string
		want       dateOrder
	}{
		{"nothing to tell it by", "text\n" + line("06/07/2024 14:03:46"), orderUnknown},
		{"a day above 12", line("06/07/2024 14:03:46") + line("06/18/2024 14:03:46"), monthFirst},
		{"a day above 12 in front", line("06/07/2024 14:03:46") + line("18/06/2024 14:03:46"), dayFirst},
		{"dots", line("07.06.2024 14:03:46"), dayFirst},
		{"a clock of twelve", line("06/07/2024 2:03:46 PM"), monthFirst},
		{"a day above 12 counts more", line("06/07/2024 2:03:46 PM") + line("18/06/2024 2:03:46 PM"), dayFirst},
		{"contradiction", line("06/18/2024 14:03:46") + line("18/06/2024 14:03:46"), orderUnknown},
		{"year first tells nothing", line("2024-06-18 14:03:46"), orderUnknown},
		{"a record cut at the end is not looked at", "D\tX\t06/18/2024 14:03:46\t1 (0x00", orderUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := sniffDateOrder(tt.text); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestDateOrderDecidesWhatIsOpen(t *testing.T) {
	for date, want := range map[string]string{
		"06/07/2024 14:03:46":   "2024-07-06 14:03:46",
		"06/18/2024 14:03:46":   "2024-06-18 14:03:46",
		"6/7/2024 2:03:46 PM":   "2024-07-06 14:03:46",
		"2024-06-07 14:03:46":   "2024-06-07 14:03:46",
		"07-06-2024 14:03:46":   "2024-06-07 14:03:46",
		"31-12-1999 23:59:59":   "1999-12-31 23:59:59",
		"29/02/23 23:59:59":     "none",
		"02/03/2024 2:03:46 AM": "2024-03-02 02:03:46",
	} {
		recs := linesInOrder("D\tX\t"+date+"\t1 (0x0001)", dayFirst)
		if got := clock(recs[0].Stamp); got != want {
			t.Errorf("%s: %s, want %s", date, got, want)
		}
	}
	if got := clock(linesInOrder("D\tX\t06/07/2024 14:03:46\t1 (0x1)", monthFirst)[0].Stamp); got != "2024-06-07 14:03:46" {
		t.Error(got)
	}
}

func TestSwappedGivesTheOtherReading(t *testing.T) {
	open := oneLine(t, "D\tX\t04/06/2019 14:03:46.5\t1 (0x0001)").Stamp
	other, ok := open.Swapped()
	if !ok || clock(other) != "2019-06-04 14:03:46.005?" {
		t.Errorf("%v %s", ok, clock(other))
	}
	if back, ok := other.Swapped(); !ok || back != open {
		t.Errorf("%v %s", ok, clock(back))
	}
	sure := oneLine(t, "D\tX\t04/16/2019 14:03:46\t1 (0x0001)").Stamp
	if _, ok := sure.Swapped(); ok {
		t.Error("a date with one reading has another")
	}
	if _, ok := (Stamp{}).Swapped(); ok {
		t.Error("no date has another reading")
	}
}

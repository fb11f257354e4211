package logparse

import "testing"

func TestDatedLines(t *testing.T) {
	tests := []struct {
		name, line string
		want       Record
		clock      string
	}{
		{
			"old: the thread is hex", "2018-06-13\t12:48:33:974\t7596\t1e34\tCOMAPI\t  - Updates found = 4\r\n",
			Record{Format: WindowsUpdateOld, PID: 7596, Thread: 0x1e34, Component: "COMAPI", Message: "- Updates found = 4", Severity: Info},
			"2018-06-13 12:48:33.974",
		},
		{
			"old: blanks for tabs, quoted, no fraction", "> 2018-06-13 12:48:33   992 58c PT FATAL: no error",
			Record{Format: WindowsUpdateOld, PID: 992, Thread: 0x58c, Component: "PT", Message: "FATAL: no error", Severity: Error},
			"2018-06-13 12:48:33",
		},
		{
			"old: no text", "2018-06-13\t12:48:33:974\t7596\t1e34\tCOMAPI",
			Record{Format: WindowsUpdateOld, PID: 7596, Thread: 0x1e34, Component: "COMAPI", Severity: Info},
			"2018-06-13 12:48:33.974",
		},
		{
			"old: the marker decides, not the words", "2018-06-13\t12:48:33:974\t1\t1\tAU\t  - WARNING: failed, error 5",
			Record{Format: WindowsUpdateOld, PID: 1, Thread: 1, Component: "AU", Message: "- WARNING: failed, error 5", Severity: Warning},
			"2018-06-13 12:48:33.974",
		},
		{
			"new: the thread is decimal", "2024/11/13 22:05:14.5120437 3480  5216  ComApi          * START *   Search\r\n",
			Record{Format: WindowsUpdateNew, PID: 3480, Thread: 5216, Component: "ComApi", Message: "* START *   Search", Severity: Info},
			"2024-11-13 22:05:14.5120437",
		},
		{
			"new: no symbols, no component", "2024/11/13 22:05:14.5120437 3480  5216                  Unknown( 10): GUID=x (No Format Information found).",
			Record{Format: WindowsUpdateNew, PID: 3480, Thread: 5216, Message: "Unknown( 10): GUID=x (No Format Information found).", Severity: Info},
			"2024-11-13 22:05:14.5120437",
		},
		{
			"new: no time", "1601/01/01 00:00:00.0000000 3480  5216  Agent text",
			Record{Format: WindowsUpdateNew, PID: 3480, Thread: 5216, Component: "Agent", Message: "text", Severity: Info},
			"none",
		},
		{
			"WSUS: the time is UTC", "2024-01-16 18:55:05.166 UTC\tWarning\tw3wp.6\tA.B\tfailed text\there",
			Record{Format: WSUS, Thread: 6, Component: "A.B", Message: "failed text\there", Severity: Warning, Stated: true},
			"2024-01-16 18:55:05.166 +0",
		},
		{
			"WSUS: blanks for tabs", "2024-01-16 18:55:05.166 UTC  Change  w3wp.6  A.B  Synchronization error",
			Record{Format: WSUS, Thread: 6, Component: "A.B", Message: "Synchronization error", Severity: Info, Stated: true},
			"2024-01-16 18:55:05.166 +0",
		},
		{
			"WSUS: an unknown level is derived", "2024-01-16 18:55:05.166 UTC\tFatal\tw3wp.6\tA.B\tSynchronization error",
			Record{Format: WSUS, Thread: 6, Component: "A.B", Message: "Synchronization error", Severity: Error},
			"2024-01-16 18:55:05.166 +0",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := oneLine(t, tt.line)
			if clock(got.Stamp) != tt.clock || !got.HasThread {
				t.Errorf("%s, thread %v", clock(got.Stamp), got.HasThread)
			}
			got.Stamp, got.HasThread = Stamp{}, false
			if got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestWhatIsNoDatedLine(t *testing.T) {
	for _, line := range []string{
		"2018-06-13", "2018-06-13 ", "2018-06-13 12:48", "2018-06-13x12:48:33 1 1 A b", "2018-06/13 12:48:33 1 1 A b", "2018-06-13 12:48:33 text",
		"2018-06-13 12:48:33 99999999999 1 A b", "2018-06-13 12:48:33 1 xyz A b", "2018-06-13 12:48:33.123 1 1 A b", "2018/06/13 12:48:33 1 1 A b",
		"2018-06-13 12:48:33 1 1", "2018/06/13 12:48:33.1234567 1 1", "2024-01-16 18:55:05.166 UTC and more", "2018-6-13 12:48:33 1 1 A b",
	} {
		if rec := oneLine(t, line); rec.Format != Plain || rec.Stamp.Dated {
			t.Errorf("%q: %v %s", line, rec.Format, clock(rec.Stamp))
		}
	}
}

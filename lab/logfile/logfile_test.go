package logfile

import (
	"testing"
	"time"

	"patchtrace/logparse"
)

func TestEveryFormatIsReadBackAsItWasWritten(t *testing.T) {
	zone := func(hours int) *time.Location { return time.FixedZone("", hours*3600) }
	at := time.Date(2007, 6, 7, 14, 32, 7, 89e6, time.UTC)
	tests := []struct {
		name   string
		format Format
		at     time.Time
		want   string
		zoned  bool
	}{
		{"CCM west of UTC", CCM, at.In(zone(-5)), `<![LOG[Scan started]LOG]!><time="09:32:07.089+300" date="06-07-2007" component="ScanWrapper" context="" type="3" thread="1452" file="lab">`, true},
		{"CCM east of UTC", CCM, at.In(zone(1)), `<![LOG[Scan started]LOG]!><time="15:32:07.089-060" date="06-07-2007" component="ScanWrapper" context="" type="3" thread="1452" file="lab">`, true},
		{"SMS 2.0 client", Client2, at.In(zone(-5)), `Scan started  $$<ScanWrapper><Thu Jun 07 09:32:07.089 2007><thread=1452 (0x5AC)>`, false},
		{"SMS 2.0 server", Server2, at.In(zone(-5)), `Scan started  $$<ScanWrapper><Thu Jun 07 09:32:07.089 2007 Eastern Standard Time><thread=1452 (0x5AC)>`, true},
		{"SMS 2.0 server in a zone without a name here", Server2, at.In(zone(3)), `Scan started  $$<ScanWrapper><06-07-2007 17:32:07.089-180><thread=1452 (0x5AC)>`, true},
		{"SMS 2003 server", Server2003, at.In(zone(-5)), `Scan started  $$<ScanWrapper><06-07-2007 09:32:07.089+300><thread=1452 (0x5AC)>`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			line := tt.format.Line(Record{At: tt.at, Component: "ScanWrapper", Thread: 1452, Severity: Error, Message: "Scan started", Source: "lab"})
			if line != tt.want+"\r\n" {
				t.Errorf("got  %q\nwant %q", line, tt.want)
			}
			rec := parse(t, line)
			if rec.Message != "Scan started" || rec.Component != "ScanWrapper" || rec.Thread != 1452 || rec.Stamp.Zoned != tt.zoned {
				t.Errorf("read back as %+v", rec)
			}
			if utc := rec.Stamp.Wall - int64(rec.Stamp.Offset)*int64(time.Minute); tt.zoned && utc != at.UnixNano() {
				t.Errorf("read back as of %s", time.Unix(0, utc).UTC())
			}
		})
	}
}

func TestAMessageOfTwoLinesIsOneRecord(t *testing.T) {
	for _, format := range []Format{CCM, Client2} {
		parse(t, format.Line(Record{At: time.Now(), Component: "c", Severity: Info, Message: "one\ntwo"}))
	}
}

// parse reads the one record that the text must be.
func parse(t *testing.T, text string) logparse.Record {
	t.Helper()
	var all []logparse.Record
	keep := func(rec *logparse.Record) bool {
		all = append(all, *rec.Clone())
		return true
	}
	p := logparse.NewParser("x.log", logparse.Options{})
	p.Part("x.log", keep)
	p.Feed([]byte(text), keep)
	p.Flush(keep)
	if len(all) != 1 {
		t.Fatalf("%d records in %q", len(all), text)
	}
	return all[0]
}

package logparse

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// oneLine reads a line that is one record.
func oneLine(t *testing.T, line string) Record {
	t.Helper()
	recs := lineRecords(t, line)
	if len(recs) != 1 {
		t.Fatalf("%d records: %+v", len(recs), recs)
	}
	return recs[0]
}

// clock prints a stamp as "2024-01-16 13:54:02.117 -300?": the question mark
// says that it is ambiguous, the number is minutes east.
func clock(s Stamp) string {
	if !s.Dated {
		return "none"
	}
	out := time.Unix(0, s.Wall).UTC().Format("2006-01-02 15:04:05.9999999")
	if s.Zoned {
		out += fmt.Sprintf(" %+d", s.Offset)
	}
	if s.Ambiguous {
		out += "?"
	}
	return out
}

func TestTrailerGenerations(t *testing.T) {
	tests := []struct {
		name, trailer string
		format        Format
		component     string
		clock         string
		thread        uint64
		hasThread     bool
	}{
		{"1: the thread is bare hex", "<SMS_DESPOOLER><Wed May 21 17:09:02 1997~><thread=127>", Dollar1, "SMS_DESPOOLER", "1997-05-21 17:09:02", 0x127, true},
		{"1: letters are hex as well", "<A><Wed May 21 17:09:02 1997~><thread=dB>", Dollar1, "A", "1997-05-21 17:09:02", 0xDB, true},
		{"1: a thread with its hex behind it is decimal", "<A><Wed May 21 17:09:02 1997><thread=16 (0x10)>", Dollar1, "A", "1997-05-21 17:09:02", 16, true},
		{"2: blanks in the component", "<Alpha Beta Agent><Fri May 05 10:00:14.466 2000><thread=175 (0xAF)>", Dollar2, "Alpha Beta Agent", "2000-05-05 10:00:14.466", 175, true},
		{"2: threads of Windows 9x are huge", "<A><Fri May 05 10:00:14.466 2000><thread=4294798339 (0xFFFD6C03)>", Dollar2, "A", "2000-05-05 10:00:14.466", 4294798339, true},
		{"2: runs of blanks", "<APM ><Thu Apr 22          09:36:15.685   1999><thread=561 (0x231)>", Dollar2, "APM", "1999-04-22 09:36:15.685", 561, true},
		{"2: a lost bracket", "<APM><Thu Apr 22 09:36:15.685 1999>>thread=561 (0x231)>", Dollar2, "APM", "1999-04-22 09:36:15.685", 561, true},
		{"2: no date", "<APM><thread=561 (0x231)>", DollarBare, "APM", "none", 561, true},
		{"2: a localised month", "<APM><Do Mai 22 09:36:15.685 1999><thread=561 (0x231)>", Dollar2, "APM", "none", 561, true},
		{"2: an impossible date", "<APM><Thu Feb 30 09:36:15.685 1999><thread=561 (0x231)>", Dollar2, "APM", "none", 561, true},
		{"2: no date at all", "<APM><yesterday><thread=561 (0x231)>", Dollar2, "APM", "none", 561, true},
		{"2: a thread that is none", "<APM><Thu Apr 22 09:36:15.685 1999><thread=>", Dollar2, "APM", "1999-04-22 09:36:15.685", 0, false},
		{"3: a zone name", "<X><Mon May 24 03:56:30.447 1999 Eastern Daylight Time><thread=209 (0xD1)>", Dollar3, "X", "1999-05-24 03:56:30.447 -240", 209, true},
		{"3: blanks in the zone name", "<X><Mon May 24 03:56:30.447 1999 New  Zealand Standard Time><thread=209 (0xD1)>", Dollar3, "X", "1999-05-24 03:56:30.447 +720", 209, true},
		{"3: no distance from UTC is one", "<X><Mon May 24 03:56:30.447 1999 Greenwich Standard Time><thread=209 (0xD1)>", Dollar3, "X", "1999-05-24 03:56:30.447 +0", 209, true},
		{"3: an unknown zone", "<X><Mon May 24 03:56:30.447 1999 Hora de verano><thread=209 (0xD1)>", Dollar3, "X", "1999-05-24 03:56:30.447", 209, true},
		{"4: a bias is minutes west", "<X><01-16-2024 13:54:02.117+300><thread=3404 (0xD4C)>", Dollar4, "X", "2024-01-16 13:54:02.117 -300", 3404, true},
		{"4: a negative bias is minutes east", "<X><01-16-2024 13:54:02.117-060><thread=3404 (0xD4C)>", Dollar4, "X", "2024-01-16 13:54:02.117 +60", 3404, true},
		{"4: runs of blanks", "<X><01-16-2024   13:54:02.117-60><thread=3404   (0xD4C)>", Dollar4, "X", "2024-01-16 13:54:02.117 +60", 3404, true},
		{"4: no bias", "<X><01-16-2024 13:54:02.117><thread=3404 (0xD4C)>", Dollar4, "X", "2024-01-16 13:54:02.117", 3404, true},
		{"4: no clock stands that far from UTC", "<X><01-16-2024 13:54:02.117+1300><thread=3404 (0xD4C)>", Dollar4, "X", "2024-01-16 13:54:02.117", 3404, true},
		{"4: two signs are no bias here", "<X><01-16-2024 13:54:02.117+-420><thread=3404 (0xD4C)>", Dollar4, "X", "2024-01-16 13:54:02.117", 3404, true},
		{"4: an impossible date", "<X><13-16-2024 13:54:02.117+300><thread=3404 (0xD4C)>", Dollar4, "X", "none", 3404, true},
		{"4: a cut date", "<X><01-16><thread=3404 (0xD4C)>", Dollar4, "X", "none", 3404, true},
		{"a component alone", "<CliEx32.dll>", DollarBare, "CliEx32.dll", "none", 0, false},
		{"a component alone and a line break", "<CliEx32.dll> <BR/>", DollarBare, "CliEx32.dll", "none", 0, false},
		{"text behind the record is ignored", "<X><01-16-2024 13:54:02.117+300><thread=1 (0x1)> ---> $$", Dollar4, "X", "2024-01-16 13:54:02.117 -300", 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := oneLine(t, "Message  $$"+tt.trailer+"\r\n")
			if rec.Format != tt.format || rec.Component != tt.component || clock(rec.Stamp) != tt.clock || rec.Torn {
				t.Errorf("got %v %q %s torn %v", rec.Format, rec.Component, clock(rec.Stamp), rec.Torn)
			}
			if rec.Thread != tt.thread || rec.HasThread != tt.hasThread {
				t.Errorf("thread %d %v, want %d %v", rec.Thread, rec.HasThread, tt.thread, tt.hasThread)
			}
			if rec.Message != "Message" {
				t.Errorf("message %q", rec.Message)
			}
		})
	}
}

func TestWhatIsNoTrailer(t *testing.T) {
	for _, line := range []string{
		"a $$<> b", "a $$<X> b", "a $$<X><01-16-2024><other=1>", "a $$<" + strings.Repeat("x", maxComponent) + ">",
		"a $$<X><" + strings.Repeat("1", maxDate) + "><thread=1 (0x1)>", "a $$<X><Mon><thread=" + strings.Repeat("1", maxThread) + ">",
	} {
		if rec := oneLine(t, line); rec.Format != Plain {
			t.Errorf("%.40q: format %v", line, rec.Format)
		}
	}
}

func TestDollarMessages(t *testing.T) {
	tests := []struct{ name, raw, message, display string }{
		{"blanks around it are dropped", "   Text   ", "Text", "Text"},
		{"tildes at the end are dropped", "Text.~~  ", "Text.", "Text."},
		{"tildes before the end are line breaks", "One.~~; Two~Three", "One.~~; Two~Three", "One.\n; Two\nThree"},
		{"tildes at the start stay for rules only", "~One", "~One", "One"},
		{"a tilde in quotes is a letter", "token '~~' and \"~\"", "token '~~' and \"~\"", "token '~~' and \"~\""},
		{"a tilde of a short file name is a letter", `C:\PROGRA~1\X.EXE`, `C:\PROGRA~1\X.EXE`, `C:\PROGRA~1\X.EXE`},
		{"a tilde before a number is a line break", "failed~5 times", "failed~5 times", "failed\n5 times"},
		{"there may be no message", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := oneLine(t, tt.raw+"$$<X><01-16-2024 13:54:02.117+300><thread=1 (0x1)>")
			if rec.Message != tt.message || rec.Display() != tt.display {
				t.Errorf("message %q, display %q", rec.Message, rec.Display())
			}
		})
	}
	other := Record{Format: Pasted, Message: "~a~b"}
	if other.Display() != "~a~b" {
		t.Error("only $$< records write tildes for line breaks")
	}
}

func TestStatusMessagesStateSeverityAndZone(t *testing.T) {
	const text = `STATMSG: ID=6703 SEV=%s LEV=M SOURCE="SMS Server" COMP="X" SYS=s.example.test SITE=XYZ PID=4 TID=3 GMTDATE=%s ISTR0="error"  $$<X><%s><thread=3 (0x3)>`
	tests := []struct {
		name, sev, gmt, date, clock string
		severity                    Severity
		stated                      bool
	}{
		{"error", "E", "Thu Jan 16 18:53:52.608 2014", "01-16-2014 13:53:52.608+300", "2014-01-16 13:53:52.608 -300", Error, true},
		{"warning", "W", "Thu Jan 16 18:53:52.608 2014", "01-16-2014 13:53:52.608+300", "2014-01-16 13:53:52.608 -300", Warning, true},
		{"info, though a word in it is error", "I", "Thu Jan 16 18:53:52.608 2014", "01-16-2014 13:53:52.608+300", "2014-01-16 13:53:52.608 -300", Info, true},
		{"an unknown letter says nothing", "X", "Thu Jan 16 18:53:52.608 2014", "01-16-2014 13:53:52.608+300", "2014-01-16 13:53:52.608 -300", Error, false},
		{"a trailer without zone gets it from the UTC date", "I", "Thu Jan 16 18:53:52.608 2014", "Thu Jan 16 13:53:51.100 2014", "2014-01-16 13:53:51.1 -300", Info, true},
		{"an unknown zone name as well", "I", "Thu Jan 16 18:53:52.608 2014", "Fri Jan 17 00:23:55.100 2014 Bharat", "2014-01-17 00:23:55.1 +330", Info, true},
		{"dates too far apart prove nothing", "I", "Thu Jan 16 18:53:52.608 2014", "Sat Jan 18 13:53:51.100 2014", "2014-01-18 13:53:51.1", Info, true},
		{"an unreadable date proves nothing", "I", "Thu", "Sat Jan 18 13:53:51.100 2014", "2014-01-18 13:53:51.1", Info, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := oneLine(t, fmt.Sprintf(text, tt.sev, tt.gmt, tt.date))
			if rec.Severity != tt.severity || rec.Stated != tt.stated || clock(rec.Stamp) != tt.clock {
				t.Errorf("%v stated %v at %s", rec.Severity, rec.Stated, clock(rec.Stamp))
			}
		})
	}
}

func TestZoneNames(t *testing.T) {
	for name, want := range map[string]int16{
		"Eastern Standard Time": -300, "Eastern Daylight Time": -240, "W. Europe Standard Time": 60,
		"India Standard Time": 330, "Newfoundland Daylight Time": -150, "AUS Eastern Daylight Time": 660,
	} {
		if got, ok := zoneOffset(name); !ok || got != want {
			t.Errorf("%s: %d %v, want %d", name, got, ok, want)
		}
	}
	if _, ok := zoneOffset("Romance Zeit"); ok {
		t.Error("a localised name is known")
	}
}

func dollarLog(size int) string {
	lines := []string{
		"sync: WSUS synchronizing updates, processed %d out of 13000 items (93%%), ETA in 00:00:03  $$<SMS_WSUS_SYNC_MANAGER><01-16-2024 13:54:02.117+300><thread=3404 (0xD4C)>\r\n",
		"Synchronizing update 6a0c2b4e-0000-4000-8000-0000000%05d - Cumulative Update for Example Server 2019 (KB5034127)  $$<SMS_WSUS_SYNC_MANAGER><01-16-2024 13:54:02.117+300><thread=3404 (0xD4C)>\r\n",
		"CMessageProcessor - Processed %d records with 0 invalid records.  $$<SMS_STATE_SYSTEM><01-16-2024 13:54:02.117+300><thread=3404 (0xD4C)>\r\n",
	}
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, lines[i%len(lines)], i%100000)
	}
	return b.String()
}

func BenchmarkDollar(b *testing.B) { benchmarkLines(b, dollarLog(1<<20)) }

func BenchmarkPlain(b *testing.B) {
	benchmarkLines(b, strings.Repeat("A line of a text without any format, as long as usual ones are, no more.\n", 15000))
}

func BenchmarkUpdate(b *testing.B) {
	benchmarkLines(b, strings.Repeat("2016-03-07\t09:11:02:345\t1320\t2a4c\tCOMAPI\t-- START --  COMAPI: Search [ClientId = CcmExec]\r\n", 12000))
}

func benchmarkLines(b *testing.B, text string) {
	var p lineParser
	n := 0
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		n = 0
		p.parse(text, true, func(*Record, int) bool { n++; return true })
	}
	b.ReportMetric(float64(n), "records/op")
}

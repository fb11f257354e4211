package cli

import (
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	tests := []struct {
		name, text, want string
		local            bool
	}{
		{name: "the client's clock", text: "2007-06-05T02:00", want: "2007-06-05T02:00:00Z", local: true},
		{name: "with seconds", text: "2007-06-05T02:00:09", want: "2007-06-05T02:00:09Z", local: true},
		{name: "with a blank", text: "2007-06-05 02:00", want: "2007-06-05T02:00:00Z", local: true},
		{name: "a day is its midnight", text: "2007-06-05", want: "2007-06-05T00:00:00Z", local: true},
		{name: "blanks around it", text: " 2007-06-05T02:00\t", want: "2007-06-05T02:00:00Z", local: true},
		{name: "UTC", text: "2007-06-05T02:00Z", want: "2007-06-05T02:00:00Z"},
		{name: "UTC as a word", text: "2007-06-05 02:00:09 UTC", want: "2007-06-05T02:00:09Z"},
		{name: "an offset", text: "2007-06-05T02:00:09-05:00", want: "2007-06-05T07:00:09Z"},
		{name: "an offset after a blank", text: "2007-06-05 02:00 +05:30", want: "2007-06-04T20:30:00Z"},
		{name: "as the report prints it", text: "2026-02-12 09:12:31 -05:00", want: "2026-02-12T14:12:31Z"},
		{name: "milliseconds", text: "2007-06-05T02:00:09.250Z", want: "2007-06-05T02:00:09.25Z"},
		{name: "words", text: "yesterday-ish"},
		{name: "a year that no report can hold", text: "9999-12-31T23:59-05:00"},
		{name: "a year before all clients", text: "0207-06-05T02:00"},
		{name: "nothing", text: ""},
		{name: "a day that does not exist", text: "2007-02-30T02:00"},
		{name: "an hour that does not exist", text: "2007-06-05T25:00"},
		{name: "the order of another country", text: "06/05/2007 02:00"},
		{name: "a zone by its letters says too little", text: "2007-06-05 02:00 EST"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, local, err := parseTime("--now", tt.text)
			if tt.want == "" {
				if err == nil || !strings.HasPrefix(err.Error(), `parse --now "`+strings.TrimSpace(tt.text)+`": not a time; use `) {
					t.Errorf("got %v, %v", got, err)
				}
				return
			}
			if err != nil || got.Format(time.RFC3339Nano) != tt.want || local != tt.local {
				t.Errorf("got %v, local %t, %v", got, local, err)
			}
		})
	}
}

func TestParseZone(t *testing.T) {
	june := time.Date(2007, 6, 5, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		text string
		want string // the offset in June, "" for an error
	}{
		{"-05:00", "-05:00"},
		{"+05:30", "+05:30"},
		{"-0500", "-05:00"},
		{"+14", "+14:00"},
		{"+00:00", "+00:00"},
		{"America/New_York", "-04:00"},
		{"Europe/Berlin", "+02:00"},
		{"UTC", "+00:00"},
		{"Etc/GMT+5", "-05:00"},
		{"nonsense", ""},
		{"", ""},
		{"EST", ""},
		{"Local", ""},
		{"5", ""},
		{"+99:00", ""},
		{"+24:60", ""},
		{"-15:01", ""},
		{"+14:00", "+14:00"},
		{"../../etc/passwd", ""},
		{"Mars/Olympus", ""},
	}
	for _, tt := range tests {
		loc, err := parseZone(tt.text)
		if tt.want == "" {
			if err == nil || !strings.HasPrefix(err.Error(), `parse --zone "`+tt.text+`": not a time zone; use `) {
				t.Errorf("%q: got %v, %v", tt.text, loc, err)
			}
			continue
		}
		if err != nil || june.In(loc).Format("-07:00") != tt.want {
			t.Errorf("%q: got %v, %v", tt.text, loc, err)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{"2007-06-05T02:00", "2007-06-05 02:00:09 UTC", "2007-06-05T02:00Z", "yesterday-ish", "-05:00", "+24:60", "Europe/Berlin", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if at, local, err := parseTime("--now", text); err == nil && !local && at.Location() != time.UTC {
			t.Errorf("%q is in %v", text, at.Location())
		}
		if loc, err := parseZone(text); err == nil {
			if _, offset := time.Unix(0, 0).In(loc).Zone(); offset < -maxZone || offset > maxZone {
				t.Errorf("%q is %d seconds east", text, offset)
			}
		}
	})
}

package logparse

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

const sampleFolder = "../../shared/samples/"

type lineVector struct {
	ID, Format, Raw string
	Records         []struct {
		Local, UTC, Severity, Component, Message *string
		Bias                                     *int `json:"bias_minutes"`
		Thread                                   *uint64
		PID                                      uint32
		Torn, Bare                               bool
		Display                                  *string `json:"display_message"`
	}
}

func lineVectors(t *testing.T) []lineVector {
	t.Helper()
	data, err := os.ReadFile(sampleFolder + "vectors/vectors.json")
	if err != nil {
		t.Skipf("no vectors here: %v", err)
	}
	var all, lines []lineVector
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.Format != "ccm" {
			lines = append(lines, v)
		}
	}
	if len(lines) == 0 {
		t.Fatal("no vector of a line format")
	}
	return lines
}

func TestLineVectors(t *testing.T) {
	for _, v := range lineVectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			got := lineRecords(t, v.Raw)
			if len(got) != len(v.Records) {
				t.Fatalf("%d records, want %d: %+v", len(got), len(v.Records), got)
			}
			for i, want := range v.Records {
				rec := got[i]
				check(t, "local", wallText(&rec), uniform(t, want.Local))
				check(t, "utc", utcText(&rec), uniform(t, want.UTC))
				check(t, "severity", new(rec.Severity.String()), want.Severity)
				check(t, "component", orNil(rec.Component), want.Component)
				check(t, "message", &rec.Message, want.Message)
				check(t, "bias", biasOf(&rec), want.Bias)
				check(t, "thread", threadOf(&rec), want.Thread)
				if want.Display != nil {
					check(t, "display", new(rec.Display()), want.Display)
				}
				if rec.PID != want.PID || rec.Torn != want.Torn || (rec.Format == Plain) != want.Bare {
					t.Errorf("pid %d, torn %v, format %v; want pid %d, torn %v, bare %v",
						rec.PID, rec.Torn, rec.Format, want.PID, want.Torn, want.Bare)
				}
			}
		})
	}
}

func check[T comparable](t *testing.T, what string, got, want *T) {
	t.Helper()
	switch {
	case got == nil && want == nil:
	case got == nil:
		t.Errorf("%s: none, want %v", what, *want)
	case want == nil:
		t.Errorf("%s: %v, want none", what, *got)
	case *got != *want:
		t.Errorf("%s: %v, want %v", what, *got, *want)
	}
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func wallText(rec *Record) *string {
	if !rec.Stamp.Dated {
		return nil
	}
	return new(time.Unix(0, rec.Stamp.Wall).UTC().String())
}

func utcText(rec *Record) *string {
	at, ok := rec.Stamp.UTC()
	if !ok {
		return nil
	}
	return new(at.String())
}

// uniform prints a vector's time, which has as many digits as its line, as
// wallText and utcText do.
func uniform(t *testing.T, s *string) *string {
	t.Helper()
	if s == nil {
		return nil
	}
	at, err := time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(*s, "Z"))
	if err != nil {
		t.Fatal(err)
	}
	return new(at.String())
}

func biasOf(rec *Record) *int {
	if !rec.Stamp.Zoned {
		return nil
	}
	return new(-int(rec.Stamp.Offset))
}

func threadOf(rec *Record) *uint64 {
	if !rec.HasThread {
		return nil
	}
	return &rec.Thread
}

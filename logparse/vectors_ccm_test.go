package logparse

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// vector is one entry of the shared vector file: raw text and the records that
// it must give.
type vector struct {
	ID      string `json:"id"`
	Format  string `json:"format"`
	Raw     string `json:"raw"`
	Records []struct {
		Local       *string `json:"local"`
		BiasMinutes *int    `json:"bias_minutes"`
		UTC         *string `json:"utc"`
		Severity    string  `json:"severity"`
		Component   *string `json:"component"`
		Thread      *uint64 `json:"thread"`
		Message     string  `json:"message"`
		File        *string `json:"file"`
		Line        *int    `json:"line"`
		Context     *string `json:"context"`
		PID         *uint32 `json:"pid"`
		Torn        bool    `json:"torn"`
	} `json:"records"`
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	data, err := os.ReadFile("../../shared/samples/vectors/vectors.json")
	if err != nil {
		t.Skip("the shared vectors are not here: ", err)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	return vectors
}

// TestVectors holds every reading of every format to the shared vectors.
func TestVectors(t *testing.T) {
	seen := 0
	for _, v := range readVectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			got := parseAll(v.Raw)
			if len(got) != len(v.Records) {
				t.Fatalf("%d records, want %d: %+v", len(got), len(v.Records), got)
			}
			for i, want := range v.Records {
				seen++
				rec := got[i]
				equal(t, "message", rec.Message, want.Message)
				equal(t, "severity", rec.Severity.String(), want.Severity)
				equal(t, "torn", rec.Torn, want.Torn)
				equalPtr(t, "component", rec.Component, want.Component)
				equalPtr(t, "file", rec.File, want.File)
				equalPtr(t, "line", rec.FileLine, want.Line)
				equalPtr(t, "context", rec.Context, want.Context)
				equalPtr(t, "thread", rec.Thread, want.Thread)
				equalPtr(t, "pid", rec.PID, want.PID)
				if want.Thread == nil && rec.HasThread {
					t.Errorf("thread %d, want none", rec.Thread)
				}
				equal(t, "dated", rec.Stamp.Dated, want.Local != nil)
				if want.Local != nil {
					equal(t, "local", rec.Stamp.Local().Format(layoutOf(*want.Local)), *want.Local)
				}
				utc, ok := rec.Stamp.UTC()
				equal(t, "zoned", ok, want.UTC != nil)
				if want.UTC != nil {
					wantUTC, err := time.Parse(time.RFC3339Nano, *want.UTC)
					if err != nil {
						t.Fatal(err)
					}
					if !utc.Equal(wantUTC) {
						t.Errorf("utc %v, want %v", utc, wantUTC)
					}
				}
				if want.BiasMinutes != nil && rec.Stamp.Zoned {
					equal(t, "bias", -int(rec.Stamp.Offset), *want.BiasMinutes)
				}
			}
		})
	}
	if seen < 50 {
		t.Errorf("only %d records in the vectors", seen)
	}
}

// layoutOf is the time layout with as many fraction digits as want has.
func layoutOf(want string) string {
	layout := "2006-01-02T15:04:05"
	if dot := strings.IndexByte(want, '.'); dot >= 0 {
		layout += "." + strings.Repeat("0", len(want)-dot-1)
	}
	return layout
}

func parseAll(raw string) []*Record {
	var got []*Record
	p := NewParser("x.log", Options{})
	p.Part("x.log", nil)
	keep := func(r *Record) bool { got = append(got, r.Clone()); return true }
	p.Feed([]byte(raw), keep)
	p.Flush(keep)
	return got
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func equalPtr[T comparable](t *testing.T, what string, got T, want *T) {
	t.Helper()
	if want != nil {
		equal(t, what, got, *want)
	}
}

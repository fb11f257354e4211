package logparse

import (
	"strings"
	"testing"
)

func TestTextSeverity(t *testing.T) {
	tests := []struct {
		msg  string
		want Severity
	}{
		{"", Info},
		{"Done", Info},
		{"an Error happened", Error},
		{"terror", Error},
		{"erro", Info},
		{"it FAILED", Error},
		{"fail", Error},
		{"failover list", Info},
		{"Failover of a list failed", Error},
		{"failove", Error},
		{"forewarned", Warning},
		{"WARN", Warning},
		{"warning: it failed", Error},
		{"WARNING - Delete failed", Error},
		{"WARNING 1 - Failed to update new cycle info", Warning},
		{" ~WARNING 12 - error", Warning},
		{"WARNING x - error", Error},
		{"WARNING 1 error", Error},
		{"ERROR 1018 - Cannot", Error},
		{"!!!WARNING: failed", Warning},
		{"INSTANCE WARNING - Enumeration failed", Warning},
		{"#$#$#$#$#$ ERROR: no", Error},
		{"STATMSG: ID=1 SEV=W LEV=M error", Warning},
		{"STATMSG: ID=1 SEV=", Info},
		{"STATMSG: " + strings.Repeat("x", 99) + " SEV=E", Info},
		{"caf\xe9 \xff\xfe error", Error},
	}
	for _, tt := range tests {
		if got := textSeverity(tt.msg); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.msg, got, tt.want)
		}
	}
}

func TestSeverityAgreesWithThePlainRule(t *testing.T) {
	plain := func(msg string) Severity {
		msg = strings.ToLower(msg)
		switch {
		case strings.Contains(msg, "error"), strings.Contains(strings.ReplaceAll(msg, "failover", ""), "fail"):
			return Error
		case strings.Contains(msg, "warn"):
			return Warning
		}
		return Info
	}
	words := []string{"e", "rr", "or", "Fail", "over", "WA", "rn", " ", "R", "x"}
	var build func(msg string, depth int)
	build = func(msg string, depth int) {
		if got, want := wordSeverity(msg), plain(msg); got != want {
			t.Fatalf("%q: %v, want %v", msg, got, want)
		}
		if depth > 0 {
			for _, w := range words {
				build(msg+w, depth-1)
			}
		}
	}
	build("", 5)
}

func BenchmarkTextSeverity(b *testing.B) {
	msg := "Successfully completed synchronizing the list of updates for the update source of this site, 130 items"
	b.SetBytes(int64(len(msg)))
	for b.Loop() {
		textSeverity(msg)
	}
}

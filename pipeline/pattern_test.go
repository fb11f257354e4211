package pipeline

import (
	"strings"
	"testing"
	"time"
)

func TestPatternSaysWhatRE2Lacks(t *testing.T) {
	tests := []struct{ re, want string }{
		{`(?<=x)y`, "lookbehind is not RE2"},
		{`(?<!x)y`, "lookbehind is not RE2"},
		{`y(?=x)`, "lookahead is not RE2"},
		{`y(?!x)`, "lookahead is not RE2; use unless:"},
		{`(?>abc)`, "an atomic group is not RE2; use (?:…)"},
		{`(a)\1`, "a backreference is not RE2"},
		{`(?P<a>b)(?P=a)`, "a backreference is not RE2"},
		{`a++b`, "a possessive quantifier is not RE2"},
		{`a\Z`, `\Z is not RE2; use \z`},
		{`(abc`, "pattern `(abc`: missing closing )"},
		{`a{2000}`, "invalid repeat count"},
		{strings.Repeat("a", maxPattern+1), "pattern of 4097 bytes"},
	}
	for _, tt := range tests {
		_, err := NewPattern(tt.re)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.re, err, tt.want)
		}
	}
}

func TestPatternKnowsItsTextAndCaptures(t *testing.T) {
	p, err := NewPattern(`code (?P<code>\d+)`)
	if err != nil {
		t.Fatal(err)
	}
	if p.String() != `code (?P<code>\d+)` || !p.Has("code") || p.Has("other") || (*Pattern)(nil).Has("code") {
		t.Errorf("got %s, has code %t", p, p.Has("code"))
	}
}

func TestDurationReadsAndWritesTheSameText(t *testing.T) {
	tests := []struct {
		text, written string
		want          time.Duration
	}{
		{text: "90s", written: "1m30s", want: 90 * time.Second},
		{text: "30m", written: "30m", want: 30 * time.Minute},
		{text: "26h", written: "26h", want: 26 * time.Hour},
		{text: "1h30m", written: "1h30m", want: 90 * time.Minute},
		{text: "7d", written: "7d", want: 168 * time.Hour},
		{text: "1d12h", written: "36h", want: 36 * time.Hour},
		{text: "24h", written: "24h", want: 24 * time.Hour},
		{text: "0s", written: "0s", want: 0},
	}
	for _, tt := range tests {
		var d Duration
		if err := d.UnmarshalText([]byte(tt.text)); err != nil || d.Duration() != tt.want {
			t.Errorf("%s: got %v, %v", tt.text, d.Duration(), err)
		}
		written, err := d.MarshalText()
		if err != nil || string(written) != tt.written {
			t.Errorf("%s: written as %s, %v", tt.text, written, err)
		}
	}
}

func TestDurationRefusesWhatIsNone(t *testing.T) {
	for _, text := range []string{"", "7", "d", "-1h", "-1d", "7d7", "1dd", "1.5d", "99999d", "9999999h", "soon"} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %s", text, d)
		}
	}
}

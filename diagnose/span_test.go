package diagnose

import (
	"regexp"
	"testing"

	"patchtrace/pipeline"
)

// Spans must find what the regular expression finds, at the same place.
func requireSameAsRegexp(t *testing.T, pattern, text string) (found bool) {
	t.Helper()
	re, err := regexp.Compile(pattern)
	if err != nil {
		return false
	}
	w := wayOf(&pipeline.Signature{Pattern: &pipeline.Pattern{Regexp: re}}, nil)
	if w.spans() == nil {
		return false
	}
	if got, want := w.matches(&pipeline.Signature{Pattern: &pipeline.Pattern{Regexp: re}}, text), re.MatchString(text); got != want {
		t.Errorf("%q in %q: %t, want %t", pattern, text, got, want)
	}
	got, want := w.locate(&pipeline.Signature{Pattern: &pipeline.Pattern{Regexp: re}}, text), re.FindStringSubmatchIndex(text)
	if len(got) != len(want) {
		t.Fatalf("%q in %q: %v, want %v", pattern, text, got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%q in %q: %v, want %v", pattern, text, got, want)
		}
	}
	return true
}

var spanSeeds = []struct{ pattern, text string }{
	{`increased version to (?P<v>\d+)`, "it has increased version to 27. increased version to"},
	{`^Pruning: update id \((?P<u>[^)]+)\) is superseded by`, "Pruning: update id (é\n\xff) is superseded by"},
	{`id \((?P<u>[0-9a-f-]{4})\)`, "id (abc) id (abcde) id (ab-d)"},
	{`a(?P<x>[b]{2,3})`, "ab abbbb"},
	{`server: (?P<url>http\S+)|set \((?P<set>http[^\s)]+)\)`, "already set (http://sup01.example.test:8530), skipping"},
	{`Its a WSUS|Its a new|Added \(\{`, "Added ({"},
	{`a[|(]+b|c`, "a|(b"},
	{`x\|y`, "x|y"},
	{`aa(?P<x>a+)b`, "aaaaab"},
	{`(?i)1|b`, "B"},
	{`a[]|]+c`, "a]|c"},
	{`^a|b`, "ba"},
	{`x\Qy|y`, "x|y"},
}

func TestSpansFindWhatTheExpressionFinds(t *testing.T) {
	found := 0
	for _, s := range spanSeeds {
		if requireSameAsRegexp(t, s.pattern, s.text) {
			found++
		}
	}
	if found < 8 {
		t.Errorf("only %d patterns are spans", found)
	}
	for _, name := range pipeline.Builtin() {
		book, err := pipeline.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		spans := 0
		for _, stage := range book.Stages {
			for _, sig := range stage.Signatures {
				for _, line := range append(sig.Match, sig.Reject...) {
					for _, text := range []string{line, line[len(line)/3:], line + line, line[:len(line)/2] + "\xff" + line[len(line)/2:]} {
						if requireSameAsRegexp(t, sig.Pattern.String(), text) {
							spans++
						}
					}
				}
			}
		}
		if spans == 0 {
			t.Errorf("%s: no pattern is a span", name)
		}
	}
}

func FuzzSpans(f *testing.F) {
	for _, s := range spanSeeds {
		f.Add(s.pattern, s.text)
	}
	f.Fuzz(func(t *testing.T, pattern, text string) { requireSameAsRegexp(t, pattern, text) })
}

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"patchtrace/diagnose/errcode"
)

// lookUp runs the command as patchtrace would, over buffers.
func lookUp(stdin string, args ...string) (out string, err error) {
	s, in, stdout, _ := TestStreams()
	in.WriteString(stdin)
	err = executeLookup(s, runLookup, args)
	return stdout.String(), err
}

func executeLookup(s *Streams, run func(context.Context, *lookupOptions) error, args []string) error {
	cmd := lookupCmd(deps{streams: s}, run)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetFlagErrorFunc(flagError)
	cmd.SetOut(s.Out)
	cmd.SetArgs(append([]string{}, args...)) // nil would be the arguments of the process
	return cmd.ExecuteContext(context.Background())
}

// headings returns the first words of the blocks.
func headings(out string) []string {
	var list []string
	for line := range strings.Lines(out) {
		if line != "\n" && line[0] != ' ' {
			list = append(list, strings.Fields(line)[0])
		}
	}
	return list
}

func TestLookupReadsItsFlags(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		want   []string
		format string
	}{
		{"codes", []string{"0x80244022", "1603"}, []string{"0x80244022", "1603"}, "text"},
		{"a negative number is no flag", []string{"-2016409966", "5"}, []string{"(-2016409966)", "5"}, "text"},
		{"a negative digit is no flag", []string{"-5"}, []string{"(-5)"}, "text"},
		{"flags between codes", []string{"-1", "--format", "json", "5"}, []string{"(-1)", "5"}, "json"},
		{"standard input", []string{"--format=json", "-"}, []string{"-"}, "json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got *lookupOptions
			s, _, _, _ := TestStreams()
			run := func(_ context.Context, o *lookupOptions) error { got = o; return nil }
			if err := executeLookup(s, run, tt.args); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.args, tt.want) || got.format != tt.format {
				t.Errorf("args %q, format %q", got.args, got.format)
			}
		})
	}
}

func TestLookupFinds(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"hex", []string{"0x80244022"}, []string{"0x80244022"}},
		{"several", []string{"12029", "0x80041003", "WU_E_NO_SERVICE"}, []string{"12029", "0x80041003", "0x80240001"}},
		{"signed", []string{"-2016409966"}, []string{"0x87D00692"}},
		{"after --", []string{"--", "-2016409966"}, []string{"0x87D00692"}},
		{"a line", []string{"Scan failed with error = 0x8024401c."}, []string{"0x8024401C"}},
		{"words of a line", []string{"Error", "=", "0x80246002."}, []string{"0x80246002"}},
		{"HTTP and a number", []string{"HTTP", "407"}, []string{"0x80190197"}},
		{"exit code", []string{"exit", "code", "1603"}, []string{"1603"}},
		{"a mapping", []string{"error", "0x80072efd", "to", "0x800704cf"}, []string{"0x80072EFD", "0x800704CF"}},
		{"the same code once", []string{"0x87D00692", "-2016409966", "2278557330"}, []string{"0x87D00692"}},
		{"an unknown code", []string{"0x9ABC0001"}, []string{"0x9ABC0001"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := lookUp("", tt.args...)
			if err != nil || !slices.Equal(headings(out), tt.want) {
				t.Errorf("got %q, %v, want %q", headings(out), err, tt.want)
			}
		})
	}
}

func TestLookupExplains(t *testing.T) {
	tests := []struct {
		code string
		says []string
	}{
		{"0x80072EFD", []string{
			"0x80072EFD  ERROR_WINHTTP_CANNOT_CONNECT\n", "WinHTTP", "-2147012867, 2147954429, 12029", "cannot connect", "1. ", "2. ",
		}},
		{"3010", []string{"3010  ERROR_SUCCESS_REBOOT_REQUIRED\n", "no failure: a restart is needed", "0x80070BC2"}},
		{"0x87D00666", []string{"0x87D00666\n", "no failure: waiting"}},
		{"0x80240017", []string{"a result, not a failure by itself"}},
		{"0x80246ABC", []string{"Windows Update Agent, download manager", "from the range of the code only"}},
		{"0xC0000005", []string{"inferred: from experience"}},
		{"407", []string{"HTTP 407: proxy wants credentials"}},
		{"0x9ABC0001", []string{"Unknown code", "no known family", "-1698955263"}},
	}
	for _, tt := range tests {
		out, err := lookUp("", tt.code)
		if err != nil {
			t.Errorf("%s: %v", tt.code, err)
		}
		for _, s := range tt.says {
			if !strings.Contains(out, s) {
				t.Errorf("%s does not say %q:\n%s", tt.code, s, out)
			}
		}
	}
}

func TestLookupKeepsGoodCodesWhenOthersAreBad(t *testing.T) {
	out, err := lookUp("", "hello", "0x80244022", "ID=6703")
	if got := headings(out); !slices.Equal(got, []string{"0x80244022"}) {
		t.Errorf("headings %q", got)
	}
	if err == nil || !strings.Contains(err.Error(), "hello") || !strings.Contains(err.Error(), "ID=6703") {
		t.Errorf("error %v", err)
	}
}

func TestLookupNamesAFewBadArguments(t *testing.T) {
	_, err := lookUp("", "q1x", "q2x", "q3x", "q4x", "q5x", "q6x", "q7x")
	if err == nil || !strings.Contains(err.Error(), `"q5x" and 2 more`) {
		t.Errorf("error %v", err)
	}
}

func TestLookupRefuses(t *testing.T) {
	tests := []struct {
		name, stdin string
		args        []string
		says        string
	}{
		{"nothing", "", nil, "no code was given"},
		{"a word", "", []string{"hello"}, "hello"},
		{"words that introduce nothing", "", []string{"exit", "code"}, "exit code"},
		{"an unknown format", "", []string{"5", "--format", "xml"}, "xml"},
		{"an unknown flag", "", []string{"5", "--bogus"}, "bogus"},
		{"a dash among codes", "", []string{"5", "--", "_"}, "_"},
		{"standard input without codes", "all is well\n", []string{"-"}, "standard input"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := lookUp(tt.stdin, tt.args...)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("error %v does not say %q", err, tt.says)
			}
			if exitCode(err) != 2 || strings.Contains(err.Error(), "\n") {
				t.Errorf("exit %d, error %q", exitCode(err), err)
			}
		})
	}
}

func TestLookupShowsHostileArgumentsSafely(t *testing.T) {
	_, err := lookUp("", "\x1b[31mred\n\u202e")
	var told bytes.Buffer
	tell(&told, err)
	if line := strings.TrimSuffix(told.String(), "\n"); line == "" || strings.ContainsAny(line, "\x1b\n\u202e") {
		t.Errorf("told %q", line)
	}
}

func TestLookupReadsStandardInput(t *testing.T) {
	in := "Scan failed with error = 0x8024401c.\r\nnothing here\nJob Result = 0x80240022, then 0x8024401C\n1603"
	out, err := lookUp(in, "-")
	if want := []string{"0x8024401C", "0x80240022", "1603"}; err != nil || !slices.Equal(headings(out), want) {
		t.Errorf("got %q, %v, want %q", headings(out), err, want)
	}
}

func TestLookupBoundsStandardInput(t *testing.T) {
	var in strings.Builder
	for v := uint32(0x80240000); v < 0x80240000+maxCodes+5; v++ {
		in.WriteString(errcode.Format(v) + "\n")
	}
	out, err := lookUp(in.String(), "-")
	if n := len(headings(out)); n != maxCodes || err == nil {
		t.Errorf("%d codes, error %v", n, err)
	}
}

func TestLookupWritesJSON(t *testing.T) {
	out, err := lookUp("", "--format", "json", "0x80244017", "407", "0")
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got) != 3 {
		t.Fatalf("%v in %s", err, out)
	}
	for key, want := range map[string]any{
		"code": "0x80244017", "value": float64(0x80244017), "name": "WU_E_PT_HTTP_STATUS_DENIED", "family": "wua",
		"exact": true, "confidence": "documented", "class": "failure", "httpStatus": 401.0, "stage": "scan",
	} {
		if got[0][key] != want {
			t.Errorf("%s is %v, want %v", key, got[0][key], want)
		}
	}
	if g, ok := got[0]["group"].(map[string]any); !ok || g["title"] != "HTTP authentication" {
		t.Errorf("group %v", got[0]["group"])
	}
	if got[1]["asHttp"] != "HTTP 407: proxy wants credentials" || got[2]["class"] != "success" {
		t.Errorf("407 and 0 are %v, %v", got[1], got[2])
	}
}

func TestLookupJSONIsAnArrayEvenWhenNothingIsFound(t *testing.T) {
	out, err := lookUp("", "--format", "json", "hello")
	if err == nil || strings.TrimSpace(out) != "[]" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestLookupFitsEightyColumns(t *testing.T) {
	var args []string
	for c := range errcode.All() {
		args = append(args, c.Text)
	}
	out, err := lookUp("", args...)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if utf8.RuneCountInString(line) > 80 || strings.TrimRight(line, " ") != line {
			t.Errorf("too wide, or blanks at the end: %q", line)
		}
	}
}

func TestLookupHelpFitsEightyColumns(t *testing.T) {
	out, err := lookUp("", "--help")
	if err != nil || !strings.Contains(out, "lookup CODE...") {
		t.Fatalf("%v, %s", err, out)
	}
	for line := range strings.Lines(out) {
		if utf8.RuneCountInString(line) > 81 {
			t.Errorf("too wide: %q", line)
		}
	}
}

func TestLookupCompletesConstants(t *testing.T) {
	list := completeCode("wbem_e_access")
	if len(list) != 1 || !strings.HasPrefix(list[0], "WBEM_E_ACCESS_DENIED\t0x80041003: ") {
		t.Errorf("got %q", list)
	}
	if list := completeCode(""); list != nil {
		t.Errorf("nothing typed completes %d names", len(list))
	}
}

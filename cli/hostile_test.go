package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose"
)

// Text that a terminal would obey or not show: ESC, a bell, a carriage return,
// DEL, the C1 form of CSI, a line separator, bidi overrides, a character without
// width and a language tag. The second form has bytes that are no UTF-8, which
// turn its line into one of a code page; the third a NUL, which ends it.
const (
	hostile      = "\x1b[2J\x1b]0;owned\a\rX\x7f\u009b31m\u2028\u202eevil\u202c\u2066\u200b\U000E0041(end"
	hostileBytes = hostile + "\xff\xc3(\x9b31m"
	hostileNUL   = "\x1b[7m\x00" + hostile
)

// hostileFolder holds a failing scan whose every part is hostile.
func hostileFolder(t *testing.T, hostile string) string {
	t.Helper()
	dir, name := filepath.Join(t.TempDir(), "logs"), "WUAHandler.log"
	if runtime.GOOS != "windows" {
		dir += "\x1b[31m\u202e"
	}
	line := func(second int, component, message string) string {
		return fmt.Sprintf("<![LOG[%s]LOG]!><time=\"10:00:%02d.000+000\" date=\"02-12-2026\" component=\"%s\" context=\"%s\" type=\"3\" thread=\"1\" file=\"%s:1\">\r\n",
			message, second, component, hostile, hostile)
	}
	text := line(1, "WUAHandler", "Async searching of updates using WUAgent started."+hostile) +
		line(2, "WUAHandler", "Scan failed with error = 0x80244022."+hostile) +
		line(3, hostile, "unknown error 0x80070005 "+hostile)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		if err := os.WriteFile(filepath.Join(dir, "odd\x1b[7m\u202e.log"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestHostileLogTextNeverReachesTheTerminal(t *testing.T) {
	for _, text := range []string{hostile, hostileBytes, hostileNUL} {
		noHostileText(t, hostileFolder(t, text))
	}
}

func noHostileText(t *testing.T, dir string) {
	t.Helper()
	for _, args := range [][]string{
		{"diagnose", dir},
		{"diagnose", "--all", dir},
		{"diagnose", "--format", "json", dir},
		{"diagnose", "--format", "json", dir, dir},
		{"stats", dir},
		{"stats", "--format", "json", dir},
		{"diagnose", dir + "/nothing-there"},
		{"diagnose", filepath.Join(dir, "WUAHandler.log")},
		{"lookup", hostile},
	} {
		s := newSession()
		s.deps.open = client.Open
		s.deps.zone = time.UTC
		s.run(args...)
		for stream, text := range map[string]string{"stdout": s.out.String(), "stderr": s.err.String()} {
			if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && hidden(r) }); i >= 0 {
				t.Errorf("%q: %s holds %q", args[:len(args)-1], stream, text[max(0, i-20):min(len(text), i+20)])
			}
		}
	}
}

func TestHostileLogTextIsWholeInJSON(t *testing.T) {
	s := newSession()
	s.deps.open = client.Open
	s.deps.zone = time.UTC
	s.run("diagnose", "--format", "json", hostileFolder(t, hostile))
	var r diagnose.Report
	if err := json.Unmarshal(s.out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	for _, stage := range r.Stages {
		for _, f := range stage.Findings {
			for _, e := range f.Evidence {
				if strings.Contains(e.Text, "0x80244022") && strings.Contains(e.Text, "\x1b[2J") && strings.Contains(e.Text, "\u202eevil") && strings.Contains(e.Text, "\U000E0041") {
					return
				}
			}
		}
	}
	t.Errorf("no evidence holds the line as it is: %s", s.out)
}

func TestEscapeHidden(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{name: "nothing to do", text: "{\n  \"a\": \"ü€𝄞\"\n}\n", want: "{\n  \"a\": \"ü€𝄞\"\n}\n"},
		{name: "bidi and C1", text: "\"a\u202eb\u009bc\x7f\"", want: `"a\u202eb\u009bc\u007f"`},
		{name: "outside the basic plane", text: "\"\U000E0041\"", want: `"\udb40\udc41"`},
		{name: "empty", text: "", want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(escapeHidden([]byte(tt.text))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func FuzzEscapeHidden(f *testing.F) {
	f.Add(hostile)
	f.Add("")
	f.Add("\n\"\\")
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		safe := escapeHidden(plain)
		if strings.ContainsFunc(string(safe), hidden) {
			t.Errorf("%q still hides something", safe)
		}
		var before, after string
		if json.Unmarshal(plain, &before) != nil || json.Unmarshal(safe, &after) != nil || before != after {
			t.Errorf("%q became %q", before, after)
		}
	})
}

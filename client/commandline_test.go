package client

import (
	"slices"
	"strings"
	"testing"
)

// parseCommandLine parses as the C runtime of Microsoft does since 2008: see
// "Parsing C command-line arguments" in its documentation.
func parseCommandLine(line string) []string {
	var args []string
	end := strings.IndexByte(line[1:], '"') + 1 // the program stands in quotes
	args = append(args, line[1:end])
	rest := line[end+1:]
	for i := 0; ; {
		for i < len(rest) && (rest[i] == ' ' || rest[i] == '\t') {
			i++
		}
		if i == len(rest) {
			return args
		}
		var arg strings.Builder
		quoted := false
		for i < len(rest) && (quoted || rest[i] != ' ' && rest[i] != '\t') {
			n := 0
			for i < len(rest) && rest[i] == '\\' {
				n, i = n+1, i+1
			}
			if i == len(rest) || rest[i] != '"' {
				arg.WriteString(strings.Repeat(`\`, n))
				if i < len(rest) && (quoted || rest[i] != ' ' && rest[i] != '\t') {
					arg.WriteByte(rest[i])
					i++
				}
				continue
			}
			arg.WriteString(strings.Repeat(`\`, n/2))
			switch {
			case n%2 == 1:
				arg.WriteByte('"')
				i++
			case quoted && i+1 < len(rest) && rest[i+1] == '"':
				arg.WriteByte('"')
				i += 2
			default:
				quoted = !quoted
				i++
			}
		}
		args = append(args, arg.String())
	}
}

func FuzzCommandLine(f *testing.F) {
	f.Add(`C:\a b\SyncXML.exe`, "/package", "LAB00012")
	f.Add(`x.exe`, ``, `"`)
	f.Add(`x.exe`, `a b\`, `\\srv\share\`)
	f.Add(`x.exe`, `a\"b\\`, `say "hi" it's`)
	f.Add(`x.exe`, `\\\"`, "a\tb\nc")
	f.Fuzz(func(t *testing.T, program, a, b string) {
		if strings.ContainsAny(program+a+b, "\x00") || strings.Contains(program, `"`) {
			t.Skip()
		}
		line := commandLine(program, []string{a, b})
		if got, want := parseCommandLine(line), []string{program, a, b}; !slices.Equal(got, want) {
			t.Errorf("%s\nis read as %q, want %q", line, got, want)
		}
	})
}

package client

import "strings"

// commandLine joins a program and its arguments into the one line that Windows
// gives a process, so that the C runtime of the program parses it back into the
// same arguments. The program's name must hold no quotes, as no file's name does.
func commandLine(program string, args []string) string {
	var b strings.Builder
	b.WriteString(`"` + program + `"`) // its own rules: it ends at the next quote
	for _, arg := range args {
		b.WriteByte(' ')
		quoteArgument(&b, arg)
	}
	return b.String()
}

// quoteArgument writes an argument. Backslashes mean themselves unless a quote
// follows: then two stand for one.
func quoteArgument(b *strings.Builder, arg string) {
	if arg != "" && !strings.ContainsAny(arg, " \t\n\v\"") {
		b.WriteString(arg)
		return
	}
	b.WriteByte('"')
	slashes := 0
	for i := range len(arg) {
		switch arg[i] {
		case '\\':
			slashes++
			continue
		case '"':
			b.WriteString(strings.Repeat(`\`, 2*slashes+1))
		default:
			b.WriteString(strings.Repeat(`\`, slashes))
		}
		slashes = 0
		b.WriteByte(arg[i])
	}
	b.WriteString(strings.Repeat(`\`, 2*slashes) + `"`)
}

package pipeline

import (
	"sort"
	"strings"
)

// Line shows the command as an engineer would type it or read it, parameters as
// <name>. It is for reading only: what runs is the argument vector.
func (c *Command) Line() string {
	switch c.Kind {
	case "wmi":
		return c.wmiLine()
	case "manual":
		return c.Text
	}
	words := []string{showWord(c.Program)}
	for _, a := range c.Args {
		words = append(words, showWord(a))
	}
	return strings.Join(words, " ")
}

func (c *Command) wmiLine() string {
	names := make([]string, 0, len(c.Input))
	for name := range c.Input {
		names = append(names, name)
	}
	sort.Strings(names)
	args := make([]string, len(names))
	for i, name := range names {
		args[i] = name + "=" + placeholders(c.Input[name])
	}
	return c.Namespace + ":" + c.Class + "." + c.Method + "(" + strings.Join(args, ", ") + ")"
}

func showWord(word string) string {
	word = placeholders(word)
	if strings.ContainsAny(word, " \t") && !strings.HasPrefix(word, "<") {
		return `"` + word + `"`
	}
	return word
}

// placeholders turns {site} into <site>, and leaves ids in braces alone.
func placeholders(s string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(s[open:], '}')
		if end < 0 {
			break
		}
		name := s[open+1 : open+end]
		b.WriteString(s[:open])
		if isParam(name) {
			b.WriteString("<" + name + ">")
		} else {
			b.WriteString("{" + name + "}")
		}
		s = s[open+end+1:]
	}
	b.WriteString(s)
	return b.String()
}

// isParam tells a parameter's name from a GUID in braces.
func isParam(name string) bool {
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_0123456789") == ""
}

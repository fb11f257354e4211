package pipeline

import (
	"strings"
	"unicode/utf8"
)

// readPlain reads the part of YAML that the playbooks are written in: block
// mappings and lists, plain, quoted, literal and folded scalars, short [ ] and
// { } on one or more lines. It answers false for everything else and for
// everything doubtful, and readYAML must then be asked; so it never has to say
// what is wrong, and its nodes have no place.
//
// It exists for speed: to load a playbook of 308 signatures takes 29 ms with the
// general parser and 7 ms with this one (measured), and a verdict is due in
// 100 ms.
func readPlain(text string) (root *node, ok bool) {
	r := plainReader{lines: plainLines(text)}
	if !utf8.ValidString(text) || strings.ContainsAny(text, otherBreaks) || !strings.HasSuffix(text, "\n") || !r.skipBlank() || r.line().indent != 0 {
		return nil, false
	}
	root, ok = r.mapping(0)
	return root, ok && !r.skipBlank()
}

// otherBreaks are what may end a line as well, even in a remark.
const otherBreaks = "\r\u0085\u2028\u2029"

// plainLine is a line without its indentation. Text keeps blanks at its end.
type plainLine struct {
	indent int
	text   string
}

// blank is true for a line that says nothing outside of a scalar.
func (l plainLine) blank() bool {
	body := strings.TrimLeft(l.text, " ")
	return body == "" || body[0] == '#'
}

func plainLines(text string) []plainLine {
	lines := make([]plainLine, 0, strings.Count(text, "\n")+1)
	for line := range strings.SplitSeq(text, "\n") {
		body := strings.TrimLeft(line, " ")
		lines = append(lines, plainLine{indent: len(line) - len(body), text: body})
	}
	return lines
}

// plainReader stands on the line that is read next.
type plainReader struct {
	lines []plainLine
	next  int
	depth int
}

func (r *plainReader) line() plainLine { return r.lines[r.next] }

// skipBlank goes to the next line that says something, and tells whether there
// is one.
func (r *plainReader) skipBlank() bool {
	for r.next < len(r.lines) && r.line().blank() {
		r.next++
	}
	return r.next < len(r.lines)
}

// block reads the mapping or list whose lines are indented more than parent; a
// list may also stand as far left as the mapping that holds it.
func (r *plainReader) block(parent int, inMapping bool) (*node, bool) {
	if !r.skipBlank() {
		return &node{}, true
	}
	r.depth++
	defer func() { r.depth-- }()
	l := r.line()
	switch {
	case r.depth > maxDepth:
		return nil, false
	case isItem(l.text) && (l.indent > parent || inMapping && l.indent == parent):
		return r.sequence(l.indent)
	case l.indent <= parent:
		return &node{}, true
	}
	return r.mapping(l.indent)
}

func isItem(text string) bool { return text == "-" || strings.HasPrefix(text, "- ") }

func (r *plainReader) mapping(indent int) (*node, bool) {
	m := &node{kind: mappingNode}
	for r.skipBlank() && r.line().indent == indent && !isItem(r.line().text) {
		key, rest, ok := cutKey(r.line().text)
		if !ok || m.get(key) != nil {
			return nil, false
		}
		value, ok := r.value(rest, indent, true)
		if !ok {
			return nil, false
		}
		m.keys = append(m.keys, &node{kind: scalarNode, text: key})
		m.values = append(m.values, value)
	}
	// Whatever ends the mapping must belong further left.
	return m, len(m.keys) > 0 && (r.next >= len(r.lines) || r.line().indent < indent)
}

// cutKey splits "key: rest" at its colon. Keys are words, as all of ours are.
func cutKey(text string) (key, rest string, ok bool) {
	i := 0
	for i < len(text) && isWordByte(text[i]) {
		i++
	}
	if i == 0 || i == len(text) || text[i] != ':' {
		return "", "", false
	}
	rest = text[i+1:]
	if rest != "" && rest[0] != ' ' {
		return "", "", false
	}
	switch text[:i] {
	case "null", "Null", "NULL", "true", "false":
		return "", "", false
	}
	return text[:i], strings.TrimLeft(rest, " "), text[0] > '9'
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func (r *plainReader) sequence(indent int) (*node, bool) {
	s := &node{kind: sequenceNode}
	for r.skipBlank() && r.line().indent == indent && isItem(r.line().text) {
		item, ok := r.item(indent)
		if !ok {
			return nil, false
		}
		s.values = append(s.values, item)
	}
	return s, r.next >= len(r.lines) || r.line().indent <= indent
}

// item reads what stands after a dash. A mapping or list that begins on the
// dash's own line is read as if the dash were part of its indentation.
func (r *plainReader) item(indent int) (*node, bool) {
	rest := strings.TrimLeft(r.line().text[1:], " ")
	if rest == "" && !r.nested(indent) || rest != "" && rest[0] == '#' {
		return nil, false // an empty item: never meant, and read differently by parsers
	}
	_, _, isKey := cutKey(rest)
	if !isKey && !isItem(rest) {
		return r.value(rest, indent, false)
	}
	column := indent + len(r.line().text) - len(rest)
	r.lines[r.next] = plainLine{indent: column, text: rest}
	return r.block(indent, false)
}

// nested tells whether the line after this one is indented more than indent.
func (r *plainReader) nested(indent int) bool {
	for _, l := range r.lines[r.next+1:] {
		if !l.blank() {
			return l.indent > indent
		}
	}
	return false
}

// value reads what stands after "key:" or a dash; rest is the remainder of the
// current line and indent the column of the key or dash.
func (r *plainReader) value(rest string, indent int, inMapping bool) (*node, bool) {
	if rest == "" || rest[0] == '#' {
		r.next++
		return r.block(indent, inMapping)
	}
	switch rest[0] {
	case '|', '>':
		return r.blockScalar(rest, indent)
	case '"', '\'', '[', '{':
		return r.flow(rest, indent)
	}
	return r.plain(rest, indent)
}

// plain reads an unquoted scalar and the lines that continue it.
func (r *plainReader) plain(rest string, indent int) (*node, bool) {
	text, ok := plainText(rest)
	commented := len(text) < len(strings.TrimRight(rest, " "))
	for r.next++; ok && r.next < len(r.lines); r.next++ {
		l := r.line()
		if l.text == "" || l.indent <= indent {
			break
		}
		more, fine := plainText(l.text)
		// What begins with a dash here is folded differently by parsers.
		ok = fine && !commented && l.text[0] != '-' && len(more) == len(strings.TrimRight(l.text, " "))
		text += " " + more
	}
	if !ok || r.continues(indent) {
		return nil, false
	}
	return plainNode(text)
}

// continues tells whether an empty line is followed by more of the scalar
// before it, or by a line that belongs nowhere.
func (r *plainReader) continues(indent int) bool {
	for i := r.next; i < len(r.lines); i++ {
		if l := r.lines[i]; !l.blank() {
			return l.indent > indent
		}
	}
	return false
}

// plainText returns a line of a plain scalar without its comment, and false
// when it holds what a plain scalar cannot, or what is read differently here
// and there.
func plainText(s string) (string, bool) {
	if i := strings.Index(s, " #"); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimRight(s, " ")
	if s == "" || !startsPlain(s) {
		return "", false
	}
	return s, !strings.Contains(s, ": ") && s[len(s)-1] != ':' && !strings.ContainsAny(s, "\t\x00")
}

// startsPlain tells whether a plain scalar may begin like this.
func startsPlain(s string) bool {
	if s[0] == '-' && len(s) > 1 {
		return s[1] >= '0' && s[1] <= '9'
	}
	return !strings.ContainsAny(s[:1], "#-?:,[]{}&*!|>'\"%@`=.+~<")
}

// plainNode makes a node of a plain scalar.
func plainNode(text string) (*node, bool) {
	switch text {
	case "null", "Null", "NULL":
		return &node{}, true
	}
	// A number keeps its text with the general parser too, except for forms
	// that only people write: those are left to it.
	if c := text[0]; c >= '0' && c <= '9' && strings.ContainsAny(text, "_") {
		return nil, false
	}
	return &node{kind: scalarNode, text: text}, true
}

// blockScalar reads a literal or folded scalar.
func (r *plainReader) blockScalar(header string, parent int) (*node, bool) {
	header, strip := strings.CutSuffix(strings.TrimRight(header, " "), "-")
	if header != "|" && header != ">" {
		return nil, false
	}
	var lines []string
	indent := -1
	for r.next++; r.next < len(r.lines); r.next++ {
		l := r.line()
		if l.text == "" {
			if l.indent > 0 {
				return nil, false // blanks that may be content
			}
			lines = append(lines, "")
			continue
		}
		if l.indent <= parent {
			break
		}
		if indent < 0 {
			indent = l.indent
		}
		if l.indent < indent || l.indent > indent && header == ">" || strings.ContainsAny(l.text, "\t\x00") || strings.HasSuffix(l.text, " ") {
			return nil, false
		}
		lines = append(lines, strings.Repeat(" ", l.indent-indent)+l.text)
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 || lines[0] == "" {
		return nil, false
	}
	return &node{kind: scalarNode, text: joinBlock(lines, header == ">", strip)}, true
}

// joinBlock joins the lines of a block scalar. Folding makes a blank of a line
// end, and a line end of each empty line.
func joinBlock(lines []string, fold, strip bool) string {
	text := strings.Join(lines, "\n")
	if fold {
		text = foldLines(lines)
	}
	if !strip {
		text += "\n"
	}
	return text
}

func foldLines(lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		switch {
		case line == "":
			b.WriteByte('\n')
		case i > 0 && lines[i-1] != "":
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String()
}

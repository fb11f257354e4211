package evidence

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"patchtrace/diagnose/evidence/mof"
)

// list reads what wmic writes with /format:list: a line Name=Value for each
// property, and blank lines between instances. The lines end in CR CR LF, which
// editors turn into blank lines between all of them: then an instance ends where a
// name comes again. A line that is none of both goes on with the value before it.
func (r *exportReader) list() error { return r.lines(listForm{}) }

// formatList reads what Format-List of PowerShell writes: Name : Value, the colons
// one below the other, and lines that are too long wrapped behind them.
func (r *exportReader) formatList() error {
	f := listForm{colon: formatListColon(r.text.Text)}
	for line := range strings.SplitSeq(r.text.Text, "\n") {
		f.width = max(f.width, utf8.RuneCountInString(strings.TrimRight(line, "\r\x00 ")))
	}
	return r.lines(f)
}

func (r *exportReader) lines(f listForm) error {
	l := listReader{exportReader: r, listForm: f, doubled: f.doubled(r.text.Text)}
	for at := 0; at < len(r.text.Text); {
		line, _, _ := strings.Cut(r.text.Text[at:], "\n")
		if err := l.line(at, strings.Trim(line, "\r\x00\ufeff\x1a")); err != nil {
			return err
		}
		at += len(line) + 1
	}
	return l.end()
}

// listForm is how a list writes a property.
type listForm struct {
	// colon is where the colons stand, 0 where there are equals signs; width is how
	// long its lines are.
	colon, width int
}

var (
	listLine = regexp.MustCompile(`^[A-Za-z_]\w*=`)
	listName = regexp.MustCompile(`^[A-Za-z_]\w* +$`)
)

// property is what a line says, if it begins a property.
func (f listForm) property(line string) (name, value string, ok bool) {
	if f.colon == 0 {
		name, value, ok = strings.Cut(line, "=")
		return name, value, ok && listLine.MatchString(line)
	}
	if len(line) <= f.colon || line[f.colon] != ':' || !listName.MatchString(line[:f.colon]) {
		return "", "", false
	}
	return strings.TrimRight(line[:f.colon], " "), strings.TrimPrefix(line[f.colon+1:], " "), true
}

// join puts a value together again. What Format-List wraps it wraps at blanks, and
// only a word that is too long for a line where that is full. A line without its
// indent is one of the value's own.
func (f listForm) join(lines []string) string {
	if f.colon == 0 {
		return strings.Join(lines, "\n")
	}
	indent := strings.Repeat(" ", f.colon+len(": "))
	var b strings.Builder
	word := "" // that the line before ends with
	for i, line := range lines {
		rest, wrapped := strings.CutPrefix(line, indent)
		next, _, more := strings.Cut(rest, " ")
		switch {
		case i == 0:
			rest = line
		case !wrapped:
			b.WriteByte('\n')
		case word != "" && utf8.RuneCountInString(word+next) <= f.width-len(indent):
			b.WriteByte(' ')
			word = ""
		}
		b.WriteString(rest)
		if i == 0 || more {
			word = ""
			next = rest[strings.LastIndexByte(rest, ' ')+1:]
		}
		word += next
	}
	return strings.TrimRight(b.String(), " ")
}

// formatListColon is where the first two lines of a list have their colons, 0 if
// they have none there.
func formatListColon(text string) int {
	text = strings.TrimLeft(text, " \t\r\n\x00\ufeff")
	first, rest, _ := strings.Cut(text, "\n")
	colon := strings.IndexByte(first, ':')
	f := listForm{colon: max(colon, 0)}
	if _, _, ok := f.property(first); !ok || colon <= 0 {
		return 0
	}
	for line := range strings.SplitSeq(rest[:min(len(rest), 64<<10)], "\n") {
		if _, _, ok := f.property(line); ok {
			return colon
		}
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, strings.Repeat(" ", colon)) {
			break
		}
	}
	return 0
}

// listReader collects an instance line by line.
type listReader struct {
	*exportReader
	listForm
	doubled, blank bool

	row   exportRow
	names map[string]bool
	// more are the lines of the last value behind its first, size their bytes.
	more []string
	size int
}

func (l *listReader) line(at int, line string) error {
	if strings.TrimSpace(line) == "" {
		l.blank = true
		return nil
	}
	blank := l.blank
	l.blank = false
	name, value, ok := l.property(line)
	if !ok {
		if len(l.row.props) == 0 {
			return l.fault(at, "want the name of a property and its value, found %.40q", line)
		}
		if l.size += len(line) + 1; l.size > maxExportValue {
			return l.fault(at, "a value of more than 1 MB")
		}
		l.more = append(l.more, line)
		return nil
	}
	if blank && !l.doubled || l.names[strings.ToLower(name)] {
		if err := l.end(); err != nil {
			return err
		}
	}
	l.endValue()
	if len(l.row.props) == maxExportColumns {
		return l.fault(at, "an instance of more than %d properties", maxExportColumns)
	}
	if len(l.row.props) == 0 {
		l.row.at, l.names = at, map[string]bool{}
	}
	l.names[strings.ToLower(name)] = true
	if l.size = len(value); l.size > maxExportValue {
		return l.fault(at, "a value of more than 1 MB")
	}
	l.row.props = append(l.row.props, mof.Prop{Name: name, Text: value, Null: strings.TrimSpace(value) == ""})
	return nil
}

// endValue joins the lines of the last value.
func (l *listReader) endValue() {
	if len(l.more) == 0 {
		return
	}
	last := &l.row.props[len(l.row.props)-1]
	if last.Text != "" || l.colon > 0 {
		l.more = append([]string{last.Text}, l.more...)
	}
	last.Text, last.Null = l.join(l.more), false
	l.more = nil
}

// end takes the instance that is over.
func (l *listReader) end() error {
	l.endValue()
	if len(l.row.props) == 0 {
		return nil
	}
	if l.rows++; l.rows > maxExportRows {
		return l.fault(l.row.at, "more than %d instances", maxExportRows)
	}
	row := l.row
	l.row, l.names = exportRow{}, nil
	return l.add(row)
}

// doubled is true when no property follows directly on another.
func (f listForm) doubled(text string) bool {
	before := false
	for line := range strings.SplitSeq(text, "\n") {
		_, _, is := f.property(strings.Trim(line, "\r\x00\ufeff"))
		if is && before {
			return false
		}
		before = is
	}
	return true
}

package evidence

import (
	"strings"

	"patchtrace/diagnose/evidence/mof"
)

// list reads what wmic writes with /format:list: a line Name=Value for each
// property, and blank lines between instances. The lines end in CR CR LF, which
// editors turn into blank lines between all of them: then an instance ends where a
// name comes again. A line that is none of both goes on with the value before it.
func (r *exportReader) list() error {
	l := listReader{exportReader: r, doubled: listDoubled(r.text.Text)}
	for at := 0; at < len(r.text.Text); {
		line, _, _ := strings.Cut(r.text.Text[at:], "\n")
		if err := l.line(at, strings.Trim(line, "\r\x00\ufeff\x1a")); err != nil {
			return err
		}
		at += len(line) + 1
	}
	return l.end()
}

// listReader collects an instance line by line.
type listReader struct {
	*exportReader
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
	if !listLine.MatchString(line) {
		if len(l.row.props) == 0 {
			return l.fault(at, "want Name=Value, found %.40q", line)
		}
		if l.size += len(line) + 1; l.size > maxExportValue {
			return l.fault(at, "a value of more than 1 MB")
		}
		l.more = append(l.more, line)
		return nil
	}
	name, value, _ := strings.Cut(line, "=")
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
	l.row.props = append(l.row.props, mof.Prop{Name: name, Text: value, Null: value == ""})
	return nil
}

// endValue joins the lines of the last value.
func (l *listReader) endValue() {
	if len(l.more) == 0 {
		return
	}
	last := &l.row.props[len(l.row.props)-1]
	if last.Text != "" {
		l.more = append([]string{last.Text}, l.more...)
	}
	last.Text, last.Null = strings.Join(l.more, "\n"), false
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

// listDoubled is true when no property follows directly on another.
func listDoubled(text string) bool {
	before := false
	for line := range strings.SplitSeq(text, "\n") {
		is := listLine.MatchString(strings.Trim(line, "\r\x00\ufeff"))
		if is && before {
			return false
		}
		before = is
	}
	return true
}

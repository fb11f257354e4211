package evidence

import (
	"regexp"
	"slices"
	"strings"

	"patchtrace/diagnose/evidence/mof"
)

// csvName is what the name of a column looks like.
var csvName = regexp.MustCompile(`^"?[\w][\w .:#-]{0,127}"?$`)

// csvComma returns what separates the columns of a header, 0 if it is none.
func csvComma(header string) byte {
	header = strings.TrimRight(header, "\r\x00 ")
	for _, comma := range []byte{',', ';', '\t'} {
		names := strings.Split(header, string(comma))
		if len(names) > 1 && !slices.ContainsFunc(names, func(s string) bool { return !csvName.MatchString(strings.TrimSpace(s)) }) {
			return comma
		}
	}
	return 0
}

// separator is a first line that tells Excel what separates the columns.
var separator = regexp.MustCompile(`^(?i:"?sep=[,;\t]"?)\s`)

func isTypeLine(text string) bool {
	const mark = "#TYPE "
	text = strings.TrimPrefix(text, `"`)
	return len(text) >= len(mark) && strings.EqualFold(text[:len(mark)], mark)
}

// csvTable is a table in a text: the columns that hold for the rows that follow.
type csvTable struct {
	class string
	names []string
	node  bool // wmic's table: its first column is the computer
}

// csv reads tables. A row that does not fit its header is left out, and named in
// the error; those around it are kept.
func (r *exportReader) csv() error {
	s := csvScanner{text: r.text.Text}
	var table csvTable
	var bad error
	for {
		start, ok := s.begin()
		if !ok {
			return bad
		}
		rest := s.text[start:]
		if table.names == nil && separator.MatchString(rest) {
			s.line()
			continue
		}
		if isTypeLine(rest) {
			line := s.line()
			table = csvTable{class: bareClass(strings.Trim(line, `"`))}
			continue
		}
		if table.names == nil {
			if s.comma = csvComma(firstLine(rest)); s.comma == 0 {
				return r.fault(start, "want the names of columns, found %.40q", firstLine(rest))
			}
		}
		fields, why := s.record()
		if why != "" {
			return r.fault(start, "%s", why)
		}
		if table.names == nil {
			table.head(fields)
			continue
		}
		if r.rows++; r.rows > maxExportRows {
			return r.fault(start, "more than %d rows", maxExportRows)
		}
		if why := r.csvRow(&table, start, fields, s.at >= len(s.text)); why != nil && bad == nil {
			bad = why
		}
		if r.props > maxExportProps {
			return bad
		}
	}
}

func (t *csvTable) head(fields []csvField) {
	for _, f := range fields {
		t.names = append(t.names, strings.TrimSpace(f.text))
	}
	t.node = strings.EqualFold(t.names[0], "Node")
}

// csvRow takes one row.
func (r *exportReader) csvRow(t *csvTable, at int, fields []csvField, last bool) error {
	if slices.EqualFunc(fields, t.names, func(f csvField, name string) bool { return strings.TrimSpace(f.text) == name }) {
		return nil // the header again: of wmic's next computer, or of a file put behind another
	}
	for len(fields) > len(t.names) && fields[len(fields)-1] == (csvField{}) {
		fields = fields[:len(fields)-1] // spreadsheets fill rows up
	}
	switch n, want := len(fields), len(t.names); {
	case n < want && last:
		return r.fault(at, "%d values under %d columns: the file is cut", n, want)
	case n < want:
		return r.fault(at, "%d values under %d columns", n, want)
	case n > want:
		return r.fault(at, "%d values under %d columns: a value holds the separator and is not quoted; save it with Export-Csv, or as a list (wmic ... /format:list)", n, want)
	}
	row := exportRow{at: at, class: t.class}
	for i, f := range fields {
		if t.node && i == 0 {
			row.host = f.text
			continue
		}
		row.props = append(row.props, mof.Prop{Name: t.names[i], Text: f.text, Null: f.text == "" && !f.quoted})
	}
	return r.add(row)
}

// csvField is a value; one that is empty without quotes is none.
type csvField struct {
	text   string
	quoted bool
}

// csvScanner reads the records of a text.
type csvScanner struct {
	text  string
	at    int
	comma byte
}

// begin passes blank lines and padding over and returns where a record begins;
// false at the end.
func (s *csvScanner) begin() (int, bool) {
	for s.at < len(s.text) {
		switch rest := s.text[s.at:]; {
		case strings.IndexByte("\r\n\x00\x1a", rest[0]) >= 0:
			s.at++
		case rest[0] == ' ' && strings.TrimSpace(firstLine(rest)) == "":
			s.line()
		case strings.HasPrefix(rest, "\ufeff"):
			s.at += len("\ufeff")
		default:
			return s.at, true
		}
	}
	return s.at, false
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimRight(line, "\r\x00")
}

// line passes a line over and returns it.
func (s *csvScanner) line() string {
	line := firstLine(s.text[s.at:])
	s.at += len(line)
	return line
}

// record reads one record; why says what is wrong with it.
func (s *csvScanner) record() (fields []csvField, why string) {
	for {
		f, why := s.field()
		if why != "" {
			return nil, why
		}
		if len(fields) == maxExportColumns {
			return nil, "more than 1024 columns"
		}
		fields = append(fields, f)
		if s.at >= len(s.text) || s.text[s.at] != s.comma {
			return fields, ""
		}
		s.at++
	}
}

// field reads a value up to the separator or the end of the line.
func (s *csvScanner) field() (f csvField, why string) {
	if s.at < len(s.text) && s.text[s.at] == '"' {
		f.quoted = true
		if f.text, why = s.quoted(); why != "" {
			return f, why
		}
	}
	rest := s.text[s.at:]
	n := strings.IndexAny(rest, "\n"+string(s.comma))
	if n < 0 {
		n = len(rest)
	}
	s.at += n
	if tail := strings.TrimRight(rest[:n], "\r\x00"); !f.quoted {
		f.text = tail
	} else {
		f.text += strings.TrimSpace(tail)
	}
	if len(f.text) > maxExportValue {
		return f, "a value of more than 1 MB"
	}
	return f, ""
}

// quoted reads a value in quotes, in which a quote is written twice.
func (s *csvScanner) quoted() (text, why string) {
	s.at++
	var b strings.Builder
	for {
		n := strings.IndexByte(s.text[s.at:], '"')
		if n < 0 || b.Len()+n > maxExportValue {
			return "", "a value in quotes has no end, or is longer than 1 MB"
		}
		b.WriteString(s.text[s.at : s.at+n])
		s.at += n + 1
		if !strings.HasPrefix(s.text[s.at:], `"`) {
			return b.String(), ""
		}
		b.WriteByte('"')
		s.at++
	}
}

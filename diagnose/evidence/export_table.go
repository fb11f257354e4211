package evidence

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"patchtrace/diagnose/evidence/mof"
)

// wmicHeader matches the first line of what wmic writes without /format: names with
// two blanks or more between them.
var wmicHeader = regexp.MustCompile(`^[A-Za-z_]\w*(?: {2,}[A-Za-z_]\w*)+ *$`)

// tableColumn is a column of such a table: where it begins, in characters.
type tableColumn struct {
	name string
	at   int
}

// wmicColumns are the columns of a header, nil if it is none.
func wmicColumns(header string) []tableColumn {
	if !wmicHeader.MatchString(header) {
		return nil
	}
	var columns []tableColumn
	for at := 0; at < len(header); {
		name, _, _ := strings.Cut(header[at:], " ")
		columns = append(columns, tableColumn{name, at})
		at += len(name)
		at += len(header[at:]) - len(strings.TrimLeft(header[at:], " "))
	}
	return columns
}

// table reads what wmic writes without /format. Each column is as wide as its widest
// value and two blanks, and nothing is cut: so where all rows have those blanks, what
// lies between them is the value. A value with a line break in it, or a table that
// was not pasted with its blanks, has them elsewhere: such a row is left out and
// named in the error.
func (r *exportReader) table() error {
	var columns []tableColumn
	var bad error
	for at := 0; at < len(r.text.Text); {
		full, _, _ := strings.Cut(r.text.Text[at:], "\n")
		start := at
		at += len(full) + 1
		line := strings.TrimRight(full, "\r\x00\x1a ")
		if columns == nil {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if header := wmicColumns(line); columns == nil || header != nil && sameNames(header, columns) { // of the next computer
			if columns = header; len(columns) > maxExportColumns {
				return r.fault(start, "more than %d columns", maxExportColumns)
			}
			continue
		}
		if r.rows++; r.rows > maxExportRows {
			return r.fault(start, "more than %d rows", maxExportRows)
		}
		row, ok := tableRow(line, columns)
		if !ok {
			if bad == nil {
				bad = r.fault(start, "its values do not stand under the names of their columns: one has a line break, or blanks were lost; save it by wmic with /format:list")
			}
			continue
		}
		row.at = start
		if err := r.add(row); err != nil {
			return err
		}
	}
	return bad
}

// tableRow cuts a line at the columns; false when its values do not stand under them.
func tableRow(line string, columns []tableColumn) (row exportRow, ok bool) {
	text := []rune(line)
	if utf8.RuneCountInString(line) == len(line) {
		text = nil // each byte is a character
	}
	slice := func(from, to int) string {
		if text != nil {
			return string(text[min(from, len(text)):min(to, len(text))])
		}
		return line[min(from, len(line)):min(to, len(line))]
	}
	others := false // than the first
	for i, c := range columns {
		end := len(line)
		if i+1 < len(columns) {
			end = columns[i+1].at
			if strings.TrimRight(slice(end-len("  "), end), " ") != "" {
				return row, false
			}
		}
		value := strings.TrimRight(slice(c.at, end), " ")
		if strings.HasPrefix(value, " ") { // it does not begin where its column does
			return row, false
		}
		others = others || i > 0 && value != ""
		if strings.EqualFold(c.name, "Node") && i == 0 {
			row.host = value
			continue
		}
		row.props = append(row.props, mof.Prop{Name: c.name, Text: value, Null: value == ""})
	}
	return row, others // a line with nothing else is the rest of a value
}

func sameNames(a, b []tableColumn) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].name != b[i].name {
			return false
		}
	}
	return true
}

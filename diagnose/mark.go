package diagnose

import (
	"slices"
	"strings"
	"unicode/utf8"

	"patchtrace/logparse"
)

// mark is a log line that a signature recognises, or that may matter if none
// does.
type mark struct {
	// alts are signatures that hold only beside another mark, in their order;
	// main is the one that holds if none of them does, without a signature if
	// there is none.
	alts []hit
	main hit
	// seq is the record's number in its log, from 0 at the oldest read.
	seq   int64
	stamp logparse.Stamp
	pos   logparse.Pos
	text  string
	// severity and code are for lines without a signature.
	severity logparse.Severity
	owned    bool
	// old is true when the line lies before the part of the log that the verdict
	// is judged on.
	old bool
}

// maxText bounds what is kept of a quoted line, in bytes.
const maxText = 1 << 10

func newMark(rec *logparse.Record, seq int64, main hit, alts []hit) mark {
	m := mark{seq: seq, stamp: rec.Stamp, pos: rec.Pos, severity: rec.Severity, text: rec.Message, main: main}
	if len(alts) > 0 {
		m.alts = slices.Clone(alts)
	}
	return m
}

// own makes the mark independent of the memory that its record lies in.
func (m *mark) own() {
	if m.owned {
		return
	}
	m.owned = true
	m.text = strings.Clone(clip(m.text, maxText))
	m.pos = clonePos(m.pos)
	m.main.own()
	for i := range m.alts {
		m.alts[i].own()
	}
}

// leading is the signature that the mark is filed under.
func (m *mark) leading() hit {
	if len(m.alts) > 0 {
		return m.alts[0]
	}
	return m.main
}

// hits are all signatures that may hold, in order.
func (m *mark) hits(yield func(hit) bool) {
	for _, h := range m.alts {
		if !yield(h) {
			return
		}
	}
	if m.main.sig != nil {
		yield(m.main)
	}
}

// clip cuts s to at most n bytes at a character's edge and shows that it did.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n -= len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// lane is a track's name as it is compared: without case and braces, since logs
// differ in both.
func lane(track string) string { return strings.ToLower(braces.Replace(track)) }

var braces = strings.NewReplacer("{", "", "}", "")

// fill replaces {name} by the capture of that name; unknown names are dropped.
func fill(template string, captures map[string]string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(template, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(template[open:], '}')
		if end < 0 {
			break
		}
		b.WriteString(template[:open])
		b.WriteString(captures[template[open+1:open+end]])
		template = template[open+end+1:]
	}
	b.WriteString(template)
	return b.String()
}

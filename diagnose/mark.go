package diagnose

import (
	"strings"
	"unicode/utf8"

	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// mark is a log line that a signature recognises, or that may matter if none
// does.
type mark struct {
	// hits are the signatures that may hold, the first that does counts.
	hits []hit
	// seq is the record's number in its log, from 0 at the oldest read.
	seq   int64
	stamp logparse.Stamp
	pos   logparse.Pos
	text  string
	// severity and code are for lines without a signature.
	severity logparse.Severity
	// old is true when the line lies before the part of the log that the verdict
	// is judged on.
	old bool
}

// maxText bounds what is kept of a quoted line, in bytes.
const maxText = 1 << 10

func newMark(rec *logparse.Record, seq int64, hits []hit) mark {
	m := mark{seq: seq, stamp: rec.Stamp, severity: rec.Severity, text: strings.Clone(clip(rec.Message, maxText))}
	m.pos = clonePos(rec.Pos)
	if len(hits) > 0 {
		m.hits = append([]hit(nil), hits...)
	}
	return m
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

// trackOf fills the signature's track from its captures. Tracks compare without
// case and braces, since logs differ in both.
func trackOf(h hit) string {
	track := h.sig.Track
	if strings.IndexByte(track, '{') >= 0 {
		track = fill(track, h.captures)
	}
	return strings.ToLower(strings.NewReplacer("{", "", "}", "").Replace(track))
}

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

// keep says how many marks of a kind are kept per signature and track.
func keep(kind string) int {
	switch kind {
	case pipeline.Progress, pipeline.Noise:
		return 4
	default:
		return 48
	}
}

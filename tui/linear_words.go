package tui

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"patchtrace/diagnose"
	"patchtrace/tui/safe"
)

// linearOut writes lines that are wrapped at blanks. Every text passes safe.
type linearOut struct {
	w     io.Writer
	width int
	// err is why nothing can be written any more.
	err error
}

// line writes a text on lines of its own.
func (o *linearOut) line(text string) {
	for _, l := range safe.Wrap(strings.TrimLeft(safe.Text(text), " "), o.width) {
		o.write(l + "\n")
	}
}

// whole writes a text on one line, whatever its length: to be copied.
func (o *linearOut) whole(text string) { o.write(safe.Text(text) + "\n") }

// question writes a text and leaves its last line open for the answer.
func (o *linearOut) question(text string) {
	lines := safe.Wrap(safe.Text(text), o.width-1)
	o.write(strings.Join(lines, "\n") + " ")
}

func (o *linearOut) write(text string) {
	if o.err == nil {
		_, o.err = io.WriteString(o.w, text)
	}
}

func (o *linearOut) failure() error {
	if o.err == nil {
		return nil
	}
	return fmt.Errorf("write the dialogue: %w; what was running was stopped", o.err)
}

// linearQuote stands before what is quoted from a log.
const linearQuote = "Quote:"

// linearPaneWidth is how wide panes draw the rows that are read out: wide enough for
// most paragraphs to be one row, and for a quote to be cut somewhere.
const linearPaneWidth = 240

var (
	rowLabel  = regexp.MustCompile(`^  ([A-Z][a-z]+) +(\S.*)$`)
	columnGap = regexp.MustCompile(`([.,:;]?) {2,}`)
)

// linearRow makes a line to be read out of a row of a pane: without styles and
// indents, its label followed by a colon, its columns by commas.
func linearRow(text string) string {
	text = strings.TrimRight(ansi.Strip(text), " ")
	if m := rowLabel.FindStringSubmatch(text); m != nil && len(text)-len(m[2]) == column {
		text = m[1] + ": " + m[2]
	}
	text = strings.TrimLeft(text, " ")
	if strings.HasPrefix(text, linearQuote) {
		return text // as it stands in the log
	}
	return columnGap.ReplaceAllStringFunc(text, func(g string) string {
		if g = strings.TrimRight(g, " "); g != "" {
			return g + " "
		}
		return ", "
	})
}

// linearRows are the lines of rows. Lines of one quote are joined.
func linearRows(rows []row) []string {
	var lines []string
	for i := range rows {
		text := linearRow(rows[i].text)
		last := len(lines) - 1
		switch {
		case text == "":
		case strings.HasPrefix(text, linearQuote) && last >= 0 && strings.HasPrefix(lines[last], linearQuote):
			lines[last] += strings.TrimPrefix(text, linearQuote)
		default:
			lines = append(lines, text)
		}
	}
	return lines
}

func (l *linear) readOut(rows []row) {
	for _, text := range linearRows(rows) {
		l.out.line(text)
	}
}

// linearAge is how long ago something was, in words.
func linearAge(d time.Duration) string {
	switch {
	case d <= -time.Second:
		return "in " + linearSpan(-d)
	case d < time.Second:
		return "just now"
	}
	return linearSpan(d) + " ago"
}

// linearSpan is a duration in words, in its largest unit.
func linearSpan(d time.Duration) string {
	switch {
	case d < time.Minute:
		return countOf(int(d/time.Second), "second")
	case d < time.Hour:
		return countOf(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return countOf(int(d/time.Hour), "hour")
	}
	return countOf(int(d/(24*time.Hour)), "day")
}

// linearElapsed is how long a run has gone on, to the second.
func linearElapsed(d time.Duration) string {
	text := linearSpan(d)
	if rest := d % time.Minute; d >= time.Minute && d < time.Hour && rest >= time.Second {
		text += " " + linearSpan(rest)
	}
	return text
}

// when shows a time as times are to be shown, ages in words.
func (l *linear) when(t time.Time) string {
	if l.times == timesAge {
		return linearAge(l.s.clock().Sub(t))
	}
	return l.s.when(t)
}

// countOf is a number of things: "1 line", "2 lines".
func countOf(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// linearVerdict is the verdict as a sentence or two.
func linearVerdict(r *diagnose.Report) string {
	v := r.Verdict
	head := v.Status
	if i := stageIndex(v.Stage); i >= 0 && v.Status != diagnose.VerdictPassed {
		head += " at " + strings.ToLower(stageNames[i])
	}
	return head + ". " + v.Summary
}

// stageLine is how a stage stands: "Stage 2 of 4, Scan: failed, 3 minutes ago."
func (l *linear) stageLine(i int) string {
	return fmt.Sprintf("Stage %d of %d, %s: %s.", i+1, len(stageNames), stageNames[i], l.stageState(i))
}

func (l *linear) stageState(i int) string {
	r := l.s.stageReport(i)
	if r == nil {
		return "cannot be judged"
	}
	at, how := r.LastSuccess, ""
	switch r.Status {
	case diagnose.Unknown:
		return "unknown, it could not be seen"
	case diagnose.Failed:
		at = r.LastFailure
	case diagnose.Running:
		at, how = r.LastStart, "began "
	case diagnose.Waiting:
		at = nil
	case diagnose.Stale:
		how = "last success "
	}
	if at == nil {
		return statusWord(r.Status)
	}
	return statusWord(r.Status) + ", " + how + linearAge(l.s.clock().Sub(*at))
}

// endSentence ends a text with a full stop, unless it ends with a mark already.
func endSentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") || strings.HasSuffix(text, ":") {
		return text
	}
	return text + "."
}

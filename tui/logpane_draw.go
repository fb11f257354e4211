package tui

import (
	"path"
	"strconv"
	"strings"

	"patchtrace/tui/safe"
)

// logDrawn is what was drawn last, and from what.
type logDrawn struct {
	from logDrawnFrom
	text string
}

type logDrawnFrom struct {
	w, h             int
	focused          bool
	version, session int
	clock            int64
}

// View draws the pane with its frame. It is called after every message, and draws
// only when something has changed.
func (p *logPane) View(w, h int, focused bool) string {
	from := logDrawnFrom{w, h, focused, p.version, p.s.version, p.clockKey()}
	if from == p.drawn.from && p.drawn.text != "" {
		return p.drawn.text
	}
	p.drawn = logDrawn{from, p.draw(w, h, focused)}
	return p.drawn.text
}

// clockKey changes when times are to be drawn anew.
func (p *logPane) clockKey() int64 {
	now := p.s.clock()
	if p.s.times == timesAge {
		return now.Unix()
	}
	day := now.In(p.s.zone())
	return int64(day.Year()*366 + day.YearDay())
}

func (p *logPane) draw(w, h int, focused bool) string {
	k := &p.s.look
	inner := max(h-2, 1)
	asked := p.askLines(w - 2)
	rows := max(inner-len(asked), 1)
	if p.h != rows {
		p.h = rows
		p.settle()
	}
	lines := filled(p.emptyLines(w-2), w-2)
	if lines == nil {
		lines = p.rowLines(w-2, rows, focused)
	}
	for len(lines) < rows {
		lines = append(lines, strings.Repeat(" ", max(w-2, 0)))
	}
	lines = append(lines[:rows], filled(asked, w-2)...)
	return p.framed(lines[:min(len(lines), max(h-2, 0))], k.box(p.title(w), p.countText(), nil, w, 2, focused), w, focused)
}

// filled makes lines exactly w cells wide.
func filled(lines []string, w int) []string {
	for i, l := range lines {
		lines[i] = safe.Fill(l, w, "")
	}
	return lines
}

// framed puts lines of the right width between the edges of a box without any. To
// measure them again would take longer than all else.
func (p *logPane) framed(lines []string, box string, w int, focused bool) string {
	k := &p.s.look
	edge := k.quiet
	if focused {
		edge = k.accent
	}
	upper, lower, _ := strings.Cut(box, "\n")
	side := edge.Render(k.vertical)
	var b strings.Builder
	b.WriteString(upper + "\n")
	for _, l := range lines {
		b.WriteString(side + l + side + "\n")
	}
	b.WriteString(p.withFoot(lower, w, focused))
	return b.String()
}

// title says what is shown and whether it moves; a filter comes before all else,
// so that nobody takes what is left in for all there is.
func (p *logPane) title(w int) string {
	k := &p.s.look
	long, short := p.logTitle()
	rule := " " + k.quiet.Render(strings.Repeat(k.horizontal, 2)) + " "
	var filters []string
	for _, f := range p.filterWords() {
		filters = append(filters, k.warn.Render(f))
	}
	state := p.stateText()
	room := w - 6
	for _, parts := range [][]string{
		append(append([]string{k.strong.Render(long)}, filters...), state),
		append(append([]string{k.strong.Render(short)}, filters...), state),
		append([]string{k.strong.Render(short)}, filters...),
		append(filters, state),
		filters,
	} {
		text := joinParts(rule, parts)
		if text != "" && safe.Width(text) <= room {
			return text
		}
	}
	if len(filters) == 0 {
		return k.strong.Render(safe.Cut(short, room, k.ellipsis))
	}
	return k.warn.Render("filtered (F clears)")
}

// logTitle names logs: "ScanWrapper.log + 1 more".
func (p *logPane) logTitle() (long, short string) {
	list := p.shown
	switch {
	case list == nil && len(p.names) == 1:
		list = p.names
	case list == nil:
		return "All logs", "All logs"
	case len(list) == 0:
		return "Log", "Log"
	}
	short = safe.Text(logStem(list[0]))
	long = safe.Text(baseName(list[0]))
	if n := len(list) - 1; n > 0 {
		long += " + " + decimal(int64(n)) + " more"
		short += " +" + decimal(int64(n))
	}
	return long, short
}

func joinParts(sep string, parts []string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, sep)
}

// stateText says whether new lines are followed.
func (p *logPane) stateText() string {
	k := &p.s.look
	switch {
	case p.s.about.Still:
		return ""
	case p.following:
		return k.good.Render("following")
	}
	return k.warn.Render("paused, G follows")
}

// countText is how many lines there are, and where among them the cursor is.
func (p *logPane) countText() string {
	k := &p.s.look
	n := p.end - p.first
	switch {
	case p.looking != nil:
		return k.accent.Render("searching" + k.ellipsis + " Esc stops")
	case p.made != p.gen:
		return k.quiet.Render("reading" + k.ellipsis)
	case !p.done:
		return k.quiet.Render("indexing" + k.ellipsis + " " + decimal(n))
	case n == 0:
		return ""
	case p.following:
		return k.quiet.Render(decimal(n) + " lines")
	}
	return k.quiet.Render(decimal(p.at-p.first+1) + "/" + decimal(n))
}

// withFoot writes what is to be known of the row under the cursor, and of marks
// and searches, into the lower edge.
func (p *logPane) withFoot(lower string, w int, focused bool) string {
	k := &p.s.look
	text := p.footText(w - 6)
	if text == "" || w < 12 {
		return lower
	}
	edge := k.quiet
	if focused {
		edge = k.accent
	}
	text = safe.Cut(text, w-6, k.ellipsis)
	rest := strings.Repeat(k.horizontal, max(w-5-safe.Width(text), 0))
	return edge.Render(k.bottomLeft+k.horizontal) + " " + text + " " + edge.Render(rest+k.bottomRight)
}

func (p *logPane) footText(room int) string {
	k := &p.s.look
	if p.err != nil {
		return k.bad.Render(k.failed + " " + safe.Text(p.err.Error()))
	}
	var parts []string
	if t := p.markText(); t != "" {
		parts = append(parts, k.strong.Render(k.mark+" "+t))
	}
	if r := p.chosen(); r != nil {
		if title := p.proofOf(r); title != "" {
			parts = append(parts, k.strong.Render(k.proof+" proves: "+safe.Text(title)))
		}
		if p.bookmarked(placeOf(r.Record), r.Record.Message) >= 0 {
			parts = append(parts, k.quiet.Render(k.bookmark+" bookmark"))
		}
		if r.Record.Torn {
			parts = append(parts, k.warn.Render("torn: a part is missing"))
		}
		if p.several() && p.drawnRows.form.log == 0 {
			parts = append(parts, k.quiet.Render(safe.Text(baseName(p.logName(r)))))
		}
		if !r.Time.IsZero() && !p.following {
			parts = append(parts, k.quiet.Render(p.s.exactly(r.Time)))
		}
	}
	if p.query.re != nil && p.ask == nil {
		parts = append(parts, k.quiet.Render("search "+safe.Cut(safe.Text(p.query.text), 24, k.ellipsis)))
	}
	return k.fitParts(parts, room)
}

// fitParts joins the parts that there is room for. Of a longer one its beginning is
// shown if that says enough.
func (k *look) fitParts(parts []string, room int) string {
	const enough = 24
	sep, text := k.quiet.Render(" "+k.dot+" "), ""
	for _, part := range parts {
		if text != "" {
			part = sep + part
		}
		left := room - safe.Width(text)
		switch {
		case safe.Width(part) <= left:
			text += part
		case left >= enough:
			text += safe.Cut(part, left, k.ellipsis)
		}
	}
	return text
}

// askLines are the line that is being typed, below what is wrong with it; nil
// while nothing is.
func (p *logPane) askLines(w int) (lines []string) {
	k, a := &p.s.look, p.ask
	if a == nil {
		return nil
	}
	if a.err != nil {
		lines = append(lines, " "+k.bad.Render(safe.Cut(k.failed+" "+safe.Text(a.err.Error()), w-2, k.ellipsis)))
	}
	head := " " + k.accent.Render(a.head) + " "
	room := w - safe.Width(head) - 2
	a.input.SetWidth(min(max(safe.Width(a.input.Value())+1, 12), max(room, 4)))
	line := head + a.input.View()
	if left := w - safe.Width(line) - 3; left > 8 {
		line += "  " + k.quiet.Render(safe.Cut(a.help, left, k.ellipsis))
	}
	return append(lines, line)
}

// emptyLines say what would be here and how to get it; nil when there are rows.
func (p *logPane) emptyLines(w int) []string {
	if p.end > p.first {
		return nil
	}
	k := &p.s.look
	var head, help string
	switch {
	case p.gen == 0 || p.made != p.gen || !p.done:
		head = "Reading the logs" + k.ellipsis
	case p.shown != nil && len(p.shown) == 0:
		head = "None of the logs of " + strings.ToLower(stageNames[p.s.stage]) + " is here."
		help = p.wouldBe() + " A shows all logs."
	case p.filtered():
		head = "No line is left in: " + strings.Join(p.filterWords(), ", ") + "."
		help = "F shows all lines again."
	case len(p.names) == 0:
		head = "There is no log here."
		help = "Lines are shown as soon as a log is written."
	default:
		head, help = "There is no line in these logs.", "They are empty, or gone. New lines are shown as they come."
	}
	lines := []string{""}
	for _, l := range wrapped(head, max(w-2, 8)) {
		lines = append(lines, " "+k.strong.Render(l))
	}
	for _, l := range wrapped(help, max(w-2, 8)) {
		lines = append(lines, " "+k.quiet.Render(l))
	}
	return lines
}

// wouldBe names the logs that the stage writes.
func (p *logPane) wouldBe() string {
	plan := p.s.stagePlan(p.s.stage)
	if plan == nil || len(plan.Logs) == 0 {
		return ""
	}
	const most = 4
	var names []string
	for i := range plan.Logs[:min(len(plan.Logs), most)] {
		names = append(names, plan.Logs[i].Name)
	}
	return "It writes " + strings.Join(names, ", ") + "."
}

func baseName(name string) string { return path.Base(name) }

// decimal writes a number with its thousands apart.
func decimal(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

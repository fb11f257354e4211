package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/errcode"
	"patchtrace/logparse"
	"patchtrace/logparse/merged"
	"patchtrace/tui/safe"
)

// logForm is which columns a row has, and how wide they are; 0 leaves one out.
type logForm struct {
	w                            int
	layout                       string // of times; "" shows ages
	time, log, thread, component int
	flags                        int // at least 1
}

// logDrawnRows are rows that were drawn already, by their numbers, and from what.
type logDrawnRows struct {
	form          logForm
	session, look int
	clock         int64
	lines         map[int64]string
	inks          *logInks
}

// mostDrawn bounds how many drawn rows are kept.
const mostDrawn = 1024

// form chooses the columns that there is room for.
func (p *logPane) form(w int) logForm {
	f := logForm{w: w, flags: p.flagsWidth()}
	f.layout = p.timeLayout(w)
	f.time = len(f.layout)
	if f.layout == "" {
		f.time = len("59 min ago")
	}
	if p.several() && w >= 64 {
		f.log = p.logWidth(w)
	}
	if w >= 96 {
		f.thread = 5
	}
	if w >= 140 {
		f.component = 18
	}
	return f
}

// logWidth is room for the names of the logs that are shown.
func (p *logPane) logWidth(w int) int {
	list := p.shown
	if list == nil {
		list = p.names
	}
	most := 0
	for _, n := range list {
		most = max(most, safe.Width(safe.Text(logStem(n))))
	}
	return min(most, max(w/8, 10))
}

// timeLayout shows the date only where a row in sight is of another day, and where
// there is little room its year only where one is of another year.
func (p *logPane) timeLayout(w int) string {
	if p.s.times == timesAge {
		return ""
	}
	clock, short := "15:04:05", "15:04"
	if w >= 120 {
		clock = "15:04:05.000"
	}
	zone := p.s.zone()
	if p.s.times == timesUTC {
		zone, clock, short = time.UTC, clock+"Z", short+"Z"
	}
	y, m, d := p.s.clock().In(zone).Date()
	layout := clock
	for n := p.top; n < p.top+int64(p.h); n++ {
		r := p.row(n)
		if r == nil || r.Time.IsZero() {
			continue
		}
		switch ry, rm, rd := r.Time.In(zone).Date(); {
		case ry == y && rm == m && rd == d:
		case w >= 80, ry != y && w >= 60:
			return time.DateOnly + " " + clock
		case ry != y:
			return time.DateOnly + " " + short
		default:
			layout = "01-02 " + clock
		}
	}
	return layout
}

// rowLines are the rows in sight, each of exactly w cells.
func (p *logPane) rowLines(w, h int, focused bool) []string {
	d := &p.drawnRows
	form, clock := p.form(w), p.clockKey()
	p.proof(place{}) // a new report brings new proofs
	if d.form != form || d.session != p.s.version || d.look != p.look || d.clock != clock || len(d.lines) > mostDrawn {
		*d = logDrawnRows{form, p.s.version, p.look, clock, map[int64]string{}, newLogInks(&p.s.look)}
	}
	var lines []string
	for n := p.top; n < min(p.top+int64(h), p.end); n++ {
		r := p.row(n)
		switch {
		case r == nil:
			lines = append(lines, p.unread(n, w))
		case n == p.at:
			lines = append(lines, p.rowLine(r, form, true, focused))
		default:
			line, ok := d.lines[n]
			if !ok {
				line = p.rowLine(r, form, false, focused)
				d.lines[n] = line
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// unread stands for a row that is being read, or that cannot be any more.
func (p *logPane) unread(n int64, w int) string {
	k := &p.s.look
	cursor, text := " ", k.ellipsis
	if n == p.at {
		cursor = k.accent.Render(k.cursor)
	}
	if n >= p.from && n < p.from+int64(len(p.rows)) {
		text = "not read: the file has changed since"
	}
	return safe.Fill(cursor+" "+k.quiet.Render(text), w, k.ellipsis)
}

// rowLine draws a row of exactly w cells: cursor, flag, time, severity, who,
// message.
func (p *logPane) rowLine(r *merged.Row, f logForm, chosen, focused bool) string {
	k := &p.s.look
	i := p.inks(r.Record.Severity, chosen, focused)
	letter, _ := k.record(r.Record.Severity)
	var b strings.Builder
	if chosen {
		b.WriteString(k.accent.Render(k.cursor))
	} else {
		b.WriteByte(' ')
	}
	i.flag.draw(&b, safe.Fill(p.flags(r), f.flags, ""))
	i.quiet.draw(&b, p.timeText(r, f))
	i.letter.draw(&b, letter)
	who := " " + p.whoText(r, f)
	i.quiet.draw(&b, who)
	room := f.w - len(">") - f.flags - f.time - len("~i") - safe.Width(who)
	if room < 0 {
		return safe.Fill(b.String(), f.w, "")
	}
	gap := max(room-p.message(&b, r.Record, room, &i.message), 0)
	if blank := strings.Repeat(" ", gap); chosen {
		i.message[pieceText].draw(&b, blank)
	} else {
		b.WriteString(blank)
	}
	return b.String()
}

// flags are what stands before a row: that it is marked, a bookmark, a proof; all of
// it that holds.
func (p *logPane) flags(r *merged.Row) string {
	at := placeOf(r.Record)
	return p.flagsAt(at, p.bookmarked(at, r.Record.Message) >= 0)
}

func (p *logPane) flagsAt(at place, bookmark bool) string {
	k, text := &p.s.look, ""
	if slices.ContainsFunc(p.marks, func(m mark) bool { return m.place == at }) {
		text = k.mark
	}
	if bookmark {
		text += k.bookmark
	}
	if p.proof(at) != "" {
		text += k.proof
	}
	return text
}

// flagsWidth is room for the flags of every row, in sight or not: who scrolls must not
// see the columns move. Only a row that is marked or a bookmark has more than one.
func (p *logPane) flagsWidth() int {
	most, bookmarks := 1, map[place]bool{}
	for _, b := range p.s.state.Bookmarks {
		bookmarks[place{b.Part, b.Offset}] = true
	}
	for at := range bookmarks {
		most = max(most, safe.Width(p.flagsAt(at, true)))
	}
	for _, m := range p.marks {
		most = max(most, safe.Width(p.flagsAt(m.place, bookmarks[m.place])))
	}
	return most
}

// proofOf is the title of the finding that a row proves, "" for none.
func (p *logPane) proofOf(r *merged.Row) string { return p.proof(placeOf(r.Record)) }

// timeText is the row's time, with ~ behind it when its zone is assumed.
func (p *logPane) timeText(r *merged.Row, f logForm) string {
	text := ""
	switch {
	case r.Time.IsZero():
	case f.layout == "":
		text = fmt.Sprintf("%*s", f.time, ageText(p.s.clock().Sub(r.Time)))
	case p.s.times == timesUTC:
		text = r.Time.UTC().Format(f.layout)
	default:
		text = r.Time.In(p.s.zone()).Format(f.layout)
	}
	assumed := " "
	if r.Assumed && !r.Time.IsZero() {
		assumed = "~"
	}
	return safe.Fill(text, f.time, "") + assumed
}

// whoText are the columns for the log, the thread and the component.
func (p *logPane) whoText(r *merged.Row, f logForm) string {
	k := &p.s.look
	text := ""
	if f.log > 0 {
		text += safe.Fill(safe.Text(logStem(p.logName(r))), f.log, k.ellipsis) + " "
	}
	if f.thread > 0 {
		id := ""
		if r.Record.HasThread {
			id = fmt.Sprintf("%d", r.Record.Thread)
		}
		text += fmt.Sprintf("%*s ", f.thread, id)
	}
	if f.component > 0 {
		text += safe.Fill(safe.Text(r.Record.Component), f.component, k.ellipsis) + " "
	}
	return text
}

// Kinds of pieces of a message.
const (
	pieceText byte = iota
	pieceCode
	pieceHit
)

// message draws the text of a record in one row: error codes underlined, what is
// searched for lit up, line ends visible. It returns how many cells it took.
func (p *logPane) message(b *strings.Builder, r *logparse.Record, room int, inks *[3]ink) int {
	if room <= 0 {
		return 0
	}
	k := &p.s.look
	// More than this cannot be in sight, but a code may begin in sight and end beyond.
	text := oneLine(whole(r.Message, room*4+64), k.ascii)
	cut := safe.Cut(text, room, k.ellipsis)
	shown := len(cut)
	if len(cut) < len(text) || cut != text {
		shown = max(len(cut)-len(k.ellipsis), 0)
	}
	kinds := make([]byte, len(cut))
	paint := func(from, to int, kind byte) {
		for i := from; i < min(to, shown); i++ {
			kinds[i] = kind
		}
	}
	for _, c := range errcode.Find(text) {
		paint(c.Start, c.End, pieceCode)
	}
	if p.query.re != nil {
		for _, hit := range p.query.re.FindAllStringIndex(text, maxHits) {
			paint(hit[0], hit[1], pieceHit)
		}
	}
	pieces(b, cut, kinds, inks)
	return safe.Width(cut)
}

// maxHits bounds how much is lit up in one row.
const maxHits = 64

// pieces draws a text in the styles of its bytes.
func pieces(b *strings.Builder, text string, kinds []byte, inks *[3]ink) {
	for from := 0; from < len(text); {
		to := from + 1
		for to < len(text) && kinds[to] == kinds[from] {
			to++
		}
		inks[kinds[from]].draw(b, text[from:to])
		from = to
	}
}

// oneLine makes a message fit for one row: its line ends become visible.
func oneLine(text string, ascii bool) string {
	text = strings.TrimRight(text, "\r\n")
	if strings.ContainsAny(text, "\r\n") {
		end := " ⏎ "
		if ascii {
			end = ` \n `
		}
		text = strings.NewReplacer("\r\n", end, "\n", end).Replace(text)
	}
	return safe.Text(text)
}

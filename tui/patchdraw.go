package tui

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"patchtrace/tui/safe"
)

// knownColumns are properties in the order in which they are useful, with what
// their columns are called and how wide they may be.
var knownColumns = []struct {
	prop, title string
	least, most int
}{
	{"status", "Status", 10, 12},
	{"id", "Bulletin", 8, 12},
	{"qnumbers", "KB", 6, 14},
	{"product", "Product", 12, 34},
	{"type", "Type", 8, 18},
	{"severity", "Severity", 8, 10},
	{"dateapplied", "Applied", 10, 16},
	{"timeapplied", "Applied", 10, 16},
	{"daterevised", "Revised", 10, 16},
	{"dateposted", "Posted", 10, 16},
	{"timedetected", "Detected", 10, 16},
	{"title", "Title", 16, 80},
	{"summary", "Summary", 16, 80},
}

// columnNames are the properties that can be columns: the known ones first, then
// what else there is, by name.
func columnNames(seen map[string]string) []string {
	var names, others []string
	for _, c := range knownColumns {
		if name, ok := seen[c.prop]; ok {
			names = append(names, name)
			delete(seen, c.prop)
		}
	}
	for _, name := range seen {
		others = append(others, name)
	}
	slices.Sort(others)
	return append(names, others...)
}

// tableColumn is a column as it is drawn.
type tableColumn struct {
	prop, title string
	width, most int
}

// columns are those that there is room for. The one that is sorted by comes second
// where it would not be among them.
func (p *patchTable) columns(w int) []tableColumn {
	list := p.fitting(p.names, w)
	by := slices.IndexFunc(p.names, func(name string) bool { return strings.EqualFold(name, p.want.by) })
	if by >= len(list) {
		id := max(slices.IndexFunc(p.names, func(name string) bool { return strings.EqualFold(name, "id") }), 0)
		list = p.fitting([]string{p.names[id], p.names[by]}, w)
		for _, c := range p.fitting(p.names, w-list[len(list)-1].width-2) {
			if c.prop != list[0].prop {
				list = append(list[:len(list)-1], c, list[len(list)-1])
			}
		}
	}
	return p.widened(list, w)
}

// fitting are the first columns that fit w cells.
func (p *patchTable) fitting(names []string, w int) []tableColumn {
	var list []tableColumn
	for _, name := range names {
		c := columnOf(name)
		if c.prop == p.want.by {
			c.width = max(c.width, safe.Width(c.title)+2) // and the arrow
		}
		if w < c.width {
			break
		}
		w -= c.width + 2
		list = append(list, c)
	}
	return list
}

// widened gives what room is left to the columns that want more.
func (p *patchTable) widened(list []tableColumn, w int) []tableColumn {
	for _, c := range list {
		w -= c.width + 2
	}
	for i := range list {
		if more := min(p.widest(list[i].prop, list[i].most)-list[i].width, w); more > 0 {
			list[i].width += more
			w -= more
		}
	}
	return list
}

func columnOf(name string) tableColumn {
	prop := strings.ToLower(name)
	for _, c := range knownColumns {
		if c.prop == prop {
			return tableColumn{prop, c.title, c.least, c.most}
		}
	}
	title := safe.Cut(safe.Text(name), 14, "")
	return tableColumn{prop, title, max(safe.Width(title), 6), 24}
}

// widest is how many cells the values in sight want, at most so many.
func (p *patchTable) widest(prop string, most int) int {
	n := 0
	for i := p.top; i < len(p.order) && i < p.top+p.h; i++ {
		n = max(n, safe.Width(safe.Text(p.patches[p.order[i]].value(prop))))
	}
	return min(n, most)
}

// View draws the screen.
func (p *patchTable) View(w, h int) string {
	k := &p.s.look
	title := k.strong.Render("Patches")
	if p.says() {
		p.said.set(p.saidRows(w - 4))
		lines := p.said.lines(k, w-2, h-2, false)
		return k.box(title, k.quiet.Render(p.said.place(k)), lines, w, h, true)
	}
	title += k.quiet.Render(" " + k.horizontal + " ")
	return k.box(title+p.countText(w-20), k.quiet.Render(p.placeText()), p.lines(w-2, h-2), w, h, true)
}

// countText is how many patches have each state, and what is left out.
func (p *patchTable) countText(w int) string {
	k := &p.s.look
	var parts []string
	for _, word := range p.words {
		_, style := k.patchStatus(word)
		parts = append(parts, style.Render(fmt.Sprintf("%d %s", p.counts[word], statusName(word))))
	}
	text := strings.Join(parts, k.quiet.Render(", "))
	var only []string
	if p.want.status != "" {
		only = append(only, safe.Text(p.want.status))
	}
	if p.want.search != "" {
		only = append(only, `"`+safe.Text(p.want.search)+`"`)
	}
	if len(only) > 0 {
		text = k.accent.Render("only "+strings.Join(only, " and ")) + k.quiet.Render(fmt.Sprintf(": %d of %d", len(p.order), len(p.patches)))
	}
	return safe.Cut(text, w, k.ellipsis)
}

func statusName(word string) string {
	if word == "" {
		return "without a status"
	}
	return strings.ToLower(safe.Text(word))
}

func (p *patchTable) placeText() string {
	if len(p.order) == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", p.at+1, len(p.order))
}

// patchStatus is how the state of a patch is drawn. A patch that applies is still
// missing.
func (l *look) patchStatus(word string) (symbol string, style lipgloss.Style) {
	switch strings.ToLower(word) {
	case "installed":
		return l.passed, l.good
	case "applicable", "missing": // Configuration Manager says missing
		return l.waiting, l.warn
	}
	return l.unknown, l.quiet
}

// lines are the head of the table, the rows in sight, and where there is room the
// properties of the chosen one.
func (p *patchTable) lines(w, h int) []string {
	k := &p.s.look
	details := p.detailLines(w, h)
	p.h = max(h-1-len(details), 1)
	p.show()
	columns := p.columns(w - 1 - safe.Width(k.passed) - 1)
	out := []string{p.headLine(columns, w)}
	if len(p.order) == 0 {
		out = append(out, "", " "+k.quiet.Render("No patch is like that. "+p.s.keys.ShowAll.Help().Key+" shows all."))
	}
	for i := p.top; i < len(p.order) && i < p.top+p.h; i++ {
		out = append(out, k.rowLine(p.rowText(&p.patches[p.order[i]], columns), w, i == p.at, true))
	}
	for len(out) < 1+p.h {
		out = append(out, "")
	}
	return append(out, details...)
}

func (p *patchTable) headLine(columns []tableColumn, w int) string {
	k := &p.s.look
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", 2+safe.Width(k.passed)))
	for _, c := range columns {
		title, style := c.title, k.quiet
		if c.prop == p.want.by {
			style = k.accent
			arrow := k.more
			if p.want.reverse {
				arrow = k.less
			}
			title = safe.Cut(title, c.width-1-safe.Width(arrow), "") + " " + arrow
		}
		b.WriteString(style.Render(safe.Fill(title, c.width, "")) + "  ")
	}
	return safe.Cut(b.String(), w, "")
}

func (p *patchTable) rowText(r *patchRow, columns []tableColumn) string {
	k := &p.s.look
	symbol, style := k.patchStatus(r.status())
	var b strings.Builder
	b.WriteString(style.Render(symbol) + " ")
	for _, c := range columns {
		text := safe.Fill(safe.Text(cellValue(r.value(c.prop), c.width)), c.width, k.ellipsis)
		if c.prop == "status" {
			text = style.Render(text)
		}
		b.WriteString(text + "  ")
	}
	return b.String()
}

// cellValue leaves the clock out of a time where there is room for its day only.
func cellValue(v string, room int) string {
	if len(v) > room && room >= len(time.DateOnly) && dayAndClock.MatchString(v) {
		return v[:len(time.DateOnly)]
	}
	return v
}

// dayAndClock is what shownValue makes of a time of WMI.
var dayAndClock = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d$`)

// detailLines are all properties of the chosen patch, unknown ones too, below the
// table where the screen is high.
func (p *patchTable) detailLines(w, h int) []string {
	r := p.chosen()
	if r == nil || h < 20 {
		return nil
	}
	k := &p.s.look
	out := []string{k.quiet.Render(strings.Repeat(k.horizontal, w))}
	wide := 0
	for _, prop := range r.Props {
		wide = max(wide, min(safe.Width(safe.Text(prop.Name)), 20))
	}
	const most = 8
	each := w
	columns := 1
	if w >= 100 {
		columns, each = 2, w/2
	}
	cells := make([]string, 0, len(r.Props))
	for _, prop := range r.Props {
		name := safe.Fill(safe.Text(prop.Name), wide, k.ellipsis)
		value := safe.Cut(safe.Text(shownValue(prop.Value)), max(each-wide-4, 4), k.ellipsis)
		cells = append(cells, safe.Fill(" "+k.quiet.Render(name)+"  "+value, each, k.ellipsis))
	}
	per := (len(cells) + columns - 1) / columns
	for i := 0; i < min(per, most); i++ {
		line := cells[i]
		if columns > 1 && i+per < len(cells) {
			line += cells[i+per]
		}
		out = append(out, line)
	}
	if per > most {
		out[most] = k.quiet.Render(fmt.Sprintf(" %d more: %s", (per-most+1)*columns, p.s.keys.MOF.Help().Key+" "+p.s.keys.MOF.Help().Desc))
	}
	return out
}

// patchClass is the class of WMI that holds what the client's scan found, and its
// namespace: that of the instances that are there, else the product's.
func (s *session) patchClass(patches []Patch) (class, namespace string) {
	const cm, old = "CCM_UpdateStatus", "Win32_PatchState"
	if len(patches) > 0 {
		class = patches[0].Class
	}
	switch {
	case class == cm, class == "" && s.book != nil && s.book.ID == "configmgr":
		return cm, `root\ccm\SoftwareUpdates\UpdatesStore`
	}
	return cmp.Or(class, old), `root\cimv2`
}

// bySight is how the instances are looked at without this program.
func (s *session) bySight() []string {
	class, namespace := s.patchClass(nil)
	return []string{
		"Start WBEMTEST on the client, or for another computer as one of its administrators.",
		"Connect to " + namespace + `, or to \\host\` + namespace + ".",
		"Press Query and enter: SELECT * FROM " + class,
		"Double-click an instance and press Show MOF: its Status says how it stands.",
	}
}

// says tells whether there is a text in the place of the table.
func (p *patchTable) says() bool { return p.err != nil || len(p.patches) == 0 }

// saidRows are that text.
func (p *patchTable) saidRows(w int) []row {
	class, _ := p.s.patchClass(nil)
	lines := []string{"", " " + p.s.look.quiet.Render("Asking for "+class+p.s.look.ellipsis)}
	switch {
	case p.err != nil:
		lines = p.errorLines(w)
	case p.patches != nil:
		lines = p.emptyLines(w)
	}
	rows := make([]row, len(lines))
	for i, l := range lines {
		rows[i].text = strings.TrimPrefix(l, " ") // a list indents its rows itself
	}
	return rows
}

func (p *patchTable) errorLines(w int) []string {
	k := &p.s.look
	out := []string{"", " " + k.bad.Render(k.failed+" The patches cannot be had")}
	for _, l := range wrapped(safe.Text(strings.ReplaceAll(p.err.Error(), "\n", " ")), w-2) {
		out = append(out, "   "+l)
	}
	return append(out, p.bySightLines(w)...)
}

func (p *patchTable) emptyLines(w int) []string {
	k := &p.s.look
	class, _ := p.s.patchClass(nil)
	out := []string{"", " " + k.strong.Render(class+" has no instance")}
	text := "Each patch that the scan found to be installed or applicable is an instance. None means that no scan has written its results, or that it found nothing."
	for _, l := range wrapped(text, w-2) {
		out = append(out, "   "+k.quiet.Render(l))
	}
	return append(out, p.bySightLines(w)...)
}

func (p *patchTable) bySightLines(w int) []string {
	k := &p.s.look
	out := []string{"", " " + k.strong.Render("To see them by hand")}
	for i, step := range p.s.bySight() {
		for n, l := range wrapped(step, w-5) {
			lead := "     "
			if n == 0 {
				lead = fmt.Sprintf("   %d ", i+1)
			}
			out = append(out, lead+l)
		}
	}
	return out
}

// shownValue writes a date of WMI as people do; everything else stays. Its offset
// is in minutes ahead of UTC.
func shownValue(v string) string {
	if len(v) != 25 || v[14] != '.' || v[21] != '+' && v[21] != '-' {
		return v
	}
	at, err := time.Parse("20060102150405", v[:14])
	if err != nil {
		return v
	}
	if at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0 {
		return at.Format("2006-01-02")
	}
	return at.Format("2006-01-02 15:04")
}

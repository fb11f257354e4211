package tui

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"patchtrace/tui/safe"
)

// patchTable shows the instances of Win32_PatchState. Its rows are put in order
// away from the update path, and only those in sight are drawn.
type patchTable struct {
	s *session
	// patches is nil until they were fetched.
	patches []patchRow
	names   []string // of properties, in the order of the columns
	// words are the states that were seen, with how many have each.
	words  []string
	counts map[string]int

	fetching bool
	err      error
	made     int // the version of the session that they were fetched for

	// order are the rows that are shown, by their index; asked counts what was
	// asked to be put in order, so that only the newest answer is taken.
	order []int
	asked int
	want  arrangement

	at, top, h int
	// said is the text that stands in the place of the table while it has no row.
	said list
}

// patchRow is an instance as it is shown.
type patchRow struct{ Patch }

// arrangement is what rows are shown, and in which order.
type arrangement struct {
	status, search string
	by             string // a property
	reverse        bool
}

// Messages of the table.
type (
	patchesMsg struct {
		cas    Case
		rows   []patchRow
		names  []string
		words  []string
		counts map[string]int
		err    error
		// rest is why there are not more than these.
		rest    error
		version int
	}
	arrangedMsg struct {
		cas   Case
		asked int
		order []int
	}
)

func newPatchTable(s *session) *patchTable { return &patchTable{s: s, made: -1} }

// shown is called when it comes into sight: it fetches the patches, unless nothing
// has changed since.
func (p *patchTable) shown() tea.Cmd {
	if p.fetching || p.made == p.s.version {
		return nil
	}
	p.fetching = true
	c, version := p.s.cas, p.s.version
	return p.s.work(func(ctx context.Context) tea.Msg {
		patches, err := c.Patches(ctx)
		if err != nil && len(patches) == 0 {
			return patchesMsg{cas: c, err: err, version: version}
		}
		msg := readPatches(c, patches, version)
		msg.rest = err
		return msg
	})
}

// readPatches makes rows of instances: what has to be done once for each.
func readPatches(c Case, patches []Patch, version int) patchesMsg {
	msg := patchesMsg{cas: c, version: version, rows: make([]patchRow, len(patches)), counts: map[string]int{}}
	seen := map[string]string{} // names of properties by their lower case
	known := map[string]bool{}
	for i, p := range patches {
		msg.rows[i] = patchRow{p}
		msg.counts[msg.rows[i].status()]++
		for _, prop := range p.Props {
			if !known[prop.Name] {
				known[prop.Name] = true
				seen[strings.ToLower(prop.Name)] = prop.Name
			}
		}
	}
	msg.words = slices.Sorted(maps.Keys(msg.counts))
	msg.names = columnNames(seen)
	return msg
}

// value is a property as it is shown, whatever the case of its name.
func (r *patchRow) value(name string) string {
	for i := range r.Props {
		if strings.EqualFold(r.Props[i].Name, name) {
			return shownValue(r.Props[i].Value)
		}
	}
	return ""
}

// has tells whether any property has that in it; it is in lower case.
func (r *patchRow) has(lower string) bool {
	return lower == "" || slices.ContainsFunc(r.Props, func(p Prop) bool { return strings.Contains(strings.ToLower(p.Value), lower) })
}

// status is the state of the patch, "" where it has none.
func (r *patchRow) status() string { return r.value("Status") }

// name is what the patch is called: its bulletin, else its article.
func (r *patchRow) name() string {
	for _, prop := range []string{"id", "qnumbers", "authorizationname", "title"} {
		if v := r.value(prop); v != "" {
			return v
		}
	}
	return "an instance without a name"
}

// arrange puts the rows in order.
func (p *patchTable) arrange() tea.Cmd {
	p.asked++
	c, rows, want, asked := p.s.cas, p.patches, p.want, p.asked
	return p.s.work(func(context.Context) tea.Msg { return arrangedMsg{c, asked, want.apply(rows)} })
}

func (a arrangement) apply(rows []patchRow) []int {
	order := make([]int, 0, len(rows))
	search := strings.ToLower(a.search)
	for i := range rows {
		if (a.status == "" || rows[i].status() == a.status) && rows[i].has(search) {
			order = append(order, i)
		}
	}
	if a.by != "" {
		keys := make([]string, len(rows))
		for _, i := range order {
			keys[i] = rows[i].value(a.by)
		}
		slices.SortStableFunc(order, func(x, y int) int { return natural(keys[x], keys[y]) })
	}
	if a.reverse {
		slices.Reverse(order)
	}
	return order
}

// natural compares numbers by their size, and texts by their letters, whatever
// their case.
func natural(a, b string) int {
	if isNumber(a) && isNumber(b) {
		if c := cmp.Compare(len(a), len(b)); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	}
	return cmp.Compare(strings.ToLower(a), strings.ToLower(b))
}

func isNumber(s string) bool {
	return s != "" && s[0] != '0' && strings.Trim(s, "0123456789") == ""
}

func (p *patchTable) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case patchesMsg:
		if msg.cas == p.s.cas {
			return p.fetched(msg)
		}
	case arrangedMsg:
		if msg.cas == p.s.cas && msg.asked == p.asked {
			p.arranged(msg.order)
		}
	}
	return nil
}

func (p *patchTable) fetched(msg patchesMsg) tea.Cmd {
	p.fetching, p.made, p.err = false, msg.version, msg.err
	if msg.err != nil {
		p.patches, p.order = nil, nil
		return nil
	}
	p.patches, p.names, p.words, p.counts = msg.rows, msg.names, msg.words, msg.counts
	p.order = p.order[:0]
	if p.want.status != "" && p.counts[p.want.status] == 0 {
		p.want.status = ""
	}
	if msg.rest != nil {
		return tea.Batch(p.arrange(), note("Not all could be read: "+safe.Text(msg.rest.Error())))
	}
	return p.arrange()
}

// arranged takes the new order. The chosen patch stays chosen.
func (p *patchTable) arranged(order []int) {
	chosen := -1
	if p.at < len(p.order) {
		chosen = p.order[p.at]
	}
	p.order = order
	p.at = max(slices.Index(order, chosen), 0)
	p.show()
}

func (p *patchTable) show() {
	p.at = max(0, min(p.at, len(p.order)-1))
	if p.at < p.top {
		p.top = p.at
	}
	if p.h > 0 && p.at >= p.top+p.h {
		p.top = p.at - p.h + 1
	}
	p.top = max(0, min(p.top, len(p.order)-p.h))
}

func (p *patchTable) key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	keys := p.s.keys
	switch {
	case key.Matches(msg, keys.Judge):
		// The console reads everything again; so does the table.
		p.made, p.fetching = -1, false
		return tea.Batch(note("Reading the patches and the logs again"), p.shown(), say(judgeWantedMsg{})), true
	case p.says():
		return p.said.key(keys, msg)
	case key.Matches(msg, keys.Sort):
		p.sortNext()
	case key.Matches(msg, keys.Reverse):
		p.want.reverse = !p.want.reverse
	case key.Matches(msg, keys.StatusFilter):
		p.nextStatus()
	case key.Matches(msg, keys.SearchTable):
		return p.askSearch(), true
	case key.Matches(msg, keys.ShowAll):
		p.want.status, p.want.search = "", ""
	default:
		return p.moveKey(msg)
	}
	return p.arrange(), true
}

func (p *patchTable) moveKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	keys := p.s.keys
	switch {
	case key.Matches(msg, keys.Up):
		p.at--
	case key.Matches(msg, keys.Down):
		p.at++
	case key.Matches(msg, keys.PageUp):
		p.at -= max(p.h-1, 1)
	case key.Matches(msg, keys.PageDown):
		p.at += max(p.h-1, 1)
	case key.Matches(msg, keys.Top):
		p.at = 0
	case key.Matches(msg, keys.Bottom):
		p.at = len(p.order) - 1
	case key.Matches(msg, keys.MOF):
		return p.showMOF(), true
	case key.Matches(msg, keys.Copy):
		return p.copy(), true
	default:
		return nil, false
	}
	p.show()
	return nil, true
}

// sortNext sorts by the next column; after the last one comes the order in which
// the client lists them.
func (p *patchTable) sortNext() {
	columns := append([]string{""}, lowered(p.names)...)
	p.want.by = columns[(slices.Index(columns, p.want.by)+1)%len(columns)]
	p.want.reverse = false
}

func lowered(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.ToLower(n)
	}
	return out
}

// nextStatus shows the patches of the next state, after the last one all.
func (p *patchTable) nextStatus() {
	words := append([]string{""}, slices.DeleteFunc(slices.Clone(p.words), func(s string) bool { return s == "" })...)
	p.want.status = words[(slices.Index(words, p.want.status)+1)%len(words)]
}

func (p *patchTable) askSearch() tea.Cmd {
	help := "A part of any property: a bulletin, an article's number, a product. Nothing shows all."
	return say(dialogWantedMsg{dialog: p.s.newPrompt("Search the patches", help, p.want.search, nil, func(v string) tea.Cmd {
		p.want.search = v
		return p.arrange()
	})})
}

// chosen is the chosen patch, nil if there is none.
func (p *patchTable) chosen() *patchRow {
	if p.at < 0 || p.at >= len(p.order) {
		return nil
	}
	return &p.patches[p.order[p.at]]
}

// showMOF shows the instance as WBEMTEST does.
func (p *patchTable) showMOF() tea.Cmd {
	r := p.chosen()
	if r == nil {
		return note("No patch is chosen")
	}
	text := r.mof()
	head := "Show MOF: " + safe.Text(r.name())
	return say(dialogWantedMsg{dialog: p.s.newPage(head, text, func(k *look, w int) []string {
		var out []string
		for _, l := range strings.Split(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n") {
			out = append(out, hanging(safe.Text(strings.ReplaceAll(l, "\t", "  ")), w)...)
		}
		return out
	})})
}

// hanging wraps a line; what goes on is indented further than its beginning.
func hanging(line string, w int) []string {
	if strings.TrimSpace(line) == "" {
		return []string{""}
	}
	indent := strings.Repeat(" ", len(line)-len(strings.TrimLeft(line, " ")))
	lines := wrapped(strings.TrimLeft(line, " "), max(w-len(indent)-4, 8))
	for i, l := range lines {
		lines[i] = indent + l
		if i > 0 {
			lines[i] = indent + "    " + l
		}
	}
	return lines
}

// mof is the instance's text; what has none is written from its properties.
func (r *patchRow) mof() string {
	if strings.TrimSpace(r.MOF) != "" {
		return r.MOF
	}
	var b strings.Builder
	fmt.Fprintf(&b, "instance of %s\n{\n", cmp.Or(r.Class, "Win32_PatchState"))
	for _, p := range r.Props {
		fmt.Fprintf(&b, "\t%s = \"%s\";\n", p.Name, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(p.Value))
	}
	return b.String() + "};\n"
}

func (p *patchTable) copy() tea.Cmd {
	if r := p.chosen(); r != nil {
		return say(copyWantedMsg{r.mof(), "the MOF"})
	}
	return note("There is no patch to copy")
}

func (p *patchTable) bindings() []key.Binding {
	keys := p.s.keys
	if p.says() {
		if p.said.place(&p.s.look) != "" {
			return []key.Binding{keys.Judge, keys.Down}
		}
		return []key.Binding{keys.Judge}
	}
	b := []key.Binding{keys.MOF, bind(keys.Trace.Help().Key, "why?", "w"), keys.SearchTable, keys.Sort, keys.StatusFilter, keys.Reverse}
	if p.want.status != "" || p.want.search != "" {
		b = append([]key.Binding{keys.ShowAll}, b...)
	}
	return b
}

package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/evidence/mof"
	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

func (o *patchesOptions) write(v *patchView) error {
	switch o.format {
	case "json":
		list := make([]jsonInstance, len(v.rows))
		for i, p := range v.rows {
			list[i] = jsonInstance{&p.Instance}
		}
		return writeJSON(o.streams.Out, list)
	case "csv":
		return v.writeCSV(o.streams.Out)
	case "mof":
		return v.writeMOF(o.streams.Out)
	}
	return v.writeTable(o.streams)
}

// classProp is WMI's own name for the class of an instance.
const classProp = "__CLASS"

// jsonInstance is an instance with its properties under their WMI names, in their
// order.
type jsonInstance struct{ *mof.Instance }

// MarshalJSON writes the instance. Of a property that is there twice the first
// counts.
func (i jsonInstance) MarshalJSON() ([]byte, error) {
	out := []byte("{")
	seen := map[string]bool{}
	add := func(name string, value any) error {
		if seen[name] {
			return nil
		}
		key, err := json.Marshal(name)
		if err != nil {
			return err
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if len(seen) > 0 {
			out = append(out, ',')
		}
		seen[name] = true
		out = append(append(append(out, key...), ':'), text...)
		return nil
	}
	if err := add(classProp, i.Class); err != nil {
		return nil, err
	}
	for k := range i.Props {
		if err := add(i.Props[k].Name, jsonValue(&i.Props[k])); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// jsonValue keeps the type of a value: numbers, truth values, arrays and null.
func jsonValue(p *mof.Prop) any {
	switch {
	case p.Null:
		return nil
	case p.List != nil:
		list := make([]any, len(p.List))
		for i, text := range p.List {
			list[i] = jsonScalar(text, p.Number, p.Bare)
		}
		return list
	}
	return jsonScalar(p.Text, p.Number, p.Bare)
}

func jsonScalar(text string, number, bare bool) any {
	switch {
	case (number || bare) && strings.EqualFold(text, "true"):
		return true
	case (number || bare) && strings.EqualFold(text, "false"):
		return false
	case (number || bare) && strings.EqualFold(text, "null"):
		return nil
	case number && text != "" && strings.IndexByte("-0123456789", text[0]) >= 0 && json.Valid([]byte(text)):
		return json.Number(text)
	}
	return text
}

// writeCSV writes a table with a column for each property. A cell that a
// spreadsheet would take for a formula gets an apostrophe before it, and what a
// terminal would obey is shown as a picture.
func (v *patchView) writeCSV(out io.Writer) error {
	w := csv.NewWriter(out)
	w.UseCRLF = true
	names := propNames(v.all)
	row := []string{classProp}
	for _, name := range names {
		row = append(row, cell(name, false))
	}
	if err := w.Write(row); err != nil {
		return err
	}
	for _, p := range v.rows {
		row = append(row[:0], cell(p.Class, false))
		for _, name := range names {
			prop := propOf(p, name)
			if prop == nil {
				row = append(row, "")
				continue
			}
			row = append(row, cell(prop.Text, prop.Number))
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func cell(text string, number bool) string {
	text = show(text)
	if !number && text != "" && strings.IndexByte("=+-@", text[0]) >= 0 {
		return "'" + text
	}
	return text
}

func propOf(p *evidence.PatchState, name string) *mof.Prop {
	for i := range p.Props {
		if strings.EqualFold(p.Props[i].Name, name) {
			return &p.Props[i]
		}
	}
	return nil
}

// writeMOF writes the instances as Show MOF does. What a terminal would obey is
// shown as a picture.
func (v *patchView) writeMOF(out io.Writer) error {
	w := bufio.NewWriter(out)
	for i, p := range v.rows {
		if i > 0 {
			fmt.Fprintln(w)
		}
		for line := range strings.Lines(p.String()) {
			body := strings.TrimRight(line, "\r\n")
			text := strings.TrimLeft(body, "\t")
			fmt.Fprintln(w, body[:len(body)-len(text)]+show(text))
		}
	}
	return w.Flush() // bufio keeps the first error
}

// leastColumn is how narrow a column may become, in cells.
const leastColumn = 6

// writeTable writes the rows as wide as the terminal, and counts them.
func (v *patchView) writeTable(s *Streams) error {
	w := bufio.NewWriter(s.Out)
	ellipsis := asciiMarks.cut
	if s.unicode() {
		ellipsis = symbols.cut
	}
	room := s.Width
	if room <= 0 {
		room = defaultWidth
	}
	cells := v.cells()
	widths, left := v.fit(cells, room)
	for _, row := range cells {
		if len(v.rows) == 0 {
			break
		}
		var line strings.Builder
		for i, n := range widths {
			if i > 0 {
				line.WriteString("  ")
			}
			line.WriteString(safe.Fill(row[i], n, ellipsis))
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
	if len(left) > 0 && len(v.rows) > 0 {
		for _, l := range wrap("Too narrow for "+strings.Join(left, ", ")+": choose with --columns, or use --format csv.", room) {
			fmt.Fprintln(w, l)
		}
	}
	if len(v.rows) > 0 {
		fmt.Fprintln(w)
	}
	for _, text := range append([]string{v.countLine()}, v.doubts...) {
		for _, l := range wrap(show(text), room) {
			fmt.Fprintln(w, l)
		}
	}
	return w.Flush() // bufio keeps the first error
}

// cells are the titles and the values, fit for a terminal.
func (v *patchView) cells() [][]string {
	head := make([]string, len(v.columns))
	for i := range v.columns {
		head[i] = show(v.columns[i].title)
	}
	table := [][]string{head}
	for _, p := range v.rows {
		row := make([]string, len(v.columns))
		for i := range v.columns {
			row[i] = show(v.columns[i].value(p))
		}
		table = append(table, row)
	}
	return table
}

// fit gives each column what it needs, and takes from the widest of those that may
// be cut what is too much. left are the titles of columns for which there is no room.
func (v *patchView) fit(cells [][]string, room int) (widths []int, left []string) {
	for i := range cells[0] {
		n := 0
		for _, row := range cells {
			n = max(n, safe.Width(row[i]))
		}
		widths = append(widths, min(n, room))
	}
	total := func() int {
		sum := 2 * (len(widths) - 1)
		for _, n := range widths {
			sum += n
		}
		return sum
	}
	for total() > room {
		if i := v.widest(widths); i >= 0 {
			widths[i]--
			continue
		}
		if len(widths) == 1 {
			widths[0] = room
			break
		}
		last := len(widths) - 1
		left = append([]string{cells[0][last]}, left...)
		widths = widths[:last]
	}
	return widths, left
}

// widest is the widest column that can give a cell, -1 if none can.
func (v *patchView) widest(widths []int) int {
	at := -1
	for i, n := range widths {
		if !v.columns[i].whole && n > leastColumn && (at < 0 || n > widths[at]) {
			at = i
		}
	}
	return at
}

// countLine counts what is shown: "14 instances: 9 applicable, 5 installed".
func (v *patchView) countLine() string {
	text := count(int64(len(v.rows)), "instance")
	if len(v.rows) < len(v.all) {
		text = fmt.Sprintf("%d of %s", len(v.rows), count(int64(len(v.all)), "instance"))
	}
	counts := map[evidence.State]int{}
	var order []evidence.State
	for _, p := range v.rows {
		if counts[p.State()] == 0 {
			order = append(order, p.State())
		}
		counts[p.State()]++
	}
	slices.SortFunc(order, func(a, b evidence.State) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(string(a), string(b))
	})
	var words []string
	for i, state := range order {
		if i == maxCounts {
			words = append(words, fmt.Sprintf("and %d more states", len(order)-i))
			break
		}
		words = append(words, fmt.Sprintf("%d %s", counts[state], stateWord(state)))
	}
	if len(words) > 0 {
		text += ": " + strings.Join(words, ", ")
	}
	return text
}

// stateWord is a state as a sentence has it. One that is not known is quoted.
func stateWord(s evidence.State) string {
	switch s {
	case evidence.Applicable, evidence.Installed:
		return strings.ToLower(string(s))
	case "":
		return "without a status"
	}
	return safe.Cut(show(quote(string(s))), maxStateWord, asciiMarks.cut)
}

// maxStateWord is how much of a state that is not known a sentence quotes, in cells.
const maxStateWord = 60

// writeSteps says how to see the instances by hand, and how to bring them here.
func (o *patchesOptions) writeSteps(target string) error {
	t := newRunText(o.streams.Out, o.streams)
	host := "name"
	if parts := strings.Split(strings.TrimLeft(target, `\`), `\`); strings.HasPrefix(target, `\\`) && parts[0] != "" {
		host = parts[0]
	}
	t.printf("%s\n", t.paint.head("To see "+patchState+" by hand"))
	for _, step := range wbemtestSteps() {
		letter := step.Ref[strings.LastIndexByte(step.Ref, ' ')+1:]
		t.para("  "+letter+"  ", strings.ReplaceAll(step.Text, "<system name>", host))
	}
	t.printf("\n%s\n", t.paint.head("To bring them here"))
	t.para("  ", "Save the text of Show MOF as "+patchState+".mof beside the logs, or all instances at once, in PowerShell on the client (from another machine with -ComputerName "+host+"):")
	t.printf("  > Get-WmiObject -Namespace root\\cimv2 -Class %s | ConvertTo-Json > %s.json\n", patchState, patchState)
	t.para("  ", "A Configuration Manager client has them probably as CCM_UpdateStatus in "+updatesStore+".")
	return t.err
}

// updatesStore is the namespace in which Configuration Manager keeps the states of
// updates.
const updatesStore = `root\ccm\SoftwareUpdates\UpdatesStore`

// wbemtestSteps are the steps A to G of the article.
func wbemtestSteps() []pipeline.Step {
	book, err := pipeline.Load("sms2003")
	if err != nil {
		return nil // the built-in playbooks are tested
	}
	var steps []pipeline.Step
	for _, step := range book.Stage(pipeline.Scan).Manual {
		if strings.HasPrefix(step.ID, "wbemtest-") {
			steps = append(steps, step)
		}
	}
	return steps
}

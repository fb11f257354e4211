package tui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"patchtrace/tui/safe"
)

// help shows the keys, those of what is in view first.
func (m *Model) help() tea.Cmd {
	groups := inOrder(m.keys.groups(), m.keysInView())
	return say(dialogWantedMsg{dialog: m.newPage("Keys", "", func(k *look, w int) []string {
		return helpLines(k, groups, w)
	})})
}

// keysInView are the groups that hold for what fills the screen.
func (m *Model) keysInView() []string {
	switch {
	case m.s == nil:
		return []string{keysLists, keysEverywhere}
	case m.mode == modeTimeline:
		return []string{keysTimeline, keysEverywhere}
	case m.mode == modePatches:
		return []string{keysTables, keysLists, keysEverywhere}
	case m.mode == modeLog || m.onLog:
		return []string{keysLog, keysLists, keysEverywhere}
	}
	return []string{keysTarget, keysLists, keysEverywhere}
}

// inOrder puts the groups of these titles first.
func inOrder(groups []keyGroup, first []string) []keyGroup {
	var head, tail []keyGroup
	for _, title := range first {
		for _, g := range groups {
			if g.title == title {
				head = append(head, g)
			}
		}
	}
	for _, g := range groups {
		if !slices.Contains(first, g.title) {
			tail = append(tail, g)
		}
	}
	return append(head, tail...)
}

// helpLines are the groups, in two columns where there is room.
func helpLines(k *look, groups []keyGroup, w int) []string {
	if w < 72 {
		var out []string
		for i, g := range groups {
			if i > 0 {
				out = append(out, "")
			}
			out = append(out, groupLines(k, g, w)...)
		}
		return out
	}
	// Each group goes below the shorter column.
	var columns [2][]string
	for _, g := range groups {
		c := 0
		if len(columns[1]) < len(columns[0]) {
			c = 1
		}
		if len(columns[c]) > 0 {
			columns[c] = append(columns[c], "")
		}
		columns[c] = append(columns[c], groupLines(k, g, w/2-1)...)
	}
	out := make([]string, max(len(columns[0]), len(columns[1])))
	for i := range out {
		var cell [2]string
		for c := range columns {
			if i < len(columns[c]) {
				cell[c] = columns[c][i]
			}
		}
		out[i] = safe.Fill(cell[0], w/2, k.ellipsis) + cell[1]
	}
	return out
}

func groupLines(k *look, g keyGroup, w int) []string {
	out := []string{k.accent.Render(g.title)}
	for _, l := range wrapped(g.when, w) {
		out = append(out, k.quiet.Render(l))
	}
	for _, b := range g.keys {
		for i, l := range wrapped(b.Help().Desc, max(w-14, 8)) {
			name := ""
			if i == 0 {
				name = keyText(b)
			}
			out = append(out, "  "+k.strong.Render(safe.Fill(name, 10, ""))+" "+l)
		}
	}
	return out
}

// keyText is the key of the help, and others where one letter says them.
func keyText(b key.Binding) string {
	text := b.Help().Key
	for _, name := range b.Keys() {
		if len(name) == 1 && name != text && strings.ToLower(text) != name && len(text)+2 <= 10 {
			text += " " + name
		}
	}
	return text
}

package tui

import (
	"slices"

	"charm.land/bubbles/v2/key"

	"patchtrace/diagnose"
	"patchtrace/tui/safe"
)

// footKeys are the keys that help now: of the dialog, or of what has the focus and
// then of the console. Help and quit are always in sight, and so is the way back.
func (m *Model) footKeys() []key.Binding {
	keys := m.keys
	if d := m.top(); d != nil {
		return m.dialogKeys(d.bindings())
	}
	always := []key.Binding{keys.Help, keys.Quit}
	s := m.screen()
	if s == nil {
		return m.openingKeys()
	}
	own := s.bindings()
	if t, ok := s.(interface{ typing() bool }); ok && t.typing() {
		return own
	}
	if m.s == nil {
		return m.fitKeys(own, always, nil)
	}
	var first []key.Binding
	if m.s.report != nil && m.s.about.CannotRun == nil && m.s.running() < 0 && m.mode == modeStages && !m.onLog {
		first = append(first, keys.RunAll)
		if m.s.tab != tabRun {
			first = append(first, bind("r", "run this", "r"))
		}
	}
	more := []key.Binding{keys.Focus, keys.NextError, keys.Search, keys.Timeline, keys.Patches, keys.LookUp, keys.FullLog}
	if m.mode != modeStages {
		more = nil
	}
	if m.w < 60 && len(first) > 0 && m.s.tab == tabFindings && m.s.report.Verdict.Status != diagnose.VerdictUnknown {
		// Where not all have room, the proof of what broke goes before running again.
		if i := slices.IndexFunc(own, func(b key.Binding) bool { return slices.Equal(b.Keys(), m.keys.Open.Keys()) }); i >= 0 {
			first = slices.Insert(first, 0, own[i])
		}
	}
	switch {
	case !m.s.place.Secret:
	case m.w < 60: // nothing else names it
		first = slices.Insert(first, 0, m.short(keys.Reveal))
	default:
		first = append(first, keys.Reveal)
	}
	first = append(first, own...)
	if m.mode == modeStages && (!m.onLog || m.bothPanes()) {
		return m.fitKeys(first, always, more)
	}
	return m.withBack(first, keys.Back, always, more)
}

// withBack fits keys so that the way back is among those that have room: what Esc does
// there, or else the one given.
func (m *Model) withBack(first []key.Binding, back key.Binding, always, more []key.Binding) []key.Binding {
	rest, usual := first, more
	if i := slices.IndexFunc(first, leaves); i >= 0 {
		back = first[i]
		rest = slices.Delete(slices.Clone(first), i, i+1)
	} else {
		usual = append([]key.Binding{back}, more...)
	}
	if all := m.fitKeys(first, always, usual); slices.ContainsFunc(all, leaves) {
		return all
	}
	return m.fitKeys(rest, append([]key.Binding{back}, always...), more)
}

// leaves tells whether a key is the one that goes back.
func leaves(b key.Binding) bool { return slices.Contains(b.Keys(), "esc") }

// bothPanes tells whether the stage pane and the log are shown together.
func (m *Model) bothPanes() bool {
	stages, log := m.paneAreas(m.w, m.h-len(m.head())-m.footHeight())
	return stages.w > 0 && log.w > 0
}

// dialogKeys are the keys of a dialog. Where not all have room, the one that leaves it
// is among those that have.
func (m *Model) dialogKeys(all []key.Binding) []key.Binding {
	if keysWidth(all) <= m.w || !slices.ContainsFunc(all, leaves) {
		return all
	}
	return m.withBack(all, key.Binding{}, nil, nil)
}

// shorter are the words that a key has where there is no room for the usual ones.
var shorter = map[string]string{
	"open the line": "open", "details": "open", "Show MOF": "open", "show all again": "show all",
	"back to the finding": "back", "stop searching": "stop", "clear search": "clear", "reveal fault": "reveal", "open proof": "proof",
}

func (m *Model) short(b key.Binding) key.Binding {
	if words := shorter[b.Help().Desc]; words != "" {
		return bind(b.Help().Key, words, b.Keys()...)
	}
	return b
}

// keysWidth is how many cells keys take in the footer, with a gap behind each.
func keysWidth(list []key.Binding) (n int) {
	for _, b := range list {
		n += safe.Width(b.Help().Key) + safe.Width(b.Help().Desc) + 3
	}
	return n
}

// fitKeys drops keys from the end of more, and then of first, until all the rest fits
// the footer. In narrow ones those that have fewer words get them.
func (m *Model) fitKeys(first, always, more []key.Binding) []key.Binding {
	if m.w < 60 {
		for i := range always {
			always[i] = m.short(always[i])
		}
	}
	room := m.w - 2 - keysWidth(always)
	var out []key.Binding
	for _, b := range append(append([]key.Binding{}, first...), more...) {
		if slices.ContainsFunc(out, func(o key.Binding) bool { return slices.Equal(o.Keys(), b.Keys()) }) {
			continue
		}
		left := room - keysWidth(out)
		if m.w < 60 && keysWidth([]key.Binding{b}) > left {
			b = m.short(b)
		}
		if keysWidth([]key.Binding{b}) <= left {
			out = append(out, b)
		}
	}
	return append(out, always...)
}

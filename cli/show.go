package cli

import "patchtrace/tui/safe"

// show makes a text of unknown origin fit for a terminal.
func show(s string) string { return safe.Text(s) }

// wrap breaks a text into lines of at most width cells.
func wrap(text string, width int) []string { return safe.Wrap(text, width) }

// hidden is true for what a terminal would obey or not show.
func hidden(r rune) bool { return safe.Hidden(r) }

package tui

import (
	"reflect"

	tea "charm.land/bubbletea/v2"
)

// sequenced are the commands of a tea.Sequence, whose message is private.
func sequenced(msg tea.Msg) []tea.Cmd {
	v := reflect.ValueOf(msg)
	cmds := make([]tea.Cmd, v.Len())
	for i := range cmds {
		cmds[i], _ = v.Index(i).Interface().(tea.Cmd)
	}
	return cmds
}

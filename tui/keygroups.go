package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
)

// keyGroup is the keys that hold in one place. Help and the cheat-sheet are made
// of these.
type keyGroup struct {
	title string
	// when says where they hold.
	when string
	keys []key.Binding
	// within are the groups that hold at the same time. Where two have the same
	// key, this group's wins, and must be named in over.
	within []string
	over   []string
}

// Titles of groups, by which they name each other.
const (
	keysEverywhere = "Everywhere"
	keysTarget     = "Stages"
	keysLists      = "Lists"
	keysLog        = "Log"
	keysTables     = "Patches"
	keysTimeline   = "Timeline"
	keysPractice   = "Practice lab"
	keysRunning    = "Running"
	keysDialogs    = "Dialogs"
	keysFaults     = "Faults"
)

// groups are all keys of the console by where they hold.
func (k *keyMap) groups() []keyGroup {
	return []keyGroup{
		{title: keysEverywhere, when: "everywhere but in a dialog", keys: []key.Binding{
			k.Help, k.LookUp, k.Back, k.Start, k.Copy, k.Times, k.Mouse, k.Quit, k.Interrupt, k.Suspend,
		}},
		{title: keysTarget, when: "when a target is open", within: []string{keysEverywhere}, keys: []key.Binding{
			k.Stage1, k.Stage2, k.Stage3, k.Stage4, k.PrevStage, k.NextStage, k.PrevTab, k.NextTab, k.Focus,
			k.Run, k.RunAll, k.Judge, k.FullLog, k.Timeline, k.Patches, k.Trace,
		}},
		{title: keysRunning, when: "while a stage is being run", within: []string{keysEverywhere, keysTarget}, over: []string{"esc"}, keys: []key.Binding{k.Stop}},
		{title: keysLists, when: "in every list and text", within: []string{keysEverywhere, keysTarget}, keys: []key.Binding{
			k.Up, k.Down, k.PageUp, k.PageDown, k.Top, k.Bottom, k.Open,
		}},
		{title: keysLog, when: "in the log; / n f ! F e E A @ go there", within: []string{keysEverywhere, keysTarget}, keys: []key.Binding{
			k.Search, k.NextFound, k.PrevFound, k.Filter, k.ErrorsOnly, k.ClearFilter, k.NextError, k.PrevError,
			k.ThreadOnly, k.Mark, k.Bookmark, k.NextBookmark, k.AllLogs, k.GoToTime, k.Detail, k.Live,
		}},
		{title: keysTimeline, when: "in the timeline", within: []string{keysEverywhere, keysTarget}, over: []string{"left", "right"}, keys: []key.Binding{
			k.EventBefore, k.NextEvent, k.LaneUp, k.LaneDown, k.ToLine, k.ZoomIn, k.ZoomOut, k.ZoomFit, k.PanLeft, k.PanRight,
		}},
		{title: keysTables, when: "in the table of patches", within: []string{keysEverywhere, keysTarget}, keys: []key.Binding{
			k.Sort, k.Reverse, k.StatusFilter, k.SearchTable, k.ShowAll, k.MOF,
		}},
		{title: keysPractice, when: "in a lab with a hidden fault", within: []string{keysEverywhere, keysTarget, keysLists, keysLog, keysTimeline, keysTables}, keys: []key.Binding{k.Reveal}},
		{title: keysDialogs, when: "in a dialog", keys: []key.Binding{k.Yes, k.No, k.Next, k.Previous}},
		{title: keysFaults, when: "in the list of faults of the practice lab", within: []string{keysDialogs}, over: []string{"tab"}, keys: []key.Binding{k.Product}},
	}
}

// CheatSheet is the console's keys as a page of Markdown.
func CheatSheet() string {
	var b strings.Builder
	b.WriteString("# Keys of the console\n\nMade from the console's own key bindings by `go generate ./tui`. `?` shows the same in the console.\n")
	for _, g := range newKeys(false).groups() {
		b.WriteString("\n## " + g.title + "\n\n" + upperFirst(g.when) + ".\n\n| key | does | also |\n| --- | --- | --- |\n")
		for _, bd := range g.keys {
			b.WriteString("| " + code(bd.Help().Key) + " | " + bd.Help().Desc + " | " + strings.Join(also(bd), " ") + " |\n")
		}
	}
	return b.String()
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func code(s string) string { return "`" + s + "`" }

// also are the keys of a binding beside the one that its help names.
func also(b key.Binding) []string {
	var list []string
	for _, name := range b.Keys() {
		if keyName(name) != strings.ToLower(b.Help().Key) && name != b.Help().Key {
			list = append(list, code(name))
		}
	}
	return list
}

// keyName is how help writes a key, in lower case.
func keyName(name string) string {
	switch name {
	case "enter":
		return "⏎"
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	case "pgdown":
		return "pgdn"
	}
	return strings.ReplaceAll(strings.ToLower(name), "+", "-")
}

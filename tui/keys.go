package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// keyMap holds every key of the console. The footer, the help and the cheat-sheet
// in docs are made from it. The doc string of a group says where it holds.
type keyMap struct {
	// Everywhere.
	Help, Quit, Interrupt, Back, Suspend key.Binding
	LookUp, Copy, Mouse, Times, Start    key.Binding

	// Stages.
	Stage1, Stage2, Stage3, Stage4       key.Binding
	NextStage, PrevStage                 key.Binding
	NextTab, PrevTab, Focus              key.Binding
	Run, RunAll, Judge, Stop             key.Binding
	Timeline, Patches, FullLog, Bookmark key.Binding
	Trace                                key.Binding

	// Lists and logs.
	Up, Down, PageUp, PageDown, Top, Bottom, Open key.Binding

	// Logs.
	Search, NextFound, PrevFound, Filter, ClearFilter key.Binding
	NextError, PrevError, ErrorsOnly                  key.Binding
	ThreadOnly, Mark, NextBookmark, Detail, Live      key.Binding
	AllLogs, GoToTime                                 key.Binding

	// Tables.
	Sort, Reverse, StatusFilter, MOF, SearchTable, ShowAll key.Binding

	// Timeline.
	EventBefore, NextEvent, LaneUp, LaneDown            key.Binding
	ZoomIn, ZoomOut, ZoomFit, PanLeft, PanRight, ToLine key.Binding

	// Practice lab.
	Product, Reveal key.Binding

	// Dialogs and fields.
	Yes, No, Next, Previous key.Binding
}

func bind(help, desc string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, desc))
}

// newKeys are the console's keys. With ascii the help names keys in ASCII.
func newKeys(ascii bool) *keyMap {
	enter, up, down, left, right := "⏎", "↑", "↓", "←", "→"
	if ascii {
		enter, up, down, left, right = "Enter", "Up", "Down", "Left", "Right"
	}
	return &keyMap{
		Help:      bind("?", "help", "?", "f1"),
		Quit:      bind("q", "quit", "q"),
		Interrupt: bind("Ctrl-C", "quit", "ctrl+c"),
		Suspend:   bind("Ctrl-Z", "suspend", "ctrl+z"),
		Back:      bind("Esc", "back", "esc"),
		LookUp:    bind("x", "look up a code", "x"),
		Copy:      bind("y", "copy", "y"),
		Mouse:     bind("M", "mouse on/off", "M"),
		Times:     bind("i", "times: age/clock/UTC", "i"),
		Start:     bind("o", "open another", "o"),

		Stage1:    bind("1", "sync", "1"),
		Stage2:    bind("2", "scan", "2"),
		Stage3:    bind("3", "inventory", "3"),
		Stage4:    bind("4", "install", "4"),
		NextStage: bind(right, "next stage", "right"),
		PrevStage: bind(left, "stage before", "left"),
		NextTab:   bind("]", "next tab", "]", "shift+right"),
		PrevTab:   bind("[", "tab before", "[", "shift+left"),
		Focus:     bind("Tab", "other pane", "tab"),
		Run:       bind("r", "run", "r"),
		RunAll:    bind("a", "run all", "a"),
		Judge:     bind("R", "read again", "R", "f5"),
		Stop:      bind("Esc", "stop waiting, again: stop", "esc"),
		Timeline:  bind("t", "timeline", "t"),
		Patches:   bind("p", "patches", "p"),
		FullLog:   bind("l", "log", "l"),
		Trace:     bind("w", "why? trace a patch", "w"),

		Up:       bind(up, "up", "up", "k"),
		Down:     bind(down, "down", "down", "j"),
		PageUp:   bind("PgUp", "page up", "pgup", "ctrl+b"),
		PageDown: bind("PgDn", "page down", "pgdown", "space", "ctrl+f"),
		Top:      bind("g", "top", "g", "home"),
		Bottom:   bind("G", "end", "G", "end"),
		Open:     bind(enter, "open", "enter"),

		Search:       bind("/", "search", "/"),
		NextFound:    bind("n", "next found", "n"),
		PrevFound:    bind("N", "found before", "N"),
		Filter:       bind("f", "filter", "f"),
		ClearFilter:  bind("F", "clear filter", "F"),
		NextError:    bind("e", "next error", "e"),
		PrevError:    bind("E", "error before", "E"),
		ErrorsOnly:   bind("!", "errors only", "!"),
		ThreadOnly:   bind("T", "thread", "T"),
		Mark:         bind("m", "mark: time between", "m"),
		Bookmark:     bind("b", "bookmark", "b"),
		NextBookmark: bind("B", "next bookmark", "B"),
		Detail:       bind(enter, "details", "enter"),
		Live:         bind("G", "follow", "G", "end"),
		AllLogs:      bind("A", "all logs/stage's", "A"),
		GoToTime:     bind("@", "go to a time", "@"),

		Sort:         bind("s", "sort", "s"),
		Reverse:      bind("S", "reverse", "S"),
		StatusFilter: bind("f", "status", "f"),
		MOF:          bind(enter, "Show MOF", "enter"),

		SearchTable: bind("/", "search", "/"),
		ShowAll:     bind("F", "show all", "F"),

		EventBefore: bind(left, "event before", "left"),
		NextEvent:   bind(right, "next event", "right"),
		LaneUp:      bind(up, "lane above", "up", "k"),
		LaneDown:    bind(down, "lane below", "down", "j"),
		ZoomIn:      bind("+", "zoom in", "+", "="),
		ZoomOut:     bind("-", "zoom out", "-"),
		ZoomFit:     bind("0", "all", "0"),
		PanLeft:     bind("<", "earlier", "<", ","),
		PanRight:    bind(">", "later", ">", "."),
		ToLine:      bind(enter, "open the line", "enter"),

		Product: bind("Tab", "other product", "tab"),
		Reveal:  bind("v", "reveal fault", "v"),

		Yes:      bind(enter, "yes", "enter"),
		No:       bind("Esc", "no", "esc"),
		Next:     bind("Tab", "next", "tab", "down"),
		Previous: bind("Shift-Tab", "before", "shift+tab", "up"),
	}
}

var keyCodes = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
	"left": tea.KeyLeft, "right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
	"home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace, "f1": tea.KeyF1, "f5": tea.KeyF5,
}

// keyNamed is the press of the key that a binding names so.
func keyNamed(name string) tea.KeyPressMsg {
	if name == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	msg := tea.KeyPressMsg{}
	for {
		switch {
		case strings.HasPrefix(name, "ctrl+"):
			msg.Mod |= tea.ModCtrl
			name = name[len("ctrl+"):]
			continue
		case strings.HasPrefix(name, "shift+"):
			msg.Mod |= tea.ModShift
			name = name[len("shift+"):]
			continue
		}
		break
	}
	if code, ok := keyCodes[name]; ok {
		msg.Code = code
		return msg
	}
	msg.Code = []rune(name)[0]
	if msg.Mod == 0 {
		msg.Text = name
	}
	return msg
}

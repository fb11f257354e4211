package tui

import (
	"fmt"
	"strconv"
	"strings"

	"patchtrace/diagnose"
)

// linearCommand is something that can be typed.
type linearCommand struct {
	// name is the word, letter a short form, args what may follow.
	name, letter, args string
	does               string
	// free is true for what needs no open target.
	free bool
	run  func(l *linear, args string)
}

// linearCommands are all commands, in the order in which help reads them. It is a
// function because help is one of them.
func linearCommands() []linearCommand {
	return []linearCommand{
		{"stages", "s", "", "how the four stages stand", false, (*linear).stages},
		{"findings", "f", "", "what broke in the stage, the proof, and what to do", false, (*linear).findings},
		{"proof", "", "NUMBER", "read the log around the line that proves it", false, (*linear).proof},
		{"guide", "g", "", "background, command lines, and steps to do by hand", false, (*linear).guide},
		{"steps", "", "", "only the steps to do by hand", false, (*linear).steps},
		{"tick", "", "NUMBER", "mark a step of the guide as done, or not done", false, (*linear).tick},
		{"answer", "", "NUMBER", "note what a step of the guide asks for", false, (*linear).answer},
		{"hardware", "", "TIME", "note the Last Hardware Scan that the site shows", false, (*linear).hardware},
		{"logs", "", "", "by which logs the stage was judged, and which are missing", false, (*linear).logs},
		{"data", "d", "", "what the stage produced", false, (*linear).data},
		{"run", "r", "", "run the stage", false, (*linear).runStage},
		{"all", "a", "", "run all stages, up to the one that breaks", false, (*linear).runAll},
		{"log", "l", "LINES", "read the newest lines of the stage's logs", false, (*linear).log},
		{"errors", "e", "LINES", "read the newest error lines of the stage's logs", false, (*linear).errorLines},
		{"search", "/", "TEXT", "read the newest line with that text", false, (*linear).search},
		{"previous", "b", "", "older lines, or the find before", false, (*linear).previous},
		{"next", "n", "", "newer lines, or the find after", false, (*linear).next},
		{"follow", "w", "", "read out new lines as they come, until Enter", false, (*linear).follow},
		{"timeline", "t", "EVENTS", "the newest events of all stages", false, (*linear).timeline},
		{"patches", "p", "TEXT", "the patches that the scan found, all or those with that text", false, (*linear).patches},
		{"trace", "", "PATCH", "follow one patch, and which link broke", false, (*linear).tracePatch},
		{"lookup", "x", "CODE", "explain an error code", true, (*linear).lookup},
		{"times", "i", "", "show times as the client's clock, UTC or ages", true, (*linear).turnTimes},
		{"judge", "j", "", "read all logs again and judge them", false, (*linear).judgeAgain},
		{"reveal", "", "", "what is broken in a practice lab", false, (*linear).reveal},
		{"open", "o", "", "choose another target", true, func(l *linear, _ string) { l.chooseTarget() }},
		{"help", "h", "", "this list", true, (*linear).help},
		{"quit", "q", "", "end", true, func(l *linear, _ string) { l.ended = true }},
	}
}

// obey does what a line asks for. An empty one repeats the question.
func (l *linear) obey(line string) {
	word, args, _ := strings.Cut(line, " ")
	if rest, ok := strings.CutPrefix(line, "/"); ok {
		word, args = "/", rest
	}
	word, args = strings.ToLower(word), strings.TrimSpace(args)
	if word == "" {
		l.sayHints()
		return
	}
	if n, err := strconv.Atoi(word); err == nil && l.s != nil {
		l.toStage(n)
		return
	}
	c := linearFind(word)
	if i := stageIndex(word); i >= 0 && l.s != nil {
		l.toStage(i + 1)
		return
	}
	switch {
	case c == nil:
		l.unknown(word)
	case l.s == nil && !c.free:
		l.sayf("For %s a target must be open. Type open to choose one.", c.name)
	default:
		c.run(l, args)
	}
}

// linearFind finds a command by its word, its letter, or the beginning of its
// word if no other one begins so. nil is none.
func linearFind(word string) *linearCommand {
	if word == "?" {
		word = "help"
	}
	var found []linearCommand
	for _, c := range linearCommands() {
		if c.name == word || c.letter == word {
			return &c
		}
		if strings.HasPrefix(c.name, word) {
			found = append(found, c)
		}
	}
	if len(found) == 1 {
		return &found[0]
	}
	return nil
}

func (l *linear) unknown(word string) {
	var names []string
	for _, c := range linearCommands() {
		if l.s != nil || c.free {
			names = append(names, c.name)
		}
	}
	l.sayf("There is no command %s. Possible are: %s.", l.cutTo(word, 1), strings.Join(names, ", "))
	if l.s != nil {
		l.sayf("A number from 1 to 4, or its name, goes to a stage.")
	}
}

// help reads the commands out, one a line.
func (l *linear) help(string) {
	l.sayf("Type a command and Enter. Enter alone repeats what is useful now.")
	l.sayf("1, 2, 3 or 4, or its name: go to sync, scan, inventory or install.")
	for _, c := range linearCommands() {
		name := c.name
		if c.letter != "" {
			name += " or " + c.letter
		}
		if c.args != "" {
			name += ", then " + c.args
		}
		l.sayf("%s: %s.", name, c.does)
	}
	l.sayf("Ctrl-C ends the waiting for a stage, again the program that runs, again all.")
}

// linearHint is a command that helps now, with the reason.
type linearHint struct{ command, why string }

func (l *linear) sayHints() {
	hints := l.hints()
	l.sayf("Useful now:")
	for _, h := range hints {
		l.sayf("%s: %s.", h.command, h.why)
	}
	l.sayf("help: all commands.")
}

// hints are the three commands that help most, as the target stands.
func (l *linear) hints() []linearHint {
	open := linearHint{"open", "choose a target"}
	switch {
	case l.s == nil:
		return []linearHint{open, {"lookup", "explain an error code"}, {"quit", "end"}}
	case l.s.report == nil:
		return []linearHint{{"judge", "read the logs again"}, open, {"quit", "end"}}
	}
	s := l.s
	name := strings.ToLower(stageNames[s.stage])
	again := linearHint{"guide", "what to do about " + name + " by hand"}
	if s.about.CannotRun == nil {
		again = linearHint{"all", "run all stages, up to the one that breaks"}
	}
	switch s.report.Verdict.Status {
	case diagnose.VerdictFailed:
		return []linearHint{{"findings", "what broke, the proof, and what to do"}, {"proof 1", "the log around the line that proves it"}, again}
	case diagnose.VerdictWaiting:
		return []linearHint{{"findings", "what it waits for"}, {"follow", "read out new lines as they come"}, {"timeline", "what happened so far"}}
	case diagnose.VerdictPassed:
		return []linearHint{{"timeline", "what happened, newest first"}, {"patches", "what the scan found"}, again}
	}
	if s.about.CannotRun == nil {
		return []linearHint{again, {"guide", "what " + name + " is, and what to do by hand"}, {"findings", "what could be seen, and what is missing"}}
	}
	return []linearHint{{"findings", fmt.Sprintf("what could be seen of %s, and what is missing", name)}, again, {"open", "choose a target with more logs"}}
}

func (l *linear) turnTimes(string) {
	l.times = (l.times + 1) % timesModes
	if l.s != nil {
		l.s.changed()
	}
	l.sayf("Times are now shown as %s.", l.times)
}

func (l *linear) judgeAgain(string) {
	if !l.refresh() {
		return
	}
	l.judge()
	if l.s.judgeErr == nil {
		l.sayf("Verdict: %s", linearVerdict(l.s.report))
	}
}

func (l *linear) reveal(string) {
	switch {
	case !l.s.about.Lab:
		l.sayf("This is no practice lab: nobody broke it on purpose.")
	case l.s.cas.Reveal() == "":
		l.sayf("Nothing is broken in this lab.")
	default:
		l.sayf("Broken in this lab: %s.", l.s.cas.Reveal())
	}
}

package tui

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// linearInput is the only reader of the input, so that no answer is lost between
// two questions. It reads a line when one is asked for, and not before.
type linearInput struct {
	r     io.Reader
	want  chan struct{}
	lines chan string
	// asked is true while a line is awaited. One that comes after its question was
	// left answers the next one.
	asked bool
}

// linearLongest bounds an answer, in bytes; a longer one ends the input.
const linearLongest = 64 << 10

// next returns where the next line will come; it is closed at the end of input.
func (in *linearInput) next() <-chan string {
	if in.want == nil {
		in.want, in.lines = make(chan struct{}, 1), make(chan string, 1)
		go in.read()
	}
	if !in.asked {
		in.asked = true
		in.want <- struct{}{}
	}
	return in.lines
}

// took says that a line, or the end, was taken.
func (in *linearInput) took(ok bool) { in.asked = !ok }

func (in *linearInput) read() {
	defer close(in.lines)
	if in.r == nil {
		return
	}
	lines := bufio.NewScanner(in.r)
	lines.Buffer(nil, linearLongest)
	for range in.want {
		if !lines.Scan() {
			return
		}
		in.lines <- lines.Text()
	}
}

// askOnce asks a question. ok is false when there is no answer: at the end of the
// input, on an interrupt, when the console ends. That is never a yes.
func (l *linear) askOnce(question string) (answer string, ok bool) {
	if !l.goesOn() {
		return "", false
	}
	l.out.question(question)
	if l.out.err != nil {
		return "", false // nobody has seen the question
	}
	select {
	case answer, ok = <-l.in.next():
		l.in.took(ok)
		l.ended = l.ended || !ok
	case <-l.opt.Interrupt:
	case <-l.ctx.Done():
	}
	answer = strings.TrimSpace(answer)
	if !ok || l.opt.Echo {
		l.out.whole(answer) // the question's line is left open otherwise
	}
	return answer, ok
}

// ask repeats a question until something is typed. "cancel" is no answer.
func (l *linear) ask(question string) (string, bool) {
	for {
		answer, ok := l.askOnce(question)
		switch {
		case !ok:
			return "", false
		case strings.EqualFold(answer, "cancel"):
			l.sayf("Left.")
			return "", false
		case answer != "":
			return answer, true
		}
	}
}

// askYes asks for a yes or a no.
func (l *linear) askYes(question string) bool {
	for {
		answer, ok := l.ask(question + " Type yes or no:")
		if !ok {
			return false
		}
		switch strings.ToLower(answer) {
		case "y", "yes":
			return true
		case "n", "no":
			return false
		}
		l.sayf("This is neither yes nor no.")
	}
}

// askValue asks until check lets the answer pass.
func (l *linear) askValue(question string, check func(string) (string, error)) (string, bool) {
	for {
		answer, ok := l.ask(question)
		if !ok {
			return "", false
		}
		value, err := check(answer)
		if err == nil {
			return value, true
		}
		l.sayf("%s", endSentence(beginSentence(err.Error())))
	}
}

// choose has one of several things chosen by its number.
func (l *linear) choose(head string, items []string) (int, bool) {
	l.sayf("%s", head)
	for i, item := range items {
		l.sayf("%d: %s", i+1, item)
	}
	for {
		answer, ok := l.ask(fmt.Sprintf("Type a number from 1 to %d, or cancel:", len(items)))
		if !ok {
			return 0, false
		}
		if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(items) {
			return n - 1, true
		}
		l.sayf("There is no %s in this list.", answer)
	}
}

// beginSentence begins a sentence.
func beginSentence(text string) string {
	if text == "" || text[0] < 'a' || text[0] > 'z' {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

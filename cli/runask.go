package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"patchtrace/pipeline"
)

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 64 << 10

// asker asks the user. It is the only reader of its input, so that no answer is
// lost between two questions. The end of the input, or an interrupt, is no
// answer to anything.
type asker struct {
	in        io.Reader
	out       io.Writer
	interrupt <-chan struct{}
	lines     chan string
}

// ask writes a question and returns the answer without its line end. ok is false
// when there is none.
func (a *asker) ask(ctx context.Context, question string) (answer string, ok bool) {
	if a.lines == nil {
		a.lines = make(chan string)
		go a.read()
	}
	if _, err := fmt.Fprint(a.out, question); err != nil {
		return "", false // nobody saw the question
	}
	select {
	case answer, ok = <-a.lines:
	case <-a.interrupt:
	case <-ctx.Done():
	}
	if !ok {
		_, _ = fmt.Fprintln(a.out) // the question's line is left open otherwise
	}
	return answer, ok
}

// read hands on line by line until the input ends. It may wait for input for
// ever; the program's end ends it.
func (a *asker) read() {
	defer close(a.lines)
	lines := bufio.NewScanner(a.in)
	lines.Buffer(nil, maxAnswer)
	for lines.Scan() {
		a.lines <- strings.TrimSuffix(lines.Text(), "\r")
	}
}

// yes tells whether the user agrees. An empty answer is def; what is neither yes
// nor no is no.
func (a *asker) yes(ctx context.Context, question string, def bool) bool {
	answer, ok := a.ask(ctx, question)
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "":
		return ok && def
	case "y", "yes":
		return ok
	}
	return false
}

// param asks for a parameter. What cannot be its value is told.
func (a *asker) param(ctx context.Context, p *pipeline.Param) (string, bool) {
	answer, ok := a.ask(ctx, show(fmt.Sprintf("%s (%s), such as %s: ", p.Label, p.Name, p.Example)))
	if !ok {
		return "", false
	}
	if p.Check(answer) != nil {
		_, _ = fmt.Fprintf(a.out, "  %s\n", show("This cannot be it. "+p.Help)) // the question comes again
	}
	return answer, true
}

// errDeclined is why nothing was run.
var errDeclined = errors.New("not confirmed, nothing was run")

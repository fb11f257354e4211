package cli

import (
	"context"
	"strings"

	"patchtrace/diagnose/trace"
)

// Trace follows a patch as the command does, with what the console has run and was
// told.
func (c *deskCase) Trace(ctx context.Context, patch string) (*trace.Trace, error) {
	p, err := trace.ParsePatch(patch)
	if err != nil {
		return nil, &Error{Op: "trace", Err: err}
	}
	c.mu.Lock()
	asked := c.asked
	c.mu.Unlock()
	read, judge, err := c.settings()
	if err != nil {
		return nil, err
	}
	t := tracing{judging: c.snapshot(strings.TrimSpace(asked)), open: c.desk.deps.open}
	return t.trace(ctx, p, read, judge)
}

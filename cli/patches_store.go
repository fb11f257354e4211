package cli

import (
	"context"
	"path"
	"regexp"
	"strings"

	"patchtrace/client"
	"patchtrace/diagnose/evidence"
	"patchtrace/logparse"
)

// storeLog matches the log in which Configuration Manager tells the state of every
// update, and its rotated and copied parts.
var storeLog = regexp.MustCompile(`(?i)UpdatesStore`)

// maxStored is how many lines are kept before they are folded, and how many
// updates.
const maxStored = 100_000

// storedPatches are what UpdatesStore.log tells of updates: of each what its lines
// told last. What cannot be read of the log is left out.
func storedPatches(ctx context.Context, t *client.Target) []evidence.PatchState {
	var lines []evidence.PatchState
	take := func(found []evidence.PatchState) bool {
		if lines = append(lines, found...); len(lines) > maxStored {
			lines = evidence.FoldUpdates(lines)
		}
		return ctx.Err() == nil && len(lines) <= maxStored
	}
	for _, log := range t.Logs {
		if storeLog.MatchString(path.Base(log.Name)) {
			_ = logparse.Forward(ctx, log, logparse.Options{}, storedIn, take)
		}
	}
	return evidence.FoldUpdates(lines)
}

// storedIn are the updates of one block.
func storedIn(b *logparse.Block) []evidence.PatchState {
	var found []evidence.PatchState
	for rec := range b.Records() {
		if !strings.Contains(rec.Message, "pdate") {
			continue // it is copied only if it may be one
		}
		at, _ := rec.Stamp.UTC() // zero for a line without a zone
		o := evidence.Origin{Name: rec.Pos.Part, Line: rec.Pos.Line, Offset: rec.Pos.Offset}
		if p, ok := evidence.UpdatesStoreLine(strings.Clone(rec.Message), at, o); ok {
			found = append(found, p)
		}
	}
	return found
}

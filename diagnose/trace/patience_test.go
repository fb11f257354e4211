package trace

import (
	"slices"
	"testing"
	"time"

	"patchtrace/pipeline"
)

// How long a link may wait is the interval of the stage that it waits for, as the
// diagnosis has it.
func TestALinkWaitsAsLongAsThePlaybookSays(t *testing.T) {
	const day = 24 * time.Hour
	book, err := pipeline.Load("sms2003")
	if err != nil {
		t.Fatal(err)
	}
	with := func(scan, inventory time.Duration) *pipeline.Playbook {
		b := *book
		b.Stages = slices.Clone(book.Stages)
		for i, s := range b.Stages {
			own := *s // the playbook is shared
			b.Stages[i] = &own
		}
		b.Stage(pipeline.Scan).Interval = pipeline.Duration(scan)
		b.Stage(pipeline.Inventory).Interval = pipeline.Duration(inventory)
		return &b
	}
	tests := []struct {
		book   *pipeline.Playbook
		stage  string
		waited time.Duration
		want   State
	}{
		{book, pipeline.Scan, 6 * day, Pending},
		{book, pipeline.Scan, 8 * day, Failed},
		{with(day, 7*day), pipeline.Scan, 2 * day, Failed},
		{with(day, 7*day), pipeline.Inventory, 2 * day, Pending},
		{with(30*day, 7*day), pipeline.Scan, 29 * day, Pending},
		{with(day, 3*day), pipeline.Install, 2 * day, Pending}, // when due: by the inventory
		{with(day, 3*day), pipeline.Install, 4 * day, Failed},
		{nil, pipeline.Scan, 6 * day, Pending},
		{nil, pipeline.Scan, 8 * day, Failed},
	}
	for _, tt := range tests {
		k := &tracer{in: Input{Playbook: tt.book, Report: newWorld(t, "MS04-011").in.Report}, now: hour(0)}
		var s Step
		k.late(&s, tt.stage, k.now.Add(-tt.waited), "it waits")
		if s.State != tt.want {
			t.Errorf("%s for %v: %s, %s", tt.stage, tt.waited, s.State, s.Text)
		}
	}
}

package trace

import (
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/pipeline"
)

// An installation that is to be tried again is not waited for once a scan has seen the
// patch as installed.
func TestWhatWasToBeTriedAgainAndIsInstalledIsNotWaitedFor(t *testing.T) {
	w := newWorld(t, "MS04-011")
	w.log(t, "PatchInstall.log", 4.25, "MS04-011 (Q835732) ended with exit code 1618")
	w.client(patchState("MS04-011", "835732", "", "Installed", 5))
	cm := newCM(t, "KB9900001")
	cm.found(t, 1, "Missing")
	cm.log(t, "WUAHandler.log", 3.0, "Update 1 ("+someUpdate+") finished installing (0x80070652), Reboot Required? No")
	cm.found(t, 5, "Installed")
	for _, w := range []*world{w, cm} {
		for _, late := range []time.Duration{0, 30 * 24 * time.Hour} {
			w.in.Now = hour(6).Add(late)
			tr := Follow(w.in)
			i := slices.IndexFunc(tr.Chains[0].Steps, func(s Step) bool { return s.ID == StepInstall })
			if s := tr.Chains[0].Steps[i]; s.State != OK || !strings.HasSuffix(s.Text, "; it was installed later all the same") {
				t.Errorf("%s: %s, %s", tr.Product, s.State, s.Text)
			}
		}
	}
}

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

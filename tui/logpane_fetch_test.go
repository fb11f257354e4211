package tui

import (
	"context"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"patchtrace/logparse/merged"
)

func TestTenMillionLinesScrollAtOnceAndOnlyWhatIsNearIsRead(t *testing.T) {
	l := manyLogs(10_000_000)
	d := onLogs(t, l, 200, 60, Options{})
	d.press("l")
	for _, step := range []struct{ key, on string }{
		{"home", "line 0 "}, {"pgdown", "line 51 "}, {"end", "line 9999999 "}, {"pgup", "line 9999948 "}, {"k", "line 9999947 "}, {"j", "line 9999948 "},
	} {
		l.asked = nil
		d.press(step.key)
		d.isOn(step.on)
		read := int64(0)
		for _, n := range l.asked {
			read += n
		}
		if read > 1000 {
			t.Errorf("%s read %d lines", step.key, read)
		}
	}
	l.asked = nil
	for range 20 {
		d.press("up")
	}
	if len(l.asked) > 0 {
		t.Errorf("moving among lines that were read reads %v again", l.asked)
	}
}

// pane makes the pane of an opened example over logs, and runs no command.
func pane(t *testing.T, l logSource) (*logPane, tea.Cmd) {
	t.Helper()
	d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
	p := newLogPane(d.m.s)
	p.logs, p.all, p.h = l, true, 30
	return p, p.load()
}

// answer runs the one command that fetches rows.
func answer(t *testing.T, cmd tea.Cmd) logFetchedMsg {
	t.Helper()
	if cmd == nil {
		t.Fatal("nothing is fetched")
	}
	switch m := cmd().(type) {
	case did:
		if f, ok := m.msg.(logFetchedMsg); ok {
			return f
		}
	case tea.BatchMsg:
		for _, c := range m {
			if c == nil {
				continue
			}
			if m, ok := c().(did); ok {
				if f, ok := m.msg.(logFetchedMsg); ok {
					return f
				}
			}
		}
	}
	t.Fatal("no command fetches rows")
	return logFetchedMsg{}
}

func TestRowsOfAViewThatWasLeftAreDropped(t *testing.T) {
	p, cmd := pane(t, manyLogs(1000))
	old := answer(t, cmd)
	p.s.state.Filter.ErrorsOnly = true
	if cmd := p.remake(); cmd != nil {
		t.Error("two fetches go on at a time")
	}
	next := p.update(old)
	if p.made == p.gen || len(p.rows) > 0 {
		t.Fatal("rows of the view before are shown")
	}
	p.update(answer(t, next))
	if p.end-p.first != 10 {
		t.Errorf("%d rows are in view", p.end-p.first)
	}
	p.update(old)
	if p.end-p.first != 10 {
		t.Error("an answer that came late is shown")
	}
}

func TestOfSeveralWishesTheNewestIsFetched(t *testing.T) {
	p, cmd := pane(t, manyLogs(100_000))
	p.update(answer(t, cmd))
	cmd = p.goTo(-50_000)
	for _, n := range []int64{-60_000, -70_000, -80_000} {
		if p.goTo(n) != nil {
			t.Fatal("two fetches go on at a time")
		}
	}
	if p.refresh(true) != nil {
		t.Fatal("two fetches go on at a time")
	}
	next := p.update(answer(t, cmd))
	if p.at != -80_000 {
		t.Errorf("the cursor was moved to %d", p.at)
	}
	p.update(answer(t, next))
	if p.chosen() == nil {
		t.Error("what is in sight was not read")
	}
}

func TestALateJumpDoesNotMoveTheReader(t *testing.T) {
	l := manyLogs(100_000)
	p, cmd := pane(t, l)
	p.update(answer(t, cmd))
	jump := p.goToTime(fakeNow.Add(-10_000 * time.Second))
	p.goTo(-5)
	p.update(answer(t, jump))
	if p.at != -5 {
		t.Errorf("the cursor was moved to %d", p.at)
	}
}

func TestRowsComeWhileTheLogIsIndexed(t *testing.T) {
	l := manyLogs(100_000)
	l.known = 0
	p, cmd := pane(t, l)
	p.update(answer(t, cmd))
	if len(p.rows) > 0 || !p.polling {
		t.Fatal("the pane does not wait for the index")
	}
	l.known = 500
	p.update(answer(t, p.update(logPollMsg{p, p.gen})))
	if r := p.chosen(); r == nil || r.N != -1 {
		t.Errorf("the newest line is not shown: %+v", r)
	}
	l.known = l.n
	p.update(answer(t, p.update(logPollMsg{p, p.gen})))
	if p.end-p.first != l.n || !p.done {
		t.Errorf("%d of %d lines are known", p.end-p.first, l.n)
	}
}

// heldView answers no search until its context ends.
type heldView struct{ logView }

func (v heldView) Search(ctx context.Context, _ int64, _ bool, _ merged.Query) (int64, bool, error) {
	<-ctx.Done()
	return 0, false, ctx.Err()
}

func TestASearchCanBeStopped(t *testing.T) {
	d := onLogs(t, manyLogs(1000), 120, 36, Options{})
	d.m.log.view = heldView{d.m.log.view}
	d.take(press("e"))
	d.sees("searching… Esc stops")
	d.press("esc")
	d.sees("The search was stopped")
	d.seesNot("searching…")
	if !d.m.onLog {
		t.Error("Esc has left the log")
	}
}

func TestAMessageThatChangesNothingDrawsNothing(t *testing.T) {
	d := onLogs(t, manyLogs(1000), 200, 60, Options{})
	d.m.View()
	if n := testing.AllocsPerRun(100, func() { d.m.log.View(108, 50, true) }); n > 0 {
		d.m.log.View(108, 50, true)
		if n = testing.AllocsPerRun(100, func() { d.m.log.View(108, 50, true) }); n > 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

package tui

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"patchtrace/diagnose"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// Messages about the target that is open.
type (
	openWantedMsg struct{ place Place }
	openedMsg     struct {
		place Place
		cas   Case
		state State
		err   error
		// warn is what does not keep it from being opened.
		warn error
		// n is which opening it is.
		n int
	}
	judgedMsg struct {
		cas    Case
		report *diagnose.Report
		book   *pipeline.Playbook
		facts  []Fact
		err    error
		// n is which judgement it is.
		n int
	}
	changedMsg struct {
		cas    Case
		change Change
	}
	followEndedMsg struct {
		cas Case
		err error
	}
	refreshedMsg struct {
		cas Case
		err error
	}
	indexedMsg struct {
		cas  Case
		err  error
		done bool
	}
	// rejudgeMsg is the pause between two judgements that is over.
	rejudgeMsg struct{ cas Case }
)

// opened takes the target that was opened.
func (m *Model) opened(msg openedMsg) tea.Cmd {
	if msg.err != nil {
		m.mode, m.note, m.opening.runAll = modeStart, nil, false
		return m.start.load() // the start screen says what failed
	}
	m.unclaimed.take(msg.cas)
	m.s = newSession(m.env, msg.cas, msg.place, msg.state)
	m.stages, m.log = newStagePane(m.s), newLogPane(m.s)
	m.timeline, m.patches, m.trace = newTimeline(m.s), newPatchTable(m.s), newTraceView(m.s)
	m.mode, m.onLog, m.judging, m.again = modeStages, false, false, false
	m.s.stage = m.s.brokenStage()
	cmds := []tea.Cmd{m.judge(), m.index(), m.follow(), m.log.load()}
	if msg.warn != nil {
		cmds = append(cmds, failure(msg.warn))
	}
	if m.opening.runAll {
		m.opening.runAll = false
		cmds = append(cmds, m.s.askRunAll())
	}
	return tea.Batch(cmds...)
}

// caseMsg takes messages about the open target. Those of one that was closed are
// left alone.
func (m *Model) caseMsg(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case openedMsg:
		return m.opened(msg)
	case judgeWantedMsg:
		if m.s != nil {
			return m.judge()
		}
	case judgedMsg:
		if m.current(msg.cas) {
			return m.judged(msg)
		}
	case changedMsg:
		if m.current(msg.cas) {
			return m.logsChanged(msg.change)
		}
	case rejudgeMsg:
		if m.current(msg.cas) {
			m.s.rejudging = false
			return m.judge()
		}
	case followEndedMsg:
		if m.current(msg.cas) && msg.err != nil {
			return failure(msg.err)
		}
	case proofWantedMsg, timeWantedMsg:
		if m.s != nil {
			m.showLog()
		}
	case stageWantedMsg:
		if m.s != nil {
			return m.showStage(msg)
		}
	case traceWantedMsg:
		if m.s != nil {
			return m.showTrace(msg.patch)
		}
	}
	return nil
}

func (m *Model) current(c Case) bool { return m.s != nil && m.s.cas == c }

// typing is true while somebody types into the log's prompt.
func (m *Model) typing() bool {
	return m.log.typing() && (m.mode == modeLog || m.mode == modeStages && m.onLog)
}

// showLog gives the log the focus, where it can be seen.
func (m *Model) showLog() {
	if m.mode != modeLog {
		m.mode = modeStages
	}
	m.onLog = true
}

func (m *Model) showStage(msg stageWantedMsg) tea.Cmd {
	if !m.typing() { // else what is typed would become keys
		m.mode, m.onLog = modeStages, false
	}
	if msg.tab != "" {
		m.s.tab = msg.tab
	}
	if msg.stage == m.s.stage {
		m.s.changed()
		return nil
	}
	m.s.stage = msg.stage
	m.s.changed()
	return m.log.stageChanged()
}

// judge reads the logs and judges them. One judgement goes on at a time.
func (m *Model) judge() tea.Cmd {
	if m.judging {
		m.again = true
		return nil
	}
	m.judging = true
	m.s.judgeBegan++
	c, answers, n := m.s.cas, maps.Clone(m.s.state.Answers), m.s.judgeBegan
	return m.work(func(ctx context.Context) tea.Msg {
		r, book, err := c.Judge(ctx, answers)
		if err != nil {
			return judgedMsg{cas: c, err: err, n: n}
		}
		facts, err := c.Facts(ctx)
		if err != nil {
			facts = []Fact{{Label: "Beside the logs", Value: err.Error(), Bad: true}}
		}
		return judgedMsg{cas: c, report: r, book: book, facts: facts, n: n}
	})
}

// readingAgain is told until the logs have been read that somebody asked to be.
const readingAgain = "Reading the logs again"

// judgedNote tells how a judgement ended that somebody waits for, and that one failed,
// once for each reason.
func (m *Model) judgedNote(msg judgedMsg) tea.Cmd {
	// A judgement that began before is not the one that is waited for.
	waited, before := !m.again && m.note != nil && m.note.text == readingAgain, m.s.judgeErr
	switch {
	case msg.err != nil && (waited || m.s.report != nil && (before == nil || before.Error() != msg.err.Error())):
		return failure(msg.err)
	case msg.err == nil && waited:
		return note("The logs were read again")
	}
	return nil
}

// judged takes a judgement. The first one lands on the stage that broke.
func (m *Model) judged(msg judgedMsg) tea.Cmd {
	first := m.s.report == nil
	cmds := []tea.Cmd{m.judgedNote(msg)}
	m.judging = false
	m.s.judgeErr, m.s.judgeTaken = msg.err, msg.n
	if msg.err == nil {
		m.s.report, m.s.book, m.s.facts = msg.report, msg.book, doubted(msg.facts, msg.report)
	}
	if first && msg.err == nil {
		m.s.stage = m.s.brokenStage()
		cmds = append(cmds, m.log.stageChanged())
	}
	m.s.changed()
	if m.s.early {
		m.s.early = false
		if m.note != nil && m.note.early {
			m.note = nil
		}
		cmds = append(cmds, m.s.askRunAll())
	}
	cmds = append(cmds, m.s.judgedAfterRun(), m.timeline.judged())
	if m.mode == modeTrace {
		cmds = append(cmds, m.trace.again())
	}
	if m.again {
		m.again = false
		cmds = append(cmds, m.judge())
	}
	return tea.Batch(cmds...)
}

// index indexes the logs in the background.
func (m *Model) index() tea.Cmd {
	c := m.s.cas
	return m.work(func(ctx context.Context) tea.Msg {
		err := c.Logs().Index(ctx, nil)
		return indexedMsg{cas: c, err: err, done: true}
	})
}

// follow begins to follow the logs of the open case.
func (m *Model) follow() tea.Cmd {
	if m.s.about.Still {
		return nil
	}
	ctx, cancel := context.WithCancel(m.ctx)
	m.unfollow = cancel
	// The goroutine outlives the case: it must not look at what m shows by then.
	s, c, changes := m.s, m.s.cas, make(chan Change)
	s.changes = changes
	go func() {
		defer close(changes)
		err := c.Follow(ctx, func(ch Change) {
			select {
			case changes <- ch:
			case <-ctx.Done():
			}
		})
		s.followErr.Store(&followEndedMsg{cas: c, err: err})
	}()
	return m.nextChange()
}

// nextChange waits for one change; it is asked for again once that was taken.
func (m *Model) nextChange() tea.Cmd {
	s := m.s
	return func() tea.Msg {
		if ch, ok := <-s.changes; ok {
			return changedMsg{s.cas, ch}
		}
		if e := s.followErr.Load(); e != nil {
			return *e
		}
		return nil
	}
}

// judgePace is the least time between two judgements of logs that go on changing.
const judgePace = time.Second

// logsChanged takes in what the logs got, and judges anew a little later.
func (m *Model) logsChanged(ch Change) tea.Cmd {
	c := m.s.cas
	refresh := m.work(func(ctx context.Context) tea.Msg { return refreshedMsg{c, c.Refresh(ctx)} })
	cmds := []tea.Cmd{refresh, m.nextChange(), m.stir()}
	gone := false
	for _, n := range ch.Notices {
		if text := n.String(); worthTelling(n.Kind) {
			cmds = append(cmds, note(text))
		}
		gone = gone || n.Kind == logparse.Vanished || n.Kind == logparse.Truncated
	}
	if (gone || len(ch.Logs) > 0) && !m.s.rejudging && m.s.running() < 0 {
		m.s.rejudging = true
		cmds = append(cmds, tea.Tick(judgePace, func(time.Time) tea.Msg { return rejudgeMsg{c} }))
	}
	return tea.Batch(cmds...)
}

// closeCase keeps the state of the open target and lets go of it.
func (m *Model) closeCase() tea.Cmd {
	shut := m.letGo()
	if shut == nil {
		return nil
	}
	shut = onlyOnce(shut)
	m.left = append(m.left, shut)
	return m.work(func(context.Context) tea.Msg {
		if err := shut(); err != nil {
			return noteMsg{text: err.Error(), bad: true}
		}
		return nil
	})
}

// onlyOnce makes what can be called again, also while it goes on: then it is waited
// for. Its error is told to the first who calls.
func onlyOnce(do func() error) func() error {
	var once sync.Once
	return func() (err error) {
		once.Do(func() {
			err = do()
			do = nil // it holds all of a target
		})
		return err
	}
}

// letGo ends what goes on for the open target and takes it out of sight. What it
// returns keeps its state and closes it, and may take time; nil if nothing is open.
func (m *Model) letGo() func() error {
	if m.unfollow != nil {
		m.unfollow()
		m.unfollow = nil
	}
	s := m.s
	if s == nil {
		return nil
	}
	st, desk := m.stateOf(), m.desk
	m.s = nil
	s.stopRun()
	m.log.stop()
	return func() error {
		stopped := s.awaitRun() // Close comes last
		return errors.Join(stopped, desk.Keep(s.about.Target, st), s.cas.Close())
	}
}

// stateOf is what is kept of the open target.
func (m *Model) stateOf() State {
	st := m.s.state
	st.Stage, st.Tab = pipeline.StageIDs[m.s.stage], string(m.s.tab)
	st.Params = maps.Clone(st.Params) // those that were typed: a target's own may change
	st.Bookmarks = slices.Clone(st.Bookmarks)
	return st
}

package tui

import (
	"context"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"patchtrace/tui/safe"
)

// Options are what the console is told from outside.
type Options struct {
	Desk Desk
	// Open is opened at once; nil shows the start screen.
	Open *Place
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// ASCII draws borders and symbols in ASCII, Colour allows colours, Mouse
	// switches the mouse on, Light is for terminals that do not tell.
	ASCII, Colour, Mouse, Light bool

	// Profile is what colours the terminal shows.
	Profile colorprofile.Profile

	In  io.Reader
	Out io.Writer
	// Env is the environment that the terminal is known by, nil for the process's.
	Env []string

	// Width is where Linear wraps, in cells; 0 means 80.
	Width int
	// Interrupt tells Linear of every Ctrl-C. What it does depends on what goes on:
	// it ends the waiting, then the process, then Linear.
	Interrupt <-chan struct{}
	// Echo has Linear write down the answers that it reads: for input that is not
	// typed into the terminal that shows the questions.
	Echo bool
}

// mode is what fills the screen.
type mode int

const (
	modeStart mode = iota
	modeOpening
	modeStages
	modeLog
	modeTimeline
	modePatches
	modeTrace
)

// screen fills everything between the header and the footer.
type screen interface {
	// View draws exactly h lines of at most w cells.
	View(w, h int) string
	// key takes a key press and tells whether it was for the screen.
	key(msg tea.KeyPressMsg) (tea.Cmd, bool)
	// update takes every other message.
	update(msg tea.Msg) tea.Cmd
	// bindings are its keys, the most useful first.
	bindings() []key.Binding
}

// Model is the console. It routes messages and owns what is shown; everything
// else is done by its parts.
type Model struct {
	*env
	opt  Options
	w, h int
	mode mode
	// dialogs lie on each other, the last on top.
	dialogs []dialog
	note    *noteMsg
	mouse   bool
	clicks  clicks
	ended   bool
	cancel  context.CancelFunc

	start   *startScreen
	opening opening

	// What follows is nil until a target is open.
	s        *session
	stages   *stagePane
	log      *logPane
	timeline *timeline
	patches  *patchTable
	trace    *traceView
	// traceFrom is what filled the screen before the trace.
	traceFrom mode
	// onLog is true when the log has the focus, and not the stage pane.
	onLog bool
	// unfollow ends the following of the case that is open.
	unfollow context.CancelFunc
	judging  bool
	// stirred is when something happened last; ticks counts chains of ticks.
	stirred time.Time
	ticks   int
	// unclaimed are targets that are being opened.
	unclaimed unclaimed
	again     bool // judge again once the judgement is there
	// left close the targets that were left, which the console may end before.
	left []func() error
}

// New makes the console.
func New(ctx context.Context, opt Options) *Model {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	ctx, cancel := context.WithCancel(ctx)
	e := &env{look: newLook(!opt.Light, opt.Colour, opt.ASCII), keys: newKeys(opt.ASCII), desk: opt.Desk, now: opt.Now, ctx: ctx, busy: new(atomic.Int64)}
	m := &Model{env: e, opt: opt, mouse: opt.Mouse, cancel: cancel, start: newStartScreen(e), stirred: opt.Now()}
	if opt.Open != nil {
		m.mode, m.opening.place = modeOpening, *opt.Open
	}
	return m
}

// Init asks the terminal for its background and opens what is to be opened.
func (m *Model) Init() tea.Cmd {
	var first tea.Cmd
	if m.opt.Open != nil {
		first = m.open(*m.opt.Open)
	} else {
		first = m.start.load()
	}
	return tea.Batch(tea.RequestBackgroundColor, m.tick(), first)
}

// Update takes one message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if d, ok := msg.(did); ok {
		cmd := m.takeAndLoad(d.msg)
		m.busy.Add(-1)
		return m, cmd
	}
	return m, m.takeAndLoad(msg)
}

// takeAndLoad takes a message, and asks for what the tab needs that then is in
// view, however it came into view.
func (m *Model) takeAndLoad(msg tea.Msg) tea.Cmd {
	cmd := m.take(msg)
	if m.s == nil {
		return cmd
	}
	if load := m.s.loadData(); load != nil {
		return tea.Batch(cmd, load)
	}
	return cmd
}

func (m *Model) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case nil:
		return nil
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		m.restyle(msg.IsDark())
	case tickMsg:
		if m.s != nil && m.s.running() >= 0 {
			m.s.changed() // its elapsed time
		}
		if msg.chain != m.ticks {
			return nil
		}
		return m.tick()
	case tea.KeyPressMsg:
		return tea.Batch(m.stir(), m.press(msg))
	case tea.MouseClickMsg:
		return m.mouseMsg(msg)
	case tea.MouseWheelMsg:
		return m.mouseMsg(msg)
	case noteMsg:
		if !msg.early || m.s != nil && m.s.early {
			m.note = &msg
		}
	case dialogWantedMsg:
		if msg.unasked {
			m.dialogs = slices.Insert(m.dialogs, 0, msg.dialog)
		} else {
			m.dialogs = append(m.dialogs, msg.dialog)
		}
	case copyWantedMsg:
		// In this order: what says that it was sent must not come before it.
		return tea.Sequence(tea.SetClipboard(msg.text), note(msg.what+" was sent to the clipboard"))
	case lookUpWantedMsg:
		return m.lookUp(msg.text)
	case openWantedMsg:
		return m.open(msg.place)
	case openedMsg:
		if msg.n != m.opening.n {
			return m.tooLate(msg.cas)
		}
		return m.pass(msg)
	default:
		return m.pass(msg)
	}
	return nil
}

// pass hands a message to the parts that may want it.
func (m *Model) pass(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	if d := m.top(); d != nil {
		cmds = append(cmds, d.update(msg))
	}
	cmds = append(cmds, m.start.update(msg), m.caseMsg(msg))
	if m.s == nil {
		return tea.Batch(cmds...)
	}
	return tea.Batch(append(cmds, m.s.runMsg(msg), m.log.update(msg), m.timeline.update(msg), m.patches.update(msg), m.trace.update(msg))...)
}

func (m *Model) restyle(dark bool) {
	m.look = newLook(dark, m.opt.Colour, m.opt.ASCII)
	if m.s != nil {
		m.s.changed()
	}
}

// top is the dialog that has the keys, nil if there is none.
func (m *Model) top() dialog {
	if n := len(m.dialogs); n > 0 {
		return m.dialogs[n-1]
	}
	return nil
}

// press routes a key: to the dialog, to what has the focus, then to the console.
func (m *Model) press(msg tea.KeyPressMsg) tea.Cmd {
	m.note, m.opening.runAll = nil, false
	if m.s != nil {
		m.s.early = false
	}
	if key.Matches(msg, m.keys.Interrupt) {
		return m.quit()
	}
	if key.Matches(msg, m.keys.Suspend) {
		return tea.Suspend
	}
	if d := m.top(); d != nil {
		cmd, done := d.key(msg)
		if done {
			m.drop(d)
		}
		return cmd
	}
	if s := m.screen(); s != nil {
		if cmd, taken := s.key(msg); taken {
			return cmd
		}
	}
	return m.global(msg)
}

// drop closes a dialog, wherever it lies.
func (m *Model) drop(d dialog) {
	for i, other := range m.dialogs {
		if other == d {
			m.dialogs = append(m.dialogs[:i], m.dialogs[i+1:]...)
			if c, ok := m.top().(*confirm); ok {
				c.opened = m.now() // it was not in sight before
			}
			return
		}
	}
}

// screen is what has the focus; nil while a target is opened.
func (m *Model) screen() screen {
	switch m.mode {
	case modeStart:
		return m.start
	case modeStages:
		if m.onLog {
			return logScreen{m.log}
		}
		return stageScreen{m.stages}
	case modeLog:
		return logScreen{m.log}
	case modeTimeline:
		return m.timeline
	case modePatches:
		return m.patches
	case modeTrace:
		return m.trace
	}
	return nil
}

// global takes the keys that hold everywhere.
func (m *Model) global(msg tea.KeyPressMsg) tea.Cmd {
	k := m.keys
	switch {
	case key.Matches(msg, k.Quit):
		return m.quit()
	case key.Matches(msg, k.Help):
		return m.help()
	case key.Matches(msg, k.LookUp):
		return m.lookUp(m.codeInView())
	case key.Matches(msg, k.Mouse):
		m.mouse = !m.mouse
		if m.mouse {
			return note("The mouse is on: hold Shift to select text with the terminal")
		}
		return note("The mouse is off: the terminal selects text")
	case key.Matches(msg, k.Start):
		return m.leave()
	case m.mode == modeOpening:
		return m.openingKey(msg)
	case m.s == nil:
		return nil
	}
	return m.caseKey(msg)
}

// caseKey takes the keys that need an open target.
func (m *Model) caseKey(msg tea.KeyPressMsg) tea.Cmd {
	k := m.keys
	switch {
	case key.Matches(msg, k.Stage1):
		return m.goTo(0)
	case key.Matches(msg, k.Stage2):
		return m.goTo(1)
	case key.Matches(msg, k.Stage3):
		return m.goTo(2)
	case key.Matches(msg, k.Stage4):
		return m.goTo(3)
	case key.Matches(msg, k.NextStage):
		return m.goTo(min(m.s.stage+1, len(stageNames)-1))
	case key.Matches(msg, k.PrevStage):
		return m.goTo(max(m.s.stage-1, 0))
	case key.Matches(msg, k.Focus):
		m.onLog = !m.onLog
	case key.Matches(msg, k.Times):
		m.times = (m.times + 1) % timesModes
		m.s.changed()
		return note("Times are shown as " + m.times.String())
	case key.Matches(msg, k.FullLog):
		m.toggle(modeLog)
	case key.Matches(msg, k.Timeline):
		m.toggle(modeTimeline)
		return m.timeline.shown()
	case key.Matches(msg, k.Patches):
		m.toggle(modePatches)
		return m.patches.shown()
	case key.Matches(msg, k.Trace):
		return m.traceKey()
	case key.Matches(msg, k.Judge):
		m.note = &noteMsg{text: readingAgain} // before the judgement tells how it ended
		return m.judge()
	case key.Matches(msg, k.Reveal):
		return m.reveal()
	case key.Matches(msg, k.RunAll):
		return m.s.askRunAll()
	case key.Matches(msg, k.Run):
		return m.run()
	case key.Matches(msg, k.NextError, k.PrevError, k.Search),
		m.mode == modeStages && key.Matches(msg, k.NextFound, k.PrevFound, k.Filter, k.ErrorsOnly, k.ClearFilter, k.AllLogs, k.GoToTime):
		m.onLog = true
		if m.mode != modeStages {
			m.mode = modeLog
		}
		cmd, _ := m.log.key(msg)
		return cmd
	case key.Matches(msg, k.Back):
		m.back()
	}
	return nil
}

// run shows the Run tab, and from there asks to run what is chosen in it.
func (m *Model) run() tea.Cmd {
	if m.mode == modeStages && m.s.tab == tabRun {
		return m.s.askRun()
	}
	m.mode, m.onLog, m.s.tab = modeStages, false, tabRun
	return nil
}

// back leaves what fills the screen, or the log.
func (m *Model) back() {
	switch m.mode {
	case modeStages:
		m.onLog = false
	case modeTrace:
		m.mode = m.traceFrom
	default:
		m.mode = modeStages
	}
}

// toggle shows a screen, or the stages again if it is shown.
func (m *Model) toggle(to mode) {
	if m.mode == to {
		to = modeStages
	}
	m.mode = to
}

func (m *Model) goTo(stage int) tea.Cmd {
	if m.mode != modeLog {
		m.mode = modeStages
	}
	if m.s.stage == stage {
		return nil
	}
	m.s.stage = stage
	m.s.changed()
	return m.log.stageChanged()
}

// View draws the screen. It is the only function that chooses terminal modes.
func (m *Model) View() tea.View {
	if m.ended {
		return tea.NewView(m.epilogue())
	}
	v := tea.NewView(m.frame())
	m.drew()
	v.AltScreen = true
	v.ReportFocus = true
	v.WindowTitle = safe.Text(m.windowTitle())
	if m.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

func (m *Model) windowTitle() string {
	if m.s == nil {
		return "patchtrace"
	}
	return m.s.title() + " - patchtrace"
}

// stageScreen and logScreen let a pane be a screen of its own.
type stageScreen struct{ *stagePane }

func (s stageScreen) View(w, h int) string   { return s.stagePane.View(w, h, true) }
func (s stageScreen) update(tea.Msg) tea.Cmd { return nil }

type logScreen struct{ *logPane }

func (s logScreen) View(w, h int) string { return s.logPane.View(w, h, true) }

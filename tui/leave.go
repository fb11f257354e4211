package tui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"patchtrace/tui/safe"
)

// quit ends the console, and asks first while a stage is being run.
func (m *Model) quit() tea.Cmd {
	if m.s != nil && m.s.running() >= 0 && m.top() == nil {
		return m.askToStop("Quit", "quit and stop it", "Quitting", m.end)
	}
	return m.end()
}

// leave goes to the places that can be opened, and asks first while a stage is being
// run.
func (m *Model) leave() tea.Cmd {
	if m.s != nil && m.s.running() >= 0 {
		return m.askToStop("Open another", "leave and stop it", "Leaving", m.toStart)
	}
	return m.toStart()
}

// askToStop asks before something that stops the stage that is being run. It asks at
// once: who presses the key twice is not asked twice.
func (m *Model) askToStop(head, yes, doing string, then func() tea.Cmd) tea.Cmd {
	text := stageNames[m.s.running()] + " is still running. " + doing + " stops its program and all that it started."
	m.dialogs = append(m.dialogs, m.newConfirm(head, yes, true, []string{text}, then))
	return nil
}

// end ends the console. What is open is closed when the terminal is restored.
func (m *Model) end() tea.Cmd {
	m.ended = true
	return tea.Quit
}

// epilogue stays in the shell: the verdict.
func (m *Model) epilogue() string {
	if m.s == nil || m.s.report == nil {
		return ""
	}
	v := m.s.report.Verdict
	text := m.s.name() + ": " + v.Status + ". " + safe.Text(v.Summary)
	if m.w > 0 { // what is wider is cut by the library
		text = strings.Join(wrapped(text, m.w), "\n")
	}
	return text + "\n"
}

// stopGrace is how long what goes on at a target may take to end when it is let go of:
// longer than a program may that is asked to end and then made to. Another computer may
// never answer.
const stopGrace = 3 * time.Second

// await waits for what was told to end, and tells whether it did. What goes on in a lab
// goes on here, and is waited for however long it takes: the lab is removed then.
func (s *session) await(ended <-chan struct{}) bool {
	if s.about.Lab {
		<-ended
		return true
	}
	grace := time.NewTimer(stopGrace)
	defer grace.Stop()
	select {
	case <-ended:
		return true
	case <-grace.C:
		return false
	}
}

package tui

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"patchtrace/pipeline"
	"patchtrace/tui/safe"
)

// lastScanField is the field that holds Last Hardware Scan, the judge of the
// inventory.
const lastScanField = "last_hw_scan"

// tick ticks a step off, or opens it again.
func (s *session) tick(plan *pipeline.Stage, step *pipeline.Step) tea.Cmd {
	key := tickKey(plan, step)
	s.setTick(key, !s.state.Ticked[key])
	return nil
}

func (s *session) setTick(key string, on bool) {
	if on {
		s.state.Ticked[key] = true
	} else {
		delete(s.state.Ticked, key)
	}
	s.changed()
}

// askAnswer asks for what the engineer saw at a step.
func (s *session) askAnswer(plan *pipeline.Stage, step *pipeline.Step) tea.Cmd {
	f, key := step.Field, tickKey(plan, step)
	old := s.state.Answers[f.Name]
	help := safe.Text(step.Text) + " " + fieldHelp(f)
	if old == "" {
		help += " Leave it empty to tick the step without an answer."
	} else {
		help += " Empty it to take the answer back."
	}
	check := func(value string) error {
		if value == "" {
			return nil
		}
		if err := f.Check(answerValue(f, value)); err != nil {
			return errors.New(strings.TrimPrefix(err.Error(), f.Label+": ")) // the dialog has the label
		}
		return nil
	}
	return say(dialogWantedMsg{dialog: s.newPrompt(safe.Text(f.Label), help, old, check, func(value string) tea.Cmd {
		return s.answer(f, key, answerValue(f, value))
	})})
}

// fieldHelp says what an answer looks like.
func fieldHelp(f *pipeline.Field) string {
	switch f.Kind {
	case "time":
		return "Answer with a time such as 2007-06-05T02:00 by the client's clock, or with Z or an offset such as -05:00."
	case "number":
		return "Answer with a whole number."
	case "yesno":
		return "Answer yes or no."
	}
	return "Answer in your own words."
}

// answerValue is an answer in its usual spelling.
func answerValue(f *pipeline.Field, value string) string {
	if f.Kind != "yesno" {
		return value
	}
	switch strings.ToLower(value) {
	case "y", "yes":
		return "yes"
	case "n", "no":
		return "no"
	}
	return value
}

// answer takes an answer, or takes it back when it is empty. What depends on it is
// judged at once.
func (s *session) answer(f *pipeline.Field, key, value string) tea.Cmd {
	old := s.state.Answers[f.Name]
	if value == "" && old == "" {
		s.setTick(key, !s.state.Ticked[key])
		return nil
	}
	if value == "" {
		delete(s.state.Answers, f.Name)
	} else {
		s.state.Answers[f.Name] = value
	}
	s.setTick(key, value != "")
	if value == old {
		return nil
	}
	return say(judgeWantedMsg{})
}

// lastScanStep is the step that asks for Last Hardware Scan, nil if the product
// has none.
func (s *session) lastScanStep() (plan *pipeline.Stage, step *pipeline.Step) {
	if s.book == nil {
		return nil, nil
	}
	for _, plan := range s.book.Stages {
		for i := range plan.Manual {
			if f := plan.Manual[i].Field; f != nil && f.Name == lastScanField {
				return plan, &plan.Manual[i]
			}
		}
	}
	return nil, nil
}

package tui

import (
	"fmt"
	"strings"

	"patchtrace/diagnose"
	"patchtrace/tui/safe"
)

// stepper draws the four stages with how they stand, in h lines: two, or one
// where there is little room.
func (s *session) stepper(w, h int) string {
	if h < 2 || w < 60 {
		return s.shortStepper(w)
	}
	cell := w / len(stageNames)
	var top, bottom strings.Builder
	for i, name := range stageNames {
		last := i == len(stageNames)-1
		width := cell
		if last {
			width = w - cell*i
		}
		top.WriteString(s.stepHead(i, name, width, last))
		bottom.WriteString(s.stepFoot(i, width))
	}
	return top.String() + "\n" + bottom.String()
}

// status is how a stage stands; unknown before the first judgement.
func (s *session) status(i int) diagnose.Status {
	if r := s.stageReport(i); r != nil {
		return r.Status
	}
	return diagnose.Unknown
}

// stepStatus is the status as the stepper shows it: of a stage that is being run the
// report still has the one before.
func (s *session) stepStatus(i int) diagnose.Status {
	if s.running() == i {
		return diagnose.Running
	}
	return s.status(i)
}

// stepHead is "✓ 2 Scan ────". The line to the next stage is whole only where the
// stage passed.
func (s *session) stepHead(i int, name string, w int, last bool) string {
	k := &s.look
	status := s.stepStatus(i)
	symbol, style := k.status(status)
	label := fmt.Sprintf("%d %s", i+1, name)
	text := " "
	if i == s.stage {
		text += style.Render(symbol) + " " + k.accent.Underline(true).Render(label) + " "
	} else {
		text += style.Render(symbol) + " " + label + " "
	}
	if !last {
		line := k.dotted
		if status == diagnose.Passed {
			line = k.horizontal
		}
		text += k.quiet.Render(strings.Repeat(line, max(w-safe.Width(text)-1, 0)))
	}
	return safe.Fill(text, w, "")
}

func (s *session) stepFoot(i, w int) string {
	k := &s.look
	symbol, style := k.status(s.stepStatus(i))
	indent := strings.Repeat(" ", safe.Width(symbol)+2)
	return safe.Fill(indent+style.Render(safe.Cut(s.stepNote(i), w-len(indent)-1, k.ellipsis)), w, "")
}

// stepNote is the state in words, with the time that matters.
func (s *session) stepNote(i int) string {
	if s.running() == i {
		return "running now"
	}
	r := s.stageReport(i)
	switch {
	case r == nil && s.judgeErr != nil:
		return "cannot be judged"
	case r == nil:
		return "reading logs" + s.look.ellipsis
	}
	word := statusWord(r.Status)
	at := r.LastSuccess
	switch r.Status {
	case diagnose.Failed:
		at = r.LastFailure
	case diagnose.Running:
		at = r.LastStart
	case diagnose.Waiting:
		at = nil
	case diagnose.Unknown:
		return "not seen"
	}
	if at == nil {
		return word
	}
	age := s.clock().Sub(*at)
	if age < -justNow {
		return word + ", " + span(-age) + " ahead" // by a clock that is wrong
	}
	return word + " " + ageText(age)
}

// shortStepper is one line: symbols and names, or only symbols.
func (s *session) shortStepper(w int) string {
	return safe.Fill(" "+strings.Join(s.shortSteps(w), "  "), w, s.look.ellipsis)
}

func (s *session) shortSteps(w int) []string {
	k := &s.look
	var parts []string
	for i, name := range stageNames {
		symbol, style := k.status(s.stepStatus(i))
		label := fmt.Sprintf("%d", i+1)
		if w >= 50 || i == s.stage {
			label += " " + name
		}
		if i == s.stage {
			label = k.accent.Underline(true).Render(label)
		}
		parts = append(parts, style.Render(symbol)+" "+label)
	}
	return parts
}

// stepAreas are where stepper draws the stages.
func (s *session) stepAreas(w, h int) []area {
	areas := make([]area, len(stageNames))
	if h < 2 || w < 60 {
		x := 1
		for i, part := range s.shortSteps(w) {
			areas[i] = area{x, 0, safe.Width(part) + 1, 1}
			x += safe.Width(part) + 2
		}
		return areas
	}
	for i := range areas {
		areas[i] = area{i * (w / len(areas)), 0, w / len(areas), 2}
	}
	return areas
}

// running is the stage that is being run here, -1 for none.
func (s *session) running() int {
	if s.run == nil {
		return -1
	}
	return s.run.stage()
}

package diagnose

import (
	"fmt"
	"strings"

	"patchtrace/pipeline"
)

// verdict names the first stage that broke, or says why none can be named.
func (j *judge) verdict() Verdict {
	for _, s := range j.stages {
		if s.broken() {
			return Verdict{Status: VerdictFailed, Stage: s.stage.ID, Summary: s.summary() + s.runText()}
		}
	}
	for _, s := range j.stages {
		if s.status == Waiting || s.status == Running {
			return Verdict{Status: VerdictWaiting, Stage: s.stage.ID, Summary: s.summary() + j.unseenText()}
		}
	}
	for _, s := range j.stages {
		if s.stage.Shows == "client" && s.status != Passed || s.ran() && s.status == Unknown {
			return Verdict{Status: VerdictUnknown, Stage: s.stage.ID, Summary: j.unknownText(s)}
		}
	}
	return Verdict{Status: VerdictPassed, Summary: j.passedText()}
}

// summary is one sentence about the stage: its first finding.
func (s *stageState) summary() string {
	if len(s.findings) == 0 {
		return fmt.Sprintf("%s is %s.", s.stage.Title, s.status)
	}
	f := s.findings[0]
	text := f.Title
	if f.Code != "" && !strings.Contains(text, f.Code) {
		text += " (" + f.Code + ")"
	}
	title := s.stage.Title
	if strings.HasPrefix(strings.ToLower(text), strings.ToLower(title)) {
		return text + "."
	}
	return fmt.Sprintf("%s %s: %s.", title, stateWord(s.status), text)
}

func stateWord(s Status) string {
	switch s {
	case NotRun:
		return "did not run"
	case Waiting:
		return "waits"
	case Stale:
		return "is stale"
	case Running:
		return "is running"
	}
	return string(s)
}

// passedText says what passed and what was not seen here.
func (j *judge) passedText() string {
	var passed []string
	for _, s := range j.stages {
		if s.status == Passed {
			passed = append(passed, lowerFirst(s.stage.Title))
		}
	}
	text := capital(join(passed)) + " passed, nothing is broken." + j.unseenText()
	if j.beside.unshown || j.unscanned {
		text += " What was installed shows only after another scan and inventory."
	}
	return text
}

// unseenText names the stages that this target does not show.
func (j *judge) unseenText() string {
	var unseen []string
	for _, s := range j.stages {
		if s.status == Unknown || s.status == NotRun && s.stage.Shows != "client" {
			unseen = append(unseen, lowerFirst(s.stage.Title))
		}
	}
	if len(unseen) == 0 {
		return ""
	}
	return " Not seen here: " + join(unseen) + "."
}

func (j *judge) unknownText(s *stageState) string {
	text := fmt.Sprintf("Nothing broken was seen, but %s could not be judged", lowerFirst(s.stage.Title))
	if (s.stage.ID == pipeline.Inventory || s.ran()) && len(s.findings) > 0 && s.findings[0].Severity == SevWarning {
		return fmt.Sprintf("%s: %s.", s.stage.Title, lowerFirst(s.findings[0].Title))
	}
	if logs := s.wanted(); len(logs) > 0 {
		text += ": fetch " + strings.Join(logs, " or ") + s.folder()
	}
	return text + "."
}

func join(words []string) string {
	switch len(words) {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

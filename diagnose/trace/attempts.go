package trace

import (
	"regexp"
	"slices"
	"time"

	"patchtrace/diagnose/errcode"
	"patchtrace/logparse"
)

// attempt is a line of an installation that names the patch.
type attempt struct {
	line   *logparse.Record
	at     time.Time
	result string
	code   string
}

// Results of an attempt.
const (
	attemptBegan     = "began"
	attemptOK        = "ok"
	attemptRestart   = "restart"
	attemptPostponed = "postponed"
	attemptRetry     = "retry" // something was in its way that goes by itself
	attemptFailed    = "failed"
)

// installLogs are the logs in which installations are noted, in lower case without
// extension.
var installLogs = []string{"patchinstall", "patchuimonitor", "execmgr", "smsapm32", "odpsys32", "odpusr32", "odpwnt32", "windowsupdate"}

// The lines of PatchInstall.log were never published: attempts are told by the
// words that any such line must have. facts: sms2003 section 12.
var (
	exitForm     = regexp.MustCompile(`(?i)\bexit ?code\b(?: (?:is|of|was))?[ =:]*(0x[0-9a-f]{1,8}|-?\d{1,10})\b`)
	codeForm     = regexp.MustCompile(`(?i)\b(?:return|error|result) ?code\b(?: (?:is|of|was))?[ =:]*(0x[0-9a-f]{1,8}|-?\d{1,10})\b`)
	errorForm    = regexp.MustCompile(`(?i)\b(?:error|failed)\b[^0-9]{0,40}\b(0x[0-9a-f]{1,8}|-?\d{1,10})\b`)
	postponeForm = regexp.MustCompile(`(?i)\b(?:postponed?|grace period|deferred|snoozed)\b`)
	failForm     = regexp.MustCompile(`(?i)\b(?:failed|failure|was not run|not installed|could not|cannot|unable to)\b`)
	okForm       = regexp.MustCompile(`(?i)\b(?:was installed|were installed|successfully installed|installed successfully|installation succeeded|completed successfully)\b`)
	beginForm    = regexp.MustCompile(`(?i)\b(?:installing|starting|started|executing|running|launching|begin|attempting)\b`)
	restartForm  = regexp.MustCompile(`(?i)\b(?:restart|reboot) (?:is |was )?(?:required|needed|pending)`)
)

// attempts are the attempts to install the chain's patch, oldest first.
func (k *smsChain) attempts() []attempt {
	own := Patch{}
	own.Numbers, own.Bulletins = with(nil, k.c.Number), with(nil, bulletin(k.c.Bulletin))
	others := Patch{}
	for _, n := range k.patch.Numbers {
		if n != k.c.Number {
			others.Numbers = append(others.Numbers, n)
		}
	}
	var list []attempt
	for _, l := range k.linesOf(installLogs...) {
		switch {
		case !own.mentions(l.Message):
			continue
		case k.c.Number != "" && !mentionsNumber(l.Message, k.c.Number) && others.mentions(l.Message):
			continue // another article of the same bulletin
		}
		at, _ := k.when(l.Record)
		if a, ok := readAttempt(l.Record); ok {
			a.at = at
			list = append(list, a)
		}
	}
	slices.SortStableFunc(list, func(a, b attempt) int {
		if a.at.IsZero() || b.at.IsZero() {
			return 0
		}
		return a.at.Compare(b.at)
	})
	return list
}

func readAttempt(rec *logparse.Record) (attempt, bool) {
	a := attempt{line: rec}
	msg := rec.Message
	m := exitForm.FindStringSubmatch(msg)
	if m == nil {
		m = codeForm.FindStringSubmatch(msg)
	}
	if m == nil && failForm.MatchString(msg) {
		m = errorForm.FindStringSubmatch(msg)
	}
	if m != nil {
		values, err := errcode.Parse(m[1])
		if err == nil && len(values) > 0 {
			a.code = m[1]
			switch errcode.DecodeOf(values[0], rec.Pos.Log, msg).Class {
			case errcode.Success:
				a.result = attemptOK
			case errcode.Restart:
				a.result = attemptRestart
			case errcode.Waiting:
				a.result = attemptRetry
			default:
				a.result = attemptFailed
			}
			return a, true
		}
	}
	switch {
	case postponeForm.MatchString(msg):
		a.result = attemptPostponed
	case failForm.MatchString(msg):
		a.result = attemptFailed
	case restartForm.MatchString(msg):
		a.result = attemptRestart
	case okForm.MatchString(msg):
		a.result = attemptOK
	case beginForm.MatchString(msg):
		a.result = attemptBegan
	default:
		return a, false
	}
	return a, true
}

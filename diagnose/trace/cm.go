package trace

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/logparse"
)

// Forms of the lines of one update. facts: configmgr sections 5 to 8; wording
// drifts between versions, so the stable core is matched.
var (
	cmStatusForm     = regexp.MustCompile(`Update \((Missing|Installed)\): (.*) \((` + guidForm + `), \d+\)`)
	cmStateForm      = regexp.MustCompile(`state message for update \((` + guidForm + `)\) with state \((\w+)\)`)
	cmQueriedForm    = regexp.MustCompile(`Queried Update \((` + guidForm + `)\): Status=(\w+), Title=(.*?), BulletinID=`)
	cmPrunedForm     = regexp.MustCompile(`update id \((` + guidForm + `)\) is superseded by \((` + guidForm + `)\)`)
	cmRecordedForm   = regexp.MustCompile(`State message\(State ID : (\d+)\) with TopicType 500 and TopicId \{?(` + guidForm + `)\}?`)
	cmTargetedForm   = regexp.MustCompile(`SUM_` + guidForm + `\) Name \((.*)\) ArticleID \(`)
	cmProgressForm   = regexp.MustCompile(`Progress: Status = ciState(\w+), PercentComplete = (\d+),.*Result = (0x[0-9a-fA-F]+)`)
	cmFinishedForm   = regexp.MustCompile(`Update \d+ \((` + guidForm + `)\) finished installing \((0x[0-9a-fA-F]{1,8})\), Reboot Required\? (Yes|No)`)
	cmEnforcedForm   = regexp.MustCompile(`StateId = \d+, StateName = (CI_ENFORCEMENT_\w+)`)
	cmUpdateForm     = regexp.MustCompile(`(?i)\bupdate(?: id)? (?:\d+ )?\((` + guidForm + `)\)`)
	cmDeadlineForm   = regexp.MustCompile(`Deadline received for assignment|MessageType='EnforcementDeadline'`)
	cmContentForm    = regexp.MustCompile(`(?i)content (` + guidForm + `)(?:\.\d+)?`)
	cmContentBad     = regexp.MustCompile(`(?i)(?:Download failed|failed to download|Hash verification failed|hash does not match|failed to verify)`)
	cmTransferBad    = regexp.MustCompile(`(?i)(?:Error retrieving manifest|Error sending DAV request|encountered error|failed to download|CTM job .* encountered|CCM_DOWNLOADSTATUS_FAILED)`)
	cmHandlerBadForm = regexp.MustCompile(`(?i)failed to download update \((` + guidForm + `)\)\. Error = (0x[0-9a-fA-F]+)`)
	cmCodeForm       = regexp.MustCompile(`0x[0-9a-fA-F]{1,8}\b`)
)

// cmMark is something that a line says of an update.
type cmMark struct {
	line *logparse.Record
	at   time.Time
	// kind is a state of the update, or what happened.
	kind string
	// code is what came of it, detail what belongs to it.
	code, detail string
}

// cmChain is the chain of one update while it is made.
type cmChain struct {
	*tracer
	c     *Chain
	id    string
	links links
	inst  *evidence.PatchState

	status, states, targeted, content, install, restart []cmMark
	forwarded, delivered                                []cmMark
	window, deadlines                                   []cmMark
	// scheduled are the times that deadlines are set for, as they are written.
	scheduled []cmMark
	// replaced is the update that supersedes it, where it was tried all the same.
	replaced string
}

// Kinds of marks, beside the states of the update.
const (
	markMissing   = "missing"
	markInstalled = "installed"
	markNotNeeded = "not required"
	markBegan     = "began"
	markDone      = "done"
	markFailed    = "failed"
	markWaits     = "waits"
)

// updates makes the chains of Configuration Manager.
func (t *tracer) updates() []Chain {
	f := NewFilter(configmgr, t.patch)
	f.Learn(t.in.Lines)
	t.patch = f.Patch()
	for i := range t.ev.Patches {
		if s := &t.ev.Patches[i]; t.patch.fits(s) {
			t.patch.Updates = with(t.patch.Updates, updateOf(s))
		}
	}
	ids := t.patch.Updates
	if len(ids) > maxChains {
		ids = ids[:maxChains]
	}
	if len(ids) == 0 {
		ids = []string{""}
	}
	var list []Chain
	ties := linking(t.in.Lines)
	for _, id := range ids {
		k := &cmChain{tracer: t, c: &Chain{Update: id, Bulletin: first(t.patch.Bulletins), Number: first(t.patch.Numbers)}, id: id}
		k.links = linksOf(ties, with(nil, id))
		own := *t
		own.foreign, k.tracer = k.others, &own
		k.take()
		k.read()
		for _, make := range []func() Step{k.scanStep, k.stateStep, k.deployedStep, k.contentStep, k.installStep, k.restartStep, k.rescanStep} {
			k.c.Steps = append(k.c.Steps, make())
		}
		list = append(list, *k.c)
	}
	return list
}

// others tells whether a finding is about other updates only, by the ids in its lines.
func (k *cmChain) others(f *diagnose.Finding) bool {
	named := false
	for _, e := range f.Evidence {
		for _, form := range []*regexp.Regexp{sumForm, statusForm, cmUpdateForm} {
			for _, m := range form.FindAllStringSubmatch(e.Text, 16) {
				if strings.EqualFold(m[1], k.id) {
					return false
				}
				named = true
			}
		}
		if m := cmContentForm.FindStringSubmatch(e.Text); m != nil && len(k.links.contents) > 1 {
			if has(k.links.contents, m[1]) {
				return false
			}
			named = true
		}
	}
	return named
}

// take takes the newest instance of CCM_UpdateStatus.
func (k *cmChain) take() {
	for i := range k.ev.Patches {
		s := &k.ev.Patches[i]
		own := k.id != "" && updateOf(s) == k.id || k.id == "" && k.patch.fits(s)
		if own && (k.inst == nil || !stateTime(s).Before(stateTime(k.inst))) {
			k.inst = s
		}
	}
	if k.inst != nil {
		k.c.Title, k.c.Product = k.inst.Title(), k.inst.Product()
		k.c.Bulletin = bulletin(k.inst.Bulletin())
		if n := k.inst.Numbers(); len(n) > 0 {
			k.c.Number = n[0]
		}
	}
}

// read sorts the lines by what they say.
func (k *cmChain) read() {
	own := Patch{Updates: with(nil, k.id)}
	contents := Patch{Updates: k.links.contents}
	assignments := Patch{Updates: k.links.assignments}
	transfers := Patch{Updates: append(clone(k.links.transfers), k.links.downloads...)}
	for _, l := range k.in.Lines {
		msg := l.Message
		at, _ := k.when(l.Record)
		m := cmMark{line: l.Record, at: at}
		k.frame(m, msg)
		switch log := logName(l.Record); {
		case log == "cas" || log == "contenttransfermanager" || log == "datatransferservice":
			if contents.mentionsDashed(msg) || len(transfers.Updates) > 0 && transfers.mentionsDashed(msg) {
				k.transfer(m, msg)
			}
		case k.id != "" && own.mentionsDashed(msg):
			k.own(m, msg)
		case log == "updatesdeployment" && cmDeadlineForm.MatchString(msg) && assignments.mentionsDashed(msg):
			k.deadlines = append(k.deadlines, m)
		case log == "scheduler" && strings.Contains(msg, "DEADLINE") && assignments.mentionsDashed(msg):
			k.schedule(m, msg)
		}
	}
	for _, list := range []*[]cmMark{&k.status, &k.states, &k.targeted, &k.content, &k.install, &k.restart, &k.forwarded, &k.delivered, &k.window, &k.deadlines, &k.scheduled} {
		slices.SortStableFunc(*list, func(a, b cmMark) int {
			if a.at.IsZero() || b.at.IsZero() {
				return 0
			}
			return a.at.Compare(b.at)
		})
	}
	k.forget()
}

// noneToRestart is how the line ends that says that no update waits for a restart any more.
const noneToRestart = "Total Pending reboot updates = 0"

// frame takes lines that are of no single update.
func (k *cmChain) frame(m cmMark, msg string) {
	switch {
	case strings.Contains(msg, "Successfully forwarded State Messages"):
		k.forwarded = append(k.forwarded, m)
	case strings.Contains(msg, "mp_relayendpoint") && strings.Contains(msg, "Delivered successfully"):
		k.delivered = append(k.delivered, m)
	case strings.Contains(msg, "No current service window"):
		k.window = append(k.window, m)
	case strings.Contains(msg, "Detect after reboot job completed"), strings.Contains(msg, "reboot updates after system restart"), strings.HasSuffix(msg, noneToRestart):
		m.kind = markDone
		k.restart = append(k.restart, m)
	}
}

// own takes a line that names the update.
func (k *cmChain) own(m cmMark, msg string) {
	is := func(id string) bool { return strings.EqualFold(id, k.id) }
	if f := cmStatusForm.FindStringSubmatch(msg); f != nil && is(f[3]) {
		m.kind = strings.ToLower(f[1])
		k.status = append(k.status, m)
		k.c.Title = f[2]
		return
	}
	if f := cmStateForm.FindStringSubmatch(msg); f != nil && is(f[1]) {
		m.kind = strings.ToLower(f[2])
		k.status, k.states = append(k.status, m), append(k.states, m)
		return
	}
	if f := cmQueriedForm.FindStringSubmatch(msg); f != nil && is(f[1]) {
		m.kind = strings.ToLower(f[2])
		k.status = append(k.status, m)
		k.c.Title = f[3]
		return
	}
	if f := cmPrunedForm.FindStringSubmatch(msg); f != nil {
		if is(f[1]) {
			m.kind, m.detail = "superseded", strings.ToLower(f[2])
			k.status = append(k.status, m)
		}
		return
	}
	if f := cmRecordedForm.FindStringSubmatch(msg); f != nil && is(f[2]) {
		m.kind = map[string]string{"1": markNotNeeded, "2": markMissing, "3": markInstalled}[f[1]]
		k.states = append(k.states, m)
		return
	}
	if f := cmFinishedForm.FindStringSubmatch(msg); f != nil && is(f[1]) {
		m.kind, m.code = markDone, f[2]
		if strings.Trim(f[2], "0x") != "" {
			m.kind = markFailed
		} else if f[3] == "Yes" {
			m.detail = "restart"
			k.restart = append(k.restart, cmMark{line: m.line, at: m.at, kind: markWaits})
		}
		k.install = append(k.install, m)
		return
	}
	if f := cmHandlerBadForm.FindStringSubmatch(msg); f != nil && is(f[1]) {
		m.kind, m.code = markFailed, f[2]
		k.content = append(k.content, m)
		return
	}
	if sumForm.MatchString(msg) {
		k.deployment(m, msg)
	}
}

// deployment takes a line of UpdatesDeployment.log that names the update.
func (k *cmChain) deployment(m cmMark, msg string) {
	if f := targetForm.FindStringSubmatch(msg); f != nil {
		m.detail = f[1]
		k.targeted = append(k.targeted, m)
		if t := cmTargetedForm.FindStringSubmatch(msg); t != nil {
			k.c.Title = t[1]
		}
		return
	}
	if f := cmEnforcedForm.FindStringSubmatch(msg); f != nil {
		switch f[1] {
		case "CI_ENFORCEMENT_SUCCESSFULL", "CI_ENFORCEMENT_SUCCESSFUL":
			m.kind = markInstalled
			k.status = append(k.status, m)
			m.kind = markDone
			k.install = append(k.install, m)
		case "CI_ENFORCEMENT_UPDATE_FAILED":
			m.kind = markFailed
			k.install = append(k.install, m)
		}
		return
	}
	f := cmProgressForm.FindStringSubmatch(msg)
	if f == nil {
		return
	}
	m.detail = f[1]
	if strings.Trim(f[3], "0x") != "" {
		m.code = f[3]
	}
	switch f[1] {
	case "Downloading", "PreDownload":
		m.kind = markBegan
		k.content = append(k.content, m)
	case "WaitServiceWindow", "WaitingRetry", "WaitUserLogon", "WaitUserLogoff", "WaitForOrchestration", "WaitPresModeOff":
		m.kind = markWaits
		k.install = append(k.install, m)
	case "Installing", "WaitInstall", "Verifying":
		m.kind = markBegan
		k.install = append(k.install, m)
	case "InstallComplete":
		m.kind = markDone
		k.install = append(k.install, m)
	case "PendingSoftReboot", "PendingHardReboot", "WaitReboot":
		m.kind = markWaits
		k.restart = append(k.restart, m)
	case "Error":
		m.kind = markFailed
		k.install = append(k.install, m)
	}
}

// transfer takes a line of a log that brings content.
func (k *cmChain) transfer(m cmMark, msg string) {
	switch {
	case cmContentBad.MatchString(msg) || cmTransferBad.MatchString(msg):
		m.kind = markFailed
		m.code = cmCodeForm.FindString(msg)
	case strings.Contains(msg, "Hash verification succeeded"), strings.Contains(msg, "was found in cache"),
		strings.Contains(msg, "Download completed for content") && cmContentForm.MatchString(msg):
		m.kind = markDone
	default:
		m.kind = markBegan
	}
	k.content = append(k.content, m)
}

// newest is the newest mark of a list, nil if there is none.
func newest(list []cmMark) *cmMark {
	if len(list) == 0 {
		return nil
	}
	return &list[len(list)-1]
}

// since is the first mark of a list that is not before an instant.
func since(list []cmMark, at time.Time) *cmMark {
	for i := range list {
		if !list[i].at.Before(at) {
			return &list[i]
		}
	}
	return nil
}

// quote adds the line of a mark as evidence.
func (k *cmChain) quote(s *Step, marks ...*cmMark) {
	for _, m := range marks {
		if m != nil && m.line != nil {
			s.Evidence = append(s.Evidence, k.line(m.line))
		}
	}
}

// found are the marks of what scans found. Where no log of a scan tells, the state
// messages do: they carry what was found.
func (k *cmChain) found() []cmMark {
	if len(k.status) == 0 {
		return k.states
	}
	return k.status
}

// state is what the last scan found.
func (k *cmChain) state() (kind string, at time.Time, m *cmMark) {
	m = newest(k.found())
	if m != nil {
		kind, at = m.kind, m.at
	}
	if k.inst == nil {
		return kind, at, m
	}
	own := map[evidence.State]string{evidence.Installed: markInstalled, evidence.Applicable: markMissing}[k.inst.State()]
	if seen := stateTime(k.inst); own != "" && (m == nil || !seen.IsZero() && !seen.Before(at)) {
		return own, seen, nil
	}
	return kind, at, m
}

// covered tells since when a log is there, false if it is not.
func (t *tracer) covered(log string) (from time.Time, ok bool) {
	for i := range t.in.Report.Coverage {
		c := &t.in.Report.Coverage[i]
		if strings.EqualFold(c.Log[strings.LastIndexByte(c.Log, '/')+1:], log) && c.Records > 0 {
			if c.From != nil {
				from = *c.From
			}
			return from, true
		}
	}
	return from, false
}

// here tells whether a log is there.
func (t *tracer) here(log string) bool {
	_, ok := t.covered(log)
	return ok
}

// finding breaks a step by what the diagnosis found since an instant.
func (k *cmChain) finding(s *Step, stage string, since time.Time, text string) bool {
	f := k.failing(stage, since)
	if f == nil {
		return false
	}
	s.broke(f, text)
	return true
}

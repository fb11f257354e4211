package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxTitle is the width of a title in characters, so that it and its code fit
// a line of 80 columns.
const maxTitle = 60

// signatures checks all signatures, in the order in which they are tried.
func (l *linter) signatures() {
	var all []*Signature
	for _, s := range l.p.Stages {
		all = append(all, s.Signatures...)
	}
	known := make(map[string]bool, len(all))
	for _, sig := range all {
		known[sig.ID] = true
	}
	for i, sig := range all {
		l.signature(sig)
		l.conditions(sig, known)
		l.clearable(sig, all)
		l.samples(sig, all[:i])
	}
}

// signature checks what can be said of one without the others.
func (l *linter) signature(sig *Signature) {
	if prefix := l.p.ID + "."; sig.ID != "" && !strings.HasPrefix(sig.ID, prefix) {
		l.fail(l.at(sig, "id"), fmt.Sprintf("signature `%s` does not begin with `%s`", sig.ID, prefix), "")
	}
	l.signatureLogs(sig)
	if usable(sig.Pattern) {
		l.literal(sig.Pattern, l.at(sig, "pattern"))
		l.captures(sig)
	}
	if sig.Kind == Failure || sig.Kind == Wait {
		l.require(sig, fmt.Sprintf("%s `%s`", sig.Kind, sig.ID), "title", "meaning", "do", "source", "confidence")
	}
	if awaited := sig.Restart == RestartEnds || sig.Restart == RestartAllows; awaited && sig.Kind != Wait {
		l.fail(l.at(sig, "restart"), fmt.Sprintf("restart `%s` of a %s", sig.Restart, sig.Kind), "only a wait waits for one; a line that tells of one has restart: shows")
	}
	if sig.Of != "" && (sig.Kind != Wait || !strings.Contains(sig.Of, ":")) {
		l.fail(l.at(sig, "of"), fmt.Sprintf("of `%s` of a %s", sig.Of, sig.Kind), "only a wait may be of another lane, which is one of a kind: of: 'deployment:{assignment}'")
	}
	l.positive(sig, "grace", sig.Grace)
	l.positive(sig, "patience", sig.Patience)
	l.positive(sig, "within", sig.Within)
	l.style(sig)
}

func (l *linter) signatureLogs(sig *Signature) {
	if len(sig.Logs) == 0 {
		l.fail(l.at(sig, ""), fmt.Sprintf("signature `%s` names no log", sig.ID), `add logs:, or logs: ["*"] for all`)
	}
	var known []string
	for _, ref := range l.p.Logs() {
		known = append(known, ref.Name)
	}
	for i, name := range sig.Logs {
		if name != "*" && !slices.Contains(known, name) {
			l.fail(l.at(sig, "logs").item(i), fmt.Sprintf("no stage lists a log `%s`", name), suggestLog(name, known))
		}
	}
}

func suggestLog(name string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return fmt.Sprintf("write it `%s`", k)
		}
	}
	if s := suggest(name, known); s != "" {
		return s
	}
	return "add it to the logs of a stage"
}

// literal checks that a pattern can be looked for without matching it.
func (l *linter) literal(p *Pattern, at *node) {
	if _, _, ok := Literals(p.String()); !ok {
		l.fail(at, fmt.Sprintf("pattern `%s` has no fixed part of %d or more characters", p, MinLiteral),
			"spell out some text that every matching line holds, in each alternative")
	}
}

// captures checks that every placeholder has a value.
func (l *linter) captures(sig *Signature) {
	for field, text := range map[string]string{"title": sig.Title, "meaning": sig.Meaning, "track": sig.Track, "of": sig.Of} {
		l.filled(sig, text, l.at(sig, field))
	}
	for i, track := range sig.Clears {
		l.filled(sig, track, l.at(sig, "clears").item(i))
	}
	if sig.ByCode && !sig.Pattern.Has("code") {
		l.fail(l.at(sig, "by_code"), "by_code without a capture `code`", "name the code in the pattern: (?P<code>0x[0-9a-fA-F]+)")
	}
}

func (l *linter) filled(sig *Signature, text string, at *node) {
	for _, name := range placeholderNames(text) {
		if !sig.Pattern.Has(name) {
			l.fail(at, fmt.Sprintf("{%s} is no capture of the pattern", name), fmt.Sprintf("capture it as (?P<%s>…), or leave it out", name))
		}
	}
}

// style checks what an engineer will read. It makes no verdict wrong.
func (l *linter) style(sig *Signature) {
	if n := utf8.RuneCountInString(sig.Title); n > maxTitle {
		l.warn(l.at(sig, "title"), fmt.Sprintf("title of %d characters", n), fmt.Sprintf("at most %d fit a line", maxTitle))
	}
	if strings.HasSuffix(sig.Title, ".") {
		l.warn(l.at(sig, "title"), "title ends with a full stop", "leave it out")
	}
	for i, do := range sig.Do {
		if strings.HasSuffix(do, ".") && !strings.HasSuffix(do, "...") {
			l.warn(l.at(sig, "do").item(i), "do item ends with a full stop", "leave it out")
		}
	}
	if sig.Track != strings.ToLower(sig.Track) {
		l.fail(l.at(sig, "track"), fmt.Sprintf("track `%s` has capital letters", sig.Track), "write it in lower case")
	}
}

// conditions checks what ties a signature to others.
func (l *linter) conditions(sig *Signature, known map[string]bool) {
	for field, id := range map[string]string{"with": sig.With, "after": sig.After} {
		if id != "" && !known[id] {
			l.fail(l.at(sig, field), fmt.Sprintf("no signature `%s`", id), suggest(id, slices.Collect(maps.Keys(known))))
		}
		if id != "" && id == sig.ID {
			l.fail(l.at(sig, field), fmt.Sprintf("signature `%s` waits for itself", id), "")
		}
	}
	if sig.With != "" && sig.Within == 0 {
		l.fail(l.at(sig, "with"), "with: without within:", "say how far apart the two lines may be")
	}
	if sig.With == "" && sig.Within != 0 {
		l.fail(l.at(sig, "within"), "within: without with:", "name the other signature")
	}
}

// clearable checks that some success ends a failure, and that what a success
// clears can be there.
func (l *linter) clearable(sig *Signature, all []*Signature) {
	if sig.Kind == Failure && !slices.ContainsFunc(all, func(s *Signature) bool { return clears(s, sig) }) {
		l.warn(l.at(sig, "track"), fmt.Sprintf("nothing clears failure `%s`: stage %s has no success on track `%s`", sig.ID, sig.Stage, sig.Track),
			"use the track of a success, or add the track to its clears")
	}
	for i, track := range sig.Clears {
		onTrack := func(s *Signature) bool {
			prefix, some := strings.CutSuffix(track, "*")
			return s.Stage == sig.Stage && (s.Track == track || some && strings.HasPrefix(s.Track, prefix))
		}
		if track != "*" && !slices.ContainsFunc(all, onTrack) {
			l.warn(l.at(sig, "clears").item(i), fmt.Sprintf("stage %s has no track `%s` to clear", sig.Stage, track), "")
		}
	}
}

// clears tells whether success, when it is one, ends failure.
func clears(success, failure *Signature) bool {
	if success.Kind != Success || success.Stage != failure.Stage {
		return false
	}
	return success.Track == failure.Track || slices.Contains(success.Clears, failure.Track) || slices.Contains(success.Clears, "*")
}

// samples checks a signature against its own sample lines: the pattern and no
// earlier signature takes those of match, and it takes none of reject.
func (l *linter) samples(sig *Signature, earlier []*Signature) {
	if !usable(sig.Pattern) {
		return
	}
	if len(sig.Match) == 0 {
		l.fail(l.at(sig, ""), fmt.Sprintf("signature `%s` has no sample", sig.ID), "add match: with a line of your own")
	}
	for i, sample := range sig.Match {
		l.sample(sig, sample, l.at(sig, "match").item(i), earlier)
	}
	for i, sample := range sig.Reject {
		if sig.matches(sample) {
			l.fail(l.at(sig, "reject").item(i), fmt.Sprintf("signature `%s` matches a line that it should reject", sig.ID), "narrow the pattern, or use unless:")
		}
	}
}

func (l *linter) sample(sig *Signature, sample string, at *node, earlier []*Signature) {
	if !sig.Pattern.MatchString(sample) {
		l.fail(at, fmt.Sprintf("pattern of `%s` does not match its sample", sig.ID), "")
		return
	}
	if !sig.matches(sample) {
		l.fail(at, fmt.Sprintf("unless of `%s` matches its sample", sig.ID), "")
		return
	}
	for _, e := range earlier {
		if e.With == "" && e.After == "" && shareLog(e, sig) && e.matches(sample) {
			l.fail(at, fmt.Sprintf("`%s` stands earlier and takes the sample of `%s`", e.ID, sig.ID), "move the more specific one up, or narrow the earlier one")
			return
		}
	}
}

// matches tells whether the signature's patterns take a message, whatever its
// log and what stands around it.
func (s *Signature) matches(message string) bool {
	return usable(s.Pattern) && s.Pattern.MatchString(message) && !(usable(s.Unless) && s.Unless.MatchString(message))
}

// shareLog tells whether some log is tried against both.
func shareLog(a, b *Signature) bool {
	if slices.Contains(a.Logs, "*") || slices.Contains(b.Logs, "*") {
		return true
	}
	return slices.ContainsFunc(a.Logs, func(name string) bool { return slices.Contains(b.Logs, name) })
}

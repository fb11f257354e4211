package diagnose

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

const sourceLists = "article, step 4 (updates are authorised with the Distribute Software Updates Wizard)"

// listState is how a list of authorised updates stands.
func listState(a *evidence.Authorization) string {
	switch {
	case errors.Is(a.Err, fs.ErrNotExist):
		return CopyMissing
	case errors.Is(a.Err, evidence.ErrXMLEmpty):
		return ListEmpty
	case a.Err != nil:
		return CopyUnreadable
	case a.Unknown:
		return ListUnknown // or holds none
	case len(a.Patches) == 0:
		return ListEmpty
	}
	return CopyOK
}

// judgeAuthorized compares the lists of authorised updates with what is missing.
func (b *beside) judgeAuthorized() {
	s := b.j.stage(pipeline.Install)
	if s == nil || len(b.set.Authorizations) == 0 {
		return
	}
	b.judgeLists(s)
	missing, open := b.unauthorized()
	switch {
	case !b.listsRead() || len(open) == 0:
	case len(open) == len(missing):
		b.nothingAuthorized(s, open)
	default:
		s.prove("", s.besideFinding("partly-authorized", SevInfo, sourceLists, pipeline.Documented,
			fmt.Sprintf("%d of %d applicable updates are not authorised", len(open), len(missing)),
			"They are not installed before they are authorised: "+names(open)+".",
			[]string{"Authorise them with the Distribute Software Updates Wizard if they are wanted"}, b.listProof(open)...))
	}
}

// judgeLists finds lists that the installer cannot use. They break the stage's
// work only if there is any: without an attempt to install that is no fault yet.
func (b *beside) judgeLists(s *stageState) {
	attempted := s.start != nil || s.success != nil || s.failure != nil
	var found alikes
	for i := range b.set.Authorizations {
		a := &b.set.Authorizations[i]
		severity := SevInfo
		switch {
		case attempted && s.status == Passed: // with this list or the one before
			severity = SevWarning
		case attempted:
			severity = SevError
		}
		title, why := "", ""
		switch listState(a) {
		case CopyMissing:
			title, why = "The list of authorised updates is not there", "PatchInstall is told what to install by this list, which /m: names."
		case CopyUnreadable:
			title, why = "The list of authorised updates cannot be read", "PatchInstall reads it as XML: "+strings.TrimRight(a.Err.Error(), ".")+"."
		case ListEmpty:
			title, why = "The list of authorised updates holds no update", "PatchInstall installs what is on the list, so it has nothing to do."
		case ListUnknown:
			severity = SevInfo
			title, why = "No update could be recognised in the list of authorised updates", "It is well-formed XML. Its layout is not published, so what it authorises is not known here."
		default:
			continue
		}
		found.add(s, "", listState(a), s.besideFinding("list-"+listState(a), severity, sourceLists, pipeline.Documented, title, why, []string{
			"Open the update package in the Distribute Software Updates Wizard and finish it again: it writes " + fileName(a.Origin),
			"Update the distribution points of the package, and compare its copy with that of the client",
		}, b.listFact(a)))
	}
	found.prove(func(f *Finding, more int) {
		f.Meaning += " The same holds for " + moreOf(more, "list", "lists") + "."
	})
}

// listsRead tells whether it is known what is authorised: some list was read, and
// none holds what could not be.
func (b *beside) listsRead() bool {
	read := false
	for i := range b.set.Authorizations {
		switch listState(&b.set.Authorizations[i]) {
		case CopyOK, ListEmpty:
			read = true
		default:
			return false
		}
	}
	return read
}

// unauthorized returns the applicable updates, and those of them that no list and
// no instance calls authorised.
func (b *beside) unauthorized() (missing, open []*evidence.PatchState) {
	for _, u := range b.updates {
		p := u.PatchState
		if !applicable(p) {
			continue
		}
		missing = append(missing, p)
		if p.Authorized().IsZero() && !b.authorizes(p) {
			open = append(open, p)
		}
	}
	return missing, open
}

// findListed notes what is on the lists.
func (b *beside) findListed() {
	b.numbers, b.bulletins, b.bare = map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, a := range b.set.Authorizations {
		for _, u := range a.Patches {
			id := strings.ToUpper(u.Bulletin)
			b.numbers[u.Number], b.bulletins[id] = true, true
			b.bare[id] = b.bare[id] || u.Number == ""
		}
	}
}

// authorizes tells whether an update is on a list: by an article number, since a
// bulletin may have several, else by its bulletin.
func (b *beside) authorizes(p *evidence.PatchState) bool {
	numbers, id := p.Numbers(), strings.ToUpper(p.Bulletin())
	if slices.ContainsFunc(numbers, func(n string) bool { return b.numbers[n] }) {
		return true
	}
	return id != "" && (b.bare[id] || len(numbers) == 0 && b.bulletins[id])
}

// nothingAuthorized says that the client lacks updates and that none of them may
// be installed. Nothing is broken on the client then, and install has nothing
// due: it waits for somebody to authorise. Where the list did its work before,
// what is left is only told.
func (b *beside) nothingAuthorized(s *stageState, open []*evidence.PatchState) {
	severity, status := SevWarning, Waiting
	if s.status == Passed {
		status = ""
		if b.listDone() {
			severity = SevInfo
		}
	}
	s.prove(status, s.besideFinding("not-authorized", severity, sourceLists, pipeline.Documented,
		"Nothing that is applicable is authorised",
		fmt.Sprintf("The client lacks %d updates (%s), and none of them is on the list. PatchInstall installs only what is on it.", len(open), names(open)),
		[]string{
			"Authorise the updates with the Distribute Software Updates Wizard; it offers what at least one client has reported as applicable",
			"If they are authorised, check that the package with the new list is on the distribution points and is advertised to this client",
		}, b.listProof(open)...))
}

// listDone tells whether something on the lists is installed.
func (b *beside) listDone() bool {
	return slices.ContainsFunc(b.updates, func(u update) bool { return u.State() == evidence.Installed && b.authorizes(u.PatchState) })
}

// maxNames bounds how many updates a sentence names.
const maxNames = 5

func names(patches []*evidence.PatchState) string {
	var list []string
	for _, p := range patches {
		list = append(list, patchName(p))
	}
	return joinFew(list)
}

func (b *beside) listProof(open []*evidence.PatchState) []*event {
	var proof []*event
	for i := range b.set.Authorizations {
		proof = append(proof, b.listFact(&b.set.Authorizations[i]))
	}
	proof = proof[:min(len(proof), 2)]
	for _, p := range open {
		proof = append(proof, b.patchFact(p))
	}
	return proof
}

func (b *beside) listFact(a *evidence.Authorization) *event {
	text := fileName(a.Origin) + "  "
	switch listState(a) {
	case CopyMissing:
		text += "not there"
	case CopyUnreadable:
		text += "cannot be read: " + a.Err.Error()
	case ListUnknown:
		text += "no update recognised"
	default:
		text += fmt.Sprintf("%d updates authorised", len(a.Patches))
	}
	at := a.Modified
	if b.copied {
		at = time.Time{}
	}
	return b.j.fact(a.Origin, at, text)
}

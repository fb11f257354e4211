package trace

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

// smsChain is the chain of one article and product while it is made.
type smsChain struct {
	*tracer
	c *Chain
	// inst is the client's instance, site that which the site holds; nil if there
	// is none.
	inst, site *evidence.PatchState
	track      string
	scans      []*diagnose.Event // that succeeded, of the track
	reports    []*diagnose.Event // inventories that the client sent
	// older are instances of the same patch that inst replaced.
	older []*evidence.PatchState
	// nearest is what the copy nearest to the client lists, nil if no copy does.
	nearest *evidence.Listed
	tries   []attempt
}

// lookUp looks the patch up in every copy of the catalogue.
func (t *tracer) lookUp() {
	t.found, t.notRead = make([][]evidence.Listed, len(t.ev.Catalogues)), make([]error, len(t.ev.Catalogues))
	for i := range t.ev.Catalogues {
		c := &t.ev.Catalogues[i]
		t.notRead[i] = c.Err
		if c.Bulletins == nil || c.Missing || c.Err != nil || len(t.patch.Bulletins)+len(t.patch.Numbers) == 0 {
			continue
		}
		list, err := c.Bulletins(evidence.Find{Bulletins: t.patch.Bulletins, Numbers: t.patch.Numbers})
		t.notRead[i] = err
		for _, l := range list {
			if t.patch.fitsNames(bulletin(l.Bulletin), number(l.Number)) {
				t.found[i] = append(t.found[i], l)
			}
		}
	}
}

// patches makes the chains of an SMS product.
func (t *tracer) patches() []Chain {
	chains := t.smsChains()
	slices.SortStableFunc(chains, func(a, b *smsChain) int {
		return cmp.Or(strings.Compare(a.c.Number, b.c.Number), strings.Compare(a.c.Product, b.c.Product))
	})
	list := make([]Chain, 0, len(chains))
	for _, k := range chains {
		k.follow()
		list = append(list, *k.c)
	}
	return list
}

// maxChains bounds the chains: one of a hostile export may name any number of
// products.
const maxChains = 100

// smsChains finds the articles and products that the patch has here.
func (t *tracer) smsChains() []*smsChain {
	var chains []*smsChain
	find := func(number, product string, orWithout bool) *smsChain {
		for _, k := range chains {
			if k.c.Number == number && (strings.EqualFold(k.c.Product, product) || orWithout && (product == "" || k.c.Product == "")) {
				return k
			}
		}
		if len(chains) == maxChains {
			return chains[maxChains-1]
		}
		k := &smsChain{tracer: t, c: &Chain{Number: number, Product: product}}
		chains = append(chains, k)
		return k
	}
	each := func(list []evidence.PatchState, take func(*smsChain, *evidence.PatchState)) {
		for i := range list {
			s := &list[i]
			if !t.patch.fits(s) {
				continue
			}
			numbers := s.Numbers()
			if len(numbers) == 0 {
				numbers = []string{""}
			}
			for _, n := range numbers {
				if n != "" && len(t.patch.Numbers) > 0 && !has(t.patch.Numbers, n) {
					continue
				}
				take(find(n, t.productOf(s), true), s)
			}
		}
	}
	each(t.ev.Patches, (*smsChain).take)
	each(t.ev.SitePatches, func(k *smsChain, s *evidence.PatchState) {
		if k.site == nil || !stateTime(s).Before(stateTime(k.site)) {
			k.site = s
		}
		k.name(s)
	})
	for i := range t.found {
		for n := range t.found[i] {
			l := &t.found[i][n]
			k := find(number(l.Number), "", true)
			k.c.Bulletin = cmp.Or(k.c.Bulletin, bulletin(l.Bulletin))
			k.c.Title = cmp.Or(k.c.Title, l.Title)
			k.track = cmp.Or(k.track, t.ev.Catalogues[i].Track)
		}
	}
	if len(chains) == 0 {
		k := find(first(t.patch.Numbers), "", true)
		k.c.Bulletin = first(t.patch.Bulletins)
		k.c.Update = first(t.patch.Updates)
	}
	return chains
}

// productOf is the product of an instance, with the computer where the instances are
// of several.
func (t *tracer) productOf(s *evidence.PatchState) string {
	for i := range t.ev.Patches {
		if other := t.ev.Patches[i].Host; !strings.EqualFold(other, s.Host) && s.Host != "" && other != "" {
			return strings.TrimSpace(s.Product() + " on " + s.Host)
		}
	}
	return s.Product()
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// take takes an instance of the client. The newest one counts; two classes may
// hold the same patch.
func (k *smsChain) take(s *evidence.PatchState) {
	k.name(s)
	switch {
	case k.inst == nil:
		k.inst = s
	case stateTime(s).Before(stateTime(k.inst)):
		k.older = append(k.older, s)
	default:
		k.older = append(k.older, k.inst)
		k.inst = s
	}
}

func (k *smsChain) name(s *evidence.PatchState) {
	k.c.Bulletin = cmp.Or(k.c.Bulletin, bulletin(s.Bulletin()), s.Bulletin())
	k.c.Product = cmp.Or(k.c.Product, k.productOf(s))
	k.c.Title = cmp.Or(k.c.Title, s.Title())
	kind := strings.ToLower(s.Get("Type"))
	switch {
	case strings.Contains(kind, "office"):
		k.track = "office"
	case strings.Contains(kind, "microsoft update"):
		k.track = "microsoft-update"
	case strings.Contains(kind, "security"):
		k.track = "security"
	}
}

// stateTime is the newest time that an instance tells of its state.
func stateTime(s *evidence.PatchState) time.Time {
	newest := s.Scanned()
	for _, at := range []time.Time{s.Applied(), s.Detected(), s.Logged} {
		if at.After(newest) {
			newest = at
		}
	}
	return newest
}

// follow makes the steps.
func (k *smsChain) follow() {
	k.scans = k.ofTrack(k.marks(pipeline.Scan, "success"))
	k.reports = k.ofClient(k.marks(pipeline.Inventory, "success"))
	k.tries = k.attempts()
	for _, make := range []func() Step{k.catalogue, k.scan, k.inventory, k.authorised, k.install, k.rescan} {
		k.c.Steps = append(k.c.Steps, make())
	}
}

// ofTrack leaves out the runs of other tracks, where the logs tell them apart.
func (k *smsChain) ofTrack(list []*diagnose.Event) []*diagnose.Event {
	var own, open []*diagnose.Event
	for _, ev := range list {
		switch {
		case k.track != "" && strings.EqualFold(ev.Track, k.track):
			own = append(own, ev)
		case ev.Track == "" || k.track == "":
			open = append(open, ev)
		}
	}
	if len(own) > 0 {
		return own
	}
	return open
}

// ofClient leaves out what a server notes of an inventory.
func (k *smsChain) ofClient(list []*diagnose.Event) []*diagnose.Event {
	var own []*diagnose.Event
	for _, ev := range list {
		if ev.Track != "mp" && ev.Track != "site" {
			own = append(own, ev)
		}
	}
	return own
}

// installed tells whether the last scan found it installed.
func (k *smsChain) installed() bool { return k.inst != nil && k.inst.State() == evidence.Installed }

// step returns the link that was made already.
func (k *smsChain) step(id string) *Step {
	for i := range k.c.Steps {
		if k.c.Steps[i].ID == id {
			return &k.c.Steps[i]
		}
	}
	return &Step{}
}

// over tells whether the chain has ended in a way that needs no further link.
func (k *smsChain) over() string {
	switch k.c.Outcome {
	case Superseded:
		return "another patch replaces it"
	case NotApplicable:
		return "it is not for a product of this client"
	}
	return ""
}

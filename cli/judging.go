package cli

import (
	"context"
	"path/filepath"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/live"
	"patchtrace/diagnose/offline"
	"patchtrace/pipeline"
)

// judging judges a target by its logs, by what it says of itself, and by what was
// run on it. A run of the command line and the console both judge by it.
type judging struct {
	target *runTarget
	// book is nil until the product is known, and why what it was recognised by,
	// empty when it was given.
	book *pipeline.Playbook
	why  []string
	runs []diagnose.Run
	// given is a Last Hardware Scan that was told before the runs, typed one that
	// was typed in after the inventory; "" if none was.
	given, typed string
	// set is what the last judgement read beside the logs.
	set evidence.Set
}

// siteWait is how long a site that can be asked may take to store an inventory.
const (
	siteWait = 2 * time.Second
	sitePace = 25 * time.Millisecond
)

// judge reads the target's logs and judges them together with the runs. read and
// judge hold what the user wants; what that leaves open the target adds.
func (j *judging) judge(ctx context.Context, open opener, read offline.Options, judge diagnose.Options) (*diagnose.Report, error) {
	if err := j.complete(&read, &judge); err != nil {
		return nil, err
	}
	t, err := j.target.listing(open)
	if err != nil {
		return nil, err
	}
	if j.target.list == nil { // else it is kept open
		defer t.Close()
	}
	set, err := j.target.evidenceWith(ctx, t)
	if err != nil {
		return nil, &Error{Op: "diagnose", On: j.target.name, Err: err}
	}
	j.set, judge.Evidence = set, &set
	notes := j.target.lastSiteScan(ctx, &judge)
	r, err := offline.Diagnose(ctx, source(t), read, judge)
	if err != nil {
		return nil, &Error{Op: "diagnose", On: j.target.name, Err: err}
	}
	if len(j.why) > 0 {
		r.ProductWhy = j.why
	}
	r.Notes = append(r.Notes, notes...)
	if j.target.machine != nil {
		m := j.target.machine()
		r.Notes = append(r.Notes, m.Notes()...)
	}
	return r, nil
}

// complete adds what the target and the runs know.
func (j *judging) complete(read *offline.Options, judge *diagnose.Options) error {
	if read.Product == "" && j.book != nil {
		read.Product = j.book.ID
	}
	judge.Target, judge.Runs = j.target.name, j.runs
	if j.target.facts != nil {
		f, err := j.target.facts()
		if err != nil {
			return err
		}
		judge.Now, judge.NowSource = f.now, "clock"
		if judge.Zone == nil {
			judge.Zone = f.zone
		}
	}
	return j.lastScan(judge)
}

// watch follows the target's logs while a command runs.
func (j *judging) watch(follow live.Follow, judge diagnose.Options) *live.Watch {
	return &live.Watch{
		Follow: follow, Folders: j.target.logs, Matcher: diagnose.NewMatcher(j.book),
		Options: diagnose.Options{Clock: judge.Clock, Zone: judge.Zone, Machine: judge.Machine}, // not Now: nothing is overdue yet
	}
}

// lastScan finds what the site holds: as typed in last, as the site says, as
// given with a flag or at a manual step.
func (j *judging) lastScan(judge *diagnose.Options) (err error) {
	if j.given != "" && judge.LastHardwareScan.IsZero() {
		if err := giveLastScan(judge, j.given); err != nil {
			return err
		}
	}
	if t := j.facts().lastScan; !t.IsZero() {
		judge.LastHardwareScan, judge.LastHardwareScanLocal, judge.LastHardwareScanSource = t, false, "wmi"
		return nil
	}
	if j.typed != "" {
		return giveLastScan(judge, j.typed)
	}
	if sent(j.runs) { // what was given before it cannot be of it
		judge.LastHardwareScan = time.Time{}
	}
	return nil
}

func giveLastScan(judge *diagnose.Options, text string) (err error) {
	judge.LastHardwareScanSource = "flag"
	judge.LastHardwareScan, judge.LastHardwareScanLocal, err = parseTime(lastScanField, text)
	return err
}

// sent tells whether one of the runs sent an inventory.
func sent(runs []diagnose.Run) bool {
	for _, r := range runs {
		if r.Stage == pipeline.Inventory && r.Log == diagnose.Passed {
			return true
		}
	}
	return false
}

// facts are what the target says of itself, nothing if it cannot be asked.
func (j *judging) facts() runFacts {
	if j.target.facts == nil {
		return runFacts{}
	}
	f, _ := j.target.facts() // complete tells of an error
	return f
}

// awaitSite gives the site time to store an inventory that has just arrived. It
// has when it shows another time than before the run, or one since its start:
// sites keep whole seconds.
func (j *judging) awaitSite(ctx context.Context, before runFacts) {
	if j.target.facts == nil {
		return
	}
	start := before.now.Truncate(time.Second)
	stored := func(t time.Time) bool { return !t.Equal(before.lastScan) || !t.Before(start) }
	for end := time.Now().Add(siteWait); time.Now().Before(end) && !stored(j.facts().lastScan); {
		select {
		case <-ctx.Done():
			return
		case <-time.After(sitePace):
		}
	}
}

// opener opens a target by its name.
type opener = func(name string) (*client.Target, error)

// listing lists the target's logs as they are now. Of several folders they are
// named as following names them, so that equal names stay apart.
func (t *runTarget) listing(open opener) (*client.Target, error) {
	if t.list != nil {
		return t.list()
	}
	all := &client.Target{Name: t.name}
	for _, folder := range t.logs {
		one, err := open(folder)
		if err != nil {
			return nil, openFailure(err)
		}
		if len(t.logs) > 1 {
			one.Below(filepath.ToSlash(filepath.Clean(folder)) + "/")
		}
		all.Add(one)
	}
	return all, nil
}

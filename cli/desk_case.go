package cli

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/diagnose/live"
	"patchtrace/diagnose/offline"
	"patchtrace/logparse"
	"patchtrace/logparse/merged"
	"patchtrace/pipeline"
	"patchtrace/tui"
)

// deskCase is an opened target.
type deskCase struct {
	desk  *desk
	about tui.About
	logs  *merged.Logs
	// paths are followed with follow.
	paths  []string
	follow live.Follow
	delays pipeline.Delays
	// clock is true when the machine's clock is the client's.
	clock bool
	// archive is let go of and temp removed in the end; each may be nothing.
	archive *client.Target
	temp    string

	// mu guards what follows. A judging is copied before it is used.
	mu sync.Mutex
	judging
	// asked is the Last Hardware Scan that the newest report was told, before what
	// it was when the last inventory was sent: that one is outdated.
	asked, before string
	// offset is the zone of the newest report, "" before the first.
	offset string
}

var _ tui.Case = (*deskCase)(nil)

// About is what was known when the target was opened.
func (c *deskCase) About() tui.About { return c.about }

// Logs are all logs of the target.
func (c *deskCase) Logs() *merged.Logs { return c.logs }

// Judge judges the target as diagnose and run do.
func (c *deskCase) Judge(ctx context.Context, answers map[string]string) (*diagnose.Report, *pipeline.Playbook, error) {
	j := c.snapshot(strings.TrimSpace(answers[lastScanField]))
	r, err := c.judgeBy(ctx, &j)
	if err != nil {
		return nil, nil, err
	}
	book, err := pipeline.Load(r.Product)
	if err != nil {
		return nil, nil, err
	}
	r.Notes = append(r.Notes, seenByHand(book, answers)...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.target.host == nil || c.book == nil {
		c.book = book // of copied logs new ones may tell another product
		if c.target.host != nil {
			c.why = r.ProductWhy
		}
	}
	c.zoneBy(r)
	return r, book, nil
}

// zoneBy lets the logs take lines without a zone as the report takes them. c.mu is
// held.
func (c *deskCase) zoneBy(r *diagnose.Report) {
	before := cmp.Or(c.offset, "+00:00")
	c.offset = r.Zone.Offset
	if c.about.Zone == nil && c.offset != before {
		c.logs.SetZone(zoneOf(r))
	}
}

// snapshot is the judging as it is now, with the answer that says what the site
// shows. One that was there before an inventory was sent cannot be of it; it is
// taken again once it was another one, or none.
func (c *deskCase) snapshot(lastScan string) judging {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = lastScan
	j := c.judging
	j.runs = slices.Clone(c.runs)
	if c.target.host == nil {
		j.book = nil
	}
	if c.before != "" && c.before == lastScan {
		j.given = lastScan
		return j
	}
	c.before = ""
	j.given, j.typed = lastScan, lastScan
	return j
}

func (c *deskCase) judgeBy(ctx context.Context, j *judging) (*diagnose.Report, error) {
	read, judge, err := c.settings()
	if err != nil {
		return nil, err
	}
	return j.judge(ctx, c.desk.deps.open, read, judge)
}

// settings are those of diagnose without a flag.
func (c *deskCase) settings() (offline.Options, diagnose.Options, error) {
	o := diagnoseOptions{clock: c.desk.deps.now(), machine: c.desk.deps.zone, codePage: "1252", product: "auto"}
	read, judge, err := o.settings()
	read.Background = true // keys go first
	if c.clock {
		judge.Now, judge.NowSource = o.clock, "clock"
	}
	return read, judge, err
}

// Refresh lists the logs again and takes in what they have got.
func (c *deskCase) Refresh(ctx context.Context) error {
	if c.about.Still {
		return nil
	}
	t, err := c.target.listing(c.desk.deps.open)
	if err != nil {
		return err
	}
	return c.logs.Update(ctx, t.Logs)
}

// changePace is how long changes gather before they are told.
const changePace = 50 * time.Millisecond

// Follow tells of changes until ctx is done. While tell blocks, no log is read.
func (c *deskCase) Follow(ctx context.Context, tell func(tui.Change)) error {
	if c.about.Still {
		return nil
	}
	events, failed := make(chan logparse.Event, 64), make(chan error, 1)
	go func() {
		defer close(events)
		failed <- c.follow(ctx, logparse.Source{Paths: c.paths}, logparse.FollowOptions{}, func(e logparse.Event) { events <- e })
	}()
	pace := time.NewTimer(time.Hour)
	defer pace.Stop()
	pace.Stop()
	var change tui.Change
	for waiting := false; ; {
		select {
		case e, open := <-events:
			if !open {
				return <-failed
			}
			gather(&change, e)
			if !waiting {
				pace.Reset(changePace)
				waiting = true
			}
		case <-pace.C:
			waiting = false
			if ctx.Err() == nil { // else nobody listens
				tell(change)
			}
			change = tui.Change{}
		}
	}
}

func gather(c *tui.Change, e logparse.Event) {
	switch {
	case e.Record != nil && !slices.Contains(c.Logs, e.Record.Pos.Log):
		c.Logs = append(c.Logs, e.Record.Pos.Log)
	case e.Notice != nil:
		c.Notices = append(c.Notices, *e.Notice)
	}
}

// Params are what the target knows itself, and for the rest what was kept. What
// cannot be read is asked for again.
func (c *deskCase) Params() map[string]string {
	params := map[string]string{}
	if store, err := c.desk.env.kept(); err == nil && c.target.keeps {
		if kept, err := store.Load(c.about.Target); err == nil {
			maps.Copy(params, kept)
		}
	}
	maps.Copy(params, c.target.params)
	return params
}

// KeepParams keeps parameters, but for those that the target knows itself.
func (c *deskCase) KeepParams(params map[string]string) error {
	if !c.target.keeps {
		return nil
	}
	store, err := c.desk.env.kept()
	if err != nil {
		return &Error{Err: err, Do: "the parameters are not kept"}
	}
	all, err := store.Load(c.about.Target)
	if err != nil {
		return openFailure(err)
	}
	for name, value := range params {
		if own, ok := c.target.params[name]; !ok || own != value {
			all[name] = value
		}
	}
	return openFailure(store.Save(c.about.Target, all))
}

// Reveal is what is broken in a lab.
func (c *deskCase) Reveal() string {
	if c.target.lab == nil {
		return ""
	}
	return c.target.lab.Fault()
}

// Close lets go of the target. A lab that was made for it goes.
func (c *deskCase) Close() error {
	var err error
	if c.archive != nil {
		err = openFailure(c.archive.Close())
	}
	if c.target.close != nil {
		c.target.close()
	}
	if c.temp != "" {
		removeLab(c.temp)
	}
	return err
}

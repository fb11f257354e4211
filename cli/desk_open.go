package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"patchtrace/client"
	"patchtrace/lab"
	"patchtrace/logparse/merged"
	"patchtrace/pipeline"
	"patchtrace/tui"
)

// Open opens a target: it lists the logs and reads none.
func (d *desk) Open(ctx context.Context, p tui.Place) (tui.Case, error) {
	c, err := d.open(p)
	if err == nil {
		err = ctx.Err()
	}
	var listed *client.Target
	if err == nil {
		listed, err = c.target.listing(d.deps.open)
	}
	if err != nil {
		if c != nil {
			_ = c.Close() // the error above is what matters
		}
		return nil, err
	}
	c.logs = merged.Open(listed.Logs, merged.Options{Zone: c.about.Zone})
	c.follow = d.env.follow
	if p.Path != "" && p.Kind != tui.ThisComputer {
		d.note(p)
	}
	return c, nil
}

func (d *desk) open(p tui.Place) (*deskCase, error) {
	switch p.Kind {
	case tui.ThisComputer:
		return d.openLocal()
	case tui.Lab:
		return d.openLab(p)
	case tui.Remote, tui.Folder, tui.Zip:
		if p.Kind == tui.Folder && lab.Is(p.Path) {
			return d.openLab(p)
		}
		return d.openCopy(p)
	}
	return nil, &Error{Op: "open", On: quote(string(p.Kind)), Err: errors.New("no such kind of target")}
}

// note keeps that the place was opened. That it cannot be kept changes nothing.
func (d *desk) note(p tui.Place) {
	if store, err := d.states(); err == nil {
		_ = store.Note(client.Opened{Kind: string(p.Kind), Path: fullPath(p.Path)})
	}
}

// fullPath is a path that means the same from any folder, and is no name that
// stands for something else, as "lab" does.
func fullPath(path string) string {
	if !client.IsUNC(path) {
		if full, err := filepath.Abs(path); err == nil {
			return full
		}
	}
	return path
}

func (d *desk) openLocal() (*deskCase, error) {
	t, err := d.env.target("")
	if err != nil {
		return nil, err
	}
	if t.host == nil {
		return nil, &Error{Op: "open", On: "this computer", Err: t.why, Do: "open a folder of logs, or a lab"}
	}
	name, _ := os.Hostname() // without one it is called what it is
	if name == "" {
		name = string(tui.ThisComputer)
	}
	t.kept = d.env.kept
	c := &deskCase{desk: d, judging: judging{target: t}, paths: t.logs, delays: d.env.delays, clock: true}
	c.about = tui.About{Target: t.name, Name: name, Zone: d.deps.zone}
	return c, nil
}

// errOnlyRead is why nothing can be run there; the console says what to do.
var errOnlyRead = errors.New("these are copied logs, and stages run on a client or in a lab")

// openCopy opens logs of a client at which nothing can be run from here.
func (d *desk) openCopy(p tui.Place) (*deskCase, error) {
	t, err := d.deps.open(p.Path)
	if err != nil {
		return nil, openFailure(err)
	}
	target := &runTarget{name: p.Path, why: errCopied, keeps: true, open: d.deps.open, kept: d.env.kept}
	c := &deskCase{desk: d, judging: judging{target: target}, about: tui.About{Target: fullPath(p.Path), Name: placeName(p)}}
	if host, ok := client.Computer(p.Path); ok {
		target.host, target.logs, target.why = client.Remote{Host: host}, t.Paths(), nil
		c.delays = d.env.delays
	} else {
		c.about.CannotRun = errOnlyRead
	}
	if t.Still() {
		c.about.Still, c.archive = true, t
		target.list = func() (*client.Target, error) { return t, nil }
		return c, nil
	}
	c.paths = t.Paths()
	target.list = func() (*client.Target, error) {
		again, err := d.deps.open(p.Path)
		return again, openFailure(err)
	}
	return c, nil
}

// placeName is a place as it is shown: the computer, or the end of the path.
func placeName(p tui.Place) string {
	if p.Kind == tui.Remote {
		return strings.Split(strings.TrimLeft(p.Path, `\`), `\`)[0]
	}
	return filepath.Base(fullPath(p.Path))
}

// openLab opens the lab in the folder, or makes one.
func (d *desk) openLab(p tui.Place) (*deskCase, error) {
	if p.Path == "" {
		return d.newLab(p)
	}
	if !lab.Is(p.Path) {
		return nil, &Error{Op: "open lab", On: p.Path, Err: lab.ErrNoLab, Do: "make one: patchtrace lab init DIR"}
	}
	return d.labCase(p.Path, fullPath(p.Path), p.Secret)
}

func (d *desk) newLab(p tui.Place) (*deskCase, error) {
	if p.Product == "" {
		p.Product = lab.SMS2003
	}
	if p.Secret && p.Fault == "" {
		p.Fault = anyFault(p.Product)
	}
	temp, err := os.MkdirTemp(d.temp, "patchtrace-lab-")
	if err != nil {
		return nil, &Error{Op: "make a lab", Err: cause(err), Do: "check that there is room for temporary files"}
	}
	dir := filepath.Join(temp, "lab")
	l, err := lab.Init(dir, lab.Options{Fault: p.Fault, Product: p.Product})
	if err == nil {
		err = l.Close()
	}
	var c *deskCase
	switch {
	case errors.Is(err, lab.ErrFault):
		err = &Error{Op: "make a lab with the fault", On: quote(p.Fault), Err: errors.New("no fault of a lab of " + p.Product), Do: "choose one that is listed"}
	case err != nil:
		err = &Error{Err: err, Do: "check that there is room for temporary files"}
	default:
		c, err = d.labCase(dir, passing, p.Secret)
	}
	if err != nil {
		removeLab(temp)
		return nil, err
	}
	c.temp = temp
	return c, nil
}

func (d *desk) labCase(dir, target string, secret bool) (*deskCase, error) {
	t, err := labTarget(dir)
	if err != nil {
		return nil, err
	}
	if secret {
		t.name = t.lab.Label() // the other one tells what is broken
	}
	c := &deskCase{desk: d, judging: judging{target: t, why: []string{t.productWhy}}, paths: t.logs, delays: labDelays}
	c.about = tui.About{Target: target, Name: t.name, Lab: true}
	facts, err := t.facts()
	if err == nil {
		c.about.Zone = facts.zone
		c.book, err = pipeline.Load(t.product)
	}
	if err != nil {
		t.close()
		return nil, &Error{Op: "open lab", On: dir, Err: err, Do: "make a new one: patchtrace lab init DIR"}
	}
	return c, nil
}

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"patchtrace/client"
	"patchtrace/diagnose/evidence"
	"patchtrace/tui"
)

const patchState = "Win32_PatchState"

var errNoPatches = errors.New("no instances of " + patchState + " were saved with the logs")

// saved says how the instances of a class come to the logs.
func saved(namespace, class string) string {
	return "on the client run wbemtest, connect to " + namespace + `, Query "select * from ` + class + `", open an instance, Show MOF, and save the text beside the logs as ` + class + ".mof"
}

// Patches are the instances of Win32_PatchState: those of a lab's or of this
// computer's WMI, and those that were saved beside the logs.
func (c *deskCase) Patches(ctx context.Context) ([]tui.Patch, error) {
	set, err := c.target.patches(ctx)
	if err != nil {
		return nil, err
	}
	return deskPatches(set.Patches), c.noPatches(&set)
}

var errNoUpdates = errors.New("neither UpdatesStore.log nor instances of " + evidence.ClassUpdateStatus + " lie with the logs")

// noPatches is what noPatches says, by the class that the product has.
func (c *deskCase) noPatches(set *evidence.Set) error {
	err := noPatches(c.target, set)
	var e *Error
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.book == nil || c.book.ID != "configmgr" || !errors.As(err, &e) || !errors.Is(e.Err, errNoPatches) {
		return err
	}
	return &Error{Op: "read " + evidence.ClassUpdateStatus + " of", On: e.On, Err: errNoUpdates, Do: "fetch UpdatesStore.log, or " + saved(updatesStore, evidence.ClassUpdateStatus)}
}

// noPatches says why instances are not there, or not all of them; nil if nothing is
// to be said. Of a damaged file those before the damage are there.
func noPatches(t *runTarget, set *evidence.Set) error {
	if p, bad := badPatches(set); bad {
		return &Error{Op: "read " + patchState + " in", On: p.Name, Err: p.Err, Do: "save it again, or see the text itself"}
	}
	if len(set.Patches) > 0 || set.PatchesAsked && set.PatchesErr == nil {
		return nil
	}
	e := &Error{Op: "read " + patchState + " of", On: t.name, Err: cmp.Or(set.PatchesErr, errNoPatches), Do: saved(`root\cimv2`, patchState)}
	switch {
	case t.lab != nil:
		e.Do = "run the scan first, which makes it, and see its findings"
	case set.PatchesErr != nil && t.name == client.ThisMachine:
		e.On = "this computer"
	}
	return e
}

// badPatches is the first file with instances that could not be read whole, with why,
// and how many others there are.
func badPatches(set *evidence.Set) (evidence.Problem, bool) {
	var first *evidence.Problem
	more := 0
	for i := range set.Problems {
		switch p := &set.Problems[i]; {
		case !evidence.IsPatches(p.Name):
		case first == nil:
			first = p
		default:
			more++
		}
	}
	if first == nil {
		return evidence.Problem{}, false
	}
	bad := evidence.Problem{Name: first.Name, Err: cause(first.Err)}
	if more > 0 {
		bad.Err = fmt.Errorf("%w (and %s could not be read either)", bad.Err, count(int64(more), "other"))
	}
	return bad, true
}

func deskPatches(list []evidence.PatchState) []tui.Patch {
	var patches []tui.Patch
	for i := range list {
		inst := &list[i]
		p := tui.Patch{Class: inst.Class, MOF: inst.String()}
		for _, prop := range inst.Props {
			p.Props = append(p.Props, tui.Prop{Name: prop.Name, Value: prop.Text})
		}
		patches = append(patches, p)
	}
	return patches
}

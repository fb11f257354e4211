package cli

import (
	"context"
	"os"
	"path/filepath"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/offline"
	"patchtrace/lab"
)

func openLab(dir string) (*lab.Lab, error) {
	l, err := lab.Open(dir)
	if err != nil {
		return nil, &Error{Op: "open lab", Err: err, Do: "make one: patchtrace lab init DIR"}
	}
	return l, nil
}

// atLab takes from a lab what the flags leave open: its product, its clock and
// zone, and the Last Hardware Scan that its site holds.
func atLab(ctx context.Context, t *client.Target, read *offline.Options, judge *diagnose.Options) error {
	if t.Single || !lab.Is(t.Name) {
		return nil
	}
	l, err := openLab(t.Name)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }() // it was only read
	facts, err := labFacts(l, t.Name)
	if err != nil {
		return err
	}
	set := labEvidence(ctx, l, new(evidence.Cache))
	judge.Target, judge.Evidence = l.Name(), &set
	if read.Product == "" {
		read.Product = l.Product()
	}
	if judge.Zone == nil {
		judge.Zone = facts.Zone
	}
	if judge.Now.IsZero() {
		judge.Now, judge.NowSource = facts.Now, "clock"
	}
	if judge.LastHardwareScan.IsZero() {
		judge.LastHardwareScan, judge.LastHardwareScanSource = facts.LastHardwareScan, "wmi"
	}
	return nil
}

// labFacts asks a lab for what a diagnosis of it is to know.
func labFacts(l *lab.Lab, dir string) (lab.Facts, error) {
	f, err := l.Facts()
	if err != nil {
		return f, &Error{Op: "ask the lab in", On: dir, Err: err, Do: "mend that file, or make a new lab: patchtrace lab init DIR"}
	}
	return f, nil
}

// removeLab removes a lab, also what a fault had taken the rights of.
func removeLab(dir string) {
	_ = filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(name, 0o755)
		}
		return nil
	})
	_ = os.RemoveAll(dir) // it lies in the system's folder for such things
}

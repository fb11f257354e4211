package cli

import (
	"errors"

	"patchtrace/client"
)

// openTargets opens what the arguments name. Files are one target together:
// they are logs of one client.
func openTargets(open func(string) (*client.Target, error), names []string) ([]*client.Target, error) {
	var targets []*client.Target
	var files *client.Target
	for _, name := range names {
		t, err := open(name)
		if err != nil {
			closeTargets(targets)
			return nil, openFailure(err)
		}
		switch {
		case !t.Single:
			targets = append(targets, t)
		case files == nil:
			files = t
			targets = append(targets, t)
		default:
			files.Join(t)
		}
	}
	return targets, nil
}

// closeTargets lets go of archives. They were only read, and what they left in
// temporary files the system removes some day.
func closeTargets(targets []*client.Target) {
	for _, t := range targets {
		_ = t.Close()
	}
}

func openFailure(err error) error {
	var e *client.OpenError
	if errors.As(err, &e) {
		return &Error{Op: e.Op, On: e.Target, Err: e.Err, Do: e.Do}
	}
	return err
}

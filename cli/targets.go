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

func openFailure(err error) error {
	var e *client.OpenError
	if errors.As(err, &e) {
		return &Error{Op: e.Op, On: e.Target, Err: e.Err, Do: e.Do}
	}
	return err
}

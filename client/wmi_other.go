//go:build !windows

package client

import (
	"context"

	"patchtrace/diagnose/evidence/mof"
)

// realWMI refuses: WMI is asked through what only Windows has.
type realWMI struct{}

func (realWMI) query(_ context.Context, at space, class, _ string) ([]mof.Instance, error) {
	return nil, noWMI(at, class)
}

func (realWMI) call(_ context.Context, at space, class, _ string, _ map[string]string) (map[string]string, error) {
	return nil, noWMI(at, class)
}

func noWMI(at space, class string) error {
	return &WMIError{On: at.String() + ":" + class, Err: ErrNoWMI, Do: "run it on the client, or in a lab"}
}

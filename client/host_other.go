//go:build !windows

package client

import (
	"context"
	"errors"

	"patchtrace/pipeline"
)

// ErrNoWMI is why a method cannot be called on this machine.
var ErrNoWMI = errors.New("WMI needs Windows")

func callWMI(_ context.Context, c pipeline.Call) error {
	return &HostError{"call", c.Namespace + ":" + c.Class + "." + c.Method, ErrNoWMI, "run it on the client, or in a lab"}
}

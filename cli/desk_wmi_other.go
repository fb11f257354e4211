//go:build !windows

package cli

import (
	"context"

	"patchtrace/client"
	"patchtrace/diagnose/evidence/mof"
)

// patchStates asks the WMI of this computer.
func patchStates(context.Context) ([]mof.Instance, error) { return nil, client.ErrNoWMI }

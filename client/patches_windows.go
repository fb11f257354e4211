package client

import (
	"context"
	"runtime"

	"github.com/yusufpapurcu/wmi"
)

// PatchState is an instance of Win32_PatchState. Its definition is not published:
// these are the properties that are told of, each as text.
type PatchState struct {
	ID, QNumbers, Product, Type, Title, Summary, Status, Severity, Language string

	DatePosted, DateRevised, TimeDetected, TimeApplied, ScanAgent string
}

// PatchStates asks the WMI of this machine.
func PatchStates(ctx context.Context) ([]PatchState, error) {
	var list []PatchState
	err := within(ctx, func() error {
		runtime.LockOSThread() // COM belongs to a thread
		defer runtime.UnlockOSThread()
		c := &wmi.Client{AllowMissingFields: true, NonePtrZero: true}
		return c.Query("SELECT * FROM Win32_PatchState", &list, ".", `root\cimv2`)
	})
	if err != nil {
		return nil, err // not list: a query that hangs may still write to it
	}
	return list, nil
}

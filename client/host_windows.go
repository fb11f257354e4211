package client

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/yusufpapurcu/wmi"

	"patchtrace/pipeline"
)

// callLimit is how long a method may take to return. Those of the client set
// something off and return at once.
const callLimit = time.Minute

var (
	errSlow  = fmt.Errorf("no answer within %s", callLimit)
	errInput = errors.New("only methods with at most one plain input can be called")
)

func callWMI(ctx context.Context, c pipeline.Call) error {
	input, err := methodInput(c.Input)
	if err == nil {
		err = within(ctx, func() error { return callMethod(c, input) })
	}
	if err != nil {
		return &HostError{"call", c.Namespace + ":" + c.Class + "." + c.Method, err, "run as an administrator of a machine that has the client"}
	}
	return nil
}

// methodInput is the input as the library takes it, by position.
func methodInput(input map[string]string) ([]any, error) {
	var values []any
	for _, v := range input {
		if len(input) > 1 || strings.HasPrefix(strings.ToUpper(v), "SELECT ") {
			return nil, errInput
		}
		values = append(values, v)
	}
	return values, nil
}

func callMethod(c pipeline.Call, input []any) error {
	runtime.LockOSThread() // COM belongs to a thread
	defer runtime.UnlockOSThread()
	code, err := wmi.CallMethod([]any{".", c.Namespace}, c.Class, c.Method, input)
	switch {
	case err == nil && code != 0:
		return fmt.Errorf("it returned 0x%08X", uint32(code))
	case err != nil && strings.Contains(err.Error(), "was not an int32"):
		return nil // the library wants a return value; this method has none
	}
	return err
}

// within runs f and stops waiting for it after callLimit or when ctx ends: a
// call that hangs cannot be ended.
func within(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	limit := time.NewTimer(callLimit)
	defer limit.Stop()
	select {
	case err := <-done:
		return err
	case <-limit.C:
		return errSlow
	case <-ctx.Done():
		return ctx.Err()
	}
}
